//! The ids of scenes: read, made where they are missing, written into the user's text.
//!
//! A made id comes from the words of its scene alone, so that it stays when others are put before it.

use std::collections::{HashMap, HashSet};

use retake_engine::id::Hash;

use super::check::reading;
use super::desk::Desk;
use super::limits::ID_CHARS_MAX;
use super::mistake::{Complaint, Mistakes, Spot, is_director};
use super::scene::{Draft, Kind, Scene, SceneId};
use super::tree::{self, Node, Shape};
use super::{Plan, mistake};

/// How long the words of a made id are.
const WORDS_CHARS_MAX: usize = 32;
/// How many digits of the hash tell scenes with the same first words apart.
const MARK_DIGITS: usize = 6;

/// Reads an id.
pub(crate) fn read(desk: &mut Desk, node: &Node) -> Option<String> {
    let id = desk.line(node, ID_CHARS_MAX)?;
    if id.contains(is_director) {
        let why = "ids hold only what can be seen";
        desk.complain(node.spot, "an id with invisible characters", why, "take them out");
        return None;
    }
    if id.trim() != id {
        desk.complain(
            node.spot,
            "an id with spaces around it",
            "spaces at the ends cannot be seen",
            format!("write `{}`", id.trim()),
        );
        return None;
    }
    Some(id)
}

/// The scenes with an id for each.
pub(crate) fn named(drafts: Vec<Draft>) -> Vec<Scene> {
    let taken = drafts.iter().filter_map(|draft| draft.id.as_ref()).map(|(id, _)| reading(id)).collect();
    let mut names = Names { taken, next: HashMap::new() };
    let name = |Draft { id, mut scene }: Draft| {
        scene.id = SceneId(id.map_or_else(|| names.free(&made(&scene)), |(id, _)| id));
        scene
    };
    drafts.into_iter().map(name).collect()
}

/// Which names are taken, as they read, and where counting goes on for those that are wanted again.
struct Names {
    taken: HashSet<String>,
    next: HashMap<String, usize>,
}

impl Names {
    /// The first of `id`, `id-2`, `id-3` … that is not taken.
    fn free(&mut self, id: &str) -> String {
        let mut candidate = id.to_owned();
        while !self.taken.insert(reading(&candidate)) {
            let number = self.next.entry(id.to_owned()).or_insert(1);
            *number += 1;
            candidate = format!("{id}-{number}");
        }
        candidate
    }
}

/// An id from the words of a scene: the first of them, and a mark where there are more.
fn made(scene: &Scene) -> String {
    let words = match &scene.kind {
        Kind::Shot(shot) => shot.frame.clone(),
        Kind::Shots(shots) => shots.iter().map(|shot| shot.frame.as_str()).collect::<Vec<_>>().join(" "),
        Kind::Still(words) | Kind::Title(words) => words.clone(),
        Kind::Clip(place) => place.to_string(),
    };
    let slug = slug(&words);
    let whole = words.to_lowercase();
    if whole.split(' ').eq(slug.split('-')) && !slug.is_empty() {
        return slug;
    }
    let said = scene.say.as_deref().unwrap_or_default();
    let mark: String = Hash::of([words.as_bytes(), said.as_bytes()]).to_string().chars().take(MARK_DIGITS).collect();
    if slug.is_empty() { format!("scene-{mark}") } else { format!("{slug}-{mark}") }
}

/// The first words in lower case, joined by hyphens.
fn slug(words: &str) -> String {
    let mut slug = String::new();
    let mut length = 0;
    for word in words.to_lowercase().split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let room = WORDS_CHARS_MAX - length;
        let count = word.chars().count() + usize::from(length > 0);
        if count > room {
            // A single endless word, as in scripts without spaces, is cut.
            if length == 0 {
                slug.extend(word.chars().take(WORDS_CHARS_MAX));
            }
            break;
        }
        if length > 0 {
            slug.push('-');
        }
        slug.push_str(word);
        length += count;
    }
    slug
}

/// The user's text with an id in every scene that had none, and nothing else changed.
///
/// # Errors
///
/// Everything that is wrong with the plan, or that a scene is written in a way that leaves no room for an id.
pub fn with_ids(text: &str) -> Result<String, Mistakes> {
    let plan = super::read(text)?;
    let root = tree::read(text).map_err(|refusal| Mistakes::placed(text, vec![refusal]))?;
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    let end = ends(text);
    for (node, scene) in scenes(&root).iter().zip(&plan.scenes) {
        let Shape::Map(pairs) = &node.shape else { continue };
        let Some((key, _)) = pairs.first() else { continue };
        let at = key.spot.start;
        if pairs.iter().any(|(key, _)| matches!(&key.shape, Shape::Text(name) if name == "id")) || at < done {
            continue;
        }
        out.push_str(&text[done..at]);
        out.push_str(&field(text, end, node, at, scene.id.as_str()));
        done = at;
    }
    out.push_str(&text[done..]);
    verified(text, out, &plan)
}

/// What is put before the first key of a scene, where lines end so.
fn field(text: &str, end: &str, node: &Node, at: usize, id: &str) -> String {
    let quoted = |is_json| if is_json || !is_plain(id) { format!("\"{id}\"") } else { id.to_owned() };
    entry(text, end, node.spot.start, at, "id", quoted)
}

/// A field of the mapping that begins at `node`, as it is put before its key at `at`.
pub(crate) fn entry(
    text: &str,
    end: &str,
    node: usize,
    at: usize,
    key: &str,
    value: impl FnOnce(bool) -> String,
) -> String {
    let is_json = text[at..].starts_with('"');
    let is_flow = text[node..].starts_with('{');
    let quoted = value(is_json);
    let key = if is_json { format!("\"{key}\"") } else { key.to_owned() };
    let line = text[..at].rfind('\n').map_or(0, |before| before + 1);
    if !is_flow {
        return format!("{key}: {quoted}{end}{}", " ".repeat(text[line..at].chars().count()));
    }
    let before = &text[line..at];
    let on_own_line = before.chars().all(char::is_whitespace) && line > node;
    if on_own_line { format!("{key}: {quoted},{end}{before}") } else { format!("{key}: {quoted}, ") }
}

/// How lines end in a text.
pub(crate) fn ends(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// Whether a made id is a text for every reader of YAML, without quotes.
fn is_plain(id: &str) -> bool {
    id.starts_with(char::is_alphabetic) && !["null", "true", "false", "yes", "no", "on", "off", "y", "n"].contains(&id)
}

/// The scenes of a plan.
pub(crate) fn scenes(root: &Node) -> Vec<&Node> {
    let Shape::Map(pairs) = &root.shape else { return Vec::new() };
    let list = pairs.iter().find(|(key, _)| matches!(&key.shape, Shape::Text(name) if name == "scenes"));
    match list.map(|(_, value)| &value.shape) {
        Some(Shape::List(entries)) => entries.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    }
}

/// The new text, if it still says the same.
fn verified(text: &str, out: String, plan: &Plan) -> Result<String, Mistakes> {
    if super::read(&out).is_ok_and(|read| read == *plan) {
        return Ok(out);
    }
    let why = "with aliases or unusual brackets there is no place for an id that changes nothing else";
    let complaint = Complaint::new("ids cannot be written into this plan", why, "write the ids by hand");
    Err(mistake::Mistakes::placed(text, vec![(Spot { start: 0, end: 0 }, complaint)]))
}
