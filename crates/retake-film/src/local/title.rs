//! Title cards: a few words, set so that they look meant.
//!
//! Owns the layouts, the wrapping and the fitting. Knows no scene and no film; an empty text is a card without words.

#![expect(clippy::float_arithmetic, reason = "it places letters and lines")]

use retake_engine::id::Hash;
use tiny_skia::PathBuilder;

use super::canvas::{Canvas, Fill, byte_of, ellipse, polygon, rect};
use super::colour::Colour;
use super::dice::Dice;
use super::fonts::{Face, Fonts};
use super::picture::{Picture, Size};

/// The most letters of a text that a card shows; what is longer ends in an ellipsis.
pub const LETTERS_MAX: usize = 600;

/// How a card is composed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layout {
    /// In the middle, between two fine rules.
    Centred,
    /// On the left, beside a bar of colour.
    Margin,
    /// At the foot, under a low sun.
    Horizon,
    /// Large, over a disc.
    Disc,
    /// Small, for many words.
    Page,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 5] = [Self::Centred, Self::Margin, Self::Horizon, Self::Disc, Self::Page];

    /// The layout for a text: long ones get a page, the seed chooses among the others.
    #[must_use]
    pub fn of(text: &str, seed: u64) -> Self {
        if text.chars().count() > 110 {
            return Self::Page;
        }
        let luck = Hash::of([text.as_bytes(), &seed.to_be_bytes(), b"layout"]).number() % 4;
        match luck {
            0 => Self::Centred,
            1 => Self::Margin,
            2 => Self::Horizon,
            _ => Self::Disc,
        }
    }

    fn face(self) -> Face {
        match self {
            Self::Centred | Self::Page => Face::Serif,
            Self::Margin | Self::Horizon | Self::Disc => Face::Display,
        }
    }

    /// Where the words may stand: left, top, right, foot, as shares of the stage.
    fn frame(self) -> (f32, f32, f32, f32) {
        match self {
            Self::Centred => (0.12, 0.24, 0.88, 0.76),
            Self::Margin => (0.14, 0.18, 0.90, 0.82),
            Self::Horizon => (0.10, 0.56, 0.90, 0.92),
            Self::Disc => (0.10, 0.20, 0.90, 0.80),
            Self::Page => (0.13, 0.13, 0.87, 0.87),
        }
    }

    /// The largest letters, as a share of the shorter side.
    fn largest(self) -> f32 {
        match self {
            Self::Centred => 0.150,
            Self::Margin | Self::Horizon => 0.135,
            Self::Disc => 0.165,
            Self::Page => 0.070,
        }
    }
}

/// Ground, second tone, accent, ink.
const INKS: [[u32; 4]; 7] = [
    [0x14213d, 0x1f3158, 0xfca311, 0xf6f1e4],
    [0xf3ead8, 0xe8d8ba, 0xc8553d, 0x2b2d42],
    [0x1d3c45, 0x28525c, 0xe9b872, 0xfff1e1],
    [0x2b1b2e, 0x42293f, 0xf26b5b, 0xfbeee0],
    [0xe7efe9, 0xcfe0d6, 0x2f7f6f, 0x1b2f33],
    [0x101418, 0x1c242b, 0x7fc8c2, 0xeff3f2],
    [0xd9573f, 0xc24631, 0xffd9a0, 0xfff6ea],
];

/// Draws a card with this text; layout and colours follow from text and seed.
#[must_use]
pub fn draw(text: &str, size: Size, seed: u64) -> Picture {
    draw_as(text, size, seed, Layout::of(text, seed))
}

