//! Where in the text of a plan an edit belongs, and how its words are written there.

use super::super::choices::Route;
use super::super::ids::{ends, entry};
use super::super::scene::{Scene, Shot};
use super::super::tree::{Node, Shape};
use super::{Edit, Role, Words};

/// The keys that hold the words of what is seen.
const SEEN: [&str; 4] = ["shot", "shots", "still", "title"];

/// A value that is put into the text.
#[derive(Debug, Clone)]
enum Value {
    Words(String),
    Route(Route),
    /// A shot that was its words alone.
    Shot(Shot),
}

/// Where it is put.
#[derive(Debug, Clone)]
enum Change {
    /// In the place of these bytes.
    Over { start: usize, end: usize, value: Value, is_quoted: bool },
    /// As a new field, before what stands there.
    Field { at: usize, node: (usize, usize), key: &'static str, value: Value },
}

/// What has to change in a text.
pub(super) struct Changes {
    list: Vec<Change>,
    end: &'static str,
}

/// Reads where things stand.
pub(super) struct Hand<'t> {
    text: &'t str,
    end: &'static str,
}

impl<'t> Hand<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, end: ends(text) }
    }

    /// What has to change of a scene, so that it says what is wanted.
    pub(super) fn changes(&self, scene: &Node, wanted: &Scene, edit: &Edit) -> Changes {
        let mut list = Vec::new();
        let seen = SEEN.iter().find_map(|key| value_of(scene, key));
        let shots: Vec<&Node> = match seen.map(|node| &node.shape) {
            Some(Shape::List(entries)) => entries.iter().map(AsRef::as_ref).collect(),
            _ => seen.into_iter().collect(),
        };
        let n = edit.shot.map_or(0, |n| n.saturating_sub(1) as usize);
        // A shot that becomes a mapping has its words in there.
        let becomes = |at: usize| {
            let (role, _) = edit.model.as_ref()?;
            let one = wanted.shots().get(at).filter(|one| role.of_shot(one).is_some())?;
            matches!(shots.get(at)?.shape, Shape::Text(_)).then_some(one)
        };
        match &edit.words {
            Some((Words::Said, words)) => list.extend(value_of(scene, "say").map(|node| self.words(node, words))),
            Some((Words::Seen, words)) => match shots.get(if shots.len() > 1 { n } else { 0 }) {
                Some(_) if becomes(n).is_some() => {}
                Some(shot) => {
                    let node = if matches!(shot.shape, Shape::Map(_)) { value_of(shot, "frame") } else { Some(*shot) };
                    list.extend(node.map(|node| self.words(node, words)));
                }
                None => list.extend(self.field(scene, "still", Value::Words(words.clone()))),
            },
            None => {}
        }
        if let Some((role, _)) = &edit.model {
            for (at, shot) in shots.iter().enumerate() {
                let Some(route) = wanted.shots().get(at).and_then(|one| role.of_shot(one)) else { continue };
                match becomes(at) {
                    Some(one) => list.push(self.over(shot, Value::Shot(one.clone()))),
                    None => list.extend(self.set(shot, role.key(), route)),
                }
            }
            let alone = edit.shot.is_some() && wanted.shots().len() > 1 && *role != Role::Voice;
            if let Some(route) = role.of(&wanted.choices).filter(|_| !alone) {
                list.extend(self.set(scene, role.key(), route));
            }
        }
        Changes { list, end: self.end }
    }

    fn words(&self, node: &Node, words: &str) -> Change {
        self.over(node, Value::Words(words.to_owned()))
    }

    fn set(&self, map: &Node, key: &'static str, route: &Route) -> Option<Change> {
        let value = Value::Route(route.clone());
        match value_of(map, key) {
            Some(node) => Some(self.over(node, value)),
            None => self.field(map, key, value),
        }
    }

    /// In the place of a value: to the end of what it says, not to the beginning of what comes next.
    fn over(&self, node: &Node, value: Value) -> Change {
        let start = self.start(node);
        let is_flow = self.text[start..].starts_with(['[', '{']);
        let last = match &node.shape {
            Shape::List(entries) if !is_flow => entries.last().map(|last| last.spot.end),
            _ => None,
        };
        let end = last.unwrap_or(node.spot.end).max(start);
        let end = start + self.text[start..end].trim_end().len();
        Change::Over { start, end, value, is_quoted: self.text[start..].starts_with(['"', '\'', '|', '>', '{']) }
    }

    /// Where a value begins: a text in lines of its own does so with its sign, a line above it.
    fn start(&self, node: &Node) -> usize {
        let start = node.spot.start;
        let before = self.text[..start].trim_end();
        let sign = before.trim_end_matches(|letter: char| letter.is_ascii_digit() || "+-".contains(letter));
        let is_below = self.text[before.len()..start].contains('\n');
        if is_below && sign.ends_with(['|', '>']) { sign.len() - 1 } else { start }
    }

    /// A new field after the first one, which often is the id.
    fn field(&self, map: &Node, key: &'static str, value: Value) -> Option<Change> {
        let Shape::Map(pairs) = &map.shape else { return None };
        let (before, _) = pairs.get(1).or_else(|| pairs.first())?;
        Some(Change::Field { at: before.spot.start, node: (map.spot.start, map.spot.end), key, value })
    }
}

impl Changes {
    /// The text with all of them; words are quoted where that is wanted, or where they were.
    pub(super) fn made(&self, text: &str, quoted: bool) -> String {
        let start = |change: &Change| match change {
            Change::Over { start, .. } => *start,
            Change::Field { at, .. } => *at,
        };
        let mut list: Vec<&Change> = self.list.iter().collect();
        list.sort_by_key(|change| start(change));
        let (mut out, mut done) = (String::with_capacity(text.len()), 0);
        for change in list {
            let at = start(change).max(done);
            out.push_str(&text[done..at]);
            match change {
                Change::Over { end, value, is_quoted, .. } => {
                    out.push_str(&value.written(quoted, *is_quoted));
                    done = (*end).max(at);
                }
                Change::Field { node, key, value, .. } => {
                    out.push_str(&entry(text, self.end, node.0, at, key, |is_json| value.written(quoted, is_json)));
                    done = at;
                }
            }
        }
        out.push_str(&text[done..]);
        out
    }
}

impl Value {
    /// Words want quotes where they could be read as something else; names where all is quoted around them.
    fn written(&self, quoted: bool, is_quoted: bool) -> String {
        let name = |name: &String| scalar(name, is_quoted);
        match self {
            Self::Words(words) => scalar(words, quoted || is_quoted),
            Self::Route(Route(names)) => match &names[..] {
                [one] => name(one),
                many => format!("[{}]", many.iter().map(name).collect::<Vec<_>>().join(", ")),
            },
            // JSON is YAML.
            Self::Shot(shot) => serde_json::to_string(shot).unwrap_or_default(),
        }
    }
}

fn scalar(words: &str, quoted: bool) -> String {
    if quoted { serde_json::Value::from(words).to_string() } else { words.to_owned() }
}

fn value_of<'n>(map: &'n Node, key: &str) -> Option<&'n Node> {
    let Shape::Map(pairs) = &map.shape else { return None };
    let found = pairs.iter().find(|(name, _)| matches!(&name.shape, Shape::Text(name) if name == key));
    found.map(|(_, value)| value.as_ref())
}
