//! One cell of the suite: a fault is played to a provider's client, and what came of it is held against the table.
//!
//! Whatever happens, the server's own book is asked as well: what was accepted, what was charged, how often was ordered.

use std::time::Duration;

use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::id::Ticket;
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_film::providers::{Fell, File, Made, Progress, Provider, Request, Submitted, Work};

use super::faults::{At, Want, What};
use super::rows::{Row, Way};
use super::stage::Stage;
use retake_rehearsal::{Line, State};

/// Within which a cell is over.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often somebody looks at work that does not end.
const LOOKS: usize = 20;
/// A file that is too large to go along.
const LARGE: usize = 300_000;

/// What came of it, in words, where that is not what was wanted.
pub(super) type Verdict = Result<(), String>;

/// How an order ends.
#[derive(Debug)]
enum End {
    Fell(Fell),
    Well(Made, Option<Money>),
    GoesOn(Ticket),
    Gone,
}

/// Plays a cell.
pub(super) fn play(row: Row, at: At, what: What, want: Want) -> Verdict {
    let story = async {
        match at {
            At::Submit | At::Hasty => ordered(row, at, what, want).await,
            At::Poll => polled(row, what, want).await,
            At::Collect => collected(row, what, want).await,
            At::Download => downloaded(row, what, want).await,
            At::Find => found(row, what, want).await,
            At::Cancel => cancelled(row, what, want).await,
            At::Upload => uploaded(row, what, want).await,
            At::Describe => described(row, what, want).await,
        }
    };
    let story =
        async { tokio::time::timeout(PATIENCE, story).await.unwrap_or_else(|_| Err("it never ends".to_owned())) };
    alone(story)
}

/// Lets a story happen.
pub(super) fn alone<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story)
}

/// The rule of a script that lets this happen at the so-manieth request.
fn rule(at: &str, nth: usize, what: What) -> Vec<String> {
    match what {
        What::Script("") | What::WrongKey | What::Nobody => Vec::new(),
        What::Script(effect) => vec![format!("  - {{at: {at}, nth: {nth}, do: {effect}}}\n")],
    }
}

/// Whether whoever meets this waits in vain.
fn is_endless(what: What) -> bool {
    matches!(what, What::Script(effect) if effect.contains("hang") || effect.contains("drip"))
}

/// The order itself goes wrong.
async fn ordered(row: Row, at: At, what: What, want: Want) -> Verdict {
    let stage = Stage::with(row, &rule("submit", 1, what));
    let in_a_hurry = at == At::Hasty && (is_endless(what) || row.way == Way::OnTheSpot);
    let client = match what {
        What::WrongKey => stage.stranger(),
        What::Nobody => stage.lost(),
        What::Script(_) if in_a_hurry => stage.hasty(),
        What::Script(_) => stage.client(),
    };
    let order = stage.order();
    let request = client.request(&order).map_err(|fault| format!("no request: {fault:?}"))?;
    let looks = if want == Want::GoesOn { LOOKS } else { usize::MAX };
    let end = to_its_end(&*client, &stage, &request, looks).await;
    let (acceptance, charge) = judged(&end, want)?;
    let told = matches!(want, Want::Well) && row.tells && !matches!(what, What::Script(effect) if costs(effect));
    accounted(&stage, acceptance, charge, told)?;
    if acceptance == Acceptance::Unknown && row.finds {
        if what != What::Script("stuck") {
            done(&stage).await;
        }
        // Of what was answered on the spot and made nothing, no list shows anything.
        let shows = |job: &Line| row.way != Way::OnTheSpot || job.charged_micros > 0;
        let taken = stage.bill().jobs.iter().any(shows);
        let there = eventually(&stage, &request, taken).await?;
        ensure(there == taken, || {
            format!("it was {}, and the list shows {there}", if taken { "taken" } else { "not taken" })
        })?;
    }
    if let End::GoesOn(ticket) = &end {
        let stopped = client.cancel(Work { card: &stage.card, ticket }).await;
        stopped.map_err(|fault| format!("it cannot be stopped: {fault:?}"))?;
    }
    ensure(stage.bill().asked(row.provider, "submit") <= 1, || "it was ordered twice".to_owned())
}

/// Whether an effect is about what is told of costs, or what is told may be another sum than the usual.
fn costs(effect: &str) -> bool {
    effect.contains("cost") || effect.contains("price")
}

/// Orders, and looks until it is over.
async fn to_its_end(client: &dyn Provider, stage: &Stage, request: &Request, looks: usize) -> End {
    let ticket = match client.submit(&stage.card, request).await {
        Err(fell) => return End::Fell(fell),
        Ok(Submitted::Made(made)) => {
            let charge = made.charge;
            return End::Well(made, charge);
        }
        Ok(Submitted::Ticket(ticket)) => ticket,
    };
    over(client, stage, &ticket, looks).await
}

