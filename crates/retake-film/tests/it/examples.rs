//! The plans that are shipped can be read, and show what they are there to show.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use retake_film::local::template;
use retake_film::media::Tools;
use retake_film::media::probe::probe;
use retake_film::media::sniff;
use retake_film::plan::{self, Captions, Gaps, Join, Kind, Place, Plan};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

fn read(name: &str) -> Plan {
    let text = std::fs::read_to_string(folder().join(name)).expect("it is there");
    plan::read(&text).unwrap_or_else(|mistakes| panic!("{}", mistakes.render(name)))
}

fn all() -> Vec<(String, Plan)> {
    let entries = std::fs::read_dir(folder()).expect("it is there");
    let names = entries.map(|entry| entry.expect("it is there").file_name().into_string().expect("a plain name"));
    let mut names: Vec<String> = names.filter(|name| name.ends_with(".yaml")).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

/// What its scenes last, by the rule of the plan: words at 150 a minute, the air around them, joins taken off.
fn milliseconds(plan: &Plan) -> u64 {
    let length = |scene: &plan::Scene| {
        let words = scene.say.as_deref().unwrap_or_default().split_whitespace().count() as u64;
        let usual = match &scene.kind {
            Kind::Title(_) => 3_000,
            Kind::Clip(_) => 3_500,
            Kind::Shot(_) | Kind::Shots(_) | Kind::Still(_) => 4_000,
        };
        let spoken = if words > 0 { words * 400 + 700 } else { usual };
        scene.seconds.map_or(spoken, |seconds| spoken.max(seconds.millionths() / 1_000))
    };
    let join = |scene: &plan::Scene| match plan.choices_of(scene).join {
        Some(Join::Transition { seconds, .. }) => seconds.millionths() / 1_000,
        Some(Join::Cut) | None => 0,
    };
    plan.scenes.iter().map(length).sum::<u64>() - plan.scenes.iter().skip(1).map(join).sum::<u64>()
}

#[test]
fn every_example_is_a_short_film_that_costs_nothing() {
    let plans = all();
    assert!(plans.len() >= 6);
    for (name, plan) in plans {
        let plan = if plan.scenes.is_empty() { template::write(&plan.film, &plan) } else { plan };
        let length = milliseconds(&plan);
        assert!((10_000..=38_000).contains(&length), "{name}: {length} ms");
        let routes = [&plan.choices.image, &plan.choices.video, &plan.choices.voice];
        for model in routes.into_iter().flatten().flat_map(|route| &route.0) {
            assert!(
                ["storyboard", "kenburns", "heart", "flite", "espeak"].contains(&model.as_str()),
                "{name}: {model}"
            );
        }
        for place in plan.places() {
            let Place::File(path) = place else { panic!("{name} needs the web for {place}") };
            assert!(folder().join(path).is_file(), "{name}: {path}");
        }
    }
}

#[test]
fn the_lighthouse_shows_what_a_plan_can_do() {
    let plan = read("lighthouse.yaml");
    let length = milliseconds(&plan);
    // Words are guessed at 150 a minute here; spoken, it is half a minute.
    assert!((26_000..=38_000).contains(&length), "{length} ms");
    let kind = |scene: &plan::Scene| match scene.kind {
        Kind::Shot(_) => "shot",
        Kind::Shots(_) => "shots",
        Kind::Still(_) => "still",
        Kind::Title(_) => "title",
        Kind::Clip(_) => "clip",
    };
    assert!(plan.scenes.iter().map(kind).collect::<BTreeSet<_>>().len() >= 4);
    let joins: BTreeSet<String> = plan
        .scenes
        .iter()
        .skip(1)
        .filter_map(|scene| plan.choices_of(scene).join)
        .map(|join| join.to_string())
        .collect();
    assert!(joins.len() >= 3, "{joins:?}");
    assert_eq!(plan.choices.captions, Some(Captions::Soft));
    assert!(plan.choices.music.is_some());
    assert!(plan.scenes.iter().filter(|scene| scene.say.is_some()).count() >= 4);
}

#[test]
fn the_others_show_what_they_say() {
    assert!(read("sky.yaml").scenes.is_empty());
    let size = read("rain.yaml").size.expect("it names its size");
    assert_eq!((size.width, size.height), (1080, 1920));
    assert_eq!(read("rain.yaml").choices.captions, Some(Captions::Burn));
    let quiet = read("quiet.yaml");
    assert!(quiet.scenes.iter().all(|scene| scene.say.is_none()));
    assert_eq!(quiet.choices.captions, Some(Captions::Off));
    assert_eq!(read("bread.yaml").gaps, Some(Gaps::Card));
    let journey = read("journey.yaml");
    let joins: BTreeSet<String> =
        journey.scenes.iter().filter_map(|scene| scene.choices.join).map(|join| join.to_string()).collect();
    assert_eq!(joins.len(), journey.scenes.len() - 1);
}

#[test]
fn the_clip_is_small_and_sound() {
    let path = folder().join("assets/end-card.mp4");
    assert!(path.metadata().expect("it is there").len() <= 300 * 1024);
    let probed = probe(&Tools::default(), &path, sniff::Kind::Video).expect("it is taken");
    assert_eq!(probed.picture.map(|picture| (picture.shape.width, picture.shape.height)), Some((1280, 720)));
}
