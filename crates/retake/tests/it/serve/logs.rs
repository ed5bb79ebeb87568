//! What the service writes down for whoever runs it: a line for each thing that goes on, and no secret in any.

use retake_rehearsal::{Pace, Script, key};
use serde_json::Value;

use crate::cli::Bench;
use crate::cli::paid::{CLIPS, Stage};
use crate::web::Service;

/// What a service logs while it makes the film, of which the first clip is refused.
fn logged(form: &str) -> (String, String) {
    // The error of the first scene repeats whatever was sent, the key too.
    let script = "rules:\n  - {at: submit, prompt: keeper, times: 1, do: throttle}\n  \
                  - {at: submit, prompt: lighthouse, do: echo}\n";
    let stage = Stage::new(Script::read(script).unwrap(), Pace::quick(), "");
    let service = Service::heard(stage.command(&["serve", "--listen", "127.0.0.1:0", "--json", "--log", form]));
    let page = service.make(CLIPS);
    let status = service.settled(&page);
    assert!(["partial", "completed"].contains(&status.as_str()), "{status}");
    (page.trim_start_matches("/runs/").to_owned(), service.ended())
}

#[test]
fn a_node_that_fails_is_one_line_with_its_run() {
    let (run, log) = logged("json");
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let of = |what: &str| lines.iter().filter(|line| line["what"] == what).collect::<Vec<_>>();
    for word in ["listening", "run created", "run ended"] {
        assert_eq!(of(word).len(), 1, "{word}: {log}");
    }
    let given_up = of("node given up");
    let node = given_up.first().unwrap_or_else(|| panic!("{log}"));
    assert_eq!(
        (given_up.len(), node["run"].as_str(), node["level"].as_str()),
        (1, Some(&*run), Some("error")),
        "{log}"
    );
    let scene = node["scene"].as_str().unwrap();
    assert_eq!(node["node"], format!("{scene}/video"));
    assert!(node["class"].is_string() && node["says"].is_string(), "{node}");
    let takes: Vec<_> = of("take refused").into_iter().chain(of("take unclear")).collect();
    assert!(takes.len() >= 2, "{log}");
    for take in takes {
        assert_eq!((take["model"].as_str(), take["provider"].as_str()), (Some("seedance-lite"), Some("replicate")));
        assert!(take["take"].is_u64() && take["class"].is_string(), "{take}");
    }
    assert!(!log.contains(&key("replicate")), "a secret stands in the log");
}

#[test]
fn people_read_the_same_in_lines_of_their_own() {
    let (run, log) = logged("text");
    let given_up: Vec<&str> = log.lines().filter(|line| line.contains(" node given up ")).collect();
    assert_eq!(given_up.len(), 1, "{log}");
    assert!(given_up[0].contains(" error ") && given_up[0].contains(&format!(" run={run} ")), "{log}");
    assert!(!log.contains(&key("replicate")));
    assert!(log.contains("retake answers at http://127.0.0.1:"), "{log}");
}

#[test]
fn nothing_is_logged_where_nobody_wants_it() {
    let (_, log) = logged("off");
    assert_eq!(log.lines().filter(|line| line.contains("run created")).count(), 0, "{log}");
    let bench = Bench::new();
    bench.run(&["serve", "--log", "xml"]).is(2).tells(&["json"]);
}
