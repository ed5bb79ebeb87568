//! What holds whatever happens: a model beside the machine, and chance as the user of both.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::Closed;
use super::*;
use crate::moment::Day;

const RUNS: u128 = 4;
const NODES: u32 = 6;

#[derive(Debug, Clone)]
enum Step {
    Ask { run: u128, node: u32, key: u8, lane: u8, worst: u64, flags: u8 },
    GiveBack { run: u128, node: u32 },
    News { run: u128, node: u32, news: u8, spent: u64 },
    Pump,
    Later { seconds: u64 },
    Caps { account: bool, total: u64, day: u64 },
    Enter { run: u128 },
    Hold { run: u128, node: u32, key: u8, lane: u8, worst: u64 },
    Close { why: Option<Closed> },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let whose = || (0..RUNS, 0..NODES);
    let step = prop_oneof![
        8 => (whose(), 0..5_u8, 0..5_u8, 0..60_u64, 0..8_u8)
            .prop_map(|((run, node), key, lane, worst, flags)| Step::Ask { run, node, key, lane, worst, flags }),
        1 => whose().prop_map(|(run, node)| Step::GiveBack { run, node }),
        6 => (whose(), 0..12_u8, 0..60_u64).prop_map(|((run, node), news, spent)| Step::News { run, node, news, spent }),
        3 => Just(Step::Pump),
        2 => prop_oneof![1..90_u64, Just(50_000_u64)].prop_map(|seconds| Step::Later { seconds }),
        1 => (any::<bool>(), 0..300_u64, 0..200_u64).prop_map(|(account, total, day)| Step::Caps { account, total, day }),
        1 => (0..RUNS).prop_map(|run| Step::Enter { run }),
        1 => prop_oneof![2 => Just(None), 1 => Just(Some(Closed::DiskFull)), 1 => Just(Some(Closed::Stopping))]
            .prop_map(|why| Step::Close { why }),
        1 => (whose(), 0..5_u8, 0..5_u8, 0..60_u64)
            .prop_map(|((run, node), key, lane, worst)| Step::Hold { run, node, key, lane, worst }),
    ];
    prop::collection::vec(step, 1..160)
}

/// What the users of the machine know: enough to say what must hold, and to tell it all again.
struct Users {
    admission: Admission,
    now: u64,
    caps: BTreeMap<AccountId, Caps>,
    asked: BTreeMap<TakeId, Ask>,
    open: BTreeMap<TakeId, Holding>,
    spent: BTreeMap<(u128, Day), Money>,
    /// Takes are never asked again under the same name once they have ended.
    attempts: BTreeMap<(u128, u32), u32>,
}

fn small() -> Limits {
    let narrow = Terms { concurrency: 2, rate: Rate { count: 5, per: Duration::from_secs(20) }, ..Terms::default() };
    Limits {
        submissions: 3,
        processes: 3,
        account: cents(200),
        day: cents(120),
        providers: BTreeMap::from([("p0".into(), narrow)]),
        default_terms: Terms::default(),
    }
}

fn lane_of(lane: u8) -> Lane {
    match lane {
        0..=2 => Lane::Submission { provider: format!("p{}", lane % 2).into(), model: format!("m{lane}").into() },
        cores => local(u32::from(cores - 3) * 3 + 1),
    }
}

fn account_of(run: u128) -> AccountId {
    if run.is_multiple_of(2) { "ann".into() } else { "bob".into() }
}

/// Every third key is that of a weak entry.
fn claim_of(run: u128, name: u8) -> Claim {
    let key = key(&name.to_string());
    if name.is_multiple_of(3) { Claim::anywhere(key) } else { Claim::within(account_of(run), key) }
}

/// Runs 2 and 3 supersede 0 and 1.
fn before(run: u128) -> Option<u128> {
    run.checked_sub(2)
}

