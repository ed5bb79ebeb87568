//! A small voice for English that runs everywhere: buzzy, and well understood.
//!
//! Owns the conversation with `flite`, which reads ASCII alone.

use std::path::Path;

use super::align::Sound;
use super::wave::Samples;
use super::{Error, Said, Speaker, Voices};
use crate::media::process::{Call, Input, Stop};

/// Of its voices the one that is understood best.
pub(super) const VOICE: &str = "rms";
/// The one that says quickest which sounds a word has.
const READER: &str = "kal";
/// The file it writes while it speaks.
const PART: &str = "speech.flite.part";
/// What it calls silence.
const SILENCE: &str = "pau";

/// Says sentences, each by itself, so that each is where it should be.
pub(super) fn say(voices: &Voices, sentences: &[&[String]], folder: &Path, stop: &Stop) -> Result<Vec<Said>, Error> {
    let alone = alone(voices, sentences, stop)?;
    let mut left = alone.as_deref();
    let part = folder.join(PART);
    let said = sentences.iter().map(|words| {
        let plain: Vec<String> = words.iter().map(|word| plain(word)).collect();
        let names = left.map(|all| all[..words.len()].to_vec());
        left = left.map(|all| &all[words.len()..]);
        if !plain.iter().any(|word| super::text::is_said(word)) {
            return Ok(Said { words: names, ..Said::default() });
        }
        let call = call(voices).folder(folder).args(["-voice", VOICE, "-psdur", "-f", "-", "-o", PART]);
        let lines = heard(call, plain.join(" "), stop)?;
        let bytes = std::fs::read(&part).map_err(|source| Error::File { path: part.clone(), source })?;
        let wave = Samples::read(&bytes).map_err(|error| answer(error.to_string()))?;
        let sounds = sounds(&lines, wave.rate).ok_or_else(|| answer("its sounds have no times".to_owned()))?;
        Ok(Said { wave, sounds, words: names })
    });
    let said = said.collect();
    let _ = std::fs::remove_file(&part);
    said
}

fn call(voices: &Voices) -> Call {
    Call::new(&voices.flite, voices.limits())
}

fn answer(what: String) -> Error {
    Error::Answer { speaker: Speaker::Flite, what }
}

/// What it prints, given a text by its standard input. It forgets the last word of a text that does not end its line.
fn heard(call: Call, text: String, stop: &Stop) -> Result<String, Error> {
    let printed = call.input(Input::Bytes((text + "\n").into_bytes())).run(stop);
    let printed = printed.map_err(|source| Error::Unable { speaker: Speaker::Flite, source })?;
    Ok(String::from_utf8_lossy(&printed).into_owned())
}

/// The sounds that each word has when it is said alone: one paragraph, one line. Nothing, where a paragraph is not one.
fn alone(voices: &Voices, sentences: &[&[String]], stop: &Stop) -> Result<Option<Vec<Vec<String>>>, Error> {
    let words: Vec<String> = sentences.iter().flat_map(|words| words.iter().map(|word| plain(word))).collect();
    let is_said = |word: &str| super::text::is_said(word);
    let said: Vec<String> = words.iter().filter(|word| is_said(word)).map(|word| bare(word)).collect();
    if said.is_empty() {
        return Ok(Some(vec![Vec::new(); words.len()]));
    }
    let lines = heard(call(voices).args(["-voice", READER, "-ps", "-f", "-", "none"]), said.join("\n\n"), stop)?;
    if lines.lines().count() != said.len() {
        return Ok(None);
    }
    let mut lines = lines.lines();
    let names = |line: &str| line.split_whitespace().filter(|name| *name != SILENCE).map(str::to_owned).collect();
    let one = |word: &String| if is_said(word) { lines.next().map(names).unwrap_or_default() } else { Vec::new() };
    Ok(Some(words.iter().map(one).collect()))
}

/// A word without what stands around it and without what would end a paragraph.
fn bare(word: &str) -> String {
    let bare = word.trim_matches(|letter: char| letter.is_ascii_punctuation() && !"$&%+=@".contains(letter));
    if bare.is_empty() { "a".to_owned() } else { bare.to_owned() }
}

/// A word in the letters that it knows.
fn plain(word: &str) -> String {
    let mut plain = String::new();
    for letter in word.chars() {
        match letter {
            ' '..='~' => plain.push(letter),
            '’' | '‘' | 'ʼ' => plain.push('\''),
            '“' | '”' | '„' | '«' | '»' => plain.push('"'),
            '–' | '—' => plain.push_str(", "),
            '…' => plain.push_str("..."),
            '€' => plain.push_str(" euro "),
            '£' => plain.push_str(" pound "),
            'à'..='å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
            'À'..='Å' => plain.push('A'),
            'æ' => plain.push_str("ae"),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'Ç' | 'Č' => plain.push('C'),
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => plain.push('e'),
            'È'..='Ë' => plain.push('E'),
            'ì'..='ï' | 'ī' | 'ı' => plain.push('i'),
            'Ì'..='Ï' => plain.push('I'),
            'ñ' | 'ń' => plain.push('n'),
            'Ñ' => plain.push('N'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => plain.push('o'),
            'Ò'..='Ö' | 'Ø' => plain.push('O'),
            'œ' => plain.push_str("oe"),
            'ß' => plain.push_str("ss"),
            'ś' | 'š' | 'ş' => plain.push('s'),
            'Š' | 'Ş' => plain.push('S'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => plain.push('u'),
            'Ù'..='Ü' => plain.push('U'),
            'ý' | 'ÿ' => plain.push('y'),
            'ź' | 'ż' | 'ž' => plain.push('z'),
            'Ž' => plain.push('Z'),
            'ł' => plain.push('l'),
            _ => {}
        }
    }
    plain
}

/// The sounds of all lines, one after the other: each line counts from its own beginning.
fn sounds(lines: &str, rate: u32) -> Option<Vec<Sound>> {
    let mut sounds = Vec::new();
    let mut offset = 0;
    for line in lines.lines() {
        let mut begin = 0;
        for item in line.split_whitespace() {
            let (name, end) = item.rsplit_once(':')?;
            let (seconds, thousandths) = end.split_once('.')?;
            let ms = seconds.parse::<usize>().ok()?.checked_mul(1000)? + thousandths.parse::<usize>().ok()?;
            let end = ms.checked_mul(rate as usize)? / 1000;
            if name != SILENCE {
                sounds.push(Sound { name: name.to_owned(), begin: offset + begin, end: offset + end.max(begin) });
            }
            begin = end;
        }
        offset += begin;
    }
    Some(sounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_follow_each_other() {
        let heard = sounds("pau:0.100 dh:0.250 pau:1.000 \n\npau:0.010 ax:0.020 \n", 16_000).expect("they are sounds");
        let spans: Vec<_> = heard.iter().map(|sound| (sound.name.as_str(), sound.begin, sound.end)).collect();
        assert_eq!(spans, [("dh", 1_600, 4_000), ("ax", 16_160, 16_320)]);
        assert!(sounds("pau", 16_000).is_none() && sounds("a:b.c", 16_000).is_none());
    }

    #[test]
    fn foreign_letters_become_plain_ones() {
        assert_eq!(plain("“Café’s” naïve…—"), "\"Cafe's\" naive..., ");
        assert_eq!(plain("Привет😀"), "");
    }
}
