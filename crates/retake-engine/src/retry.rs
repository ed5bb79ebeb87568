//! How long to wait and how often to try: arithmetic over a policy, no decision.
//!
//! What a fault leads to is decided in `decide/judge.rs`; this module only answers "how long" and "how many".

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::{Class, Fault, Origin};
use crate::moment::ms;

/// The longest that a provider's wish to be left alone is honoured; a longer one is asked about again.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(15 * 60);

/// How often and how patiently a step is tried. The numbers come with the run, from the film layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Takes per entry of the route.
    pub attempts: u32,
    /// The ceiling of the first wait.
    #[serde(with = "ms")]
    pub first_delay: Duration,
    /// First waits for failures that arose in a particular place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub first_delay_ms_by_origin: BTreeMap<Origin, u64>,
    /// What each ceiling is multiplied with to make the next.
    pub factor: u32,
    /// The highest ceiling.
    #[serde(with = "ms")]
    pub max_delay: Duration,
    /// Whether a wait is drawn from under its ceiling or is the ceiling itself.
    pub jitter: bool,
    /// How long one take may last before we stop waiting for it.
    #[serde(with = "ms")]
    pub timeout: Duration,
    /// How many takes a node may buy, over its whole route.
    pub paid_takes: u32,
    /// What a message means, where the provider does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
}

/// A user's reading of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pattern {
    /// What the message contains.
    pub contains: String,
    /// What kind of failure that is.
    pub class: Class,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Duration::from_secs(2),
            first_delay_ms_by_origin: BTreeMap::new(),
            factor: 2,
            max_delay: Duration::from_secs(300),
            jitter: true,
            timeout: Duration::from_secs(600),
            paid_takes: 3,
            patterns: Vec::new(),
        }
    }
}
