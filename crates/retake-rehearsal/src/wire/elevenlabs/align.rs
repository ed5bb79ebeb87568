//! Forced alignment: when each word of a text is said in a recording.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ElevenLabs, NAME, unfit};
use crate::jobs::{Job, Kind, Order};
use crate::make::letters;
use crate::server::Desk;
use crate::wire::answers::{End, end};
use crate::wire::{Call, Reply, Submission, Trouble, Wire as _, Wish, fields, multipart};

/// A recording and its text.
pub(super) fn submit(call: &Call) -> Result<Wish, Reply> {
    let missing = |name: &str| unfit(&["body", name], "Field required", "missing");
    let parts = multipart::parts(call).ok_or_else(|| missing("file"))?;
    let part = |name: &str| parts.iter().find(|part| part.name == name).ok_or_else(|| missing(name));
    let (file, text) = (part("file")?, String::from_utf8_lossy(&part("text")?.bytes).into_owned());
    let input = json!({"text": text, "file_sha256": fields::hex(&Sha256::digest(&file.bytes))});
    let order = Order {
        seconds_millis: millis(&file.bytes),
        input,
        ..Order::new(NAME, "forced-alignment", Kind::Align, &text)
    };
    Ok(Submission::new(order, aligned).at_its_end().wish())
}

fn aligned(desk: &Desk, job: &Job) -> Reply {
    match end(desk, job) {
        End::Whole | End::Cut => {}
        End::Refused => return ElevenLabs.trouble(&Trouble::Refused { input: "text" }),
        End::Failed(_) | End::Stopped | End::Open => return ElevenLabs.trouble(&Trouble::Status(500)),
    }
    let Ok(made) = desk.made(job, 0) else { return ElevenLabs.trouble(&Trouble::Status(500)) };
    let span = |timed: &crate::make::Timed| json!({"text": timed.text, "start": fields::seconds(timed.start_ms), "end": fields::seconds(timed.end_ms)});
    let words: Vec<Value> = made
        .words
        .iter()
        .map(|word| {
            let mut word = span(word);
            word["loss"] = json!(0.12);
            word
        })
        .collect();
    let letters: Vec<Value> = letters(&desk.order(job).prompt, &made.words).iter().map(span).collect();
    Reply::json(200, &json!({"characters": letters, "words": words, "loss": 0.12})).delivering(job.no)
}

/// How long a recording is, where that can be read off it: WAV and MP3.
fn millis(bytes: &[u8]) -> Option<u64> {
    if bytes.starts_with(b"RIFF") {
        let per_second = u32::from_le_bytes(bytes.get(28..32)?.try_into().ok()?);
        let length = u64::try_from(bytes.len().saturating_sub(44)).ok()?;
        return (length * 1000).checked_div(u64::from(per_second));
    }
    // Frames of MPEG layer III, one after the other; a tag before them is skipped.
    let mut at = if bytes.starts_with(b"ID3") {
        10 + bytes.get(6..10)?.iter().fold(0, |sum, byte| (sum << 7) | usize::from(*byte))
    } else {
        0
    };
    let mut micros = 0;
    while let Some((length, frame_micros)) = frame(bytes.get(at..)?) {
        micros += frame_micros;
        at += length;
    }
    (micros > 0).then_some(micros / 1000)
}

/// The length of a frame in bytes and in micro-seconds.
fn frame(bytes: &[u8]) -> Option<(usize, u64)> {
    const KBITS: [[u64; 15]; 2] = [
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
        [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
    ];
    let [255, second, third, ..] = *bytes else { return None };
    if second & 0xe6 != 0xe2 {
        return None;
    }
    let (is_first, halved) = match second >> 3 & 3 {
        3 => (true, 1),
        2 => (false, 2),
        0 => (false, 4),
        _ => return None,
    };
    let kbits = *KBITS[usize::from(!is_first)].get(usize::from(third >> 4)).filter(|kbits| **kbits > 0)?;
    let rate = *[44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))? / halved;
    let samples = if is_first { 1152 } else { 576 };
    let length = samples / 8 * kbits * 1000 / rate + u64::from(third >> 1 & 1);
    Some((usize::try_from(length).ok()?, samples * 1_000_000 / rate))
}
