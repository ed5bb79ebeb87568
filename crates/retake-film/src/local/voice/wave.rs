//! Samples of one channel, 16 bits each: read from what speakers write, cut where they are silent, and written.
//!
//! Owns what counts as silence. Knows no words.

use std::io;

/// How much of its loudest moment a moment must have to be heard, as a share of power: 45 dB less.
const HEARD_SHARE: u64 = 31_623;
/// What is softer than this everywhere is silence: a mean square of 30 steps.
const HEARD_LEAST: u64 = 900;
/// How long a moment is.
const MOMENT_MS: usize = 5;
/// How much is kept before the first moment that is heard, since consonants begin softly, and after the last.
const BEFORE_MS: usize = 40;
const AFTER_MS: usize = 110;
/// How long what is cut fades, so that it does not click.
const FADE_MS: usize = 4;

/// Sound of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Samples {
    /// How many a second.
    pub(super) rate: u32,
    /// The samples.
    pub(super) all: Vec<i16>,
}

impl Samples {
    /// Reads what a program wrote: plain samples of 16 bits, of one channel.
    pub(super) fn read(bytes: &[u8]) -> io::Result<Self> {
        let broken = || io::Error::other("no plain samples of one channel");
        let word = |at: usize| bytes.get(at..at + 4).and_then(|four| Some(u32::from_le_bytes(four.try_into().ok()?)));
        let (mut at, mut rate) = (12, 0);
        loop {
            let name = bytes.get(at..at + 4).ok_or_else(broken)?;
            let size = usize::try_from(word(at + 4).ok_or_else(broken)?).map_err(|_| broken())?;
            let body = &bytes[at + 8..];
            if name == b"data" && rate > 0 {
                // A program that writes into a pipe cannot say how much will come.
                let all = body[..size.min(body.len())].as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two));
                return Ok(Self { rate, all: all.collect() });
            }
            if name == b"fmt " {
                let is_plain = body.get(..4) == Some(&[1, 0, 1, 0]) && body.get(14..16) == Some(&[16, 0]);
                rate = word(at + 12).filter(|rate| is_plain && (8_000..=96_000).contains(rate)).ok_or_else(broken)?;
            }
            at = at.checked_add(8 + size + size % 2).ok_or_else(broken)?;
        }
    }

    /// The bytes of a file with them.
    pub(super) fn file(&self) -> io::Result<Vec<u8>> {
        let size = u32::try_from(self.all.len() * 2).map_err(io::Error::other)?;
        let whole = size.checked_add(36).ok_or_else(|| io::Error::other("too long for a file of samples"))?;
        let mut bytes = Vec::with_capacity(self.all.len() * 2 + 44);
        bytes.extend_from_slice(b"RIFF");
        bytes.extend_from_slice(&whole.to_le_bytes());
        bytes.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
        bytes.extend_from_slice(&self.rate.to_le_bytes());
        bytes.extend_from_slice(&(self.rate * 2).to_le_bytes());
        bytes.extend_from_slice(b"\x02\0\x10\0data");
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend(self.all.iter().flat_map(|sample| sample.to_le_bytes()));
        Ok(bytes)
    }

    /// How many samples that takes.
    pub(super) fn count(&self, ms: usize) -> usize {
        ms * self.rate as usize / 1000
    }

    /// When that sample comes.
    pub(super) fn ms(&self, sample: usize) -> u64 {
        sample as u64 * 1000 / u64::from(self.rate.max(1))
    }

    /// From where to where there is something to hear.
    pub(super) fn heard(&self) -> Option<(usize, usize)> {
        let size = self.count(MOMENT_MS).max(1);
        let power = |moment: &[i16]| {
            moment.iter().map(|sample| u64::from(sample.unsigned_abs()).pow(2)).sum::<u64>() / moment.len() as u64
        };
        let powers: Vec<u64> = self.all.chunks(size).map(power).collect();
        let least = powers.iter().max().copied().filter(|loudest| *loudest >= HEARD_LEAST)? / HEARD_SHARE;
        let is_heard = |power: &u64| *power > least;
        let (first, last) = (powers.iter().position(is_heard)?, powers.iter().rposition(is_heard)?);
        Some((first * size, ((last + 1) * size).min(self.all.len())))
    }

    /// The same with silence around it: some speakers begin with the first sample.
    pub(super) fn in_silence(mut self) -> Self {
        let (before, after) = (self.count(BEFORE_MS), self.count(AFTER_MS));
        self.all.splice(0..0, std::iter::repeat_n(0, before));
        self.all.extend(std::iter::repeat_n(0, after));
        self
    }

    /// What there is to hear, with a breath of silence at both ends, and how many samples were left out before it.
    pub(super) fn trimmed(&self) -> Option<(Self, usize)> {
        let (first, last) = self.heard()?;
        let begin = first.saturating_sub(self.count(BEFORE_MS));
        let end = (last + self.count(AFTER_MS)).min(self.all.len());
        let mut kept = Self { rate: self.rate, all: self.all[begin..end].to_vec() };
        let fade = self.count(FADE_MS).min(first - begin).min(end - last);
        let steps = i32::try_from(fade).unwrap_or(i32::MAX);
        let softer = |sample: &mut i16, step: i32| {
            *sample = i16::try_from(i32::from(*sample) * step / steps).unwrap_or_default();
        };
        kept.all.iter_mut().take(fade).zip(0..).for_each(|(sample, step)| softer(sample, step));
        kept.all.iter_mut().rev().take(fade).zip(0..).for_each(|(sample, step)| softer(sample, step));
        Some((kept, begin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(silent: usize, loud: usize) -> Samples {
        let wave = (0..loud).map(|at| if at / 8 % 2 == 0 { 9_000 } else { -9_000 });
        let all = std::iter::repeat_n(3, silent).chain(wave).chain(std::iter::repeat_n(-2, silent)).collect();
        Samples { rate: 16_000, all }
    }

    #[test]
    fn what_is_written_is_read() {
        let samples = tone(10, 100);
        let mut bytes = samples.file().expect("it fits");
        assert_eq!(Samples::read(&bytes).expect("it is ours"), samples);
        bytes[40..44].copy_from_slice(&[0, 0xf0, 0xff, 0x7f]);
        assert_eq!(Samples::read(&bytes).expect("it came through a pipe"), samples);
        for broken in [&bytes[..0], &bytes[..11], &bytes[..30], b"RIFF----WAVEdata\x04\0\0\0abcd"] {
            assert!(Samples::read(broken).is_err());
        }
        bytes[22] = 2;
        assert!(Samples::read(&bytes).is_err(), "two channels");
    }

    #[test]
    fn silence_is_cut_and_a_breath_is_left() {
        let (kept, left_out) = tone(8_000, 16_000).trimmed().expect("there is a tone");
        assert_eq!((left_out, kept.all.len()), (8_000 - 640, 640 + 16_000 + 1_760));
        assert_eq!(kept.heard(), Some((640, 16_640)));
        let (kept, left_out) = tone(100, 16_000).trimmed().expect("there is a tone");
        assert_eq!((left_out, kept.all.len()), (0, 16_200), "nothing is put before it");
        assert!(tone(8_000, 0).trimmed().is_none());
        assert!(Samples { rate: 16_000, all: Vec::new() }.heard().is_none());
    }
}
