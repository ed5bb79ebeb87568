//! Finds when each word is said, from the sounds that were made and those that each word has by itself.
//!
//! Pure. Owns the comparison, and the guess by letters where nothing compares. Knows no speaker.

/// A sound that was made, and when, in samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sound {
    /// What a speaker calls it.
    pub(super) name: String,
    /// The first sample.
    pub(super) begin: usize,
    /// The sample after the last.
    pub(super) end: usize,
}

/// When something is said, in samples.
pub(super) type Span = (usize, usize);

/// How many letters a pause for a comma is worth.
const COMMA_LETTERS: usize = 3;

/// When each word is said. Each comes with the sounds it has when it is said alone, which need not be quite the same:
/// neighbours change each other, and numbers and signs are read as the sentence wants it.
///
/// Nothing, where fewer than half of the sounds are alike.
pub(super) fn match_words(words: &[Vec<String>], sounds: &[Sound]) -> Option<Vec<Span>> {
    let wanted: Vec<(usize, &str)> = words
        .iter()
        .enumerate()
        .flat_map(|(word, names)| names.iter().map(move |name| (word, name.as_str())))
        .collect();
    let pairs = compare(&wanted, sounds);
    let alike = pairs.iter().filter(|(sound, at)| at.is_some_and(|at| wanted[at].1 == sounds[*sound].name)).count();
    if alike == 0 || alike * 2 < wanted.len().max(sounds.len()) {
        return None;
    }
    let mut spans: Vec<Option<Span>> = vec![None; words.len()];
    // A sound that no word has belongs to the word that was being said; before the first, to the first.
    let mut word = pairs.iter().find_map(|(_, at)| at.map(|at| wanted[at].0))?;
    for (sound, at) in pairs {
        word = at.map_or(word, |at| wanted[at].0);
        let (begin, end) = (sounds[sound].begin, sounds[sound].end);
        spans[word] = Some(spans[word].map_or((begin, end), |(first, last)| (first.min(begin), last.max(end))));
    }
    let mut until = spans.iter().flatten().next()?.0;
    let keep = |span: Option<Span>| {
        // A word without a sound of its own is over at once.
        let (begin, end) = span.unwrap_or((until, until));
        until = until.max(end);
        (begin, end)
    };
    Some(spans.into_iter().map(keep).collect())
}

/// For each sound the place in what was wanted that it answers, in order: the cheapest way to turn one into the other.
fn compare(wanted: &[(usize, &str)], sounds: &[Sound]) -> Vec<(usize, Option<usize>)> {
    let (rows, columns) = (sounds.len() + 1, wanted.len() + 1);
    let mut costs = vec![0_u32; rows * columns];
    let price = |row: usize, column: usize| 2 * u32::from(sounds[row - 1].name != wanted[column - 1].1);
    for row in 0..rows {
        for column in 0..columns {
            let at = row * columns + column;
            let added = (row > 0).then(|| costs[at - columns] + 2);
            let left_out = (column > 0).then(|| costs[at - 1] + 2);
            let same = (row > 0 && column > 0).then(|| costs[at - columns - 1] + price(row, column));
            costs[at] = [added, left_out, same].into_iter().flatten().min().unwrap_or(0);
        }
    }
    let mut pairs = Vec::with_capacity(sounds.len());
    let (mut row, mut column) = (sounds.len(), wanted.len());
    while row > 0 {
        let at = row * columns + column;
        if column > 0 && costs[at] == costs[at - columns - 1] + price(row, column) {
            (row, column) = (row - 1, column - 1);
            pairs.push((row, Some(column)));
        } else if column > 0 && costs[at] == costs[at - 1] + 2 {
            column -= 1;
        } else {
            row -= 1;
            pairs.push((row, None));
        }
    }
    pairs.reverse();
    pairs
}

/// When each word is said, were all letters equally long.
pub(super) fn guess(words: &[String], (begin, end): Span) -> Vec<Span> {
    let letters = |word: &String| word.chars().filter(|letter| letter.is_alphanumeric()).count() + 1;
    let pause = |word: &String| COMMA_LETTERS * usize::from(word.ends_with([',', ';', ':', '—', '–', '.', '!', '?']));
    let count = words.len();
    let rest = |(index, word): (usize, &String)| if index + 1 == count { 0 } else { pause(word) };
    let total = words.iter().map(letters).sum::<usize>() + words.iter().enumerate().map(rest).sum::<usize>();
    let place = |letters: usize| begin + (end - begin) * letters / total.max(1);
    let mut at = 0;
    let next = |word: &String| {
        let span = (place(at), place(at + letters(word)));
        at += letters(word) + pause(word);
        span
    };
    words.iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(word: &str) -> Vec<String> {
        word.chars().map(String::from).collect()
    }

    /// Every letter lasts ten samples; a space is silence.
    fn sounds(text: &str) -> Vec<Sound> {
        let all = text.chars().enumerate();
        let heard = all.filter(|(_, letter)| *letter != ' ');
        heard.map(|(at, letter)| Sound { name: letter.into(), begin: at * 10, end: at * 10 + 10 }).collect()
    }

    #[test]
    fn words_are_found_where_neighbours_changed_them() {
        let words = ["to", "ba", "xx", "", "mi"].map(names);
        assert_eq!(
            match_words(&words, &sounds("te boa xxmi")),
            Some(vec![(0, 20), (30, 60), (70, 90), (90, 90), (90, 110)])
        );
        assert_eq!(match_words(&words, &sounds("gggggggggggg")), None);
        assert_eq!(match_words(&words, &[]), None);
        assert_eq!(match_words(&[], &sounds("a")), None);
    }

    #[test]
    fn letters_share_the_time() {
        let words = ["a,", "abc", "a."].map(str::to_owned);
        assert_eq!(guess(&words, (100, 210)), [(100, 120), (150, 190), (190, 210)]);
        assert_eq!(guess(&[], (5, 9)), []);
    }

    fn check(spans: &[Span], count: usize, begin: usize, end: usize) -> Result<(), TestCaseError> {
        prop_assert_eq!(spans.len(), count);
        let mut at = begin;
        for (from, to) in spans {
            prop_assert!(at <= *from && from <= to && *to <= end, "{:?}", spans);
            at = *to;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn words_stay_in_order_and_inside(words in prop::collection::vec("[ab]{0,4}", 0..12), heard in "[ab ]{0,40}") {
            let end = heard.len() * 10;
            let wanted: Vec<Vec<String>> = words.iter().map(|word| names(word)).collect();
            if let Some(spans) = match_words(&wanted, &sounds(&heard)) {
                check(&spans, words.len(), 0, end)?;
            }
            check(&guess(&words, (7, 7 + end)), words.len(), 7, 7 + end)?;
        }
    }
}
