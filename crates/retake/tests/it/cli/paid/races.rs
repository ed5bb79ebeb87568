//! Many runs that want the same money at once: real processes, one data directory, one account.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use retake_rehearsal::{Pace, Script};
use serde_json::Value;

use super::super::{Said, said};
use super::{Stage, micros};

/// How many films there are; each costs 0.025, so that the cap is enough for half of them.
const FILMS: usize = 16;
const LIMITS: &str = "[limits]\nsubmissions = 16\naccount_usd = \"0.20\"\n";
const CAP: u64 = 200_000;

/// Sixteen plans, whose films have nothing in common.
fn stage(script: Script, more: &str) -> Stage {
    let stage = Stage::new(script, Pace::quick(), &format!("{LIMITS}{more}"));
    for film in 0..FILMS {
        let text = format!(
            "film: Film {film}\nsize: 320x180\nbudget: 1.00\nimage: flux-dev\ncaptions: off\nscenes:\n  - {{id: sea, \
             still: Ship {film} at sea, seconds: 1}}\n"
        );
        stage.bench.write(&format!("film-{film}.yaml"), &text);
    }
    stage
}

fn begin(stage: &Stage, arguments: &[&str]) -> Child {
    stage.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Makes all of them at once, each by a process of its own.
fn race(stage: &Stage) -> Vec<Said> {
    let start = |film| begin(stage, &["run", &format!("film-{film}.yaml"), "--yes"]);
    let all: Vec<Child> = (0..FILMS).map(start).collect();
    all.into_iter().map(|child| said(child.wait_with_output().unwrap())).collect()
}

fn ledger(stage: &Stage) -> Value {
    stage.run(&["ledger", "--json"]).is(0).json()
}

/// What was charged, held against what may be and against the ledger.
#[track_caller]
fn holds(stage: &Stage, cap: u64) {
    let (ledger, charged) = (ledger(stage), stage.bill().charged());
    let [settled, reserved, off] =
        ["settled_usd", "reserved_usd", "written_off_usd"].map(|sum| micros(&ledger["total"][sum]));
    assert!(charged <= cap, "the bill is within the cap: {charged} of {cap}\n{ledger:#}");
    assert!(settled + reserved + off <= cap, "so is the ledger\n{ledger:#}");
    assert!(charged <= settled + reserved + off, "nothing is charged that is not in the ledger: {charged}\n{ledger:#}");
    let takes = ledger["runs"].as_array().unwrap().iter().flat_map(|run| run["takes"].as_array().unwrap());
    let tickets: Vec<&str> = takes.filter_map(|take| take["ticket"].as_str()).collect();
    let unknown =
        stage.bill().jobs.into_iter().filter(|job| job.charged_micros > 0 && !tickets.contains(&&*job.ticket));
    let unknown: u64 = unknown.map(|job| job.charged_micros).sum();
    assert!(unknown <= reserved + off, "what no take knows by its ticket is reserved or written off\n{ledger:#}");
}

/// The command that a card ends with.
fn typed(said: &Said, verb: &str) -> Vec<String> {
    let line = said.data.lines().find_map(|line| line.split_once("retake ")).map_or("", |(_, line)| line);
    assert!(line.starts_with(verb), "{}", said.data);
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn sixteen_films_at_once_spend_what_the_account_may_and_the_rest_say_why_not() {
    let stage = stage(Script::calm(), "");
    let all = race(&stage);
    let (made, refused): (Vec<Said>, Vec<Said>) = all.into_iter().partition(|said| said.code == Some(0));
    assert_eq!((made.len(), refused.len()), (8, 8), "{}", refused.iter().map(|said| &*said.talk).collect::<String>());
    for said in &refused {
        assert_eq!(said.code, Some(4), "{}\n{}", said.data, said.talk);
        for words in ["the account's cap is reached", "$0.025 more would do", "`account_usd` under [limits]"] {
            assert!(said.data.contains(words), "{words}: {}", said.data);
        }
    }
    holds(&stage, CAP);
    assert_eq!(stage.bill().charged(), CAP, "and all of it was of use");
    // What was paid for stays paid for; and whoever does what they are told goes on, all at once again.
    stage.set("account_usd = \"0.20\"", "account_usd = \"0.40\"");
    let on = refused.iter().map(|said| typed(said, "resume")).map(|words| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        begin(&stage, &words)
    });
    let on: Vec<Child> = on.collect();
    for child in on {
        said(child.wait_with_output().unwrap()).is(0);
    }
    holds(&stage, 2 * CAP);
    assert_eq!((stage.bill().charged(), stage.bill().taken()), (2 * CAP, FILMS));
}

#[test]
fn answers_that_are_lost_and_owners_that_are_killed_spend_nothing_beyond_the_account() {
    let text = Script::source("lost-answers").unwrap();
    let stage = stage(Script::read(text).unwrap(), "");
    for owner in [0, 5, 10] {
        // The first of them owns the data directory, the others hand their plans to it.
        let mut first = begin(&stage, &["run", &format!("film-{owner}.yaml"), "--yes", "--json"]);
        let mut lines = BufReader::new(first.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.next().is_some(), "it owns the data directory");
        let others = (0..FILMS).filter(|film| *film != owner);
        let others: Vec<Child> =
            others.map(|film| begin(&stage, &["run", &format!("film-{film}.yaml"), "--yes"])).collect();
        lines.find(|line| line.contains("\"submitted\"") || line.contains("\"paused\""));
        first.kill().unwrap();
        first.wait().unwrap();
        for child in others {
            let said = said(child.wait_with_output().unwrap());
            assert!(matches!(said.code, Some(0 | 4 | 130)), "{:?} {}\n{}", said.code, said.data, said.talk);
        }
        holds(&stage, CAP);
    }
    for said in race(&stage) {
        assert!(matches!(said.code, Some(0 | 4)), "{:?} {}\n{}", said.code, said.data, said.talk);
    }
    holds(&stage, CAP);
}
