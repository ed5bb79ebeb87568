//! The room that all play in: eight delays that feed each other, a little duller each time around.
//!
//! The sound is a loop, so the room is played before it begins: what it echoes at the start is the end.

#![expect(clippy::float_arithmetic, reason = "sound is made of fractions; it is never money")]

use super::RATE;

/// How long each delay is, in samples; no two have a common measure.
const DELAYS: [usize; 8] = [1_423, 1_777, 2_137, 2_539, 2_953, 3_371, 3_767, 4_133];

/// How much of the treble stays each time around.
const DAMP: f32 = 0.42;

/// What is taken from below, of what is sent in and of all: shares of a one-pole low pass (about 150 and 25 Hz).
const SEND_LOW: f32 = 0.02;
const FLOOR: f32 = 0.003_3;

/// One over the square root of eight.
const SPREAD: f32 = 0.353_553_4;

pub(super) struct Room {
    lines: [Vec<f32>; 8],
    at: [usize; 8],
    keep: [f32; 8],
    dull: [f32; 8],
    low: [f32; 2],
    floor: [f32; 2],
}

impl Room {
    /// A room that falls by 60 dB in so many seconds.
    pub(super) fn new(seconds: f32) -> Self {
        let keep = DELAYS.map(|delay| {
            let delay = f32::from(u16::try_from(delay).unwrap_or(u16::MAX));
            1.0 / exp(6.907_755 * delay / (seconds * f32::from(u16::try_from(RATE).unwrap_or(u16::MAX))))
        });
        let lines = DELAYS.map(|delay| vec![0.0; delay]);
        Self { lines, at: [0; 8], keep, dull: [0.0; 8], low: [0.0; 2], floor: [0.0; 2] }
    }

    /// Adds so much of the room to a loop.
    pub(super) fn play(mut self, sound: &mut [[f32; 2]], wet: f32, warm_up: usize) {
        let length = sound.len();
        if length == 0 {
            return;
        }
        let mut at = (length - warm_up % length) % length;
        for _ in 0..warm_up {
            let dry = sound.get(at).copied().unwrap_or_default();
            let _ = self.pass(dry, wet);
            at = if at + 1 == length { 0 } else { at + 1 };
        }
        for frame in sound {
            *frame = self.pass(*frame, wet);
        }
    }

    fn pass(&mut self, dry: [f32; 2], wet: f32) -> [f32; 2] {
        let mut send = dry;
        for (sent, low) in send.iter_mut().zip(&mut self.low) {
            *low += (*sent - *low) * SEND_LOW;
            *sent -= *low;
        }
        let mut heard = [0.0; 8];
        for (index, sound) in heard.iter_mut().enumerate() {
            let raw = self.lines[index][self.at[index]];
            self.dull[index] += (raw - self.dull[index]) * DAMP;
            *sound = self.dull[index] * self.keep[index];
        }
        let [a, b, c, d, e, f, g, h] = heard;
        let echo = [(a - c + e - g) * 0.5, (b - d + f - h) * 0.5];
        for (index, back) in mixed(heard).into_iter().enumerate() {
            let at = self.at[index];
            self.lines[index][at] = back + send[index % 2];
            self.at[index] = if at + 1 == DELAYS[index] { 0 } else { at + 1 };
        }
        let mut out = [dry[0] + echo[0] * wet, dry[1] + echo[1] * wet];
        for (sample, floor) in out.iter_mut().zip(&mut self.floor) {
            *floor += (*sample - *floor) * FLOOR;
            *sample -= *floor;
        }
        out
    }
}

/// Mixes eight so that none is lost and none is louder (a Hadamard matrix).
fn mixed(from: [f32; 8]) -> [f32; 8] {
    let mut mix = from;
    for reach in [1, 2, 4] {
        for index in 0..8 {
            if index & reach == 0 {
                let (one, two) = (mix[index], mix[index + reach]);
                mix[index] = one + two;
                mix[index + reach] = one - two;
            }
        }
    }
    mix.map(|sample| sample * SPREAD)
}

/// The exponential of a small number, by its series.
fn exp(x: f32) -> f32 {
    let (mut sum, mut term) = (1.0, 1.0);
    for number in 1..12u8 {
        term *= x / f32::from(number);
        sum += term;
    }
    sum
}
