//! The small values of a plan, each exactly as its text says: sizes, lengths, shares, waits, money. No floats inside.

use std::fmt;
use std::time::Duration;

use retake_engine::money::Money;
use serde::{Serialize, Serializer};

use super::limits::{
    BUDGET_MAX_DOLLARS, FPS, LENGTH_MAX_US, LENGTH_MIN_US, PIXELS_MAX, SIDE_MAX, SIDE_MIN, WAIT_MAX_MS,
};
use super::mistake::{Complaint, quoted};

/// Pixels of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Pixels from left to right, even.
    pub width: u32,
    /// Pixels from top to bottom, even.
    pub height: u32,
}

/// A number with up to six decimals, counted in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal {
    millionths: u64,
}

impl Size {
    /// What a film has that names no size.
    pub const DEFAULT: Self = Self { width: 1280, height: 720 };

    pub(crate) fn read(text: &str) -> Result<Self, Complaint> {
        const WRITE: &str = "write width x height, such as `1280x720`";
        let refuse = |why: &str, hint: String| Err(Complaint::new(format!("the size {}", quoted(text)), why, hint));
        let usual = match text.trim().to_lowercase().as_str() {
            "16:9" | "720p" | "hd" | "landscape" => "1280x720",
            "9:16" | "portrait" | "vertical" => "720x1280",
            "1:1" | "square" => "1080x1080",
            "4:3" => "960x720",
            "1080p" | "fullhd" => "1920x1080",
            "4k" | "2160p" | "uhd" => "3840x2160",
            _ => "",
        };
        if !usual.is_empty() {
            return refuse("a size is given in pixels", format!("write `{usual}`"));
        }
        let sides = text.split_once(['x', '×', 'X']).map(|(width, height)| (whole(width), whole(height)));
        let Some((Some(width), Some(height))) = sides else {
            return refuse("a size is given in pixels", WRITE.to_owned());
        };
        let range = SIDE_MIN..=SIDE_MAX;
        if !range.contains(&width) || !range.contains(&height) {
            return refuse(&format!("each side has {SIDE_MIN} to {SIDE_MAX} pixels"), WRITE.to_owned());
        }
        if width % 2 == 1 || height % 2 == 1 {
            let near = Self { width: width - width % 2, height: height - height % 2 };
            return refuse("video has an even number of pixels on each side", format!("write `{near}`"));
        }
        if width * height > PIXELS_MAX {
            return refuse(&format!("a frame has at most {PIXELS_MAX} pixels"), "write `3840x2160` or less".to_owned());
        }
        Ok(Self { width, height })
    }
}

fn whole(text: &str) -> Option<u32> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Decimal {
    /// So many millionths.
    #[must_use]
    pub const fn from_millionths(millionths: u64) -> Self {
        Self { millionths }
    }

    /// How many millionths it is: of a second, microseconds.
    #[must_use]
    pub const fn millionths(self) -> u64 {
        self.millionths
    }

    /// The number that this text writes, where it is a plain one with at most six decimals.
    pub(crate) fn plain(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let is_plain = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_plain(whole) || !is_plain(part) || part.len() > 6 {
            return None;
        }
        let part: u64 = format!("{part:0<6}").parse().ok()?;
        let millionths = whole.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(part)?;
        Some(Self { millionths })
    }

    pub(crate) fn read(text: &str, least: Self, most: Self, of: &str) -> Result<Self, Complaint> {
        let what = format!("{} {of}", quoted(text));
        let why = format!("a plain number from {least} to {most} is expected, with at most six decimals");
        let hint = match text.trim_end_matches(char::is_alphabetic).trim() {
            bare if bare != text && Self::plain(bare).is_some() => format!("write the number alone: `{bare}`"),
            _ => format!("write a number from {least} to {most}"),
        };
        Self::plain(text)
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| Complaint::new(what, why, hint))
    }

    /// A length of a scene or a shot.
    pub(crate) fn length(text: &str) -> Result<Self, Complaint> {
        Self::read(text, Self::from_millionths(LENGTH_MIN_US), Self::from_millionths(LENGTH_MAX_US), "seconds")
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.millionths / 1_000_000, self.millionths % 1_000_000);
        match format!("{part:06}").trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            part => write!(f, "{whole}.{part}"),
        }
    }
}

