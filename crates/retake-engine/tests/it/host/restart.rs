//! What a host finds when it starts again, and what performers may do to it.

use super::*;
use retake_engine::engine::Command;
use retake_engine::journal::event::{Ending, Stop, Unclear};
use retake_engine::performer::{Delivery, Outputs};

#[test]
fn a_run_goes_on_where_it_was_left_and_nothing_is_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "exact", 3);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.serve(2);
    until(&host, run, |event| matches!(event, Event::Kept { take, .. } if take.node.as_str() == "n1"));
    host.stop().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    assert!(host.explain(run).unwrap().contains("is running, 2 of 3 nodes made"));
    host.resume_all().unwrap();
    let state = until_over(&host, run);
    assert_eq!(state.ledger().settled(), PRICE.times(3));
    let journal = host.journal(run).unwrap();
    assert_eq!(count(&journal, |event| matches!(event, Event::Intended { .. })), 3);
}

/// The run before it has a take open under the key that it wants.
#[test]
fn whoever_is_resumed_has_its_predecessors_carried_too() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let before = chain(1, "exact", 1);
    let old = before.id;
    let after = RunSpec { id: RunId(uuid::Uuid::from_u128(2)), supersedes: Some(old), ..before.clone() };
    let new = after.id;
    host.create(before, None).unwrap();
    performer.next(Kind::Prepare).1.report(Answer::Prepared { request: Hash::of_text("r"), worst: PRICE });
    performer.next(Kind::Submit).1.report(Answer::Ticket("t".into()));
    performer.next(Kind::Poll);
    host.command(old, Command::Supersede(new)).unwrap();
    host.create(after, None).unwrap();
    host.stop().unwrap();
    drop(host);
    let host = open(folder.path(), &Arc::new(Well));
    host.resume(new).unwrap();
    let state = until_over(&host, new);
    assert_eq!(state.ledger().settled(), Money::ZERO, "what its predecessor bought is reused");
    let journal = host.journal(old).unwrap();
    assert_eq!(count(&journal, |event| matches!(event, Event::Intended { .. })), 1);
}

#[test]
fn a_folder_at_rest_has_all_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let spec = chain(1, "local", 5);
    let run = spec.id;
    host.create(spec, None).unwrap();
    until_over(&host, run);
    let journal = host.journal(run).unwrap();
    // A reader who is still there is no reason to leave the log.
    let watch = host.watch(run, 0);
    host.stop().unwrap();
    let copy = tempfile::tempdir().unwrap();
    for name in ["retake.db", "journal.head"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    drop(watch);
    assert_eq!(open(copy.path(), &Arc::new(Well)).journal(run).unwrap(), journal);
}

#[test]
fn a_run_that_nobody_resumes_stands_still_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "exact", 2);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.next(Kind::Prepare).1.report(Answer::Prepared { request: Hash::of_text("r"), worst: PRICE });
    performer.next(Kind::Submit).1.report(Answer::Ticket("t".into()));
    performer.next(Kind::Poll);
    host.stop().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    assert_eq!(performer.count(), 0);
    // A person's wish carries it again.
    host.command(run, Command::Stop(Stop::Land)).unwrap();
    performer.next(Kind::Poll).1.report(Answer::Succeeded { charge: Some(PRICE) });
    let (action, line) = performer.next(Kind::Fetch);
    line.report(made(action.key));
    let state = until_over(&host, run);
    assert_eq!(*state.status(), Status::Ended(Ending::Cancelled));
    assert_eq!(state.ledger().settled(), PRICE);
}

/// The answer came, the outputs were stored, and the process died before the journal knew.
#[test]
fn a_receipt_is_worth_the_outputs_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = RunSpec { unclear: Unclear::Hold, ..chain(1, "none", 1) };
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.next(Kind::Prepare).1.report(Answer::Prepared { request: Hash::of_text("r"), worst: PRICE });
    let (submit, line) = performer.next(Kind::Submit);
    let stopped = host.stop().unwrap();
    assert_eq!(stopped.unanswered, std::slice::from_ref(&submit.take), "nobody has answered it yet");
    drop(line);
    // As the performer would have: the receipt is written, and nobody hears the report.
    let delivery = Delivery { outputs: Outputs::default(), charge: Some(PRICE), extension: None };
    {
        use retake_engine::store::{Store, Write, sqlite};
        let mut store = sqlite::SqliteStore::open(folder.path(), options().store).unwrap();
        store.write(&[Write::Receipt(submit.take.clone(), delivery)]).unwrap();
    }
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    host.resume_all().unwrap();
    let state = until_over(&host, run);
    assert_eq!(state.ledger().settled(), PRICE);
    assert_eq!(performer.count(), 0, "nobody outside was asked");
}

#[test]
fn outputs_that_are_delivered_have_a_receipt_first() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "none", 1);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.next(Kind::Prepare).1.report(Answer::Prepared { request: Hash::of_text("r"), worst: PRICE });
    let delivery = Delivery { outputs: Outputs::default(), charge: Some(PRICE), extension: None };
    performer.next(Kind::Submit).1.deliver(delivery);
    assert_eq!(until_over(&host, run).ledger().settled(), PRICE);
    host.stop().unwrap();
    let database = rusqlite::Connection::open(folder.path().join("retake.db")).unwrap();
    let rows: Vec<String> = {
        let mut statement = database.prepare("SELECT delivery FROM receipts ORDER BY at").unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(rows.len(), 2, "the receipt, and its end");
    assert_eq!(rows[1], "");
}

/// A performer that loses actions, or panics over them.
struct Clumsy(Mutex<u32>);

impl Performer for Clumsy {
    fn start(&self, action: Action, line: Line) {
        let mut started = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *started += 1;
        match (*started % 3, action.task.kind()) {
            (_, Kind::Submit) | (0, _) => line.report(well(&action)),
            (1, _) => drop(line),
            (_, _) => panic!("as the test wants: {:?}", action.task.kind()),
        }
    }
}

#[test]
fn what_a_performer_loses_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Clumsy(Mutex::new(0))));
    let spec = chain(1, "exact", 3);
    let run = spec.id;
    host.create(spec, None).unwrap();
    assert_eq!(until_over(&host, run).ledger().settled(), PRICE.times(3));
}

#[test]
fn a_damaged_journal_is_named_and_nothing_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "local", 3);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.serve(1);
    until(&host, run, |event| matches!(event, Event::Kept { .. }));
    host.stop().unwrap();
    let database = rusqlite::Connection::open(folder.path().join("retake.db")).unwrap();
    database.execute_batch("DROP TRIGGER batches_stay; UPDATE batches SET lines = replace(lines, 'n1', 'n2')").unwrap();
    drop(database);
    let performer = Arc::new(Held::default());
    let error = open_with(folder.path(), &performer, options()).unwrap_err();
    assert!(error.to_string().contains(&format!("the journal of run {run} is damaged")), "{error}");
    assert_eq!(performer.count(), 0);
}

#[test]
fn a_refused_command_does_not_keep_a_run_from_being_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "local", 2);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.next(Kind::Work);
    host.stop().unwrap();
    for resume in [|host: &Host, run| host.resume(run), |host: &Host, _| host.resume_all()] {
        let performer = Arc::new(Held::default());
        let host = open(folder.path(), &performer);
        let nowhere = Command::Redo { node: "nowhere".into(), salt: 1 };
        assert!(matches!(host.command(run, nowhere), Err(Error::Refused(_))));
        assert_eq!(performer.count(), 0, "nothing has changed");
        resume(&host, run).unwrap();
        performer.next(Kind::Work);
    }
}
