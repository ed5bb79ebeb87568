//! A text is written, and held against what it was to be.
//!
//! Owns when an answer is broken, and what goes back to whoever wrote it. What a plan may hold is the plan's own
//! business.

use retake_engine::fault::{Acceptance, Class, Fault, Origin};
use retake_engine::graph::{Extension, NodeSpec, Quote};
use retake_engine::id::{EntryId, Hash};
use retake_engine::performer::{Delivery, Failure};

use super::{Fell, Job, Made, fell, internal, order};
use crate::local::template;
use crate::plan::{self, Mistakes, Plan};
use crate::providers::Card;
use crate::quote::usual_units;
use crate::recipe::{Code, PLAN, Recipe, Repair, Step, Text};

/// How much of an answer, and of what is wrong with it, goes back.
const ANSWER_CHARS: usize = 24_000;
const MISTAKES_CHARS: usize = 6_000;
/// How many mistakes of an answer people are told.
const TOLD_MAX: usize = 3;

/// What keeps bytes.
type Keep<'k> = &'k dyn Fn(&[u8]) -> Result<Hash, Fell>;

/// The writer that needs no model.
pub(super) fn work(job: &Job<'_>, wish: &Code) -> Result<Delivery, Fell> {
    let Text::Plan { film, language, cast } = &wish.to_be;
    let cast: std::collections::BTreeMap<_, _> =
        cast.iter().map(|(name, look)| (name, if look.is_empty() { name } else { look })).collect();
    let base = serde_json::json!({"film": film, "language": language.as_deref().unwrap_or("en"), "cast": cast});
    let base = plan::read(&base.to_string()).map_err(|mistakes| internal(mistakes.to_string()))?;
    kept(&template::write(film, &base), &[], job.entry, &|bytes| job.keep_bytes(bytes))
}

/// Reads what was written; what is broken goes back once more, where somebody may mend it.
pub(super) fn read(wish: &Code, text: &str, entry: &EntryId, card: &Card, keep: Keep<'_>) -> Result<Delivery, Fell> {
    let Text::Plan { cast, .. } = &wish.to_be;
    match plan::written(text, cast) {
        Ok(written) => kept(&written.plan, &written.dropped, entry, keep),
        Err(mistakes) => Err(broken(wish, text, &mistakes, entry, card)),
    }
}

fn kept(plan: &Plan, dropped: &[String], entry: &EntryId, keep: Keep<'_>) -> Result<Delivery, Fell> {
    let text = plan.to_yaml().map_err(|error| internal(error.to_string()))?;
    let made = Made::default().artifact(PLAN, keep(text.as_bytes())?).fact("scenes", plan.scenes.len());
    let made = if dropped.is_empty() { made } else { made.fact("dropped", dropped.join(", ")) };
    Ok(made.fact("by", entry).done())
}

fn broken(wish: &Code, text: &str, mistakes: &Mistakes, entry: &EntryId, card: &Card) -> Fell {
    let now = told(mistakes);
    let before = wish.wrong.iter().map(|wrong| format!("; the answer before: {wrong}"));
    let what = format!("its answer is no plan: {now}{}", before.collect::<String>());
    let fault = Fault::new(Class::Broken, Acceptance::Yes, what).from(Origin::Provider);
    let Some(repair) = wish.repair.clone().filter(|repair| repair.left > 0) else {
        let hint = "ask again with `retake retry`, name another model as `writer`, or write the scenes yourself";
        return fell(fault, Some(hint.to_owned()));
    };
    let fault = fault.hint("it is asked once more, with its mistakes");
    let extension = again(wish, repair, text, mistakes, now, entry, card);
    Box::new(Failure { fault, charge: None, extension: Some(extension) })
}

/// The first mistakes, in a line.
fn told(mistakes: &Mistakes) -> String {
    let line = |mistake: &plan::Mistake| format!("line {}: {}", mistake.line, mistake.what);
    let told: Vec<String> = mistakes.list.iter().take(TOLD_MAX).map(line).collect();
    let more = (mistakes.list.len() + mistakes.more).saturating_sub(told.len());
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("{}{more}", told.join("; "))
}

