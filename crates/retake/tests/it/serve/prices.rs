//! What a running service learns of prices while it is asked for quotes.

use retake_rehearsal::{Pace, Script};

use super::call::Call;
use crate::cli::paid::Stage;
use crate::web::Service;

/// What a picture costs by the list of prices; twice that is charged.
const LISTED_USD: &str = "0.050000";
const CHARGED_USD: &str = "0.100000";

fn still(words: &str) -> String {
    format!(
        "film: Prices\nsize: 320x180\nbudget: 1.00\nimage: gen4-image\ncaptions: off\nscenes:\n  - {{id: s, still: {words}, seconds: 1}}\n"
    )
}

#[test]
fn a_quote_expects_what_was_charged_a_moment_ago() {
    let script = Script::read("rules:\n  - {at: submit, do: {price-rise: 2}}\n").unwrap();
    let stage = Stage::new(script, Pace::quick(), "");
    let service = Service::of(stage.command(&["serve", "--json", "--listen", "127.0.0.1:0"]));
    let at = service.at.parse().unwrap();
    let post = |path: &str, plan: &str| Call::new(at, "POST", path).body("application/yaml", plan).send();
    let expected = |plan: &str| post("/api/quotes", plan).is(200).json()["expected_usd"].clone();
    assert_eq!(expected(&still("A ship")), LISTED_USD);
    // What is learned once is learned; what comes after that is heard.
    for (picture, other) in [("A lamp", "A ship"), ("A lens", "A storm")] {
        let run = post("/api/runs", &still(picture)).is(202).json();
        let path = format!("/api/runs/{}?wait=20s", run["run"].as_str().unwrap());
        let status = |_| Call::new(at, "GET", &path).send().is(200).json()["status"].clone();
        assert!((0..20).map(status).any(|status| status == "completed"), "{picture}");
        assert_eq!(expected(&still(other)), CHARGED_USD, "after {picture}");
    }
    assert_eq!(stage.bill().taken(), 2);
}
