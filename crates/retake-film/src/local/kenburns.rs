//! Movement across a still: slow pans and zooms, eased, smooth below the pixel.
//!
//! Owns which movement a prompt asks for, and where the camera looks at each frame. Knows no encoder and no file; each
//! frame is made for itself, so that any of them can be made again.

#![expect(clippy::float_arithmetic, reason = "it places the camera between pixels")]

use std::borrow::Borrow;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use retake_engine::id::Hash;

use super::picture::{Picture, Size};

/// The most frames that one movement may have: ten minutes at sixty a second.
pub const FRAMES_MAX: u32 = 36_000;

/// How much of the still the nearer end of a zoom shows, of what the farther end shows.
const ZOOM: f64 = 0.84;

/// How much of the widest view a pan shows, so that there is room to move.
const PAN_VIEW: f64 = 0.84;

/// How much a drift moves and zooms, beside a pan.
const DRIFT: f64 = 0.45;

/// The way a camera goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Movement {
    /// Closer.
    PushIn,
    /// Away.
    PullBack,
    /// The view goes to the left.
    PanLeft,
    /// The view goes to the right.
    PanRight,
    /// The view goes up.
    TiltUp,
    /// The view goes down.
    TiltDown,
    /// A little aside and a little closer.
    Drift,
    /// Nowhere.
    Hold,
}

impl Movement {
    /// Every movement.
    pub const ALL: [Self; 8] = [
        Self::PushIn,
        Self::PullBack,
        Self::PanLeft,
        Self::PanRight,
        Self::TiltUp,
        Self::TiltDown,
        Self::Drift,
        Self::Hold,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PushIn => "push-in",
            Self::PullBack => "pull-back",
            Self::PanLeft => "pan-left",
            Self::PanRight => "pan-right",
            Self::TiltUp => "tilt-up",
            Self::TiltDown => "tilt-down",
            Self::Drift => "drift",
            Self::Hold => "hold",
        }
    }

    /// The movement of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|movement| movement.name() == name)
    }

    /// What a prompt asks of the camera; where it asks nothing, the seed chooses, and never to hold.
    #[must_use]
    pub fn of(prompt: &str, seed: u64) -> Self {
        asked(prompt).unwrap_or_else(|| {
            let luck = Hash::of([prompt.as_bytes(), &seed.to_be_bytes(), b"camera"]).number();
            match luck % 10 {
                0..=2 => Self::PushIn,
                3 | 4 => Self::PullBack,
                5 => Self::PanLeft,
                6 => Self::PanRight,
                7 => Self::TiltUp,
                _ => Self::Drift,
            }
        })
    }
}

/// The words that ask for a movement; the first that is found wins.
const PHRASES: [(Movement, &[&str]); 8] = [
    (
        Movement::PushIn,
        &[
            "push in",
            "push-in",
            "pushes in",
            "pushing in",
            "zoom in",
            "zooms in",
            "zooming in",
            "dolly in",
            "move in",
            "moves in",
            "closing in",
            "closer",
            "push towards",
            "creep in",
        ],
    ),
    (
        Movement::PullBack,
        &[
            "pull back",
            "pull-back",
            "pulls back",
            "pull out",
            "pulls out",
            "pulling",
            "zoom out",
            "zooms out",
            "zooming out",
            "dolly out",
            "dolly back",
            "back away",
            "reveal",
        ],
    ),
    (
        Movement::PanLeft,
        &["pan left", "pans left", "panning left", "to the left", "track left", "move left", "moves left", "leftward"],
    ),
    (
        Movement::PanRight,
        &[
            "pan right",
            "pans right",
            "panning right",
            "to the right",
            "track right",
            "move right",
            "moves right",
            "rightward",
            "pan across",
            "panning shot",
            "slow pan",
        ],
    ),
    (
        Movement::TiltUp,
        &["tilt up", "tilts up", "tilting up", "crane up", "pan up", "pans up", "camera rises", "upward"],
    ),
    (
        Movement::TiltDown,
        &["tilt down", "tilts down", "tilting down", "crane down", "pan down", "pans down", "camera sinks", "downward"],
    ),
    (Movement::Drift, &["drift", "float", "glide", "handheld", "slow camera"]),
    (Movement::Hold, &["hold", "static", "still camera", "locked", "fixed camera", "no movement", "tripod"]),
];

fn asked(prompt: &str) -> Option<Movement> {
    let text: Vec<String> =
        prompt.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let text = format!(" {} ", text.join(" "));
    let says = |phrase: &&str| {
        let phrase = phrase.replace('-', " ");
        text.contains(&format!(" {phrase} "))
            || text.contains(&format!(" {phrase}s "))
            || text.contains(&format!(" {phrase}ing "))
    };
    PHRASES.iter().find(|(_, phrases)| phrases.iter().any(says)).map(|(movement, _)| *movement)
}

/// A part of a still, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// From the left edge.
    pub left: f64,
    /// From the top.
    pub top: f64,
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

/// Where the camera looks, frame by frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path {
    from: View,
    to: View,
    frames: u32,
}

