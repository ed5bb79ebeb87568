//! Looks at all of a clip, small, and says what is to be seen and heard.
//!
//! It owns facts: black, frozen, silent, how long. Whether a fact is a defect is decided by whoever knows what the
//! clip was to be.

use std::time::Duration;

use super::probe::{Probed, Refusal, undecodable};
use super::{Error, Tools};

/// How small a frame is looked at, and how many a second.
const WIDE: usize = 64;
const HIGH: usize = 36;
const FPS: usize = 8;
/// The brightest that black may be, of 255; dark scenes have lights.
const BLACK_MAX: u8 = 32;
/// How far frames that are the same may differ on average, in hundredths of a step of 255.
const STILL_MAX: u64 = 30;
/// The loudest that silence may be, of 32,768: about -60 dB.
const SILENCE_MAX: u16 = 33;
/// How many samples a second are listened to.
const RATE: usize = 16_000;

/// What is to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// How long it really lasts, to an eighth of a second.
    pub duration: Duration,
    /// Every frame is black.
    pub black: bool,
    /// Every frame is the first.
    pub frozen: bool,
    /// It lasts less than it says by more than a quarter of a second and a tenth.
    pub truncated: bool,
}

/// What is to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// How long it really lasts.
    pub duration: Duration,
    /// Nothing is to be heard.
    pub silent: bool,
}

/// What a clip is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What is to be seen; nothing where there are no pictures.
    pub seen: Option<Seen>,
    /// What is to be heard; nothing where there is no sound.
    pub heard: Option<Heard>,
}

impl Facts {
    /// Whether what is seen, else heard, lasts less than half of what was wanted.
    #[must_use]
    pub fn far_too_short(&self, wanted: Duration) -> bool {
        let lasts = self.seen.map(|seen| seen.duration).or_else(|| self.heard.map(|heard| heard.duration));
        lasts.is_none_or(|lasts| lasts < wanted / 2)
    }
}

/// Looks at all of a clip, and listens to it.
///
/// # Errors
///
/// When it cannot be decoded from one end to the other, or comes to nothing.
pub fn inspect(tools: &Tools, clip: &Probed) -> Result<Facts, Error> {
    let seen = clip.picture.as_ref().map(|_| look(tools, clip)).transpose()?;
    let heard = clip.sound.as_ref().map(|_| listen(tools, clip)).transpose()?;
    Ok(Facts { seen, heard })
}

fn look(tools: &Tools, clip: &Probed) -> Result<Seen, Error> {
    let filter = format!("fps={FPS}:start_time=0,scale={WIDE}:{HIGH}:flags=area");
    let mut gaze = Gaze::default();
    clip.input(tools.ffmpeg().args(["-err_detect", "explode"]))
        .args(["-map", "0:v:0", "-an", "-dn", "-sn", "-vf", &filter, "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"])
        .run_into(&tools.stop, |bytes| gaze.hear(bytes))
        .map_err(undecodable)?;
    if gaze.frames == 0 {
        return Err(Refusal::Undecodable("it has no frame".to_owned()).into());
    }
    let duration = Duration::from_millis(gaze.frames * 1000 / FPS as u64);
    let slack = Duration::from_millis(250);
    let truncated = clip.duration.is_some_and(|claimed| duration + slack + claimed / 10 < claimed);
    Ok(Seen { duration, black: gaze.brightest <= BLACK_MAX, frozen: gaze.frames > 1 && !gaze.moved, truncated })
}

fn listen(tools: &Tools, clip: &Probed) -> Result<Heard, Error> {
    let rate = RATE.to_string();
    let (mut samples, mut loudest, mut odd) = (0_u64, 0, None);
    clip.input(tools.ffmpeg().args(["-err_detect", "explode"]))
        .args(["-map", "0:a:0", "-vn", "-dn", "-sn", "-ac", "1", "-ar", &rate, "-f", "s16le", "pipe:1"])
        .run_into(&tools.stop, |bytes| {
            let joined: Vec<u8> = odd.take().into_iter().chain(bytes.iter().copied()).collect();
            let (whole, rest) = joined.as_chunks::<2>();
            odd = rest.first().copied();
            samples += whole.len() as u64;
            loudest = whole.iter().map(|two| i16::from_le_bytes(*two).unsigned_abs()).fold(loudest, u16::max);
        })
        .map_err(undecodable)?;
    Ok(Heard { duration: Duration::from_micros(samples * 1_000_000 / RATE as u64), silent: loudest <= SILENCE_MAX })
}

/// What was seen so far.
#[derive(Default)]
struct Gaze {
    first: Vec<u8>,
    now: Vec<u8>,
    frames: u64,
    brightest: u8,
    moved: bool,
}

impl Gaze {
    fn hear(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (some, rest) = bytes.split_at(bytes.len().min(WIDE * HIGH - self.now.len()));
            self.now.extend_from_slice(some);
            bytes = rest;
            if self.now.len() == WIDE * HIGH {
                self.see();
            }
        }
    }

    fn see(&mut self) {
        self.frames += 1;
        self.brightest = self.now.iter().copied().fold(self.brightest, u8::max);
        if self.first.is_empty() {
            self.first.clone_from(&self.now);
        }
        let apart: u64 = self.first.iter().zip(&self.now).map(|(one, two)| u64::from(one.abs_diff(*two))).sum();
        self.moved |= apart * 100 > STILL_MAX * (WIDE * HIGH) as u64;
        self.now.clear();
    }
}