/// Looks until work is over, and asks for what it made.
async fn over(client: &dyn Provider, stage: &Stage, ticket: &Ticket, looks: usize) -> End {
    let work = Work { card: &stage.card, ticket };
    for _ in 0..looks {
        match client.poll(work).await {
            Err(fell) => return End::Fell(fell),
            Ok(Progress::Gone) => return End::Gone,
            Ok(Progress::Pending { .. }) => tokio::task::yield_now().await,
            Ok(Progress::Succeeded { charge }) => {
                return match client.fetch(work).await {
                    Err(fell) => End::Fell(fell),
                    Ok(made) => {
                        let charge = charge.or(made.charge);
                        End::Well(made, charge)
                    }
                };
            }
        }
    }
    End::GoesOn(ticket.clone())
}

/// Whether an end is the wanted one; what it says of acceptance and charge.
fn judged(end: &End, want: Want) -> Result<(Acceptance, Option<Money>), String> {
    let other = || format!("got {}, wanted {want:?}", shown(end));
    match (end, want) {
        (End::Fell(fell), _) => {
            let fault = &fell.fault;
            let fits = match want {
                Want::Falls(class, acceptance) => (fault.class, fault.acceptance) == (class, acceptance),
                Want::Waits(least, most) => {
                    let wait = fault.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
                    let in_time = wait.map_or(least == 0, |wait| (least..=most).contains(&wait));
                    (fault.class, fault.acceptance) == (Class::Throttled, Acceptance::No) && in_time
                }
                Want::Refused => fault.class == Class::Rejected && fault.acceptance != Acceptance::Unknown,
                _ => false,
            };
            ensure(fits, other)?;
            let told = format!("{fault:?}");
            ensure(!told.contains("rehearsal-") && !told.contains("wrong-key"), || format!("it tells a key: {told}"))?;
            Ok((fault.acceptance, fell.charge))
        }
        (End::Well(made, charge), Want::Well) => {
            ensure(made.text.is_some() || !made.files.is_empty(), || "it made nothing".to_owned())?;
            Ok((Acceptance::Yes, *charge))
        }
        (End::GoesOn(_), Want::GoesOn) => Ok((Acceptance::Yes, None)),
        _ => Err(other()),
    }
}

fn shown(end: &End) -> String {
    match end {
        End::Fell(fell) => format!("{} (charge {:?})", faulted(&fell.fault), fell.charge),
        End::Well(..) => "all well".to_owned(),
        End::GoesOn(_) => "it goes on".to_owned(),
        End::Gone => "it is gone".to_owned(),
    }
}

fn faulted(fault: &Fault) -> String {
    let Fault { class, acceptance, message, retry_after, .. } = fault;
    format!("{class:?}/{acceptance:?} {retry_after:?} `{message}`")
}

/// Holds what was told against the server's own book.
fn accounted(stage: &Stage, acceptance: Acceptance, charge: Option<Money>, to_the_cent: bool) -> Verdict {
    let bill = stage.bill();
    let agrees = match acceptance {
        // Who answers on the spot may have begun what failed; it left nothing and cost nothing.
        Acceptance::No => bill.jobs.iter().all(|job| job.state == State::Failed && job.charged_micros == 0),
        Acceptance::Yes => bill.taken() == 1,
        Acceptance::Unknown => bill.taken() <= 1,
    };
    ensure(agrees, || format!("told that accepted is {acceptance:?}, and the server took {}", bill.taken()))?;
    let charged = Money::from_micros(bill.charged());
    ensure(charge.is_none_or(|told| told <= charged), || format!("told {charge:?}, and {charged} was charged"))?;
    ensure(!to_the_cent || charge == Some(charged), || format!("told {charge:?} of {charged}"))?;
    ensure(bill.leaks.is_empty(), || format!("leaks: {:?}", bill.leaks))
}

/// A question about work goes wrong.
async fn polled(row: Row, what: What, want: Want) -> Verdict {
    let stage = Stage::with(row, &rule("poll", 1, what));
    let (client, ticket) = taken(&stage).await?;
    let asks = if is_endless(what) { stage.hasty() } else { stage.client() };
    let work = Work { card: &stage.card, ticket: &ticket };
    match asks.poll(work).await {
        Ok(Progress::Gone) if want == Want::Gone => {}
        Ok(Progress::Pending { .. } | Progress::Succeeded { .. }) if want == Want::Well => {}
        Err(fell) if want == Want::Asked => ended_nothing(&fell.fault)?,
        came => return Err(format!("got {came:?}, wanted {want:?}")),
    }
    goes_well(&*client, &stage, &ticket).await
}

