//! The few colours that a picture is printed in.
//!
//! Owns every palette and how weather and mood bend one. Knows nothing of shapes.

use std::collections::BTreeSet;

use super::super::colour::Colour;
use super::super::dice::Dice;
use super::motif::Motif;

/// The time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hour {
    /// The sun is low and the air is cool.
    Dawn,
    /// The sun is high.
    Day,
    /// The sun is low and the air is warm.
    Dusk,
    /// There is none.
    Night,
}

/// The colours of one picture.
#[derive(Clone, Debug)]
pub(crate) struct Palette {
    /// The sky from its top to the horizon.
    pub(crate) sky: [Colour; 4],
    /// What is nearest and darkest.
    pub(crate) near: Colour,
    /// Sun, moon, lamps, and what they touch.
    pub(crate) light: Colour,
    /// How much of its own colour the land shows in this light.
    pub(crate) local: f32,
}

const fn palette(sky: [u32; 4], near: u32, light: u32, local: f32) -> Palette {
    let [top, upper, lower, horizon] = sky;
    Palette {
        sky: [Colour::hex(top), Colour::hex(upper), Colour::hex(lower), Colour::hex(horizon)],
        near: Colour::hex(near),
        light: Colour::hex(light),
        local,
    }
}

const DAY: [Palette; 4] = [
    palette([0x2f7fb0, 0x74b7d4, 0xc9e4e3, 0xfbf0d6], 0x1f4a4f, 0xfff6d8, 0.78),
    palette([0x4fa3ad, 0x94c9c4, 0xd6e8d4, 0xfdf1ce], 0x27504c, 0xfff3cf, 0.76),
    palette([0x5b8fc7, 0x9dc1e0, 0xd9e6ec, 0xfaf0df], 0x2c4566, 0xfffaea, 0.76),
    palette([0x3b8ea5, 0x86c0c0, 0xe6e3c4, 0xf9dfae], 0x2b4a55, 0xfff1c4, 0.74),
];

const DAWN: [Palette; 3] = [
    palette([0x2b3a67, 0x8b6a9e, 0xee9f86, 0xffdca6], 0x2f2f55, 0xfff0cc, 0.40),
    palette([0x44688e, 0x9fa9bf, 0xf3c3a6, 0xfde6bd], 0x35445f, 0xfff6dc, 0.48),
    palette([0x3d5a80, 0x8fa6c4, 0xf2b8b5, 0xffe3c7], 0x333a5e, 0xfff4e0, 0.44),
];

const DUSK: [Palette; 4] = [
    palette([0x1d1b3a, 0x57316b, 0xc9506a, 0xffb067], 0x201a36, 0xffe0a0, 0.30),
    palette([0x24364f, 0x6d5a78, 0xd9785a, 0xffc46b], 0x1f2438, 0xffe7ae, 0.34),
    palette([0x3a1f3d, 0x8c3a4f, 0xe2694a, 0xffc56e], 0x2a1629, 0xffe9b0, 0.32),
    palette([0x1f3a5f, 0x4d6f8f, 0xe29a6e, 0xffd58a], 0x1c2a40, 0xffeebb, 0.36),
];

const NIGHT: [Palette; 3] = [
    palette([0x060a1c, 0x10204a, 0x27457a, 0x5d83b0], 0x080f22, 0xffe9b8, 0.20),
    palette([0x06141c, 0x0d2f3d, 0x1f5563, 0x63999a], 0x06141b, 0xffe6ad, 0.20),
    palette([0x120b26, 0x261a4d, 0x4a3a7d, 0x917fb0], 0x0e0a20, 0xffe3b5, 0.20),
];

const MIST: [Palette; 2] = [
    palette([0x4d6670, 0x7d979b, 0xb7c6c2, 0xe6e5d8], 0x2a3f45, 0xfff3da, 0.48),
    palette([0x5b6478, 0x8b93a3, 0xc2c5c8, 0xece8df], 0x333c4c, 0xfff1dd, 0.45),
];

const STORM: [Palette; 2] = [
    palette([0x141c28, 0x2a3a48, 0x4d6470, 0x93a7a5], 0x0d151d, 0xfff0c8, 0.35),
    palette([0x1b2030, 0x38405a, 0x5f6c85, 0xa9adb0], 0x10141f, 0xffedc4, 0.35),
];

