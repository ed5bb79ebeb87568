//! Speech made on this machine, with the time of every word.
//!
//! Owns who can speak, how a text becomes one wave, and how silent it is at both ends. It starts programs through
//! `media::process` and must not know scenes, films or providers. A speaker is never exchanged for another here: what
//! was asked for is made, or the reason is said.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::media::captions::Word;
use crate::media::process::{Limits, Program, Stop};

mod align;
mod error;
mod espeak;
mod flite;
mod neural;
mod survey;
mod text;
mod wave;

pub use error::Error;
pub use survey::{Choice, Lack, Survey};

use align::{Sound, Span};
use text::{After, Piece};
use wave::Samples;

/// The most letters that are said at once: some twenty minutes.
pub const LETTERS_MAX: usize = 20_000;
/// The most letters of a word; languages without spaces write a sentence as one.
pub const WORD_LETTERS_MAX: usize = 400;
/// How silent it is between sentences and paragraphs, beside the breath that each keeps.
const SENTENCE_MS: usize = 220;
const PARAGRAPH_MS: usize = 480;
/// What a speaker may take of address space, and may write.
const MEMORY_BYTES: u64 = 4 << 30;
const WAVE_BYTES: u64 = 512 << 20;
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Somebody who speaks on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Speaker {
    /// A small neural voice: natural, English alone.
    Neural,
    /// A classic one: buzzy, English alone.
    Flite,
    /// A robot that speaks a hundred languages.
    Espeak,
}

impl Speaker {
    /// Every speaker, the best first.
    pub const ALL: [Self; 3] = [Self::Neural, Self::Flite, Self::Espeak];

    /// Its name in a plan.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Neural => "heart",
            Self::Flite => "flite",
            Self::Espeak => "espeak",
        }
    }

    /// The speaker of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|speaker| speaker.name() == name)
    }

    /// Whether it speaks a language, given by its code.
    #[must_use]
    pub fn speaks(self, language: &str) -> bool {
        match self {
            Self::Neural | Self::Flite => espeak::name(language).is_some_and(|name| name.starts_with("en-")),
            Self::Espeak => espeak::name(language).is_some(),
        }
    }

    /// What to type where it is missing.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Neural => "run `make voice`, or install the Python package hibari-tts 0.2.1 for that Python",
            Self::Flite => "install it: sudo apt-get install flite",
            Self::Espeak => "install it: sudo apt-get install espeak-ng",
        }
    }
}

impl fmt::Display for Speaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The programs that speak, and how long one may take.
#[derive(Debug, Clone)]
pub struct Voices {
    /// The Python that has the neural voice.
    pub python: Program,
    /// The classic voice.
    pub flite: Program,
    /// The robot.
    pub espeak: Program,
    /// How long one call may take.
    pub patience: Duration,
}

impl Default for Voices {
    fn default() -> Self {
        Self {
            python: Program::new("python3", "python3"),
            flite: Program::new("flite", "flite"),
            espeak: Program::new("espeak-ng", "espeak-ng"),
            patience: PATIENCE,
        }
    }
}

/// How the times of the words are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timing {
    /// The speaker says when each sound comes.
    Exact,
    /// The sounds were found in the wave.
    Aligned,
    /// Guessed by letters, within each sentence.
    Estimated,
}

/// A text that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speech {
    /// Its samples: one channel, 16 bits.
    pub wave: PathBuf,
    /// How many a second.
    pub rate: u32,
    /// How many there are.
    pub samples: u64,
    /// The words as they were written, and when they are said.
    pub words: Vec<Word>,
    /// How that is known.
    pub timing: Timing,
    /// Words that the speaker cannot read and left out.
    pub unread: Vec<String>,
}

/// A sentence that was said.
#[derive(Debug, Default)]
struct Said {
    wave: Samples,
    sounds: Vec<Sound>,
    /// The sounds that each word has when it is said alone, if the speaker tells.
    words: Option<Vec<Vec<String>>>,
}

