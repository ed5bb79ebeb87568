//! Captions that are drawn into the picture: pale letters with a soft dark edge, on a dark ground that lets the picture through.
//!
//! Owns how words are broken into lines and pages, how large they are and where they stand, clear of what players and
//! phones put over a film. Knows no clip and no clock: it is told the words and the frame's size. Sets text from left to
//! right.

#![expect(clippy::float_arithmetic, reason = "it places letters and lines")]

use std::ops::Range;

use tiny_skia::{FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};
use unicode_width::UnicodeWidthChar as _;

use super::canvas::side;
use super::colour::Colour;
use super::fonts::{Face, Fonts};
use super::picture::Size;

/// The most lines of a page.
const LINES_MAX: usize = 2;
/// The most letters that are drawn of one cue; what is longer is cut.
pub const LETTERS_MAX: usize = 2000;
/// How large the letters are for the shorter side, and at least, in pixels.
const LETTER: f32 = 0.054;
const LETTER_MIN: f32 = 10.0;
/// How wide a line may be: for the frame, and for its letters, since long lines are hard to follow.
const LINE_MAX: f32 = 0.84;
const LINE_LETTERS: f32 = 21.0;
/// From one line to the next, for the letters.
const LEADING: f32 = 1.28;
/// How far the ground reaches beyond the words, to the sides and up and down, for the letters.
const MARGIN: (f32, f32) = (0.55, 0.34);
/// What is kept free below, for the height: of a frame that lies, and of one that stands, where phones have controls.
const FOOT: (f32, f32) = (0.07, 0.17);
/// The edge around the letters, from wide and faint to narrow and dark: width for the letters, and how much it covers.
const EDGE: [(f32, f32); 3] = [(0.30, 0.16), (0.19, 0.28), (0.10, 0.75)];
/// How much the ground covers, and how round its corners are, for the letters.
const GROUND: (f32, f32) = (0.50, 0.34);
const INK: Colour = Colour::hex(0xfb_fa_f5);
const DARK: Colour = Colour::hex(0x0b_0c_0f);

/// A drawn page of a caption. All four measures are even.
#[derive(Clone, PartialEq, Eq)]
pub struct Caption {
    /// Pixels from the frame's left.
    pub left: u32,
    /// Pixels from the frame's top.
    pub top: u32,
    /// Pixels from its left to its right.
    pub width: u32,
    /// Pixels from its top to its foot.
    pub height: u32,
    /// Red, green, blue and straight alpha of each pixel, rows from the top.
    pub rgba: Vec<u8>,
    /// The lines that stand in it.
    pub lines: Vec<String>,
}

impl std::fmt::Debug for Caption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { left, top, width, height, lines, .. } = self;
        write!(f, "Caption({width}x{height} at {left},{top}: {lines:?})")
    }
}

/// Draws words for a frame of this size, on as many pages as they take. No words are no page.
#[must_use]
pub fn draw(text: &str, size: Size) -> Vec<Caption> {
    let fonts = Fonts::of(Face::Sans);
    let letter = (side(size.width().min(size.height())) * LETTER).max(LETTER_MIN);
    let room = (side(size.width()) * LINE_MAX - 2.0 * MARGIN.0 * letter).min(LINE_LETTERS * letter) / letter;
    pages(&fonts, text, room.max(0.5)).iter().filter_map(|page| paint(&fonts, page, letter, size)).collect()
}

/// Breaks a text into pages, between two sentences where that can be.
fn pages(fonts: &Fonts, text: &str, room: f32) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut page = String::new();
    let kept: String = text.chars().take(LETTERS_MAX).collect();
    for sentence in sentences(&kept) {
        let longer = format!("{page} {sentence}");
        if lines(fonts, &longer, room).len() > LINES_MAX {
            pages.extend(lines(fonts, &page, room).chunks(LINES_MAX).map(<[String]>::to_vec));
            page = sentence;
        } else {
            page = longer;
        }
    }
    pages.extend(lines(fonts, &page, room).chunks(LINES_MAX).map(<[String]>::to_vec));
    pages
}

/// The sentences of a text, as far as they can be told by how their last word ends.
fn sentences(text: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    for word in text.split_whitespace() {
        if let Some(last) = sentences.last_mut() {
            *last = format!("{last} {word}");
        }
        if word
            .trim_end_matches(['"', '\'', ')', '\u{201d}', '\u{2019}'])
            .ends_with(['.', '!', '?', '\u{2026}', ':', ';'])
        {
            sentences.push(String::new());
        }
    }
    sentences
}

/// When each page is seen while a cue is, in frames: each as long as it has letters.
#[must_use]
pub fn share(pages: &[Caption], span: Range<u32>) -> Vec<Range<u32>> {
    let letters = |page: &Caption| page.lines.iter().map(|line| line.chars().count() as u64).sum::<u64>().max(1);
    let all: u64 = pages.iter().map(letters).sum();
    let frames = u64::from(span.end.saturating_sub(span.start));
    let at = |read: u64| span.start + u32::try_from(frames * read / all.max(1)).unwrap_or(u32::MAX);
    let mut read = 0;
    let each = pages.iter().map(|page| {
        let from = at(read);
        read += letters(page);
        from..at(read)
    });
    each.collect()
}

