//! A run that is over holds nothing any more, and whoever ended it is told so.

use super::*;
use retake_engine::engine::Command;
use retake_engine::journal::event::Stop;

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