/// What was made cannot be asked for.
async fn collected(row: Row, what: What, want: Want) -> Verdict {
    let calm = Stage::with(row, &[]);
    let (client, ticket) = taken(&calm).await?;
    done(&calm).await;
    let asked = client.poll(Work { card: &calm.card, ticket: &ticket }).await;
    ensure(matches!(asked, Ok(Progress::Succeeded { .. })), || format!("it is done, and told is {asked:?}"))?;
    let questions = usize::try_from(calm.bill().asked(row.provider, "poll")).unwrap_or_default();

    let stage = Stage::with(row, &rule("poll", questions + 1, what));
    let (client, ticket) = taken(&stage).await?;
    done(&stage).await;
    let work = Work { card: &stage.card, ticket: &ticket };
    client.poll(work).await.map_err(|fell| format!("it is done, and told is {fell:?}"))?;
    let asks = if is_endless(what) { stage.hasty() } else { stage.client() };
    match (asks.fetch(work).await, want) {
        (Err(fell), Want::Asked) => ended_nothing(&fell.fault)?,
        (Err(fell), Want::Falls(class, acceptance)) => {
            let fits = (fell.fault.class, fell.fault.acceptance) == (class, acceptance);
            ensure(fits, || format!("got {}, wanted {want:?}", faulted(&fell.fault)))?;
        }
        (came, _) => return Err(format!("got {came:?}, wanted {want:?}")),
    }
    goes_well(&*client, &stage, &ticket).await
}

/// A file does not come as it should.
async fn downloaded(row: Row, what: What, want: Want) -> Verdict {
    let stage = Stage::with(row, &rule("fetch", 1, what));
    let (client, ticket) = taken(&stage).await?;
    let End::Well(made, _) = over(&*client, &stage, &ticket, usize::MAX).await else {
        return Err("it did not go well".to_owned());
    };
    let Some(File::Address(address)) = made.files.first() else { return Err("it has no address".to_owned()) };
    let charged = stage.bill().charged();
    let error = match stage.download(&*client, address, is_endless(what)).await {
        Err(error) => format!("{error:?}"),
        Ok(bytes) => format!("{bytes} bytes"),
    };
    ensure(matches!(want, Want::Broken(name) if error.starts_with(name)), || format!("got {error}, wanted {want:?}"))?;
    let again = stage.download(&*client, address, false).await;
    ensure(again.is_ok(), || format!("again, it is {again:?}"))?;
    let bill = stage.bill();
    let once = bill.taken() == 1 && bill.charged() == charged && bill.asked(row.provider, "submit") == 1;
    ensure(once && bill.leaks.is_empty(), || format!("its book says {bill:?}"))
}

/// What was accepted is looked for.
async fn found(row: Row, what: What, want: Want) -> Verdict {
    let mut rules = vec!["  - {at: submit, nth: 1, do: reset-after-accept}\n".to_owned()];
    // One that is asked by our id has no list: it is asked as for work.
    rules.extend(rule(if row.provider == "comfyui" { "poll" } else { "find" }, 1, what));
    let stage = Stage::with(row, &rules);
    let client = stage.client();
    let request = client.request(&stage.order()).map_err(|fault| faulted(&fault))?;
    let lost = client.submit(&stage.card, &request).await;
    ensure(lost.is_err(), || "its answer was not lost".to_owned())?;
    done(&stage).await;
    let asks = if is_endless(what) { stage.hasty() } else { stage.client() };
    match (asks.find(&stage.card, &request, since(&stage)).await, want) {
        (Err(fault), Want::Asked) => ended_nothing(&fault)?,
        (Ok(seen), Want::Found) => ensure(!seen.is_empty(), || "it was not found".to_owned())?,
        (Ok(seen), Want::NotYet) => ensure(seen.is_empty(), || format!("it was found: {seen:?}"))?,
        (came, _) => return Err(format!("got {came:?}, wanted {want:?}")),
    }
    ensure(eventually(&stage, &request, true).await?, || "it is not found the next time".to_owned())?;
    let ticket = Ticket::from(stage.bill().jobs[0].ticket.as_str());
    goes_well(&*client, &stage, &ticket).await
}

