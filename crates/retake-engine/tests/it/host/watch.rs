//! Journals as their readers see them.

use super::*;

#[test]
fn a_run_is_carried_to_its_end_and_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let spec = chain(1, "exact", 4);
    let run = spec.id;
    host.create(spec, None).unwrap();
    let state = until_over(&host, run);
    assert_eq!(state.ledger().settled(), PRICE.times(4));
    let listed = host.find(run).unwrap().unwrap();
    let summary = listed.summary.unwrap();
    assert_eq!((summary.status.word(), summary.nodes_done, summary.awake), ("completed", 4, false));
    assert_eq!(summary, state.summary());
    let journal = host.journal(run).unwrap();
    host.stop().unwrap();
    let host = open(folder.path(), &Arc::new(Held::default()));
    assert_eq!(host.journal(run).unwrap(), journal);
    assert_eq!(host.list().unwrap().len(), 1);
    host.resume_all().unwrap();
    host.resume(run).unwrap();
    assert!(host.resume(RunId(uuid::Uuid::from_u128(99))).is_err(), "one that never was");
}

#[test]
fn a_reader_who_does_not_read_holds_nobody_up_and_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let spec = chain(1, "local", 300);
    let run = spec.id;
    let slow = host.watch(run, 0);
    host.create(spec, None).unwrap();
    let state = until_over(&host, run);
    // Not a single record was read so far, and the run is over.
    let mut seen = Vec::new();
    for records in slow {
        seen.extend(records.unwrap());
        if seen.len() as u64 == state.seq() {
            break;
        }
    }
    assert_eq!(seen, host.journal(run).unwrap());
    let middle = state.seq() / 2;
    let tail = host.watch(run, middle).look().unwrap();
    assert_eq!(tail, seen[usize::try_from(middle).unwrap()..]);
}

#[test]
fn a_watch_ends_with_its_host() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "local", 2);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.serve(1);
    let watch = host.watch(run, 0);
    host.stop().unwrap();
    let seen: usize = watch.map(|records| records.unwrap().len()).sum();
    assert!(seen > 2, "{seen}");
}

#[test]
fn whoever_is_told_to_do_something_can_read_why() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "local", 3);
    let run = spec.id;
    host.create(spec, None).unwrap();
    for _ in 0..3 {
        let (action, line) = performer.next(Kind::Work);
        let (node, n) = (&action.take.node, action.take.n);
        let records = host.journal_up_to_now(run).unwrap();
        let begun = |event: &Event| matches!(event, Event::Intended { take, .. } if take.node == *node && take.n == n);
        assert_eq!(count(&records, begun), 1, "what is begun is in the journal");
        line.report(well(&action));
    }
    until_over(&host, run);
    assert!(host.journal_up_to_now(run).unwrap().iter().any(|record| matches!(record.event, Event::Ended { .. })));
}
