//! The writing of a plan: a run of one node, in which a model is asked for the scenes of a prompt.
//!
//! Owns what a writer is told, and the form of its answer. What an answer is worth is read elsewhere.

use retake_engine::graph::NodeSpec;
use serde_json::{Value, json};

use super::{Blueprint, Draft, Problem, Setting};
use crate::catalogue::Kind;
use crate::plan::limits::{WRITTEN_SCENES_MAX, WRITTEN_SHOTS_MAX};
use crate::plan::{Member, Plan};
use crate::recipe::{Code, Recipe, Repair, Step, Text};

/// How often an answer that is no plan goes back.
const REPAIRS: u32 = 1;
/// What scenes may follow the one before by, as a writer chooses.
const JOINS: [&str; 6] = ["cut", "crossfade 0.5", "dissolve 0.6", "fadeblack 0.8", "wipeleft 0.5", "smoothleft 0.6"];

/// What a writer is told of its work.
const SYSTEM: &str = include_str!("writing/system.txt");

/// Schedules the writing of a plan that has no scenes. Where its first usable writer is a maker of our own, nobody has to
/// be asked: the run would do, but need not be.
///
/// # Errors
///
/// Every writer that cannot be used here.
pub fn writing(plan: &Plan, setting: &Setting<'_>) -> Result<Blueprint, Vec<Problem>> {
    let mut draft = Draft::new(plan, setting);
    let (route, instead) = draft.route(None, Kind::Code, plan.choices.writer.as_ref());
    let policy = draft.policy("code", &plan.choices.clone());
    let cast = plan
        .cast
        .iter()
        .map(|(name, member): (&String, &Member)| (name.clone(), member.look.clone().unwrap_or_default()));
    let cast = cast.collect();
    let step = Step::Code(Box::new(Code {
        system: SYSTEM
            .replace("{scenes}", &WRITTEN_SCENES_MAX.to_string())
            .replace("{shots}", &WRITTEN_SHOTS_MAX.to_string()),
        prompt: request(plan),
        answer: answer(),
        to_be: Text::Plan { film: plan.film.clone(), language: plan.language.clone(), cast },
        wrong: Vec::new(),
        repair: Some(Repair { left: REPAIRS, route: route.clone(), policy: policy.clone() }),
    }));
    let node = Recipe { instead, ..Recipe::film(step) }.node();
    let goal = draft.add(None, NodeSpec { route, policy: Some(policy), ..node });
    draft.finish(goal)
}

/// What is to be written, with what is decided already.
fn request(plan: &Plan) -> String {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines = vec!["Write the plan of this film.".to_owned()];
    match plan.language.as_deref() {
        Some(language) => lines.push(format!("language: {language} (decided; all that is said is in it)")),
        None => lines.push("language: that of the words after `film:`, unless they ask for another".to_owned()),
    }
    if let Some(style) = &plan.style {
        lines.push(format!("style (decided; do not repeat it in shots): {}", line(style)));
    }
    if plan.choices.music.is_some() {
        lines.push("music: decided; leave it empty".to_owned());
    }
    for (name, member) in &plan.cast {
        let look = member.look.as_deref().map_or_else(|| "as in a picture".to_owned(), line);
        lines.push(format!("cast (decided): {name}, {look}"));
    }
    let size = plan.size.unwrap_or(crate::plan::Size::DEFAULT);
    let shape = match size.width.cmp(&size.height) {
        std::cmp::Ordering::Greater => "wide",
        std::cmp::Ordering::Equal => "square",
        std::cmp::Ordering::Less => "upright",
    };
    lines.push(format!("frame: {shape}, {size}"));
    lines.push(format!("film: {}", line(&plan.film)));
    lines.join("\n")
}

/// The form of an answer: every key is named, so that providers that can hold a model to it do; what may be left out may
/// be null.
fn answer() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    let may = |kind: &str, about: &str| json!({"type": [kind, "null"], "description": about});
    let object = |properties: Value| {
        let names: Vec<Value> =
            properties.as_object().into_iter().flatten().map(|(name, _)| name.as_str().into()).collect();
        json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
    };
    let list = |about: &str, items: Value| json!({"type": "array", "description": about, "items": items});
    let join = json!({"type": "string", "enum": JOINS, "description": "how it follows the scene before"});
    let scene = |source: &str, seen: Value| {
        let say = may("string", "what is said over it: one or two short sentences, 30 words at most; null for silence");
        let seconds = may("number", "how long it lasts where nothing is said, from 2 to 10; else null");
        let mut properties = json!({"say": say, "seconds": seconds, "join": join.clone()});
        properties[source] = seen;
        object(properties)
    };
    let frame = text("what is seen first: subject, place, light, distance");
    let shot = object(json!({"frame": frame.clone(),
        "motion": may("string", "what then happens, and what the camera does")}));
    let part = object(json!({"frame": frame, "motion": may("string", "what then happens, and what the camera does"),
        "seconds": may("number", "its length, or null to share what is left")}));
    let forms = [
        scene("shot", shot),
        scene("shots", list(&format!("2 to {WRITTEN_SHOTS_MAX} clips, one after the other"), part)),
        scene("still", text("a picture that is slowly panned")),
        scene("title", text("the few words of a card")),
    ];
    let member = object(json!({"name": text("one word, as in @tom"), "look": text("how it looks, in every scene")}));
    object(json!({
        "title": text("the title of the film"),
        "language": may("string", "its code, such as en"),
        "style": may("string", "medium, palette, light; added to every picture"),
        "cast": list("who or what appears in several scenes and has to look the same; may be empty", member),
        "music": may("string", "mood, tempo and instruments of the music, or null"),
        "scenes": list(&format!("in the order of the film, {WRITTEN_SCENES_MAX} at most"), json!({"anyOf": forms})),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Plan {
        crate::plan::read(text).unwrap()
    }

    #[test]
    fn a_writer_is_told_what_is_decided_and_the_subject_last() {
        let told = request(&plan(
            "film: |\n  Why is\n  the sky blue?\nstyle: ink\nsize: 720x1280\nmusic: off\ncast: {tom: old keeper}\n",
        ));
        insta::assert_snapshot!(told);
    }

    #[test]
    fn the_form_of_an_answer_names_every_key() {
        fn check(form: &Value) {
            if let Some(properties) = form.get("properties").and_then(Value::as_object) {
                let required = form["required"].as_array().unwrap();
                assert_eq!(properties.len(), required.len(), "{form}");
                assert_eq!(form["additionalProperties"], false);
            }
            match form {
                Value::Object(fields) => fields.values().for_each(check),
                Value::Array(values) => values.iter().for_each(check),
                _ => {}
            }
        }
        check(&answer());
        for join in JOINS {
            let text = format!("film: x\nscenes: [{{title: x}}, {{title: y, join: {join}}}]");
            assert!(crate::plan::read(&text).is_ok(), "{join}");
        }
        assert!(!SYSTEM.replace("{scenes}", "").replace("{shots}", "").contains('{'));
    }
}
