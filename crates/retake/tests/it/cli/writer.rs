//! Plans that models write: asked for once, shown, kept, and never paid for twice.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use retake_rehearsal::{Kind, Pace, Script};
use serde_json::Value;

use super::Bench;
use super::paid::Stage;

/// The providers, with what goes wrong.
fn stage(rules: &str) -> Stage {
    Stage::new(Script::read(&format!("rules: {rules}\n")).expect("a script"), Pace::quick(), "")
}

impl Stage {
    /// How many texts were ordered and taken.
    fn asked(&self) -> usize {
        self.bill().jobs.iter().filter(|job| job.kind == Kind::Text).count()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.bench.path(name)).expect("it is there")
    }
}

/// A small film of a prompt; it stops where its words are spoken.
fn prompt(about: &str, writer: &str) -> String {
    format!("film: {about}\nwriter: {writer}\nvoice: flite\nsize: 128x72\nprofile: draft\nbudget: 1.00\n")
}

const UNTIL: [&str; 4] = ["run", "film.yaml", "--until", "voice"];

#[test]
fn every_provider_of_texts_writes_a_plan_and_what_it_cost_is_in_the_ledger() {
    let stage = stage("[]");
    for (nth, model) in ["gpt-luna", "gemini-flash", "haiku"].iter().enumerate() {
        let file = format!("{model}.yaml");
        let said = stage.run(&["new", "How do ships float?", "--writer", model, "--out", &file, "--yes"]).is(0);
        assert_eq!(said.data.trim_end(), file);
        let said = said.tells(&["How do ships float?", "1  ", "“", "written by", model, "plan.yaml"]);
        assert!(said.talk.contains("5 scenes"), "{}", said.talk);
        assert_eq!(stage.asked(), nth + 1, "{model}");
        let plan = stage.read(&format!("{model}.plan.yaml"));
        assert!(plan.contains(&format!("# Written by {model}")) && plan.contains("scenes:"), "{plan}");
        stage.run(&["check", &format!("{model}.plan.yaml")]).is(0);
        stage.run(&["check", &file]).is(0);
    }
    let ledger = stage.run(&["ledger", "--json"]).is(0).json();
    let runs = ledger["runs"].as_array().expect("runs");
    let is_paid =
        |run: &Value| run["settled_usd"].as_str().is_some_and(|cost| !cost.trim_matches(['0', '.']).is_empty());
    assert!(runs.len() == 3 && runs.iter().all(|run| run["writing"] == true && is_paid(run)), "{ledger:#}");
    assert_eq!(stage.bill().leaks, Vec::<String>::new());
    stage.run(&["new", "How?", "--writer", "gpt-luna", "--out", "haiku.yaml", "--yes"]).is(2).tells(&["--out"]);
    assert_eq!(stage.asked(), 3);
}

#[test]
fn a_prompt_becomes_a_film_within_its_cap_and_is_written_once() {
    let stage = stage("[]");
    stage.bench.write("film.yaml", &prompt("How do ships float?", "gpt-luna"));
    let text = stage.run(&["plan", "film.yaml"]).is(0);
    assert!(text.data.contains("gpt-luna") && text.data.contains("code"), "{}", text.data);
    assert!(!stage.bench.path("film.plan.yaml").exists() && stage.asked() == 0, "a look buys nothing");
    let made = stage.run(&["run", "film.yaml", "--json"]).is(0).tells(&["written by gpt-luna", "5 scenes"]);
    let last: Value = serde_json::from_str(made.data.lines().last().expect("a summary")).expect("JSON");
    assert_eq!(last["status"], "completed");
    let ledger = stage.run(&["ledger", "--json"]).is(0).json();
    let runs = ledger["runs"].as_array().expect("runs");
    assert_eq!((runs.len(), &runs[0]["writing"], &runs[1]["plan"]), (2, &Value::from(true), &Value::from("film.yaml")));
    let cents = |value: &Value| value.as_str().expect("money").parse::<retake_engine::money::Money>().expect("money");
    let first: Value =
        serde_json::from_str(stage.run(&["history", "--json"]).is(0).data.lines().next().expect("a run"))
            .expect("JSON");
    let (whole, spent) = (retake_engine::money::Money::from_cents(100), cents(&runs[0]["settled_usd"]));
    assert!(!spent.is_zero());
    assert_eq!(cents(&first["spec"]["cap"]), whole.less(spent), "what the writing cost is no longer there");
    stage.run(&["run", "film.yaml"]).is(0).tells(&["the film is complete"]);
    // What was written lies in the data directory, too.
    std::fs::remove_file(stage.bench.path("film.plan.yaml")).expect("it was there");
    stage.run(&["run", "film.yaml"]).is(0).tells(&["written by gpt-luna", "the film is complete"]);
    assert_eq!(stage.asked(), 1);
}

