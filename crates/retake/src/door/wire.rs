//! What is said at the door: one line of JSON for a request, and lines of JSON in answer.
//!
//! Owns the words, their version and how long a line may be. A line that is none of these is answered once and ends
//! the talk.

use std::io::{self, BufRead, Read, Write};
use std::path::PathBuf;

use retake_engine::host::Outlook;
use retake_engine::id::{AccountId, RunId, TakeNo, Ticket};
use retake_engine::journal::Record;
use retake_engine::journal::event::Verdict;
use retake_engine::journal::state::Summary;
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::{Act, Cleared, Lesson, Problem, Row, Trouble, Until, Wish};

/// The version of the words.
pub(crate) const VERSION: u32 = 1;
/// The longest request.
pub(crate) const REQUEST_BYTES: u64 = 64 << 10;
/// The longest answer: the first record of a run holds all its nodes.
pub(crate) const ANSWER_BYTES: u64 = 256 << 20;

/// A request with its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Letter {
    /// The version of the words.
    pub(crate) v: u32,
    /// What is wanted.
    pub(crate) ask: Request,
}

/// What is wanted. A run is named by its id, or the beginning of one; by nothing, the newest is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Request {
    /// Who is there?
    Hello,
    /// Make this film, or go on with it.
    Run(Order),
    /// What making it would do and cost.
    Quote(Order),
    /// All runs.
    List,
    /// One of them.
    Find(Which),
    /// All that was written down of it.
    Journal(Which),
    /// The records of a run after one of them, as they come, until it is settled.
    Watch {
        /// Which run.
        run: RunId,
        /// After which record.
        after: u64,
    },
    /// What it waits for.
    Explain(Which),
    /// The same, node by node.
    Outlook(Which),
    /// Go on with a run.
    Resume(Which),
    /// Try what failed again.
    Retry(Which),
    /// Make something anew: a scene, a shot, a step of it.
    Redo {
        /// In which run.
        run: Which,
        /// What, as it was typed.
        what: String,
    },
    /// Make something otherwise: in other words, by another model.
    Otherwise {
        /// In which run.
        run: Which,
        /// What.
        wish: Wish,
    },
    /// Go back to an earlier take.
    Pick {
        /// In which run.
        run: Which,
        /// Which take.
        take: TakeNo,
    },
    /// Stop a run.
    Cancel {
        /// Which run.
        run: Which,
        /// Whether paid work is cancelled at its provider as well.
        now: bool,
    },
    /// Set the cap of a run.
    Budget {
        /// Which run.
        run: Which,
        /// To this.
        cap: Money,
    },
    /// Decide about a take that is held.
    Resolve {
        /// In which run.
        run: Which,
        /// Which take.
        take: TakeNo,
        /// How.
        how: Resolution,
    },
    /// Remove what is kept no longer; or only say how much that is.
    Sweep {
        /// Whether nothing is removed.
        dry: bool,
    },
}

/// Which run is meant.
pub(crate) type Which = Option<String>;

/// What becomes of a held take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Resolution {
    /// It is this work at the provider.
    Adopt(Ticket),
    /// It is given up, or made again.
    Verdict(Verdict),
}

/// A plan, and how it is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The plan, by its whole path.
    pub(crate) plan: PathBuf,
    /// The cap of a plan that names none.
    pub(crate) cap: Money,
    /// Where its randomness starts, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<u32>,
    /// After which stage a person wants to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Until>,
    /// Whether local makers may stand in where a key is missing.
    #[serde(default)]
    pub(crate) allow_fallback: bool,
    /// How patiently steps are tried in this run, over what the plan says: as the plan's `retry`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry: Option<String>,
    /// Whether a person agreed to what it may cost.
    #[serde(default)]
    pub(crate) agreed: bool,
    /// Whose money it is, where it is not that of the command line. Nobody can say so at the door.
    #[serde(skip)]
    pub(crate) account: Option<AccountId>,
}

