//! The voices: one cycle of each, how it swells and dies, and the loop that they play into.
//!
//! What sounds past the end of the loop sounds at its start.

#![expect(clippy::float_arithmetic, reason = "sound is made of fractions; it is never money")]

use retake_engine::id::Hash;

use super::super::dice::{Dice, smooth};
use super::{Note, RATE, Voice};

/// Samples of one cycle: a power of two, so that a phase's upper bits are a place in it.
const CYCLE: usize = 2_048;
const CYCLE_BITS: u32 = 11;

/// Below this nothing of a note is heard.
const FAINT: f32 = 0.000_15;

/// Samples of a millisecond.
const MS: f32 = 48.0;

/// How much higher a semitone is.
const SEMITONE: f64 = 1.059_463_094_359_295_3;

/// What a voice is made of.
struct Timbre {
    /// How strong each partial is, of what stays and of what fades sooner.
    body: &'static [f64],
    edge: &'static [f64],
    /// How long it swells, falls by half (never: 0), and dies away after its end.
    attack_ms: f32,
    half_ms: f32,
    edge_half_ms: f32,
    release_ms: f32,
    /// How far two of its kind are apart, in thousandths of the pitch.
    detune: f64,
    /// How loud it is beside the others.
    gain: f32,
}

fn timbre(voice: Voice) -> Timbre {
    let plain = |body, edge, times: [f32; 4], detune, gain| Timbre {
        body,
        edge,
        attack_ms: times[0],
        half_ms: times[1],
        edge_half_ms: times[2],
        release_ms: times[3],
        detune,
        gain,
    };
    match voice {
        Voice::Pad => plain(&[1.0, 0.34, 0.16, 0.06, 0.03], &[], [900.0, 0.0, 0.0, 1_400.0], 2.2, 0.110),
        Voice::Strings => {
            plain(&[1.0, 0.52, 0.36, 0.20, 0.15, 0.09, 0.06, 0.03], &[], [260.0, 0.0, 0.0, 520.0], 2.6, 0.085)
        }
        Voice::Felt => plain(
            &[1.0, 0.30, 0.07, 0.02],
            &[0.0, 0.20, 0.26, 0.14, 0.09, 0.05, 0.03],
            [7.0, 620.0, 90.0, 260.0],
            0.5,
            0.30,
        ),
        Voice::Pluck => plain(
            &[1.0, 0.42, 0.18, 0.08],
            &[0.0, 0.24, 0.30, 0.24, 0.18, 0.12, 0.08, 0.05],
            [3.5, 260.0, 60.0, 160.0],
            0.6,
            0.27,
        ),
        Voice::Bells => {
            plain(&[1.0, 0.0, 0.05, 0.16], &[0.0, 0.12, 0.0, 0.22, 0.0, 0.10], [3.0, 560.0, 110.0, 600.0], 0.8, 0.17)
        }
        Voice::Flute => plain(&[1.0, 0.20, 0.10, 0.03], &[], [110.0, 0.0, 0.0, 260.0], 1.0, 0.135),
        Voice::Synth => plain(
            &[1.0, 0.28, 0.22, 0.06],
            &[0.0, 0.20, 0.24, 0.16, 0.14, 0.10, 0.08],
            [6.0, 190.0, 70.0, 120.0],
            3.0,
            0.17,
        ),
        Voice::Bass => plain(&[1.0, 0.30, 0.08], &[0.0, 0.2, 0.12], [16.0, 1_500.0, 160.0, 220.0], 0.0, 0.30),
        Voice::Kick => plain(&[1.0], &[], [2.0, 48.0, 0.0, 60.0], 0.0, 0.40),
        Voice::Drum => plain(&[1.0, 0.2], &[], [3.0, 120.0, 0.0, 120.0], 0.0, 0.60),
        Voice::Shaker => plain(&[], &[], [8.0, 17.0, 0.0, 30.0], 0.0, 0.045),
    }
}

/// All voices, and the loop that they have played so far.
pub(super) struct Band {
    sound: Vec<[f32; 2]>,
    tables: Vec<(Voice, Vec<f32>, Vec<f32>)>,
    dice: Dice,
}

/// How a note's strength goes: up, along or down, and away after its end.
struct Swell {
    attack: f32,
    keep: f32,
    away: f32,
    length: usize,
    level: f32,
}

impl Swell {
    fn new(timbre: &Timbre, length: usize) -> Self {
        let keep = if timbre.half_ms > 0.0 { fall(timbre.half_ms) } else { 1.0 };
        Self { attack: timbre.attack_ms * MS, keep, away: timbre.release_ms * MS, length, level: 1.0 }
    }

