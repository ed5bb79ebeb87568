//! A plan that a model has written: what a writer may say is read as everybody's plan is, the rest is left out and named.
//!
//! Owns which keys a writer may set: what is seen, said and heard, never what it costs, who makes it or where anything
//! lies. An answer is a stranger's text: nothing of it is followed, and all of it is bounded.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use super::desk::Desk;
use super::limits::{WRITTEN_BYTES_MAX, WRITTEN_SCENES_MAX, WRITTEN_SHOTS_MAX};
use super::mistake::{Complaint, Mistakes, Spot, quoted};
use super::tree::{self, Node, Shape};
use super::{Kind, Member, Plan, film};

/// Names of left-out keys that are kept.
const DROPPED_MAX: usize = 16;

/// A plan that a model has written, as far as it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Title, language, style, cast, music and scenes; the cast has those whom the writer was told of, too.
    pub plan: Plan,
    /// What it wrote besides, by its names, as they may stand in a message.
    pub dropped: Vec<String>,
}

/// Reads the answer of a writer, JSON or YAML, fenced or not; `members` are those who are cast already, with their looks.
///
/// # Errors
///
/// Everything that is wrong with it, placed in the lines of the answer.
pub fn written(answer: &str, members: &BTreeMap<String, String>) -> Result<Written, Mistakes> {
    let text = plain(answer);
    if text.len() > WRITTEN_BYTES_MAX {
        let why = format!("a plan that is written has at most {WRITTEN_BYTES_MAX} bytes");
        let what = format!("the answer is {} bytes long", text.len());
        let complaint = Complaint::new(what, why, "write fewer scenes, in fewer words");
        return Err(Mistakes::placed("", vec![(Spot { start: 0, end: 0 }, complaint)]));
    }
    let root = tree::read(&text).map_err(|refusal| Mistakes::placed(&text, vec![refusal]))?;
    let mut sieve = Sieve { desk: Desk::default(), dropped: Vec::new() };
    let root = sieve.film(&root, members);
    let Sieve { mut desk, dropped } = sieve;
    let plan = film::read(&mut desk, &root);
    match plan.filter(|_| desk.complaints.is_empty()) {
        Some(plan) => Ok(Written { plan, dropped }),
        None => Err(Mistakes::placed(&text, desk.complaints)),
    }
}

impl Plan {
    /// This plan with what was written for it: what it says itself stands.
    #[must_use]
    pub fn with_written(&self, written: Self) -> Self {
        let mut plan = self.clone();
        plan.film = written.film;
        plan.language = plan.language.or(written.language);
        plan.style = plan.style.or(written.style);
        plan.choices.music = plan.choices.music.or(written.choices.music);
        for (name, member) in written.cast {
            plan.cast.entry(name).or_insert(member);
        }
        plan.scenes = written.scenes;
        plan
    }

    /// What was written for this plan, as it is laid beside it: with the plan's own cast, and without what the plan has
    /// decided for the whole film.
    #[must_use]
    pub fn laid_beside(&self, mut written: Self) -> Self {
        written.cast.extend(self.cast.iter().map(|(name, member): (&String, &Member)| (name.clone(), member.clone())));
        written.language = written.language.filter(|_| self.language.is_none());
        written.style = written.style.filter(|_| self.style.is_none());
        written.choices.music = written.choices.music.filter(|_| self.choices.music.is_none());
        if self.choices.join.is_some() {
            for scene in &mut written.scenes {
                scene.choices.join = None;
                if let Kind::Shots(shots) = &mut scene.kind {
                    shots.iter_mut().for_each(|shot| shot.join = None);
                }
            }
        }
        written
    }
}

/// The plan within an answer: what stands in a fence, else all of it. JSON is laid out in lines.
fn plain(answer: &str) -> String {
    let answer = answer.trim_start_matches('\u{feff}').trim();
    let fenced = answer.split_once("```").map(|(_, rest)| {
        let rest = rest.split_once('\n').map_or("", |(_, lines)| lines);
        rest.rsplit_once("```").map_or(rest, |(inside, _)| inside).trim()
    });
    // A fence may also stand within a text of the plan.
    let text = if answer.starts_with(['{', '[']) { answer } else { fenced.unwrap_or(answer) };
    if text.len() > WRITTEN_BYTES_MAX {
        return text.to_owned();
    }
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| format!("{value:#}"))
}

type Pairs = Vec<(Rc<Node>, Rc<Node>)>;

/// Lets pass what a writer may say.
struct Sieve {
    desk: Desk,
    dropped: Vec<String>,
}