/// Breaks a text into lines that are as even as they can be without being more.
fn lines(fonts: &Fonts, text: &str, room: f32) -> Vec<String> {
    let words = words(fonts, text, room);
    let count = |room| fill(fonts, &words, room).len();
    let needed = count(room);
    let (mut narrow, mut wide) = (0.0, room);
    for _ in 0..12 {
        let middle = (narrow + wide) / 2.0;
        if count(middle) > needed { narrow = middle } else { wide = middle }
    }
    fill(fonts, &words, wide)
}

/// A piece that stays in one line, and whether a space stands before it.
struct Word {
    text: String,
    spaced: bool,
    width: f32,
}

/// The pieces of a text: words, wide letters one by one, and words too long for a line in parts.
fn words(fonts: &Fonts, text: &str, room: f32) -> Vec<Word> {
    let mut words = Vec::new();
    for whole in
        text.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty())
    {
        let mut piece = String::new();
        let mut spaced = true;
        let mut push = |piece: &mut String| {
            if !piece.is_empty() {
                let text = std::mem::take(piece);
                words.push(Word { width: fonts.width(&text), text, spaced: std::mem::take(&mut spaced) });
            }
        };
        for letter in whole.chars() {
            piece.push(letter);
            if fonts.width(&piece) > room && piece.chars().count() > 1 {
                piece.pop();
                push(&mut piece);
                piece.push(letter);
            }
            if letter.width() == Some(2) && letter.is_alphanumeric() {
                push(&mut piece);
            }
        }
        push(&mut piece);
    }
    words
}

/// Fills lines one after the other.
fn fill(fonts: &Fonts, words: &[Word], room: f32) -> Vec<String> {
    let space = fonts.width(" ");
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0.0;
    for word in words {
        let gap = if word.spaced { space } else { 0.0 };
        match lines.last_mut() {
            Some(line) if used + gap + word.width <= room => {
                line.push_str(if word.spaced { " " } else { "" });
                line.push_str(&word.text);
                used += gap + word.width;
            }
            _ => {
                lines.push(word.text.clone());
                used = word.width;
            }
        }
    }
    lines
}

/// Draws one page.
fn paint(fonts: &Fonts, lines: &[String], letter: f32, size: Size) -> Option<Caption> {
    let widths: Vec<f32> = lines.iter().map(|line| fonts.width(line) * letter).collect();
    let widest = widths.iter().copied().fold(0.0, f32::max);
    let count = side(u32::try_from(lines.len()).unwrap_or(1));
    let wide = widest + 2.0 * MARGIN.0 * letter;
    let high = (count - 1.0) * LEADING * letter + letter * 0.95 + 2.0 * MARGIN.1 * letter;
    let (width, height) = (even(wide, size.width()), even(high, size.height()));
    let mut pixmap = Pixmap::new(width, height)?;
    ground(&mut pixmap, letter);
    let mut path = PathBuilder::new();
    let middle = side(width) / 2.0;
    let first = side(height) / 2.0 - high / 2.0 + MARGIN.1 * letter + letter * 0.76;
    let mut baseline = first;
    for (line, width) in lines.iter().zip(&widths) {
        fonts.outline(&mut path, line, (middle - width / 2.0, baseline), letter);
        baseline += LEADING * letter;
    }
    if let Some(path) = path.finish() {
        write(&mut pixmap, &path, letter);
    }
    let standing = size.height() > size.width();
    let foot = side(size.height()) * (1.0 - if standing { FOOT.1 } else { FOOT.0 });
    let left = (size.width() - width) / 4 * 2;
    let top = even(foot, size.height()).saturating_sub(height).min(size.height() - height) / 2 * 2;
    Some(Caption { left, top, width, height, rgba: straight(pixmap), lines: lines.to_vec() })
}

/// The ground: all of the page, with round corners.
fn ground(pixmap: &mut Pixmap, letter: f32) {
    let (right, foot) = (side(pixmap.width()), side(pixmap.height()));
    let radius = (GROUND.1 * letter).min(right / 2.0).min(foot / 2.0);
    let mut path = PathBuilder::new();
    path.move_to(radius, 0.0);
    path.line_to(right - radius, 0.0);
    path.quad_to(right, 0.0, right, radius);
    path.line_to(right, foot - radius);
    path.quad_to(right, foot, right - radius, foot);
    path.line_to(radius, foot);
    path.quad_to(0.0, foot, 0.0, foot - radius);
    path.line_to(0.0, radius);
    path.quad_to(0.0, 0.0, radius, 0.0);
    path.close();
    if let Some(path) = path.finish() {
        pixmap.fill_path(&path, &ink(DARK, GROUND.0), FillRule::Winding, Transform::identity(), None);
    }
}

