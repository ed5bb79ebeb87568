//! Fits a picture into the film's frame.
//!
//! It owns the arithmetic of scaling, cropping and padding. Arithmetic alone.

use super::Canvas;

/// What happens to a picture of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// It fills the frame, and what sticks out is cropped.
    Fill,
    /// All of it is seen, with bars beside it.
    Pad,
}

/// To what a picture is scaled, whole pixels, before it is cropped or padded to the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scaled {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// The shape of a picture as it is meant to be seen: its pixels, each so wide for so high.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Pixels from left to right, upright.
    pub width: u32,
    /// Pixels from top to bottom, upright.
    pub height: u32,
    /// How wide a pixel is for its height.
    pub pixel: (u32, u32),
}

impl Fit {
    /// Scales a shape for a canvas, to even sides.
    pub(crate) fn scale(self, shape: Shape, canvas: Canvas) -> Scaled {
        let seen = u64::from(shape.width) * u64::from(shape.pixel.0.max(1));
        let high = u64::from(shape.height.max(1)) * u64::from(shape.pixel.1.max(1));
        let seen = seen.max(1);
        let (width, height) = (u64::from(canvas.width()), u64::from(canvas.height()));
        let wider = seen * height > high * width;
        let by_width = wider == (self == Self::Pad);
        let even = |value: u64| u32::try_from(value.div_ceil(2) * 2).unwrap_or(u32::MAX - 1);
        if by_width {
            let scaled = even((width * high + seen / 2) / seen);
            let height = if self == Self::Pad { scaled.clamp(2, canvas.height()) } else { scaled.max(canvas.height()) };
            Scaled { width: canvas.width(), height }
        } else {
            let scaled = even((height * seen + high / 2) / high);
            let width = if self == Self::Pad { scaled.clamp(2, canvas.width()) } else { scaled.max(canvas.width()) };
            Scaled { width, height: canvas.height() }
        }
    }

    /// The filter that turns what was scaled into a frame.
    pub(crate) fn filter(self, canvas: Canvas) -> String {
        let (width, height) = (canvas.width(), canvas.height());
        match self {
            Self::Fill => format!("crop={width}:{height}:(iw-ow)/2:(ih-oh)/2"),
            Self::Pad => format!("pad={width}:{height}:(ow-iw)/2:(oh-ih)/2"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_filled_or_padded() {
        let canvas = Canvas::new(1280, 720, 24).expect("it may be");
        let scale = |fit: Fit, width, height, pixel| {
            let Scaled { width, height } = fit.scale(Shape { width, height, pixel }, canvas);
            (width, height)
        };
        assert_eq!(scale(Fit::Pad, 1920, 1080, (1, 1)), (1280, 720));
        assert_eq!(scale(Fit::Pad, 720, 1280, (1, 1)), (406, 720));
        assert_eq!(scale(Fit::Fill, 720, 1280, (1, 1)), (1280, 2276));
        assert_eq!(scale(Fit::Pad, 848, 480, (1, 1)), (1272, 720));
        assert_eq!(scale(Fit::Fill, 848, 480, (1, 1)), (1280, 726));
        assert_eq!(scale(Fit::Pad, 720, 576, (64, 45)), (1280, 720));
        assert_eq!(scale(Fit::Pad, 20_000, 2, (1, 1)), (1280, 2));
        assert_eq!(scale(Fit::Fill, 3, 5, (1, 1)), (1280, 2134));
    }
}
