//! Values of a configuration: read by their type, from a file or from a variable.
//!
//! Knows no names.

use std::time::Duration;

use retake_engine::money::Money;
use retake_film::providers::address::{Misfit, misfit};
use toml::de::DeValue;

use super::keys::{Type, nearest};

/// A value that has its type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A text.
    Text(String),
    /// An amount.
    Money(Money),
    /// A span of time.
    Span(Duration),
    /// So many in so much time.
    Rate(u32, Duration),
    /// A whole number.
    Whole(u32),
    /// Yes or no.
    Flag(bool),
    /// Several texts, or numbers as they are written.
    Texts(Vec<String>),
    /// A table, as it is written.
    Any(toml::Value),
}

/// Why a value is none of its type, and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unfit {
    pub(super) why: String,
    pub(super) hint: String,
}

fn unfit(why: impl Into<String>, hint: impl Into<String>) -> Unfit {
    Unfit { why: why.into(), hint: hint.into() }
}

/// Reads a value of a file.
pub(super) fn of_file(kind: Type, value: &DeValue<'_>) -> Result<Value, Unfit> {
    match (kind, value) {
        (
            Type::Text | Type::Address | Type::OneOf(_) | Type::Money | Type::Span | Type::Rate,
            DeValue::String(text),
        ) => of_text(kind, text),
        (Type::Whole(_), DeValue::Integer(number)) => of_text(kind, number.as_str()),
        (Type::Flag, DeValue::Boolean(flag)) => Ok(Value::Flag(*flag)),
        (Type::Texts, DeValue::Array(list)) => {
            let text = |value: &DeValue<'_>| value.as_str().map(str::to_owned);
            let texts: Option<Vec<String>> = list.iter().map(|value| text(value.get_ref())).collect();
            texts.map(Value::Texts).ok_or_else(|| unfit("a list of texts is expected", "put each one in quotes"))
        }
        (Type::Numbers, DeValue::Array(list)) => {
            let number = |value: &DeValue<'_>| match value {
                DeValue::Integer(number) => Some(number.as_str().to_owned()),
                DeValue::Float(number) => Some(number.as_str().to_owned()),
                DeValue::String(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_)
                | DeValue::Array(_)
                | DeValue::Table(_) => None,
            };
            let numbers: Option<Vec<String>> = list.iter().map(|value| number(value.get_ref())).collect();
            numbers.map(Value::Texts).ok_or_else(|| unfit("a list of numbers is expected", "write `[5, 10]`"))
        }
        (Type::Any, DeValue::Table(table)) => Ok(Value::Any(toml::Value::Table(whole(table)))),
        (Type::Money, _) => Err(unfit("an amount is written as text", "put it in quotes, such as \"5.00\"")),
        (Type::Span, _) => Err(unfit("a time is written as text", "put it in quotes with its unit, such as \"30s\"")),
        (_, other) => Err(unfit(format!("{} stands here", other.type_str()), expected(kind))),
    }
}

/// A table as it is written.
fn whole(table: &toml::de::DeTable<'_>) -> toml::Table {
    table.iter().filter_map(|(key, value)| Some((key.get_ref().to_string(), plain(value.get_ref())?))).collect()
}

fn plain(value: &DeValue<'_>) -> Option<toml::Value> {
    Some(match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => toml::Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Float(number) => toml::Value::Float(number.as_str().parse().ok()?),
        DeValue::Boolean(flag) => toml::Value::Boolean(*flag),
        DeValue::Datetime(time) => toml::Value::Datetime(*time),
        DeValue::Array(list) => toml::Value::Array(list.iter().filter_map(|value| plain(value.get_ref())).collect()),
        DeValue::Table(table) => toml::Value::Table(whole(table)),
    })
}

