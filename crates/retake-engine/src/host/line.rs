//! The line from whoever performs an action back to the loop. Every action is answered once, whatever happens.

use std::sync::mpsc::Sender;

use super::inbox::Inbox;
use crate::id::TakeId;
use crate::performer::{Answer, Delivery, Kind, Report};
use crate::store::Write;
use crate::store::writer::{Intake, Job, Then};

/// Where what came of an action is handed in. One that is dropped without a word reports that nobody can vouch for the
/// action: a performer that panics loses nothing but its own work.
#[derive(Debug)]
pub struct Line {
    take: TakeId,
    answers: Option<(Kind, u64)>,
    inbox: Sender<Inbox>,
    intake: Intake,
}

impl Line {
    pub(super) const fn new(take: TakeId, answers: (Kind, u64), inbox: Sender<Inbox>, intake: Intake) -> Self {
        Self { take, answers: Some(answers), inbox, intake }
    }

    /// Hands in what came of it.
    pub fn report(mut self, answer: Answer) {
        self.send(answer);
    }

    /// Hands in outputs that are stored. A receipt of them is synced first, so that what was paid for and stored is
    /// never bought again, even if the process dies before the journal says so. For Fetch and for a Submit that brings
    /// its outputs along; what is made here can be made again, and needs no receipt.
    pub fn deliver(mut self, delivery: Delivery) {
        let Some(answers) = self.answers.take() else { return };
        let (take, inbox) = (self.take.clone(), self.inbox.clone());
        let report = Report { take, answers: Some(answers), answer: Answer::Outputs(delivery.clone()) };
        let then = Then(Box::new(move || drop(inbox.send(Inbox::Report(report)))));
        self.intake.hand_in(Job { write: Write::Receipt(self.take.clone(), delivery), prompt: true, then: Some(then) });
    }

    fn send(&mut self, answer: Answer) {
        if let Some(answers) = self.answers.take() {
            let report = Report { take: self.take.clone(), answers: Some(answers), answer };
            let _ = self.inbox.send(Inbox::Report(report));
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.send(Answer::Lost);
    }
}
