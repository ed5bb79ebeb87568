//! Mixes the sound of the film: who speaks, what clips sound like, music under it.

#![expect(clippy::float_arithmetic, reason = "loudness is measured in fractions; it is never money")]

use retake_engine::fault::Class;
use retake_engine::performer::Delivery;

use super::{Fell, Job, Made, failed, pieces, role};
use crate::layout::{self, Sheet};
use crate::media::canvas::SAMPLE_RATE;
use crate::media::sound::{self, ClipSound, Mix, Music, Voice};
use crate::recipe::{Own, Sound};

/// By how many decibels clips' own sounds are lowered under speech.
const DUCK_DB: f64 = 12.0;

pub(super) fn work(job: &Job<'_>, wish: &Sound) -> Result<Delivery, Fell> {
    let canvas = wish.frame.canvas()?;
    let lengths = pieces::lengths(&job.inputs, &wish.beats);
    let present = |piece: &layout::Piece| job.made(&piece.ingest).is_some();
    let carded = |piece: &layout::Piece| wish.cards && is_carded(&wish.beats, &present, piece);
    let sheet = layout::lay(&wish.beats, &|piece| present(piece) || carded(piece), &lengths, wish.frame.fps);
    let mix = Mix {
        frames: sheet.timeline.frames,
        clips: clips(job, wish, &sheet)?,
        voices: voices(job, wish, &sheet)?,
        music: music(job, wish, &sheet)?,
        duck_db: DUCK_DB,
    };
    let room = job.workspace()?;
    let mixed = sound::mix(&job.kit.tools, canvas, &mix, &room.path().join("sound.m4a"));
    let (file, loudness) = mixed.map_err(|error| failed(&error, Class::Defective))?;
    let mut out = Made::default().artifact("sound", job.keep(&file)?).fact("frames", sheet.timeline.frames);
    if let Some(integrated) = loudness.integrated {
        out = out.fact("lufs", format!("{integrated:.2}"));
    }
    if let Some(peak) = loudness.peak {
        out = out.fact("peak_dbtp", format!("{peak:.2}"));
    }
    Ok(out.done())
}

/// Whether a card stands for this piece: it is the first of a scene of which nothing is there.
pub(super) fn is_carded(
    beats: &[layout::Beat],
    present: &dyn Fn(&layout::Piece) -> bool,
    piece: &layout::Piece,
) -> bool {
    let beat = beats.iter().find(|beat| beat.pieces.first().is_some_and(|first| first.ingest == piece.ingest));
    beat.is_some_and(|beat| !beat.pieces.iter().any(present))
}

fn clips(job: &Job<'_>, wish: &Sound, sheet: &Sheet) -> Result<Vec<ClipSound>, Fell> {
    let mut clips = Vec::new();
    for (placed, span) in sheet.pieces.iter().zip(&sheet.timeline.scenes) {
        let ingest = &wish.beats[placed.beat].pieces[placed.piece].ingest;
        let Some(file) = job.made(ingest).and_then(|outputs| role(outputs, "sound")) else { continue };
        let own = match wish.own[placed.beat] {
            Own::Duck => sound::Own::Duck,
            Own::Keep => sound::Own::Keep,
            Own::Drop => sound::Own::Drop,
        };
        let file = job.file(&file)?;
        clips.push(ClipSound { file, start: span.start, frames: span.frames, head: span.head, tail: span.tail, own });
    }
    Ok(clips)
}

fn voices(job: &Job<'_>, wish: &Sound, sheet: &Sheet) -> Result<Vec<Voice>, Fell> {
    let per_frame = u64::from(SAMPLE_RATE / wish.frame.fps);
    let mut voices = Vec::new();
    for (beat, frame) in &sheet.voices {
        let node = wish.beats[*beat].voice.as_ref();
        if let Some(file) = node.and_then(|node| job.made(node)).and_then(|outputs| role(outputs, "voice")) {
            voices.push(Voice { file: job.file(&file)?, start: frame * per_frame });
        }
    }
    Ok(voices)
}

fn music(job: &Job<'_>, wish: &Sound, sheet: &Sheet) -> Result<Vec<Music>, Fell> {
    let mut music = Vec::new();
    for under in &wish.music {
        let scenes: Vec<_> = sheet.beats.range(under.from..under.to).map(|(_, place)| *place).collect();
        let ends = scenes.first().zip(scenes.last());
        let Some(((from, _), (start, frames))) = ends else { continue };
        let Some(file) = job.made(&under.music).and_then(|outputs| role(outputs, "music")) else { continue };
        let (volume, duck) = (as_number(under.volume_millionths), as_number(under.duck_millionths));
        #[expect(clippy::cast_possible_truncation, reason = "a volume from 0 to 1")]
        let volume = volume as f32;
        let (file, to) = (job.file(&file)?, start + u64::from(*frames));
        music.push(Music { file, from: *from, to, volume, duck_db: duck });
    }
    Ok(music)
}

fn as_number(millionths: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most sixty million")]
    let number = millionths as f64;
    number / 1_000_000.0
}
