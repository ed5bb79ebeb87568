//! The outside world: providers that accept, work, fail, forget and charge, whatever happens to us.
//!
//! Counts everything that it accepts and charges on its own, so that the journal can be held against it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::dice::Dice;
use super::scenario::{GRACE, LAG, REQUEST_TIMEOUT, Scenario, Seller};
use super::tally::Tally;
use crate::fault::{Acceptance, Class, Fault, Origin};
use crate::graph::Dedupe;
use crate::id::{EntryId, Hash, Key, TakeId, Ticket};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::{Action, Answer, Artifact, Candidate, Delivery, Failure, Likeness, Outputs};

/// Work that a provider took on.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) ticket: Ticket,
    pub(super) entry: EntryId,
    pub(super) take: TakeId,
    request: Hash,
    accepted: Moment,
    visible: Moment,
    begins: Moment,
    ends: Moment,
    end: End,
    cancelled: Option<Moment>,
}

#[derive(Debug, Clone)]
enum End {
    Success { charge: Money, defective: bool },
    Failure { fault: Fault, charge: Money },
}

/// How a job stands.
pub(super) enum Stand {
    Queued,
    Running,
    Succeeded(Money),
    Failed(Fault, Money),
}

impl Job {
    pub(super) fn stand(&self, now: Moment) -> Stand {
        if let Some(cancelled) = self.cancelled.filter(|at| *at <= now) {
            let charge = if cancelled < self.begins { Money::ZERO } else { self.price_of_stopping() };
            return Stand::Failed(Fault::new(Class::Transient, Acceptance::Yes, "cancelled"), charge);
        }
        if now < self.begins {
            return Stand::Queued;
        }
        if now < self.ends {
            return Stand::Running;
        }
        match &self.end {
            End::Success { charge, .. } => Stand::Succeeded(*charge),
            End::Failure { fault, charge } => Stand::Failed(fault.clone(), *charge),
        }
    }

    fn price_of_stopping(&self) -> Money {
        match &self.end {
            End::Success { charge, .. } | End::Failure { charge, .. } => *charge,
        }
    }

    /// What is on the bill for it by now.
    pub(super) fn charged(&self, now: Moment) -> Money {
        match self.stand(now) {
            Stand::Queued | Stand::Running => Money::ZERO,
            Stand::Succeeded(charge) | Stand::Failed(_, charge) => charge,
        }
    }

    pub(super) fn is_over(&self, now: Moment) -> bool {
        matches!(self.stand(now), Stand::Succeeded(_) | Stand::Failed(..))
    }
}

/// What an action leads to: an answer after a while, or none at all.
pub(super) type Later = Option<(Duration, Answer)>;

/// All providers, and the receipts that performers write.
#[derive(Debug)]
pub(super) struct World {
    dice: Dice,
    pub(super) jobs: Vec<Job>,
    receipts: BTreeMap<TakeId, Delivery>,
    /// How many tickets were given before this world began: none is given twice.
    pub(super) known_before: usize,
    /// How often each thing was tried: chance is asked by name, so that a crash does not change it.
    tries: BTreeMap<String, u64>,
}

/// What a submission meets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Welcome {
    Accepted,
    AcceptedThenReset,
    AcceptedThenHung,
    AcceptedLate,
    ResetBefore,
    RefusedConnection,
    Throttled,
    Rejected,
    Invalid,
    Retired,
    Denied,
}

