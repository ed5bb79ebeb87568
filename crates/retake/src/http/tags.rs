//! What a client has already, and for how long it may keep it.

use axum::http::{HeaderMap, header};

/// What is named by the hash of its content never changes; it is nobody else's.
pub(crate) const FOREVER: &str = "private, max-age=31536000, immutable";

/// Whether whoever asks has the very thing that bears this tag.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let tags = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
    tags.flat_map(|tags| tags.split(',')).map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_every_form_in_which_it_may_come() {
        let known = |values: &[&'static str]| {
            let pairs = values.iter().map(|value| (header::IF_NONE_MATCH, value.parse().unwrap()));
            is_known(&pairs.collect(), "\"a\"")
        };
        for values in [&["\"a\""][..], &["W/\"a\""], &["*"], &["\"b\" , \"a\""], &["\"b\"", "\"a\""]] {
            assert!(known(values), "{values:?}");
        }
        for values in [&[][..], &["a"], &["\"b\""], &["\"a"]] {
            assert!(!known(values), "{values:?}");
        }
    }
}
