//! How patiently a plan wants each step to be tried: what it changes of the policy that holds otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use retake_engine::fault::Class;
use serde::{Serialize, Serializer};

use super::desk::Desk;
use super::keys::{self, listed, nearest};
use super::limits::{ATTEMPTS_MAX, PATTERNS_MAX, TEXT_CHARS_MAX};
use super::mistake::{Mistakes, quoted};
use super::tree::{self, Node};
use super::value;

/// The steps that have a policy.
pub const STEPS: [&str; 14] = [
    "voice", "image", "video", "code", "compile", "align", "emotion", "rig", "ingest", "join", "music", "sound",
    "assemble", "deliver",
];

/// What is changed of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Patch {
    /// Takes per entry of the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// The first wait.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_ms")]
    pub first_delay: Option<Duration>,
    /// What each wait is multiplied with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub factor: Option<u32>,
    /// The longest wait.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_ms")]
    pub max_delay: Option<Duration>,
    /// Whether waits are drawn by lot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jitter: Option<bool>,
    /// How long one take may last.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "in_ms")]
    pub timeout: Option<Duration>,
    /// How many takes a node may buy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_takes: Option<u32>,
    /// What messages mean, where the provider does not say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
}

/// A user's reading of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// What the message contains.
    pub contains: String,
    /// What kind of failure that is.
    pub class: Class,
}

fn in_ms<S: Serializer>(wait: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    match wait {
        Some(wait) => serializer.collect_str(&format_args!("{}ms", wait.as_millis())),
        None => serializer.serialize_none(),
    }
}

const CLASSES: [(&str, Class); 11] = [
    ("transient", Class::Transient),
    ("throttled", Class::Throttled),
    ("unclear", Class::Unclear),
    ("rejected", Class::Rejected),
    ("invalid", Class::Invalid),
    ("retired", Class::Retired),
    ("denied", Class::Denied),
    ("exhausted", Class::Exhausted),
    ("defective", Class::Defective),
    ("broken", Class::Broken),
    ("internal", Class::Internal),
];

impl Patch {
    /// This over that.
    pub(crate) fn or(&self, that: &Self) -> Self {
        Self {
            attempts: self.attempts.or(that.attempts),
            first_delay: self.first_delay.or(that.first_delay),
            factor: self.factor.or(that.factor),
            max_delay: self.max_delay.or(that.max_delay),
            jitter: self.jitter.or(that.jitter),
            timeout: self.timeout.or(that.timeout),
            paid_takes: self.paid_takes.or(that.paid_takes),
            patterns: if self.patterns.is_empty() { that.patterns.clone() } else { self.patterns.clone() },
        }
    }
}

/// Reads the policies of the steps by themselves, as a plan's `retry` has them.
///
/// # Errors
///
/// Everything that is wrong with them.
pub fn read_retry(text: &str) -> Result<BTreeMap<&'static str, Patch>, Mistakes> {
    let root = tree::read(text).map_err(|refusal| Mistakes::placed(text, vec![refusal]))?;
    let mut desk = Desk::default();
    let patches = read(&mut desk, &root);
    if desk.complaints.is_empty() { Ok(patches) } else { Err(Mistakes::placed(text, desk.complaints)) }
}

/// These policies over those.
pub(crate) fn over(
    these: &BTreeMap<&'static str, Patch>,
    those: &BTreeMap<&'static str, Patch>,
) -> BTreeMap<&'static str, Patch> {
    let mut all = those.clone();
    for (step, patch) in these {
        let whole = all.get(step).map_or_else(|| patch.clone(), |under| patch.or(under));
        all.insert(step, whole);
    }
    all
}

/// Reads the policies of the steps.
pub(crate) fn read(desk: &mut Desk, node: &Node) -> BTreeMap<&'static str, Patch> {
    let mut patches = BTreeMap::new();
    for (name, key, value) in
        desk.pairs(node, "a mapping of steps, such as `{video: {attempts: 3}}`").unwrap_or_default()
    {
        let Some(step) = STEPS.iter().find(|step| **step == name) else {
            let hint = match nearest(name, &STEPS) {
                _ if keys::POLICY.knows(name) => format!("name the step first: `video: {{{name}: …}}`"),
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("write one of {}", listed(&STEPS)),
            };
            desk.complain(
                key.spot,
                format!("unknown step {}", quoted(name)),
                "`retry` has a policy for each step",
                hint,
            );
            continue;
        };
        if let Some(patch) = patch(desk, value) {
            patches.insert(*step, patch);
        }
    }
    patches
}

fn patch(desk: &mut Desk, node: &Node) -> Option<Patch> {
    const WAIT: &str = "a wait such as `2s`";
    let fields = desk.fields(node, &keys::POLICY, "a policy such as `{attempts: 3, first_delay: 2s}`")?;
    let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    Some(Patch {
        attempts: small(fields.get("attempts").and_then(|node| desk.number(node, 1..=ATTEMPTS_MAX))),
        first_delay: fields.get("first_delay").and_then(|node| desk.scalar(node, WAIT, value::wait)),
        factor: small(fields.get("factor").and_then(|node| desk.number(node, 1..=10))),
        max_delay: fields.get("max_delay").and_then(|node| desk.scalar(node, WAIT, value::wait)),
        jitter: fields.get("jitter").and_then(|node| desk.one_of(node, &[("true", true), ("false", false)])),
        timeout: fields.get("timeout").and_then(|node| desk.scalar(node, WAIT, value::wait)),
        paid_takes: small(fields.get("paid_takes").and_then(|node| desk.number(node, 1..=ATTEMPTS_MAX))),
        patterns: fields.get("patterns").map(|node| patterns(desk, node)).unwrap_or_default(),
    })
}

fn patterns(desk: &mut Desk, node: &Node) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for entry in desk.list(node, "a list of patterns", PATTERNS_MAX).unwrap_or_default() {
        let Some(fields) = desk.fields(entry, &keys::PATTERN, "a pattern such as `{contains: busy, class: transient}`")
        else {
            continue;
        };
        let contains = fields.get("contains").map(|node| desk.line(node, TEXT_CHARS_MAX));
        let class = fields.get("class").map(|node| desk.one_of(node, &CLASSES));
        match (contains, class) {
            (Some(contains), Some(class)) => {
                patterns.extend(contains.zip(class).map(|(contains, class)| Pattern { contains, class }));
            }
            _ => desk.complain(
                fields.spot,
                "half a pattern",
                "a pattern says what it means",
                "write both `contains` and `class`",
            ),
        }
    }
    patterns
}
