//! Verbs about a data directory, and those who come to it at once.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::{Bench, said};

#[test]
fn looking_into_an_empty_data_directory_says_that_it_is_empty() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path(".retake")).unwrap();
    for verb in ["status", "history", "resume", "retry", "cancel", "open"] {
        bench.run(&[verb]).is(2).tells(&["no run here yet", "hint: `retake run FILE`"]);
    }
    bench.run(&["redo", "lamp"]).is(2);
    assert!(bench.run(&["status", "--all"]).is(0).data.starts_with("no run yet"));
    assert_eq!(bench.run(&["status", "--all", "--json"]).is(0).json(), serde_json::json!([]));
    assert_eq!(bench.run(&["ledger", "--json"]).is(0).json()["total"]["settled_usd"], "0.000000");
    assert_eq!(bench.run(&["gc"]).is(0).data, "removed 0 files, 0 MB\n");
}

#[test]
fn many_at_once_wait_for_each_other() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path(".retake")).unwrap();
    let mut all: Vec<_> = (0..6).map(|_| bench.command(&["status", "--all"]).spawn().unwrap()).collect();
    for child in &mut all {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_folder_that_is_no_data_directory_is_said_so() {
    let bench = Bench::new();
    bench.write(".retake/retake.db", "this is no database, and never was one");
    bench.run(&["status"]).is(1).tells(&["hint:"]);
}

const CARDS: &str = "film: Cards\nsize: 320x180\nscenes:\n  - {title: One, seconds: 1}\n  - {title: Two, seconds: 1}\n";

/// The last line of NDJSON: the summary.
fn summary(data: &str) -> serde_json::Value {
    serde_json::from_str(data.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {data}"))
}

#[test]
fn two_terminals_see_one_film_made_and_find_it_made_later() {
    let bench = Bench::new();
    bench.write("film.yaml", CARDS);
    let start = || bench.command(&["run", "film.yaml", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let (first, second) = (start(), start());
    let both = [first, second].map(|child| said(child.wait_with_output().unwrap()).is(0));
    let [first, second] = both.map(|said| summary(&said.data));
    assert_eq!((&first["status"], &first["run"]), (&"completed".into(), &second["run"]));
    let again = bench.run(&["run", "film.yaml", "--json"]).is(0);
    assert_eq!(summary(&again.data)["run"], first["run"]);
    bench.run(&["verify", first["output"]["path"].as_str().unwrap()]).is(0);
    assert!(bench.run(&["open"]).is(0).data.trim_end().ends_with(".html"));
}

#[test]
fn a_killed_owner_is_in_nobodys_way_and_its_run_goes_on_under_its_id() {
    let bench = Bench::new();
    bench.write("film.yaml", CARDS);
    let mut child = bench.command(&["run", "film.yaml", "--json"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(bench.path(".retake/retake.sock").exists(), "it had no time to clean up");
    bench.run(&["status"]).is(0).tells(&["no process works on it", "retake resume"]);
    let begun: serde_json::Value = serde_json::from_str(&line).unwrap();
    let said = bench.run(&["run", "film.yaml", "--json"]).is(0);
    assert_eq!(summary(&said.data)["run"], begun["run"]);
    assert!(!bench.path(".retake/retake.sock").exists());
}
