//! Anything at all, in any order: nothing panics, and the sums agree.

use std::time::Duration;

use proptest::prelude::*;
use retake_engine::engine::{Command, Message};
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::graph::{Extension, NodeSpec, Quote};
use retake_engine::id::{Hash, Key, NodeId, RunId, TakeNo, Ticket};
use retake_engine::journal::RunState;
use retake_engine::journal::event::{OnBudget, RunSpec, Stop, Unclear, Verdict};
use retake_engine::money::Money;
use retake_engine::performer::{Action, Answer, Candidate, Failure, Kind, Likeness, Report};

use crate::bench::*;

#[derive(Debug, Clone)]
struct Chaos {
    what: u8,
    pick: u16,
    n: u32,
    answer: u8,
    money: u8,
    wait: u8,
}

fn chaos() -> impl Strategy<Value = Chaos> {
    (any::<u8>(), any::<u16>(), 0..5_u32, any::<u8>(), any::<u8>(), any::<u8>())
        .prop_map(|(what, pick, n, answer, money, wait)| Chaos { what, pick, n, answer, money, wait })
}

const NAMES: [&str; 9] = ["a", "b", "c", "d", "plan", "all", "x", "y", "nobody"];
const KINDS: [Kind; 7] = [Kind::Prepare, Kind::Submit, Kind::Poll, Kind::Fetch, Kind::Find, Kind::Cancel, Kind::Work];

impl Chaos {
    fn money(&self) -> Money {
        match self.money % 8 {
            0 => Money::ZERO,
            1 => Money::MAX,
            2 => Money::from_cents(100_000),
            _ => Money::from_cents(u64::from(self.money)),
        }
    }

    fn span(&self) -> Duration {
        match self.wait % 8 {
            0 => Duration::ZERO,
            1 => Duration::MAX,
            2 => Duration::from_secs(86_400),
            _ => Duration::from_secs(u64::from(self.wait)),
        }
    }

    fn ticket(&self) -> Ticket {
        ["t", "u", "v", "w", ""][usize::from(self.pick) % 5].into()
    }

    fn extension(&self) -> Option<Extension> {
        let stands = NAMES[usize::from(self.wait) % NAMES.len()];
        let gate = NodeSpec { awaits: vec!["x".into()], ..NodeSpec::gate("y") };
        let nodes = match self.money % 9 {
            0 => vec![],
            1 => vec![node("x", &["local"])],
            2 => vec![node("x", &["exact"]), gate],
            3 => vec![node("x", &["nowhere"])],
            4 => vec![needing(node("x", &["local"]), &["all"])],
            5 => vec![needing(node("x", &["local"]), &["x"])],
            6 => vec![node("x", &["local"]), node("x", &["local"])],
            _ => return None,
        };
        Some(Extension { nodes, quote: Quote { expected: self.money(), worst: self.money() }, stands: stands.into() })
    }

    fn failure(&self) -> Answer {
        let acceptance = [Acceptance::No, Acceptance::Yes, Acceptance::Unknown][usize::from(self.money) % 3];
        let mut fault = Fault::new(Class::ALL[usize::from(self.wait) % 11], acceptance, "chaos");
        fault.retry_after = self.pick.is_multiple_of(3).then(|| self.span());
        let charge = self.pick.is_multiple_of(2).then(|| self.money());
        Answer::Failed(Failure { fault, charge, extension: self.extension() })
    }

    fn nonsense(&self, key: Key) -> Answer {
        match self.answer % 14 {
            0 => Answer::Prepared { request: key.0, worst: self.money() },
            1 | 2 => Answer::Ticket(self.ticket()),
            3 => Answer::Pending { after: Some(self.span()), begun: self.money.is_multiple_of(2) },
            4 => Answer::Nudged,
            5 => Answer::Succeeded { charge: self.wait.is_multiple_of(2).then(|| self.money()) },
            6 | 7 => delivered(key, self.extension()),
            8 => Answer::Gone,
            9 => {
                let like = [Likeness::Exact, Likeness::Same, Likeness::Unknown][usize::from(self.wait) % 3];
                let one = Candidate { ticket: self.ticket(), created: START, likeness: like };
                let other = Candidate { ticket: "z".into(), ..one.clone() };
                Answer::Candidates(vec![one.clone(), other, one][..usize::from(self.money) % 4].to_vec())
            }
            10 => Answer::Heard,
            11 => Answer::Lost,
            _ => self.failure(),
        }
    }