const UNWELCOME: [Welcome; 15] = [
    Welcome::AcceptedThenReset,
    Welcome::AcceptedThenReset,
    Welcome::AcceptedThenHung,
    Welcome::AcceptedLate,
    Welcome::AcceptedLate,
    Welcome::ResetBefore,
    Welcome::ResetBefore,
    Welcome::RefusedConnection,
    Welcome::RefusedConnection,
    Welcome::Throttled,
    Welcome::Throttled,
    Welcome::Rejected,
    Welcome::Invalid,
    Welcome::Retired,
    Welcome::Denied,
];

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed).about("world"),
            jobs: Vec::new(),
            receipts: BTreeMap::new(),
            known_before: 0,
            tries: BTreeMap::new(),
        }
    }

    /// Dice for the next try of this.
    pub(super) fn dice(&mut self, what: &str, action: &Action) -> Dice {
        self.dice_and_tries(what, action).0
    }

    /// The same, and which try it is.
    pub(super) fn dice_and_tries(&mut self, what: &str, action: &Action) -> (Dice, u64) {
        let name = format!("{what} {}", action.take);
        let tries = self.tries.entry(name.clone()).or_default();
        *tries += 1;
        (self.dice.about(&format!("{name} {tries}")), *tries)
    }

    /// Dice that fall the same however often the same take does the same.
    pub(super) fn dice_of(&self, action: &Action) -> Dice {
        self.dice.about(&format!("work {} {}", action.key, action.take.n))
    }

    /// What was really charged to a run.
    pub(super) fn bill(&self, run: crate::id::RunId, now: Moment) -> Money {
        self.jobs.iter().filter(|job| job.take.run == run).map(|job| job.charged(now)).sum()
    }

    pub(super) fn job(&self, ticket: &Ticket) -> Option<&Job> {
        self.jobs.iter().find(|job| job.ticket == *ticket)
    }

    /// A submission leaves; what the provider makes of it happens whether we live to see it or not.
    pub(super) fn submit(
        &mut self,
        scenario: &Scenario,
        tally: &mut Tally,
        action: &Action,
        request: Hash,
        now: Moment,
    ) -> Later {
        let seller = &scenario.sellers[action.entry.as_str()];
        let mut dice = self.dice("submit", action);
        let doomed = scenario.failing.as_ref() == Some(&action.take.node) || scenario.refuses(action);
        let welcome = match () {
            () if doomed => Welcome::Rejected,
            () if dice.permille(scenario.trouble.submit) => *dice.pick(&UNWELCOME),
            () => Welcome::Accepted,
        };
        tally.count(welcome.name());
        let quick = Duration::from_millis(dice.between(10, 2_000));
        let unknown = |text: &str| Answer::Failed(Fault::new(Class::Transient, Acceptance::Unknown, text).into());
        let refused =
            |class, text: &str| Answer::Failed(Fault::new(class, Acceptance::No, text).from(Origin::Provider).into());
        match welcome {
            Welcome::Accepted => {
                let answer = self.accept(scenario, seller, tally, action, request, now.after(quick), &mut dice);
                Some((quick.saturating_mul(2).min(REQUEST_TIMEOUT), answer))
            }
            Welcome::AcceptedThenReset => {
                self.accept(scenario, seller, tally, action, request, now.after(quick), &mut dice);
                Some((quick, unknown("connection reset")))
            }
            Welcome::AcceptedThenHung => {
                self.accept(scenario, seller, tally, action, request, now.after(quick), &mut dice);
                None
            }
            Welcome::AcceptedLate => {
                // Grace is counted from when nobody waits any longer, which is never before the submission left.
                let late =
                    Duration::from_millis(dice.between(2_000, u64::try_from(GRACE.as_millis()).unwrap_or(0) - 1));
                self.accept(scenario, seller, tally, action, request, now.after(late), &mut dice);
                Some((quick, unknown("gateway timeout")))
            }
            Welcome::ResetBefore => Some((quick, unknown("connection reset"))),
            Welcome::RefusedConnection => Some((quick, refused(Class::Transient, "connection refused"))),
            Welcome::Throttled => {
                let wish = Duration::from_secs(dice.below(8));
                let fault = Fault::new(Class::Throttled, Acceptance::No, "429").retry_after(wish);
                Some((quick, Answer::Failed(fault.into())))
            }
            Welcome::Rejected => Some((quick, refused(Class::Rejected, "content policy"))),
            Welcome::Invalid => Some((quick, refused(Class::Invalid, "422"))),
            Welcome::Retired => Some((quick, refused(Class::Retired, "model is gone"))),
            Welcome::Denied => Some((quick, refused(Class::Denied, "402"))),
        }
    }

    /// The provider takes it on, unless it recognises what it has taken on before.
    #[expect(clippy::too_many_arguments, reason = "what a provider knows of a submission")]
    fn accept(
        &mut self,
        scenario: &Scenario,
        seller: &Seller,
        tally: &mut Tally,
        action: &Action,
        request: Hash,
        at: Moment,
        dice: &mut Dice,
    ) -> Answer {
        tally.count(class_name(seller));
        // A key is forgotten when its time is over; what comes then is bought again.
        if let Dedupe::Key { ttl } = seller.dedupe
            && let Some(job) = self.jobs.iter().find(|job| job.take == action.take && at <= job.accepted.after(ttl))
        {
            tally.count("submit repeated under its key");
            return Answer::Ticket(job.ticket.clone());
        }
        // The n-th work that is accepted under a key fares as it fares, by whichever take it came.
        let before = self.jobs.iter().filter(|job| job.request == request && job.take.run == action.take.run).count();
        let mut fate = self.dice.about(&format!("fate {request} {before}"));
        let (end, length) = fate_of(scenario, seller, tally, &mut fate);
        let begins = at.after(Duration::from_millis(dice.below(4_000)));
        let lag = Duration::from_millis(dice.below(u64::try_from(LAG.as_millis()).unwrap_or(1)));
        let ticket: Ticket = format!("{}-{}", action.entry, self.known_before + self.jobs.len() + 1).into();
        let synchronous = seller.synchronous;
        let job = Job {
            ticket: ticket.clone(),
            entry: action.entry.clone(),
            take: action.take.clone(),
            request,
            accepted: at,
            visible: at.after(lag),
            begins: if synchronous { at } else { begins },
            ends: if synchronous { at } else { begins.after(length) },
            end: end.clone(),
            cancelled: None,
        };
        self.jobs.push(job);
        match end {
            _ if !synchronous => Answer::Ticket(ticket),
            End::Success { charge, .. } => {
                let delivery = Delivery { outputs: outputs(action.key), charge: Some(charge), extension: None };
                // Sometimes the process dies between the answer and the receipt.
                if !dice.permille(300) {
                    self.receipts.insert(action.take.clone(), delivery.clone());
                }
                Answer::Outputs(delivery)
            }
            End::Failure { fault, charge } => Answer::Failed(Failure { fault, charge: Some(charge), extension: None }),
        }
    }

    pub(super) fn poll(
        &mut self,
        scenario: &Scenario,
        tally: &mut Tally,
        action: &Action,
        ticket: &Ticket,
        now: Moment,
    ) -> Answer {
        let mut dice = self.dice("poll", action);
        if dice.permille(scenario.trouble.action) {
            tally.count("poll failed");
            return passing("502");
        }
        let Some(job) = self.job(ticket).filter(|job| job.accepted <= now) else { return Answer::Gone };
        if dice.permille(scenario.trouble.action / 4) {
            tally.count("poll knew nothing");
            return Answer::Gone;
        }
        match job.stand(now) {
            Stand::Queued => Answer::Pending { after: None, begun: false },
            Stand::Running => Answer::Pending { after: None, begun: true },
            Stand::Succeeded(charge) => Answer::Succeeded { charge: Some(charge) },
            Stand::Failed(fault, charge) => Answer::Failed(Failure { fault, charge: Some(charge), extension: None }),
        }
    }

    pub(super) fn fetch(&mut self, scenario: &Scenario, tally: &mut Tally, action: &Action, ticket: &Ticket) -> Answer {
        let mut dice = self.dice("fetch", action);
        if dice.permille(scenario.trouble.action) {
            tally.count("fetch failed");
            return passing("connection reset");
        }
        if self.job(ticket).is_some_and(|job| matches!(job.end, End::Success { defective: true, .. })) {
            tally.count("fetch defective");
            return Answer::Failed(Fault::new(Class::Defective, Acceptance::Yes, "empty output").into());
        }
        Answer::Outputs(Delivery { outputs: outputs(action.key), charge: None, extension: None })
    }

    pub(super) fn find(
        &mut self,
        scenario: &Scenario,
        tally: &mut Tally,
        action: &Action,
        request: Hash,
        now: Moment,
    ) -> Answer {
        let mut dice = self.dice("find", action);
        if let Some(delivery) = self.receipts.get(&action.take) {
            return Answer::Outputs(delivery.clone());
        }
        if dice.permille(scenario.trouble.action) {
            tally.count("find failed");
            return passing("503");
        }
        let dedupe = scenario.sellers[action.entry.as_str()].dedupe;
        let shown = |job: &&Job| job.entry == action.entry && job.accepted <= now;
        let (visible, hidden): (Vec<&Job>, Vec<&Job>) = self.jobs.iter().filter(shown).partition(|job| match dedupe {
            Dedupe::ClientId => true,
            Dedupe::List { .. } => job.visible <= now,
            Dedupe::Key { .. } | Dedupe::WebhookOnly | Dedupe::None => false,
        });
        if hidden.iter().any(|job| job.take == action.take) && matches!(dedupe, Dedupe::List { .. }) {
            tally.count("find lagged");
        }
        let exact = !dedupe.is_weak();
        let like = |job: &Job| match () {
            () if exact && job.take == action.take => Some(Likeness::Exact),
            () if !exact && job.request == request => Some(Likeness::Same),
            () => None,
        };
        let candidates = visible.into_iter().filter_map(|job| {
            like(job).map(|likeness| Candidate { ticket: job.ticket.clone(), created: job.accepted, likeness })
        });
        Answer::Candidates(candidates.collect())
    }

    pub(super) fn cancel(
        &mut self,
        scenario: &Scenario,
        tally: &mut Tally,
        action: &Action,
        ticket: &Ticket,
        now: Moment,
    ) -> Answer {
        let mut dice = self.dice("cancel", action);
        if dice.permille(scenario.trouble.action) {
            tally.count("cancel failed");
            return passing("500");
        }
        let ignored = dice.permille(200);
        if let Some(job) = self.jobs.iter_mut().find(|job| job.ticket == *ticket && !ignored)
            && !job.is_over(now)
        {
            job.cancelled = Some(now);
            tally.count(if now < job.begins { "job cancelled for nothing" } else { "job cancelled and charged" });
        }
        Answer::Heard
    }

    /// A call of the provider to us, for a submission that it accepted.
    pub(super) fn hook(&self, take: &TakeId, now: Moment) -> Option<Answer> {
        let job = self.jobs.iter().find(|job| job.take == *take && job.accepted <= now)?;
        Some(Answer::Ticket(job.ticket.clone()))
    }
}

