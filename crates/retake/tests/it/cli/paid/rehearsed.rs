//! Rehearsals beside films that are paid for: neither may become the other.

use std::net::{Ipv4Addr, SocketAddr};

use retake_rehearsal::{Options, Pace, Script, Server};

use super::{PICTURE, Stage};

fn stage() -> Stage {
    let stage = Stage::new(Script::calm(), Pace::quick(), "");
    stage.bench.write("film.yaml", PICTURE);
    stage.bench.write("faults.yaml", "rules:\n  - {at: submit, do: no-credit}\n");
    stage
}

#[test]
fn a_rehearsal_goes_on_as_one_and_says_so() {
    let stage = stage();
    let said = stage.run(&["rehearse", "film.yaml", "--faults", "faults.yaml", "--quick"]).is(4);
    assert!(said.data.contains("retake rehearse film.yaml"), "{}", said.data);
    assert!(!said.data.contains("retake resume"), "{}", said.data);
    // Whoever takes it up in earnest would pay for it.
    let there = ["--data-dir", ".retake-rehearsal"];
    for verb in ["resume", "retry", "cancel"] {
        stage
            .run(&[&[verb][..], &there].concat())
            .is(2)
            .tells(&["is a rehearsal", "hint: `retake rehearse film.yaml`"]);
    }
    stage.run(&[&["redo", "storm"][..], &there].concat()).is(2).tells(&["is a rehearsal"]);
    let run = stage.run(&[&["status", "--json"][..], &there].concat()).is(0).json();
    let run = run["run"].as_str().unwrap().to_owned();
    stage.run(&[&["budget", &run, "2.00"][..], &there].concat()).is(2).tells(&["is a rehearsal"]);
    assert_eq!(stage.bill().taken(), 0, "nothing was bought");
    let said = stage.run(&["rehearse", "film.yaml", "--quick"]).is(0);
    let said = said.tells(&["taken    1 order,", "charged  $0.025", "wasted   $0.00", "saved    $0.00"]);
    assert!(said.data.contains("retake run film.yaml"), "{}", said.data);
    assert!(!said.talk.contains("egress"), "its own addresses are no news: {}", said.talk);
    // The same picture is not bought again, in play as in earnest.
    stage.bench.write("film.yaml", &PICTURE.replace("seconds: 1", "seconds: 2"));
    stage.run(&["rehearse", "film.yaml", "--quick"]).is(0).tells(&["taken    0 orders", "saved    $0.025"]);
    assert_eq!(stage.bill().taken(), 0);
}

#[test]
fn who_rehearses_where_somebody_else_does_is_told_so() {
    let stage = stage();
    let folder = stage.bench.path(".retake-rehearsal/server");
    std::fs::create_dir_all(&folder).unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (script, pace) = (Script::calm(), Pace::quick());
    let _other = Server::start(Options { folder, listen, script, pace, seed: 1, ffmpeg: "ffmpeg".into() }).unwrap();
    let said = stage.run(&["rehearse", "film.yaml", "--quick"]).is(2);
    said.tells(&["another rehearsal is under way in ", ".retake-rehearsal\n  hint: wait for its end"]);
}

#[test]
fn a_rehearsal_in_the_same_place_leaves_the_paid_film_alone() {
    let stage = stage();
    let here = ["--data-dir", "data"];
    let said = stage.run(&[&["run", "film.yaml", "--yes", "--json"][..], &here].concat()).is(0);
    let egress = said.tells(&["warning: `egress.allow` lets downloads reach private addresses: 127.0.0.1:"]);
    assert!(!egress.data.contains("egress"), "data is data: {}", egress.data);
    let said = stage.run(&[&["rehearse", "film.yaml", "--quick"][..], &here].concat()).is(0);
    said.tells(&["taken    1 order,"]);
    let said = stage.run(&[&["run", "film.yaml", "--yes"][..], &here].concat()).is(0);
    said.tells(&["nothing to do: the film is complete"]);
    assert_eq!(stage.bill().taken(), 1);
}
