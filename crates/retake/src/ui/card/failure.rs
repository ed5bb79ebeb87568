//! The card of a failed take, or of an entry that was passed over.

use std::time::Duration;

use retake_engine::fault::{Class, Fault, Origin};
use retake_engine::graph::Ix;
use retake_engine::id::TakeNo;
use retake_engine::journal::state::TakeState;
use retake_engine::moment::Moment;

use super::Card;
use crate::ui::paint::Tone;
use crate::ui::story::Story;
use crate::ui::{waits, words};

/// A failure of which people are to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Whose.
    pub ix: Ix,
    /// Of which take; of none where it failed before there was one.
    pub take: Option<u32>,
    /// By which entry of the route.
    pub entry: usize,
    /// What went wrong.
    pub fault: Fault,
    /// When it was written down.
    pub at: Moment,
}

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another take, by this entry, not before a moment.
    Again {
        /// By which entry.
        entry: usize,
        /// Not before.
        not_before: Moment,
    },
    /// A round may try it again.
    Later,
    /// It will not be made.
    Lost,
    /// The take is looked for at the provider.
    Looked,
    /// A person is to say.
    Held,
    /// Nothing: its node has gone on.
    Aside,
}

/// The card of this trouble.
#[must_use]
pub fn card(story: &Story, trouble: &Trouble, next: Next) -> Card {
    let class = trouble.fault.class;
    let rows = vec![
        by_line(story, trouble),
        trouble.fault.message.clone(),
        trouble.fault.hint.as_ref().map(|hint| format!("hint: {hint}")).unwrap_or_default(),
        what_follows(story, trouble, next),
    ];
    Card {
        tone: if next == Next::Lost { Tone::Bad } else { Tone::Trouble },
        title: story.film().place(trouble.ix).title(),
        what: format!("{}, {}", words::class(class), meaning(&trouble.fault)),
        rows,
        command: command(story, trouble, next),
    }
}

/// The name of the entry at this place of a node's route.
#[must_use]
pub fn entry_name(story: &Story, ix: Ix, entry: usize) -> String {
    let route = &story.state().graph().node(ix).spec.route;
    route.get(entry).map(|name| name.as_str().to_owned()).unwrap_or_default()
}

/// Which take it is of how many: those that were put off do not count.
#[must_use]
pub fn take_of(story: &Story, ix: Ix, n: u32) -> String {
    let node = &story.state().nodes()[ix];
    let entry = node.take(n).map_or(node.entry, |take| take.entry);
    let counts = |other: &u32| {
        let same = node.take(*other).is_some_and(|take| take.entry == entry);
        same && (*other == n || !story.fate_of(ix, *other).is_some_and(|fate| fate.fault.as_ref().is_some_and(put_off)))
    };
    let number = (1..=n).filter(counts).count();
    let attempts = story.state().graph().policy(ix).map_or(0, |policy| policy.attempts);
    match usize::try_from(attempts) {
        Ok(attempts) if number <= attempts => format!("take {number} of {attempts}"),
        Ok(_) | Err(_) => format!("take {number}"),
    }
}

/// What a failure means, in a few words: some classes mean another thing where the trouble is our own.
fn meaning(fault: &Fault) -> &'static str {
    match fault.class {
        Class::Throttled if fault.origin == Origin::Ourselves => "retake itself puts it off",
        _ if is_lost(fault) => "something that was made is lost from the data folder",
        class => words::meaning(class),
    }
}

/// Whether something stored is missing or damaged: the plan is not to blame, and another run makes it again.
#[must_use]
pub fn is_lost(fault: &Fault) -> bool {
    fault.class == Class::Invalid && fault.origin == Origin::Store
}

/// Whether the failure used no attempt.
fn put_off(fault: &Fault) -> bool {
    matches!(fault.class, Class::Throttled | Class::Denied) || fault.origin == Origin::Ourselves
}