#[test]
fn another_prompt_or_writer_is_asked_for_and_an_edit_of_the_scenes_is_not() {
    let stage = stage("[]");
    stage.bench.write("film.yaml", &prompt("How do ships float?", "gpt-luna"));
    stage.run(&UNTIL).is(4);
    let mut plan = stage.read("film.plan.yaml");
    plan = plan.replace("How do ships float?", "What ships do");
    stage.bench.write("film.plan.yaml", &plan);
    stage.bench.write("film.yaml", &format!("{}fps: 25\n", prompt("How do ships float?", "gpt-luna")));
    stage.run(&UNTIL).is(4);
    assert_eq!(stage.asked(), 1);
    stage.bench.write("film.yaml", &prompt("How do planes fly?", "gpt-luna"));
    stage.run(&UNTIL).is(4);
    assert_eq!(stage.asked(), 2);
    assert!(stage.read("film.plan.old.yaml").contains("What ships do"), "an edit is not lost");
    stage.bench.write("film.yaml", &prompt("How do planes fly?", "[haiku, template]"));
    stage.run(&UNTIL).is(4).tells(&["written by haiku"]);
    assert_eq!(stage.asked(), 3);
}

#[test]
fn an_answer_that_is_no_plan_goes_back_once() {
    let stage = stage("[{kind: text, nth: 1, do: bad-plan}]");
    let said = stage.run(&["new", "How do ships float?", "--writer", "gpt-luna", "--yes"]).is(0);
    assert!(said.talk.contains("broken"), "people are told: {}", said.talk);
    assert_eq!(stage.asked(), 2);
    let second = &stage.bill().jobs[1].prompt;
    assert!(second.contains("answered this before"), "{second}");
    assert!(stage.read("film.plan.yaml").contains("scenes:"));
}

#[test]
fn two_answers_that_are_no_plan_end_the_run_with_both_mistakes_and_the_way_on() {
    let stage = stage("[{kind: text, nth: [1, 2], do: bad-plan}]");
    stage.bench.write("film.yaml", &prompt("How do ships float?", "gpt-luna"));
    let said = stage.run(&["run", "film.yaml"]).is(5);
    let all = format!("{}{}", said.talk, said.data);
    for word in ["its answer is no plan", "the answer before", "not written", "retake retry"] {
        assert!(all.contains(word), "{word}: {all}");
    }
    assert!(!stage.bench.path("film.plan.yaml").exists());
    stage.run(&["retry"]).is(0);
    stage.run(&UNTIL).is(4).tells(&["written by gpt-luna"]);
    assert_eq!(stage.asked(), 3, "the third is good");
}

#[test]
fn whoever_refuses_or_does_not_end_leaves_it_to_the_next() {
    for (effect, writer, by) in [
        ("refuse", "gpt-luna,haiku", "haiku"),
        ("cut-off", "gemini-flash,gpt-luna", "gpt-luna"),
        ("refuse", "haiku,template", "template"),
    ] {
        let stage = stage(&format!("[{{kind: text, nth: 1, do: {effect}}}]"));
        stage
            .run(&["new", "How do ships float?", "--writer", writer, "--yes"])
            .is(0)
            .tells(&[&format!("written by {by}")]);
    }
    let stage = stage("[{kind: text, do: cut-off}]");
    let said = stage.run(&["new", "How do ships float?", "--writer", "gpt-luna", "--yes"]).is(5);
    let all = format!("{}{}", said.talk, said.data);
    assert!(all.contains("cut off") && all.contains("max_output_tokens"), "{all}");
}

