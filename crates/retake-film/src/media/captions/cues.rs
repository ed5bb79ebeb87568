//! Divides spoken words into cues that can be read.
//!
//! Owns where a cue and a line end. Of all ways to divide the words the one that reads best is taken.

use std::ops::Range;
use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

use super::{Cue, Word, clean};

/// The most columns of a line; wide letters take two.
const COLUMNS_MAX: usize = 42;
/// How long a cue may be, and should be at least.
const MOST_MS: u64 = 6_000;
const LEAST_MS: u64 = 1_000;
/// How long it stays after its last word, where there is time.
const LINGER_MS: u64 = 500;
/// A shorter gap between two cues is closed, since it flickers.
const GAP_MS: u64 = 300;
/// A silence that a cue should not reach across.
const SILENCE_MS: u64 = 700;
/// The most letters a second that are read with ease.
const PACE: u64 = 21;

/// Words that nobody wants at the end of a line.
const LEANING: [&str; 23] = [
    "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "and", "or", "but", "with", "from", "as", "is", "my",
    "its", "der", "die", "das", "und",
];

/// The cues of words that are spoken one after the other; none is shown past `until`.
#[must_use]
pub fn cues(words: &[Word], until: Duration) -> Vec<Cue> {
    let words = ordered(words);
    let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
    let divided = divide(&words);
    let mut cues = Vec::with_capacity(divided.len());
    for (index, range) in divided.iter().enumerate() {
        let next = divided.get(index + 1).map_or(u64::MAX, |next| words[next.start].start_ms);
        let (from, end) = (words[range.start].start_ms, words[range.end - 1].end_ms);
        let wanted = (end + LINGER_MS).max(from + LEAST_MS).min(from + MOST_MS.max(end - from));
        let to = if next <= wanted.saturating_add(GAP_MS) { next } else { wanted }.min(until);
        let lines = lines(&words[range.clone()]);
        if let Some(lines) = lines.filter(|_| from < to) {
            cues.push(Cue { from: Duration::from_millis(from), to: Duration::from_millis(to), text: lines.join("\n") });
        }
    }
    cues
}

/// The words in one line each, in order, none before the one before it, none wider than a line.
fn ordered(words: &[Word]) -> Vec<Word> {
    let mut ordered: Vec<Word> = Vec::with_capacity(words.len());
    let mut least = 0;
    for word in words {
        let text = clean(&word.text.split_whitespace().collect::<Vec<_>>().join(" "));
        let start_ms = word.start_ms.max(least);
        let end_ms = word.end_ms.max(start_ms);
        let parts = narrow(&text);
        let count = parts.len() as u64;
        let at = |part: u64| start_ms + (end_ms - start_ms) * part / count;
        for (part, text) in (0..).zip(parts) {
            // No two words begin at once: each can begin a cue.
            let start_ms = at(part).max(least);
            least = start_ms + 1;
            ordered.push(Word { text, start_ms, end_ms: at(part + 1).max(start_ms) });
        }
    }
    ordered
}

/// A word in parts that fit a line. Languages without spaces write a sentence as one word.
fn narrow(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for letter in text.chars() {
        match parts.last_mut().filter(|part| part.width() + letter.to_string().width() <= COLUMNS_MAX) {
            Some(part) => part.push(letter),
            None => parts.push(letter.into()),
        }
    }
    parts
}

/// Where the words are best divided: the cheapest division of the first words, made longer word by word.
fn divide(words: &[Word]) -> Vec<Range<usize>> {
    let mut best: Vec<(u64, usize)> = vec![(0, 0)];
    for end in 1..=words.len() {
        let mut cheapest = (u64::MAX, end - 1);
        for begin in (0..end).rev() {
            let Some(price) = price(words, begin..end) else { break };
            cheapest = cheapest.min((best[begin].0.saturating_add(price), begin));
        }
        best.push(cheapest);
    }
    let mut ranges = Vec::new();
    let mut end = words.len();
    while end > 0 {
        let begin = best[end].1;
        ranges.push(begin..end);
        end = begin;
    }
    ranges.reverse();
    ranges
}

/// How badly these words read as one cue; nothing, where they cannot be one.
fn price(words: &[Word], range: Range<usize>) -> Option<u64> {
    let cue = &words[range.clone()];
    let (first, last) = (cue.first()?, cue.last()?);
    let spoken = last.end_ms - first.start_ms;
    let count = lines(cue)?.len();
    if cue.len() > 1 && spoken > MOST_MS {
        return None;
    }
    let next = words.get(range.end).map_or(last.end_ms + LEAST_MS, |next| next.start_ms);
    let there = (next - first.start_ms).min(spoken + LINGER_MS);
    let letters: u64 = cue.iter().map(|word| word.text.chars().count() as u64 + 1).sum();
    let pairs = || cue.iter().zip(&cue[1..]);
    let silences = pairs().filter(|(word, next)| next.start_ms.saturating_sub(word.end_ms) > SILENCE_MS).count() as u64;
    let stops = pairs().filter(|(word, _)| ending(&word.text) == 0).count() as u64;
    let is_last = range.end == words.len();
    Some(
        10 + count as u64
            + if is_last { 0 } else { ending(&last.text) }
            + if there < LEAST_MS { 4 + (LEAST_MS - there) / 25 } else { 0 }
            + if letters * 1000 > PACE * there.max(1) { 3 } else { 0 }
            + silences * 30
            + stops * 6,
    )
}

