//! How often and how patiently a step is tried: the defaults, what the installation says, what the plan says.

use std::time::Duration;

use retake_engine::id::{Hash, PolicyId};
use retake_engine::retry::{Pattern, Policy};

use super::Draft;
use crate::plan::{Choices, Patch};

impl Draft<'_> {
    /// The policy of a step under these choices.
    pub(super) fn policy(&mut self, step: &str, choices: &Choices) -> PolicyId {
        let usual = self.setting.policies.get(step).cloned().unwrap_or_else(|| usual(step));
        let Some(patch) = choices.retry.get(step) else {
            self.policies.insert(step.into(), usual);
            return step.into();
        };
        let policy = patched(usual, patch);
        let mark = Hash::of_text(&format!("{policy:?}")).to_string();
        let id: PolicyId = format!("{step}~{}", &mark[..8]).as_str().into();
        self.policies.insert(id.clone(), policy);
        id
    }
}

/// What holds of a step where nobody says otherwise.
#[must_use]
pub fn usual(step: &str) -> Policy {
    let (attempts, minutes) = match step {
        "deliver" => (5, 60),
        "ingest" | "sound" | "assemble" => (3, 60),
        _ => (3, 10),
    };
    Policy { attempts, timeout: Duration::from_secs(minutes * 60), ..Policy::default() }
}

fn patched(policy: Policy, patch: &Patch) -> Policy {
    let patterns =
        patch.patterns.iter().map(|pattern| Pattern { contains: pattern.contains.clone(), class: pattern.class });
    Policy {
        attempts: patch.attempts.unwrap_or(policy.attempts),
        first_delay: patch.first_delay.unwrap_or(policy.first_delay),
        // What the plan says of delays goes over what the classes say.
        first_delay_ms_by_origin: if patch.first_delay.is_some() {
            std::collections::BTreeMap::new()
        } else {
            policy.first_delay_ms_by_origin
        },
        factor: patch.factor.unwrap_or(policy.factor),
        max_delay: patch.max_delay.unwrap_or(policy.max_delay),
        jitter: patch.jitter.unwrap_or(policy.jitter),
        timeout: patch.timeout.unwrap_or(policy.timeout),
        paid_takes: patch.paid_takes.unwrap_or(policy.paid_takes),
        patterns: patterns.chain(policy.patterns).collect(),
    }
}
