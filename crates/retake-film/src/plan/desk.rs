//! Where values are read out of the tree and mistakes are collected. Knows shapes and limits, no rule of films.

use std::ops::RangeInclusive;
use std::rc::Rc;

use super::keys::{Keys, listed, nearest};
use super::limits::MISTAKES_MAX;
use super::mistake::{Complaint, Spot, quoted};
use super::tree::{Node, Shape};

/// Mistakes that are kept before only their count would grow: enough to show the first ones in order.
const KEPT_MAX: usize = MISTAKES_MAX * 100;

/// Keys of one mapping: more than anything in a plan has.
const KEYS_MAX: usize = 256;

/// Collects what is wrong while a plan is read.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) complaints: Vec<(Spot, Complaint)>,
}

/// The known fields of a mapping.
#[derive(Debug)]
pub(crate) struct Fields<'t> {
    /// Where the mapping begins.
    pub(crate) spot: Spot,
    known: Vec<(&'t str, &'t Node, &'t Node)>,
    /// The keys of ours that unknown ones were probably meant to be.
    meant: Vec<&'static str>,
}

impl<'t> Fields<'t> {
    pub(crate) fn get(&self, key: &str) -> Option<&'t Node> {
        self.known.iter().find(|(name, ..)| *name == key).map(|(_, _, value)| *value)
    }

    /// Where the key itself stands.
    pub(crate) fn key(&self, key: &str) -> Option<Spot> {
        self.known.iter().find(|(name, ..)| *name == key).map(|(_, key, _)| key.spot)
    }

    /// Whether an unknown key was probably meant to be one of these: then its absence is no second mistake.
    pub(crate) fn means_one_of(&self, keys: &[&str]) -> bool {
        self.meant.iter().any(|meant| keys.contains(meant))
    }

    /// The keys that are there, in the order of the text.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'t str> {
        self.known.iter().map(|(name, ..)| *name)
    }
}

impl Desk {
    pub(crate) fn wrong(&mut self, spot: Spot, complaint: Complaint) {
        if self.complaints.len() < KEPT_MAX {
            self.complaints.push((spot, complaint));
        }
    }

    pub(crate) fn complain(
        &mut self,
        spot: Spot,
        what: impl Into<String>,
        why: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.wrong(spot, Complaint::new(what, why, hint));
    }

    fn unfit(&mut self, node: &Node, wanted: &str) {
        if matches!(node.shape, Shape::Nothing) {
            self.complain(
                node.spot,
                "nothing stands here",
                format!("{wanted} is expected"),
                "write a value, or leave out the key",
            );
        } else {
            self.complain(
                node.spot,
                format!("{} stands here", node.kind()),
                format!("{wanted} is expected"),
                format!("write {wanted}"),
            );
        }
    }

