//! Divides a text into what is said in one breath, and those into words as they are written.
//!
//! Owns where a sentence ends. Knows no speaker; an empty text has no words.

use std::ops::Range;

/// The most letters that are said in one piece; a longer sentence is cut where it is least heard.
const PIECE_LETTERS_MAX: usize = 400;
/// What ends in a full stop and goes on.
const TITLES: [&str; 18] = [
    "Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Mt", "Sr", "Jr", "No", "vs", "e.g", "i.e", "Gen", "Col", "Capt", "Rev",
    "Fig",
];
/// Signs that are said although they have no letters.
const SAID: &str = "&+=%@€$£";

/// What follows a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// The rest of its sentence.
    More,
    /// Another sentence.
    Sentence,
    /// Another paragraph.
    Paragraph,
}

/// Words that are said in one breath.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Which words of the text.
    pub(super) words: Range<usize>,
    /// What follows them.
    pub(super) after: After,
}

/// Whether there is something to say in it.
pub(super) fn is_said(word: &str) -> bool {
    word.chars().any(|letter| letter.is_alphanumeric() || SAID.contains(letter))
}

/// The words of a text as they are written, and how they are said together. What is only punctuation stays with the
/// word before it.
pub(super) fn divide(text: &str) -> (Vec<String>, Vec<Piece>) {
    let (mut words, mut pieces, mut waiting) = (Vec::new(), Vec::new(), String::new());
    for paragraph in paragraphs(text) {
        let first = words.len();
        join(&paragraph, &mut words, &mut waiting);
        let mut begin = first;
        for end in first + 1..=words.len() {
            let is_last = end == words.len();
            if is_last || ends_sentence(&words[end - 1], &words[end]) {
                cut(&words, begin..end, &mut pieces);
                if let Some(piece) = pieces.last_mut() {
                    piece.after = if is_last { After::Paragraph } else { After::Sentence };
                }
                begin = end;
            }
        }
    }
    (words, pieces)
}

/// The paragraphs: what empty lines stand between. A single line break is a space.
fn paragraphs(text: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            found.push(String::new());
        } else if let Some(paragraph) = found.last_mut() {
            paragraph.extend(line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).chain([' ']));
        }
    }
    found
}

/// Adds the words of a paragraph; what is only punctuation waits for the first word.
fn join(paragraph: &str, words: &mut Vec<String>, waiting: &mut String) {
    for token in paragraph.split_whitespace() {
        match words.last_mut() {
            Some(word) if !is_said(token) => {
                word.push(' ');
                word.push_str(token);
            }
            None if !is_said(token) => {
                waiting.push_str(token);
                waiting.push(' ');
            }
            Some(_) | None => words.push(std::mem::take(waiting) + token),
        }
    }
}

fn ends_sentence(word: &str, next: &str) -> bool {
    let is_closing = |letter: char| "\"'”’)]»".contains(letter) || !(letter.is_alphanumeric() || letter.is_ascii());
    let bare = word.trim_end_matches(|letter: char| is_closing(letter) && !is_stop(letter));
    if !bare.ends_with(is_stop) || next.starts_with(char::is_lowercase) {
        return false;
    }
    let name = bare.trim_end_matches('.').trim_start_matches(|letter: char| !letter.is_alphanumeric());
    let is_initial = name.chars().count() == 1 && name.chars().all(char::is_uppercase);
    !bare.ends_with('.') || !(TITLES.contains(&name) || is_initial)
}

fn is_stop(letter: char) -> bool {
    ".!?…。！？।".contains(letter)
}

/// Cuts a sentence that is too long: after the last comma or the like that is near enough, else between two words.
fn cut(words: &[String], sentence: Range<usize>, pieces: &mut Vec<Piece>) {
    let mut begin = sentence.start;
    while begin < sentence.end {
        let mut letters = 0;
        let fits = |word: &&String| {
            letters += word.chars().count() + 1;
            letters <= PIECE_LETTERS_MAX
        };
        let most = begin + words[begin..sentence.end].iter().take_while(fits).count().max(1);
        let clause = words[begin..most].iter().rposition(|word| word.ends_with([',', ';', ':', '—', '–']));
        let end = if most == sentence.end { most } else { clause.map_or(most, |last| begin + last + 1) };
        pieces.push(Piece { words: begin..end, after: After::More });
        begin = end;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(text: &str) -> Vec<String> {
        let (words, pieces) = divide(text);
        pieces.iter().map(|piece| format!("{}{:?}", words[piece.words.clone()].join("|"), piece.after)).collect()
    }

    #[test]
    fn sentences_end_where_they_end() {
        assert_eq!(
            said("— Dr. A. Smith came\nat 5 p.m. and left… “Why?” Nobody – 😀 knew.\n\n\nThe end"),
            [
                "— Dr.|A.|Smith|came|at|5|p.m.|and|left…Sentence",
                "“Why?”Sentence",
                "Nobody – 😀|knew.Paragraph",
                "The|endParagraph"
            ]
        );
        assert_eq!(said(" … \n\n — 😀 \t"), Vec::<String>::new());
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_comma() {
        let text = "so it went on, ".repeat(60);
        let (words, pieces) = divide(&text);
        assert!(pieces.len() > 1 && pieces.iter().all(|piece| words[piece.words.end - 1] == "on,"), "{pieces:?}");
    }

    proptest! {
        #[test]
        fn every_word_is_said_once(text in "([a-zA-Z.,!?—–😀\u{0}\r&]{0,8}[ \n]{0,3}){0,80}") {
            let (words, pieces) = divide(&text);
            let mut next = 0;
            for piece in &pieces {
                prop_assert_eq!(piece.words.start, next);
                prop_assert!(!piece.words.is_empty());
                next = piece.words.end;
            }
            prop_assert_eq!(next, words.len());
            prop_assert!(words.iter().all(|word| is_said(word)));
            if !words.is_empty() {
                let flat = text.replace(char::is_control, " ");
                prop_assert_eq!(words.join(" "), flat.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
    }
}
