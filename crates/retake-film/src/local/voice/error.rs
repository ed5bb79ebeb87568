//! Why nothing was said.

use std::io;
use std::path::PathBuf;

use crate::media::process;

use super::Speaker;

/// Why nothing was said.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There are no words.
    #[error("there is nothing to say: the text has no words")]
    Nothing,
    /// The text is longer than is said at once.
    #[error("the text has {letters} letters, and at most {} are said at once", super::LETTERS_MAX)]
    Long {
        /// How many it has.
        letters: usize,
    },
    /// A word is longer than anybody can say.
    #[error("a word has {letters} letters, and at most {} are said: `{begin}…`", super::WORD_LETTERS_MAX)]
    Word {
        /// How many it has.
        letters: usize,
        /// How it begins.
        begin: String,
    },
    /// The speaker does not know the language.
    #[error("the local voice `{speaker}` does not speak `{language}`")]
    Language {
        /// Who was asked.
        speaker: Speaker,
        /// For what.
        language: String,
    },
    /// The speaker cannot read any of the words.
    #[error("the local voice `{speaker}` can read none of the text, such as `{word}`")]
    Unreadable {
        /// Who was asked.
        speaker: Speaker,
        /// One of the words.
        word: String,
    },
    /// The speaker cannot speak here.
    #[error("the local voice `{speaker}` cannot speak: {source}")]
    Unable {
        /// Who was asked.
        speaker: Speaker,
        /// Why.
        source: process::Error,
    },
    /// What came is no speech.
    #[error("the local voice `{speaker}` answered with what is no speech: {what}")]
    Answer {
        /// Who was asked.
        speaker: Speaker,
        /// What is wrong with it.
        what: String,
    },
    /// A file of ours could not be read or written.
    #[error("write the speech `{}`: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Nothing => Some("write words after `say`, or leave `say` out".to_owned()),
            Self::Long { .. } => Some("divide it among several scenes".to_owned()),
            Self::Word { .. } => Some("write it as one would say it, with spaces".to_owned()),
            Self::Language { speaker, .. } | Self::Unreadable { speaker, .. } => Some(match speaker {
                Speaker::Espeak => "name a paid voice under `voice` that speaks it".to_owned(),
                Speaker::Neural | Speaker::Flite => {
                    "set `language` to that of the text, and name `espeak` or a paid voice under `voice`".to_owned()
                }
            }),
            Self::Unable { source: process::Error::Stopped { .. }, .. } => None,
            Self::Unable { speaker, source } => match source {
                process::Error::Deadline { .. } | process::Error::Limit { .. } | process::Error::TooMuch { .. } => {
                    Some("divide the text among several scenes".to_owned())
                }
                _ => Some(speaker.hint().to_owned()),
            },
            Self::Answer { speaker, .. } => Some(speaker.hint().to_owned()),
            Self::File { .. } => None,
        }
    }
}
