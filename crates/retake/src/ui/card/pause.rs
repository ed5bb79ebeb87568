//! The card of a run that stands still until somebody outside it does something.

use retake_engine::fault::Fault;
use retake_engine::graph::Ix;
use retake_engine::id::NodeId;
use retake_engine::journal::event::{Cap, Pause};
use retake_engine::journal::state::{Phase, TakeState};
use retake_engine::money::Money;

use super::Card;
use super::failure::{self, resolve};
use crate::ui::paint::Tone;
use crate::ui::story::Story;
use crate::ui::words::{self, dollars};

/// The card of this pause.
#[must_use]
pub fn card(story: &Story, pause: &Pause) -> Card {
    let run = words::short(story.state().spec().id);
    let spec = story.state().spec();
    let resume = words::onward(spec, "resume");
    let card = |what: &str, rows: Vec<String>, command: String| Card {
        tone: Tone::Trouble,
        title: "paused".to_owned(),
        what: what.to_owned(),
        rows,
        command,
    };
    match pause {
        Pause::Budget { node, cap: Cap::Run, raise } => {
            let to = story.state().ledger().cap().plus(*raise);
            let mut rows = vec![
                committed(story),
                format!(
                    "{} does not fit; the smallest raise that continues is {}",
                    place(story, node),
                    dollars(*raise)
                ),
                "what is made is kept, and nothing is bought until then".to_owned(),
            ];
            let Some(again) = words::rehearsal(spec) else {
                return card("the cap is reached", rows, format!("retake budget {run} {}", plain(to)));
            };
            rows.push(format!("to go on, set `budget` to {} in the plan, then type:", plain(to)));
            card("the cap is reached", rows, again)
        }
        Pause::Budget { node, cap, raise } => {
            let (whose, key) = match cap {
                Cap::Run | Cap::Account => ("the account's cap is reached", "account_usd"),
                Cap::Day => ("the cap of the day is reached", "day_usd"),
            };
            let rows = vec![
                format!("{} does not fit; {} more would do", place(story, node), dollars(*raise)),
                format!("raise `{key}` under [limits] in retake.toml{}, then type:", wait_for(*cap)),
            ];
            card(whose, rows, resume)
        }
        Pause::Overrun { over } => {
            let rows = vec![
                committed(story),
                format!("charges went over what the providers publish by {}", dollars(*over)),
                "nothing more is bought until you have seen this; to go on, type:".to_owned(),
            ];
            card("a provider charged more than it says", rows, resume)
        }
        Pause::Deadline { node } => {
            let rows = vec![
                format!("{} is not made yet, and the time that was set is over", place(story, node)),
                "what is made is kept; set a later deadline, then type:".to_owned(),
            ];
            card("the time is up", rows, resume)
        }
        Pause::Credentials { provider } => {
            let mut rows: Vec<String> =
                story.state().denials().flat_map(|(name, fault)| refusal(name.as_str(), fault)).collect();
            if rows.is_empty() {
                rows.push(format!("{provider} refuses us: the key may be wrong, or the credit used up"));
            }
            rows.push("nothing else can go on; mend it, then type:".to_owned());
            let several = story.state().denials().nth(1).is_some();
            card(if several { "providers refuse us" } else { "a provider refuses us" }, rows, resume)
        }
        Pause::Review { node } => review(story, node, resume),
    }
}

/// What somebody said who refuses us, and the way out. The command that goes on comes at the end.
fn refusal(provider: &str, fault: &Fault) -> impl Iterator<Item = String> {
    let hint = fault.hint.as_ref().map(|hint| hint.split(", then `retake resume`").next().unwrap_or(hint));
    let names_itself = fault.message.starts_with(provider);
    let said = if names_itself { fault.message.clone() } else { format!("{provider}: {}", fault.message) };
    [Some(said), hint.map(|hint| format!("hint: {hint}"))].into_iter().flatten()
}

