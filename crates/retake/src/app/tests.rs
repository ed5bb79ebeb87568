//! Which run a plan comes to, what is asked before, and what is left when it is over.

use std::path::Path;

use retake_engine::id::RunId;
use retake_engine::journal::RunState;
use retake_engine::journal::event::Ending;
use retake_engine::journal::state::Status;
use retake_engine::money::Money;
use retake_film::artifacts::Artifacts;

use super::toy::{TOY_MADE, Toy, ground, order, plan};
use super::{App, End, Kind};
use crate::door::wire::{How, Order, Reply, Request, Started};

fn open(folder: &Path, toy: &Toy) -> App {
    App::open(ground(folder, toy), true, |_| {}).unwrap()
}

#[track_caller]
fn run(app: &App, order: &Order) -> (RunId, How) {
    match app.answer(Request::Run(order.clone())).unwrap() {
        Reply::Started(Started { run, how, .. }) => (run, how),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn settled(app: &App, run: RunId) -> Status {
    assert_eq!(app.follow(run, 0, &mut |_| true), Ok(End::Settled));
    state(app, run).status().clone()
}

fn state(app: &App, run: RunId) -> RunState {
    app.state(run).unwrap().1
}

#[test]
fn a_complete_film_is_left_alone_until_its_plan_changes_or_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy::default();
    toy.delivers(true);
    let app = open(folder.path(), &toy);
    let file = plan(folder.path(), "One", &["storm", "lamp"]);
    let (first, how) = run(&app, &order(&file));
    assert_eq!((how, settled(&app, first)), (How::New, Status::Ended(Ending::Completed)));
    assert_eq!(run(&app, &order(&file)), (first, How::Complete));
    assert_eq!(toy.made(), ["/film", "lamp/video", "storm/video"]);

    toy.delivers(false);
    let (again, how) = run(&app, &order(&file));
    assert_eq!((how, settled(&app, again)), (How::Again, Status::Ended(Ending::Completed)));
    assert_eq!(toy.made().len(), 3, "all was reused");

    toy.delivers(true);
    let file = plan(folder.path(), "One", &["storm", "lamp", "lens"]);
    let (changed, how) = run(&app, &order(&file));
    assert_eq!((how, settled(&app, changed)), (How::Changed, Status::Ended(Ending::Completed)));
    assert_eq!(toy.made(), ["/film", "/film", "lamp/video", "lens/video", "storm/video"]);
    let spec = app.state(changed).unwrap().0;
    assert_eq!(spec.supersedes, None, "what is over is not superseded");
}

#[test]
fn an_open_run_goes_on_under_its_id_and_gives_way_to_a_changed_plan() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy::slow();
    let app = open(folder.path(), &toy);
    let file = plan(folder.path(), "One", &["storm"]);
    let (first, _) = run(&app, &order(&file));
    assert_eq!(run(&app, &order(&file)), (first, How::GoesOn));
    app.answer(Request::Redo { run: None, what: "storm".into() }).unwrap();
    let salt = state(&app, first).nodes()[0].salt;
    let file = plan(folder.path(), "One", &["storm", "lamp"]);
    let (second, how) = run(&app, &order(&file));
    assert_eq!(how, How::Changed);
    toy.release();
    assert_eq!(settled(&app, second), Status::Ended(Ending::Completed));
    assert_eq!(settled(&app, first), Status::Ended(Ending::Cancelled));
    let spec = app.state(second).unwrap().0;
    assert_eq!(spec.supersedes, Some(first));
    assert_eq!(spec.salts.get(&"storm/video".into()), Some(&salt), "a redo outlives a change of the plan");
}

#[test]
fn a_run_survives_the_end_of_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy::slow();
    let file = plan(folder.path(), "One", &["storm"]);
    let app = open(folder.path(), &toy);
    let (first, _) = run(&app, &order(&file));
    app.stop().unwrap();
    assert_eq!(app.answer(Request::Run(order(&file))).unwrap_err().kind, Kind::Leaving);
    drop(app);
    let toy = Toy::default();
    let app = open(folder.path(), &toy);
    assert_eq!(run(&app, &order(&file)), (first, How::GoesOn));
    assert_eq!(settled(&app, first), Status::Ended(Ending::Completed));
}