    /// The strength at a sample; nothing when the note is over.
    fn at(&mut self, index: usize) -> Option<f32> {
        let place = float(index);
        self.level *= self.keep;
        let up = if place < self.attack { smooth(place / self.attack) } else { 1.0 };
        let after = float(index.saturating_sub(self.length)) / self.away;
        if after >= 1.0 || self.level < FAINT {
            return None;
        }
        // The last of a decay is taken down to nothing, so that it ends without a step.
        let tail = smooth((self.level - FAINT) / (FAINT * 8.0));
        Some(up * self.level * (1.0 - smooth(after)) * tail)
    }
}

impl Band {
    pub(super) fn new(moments: usize, seed: Hash) -> Self {
        Self { sound: vec![[0.0; 2]; moments], tables: Vec::new(), dice: Dice::of(seed, "band") }
    }

    /// The loop.
    pub(super) fn sound(self) -> Vec<[f32; 2]> {
        self.sound
    }

    pub(super) fn play(&mut self, note: &Note) {
        match note.voice {
            Voice::Kick => self.thump(note, (108.0, 46.0, 1_500.0)),
            Voice::Drum => self.thump(note, (92.0, 58.0, 3_600.0)),
            Voice::Shaker => self.shake(note),
            _ => self.tone(note),
        }
    }

    /// A pitched note: two of a kind, a little apart in pitch and place.
    fn tone(&mut self, note: &Note) {
        let timbre = timbre(note.voice);
        let (body, edge) = self.table(note.voice, &timbre);
        let tune = timbre.detune / 1_000.0;
        let hertz = hertz(note.pitch);
        let sides = if timbre.detune > 0.0 { [note.side - 0.35, note.side + 0.35] } else { [note.side; 2] };
        // What swells slowly may begin anywhere in its cycle; what is struck begins at its beginning.
        let free = timbre.attack_ms > 50.0;
        let strings: Vec<(u32, u32, [f32; 2])> = [(1.0 - tune / 2.0, sides[0]), (1.0 + tune / 2.0, sides[1])]
            .into_iter()
            .map(|(share, side)| {
                let start = if free { u32::try_from(self.dice.below(1 << 32)).unwrap_or(0) } else { 0 };
                (start, step(hertz * share), spread(side))
            })
            .collect();
        let sway = if matches!(note.voice, Voice::Flute | Voice::Strings) { 0.0028 } else { 0.0 };
        let (mut one, mut two) = (strings[0], strings[1]);
        let mut swell = Swell::new(&timbre, note.length as usize);
        let edge_keep = if timbre.edge_half_ms > 0.0 { fall(timbre.edge_half_ms) } else { 1.0 };
        let (force, mut bright) = (note.force * timbre.gain * 0.5, note.force.min(1.0));
        let lfo = step(5.1);
        let mut turn = 0_u32;
        let mut at = note.start as usize % self.sound.len();
        let (steps, mut index) = ([one.1, two.1], 0);
        while let Some(strength) = swell.at(index) {
            if sway > 0.0 && index % 32 == 0 {
                turn = turn.wrapping_add(lfo.wrapping_mul(32));
                let way = sway * super::super::dice::sine(unit(turn)) * smooth(float(index) / 30_000.0);
                one.1 = bend(steps[0], way);
                two.1 = bend(steps[1], way);
            }
            let mut first = look(&body, one.0);
            let mut second = look(&body, two.0);
            if !edge.is_empty() && bright > 0.001 {
                first += look(&edge, one.0) * bright;
                second += look(&edge, two.0) * bright;
                bright *= edge_keep;
            }
            let strength = strength * force;
            if let Some(frame) = self.sound.get_mut(at) {
                frame[0] += (first * one.2[0] + second * two.2[0]) * strength;
                frame[1] += (first * one.2[1] + second * two.2[1]) * strength;
            }
            one.0 = one.0.wrapping_add(one.1);
            two.0 = two.0.wrapping_add(two.1);
            at = if at + 1 == self.sound.len() { 0 } else { at + 1 };
            index += 1;
        }
    }

    /// A drum: a tone that falls from a pitch to another within so many samples.
    fn thump(&mut self, note: &Note, fall: (f64, f64, f32)) {
        let timbre = timbre(note.voice);
        let (body, _) = self.table(note.voice, &timbre);
        let mut swell = Swell::new(&timbre, note.length as usize);
        let sides = spread(note.side);
        let (mut phase, mut index) = (0_u32, 0);
        let mut at = note.start as usize % self.sound.len();
        while let Some(strength) = swell.at(index) {
            let way = smooth(float(index) / fall.2);
            let high = 1.0 - f64::from(way);
            phase = phase.wrapping_add(step(fall.1 + (fall.0 - fall.1) * high * high));
            let sample = look(&body, phase) * strength * note.force * timbre.gain;
            self.add(&mut at, [sample * sides[0], sample * sides[1]]);
            index += 1;
        }
    }

