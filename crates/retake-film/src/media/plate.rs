//! Small pictures that are shown over the frames for a while, such as burnt captions.
//!
//! It owns how they are blended and when they are seen. It must not know what they show.

use std::io::{self, Read};
use std::ops::Range;

use super::ingest::Cut;
use super::raw::{PIXEL_BYTES, brightness, colours};
use super::{Canvas, Error};

/// The most plates of one clip: each costs ffmpeg a file that it holds open.
pub const PLATES_MAX: usize = 200;

/// A picture over the frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plate {
    frames: Range<u32>,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    /// Brightness, both differences of colour at half the size, and how much it covers.
    planes: Vec<u8>,
    /// How much it covers, at half the size.
    veil: Vec<u8>,
}

impl Plate {
    /// A picture of red, green, blue and straight alpha, over these frames of a clip, its corner at a pixel from left
    /// and top.
    ///
    /// # Errors
    ///
    /// When a side or a place is odd, it sticks out of the canvas, or has not as many bytes as its size says.
    pub fn new(
        canvas: Canvas,
        frames: Range<u32>,
        (left, top): (u32, u32),
        (width, height): (u32, u32),
        rgba: &[u8],
    ) -> Result<Self, Error> {
        let fits = |at: u32, side: u32, most: u32| side > 0 && at.checked_add(side).is_some_and(|end| end <= most);
        let even = [left, top, width, height].iter().all(|number| number.is_multiple_of(2));
        let whole = rgba.len() as u64 == u64::from(width) * u64::from(height) * PIXEL_BYTES as u64;
        if !even || !whole || !fits(left, width, canvas.width()) || !fits(top, height, canvas.height()) {
            let found = format!("{width}x{height} at {left},{top} of {} bytes", rgba.len());
            return Err(Error::Impossible(format!("a plate of {found}: it is even, whole and within the frame")));
        }
        let [left, top, width, height] = [left, top, width, height].map(|number| number as usize);
        let (planes, veil) = convert(rgba, width);
        Ok(Self { frames, left, top, width, height, planes, veil })
    }

    /// The frames over which it is seen.
    #[must_use]
    pub fn frames(&self) -> Range<u32> {
        self.frames.clone()
    }

    /// The same, not seen within the joins of a clip; nothing if it would be seen nowhere else.
    #[must_use]
    pub fn out_of_joins(mut self, cut: Cut) -> Option<Self> {
        let end = cut.frames.saturating_sub(cut.tail);
        self.frames = self.frames.start.max(cut.head)..self.frames.end.min(end);
        (!self.frames.is_empty()).then_some(self)
    }

    /// Width and height as ffmpeg takes them.
    pub(super) fn size(&self) -> String {
        format!("{}x{}", self.width, self.height)
    }

    /// As a raw frame with alpha.
    pub(super) fn planes(&self) -> &[u8] {
        &self.planes
    }

    /// The filter that lays it over frames of this rate. Frames are told apart by their time: ffmpeg looks ahead, and
    /// counts some before it shows them.
    pub(super) fn filter(&self, fps: u32) -> String {
        let millionths = |frame: u32| (u64::from(frame) * 2).saturating_sub(1) * 500_000 / u64::from(fps);
        let second = |frame| format!("{}.{:06}", millionths(frame) / 1_000_000, millionths(frame) % 1_000_000);
        let (from, to) = (second(self.frames.start), second(self.frames.end));
        let (left, top) = (self.left, self.top);
        format!("overlay=x={left}:y={top}:eof_action=repeat:format=yuv420:enable='gte(t,{from})*lt(t,{to})'")
    }

    /// Blends it over a raw frame.
    fn blend(&self, canvas: Canvas, frame: &mut [u8]) {
        let (wide, high) = (canvas.width() as usize, canvas.height() as usize);
        let area = self.width * self.height;
        let (luma, rest) = self.planes.split_at(area);
        let (blue, rest) = rest.split_at(area / 4);
        let (red, alpha) = rest.split_at(area / 4);
        let (under, colour) = frame.split_at_mut(wide * high);
        let (under_blue, under_red) = colour.split_at_mut(wide * high / 4);
        lay((luma, alpha, self.width), under, wide, (self.left, self.top));
        let corner = (self.left / 2, self.top / 2);
        lay((blue, &self.veil, self.width / 2), under_blue, wide / 2, corner);
        lay((red, &self.veil, self.width / 2), under_red, wide / 2, corner);
    }
}