/// How the work fares that a provider has taken on, and how long it takes.
fn fate_of(scenario: &Scenario, seller: &Seller, tally: &mut Tally, dice: &mut Dice) -> (End, Duration) {
    let usual = Duration::from_millis(dice.between(500, 30_000));
    let success = |charge, defective| End::Success { charge, defective };
    if !dice.permille(scenario.trouble.job) {
        tally.count("job succeeded");
        return (success(seller.price, false), usual);
    }
    let failure = |class, charge| End::Failure { fault: Fault::new(class, Acceptance::Yes, "it failed there"), charge };
    match dice.below(9) {
        0..=2 => {
            tally.count("job succeeded past the timeout");
            (success(seller.price, false), Duration::from_secs(dice.between(55, 200)))
        }
        3 | 4 => {
            tally.count("job failed for a while");
            (failure(Class::Transient, Money::ZERO), usual)
        }
        5 => {
            tally.count("job rejected and charged");
            (failure(Class::Rejected, seller.price), usual)
        }
        6 if dice.permille(150) => {
            tally.count("job charged too much");
            (success(seller.price.times(3), false), usual)
        }
        6 | 7 => (success(seller.price, true), usual),
        _ => (failure(Class::Defective, seller.price), usual),
    }
}

/// What is made is determined by its key alone.
pub(super) fn outputs(key: Key) -> Outputs {
    let hash = Hash::of([key.0.as_bytes().as_slice(), b"made"]);
    Outputs { artifacts: vec![Artifact { role: "clip".into(), hash }], ..Outputs::default() }
}

fn passing(text: &str) -> Answer {
    Answer::Failed(Fault::new(Class::Transient, Acceptance::Unknown, text).from(Origin::Network).into())
}

const fn class_name(seller: &Seller) -> &'static str {
    match seller.dedupe {
        Dedupe::Key { .. } => "class key",
        Dedupe::ClientId => "class client-id",
        Dedupe::List { exact: true, .. } => "class list exact",
        Dedupe::List { exact: false, .. } => "class list weak",
        Dedupe::WebhookOnly => "class webhook",
        Dedupe::None if seller.synchronous => "class synchronous",
        Dedupe::None => "class none",
    }
}

impl Welcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "submit accepted",
            Self::AcceptedThenReset => "submit accepted, answer reset",
            Self::AcceptedThenHung => "submit accepted, answer hung",
            Self::AcceptedLate => "submit accepted late, after a reset",
            Self::ResetBefore => "submit reset before acceptance",
            Self::RefusedConnection => "submit refused connection",
            Self::Throttled => "submit throttled",
            Self::Rejected => "submit rejected",
            Self::Invalid => "submit invalid",
            Self::Retired => "submit retired",
            Self::Denied => "submit denied",
        }
    }
}
