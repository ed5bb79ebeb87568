//! What can go wrong with a request: the words between the script and the server that does it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// It orders something.
    Submit,
    /// It asks how an order is doing.
    Poll,
    /// It fetches an output.
    Fetch,
    /// It lists what was ordered.
    Find,
    /// It cancels an order.
    Cancel,
    /// It brings a file.
    Upload,
    /// It asks what a model takes, what an account has, or how the service is.
    Schema,
}

impl At {
    /// Every purpose.
    pub const ALL: [Self; 7] =
        [Self::Submit, Self::Poll, Self::Fetch, Self::Find, Self::Cancel, Self::Upload, Self::Schema];

    /// Its name, as scripts write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Poll => "poll",
            Self::Fetch => "fetch",
            Self::Find => "find",
            Self::Cancel => "cancel",
            Self::Upload => "upload",
            Self::Schema => "schema",
        }
    }
}

/// One thing that goes wrong. An effect that has no meaning for a request does nothing to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Too many requests.
    Throttle {
        /// How long to wait.
        after: Duration,
        /// How that is said.
        form: Form,
    },
    /// The account is empty, as this provider says it, or with this status: 402, 403 or 429.
    NoCredit {
        /// Which status, where not the usual one.
        status: Option<u16>,
    },
    /// A status that is none of the request's fault.
    Status {
        /// Which one, such as 503.
        code: u16,
        /// Whose page comes with it.
        page: Page,
        /// Whether the order was accepted all the same.
        accepted: bool,
    },
    /// An error that repeats to the caller what it sent: every header, its key among them, and its query.
    Echo {
        /// Its status.
        code: u16,
        /// How many letters stand before that.
        after: u32,
    },
    /// The connection is reset before anything happens.
    ResetBeforeAccept,
    /// The work is done, then the connection is reset instead of an answer.
    ResetAfterAccept,
    /// Nothing happens and no answer comes.
    HangBeforeAccept,
    /// The work is done and no answer comes.
    HangAfterAccept,
    /// The answer comes in drips.
    Drip {
        /// This many bytes a second.
        bytes_per_second: u32,
    },
    /// Half of the answer's body comes, then the connection ends.
    HalfDownload,
    /// The output is no longer there.
    Expired,
    /// The output is something else than it says.
    WrongType,
    /// The output is empty.
    ZeroBytes,
    /// A page for people comes instead of JSON, with 200.
    Html,
    /// JSON that stops in the middle; the answer is otherwise whole.
    TruncatedJson,
    /// The content policy forbids it.
    Refuse {
        /// Whether it is accepted first and refused as the job's end.
        late: bool,
        /// Which input is named as the culprit, where the wire can say so.
        input: Option<String>,
    },
    /// The job succeeds and its outputs are flagged.
    Nsfw,
    /// The model is gone.
    Retire,
    /// The job fails with this text, or with the provider's usual transient one.
    Fail {
        /// What it says.
        text: Option<String>,
    },
    /// The job takes this long.
    Slow {
        /// How long.
        by: Duration,
    },
    /// The job never ends.
    Stuck,
    /// It costs this many times the price, in thousandths.
    PriceRise {
        /// Two thousand doubles it.
        permille: u32,
    },
    /// What it reports of its cost is wrong.
    Cost(CostLie),
    /// A list leaves out or repeats.
    List(ListLie),
    /// The ticket is unknown.
    Forget,
    /// The webhook misbehaves.
    Webhook(HookLie),
    /// The server ends without a word and comes back after a while with what its log knows.
    Die {
        /// After how long.
        down: Duration,
    },
    /// Nobody answers: the connection is reset, whatever is asked.
    Down,
    /// A text stops where its length is used up.
    CutOff,
    /// A text that does not parse.
    BadPlan,
}

/// How a delay is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `Retry-After` in seconds.
    Header,
    /// `Retry-After` as an HTTP date.
    Date,
    /// `Retry-After` as a date that has passed.
    Past,
    /// A negative number of seconds.
    Negative,
    /// A number of seconds without sense.
    Huge,
    /// No number at all.
    Garbage,
    /// In the body, as the provider words it.
    Body,
    /// Not at all.
    None,
}

/// Whose page comes with a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The provider's own structured error.
    Provider,
    /// A gateway's page for people.
    Gateway,
}

/// What is wrong about a reported cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CostLie {
    /// It is not there.
    Missing,
    /// It is a number without sense.
    Absurd,
    /// It is below zero.
    Negative,
}

/// What is wrong about a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListLie {
    /// What was accepted within this time is not in it.
    Lag(Duration),
    /// Its newest entry is missing.
    Drop,
    /// Every entry is there twice.
    Twice,
}

/// What is wrong about a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HookLie {
    /// It comes twice.
    Duplicate,
    /// It comes this much later.
    Late(Duration),
    /// Its signature is wrong.
    Forged,
    /// It never comes.
    None,
}
