//! What people may not do, and journals that cannot be: typed errors, and nothing has changed.

use retake_engine::engine::{Actor, Command, Message, Refusal};
use retake_engine::graph::{NodeSpec, Quote};
use retake_engine::id::TakeNo;
use retake_engine::journal::event::{RunSpec, Stop, Verdict};
use retake_engine::journal::{Event, Record, RunState};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::sim::{Host, Scenario, play};

const NOW: Moment = Moment::from_ms(1_790_000_000_000);

fn spec() -> RunSpec {
    Scenario::showcase().runs[0].clone()
}

fn take(node: &str) -> TakeNo {
    TakeNo { node: node.into(), n: 1 }
}

#[test]
fn a_run_that_will_not_fit_is_refused_before_anything_is_written() {
    let quote = Quote { expected: Money::from_cents(700), worst: Money::from_cents(900) };
    let refusal = Actor::create(RunSpec { quote, cap: Money::from_cents(600), ..spec() }, NOW).unwrap_err();
    assert_eq!(refusal.to_string(), "the run is expected to cost $7.000000; its cap is $6.000000");
}

#[test]
fn a_run_that_does_not_hold_together_says_where() {
    let with = |change: &dyn Fn(&mut Vec<NodeSpec>)| {
        let mut nodes = vec![NodeSpec::gate("a"), NodeSpec::gate("b")];
        change(&mut nodes);
        let spec = RunSpec { nodes, goal: "a".into(), ..spec() };
        Actor::create(spec, NOW).map(drop).map_err(|refusal| refusal.to_string())
    };
    assert_eq!(with(&|_| ()), Ok(()));
    type Change<'a> = &'a dyn Fn(&mut Vec<NodeSpec>);
    let wrong: [(Change<'_>, &str); 10] = [
        (&|nodes| nodes[1].every_run = true, "gate `b` is to be made in every run, and makes nothing"),
        (
            &|nodes| {
                nodes[1] =
                    NodeSpec { id: "b".into(), every_run: true, ..Scenario::showcase().runs[0].nodes[0].clone() };
                nodes[1].route = vec!["local".into(), "weak".into()];
            },
            "node `b` is to be made in every run, and takes of `weak` could not be told apart",
        ),
        (&|nodes| nodes[1].id = "a".into(), "node `a` is there twice"),
        (
            &|nodes| nodes[1].id = "".into(),
            "`\"\"` is no name for a node: 1 to 256 characters, none of them control characters",
        ),
        (&|nodes| nodes[1].needs.push("c".into()), "node `b` waits for `c`, which is not there"),
        (
            &|nodes| nodes[1].route.push("nobody".into()),
            "node `b` is routed through `nobody`, which the catalogue lacks",
        ),
        (&|nodes| nodes[1].route.push("local".into()), "node `b` has no retry policy"),
        (&|nodes| nodes[1].needs.extend(["a".into(), "a".into()]), "node `b` waits for `a` twice"),
        (&|nodes| nodes[1].inputs.push("a".into()), "node `b` uses `a` without waiting for it"),
        (&|nodes| nodes[1].at_least = 1, "node `b` wants at least 1 of the 0 that it awaits"),
    ];
    for (change, says) in wrong {
        assert_eq!(with(change), Err(says.to_owned()));
    }
    let circle = with(&|nodes| {
        nodes[0].needs.push("b".into());
        nodes[1].needs.push("a".into());
    });
    assert_eq!(circle, Err("node `a` waits for itself, by way of others".to_owned()));
    let goal = Actor::create(RunSpec { goal: "c".into(), ..spec() }, NOW).unwrap_err();
    assert_eq!(goal.to_string(), "there is no node `c`");
}

#[test]
fn commands_that_do_not_fit_are_refused_and_change_nothing() {
    let (mut actor, _) = Actor::create(spec(), NOW).unwrap();
    let node = "s0/video";
    let says = [
        (Command::Retry, "nothing of the run has failed"),
        (Command::Redo { node: "nowhere".into(), salt: 1 }, "there is no node `nowhere`"),
        (Command::Pick(take(node)), "there is no take `s0/video/1`"),
        (Command::Adopt { take: take(node), ticket: "x".into() }, "there is no take `s0/video/1`"),
        (Command::Resolve { take: take(node), verdict: Verdict::Abandon }, "there is no take `s0/video/1`"),
    ];
    for (command, text) in says {
        let before = actor.state().seq();
        let refusal = actor.handle(Message::Command(command), NOW).unwrap_err();
        assert_eq!(refusal.to_string(), text);
        assert_eq!(actor.state().seq(), before);
    }
}

#[test]
fn what_is_over_can_not_be_stopped_and_what_was_superseded_not_resumed() {
    let verdict = Host::new(Scenario::showcase()).play();
    let mut over = Actor::open(&verdict.journals[0], NOW).unwrap();
    for command in [Command::Stop(Stop::Land), Command::Resume] {
        assert_eq!(over.handle(Message::Command(command), NOW), Err(Refusal::Over));
    }
    let kept = take("s0/video");
    let refusal = over.handle(Message::Command(Command::Resolve { take: kept, verdict: Verdict::Resend }), NOW);
    assert_eq!(refusal.unwrap_err().to_string(), "take `s0/video/1` is kept, not held");

    let (mut old, _) = Actor::create(spec(), NOW).unwrap();
    old.handle(Message::Command(Command::Supersede(verdict.journals_run())), NOW).unwrap();
    for command in [Command::Resume, Command::Retry] {
        assert_eq!(old.handle(Message::Command(command), NOW), Err(Refusal::Superseded));
    }
}

#[test]
fn a_damaged_journal_is_a_typed_error_and_never_a_panic() {
    let journal = &play(5).journals[0];
    assert!(RunState::fold(journal).is_ok());
    for missing in 0..journal.len() {
        let mut damaged = journal.clone();
        damaged.remove(missing);
        assert!(RunState::fold(&damaged).is_err() || missing == journal.len() - 1, "record {missing} was not missed");
    }
    // Renumbered, each gap or doubling either folds to something or says what cannot follow.
    for at in 1..journal.len() {
        for twice in [false, true] {
            let mut damaged: Vec<Record> = journal.clone();
            if twice {
                damaged.insert(at, journal[at].clone());
            } else {
                drop(damaged.remove(at));
            }
            for (seq, record) in (1..).zip(&mut damaged) {
                record.seq = seq;
            }
            let _ = RunState::fold(&damaged);
        }
    }
}

#[test]
fn lines_that_are_no_records_say_why() {
    let (_, turn) = Actor::create(spec(), NOW).unwrap();
    let line = turn.records[0].line();
    assert_eq!(Record::read(&line).unwrap(), turn.records[0]);
    let newer = line.replacen("\"v\":1", "\"v\":2", 1);
    assert_eq!(Record::read(&newer).unwrap_err().to_string(), "record 1 is of version 2; this retake reads up to 1");
    for rubbish in ["", "{}", "[]", "{\"v\":1}", &line[..line.len() / 2]] {
        assert!(Record::read(rubbish).unwrap_err().to_string().starts_with("no record of a journal"), "{rubbish}");
    }
    let later = r#"{"v":2,"seq":9,"at":0,"event":"exploded"}"#;
    assert_eq!(Record::read(later).unwrap_err().to_string(), "record 9 is of version 2; this retake reads up to 1");
    let unknown = r#"{"v":1,"seq":2,"at":0,"event":"exploded"}"#;
    assert!(Record::read(unknown).is_err());
    let continued = r#"{"v":1,"seq":2,"at":0,"event":"continued"}"#;
    assert_eq!(Record::read(continued).unwrap().event, Event::Continued);
}
