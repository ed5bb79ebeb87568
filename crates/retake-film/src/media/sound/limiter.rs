//! Raises sound and holds its peaks below a ceiling.
//!
//! It looks ahead, so that a peak is met by a gain that is already low, and it looks between the samples, since that
//! is where a player finds peaks.

use std::collections::VecDeque;

use super::level::factor;

/// How far it looks ahead, in moments: 5 ms.
const AHEAD: usize = 240;
const FULL: f64 = 240.0;
/// How much of the way back to full gain is done in a moment: most of it in 80 ms.
const RELEASE: f32 = 1.0 / 3840.0;
/// How many samples on each side tell what lies between two.
const SIDE: usize = 8;
/// How much of the way between two samples each step goes.
const STEPS: [f64; 3] = [0.25, 0.5, 0.75];

/// A gain, and a ceiling that holds whatever the gain.
pub(super) struct Limiter {
    gain: f32,
    ceiling: f32,
    between: [[f32; 2 * SIDE]; 3],
    /// Moments that have not left yet, both channels.
    waiting: VecDeque<[f32; 2]>,
    /// The gains that the moments looked at allow, lowest first: when, and how much.
    lowest: VecDeque<(usize, f32)>,
    /// The gains of the last moments, whose mean is taken; their sum, and how many of them lower anything.
    recent: VecDeque<f32>,
    sum: f64,
    lowering: usize,
    held: f32,
    judged: usize,
    ended: bool,
}

impl Limiter {
    pub(super) fn new(gain_db: f64, ceiling_db: f64) -> Self {
        Self {
            gain: factor(gain_db),
            ceiling: factor(ceiling_db),
            between: STEPS.map(taps),
            waiting: std::iter::repeat_n([0.0; 2], SIDE - 1).collect(),
            lowest: VecDeque::new(),
            recent: std::iter::repeat_n(1.0, AHEAD).collect(),
            sum: FULL,
            lowering: 0,
            held: 1.0,
            judged: 0,
            ended: false,
        }
    }

    /// Takes samples in and lets those out whose future is known.
    pub(super) fn pass(&mut self, samples: &[f32]) -> Option<Vec<f32>> {
        let mut out = Vec::with_capacity(samples.len());
        for moment in samples.as_chunks::<2>().0 {
            self.take(*moment, &mut out);
        }
        Some(out)
    }

    /// Lets the last ones out, once.
    pub(super) fn rest(&mut self) -> Option<Vec<f32>> {
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        let mut out = Vec::new();
        for _ in 1..AHEAD + SIDE {
            self.take([0.0; 2], &mut out);
        }
        Some(out)
    }

    /// One moment in, at most one out, as far behind as is looked ahead.
    fn take(&mut self, moment: [f32; 2], out: &mut Vec<f32>) {
        self.waiting.push_back(moment.map(|sample| sample * self.gain));
        // The moment that now has `SIDE` moments after it is judged.
        let Some(at) = self.waiting.len().checked_sub(2 * SIDE) else { return };
        let peak = self.peak(at);
        let allowed = if peak > self.ceiling { self.ceiling / peak } else { 1.0 };
        while self.lowest.back().is_some_and(|(_, gain)| *gain >= allowed) {
            self.lowest.pop_back();
        }
        self.lowest.push_back((self.judged, allowed));
        if self.lowest.front().is_some_and(|(when, _)| when + AHEAD <= self.judged) {
            self.lowest.pop_front();
        }
        let low = self.lowest.front().map_or(1.0, |(_, gain)| *gain);
        let back = self.held + (1.0 - self.held) * RELEASE;
        self.held = low.min(if back > 0.9999 { 1.0 } else { back });
        self.remember();
        self.judged += 1;
        if self.judged >= AHEAD {
            self.leave(out);
        }
    }

    /// Takes the gain that is held into the mean, and the oldest out of it.
    fn remember(&mut self) {
        let oldest = self.recent.pop_front().unwrap_or(1.0);
        self.recent.push_back(self.held);
        self.lowering = self.lowering + usize::from(self.held < 1.0) - usize::from(oldest < 1.0);
        self.sum += f64::from(self.held) - f64::from(oldest);
        if self.lowering == 0 {
            // Nothing is left of what adding and taking away rounded.
            self.sum = FULL;
        }
    }

    /// Lets the oldest moment out, at the mean of the gains that were held while it waited.
    fn leave(&mut self, out: &mut Vec<f32>) {
        #[expect(clippy::cast_possible_truncation, reason = "a gain needs no more digits than samples")]
        let mean = (self.sum / FULL) as f32;
        // Before the oldest stand those that are still needed to look around it.
        let Some(moment) = self.waiting.get(SIDE - 1).copied() else { return };
        self.waiting.pop_front();
        out.extend(moment.map(|sample| sample * mean));
    }

    /// The highest point at a moment and between it and the next.
    fn peak(&self, at: usize) -> f32 {
        let around = self.waiting.range(at..at + 2 * SIDE);
        let highest = around.clone().flatten().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        // What lies between is at most about twice as high as what lies around.
        if highest * 2.5 < self.ceiling {
            return highest;
        }
        let here = self.waiting.range(at + SIDE - 1..=at + SIDE).flatten();
        let mut peak = here.fold(0.0_f32, |most, sample| most.max(sample.abs()));
        for taps in &self.between {
            let mut sums = [0.0_f32; 2];
            for (tap, moment) in taps.iter().zip(around.clone()) {
                sums[0] += tap * moment[0];
                sums[1] += tap * moment[1];
            }
            peak = peak.max(sums[0].abs()).max(sums[1].abs());
        }
        peak
    }
}

/// The weights of the samples around for a point between the two in the middle.
fn taps(step: f64) -> [f32; 2 * SIDE] {
    std::array::from_fn(|index| {
        #[expect(clippy::cast_precision_loss, reason = "there are sixteen")]
        let distance = index as f64 - (SIDE as f64 - 1.0) - step;
        let angle = distance * std::f64::consts::PI;
        #[expect(clippy::cast_precision_loss, reason = "it is eight")]
        let window = 0.5 + 0.5 * (angle / (SIDE as f64 + 0.5)).cos();
        #[expect(clippy::cast_possible_truncation, reason = "weights need no more digits than samples")]
        let tap = (angle.sin() / angle * window) as f32;
        tap
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_samples_leave_as_come_and_none_is_too_high() {
        let mut limiter = Limiter::new(12.0, -2.0);
        let tone = |at: u16| (f32::from(at) * 0.61).sin() * if at % 3000 < 700 { 0.9 } else { 0.02 };
        let samples: Vec<f32> = (0..20_000).map(tone).flat_map(|sample| [sample, -sample]).collect();
        let mut out = limiter.pass(&samples).expect("it passes");
        out.extend(limiter.rest().expect("there is a rest"));
        assert_eq!(out.len(), samples.len());
        let ceiling = factor(-2.0) * 1.001;
        assert!(out.iter().all(|sample| sample.abs() <= ceiling));
    }

    #[test]
    fn what_is_low_enough_passes_unchanged() {
        let samples: Vec<f32> = (0..4000_u16).map(|at| (f32::from(at) * 0.1).sin() * 0.3).collect();
        let mut limiter = Limiter::new(0.0, -2.0);
        let mut out = limiter.pass(&samples).expect("it passes");
        out.extend(limiter.rest().expect("there is a rest"));
        assert!(out == samples);
    }
}
