//! Work that was paid for and that nobody waits for any more: it is fetched, or its name is refused, all the same.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use retake_rehearsal::{Pace, Script};

use super::{PICTURE, Stage, slow};

const FREE: &str = "
film: A film that changes
size: 320x180
budget: 1.00
scenes:
  - {id: storm, title: Waves, seconds: 1}
";

/// Begins the film, and kills it once its order was accepted.
fn killed_with_work_under_way(stage: &Stage) {
    stage.bench.write("film.yaml", PICTURE);
    let mut child = stage.command(&["run", "film.yaml", "--yes", "--json"]);
    let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let submitted = lines.map_while(Result::ok).any(|line| line.contains("\"submitted\""));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(submitted, "it was ordered");
}

#[test]
fn what_an_edited_film_had_open_is_landed_before_the_new_one_leaves() {
    let stage = Stage::new(Script::calm(), slow(2_500), "");
    killed_with_work_under_way(&stage);
    // The new film is over at once, and needs nothing of what was bought.
    stage.bench.write("film.yaml", FREE);
    stage.run(&["run", "film.yaml", "--yes"]).is(0);
    let bill = stage.bill();
    assert_eq!(bill.jobs.iter().filter(|job| job.fetched).count(), 1, "{:?}", bill.jobs);
    assert_eq!(stage.run(&["orphans", "--json"]).is(0).json(), serde_json::json!([]));
    // It is there for whoever wants it again.
    stage.bench.write("film.yaml", PICTURE);
    stage.run(&["run", "film.yaml", "--yes"]).is(0);
    assert_eq!(stage.bill().taken(), 1);
}

#[test]
fn a_name_that_no_provider_gives_is_not_adopted() {
    let script = "rules: [{at: submit, nth: 1, do: reset-after-accept}]";
    let stage = Stage::new(Script::read(script).unwrap(), Pace::quick(), "");
    stage.set("lag = \"100ms\"", "lag = \"100ms\"\ndedupe = \"none\"");
    stage.bench.write("film.yaml", &PICTURE.replace("image: flux-dev", "image: flux-dev\nunclear: hold"));
    let said = stage.run(&["run", "film.yaml", "--yes"]);
    let held = said.code == Some(4);
    // Where it costs little, it is written off instead of held: then there is nothing to adopt.
    let long = "b".repeat(70_000);
    for name in ["", "?x=1", "../../x", "a b", "a\nb", &long] {
        let refused = stage.run(&["resolve", "storm/image/1", "--adopt", name]);
        assert_eq!(refused.code, Some(2), "{name:.20}: {}", refused.talk);
        assert!(!held || refused.talk.contains("no name that a provider gives"), "{}", refused.talk);
    }
}