/// How badly a cue or line ends with this word.
fn ending(word: &str) -> u64 {
    let bare = word.trim_end_matches(|letter: char| "\"'”’»)]".contains(letter));
    if bare.ends_with(['.', '!', '?', '…', '。', '！', '？', '।']) {
        0
    } else if bare.ends_with([',', ';', ':', '—', '–', '、', '，']) {
        4
    } else if LEANING.contains(&bare.to_lowercase().as_str()) {
        24
    } else {
        14
    }
}

/// The words in one line or two that are about equally long; nothing, where they do not fit.
fn lines(words: &[Word]) -> Option<Vec<String>> {
    let joined = |words: &[Word]| words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let widths: Vec<usize> = words.iter().map(|word| word.text.width()).collect();
    let width = |widths: &[usize]| widths.iter().sum::<usize>() + widths.len().saturating_sub(1);
    if width(&widths) <= COLUMNS_MAX {
        return Some(vec![joined(words)]);
    }
    let cost = |at: usize| {
        let (upper, lower) = (width(&widths[..at]), width(&widths[at..]));
        let fits = upper.max(lower) <= COLUMNS_MAX;
        fits.then(|| (upper.abs_diff(lower) as u64 + ending(&words[at - 1].text), at))
    };
    let (_, at) = (1..words.len()).filter_map(cost).min()?;
    Some(vec![joined(&words[..at]), joined(&words[at..])])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each letter takes 60 ms; a full stop, a pause.
    fn spoken(text: &str) -> Vec<Word> {
        let mut at = 40;
        let word = |text: &str| {
            let start_ms = at;
            let end_ms = start_ms + text.chars().count() as u64 * 60;
            at = end_ms + if text.ends_with('.') { 400 } else { 40 };
            Word { text: text.to_owned(), start_ms, end_ms }
        };
        text.split_whitespace().map(word).collect()
    }

    #[test]
    fn words_are_divided_where_one_breathes() {
        let words = spoken(
            "For two thousand years a lighthouse could only shine. Then keepers learned to make it blink, and every \
             harbour got its own rhythm. A stepped lens bends every ray the same way. Yes.",
        );
        let text: Vec<String> = cues(&words, Duration::from_secs(60)).into_iter().map(|cue| cue.text).collect();
        insta::assert_snapshot!(text.join("\n--\n"), @"
        For two thousand years
        a lighthouse could only shine.
        --
        Then keepers learned to make it blink,
        and every harbour got its own rhythm.
        --
        A stepped lens bends every
        ray the same way. Yes.
        ");
    }

    #[test]
    fn short_gaps_are_closed_and_the_end_is_kept() {
        let words = spoken("One thing happened here. Another thing happened there.");
        let cues = cues(&words, Duration::from_millis(3_500));
        let times: Vec<_> = cues.iter().map(|cue| (cue.from.as_millis(), cue.to.as_millis())).collect();
        assert_eq!(times, [(40, 3_500)]);
    }

    #[test]
    fn a_sentence_without_spaces_is_cut() {
        let words = [Word { text: "灯".repeat(50), start_ms: 0, end_ms: 5_000 }];
        let cues = cues(&words, Duration::from_secs(9));
        assert!(cues.iter().all(|cue| cue.text.lines().all(|line| line.width() <= COLUMNS_MAX)), "{cues:?}");
        assert_eq!(cues.iter().map(|cue| cue.text.matches('灯').count()).sum::<usize>(), 50);
        assert!(super::cues(&[], Duration::from_secs(1)).is_empty());
    }

    proptest! {
        #[test]
        fn cues_keep_every_word_in_its_time(
            drawn in prop::collection::vec(("[a-z灯]{1,60}[.,]?", 0_u64..2_000, 0_u64..1_500), 0..60)
        ) {
            let mut at = 0;
            let word = |(text, gap, length): (String, u64, u64)| {
                let start_ms = at + gap;
                at = start_ms + length;
                Word { text, start_ms, end_ms: at }
            };
            let words: Vec<Word> = drawn.into_iter().map(word).collect();
            let until = Duration::from_millis(at + 2_000);
            let cues = cues(&words, until);
            let plain = |text: &str| text.split_whitespace().collect::<String>();
            let shown: String = cues.iter().map(|cue| plain(&cue.text)).collect();
            prop_assert_eq!(shown, words.iter().map(|word| plain(&word.text)).collect::<String>());
            for cue in &cues {
                prop_assert!(cue.from < cue.to && cue.to <= until);
                prop_assert!(cue.to - cue.from <= Duration::from_millis(MOST_MS + GAP_MS));
                prop_assert!(cue.text.lines().count() <= 2);
                prop_assert!(cue.text.lines().all(|line| line.width() <= COLUMNS_MAX));
            }
            for (cue, next) in cues.iter().zip(cues.iter().skip(1)) {
                prop_assert!(cue.to == next.from || next.from - cue.to > Duration::from_millis(GAP_MS));
            }
        }
    }
}
