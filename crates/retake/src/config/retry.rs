//! Settings of retries as the engine's policies. Knows the engine's words, not what they lead to.

use retake_engine::fault::Class;
use retake_engine::retry::{Pattern, Policy};

use super::value::Value;

/// Sets what a key of a `[retry.STEP]` says. Delays that are set override those of particular places.
pub(super) fn set(policy: &mut Policy, key: &[String], value: &Value) {
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    match (key.as_slice(), value) {
        (["attempts"], Value::Whole(number)) => policy.attempts = *number,
        (["factor"], Value::Whole(number)) => policy.factor = *number,
        (["paid_takes"], Value::Whole(number)) => policy.paid_takes = *number,
        (["jitter"], Value::Flag(flag)) => policy.jitter = *flag,
        (["timeout"], Value::Span(span)) => policy.timeout = *span,
        (["max_delay"], Value::Span(span)) => policy.max_delay = *span,
        (["first_delay"], Value::Span(span)) => {
            policy.first_delay = *span;
            policy.first_delay_ms_by_origin.clear();
        }
        (["patterns", number, word], Value::Text(text)) => pattern(policy, number, word, text),
        // What is of another type was refused when it was read.
        _ => {}
    }
}

fn pattern(policy: &mut Policy, number: &str, word: &str, text: &str) {
    let Ok(at) = number.parse::<usize>() else { return };
    while policy.patterns.len() <= at {
        policy.patterns.push(Pattern { contains: String::new(), class: Class::Transient });
    }
    let Some(pattern) = policy.patterns.get_mut(at) else { return };
    match (word, serde_json::from_value::<Class>(text.into())) {
        ("contains", _) => text.clone_into(&mut pattern.contains),
        (_, Ok(class)) => pattern.class = class,
        (_, Err(_)) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use retake_film::schedule::usual;

    use super::*;
    use crate::config::read;

    #[test]
    fn what_is_set_is_set_and_the_rest_is_as_usual() {
        let text = "[retry.video]\nattempts = 5\nfirst_delay = \"20ms\"\njitter = false\n\
                    [[retry.video.patterns]]\ncontains = \"worker restarted\"\nclass = \"rejected\"\n";
        let settings = read::read("retake.toml", text).unwrap();
        let config = crate::config::Config { settings, ..crate::config::Config::default() };
        let pattern = Pattern { contains: "worker restarted".into(), class: Class::Rejected };
        let expected = Policy {
            attempts: 5,
            first_delay: Duration::from_millis(20),
            jitter: false,
            patterns: vec![pattern],
            ..usual("video")
        };
        assert_eq!(config.policies(), [("video".to_owned(), expected)].into());
    }
}
