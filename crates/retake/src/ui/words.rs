//! Money, spans of time, names and classes as people read them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use retake_engine::fault::Class;
use retake_engine::id::RunId;
use retake_engine::journal::event::RunSpec;
use retake_engine::moment::Moment;
use retake_engine::money::Money;

/// How much of a run's id people see: the moment at which it was made, to the millisecond.
const SHORT: usize = 13;

/// An amount as people write it: exact, with at least two places.
#[must_use]
pub fn dollars(money: Money) -> String {
    let exact = money.to_string();
    let (whole, part) = exact.split_once('.').unwrap_or((&exact, "00"));
    let part = part.trim_end_matches('0');
    format!("${}.{part:0<2}", grouped(whole))
}

/// What a film is called: its title, or the name of its plan.
#[must_use]
pub fn title(about: &BTreeMap<Arc<str>, Arc<str>>) -> &str {
    about.get("film").or_else(|| about.get("plan")).map_or("untitled film", |title| title)
}

/// The command that goes on with a run. A rehearsal goes on as one, with its server in the place of every provider:
/// nothing else may carry it.
#[must_use]
pub fn onward(spec: &RunSpec, verb: &str) -> String {
    rehearsal(spec).unwrap_or_else(|| format!("retake {verb} {}", short(spec.id)))
}

/// The command that goes on with a rehearsal; nothing where it is none.
#[must_use]
pub fn rehearsal(spec: &RunSpec) -> Option<String> {
    let is_one = spec.account.as_str() == "rehearsal";
    spec.about.get("plan").filter(|_| is_one).map(|plan| format!("retake rehearse {}", typed(plan)))
}

/// A count, in groups of three digits.
#[must_use]
pub fn count(count: usize) -> String {
    grouped(&count.to_string())
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of a thing.
#[must_use]
pub fn several(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A span of time in its two largest units.
#[must_use]
pub fn span(span: Duration) -> String {
    let secs = span.as_secs();
    match secs {
        0 if span.is_zero() => "0s".to_owned(),
        0 => "under 1s".to_owned(),
        1..60 => format!("{secs}s"),
        60..3_600 => format!("{}m {:02}s", secs / 60, secs % 60),
        3_600..86_400 => format!("{}h {:02}m", secs / 3_600, secs / 60 % 60),
        _ => format!("{}d {:02}h", secs / 86_400, secs / 3_600 % 24),
    }
}

/// A span that is only an estimate: coarse, because more digits would be a lie.
#[must_use]
pub fn roughly(left: Duration) -> String {
    let secs = left.as_secs();
    match secs {
        0..60 => format!("{}s", secs.div_ceil(10).max(1) * 10),
        60..3_600 => format!("{} min", secs.div_ceil(60)),
        _ => format!("{}h {:02}m", secs / 3_600, secs / 60 % 60 / 10 * 10),
    }
}

/// How long into the run, as it stands before plain lines.
#[must_use]
pub fn stamp(span: Duration) -> String {
    let secs = span.as_secs();
    format!("{}:{:02}:{:02}", secs / 3_600, secs / 60 % 60, secs % 60)
}

/// A date and a time of day, UTC, as people write them.
#[must_use]
pub fn date(moment: Moment) -> String {
    let secs = moment.ms() / 1_000;
    let (year, month, day) = civil(secs / 86_400);
    let (hour, minute, second) = (secs / 3_600 % 24, secs / 60 % 60, secs % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// The same as programs write it.
#[must_use]
pub fn stamped(moment: Moment) -> String {
    date(moment).replace(' ', "T") + "Z"
}

/// The date so many days after 1970 began: years are counted from March, so that the odd day is the last.
const fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * march + 2) / 5 + 1, if march < 10 { march + 3 } else { march - 9 });
    (year_of_era + era * 400 + (month <= 2) as u64, month, day)
}

/// A run's id as people see it and may type it.
#[must_use]
pub fn short(run: RunId) -> String {
    run.to_string().chars().take(SHORT).collect()
}

/// A text as it can be typed after a command.
#[must_use]
pub fn typed(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) {
        return text.to_owned();
    }
    // What begins with a dash would be read as a flag.
    let dash = if text.starts_with('-') { "-- " } else { "" };
    format!("{dash}'{}'", text.replace('\'', r"'\''"))
}

/// The one word of a class.
#[must_use]
pub const fn class(class: Class) -> &'static str {
    match class {
        Class::Transient => "transient",
        Class::Throttled => "throttled",
        Class::Unclear => "unclear",
        Class::Rejected => "rejected",
        Class::Invalid => "invalid",
        Class::Retired => "retired",
        Class::Denied => "denied",
        Class::Exhausted => "exhausted",
        Class::Defective => "defective",
        Class::Broken => "broken",
        Class::Internal => "internal",
    }
}

/// What a class means, in a few words.
#[must_use]
pub const fn meaning(class: Class) -> &'static str {
    match class {
        Class::Transient => "a hiccup that can pass",
        Class::Throttled => "the provider asks us to wait",
        Class::Unclear => "it may have been accepted; nobody has told us",
        Class::Rejected => "the provider refuses this content",
        Class::Invalid => "the request or the plan is wrong",
        Class::Retired => "the model is gone",
        Class::Denied => "a bad key, no credit or a hard quota",
        Class::Exhausted => "a cap or a deadline is reached",
        Class::Defective => "what came failed inspection",
        Class::Broken => "what a model wrote cannot be used",
        Class::Internal => "a mistake in retake itself",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_and_has_two_places() {
        for (micros, text) in
            [(0, "$0.00"), (36_000, "$0.036"), (1_840_000, "$1.84"), (5_000_000, "$5.00"), (1, "$0.000001")]
        {
            assert_eq!(dollars(Money::from_micros(micros)), text);
        }
        assert_eq!(dollars(Money::from_cents(123_456_789)), "$1,234,567.89");
    }

    #[test]
    fn spans_have_two_units() {
        for (ms, text) in [(0, "0s"), (400, "under 1s"), (42_000, "42s"), (124_000, "2m 04s"), (3_780_000, "1h 03m")] {
            assert_eq!(span(Duration::from_millis(ms)), text);
        }
        assert_eq!(span(Duration::from_secs(90_000)), "1d 01h");
        for (secs, text) in [(0, "10s"), (11, "20s"), (61, "2 min"), (3_599, "60 min"), (5_000, "1h 20m")] {
            assert_eq!(roughly(Duration::from_secs(secs)), text);
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (secs, text) in [
            (0, "1970-01-01 00:00:00"),
            (951_782_399, "2000-02-28 23:59:59"),
            (951_825_600, "2000-02-29 12:00:00"),
            (1_790_000_000, "2026-09-21 14:13:20"),
            (4_107_542_399, "2100-02-28 23:59:59"),
            (4_107_542_400, "2100-03-01 00:00:00"),
        ] {
            assert_eq!(date(Moment::from_ms(secs * 1_000)), text);
        }
        assert_eq!(stamped(Moment::from_ms(0)), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_typed_reaches_the_program_whole() {
        for (text, typed_text) in [
            ("lamp.2/video", "lamp.2/video"),
            ("the lamp", "'the lamp'"),
            ("it's $HOME", r"'it'\''s $HOME'"),
            ("", "''"),
            ("-rf", "-- '-rf'"),
            ("灯台", "'灯台'"),
        ] {
            assert_eq!(typed(text), typed_text);
        }
    }
}