/// The same work again, with the answer and what is wrong with it; begun by whoever wrote it.
fn again(
    wish: &Code,
    repair: Repair,
    text: &str,
    mistakes: &Mistakes,
    now: String,
    entry: &EntryId,
    card: &Card,
) -> Extension {
    let Repair { left, route, policy } = repair;
    let from = route.iter().position(|name| name == entry).unwrap_or(0);
    let route: Vec<EntryId> = route.into_iter().skip(from).collect();
    // The work itself stands last, as what counts.
    let prompt = format!(
        "You have answered this before. Your answer was:\n\n{}\n\nIt cannot be used:\n\n{}\n\nAnswer once more, the \
         whole of it, without these mistakes.\n\n{}",
        cut(text, ANSWER_CHARS),
        cut(&mistakes.render("your answer"), MISTAKES_CHARS),
        wish.prompt,
    );
    let wrong = wish.wrong.iter().cloned().chain([now]).collect::<Vec<_>>();
    let number = wrong.len() + 1;
    let repair = Some(Repair { left: left.saturating_sub(1), route: route.clone(), policy: policy.clone() });
    let step = Step::Code(Box::new(Code { prompt, wrong, repair, ..wish.clone() }));
    let expected = order::of(&step, &Vec::new(), card, Hash::of([])).map(|order| {
        let worst = card.price.of(&order.units());
        Quote { expected: card.price.of(&usual_units(&step, &order)), worst }
    });
    let stands = format!("/{}.{number}", step.name()).as_str().into();
    let node = Recipe::film(step).node_named(stands);
    let stands = node.id.clone();
    let node = NodeSpec { route, policy: Some(policy), ..node };
    Extension { nodes: vec![node], quote: expected.unwrap_or_default(), stands }
}

fn cut(text: &str, chars_max: usize) -> &str {
    text.char_indices().nth(chars_max).map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wish() -> Code {
        Code {
            system: "s".to_owned(),
            prompt: "film: Why?".to_owned(),
            answer: json!({"type": "object"}),
            to_be: Text::Plan {
                film: "Why?".to_owned(),
                language: None,
                cast: [("tom".to_owned(), String::new())].into(),
            },
            wrong: Vec::new(),
            repair: Some(Repair { left: 1, route: vec!["a".into(), "b".into(), "c".into()], policy: "code".into() }),
        }
    }

    fn card() -> Card {
        serde_json::from_value(json!({"provider": "x", "kind": "code", "model": "b", "price": {"per_item": "0.01"}}))
            .unwrap()
    }

    fn answered(wish: &Code, text: &str) -> Result<Delivery, Fell> {
        read(wish, text, &"b".into(), &card(), &|bytes| Ok(Hash::of([bytes])))
    }

    #[test]
    fn what_is_broken_goes_back_once_to_whoever_wrote_it_and_then_on() {
        let fell = answered(&wish(), "not a plan").unwrap_err();
        assert_eq!((fell.fault.class, fell.fault.acceptance), (Class::Broken, Acceptance::Yes));
        let extension = fell.extension.unwrap();
        let node = &extension.nodes[0];
        assert_eq!((node.id.as_str(), &extension.stands), ("/code.2", &node.id));
        assert_eq!(node.route, ["b".into(), "c".into()]);
        assert_eq!(extension.quote.worst, retake_engine::money::Money::from_cents(1));
        let Some(Recipe { step: Step::Code(second), .. }) = Recipe::read(&node.recipe) else { panic!("no code") };
        assert!(second.prompt.contains("not a plan") && second.prompt.ends_with("film: Why?"), "{}", second.prompt);
        assert!(second.prompt.contains("a text stands here"), "with its mistakes: {}", second.prompt);
        let last = answered(&second, r#"{"title": "x"}"#).unwrap_err();
        assert!(last.extension.is_none());
        for mistake in ["an answer without `scenes`", "a text stands here"] {
            assert!(last.fault.message.contains(mistake), "{}", last.fault.message);
        }
        assert!(last.fault.hint.unwrap().contains("retake retry"));
    }

    #[test]
    fn what_goes_back_is_bounded() {
        let long = "ä".repeat(400_000);
        let fell = answered(&wish(), &long).unwrap_err();
        assert!(fell.extension.unwrap().nodes[0].recipe.len() < 2 * (ANSWER_CHARS + MISTAKES_CHARS) + 10_000);
    }

    #[test]
    fn what_was_left_out_is_told() {
        let made = answered(&wish(), r#"{"title": "x", "budget": 9, "scenes": [{"shot": "@tom waves"}]}"#).unwrap();
        assert_eq!(made.outputs.facts["dropped"].as_ref(), "`budget`");
        assert_eq!((made.outputs.facts["by"].as_ref(), made.outputs.artifacts[0].role.as_ref()), ("b", PLAN));
    }
}
