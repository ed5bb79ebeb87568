//! Writes captions.
//!
//! It owns how spoken words become cues, and the two formats that are written beside a film. Words go into files alone,
//! and cannot leave their cue.

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

mod cues;

pub use cues::cues;

/// A word that is spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// As it was written, with what stands at it.
    pub text: String,
    /// When it begins.
    pub start_ms: u64,
    /// When it ends.
    pub end_ms: u64,
}

/// Words that are shown for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When they come.
    pub from: Duration,
    /// When they go.
    pub to: Duration,
    /// The words, in lines.
    pub text: String,
}

impl Cue {
    /// The words in lines that neither end the cue nor begin another.
    fn lines(&self) -> impl Iterator<Item = String> {
        self.text.lines().map(clean).filter(|line| !line.is_empty())
    }
}

fn clean(line: &str) -> String {
    let text: String = line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    text.trim().replace("-->", "\u{2192}")
}

fn time(moment: Duration, point: char) -> String {
    let (seconds, millis) = (moment.as_secs(), moment.subsec_millis());
    format!("{:02}:{:02}:{:02}{point}{millis:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The cues as WebVTT.
#[must_use]
pub fn vtt(cues: &[Cue]) -> String {
    let mut text = "WEBVTT\n".to_owned();
    for cue in cues {
        let escaped = cue.lines().map(|line| line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        let lines = escaped.collect::<Vec<_>>().join("\n");
        let _ = write!(text, "\n{} --> {}\n{lines}\n", time(cue.from, '.'), time(cue.to, '.'));
    }
    text
}

/// The cues as WebVTT for the track inside the film: ffmpeg takes braces and backslashes for commands, whatever escapes
/// them.
#[must_use]
pub(super) fn track(cues: &[Cue]) -> String {
    vtt(cues).replace('{', "(").replace('}', ")").replace('\\', "/")
}

/// The cues as SubRip, which has no way to write `<` and `{` without meaning them.
#[must_use]
pub fn srt(cues: &[Cue]) -> String {
    let mut text = String::new();
    for (index, cue) in cues.iter().enumerate() {
        let plain = cue.lines().map(|line| line.replace('<', "\u{2039}").replace('>', "\u{203a}").replace('{', "("));
        let lines = plain.map(|line| line.replace('}', ")")).collect::<Vec<_>>().join("\n");
        let _ = write!(text, "{}\n{} --> {}\n{lines}\n\n", index + 1, time(cue.from, ','), time(cue.to, ','));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_in_their_cue() {
        let text = "one <b>\n\n00:01 --> 00:02\r\n{\\an8} & two".to_owned();
        let cue = Cue { from: Duration::from_millis(1500), to: Duration::from_secs(3661), text };
        let cues = [cue];
        assert_eq!(
            vtt(&cues),
            "WEBVTT\n\n00:00:01.500 --> 01:01:01.000\none &lt;b&gt;\n00:01 \u{2192} 00:02\n{\\an8} &amp; two\n"
        );
        assert_eq!(
            srt(&cues),
            "1\n00:00:01,500 --> 01:01:01,000\none \u{2039}b\u{203a}\n00:01 \u{2192} 00:02\n(\\an8) & two\n\n"
        );
    }
}
