//! The verbs about money, by the real program against a server that plays the providers.

use retake_rehearsal::{Pace, Script};
use serde_json::Value;

use super::Bench;
use super::paid::Stage;

const FILM: &str = "
film: A paid film
size: 320x180
image: [storyboard]
video: [seedance-lite]
rounds: 0
scenes:
  - {id: storm, shot: Waves hit a lighthouse at night}
  - {id: lamp, shot: A keeper lights a lamp}
";

fn last(data: &str) -> Value {
    serde_json::from_str(data.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {data}"))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer} in {value}"))
}

fn micros(usd: &str) -> u64 {
    let (whole, part) = usd.split_once('.').unwrap();
    whole.parse::<u64>().unwrap() * 1_000_000 + part.parse::<u64>().unwrap()
}

#[test]
fn a_film_without_its_key_is_quoted_and_refused() {
    let bench = Bench::new();
    bench.write("film.yaml", &format!("{FILM}budget: 5.00\n").replace("[seedance-lite]", "[seedance-lite, kenburns]"));
    let said = bench.run(&["run", "film.yaml"]).is(4);
    let said = said.tells(&["`seedance-lite` cannot be used here", "replicate has no key here", "REPLICATE_API_TOKEN"]);
    assert!(said.talk.contains("--allow-fallback"), "{}", said.talk);
    assert_eq!(bench.run(&["run", "film.yaml", "--json"]).is(4).json()["status"], "paused");
    let quoted = bench.run(&["plan", "film.yaml"]).is(0).data;
    insta::assert_snapshot!(quoted);
    let quote = bench.run(&["plan", "film.yaml", "--json"]).is(0).json();
    assert_eq!((quote["keyless"].as_array().unwrap().len(), text(&quote, "/expected_usd")), (1, "0.360000"));
    let fell = bench.run(&["run", "film.yaml", "--allow-fallback"]).is(0).data;
    let fell = fell.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(fell.contains("kenburns made it instead of seedance-lite: replicate has no key here"), "{fell}");
    let manifest = std::fs::read_to_string(bench.path("out/film.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert!(
        manifest["scenes"][0]["nodes"].as_array().unwrap().iter().any(|node| node["instead"]["of"] == "seedance-lite")
    );
    // What is complete is complete, key or not.
    bench.run(&["run", "film.yaml", "--allow-fallback"]).is(0);
}

#[test]
fn the_models_are_listed_and_one_is_told_in_full() {
    let bench = Bench::new();
    let all = bench.run(&["models", "--json"]).is(0).json();
    let one = all.as_array().unwrap().iter().find(|model| model["name"] == "seedance-lite").unwrap();
    for field in ["facts", "source", "unverified", "seconds", "dedupe", "price", "prices", "available", "set"] {
        assert!(one.get(field).is_some_and(|value| !value.is_null()), "{field} in {one}");
    }
    let table = bench.run(&["models"]).is(0).data;
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(all.as_array().unwrap().iter().all(|model| table.contains(text(model, "/name"))), "{table}");
    insta::assert_snapshot!(bench.run(&["models", "--provider", "replicate"]).is(0).data);
    insta::assert_snapshot!(bench.run(&["models", "seedance-lite"]).is(0).data);
    bench.run(&["models", "seedance-light"]).is(2).tells(&["did you mean `seedance-lite`?"]);
    bench.run(&["models", "--kind", "vidoe"]).is(2).tells(&["did you mean `video`?"]);
}

#[test]
fn models_are_held_against_what_they_publish() {
    let stage = Stage::new(
        Script::calm(),
        Pace::quick(),
        "[models.mine]\nprovider = \"replicate\"\nkind = \"video\"\nmodel = \"bytedance/seedance-1-lite\"\ninputs = { prompt = \"words\" }\nprice = { per_item = \"0.10\" }\n",
    );
    let said = stage.run(&["models", "--check", "seedance-lite", "flux-dev", "--json"]).is(0);
    let lines: Vec<Value> = said.data.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["finding"] == "agrees") && lines.len() == 2, "{lines:?}");
    let said = stage.run(&["models", "--check", "seedance-lite", "mine"]).is(3);
    assert!(said.data.contains("is given as `words`, which the model does not take"), "{}", said.data);
    // Nobody has a key, so nobody is asked.
    let nobody = stage.bench.run(&["models", "--check", "seedance-lite"]).is(4);
    assert!(nobody.data.contains("not asked: set REPLICATE_API_TOKEN"), "{}", nobody.data);
}

/// A film whose first clip was ordered, and nobody knows whether that arrived.
fn held() -> Stage {
    let script = "rules:\n  - {provider: replicate, at: submit, nth: [1], do: reset-after-accept}\n";
    let stage = Stage::new(Script::read(script).unwrap(), Pace::quick(), "[models.seedance-lite]\ndedupe = \"none\"\n");
    stage.bench.write("film.yaml", &format!("{FILM}budget: 5.00\n"));
    let said = stage.run(&["run", "film.yaml", "--json"]).is(4);
    assert_eq!(text(&last(&said.data), "/reason"), "review");
    stage
}

