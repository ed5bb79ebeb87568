//! What looks random in a drawing: a sequence derived from a seed, the same on every machine.
//!
//! Knows nothing of what is drawn. Sines are computed here from plain arithmetic, since those of the system's library
//! differ in their last digits from machine to machine, and with them would the bytes of a picture.

#![expect(clippy::float_arithmetic, reason = "it makes the numbers that drawings are placed with")]

use retake_engine::id::Hash;

/// A sequence of numbers that follows from its seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    /// The sequence of a hash and the name of its use, so that two uses do not share their luck.
    pub(crate) fn of(seed: Hash, purpose: &str) -> Self {
        Self { state: Hash::of([&seed.as_bytes()[..], purpose.as_bytes()]).number() }
    }

    /// A sequence of its own, taken off this one.
    pub(crate) fn fork(&mut self) -> Self {
        Self { state: self.next() }
    }

    /// The next 64 bits (SplitMix64).
    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number from 0 up to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        unit(self.next())
    }

    /// A number between two others.
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A number around zero, up to `reach` to either side, small ones more likely.
    pub(crate) fn around(&mut self, reach: f32) -> f32 {
        (self.unit() + self.unit() - 1.0) * reach
    }

    /// Whether something of this likelihood happens.
    pub(crate) fn chance(&mut self, likelihood: f32) -> bool {
        self.unit() < likelihood
    }

    /// One of several, or nothing of none.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let count = from.len().max(1) as u64;
        from.get(usize::try_from(self.next() % count).unwrap_or_default())
    }

    /// A whole number below `count`.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        self.next() % count.max(1)
    }
}

fn mix(state: u64) -> u64 {
    let once = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let twice = (once ^ (once >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    twice ^ (twice >> 31)
}

fn unit(bits: u64) -> f32 {
    // 24 bits are what a float holds exactly.
    let top = u16::try_from(bits >> 48).unwrap_or_default();
    let low = u8::try_from((bits >> 40) & 0xff).unwrap_or_default();
    (f32::from(top) * 256.0 + f32::from(low)) / 16_777_216.0
}

/// Smooth noise along a line, from -1 to 1: what ridges, banks and clouds are shaped by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    seed: u64,
}

impl Noise {
    pub(crate) fn of(dice: &mut Dice) -> Self {
        Self { seed: dice.next() }
    }

    /// One octave, with a knot at every whole number.
    pub(crate) fn at(self, x: f32) -> f32 {
        let floor = x.floor();
        let knot = |offset: f32| {
            let place = u64::from((floor + offset).to_bits());
            unit(mix(self.seed ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15))) * 2.0 - 1.0
        };
        let part = smooth(x - floor);
        knot(0.0) + (knot(1.0) - knot(0.0)) * part
    }

    /// Several octaves, each twice as fine and half as strong.
    pub(crate) fn rough(self, x: f32, octaves: u32) -> f32 {
        let (mut sum, mut strength, mut place) = (0.0, 0.5, x);
        for _ in 0..octaves {
            sum += self.at(place) * strength;
            strength *= 0.5;
            place = place * 2.0 + 17.3;
        }
        sum
    }
}

/// From 0 to 1 with a slow beginning and end.
pub(crate) fn smooth(part: f32) -> f32 {
    let part = part.clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// The sine of a number of full turns.
pub(crate) fn sine(turns: f32) -> f32 {
    let part = (turns - turns.floor()) * 2.0;
    let (half, sign) = if part < 1.0 { (part, 1.0) } else { (part - 1.0, -1.0) };
    let bow = half * (1.0 - half);
    sign * 16.0 * bow / (5.0 - 4.0 * bow)
}

/// The cosine of a number of full turns.
pub(crate) fn cosine(turns: f32) -> f32 {
    sine(turns + 0.25)
}
