//! What is said when a run has ended or stands still, and what `status` says of it at any time.

use std::time::Duration;

use retake_engine::fault::{Class, Fault};
use retake_engine::graph::Ix;
use retake_engine::journal::RunState;
use retake_engine::journal::event::Ending;
use retake_engine::journal::state::{ItemState, Phase, Status};

use super::board::{meter, title};
use super::card::{failure, pause};
use super::json::Output;
use super::paint::{Line, Look, Page, Tone};
use super::stage::Stage;
use super::story::Story;
use super::text;
use super::words::{self, dollars};

/// How many missing scenes are named.
const MISSING_MAX: usize = 12;
/// How many notes are shown.
const NOTES_MAX: usize = 8;
/// How many of those whom the same stood in for are named.
const INSTEAD_MAX: usize = 4;
/// The column of names.
const NAMES: usize = 9;

/// The summary of this story, which took so long; `seen` says how a path is seen from where the reader is.
#[must_use]
pub fn page(story: &Story, elapsed: Duration, seen: &dyn Fn(&str) -> String, look: &Look) -> Page {
    let mut page = Page::new();
    let status = story.state().status();
    let (tone, word) = face(status);
    let line = Line::new().with(Tone::Bold, title(story)).with(Tone::Dim, ": ").with(tone, word);
    page.push(line.with(Tone::Dim, &format!("  run {}", words::short(story.state().spec().id))));
    page.gap();
    film(story, &mut page, seen, look);
    scenes(story, &mut page, look);
    instead(story, &mut page, look);
    notes(story, &mut page, look);
    money(story, &mut page, look);
    row(&mut page, look, "time", &words::span(elapsed));
    if let Status::Paused(why) = status {
        page.gap();
        page.append(pause::card(story, why).page(look));
        return page;
    }
    if let Some((why, command)) = next(story) {
        row(&mut page, look, "next", &why);
        page.push(Line::new().and(&" ".repeat(NAMES + 2)).with(Tone::Busy, &command));
    }
    page
}

/// The summary as it is written. Commands and paths are never cut, so that they can be copied.
#[must_use]
pub fn render(story: &Story, elapsed: Duration, seen: &dyn Fn(&str) -> String, look: &Look) -> String {
    page(story, elapsed, seen, look).render(&Look { columns: usize::MAX, ..*look })
}

/// The tone and the word of where a run stands.
#[must_use]
pub const fn face(status: &Status) -> (Tone, &'static str) {
    let tone = match status {
        Status::Queued => Tone::Dim,
        Status::Running => Tone::Busy,
        Status::Ended(Ending::Completed) => Tone::Good,
        Status::Paused(_) | Status::Ended(Ending::Partial | Ending::Cancelled) => Tone::Trouble,
        Status::Ended(Ending::Failed) => Tone::Bad,
    };
    (tone, status.word())
}

fn row(page: &mut Page, look: &Look, name: &str, what: &str) {
    let room = look.measure().saturating_sub(NAMES + 2);
    for (at, line) in text::wrap(&text::safe(what), room).iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        page.push(Line::new().and("  ").with(Tone::Dim, &text::pad(name, NAMES)).and(line));
    }
}

