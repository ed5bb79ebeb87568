//! What the host of a simulation does with an action, and what comes of it, sooner or later or never.

use std::time::Duration;

use super::dice::Dice;
use super::host::{Happening, Host};
use super::provider::{Later, outputs};
use super::scenario::Scenario;
use super::tally::Tally;
use crate::fault::{Acceptance, Class, Fault};
use crate::id::Hash;
use crate::performer::{Action, Answer, Delivery, Failure, Kind, Report, Task};

impl Host {
    /// An action sets out.
    pub(super) fn start(&mut self, action: Action) {
        let (mut dice, tries) = self.world.dice_and_tries(kind_name(action.task.kind()), &action);
        let later = self.perform(&action, &mut dice);
        let answers = Some((action.task.kind(), action.ordinal));
        if matches!(action.task, Task::Submit { .. }) {
            self.webhook(&action, &mut dice);
        }
        let Some((wait, answer)) = later else { return };
        let submits = matches!(action.task, Task::Submit { .. });
        let first = self.scenario.twice && tries == 1;
        let lost = !submits && !self.is_calm() && (first || dice.permille(self.scenario.trouble.lost));
        let answer = if lost { Answer::Lost } else { answer };
        if lost {
            self.tally.count("report lost");
        }
        let report = Report { take: action.take, answers, answer };
        if dice.permille(self.scenario.trouble.repeated) {
            self.tally.count("report repeated");
            let again = wait.saturating_add(Duration::from_millis(dice.below(20_000)));
            self.later(again, Happening::Report { incarnation: Some(self.incarnation), report: report.clone() });
        }
        self.later(wait, Happening::Report { incarnation: Some(self.incarnation), report });
    }

    fn webhook(&mut self, action: &Action, dice: &mut Dice) {
        let wait = Duration::from_millis(dice.between(3_000, 14_000));
        if dice.permille(500)
            && let Some(answer) = self.world.hook(&action.take, self.now.after(wait))
        {
            self.tally.count("webhook");
            let report = Report { take: action.take.clone(), answers: None, answer };
            self.later(wait, Happening::Report { incarnation: None, report });
        }
    }

    fn perform(&mut self, action: &Action, dice: &mut Dice) -> Later {
        let soon = Duration::from_millis(dice.between(5, 800));
        let now = self.now.after(soon);
        let (scenario, tally) = (&self.scenario, &mut self.tally);
        let answer = match &action.task {
            Task::Submit { request } => {
                return self.world.submit(scenario, tally, action, *request, self.now);
            }
            Task::Prepare { .. } => prepare(scenario, tally, action, dice),
            Task::Poll { ticket } => self.world.poll(scenario, tally, action, ticket, now),
            Task::Fetch { ticket, .. } => self.world.fetch(scenario, tally, action, ticket),
            Task::Find { request, .. } => self.world.find(scenario, tally, action, *request, now),
            Task::Cancel { ticket } => self.world.cancel(scenario, tally, action, ticket, now),
            Task::Work { .. } => {
                let wait = Duration::from_millis(dice.between(50, 9_000));
                return Some((wait, work(scenario, tally, action, &mut self.world.dice_of(action))));
            }
        };
        // A question may never be answered; whoever asked must not wait for ever.
        let silent = matches!(action.task.kind(), Kind::Poll | Kind::Find | Kind::Cancel);
        (!silent || self.is_calm() || !dice.permille(self.scenario.trouble.lost)).then_some((soon, answer))
    }
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Prepare => "start prepare",
        Kind::Submit => "start submit",
        Kind::Poll => "start poll",
        Kind::Fetch => "start fetch",
        Kind::Find => "start find",
        Kind::Cancel => "start cancel",
        Kind::Work => "start work",
    }
}

fn prepare(scenario: &Scenario, tally: &mut Tally, action: &Action, dice: &mut Dice) -> Answer {
    if dice.permille(scenario.trouble.action / 2) {
        tally.count("prepare failed");
        return Answer::Failed(Fault::new(Class::Transient, Acceptance::No, "upload failed").into());
    }
    let request = Hash::of([action.key.0.as_bytes().as_slice(), b"request"]);
    Answer::Prepared { request, worst: scenario.sellers[action.entry.as_str()].price }
}

fn work(scenario: &Scenario, tally: &mut Tally, action: &Action, dice: &mut Dice) -> Answer {
    let node = &action.take.node;
    if scenario.refuses(action) {
        tally.count("work refused");
        return Answer::Failed(Fault::new(Class::Rejected, Acceptance::No, "not in its language").into());
    }
    let failing = scenario.failing.as_ref() == Some(node);
    if failing || dice.permille(scenario.trouble.action / 2) {
        tally.count("work failed");
        return Answer::Failed(Fault::new(Class::Transient, Acceptance::No, "killed").into());
    }
    if let Some(repair) = scenario.repairs.get(node)
        && (scenario.trouble.action == 0 || dice.permille(400))
    {
        tally.count("work broken and repaired");
        let fault = Fault::new(Class::Broken, Acceptance::No, "does not compile");
        return Answer::Failed(Failure { fault, charge: None, extension: Some(repair.clone()) });
    }
    let extension = scenario.extends.get(node).cloned();
    if extension.is_some() {
        tally.count("run extended");
    }
    Answer::Outputs(Delivery { outputs: outputs(action.key), charge: None, extension })
}
