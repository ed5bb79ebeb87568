//! What is heard beside the voices: music, and the sound that clips bring along.

use retake_engine::id::{Hash, NodeId};
use serde::{Deserialize, Serialize};

/// Music to be made or brought along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Music {
    /// It is made.
    Prompt {
        /// From these words.
        prompt: String,
        /// Where its randomness starts.
        seed: u32,
    },
    /// It is the user's own file.
    File {
        /// The hash of its bytes.
        hash: Hash,
        /// Its name, for people.
        name: String,
    },
    /// It is the user's own, and lies elsewhere.
    Address {
        /// Where.
        url: String,
    },
}

/// What becomes of a clip's own sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Own {
    /// It is lowered under speech.
    Duck,
    /// It stays as it is.
    Keep,
    /// It is not heard.
    Drop,
}

/// Music under some scenes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Under {
    /// The node that makes it.
    pub music: NodeId,
    /// The first of its scenes, counted from 0.
    pub from: usize,
    /// The first scene that is no longer one of them.
    pub to: usize,
    /// How loud, in millionths.
    pub volume_millionths: u64,
    /// How much lower under speech, in millionths of a decibel.
    pub duck_millionths: u64,
}