#[test]
fn what_failed_is_tried_again_and_what_was_cancelled_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy::default();
    toy.fails(true);
    let app = open(folder.path(), &toy);
    let file = plan(folder.path(), "One", &["storm"]);
    let (first, _) = run(&app, &order(&file));
    assert_eq!(settled(&app, first), Status::Ended(Ending::Failed));
    toy.fails(false);
    assert_eq!(run(&app, &order(&file)), (first, How::Retried));
    assert_eq!(settled(&app, first), Status::Ended(Ending::Completed));

    let toy = Toy::slow();
    let other = tempfile::tempdir().unwrap();
    let app = open(other.path(), &toy);
    let file = plan(other.path(), "One", &["storm"]);
    let (first, _) = run(&app, &order(&file));
    app.answer(Request::Cancel { run: None, now: true }).unwrap();
    toy.release();
    assert_eq!(settled(&app, first), Status::Ended(Ending::Cancelled));
    let (second, how) = run(&app, &order(&file));
    assert_eq!(how, How::New);
    assert_ne!(first, second);
}

#[test]
fn a_new_budget_moves_the_cap_once_and_what_a_person_set_later_stands() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy::slow();
    let app = open(folder.path(), &toy);
    let file = plan(folder.path(), "One", &["storm"]);
    let (first, _) = run(&app, &order(&file));
    let raised = Order { cap: Money::from_cents(700), ..order(&file) };
    assert_eq!(run(&app, &raised), (first, How::GoesOn));
    assert_eq!(state(&app, first).ledger().cap(), Money::from_cents(700));
    app.answer(Request::Budget { run: None, cap: Money::from_cents(900) }).unwrap();
    assert_eq!(run(&app, &raised), (first, How::GoesOn));
    assert_eq!(state(&app, first).ledger().cap(), Money::from_cents(900));
}

#[test]
fn the_first_money_of_a_film_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &Toy::default());
    let file = plan(folder.path(), "paid", &["storm"]);
    let Reply::Asks(quote) = app.answer(Request::Run(order(&file))).unwrap() else { panic!("it must ask") };
    assert_eq!((quote.expected_usd, quote.budget_is_explicit), (Money::from_cents(20), false));
    assert_eq!(app.answer(Request::List).unwrap(), Reply::Runs(Vec::new()), "nothing was begun");
    let agreed = Order { agreed: true, ..order(&file) };
    assert_eq!(run(&app, &agreed).1, How::New);
}

#[test]
fn names_are_found_or_what_was_meant_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path(), &Toy::default());
    assert_eq!(app.answer(Request::Find(None)).unwrap_err().kind, Kind::Usage);
    let file = plan(folder.path(), "One", &["storm", "lamp"]);
    let (first, _) = run(&app, &order(&file));
    settled(&app, first);
    let redo = |what: &str| app.answer(Request::Redo { run: None, what: what.into() });
    for what in ["lamp", "lamp/video"] {
        redo(what).unwrap();
    }
    for (what, hint) in [("lmap", "`lamp`"), ("storm/vidoe", "`storm/video`"), ("", "storm"), ("lamp.2", "`lamp`")] {
        let trouble = redo(what).unwrap_err();
        assert!(trouble.kind == Kind::Usage && trouble.hint.as_ref().unwrap().contains(hint), "{trouble}");
    }
    let prefix = |length: usize| app.answer(Request::Find(Some(first.to_string()[..length].to_owned())));
    assert!(prefix(8).is_ok());
    assert!(app.answer(Request::Find(Some("zz".into()))).is_err());
    assert!(app.answer(Request::Find(Some(String::new()))).is_err());
}

#[test]
fn what_no_journal_mentions_is_swept_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = plan(folder.path(), "One", &["storm"]);
    let app = open(folder.path(), &Toy::default());
    let artifacts = Artifacts::open(&folder.path().join(".retake/artifacts")).unwrap();
    let used = artifacts.put_bytes(TOY_MADE).unwrap();
    let unused = artifacts.put_bytes(b"12345").unwrap();
    let (first, _) = run(&app, &order(&file));
    settled(&app, first);
    let sweep = |dry| match app.answer(Request::Sweep { dry }).unwrap() {
        Reply::Swept(cleared) => (cleared.all().files, cleared.all().bytes),
        other => panic!("{other:?}"),
    };
    assert_eq!(sweep(false), (0, 0), "it may have been stored for a run that is about to begin");
    let aged = std::fs::File::open(artifacts.path(&unused).unwrap()).unwrap();
    aged.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(sweep(true), (1, 5));
    assert_eq!(sweep(false), (1, 5));
    assert_eq!(sweep(false), (0, 0));
    assert!(artifacts.path(&used).is_some() && artifacts.path(&unused).is_none());
}