/// Who stood in for whom: at once where a model could not be used, or later where it failed.
fn instead(story: &Story, page: &mut Page, look: &Look) {
    let (film, state) = (story.film(), story.state());
    let mut told: Vec<(String, Vec<String>)> = Vec::new();
    for ix in film.nodes() {
        let (place, node) = (film.place(ix), &state.nodes()[ix]);
        if node.outputs().is_none() {
            continue;
        }
        let by = failure::entry_name(story, ix, node.entry);
        let failed = || {
            let first = (node.entry > 0).then(|| node.faults.get(&0).or_else(|| followed(state, ix)))??;
            Some((failure::entry_name(story, ix, 0), format!("{}, {}", words::class(first.class), first.message)))
        };
        let asked = place.instead.as_ref().map(|instead| (instead.of.clone(), instead.why.clone()));
        let Some((of, why)) = asked.or_else(failed) else { continue };
        let what = format!("{by} made it instead of {of}: {why}");
        match told.iter_mut().find(|(other, _)| *other == what) {
            Some((_, titles)) => titles.push(place.title()),
            None => told.push((what, vec![place.title()])),
        }
    }
    for (what, titles) in told.iter().take(NOTES_MAX) {
        let more = titles.len().saturating_sub(INSTEAD_MAX);
        let named = titles.iter().take(INSTEAD_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {} more", words::count(more)) } else { String::new() };
        row(page, look, "instead", &format!("{named}{more}: {what}"));
    }
}

/// Why the others went on with whom it is in unison: it followed them.
fn followed(state: &RunState, ix: Ix) -> Option<&Fault> {
    let gate = state.graph().unison(ix)?;
    state.graph().node(gate).awaits.iter().find_map(|other| state.nodes()[*other].faults.get(&0))
}

/// What makers noted while they made what was asked for: no failure, and nothing to be silent about.
fn notes(story: &Story, page: &mut Page, look: &Look) {
    let state = story.state();
    let noted = (0..state.graph().len()).filter_map(|ix| {
        let outputs = state.nodes()[ix].outputs()?;
        let fact = |name: &str| outputs.facts.get(name);
        let text = if let Some(words) = fact("unread") {
            format!("the voice left out what it cannot read: {words}")
        } else if let Some(odd) = fact("odd") {
            format!("the clip is {odd}")
        } else if let Some(why) = fact("refs") {
            format!("it was made without some of what it should resemble: {why}")
        } else if let Some(why) = fact("picture") {
            format!("it was made from words alone: {why}")
        } else {
            fact("stretched").map(|why| format!("it lasts longer than planned: {why}"))?
        };
        Some(format!("{}: {text}", story.film().place(ix).title()))
    });
    for note in noted.take(NOTES_MAX) {
        row(page, look, "note", &note);
    }
}

/// Whether this run writes the scenes of a film.
fn writes(story: &Story) -> bool {
    story.state().spec().about.contains_key("writes")
}

fn film(story: &Story, page: &mut Page, seen: &dyn Fn(&str) -> String, look: &Look) {
    let state = story.state();
    if writes(story) {
        let told = match state.status() {
            Status::Ended(Ending::Completed) => "written",
            Status::Ended(_) => "not written",
            Status::Queued | Status::Running | Status::Paused(_) => "being written",
        };
        row(page, look, "scenes", told);
        return;
    }
    match Output::of(state) {
        Some(output) => {
            let path = output.path.as_deref().or_else(|| state.spec().about.get("file").map(AsRef::as_ref));
            let path = text::safe(&path.map_or_else(|| "made, but nobody said where".to_owned(), seen));
            page.push(Line::new().and("  ").with(Tone::Dim, &text::pad("film", NAMES)).with(Tone::Bold, &path));
            if let Some(seconds) = output.seconds {
                row(page, look, "length", &format!("{seconds:.1} s"));
            }
        }
        None => match state.status() {
            Status::Ended(_) => {
                let why = too_few(story).map(|why| format!(": too few scenes, {why}")).unwrap_or_default();
                row(page, look, "film", &format!("none was made{why}; what is finished is kept"));
            }
            Status::Queued | Status::Running | Status::Paused(_) => {
                let stage = Stage::of(story.film(), state);
                row(page, look, "stage", &format!("{} of {}: {}", stage.number(), Stage::ALL.len(), stage.word()));
            }
        },
    }
}

/// Why the gate before the film stayed shut.
fn too_few(story: &Story) -> Option<String> {
    story.film().gates().find_map(|ix| match &story.state().nodes()[ix].phase {
        Phase::GivenUp { fault, .. } => Some(fault.message.clone()),
        _ => None,
    })
}

fn scenes(story: &Story, page: &mut Page, look: &Look) {
    let (film, run) = (story.film(), story.state());
    if writes(story) {
        return failed(story, page, look);
    }
    let states: Vec<ItemState> = film.scenes().iter().map(|scene| scene.state(film, run)).collect();
    let made = states.iter().filter(|state| **state == ItemState::Complete).count();
    let reused = run.summary().items.reused;
    let again = if reused > 0 { format!(", {} reused", words::several(reused, "item")) } else { String::new() };
    let all = words::several(states.len(), "scene");
    let text = match states.len() {
        1 if made == 1 => format!("{all} made{again}"),
        number if number == made => format!("all {all} made{again}"),
        _ => format!("{} of {all} made{again}", words::count(made)),
    };
    row(page, look, "scenes", &text);
    let over = matches!(run.status(), Status::Ended(_));
    let lacks = |state: &ItemState| *state == ItemState::FailedPermanent || (over && *state != ItemState::Complete);
    let missing: Vec<_> = film.scenes().iter().zip(&states).filter(|(_, state)| lacks(state)).collect();
    for (at, (scene, _)) in missing.iter().take(MISSING_MAX).enumerate() {
        let begun = if scene.done(run).made > 0 { "not finished" } else { "not begun" };
        let why = scene.lost(run).map_or_else(|| begun.to_owned(), |ix| super::board::lost(story, ix));
        row(page, look, if at == 0 { "missing" } else { "" }, &format!("{}: {why}", scene.id));
    }
    if missing.len() > MISSING_MAX {
        row(page, look, "", &format!("and {} more", words::count(missing.len() - MISSING_MAX)));
    }
    failed(story, page, look);
}

/// What is the film's own has no scene to be missing from; what fails with a scene was told with it.
fn failed(story: &Story, page: &mut Page, look: &Look) {
    for ix in story.film().own() {
        if matches!(&story.state().nodes()[*ix].phase, Phase::GivenUp { because: None, .. }) {
            row(page, look, "failed", &super::board::lost(story, *ix));
        }
    }
}

fn money(story: &Story, page: &mut Page, look: &Look) {
    let ledger = story.state().ledger();
    let over = matches!(story.state().status(), Status::Ended(_));
    if !over {
        let buys = !ledger.committed().is_zero();
        for (at, line) in meter(ledger, buys, look).lines.iter().enumerate() {
            let name = if at == 0 { "cost" } else { "" };
            page.push(Line::new().and("  ").with(Tone::Dim, &text::pad(name, NAMES)).and(&line.render(false)));
        }
        return;
    }
    let spent = ledger.settled().plus(ledger.written_off());
    let mut parts = vec![format!("{} of {}", dollars(spent), dollars(ledger.cap()))];
    let mut add = |amount: retake_engine::money::Money, what: &str| {
        if !amount.is_zero() {
            parts.push(format!("{} {what}", dollars(amount)));
        }
    };
    add(ledger.written_off(), "of it never accounted for");
    add(ledger.reserved(), "still reserved for open takes");
    add(ledger.overrun(), "over what was published");
    add(ledger.saved(), "saved by reuse");
    row(page, look, "cost", &parts.join(", "));
}

/// Whether everything that failed by itself did so for what the plan says: trying again cannot help.
#[must_use]
pub fn is_the_plan_s(story: &Story) -> bool {
    let mut faults = own_faults(story).peekable();
    faults.peek().is_some() && faults.all(|fault| fault.class == Class::Invalid && !failure::is_lost(fault))
}

/// What nodes failed by that failed by themselves.
fn own_faults(story: &Story) -> impl Iterator<Item = &Fault> {
    story.state().nodes().iter().filter_map(|node| match &node.phase {
        Phase::GivenUp { fault, because: None } => Some(&**fault),
        _ => None,
    })
}

/// What to type next, and why.
fn next(story: &Story) -> Option<(String, String)> {
    let spec = story.state().spec();
    let run = words::short(spec.id);
    let said = |why: &str, command: String| Some((why.to_owned(), command));
    match story.state().status() {
        Status::Queued | Status::Running => said("to go on where it stands:", words::onward(spec, "resume")),
        Status::Paused(_) => None,
        Status::Ended(Ending::Completed) if writes(story) => {
            said("its scenes are written; to make the film of them:", failure::rerun(story))
        }
        Status::Ended(Ending::Completed) if words::rehearsal(spec).is_some() => {
            let plan = spec.about.get("plan").map(|plan| words::typed(plan)).unwrap_or_default();
            said("to make it in earnest:", format!("retake run {plan}"))
        }
        Status::Ended(Ending::Completed) => said("to see every take and its cost:", format!("retake open {run}")),
        Status::Ended(Ending::Partial | Ending::Failed) if own_faults(story).any(failure::is_lost) => {
            said("to make again what is lost from the data folder:", failure::rerun(story))
        }
        Status::Ended(Ending::Partial | Ending::Failed) if is_the_plan_s(story) => {
            said("mend the plan, then make what was missing:", failure::rerun(story))
        }
        Status::Ended(Ending::Partial) => said("to fill only the gaps:", words::onward(spec, "retry")),
        Status::Ended(Ending::Failed) => said("to try again only what failed:", words::onward(spec, "retry")),
        Status::Ended(Ending::Cancelled) => match story.superseded_by() {
            Some(by) => said("another run took its place:", format!("retake status {}", words::short(by))),
            None => said("to go on where it stopped:", failure::rerun(story)),
        },
    }
}
