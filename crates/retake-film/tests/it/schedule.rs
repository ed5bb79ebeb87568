//! What a plan comes to: nodes, edges, routes, and what cannot be made here.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use retake_engine::graph::Graph;
use retake_engine::id::RunId;
use retake_engine::journal::event::RunSpec;
use retake_engine::money::Money;
use retake_film::catalogue::{Catalogue, Missing, cards};
use retake_film::plan::{self, Place, Plan};
use retake_film::providers::{Secret, Sellers};
use retake_film::quote::{Fate, rows};
use retake_film::recipe::Recipe;
use retake_film::schedule::{Blueprint, Brought, Problem, Setting, Until, schedule};

/// What a plan comes to where some models are missing.
pub(crate) fn with(
    text: &str,
    change: impl FnOnce(&mut Setting<'_>),
    missing: &[&str],
) -> Result<Blueprint, Vec<Problem>> {
    let lack =
        |name: &str| Missing { why: format!("{name} is not installed"), hint: "make voice".into(), is_key: false };
    let catalogue = Catalogue::local(|name| missing.contains(&name).then(|| lack(name)));
    with_catalogue(text, &catalogue, &BTreeMap::new(), change)
}

/// What a plan comes to with these models and these files of the user's.
pub(crate) fn with_catalogue(
    text: &str,
    catalogue: &Catalogue,
    files: &BTreeMap<Place, Brought>,
    change: impl FnOnce(&mut Setting<'_>),
) -> Result<Blueprint, Vec<Problem>> {
    let plan = plan::read(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let mut setting = Setting {
        catalogue,
        files,
        name: "film",
        base: "",
        about: BTreeMap::new(),
        cap: Money::from_cents(500),
        account: "ann".into(),
        write_off_limit: Money::from_cents(5),
        policies: BTreeMap::new(),
        seed: None,
        until: None,
        allow_fallback: false,
    };
    change(&mut setting);
    schedule(&plan, &setting)
}

fn spec(blueprint: &Blueprint) -> RunSpec {
    blueprint.spec(RunId::default(), None, BTreeMap::new())
}

/// Each node with its route and what it waits for, a line each.
fn drawn(blueprint: &Blueprint) -> String {
    let mut text = String::new();
    for node in blueprint.nodes() {
        let list = |names: &[retake_engine::id::NodeId]| {
            names.iter().map(retake_engine::id::NodeId::as_str).collect::<Vec<_>>().join(" ")
        };
        let route: Vec<&str> = node.route.iter().map(retake_engine::id::EntryId::as_str).collect();
        let _ = write!(text, "{} by [{}]", node.id, route.join(" "));
        let _ = write!(text, " needs [{}] awaits [{}]", list(&node.needs), list(&node.awaits));
        if node.at_least > 0 {
            let _ = write!(text, " at least {}", node.at_least);
        }
        text.push('\n');
    }
    text
}

const FILM: &str = "
film: Lamps
scenes:
  - {id: card, title: Lamps}
  - {id: storm, shot: 'Waves at night', say: A lamp can only shine., join: crossfade 0.5}
  - {id: lamp, shots: [A stair, {frame: A lamp, motion: it catches, seconds: 2}], say: Then it blinked.}
  - {id: words, say: And that was that., join: wipeleft}
music: {prompt: calm}
";

fn hold(blueprint: &Blueprint) -> RunSpec {
    let spec = spec(blueprint);
    Graph::new(spec.entries.clone(), spec.policies.clone(), spec.nodes.clone()).expect("the engine takes it");
    spec
}

#[test]
fn a_film_is_drawn() {
    let blueprint = with(FILM, |_| (), &[]).expect("it can be made");
    hold(&blueprint);
    insta::assert_snapshot!(drawn(&blueprint));
}

#[test]
fn a_person_may_look_after_a_stage() {
    for (until, first) in [(Until::Voice, "storm/image"), (Until::Storyboard, "storm/video")] {
        let blueprint = with(FILM, |setting| setting.until = Some(until), &[]).expect("it can be made");
        let spec = hold(&blueprint);
        let waits = spec.nodes.iter().find(|node| node.id.as_str() == first).expect("it is there");
        assert!(waits.needs.iter().any(|need| need.as_str() == "/review"), "{until:?}");
        // Whether a person looks is no other film.
        assert!(with(FILM, |_| (), &[]).expect("it can be made").is_same(&spec));
    }
}

#[test]
fn what_cannot_be_made_here_is_named() {
    let tell = |problems: Vec<Problem>| {
        problems.into_iter().fold(String::new(), |mut text, Problem { scene, what, why, hint }| {
            let _ = writeln!(text, "{}: {what}\n  {why}\n  hint: {hint}", scene.unwrap_or_default());
            text
        })
    };
    let text = "
film: Wrong
image: [flux-dev, kenburns]
voice: [storybord, heart]
video: kenburn
scenes:
  - {id: a, shot: A lake, say: A lake.}
  - {id: lamp, shots: [one, two]}
  - {id: lamp.2, still: two}
  - {id: clip, clip: gone.mp4}
";
    insta::assert_snapshot!(tell(with(text, |_| (), &["heart"]).expect_err("nothing of it can be made")));
}

#[test]
fn a_voice_that_stands_in_is_told() {
    let blueprint = with(FILM, |_| (), &["heart"]).expect("flite is there");
    assert_eq!(blueprint.warnings.len(), 1);
    assert_eq!(blueprint.warnings[0].what, "`flite` stands in for `heart`");
    let named = format!("{FILM}voice: heart\n");
    assert!(with(&named, |_| (), &["heart"]).is_err(), "who is named and missing is not replaced");
    let allowed = with(&named, |setting| setting.allow_fallback = true, &["heart"]).expect("it is allowed");
    assert_eq!(allowed.warnings.len(), 1);
}

/// What a film of these routes comes to where nobody has a key but those who are named.
fn sold(routes: &str, keys: &[&str], allow_fallback: bool) -> Result<Blueprint, Vec<Problem>> {
    let plan = plan::read(&format!("{FILM}{routes}")).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    sold_of(&plan, keys, allow_fallback)
}

fn sold_of(plan: &Plan, keys: &[&str], allow_fallback: bool) -> Result<Blueprint, Vec<Problem>> {
    let mut sellers = Sellers::standard();
    for name in keys {
        let mut seller = sellers.find(name).expect("a standard").clone();
        seller.key = Some(Secret::new("k"));
        sellers.put(seller);
    }
    let cards = cards(&BTreeMap::new(), false).expect("the models that come along are cards");
    let catalogue = Catalogue::local(|_| None).with(&cards, &sellers);
    let files = BTreeMap::new();
    schedule(
        plan,
        &Setting {
            catalogue: &catalogue,
            files: &files,
            name: "film",
            base: "",
            about: BTreeMap::new(),
            cap: Money::from_cents(500),
            account: "ann".into(),
            write_off_limit: Money::from_cents(5),
            policies: BTreeMap::new(),
            seed: None,
            until: None,
            allow_fallback,
        },
    )
}

/// The route of the first node of a step, who it stands in for, and the models that lack a key.
fn came(blueprint: &Blueprint, step: &str) -> (Vec<String>, Option<String>, Vec<String>) {
    let node = blueprint.nodes().iter().find(|node| node.id.as_str().ends_with(step)).expect("it is there");
    let instead = Recipe::read(&node.recipe).and_then(|recipe| recipe.instead).map(|instead| instead.of);
    let keyless = blueprint.keyless.iter().map(|keyless| keyless.model.clone()).collect();
    (node.route.iter().map(ToString::to_string).collect(), instead, keyless)
}

#[test]
fn a_missing_key_is_for_a_person_to_say() {
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let both = "image: [flux-dev, storyboard]\n";
    // Only something free would be left: the route stays as it was wished.
    let asked = sold(both, &[], false).expect("it is quoted all the same");
    assert_eq!(came(&asked, "storm/image"), (texts(&["flux-dev", "storyboard"]), None, texts(&["flux-dev"])));
    let problem = &asked.keyless[0].problem;
    assert_eq!((problem.why.as_str(), problem.scene.is_none()), ("replicate has no key here", true));
    assert!(problem.hint.starts_with("set REPLICATE_API_TOKEN"), "{}", problem.hint);
    // It was said that it may.
    let allowed = sold(both, &[], true).expect("it is allowed");
    assert_eq!(came(&allowed, "storm/image"), (texts(&["storyboard"]), Some("flux-dev".to_owned()), vec![]));
    let alone = sold("image: [flux-dev]\n", &[], true).expect("it is allowed");
    assert_eq!(came(&alone, "storm/image"), (texts(&["storyboard"]), Some("flux-dev".to_owned()), vec![]));
    // Another one that is paid for can be used.
    let other = sold("image: [flux-dev, flux-2, storyboard]\n", &["fal"], false).expect("fal has a key");
    assert_eq!(came(&other, "storm/image"), (texts(&["flux-2", "storyboard"]), Some("flux-dev".to_owned()), vec![]));
    // With the key, or where what is free comes first, nobody is asked anything.
    let keyed = sold(both, &["replicate"], false).expect("it has a key");
    assert_eq!(came(&keyed, "storm/image"), (texts(&["flux-dev", "storyboard"]), None, vec![]));
    let free = sold("image: [storyboard, flux-dev]\n", &[], false).expect("the first is free");
    assert_eq!(came(&free, "storm/image"), (texts(&["storyboard"]), None, vec![]));
}

#[test]
fn who_films_pictures_is_not_left_without_one() {
    let keys = ["replicate", "fal"];
    let told = |routes: &str| sold(routes, &keys, false);
    let problems = told("video: kling\n").expect_err("it has no picture");
    assert_eq!(problems.len(), 1, "it is told once: {problems:?}");
    assert_eq!(problems[0].what, "`kling` would have no picture to begin with");
    let later = told("video: [seedance-lite, kling, kenburns]\n").expect("the first begins with words");
    assert_eq!(came(&later, "storm/video").0, ["seedance-lite", "kenburns"]);
    let passed =
        |blueprint: &Blueprint| blueprint.warnings.iter().filter(|one| one.what.contains("passed over")).count();
    assert_eq!(passed(&later), 1);
    let painted = told("image: flux-schnell\nvideo: [kling, kenburns]\n").expect("there is a picture");
    assert_eq!((came(&painted, "storm/video").0.len(), passed(&painted)), (2, 0));
}

/// Scenes that share a route of voices, one that has another, and one that has a voice of its own.
const VOICES: &str = "
film: Voices
voice: [rachel, heart]
scenes:
  - {id: storm, title: Waves, say: A lamp can only shine.}
  - {id: lamp, title: A lamp, say: Then it blinked., voice: [heart, flite]}
  - {id: host, title: A host, say: I am another., voice: adam}
  - {id: end, title: The end, say: And that was that.}
";

#[test]
fn scenes_that_share_a_route_of_voices_share_a_narrator() {
    let plan = plan::read(VOICES).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let blueprint = sold_of(&plan, &["elevenlabs"], false).expect("it can be made");
    hold(&blueprint);
    insta::assert_snapshot!(drawn(&blueprint));
    let warned: Vec<&str> = blueprint.warnings.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(
        warned,
        [
            "where `rachel` cannot speak a scene, `heart` speaks all that share the route",
            "where `heart` cannot speak a scene, `flite` speaks all that share the route"
        ]
    );
}

#[test]
fn a_clip_that_cannot_last_so_long_is_told() {
    let told = |scene: &str| {
        let plan = format!("film: Long\nvideo: kling-text\nscenes:\n  - {{id: sea, {scene}}}\n");
        let plan = plan::read(&plan).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let warnings = sold_of(&plan, &["fal"], false).expect("it can be made").warnings;
        warnings.into_iter().map(|one| format!("{}: {}; {}", one.what, one.why, one.hint)).collect::<Vec<_>>()
    };
    let words = |count: usize| vec!["word"; count].join(" ");
    for fits in
        ["shot: Waves, seconds: 12", "shot: Waves", "shots: [a, b, c, d], seconds: 40", "still: Waves, seconds: 90"]
    {
        assert_eq!(told(fits), [""; 0], "{fits}");
    }
    assert_eq!(
        told("shot: Waves, seconds: 40"),
        [
            "`sea` lasts 40 s, and a clip of `kling-text` 10 s at the most: it would be slowed, and its last frame would \
          stand for 27.5 s; write 4 `shots`, or fewer words"
        ]
    );
    let spoken = told(&format!("shot: Waves, say: {}", words(50)));
    assert_eq!(spoken.len(), 1);
    assert!(spoken[0].starts_with("`sea` lasts about 20 s, and a clip of `kling-text` 10 s"), "{spoken:?}");
    assert_eq!(told(&format!("shots: [a, b], say: {}", words(50))), [""; 0]);
    assert_eq!(told("shots: [{frame: a, seconds: 30}, b]").len(), 1);
}

#[test]
fn nobody_is_paid_who_was_not_named() {
    let plain = sold("", &["replicate", "fal", "elevenlabs"], false).expect("it needs no key");
    let routes = plain.nodes().iter().flat_map(|node| &node.route);
    assert_eq!(routes.filter(|name| is_bought(name)).count(), 0, "all is local");
}

fn is_bought(name: &retake_engine::id::EntryId) -> bool {
    ["flux", "seedance", "rachel", "kling"].iter().any(|sold| name.as_str().starts_with(sold))
}

#[test]
fn a_language_is_spoken_by_who_speaks_it() {
    let blueprint = with(&format!("{FILM}language: de\n"), |_| (), &[]).expect("espeak speaks it");
    let voice = blueprint.nodes().iter().find(|node| node.id.as_str() == "storm/voice").expect("it is there");
    assert_eq!(voice.route[0].as_str(), "espeak");
}

#[test]
fn odd_names_are_names() {
    let ids = ["-y", "../x", "%d", "it's \\\"q\\\"", "a/b", "\u{5d0}\u{5d1}", "\u{1f600}", "$(rm)"];
    let scenes: String = ids.iter().fold(String::new(), |mut text, id| {
        let _ = writeln!(text, "  - {{id: \"{id}\", title: x}}");
        text
    });
    hold(&with(&format!("film: Odd\nscenes:\n{scenes}"), |_| (), &[]).expect("ids are any text"));
}

#[test]
fn ten_thousand_titles_are_planned_and_quoted() {
    let scenes: String = (0..10_000).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "  - {{title: 'Number {number}'}}");
        text
    });
    let blueprint =
        with(&format!("film: Long\njoin: crossfade 0.2\nscenes:\n{scenes}"), |_| (), &[]).expect("it can be made");
    let spec = hold(&blueprint);
    let rows = rows(&spec, &|_| None, &|_| None);
    assert_eq!(rows.iter().filter(|row| row.item && row.fate == Fate::Make).count(), 10_000);
    assert!(blueprint.is_same(&spec));
}