/// The letters with their edge.
fn write(pixmap: &mut Pixmap, path: &Path, letter: f32) {
    for (width, part) in EDGE {
        let pen = Stroke { width: (width * letter).max(1.0), line_join: LineJoin::Round, ..Stroke::default() };
        pixmap.stroke_path(path, &ink(DARK, part), &pen, Transform::identity(), None);
    }
    pixmap.fill_path(path, &ink(INK, 1.0), FillRule::Winding, Transform::identity(), None);
}

fn ink(colour: Colour, part: f32) -> Paint<'static> {
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    paint.set_color(colour.skia(part));
    paint
}

/// A measure in whole, even pixels, within a side.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never below zero, and within a side")]
fn even(measure: f32, most: u32) -> u32 {
    ((measure.max(2.0) / 2.0).ceil() as u32 * 2).min(most / 2 * 2)
}

/// The pixels with their colours as they are, not darkened by how much they cover.
fn straight(pixmap: Pixmap) -> Vec<u8> {
    let mut rgba = pixmap.take();
    for pixel in rgba.as_chunks_mut::<4>().0 {
        let alpha = u16::from(pixel[3]);
        for part in &mut pixel[..3] {
            let whole = (u16::from(*part) * 255 + alpha / 2).checked_div(alpha).unwrap_or(0);
            *part = u8::try_from(whole).unwrap_or(u8::MAX);
        }
    }
    rgba
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZES: [(u32, u32); 8] =
        [(16, 16), (128, 72), (72, 128), (640, 360), (1280, 720), (1080, 1920), (3840, 2160), (2160, 3840)];

    fn check(text: &str, size: (u32, u32)) -> Vec<Caption> {
        let pages = draw(text, Size::new(size.0, size.1).expect("a legal size"));
        for page in &pages {
            assert!((1..=LINES_MAX).contains(&page.lines.len()));
            assert_eq!(page.rgba.len(), page.width as usize * page.height as usize * 4);
            assert!([page.left, page.top, page.width, page.height].iter().all(|number| number.is_multiple_of(2)));
            assert!(page.left + page.width <= size.0 && page.top + page.height <= size.1, "{page:?} in {size:?}");
        }
        pages
    }

    #[test]
    fn every_size_has_its_captions_and_they_stay_inside() {
        let text = "For two thousand years a lighthouse could only shine, and then keepers learned to make it blink.";
        for size in SIZES {
            let pages = check(text, size);
            if size.0 > 16 {
                let read: Vec<String> = pages.iter().flat_map(|page| page.lines.clone()).collect();
                assert_eq!(read.join(" "), text, "{size:?}");
                let page = &pages[0];
                assert!(page.left * 25 >= size.0, "{page:?} is too near to the side of {size:?}");
                assert!((page.top + page.height) * 100 <= size.1 * 97, "{page:?} is too low in {size:?}");
                assert!(page.top * 2 > size.1, "{page:?} is too high in {size:?}");
            }
        }
    }

    #[test]
    fn lines_are_even_and_no_word_is_lost() {
        let pages = check("A lighthouse is a tower with a light that is seen far away over the sea", (1280, 720));
        let [page] = pages.as_slice() else { panic!("{pages:?}") };
        let [one, two] = page.lines.as_slice() else { panic!("{page:?}") };
        assert!(one.len().abs_diff(two.len()) < 10, "{page:?}");
        assert_eq!(check(" \n\t", (1280, 720)), []);
        let long = check(&"a".repeat(300), (640, 360));
        assert_eq!(long.iter().flat_map(|page| page.lines.iter().map(String::len)).sum::<usize>(), 300);
        assert!(
            check("灯台は二千年のあいだただ光るだけでした。それから灯台守が瞬きを教えました。", (640, 360)).len() < 4
        );
    }

    #[test]
    fn pages_end_with_sentences_where_they_can() {
        let text = "For two thousand years a lighthouse could only shine. Then keepers learned to make it blink.";
        let last = |page: &Caption| page.lines.last().cloned().unwrap_or_default();
        let ends: Vec<String> = check(text, (1280, 720)).iter().map(last).collect();
        assert!(ends.len() == 2 && ends[0].ends_with("shine."), "{ends:?}");
        assert_eq!(check("Yes. No. Perhaps!", (1280, 720)).len(), 1);
    }

    #[test]
    fn pages_share_the_time_of_their_cue() {
        let pages = check(&"words and words ".repeat(30), (640, 360));
        assert!(pages.len() > 2);
        let spans = share(&pages, 10..110);
        assert!(spans[0].start == 10 && spans.last().is_some_and(|last| last.end == 110));
        assert!(spans.windows(2).all(|two| two[0].end == two[1].start && two[0].len() > 5));
        assert_eq!(share(&[], 10..110), []);
        assert!(share(&pages, 5..5).into_iter().all(|span| span == (5..5)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn no_text_breaks_it(text in "\\PC{0,120}", wide in 8_u32..200, high in 8_u32..200) {
            check(&text, (wide * 2, high * 2));
        }
    }
}
