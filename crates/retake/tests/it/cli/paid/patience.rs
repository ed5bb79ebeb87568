//! How patiently a film is made is said beside its plan, and is no part of what it is.

use retake_rehearsal::{Pace, Script};

use super::{PICTURE, Stage};

#[test]
fn a_film_that_is_tried_more_patiently_is_the_same_film() {
    let script = "rules:\n  - {at: submit, times: 1, do: no-credit}\n";
    let stage = Stage::new(Script::read(script).unwrap(), Pace::quick(), "");
    stage.bench.write("film.yaml", PICTURE);
    let run = |more: &[&str]| stage.run(&[&["run", "film.yaml", "--yes"][..], more].concat());
    run(&["--retry", "{image: {attempts: 2}}"]).is(4);
    // The run that waits goes on, whatever is said of patience then: another would have a cap of its own.
    run(&["--retry", "{image: {attempts: 4}}"]).is(0).tells(&["the run goes on as patiently as it was begun"]);
    run(&[]).is(0).tells(&["nothing to do"]);
    run(&["--retry", "{image: {attempts: 5}}"]).is(0).tells(&["nothing to do"]);
    let ledger = stage.run(&["ledger", "--json"]).is(0).json();
    assert_eq!((ledger["runs"].as_array().unwrap().len(), stage.bill().taken()), (1, 1), "{ledger:#}");
    // What the plan itself says of it makes another run, which makes nothing again.
    stage.bench.write("film.yaml", &PICTURE.replace("scenes:", "retry: {image: {paid_takes: 5}}\nscenes:"));
    run(&[]).is(0);
    let ledger = stage.run(&["ledger", "--json"]).is(0).json();
    assert_eq!((ledger["runs"].as_array().unwrap().len(), stage.bill().taken()), (2, 1), "{ledger:#}");
}