    /// The pairs of a mapping, each key once.
    pub(crate) fn pairs<'t>(&mut self, node: &'t Node, wanted: &str) -> Option<Vec<(&'t str, &'t Node, &'t Node)>> {
        let Shape::Map(pairs) = &node.shape else {
            self.unfit(node, wanted);
            return None;
        };
        if pairs.len() > KEYS_MAX {
            let what = format!("a mapping of {} keys", pairs.len());
            self.complain(node.spot, what, format!("at most {KEYS_MAX} may stand here"), "leave some out");
            return None;
        }
        let mut seen: Vec<(&str, &Node, &Node)> = Vec::new();
        for (key, value) in pairs {
            let Shape::Text(name) = &key.shape else {
                self.unfit(key, "a text as a key");
                continue;
            };
            if name == "<<" {
                self.complain(
                    key.spot,
                    "a merge key",
                    "mappings are not merged into others",
                    "set what is common once, for the whole film",
                );
            } else if seen.iter().any(|(other, ..)| other == name) {
                let why = "of two values nobody can tell which is meant";
                self.complain(
                    key.spot,
                    format!("the key {} stands here twice", quoted(name)),
                    why,
                    "take one of them out",
                );
            } else {
                seen.push((name, key, value));
            }
        }
        Some(seen)
    }

    /// The fields of a mapping, with every unknown key a mistake.
    pub(crate) fn fields<'t>(&mut self, node: &'t Node, keys: &Keys, wanted: &str) -> Option<Fields<'t>> {
        let mut known = self.pairs(node, wanted)?;
        let mut meant = Vec::new();
        known.retain(|(name, key, _)| {
            let is_known = keys.knows(name);
            if !is_known {
                self.wrong(key.spot, keys.stranger(name));
                meant.extend(keys.meant(name));
            }
            is_known
        });
        let first = known.first().map_or(node.spot, |(_, key, _)| key.spot);
        Some(Fields { spot: if node.spot.end > node.spot.start { node.spot } else { first }, known, meant })
    }

    /// The entries of a list.
    pub(crate) fn list<'t>(&mut self, node: &'t Node, wanted: &str, max: usize) -> Option<&'t [Rc<Node>]> {
        let Shape::List(entries) = &node.shape else {
            self.unfit(node, wanted);
            return None;
        };
        if entries.len() > max {
            let what = format!("a list of {}", entries.len());
            self.complain(
                node.spot,
                what,
                format!("at most {max} may stand here"),
                "leave some out, or make several films",
            );
            return None;
        }
        Some(entries)
    }

    /// A text of one or several lines.
    pub(crate) fn text(&mut self, node: &Node, chars_max: usize) -> Option<String> {
        self.written(node, chars_max, |letter| letter == '\n' || letter == '\t')
    }

    /// A text of one line.
    pub(crate) fn line(&mut self, node: &Node, chars_max: usize) -> Option<String> {
        self.written(node, chars_max, |_| false)
    }

    fn written(&mut self, node: &Node, chars_max: usize, is_allowed: fn(char) -> bool) -> Option<String> {
        let Shape::Text(text) = &node.shape else {
            self.unfit(node, "a text");
            return None;
        };
        if text.trim().is_empty() {
            self.complain(
                node.spot,
                "an empty text",
                "there must be something to work with",
                "write something, or leave out the key",
            );
            return None;
        }
        if let Some(control) = text.chars().find(|letter| letter.is_control() && !is_allowed(*letter)) {
            let what = format!("the control character U+{:04X} in a text", u32::from(control));
            self.complain(node.spot, what, "texts hold only what can be read", "take it out");
            return None;
        }
        let count = text.chars().count();
        if count > chars_max {
            let what = format!("a text of {count} characters");
            self.complain(node.spot, what, format!("at most {chars_max} may stand here"), "shorten it");
            return None;
        }
        Some(text.clone())
    }

    /// A value that is written as one word.
    pub(crate) fn scalar<T>(
        &mut self,
        node: &Node,
        wanted: &str,
        read: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        let Shape::Text(text) = &node.shape else {
            self.unfit(node, wanted);
            return None;
        };
        read(text).map_err(|complaint| self.wrong(node.spot, complaint)).ok()
    }

    /// A whole number.
    pub(crate) fn number(&mut self, node: &Node, range: RangeInclusive<u64>) -> Option<u64> {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        self.scalar(node, &wanted, |text| {
            let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = is_digits.then(|| text.parse().ok()).flatten();
            let complaint = || {
                Complaint::new(
                    format!("{} stands here", quoted(text)),
                    format!("{wanted} is expected"),
                    format!("write {wanted}"),
                )
            };
            number.filter(|number| range.contains(number)).ok_or_else(complaint)
        })
    }

    /// One of a few words.
    pub(crate) fn one_of<T: Copy>(&mut self, node: &Node, words: &[(&'static str, T)]) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let wanted = format!("one of {}", listed(&names));
        self.scalar(node, &wanted, |text| {
            let complaint = || {
                let hint = nearest(&text.to_lowercase(), &names)
                    .map_or_else(|| format!("write {wanted}"), |near| format!("did you mean `{near}`?"));
                Complaint::new(format!("{} stands here", quoted(text)), format!("{wanted} is expected"), hint)
            };
            words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(complaint)
        })
    }
}
