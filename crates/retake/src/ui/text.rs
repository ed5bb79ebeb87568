//! Texts as a terminal shows them: how wide they are, what of them fits, and nothing that would move its cursor.
//!
//! Knows columns and nothing of what a text means.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text in one line, without anything that a terminal would obey instead of showing it.
///
/// What joins or varies letters is left out, because terminals disagree on how wide the result is; what would hide or
/// turn around other text is shown as a mark.
#[must_use]
pub fn safe(text: &str) -> String {
    text.chars().filter_map(shown).collect()
}

fn shown(letter: char) -> Option<char> {
    match letter {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0020}'..='\u{e007f}' => None,
        '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => Some('\u{fffd}'),
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => Some('\u{fffd}'),
        _ if letter.is_control() => Some('\u{fffd}'),
        _ => Some(letter),
    }
}

/// How many columns the text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, or as much of it as fits, with a mark that something is missing.
#[must_use]
pub fn fit(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let mut used = 0;
    let fits = |letter: &char| {
        used += letter.width().unwrap_or(0);
        used <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// The text, cut or filled up with spaces to exactly so many columns.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let text = fit(text, columns);
    let missing = columns.saturating_sub(width(&text));
    format!("{text}{}", " ".repeat(missing))
}

/// The same with the spaces before it, as numbers stand.
#[must_use]
pub fn pad_left(text: &str, columns: usize) -> String {
    let text = fit(text, columns);
    let missing = columns.saturating_sub(width(&text));
    format!("{}{text}", " ".repeat(missing))
}

/// The text in lines of at most so many columns, broken between words where that is possible.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word = word;
        let last = lines.last().map_or(0, |line| width(line));
        if last > 0 && last + 1 + width(word) > columns {
            lines.push(String::new());
        } else if last > 0 {
            append(&mut lines, " ");
        }
        // A word wider than a line is broken wherever the line ends.
        while width(word) > columns {
            let cut = cut(word, columns);
            append(&mut lines, &word[..cut]);
            lines.push(String::new());
            word = &word[cut..];
        }
        append(&mut lines, word);
    }
    lines
}

fn append(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

/// Where the text must be cut so that what stands before fits; at least one letter does.
fn cut(text: &str, columns: usize) -> usize {
    let mut used = 0;
    for (at, letter) in text.char_indices() {
        used += letter.width().unwrap_or(0);
        if used > columns && at > 0 {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        assert_eq!(safe("a\u{1b}[2Jb\r\nc\u{202e}d\u{7}"), "a\u{fffd}[2Jb  c\u{fffd}d\u{fffd}");
        assert_eq!(safe("👨\u{200d}👩\u{200d}👧 ❤\u{fe0f}"), "👨👩👧 ❤");
        assert_eq!(safe("שלום 灯台"), "שלום 灯台");
    }

    #[test]
    fn what_does_not_fit_is_cut_by_columns() {
        assert_eq!(fit("lighthouse", 10), "lighthouse");
        assert_eq!(fit("lighthouses", 10), "lighthous…");
        assert_eq!(fit("灯台守の夜", 6), "灯台…");
        assert_eq!((fit("ab", 1).as_str(), fit("ab", 0).as_str()), ("…", ""));
        assert_eq!((pad("灯台", 6).as_str(), pad_left("9", 3).as_str()), ("灯台  ", "  9"));
    }

    #[test]
    fn lines_break_between_words_and_long_words_anywhere() {
        assert_eq!(wrap("the keeper climbs the stairs", 12), ["the keeper", "climbs the", "stairs"]);
        assert_eq!(wrap("aaaaaaa bb", 3), ["aaa", "aaa", "a", "bb"]);
        assert_eq!(wrap("", 3), [""]);
        for columns in 0..20 {
            assert!(wrap("灯台守 keeper 🌊🌊🌊🌊", columns).iter().all(|line| width(line) <= columns.max(2)));
        }
    }
}
