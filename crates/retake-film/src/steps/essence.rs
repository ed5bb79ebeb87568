//! What of a node's inputs determines its output, where that is less than all: so that one changed word remakes no more
//! than it must.

use retake_engine::decide::Look;
use retake_engine::id::NodeId;
use retake_engine::performer::{Inputs, Outputs};
use serde_json::{Value, json};

use super::{ANSWER, pieces};
use crate::providers::Card;
use crate::recipe::{Image, Ingest, Recipe, Ref, Reference, Step, Video};

/// All that determines the output, as text; nothing where all inputs count in full.
pub(super) fn of(look: &Look, recipe: &Recipe) -> Option<String> {
    let value = match &recipe.step {
        Step::Ingest(wish) => ingest(&look.inputs, wish)?,
        Step::Join(wish) => {
            let of = |node, roles: &[&str]| pieces::made(&look.inputs, node).map(|outputs| hashes(outputs, roles));
            let (tail, head) = (of(&wish.before, &["tail"])?, of(&wish.after, &["head"])?);
            json!([wish.frame, wish.kind, tail, head])
        }
        Step::Video(wish) => video(look, recipe, wish)?,
        Step::Voice(wish) => json!([wish]),
        Step::Image(wish) => image(look, wish)?,
        Step::Reference(Reference::File { hash, .. }) => json!([hash]),
        Step::Music(wish) => json!([wish]),
        // Who would mend it, and what people were told of it, change nothing.
        Step::Code(wish) => json!([wish.system, wish.prompt, wish.answer, wish.to_be]),
        Step::Reference(wish) => json!([wish]),
        Step::Scene
        | Step::Scenes
        | Step::Review
        | Step::Narrator
        | Step::Sound(_)
        | Step::Assemble(_)
        | Step::Deliver(_) => return None,
    };
    Some(value.to_string())
}

/// A picture's clip is determined by the picture, wherever in the film it stands. Of one that is asked for, only the
/// length that is asked for matters, and of its picture nothing where that is not sent.
fn video(look: &Look, recipe: &Recipe, wish: &Video) -> Option<Value> {
    let plain = Video { room: None, refs: Vec::new(), ..wish.clone() };
    if look.card.is_empty() {
        let is_ref = |node: &NodeId| wish.refs.iter().any(|one| one.from == *node);
        let is_picture = |node: &NodeId| !node.as_str().ends_with("/voice") && !is_ref(node);
        let pictures: Vec<_> = look.inputs.iter().filter(|(node, _)| is_picture(node)).cloned().collect();
        return Some(json!([plain, all(&pictures)]));
    }
    let card: Card = serde_json::from_str(&look.card).ok()?;
    let picture = super::order::picture(recipe, &look.inputs, &card).map(|hash| hash.to_string());
    let length = super::order::length(&look.inputs, wish, &card);
    let refs = refs(&wish.refs, &look.inputs, &card);
    // What has none is what it was before there were any.
    Some(if refs.is_empty() { json!([plain, picture, length]) } else { json!([plain, picture, length, refs]) })
}

/// Of the pictures that it should resemble, those matter that are sent.
fn image(look: &Look, wish: &Image) -> Option<Value> {
    let plain = Image { refs: Vec::new(), ..wish.clone() };
    if wish.refs.is_empty() || look.card.is_empty() {
        return Some(json!([plain]));
    }
    let card: Card = serde_json::from_str(&look.card).ok()?;
    let refs = refs(&wish.refs, &look.inputs, &card);
    Some(if refs.is_empty() { json!([plain]) } else { json!([plain, refs]) })
}

fn refs(refs: &[Ref], inputs: &Inputs, card: &Card) -> Vec<String> {
    super::refs::sent(refs, inputs, card).into_iter().map(|(_, hash)| hash.to_string()).collect()
}

/// How long the piece is and what it shares is all that the neighbours matter for, and where words lie all that the
/// voice does.
fn ingest(inputs: &Inputs, wish: &Ingest) -> Option<Value> {
    let place = pieces::place(&pieces::by_name(inputs), wish)?;
    let from = all(&[inputs.iter().find(|(node, _)| *node == wish.from)?.clone()]);
    let words = wish.burn.then(|| {
        let voice = wish.beats[wish.beat].voice.as_ref().and_then(|voice| pieces::made(inputs, voice));
        json!([voice.map(|outputs| hashes(outputs, &["words"])), place.voice, place.offset])
    });
    let cut = [place.span.frames, place.span.head, place.span.tail];
    Some(json!([wish.frame, wish.fill, wish.slow, cut, from, words]))
}

fn hashes(outputs: &Outputs, roles: &[&str]) -> Vec<(String, String)> {
    let artifacts = outputs.artifacts.iter().filter(|artifact| roles.contains(&&*artifact.role));
    artifacts.map(|artifact| (artifact.role.to_string(), artifact.hash.to_string())).collect()
}

fn all(inputs: &[(NodeId, std::sync::Arc<Outputs>)]) -> Vec<(String, String)> {
    // What a provider said of it is no part of what it is.
    let artifacts = inputs.iter().flat_map(|(_, outputs)| &outputs.artifacts).filter(|one| &*one.role != ANSWER);
    artifacts.map(|artifact| (artifact.role.to_string(), artifact.hash.to_string())).collect()
}