/// Draws a card in a given layout.
#[must_use]
pub fn draw_as(text: &str, size: Size, seed: u64, layout: Layout) -> Picture {
    let mut dice = Dice::of(Hash::of([text.as_bytes(), &seed.to_be_bytes()]), "title");
    let [ground, second, accent, ink] = dice.pick(&INKS).copied().unwrap_or(INKS[0]).map(Colour::hex);
    let mut canvas = Canvas::new(size);
    let wide = canvas.width();
    let whole = canvas.whole();
    canvas.fill(
        whole,
        &Fill::Along((0.0, 0.0), (wide * 0.3, 1.0), vec![(0.0, ground.mix(second, 0.6), 1.0), (1.0, ground, 1.0)]),
    );
    let fonts = Fonts::of(layout.face());
    let (left, top, right, foot) = layout.frame();
    let room = (wide * (right - left), foot - top);
    let block = Block::fit(&fonts, &shortened(text), room, layout.largest() * wide.min(1.0));
    let high = block.height();
    let start = match layout {
        Layout::Horizon => foot - high,
        Layout::Centred | Layout::Margin | Layout::Disc | Layout::Page => top + (room.1 - high) / 2.0,
    };
    backdrop(&mut canvas, layout, (start, start + high), [second, accent]);
    let mut path = PathBuilder::new();
    for (index, line) in (0u16..).zip(&block.lines) {
        let baseline = start + block.size * fonts.ascent() + block.size * block.lead * f32::from(index);
        let x = match layout {
            Layout::Centred | Layout::Disc => wide / 2.0 - fonts.width(line) * block.size / 2.0,
            Layout::Margin | Layout::Horizon | Layout::Page => wide * left,
        };
        fonts.outline(&mut path, line, (x, baseline), block.size);
    }
    canvas.fill(path.finish(), &Fill::flat(ink));
    grain(&mut canvas, dice.next());
    canvas.finish()
}

fn backdrop(canvas: &mut Canvas, layout: Layout, block: (f32, f32), tones: [Colour; 2]) {
    let [second, accent] = tones;
    let wide = canvas.width();
    let middle = wide / 2.0;
    match layout {
        Layout::Centred => {
            let half = 0.11_f32.min(wide * 0.2);
            for (y, dot) in [(block.0 - 0.09, true), (block.1 + 0.09, false)] {
                canvas.fill(rect(middle - half, y - 0.0018, middle + half, y + 0.0018), &Fill::flat(accent));
                if dot {
                    canvas.fill(
                        polygon(&[(middle, y - 0.013), (middle + 0.013, y), (middle, y + 0.013), (middle - 0.013, y)]),
                        &Fill::flat(accent),
                    );
                }
            }
        }
        Layout::Margin => {
            canvas.fill(rect(wide * 0.085, block.0 - 0.02, wide * 0.085 + 0.014, block.1 + 0.02), &Fill::flat(accent));
            canvas
                .fill(polygon(&[(wide * 0.72, 1.1), (wide * 1.1, 0.35), (wide * 1.1, 1.1)]), &Fill::Flat(second, 0.8));
        }
        Layout::Horizon => {
            let at = (wide * 0.74, 0.46);
            let radius = 0.23_f32.min(wide * 0.3);
            for (grow, cover) in [(1.75, 0.10), (1.36, 0.18), (1.0, 1.0)] {
                canvas.fill(ellipse(at, radius * grow, radius * grow), &Fill::Flat(accent, cover));
            }
            let line = 0.47_f32.min(block.0 - 0.05);
            canvas.fill(rect(-0.1, line, wide + 0.1, 1.1), &Fill::down(line, 1.0, second, second.darker(0.18)));
        }
        Layout::Disc => {
            let at = (middle, (block.0 + block.1) / 2.0);
            canvas.fill(ellipse(at, 0.40, 0.40), &Fill::Flat(second.mix(accent, 0.14), 1.0));
            canvas.fill(ellipse((at.0 + 0.285, at.1 - 0.285), 0.035, 0.035), &Fill::flat(accent));
        }
        Layout::Page => {
            canvas.fill(rect(wide * 0.13, 0.075, wide * 0.13 + 0.08, 0.081), &Fill::flat(accent));
        }
    }
}