#[test]
fn a_kill_between_the_answer_and_the_film_pays_nothing_twice() {
    let stage = stage("[]");
    stage.bench.write("film.yaml", &prompt("How do ships float?", "gpt-luna"));
    // After it was answered, and after its run was over or the film's had begun.
    for sign in ["\"kept\"", "\"ended\""] {
        let mut child = stage
            .command(&["run", "film.yaml", "--until", "voice", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        lines.find(|line| line.contains(sign));
        child.kill().expect("it can be killed");
        child.wait().expect("it ends");
    }
    stage.run(&UNTIL).is(4);
    assert_eq!(stage.asked(), 1);
    let runs = stage.run(&["ledger", "--json"]).is(0).json();
    assert_eq!(runs["runs"].as_array().expect("runs").len(), 2, "{runs:#}");
}

#[test]
fn an_answer_that_is_lost_is_written_off_and_asked_for_again() {
    let stage = stage("[{kind: text, nth: 1, do: reset-after-accept}]");
    stage.run(&["new", "How do ships float?", "--writer", "gpt-luna", "--yes"]).is(0);
    assert_eq!(stage.asked(), 2);
    let ledger = stage.run(&["ledger", "--json"]).is(0).json();
    assert!(ledger["total"]["written_off_usd"].as_str().is_some_and(|cost| cost != "0.000000"), "{ledger:#}");
}

#[test]
fn nobody_is_asked_without_a_word_or_a_key() {
    let stage = stage("[]");
    let said = stage.run(&["new", "How do ships float?", "--writer", "gpt-luna"]).is(4);
    said.tells(&["nobody has agreed", "gpt-luna", "--yes"]);
    assert!(!stage.bench.path("film.yaml").exists(), "nothing is left of it");
    stage.bench.write("film.yaml", "film: How do ships float?\nwriter: gpt-luna\n");
    stage.run(&["run", "film.yaml"]).is(4).tells(&["nobody has agreed"]);
    // Without a key: its provider takes none but its own, wherever it is.
    stage.bench.write("film.yaml", "film: How do ships float?\nwriter: haiku\n");
    let bare = |arguments: &[&str]| stage.bench.run(arguments);
    bare(&["run", "film.yaml", "--yes"]).is(4).tells(&["haiku", "ANTHROPIC_API_KEY", "--allow-fallback"]);
    bare(&["new", "Why?", "--writer", "haiku", "--yes", "--out", "why.yaml"]).is(4).tells(&["ANTHROPIC_API_KEY"]);
    assert!(!stage.bench.path("why.yaml").exists());
    let said = bare(&["new", "Why?", "--writer", "haiku", "--allow-fallback", "--out", "why.yaml"]).is(0);
    assert_eq!(said.data.trim_end(), "why.yaml");
    assert!(stage.read("why.yaml").contains("fixed pattern"), "{}", stage.read("why.yaml"));
    stage.bench.write("film.yaml", &prompt("How do ships float?", "[haiku, template]"));
    bare(&UNTIL).is(4).tells(&["`haiku` cannot be used here", "--allow-fallback"]);
    let until = [&UNTIL[..], &["--allow-fallback"]].concat();
    bare(&until).is(4).tells(&["`template` stands in for `haiku`"]);
    assert_eq!(stage.asked(), 0);
}

#[test]
fn a_rehearsal_of_a_prompt_writes_nothing_beside_it() {
    let bench = Bench::new();
    bench.write("film.yaml", &prompt("How do ships float?", "[gpt-luna, haiku]"));
    let said = bench.run(&["rehearse", "film.yaml", "--faults", "bad-writers", "--quick"]).is(0);
    said.tells(&["a rehearsal", "written by haiku"]);
    assert!(!bench.path("film.plan.yaml").exists());
}
