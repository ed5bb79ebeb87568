//! The sound of the film: mixed once, levelled, measured, and encoded in one stream.
//!
//! It owns loudness: what is delivered is measured as delivered, after the encoder, and made again until it fits. It
//! must not know whose voice it is or where music came from.

#![expect(clippy::float_arithmetic, reason = "sound is measured in fractions; it is never money")]

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::canvas::SAMPLE_RATE;
use super::probe::{Probed, undecodable};
use super::process::Input;
use super::{Canvas, Error, Part, Tools, encode, url};

mod envelope;
mod level;
mod limiter;
mod mixer;
mod wave;

pub use level::Loudness;
pub use mixer::{ClipSound, Mix, Music, Own, Voice};

use level::Meter;
use limiter::Limiter;
use mixer::{Mixer, Plan};

/// How loud a film is, over its whole length.
pub const LOUDNESS_LUFS: f64 = -16.0;
/// How far it may be from that.
pub const TOLERANCE_LU: f64 = 1.0;
/// How high its peaks may go.
pub const PEAK_MAX_DBTP: f64 = -1.0;
/// How much it may be raised.
pub const GAIN_MAX_DB: f64 = 20.0;
/// Where peaks are held before the encoder, which raises them.
const CEILING_DBTP: f64 = -2.0;
/// How often it is made again until it fits.
const TRIES: usize = 4;
/// How far from the goal is near enough to stop.
const NEAR_LU: f64 = 0.5;
/// The same before the encoder, where it costs little.
const SETTLED_LU: f64 = 0.1;
/// How many passes look for the gain, and how much gain a unit of loudness may take.
const PASSES: usize = 8;
const SLOPE_MAX: f64 = 6.0;

/// Decodes a foreign file's sound into plain samples of 48,000 a second, two channels.
///
/// # Errors
///
/// When it cannot be decoded.
pub fn decode(tools: &Tools, sound: &Probed, file: &Path) -> Result<PathBuf, Error> {
    let part = Part::new(file.to_owned());
    let rate = SAMPLE_RATE.to_string();
    let command = sound.input(tools.ffmpeg()).args(["-map", "0:a:0", "-vn", "-dn", "-sn", "-ac", "2", "-ar", &rate]);
    let pcm = ["-c:a", "pcm_s16le", "-map_metadata", "-1", "-fflags", "+bitexact", "-f", "wav"];
    command.args(pcm).arg(url(part.path())).run(&tools.stop).map_err(undecodable)?;
    part.keep()
}

/// Mixes and encodes the sound of a film, into a file. What comes back was measured on it.
///
/// # Errors
///
/// When a sound cannot be read, or the encoder fails.
pub fn mix(tools: &Tools, canvas: Canvas, mix: &Mix, file: &Path) -> Result<(PathBuf, Loudness), Error> {
    let plan = mixer::plan(mix, canvas)?;
    let failed = |error| Error::file("read the sounds for", file)(error);
    let part = Part::new(file.to_owned());
    let (mut ceiling, mut goal) = (CEILING_DBTP, LOUDNESS_LUFS);
    let mut measured = Loudness { integrated: None, peak: None };
    for _ in 0..TRIES {
        let gain = settle(&plan, goal, ceiling).map_err(failed)?;
        compress(tools, Box::new(Stream::open(&plan, gain, ceiling)), part.path())?;
        measured = measure(tools, part.path())?;
        let off = measured.integrated.map_or(0.0, |loud| LOUDNESS_LUFS - loud);
        let over = measured.peak.map_or(0.0, |peak| peak - PEAK_MAX_DBTP);
        if over <= 0.0 && (off.abs() <= NEAR_LU || gain >= GAIN_MAX_DB) {
            break;
        }
        ceiling -= if over > 0.0 { over + 0.2 } else { 0.0 };
        goal += off;
    }
    Ok((part.keep()?, measured))
}

/// The gain with which a mix comes as near to a loudness as a ceiling lets it. Each pass only mixes and measures, which
/// takes a fraction of what an encoder takes.
fn settle(plan: &Plan, goal: f64, ceiling: f64) -> io::Result<f64> {
    let mut meter = Meter::new();
    let mut mixer = Mixer::open(plan);
    while let Some(block) = mixer.block()? {
        meter.hear(&block);
    }
    let Some(mut loud) = meter.loudness().integrated else { return Ok(0.0) };
    // How much gain a unit of loudness takes: one, and more where the ceiling takes some of it back.
    let (mut gain, mut slope) = (0.0, 1.0);
    for _ in 0..PASSES {
        let next = f64::min(gain + (goal - loud) * slope, GAIN_MAX_DB);
        let step = next - gain;
        if step.abs() < SETTLED_LU {
            break;
        }
        let mut stream = Stream::open(plan, next, ceiling);
        let mut meter = Meter::new();
        while let Some(block) = stream.block()? {
            meter.hear(&block);
        }
        let now = meter.loudness().integrated.unwrap_or(loud);
        let raised = now - loud;
        slope = if raised.abs() < SETTLED_LU { SLOPE_MAX } else { (step / raised).clamp(1.0, SLOPE_MAX) };
        (gain, loud) = (next, now);
    }
    Ok(gain)
}

fn compress(tools: &Tools, samples: Box<dyn Read + Send>, file: &Path) -> Result<(), Error> {
    let rate = SAMPLE_RATE.to_string();
    tools
        .ffmpeg()
        .args(["-protocol_whitelist", "pipe", "-f", "f32le", "-ar", &rate, "-ac", "2", "-i", "pipe:0"])
        .args(["-c:a", "aac", "-b:a", "160k", "-flags:a", "+bitexact"])
        .args(encode::MP4)
        .arg(url(file))
        .input(Input::Reader(samples))
        .run(&tools.stop)?;
    Ok(())
}

/// Measures the sound of a file of ours, as whoever plays it hears it.
///
/// # Errors
///
/// When it cannot be decoded.
pub fn measure(tools: &Tools, file: &Path) -> Result<Loudness, Error> {
    let rate = SAMPLE_RATE.to_string();
    let mut meter = Meter::new();
    let mut rest = Vec::new();
    tools
        .ffmpeg()
        .args(["-protocol_whitelist", "file", "-f", "mov", "-i"])
        .arg(url(file))
        .args(["-map", "0:a:0", "-f", "f32le", "-ac", "2", "-ar", &rate, "-protocol_whitelist", "pipe", "pipe:1"])
        .run_into(&tools.stop, |bytes| {
            rest.extend_from_slice(bytes);
            let (whole, left) = rest.as_chunks::<8>();
            let samples: Vec<f32> =
                whole.as_flattened().as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
            meter.hear(&samples);
            rest = left.to_vec();
        })?;
    Ok(meter.loudness())
}

/// The mixed and limited sound, as bytes.
struct Stream {
    mixer: Mixer,
    limiter: Limiter,
    bytes: Vec<u8>,
    at: usize,
}

impl Stream {
    fn open(plan: &Plan, gain: f64, ceiling: f64) -> Self {
        Self { mixer: Mixer::open(plan), limiter: Limiter::new(gain, ceiling), bytes: Vec::new(), at: 0 }
    }

    /// The next samples; nothing at the end.
    fn block(&mut self) -> io::Result<Option<Vec<f32>>> {
        Ok(match self.mixer.block()? {
            Some(block) => self.limiter.pass(&block),
            None => self.limiter.rest(),
        })
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.bytes.len() {
            let Some(block) = self.block()? else { return Ok(0) };
            self.bytes = block.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            self.at = 0;
        }
        let count = into.len().min(self.bytes.len() - self.at);
        into[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
