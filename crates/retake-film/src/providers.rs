//! Those who sell: one trait, the words it is spoken in, and who keeps it.
//!
//! A provider classifies and returns. It never waits, never tries again, and never decides: what an answer leads to is
//! the engine's business. It knows no step and no other provider; what it must keep is written down in
//! `docs/provider-contract.md`, and checked by a suite.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use retake_engine::fault::Fault;
use retake_engine::id::Ticket;
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::{Candidate, Failure};
use serde::{Deserialize, Serialize};

pub mod address;
mod answer;
mod anthropic;
pub mod card;
pub mod check;
mod cog;
mod comfyui;
mod described;
mod elevenlabs;
mod fal;
mod fields;
mod gemini;
mod google;
pub mod hook;
pub mod http;
mod luma;
mod openai;
pub mod price;
mod read;
mod replicate;
pub mod request;
#[cfg(test)]
mod rubbish;
mod runway;
pub mod schema;
pub mod seller;
mod vertex;

pub use card::{Card, Kind, Safety};
pub use fields::{fields, nearest, settings};
pub use hook::{Call, Unheard, Word};
pub use price::{Price, Units};
pub use read::ticket_of as ticket;
pub use request::{Body, Field, Method, Request};
pub use schema::Published;
pub use seller::{Secret, Seller, Sellers, Standard};

/// The providers there are. A provider is a file, and a line here.
pub const STANDARD: [Standard; 12] = [
    replicate::STANDARD,
    fal::STANDARD,
    cog::STANDARD,
    comfyui::STANDARD,
    described::STANDARD,
    runway::STANDARD,
    luma::STANDARD,
    openai::STANDARD,
    google::STANDARD,
    vertex::STANDARD,
    elevenlabs::STANDARD,
    anthropic::STANDARD,
];

/// A picture or a recording that is handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// It lies where the provider can fetch it.
    Address(String),
    /// Its bytes go along.
    Inline {
        /// What kind of file it is, such as `image/png`.
        mime: &'static str,
        /// Its bytes.
        bytes: Arc<[u8]>,
    },
}

impl Given {
    /// The address, or all of it as one.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Address(address) => address.clone(),
            Self::Inline { mime, bytes } => format!("data:{mime};base64,{}", http::base64(bytes)),
        }
    }
}

/// What is wanted of a model, in our words.
#[derive(Debug, Clone)]
pub struct Order<'o> {
    /// The model.
    pub card: &'o Card,
    /// What is to be seen, said or written.
    pub prompt: String,
    /// What a writer is told before that.
    pub system: Option<String>,
    /// The JSON schema that an answer has to follow.
    pub answer: Option<serde_json::Value>,
    /// The picture that a clip begins with.
    pub image: Option<Given>,
    /// The picture that it ends with.
    pub end_image: Option<Given>,
    /// Pictures of those who appear.
    pub refs: Vec<Given>,
    /// A recording.
    pub audio: Option<Given>,
    /// How long it is to be, one of the lengths that the model accepts.
    pub seconds: Option<u32>,
    /// Pixels to the right; none where there is no size.
    pub width: u32,
    /// Pixels downwards.
    pub height: u32,
    /// Where its randomness starts.
    pub seed: Option<u64>,
    /// In which language, by its tag.
    pub language: Option<String>,
    /// A mark of ours that nobody else leaves: hidden in it is which take this is.
    pub mark: String,
    /// Whether the seed is that mark.
    pub seed_is_mark: bool,
}

impl Order<'_> {
    /// The sides as the model takes them: those that are wanted, scaled where it wants others; none where there is no size.
    #[must_use]
    pub fn sides(&self) -> Option<(u32, u32)> {
        let (wide, high) = (u64::from(self.width), u64::from(self.height));
        let (short, long) = (wide.min(high), wide.max(high));
        if short == 0 {
            return None;
        }
        let [least, most] = self.card.sides.map_or([0, u64::MAX], |sides| sides.map(u64::from));
        // Rounded up where it grows and down where it shrinks: what is too long and thin for both is cut at the most.
        let scaled = |side: u64| match side {
            side if short < least => Some((side * least).div_ceil(short).min(most)),
            side if long > most => Some((side * most / long).max(least)),
            side => Some(side),
        };
        let side = |side: u64| scaled(side).and_then(|side| u32::try_from(side).ok());
        Some((side(wide)?, side(high)?))
    }

    /// What is paid for, at the most.
    #[must_use]
    pub fn units(&self) -> Units {
        let longest = || self.card.seconds.iter().max().copied();
        let seconds = self.seconds.or_else(|| (self.card.kind == Kind::Video).then(longest).flatten());
        let chars = self.prompt.chars().count() as u64;
        let told = self.prompt.len() + self.system.as_ref().map_or(0, String::len);
        let asked = self.answer.as_ref().map_or(0, |schema| schema.to_string().len());
        let (width, height) = self.sides().unwrap_or_default();
        Units {
            items: 1,
            ms: u64::from(seconds.unwrap_or(0)) * 1_000,
            chars,
            pixels: u64::from(width) * u64::from(height),
            // A token is a byte at the least; what the provider wraps around is little.
            input_tokens: (told + asked) as u64 + TOKENS_AROUND,
            output_tokens: self.card.max_output_tokens.unwrap_or(OUTPUT_TOKENS),
        }
    }
}