impl Users {
    fn new() -> Self {
        let (asked, open, spent, attempts) = Default::default();
        let caps = [0, 1].map(|run| (account_of(run), Caps { total: cents(200), day: cents(120) })).into();
        let mut users = Self { admission: Admission::new(small()), now: 0, caps, asked, open, spent, attempts };
        (0..RUNS).for_each(|run| users.admission.enter(users.standing(run)));
        users
    }

    fn standing(&self, n: u128) -> Standing {
        let spent = self.spent.iter().filter(|((whose, _), _)| *whose == n);
        Standing {
            run: run(n),
            account: account_of(n),
            supersedes: before(n).map(run),
            spent: spent.map(|((_, day), money)| (*day, *money)).collect(),
            holdings: self.open.values().filter(|holding| holding.take.run == run(n)).cloned().collect(),
        }
    }

    fn take(&self, n: u128, node: u32) -> TakeId {
        let attempt = self.attempts.get(&(n, node)).copied().unwrap_or(1);
        TakeId { run: run(n), node: node.to_string().into(), n: attempt }
    }

    fn now(&self) -> Moment {
        at(self.now)
    }

    fn reserved_by(&self, n: u128) -> Money {
        self.open.values().filter(|holding| holding.take.run == run(n)).map(|holding| holding.reserved).sum()
    }

    fn spent_by(&self, n: u128) -> Money {
        self.spent.iter().filter(|((whose, _), _)| *whose == n).map(|(_, money)| *money).sum()
    }

    fn of_account(&self, account: &AccountId, day: Option<Day>) -> Money {
        let on = |at: Day| day.is_none_or(|day| day == at);
        let open = self.open.values().filter(|open| account_of(open.take.run.0.as_u128()) == *account && on(open.day));
        let spent = self.spent.iter().filter(|((run, at), _)| account_of(*run) == *account && on(*at));
        open.map(|holding| holding.reserved).chain(spent.map(|(_, money)| *money)).sum()
    }

    fn slots(&self, wanted: impl Fn(&Lane) -> u32) -> u32 {
        self.open.values().filter(|holding| holding.slot).map(|holding| wanted(&holding.lane)).sum()
    }

    /// The rules, looked at just before a grant is believed.
    fn granted(&mut self, take: &TakeId) {
        assert_eq!(self.admission.closed(), None, "{take} is granted behind closed doors");
        let ask = self.asked.remove(take).expect("only what was asked is granted");
        let run = take.run.0.as_u128();
        let account = account_of(run);
        let today = self.now().day();
        for (other, open) in &self.open {
            let same = open.claim.as_ref() == Some(&ask.claim);
            assert!(!same || (open.held && ask.despite_held), "{take} and {other} make the same");
        }
        if !ask.worst.is_zero() {
            let caps = self.caps[&account];
            assert!(self.of_account(&account, None).plus(ask.worst) <= caps.total, "{take} passes the account's cap");
            assert!(self.of_account(&account, Some(today)).plus(ask.worst) <= caps.day, "{take} passes the day's cap");
            let inherited = before(run).map_or(Money::ZERO, |before| self.reserved_by(before));
            let own = self.spent_by(run).plus(self.reserved_by(run));
            assert!(own.plus(inherited).plus(ask.worst) <= cents(150), "{take} passes its run's cap");
        }
        let lane = ask.lane.clone();
        self.open.insert(
            take.clone(),
            Holding {
                take: take.clone(),
                claim: Some(ask.claim),
                lane,
                day: today,
                reserved: ask.worst,
                slot: true,
                held: false,
            },
        );
        match &ask.lane {
            Lane::Submission { provider, .. } => {
                assert!(self.slots(|lane| u32::from(matches!(lane, Lane::Submission { .. }))) <= 3);
                let here =
                    |lane: &Lane| u32::from(matches!(lane, Lane::Submission { provider: p, .. } if p == provider));
                assert!(self.slots(here) <= if provider.as_str() == "p0" { 2 } else { 8 });
            }
            Lane::Process { .. } => assert!(self.slots(cores_of) <= 3),
        }
    }

