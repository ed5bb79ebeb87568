//! A provider that charges more than it publishes: it is written down, and nothing more is bought before a person has seen
//! it.

use retake_rehearsal::{Pace, Script};
use serde_json::Value;

use super::super::Said;
use super::{Stage, micros};

/// What a picture costs by the list of prices, and what is charged for it.
const LISTED: u64 = 50_000;
const CHARGED: u64 = 2 * LISTED;
const FILM: &str = "
film: A dear film
size: 320x180
budget: 0.20
concurrency: 1
image: gen4-image
captions: off
scenes:
  - {id: storm, still: Waves hit a lighthouse at night, seconds: 1}
  - {id: lamp, still: A keeper lights a lamp, seconds: 1}
  - {id: lens, still: A lens bends the light, seconds: 1}
  - {id: ship, still: A ship at sea, seconds: 1}
";

/// The command that a card ends with.
fn typed(said: &Said) -> Vec<String> {
    let line = said.data.lines().find_map(|line| line.split_once("retake ")).map_or("", |(_, line)| line);
    line.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_price_that_rises_stops_the_buying_until_somebody_has_seen_it() {
    let script = Script::read("rules:\n  - {at: submit, do: {price-rise: 2}}\n").unwrap();
    let stage = Stage::new(script, Pace::quick(), "");
    stage.bench.write("film.yaml", FILM);
    let mut said = stage.run(&["run", "film.yaml", "--yes"]);
    let (mut overruns, mut caps) = (0, 0);
    // Whoever does what the cards say comes to the end.
    for _ in 0..16 {
        let ledger = stage.run(&["ledger", "--json"]).is(0).json();
        let run = &ledger["runs"][0];
        let (settled, cap) = (micros(&run["settled_usd"]), micros(&run["cap_usd"]));
        assert_eq!(settled, stage.bill().charged(), "the ledger is the bill, whatever was published\n{run:#}");
        assert!(settled <= cap + (CHARGED - LISTED), "the cap is exceeded by what was in flight at the most\n{run:#}");
        if said.code == Some(0) {
            break;
        }
        let said_before = (said.code, said.data.clone());
        assert_eq!(said.code, Some(4), "{}\n{}", said.data, said.talk);
        let words = typed(&said);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if said.data.contains("a provider charged more than it says") {
            overruns += 1;
            assert!(said.data.contains("nothing more is bought until you have seen this"), "{}", said.data);
            assert_eq!(u64::try_from(stage.bill().taken()).unwrap(), overruns, "nothing more was bought");
            let over = micros(&run["overrun_usd"]);
            assert_eq!(over, overruns * (CHARGED - LISTED), "the ledger shows it\n{run:#}");
            assert_eq!(last_event(&stage)["reason"], "overrun", "so does the history");
            assert_eq!(words[0], "resume", "{}", said_before.1);
            said = stage.run(&words);
        } else {
            caps += 1;
            assert!(said.data.contains("the cap is reached"), "{}", said.data);
            assert_eq!(words[0], "budget", "{}", said_before.1);
            stage.run(&words).is(0);
            said = stage.run(&["resume"]);
        }
    }
    assert_eq!((said.code, stage.bill().taken()), (Some(0), 4), "{}\n{}", said.data, said.talk);
    assert!(overruns >= 2 && caps >= 1, "{overruns} {caps}");
    assert!(said.data.contains("over what was published"), "{}", said.data);
    let takes = stage.run(&["ledger", "--json"]).is(0).json();
    let takes = takes["runs"][0]["takes"].as_array().unwrap();
    let dear = takes.iter().filter(|take| micros(&take["settled_usd"]) > micros(&take["at_most_usd"]));
    assert_eq!(dear.count(), 4, "each says what was set aside and what was charged");
}

/// The last event of the newest run.
fn last_event(stage: &Stage) -> Value {
    let history = stage.run(&["history", "--json"]).is(0).data;
    let line: Value = serde_json::from_str(history.lines().last().unwrap()).unwrap();
    let pause = line.get("pause").cloned().unwrap_or_default();
    if pause.is_null() { line } else { pause }
}
