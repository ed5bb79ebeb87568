//! What ElevenLabs says where it refuses: in three shapes, of which each has its code elsewhere.

use std::time::Duration;

use retake_engine::fault::Class;

use super::super::http::{self, Reply, Said};
use super::super::read;

/// How long a call of ours that is still under way is waited for, where nobody says.
const UNDER_WAY: Duration = Duration::from_secs(1);

/// What it says. An answer of 5xx proves nothing: the history tells.
pub(super) fn said(reply: &Reply) -> Said {
    let answer = reply.json().unwrap_or_default();
    let detail = answer.get("detail").unwrap_or(&answer);
    let code = read::field(detail, "code").or_else(|| read::field(detail, "status")).unwrap_or_default();
    let class = class_of(code, reply.status);
    let text = read::reason(detail);
    let wait = reply.retry_after().or_else(|| http::seconds_in(text.as_deref()?));
    let wait = wait.or_else(|| code.contains("concurrent").then_some(UNDER_WAY));
    // The code is what people look for.
    let message = match text {
        Some(text) if !code.is_empty() && !text.contains(code) => Some(format!("{text} ({code})")),
        Some(text) => Some(text),
        None => Some(code.to_owned()).filter(|code| !code.is_empty()),
    };
    let hint = match (class, code) {
        (_, "voice_not_found") => Some("name another `voice`, by its id"),
        (Some(Class::Invalid), code) if code.contains("text_too_long") || code.contains("character_limit") => {
            Some("split the words over more scenes")
        }
        _ => None,
    };
    Said { class, message, is_proof: false, retry_after: wait, hint: hint.map(str::to_owned) }
}

/// What a code means, where it means more than the status.
fn class_of(code: &str, status: u16) -> Option<Class> {
    let says = |signs: &[&str]| signs.iter().any(|sign| code.contains(sign));
    if says(&["quota_exceeded", "insufficient_credit", "payment", "unusual_activity", "api_key", "subscription"]) {
        Some(Class::Denied)
    } else if says(&["model_not_found", "model_deprecated", "invalid_model"]) {
        Some(Class::Retired)
    } else if says(&["voice_not_found", "text_too_long", "character_limit", "validation"]) {
        Some(Class::Invalid)
    } else if says(&["policy", "moderation", "safety", "prohibited", "blocked"]) {
        Some(Class::Rejected)
    } else if status == 429 || says(&["rate_limit", "too_many_concurrent", "concurrent_limit", "system_busy"]) {
        Some(Class::Throttled)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::super::super::answer::trial;
    use super::super::super::rubbish;
    use super::*;

    #[test]
    fn each_shape_has_its_code() {
        let said = |status, detail: Value| said(&trial::reply(status, &json!({ "detail": detail })));
        let new = json!({"type": "rate_limit_error", "code": "concurrent_limit_exceeded", "message": "Too many"});
        let new = said(429, new);
        assert_eq!((new.class, new.retry_after), (Some(Class::Throttled), Some(UNDER_WAY)));
        assert_eq!(new.message.as_deref(), Some("Too many (concurrent_limit_exceeded)"));
        let old = said(401, json!({"status": "quota_exceeded", "message": "12 credits are left"}));
        assert_eq!(old.class, Some(Class::Denied));
        let list = said(422, json!([{"loc": ["body", "text"], "msg": "field required", "type": "value_error"}]));
        assert_eq!((list.class, list.message.as_deref()), (None, Some("field required")));
        let voice = said(404, json!({"status": "voice_not_found", "message": "no such voice"}));
        assert!(voice.class == Some(Class::Invalid) && voice.hint.is_some());
        let long = said(400, json!({"status": "max_character_limit_exceeded", "message": "long"}));
        assert!(long.class == Some(Class::Invalid) && long.hint.is_some());
        assert_eq!(said(429, json!({"code": "system_busy"})).class, Some(Class::Throttled));
        assert_eq!(said(400, json!("no")).message.as_deref(), Some("no"));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(answer in rubbish::json(&["detail", "code", "status", "message", "msg"])) {
            let _ = said(&trial::reply(400, &answer));
        }
    }
}
