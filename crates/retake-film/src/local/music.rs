//! Music without a provider: a small score made from the words of a prompt, and the voices that play it.
//!
//! Owns what a score is and its samples, which end where they begin, so that it can be looped without a seam. Knows no
//! film and no file; fades and ducking are the mixer's.
//!
//! The same prompt, seed and length give the same bytes on every machine. So nothing here calls the system's library
//! for a sine, a root or a power: what is needed of them is made from sums and products, which every machine rounds
//! alike, and phases are whole numbers.

mod harmony;
mod level;
mod mood;
mod parts;
mod room;
mod voices;

use std::io::{self, Write};

use retake_engine::id::Hash;

use super::dice::Dice;
use mood::Mood;

/// What made music is called in data, so that nobody takes it for a model's.
pub const LABEL: &str = "procedural";

/// Samples of a second, of each of two channels.
pub const RATE: u32 = 48_000;

/// The longest score, in seconds; what is longer is looped.
pub const SECONDS_MAX: u32 = 240;

/// How long the room is played before the score begins, so that its echo of the end is there at the start.
const WARM_UP_S: usize = 8;

/// A piece of music, note by note.
#[derive(Clone, Debug)]
pub struct Score {
    mood: Mood,
    notes: Vec<Note>,
    moments: u32,
    seed: Hash,
}

/// Something that is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Note {
    pub(crate) voice: Voice,
    /// As keyboards count them: 60 is the C in the middle. Drums have none.
    pub(crate) pitch: u8,
    /// When, in samples.
    pub(crate) start: u32,
    /// For how long, in samples.
    pub(crate) length: u32,
    /// How loud, from 0 to 1.
    pub(crate) force: f32,
    /// From the left (-1) to the right (1).
    pub(crate) side: f32,
}

/// Who plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Voice {
    Pad,
    Strings,
    Felt,
    Pluck,
    Bells,
    Flute,
    Synth,
    Bass,
    Kick,
    Shaker,
    Drum,
}

/// Writes the score that a prompt describes, so many seconds long (at least one). The seed gives another for the same
/// words.
#[must_use]
pub fn compose(prompt: &str, seed: u64, seconds: u32) -> Score {
    let seed = Hash::of([prompt.as_bytes(), &seed.to_be_bytes(), b"music"]);
    let mood = Mood::of(prompt, &mut Dice::of(seed, "mood"));
    let moments = seconds.clamp(1, SECONDS_MAX) * RATE;
    let notes = parts::write(&mood, seed, moments);
    Score { mood, notes, moments, seed }
}

impl Score {
    /// How long it is, in samples of each channel.
    #[must_use]
    pub fn moments(&self) -> u32 {
        self.moments
    }

    /// What it is like, in a line that people read.
    #[must_use]
    pub fn describe(&self) -> String {
        self.mood.describe()
    }

    /// The pitches that are played, in order of their beginnings; drums have none.
    pub fn pitches(&self) -> impl Iterator<Item = (Voice, u8)> {
        let pitched = |note: &&Note| !matches!(note.voice, Voice::Kick | Voice::Shaker | Voice::Drum);
        self.notes.iter().filter(pitched).map(|note| (note.voice, note.pitch))
    }

    /// The pitches of its scale, as steps above C.
    #[must_use]
    pub fn scale(&self) -> [u8; 7] {
        self.mood.mode.steps().map(|step| (self.mood.tonic + step) % 12)
    }

    /// Its samples, both channels by turns.
    #[must_use]
    pub fn samples(&self) -> Vec<i16> {
        let mut band = voices::Band::new(self.moments as usize, self.seed);
        for note in &self.notes {
            band.play(note);
        }
        let mut sound = band.sound();
        room::Room::new(self.mood.air_s).play(&mut sound, self.mood.wet, WARM_UP_S * RATE as usize);
        level::level(&mut sound);
        sound.as_flattened().iter().map(|sample| level::whole(*sample)).collect()
    }

    /// Writes it as a WAV file of two channels of 16 bits.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        const FRAME_BYTES: u32 = 4;
        let bytes = self.moments * FRAME_BYTES;
        out.write_all(b"RIFF")?;
        out.write_all(&(bytes + 36).to_le_bytes())?;
        out.write_all(b"WAVEfmt \x10\0\0\0\x01\0\x02\0")?;
        out.write_all(&RATE.to_le_bytes())?;
        out.write_all(&(RATE * FRAME_BYTES).to_le_bytes())?;
        out.write_all(b"\x04\0\x10\0data")?;
        out.write_all(&bytes.to_le_bytes())?;
        let bytes: Vec<u8> = self.samples().iter().flat_map(|sample| sample.to_le_bytes()).collect();
        out.write_all(&bytes)
    }
}

#[cfg(test)]
mod tests;
