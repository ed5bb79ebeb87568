//! Several plans at once: all of them are looked at before the first one begins.
//!
//! Killed half-way, the same call goes on where it was: each run is created by a wish of its own.

use retake_engine::id::{Hash, RunId};
use retake_engine::moment::Moment;
use retake_engine::store::Once;
use uuid::Uuid;

use super::counter::Counter;
use super::posted::{Declined, Post};
use super::{Kind, Trouble};

/// What several plans have become.
#[derive(Debug)]
pub(crate) enum Batch {
    /// Each has its run, in their order.
    Begun(Vec<RunId>),
    /// Nothing was begun: some cannot be made. One answer for each plan.
    Declined(Vec<Option<Declined>>),
}

impl Counter {
    /// Begins a film of each plan, or of none.
    pub(crate) fn begin_batch(&self, id: Uuid, body: Hash, posts: Vec<Post>, now: Moment) -> Result<Batch, Trouble> {
        let reused = || {
            let trouble =
                Trouble::usage("the key was used for another batch").hint("use another key for another batch");
            Trouble { kind: Kind::Reused, ..trouble }
        };
        let kept = self.registry().batch(id, Some(&self.account()))?;
        let _places = match kept {
            Some(kept) if kept.body != body => return Err(reused()),
            Some(kept) if kept.runs.is_some() => return Ok(Batch::Begun(kept.runs.unwrap_or_default())),
            // What was begun goes on, whoever waits by now.
            Some(_) => None,
            None => Some(self.places(posts.len())?),
        };
        let answers: Vec<Option<Declined>> = posts.iter().map(|post| self.looked_at(post)).collect();
        if answers.iter().any(Option::is_some) {
            return Ok(Batch::Declined(answers));
        }
        if self.registry().begin_batch(id, &self.account(), &body, now)?.is_some_and(|kept| kept.body != body) {
            return Err(reused());
        }
        let mut runs = Vec::new();
        for (n, mut post) in posts.into_iter().enumerate() {
            post.once = Some(Once { key: format!("batch {id} {n}"), body: Hash::of([&post.plan[..]]) });
            match self.begin(&post) {
                Ok(accepted) => runs.push(accepted.run),
                // It was looked at; what has changed since is told as it is, and the same call goes on.
                Err(Declined::Refused(trouble)) => return Err(trouble),
                Err(Declined::Mistaken(mistakes)) => return Err(Trouble::internal(mistakes.to_string())),
            }
        }
        self.registry().end_batch(id, &runs)?;
        Ok(Batch::Begun(runs))
    }

    /// Why a plan would not be made, if it would not.
    fn looked_at(&self, post: &Post) -> Option<Declined> {
        match self.quote(post) {
            Err(declined) => Some(declined),
            Ok(quoted) => {
                let keyless = quoted.keyless.first()?;
                let hint = keyless.hint.clone().unwrap_or_default();
                Some(Trouble::refused(format!("{}: {}", keyless.what, keyless.why)).hint(hint).into())
            }
        }
    }

    /// The runs of a batch.
    pub(crate) fn batch(&self, id: Uuid) -> Result<Vec<RunId>, Trouble> {
        let kept = self.registry().batch(id, self.account_seen())?;
        let runs = kept.map(|kept| kept.runs.unwrap_or_default());
        runs.ok_or_else(|| Trouble::missing(format!("there is no batch {id}")))
    }
}
