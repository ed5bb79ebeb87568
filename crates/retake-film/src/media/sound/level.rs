//! Measures loudness and true peaks, after EBU R 128.

use std::path::Path;

use ebur128::{EbuR128, Mode};

use super::super::Error;
use super::super::canvas::SAMPLE_RATE;
use super::wave::Wave;
use super::{GAIN_MAX_DB, LOUDNESS_LUFS};

/// How loud a sound is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loudness {
    /// Over its whole length, in LUFS; nothing for silence and what is too short to tell.
    pub integrated: Option<f64>,
    /// Its highest point between and on the samples, in dBTP; nothing for silence.
    pub peak: Option<f64>,
}

/// Listens to samples.
pub(super) struct Meter(Option<EbuR128>);

impl Meter {
    pub(super) fn new() -> Self {
        Self(EbuR128::new(2, SAMPLE_RATE, Mode::I | Mode::TRUE_PEAK).ok())
    }

    pub(super) fn hear(&mut self, samples: &[f32]) {
        if let Some(meter) = &mut self.0 {
            // It fails on half a moment alone, and there is none.
            let _ = meter.add_frames_f32(samples);
        }
    }

    pub(super) fn loudness(&self) -> Loudness {
        let Some(meter) = &self.0 else { return Loudness { integrated: None, peak: None } };
        let integrated = meter.loudness_global().ok().filter(|loud| loud.is_finite());
        let peak = (0..2).filter_map(|channel| meter.true_peak(channel).ok()).fold(0.0, f64::max);
        Loudness { integrated, peak: (peak > 0.0).then(|| 20.0 * peak.log10()) }
    }
}

/// The factor of so many decibels.
pub(super) fn factor(decibels: f64) -> f32 {
    #[expect(clippy::cast_possible_truncation, reason = "a gain needs no more digits than the samples have")]
    let factor = 10_f64.powf(decibels / 20.0) as f32;
    factor
}

/// The factor that brings a voice to the loudness that all have.
pub(super) fn levelling(path: &Path) -> Result<f32, Error> {
    let failed = |error| Error::file("read", path)(error);
    let mut wave = Wave::open(path).map_err(failed)?;
    let mut meter = Meter::new();
    let mut at = 0;
    while at < wave.length {
        meter.hear(&wave.read(at, 4800).map_err(failed)?);
        at += 4800;
    }
    let gain = meter.loudness().integrated.map_or(0.0, |loud| (LOUDNESS_LUFS - loud).min(GAIN_MAX_DB));
    Ok(factor(gain))
}