fn by_line(story: &Story, trouble: &Trouble) -> String {
    let mut parts = vec![entry_name(story, trouble.ix, trouble.entry)];
    parts.extend(trouble.take.map(|n| take_of(story, trouble.ix, n)));
    parts.push(billed(story, trouble));
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

fn billed(story: &Story, trouble: &Trouble) -> String {
    let take = trouble.take.and_then(|n| story.state().nodes()[trouble.ix].take(n));
    let Some(take) = take else { return "nothing was sent".to_owned() };
    if !take.is_paid() {
        return "costs nothing".to_owned();
    }
    match &take.state {
        TakeState::Fallen { cost } | TakeState::Kept { cost, .. } if !cost.is_zero() => {
            format!("billed {}", words::dollars(*cost))
        }
        TakeState::Fallen { .. } | TakeState::Kept { .. } | TakeState::Released => "not billed".to_owned(),
        TakeState::WrittenOff { cost } => format!("counted as billed: {}", words::dollars(*cost)),
        TakeState::Intent
        | TakeState::Unclear { .. }
        | TakeState::Held
        | TakeState::Submitted { .. }
        | TakeState::Succeeded { .. } => {
            format!("perhaps billed: {} stays reserved", words::dollars(take.worst))
        }
    }
}

fn what_follows(story: &Story, trouble: &Trouble, next: Next) -> String {
    match next {
        Next::Again { entry, not_before } => {
            let wait = not_before.since(trouble.at);
            let when = if wait.is_zero() { "now".to_owned() } else { format!("in {}", words::span(wait)) };
            if entry == trouble.entry && trouble.fault.class == Class::Denied {
                "next: it waits; when nothing else can move, the run is paused".to_owned()
            } else if entry == trouble.entry {
                format!("next: another take {}", again(story, trouble, wait))
            } else {
                format!("next: {} is tried {when}", entry_name(story, trouble.ix, entry))
            }
        }
        Next::Later => "next: tried again when everything else is done".to_owned(),
        Next::Lost if is_lost(&trouble.fault) => "next: it is not made. To make again what is lost, type:".to_owned(),
        Next::Lost => match trouble.fault.class {
            Class::Internal => "next: it is not made; the journal is kept, please report this".to_owned(),
            Class::Rejected | Class::Invalid | Class::Retired | Class::Broken => {
                "next: it is not made; the rest of the film goes on. Change the plan, then type:".to_owned()
            }
            Class::Denied => {
                "next: it is not made; the rest goes on. Mend the key or the credit, then type:".to_owned()
            }
            Class::Transient | Class::Throttled | Class::Unclear | Class::Exhausted | Class::Defective => {
                "next: it is not made; the rest of the film goes on. To try it again, type:".to_owned()
            }
        },
        Next::Looked => "next: nothing is sent again until it is known; retake tries to find out".to_owned(),
        Next::Held => "next: nothing, until you say. Look at the provider whether it is there: `--adopt ID` takes it, \
                       `--abandon` does without, and this makes it again, at the risk of paying twice:"
            .to_owned(),
        Next::Aside => "next: nothing; the node has gone on without it".to_owned(),
    }
}

/// When another take follows, and who wants it so.
fn again(story: &Story, trouble: &Trouble, wait: Duration) -> String {
    if wait.is_zero() {
        return "now".to_owned();
    }
    let provider = story.state().graph().offer(trouble.ix, trouble.entry).map(|offer| offer.provider.as_str());
    let who = match trouble.fault.retry_after {
        Some(_) => format!("{} said so", provider.unwrap_or("whoever made it")),
        None => "a pause of our own".to_owned(),
    };
    format!("after waiting {}: {who}", waits::brief(wait))
}

fn command(story: &Story, trouble: &Trouble, next: Next) -> String {
    let run = words::short(story.state().spec().id);
    let class = trouble.fault.class;
    match next {
        Next::Again { .. } | Next::Later | Next::Looked | Next::Aside => {
            format!("retake explain {}", words::class(class))
        }
        Next::Held => resolve(story, trouble.ix, trouble.take.unwrap_or(1)),
        Next::Lost => match class {
            Class::Rejected | Class::Invalid | Class::Retired | Class::Broken => rerun(story),
            Class::Internal => format!("retake history {run}"),
            Class::Denied
            | Class::Transient
            | Class::Throttled
            | Class::Unclear
            | Class::Exhausted
            | Class::Defective => words::onward(story.state().spec(), "retry"),
        },
    }
}

/// The command that makes a held take again.
#[must_use]
pub fn resolve(story: &Story, ix: Ix, n: u32) -> String {
    let take = TakeNo { node: story.state().graph().node(ix).spec.id.clone(), n };
    format!("retake resolve {} --resend", words::typed(&take.to_string()))
}

/// The command that goes on with a changed plan.
#[must_use]
pub fn rerun(story: &Story) -> String {
    let spec = story.state().spec();
    let film = || spec.about.get("plan").map(|plan| format!("retake run {}", words::typed(plan)));
    words::rehearsal(spec).or_else(film).unwrap_or_else(|| words::onward(spec, "retry"))
}