const WINTER: [Palette; 2] = [
    palette([0x7f97b0, 0xa9bbcc, 0xd3dde6, 0xf4efe6], 0x3d4f66, 0xfff5e2, 0.72),
    palette([0x6d8fae, 0x9fb9cf, 0xd9e2e8, 0xfbeee0], 0x33475f, 0xfff3dd, 0.72),
];

const DESERT: Palette = palette([0x3f78a8, 0x93b8c8, 0xf1d9ae, 0xfbe9c8], 0x7d3f2a, 0xfff3d0, 0.80);

const SPACE: [Palette; 3] = [
    palette([0x05060f, 0x0d1030, 0x2b1b5a, 0x6b3f8f], 0x04050c, 0xffe2b0, 0.6),
    palette([0x03080f, 0x08202f, 0x124858, 0x2f8383], 0x02060a, 0xffe0b8, 0.6),
    palette([0x0a0510, 0x250d2e, 0x5a1f47, 0xa6465a], 0x070309, 0xffe5bd, 0.6),
];

impl Palette {
    /// The palette of a picture at this hour, bent by what the prompt asks for.
    pub(crate) fn of(hour: Hour, wanted: &BTreeSet<Motif>, desert: bool, space: bool, dice: &mut Dice) -> Self {
        let has = |motif| wanted.contains(&motif);
        let set: &[Self] = match hour {
            Hour::Dawn => &DAWN,
            Hour::Day => &DAY,
            Hour::Dusk => &DUSK,
            Hour::Night => &NIGHT,
        };
        let mut one = |set: &[Self]| dice.pick(set).cloned().unwrap_or(DESERT);
        let mut found = one(set);
        if space {
            return one(&SPACE).in_mood(wanted);
        }
        if desert && hour == Hour::Day {
            found = DESERT;
        }
        let plain = if hour == Hour::Day { 1.0 } else { 0.3 };
        let dark = if hour == Hour::Night { 0.12 } else { plain };
        if has(Motif::Storm) {
            found = found.mixed(&one(&STORM), if hour == Hour::Night { 0.4 } else { 0.9 });
        } else if has(Motif::Fog) || has(Motif::Rain) {
            found = found.mixed(&one(&MIST), dark);
        } else if has(Motif::Snow) {
            found = found.mixed(&one(&WINTER), dark);
        }
        found.in_mood(wanted)
    }

    fn mixed(&self, other: &Self, share: f32) -> Self {
        self.changed(
            other.near,
            other.light,
            |index, colour| colour.mix(other.sky.get(index).copied().unwrap_or(colour), share),
            share,
        )
    }

    fn changed(&self, near: Colour, light: Colour, each: impl Fn(usize, Colour) -> Colour, share: f32) -> Self {
        let [top, upper, lower, horizon] = self.sky;
        Self {
            sky: [each(0, top), each(1, upper), each(2, lower), each(3, horizon)],
            near: self.near.mix(near, share),
            light: self.light.mix(light, share),
            local: self.local,
        }
    }

    fn in_mood(self, wanted: &BTreeSet<Motif>) -> Self {
        let tint = |palette: &Self, tint: Colour, share: f32| {
            let washed = |colour: Colour| colour.mix(tint.mix(colour.lighter(0.3), 0.4), share);
            palette.changed(washed(palette.near), washed(palette.light), |_, colour| washed(colour), 1.0)
        };
        let mut found = self;
        if wanted.contains(&Motif::Warm) {
            found = tint(&found, Colour::hex(0xe8a860), 0.22);
        }
        if wanted.contains(&Motif::Cold) {
            found = tint(&found, Colour::hex(0x4a7fb8), 0.24);
        }
        if wanted.contains(&Motif::Grey) {
            let drained = |colour: Colour| colour.drained(0.9).mix(Colour::hex(0xd8cfc0).under(colour), 0.12);
            found.local = found.local.min(0.25);
            found = found.changed(drained(found.near), found.light.drained(0.5), |_, colour| drained(colour), 1.0);
        }
        found
    }

    /// The air before the horizon: what far things fade into.
    pub(crate) fn haze(&self) -> Colour {
        self.sky[3].mix(self.sky[2], 0.35)
    }

    /// What a thing of this colour looks like in this light, at a depth from 0 (far) to 1 (near).
    pub(crate) fn lit(&self, own: Colour, depth: f32) -> Colour {
        // What is nearly white keeps more of its light, as snow does at night.
        let keep = if own.light() > 0.8 { self.local.max(0.55) } else { self.local };
        let shade = self.near.mix(own.under(self.sky[3].lighter(0.5)), keep);
        self.haze().mix(shade, depth)
    }
}