impl Voices {
    fn limits(&self) -> Limits {
        Limits {
            wall: self.patience,
            cpu: self.patience,
            memory_bytes: MEMORY_BYTES,
            file_bytes: WAVE_BYTES,
            output_bytes: WAVE_BYTES,
        }
    }

    /// Says a text, into the file `speech.wav` of a folder. The same text gives the same bytes.
    ///
    /// # Errors
    ///
    /// When there is nothing to say, the speaker lacks the language or the letters, or cannot speak here.
    pub fn speak(
        &self,
        speaker: Speaker,
        text: &str,
        language: &str,
        folder: &Path,
        stop: &Stop,
    ) -> Result<Speech, Error> {
        let letters = text.chars().count();
        if letters > LETTERS_MAX {
            return Err(Error::Long { letters });
        }
        let (words, pieces) = text::divide(text);
        let first = words.first().ok_or(Error::Nothing)?;
        let long =
            words.iter().map(|word| (word.chars().count(), word)).find(|(letters, _)| *letters > WORD_LETTERS_MAX);
        if let Some((letters, word)) = long {
            return Err(Error::Word { letters, begin: word.chars().take(20).collect() });
        }
        let foreign = || Error::Language { speaker, language: language.to_owned() };
        let name = espeak::name(language).filter(|_| speaker.speaks(language)).ok_or_else(foreign)?;
        let sentences: Vec<&[String]> = pieces.iter().map(|piece| &words[piece.words.clone()]).collect();
        let said = match speaker {
            Speaker::Neural => neural::say(self, &sentences, folder, stop),
            Speaker::Flite => flite::say(self, &sentences, folder, stop),
            Speaker::Espeak => espeak::say(self, name, &sentences, stop),
        }?;
        let unreadable = || Error::Unreadable { speaker, word: first.chars().take(40).collect() };
        let whole = Whole::of(&words, &pieces, &said).ok_or_else(unreadable)?;
        let wave = folder.join("speech.wav");
        whole.write(&wave).map_err(|source| Error::File { path: wave.clone(), source })?;
        Ok(whole.speech(wave, &words))
    }
}

/// Sentences put together.
#[derive(Debug)]
struct Whole {
    wave: Samples,
    spans: Vec<Span>,
    timing: Timing,
    unread: Vec<String>,
}

impl Whole {
    /// Puts sentences together, with the same silence between them whoever speaks; nothing, where nothing is heard.
    fn of(words: &[String], pieces: &[Piece], said: &[Said]) -> Option<Self> {
        let rate = said.iter().map(|said| said.wave.rate).max().filter(|rate| *rate > 0)?;
        let wave = Samples { rate, all: Vec::new() };
        let mut whole = Self { wave, spans: Vec::new(), timing: Timing::Estimated, unread: Vec::new() };
        let mut silence = 0;
        for (piece, said) in pieces.iter().zip(said) {
            let words = &words[piece.words.clone()];
            whole.note_unread(words, said);
            let Some((kept, left_out)) = said.wave.trimmed() else {
                let now = whole.wave.all.len();
                whole.spans.extend(words.iter().map(|_| (now, now)));
                continue;
            };
            whole.wave.all.resize(whole.wave.all.len() + silence, 0);
            whole.place(words, said, left_out, &kept);
            whole.wave.all.extend(kept.all);
            silence = whole.wave.count(match piece.after {
                After::More => 0,
                After::Sentence => SENTENCE_MS,
                After::Paragraph => PARAGRAPH_MS,
            });
        }
        (!whole.wave.all.is_empty()).then_some(whole)
    }

    /// Notes the words that have letters and no sound.
    fn note_unread(&mut self, words: &[String], said: &Said) {
        let sounds = said.words.iter().flatten();
        let has_letters = |word: &&String| word.chars().any(char::is_alphanumeric);
        let mute = words.iter().zip(sounds).filter(|(_, sounds)| sounds.is_empty()).map(|(word, _)| word);
        self.unread.extend(mute.filter(has_letters).cloned());
    }