/// Tokens that a provider wraps around what it is told.
const TOKENS_AROUND: u64 = 1_000;
/// The longest answer that is asked for, where a card does not say.
pub const OUTPUT_TOKENS: u64 = 8_192;

/// What is known of accepted work.
#[derive(Debug, Clone, Copy)]
pub struct Work<'w> {
    /// The model.
    pub card: &'w Card,
    /// Its ticket.
    pub ticket: &'w Ticket,
}

/// How accepted work ends badly: with what it cost all the same, where that is known.
pub type Fell = Box<Failure>;

/// What came of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// It was accepted.
    Ticket(Ticket),
    /// It was done on the spot.
    Made(Made),
}

/// How work stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It goes on.
    Pending {
        /// When the provider wants to be asked again.
        after: Option<Duration>,
        /// Whether it has begun.
        begun: bool,
    },
    /// It is done.
    Succeeded {
        /// What was charged, where the provider says so.
        charge: Option<Money>,
    },
    /// The provider does not know it.
    Gone,
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// The files, the one that was wanted first.
    pub files: Vec<File>,
    /// Where each word lies, where that came along.
    pub words: Vec<Spoken>,
    /// Text, where that was wanted.
    pub text: Option<String>,
    /// What was charged, where that is known and was not said before.
    pub charge: Option<Money>,
    /// The answer as it came, without what is secret and without media.
    pub answer: String,
}

/// A file that was made.
#[derive(Clone, PartialEq, Eq)]
pub enum File {
    /// It lies there.
    Address(String),
    /// It came along.
    Bytes(Vec<u8>),
}

impl Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(_) => f.write_str("Address"),
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
        }
    }
}

/// A word, or as much as the provider tells apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// What is said.
    pub text: String,
    /// Milliseconds from the beginning to its first sound.
    pub start_ms: u64,
    /// Milliseconds to its last.
    pub end_ms: u64,
}

/// Who sells.
#[async_trait]
pub trait Provider: Send + Sync + Debug {
    /// The exact request: a pure function of the order.
    ///
    /// # Errors
    ///
    /// Where the order cannot be put in the provider's words.
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault>;

    /// Hands a file over before it is named in a request. Nothing where the provider takes files within requests alone.
    ///
    /// # Errors
    ///
    /// Where it cannot be handed over.
    async fn upload(&self, mime: &'static str, bytes: Arc<[u8]>) -> Result<Option<String>, Fault> {
        let _ = (mime, bytes);
        Ok(None)
    }

    /// Sends a request, once.
    ///
    /// # Errors
    ///
    /// What was answered instead; the fault says whether anything was accepted.
    async fn submit(&self, card: &Card, request: &Request) -> Result<Submitted, Fell>;

    /// Asks how work stands. A failure that says acceptance `yes` is its end.
    ///
    /// # Errors
    ///
    /// Where it failed, or nobody answered.
    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell>;

    /// What finished work has made.
    ///
    /// # Errors
    ///
    /// Where nobody answered, or what was made is gone.
    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell>;

    /// Asks for work to be stopped.
    ///
    /// # Errors
    ///
    /// Where nobody heard.
    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault>;

    /// Looks for work whose answer was lost.
    ///
    /// # Errors
    ///
    /// Where nobody answered.
    async fn find(&self, card: &Card, request: &Request, since: Moment) -> Result<Vec<Candidate>, Fault>;

    /// The same request, with an address at which to call when the work has ended. Nothing where the provider calls nobody.
    fn calling(&self, request: &Request, address: &str) -> Option<Request> {
        let _ = (request, address);
        None
    }

    /// What a call says that came to such an address.
    ///
    /// # Errors
    ///
    /// Where it is not the provider's, or nobody can say.
    async fn hear(&self, call: Call<'_>) -> Result<Word, Unheard> {
        let _ = call;
        Err(Unheard::Nobody)
    }

    /// The header that opens a file at the provider's own address; nothing where files open to everybody.
    fn key_for(&self, address: &str) -> Option<(String, Secret)> {
        let _ = address;
        None
    }

    /// What the model itself says that it takes. Nothing where it says nothing.
    ///
    /// # Errors
    ///
    /// Where nobody answered, or there is no such model.
    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        let _ = card;
        Ok(None)
    }
}