/// Lays one plane over another.
fn lay((over, alpha, width): (&[u8], &[u8], usize), under: &mut [u8], wide: usize, (left, top): (usize, usize)) {
    let rows = over.chunks_exact(width).zip(alpha.chunks_exact(width));
    for ((over, alpha), under) in rows.zip(under.chunks_exact_mut(wide).skip(top)) {
        for ((over, alpha), under) in over.iter().zip(alpha).zip(&mut under[left..left + width]) {
            let (over, alpha, below) = (u16::from(*over), u16::from(*alpha), u16::from(*under));
            let mixed = over * alpha + below * (255 - alpha) + 127;
            *under = u8::try_from(mixed / 255).unwrap_or(u8::MAX);
        }
    }
}

/// A picture as planes with alpha, and its alpha at half the size. Pixels count for the colour as much as they cover.
fn convert(rgba: &[u8], width: usize) -> (Vec<u8>, Vec<u8>) {
    let pixels = rgba.as_chunks::<PIXEL_BYTES>().0;
    let mut planes: Vec<u8> = pixels.iter().map(brightness).collect();
    let (mut blue, mut red, mut veil) = (Vec::new(), Vec::new(), Vec::new());
    for pair in pixels.chunks_exact(2 * width) {
        let (upper, lower) = pair.split_at(width);
        for (up, low) in upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0) {
            let four = [up[0], up[1], low[0], low[1]];
            let cover: i32 = four.iter().map(|pixel| i32::from(pixel[3])).sum();
            let part = |part: usize| {
                let sum: i32 = four.iter().map(|pixel| i32::from(pixel[part]) * i32::from(pixel[3])).sum();
                if cover > 0 { sum / cover } else { 0 }
            };
            let (to_blue, to_red) = colours([part(0), part(1), part(2)], 1);
            blue.push(to_blue);
            red.push(to_red);
            veil.push(u8::try_from((cover + 2) / 4).unwrap_or(u8::MAX));
        }
    }
    planes.extend(blue);
    planes.extend(red);
    planes.extend(pixels.iter().map(|pixel| pixel[3]));
    (planes, veil)
}

/// Raw frames with plates over them: exactly as many as a clip has, the last held where there are too few.
pub(super) struct Covered<R> {
    frames: R,
    plates: Vec<Plate>,
    canvas: Canvas,
    left: u32,
    number: u32,
    /// The latest frame as it came.
    bare: Vec<u8>,
    /// The same with what is over it, and how much of it was read.
    shown: Vec<u8>,
    at: usize,
}

impl<R: Read> Covered<R> {
    pub(super) fn new(frames: R, canvas: Canvas, count: u32, plates: Vec<Plate>) -> Self {
        Self { frames, plates, canvas, left: count, number: 0, bare: Vec::new(), shown: Vec::new(), at: 0 }
    }

    fn next(&mut self) -> io::Result<bool> {
        let bytes = usize::try_from(self.canvas.frame_bytes()).map_err(io::Error::other)?;
        if self.left == 0 {
            return Ok(false);
        }
        let mut frame = Vec::with_capacity(bytes);
        self.frames.by_ref().take(bytes as u64).read_to_end(&mut frame)?;
        if frame.len() == bytes {
            self.bare = frame;
        } else if self.bare.is_empty() || !frame.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the frames end within one"));
        }
        self.shown.clone_from(&self.bare);
        for plate in self.plates.iter().filter(|plate| plate.frames.contains(&self.number)) {
            plate.blend(self.canvas, &mut self.shown);
        }
        (self.at, self.left, self.number) = (0, self.left - 1, self.number + 1);
        Ok(true)
    }
}

impl<R: Read> Read for Covered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.shown.len() && !self.next()? {
            return Ok(0);
        }
        let count = into.len().min(self.shown.len() - self.at);
        into[..count].copy_from_slice(&self.shown[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