    /// What an honest performer might say.
    fn sense(&self, action: &Action) -> Answer {
        if self.answer.is_multiple_of(4) {
            return self.failure();
        }
        match action.task.kind() {
            Kind::Prepare => Answer::Prepared { request: action.key.0, worst: self.money() },
            Kind::Submit => Answer::Ticket(self.pick.to_string().as_str().into()),
            Kind::Poll if self.answer.is_multiple_of(3) => {
                Answer::Pending { after: None, begun: self.money.is_multiple_of(2) }
            }
            Kind::Poll if self.answer.is_multiple_of(7) => Answer::Gone,
            Kind::Poll => Answer::Succeeded { charge: None },
            Kind::Find => Answer::Candidates(vec![]),
            Kind::Cancel => Answer::Heard,
            Kind::Fetch | Kind::Work => delivered(action.key, self.extension()),
        }
    }

    fn command(&self) -> Command {
        let node: NodeId = NAMES[usize::from(self.pick) % NAMES.len()].into();
        let take = TakeNo { node: node.clone(), n: self.n };
        match self.answer % 14 {
            0 | 1 => Command::Resume,
            2 | 3 => Command::Retry,
            4 | 5 => Command::Redo { node, salt: u64::from(self.money) },
            6 => Command::Pick(take),
            7 => Command::Stop(if self.wait.is_multiple_of(2) { Stop::Land } else { Stop::Cancel }),
            8 if self.wait.is_multiple_of(8) => Command::Supersede(RunId(uuid::Uuid::from_u128(9))),
            8 | 9 => Command::SetCap(self.money()),
            10 => Command::SetDeadline(self.wait.is_multiple_of(2).then(|| START.after(self.span()))),
            11 => Command::Adopt { take, ticket: self.ticket() },
            _ => {
                let verdict = if self.wait.is_multiple_of(2) { Verdict::Resend } else { Verdict::Abandon };
                Command::Resolve { take, verdict }
            }
        }
    }

    fn happen(&self, bench: &mut Bench) {
        match self.what % 16 {
            0..=7 if !bench.open.is_empty() => {
                let action = bench.open.remove(usize::from(self.pick) % bench.open.len());
                let answer = if self.what % 16 == 7 { self.nonsense(action.key) } else { self.sense(&action) };
                bench.answer_to(&action, answer.clone());
                if self.money.is_multiple_of(5) {
                    bench.answer_to(&action, answer);
                }
            }
            8 | 9 => {
                let take = bench.take_id(NAMES[usize::from(self.pick) % NAMES.len()], self.n);
                let answers =
                    self.what.is_multiple_of(2).then(|| (KINDS[usize::from(self.answer) % 7], u64::from(self.money)));
                let answer = self.nonsense(Key(Hash::of_text("nonsense")));
                bench.say(Message::Report(Report { take, answers, answer })).unwrap();
            }
            10 | 11 => drop(bench.command(self.command())),
            12 if self.wait.is_multiple_of(4) => bench.crash(),
            _ => bench.pass(Duration::from_secs(u64::from(self.wait))),
        }
    }
}

fn anything(config: u8) -> RunSpec {
    let nodes = vec![
        node("a", &["exact", "local"]),
        needing(node("b", &["weak", "none"]), &["a"]),
        node("c", &["none", "key"]),
        node("d", &["hook"]),
        node("plan", &["local"]),
        NodeSpec {
            awaits: ["a", "b", "c", "d", "plan"].map(NodeId::from).to_vec(),
            at_least: 1,
            last_look: true,
            ..node("all", &["local"])
        },
    ];
    RunSpec {
        unclear: [Unclear::Hold, Unclear::NextModel, Unclear::Resend][usize::from(config % 3)],
        on_budget: if config.is_multiple_of(2) { OnBudget::Pause } else { OnBudget::Deliver },
        write_off_limit: if config.is_multiple_of(5) { PRICE } else { Money::ZERO },
        concurrency: u32::from(config % 4),
        ..spec(nodes)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_reports_and_commands_panics_or_breaks_the_sums(
        config in any::<u8>(),
        all in prop::collection::vec(chaos(), 1..60),
    ) {
        let mut bench = Bench::new(anything(config));
        for one in all {
            one.happen(&mut bench);
        }
        let again = RunState::fold(&bench.journal()).unwrap();
        prop_assert_eq!(again.ledger(), bench.state().ledger());
        prop_assert_eq!(again.status(), bench.state().status());
        prop_assert!(again.nodes().iter().zip(bench.state().nodes()).all(|(a, b)| a.phase == b.phase && a.takes == b.takes));
    }
}

#[expect(clippy::disallowed_methods, reason = "how long to look for trouble comes from the environment")]
fn cases() -> u32 {
    std::env::var("RETAKE_CHAOS").ok().and_then(|cases| cases.parse().ok()).unwrap_or(3_000)
}
