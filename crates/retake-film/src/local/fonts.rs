//! The fonts that are shipped with the project, and text set in them as outlines.
//!
//! Owns which face stands in where another lacks a letter, and the box that is drawn where all of them do. Sets text
//! from left to right; knows nothing of layout beyond one line, nor of colours.

#![expect(clippy::float_arithmetic, reason = "it places letters")]

use ab_glyph::{Font, FontRef, GlyphId, OutlineCurve, Point};
use tiny_skia::PathBuilder;

/// A face that text can be set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    /// A quiet book face.
    Serif,
    /// A bold face for headings.
    Display,
    /// A plain face for small text.
    Sans,
}

const SERIF: &[u8] = include_bytes!("../../../../assets/fonts/EBGaramond12-Regular.otf");
const DISPLAY: &[u8] = include_bytes!("../../../../assets/fonts/InterDisplay-Bold.otf");
const SANS: &[u8] = include_bytes!("../../../../assets/fonts/Inter-Regular.otf");
const WIDE: &[u8] = include_bytes!("../../../../assets/fonts/DejaVuSans.ttf");

/// The width of the box that stands for a letter that no face has, beside the text's size.
const BOX_WIDTH: f32 = 0.62;

/// A face with what stands in for it.
pub(crate) struct Fonts {
    faces: [FontRef<'static>; 2],
}

/// A letter where a line has it: which face and glyph, and how far from the line's start.
enum Letter {
    Glyph { face: usize, glyph: GlyphId, at: f32 },
    Missing { at: f32 },
    Space,
}

impl Fonts {
    /// The face, and behind it the one that knows most letters.
    pub(crate) fn of(face: Face) -> Self {
        let first = match face {
            Face::Serif => SERIF,
            Face::Display => DISPLAY,
            Face::Sans => SANS,
        };
        let read = |bytes| FontRef::try_from_slice(bytes).expect("a shipped font can be read");
        Self { faces: [read(first), read(WIDE)] }
    }

    /// How wide a line is when its letters are one high.
    pub(crate) fn width(&self, text: &str) -> f32 {
        self.set(text).1
    }

    /// How high the capitals stand when the text's size is one.
    pub(crate) fn ascent(&self) -> f32 {
        0.70
    }

    /// Adds a line's outlines to a path, its baseline beginning at a spot.
    pub(crate) fn outline(&self, path: &mut PathBuilder, text: &str, at: (f32, f32), size: f32) {
        for letter in self.set(text).0 {
            match letter {
                Letter::Glyph { face, glyph, at: along } => {
                    self.glyph(path, (face, glyph), (at.0 + along * size, at.1), size);
                }
                Letter::Missing { at: along } => missing(path, (at.0 + along * size, at.1), size),
                Letter::Space => {}
            }
        }
    }

    fn set(&self, text: &str) -> (Vec<Letter>, f32) {
        let mut letters = Vec::new();
        let mut along = 0.0;
        let mut before: Option<(usize, GlyphId)> = None;
        for letter in text.chars().filter(|letter| !letter.is_control() && !silent(*letter)) {
            let found = self.faces.iter().enumerate().find_map(|(index, font)| {
                let glyph = font.glyph_id(letter);
                (glyph.0 != 0).then_some((index, glyph, font))
            });
            let Some((index, glyph, font)) = found else {
                letters.push(Letter::Missing { at: along });
                along += BOX_WIDTH;
                before = None;
                continue;
            };
            let unit = units(font);
            if let Some((_, last)) = before.filter(|(face, _)| *face == index) {
                along += font.kern_unscaled(last, glyph) / unit;
            }
            letters.push(if letter.is_whitespace() {
                Letter::Space
            } else {
                Letter::Glyph { face: index, glyph, at: along }
            });
            along += font.h_advance_unscaled(glyph) / unit;
            before = Some((index, glyph));
        }
        (letters, along)
    }

    fn glyph(&self, path: &mut PathBuilder, glyph: (usize, GlyphId), at: (f32, f32), size: f32) {
        let Some(font) = self.faces.get(glyph.0) else { return };
        let Some(outline) = font.outline(glyph.1) else { return };
        let scale = size / units(font);
        let place = |point: Point| (at.0 + point.x * scale, at.1 - point.y * scale);
        let mut pen: Option<(f32, f32)> = None;
        for curve in &outline.curves {
            let (start, end) = match curve {
                OutlineCurve::Line(start, end)
                | OutlineCurve::Quad(start, _, end)
                | OutlineCurve::Cubic(start, _, _, end) => (place(*start), place(*end)),
            };
            if pen != Some(start) {
                if pen.is_some() {
                    path.close();
                }
                path.move_to(start.0, start.1);
            }
            match curve {
                OutlineCurve::Line(..) => path.line_to(end.0, end.1),
                OutlineCurve::Quad(_, pull, _) => {
                    let pull = place(*pull);
                    path.quad_to(pull.0, pull.1, end.0, end.1);
                }
                OutlineCurve::Cubic(_, one, two, _) => {
                    let (one, two) = (place(*one), place(*two));
                    path.cubic_to(one.0, one.1, two.0, two.1, end.0, end.1);
                }
            }
            pen = Some(end);
        }
        if pen.is_some() {
            path.close();
        }
    }
}

fn units(font: &FontRef<'_>) -> f32 {
    font.units_per_em().unwrap_or(1000.0)
}

/// Letters that take no place: joiners, direction marks, variation selectors, combining marks.
fn silent(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// An empty box, so that whoever looks sees that something should be there.
fn missing(path: &mut PathBuilder, at: (f32, f32), size: f32) {
    let (left, right) = (at.0 + size * 0.07, at.0 + size * (BOX_WIDTH - 0.07));
    let (foot, top, pen) = (at.1, at.1 - size * 0.68, size * 0.045);
    path.move_to(left, foot);
    path.line_to(left, top);
    path.line_to(right, top);
    path.line_to(right, foot);
    path.close();
    path.move_to(left + pen, foot - pen);
    path.line_to(right - pen, foot - pen);
    path.line_to(right - pen, top + pen);
    path.line_to(left + pen, top + pen);
    path.close();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_no_face_has_is_a_box() {
        for face in [Face::Serif, Face::Display, Face::Sans] {
            let fonts = Fonts::of(face);
            assert!((fonts.width("\u{1f980}") - BOX_WIDTH).abs() < 1e-6);
            let mut path = PathBuilder::new();
            fonts.outline(&mut path, "\u{1f980}", (0.0, 10.0), 10.0);
            assert!(path.finish().is_some_and(|path| path.bounds().width() > 3.0));
        }
    }

    #[test]
    fn other_scripts_are_found_in_the_wide_face() {
        let fonts = Fonts::of(Face::Serif);
        for text in ["Москва", "Ελλάδα", "→ ★ ½", "Łódź", "naïve"] {
            let (letters, _) = fonts.set(text);
            assert!(letters.iter().all(|letter| !matches!(letter, Letter::Missing { .. })), "{text}");
        }
    }

    #[test]
    fn nothing_has_no_width() {
        assert!(Fonts::of(Face::Sans).width("").abs() < 1e-9);
        assert!(Fonts::of(Face::Sans).width("\u{200f}\n").abs() < 1e-9);
    }
}