    fn hear(&mut self, take: &TakeId, reply: &Reply) {
        match reply {
            Reply::Granted if self.open.contains_key(take) => {}
            Reply::Granted => self.granted(take),
            Reply::KeyFree => {
                assert!(self.asked.remove(take).is_some(), "{take} waits for nothing");
            }
            Reply::Waits(wait) => {
                assert!(self.asked.contains_key(take), "{take} waits for nothing");
                let closed = self.admission.closed().map(|why| Wait::Closed { why });
                assert_eq!(matches!(wait, Wait::Closed { .. }).then(|| wait.clone()), closed, "{take}");
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let now = self.now();
        match *step {
            Step::Ask { run, node, key: name, lane, worst, flags } => {
                let (take, lane) = (self.take(run, node), lane_of(lane));
                let worst = if matches!(lane, Lane::Process { .. }) { Money::ZERO } else { cents(worst) };
                let room = cents(150).less(self.spent_by(run)).less(self.reserved_by(run));
                let claim = claim_of(run, name);
                let (retry, despite_held) = (flags & 1 == 1, flags & 2 == 2);
                let ask = Ask { take: take.clone(), claim, lane, worst, room, retry, despite_held };
                self.asked.insert(take.clone(), ask.clone());
                let reply = self.admission.ask(ask, now);
                self.hear(&take, &reply);
                self.asked.retain(|take, _| !self.open.contains_key(take));
            }
            Step::GiveBack { run, node } => {
                let take = self.take(run, node);
                self.admission.give_back(&take);
                self.open.remove(&take);
                self.asked.remove(&take);
            }
            Step::News { run, node, news, spent } => self.news(run, node, news, spent),
            Step::Pump => self.pump(),
            Step::Later { seconds } => self.now += seconds,
            Step::Caps { account, total, day } => {
                let account = account_of(u128::from(account));
                let caps = Caps { total: cents(total), day: cents(day) };
                self.caps.insert(account.clone(), caps);
                self.admission.set_account(account, caps, now);
            }
            Step::Enter { run: n } => {
                self.asked.retain(|take, _| take.run != run(n));
                self.admission.enter(self.standing(n));
            }
            Step::Close { why: Some(why) } => self.admission.close(why),
            Step::Close { why: None } => self.admission.reopen(now),
            Step::Hold { run: n, node, key: name, lane, worst } => {
                let (take, lane, reserved) = (self.take(n, node), lane_of(lane), cents(worst));
                let claim = (name % 2 == 0).then(|| claim_of(n, name));
                let holding = Holding { take, claim, lane, day: now.day(), reserved, slot: name == 1, held: name == 2 };
                self.asked.remove(&holding.take);
                self.open.insert(holding.take.clone(), holding.clone());
                self.admission.hold(run(n), holding);
            }
        }
    }

    fn news(&mut self, run: u128, node: u32, news: u8, spent: u64) {
        let take = self.take(run, node);
        let spent = cents(spent);
        let news = match news {
            0 => News::Answered(Health::Good),
            1 => News::Answered(Health::Throttled),
            2 | 3 => News::Answered(Health::Sick),
            4 => News::Answered(Health::Neutral),
            5 => News::Late { keeps_claim: false },
            6 => News::Late { keeps_claim: true },
            7 => News::Held,
            8 => News::Reopened,
            _ => News::Ended { spent },
        };
        self.admission.observe(&take, news, self.now());
        let Some(open) = self.open.get_mut(&take) else { return };
        match news {
            News::Answered(_) => open.slot = false,
            News::Late { keeps_claim } => {
                open.slot = false;
                open.claim = open.claim.take().filter(|_| keeps_claim);
            }
            News::Held => (open.slot, open.held) = (false, true),
            News::Reopened => open.held = false,
            News::Ended { .. } => {
                let sum = self.spent.entry((run, open.day)).or_default();
                *sum = sum.plus(spent);
                self.open.remove(&take);
                *self.attempts.entry((run, node)).or_insert(1) += 1;
            }
        }
    }

    fn pump(&mut self) {
        for (take, reply) in self.admission.pump(self.now()) {
            self.hear(&take, &reply);
        }
        assert!(self.admission.pump(self.now()).is_empty(), "one pump says all");
        assert!(self.admission.wake_at().is_none_or(|wake| wake > self.now()), "nothing is left that could go");
        assert!(self.asked.keys().all(|take| self.admission.waiting.get(take).is_some()), "no ask is lost");
    }

    fn agrees(&self) {
        for account in self.caps.keys() {
            assert_eq!(self.admission.committed(account), self.of_account(account, None));
            for day in [at(0).day(), self.now().day()] {
                assert_eq!(self.admission.committed_on(account, day), self.of_account(account, Some(day)));
            }
        }
        for run_of in 0..RUNS {
            let inherited = before(run_of).map_or(Money::ZERO, |before| self.reserved_by(before));
            assert_eq!(self.admission.inherited(run(run_of)), inherited);
        }
        assert_eq!(self.admission.submissions, self.slots(|lane| u32::from(matches!(lane, Lane::Submission { .. }))));
        assert_eq!(self.admission.processes, self.slots(cores_of));
    }

    fn is_rebuilt_from_standings(&self) {
        let mut again = Admission::new(small());
        (0..RUNS).for_each(|run| again.enter(self.standing(run)));
        assert_eq!(again.book.picture(), self.admission.book.picture());
        assert_eq!((again.submissions, again.processes), (self.admission.submissions, self.admission.processes));
        for (provider, gate) in &self.admission.gates {
            assert_eq!(again.gates.get(provider).map_or(0, super::super::Gate::filled), gate.filled());
        }
    }

    /// All waits end once whatever they wait for has ended, and then nothing is left.
    fn end_all(&mut self) {
        self.admission.reopen(self.now());
        let caps = Caps { total: Money::MAX, day: Money::MAX };
        for account in [account_of(0), account_of(1)] {
            self.caps.insert(account.clone(), caps);
            self.admission.set_account(account, caps, self.now());
        }
        for _ in 0..1000 {
            for take in self.open.keys().cloned().collect::<Vec<_>>() {
                self.admission.observe(&take, ended(0), self.now());
                self.open.remove(&take);
            }
            self.pump();
            if self.open.is_empty() {
                match self.admission.wake_at() {
                    Some(wake) => {
                        let seconds = wake.since(at(0)).as_millis().div_ceil(1000);
                        self.now = self.now.max(u64::try_from(seconds).expect("waits are short"));
                    }
                    None => break,
                }
            }
        }
        assert!(self.open.is_empty());
        // What its run's own cap refuses is not the machine's to grant.
        for (take, _) in std::mem::take(&mut self.asked) {
            let waiter = self.admission.waiting.get(&take).expect("what was asked waits");
            assert_eq!(waiter.place, super::super::Place::Room, "{take} waits for nothing");
            self.admission.give_back(&take);
        }
        self.agrees();
        assert!(self.admission.waiting.is_empty() && self.admission.told.is_empty());
        assert_eq!(
            (self.admission.book.claims_held(), self.admission.submissions, self.admission.processes),
            (0, 0, 0)
        );
        assert!(self.admission.gates.values().all(|gate| gate.filled() == 0));
    }
}

fn cores_of(lane: &Lane) -> u32 {
    match lane {
        Lane::Submission { .. } => 0,
        Lane::Process { cores } => (*cores).clamp(1, 3),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_rules_hold_whatever_happens(steps in steps()) {
        let mut users = Users::new();
        for step in steps {
            users.step(&step);
            users.agrees();
            users.is_rebuilt_from_standings();
        }
        users.end_all();
    }
}
