//! Routes of voices: one narrator speaks all scenes that share one, whatever goes wrong.

use retake_rehearsal::{Kind, Pace, Script};
use serde_json::Value;

use super::{Stage, micros, the_books_agree};

const FILM: &str = "
film: One narrator
size: 320x180
budget: 2.00
voice: [wise-woman, kokoro]
scenes:
  - {id: storm, title: Waves, say: For two thousand years a lighthouse could only shine.}
  - {id: lamp, title: A lamp, say: Then keepers learned to make it blink.}
  - {id: ship, title: A ship, say: And every harbour got its own rhythm.}
";

/// The first voice will not say one of the sentences.
const REFUSED: &str = "rules: [{at: submit, provider: replicate, prompt: learned, do: refuse}]";

/// The first voice will not say the second sentence, and the second not the third.
const EACH_REFUSES_ONE: &str = "rules:
  - {at: submit, provider: replicate, prompt: learned, do: refuse}
  - {at: submit, provider: fal, prompt: harbour, do: refuse}
";

fn stage(script: &str, film: &str) -> Stage {
    let stage = Stage::new(Script::read(script).unwrap(), Pace::quick(), "");
    stage.bench.write("film.yaml", film);
    stage
}

/// Who spoke each scene, by the film's manifest.
fn narrators(stage: &Stage) -> Vec<String> {
    let text = std::fs::read_to_string(stage.bench.path("out/film.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    let scenes = manifest["scenes"].as_array().unwrap();
    let voice = |scene: &Value| {
        let nodes = scene["nodes"].as_array().unwrap();
        let voice = nodes.iter().find(|node| node["id"].as_str().unwrap().ends_with("/voice")).unwrap();
        assert!(voice["facts"]["samples"].is_string(), "{voice}");
        voice["model"].as_str().unwrap().to_owned()
    };
    scenes.iter().map(voice).collect()
}

/// How often each provider was asked to speak, and did not refuse.
fn spoken(stage: &Stage) -> [usize; 2] {
    ["replicate", "fal"].map(|provider| {
        let of = |job: &&retake_rehearsal::Line| job.provider == provider && job.kind == Kind::Speech;
        stage.bill().jobs.iter().filter(of).filter(|job| job.fetched).count()
    })
}

#[test]
fn a_refused_sentence_changes_the_narrator_of_all_scenes() {
    for kills in [&[][..], &[4, 9, 16, 25, 34]] {
        let stage = stage(REFUSED, FILM);
        let quote = stage.run(&["plan", "film.yaml", "--json"]).is(0).json();
        let summary = stage.make(kills);
        assert_eq!(summary["status"], "completed", "{summary}");
        assert_eq!(narrators(&stage), ["kokoro"; 3]);
        the_books_agree(&stage, &summary);
        let settled = micros(&summary["cost"]["settled_usd"]);
        assert_eq!(settled, stage.bill().charged());
        assert!(settled <= micros(&quote["worst_usd"]), "{quote}");
        assert_eq!(spoken(&stage)[1], 3, "{:?}", stage.bill().jobs);
        // Nothing of it is spoken again: not by the film as it is, and not by one that has changed elsewhere.
        stage.run(&["run", "film.yaml", "--yes"]).is(0).tells(&["nothing to do: the film is complete"]);
        let before = stage.bill().charged();
        stage.bench.write("film.yaml", &FILM.replace("title: A lamp", "title: The lamp"));
        assert_eq!(stage.make(&[])["status"], "completed");
        assert_eq!((narrators(&stage), stage.bill().charged()), (vec!["kokoro".to_owned(); 3], before));
    }
}

#[test]
fn the_summary_says_who_spoke_instead_of_whom_and_why() {
    let stage = stage(REFUSED, FILM);
    let said = stage.run(&["run", "film.yaml", "--yes"]).is(0);
    let text = said.data.split_whitespace().collect::<Vec<_>>().join(" ");
    let all = "instead storm · voice, lamp · voice, ship · voice: kokoro made it instead of wise-woman: rejected, ";
    assert!(text.contains(all), "{}", said.data);
}

#[test]
fn a_retired_voice_changes_the_narrator_before_another_scene_is_bought_of_it() {
    let stage = stage("rules: [{at: submit, model: 'minimax/*', do: retire}]", FILM);
    let summary = stage.make(&[]);
    assert_eq!((summary["status"].as_str(), narrators(&stage)), (Some("completed"), vec!["kokoro".to_owned(); 3]));
    assert_eq!(spoken(&stage), [0, 3]);
}

#[test]
fn what_passes_does_not_change_the_narrator() {
    let stage = stage("rules: [{at: submit, provider: replicate, prompt: learned, times: 1, do: {status: 503}}]", FILM);
    let summary = stage.make(&[]);
    assert_eq!((summary["status"].as_str(), narrators(&stage)), (Some("completed"), vec!["wise-woman".to_owned(); 3]));
    assert_eq!(spoken(&stage), [3, 0]);
}

#[test]
fn a_scene_with_a_route_of_its_own_keeps_its_narrator() {
    let own = FILM.replace("title: Waves", "title: Waves, voice: [wise-woman, deep-man]");
    let stage = stage(REFUSED, &own);
    assert_eq!(stage.make(&[])["status"], "completed");
    assert_eq!(narrators(&stage), ["wise-woman", "kokoro", "kokoro"]);
}

#[test]
fn a_sentence_that_nobody_says_is_missing_and_changes_nobody() {
    let stage =
        stage("rules: [{at: submit, prompt: learned, do: refuse}]", &FILM.replace("budget", "min_clips: 2\nbudget"));
    let summary = stage.make(&[]);
    assert_eq!(summary["status"], "partial", "{summary}");
    the_books_agree(&stage, &summary);
    assert_eq!(spoken(&stage), [2, 0]);
}

/// The scenes that were spoken, by whom.
fn heard(stage: &Stage) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(stage.bench.path("out/film.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    let voice = |scene: &Value| {
        let nodes = scene["nodes"].as_array()?;
        let voice = nodes.iter().find(|node| node["facts"]["samples"].is_string())?;
        Some((scene["id"].as_str()?.to_owned(), voice["model"].as_str()?.to_owned()))
    };
    manifest["scenes"].as_array().unwrap().iter().filter_map(voice).collect()
}

#[test]
fn where_no_voice_says_all_the_one_that_says_most_is_heard_and_nothing_is_paid_twice() {
    for kills in [&[][..], &[4, 9, 16, 25, 34]] {
        let stage = stage(EACH_REFUSES_ONE, &FILM.replace("budget", "min_clips: 2\nbudget"));
        let quote = stage.run(&["plan", "film.yaml", "--json"]).is(0).json();
        let summary = stage.make(kills);
        assert_eq!(summary["status"], "partial", "{summary}");
        the_books_agree(&stage, &summary);
        assert!(micros(&summary["cost"]["settled_usd"]) <= micros(&quote["worst_usd"]), "{quote}");
        let first = ["storm", "ship"].map(|scene| (scene.to_owned(), "wise-woman".to_owned()));
        assert_eq!(heard(&stage), first, "{summary}");
        assert_eq!(spoken(&stage)[0], 2, "what was paid for is used again: {:?}", stage.bill().jobs);
        // Made once more, with another title, it is the same film, and costs nothing.
        let before = stage.bill().charged();
        let other = FILM.replace("budget", "min_clips: 2\nbudget").replace("title: Waves", "title: The waves");
        stage.bench.write("film.yaml", &other);
        assert_eq!(stage.make(&[])["status"], "partial");
        assert_eq!((heard(&stage), stage.bill().charged()), (first.into(), before));
    }
}

#[test]
fn nothing_is_bought_of_a_voice_that_is_being_left() {
    let script = "rules: [{at: submit, provider: replicate, prompt: two thousand, do: refuse}]";
    let stage = stage(script, &FILM.replace("budget", "concurrency: 1\nbudget"));
    let summary = stage.make(&[]);
    assert_eq!((summary["status"].as_str(), narrators(&stage)), (Some("completed"), vec!["kokoro".to_owned(); 3]));
    assert_eq!(spoken(&stage), [0, 3], "the first was refused before the others were begun");
    the_books_agree(&stage, &summary);
}

#[test]
fn what_is_spoken_anew_is_spoken_by_who_speaks_the_others() {
    let stage = stage(REFUSED, FILM);
    assert_eq!(stage.make(&[])["status"], "completed");
    let before = spoken(&stage);
    stage.run(&["redo", "storm/voice"]).is(0);
    assert_eq!((narrators(&stage), spoken(&stage)), (vec!["kokoro".to_owned(); 3], [before[0], before[1] + 1]));
}
