//! The rules that hold between the parts of a plan. Each part by itself has been read before.

use std::collections::HashMap;

use unicode_security::confusable_detection::skeleton;

use super::desk::{Desk, Fields};
use super::limits::SCENES_MAX;
use super::mistake::{Spot, quoted};
use super::scene::Draft;
use super::tree::Node;

/// What must hold between scenes.
pub(crate) fn film(desk: &mut Desk, fields: &Fields<'_>, scenes: Option<&[Draft]>) {
    let ids: Vec<(String, Option<Spot>)> = scenes
        .unwrap_or_default()
        .iter()
        .filter_map(|draft| draft.id.clone())
        .map(|(id, spot)| (id, Some(spot)))
        .collect();
    alike(desk, "the id", &ids);
    if let (None, Some(spot)) = (fields.get("scenes"), fields.key("min_clips")) {
        let why = "how many scenes there will be is not known before they are written";
        desk.complain(spot, "`min_clips` without `scenes`", why, "leave it out, or write the scenes");
    }
}

/// How many scenes make a film: at least one, at most the `count` that are written, right or wrong.
pub(crate) fn min_clips(desk: &mut Desk, node: &Node, count: usize) -> Option<usize> {
    let number = desk.number(node, 1..=SCENES_MAX as u64).and_then(|number| usize::try_from(number).ok())?;
    if number > count && count > 0 {
        let what = format!("{number} scenes wanted, {count} written");
        let hint = format!("write `min_clips: {count}` or less");
        desk.complain(node.spot, what, "a film has no more good scenes than scenes", hint);
    }
    Some(number)
}

/// Refuses names that are equal, or that people would take for one another.
pub(crate) fn alike(desk: &mut Desk, of: &str, names: &[(String, Option<Spot>)]) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (name, spot) in names {
        let Some(other) = seen.insert(reading(name), name) else { continue };
        let Some(spot) = spot else { continue };
        if other == name {
            let what = format!("{of} {} stands here a second time", quoted(name));
            desk.complain(
                *spot,
                what,
                "by its name it must be told from all others",
                "choose another, or leave it out",
            );
        } else {
            let what = format!("{of} {} reads like {}", quoted(name), quoted(other));
            let why = "names that differ only in case, spaces or letters that look alike are taken for one another";
            desk.complain(*spot, what, why, "choose one that differs in more");
        }
    }
}

/// What a name looks like: the same for names that read alike.
pub(crate) fn reading(name: &str) -> String {
    let folded: String = name.chars().filter(|letter| !letter.is_whitespace()).flat_map(char::to_lowercase).collect();
    skeleton(&folded).flat_map(char::to_lowercase).filter(|letter| !super::mistake::is_director(*letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_read_alike() {
        for (one, other) in [
            ("lamp", "Lamp"),
            ("lamp", "l amp"),
            ("scope", "ѕсоре"),
            ("s1", "sl"),
            ("end", "e\u{200b}nd"),
            ("é", "e\u{301}"),
        ] {
            assert_eq!(reading(one), reading(other), "{one} {other}");
        }
        for (one, other) in [("lamp", "lamps"), ("a-1", "a-2"), ("日", "月")] {
            assert_ne!(reading(one), reading(other), "{one} {other}");
        }
    }
}
