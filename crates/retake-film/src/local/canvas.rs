//! A surface to draw on, in the stage's own measure: heights run from 0 at the top to 1 at the bottom, and widths in
//! the same unit, so that a circle is round and a drawing fits every size.
//!
//! The only place that knows tiny-skia. What is drawn, and why there, is none of its business.

#![expect(clippy::float_arithmetic, reason = "it places what is drawn")]

use tiny_skia::{
    BlendMode, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint as Ink, Path, PathBuilder, Pixmap,
    Point, RadialGradient, Shader, SpreadMode, Stroke, Transform,
};

use super::colour::Colour;
use super::dice::{Noise, smooth};
use super::picture::{PIXEL_BYTES, Picture, Size};

/// The narrowest and the widest stage; a picture beyond them is covered by one, and shows its middle.
const STAGE_WIDTH: (f32, f32) = (0.45, 3.0);

/// A place on the stage.
pub(crate) type Spot = (f32, f32);

/// A colour at a share of a gradient's way, and how much it covers.
pub(crate) type Stop = (f32, Colour, f32);

/// What a shape is filled with.
#[derive(Clone, Debug)]
pub(crate) enum Fill {
    /// One colour and how much it covers.
    Flat(Colour, f32),
    /// From one spot to another.
    Along(Spot, Spot, Vec<Stop>),
    /// From a spot outwards to a radius.
    Round(Spot, f32, Vec<Stop>),
}

impl Fill {
    pub(crate) fn flat(colour: Colour) -> Self {
        Self::Flat(colour, 1.0)
    }

    /// From one height down to another, covering fully.
    pub(crate) fn down(top: f32, bottom: f32, upper: Colour, lower: Colour) -> Self {
        Self::Along((0.0, top), (0.0, bottom), vec![(0.0, upper, 1.0), (1.0, lower, 1.0)])
    }

    fn shader(&self) -> Shader<'static> {
        let stops = |stops: &[Stop]| {
            stops.iter().map(|(at, colour, alpha)| GradientStop::new(*at, colour.skia(*alpha))).collect::<Vec<_>>()
        };
        let point = |spot: Spot| Point::from_xy(spot.0, spot.1);
        let none = || Shader::SolidColor(tiny_skia::Color::TRANSPARENT);
        match self {
            Self::Flat(colour, alpha) => Shader::SolidColor(colour.skia(*alpha)),
            Self::Along(from, to, along) => {
                LinearGradient::new(point(*from), point(*to), stops(along), SpreadMode::Pad, Transform::identity())
                    .unwrap_or_else(none)
            }
            Self::Round(at, radius, out) => {
                let (at, stops) = (point(*at), stops(out));
                RadialGradient::new(at, 0.0, at, *radius, stops, SpreadMode::Pad, Transform::identity())
                    .unwrap_or_else(none)
            }
        }
    }
}

/// The surface.
pub(crate) struct Canvas {
    pixmap: Pixmap,
    size: Size,
    view: Transform,
    width: f32,
}

impl Canvas {
    /// A black surface of this size.
    pub(crate) fn new(size: Size) -> Self {
        let (wide, high) = (side(size.width()), side(size.height()));
        let width = (wide / high).clamp(STAGE_WIDTH.0, STAGE_WIDTH.1);
        let scale = (wide / width).max(high);
        let view = Transform::from_row(scale, 0.0, 0.0, scale, (wide - width * scale) / 2.0, (high - scale) / 2.0);
        let mut pixmap = Pixmap::new(size.width(), size.height()).expect("a size has pixels, and not too many");
        pixmap.fill(tiny_skia::Color::BLACK);
        Self { pixmap, size, view, width }
    }

    /// The stage's width; its height is 1.
    pub(crate) fn width(&self) -> f32 {
        self.width
    }

    pub(crate) fn fill(&mut self, shape: Option<Path>, fill: &Fill) {
        self.blend(shape, fill, BlendMode::SourceOver);
    }

    /// Adds light rather than paint.
    pub(crate) fn shine(&mut self, shape: Option<Path>, fill: &Fill) {
        self.blend(shape, fill, BlendMode::Screen);
    }

    fn blend(&mut self, shape: Option<Path>, fill: &Fill, mode: BlendMode) {
        let Some(path) = shape else { return };
        let ink = Ink { shader: fill.shader(), blend_mode: mode, anti_alias: true, ..Ink::default() };
        self.pixmap.fill_path(&path, &ink, FillRule::Winding, self.view, None);
    }

    /// Draws a line of this width through the spots.
    pub(crate) fn line(&mut self, spots: &[Spot], width: f32, fill: &Fill) {
        let Some(path) = open(spots) else { return };
        let ink = Ink { shader: fill.shader(), anti_alias: true, ..Ink::default() };
        let pen = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        self.pixmap.stroke_path(&path, &ink, &pen, self.view, None);
    }

    /// Everything, for a wash over the whole stage.
    pub(crate) fn whole(&self) -> Option<Path> {
        rect(-1.0, -1.0, self.width + 1.0, 2.0)
    }

    /// A soft round light.
    pub(crate) fn glow(&mut self, at: Spot, radius: f32, colour: Colour, strength: f32) {
        let stops = [(0.0, 1.0), (0.15, 0.62), (0.35, 0.28), (0.65, 0.07), (1.0, 0.0)];
        let out = stops.iter().map(|(way, part)| (*way, colour, part * strength)).collect();
        self.shine(ellipse(at, radius, radius), &Fill::Round(at, radius, out));
    }

