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