/// Work that runs is to be stopped.
async fn cancelled(row: Row, what: What, want: Want) -> Verdict {
    let mut rules = vec!["  - {at: submit, nth: 1, do: {slow: 60s}}\n".to_owned()];
    rules.extend(rule("cancel", 1, what));
    let stage = Stage::with(row, &rules);
    let (client, ticket) = taken(&stage).await?;
    let work = Work { card: &stage.card, ticket: &ticket };
    let asks = if is_endless(what) { stage.hasty() } else { stage.client() };
    let heard = asks.cancel(work).await;
    match want {
        Want::Well | Want::Harmless => ensure(heard.is_ok(), || format!("it is {heard:?}"))?,
        _ => ended_nothing(&heard.err().ok_or("it is told that it was heard")?)?,
    }
    if want != Want::Harmless {
        client.cancel(work).await.map_err(|fault| format!("again, it is {}", faulted(&fault)))?;
        let state = stage.bill().jobs[0].state;
        ensure(state.is_over(), || format!("it was to be stopped, and is {state:?}"))?;
        match client.poll(work).await {
            Err(fell) if fell.fault.acceptance == Acceptance::Yes => {
                accounted(&stage, Acceptance::Yes, fell.charge, false)?;
            }
            Ok(Progress::Gone) => {}
            came => return Err(format!("it was stopped, and told is {came:?}")),
        }
    }
    accounted(&stage, Acceptance::Yes, None, false)?;
    ensure(stage.bill().asked(row.provider, "submit") == 1, || "it was ordered twice".to_owned())
}

/// A file is handed over.
async fn uploaded(row: Row, what: What, want: Want) -> Verdict {
    let stage = Stage::with(row, &rule("upload", 1, what));
    let client = if is_endless(what) { stage.hasty() } else { stage.client() };
    match (client.upload("image/png", vec![7; LARGE].into()).await, want) {
        (Ok(Some(_)), Want::Well) => {}
        (Err(fault), Want::Asked) => ended_nothing(&fault)?,
        (came, _) => return Err(format!("got {came:?}, wanted {want:?}")),
    }
    accounted(&stage, Acceptance::No, None, false)
}

/// It is asked what a model takes.
async fn described(row: Row, what: What, want: Want) -> Verdict {
    let stage = Stage::with(row, &rule("schema", 1, what));
    let client = if is_endless(what) { stage.hasty() } else { stage.client() };
    match (client.published(&stage.card).await, want) {
        (Err(fault), Want::Falls(class, acceptance)) if (fault.class, fault.acceptance) == (class, acceptance) => {}
        (Err(fault), Want::Harmless) => ended_nothing(&fault)?,
        (Ok(None), Want::Harmless) => {}
        (came, _) => return Err(format!("got {came:?}, wanted {want:?}")),
    }
    accounted(&stage, Acceptance::No, None, false)
}

/// A question that failed says neither that work is over nor that it may not be.
fn ended_nothing(fault: &Fault) -> Verdict {
    let passes = matches!(fault.class, Class::Transient | Class::Throttled | Class::Unclear);
    ensure(passes && fault.acceptance != Acceptance::Yes, || format!("a question ends it: {}", faulted(fault)))
}

/// Orders what is to be accepted.
async fn taken(stage: &Stage) -> Result<(std::sync::Arc<dyn Provider>, Ticket), String> {
    let client = stage.client();
    let request = client.request(&stage.order()).map_err(|fault| faulted(&fault))?;
    match client.submit(&stage.card, &request).await {
        Ok(Submitted::Ticket(ticket)) => Ok((client, ticket)),
        came => Err(format!("it was to be accepted, and is {came:?}")),
    }
}

/// Waits until the server has done all that it took.
async fn done(stage: &Stage) {
    while stage.bill().jobs.iter().any(|job| !job.state.is_over()) {
        tokio::task::yield_now().await;
    }
}

/// In the end it goes well, and was paid once.
async fn goes_well(client: &dyn Provider, stage: &Stage, ticket: &Ticket) -> Verdict {
    let end = loop {
        match over(client, stage, ticket, usize::MAX).await {
            // The server may still be on its way back.
            End::Fell(fell) if fell.fault.acceptance != Acceptance::Yes => tokio::task::yield_now().await,
            end => break end,
        }
    };
    let (acceptance, charge) = judged(&end, Want::Well)?;
    accounted(stage, acceptance, charge, false)?;
    ensure(stage.bill().asked(&stage.card.provider, "submit") == 1, || "it was ordered twice".to_owned())
}

/// From when on a list is looked through.
fn since(stage: &Stage) -> Moment {
    Moment::from_ms(stage.bill().jobs.first().map_or(120_000, |job| job.accepted))
}

/// Whether a list shows what was ordered and nothing else; where it is to be there, it may take a while.
async fn eventually(stage: &Stage, request: &Request, wanted: bool) -> Result<bool, String> {
    let client = stage.client();
    loop {
        match client.find(&stage.card, request, since(stage)).await {
            Err(fault) => ended_nothing(&fault)?,
            Ok(seen) => {
                let bill = stage.bill();
                let ours = |ticket: &Ticket| bill.jobs.iter().any(|job| job.ticket == ticket.as_str());
                ensure(seen.iter().all(|one| ours(&one.ticket)), || format!("it shows what is not ours: {seen:?}"))?;
                if !seen.is_empty() || !wanted {
                    return Ok(!seen.is_empty());
                }
            }
        }
        tokio::task::yield_now().await;
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise()) }
}
