//! What of an answer may be shown and kept: no key, no signed address, no media, and never much.

use serde_json::Value;

use super::super::seller::Secret;

/// The longest message.
const MESSAGE_MAX: usize = 400;
/// The longest answer that is kept.
const ANSWER_MAX: usize = 16 << 10;
/// The longest text within one.
const TEXT_MAX: usize = 2_000;
/// What stands for a key.
const HIDDEN: &str = "***";
/// Of how long a key its beginning alone is hidden too, and how much of it that is. Shorter ones are no real keys.
const LONG: usize = 24;
const BEGINNING: usize = 8;

/// A message in which the key does not stand in any of its forms, on one line and of bounded length.
#[must_use]
pub fn told(text: &str, key: Option<&Secret>) -> String {
    let text = without(text, key);
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    shortened(line.trim(), MESSAGE_MAX)
}

/// An answer in which no key, no signed address and no media stand.
#[must_use]
pub fn keepable(answer: &Value, key: Option<&Secret>) -> String {
    shortened(&pruned(answer, key, 0).to_string(), ANSWER_MAX)
}

fn pruned(value: &Value, key: Option<&Secret>, depth: usize) -> Value {
    match value {
        _ if depth > 32 => Value::Null,
        Value::String(text) if text.starts_with("data:") || is_media(text) => {
            format!("({} characters)", text.len()).into()
        }
        Value::String(text) => {
            let text = match text.split_once('?') {
                Some((address, _)) if address.starts_with("http") => format!("{address}?{HIDDEN}"),
                _ => text.clone(),
            };
            shortened(&without(&text, key), TEXT_MAX).into()
        }
        Value::Array(values) => values.iter().take(200).map(|value| pruned(value, key, depth + 1)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter().take(200);
            fields.map(|(name, value)| (without(name, key), pruned(value, key, depth + 1))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Whether a text is the bytes of a file.
fn is_media(text: &str) -> bool {
    text.len() > TEXT_MAX && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte))
}

fn without(text: &str, key: Option<&Secret>) -> String {
    let Some(key) = key.map(Secret::reveal).filter(|key| key.len() >= 4) else { return text.to_owned() };
    let escaped: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    let encoded = (0..3).map(|before| inner(key, before));
    let url_safe = (0..3).map(|before| inner(key, before).replace('+', "-").replace('/', "_"));
    let quoted = serde_json::Value::from(key).to_string();
    let forms = [key.to_owned(), escaped.clone(), small(&escaped), quoted.trim_matches('"').to_owned()];
    let mut text = text.to_owned();
    for form in forms.into_iter().chain(encoded).chain(url_safe) {
        let sign = if key.len() >= LONG { form.chars().take(BEGINNING).collect() } else { form.clone() };
        text = hidden(&text, &form, &sign);
    }
    text
}

/// Text for an address, with what is escaped in small letters.
fn small(escaped: &str) -> String {
    let mut parts = escaped.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.extend(["%", &code.to_lowercase(), rest]);
    }
    text
}

/// What of a key stands in every base64 text in which so many bytes come before it.
fn inner(key: &str, before: usize) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(key.bytes()).collect();
    let text = super::base64(&padded);
    // A letter holds six bits: those at the edges belong to the neighbours as well.
    let (from, to) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
    text.get(from..to).unwrap_or_default().to_owned()
}

/// A text without what begins like this, as far as it goes on like the form.
fn hidden(text: &str, form: &str, sign: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(sign).filter(|_| !sign.is_empty()) {
        let found = &rest[at..];
        let common = found.chars().zip(form.chars()).take_while(|(one, other)| one == other);
        let length: usize = common.map(|(letter, _)| letter.len_utf8()).sum();
        out.push_str(&rest[..at]);
        out.push_str(HIDDEN);
        rest = &found[length.max(sign.len())..];
    }
    out.push_str(rest);
    out
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    text.chars().take(most).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_key_and_no_media_are_kept() {
        let key = Secret::new("r8_secret/key");
        let answer = json!({
            "error": "bad token r8_secret/key, r8_secret%2Fkey, cjhfc2VjcmV0L2tleQ==",
            "output": ["https://files.example/a.png?token=abc", "data:image/png;base64,AAAA"],
            "b64": "A".repeat(5_000),
        });
        let kept = keepable(&answer, Some(&key));
        assert!(!kept.contains("secret") && !kept.contains("cjhf") && !kept.contains("abc"), "{kept}");
        assert!(kept.contains("https://files.example/a.png?***") && kept.contains("(5000 characters)"), "{kept}");
        assert_eq!(told("a\nb r8_secret/key", Some(&key)), "a b ***");
        assert_eq!(keepable(&json!({"r8_secret/key": 1}), Some(&key)), r#"{"***":1}"#);
        assert_eq!(told(&"x".repeat(1_000), None).chars().count(), MESSAGE_MAX + 1);
    }

    #[test]
    fn no_part_of_a_long_key_is_told_however_it_was_written() {
        let key = Secret::new("Vb/+4x\"W9zQp7Lm2Kd8Rt5Hy");
        for before in ["", "B", "Be", "Bearer ", "user:"] {
            let basic = super::super::base64(format!("{before}{}", key.reveal()).as_bytes());
            for told_so in [basic.clone(), basic.replace('+', "-").replace('/', "_")] {
                let text = told(&format!("you sent {told_so}, why?"), Some(&key));
                assert!(text.contains(HIDDEN) && text.ends_with(", why?"), "{text}");
                assert!(text.len() < "you sent , why?".len() + before.len() * 2 + 10, "{text}");
            }
        }
        let cut = &key.reveal()[..13];
        for (said, told_so) in [
            (format!("invalid key {cut}..."), "invalid key ***..."),
            ("got Vb%2F%2B4x%22W9zQp7Lm2Kd8Rt5Hy".to_owned(), "got ***"),
            ("got Vb%2f%2b4x%22W9zQp7Lm2Kd8Rt5Hy".to_owned(), "got ***"),
            (r#"{"auth": "Vb/+4x\"W9zQp7Lm2Kd8Rt5Hy"}"#.to_owned(), r#"{"auth": "***"}"#),
            ("two: Vb/+4x\"W and Vb/+4x\"W9".to_owned(), "two: *** and ***"),
        ] {
            assert_eq!(told(&said, Some(&key)), told_so);
        }
    }
}
