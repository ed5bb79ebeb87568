//! What is said when a person decides about a held take: what it may have cost, what happens next, and what came of it.

use retake_engine::id::TakeNo;
use retake_engine::journal::state::TakeState;

use super::failure::entry_name;
use crate::ui::story::Story;
use crate::ui::words::{class, dollars};

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is this work at the provider.
    Adopt(String),
    /// It is made again.
    Resend,
    /// It is done without.
    Abandon,
}

/// What a decision means, before it is carried out; nothing of a take that is not held, which is refused.
#[must_use]
pub fn before(story: &Story, no: &TakeNo, decision: &Decision) -> Option<String> {
    let ix = story.state().graph().find(&no.node)?;
    let take = story.state().take(no).filter(|take| matches!(take.state, TakeState::Held))?;
    let offer = story.state().graph().offer(ix, take.entry)?;
    let (cost, provider, model) = (dollars(take.worst), offer.provider.as_str(), entry_name(story, ix, take.entry));
    let what = format!("{no} may have been bought from {model} at {provider}: {cost} is reserved for it");
    let next = match decision {
        Decision::Adopt(ticket) => format!(
            "it is taken to be {ticket} there: its result is fetched, what {provider} charged is settled, and nothing is \
             sent again"
        ),
        Decision::Resend => format!(
            "it is written off, so that {cost} counts as spent, and made again for at most {cost} more, if the cap has \
             room: it may be paid twice"
        ),
        Decision::Abandon => format!("it is written off, so that {cost} counts as spent, and done without"),
    };
    Some(format!("{what}\n{next}"))
}

/// What came of a take about which was decided.
#[must_use]
pub fn after(story: &Story, no: &TakeNo) -> Option<String> {
    let (ix, take) = (story.state().graph().find(&no.node)?, story.state().take(no)?);
    let fault = || story.fate_of(ix, no.n).and_then(|fate| fate.fault.as_ref());
    let what = match &take.state {
        TakeState::Kept { cost, .. } => format!("is kept: {} is settled", dollars(*cost)),
        TakeState::Fallen { cost } => {
            let why = fault().map(|fault| format!(" ({}, {})", class(fault.class), fault.message)).unwrap_or_default();
            format!("came to nothing{why}: {} is settled", dollars(*cost))
        }
        TakeState::Released => "was not bought after all: nothing is settled".to_owned(),
        TakeState::WrittenOff { cost } => format!("is written off: {} counts as spent", dollars(*cost)),
        TakeState::Held => "is held still".to_owned(),
        TakeState::Unclear { .. } => "is looked for again".to_owned(),
        TakeState::Intent | TakeState::Submitted { .. } | TakeState::Succeeded { .. } => {
            format!("is open: {} is reserved", dollars(take.worst))
        }
    };
    let next = story.state().nodes()[ix].take(no.n + 1).and_then(|next| match &next.state {
        TakeState::Kept { cost, .. } => {
            Some(format!("; take {} in its place is kept: {} is settled", no.n + 1, dollars(*cost)))
        }
        _ => None,
    });
    Some(format!("{no} {what}{}", next.unwrap_or_default()))
}