/// An answer, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reply {
    /// Who is there.
    Hello {
        /// The version of the words.
        v: u32,
        /// The process.
        process: u32,
    },
    /// A run goes on, or has nothing to do.
    Started(Started),
    /// The scenes of a film are written, and lie beside its plan; ask again to have it made.
    Wrote(Wrote),
    /// Somebody has to agree first.
    Asks(Quoted),
    /// What a plan would do and cost.
    Quoted(Quoted),
    /// Runs.
    Runs(Vec<Brief>),
    /// A run.
    Run(Box<Brief>),
    /// More of a journal; others follow.
    Records(Vec<Record>),
    /// That was all; whether the run is settled.
    End {
        /// Whether it is over or paused. Otherwise whoever carried it has stopped.
        settled: bool,
    },
    /// Text for people.
    Told(String),
    /// What the nodes of a run wait for; nothing where nobody carries it.
    Outlook(Option<Outlook>),
    /// What was swept up.
    Swept(Cleared),
    /// It was not done.
    Refused(Trouble),
}

/// A run that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Started {
    /// Which one.
    pub(crate) run: RunId,
    /// How it came to that.
    pub(crate) how: How,
    /// Whether the film's scenes are only being written.
    #[serde(default)]
    pub(crate) writes: bool,
    /// What the plan's writer should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<Problem>,
}

/// What was written for a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wrote {
    /// Where it lies.
    pub(crate) file: PathBuf,
    /// Who wrote it.
    pub(crate) by: String,
    /// The film's title.
    pub(crate) film: String,
    /// Its scenes.
    pub(crate) scenes: Vec<Told>,
    /// What that has cost.
    pub(crate) spent_usd: Money,
    /// What the plan's owner should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<Problem>,
}

/// A scene as people look it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Its id.
    pub(crate) id: String,
    /// What is seen.
    pub(crate) seen: String,
    /// What is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) say: Option<String>,
}

/// How a wish to make a film was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum How {
    /// The run is new.
    New,
    /// It is new and takes the place of the one before.
    Changed,
    /// It was open and goes on.
    GoesOn,
    /// It had failed in parts, and those are tried again.
    Retried,
    /// It is complete: nothing is to be done.
    Complete,
    /// It was complete, but the film is not where it was delivered.
    Again,
    /// Something that was made is no longer there: it is made again.
    Lost,
    /// It waits where a person wants to look.
    Waits,
}

/// What a plan would do and cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quoted {
    /// The film.
    pub(crate) film: String,
    /// Node by node.
    pub(crate) rows: Vec<Row>,
    /// Whether that is only the writing of its scenes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) writes: bool,
    /// What it will probably cost.
    pub(crate) expected_usd: Money,
    /// What it can cost at the most.
    pub(crate) worst_usd: Money,
    /// What it may cost.
    pub(crate) cap_usd: Money,
    /// Whether the plan itself says so.
    pub(crate) budget_is_explicit: bool,
    /// What the film has cost so far, over all its runs.
    pub(crate) spent_usd: Money,
    /// What its writer should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<Problem>,
    /// Models that would make something and have no key here: it would be refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) keyless: Vec<Problem>,
    /// What models were really charged for, where that is not what they are priced at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) learned: Vec<Lesson>,
}

impl Quoted {
    /// Of how many steps this would become.
    pub(crate) fn count(&self, fate: Act) -> usize {
        self.rows.iter().filter(|row| row.fate == fate).count()
    }
}

/// A run as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Brief {
    /// Which run.
    pub(crate) run: RunId,
    /// When it was created.
    pub(crate) created: Moment,
    /// When its last record was written.
    pub(crate) changed: Moment,
    /// Its last record.
    pub(crate) seq: u64,
    /// What was said of it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<Summary>,
}

/// Why there is no next line.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The other side has hung up, or does not answer in time.
    Gone(io::Error),
    /// What it says makes no sense here.
    Rubbish(String),
}

/// The next line, if there is one.
pub(crate) fn hear<T: DeserializeOwned>(from: &mut impl BufRead, most: u64) -> Result<Option<T>, Broken> {
    let mut line = Vec::new();
    from.by_ref().take(most + 1).read_until(b'\n', &mut line).map_err(Broken::Gone)?;
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        let too_long = u64::try_from(line.len()).is_ok_and(|length| length > most);
        let why = if too_long { format!("a line has at most {most} bytes") } else { "the line has no end".into() };
        return Err(Broken::Rubbish(why));
    }
    serde_json::from_slice(&line).map(Some).map_err(|error| Broken::Rubbish(error.to_string()))
}

/// Says a line, in one piece.
pub(crate) fn say(to: &mut impl Write, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line)
}
