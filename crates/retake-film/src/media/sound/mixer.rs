//! Lays sounds over each other, block by block, so that a long film takes no more memory than a short one.

use std::io;
use std::path::{Path, PathBuf};

use super::super::{Canvas, Error};
use super::envelope::{Speech, ramp};
use super::level::{factor, levelling};
use super::wave::Wave;

/// How many moments are mixed at once.
const BLOCK: u64 = 4_800;
/// How short a fade is where sound is cut, so that it does not click: 3 ms.
const SEAM: u64 = 144;
/// How long music comes in, and goes out at the end.
const MUSIC_IN: u64 = 24_000;
const MUSIC_OUT: u64 = 96_000;
/// How far music that begins again overlaps its end.
const MUSIC_SEAM: u64 = 24_000;

/// What becomes of a clip's own sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Own {
    /// It is lowered while somebody speaks.
    Duck,
    /// It stays as it is.
    Keep,
    /// It is not heard.
    Drop,
}

/// A clip's own sound, as [`super::super::ingest`] leaves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipSound {
    /// Its samples, as long as all its frames.
    pub file: PathBuf,
    /// The frame of the film with which it begins.
    pub start: u64,
    /// How many frames it has, joins included.
    pub frames: u32,
    /// How many of them it shares with the one before.
    pub head: u32,
    /// How many of them it shares with the one after.
    pub tail: u32,
    /// What becomes of it.
    pub own: Own,
}

/// Somebody who speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// The samples, as [`super::decode`] leaves them.
    pub file: PathBuf,
    /// The sample of the film with which it begins.
    pub start: u64,
}

/// Music under some of the film.
#[derive(Debug, Clone, PartialEq)]
pub struct Music {
    /// The samples, as [`super::decode`] leaves them.
    pub file: PathBuf,
    /// The frame of the film with which it begins.
    pub from: u64,
    /// The frame of the film before which it has ended.
    pub to: u64,
    /// How loud, as a factor.
    pub volume: f32,
    /// By how many decibels it is lowered while somebody speaks.
    pub duck_db: f64,
}

/// What a film sounds like.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// How long the film is.
    pub frames: u64,
    /// The clips' own sounds.
    pub clips: Vec<ClipSound>,
    /// Who speaks.
    pub voices: Vec<Voice>,
    /// The music, each of which begins again where it is too short and fades at its end.
    pub music: Vec<Music>,
    /// By how many decibels clips' sounds are lowered while somebody speaks.
    pub duck_db: f64,
}

/// One sound in its place, all in moments of both channels.
#[derive(Debug, Clone)]
struct Track {
    file: PathBuf,
    start: u64,
    length: u64,
    fade_in: u64,
    fade_out: u64,
    gain: f32,
    /// What it is multiplied with while somebody speaks.
    ducked: f32,
}

/// A mix worked out: what is heard where.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    length: u64,
    tracks: Vec<Track>,
    speech: Speech,
}

/// Works out what is heard where.
pub(super) fn plan(mix: &Mix, canvas: Canvas) -> Result<Plan, Error> {
    let frame = u64::from(canvas.samples_per_frame());
    let length = mix.frames * frame;
    let mut tracks = Vec::new();
    let mut spans = Vec::new();
    for voice in &mix.voices {
        let long = long(&voice.file)?;
        spans.push((voice.start, voice.start + long));
        tracks.push(Track {
            file: voice.file.clone(),
            start: voice.start,
            length: long,
            fade_in: SEAM.min(long),
            fade_out: SEAM.min(long),
            gain: levelling(&voice.file)?,
            ducked: 1.0,
        });
    }
    for clip in mix.clips.iter().filter(|clip| clip.own != Own::Drop) {
        let shared = |frames: u32| if frames == 0 { SEAM } else { u64::from(frames) * frame };
        tracks.push(Track {
            file: clip.file.clone(),
            start: clip.start * frame,
            length: u64::from(clip.frames) * frame,
            fade_in: shared(clip.head),
            fade_out: shared(clip.tail),
            gain: 1.0,
            ducked: if clip.own == Own::Duck { factor(-mix.duck_db) } else { 1.0 },
        });
    }
    for music in &mix.music {
        tracks.extend(loops(music, music.from * frame, music.to.min(mix.frames) * frame)?);
    }
    Ok(Plan { length, tracks, speech: Speech::of(spans.into_iter()) })
}

fn long(file: &Path) -> Result<u64, Error> {
    Ok(Wave::open(file).map_err(Error::file("read", file))?.length)
}

/// Music, as often as it is needed, each time overlapping the last.
fn loops(music: &Music, from: u64, to: u64) -> Result<Vec<Track>, Error> {
    let long = long(&music.file)?;
    let seam = MUSIC_SEAM.min(long / 4);
    let mut tracks = Vec::new();
    let mut start = from;
    while start < to && long > seam {
        let left = to - start;
        let last = left <= long;
        tracks.push(Track {
            file: music.file.clone(),
            start,
            length: long.min(left),
            fade_in: if start == from { MUSIC_IN.min(left / 4) } else { seam },
            fade_out: if last { MUSIC_OUT.min(left / 2) } else { seam },
            gain: music.volume,
            ducked: factor(-music.duck_db),
        });
        start += if last { left } else { long - seam };
    }
    Ok(tracks)
}

impl Track {
    /// How loud it is at a moment of its own.
    fn gain(&self, at: u64, speech: f32) -> f32 {
        let fades = ramp(at + 1, self.fade_in + 1) * ramp(self.length - at, self.fade_out + 1);
        self.gain * fades * (1.0 + (self.ducked - 1.0) * speech)
    }
}

/// A mix on its way.
pub(super) struct Mixer {
    plan: Plan,
    waves: Vec<Option<Wave>>,
    at: u64,
}

impl Mixer {
    pub(super) fn open(plan: &Plan) -> Self {
        Self { plan: plan.clone(), waves: plan.tracks.iter().map(|_| None).collect(), at: 0 }
    }

    /// The next samples, both channels by turns; nothing at the end.
    pub(super) fn block(&mut self) -> io::Result<Option<Vec<f32>>> {
        let (from, to) = (self.at, (self.at + BLOCK).min(self.plan.length));
        if from == to {
            return Ok(None);
        }
        let moments = |from: u64, to: u64| usize::try_from(to - from).unwrap_or(0);
        let mut mixed = vec![0.0; moments(from, to) * 2];
        let depth: Vec<f32> = (from..to).map(|at| self.plan.speech.depth(at)).collect();
        for (track, wave) in self.plan.tracks.iter().zip(&mut self.waves) {
            let (first, last) = (from.max(track.start), to.min(track.start + track.length));
            if first >= last {
                // It is over or has not begun: no file is open for nothing.
                *wave = None;
                continue;
            }
            let wave = match wave {
                Some(wave) => wave,
                None => wave.insert(Wave::open(&track.file)?),
            };
            let samples = wave.read(first - track.start, moments(first, last))?;
            let skip = moments(from, first);
            for (index, (moment, at)) in samples.as_chunks::<2>().0.iter().zip(first..).enumerate() {
                let gain = track.gain(at - track.start, depth[skip + index]);
                let place = (skip + index) * 2;
                mixed[place] += moment[0] * gain;
                mixed[place + 1] += moment[1] * gain;
            }
        }
        self.at = to;
        Ok(Some(mixed))
    }
}
