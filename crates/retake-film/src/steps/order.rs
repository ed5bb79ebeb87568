//! What a provider is asked for: a recipe and what other nodes have made, as an order in our words.
//!
//! Owns which picture goes along, how long a clip is asked to be, and how words are put around the user's own. It must
//! not know how any provider wants it written.

use retake_engine::id::Hash;
use retake_engine::performer::{Inputs, Outputs};

use super::{pieces, role};
use crate::providers::card::From;
use crate::providers::{Card, Given, Order};
use crate::recipe::{Image, Music, Source, Step, Video};

/// The largest seed of a model that says nothing of seeds.
const SEED_MAX: u64 = 2_147_483_647;

/// The picture that a clip is to begin with: never one that was only drawn here, and none for a model that takes none.
pub(super) fn picture(inputs: &Inputs, card: &Card) -> Option<Hash> {
    if !card.begins_with(From::Image) {
        return None;
    }
    let drawn = |outputs: &Outputs| outputs.facts.get("how").is_some_and(|how| &**how == "procedural");
    inputs.iter().filter(|(_, outputs)| !drawn(outputs)).find_map(|(_, outputs)| role(outputs, "image"))
}

/// How many seconds a clip is asked to have: the fewest that the model accepts and that cover its place, else the most.
pub(super) fn length(inputs: &Inputs, wish: &Video, card: &Card) -> Option<u32> {
    let room = wish.room.as_ref()?;
    let place = pieces::room(&pieces::by_name(inputs), room)?;
    let ms = u64::from(place.span.frames) * 1_000 / u64::from(room.frame.fps.max(1));
    if card.seconds.is_empty() {
        return card
            .inputs
            .contains_key("seconds")
            .then(|| u32::try_from(ms.div_ceil(1_000)).unwrap_or(u32::MAX).max(1));
    }
    let covers = card.seconds.iter().filter(|seconds| u64::from(**seconds) * 1_000 >= ms).min();
    covers.or_else(|| card.seconds.iter().max()).copied()
}

/// An order without its pictures; `mark` is the hash of which take it is for.
pub(crate) fn of<'c>(step: &Step, inputs: &Inputs, card: &'c Card, mark: Hash) -> Option<Order<'c>> {
    let mut order = Order {
        card,
        prompt: String::new(),
        system: None,
        answer: None,
        image: None,
        end_image: None,
        refs: Vec::new(),
        audio: None,
        seconds: None,
        width: 0,
        height: 0,
        seed: None,
        language: None,
        mark: mark.to_string()[..26].to_owned(),
        seed_is_mark: false,
    };
    let most = card.seed_max.unwrap_or(SEED_MAX).max(1);
    let seeded = |seed: u32, fixed: bool, order: &mut Order<'_>| {
        let own = mark.number() % most + 1;
        order.seed = Some(if fixed { u64::from(seed).min(most) } else { own.min(most) });
        order.seed_is_mark = !fixed;
    };
    match step {
        Step::Voice(wish) => {
            order.prompt.clone_from(&wish.text);
            order.language = Some(wish.language.clone());
            seeded(0, false, &mut order);
        }
        Step::Image(Image { prompt, looks, style, width, height, seed, fixed }) => {
            order.prompt = worded(prompt, looks, style.as_deref());
            (order.width, order.height) = (*width, *height);
            seeded(*seed, *fixed, &mut order);
        }
        Step::Video(wish) => {
            let Source::Prompt { prompt, looks, style } = &wish.source else { return None };
            order.prompt = worded(prompt, looks, style.as_deref());
            order.seconds = length(inputs, wish, card);
            let frame = wish.room.as_ref().map(|room| room.frame);
            (order.width, order.height) = frame.map_or((0, 0), |frame| (frame.width, frame.height));
            seeded(wish.seed, wish.fixed, &mut order);
        }
        Step::Music(Music::Prompt { prompt, seed }) => {
            order.prompt.clone_from(prompt);
            seeded(*seed, false, &mut order);
        }
        Step::Code(wish) => {
            order.prompt.clone_from(&wish.prompt);
            order.system = Some(wish.system.clone());
            order.answer = Some(wish.answer.clone());
        }
        _ => return None,
    }
    Some(order)
}

/// The user's words as they are, and around them how those look who appear, and the film's style.
pub(crate) fn worded(prompt: &str, looks: &[String], style: Option<&str>) -> String {
    let mut words = prompt.to_owned();
    for more in looks.iter().map(String::as_str).chain(style) {
        let more = more.trim();
        if !more.is_empty() {
            let end = if words.ends_with(['.', '!', '?', ',', ';', ':']) { " " } else { ". " };
            words.push_str(end);
            words.push_str(more);
        }
    }
    words
}

/// A file as it goes along: where the provider has it already, else whole.
pub(super) fn given(uploaded: Option<String>, mime: &'static str, bytes: std::sync::Arc<[u8]>) -> Given {
    uploaded.map_or(Given::Inline { mime, bytes }, Given::Address)
}