/// Whether nothing stands here: writers that must name every key leave it empty.
fn is_empty(node: &Node) -> bool {
    match &node.shape {
        Shape::Nothing => true,
        Shape::Text(text) => text.trim().is_empty(),
        Shape::List(entries) => entries.is_empty(),
        Shape::Map(pairs) => pairs.is_empty(),
    }
}

fn text_at(spot: Spot, text: &str) -> Rc<Node> {
    Node::made(spot, Shape::Text(text.to_owned()))
}

fn map_at(spot: Spot, pairs: Pairs) -> Rc<Node> {
    Node::made(spot, Shape::Map(pairs))
}

impl Sieve {
    /// The keys of a mapping by these names, each under the name that it has in a plan; of one name, the first counts.
    fn keys(
        &mut self,
        pairs: &Pairs,
        of: &str,
        names: &[(&str, &'static str)],
    ) -> Vec<(&'static str, Rc<Node>, Rc<Node>)> {
        let mut kept: Vec<(&'static str, Rc<Node>, Rc<Node>)> = Vec::new();
        for (key, value) in pairs {
            let Shape::Text(name) = &key.shape else { continue };
            if is_empty(value) {
                continue;
            }
            match names.iter().find(|(theirs, _)| theirs == name) {
                Some((_, ours)) if kept.iter().any(|(there, ..)| there == ours) => {}
                Some((_, ours)) => kept.push((ours, Rc::clone(key), Rc::clone(value))),
                None if name == "id" => {}
                None => self.drop(name, of),
            }
        }
        kept
    }

    fn drop(&mut self, name: &str, of: &str) {
        let told = if of.is_empty() { quoted(name) } else { format!("{} of {of}", quoted(name)) };
        if self.dropped.len() < DROPPED_MAX && !self.dropped.contains(&told) {
            self.dropped.push(told);
        }
    }

    fn film(&mut self, root: &Rc<Node>, members: &BTreeMap<String, String>) -> Rc<Node> {
        const NAMES: [(&str, &str); 7] = [
            ("film", "film"),
            ("title", "film"),
            ("language", "language"),
            ("style", "style"),
            ("cast", "cast"),
            ("music", "music"),
            ("scenes", "scenes"),
        ];
        let Shape::Map(pairs) = &root.shape else { return Rc::clone(root) };
        let (mut passed, mut cast) = (Pairs::new(), Vec::new());
        let mut has_scenes = false;
        for (name, key, value) in self.keys(pairs, "", &NAMES) {
            let value = match name {
                "cast" => {
                    cast = self.cast(&value);
                    continue;
                }
                "scenes" => {
                    has_scenes = true;
                    let Some(scenes) = self.scenes(&value) else { continue };
                    scenes
                }
                "music" => match self.music(&value) {
                    Some(music) => music,
                    None => continue,
                },
                _ => value,
            };
            passed.push((text_at(key.spot, name), value));
        }
        if !has_scenes {
            let why = "a film has at least one scene";
            self.desk.complain(root.spot, "an answer without `scenes`", why, "write the list `scenes`");
        }
        // Whoever is cast already stays as they are; names alike are told apart by whoever reads them.
        cast.retain(|(name, ..): &(String, Rc<Node>, Rc<Node>)| !members.contains_key(name));
        let known = members.iter().map(|(name, look)| {
            let look = if look.trim().is_empty() { name } else { look };
            (text_at(root.spot, name), map_at(root.spot, vec![(text_at(root.spot, "look"), text_at(root.spot, look))]))
        });
        let cast: Pairs = known.chain(cast.into_iter().map(|(_, key, value)| (key, value))).collect();
        if !cast.is_empty() {
            passed.push((text_at(root.spot, "cast"), map_at(root.spot, cast)));
        }
        map_at(root.spot, passed)
    }

    /// The cast, as a mapping or as a list of names and looks.
    fn cast(&mut self, node: &Rc<Node>) -> Vec<(String, Rc<Node>, Rc<Node>)> {
        let named = |key: &Rc<Node>, look: Rc<Node>| {
            let Shape::Text(name) = &key.shape else { return None };
            let name = name.trim().trim_start_matches('@').to_owned();
            let member = map_at(look.spot, vec![(text_at(look.spot, "look"), look)]);
            Some((name.clone(), text_at(key.spot, &name), member))
        };
        let mut cast: Vec<(String, Rc<Node>, Rc<Node>)> = Vec::new();
        match &node.shape {
            Shape::Map(pairs) => {
                for (key, value) in pairs.iter().filter(|(_, value)| !is_empty(value)) {
                    cast.extend(self.look(value).and_then(|look| named(key, look)));
                }
            }
            Shape::List(entries) => {
                for entry in entries {
                    let Shape::Map(pairs) = &entry.shape else { continue };
                    let fields = self.keys(pairs, "a member of the cast", &[("name", "name"), ("look", "look")]);
                    let of = |name: &str| fields.iter().find(|(there, ..)| *there == name).map(|(.., value)| value);
                    if let (Some(name), Some(look)) = (of("name"), of("look")) {
                        cast.extend(named(name, Rc::clone(look)));
                    }
                }
            }
            Shape::Nothing | Shape::Text(_) => {
                let why = "the cast is a list of names and looks";
                self.desk.complain(
                    node.spot,
                    format!("{} stands here", node.kind()),
                    why,
                    "write a list, or an empty one",
                );
            }
        }
        cast
    }

    fn look(&mut self, value: &Rc<Node>) -> Option<Rc<Node>> {
        let Shape::Map(pairs) = &value.shape else { return Some(Rc::clone(value)) };
        self.keys(pairs, "a member of the cast", &[("look", "look")]).into_iter().map(|(.., look)| look).next()
    }

    /// What is to be heard, in words; never a file.
    fn music(&mut self, node: &Rc<Node>) -> Option<Rc<Node>> {
        let prompt = match &node.shape {
            Shape::Map(pairs) => {
                self.keys(pairs, "music", &[("prompt", "prompt")]).into_iter().map(|(.., prompt)| prompt).next()?
            }
            _ => Rc::clone(node),
        };
        Some(map_at(node.spot, vec![(text_at(prompt.spot, "prompt"), prompt)]))
    }

    fn scenes(&mut self, node: &Rc<Node>) -> Option<Rc<Node>> {
        let Shape::List(entries) = &node.shape else { return Some(Rc::clone(node)) };
        if entries.len() > WRITTEN_SCENES_MAX {
            let what = format!("a list of {}", entries.len());
            let why = format!("a writer makes at most {WRITTEN_SCENES_MAX} scenes");
            self.desk.complain(node.spot, what, why, "make one scene of several, or leave some out");
            return None;
        }
        let entries = entries.iter().map(|entry| self.scene(entry)).collect();
        Some(Node::made(node.spot, Shape::List(entries)))
    }

    fn scene(&mut self, node: &Rc<Node>) -> Rc<Node> {
        const NAMES: [(&str, &str); 7] = [
            ("shot", "shot"),
            ("shots", "shots"),
            ("still", "still"),
            ("title", "title"),
            ("say", "say"),
            ("seconds", "seconds"),
            ("join", "join"),
        ];
        let Shape::Map(pairs) = &node.shape else { return Rc::clone(node) };
        let mut passed = Pairs::new();
        for (name, key, value) in self.keys(pairs, "a scene", &NAMES) {
            let value = match name {
                "shot" => self.shot(&value),
                "shots" => self.shots(&value),
                "seconds" if is_zero(&value) => continue,
                _ => value,
            };
            passed.push((key, value));
        }
        map_at(node.spot, passed)
    }

    fn shots(&mut self, node: &Rc<Node>) -> Rc<Node> {
        let Shape::List(entries) = &node.shape else { return Rc::clone(node) };
        if entries.len() > WRITTEN_SHOTS_MAX {
            let what = format!("a list of {}", entries.len());
            let why = format!("a writer gives a scene at most {WRITTEN_SHOTS_MAX} shots");
            self.desk.complain(node.spot, what, why, "make several scenes of it");
        }
        let entries = entries.iter().take(WRITTEN_SHOTS_MAX).map(|entry| self.shot(entry)).collect();
        Node::made(node.spot, Shape::List(entries))
    }

    fn shot(&mut self, node: &Rc<Node>) -> Rc<Node> {
        const NAMES: [(&str, &str); 4] =
            [("frame", "frame"), ("motion", "motion"), ("seconds", "seconds"), ("join", "join")];
        let Shape::Map(pairs) = &node.shape else { return Rc::clone(node) };
        let kept = self.keys(pairs, "a shot", &NAMES).into_iter();
        let kept = kept.filter(|(name, _, value)| *name != "seconds" || !is_zero(value));
        map_at(node.spot, kept.map(|(_, key, value)| (key, value)).collect())
    }
}

/// Whether a length is none.
fn is_zero(node: &Node) -> bool {
    matches!(&node.shape, Shape::Text(text) if matches!(text.as_str(), "0" | "0.0"))
}

#[cfg(test)]
mod tests;