/// Reads a value that is written as text alone, as in the environment.
pub(super) fn of_text(kind: Type, text: &str) -> Result<Value, Unfit> {
    match kind {
        Type::Text if text.trim().is_empty() => Err(unfit("nothing stands here", "write something, or leave it out")),
        Type::Text => Ok(Value::Text(text.to_owned())),
        Type::Address => misfit(text).map_or_else(|| Ok(Value::Text(text.to_owned())), |why| Err(address(text, why))),
        Type::OneOf(words) if words.contains(&text) => Ok(Value::Text(text.to_owned())),
        Type::OneOf(words) => {
            let hint = nearest(text, words)
                .map_or_else(|| format!("write one of {}", words.join(", ")), |near| format!("did you mean `{near}`?"));
            Err(unfit(format!("`{text}` is none of {}", words.join(", ")), hint))
        }
        Type::Money => text.parse().map(Value::Money).map_err(|error| unfit(error.to_string(), "write \"5.00\"")),
        Type::Span => span(text).map(Value::Span),
        Type::Rate => rate(text),
        Type::Whole(least) => match text.parse() {
            Ok(number) if number >= least => Ok(Value::Whole(number)),
            Ok(_) | Err(_) => Err(unfit(format!("`{text}` stands here"), expected(kind))),
        },
        Type::Flag => match text {
            "true" | "1" => Ok(Value::Flag(true)),
            "false" | "0" => Ok(Value::Flag(false)),
            _ => Err(unfit(format!("`{text}` stands here"), expected(kind))),
        },
        Type::Texts | Type::Numbers => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Ok(Value::Texts(parts.map(str::to_owned).collect()))
        }
        Type::Any => Err(unfit("a table is expected", "write it in a configuration file")),
    }
}

fn expected(kind: Type) -> String {
    match kind {
        Type::Whole(least) => format!("write a whole number from {least} on"),
        Type::Flag => "write true or false".into(),
        Type::Texts => "write a list of texts".into(),
        Type::Numbers => "write a list of numbers".into(),
        Type::Any => "write a table, such as { prompt = \"text\" }".into(),
        Type::Text | Type::Address | Type::OneOf(_) | Type::Money | Type::Span | Type::Rate => {
            "write a text, in quotes".into()
        }
    }
}

/// Why an address is none. What may hold a secret is not said again.
fn address(text: &str, why: Misfit) -> Unfit {
    match why {
        Misfit::NoAddress if text.contains('@') => {
            unfit("this is no address", "write one such as https://api.example.com")
        }
        Misfit::NoAddress => unfit(format!("`{text}` is no address"), "write one such as https://api.example.com"),
        Misfit::User => unfit(
            "the address names a user or a password, and a provider is shown its key alone",
            "leave out what stands before the `@`; the key belongs into `key_env` or `key_file`",
        ),
        Misfit::Query => unfit(
            "the address has a query, and each call puts its own path behind the address",
            "end it before the `?`; a key belongs into `key_env` or `key_file`, and what else a provider asks for into `settings`",
        ),
        Misfit::Fragment => unfit(
            "the address has a fragment, which is sent to nobody",
            "end it before the `#`, such as https://api.example.com",
        ),
    }
}

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads a span of time, exactly, such as `1.5s`.
fn span(text: &str) -> Result<Duration, Unfit> {
    let wrong = || {
        unfit(
            format!("`{text}` is no time"),
            "write a number and its unit: \"500ms\", \"30s\", \"10m\", \"2h\", \"7d\"",
        )
    };
    let at = text.find(|letter: char| letter.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let (number, unit) = (text[..at].trim_end(), &text[at..]);
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let (int, part) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(int) || !digits(part) {
        return Err(wrong());
    }
    let whole: u64 = int.parse().map_err(|_| wrong())?;
    let scale = 10_u64.pow(u32::try_from(part.len()).map_err(|_| wrong())?);
    let part: u64 = part.parse().map_err(|_| wrong())?;
    Ok(Duration::from_millis(whole.saturating_mul(*factor).saturating_add(part * factor / scale)))
}

fn rate(text: &str) -> Result<Value, Unfit> {
    let wrong = || unfit(format!("`{text}` is no rate"), "write \"600/min\", \"10/s\" or \"1000/h\"");
    let (count, per) = text.split_once('/').ok_or_else(wrong)?;
    let per = match per.trim() {
        "s" | "sec" | "second" => 1,
        "m" | "min" | "minute" => 60,
        "h" | "hour" => 3_600,
        _ => return Err(wrong()),
    };
    match count.trim().parse() {
        Ok(count) if count > 0 => Ok(Value::Rate(count, Duration::from_secs(per))),
        Ok(_) | Err(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_exact_and_have_a_unit() {
        for (text, ms) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("1.5s", 1_500),
            ("10m", 600_000),
            ("2h", 7_200_000),
            ("7d", 604_800_000),
            ("0s", 0),
        ] {
            assert_eq!(span(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "30", "s", "-1s", "1e3s", "30 sec", "1.s", "∞s", "99999999999s"] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn rates_have_a_count_and_a_time() {
        assert_eq!(rate("600/min"), Ok(Value::Rate(600, Duration::from_secs(60))));
        for text in ["600", "0/min", "x/min", "6/fortnight", "/"] {
            assert!(rate(text).is_err(), "{text}");
        }
    }
}
