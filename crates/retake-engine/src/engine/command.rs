//! What people want of a run, and when that is refused.

use serde::{Deserialize, Serialize};

use crate::id::{NodeId, RunId, TakeNo, Ticket};
use crate::journal::event::{Ending, Event, Stop, Verdict};
use crate::journal::state::{Phase, Status, TakeState, Why};
use crate::journal::{Illegal, RunState};
use crate::moment::Moment;
use crate::money::Money;

/// What a person wants of a run. It can be written down, so that another process can hand it in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Go on: what was paused, stopped or refused is tried again.
    Resume,
    /// Try all that failed again.
    Retry,
    /// Make a node anew.
    Redo {
        /// Which one.
        node: NodeId,
        /// What makes its key another; made by the face.
        salt: u64,
    },
    /// Go back to an earlier take.
    Pick(TakeNo),
    /// Stop.
    Stop(Stop),
    /// Another run takes its place.
    Supersede(RunId),
    /// Spend up to this.
    SetCap(Money),
    /// Buy until then; without an end where none is given.
    SetDeadline(Option<Moment>),
    /// A held take is this work at the provider.
    Adopt {
        /// Which take.
        take: TakeNo,
        /// Which work.
        ticket: Ticket,
    },
    /// A held take is to be given up.
    Resolve {
        /// Which take.
        take: TakeNo,
        /// How.
        verdict: Verdict,
    },
}

/// Why a command, or a run, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What it will probably cost does not fit.
    #[error("the run is expected to cost {expected:?}; its cap is {cap:?}")]
    TooDear {
        /// What it will probably cost.
        expected: Money,
        /// What it may cost.
        cap: Money,
    },
    /// The run does not hold together.
    #[error("{0}")]
    Unsound(Why),
    /// It is over.
    #[error("the run is over")]
    Over,
    /// It is not over, nor paused.
    #[error("another run has taken its place")]
    Superseded,
    /// Nothing failed.
    #[error("nothing of the run has failed")]
    NothingFailed,
    /// There is no such node.
    #[error("there is no node `{0}`")]
    NoSuchNode(NodeId),
    /// There is no such take.
    #[error("there is no take `{0}`")]
    NoSuchTake(TakeNo),
    /// The take does not stand where the command would take it from.
    #[error("take `{take}` is {state}, not {wanted}")]
    TakeElsewhere {
        /// Which take.
        take: TakeNo,
        /// Where it stands.
        state: &'static str,
        /// Where it would have to stand.
        wanted: &'static str,
    },
    /// The take was made by another entry than those with whom its node is in unison.
    #[error("take `{0}` was made by another entry than what it goes with")]
    OutOfStep(TakeNo),
    /// The ticket belongs to another take.
    #[error("ticket `{ticket}` is that of take `{of}`")]
    TicketTaken {
        /// Which ticket.
        ticket: Ticket,
        /// Whose it is.
        of: TakeNo,
    },
    /// The ticket belongs to another run.
    #[error("ticket `{0}` is that of a take of another run")]
    TicketElsewhere(Ticket),
    /// The run went on without the take.
    #[error("the run has gone on without take `{0}`: abandon it, then retry")]
    GoneOn(TakeNo),
}

impl From<Illegal> for Refusal {
    fn from(illegal: Illegal) -> Self {
        Self::Unsound(illegal.why)
    }
}

/// Whether others would have to be made again if this take counted, or it would soon be replaced for their sake.
fn is_out_of_step(state: &RunState, no: &TakeNo) -> bool {
    let others = state.graph().find(&no.node).and_then(|ix| state.step_without(ix, &[ix]));
    state.take(no).zip(others).is_some_and(|(take, others)| take.entry != others)
}

/// The event that carries the command out, if it fits.
pub(super) fn event(state: &RunState, command: Command) -> Result<Event, Refusal> {
    match command {
        Command::SetCap(cap) => Ok(Event::CapSet { cap }),
        Command::SetDeadline(deadline) => Ok(Event::DeadlineSet { deadline }),
        Command::Stop(stop) => going(state).map(|()| Event::Stopped { stop }),
        Command::Supersede(by) => going(state).map(|()| Event::Superseded { by }),
        Command::Resume => match state.status() {
            Status::Ended(Ending::Completed | Ending::Partial | Ending::Failed) => Err(Refusal::Over),
            Status::Ended(Ending::Cancelled) | Status::Queued | Status::Running | Status::Paused(_) => {
                replaceable(state).map(|()| Event::Resumed)
            }
        },
        Command::Retry => {
            replaceable(state)?;
            let failed = |phase: &Phase| matches!(phase, Phase::Failed | Phase::GivenUp { because: None, .. });
            let any = state.nodes().iter().any(|node| failed(&node.phase));
            if any { Ok(Event::Retried) } else { Err(Refusal::NothingFailed) }
        }
        Command::Redo { node, salt } => {
            replaceable(state)?;
            let ix = state.graph().find(&node).filter(|ix| !matches!(state.nodes()[*ix].phase, Phase::Dropped));
            ix.map(|_| Event::Redone { node: node.clone(), salt }).ok_or(Refusal::NoSuchNode(node))
        }
        Command::Pick(take) => {
            replaceable(state)?;
            let kept = |state: &TakeState| matches!(state, TakeState::Kept { .. });
            stands(state, &take, "kept", kept)?;
            if is_out_of_step(state, &take) {
                return Err(Refusal::OutOfStep(take));
            }
            let growth = state.take(&take).and_then(|made| match &made.state {
                TakeState::Kept { extension, .. } => extension.as_deref(),
                _ => None,
            });
            if let Some((ix, growth)) = state.graph().find(&take.node).zip(growth) {
                state.may_extend(ix, growth).map_err(Refusal::Unsound)?;
            }
            Ok(Event::Picked { take })
        }
        Command::Adopt { take, ticket } => {
            stands(state, &take, "held", |state| matches!(state, TakeState::Held))?;
            let owner = state.tickets.iter().find(|((_, known), _)| *known == ticket);
            match owner.map(|(_, (ix, n))| state.no(*ix, *n)).filter(|owner| *owner != take) {
                Some(of) => Err(Refusal::TicketTaken { ticket, of }),
                None => Ok(Event::Found { take, ticket }),
            }
        }
        Command::Resolve { take, verdict } => {
            stands(state, &take, "held", |state| matches!(state, TakeState::Held))?;
            let ix = state.graph().find(&take.node).ok_or_else(|| Refusal::NoSuchTake(take.clone()))?;
            let drives = state.nodes()[ix].phase == Phase::Taking { n: take.n };
            match verdict {
                Verdict::Resend if !drives => Err(Refusal::GoneOn(take)),
                Verdict::Resend | Verdict::Abandon => Ok(Event::Resolved { take, verdict }),
            }
        }
    }
}

fn going(state: &RunState) -> Result<(), Refusal> {
    if matches!(state.status(), Status::Ended(_)) { Err(Refusal::Over) } else { Ok(()) }
}

fn replaceable(state: &RunState) -> Result<(), Refusal> {
    if state.superseded_by.is_some() { Err(Refusal::Superseded) } else { Ok(()) }
}

fn stands(
    state: &RunState,
    no: &TakeNo,
    wanted: &'static str,
    fits: impl Fn(&TakeState) -> bool,
) -> Result<(), Refusal> {
    let take = state.take(no).ok_or_else(|| Refusal::NoSuchTake(no.clone()))?;
    if fits(&take.state) {
        return Ok(());
    }
    Err(Refusal::TakeElsewhere { take: no.clone(), state: take.state.name(), wanted })
}