impl Serialize for Decimal {
    /// As a number; below a million it survives the way through a float with all its decimals.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.millionths.is_multiple_of(1_000_000) {
            return serializer.serialize_u64(self.millionths / 1_000_000);
        }
        let number: f64 = self.to_string().parse().map_err(serde::ser::Error::custom)?;
        serializer.serialize_f64(number)
    }
}

/// A cap, from the text of the scalar.
pub(crate) fn budget(text: &str) -> Result<Money, Complaint> {
    let refuse = |why: String| {
        let bare: String = text.chars().filter(|letter| letter.is_ascii_digit() || *letter == '.').collect();
        let hint = match Decimal::plain(&bare) {
            Some(_) if bare != text && !text.starts_with('-') && !text.contains([',', 'e', 'E']) => {
                format!("write `{bare}`")
            }
            _ => "write US dollars, such as `6.00`".to_owned(),
        };
        Complaint::new(format!("the budget {}", quoted(text)), why, hint)
    };
    if text.split_once('.').is_some_and(|(_, part)| part.len() > 6) {
        return Err(refuse("money is counted to six decimals".to_owned()));
    }
    let money: Money = text.parse().map_err(|error: retake_engine::money::NotMoney| refuse(error.to_string()))?;
    let most = Money::from_micros(BUDGET_MAX_DOLLARS * 1_000_000);
    if money > most { Err(refuse(format!("a film may cost at most {most} dollars"))) } else { Ok(money) }
}

/// Frames per second.
pub(crate) fn fps(text: &str) -> Result<u32, Complaint> {
    let known = whole(text).filter(|fps| FPS.contains(fps));
    let list = FPS.map(|fps| fps.to_string()).join(", ");
    let complaint = || {
        Complaint::new(
            format!("{} frames per second", quoted(text)),
            format!("a film has {list}"),
            "write `24`, or leave it out",
        )
    };
    known.ok_or_else(complaint)
}

/// A wait or a timeout, such as `500ms`, `2s`, `10m`.
pub(crate) fn wait(text: &str) -> Result<Duration, Complaint> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit_ms = match &text[digits.len()..] {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" | "min" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let number = Decimal::plain(digits).map(Decimal::millionths);
    let ms = number
        .zip(unit_ms)
        .and_then(|(number, unit)| number.checked_mul(unit))
        .map(|millionths| millionths / 1_000_000);
    let hint = if number.is_some() && digits == text {
        format!("write `{text}s`")
    } else {
        "write `2s`, `500ms` or `10m`".to_owned()
    };
    let complaint =
        || Complaint::new(format!("the wait {}", quoted(text)), "a wait is a number with its unit, at most 24h", hint);
    ms.filter(|ms| *ms <= WAIT_MAX_MS).map(Duration::from_millis).ok_or_else(complaint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_even_and_bounded() {
        assert_eq!(Size::read("1280x720"), Ok(Size::DEFAULT));
        assert_eq!(Size::read("3840x2160"), Ok(Size { width: 3840, height: 2160 }));
        for text in
            ["1279x720", "1280x721", "3840x3840", "0x0", "-2x4", "1280", "1280x", "99999999999x2", "62x64", "4k"]
        {
            assert!(Size::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn decimals_are_exact() {
        for (text, millionths) in [("4", 4_000_000), ("0.4", 400_000), ("1.000001", 1_000_001), ("007", 7_000_000)] {
            assert_eq!(Decimal::plain(text), Some(Decimal { millionths }), "{text}");
        }
        for text in ["", ".", ".5", "5.", "-1", "1e3", "NaN", "0.0000001", "99999999999999999999", "١"] {
            assert_eq!(Decimal::plain(text), None, "{text}");
        }
        assert_eq!(Decimal { millionths: 1_500_000 }.to_string(), "1.5");
    }

    #[test]
    fn waits_have_units() {
        assert_eq!(wait("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(wait("1.5s"), Ok(Duration::from_millis(1_500)));
        for text in ["2", "s", "25h", "-1s", "99999999999999999h", "2 s"] {
            assert!(wait(text).is_err(), "{text}");
        }
    }

    #[test]
    fn budgets_are_read_from_the_text() {
        assert_eq!(budget("6.00"), Ok(Money::from_cents(600)));
        assert_eq!(budget("0.1"), Ok(Money::from_cents(10)));
        for text in ["$6", "-1", "6,00", "1e2", "0.0000001", "1000001", "free"] {
            assert!(budget(text).is_err(), "{text}");
        }
    }
}
