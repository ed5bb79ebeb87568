//! What only has to be fetched keeps nobody waiting.

use super::*;

/// Answers the next action of this kind well, and says what it was about.
fn answer(performer: &Held, kind: Kind) -> Action {
    let (action, line) = performer.next(kind);
    line.report(well(&action));
    action
}

#[test]
fn the_next_take_begins_when_the_work_is_done_and_not_when_it_was_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let mut spec = chain(1, "exact", 3);
    for node in &mut spec.nodes {
        (node.needs, node.inputs) = (Vec::new(), Vec::new());
    }
    spec.concurrency = 1;
    let run = spec.id;
    host.create(spec, None).unwrap();
    for _ in 0..2 {
        answer(&performer, Kind::Prepare);
        answer(&performer, Kind::Submit);
        answer(&performer, Kind::Poll);
    }
    // Two are being fetched: with one place, no third is bought before one of them is in.
    let (first, second) = (performer.next(Kind::Fetch), performer.next(Kind::Fetch));
    answer(&performer, Kind::Prepare);
    let cap = Money::from_cents(99_999);
    host.command(run, retake_engine::engine::Command::SetCap(cap)).unwrap();
    assert_eq!(performer.count(), 0, "a third was begun while two are on their way");
    for (action, line) in [first, second] {
        line.report(well(&action));
    }
    answer(&performer, Kind::Submit);
    answer(&performer, Kind::Poll);
    answer(&performer, Kind::Fetch);
    for _ in host.watch(run, 0).take_while(|records| {
        let records = records.as_ref().unwrap();
        !records.iter().any(|record| matches!(record.event, Event::Ended { .. }))
    }) {}
}
