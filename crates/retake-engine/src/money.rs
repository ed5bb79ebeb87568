//! Money in whole micro-dollars, never negative, never a float.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MICROS_PER_DOLLAR: u64 = 1_000_000;
const DECIMALS: usize = 6;

/// An amount of US dollars in whole micro-dollars; written as a decimal string with six places.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money {
    micros: u64,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { micros: 0 };
    /// More than anybody has: what a sum that would overflow becomes, so that it can only refuse.
    pub const MAX: Self = Self { micros: i64::MAX as u64 };

    /// So many micro-dollars.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        if micros > Self::MAX.micros { Self::MAX } else { Self { micros } }
    }

    /// So many cents.
    #[must_use]
    pub const fn from_cents(cents: u64) -> Self {
        Self::from_micros(cents.saturating_mul(MICROS_PER_DOLLAR / 100))
    }

    /// The amount in micro-dollars.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.micros
    }

    /// Whether this is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.micros == 0
    }

    /// The sum, which stops at [`Money::MAX`].
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self::from_micros(self.micros.saturating_add(other.micros))
    }

    /// What is left after taking `other` away; nothing where there is not enough.
    #[must_use]
    pub const fn less(self, other: Self) -> Self {
        Self { micros: self.micros.saturating_sub(other.micros) }
    }

    /// What is left after taking `other` away, where there is enough.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.micros.checked_sub(other.micros).map(|micros| Self { micros })
    }

    /// So many times this.
    #[must_use]
    pub const fn times(self, count: u64) -> Self {
        Self::from_micros(self.micros.saturating_mul(count))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

/// Why a text is not an amount of [`Money`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMoney {
    /// It is no plain decimal number.
    #[error("an amount is a plain decimal number of dollars such as 6 or 0.035")]
    NotDecimal,
    /// It is more than can be counted.
    #[error("an amount is at most {}", Money::MAX)]
    TooMuch,
}

impl FromStr for Money {
    type Err = NotMoney;

    /// Reads dollars exactly; what is finer than a micro-dollar is rounded up, so that a price is never under-counted.
    fn from_str(text: &str) -> Result<Self, NotMoney> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(part) {
            return Err(NotMoney::NotDecimal);
        }
        let dollars: u64 = whole.parse().map_err(|_| NotMoney::TooMuch)?;
        let (kept, rest) = part.split_at(part.len().min(DECIMALS));
        let kept: u64 = format!("{kept:0<DECIMALS$}").parse().map_err(|_| NotMoney::NotDecimal)?;
        let up = u64::from(rest.bytes().any(|digit| digit != b'0'));
        dollars
            .checked_mul(MICROS_PER_DOLLAR)
            .and_then(|micros| micros.checked_add(kept + up))
            .filter(|micros| *micros <= Self::MAX.micros)
            .map(|micros| Self { micros })
            .ok_or(NotMoney::TooMuch)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:0DECIMALS$}", self.micros / MICROS_PER_DOLLAR, self.micros % MICROS_PER_DOLLAR)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${self}")
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dollars_are_read_exactly_and_rounded_up() {
        for (text, micros) in [
            ("6", 6_000_000),
            ("6.00", 6_000_000),
            ("0.035", 35_000),
            ("0.0000005", 1),
            ("0.00000000", 0),
            ("1.9999999", 2_000_000),
            ("9223372036854.775807", Money::MAX.micros),
        ] {
            assert_eq!(text.parse(), Ok(Money { micros }), "{text}");
        }
    }

    #[test]
    fn rubbish_is_no_money() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "0.1e-3", "NaN", "1,5", " 1", "٣"] {
            assert_eq!(text.parse::<Money>(), Err(NotMoney::NotDecimal), "{text:?}");
        }
        for text in ["9223372036854.775808", "99999999999999999999", "18446744073709551615.9"] {
            assert_eq!(text.parse::<Money>(), Err(NotMoney::TooMuch), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(micros in 0..=Money::MAX.micros) {
            let money = Money { micros };
            prop_assert_eq!(money.to_string().parse(), Ok(money));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = text.parse::<Money>();
        }

        #[test]
        fn sums_never_wrap(a in any::<u64>(), b in any::<u64>()) {
            let (a, b) = (Money::from_micros(a), Money::from_micros(b));
            prop_assert!(a.plus(b) >= a && a.plus(b) >= b && a.less(b) <= a);
        }
    }
}
