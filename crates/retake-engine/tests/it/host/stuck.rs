//! A run that does not move says why.

use std::sync::mpsc::channel;

use super::*;

#[test]
fn a_run_that_does_not_move_is_named_once_with_what_it_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let (sender, notices) = channel();
    let options = Options { stuck_after: Duration::from_millis(20), ..options() };
    let outside: Arc<dyn Performer> = Arc::clone(&performer) as _;
    let host = Host::open(folder.path(), outside, options, move |notice| drop(sender.send(notice))).unwrap();
    let spec = chain(1, "local", 2);
    let run = spec.id;
    host.create(spec, None).unwrap();
    let (work, line) = performer.next(Kind::Work);
    let Notice::Stuck { run: named, why } = notices.recv_timeout(PATIENCE).unwrap() else { panic!("another notice") };
    assert_eq!(named, run);
    for said in [&format!("run {run} is running, 0 of 2 nodes made"), "n0/1: Work for ", "n0/1 is intended"] {
        assert!(why.contains(said), "{said:?} is missing from\n{why}");
    }
    // It moves, and stands still again.
    line.report(well(&work));
    performer.next(Kind::Work);
    let again = notices.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(&again, Notice::Stuck { why, .. } if why.contains("1 of 2") && why.contains("n1/1")), "{again:?}");
    assert!(host.explain(run).unwrap().contains("n1/1"));
}

#[test]
fn a_run_that_waits_for_a_person_is_not_stuck() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let gate = NodeSpec { review: true, ..NodeSpec::gate("look") };
    let mut paused = chain(1, "local", 1);
    paused.goal = gate.id.clone();
    paused.nodes.push(gate);
    let run = paused.id;
    host.create(paused, None).unwrap();
    until(&host, run, |event| matches!(event, Event::Paused { .. }));
    host.stop().unwrap();
    // It has been quiet for longer than another one that stands still: whenever that is named, it would be too.
    let (sender, notices) = channel();
    let options = Options { stuck_after: Duration::from_millis(20), ..options() };
    let outside: Arc<dyn Performer> = Arc::new(Held::default());
    let host = Host::open(folder.path(), outside, options, move |notice| drop(sender.send(notice))).unwrap();
    host.resume_all().unwrap();
    let still = chain(2, "local", 1);
    let other = still.id;
    host.create(still, None).unwrap();
    let first = notices.recv_timeout(PATIENCE).unwrap();
    host.stop().unwrap();
    for notice in notices.iter().chain([first]) {
        assert!(matches!(&notice, Notice::Stuck { run, .. } if *run == other), "{notice:?}");
    }
}
