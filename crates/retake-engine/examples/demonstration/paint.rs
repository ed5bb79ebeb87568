//! Colour, where a terminal wants it, and money as people write it.

use std::io::IsTerminal;

use retake_engine::money::Money;

/// How a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Dim,
    Bold,
    Good,
    Trouble,
    Bad,
}

/// Whether there is colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colour {
    On,
    Off,
}

impl Colour {
    /// Only a terminal is coloured, and only if nobody objects.
    #[expect(clippy::disallowed_methods, reason = "an example is configured by nothing but this")]
    pub(crate) fn of_terminal() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|text| text.is_empty());
        if wanted && std::io::stdout().is_terminal() { Self::On } else { Self::Off }
    }

    /// The text in its tone.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.into(),
            Tone::Dim => 2,
            Tone::Bold => 1,
            Tone::Good => 32,
            Tone::Trouble => 33,
            Tone::Bad => 31,
        };
        match self {
            Self::On => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Off => text.into(),
        }
    }
}

/// Dollars and cents; finer amounts in full.
pub(crate) fn dollars(money: Money) -> String {
    let exact = money.to_string();
    format!("${}", exact.strip_suffix("0000").unwrap_or(&exact))
}
