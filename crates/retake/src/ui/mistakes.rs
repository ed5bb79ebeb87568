//! What is wrong with a plan or with a command, where, why, and the way out.

use retake_film::plan::{Mistake, Mistakes};

use super::paint::{Line, Look, Page, Tone};
use super::text;

/// Everything that is wrong with the plan of this name.
#[must_use]
pub fn page(mistakes: &Mistakes, name: &str, look: &Look) -> Page {
    let mut page = Page::new();
    for mistake in &mistakes.list {
        one(mistake, name, look, &mut page);
        page.gap();
    }
    let count = super::words::several(mistakes.list.len() + mistakes.more, "mistake");
    let more = if mistakes.more > 0 { format!(", the first {} are shown", mistakes.list.len()) } else { String::new() };
    page.push(Line::new().with(Tone::Bold, &format!("{count}{more}")).and("; nothing was done"));
    page
}

fn one(mistake: &Mistake, name: &str, look: &Look, page: &mut Page) {
    let Mistake { line, column, what, why, hint, snippet, caret, width } = mistake;
    let place = format!("{name}:{line}:{column}: ");
    paragraph(page, look, "", Line::new().with(Tone::Bold, &place), what, Tone::Bad);
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    if !snippet.is_empty() {
        let room = look.columns.saturating_sub(number.len() + 4).max(8);
        let (snippet, caret, width) = around(snippet, *caret, *width, room);
        page.push(Line::new().with(Tone::Dim, &format!(" {number} | ")).and(&snippet));
        let mark = format!("{}{}", " ".repeat(caret), "^".repeat(width));
        page.push(Line::new().with(Tone::Dim, &format!(" {margin} | ")).with(Tone::Bad, &mark));
    }
    let lead = format!(" {margin} = ");
    if !why.is_empty() {
        paragraph(page, look, &lead, Line::new().with(Tone::Dim, &lead), why, Tone::Plain);
    }
    let head = Line::new().with(Tone::Dim, &lead).with(Tone::Busy, "hint: ");
    paragraph(page, look, &lead, head, hint, Tone::Plain);
}

/// A text after a beginning, wrapped; the lines that follow stand under the text, not under the beginning.
fn paragraph(page: &mut Page, look: &Look, lead: &str, head: Line, what: &str, tone: Tone) {
    let indent = if lead.is_empty() { 4 } else { text::width(lead) };
    let first = look.measure().saturating_sub(head.width()).max(16);
    let what = text::safe(what);
    let lines = text::wrap(&what, first);
    let begun = lines.first().cloned().unwrap_or_default();
    page.push(head.with(tone, &begun));
    let rest = lines.get(1..).unwrap_or_default().join(" ");
    if !rest.is_empty() {
        for line in text::wrap(&rest, look.measure().saturating_sub(indent)) {
            page.push(Line::new().and(&" ".repeat(indent)).with(tone, &line));
        }
    }
}

/// The part of a snippet around its mark that fits into so many columns.
fn around(snippet: &str, caret: usize, width: usize, room: usize) -> (String, usize, usize) {
    let snippet = text::safe(snippet);
    let whole = text::width(&snippet);
    if whole.max(caret + width) <= room {
        return (snippet, caret, width);
    }
    // A third of the room stands before the mark.
    let skip = caret.saturating_sub(room / 3);
    let mut passed = 0;
    let start = snippet.char_indices().find(|(_, letter)| {
        let here = passed;
        passed += text::width(letter.encode_utf8(&mut [0; 4]));
        here >= skip
    });
    let from = start.map_or(snippet.len(), |(at, _)| at);
    let gone = text::width(&snippet[..from]);
    let dots = if from > 0 { "…" } else { "" };
    let shown = text::fit(&format!("{dots}{}", &snippet[from..]), room);
    let caret = (caret - gone.min(caret) + text::width(dots)).min(room.saturating_sub(1));
    (shown, caret, width.min(room - caret).max(1))
}

/// A command that cannot be carried out as it was typed.
#[must_use]
pub fn usage(what: &str, why: &str, hint: &str, look: &Look) -> Page {
    let mut page = Page::new();
    paragraph(&mut page, look, "", Line::new().with(Tone::Bad, "error: "), what, Tone::Bold);
    if !why.is_empty() {
        paragraph(&mut page, look, "    ", Line::new().and("    "), why, Tone::Plain);
    }
    if !hint.is_empty() {
        paragraph(&mut page, look, "  ", Line::new().with(Tone::Busy, "hint: "), hint, Tone::Plain);
    }
    page
}

/// The known word that was probably meant.
#[must_use]
pub fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let limit = word.chars().count().div_ceil(3).max(1);
    let near = known.into_iter().map(|known| (distance(&word, known), known)).filter(|(far, _)| *far <= limit);
    near.min().map(|(_, known)| known)
}

/// How many letters must be changed, added, left out or swapped.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    let (mut before, mut last) = (above.clone(), None);
    for (row, letter) in one.chars().enumerate() {
        let mut line = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let mut best =
                (above[column] + usize::from(letter != *against)).min(above[column + 1] + 1).min(line[column] + 1);
            if column > 0 && last == Some(*against) && other[column - 1] == letter {
                best = best.min(before[column - 1] + 1);
            }
            line.push(best);
        }
        (before, above, last) = (above, line, Some(letter));
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_understood() {
        let known = ["throttled", "rejected", "retired", "denied"];
        assert_eq!(meant("throtled", known), Some("throttled"));
        assert_eq!(meant("Retierd", known), Some("retired"));
        assert_eq!(meant("lighthouse", known), None);
        assert_eq!(meant("", known), None);
    }
}
