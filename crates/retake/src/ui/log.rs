//! A line of the service's log, for people or for programs.
//!
//! Owns how a line looks. What comes from outside is kept in its line: no text can begin another one.

use std::fmt::{self, Write as _};

use retake_engine::fault::Class;
use retake_engine::id::{NodeId, RunId};
use retake_engine::moment::Moment;
use serde_json::{Map, Value};

use super::text::safe;
use super::words;

/// How long a message may be, in characters.
const SAYS: usize = 500;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It goes on as it should.
    Info,
    /// Something went wrong that retake deals with, or a person is waited for.
    Warn,
    /// Something is lost until a person does something.
    Error,
}

impl Weight {
    const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: Moment,
    /// How much it matters.
    pub weight: Weight,
    /// What happened, in words that stay the same.
    pub what: &'static str,
    /// Of which run.
    pub run: Option<RunId>,
    /// Of which scene of it.
    pub scene: Option<String>,
    /// Of which node of it.
    pub node: Option<NodeId>,
    /// Which take of that.
    pub take: Option<u32>,
    /// By which model.
    pub model: Option<String>,
    /// Of which provider.
    pub provider: Option<String>,
    /// What kind of failure it was.
    pub class: Option<Class>,
    /// More of it, in whatever words.
    pub says: Option<String>,
}

impl Entry {
    /// A line that says no more than this.
    #[must_use]
    pub const fn new(at: Moment, weight: Weight, what: &'static str) -> Self {
        Self {
            at,
            weight,
            what,
            run: None,
            scene: None,
            node: None,
            take: None,
            model: None,
            provider: None,
            class: None,
            says: None,
        }
    }

    /// Whatever there is to it, by its name.
    fn fields(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let text = |name, text: Option<String>| Some((name, Value::String(text?)));
        let says = self.says.as_ref().map(|says| says.chars().take(SAYS).collect());
        [
            text("run", self.run.map(|run| run.to_string())),
            text("scene", self.scene.clone()),
            text("node", self.node.as_ref().map(ToString::to_string)),
            self.take.map(|take| ("take", take.into())),
            text("model", self.model.clone()),
            text("provider", self.provider.clone()),
            text("class", self.class.map(|class| words::class(class).to_owned())),
            text("says", says),
        ]
        .into_iter()
        .flatten()
    }

    /// The line for programs, with its end.
    #[must_use]
    pub fn json(&self) -> String {
        let mut all = Map::new();
        all.insert("at".into(), words::stamped(self.at).into());
        all.insert("level".into(), self.weight.word().into());
        all.insert("what".into(), self.what.into());
        all.extend(self.fields().map(|(name, value)| (name.to_owned(), value)));
        format!("{}\n", Value::Object(all))
    }
}

/// The line for people, without its end.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = String::new();
        for (name, value) in self.fields() {
            let text = safe(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            let is_plain = !text.is_empty() && !text.contains([' ', '"', '=']);
            let _ = if is_plain { write!(rest, " {name}={text}") } else { write!(rest, " {name}={text:?}") };
        }
        write!(f, "{} {:5} {}{rest}", words::stamped(self.at), self.weight.word(), self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(says: &str) -> Entry {
        let node = Some("storm/video".into());
        let (scene, take) = (Some("storm".to_owned()), Some(2));
        let class = Some(Class::Transient);
        let says = Some(says.to_owned());
        let at = Moment::from_ms(1_700_000_000_123);
        Entry { scene, node, take, class, says, ..Entry::new(at, Weight::Warn, "take failed") }
    }

    #[test]
    fn a_line_has_what_there_is_to_it() {
        let entry = entry("it answered 503");
        insta::assert_snapshot!(entry.to_string(), @r#"2023-11-14T22:13:20Z warn  take failed scene=storm node=storm/video take=2 class=transient says="it answered 503""#);
        insta::assert_snapshot!(entry.json(), @r#"{"at":"2023-11-14T22:13:20Z","class":"transient","level":"warn","node":"storm/video","says":"it answered 503","scene":"storm","take":2,"what":"take failed"}"#);
    }

    #[test]
    fn what_comes_from_outside_begins_no_line() {
        for text in ["a\nb", "a\r\u{1b}[2Jb", "\u{2028}x", "a\" run=\"b"] {
            let entry = entry(text);
            assert_eq!(entry.json().lines().count(), 1, "{text:?}");
            let told = entry.to_string();
            assert!(told.lines().count() == 1 && !told.contains('\u{1b}'), "{told:?}");
        }
        assert!(entry(&"x".repeat(10_000)).to_string().len() < 1_000);
    }
}