    /// Places the words of a sentence that is about to be put at the end, of which some was left out.
    fn place(&mut self, words: &[String], said: &Said, left_out: usize, kept: &Samples) {
        let heard = kept.heard().unwrap_or((0, kept.all.len()));
        let matched = said.words.as_ref().and_then(|alone| align::match_words(alone, &said.sounds));
        let inside = |at: usize| at.saturating_sub(left_out).clamp(heard.0, heard.1);
        let spans = match matched {
            Some(spans) => {
                self.timing = Timing::Exact;
                spans.into_iter().map(|(begin, end)| (inside(begin), inside(end))).collect()
            }
            None => align::guess(words, heard),
        };
        let offset = self.wave.all.len();
        self.spans.extend(spans.into_iter().map(|(begin, end)| (offset + begin, offset + end)));
    }

    /// Writes the wave, which has its name only once it is whole.
    fn write(&self, file: &Path) -> std::io::Result<()> {
        let part = file.with_extension("wav.part");
        std::fs::write(&part, self.wave.file()?)?;
        std::fs::File::open(&part)?.sync_all()?;
        std::fs::rename(&part, file)
    }

    fn speech(self, wave: PathBuf, words: &[String]) -> Speech {
        let word = |(text, (begin, end)): (&String, &Span)| Word {
            text: text.clone(),
            start_ms: self.wave.ms(*begin),
            end_ms: self.wave.ms(*end),
        };
        let words = words.iter().zip(&self.spans).map(word).collect();
        let (rate, samples) = (self.wave.rate, self.wave.all.len() as u64);
        Speech { wave, rate, samples, words, timing: self.timing, unread: self.unread }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speakers_know_their_languages() {
        for (language, english, any) in [
            ("en", true, true),
            ("EN-au", true, true),
            ("de-AT", false, true),
            ("tlh", false, false),
            ("", false, false),
        ] {
            assert_eq!(Speaker::Neural.speaks(language), english, "{language}");
            assert_eq!(Speaker::Espeak.speaks(language), any, "{language}");
        }
        assert!(Speaker::ALL.into_iter().all(|speaker| Speaker::named(speaker.name()) == Some(speaker)));
    }

    #[test]
    fn sentences_are_put_together_with_equal_silence() {
        let (words, pieces) = text::divide("One two. Да. Three.");
        let loud = |count: usize| (0..count).map(|at| if at % 20 < 10 { 9_000 } else { -9_000 });
        let quiet = || std::iter::repeat_n(0, 8_000);
        let wave = || Samples { rate: 16_000, all: quiet().chain(loud(16_000)).chain(quiet()).collect() };
        let names = |words: &[&str]| Some(words.iter().map(|word| word.chars().map(String::from).collect()).collect());
        let sound = |name: &str, begin, end| Sound { name: name.to_owned(), begin, end };
        let one = Said {
            wave: wave(),
            sounds: vec![sound("a", 6_000, 16_000), sound("b", 16_000, 90_000)],
            words: names(&["a", "b"]),
        };
        let none = Said { words: names(&[""]), ..Said::default() };
        let three = Said { wave: wave(), ..Said::default() };
        let whole = Whole::of(&words, &pieces, &[one, none, three]).expect("there is a wave");
        let length = 640 + 16_000 + 1_760;
        assert_eq!(whole.wave.all.len(), 2 * length + 16 * SENTENCE_MS);
        let second = length + 16 * SENTENCE_MS + 640;
        assert_eq!(whole.spans, [(640, 8_640), (8_640, 16_640), (length, length), (second, second + 16_000)]);
        assert_eq!((whole.timing, whole.unread), (Timing::Exact, vec!["Да.".to_owned()]));
        assert!(Whole::of(&words, &pieces, &[Said::default(), Said::default(), Said::default()]).is_none());
    }
}