/// The orphan of the film, and the ticket that its provider has for it.
fn orphan(stage: &Stage) -> (String, String) {
    let orphans = stage.run(&["orphans", "--json"]).is(0).json();
    assert_eq!((orphans.as_array().unwrap().len(), text(&orphans, "/0/state")), (1, "held"));
    assert!(text(&orphans, "/0/command").starts_with("retake resolve "), "{orphans}");
    let bill = stage.bill();
    let lost = bill.jobs.iter().find(|job| !ledger(stage).contains(&job.ticket)).expect("one that no take knows");
    (text(&orphans, "/0/take").to_owned(), lost.ticket.clone())
}

/// The tickets that the ledger knows.
fn ledger(stage: &Stage) -> Vec<String> {
    let ledger = stage.run(&["ledger", "--json"]).is(0).json();
    let takes = ledger["runs"].as_array().unwrap().iter().flat_map(|run| run["takes"].as_array().unwrap());
    takes.filter_map(|take| take["ticket"].as_str().map(str::to_owned)).collect()
}

/// What is charged at the providers stands in the ledger, take by take.
#[track_caller]
fn is_the_bill(stage: &Stage) {
    let ledger = stage.run(&["ledger", "--json"]).is(0).json();
    let takes = ledger["runs"][0]["takes"].as_array().unwrap();
    let settled: u64 = takes.iter().map(|take| micros(text(take, "/settled_usd"))).sum();
    assert_eq!(settled, micros(text(&ledger, "/total/settled_usd")));
    assert_eq!(settled, stage.bill().charged(), "{ledger:#}");
}

#[test]
fn a_held_take_is_adopted_and_settled() {
    let stage = held();
    let (take, ticket) = orphan(&stage);
    let said = stage.run(&["resolve", &take, "--adopt", &ticket]).is(0);
    let said = said.tells(&[
        "may have been bought from seedance-lite at replicate: $0.18 is reserved",
        "is kept: $0.18 is settled",
    ]);
    assert!(said.data.contains("all 2 scenes made"), "{}", said.data);
    assert_eq!(stage.bill().taken(), 2, "nothing was ordered again");
    is_the_bill(&stage);
    assert!(stage.run(&["orphans"]).is(0).data.starts_with("nothing that was paid for"));
    stage.run(&["resolve", &take, "--abandon"]).is(2).tells(&["is kept, not held", "hint:"]);
}

#[test]
fn a_held_take_is_made_again_or_done_without() {
    let stage = held();
    let (take, _) = orphan(&stage);
    let said = stage.run(&["resolve", &take, "--resend"]).is(0);
    said.tells(&["it may be paid twice", "is written off: $0.18 counts as spent; take 2 in its place is kept"]);
    assert_eq!(stage.bill().taken(), 3);
    let stage = held();
    let (take, _) = orphan(&stage);
    let said = stage.run(&["resolve", &take, "--abandon"]);
    assert!([Some(3), Some(5)].contains(&said.code), "{}\n{}", said.data, said.talk);
    said.tells(&["is written off: $0.18 counts as spent"]);
    assert_eq!(stage.bill().taken(), 2);
}

#[test]
fn a_raised_cap_goes_on_with_resume_and_nothing_before() {
    let stage = Stage::new(Script::calm(), Pace::quick(), "");
    // The second clip does not fit: what one is expected to cost is known only when the price rises.
    stage.bench.write("film.yaml", &format!("{FILM}budget: 0.40\non_budget: pause\n"));
    let said = stage.run(&["run", "film.yaml", "--json"]).is(0);
    let run = text(&last(&said.data), "/run").to_owned();
    // A lower cap holds the redo back.
    stage.run(&["budget", &run, "0.36"]).is(0);
    let said = stage.run(&["redo", "storm", "--run", &run, "--json"]).is(4);
    assert_eq!(text(&last(&said.data), "/reason"), "budget");
    let (taken, few) = (stage.bill().taken(), stage.run(&["budget", &run, "0.40"]).is(0));
    few.tells(&["not enough", "$0.54"]);
    let said = stage.run(&["budget", &run, "0.60"]).is(0);
    assert!(said.data.contains("may spend $0.60 (before: $0.40); $0.36 is spent"), "{}", said.data);
    let said = said.tells(&["nobody works on it", "retake resume"]);
    assert_eq!((stage.bill().taken(), said.code), (taken, Some(0)), "who only sets a cap begins nothing");
    stage.run(&["resume", &run]).is(0);
    assert_eq!(stage.bill().taken(), taken + 1);
    is_the_bill(&stage);
}
