//! What providers say of when to come back, in every form there is, and across a kill.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use retake_rehearsal::{Pace, Script};
use serde_json::Value;

use super::{PICTURE, Stage};

/// The longest pause of our own in these films, with what jitter adds.
const OWN_MS: u64 = 400;
/// How long Replicate is left alone where it does not say for how long.
const UNSAID_MS: u64 = 5000;
/// The longest that anybody may make us wait.
const LONGEST_MS: u64 = 15 * 60 * 1000;

fn stage(form: &str, after: &str) -> Stage {
    let rule = format!("rules:\n  - {{at: submit, nth: 1, do: {{throttle: {{after: {after}, form: {form}}}}}}}\n");
    let stage = Stage::new(Script::read(&rule).unwrap(), Pace::quick(), "");
    stage.bench.write("film.yaml", PICTURE);
    stage
}

/// How long the run meant to wait, by its journal.
fn meant(stage: &Stage) -> u64 {
    let history = stage.run(&["history", "--json"]).is(0).data;
    let events: Vec<Value> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let rests = events.iter().find(|event| event["event"] == "retrying").unwrap_or_else(|| panic!("{history}"));
    let moment = |name: &str| rests[name].as_u64().unwrap_or_else(|| panic!("{rests}"));
    moment("not_before").saturating_sub(moment("at"))
}

#[test]
fn every_way_to_ask_for_a_pause_is_heard() {
    // Nobody has to wait for the waits of the others.
    std::thread::scope(|scope| {
        for (form, least, most) in [
            ("header", 1000, 1000 + OWN_MS),
            // Dates have whole seconds.
            ("date", 1000, 3000 + OWN_MS),
            ("body", 1000, 1000 + OWN_MS),
            ("past", 0, OWN_MS),
            ("negative", 0, OWN_MS),
            ("garbage", 0, UNSAID_MS + OWN_MS),
        ] {
            scope.spawn(move || is_heard(form, least, most));
        }
    });
}

/// A request for a second's pause in this form makes a film mean to wait so long.
fn is_heard(form: &str, least: u64, most: u64) {
    let stage = stage(form, "1s");
    stage.run(&["run", "film.yaml", "--yes"]).is(0);
    let meant = meant(&stage);
    assert!((least..=most).contains(&meant), "{form}: it meant to wait {meant} ms");
    let tried = stage.tried();
    assert_eq!((tried.len(), stage.bill().taken()), (2, 1), "{form}");
    assert!(tried[1] - tried[0] >= least, "{form}: {tried:?}");
}

/// Makes the film until it rests, and kills it there.
fn kill_at_rest(stage: &Stage) {
    let mut child = stage.command(&["run", "film.yaml", "--yes", "--json"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let rests = lines.map_while(Result::ok).find(|line| line.contains("\"retrying\""));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(rests.is_some(), "it rests");
}

#[test]
fn what_a_provider_asks_for_holds_across_a_kill() {
    let stage = stage("header", "4s");
    kill_at_rest(&stage);
    stage.run(&["run", "film.yaml", "--yes"]).is(0);
    let tried = stage.tried();
    assert_eq!(tried.len(), 2);
    assert!(tried[1] - tried[0] >= 4000, "nothing was ordered before the moment that was said: {tried:?}");
    assert_eq!(stage.bill().taken(), 1);
}

#[test]
fn a_pause_without_sense_ends_and_is_told() {
    let stage = stage("huge", "1s");
    kill_at_rest(&stage);
    let meant = meant(&stage);
    assert!((1000..=LONGEST_MS + OWN_MS).contains(&meant), "it is bounded: {meant}");
    let told = stage.run(&["status", "--why"]).is(0).data;
    assert!(told.contains("replicate"), "who asked for it is said: {told}");
    assert_eq!((stage.tried().len(), stage.bill().taken()), (1, 0));
}
