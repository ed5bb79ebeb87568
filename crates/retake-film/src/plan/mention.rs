//! Members of the cast within a prompt: `@tom` is one, `@@` is an at sign. Knows no plan, only which names there are.

/// A part of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'p> {
    /// Words as they stand.
    Words(&'p str),
    /// A member of the cast.
    Member(&'p str),
    /// A name that nobody has.
    Stranger(&'p str),
}

/// Takes a prompt apart. Put together again with names in the place of members, it is what a model is sent.
///
/// A name ends where its letters, digits and underscores end. In scripts without spaces, where the name is followed by
/// other letters, it is the longest name that fits.
pub fn pieces<'p>(prompt: &'p str, is_member: impl Fn(&str) -> bool) -> Vec<Piece<'p>> {
    let mut found = Vec::new();
    let mut rest = prompt;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let word = &after[..after.find(|letter| !is_name(letter)).unwrap_or(after.len())];
        if after.starts_with('@') || word.is_empty() {
            // An at sign that is meant as one; of two, one stays.
            found.push(Piece::Words(&rest[..=at]));
            rest = after.strip_prefix('@').unwrap_or(after);
            continue;
        }
        if !before.is_empty() {
            found.push(Piece::Words(before));
        }
        let piece = name_in(word, &is_member).map_or(Piece::Stranger(word), Piece::Member);
        let (Piece::Member(name) | Piece::Stranger(name) | Piece::Words(name)) = piece;
        rest = &after[name.len()..];
        found.push(piece);
    }
    if !rest.is_empty() {
        found.push(Piece::Words(rest));
    }
    found
}

/// The longest name that the word is, or begins with where no Latin letter or digit follows.
fn name_in<'p>(word: &'p str, is_member: &impl Fn(&str) -> bool) -> Option<&'p str> {
    const NAME_BYTES_MAX: usize = 400;
    if is_member(word) {
        return Some(word);
    }
    let fits = |(at, letter): (usize, char)| {
        let name = &word[..at];
        (!name.is_empty() && !letter.is_ascii() && is_member(name)).then_some(name)
    };
    word.char_indices().take_while(|(at, _)| *at <= NAME_BYTES_MAX).filter_map(fits).last()
}

/// Whether a name may hold this letter.
pub(crate) fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::Piece::{Member, Stranger, Words};
    use super::*;
    use proptest::prelude::*;

    fn of(prompt: &str) -> Vec<Piece<'_>> {
        pieces(prompt, |name| ["tom", "汤姆"].contains(&name))
    }

    #[test]
    fn names_are_told_from_words() {
        assert_eq!(of("@tom's lamp"), [Member("tom"), Words("'s lamp")]);
        assert_eq!(of("a @tom-like man"), [Words("a "), Member("tom"), Words("-like man")]);
        assert_eq!(of("@tommy"), [Stranger("tommy")]);
        assert_eq!(of("汤@汤姆走进来"), [Words("汤"), Member("汤姆"), Words("走进来")]);
        assert_eq!(of("me@@home"), [Words("me@"), Words("home")]);
        assert_eq!(of("8 @ noon @"), [Words("8 @"), Words(" noon @")]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_one_of_two_signs(prompt in "[@a汤姆tom .]{0,20}") {
            let whole: String = of(&prompt).iter().map(|piece| match piece {
                Words(words) => words.replace('@', "@@"),
                Member(name) | Stranger(name) => format!("@{name}"),
            }).collect();
            prop_assert_eq!(of(&whole).len(), of(&prompt).len());
        }
    }
}
