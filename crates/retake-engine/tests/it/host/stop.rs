//! How a host ends: in time, and with nothing unsaid.

use super::*;
use retake_engine::journal::state::TakeState;

#[test]
fn a_stop_waits_for_answers_to_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let patient = Options { patience: PATIENCE, ..options() };
    let host = open_with(folder.path(), &performer, patient).unwrap();
    let spec = chain(1, "none", 2);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.next(Kind::Prepare).1.report(Answer::Prepared { request: Hash::of_text("r"), worst: PRICE });
    let (_, line) = performer.next(Kind::Submit);
    let journal = host.watch(run, 0);
    let stopped = std::thread::scope(|scope| {
        let stop = scope.spawn(move || host.stop());
        line.report(Answer::Ticket("t".into()));
        stop.join().unwrap()
    });
    assert_eq!(stopped.unwrap().unanswered, []);
    let records: Vec<Record> = journal.flat_map(Result::unwrap).collect();
    assert_eq!(count(&records, |event| matches!(event, Event::Submitted { .. })), 1);
    // The answer may have come before the wish to stop; then it was asked about, but nothing more was sent.
    let open = performer.open.lock().unwrap();
    assert!(open.iter().all(|(action, _)| action.task.kind() == Kind::Poll), "something new was begun");
}

#[test]
fn what_is_not_answered_in_time_is_unclear_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "exact", 2);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.next(Kind::Prepare).1.report(Answer::Prepared { request: Hash::of_text("r"), worst: PRICE });
    let (submit, line) = performer.next(Kind::Submit);
    let stopped = host.stop().unwrap();
    assert_eq!(stopped.unanswered, std::slice::from_ref(&submit.take));
    line.report(Answer::Ticket("too late".into()));
    let host = open(folder.path(), &performer);
    let state = RunState::fold(&host.journal(run).unwrap()).unwrap();
    assert!(matches!(state.take(&submit.take.no()).unwrap().state, TakeState::Unclear { .. }));
    assert_eq!(state.ledger().reserved(), PRICE, "its money stays reserved");
    host.resume_all().unwrap();
    performer.next(Kind::Find);
}

#[test]
fn a_second_wish_to_stop_ends_the_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let patient = Options { patience: Duration::from_secs(100_000), ..options() };
    let host = open_with(folder.path(), &performer, patient).unwrap();
    let spec = chain(1, "none", 1);
    host.create(spec, None).unwrap();
    performer.next(Kind::Prepare).1.report(Answer::Prepared { request: Hash::of_text("r"), worst: PRICE });
    let (submit, line) = performer.next(Kind::Submit);
    let stopped = std::thread::scope(|scope| {
        let [first, second] = [0, 1].map(|_| scope.spawn(|| host.stop()));
        [first.join().unwrap(), second.join().unwrap()]
    });
    for stopped in stopped {
        assert_eq!(stopped.unwrap().unanswered, std::slice::from_ref(&submit.take));
    }
    drop(line);
    assert_eq!(host.stop(), Err(Error::Stopping));
}

#[test]
fn nothing_is_taken_on_by_a_host_that_stops() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let patient = Options { patience: PATIENCE, ..options() };
    let host = Arc::new(open_with(folder.path(), &performer, patient).unwrap());
    let spec = chain(1, "none", 2);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.next(Kind::Prepare).1.report(Answer::Prepared { request: Hash::of_text("r"), worst: PRICE });
    let (_, line) = performer.next(Kind::Submit);
    let mut watch = host.watch(run, 0);
    watch.look().unwrap();
    drop(host);
    drop(line);
    assert!(
        watch.look().unwrap().iter().any(|record| matches!(record.event, Event::Lost { .. })) || {
            let seen = RunState::fold(&open(folder.path(), &performer).journal(run).unwrap()).unwrap();
            seen.index().open().count() == 1
        }
    );
}

/// The disk is slow, and the wish to stop comes while an intent is on its way to it.
#[test]
fn of_what_was_on_its_way_when_the_stop_came_it_is_known_whether_it_was_sent() {
    let ends: [fn(Host); 2] = [|host| drop(host.stop()), drop];
    for end in ends {
        let folder = tempfile::tempdir().unwrap();
        let performer = Arc::new(Held::default());
        let hasty = Options { patience: Duration::ZERO, ..options() };
        let host = open_with(folder.path(), &performer, hasty).unwrap();
        let spec = chain(1, "none", 1);
        let run = spec.id;
        host.create(spec, None).unwrap();
        let (prepare, line) = performer.next(Kind::Prepare);
        let slow = slow_disk(folder.path());
        line.report(well(&prepare));
        while !host.explain(run).unwrap().contains("n0/1 is intended") {}
        let mut journal = host.watch(run, 0);
        std::thread::scope(|scope| {
            let ended = scope.spawn(move || end(host));
            // Time enough for the wish to come first. Where it does not, the intent is sent and said to be lost.
            for _ in 0..2_000 {
                std::thread::yield_now();
            }
            drop(slow);
            ended.join().unwrap();
        });
        let records = journal.look().unwrap();
        assert_eq!(count(&records, |event| matches!(event, Event::Intended { .. })), 1);
        let sent = performer.count() == 1;
        let said = |event: &Event| matches!((event, sent), (Event::Refused { .. }, false) | (Event::Lost { .. }, true));
        assert_eq!(count(&records, said), 1, "{:?}", records.last());
    }
}
