//! What is said between the film and its provider: one line of JSON each way, on a connection of its own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use retake_engine::id::{Hash, Ticket};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// No line is longer than this.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// What a customer wants.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "wants", rename_all = "kebab-case")]
pub(crate) enum Wish {
    /// Work is to be done, for money.
    Submit {
        /// The customer's name for it, which the list shows.
        take: String,
        /// The hash of the request; stands for its bytes.
        request: Hash,
        /// By which a repetition is recognised.
        key: Hash,
        /// What it costs.
        price: Money,
        /// Whether the outputs are to be the answer.
        synchronous: bool,
    },
    /// How does it stand?
    Poll { ticket: Ticket },
    /// The outputs.
    Fetch { ticket: Ticket },
    /// All that was accepted.
    List,
    /// The work is not wanted any more.
    Cancel { ticket: Ticket },
    /// Nothing is put off any more: for whoever conducts the test.
    Open,
    /// Answered once no submission is on its way any more: for whoever conducts the test.
    Quiet,
}

/// What the provider says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "kebab-case")]
pub(crate) enum Word {
    /// The work is taken on.
    Accepted { ticket: Ticket },
    /// It is not done yet.
    Pending,
    /// It is done.
    Succeeded { charge: Money },
    /// What was made.
    Outputs { hash: Hash, charge: Money },
    /// Nothing is known of this ticket.
    Gone,
    /// What was accepted.
    Listed { works: Vec<Work> },
    /// It was heard.
    Heard,
}

/// A line of the provider's list.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Work {
    /// The provider's name for it.
    pub(crate) ticket: Ticket,
    /// The customer's.
    pub(crate) take: String,
    /// When it was accepted.
    pub(crate) created: Moment,
}

/// How far a question came.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Nothing was sent.
    Unsent(io::Error),
    /// It was sent, at least in part, and no answer came.
    Unanswered(io::Error),
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unsent(why) => write!(f, "the provider cannot be reached: {why}"),
            Self::Unanswered(why) => write!(f, "the provider did not answer: {why}"),
        }
    }
}

/// Says something to the provider and waits for its answer.
pub(crate) fn ask(port: u16, wish: &Wish, patience: Duration) -> Result<Word, Failed> {
    let connect = || {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(patience))?;
        Ok(stream)
    };
    let mut stream = connect().map_err(Failed::Unsent)?;
    let answer = write_line(&mut stream, wish).and_then(|()| read_line(&stream));
    answer.and_then(|word| word.ok_or(io::ErrorKind::UnexpectedEof.into())).map_err(Failed::Unanswered)
}

/// Writes a line in one piece.
pub(crate) fn write_line(mut to: impl Write, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line)
}

/// Reads a line; none where it did not come to its end.
pub(crate) fn read_line<T: DeserializeOwned>(from: impl Read) -> io::Result<Option<T>> {
    let mut line = String::new();
    BufReader::new(from.take(LINE_BYTES_MAX)).read_line(&mut line)?;
    let whole = line.strip_suffix('\n').map(serde_json::from_str).transpose();
    Ok(whole?)
}
