//! Creating a run: once, however often it is asked for.

use super::*;
use retake_engine::engine::Command;
use retake_engine::store::{self, Created, Once};

fn monday(body: &str) -> Option<Once> {
    Some(Once { key: "monday".into(), body: Hash::of_text(body) })
}

#[test]
fn who_asks_twice_gets_one_run_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let (first, second) = (chain(1, "local", 2), chain(2, "local", 2));
    assert_eq!(host.create(first.clone(), monday("a film")), Ok(Created::New));
    assert_eq!(host.create(second.clone(), monday("a film")), Ok(Created::Before(first.id)));
    host.stop().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    assert_eq!(host.create(second.clone(), monday("a film")), Ok(Created::Before(first.id)));
    let reused = store::Error::KeyReused { key: "monday".into(), run: first.id };
    assert_eq!(host.create(second, monday("another")), Err(Error::Store(reused)));
    let there = Err(Error::Store(store::Error::RunExists(first.id)));
    assert_eq!(host.create(first, None), there);
    assert_eq!(host.list().unwrap().len(), 1);
}

#[test]
fn fifty_who_ask_at_once_get_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    // Time and again: those who are refused have sometimes been carried on by then, and must not take the host with them.
    for round in 0..20_u128 {
        let wish = || Some(Once { key: format!("film {round}"), body: Hash::of_text("a film") });
        let outcomes: Vec<Created> = std::thread::scope(|scope| {
            let ask = |number| {
                let host = &host;
                scope.spawn(move || host.create(chain(100 * round + number, "local", 3), wish()).unwrap())
            };
            let asked: Vec<_> = (1..=50).map(ask).collect();
            asked.into_iter().map(|asked| asked.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Created::New).count(), 1);
        let listed = host.list().unwrap();
        assert_eq!(listed.len(), usize::try_from(round).unwrap() + 1);
        let run = listed.last().unwrap().run;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Created::New) || *outcome == Created::Before(run)));
        until_over(&host, run);
    }
}

#[test]
fn what_does_not_fit_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let dear = retake_engine::graph::Quote { expected: Money::from_cents(2_000_000), worst: Money::MAX };
    assert!(matches!(host.create(RunSpec { quote: dear, ..chain(1, "local", 1) }, None), Err(Error::Refused(_))));
    let strange = RunSpec { goal: "nowhere".into(), ..chain(1, "local", 1) };
    assert!(host.create(strange, None).is_err());
    assert_eq!(host.list().unwrap(), []);
    let nobody = RunId(uuid::Uuid::from_u128(5));
    let refused = host.command(nobody, Command::Resume);
    assert_eq!(refused, Err(Error::Store(store::Error::NoSuchRun(nobody))));
}

#[test]
fn a_folder_has_one_host() {
    let folder = tempfile::tempdir().unwrap();
    let host = open(folder.path(), &Arc::new(Well));
    let other = open_with(folder.path(), &Arc::new(Well), options());
    assert!(matches!(other, Err(Error::Store(store::Error::Owned { .. }))), "{other:?}");
    drop(host);
    open(folder.path(), &Arc::new(Well));
}

/// The second of two that ask at once has gone on before it hears that it is not needed.
#[test]
fn a_run_that_was_not_created_after_all_leaves_the_others_alone() {
    let folder = tempfile::tempdir().unwrap();
    let performer = Arc::new(Held::default());
    let host = open(folder.path(), &performer);
    let (first, second) = (chain(1, "local", 1), chain(2, "local", 1));
    let (kept, other) = (first.id, second.id);
    let slow = slow_disk(folder.path());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| host.create(first, monday("a film")));
        while host.explain(kept).is_err() {}
        let second = scope.spawn(|| host.create(second, monday("a film")));
        while host.explain(other).is_err() {}
        let command = scope.spawn(|| host.command(other, Command::SetCap(Money::from_cents(7))));
        while !host.explain(other).unwrap().contains("cap 0.07") {}
        drop(slow);
        assert_eq!(first.join().unwrap(), Ok(Created::New));
        assert_eq!(second.join().unwrap(), Ok(Created::Before(kept)));
        assert_eq!(command.join().unwrap(), Err(Error::Store(store::Error::NoSuchRun(other))));
    });
    let (work, line) = performer.next(Kind::Work);
    assert_eq!(work.take.run, kept);
    line.report(well(&work));
    until_over(&host, kept);
}
