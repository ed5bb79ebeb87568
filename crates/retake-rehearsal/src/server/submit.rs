//! An order, from the wish to its answer.
//!
//! Owns the one place where jobs are accepted, and how long an answer waits for a job.

use std::sync::Arc;
use std::time::Duration;

use super::accept::{self, prompt_hash};
use super::desk::{Desk, World};
use super::turn::{Outcome, Topic, finish, work};
use crate::bill::Entry;
use crate::clock;
use crate::faults::At;
use crate::jobs::Job;
use crate::wire::{Hold, Submission, Trouble, Wire};

/// How long an answer waits at the most.
const HOLD_MOST_MS: u64 = 1_800_000;

/// What comes of an order that came with these words.
pub(super) async fn submit(desk: Desk, wire: &'static dyn Wire, submission: Submission, sent: &str) -> Outcome {
    let world = Arc::clone(&desk.world);
    let take = try_again(&world, &submission);
    let order = &submission.order;
    let (provider, model) = (order.provider.as_str(), order.model.as_str());
    let topic = Topic { provider, model, kind: Some(order.kind), prompt: &order.prompt, take, sent };
    let mut trial = topic.ask(&world, wire, At::Submit);
    if let Some(blow) = trial.before {
        return blow.into();
    }
    let twist = std::mem::take(&mut trial.twist);
    let clerk = desk.clone();
    let accepted = work(move || {
        let accepted = accept::accept(&clerk, wire, &submission, take, &twist);
        (accepted, submission)
    });
    let (job, submission) = match accepted.await {
        Err(outcome) => return outcome,
        Ok((Ok(Some((job, _))), submission)) => (job, submission),
        // What was not written down was not accepted.
        Ok((Err(_), _)) => return wire.trouble(&Trouble::Status(500)).into(),
        Ok((Ok(None), _)) => return wire.trouble(&Trouble::Throttle { seconds: 3600, said: true }).into(),
    };
    let mut tie = Tie { desk: submission.tied.then(|| desk.clone()), job };
    // Whoever is not going to be answered does not wait for the job's end.
    if trial.after.is_none() {
        hold(&world, &mut tie.job, submission.hold).await;
    }
    let answer = submission.answer;
    let job = tie.untie();
    finish(trial, work(move || answer(&desk, &job)).await)
}

/// Takes note that somebody tries to order, and says the how-manieth time it is for this prompt.
fn try_again(world: &World, submission: &Submission) -> u32 {
    let what = prompt_hash(&submission.order);
    let mut book = world.book();
    let _ = world.note(&mut book, Entry::Tried { what: what.clone(), at: clock::now() });
    book.tried(&what).max(1)
}

/// Waits until the job is over, or long enough.
async fn hold(world: &World, job: &mut Job, hold: Hold) {
    let most = match hold {
        Hold::No => return,
        Hold::For(most) => most.min(HOLD_MOST_MS),
        Hold::End => HOLD_MOST_MS,
    };
    let until = clock::now().saturating_add(most);
    loop {
        // Whoever listens only after he has looked misses what happens in between.
        let mut moved = std::pin::pin!(world.moved.notified());
        moved.as_mut().enable();
        if let Some(again) = world.job(job.no) {
            *job = again;
        }
        let now = clock::now();
        if job.state(now).is_over() || now >= until {
            return;
        }
        let next = job.next_change(now).unwrap_or(u64::MAX).min(until);
        let _ = tokio::time::timeout(Duration::from_millis(next - now), moved).await;
    }
}

/// A job that ends when its caller hangs up.
struct Tie {
    desk: Option<Desk>,
    job: Job,
}

impl Tie {
    fn untie(mut self) -> Job {
        self.desk = None;
        self.job.clone()
    }
}

impl Drop for Tie {
    fn drop(&mut self) {
        if let Some(desk) = self.desk.take() {
            let job = self.job.clone();
            tokio::task::spawn_blocking(move || {
                let _ = desk.cancel(&job);
            });
        }
    }
}
