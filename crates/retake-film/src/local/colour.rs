//! Colours and what is done with them: mixing, lightening, draining.
//!
//! Knows nothing of palettes or pictures.

#![expect(clippy::float_arithmetic, reason = "it mixes colours")]

/// A colour of three parts, each from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Colour {
    pub(crate) red: f32,
    pub(crate) green: f32,
    pub(crate) blue: f32,
}

impl Colour {
    pub(crate) const WHITE: Self = Self::hex(0xff_ff_ff);
    pub(crate) const BLACK: Self = Self::hex(0x00_00_00);

    /// A colour as designers write it.
    pub(crate) const fn hex(code: u32) -> Self {
        let [_, red, green, blue] = code.to_be_bytes();
        Self { red: red as f32 / 255.0, green: green as f32 / 255.0, blue: blue as f32 / 255.0 }
    }

    /// This colour with a share of another.
    pub(crate) fn mix(self, other: Self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        let part = |from: f32, to: f32| from + (to - from) * share;
        Self { red: part(self.red, other.red), green: part(self.green, other.green), blue: part(self.blue, other.blue) }
    }

    /// As if this light fell on it.
    pub(crate) fn under(self, light: Self) -> Self {
        Self { red: self.red * light.red, green: self.green * light.green, blue: self.blue * light.blue }
    }

    pub(crate) fn lighter(self, share: f32) -> Self {
        self.mix(Self::WHITE, share)
    }

    pub(crate) fn darker(self, share: f32) -> Self {
        self.mix(Self::BLACK, share)
    }

    /// How bright it looks.
    pub(crate) fn light(self) -> f32 {
        self.red * 0.299 + self.green * 0.587 + self.blue * 0.114
    }

    /// With a share of its hue taken out.
    pub(crate) fn drained(self, share: f32) -> Self {
        let grey = self.light();
        self.mix(Self { red: grey, green: grey, blue: grey }, share)
    }

    pub(crate) fn skia(self, alpha: f32) -> tiny_skia::Color {
        let part = |value: f32| value.clamp(0.0, 1.0);
        tiny_skia::Color::from_rgba(part(self.red), part(self.green), part(self.blue), part(alpha))
            .unwrap_or(tiny_skia::Color::BLACK)
    }
}
