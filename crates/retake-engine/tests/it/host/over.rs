//! A run that is over holds nothing any more, and whoever ended it is told so.

use super::*;
use retake_engine::engine::Command;
use retake_engine::journal::event::Stop;
use retake_engine::performer::Report;

#[test]
fn a_command_that_ends_a_run_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "exact", 1);
    let run = spec.id;
    host.create(spec, None).unwrap();
    performer.next(Kind::Prepare);
    assert_eq!(host.command(run, Command::Stop(Stop::Land)), Ok(()));
    until_over(&host, run);
}

#[test]
fn what_the_last_take_of_a_run_has_filled_is_free_for_the_next_run() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let narrow = Options { limits: Limits { processes: 1, ..limits() }, ..options() };
    let host = open_with(folder.path(), &performer, narrow).unwrap();
    for number in 1..=3 {
        let spec = chain(number, "local", 1);
        let run = spec.id;
        host.create(spec, None).unwrap();
        let (action, line) = performer.next(Kind::Work);
        line.report(well(&action));
        until_over(&host, run);
    }
}

#[test]
fn a_command_that_a_run_which_is_over_refuses_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let spec = chain(1, "local", 1);
    let run = spec.id;
    host.create(spec, None).unwrap();
    until_over(&host, run);
    assert!(matches!(host.command(run, Command::Stop(Stop::Land)), Err(Error::Refused(_))));
    assert!(host.explain(run).is_err(), "it has a place again");
}

/// Who calls us is told that we have it when it is safe: they do not call again.
#[test]
fn what_a_provider_calls_about_is_written_down_when_they_are_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let spec = chain(1, "none", 1);
    let run = spec.id;
    host.create(spec, None).unwrap();
    let (prepare, line) = performer.next(Kind::Prepare);
    line.report(well(&prepare));
    let (submit, _line) = performer.next(Kind::Submit);
    let call = Report { take: submit.take, answers: None, answer: Answer::Ticket("called".into()) };
    for _ in 0..2 {
        host.report(call.clone()).unwrap();
        let records = host.journal(run).unwrap();
        assert_eq!(count(&records, |event| matches!(event, Event::Submitted { .. })), 1);
    }
}
