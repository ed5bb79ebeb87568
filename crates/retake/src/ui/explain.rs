//! A page for each class of faults: what it means, what retake does, what you can do, and the money.

use retake_engine::fault::Class;
use serde::Serialize;

use super::mistakes::meant;
use super::paint::{Line, Look, Page, Tone};
use super::text;
use super::words;

/// What stands in the page of a class, as it is kept.
#[must_use]
pub const fn source(class: Class) -> &'static str {
    match class {
        Class::Transient => include_str!("faults/transient.md"),
        Class::Throttled => include_str!("faults/throttled.md"),
        Class::Unclear => include_str!("faults/unclear.md"),
        Class::Rejected => include_str!("faults/rejected.md"),
        Class::Invalid => include_str!("faults/invalid.md"),
        Class::Retired => include_str!("faults/retired.md"),
        Class::Denied => include_str!("faults/denied.md"),
        Class::Exhausted => include_str!("faults/exhausted.md"),
        Class::Defective => include_str!("faults/defective.md"),
        Class::Broken => include_str!("faults/broken.md"),
        Class::Internal => include_str!("faults/internal.md"),
    }
}

/// The class of this name.
#[must_use]
pub fn class(word: &str) -> Option<Class> {
    Class::ALL.into_iter().find(|class| words::class(*class).eq_ignore_ascii_case(word.trim()))
}

/// A page as data.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Told {
    fault: &'static str,
    meaning: String,
    retake_does: String,
    you_can: Vec<String>,
    money: String,
}

/// The page of a class, as data.
#[must_use]
pub fn told(class: Class) -> Told {
    let part = |heading: &str| {
        let after = source(class).split_once(&format!("\n## {heading}\n")).map_or("", |(_, after)| after);
        after.split_once("\n## ").map_or(after, |(part, _)| part).trim()
    };
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let points = format!("\n{}", part("What you can do"));
    Told {
        fault: words::class(class),
        meaning: plain(part("What it means")),
        retake_does: plain(part("What retake does")),
        you_can: points.split("\n- ").map(plain).filter(|point| !point.is_empty()).collect(),
        money: plain(part("The money")),
    }
}

/// The page of a class.
#[must_use]
pub fn page(class: Class, look: &Look) -> Page {
    let mut page = Page::new();
    // Lines of a paragraph belong together; an empty line, a heading or a point ends it.
    let mut paragraph = String::new();
    for line in source(class).lines().chain([""]) {
        let ends = line.is_empty() || line.starts_with('#') || line.starts_with("- ");
        if ends && !paragraph.is_empty() {
            block(&mut page, look, &std::mem::take(&mut paragraph));
        }
        match line.split_once(' ') {
            _ if line.is_empty() => page.gap(),
            Some(("#" | "##", heading)) => {
                page.push(Line::new().with(Tone::Bold, heading));
            }
            Some(_) | None => {
                paragraph.push_str(line.trim_start());
                paragraph.push(' ');
            }
        }
    }
    while page.lines.last().is_some_and(|line| line.width() == 0) {
        page.lines.pop();
    }
    page
}

fn block(page: &mut Page, look: &Look, paragraph: &str) {
    let (lead, rest, indent) = match paragraph.strip_prefix("- ") {
        Some(point) => ("  - ", point, 4),
        None => ("  ", paragraph, 2),
    };
    let paragraph = rest.replace('`', "");
    for (at, line) in text::wrap(&paragraph, look.measure().min(88).saturating_sub(indent)).iter().enumerate() {
        let lead = if at == 0 { lead.to_owned() } else { " ".repeat(indent) };
        page.push(Line::new().and(&lead).and(line));
    }
}

/// All classes, a line each.
#[must_use]
pub fn list(look: &Look) -> Page {
    let mut page = Page::new();
    for class in Class::ALL {
        let line = Line::new().with(Tone::Bold, &text::pad(words::class(class), 11)).and(words::meaning(class));
        page.push(line.fit(look.measure()));
    }
    page
}

/// What is said of a word that names no class.
#[must_use]
pub fn unknown(word: &str, look: &Look) -> Page {
    let hint = meant(word, Class::ALL.map(words::class)).map(|class| format!("did you mean `{class}`?"));
    let what = format!("there is no fault `{}`", text::fit(&text::safe(word), 40));
    let mut page = super::mistakes::usage(&what, "", &hint.unwrap_or_default(), look);
    page.gap();
    page.append(list(look));
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_page_with_all_its_parts() {
        for class in Class::ALL {
            let page = source(class);
            assert!(page.starts_with(&format!("# {}: ", words::class(class))), "{class:?} has another title");
            for part in ["## What it means", "## What retake does", "## What you can do", "## The money"] {
                assert!(page.contains(&format!("\n{part}\n\n")), "the page of {class:?} lacks {part:?}");
            }
            assert!(page.contains("`retake ") || page.contains("film.yaml"), "{class:?} names nothing to type");
        }
    }

    #[test]
    fn a_page_is_data_as_well() {
        for class in Class::ALL {
            let told = told(class);
            let parts = [&told.meaning, &told.retake_does, &told.money];
            assert!(parts.iter().all(|part| part.ends_with('.') && !part.contains('#')), "{told:?}");
            assert!(!told.you_can.is_empty(), "{told:?}");
            assert!(told.you_can.iter().all(|point| !point.starts_with('-') && !point.contains('\n')), "{told:?}");
        }
    }

    #[test]
    fn every_class_is_found_by_its_word() {
        for one in Class::ALL {
            assert_eq!(class(&words::class(one).to_uppercase()), Some(one));
        }
        assert_eq!(class("nonsense"), None);
    }
}