impl Path {
    /// The path of a movement over a still, for frames of another size. It never leaves the still; a movement always
    /// has a frame.
    #[must_use]
    pub fn new(movement: Movement, still: Size, frame: Size, frames: u32) -> Self {
        let (wide, high) = (f64::from(still.width()), f64::from(still.height()));
        let aspect = f64::from(frame.width()) / f64::from(frame.height());
        let widest = wide.min(high * aspect);
        let view = |share: f64, across: f64, down: f64| {
            let (width, height) = (widest * share, widest * share / aspect);
            let place = |room: f64, part: f64| (room * part).clamp(0.0, room.max(0.0));
            View {
                left: place(wide - width, across),
                top: place((high - height).max(0.0), down),
                width,
                height: height.min(high),
            }
        };
        let middle = 0.5;
        let (from, to) = match movement {
            Movement::PushIn => (view(1.0, middle, middle), view(ZOOM, middle, 0.46)),
            Movement::PullBack => (view(ZOOM, middle, 0.46), view(1.0, middle, middle)),
            Movement::PanLeft => (view(PAN_VIEW, 1.0, middle), view(PAN_VIEW, 0.0, middle)),
            Movement::PanRight => (view(PAN_VIEW, 0.0, middle), view(PAN_VIEW, 1.0, middle)),
            Movement::TiltUp => (view(PAN_VIEW, middle, 1.0), view(PAN_VIEW, middle, 0.0)),
            Movement::TiltDown => (view(PAN_VIEW, middle, 0.0), view(PAN_VIEW, middle, 1.0)),
            Movement::Drift => {
                let reach = DRIFT / 2.0;
                (view(0.93, middle - reach, middle), view(0.88, middle + reach, middle))
            }
            Movement::Hold => (view(1.0, middle, middle), view(1.0, middle, middle)),
        };
        Self { from, to, frames: frames.clamp(1, FRAMES_MAX) }
    }

    /// How many frames it has.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// What the camera sees at a frame; past the last one it stays there.
    #[must_use]
    pub fn at(&self, frame: u32) -> View {
        let last = self.frames.saturating_sub(1);
        let way = if last == 0 { 0.0 } else { ease(f64::from(frame.min(last)) / f64::from(last)) };
        let between = |from: f64, to: f64| from + (to - from) * way;
        View {
            left: between(self.from.left, self.to.left),
            top: between(self.from.top, self.to.top),
            width: between(self.from.width, self.to.width),
            height: between(self.from.height, self.to.height),
        }
    }
}

/// Half a smooth step and half a steady walk: it starts and ends gently, and never hurries in the middle.
fn ease(way: f64) -> f64 {
    let smooth = way * way * way * (way * (way * 6.0 - 15.0) + 10.0);
    0.5 * smooth + 0.5 * way
}

/// Makes the frames of a movement, one after the other or any of them. The still is lent or given away.
pub struct Frames<P> {
    still: P,
    size: Size,
    path: Path,
    next: u32,
    resizer: Resizer,
}

impl<P: Borrow<Picture>> Frames<P> {
    /// The frames of this size that a movement over the still has.
    #[must_use]
    pub fn new(still: P, movement: Movement, size: Size, frames: u32) -> Self {
        let path = Path::new(movement, still.borrow().size(), size, frames);
        Self { still, size, path, next: 0, resizer: Resizer::new() }
    }

    /// Where the camera goes.
    #[must_use]
    pub fn path(&self) -> Path {
        self.path
    }

    /// One frame; past the last one it is the last.
    #[must_use]
    pub fn frame(&mut self, number: u32) -> Picture {
        let View { left, top, width, height } = self.path.at(number);
        let picture: &Picture = self.still.borrow();
        let still = picture.size();
        let (left, width) = off_centre(left, width.min(f64::from(still.width()) - left), self.size.width());
        let (top, height) = off_centre(top, height.min(f64::from(still.height()) - top), self.size.height());
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom))
            .use_alpha(false)
            .crop(left, top, width, height);
        let source = ImageRef::new(still.width(), still.height(), picture.rgba(), PixelType::U8x4)
            .expect("a picture has the bytes of its size");
        let mut target = Image::new(self.size.width(), self.size.height(), PixelType::U8x4);
        self.resizer.resize(&source, &mut target, &options).expect("the view lies within the still");
        Picture::from_rgba(self.size, target.into_vec()).expect("an image has the bytes of its size")
    }
}

/// A view from `start`, as long as `extent`, that does not begin on the very middle of a pixel.
///
/// The resizer leaves out weights of zero and takes its first window for the leftmost. Where a still is enlarged and
/// the first window lies exactly on a pixel, that is wrong, and it reads before its buffer. A thousandth of a pixel
/// aside, which nobody sees, it is right again.
fn off_centre(start: f64, extent: f64, frame: u32) -> (f64, f64) {
    const NUDGE: f64 = 1.0 / 1024.0;
    let first = start + 0.5 * extent / f64::from(frame) - 0.5;
    let near = (first - first.round()).abs() < NUDGE / 8.0;
    if near { (start + NUDGE, extent - 2.0 * NUDGE) } else { (start, extent) }
}

impl<P: Borrow<Picture>> Iterator for Frames<P> {
    type Item = Picture;

    fn next(&mut self) -> Option<Picture> {
        let number = self.next;
        if number >= self.path.frames {
            return None;
        }
        self.next += 1;
        Some(self.frame(number))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.path.frames.saturating_sub(self.next) as usize;
        (left, Some(left))
    }
}

impl<P> std::fmt::Debug for Frames<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Frames({} of {})", self.next, self.path.frames)
    }
}

#[cfg(test)]
mod tests;
