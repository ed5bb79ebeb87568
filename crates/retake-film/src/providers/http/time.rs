//! Times as providers write them, read without trust and written as they like them.

use std::time::Duration;

use retake_engine::moment::Moment;
use serde_json::Value;

/// The longest wait that is believed.
const WAIT_MAX: Duration = Duration::from_secs(24 * 3_600);
const DAY_MS: i64 = 86_400_000;

/// The time, for waits that a provider gives as a date without saying what time it has.
#[expect(clippy::disallowed_methods, reason = "the engine is told a span: it never sees this")]
pub(super) fn now() -> Option<Moment> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Moment::default().after(since))
}

/// A moment as RFC 3339 has it, in UTC.
#[must_use]
pub fn date(moment: Moment) -> String {
    let ms = i64::try_from(moment.ms()).unwrap_or(i64::MAX / 2);
    let (days, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (year, month, day) = civil(days);
    let (hour, minute, second, part) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{part:03}Z")
}

/// The moment that a text in the manner of RFC 3339 names.
#[must_use]
pub fn moment(text: &str) -> Option<Moment> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 24 || minute > 60 || second > 60 {
        return None;
    }
    let rest = text.get(19..)?;
    let digits: String = rest.strip_prefix('.').unwrap_or("").chars().take_while(char::is_ascii_digit).collect();
    let ms = format!("{digits:0<3}").get(..3)?.parse::<i64>().ok()?;
    let zone = rest.trim_start_matches('.').trim_start_matches(|letter: char| letter.is_ascii_digit());
    let offset = match zone.as_bytes().first() {
        Some(sign @ (b'+' | b'-')) => {
            let minutes =
                zone.get(1..3)?.parse::<i64>().ok()? * 60 + zone.get(4..6).and_then(|m| m.parse().ok()).unwrap_or(0);
            if *sign == b'+' { minutes } else { -minutes }
        }
        _ => 0,
    };
    let all = days(year, month, day) * DAY_MS + ((hour * 60 + minute - offset) * 60 + second) * 1_000 + ms;
    u64::try_from(all).ok().map(Moment::from_ms)
}

/// Days since 1970 of a date of our calendar.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days - era * 146_097;
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + if month <= 2 { 1 } else { 0 }, month, day)
}

/// A wait in seconds, as a number or a text such as `34.07s`.
#[must_use]
pub fn seconds(value: &Value) -> Option<Duration> {
    match value {
        Value::Number(number) => of_text(&number.to_string()),
        Value::String(text) => of_text(text.trim().trim_end_matches('s')),
        _ => None,
    }
}

/// A wait that a sentence names, such as `resets in ~7s`, `available in 1 second` or `wait 7 seconds`.
#[must_use]
pub fn seconds_in(sentence: &str) -> Option<Duration> {
    let lower = sentence.to_ascii_lowercase();
    let signs = ["wait ", " after ", " in "].into_iter();
    signs
        .flat_map(|sign| lower.match_indices(sign))
        .filter_map(|(at, sign)| {
            let rest = lower.get(at + sign.len()..)?.trim_start_matches(['~', ' ']);
            let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
            let (number, unit) = rest.split_at(end);
            let unit = unit.trim_start();
            let wait = of_text(number.trim_end_matches('.'))?;
            match unit {
                _ if unit.starts_with("ms") => Some(wait / 1_000),
                _ if unit.starts_with('s') => Some(wait),
                _ if unit.starts_with("min") => Some((wait * 60).min(WAIT_MAX)),
                _ => None,
            }
        })
        .last()
}

/// Seconds with decimals, clamped: what is negative is over.
fn of_text(text: &str) -> Option<Duration> {
    if let Some(rest) = text.strip_prefix('-') {
        return of_text(rest).map(|_| Duration::ZERO);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number that is written with an exponent is far beyond any wait.
    if text.contains(['e', 'E']) && text.bytes().all(|byte| byte.is_ascii_digit() || b"eE.+".contains(&byte)) {
        return Some(WAIT_MAX);
    }
    if !digits(whole) || !digits(part) {
        return None;
    }
    let whole = if whole.len() > 6 { WAIT_MAX.as_secs() } else { whole.parse().ok()? };
    let ms: u64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    Some((Duration::from_secs(whole) + Duration::from_millis(ms)).min(WAIT_MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2023-09-08T16:19:34.765994Z", 1_694_189_974_765),
            ("2024-02-29T12:00:00+02:00", 1_709_200_800_000),
            ("2026-11-21T00:00:00.5Z", 1_795_219_200_500),
        ] {
            assert_eq!(moment(text), Some(Moment::from_ms(ms)), "{text}");
        }
        assert_eq!(date(Moment::from_ms(1_694_189_974_765)), "2023-09-08T16:19:34.765Z");
        for text in ["", "yesterday", "2023-13-01T00:00:00Z", "2023-01-01", "ä023-09-08T16:19:34Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn waits_are_found_in_sentences() {
        let replicate = "Your rate limit for creating predictions is reduced to 6 requests per minute with a burst of 1 \
                         requests while you have less than $5.0 in credit. Your rate limit resets in ~7s.";
        assert_eq!(seconds_in(replicate), Some(Duration::from_secs(7)));
        let one = "Request was throttled. Expected available in 1 second.";
        assert_eq!(seconds_in(one), Some(Duration::from_secs(1)));
        assert_eq!(seconds_in("try again in 250ms"), Some(Duration::from_millis(250)));
        assert_eq!(seconds_in("slow down; wait 7 seconds"), Some(Duration::from_secs(7)));
        assert_eq!(seconds_in("retry after 2 min"), Some(Duration::from_secs(120)));
        assert_eq!(seconds_in("try again later"), None);
        assert_eq!(seconds(&Value::from("34.074824224s")), Some(Duration::from_millis(34_074)));
        assert_eq!(seconds(&Value::from(1e12)), Some(WAIT_MAX));
        assert_eq!(seconds(&Value::from(-3)), Some(Duration::ZERO));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ms in 0..253_402_300_799_999_u64) {
            let at = Moment::from_ms(ms);
            prop_assert_eq!(moment(&date(at)), Some(at));
        }

        #[test]
        fn no_text_makes_them_panic(text in ".{0,60}") {
            let _ = (moment(&text), seconds_in(&text));
            if let Some(wait) = seconds(&Value::from(text)) {
                prop_assert!(wait <= WAIT_MAX);
            }
        }
    }
}
