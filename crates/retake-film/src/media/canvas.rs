//! What all frames of one film have in common.
//!
//! It owns size and rate and what follows from them. Arithmetic alone.

use super::Error;

/// How many samples of sound a second has.
pub const SAMPLE_RATE: u32 = 48_000;

/// Frame rates that divide the sample rate, so that a frame has a whole number of samples.
pub const RATES: [u32; 6] = [24, 25, 30, 48, 50, 60];

/// The longest side of a film, and the most pixels of its frame.
const SIDE_MAX: u32 = 3840;
const FRAME_PIXELS_MAX: u32 = 8_300_000;

/// Levels of H.264: name, macroblocks of a frame, macroblocks of a second (ITU-T H.264, table A-1).
const LEVELS: [(&str, u32, u32); 10] = [
    ("3.0", 1_620, 40_500),
    ("3.1", 3_600, 108_000),
    ("3.2", 5_120, 216_000),
    ("4.0", 8_192, 245_760),
    ("4.2", 8_704, 522_240),
    ("5.0", 22_080, 589_824),
    ("5.1", 36_864, 983_040),
    ("5.2", 36_864, 2_073_600),
    ("6.0", 139_264, 4_177_920),
    ("6.1", 139_264, 8_355_840),
];

/// Size and rate of a film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Canvas {
    width: u32,
    height: u32,
    fps: u32,
}

impl Canvas {
    /// A canvas, if films may have it.
    ///
    /// # Errors
    ///
    /// When a side is odd, too short or too long, or the rate is none of [`RATES`].
    pub fn new(width: u32, height: u32, fps: u32) -> Result<Self, Error> {
        let sides = [width, height].iter().all(|side| side.is_multiple_of(2) && (16..=SIDE_MAX).contains(side));
        if !sides || width * height > FRAME_PIXELS_MAX {
            return Err(Error::Impossible(format!(
                "size {width}x{height}: sides are even, from 16 to {SIDE_MAX}, with at most {FRAME_PIXELS_MAX} pixels"
            )));
        }
        if !RATES.contains(&fps) {
            return Err(Error::Impossible(format!("{fps} frames a second: a film has one of {RATES:?}")));
        }
        Ok(Self { width, height, fps })
    }

    /// Pixels from left to right.
    #[must_use]
    pub fn width(self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    #[must_use]
    pub fn height(self) -> u32 {
        self.height
    }

    /// Frames of a second.
    #[must_use]
    pub fn fps(self) -> u32 {
        self.fps
    }

    /// Ticks of a second in the film's file: 512 a frame.
    #[must_use]
    pub fn timescale(self) -> u32 {
        self.fps * 512
    }

    /// Samples of sound of one frame.
    #[must_use]
    pub fn samples_per_frame(self) -> u32 {
        SAMPLE_RATE / self.fps
    }

    /// Bytes of a raw frame with its colour at half the size.
    #[must_use]
    pub fn frame_bytes(self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * 3 / 2
    }

    /// When a frame begins, in microseconds, rounded.
    #[must_use]
    pub fn micros(self, frame: u64) -> u64 {
        (frame * 1_000_000 + u64::from(self.fps / 2)) / u64::from(self.fps)
    }

    /// The lowest level of H.264 that allows such a film.
    #[must_use]
    pub fn level(self) -> &'static str {
        let (wide, high) = (self.width.div_ceil(16), self.height.div_ceil(16));
        let fits = |most: u32, rate: u32| {
            let side = wide.max(high);
            wide * high <= most && wide * high * self.fps <= rate && side * side <= 8 * most
        };
        LEVELS.iter().find(|(_, most, rate)| fits(*most, *rate)).map_or("6.2", |(name, _, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_size_and_rate() {
        let level = |w, h, fps| Canvas::new(w, h, fps).expect("it may be").level();
        assert_eq!(level(1280, 720, 24), "3.1");
        assert_eq!(level(1280, 720, 60), "3.2");
        assert_eq!(level(1920, 1080, 24), "4.0");
        assert_eq!(level(1920, 1080, 60), "4.2");
        assert_eq!(level(3840, 2160, 30), "5.1");
        assert_eq!(level(3840, 2160, 60), "5.2");
        assert_eq!(level(320, 180, 24), "3.0");
    }

    #[test]
    fn sizes_and_rates_are_refused() {
        for (w, h, fps) in [(1281, 720, 24), (1280, 0, 24), (3842, 2160, 24), (3840, 3840, 24), (1280, 720, 29)] {
            assert!(Canvas::new(w, h, fps).is_err(), "{w}x{h}@{fps}");
        }
    }

    #[test]
    fn a_frame_has_whole_samples() {
        for fps in RATES {
            let canvas = Canvas::new(320, 180, fps).expect("it may be");
            assert_eq!(canvas.samples_per_frame() * fps, SAMPLE_RATE);
        }
    }
}
