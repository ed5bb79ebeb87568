//! Every paid model of the catalogue, bought once by a film through its real client: without anybody in its place, so
//! that a model that does not work fails by its name.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use retake_film::catalogue;
use retake_film::providers::{Card, Kind, card::From};
use retake_rehearsal::{Pace, Script};
use serde_json::Value;

use super::paid::{Stage, WORKFLOW, micros};

/// Models whose price is a bound, by their own comment: what they say of tokens, references or the length of speech is
/// known only once it is paid.
const BOUNDS: [&str; 7] = ["gpt-image", "gpt-image-fast", "marin", "nano-banana", "nano-banana-lite", "omni", "uni"];

const SETTINGS: &str = r#"
[limits]
submissions = 16
[providers.vertex.settings]
project = "p"
"#;

/// The providers, and patience with them: some answer only when they are done, and the machine may be busy.
fn stage() -> Stage {
    let stage = Stage::new(Script::calm(), Pace::quick(), &format!("{SETTINGS}{WORKFLOW}"));
    let settings = std::fs::read_to_string(stage.bench.path("retake.toml")).unwrap();
    let patient = settings.replace("request_timeout = \"2s\"", "request_timeout = \"60s\"");
    stage.bench.write("retake.toml", &patient.replace("\ntimeout = \"10s\"", "\ntimeout = \"300s\""));
    stage
}

fn cards(kind: Kind) -> BTreeMap<String, Card> {
    let mut cards = catalogue::cards(&BTreeMap::new(), false).unwrap();
    cards.retain(|_, card| card.kind == kind);
    cards
}

/// A film of these scenes. What fails stays a gap: who failed is told by the manifest.
fn film(more: &str, scenes: &str) -> String {
    format!(
        "film: Every model\nsize: 320x180\nfps: 24\nbudget: 99.00\nconcurrency: 16\ncaptions: off\nimage: storyboard\n\
         video: kenburns\nmin_clips: 1\ngaps: card\n{more}scenes:\n{scenes}"
    )
}

/// What the ledger has of each model, from the film's manifest, and who did not make it.
fn ledger(stage: &Stage, summary: &Value) -> (BTreeMap<String, u64>, Vec<String>) {
    let path = summary["output"]["manifest"].as_str().unwrap_or_else(|| panic!("{summary}"));
    let manifest: Value = serde_json::from_slice(&std::fs::read(stage.bench.path(path)).unwrap()).unwrap();
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let scenes = list(&manifest, "scenes").into_iter().flat_map(|scene| list(&scene, "nodes"));
    let (mut spent, mut failed) = (BTreeMap::new(), Vec::new());
    for node in scenes.chain(list(&manifest, "nodes")) {
        for take in list(&node, "takes") {
            *spent.entry(take["model"].as_str().unwrap().to_owned()).or_default() += micros(&take["cost_usd"]);
            if !take["fault"].is_null() {
                failed.push(format!("{}: {}", take["model"], take["fault"]));
            }
        }
        if !node["fault"].is_null() {
            failed.push(format!("{}: {}", node["id"], node["fault"]));
        }
    }
    (spent, failed)
}

/// Makes the film, and holds what was charged for each model against what the ledger has of it.
#[track_caller]
fn proves(stage: &Stage, film: &str, cards: &BTreeMap<String, Card>) {
    let before = stage.bill().jobs.len();
    stage.bench.write("film.yaml", film);
    let summary = stage.make(&[]);
    let (spent, failed) = ledger(stage, &summary);
    assert!(failed.is_empty() && summary["status"] == "completed", "{}\n{summary:#}", failed.join("\n"));
    let mut wrong = Vec::new();
    for (name, card) in cards {
        // The words of each scene end with the name of its model: several cards may sell the same model.
        let bill = stage.bill();
        let own = bill.jobs[before..].iter().filter(|job| job.prompt.ends_with(&format!(" {name}.")));
        let own: Vec<_> =
            own.filter(|job| (&*job.provider, &*job.model) == (&*card.provider, model_of(card))).collect();
        let charged: u64 = own.iter().map(|job| job.charged_micros).sum();
        let settled = spent.get(name).copied().unwrap_or(0);
        let fits = if BOUNDS.contains(&name.as_str()) { charged <= settled } else { charged == settled };
        if !fits || own.is_empty() {
            wrong.push(format!("{name}: charged {charged}, settled {settled}, {} jobs", own.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(stage.bill().leaks, Vec::<String>::new());
}

/// What the server calls a model whose name does not come along.
fn model_of(card: &Card) -> &str {
    if ["cog", "comfyui"].contains(&&*card.provider) { &card.provider } else { &card.model }
}

#[test]
fn every_model_that_makes_pictures_makes_one() {
    let stage = stage();
    let cards = cards(Kind::Image);
    let mut scenes = String::new();
    for name in cards.keys() {
        let _ = writeln!(scenes, "  - {{id: {name}, still: 'A lamp by {name}.', seconds: 1, image: {name}}}");
    }
    proves(&stage, &film("", &scenes), &cards);
}

#[test]
fn every_model_that_makes_clips_makes_one() {
    let stage = stage();
    let cards = cards(Kind::Video);
    let mut scenes = String::new();
    for (name, card) in &cards {
        // What begins with a picture is given one that was bought: a drawn one goes nowhere.
        let image = if card.begins_with(From::Image) { "flux-schnell" } else { "storyboard" };
        let _ = writeln!(
            scenes,
            "  - {{id: {name}, shot: 'A lamp by {name}.', seconds: 1, image: {image}, video: {name}}}"
        );
    }
    proves(&stage, &film("", &scenes), &cards);
}

#[test]
fn every_voice_speaks() {
    let stage = stage();
    let cards = cards(Kind::Speech);
    let mut scenes = String::new();
    for name in cards.keys() {
        let _ = writeln!(scenes, "  - {{id: {name}, title: A lamp, say: 'Spoken by {name}.', voice: {name}}}");
    }
    proves(&stage, &film("", &scenes), &cards);
}

#[test]
fn every_model_that_makes_music_plays() {
    for (name, card) in cards(Kind::Music) {
        let stage = stage();
        let music = format!("music: {{prompt: 'A slow waltz by {name}.', model: {name}}}\n");
        let scenes = "  - {id: lamp, title: A lamp, seconds: 2}\n";
        proves(&stage, &film(&music, scenes), &BTreeMap::from([(name, card)]));
    }
}
