//! The last resort, and the voice for most languages: clear, and a robot.
//!
//! Owns the conversation with `espeak-ng` and the list of what it speaks. Its command line does not tell when words
//! come.

use super::wave::Samples;
use super::{Error, Said, Speaker, Voices};
use crate::media::process::{Call, Input, Stop};

/// How many words a minute.
const PACE: &str = "160";
/// What it speaks.
const LANGUAGES: [&str; 103] = [
    "af", "am", "an", "ar", "as", "az", "ba", "be", "bg", "bn", "bpy", "bs", "ca", "cmn", "cs", "cv", "cy", "da", "de",
    "el", "en", "eo", "es", "et", "eu", "fa", "fi", "fr", "ga", "gd", "gn", "grc", "gu", "hak", "haw", "he", "hi",
    "hr", "ht", "hu", "hy", "hyw", "ia", "id", "io", "is", "it", "ja", "jbo", "ka", "kk", "kl", "kn", "ko", "kok",
    "ku", "ky", "la", "lb", "lfn", "lt", "ltg", "lv", "mi", "mk", "ml", "mr", "ms", "mt", "my", "nb", "nci", "ne",
    "nl", "nog", "om", "or", "pa", "pap", "pl", "pt", "quc", "ro", "ru", "sd", "shn", "si", "sk", "sl", "sq", "sr",
    "sv", "sw", "ta", "te", "th", "tk", "tr", "tt", "uk", "ur", "uz", "vi",
];
/// What it calls otherwise, or has in more than one way.
const NAMES: [(&str, &str); 10] = [
    ("en", "en-us"),
    ("en-gb", "en-gb"),
    ("es-419", "es-419"),
    ("es-mx", "es-419"),
    ("fr", "fr-fr"),
    ("fr-be", "fr-be"),
    ("fr-ch", "fr-ch"),
    ("no", "nb"),
    ("pt-br", "pt-br"),
    ("zh", "cmn"),
];

/// What it calls a language, if it speaks it.
pub(super) fn name(language: &str) -> Option<&'static str> {
    let language = language.to_ascii_lowercase();
    let first = language.split('-').next().unwrap_or_default();
    let named = |wanted: &str| NAMES.iter().find(|(name, _)| *name == wanted).map(|(_, name)| *name);
    let plain = || LANGUAGES.iter().find(|name| **name == first).copied();
    named(&language).or_else(|| named(first)).or_else(plain)
}

/// Says sentences, each by itself, so that each is where it should be.
pub(super) fn say(voices: &Voices, name: &str, sentences: &[&[String]], stop: &Stop) -> Result<Vec<Said>, Error> {
    let say = |words: &&[String]| {
        // Two brackets would begin sounds by their names.
        let text = words.join(" ").replace("[[", "[ [") + "\n";
        let call =
            Call::new(&voices.espeak, voices.limits()).args(["--stdin", "--stdout", "-b", "1", "-s", PACE, "-v"]);
        let wave = call.arg(name).input(Input::Bytes(text.into_bytes())).run(stop);
        let wave = wave.map_err(|source| Error::Unable { speaker: Speaker::Espeak, source })?;
        if wave.is_empty() {
            return Ok(Said::default());
        }
        let answer = |error: std::io::Error| Error::Answer { speaker: Speaker::Espeak, what: error.to_string() };
        Ok(Said { wave: Samples::read(&wave).map_err(answer)?.in_silence(), sounds: Vec::new(), words: None })
    };
    sentences.iter().map(say).collect()
}
