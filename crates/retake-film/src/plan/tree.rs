//! The text of a plan as a tree of values that know where they stand. The only place that knows YAML.
//!
//! Scalars keep their text: `6.00` is not a float here, and `off` is no truth value. Aliases share what they stand
//! for, and what they would unfold to is bounded. Knows nothing of films.

use std::collections::HashMap;
use std::rc::Rc;

use serde_saphyr::granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, options};

use super::limits::{DEPTH_MAX, PLAN_BYTES_MAX, VALUES_MAX};
use super::mistake::{Complaint, Spot};

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) spot: Spot,
    pub(crate) shape: Shape,
    /// How many values it unfolds to.
    weight: usize,
    /// How deep it nests, aliases unfolded.
    height: usize,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Shape {
    Nothing,
    Text(String),
    List(Vec<Rc<Node>>),
    Map(Vec<(Rc<Node>, Rc<Node>)>),
}

impl Node {
    /// A value that was put together from others that were read, and so need not be weighed again.
    pub(crate) fn made(spot: Spot, shape: Shape) -> Rc<Self> {
        Rc::new(Self { spot, shape, weight: 1, height: 1 })
    }

    /// How many entries a list has.
    pub(crate) fn len(&self) -> usize {
        match &self.shape {
            Shape::List(entries) => entries.len(),
            Shape::Nothing | Shape::Text(_) | Shape::Map(_) => 0,
        }
    }

    /// What it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.shape {
            Shape::Nothing => "nothing",
            Shape::Text(_) => "a text",
            Shape::List(_) => "a list",
            Shape::Map(_) => "a mapping",
        }
    }
}

/// A list or mapping whose end has not come.
struct Open {
    start: usize,
    anchor: usize,
    is_map: bool,
    nodes: Vec<Rc<Node>>,
}

type Refusal = (Spot, Complaint);

/// Reads YAML, of which JSON is a part.
pub(crate) fn read(text: &str) -> Result<Rc<Node>, Refusal> {
    if text.len() > PLAN_BYTES_MAX {
        return Err((
            Spot { start: 0, end: 0 },
            Complaint::new(
                format!("the plan is {} bytes long", text.len()),
                format!("a plan has at most {PLAN_BYTES_MAX} bytes"),
                "split it into several films",
            ),
        ));
    }
    let options = options! { flow_nesting_limit: DEPTH_MAX + 1, block_nesting_limit: DEPTH_MAX + 1 };
    let mut builder = Builder { open: Vec::new(), anchors: HashMap::new(), root: None, documents: 0 };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| unreadable(text, &error))?;
        builder.take(event, spot(text, &span))?;
    }
    let end = Spot { start: text.len(), end: text.len() };
    let empty = || {
        (
            end,
            Complaint::new("the plan is empty", "a plan names at least its film", "write `film: Why is the sky blue?`"),
        )
    };
    builder.root.filter(|root| !matches!(root.shape, Shape::Nothing)).ok_or_else(empty)
}

fn spot(text: &str, span: &Span) -> Spot {
    let range = span.byte_range().unwrap_or(text.len()..text.len());
    let end = range.end.max(range.start);
    Spot { start: range.start, end }
}

struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
    documents: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, spot: Spot) -> Result<(), Refusal> {
        if let Some(tag) = event.tag() {
            let what = format!("the tag `{}`", tag.original());
            let hint = "leave it out: a plan needs no tags";
            return Err((spot, Complaint::new(what, "tags are not read", hint)));
        }
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let hint = "put each film into a file of its own";
                    return Err((spot, Complaint::new("a second document", "a plan is one document", hint)));
                }
                Ok(())
            }
            Event::Scalar(text, style, anchor, _) => {
                let nothing = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let shape = if nothing { Shape::Nothing } else { Shape::Text(text.into_owned()) };
                self.add(Node { spot, shape, weight: 1, height: 1 }, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(spot, anchor, false),
            Event::MappingStart(_, anchor, _) => self.begin(spot, anchor, true),
            Event::SequenceEnd | Event::MappingEnd => self.finish(spot),
            Event::Alias(id) => {
                let Some(node) = self.anchors.get(&id).cloned() else {
                    let why = "a value cannot contain itself";
                    let hint = "write out what is meant";
                    return Err((spot, Complaint::new("an alias within what it stands for", why, hint)));
                };
                self.place(node, spot)
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, spot: Spot, anchor: usize, is_map: bool) -> Result<(), Refusal> {
        if self.open.len() >= DEPTH_MAX {
            return Err((spot, too_deep()));
        }
        self.open.push(Open { start: spot.start, anchor, is_map, nodes: Vec::new() });
        Ok(())
    }

    fn finish(&mut self, spot: Spot) -> Result<(), Refusal> {
        let Some(Open { start, anchor, is_map, nodes }) = self.open.pop() else { return Ok(()) };
        let weight = nodes.iter().fold(1_usize, |sum, node| sum.saturating_add(node.weight));
        let height = nodes.iter().map(|node| node.height).max().unwrap_or(0) + 1;
        let shape = if is_map { Shape::Map(pairs(nodes)) } else { Shape::List(nodes) };
        self.add(Node { spot: Spot { start, end: spot.end.max(start) }, shape, weight, height }, anchor)
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Refusal> {
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        let spot = node.spot;
        self.place(node, spot)
    }

    fn place(&mut self, node: Rc<Node>, spot: Spot) -> Result<(), Refusal> {
        if node.weight > VALUES_MAX {
            let why = format!("a plan has at most {VALUES_MAX} values, aliases unfolded");
            return Err((spot, Complaint::new("the plan unfolds to too many values", why, "use fewer aliases")));
        }
        if self.open.len() + node.height > DEPTH_MAX + 1 {
            return Err((spot, too_deep()));
        }
        match self.open.last_mut() {
            Some(open) => open.nodes.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }
}

fn pairs(nodes: Vec<Rc<Node>>) -> Vec<(Rc<Node>, Rc<Node>)> {
    let mut nodes = nodes.into_iter();
    std::iter::from_fn(|| Some((nodes.next()?, nodes.next()?))).collect()
}

fn too_deep() -> Complaint {
    let why = format!("lists and mappings nest at most {DEPTH_MAX} deep");
    Complaint::new("the plan nests too deep", why, "a plan needs no more than five levels")
}

/// What the parser stumbled over, with the way out of what people stumble over most.
fn unreadable(text: &str, error: &ScanError) -> Refusal {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let spot = Spot { start: at, end: at.saturating_add(1) };
    let hint = match error.kind() {
        ErrorKind::RecursionLimitExceeded => return (spot, too_deep()),
        ErrorKind::UnknownAnchor => {
            "an alias such as `*name` needs its `&name` before it; put quotes around a text that begins with `*`"
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => "take the character out",
        ErrorKind::UnexpectedCharacter { .. } => {
            "put quotes around a text that begins with `@`, `` ` ``, `%` or another sign, such as `shot: \"@tom waves\"`"
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement | ErrorKind::MappingKeyNotAllowed => {
            "put quotes around a text that contains `: `, such as `say: \"Note: it blinks\"`"
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => "indent with spaces",
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
            "close the quote that was opened before"
        }
        _ => "look at the indentation here and at quotes and brackets before it",
    };
    (spot, Complaint::new("this is neither YAML nor JSON", error.info(), hint))
}
