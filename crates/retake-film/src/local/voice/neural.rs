//! The neural voice: a Python package that we ask in a Python of its own.
//!
//! Owns our side of the conversation with `neural.py`. The text goes in as data, never as code.

use std::path::Path;

use serde::Deserialize;

use super::align::Sound;
use super::wave::Samples;
use super::{Error, Said, Speaker, Voices};
use crate::media::process::{Call, Input, Stop};

/// What is run. It holds no text of a user.
const PROGRAM: &str = include_str!("neural.py");
/// By how much the sounds come before the model says they do.
const EARLY_MS: usize = 85;

/// The last of the letters that it reads, those of Latin.
const LATIN_LAST: char = '\u{24f}';

#[derive(Deserialize)]
struct Header {
    rate: u32,
    sentences: Vec<Sentence>,
}

#[derive(Deserialize)]
struct Sentence {
    samples: usize,
    sounds: Vec<(String, usize, usize)>,
    words: Vec<Vec<String>>,
}

/// A Python that takes no program from the folder it runs in, from a variable or from a user's home, and writes none.
pub(super) fn python(voices: &Voices, program: &str) -> Call {
    let quiet = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];
    let call = Call::new(&voices.python, voices.limits()).args(["-I", "-B", "-c", program]);
    quiet.into_iter().fold(call, |call, name| call.env(name, "1"))
}

/// Says sentences, all in one start of the program.
pub(super) fn say(voices: &Voices, sentences: &[&[String]], folder: &Path, stop: &Stop) -> Result<Vec<Said>, Error> {
    let failed = |source| Error::Unable { speaker: Speaker::Neural, source };
    let plain: Vec<Vec<String>> =
        sentences.iter().map(|words| words.iter().map(|word| plain(word)).collect()).collect();
    let wish = serde_json::json!({ "sentences": plain }).to_string().into_bytes();
    let answer = python(voices, PROGRAM).folder(folder).input(Input::Bytes(wish)).run(stop).map_err(failed)?;
    read(&answer, sentences).map_err(|what| Error::Answer { speaker: Speaker::Neural, what })
}

/// A word as it is sent: of one in letters that it would only spell, and badly, just the signs are left.
fn plain(word: &str) -> String {
    let is_foreign = |letter: char| letter.is_alphabetic() && letter > LATIN_LAST;
    if word.chars().any(is_foreign) {
        word.chars().filter(|letter| !letter.is_alphanumeric()).collect()
    } else {
        word.into()
    }
}

fn read(answer: &[u8], sentences: &[&[String]]) -> Result<Vec<Said>, String> {
    let end = answer.iter().position(|byte| *byte == b'\n').ok_or("it has no first line")?;
    let header: Header = serde_json::from_slice(&answer[..end]).map_err(|error| error.to_string())?;
    let mut samples = answer[end + 1..].as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two));
    let is_whole = samples.len() == header.sentences.iter().map(|sentence| sentence.samples).sum::<usize>();
    let fits = header.sentences.iter().map(|said| said.words.len()).eq(sentences.iter().map(|words| words.len()));
    if !is_whole || !fits || !(8_000..=96_000).contains(&header.rate) {
        return Err("what it says of itself does not fit".to_owned());
    }
    let said = header.sentences.into_iter().map(|sentence| {
        let wave = Samples { rate: header.rate, all: samples.by_ref().take(sentence.samples).collect() };
        let early = wave.count(EARLY_MS);
        let sound = |(name, begin, end): (String, usize, usize)| {
            let begin = begin.saturating_sub(early);
            Sound { name, begin, end: end.saturating_sub(early).max(begin) }
        };
        let sounds = sentence.sounds.into_iter().map(sound).collect();
        Said { wave, sounds, words: Some(sentence.words) }
    });
    Ok(said.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_does_not_fit_is_refused() {
        let words = ["Hi.".to_owned()];
        let sentences: [&[String]; 1] = [&words];
        let good =
            b"{\"rate\":24000,\"sentences\":[{\"samples\":2,\"sounds\":[[\"h\",0,1]],\"words\":[[\"h\"]]}]}\nabcd";
        assert_eq!(read(good, &sentences).expect("it fits")[0].wave.all.len(), 2);
        assert!(read(&good[..good.len() - 1], &sentences).is_err(), "half a sample");
        assert!(read(good, &[]).is_err(), "a sentence that nobody asked for");
        assert!(read(b"Traceback", &sentences).is_err());
        assert!(read(b"{}\n", &sentences).is_err());
    }
}