    /// Mirrors what stands above a height in what lies below it, down to `bottom`: rippled more the nearer it is.
    pub(crate) fn reflect(&mut self, line: f32, bottom: f32, tint: Colour, strength: f32, noise: Noise) {
        let wide = self.size.width() as usize;
        let high = side(self.size.height());
        let scale = self.view.sy;
        let top = line * scale + self.view.ty;
        let end = (bottom * scale + self.view.ty).min(high);
        let row_bytes = wide * PIXEL_BYTES;
        let mut row = whole_number(top.max(0.0));
        let data = self.pixmap.data_mut();
        let mut mirrored = vec![0; row_bytes];
        while side_of(row) < end {
            let depth = side_of(row) - top;
            let near = depth / scale;
            let above = top - 1.0 - depth * 1.25;
            let ripple = noise.at(depth / scale * 90.0 / (0.3 + near * 3.0)) * near * 0.025 * scale;
            let from = whole_number(above.clamp(0.0, high - 1.0)) * row_bytes;
            if let Some(source) = data.get(from..from + row_bytes) {
                mirrored.copy_from_slice(source);
            }
            let shift = ripple.round();
            let keep = strength * (1.0 - smooth(near * 1.4) * 0.65);
            let Some(target) = data.get_mut(row * row_bytes..(row + 1) * row_bytes) else { break };
            for (index, pixel) in target.chunks_exact_mut(PIXEL_BYTES).enumerate() {
                let place = whole_number((side_of(index) + shift).clamp(0.0, side_of(wide) - 1.0)) * PIXEL_BYTES;
                let parts = [tint.red, tint.green, tint.blue];
                for ((byte, part), mirror) in pixel.iter_mut().zip(parts).zip(mirrored.iter().skip(place)) {
                    let base = f32::from(*byte);
                    let glass = f32::from(*mirror) * (0.55 + part * 0.45);
                    *byte = byte_of(base + (glass - base) * keep);
                }
            }
            row += 1;
        }
    }

    /// Runs over all pixels: their place on the picture from -1 to 1 each way, and their colour.
    pub(crate) fn develop(&mut self, mut each: impl FnMut(usize, f32, f32, &mut [u8])) {
        let (wide, high) = (side(self.size.width()), side(self.size.height()));
        let row_bytes = self.size.width() as usize * PIXEL_BYTES;
        let mut number = 0;
        for (y, row) in self.pixmap.data_mut().chunks_exact_mut(row_bytes).enumerate() {
            let down = (side_of(y) + 0.5) / high * 2.0 - 1.0;
            for (x, pixel) in row.chunks_exact_mut(PIXEL_BYTES).enumerate() {
                each(number, (side_of(x) + 0.5) / wide * 2.0 - 1.0, down, pixel);
                number += 1;
            }
        }
    }

    /// The picture that was drawn.
    pub(crate) fn finish(self) -> Picture {
        let mut rgba = self.pixmap.take();
        for pixel in rgba.chunks_exact_mut(PIXEL_BYTES) {
            if let Some(alpha) = pixel.last_mut() {
                *alpha = u8::MAX;
            }
        }
        Picture::from_rgba(self.size, rgba).expect("a surface has the bytes of its size")
    }
}

/// A side in pixels as a float, which holds it exactly.
pub(crate) fn side(pixels: u32) -> f32 {
    f32::from(u16::try_from(pixels).unwrap_or(u16::MAX))
}

#[expect(clippy::cast_precision_loss, reason = "rows and columns are at most a few thousand")]
fn side_of(pixels: usize) -> f32 {
    pixels as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never below zero, and within a picture")]
fn whole_number(value: f32) -> usize {
    value as usize
}

/// A part of a colour from 0 to 255 as a byte.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a byte holds")]
pub(crate) fn byte_of(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}

/// A rectangle between two corners.
pub(crate) fn rect(left: f32, top: f32, right: f32, bottom: f32) -> Option<Path> {
    polygon(&[(left, top), (right, top), (right, bottom), (left, bottom)])
}

/// An ellipse about a spot.
pub(crate) fn ellipse(at: Spot, across: f32, down: f32) -> Option<Path> {
    let bounds = tiny_skia::Rect::from_ltrb(at.0 - across, at.1 - down, at.0 + across, at.1 + down)?;
    PathBuilder::from_oval(bounds)
}

/// A closed shape with straight edges.
pub(crate) fn polygon(spots: &[Spot]) -> Option<Path> {
    let mut path = PathBuilder::new();
    trace(&mut path, spots);
    path.close();
    path.finish()
}

/// Several closed shapes that are filled as one.
pub(crate) fn polygons<'a>(shapes: impl IntoIterator<Item = &'a [Spot]>) -> Option<Path> {
    let mut path = PathBuilder::new();
    for spots in shapes {
        trace(&mut path, spots);
        path.close();
    }
    path.finish()
}

/// A closed shape with round corners: it passes the middles of its edges, and each corner pulls it.
pub(crate) fn pebble(spots: &[Spot]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let middle = |a: Spot, b: Spot| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let (first, last) = (*spots.first()?, *spots.last()?);
    let start = middle(last, first);
    path.move_to(start.0, start.1);
    for (index, spot) in spots.iter().enumerate() {
        let next = spots.get(index + 1).copied().unwrap_or(first);
        let end = middle(*spot, next);
        path.quad_to(spot.0, spot.1, end.0, end.1);
    }
    path.close();
    path.finish()
}

fn open(spots: &[Spot]) -> Option<Path> {
    let mut path = PathBuilder::new();
    trace(&mut path, spots);
    path.finish()
}

fn trace(path: &mut PathBuilder, spots: &[Spot]) {
    let mut rest = spots.iter();
    if let Some(first) = rest.next() {
        path.move_to(first.0, first.1);
    }
    for spot in rest {
        path.line_to(spot.0, spot.1);
    }
}