    /// A shaker: noise without its lower half.
    fn shake(&mut self, note: &Note) {
        let timbre = timbre(note.voice);
        let mut swell = Swell::new(&timbre, note.length as usize);
        let sides = spread(note.side);
        let mut dice = self.dice.fork();
        let (mut last, mut smooth_, mut index) = (0.0, 0.0, 0);
        let mut at = note.start as usize % self.sound.len();
        while let Some(strength) = swell.at(index) {
            let noise = dice.between(-1.0, 1.0);
            smooth_ += (noise - last - smooth_) * 0.6;
            last = noise;
            let sample = smooth_ * strength * note.force * timbre.gain;
            self.add(&mut at, [sample * sides[0], sample * sides[1]]);
            index += 1;
        }
    }

    fn add(&mut self, at: &mut usize, samples: [f32; 2]) {
        if let Some(frame) = self.sound.get_mut(*at) {
            frame[0] += samples[0];
            frame[1] += samples[1];
        }
        *at = if *at + 1 == self.sound.len() { 0 } else { *at + 1 };
    }

    fn table(&mut self, voice: Voice, timbre: &Timbre) -> (Vec<f32>, Vec<f32>) {
        if let Some((_, body, edge)) = self.tables.iter().find(|(known, ..)| *known == voice) {
            return (body.clone(), edge.clone());
        }
        let (body, edge) = (cycle(timbre.body), cycle(timbre.edge));
        self.tables.push((voice, body.clone(), edge.clone()));
        (body, edge)
    }
}

/// One cycle of these partials, and its first sample again; nothing of none.
#[expect(clippy::cast_possible_truncation, reason = "a cycle needs no more digits than its samples have")]
fn cycle(partials: &[f64]) -> Vec<f32> {
    if partials.is_empty() {
        return Vec::new();
    }
    let whole = f64::from(u32::try_from(CYCLE).unwrap_or(u32::MAX));
    (0..=CYCLE)
        .map(|index| {
            let of = |(number, strength): (usize, &f64)| {
                let place = u32::try_from(index * (number + 1) % CYCLE).unwrap_or(0);
                strength * sine(f64::from(place) / whole)
            };
            partials.iter().enumerate().map(of).sum::<f64>() as f32
        })
        .collect()
}

/// The sine of a share of a turn from 0 to 1, by its series about the nearest quarter.
fn sine(turn: f64) -> f64 {
    let (turn, sign) = if turn >= 0.5 { (turn - 0.5, -1.0) } else { (turn, 1.0) };
    let turn = if turn > 0.25 { 0.5 - turn } else { turn };
    let x = turn * std::f64::consts::TAU;
    let (mut sum, mut term) = (x, x);
    for number in 1..9u8 {
        let even = f64::from(number) * 2.0;
        term *= -x * x / (even * (even + 1.0));
        sum += term;
    }
    sum * sign
}

/// Between two samples of a cycle.
fn look(table: &[f32], phase: u32) -> f32 {
    let place = (phase >> (32 - CYCLE_BITS)) as usize;
    let part = unit(phase << CYCLE_BITS);
    match table.get(place..place + 2) {
        Some([one, two]) => one + (two - one) * part,
        _ => 0.0,
    }
}

/// A phase as a share of a turn.
fn unit(phase: u32) -> f32 {
    f32::from(u16::try_from(phase >> 16).unwrap_or(0)) / 65_536.0
}

/// How far a phase goes with each sample.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pitch is above zero and below the rate")]
fn step(hertz: f64) -> u32 {
    (hertz * 4_294_967_296.0 / f64::from(RATE)) as u32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it stays near what it was")]
fn bend(step: u32, way: f32) -> u32 {
    (f64::from(step) * (1.0 + f64::from(way))) as u32
}

/// The pitch of a key, by steps from the one that is 440.
fn hertz(pitch: u8) -> f64 {
    let mut hertz = 440.0;
    for _ in 69..pitch {
        hertz *= SEMITONE;
    }
    for _ in pitch..69 {
        hertz /= SEMITONE;
    }
    hertz
}

/// The factor by which something that halves in so many milliseconds falls with each sample.
fn fall(half_ms: f32) -> f32 {
    1.0 - std::f32::consts::LN_2 / (half_ms * MS)
}

/// How loud a place from left to right is in each channel: equal power, without sines.
fn spread(side: f32) -> [f32; 2] {
    let right = (side.clamp(-1.0, 1.0) + 1.0) / 2.0;
    [(1.0 - right).sqrt(), right.sqrt()]
}

#[expect(clippy::cast_precision_loss, reason = "a note is far shorter than what a float holds exactly")]
fn float(index: usize) -> f32 {
    index as f32
}