fn grain(canvas: &mut Canvas, seed: u64) {
    canvas.develop(|number, _, _, pixel| {
        let speck = (number as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let [.., one, two] = (speck ^ (speck >> 31)).to_be_bytes();
        let grain = (f32::from(one) - f32::from(two)) / 255.0;
        for part in pixel.iter_mut().take(3) {
            *part = byte_of(f32::from(*part) + grain * 2.6);
        }
    });
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LETTERS_MAX {
        return text.to_owned();
    }
    text.chars().take(LETTERS_MAX).chain(['…']).collect()
}

/// Words broken into lines, at the largest size that fits.
#[derive(Debug)]
struct Block {
    lines: Vec<String>,
    size: f32,
    lead: f32,
}

/// How much smaller each further attempt is.
const SMALLER: f32 = 0.93;

/// So many attempts; the last one is taken as it is.
const ATTEMPTS: u8 = 60;

impl Block {
    fn fit(fonts: &Fonts, text: &str, room: (f32, f32), largest: f32) -> Self {
        let mut block = Self { lines: Vec::new(), size: largest, lead: 1.22 };
        for _ in 0..ATTEMPTS {
            block.lines = wrapped(fonts, text, room.0 / block.size);
            // Unbroken words may be broken only once the text is small already.
            let broken = block.size > largest * 0.4 && longest_word(fonts, text) * block.size > room.0;
            if block.height() <= room.1 && !broken {
                break;
            }
            block.size *= SMALLER;
        }
        block.even(fonts, text);
        block
    }

    /// Narrows the lines while they stay as many, so that the last one is no orphan.
    fn even(&mut self, fonts: &Fonts, text: &str) {
        let widest = self.lines.iter().map(|line| fonts.width(line)).fold(0.0, f32::max);
        let (mut low, mut high) = (longest_word(fonts, text).min(widest), widest);
        for _ in 0..10 {
            let middle = (low + high) / 2.0;
            if wrapped(fonts, text, middle).len() <= self.lines.len() { high = middle } else { low = middle }
        }
        let even = wrapped(fonts, text, high * 1.0001);
        if even.len() == self.lines.len() {
            self.lines = even;
        }
    }

    fn height(&self) -> f32 {
        let count = u16::try_from(self.lines.len()).unwrap_or(u16::MAX);
        if count == 0 { 0.0 } else { self.size * (0.70 + self.lead * f32::from(count - 1)) }
    }
}

fn longest_word(fonts: &Fonts, text: &str) -> f32 {
    text.split_whitespace().map(|word| fonts.width(word)).fold(0.0, f32::max)
}

/// Lines of at most this width, at a size of one; the text's own line ends are kept.
fn wrapped(fonts: &Fonts, text: &str, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace().flat_map(|word| pieces(fonts, word, width)) {
            let longer = if line.is_empty() { word.clone() } else { format!("{line} {word}") };
            if !line.is_empty() && fonts.width(&longer) > width {
                lines.push(std::mem::replace(&mut line, word));
            } else {
                line = longer;
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// A word, or its pieces where it is wider than a line.
fn pieces(fonts: &Fonts, word: &str, width: f32) -> Vec<String> {
    if fonts.width(word) <= width {
        return vec![word.to_owned()];
    }
    let mut found = Vec::new();
    let mut piece = String::new();
    for letter in word.chars() {
        piece.push(letter);
        if fonts.width(&piece) > width && piece.chars().count() > 1 {
            piece.pop();
            found.push(std::mem::replace(&mut piece, letter.to_string()));
        }
    }
    found.push(piece);
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size::new(width, height).unwrap()
    }

    #[test]
    fn words_fit_their_room_in_every_layout() {
        let texts =
            ["Blink", "How lighthouses learned to blink", "Donaudampfschifffahrtsgesellschaft", &"word ".repeat(110)];
        for layout in Layout::ALL {
            let fonts = Fonts::of(layout.face());
            for text in texts {
                for wide in [0.5, 1.0, 1.78, 2.4] {
                    let room = (wide * 0.76, 0.5);
                    let block = Block::fit(&fonts, text, room, 0.15);
                    assert!(block.height() <= room.1 + 1e-4, "{text} is {} high", block.height());
                    for line in &block.lines {
                        assert!(fonts.width(line) * block.size <= room.0 * 1.001, "{line} is too wide");
                    }
                }
            }
        }
    }

    #[test]
    fn no_word_is_lost_in_wrapping() {
        let text = "For two thousand years a lighthouse could only shine.";
        let block = Block::fit(&Fonts::of(Face::Serif), text, (1.0, 0.5), 0.15);
        assert_eq!(block.lines.join(" "), text);
        assert!(block.lines.len() > 1);
    }

    #[test]
    fn an_empty_text_is_a_card_too() {
        for layout in Layout::ALL {
            assert_eq!(draw_as("", size(64, 36), 1, layout).size(), size(64, 36));
        }
    }

    #[test]
    fn equal_cards_have_equal_bytes() {
        assert_eq!(draw("The end", size(160, 90), 4), draw("The end", size(160, 90), 4));
        assert_ne!(draw("The end", size(160, 90), 4), draw("The End", size(160, 90), 4));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_text_on_any_card(text in ".{0,80}", width in 16u32..300, height in 16u32..300, seed: u64) {
            let size = size(width, height);
            prop_assert_eq!(draw(&text, size, seed).size(), size);
        }
    }
}