fn review(story: &Story, node: &NodeId, resume: String) -> Card {
    let ix = story.state().graph().find(node);
    let held = ix.and_then(|ix| Some((ix, held_take(story, ix)?)));
    let (what, rows, command) = match held {
        Some((ix, n)) => (
            "a take waits for your word",
            vec![
                format!("{} may have been bought, and {} cannot tell", place(story, node), provider(story, ix, n)),
                "look there: `--adopt ID` takes what you find, `--abandon` does without, and this makes it again, at \
                 the risk of paying twice:"
                    .to_owned(),
            ],
            resolve(story, ix, n),
        ),
        None if ix.is_some_and(|ix| !is_looked_at(story, ix)) => (
            "a take of another run waits for your word",
            vec![
                format!("{} would be the same as a take that an earlier run may have bought", place(story, node)),
                "`retake orphans` names it; decide about it there with `retake resolve … --run`, then type:".to_owned(),
            ],
            resume,
        ),
        None => (
            "it is yours to look",
            vec![
                "everything up to here is made; `retake open` shows it".to_owned(),
                "change the plan and run it again, or go on as it is:".to_owned(),
            ],
            resume,
        ),
    };
    Card { tone: Tone::Trouble, title: "paused".to_owned(), what: what.to_owned(), rows, command }
}

/// Whether a node is where a person wanted to look.
fn is_looked_at(story: &Story, ix: Ix) -> bool {
    matches!(story.state().nodes()[ix].phase, Phase::Reviewing)
}

fn held_take(story: &Story, ix: Ix) -> Option<u32> {
    let takes = &story.state().nodes()[ix].takes;
    let at = takes.iter().rposition(|take| matches!(take.state, TakeState::Held))?;
    u32::try_from(at + 1).ok()
}

fn provider(story: &Story, ix: Ix, n: u32) -> String {
    let entry = story.state().nodes()[ix].take(n).map_or(0, |take| take.entry);
    let offer = story.state().graph().offer(ix, entry);
    offer.map_or_else(|| "its provider".to_owned(), |offer| offer.provider.as_str().to_owned())
}

fn place(story: &Story, node: &NodeId) -> String {
    let ix = story.state().graph().find(node);
    ix.map_or_else(|| node.as_str().to_owned(), |ix| story.film().place(ix).title())
}

const fn wait_for(cap: Cap) -> &'static str {
    match cap {
        Cap::Day => ", or wait for tomorrow (UTC)",
        Cap::Run | Cap::Account => "",
    }
}

fn committed(story: &Story) -> String {
    let ledger = story.state().ledger();
    let spent = ledger.settled().plus(ledger.written_off());
    let reserved = ledger.reserved();
    let open = if reserved.is_zero() { String::new() } else { format!(", {} is reserved", dollars(reserved)) };
    format!("{} of {} is spent{open}", dollars(spent), dollars(ledger.cap()))
}

/// What a run was quoted at that is refused before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// What the film has cost so far.
    pub spent: Money,
    /// What the run will probably cost.
    pub expected: Money,
    /// What it can cost at the most.
    pub worst: Money,
    /// What it may cost.
    pub cap: Money,
}

/// The card of a run that is refused before it begins, because what it will probably cost does not fit.
#[must_use]
pub fn refused(quote: &Refused, plan: &str) -> Card {
    let Refused { spent, expected, worst, cap } = quote;
    let rows = vec![
        format!("expected {}, at most {}; the cap is {}", dollars(*expected), dollars(*worst), dollars(*cap)),
        format!("the film has cost {} so far; nothing was sent now", dollars(*spent)),
        format!(
            "set `budget` to at least {} in the plan, or make it cheaper; this shows what costs what:",
            plain(*expected)
        ),
    ];
    let what = "it will cost more than it may".to_owned();
    let command = format!("retake plan {}", words::typed(plan));
    Card { tone: Tone::Trouble, title: "not begun".to_owned(), what, rows, command }
}

/// The card that takes leave after an interruption.
#[must_use]
pub fn interrupted(story: &Story) -> Card {
    let open = story.state().index().active_paid.len();
    let jobs = words::several(open, "take");
    let (verb, they) = if open == 1 { ("goes", "it is") } else { ("go", "they are") };
    let rows = vec![if open == 0 {
        "nothing is under way at a provider; to go on, type:".to_owned()
    } else {
        format!(
            "{jobs} {verb} on at the provider and {they} written down: picked up later, not paid again. To go on, type:"
        )
    }];
    let command = failure::rerun(story);
    Card { tone: Tone::Busy, title: "stopped".to_owned(), what: "nothing is lost".to_owned(), rows, command }
}

/// An amount as the command line reads it.
#[must_use]
pub fn plain(money: Money) -> String {
    dollars(money).replace(['$', ','], "")
}
