//! The name of a film's file, made from its title.

use unicode_normalization::UnicodeNormalization as _;

/// The longest name, in bytes, so that an ending and whatever a system adds still fit.
const BYTES_MAX: usize = 80;
/// The name of a film whose title has no letter.
const NAMELESS: &str = "film";
/// Names that are devices on Windows, whatever their ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin", "conout"];

/// A title as the name of a file: letters and digits of any script, small, with single dashes between. It is never
/// empty, an option, a path or a device. Different titles may have the same: whoever calls tells them apart.
#[must_use]
pub fn slug(title: &str) -> String {
    let mut name = String::new();
    for letter in title.to_lowercase().nfkc().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            name.push(letter);
        } else if !is_silent(letter) && !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let mut name: String = name.nfc().collect();
    shorten(&mut name);
    if name.is_empty() {
        return NAMELESS.to_owned();
    }
    let port = |device: &str| {
        name.strip_prefix(device).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    if DEVICES.contains(&name.as_str()) || port("com") || port("lpt") {
        name.push_str("-film");
    }
    name
}

/// Marks within words that leave no gap.
fn is_silent(letter: char) -> bool {
    matches!(letter, '\'' | '\u{2019}' | '\u{2bc}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{ad}')
}

/// Cuts a name that is too long, between two words where there are some.
fn shorten(name: &mut String) {
    if name.len() > BYTES_MAX {
        let mut end = BYTES_MAX;
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        // A cut that falls right behind a word takes nothing of it.
        let whole = name[end..].starts_with('-');
        name.truncate(end);
        if let Some(dash) = name.rfind('-').filter(|dash| !whole && *dash >= BYTES_MAX / 2) {
            name.truncate(dash);
        }
    }
    name.truncate(name.trim_end_matches('-').len());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::deliver::is_plain;

    #[test]
    fn titles_become_names() {
        let of = |title, name| assert_eq!(slug(title), name, "{title:?}");
        of("How lighthouses learned to blink", "how-lighthouses-learned-to-blink");
        of("  The Keeper's  Lamp — Part 2!", "the-keepers-lamp-part-2");
        of("Łódź, Москва & Ελλάδα", "łódź-москва-ελλάδα");
        of("灯台の話", "灯台の話");
        of("\u{ff26}\u{ff49}\u{ff4c}\u{ff4d} ①", "film-1");
        of("Cafe\u{301}", "café");
        for nameless in ["", "-y", "..", "/", "\u{1f980}", "../../", "--"] {
            let name = slug(nameless);
            assert!(name == "film" || name == "y", "{nameless:?}: {name}");
        }
        for device in ["CON", "nul", "Com1", "LPT\u{b9}"] {
            assert!(slug(device).ends_with("-film"), "{device}");
        }
        of("C:\\con", "c-con");
    }

    #[test]
    fn long_titles_end_with_a_word() {
        let name = slug(&"seven words and a few more letters ".repeat(9));
        assert!((40..=80).contains(&name.len()) && !name.ends_with('-'), "{name}");
        assert!("seven words and a few more letters".split(' ').any(|word| name.ends_with(word)), "{name}");
        assert!((78..=80).contains(&slug(&"\u{706f}".repeat(100)).len()));
    }

    proptest! {
        #[test]
        fn every_title_has_a_safe_name(title in "\\PC{0,120}|(?s:.{0,120})") {
            let name = slug(&title);
            prop_assert!(is_plain(&name) && is_plain(&format!("{name}.mp4")), "{name:?}");
            prop_assert!(name.len() <= BYTES_MAX + 5);
            prop_assert!(name.chars().all(|letter| letter.is_alphanumeric() || letter == '-'), "{name:?}");
            prop_assert!(!name.contains("--") && !name.starts_with('-') && !name.ends_with('-'));
        }
    }
}
