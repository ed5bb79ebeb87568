//! How the loop ends: nothing new is begun, what was sent is waited for, and what is not answered is written down so.

use super::carry::Loop;
use super::inbox::{Inbox, Reply};
use super::{Error, Stopped};
use crate::admission::Closed;
use crate::engine::Message;
use crate::id::TakeId;
use crate::moment::Moment;
use crate::performer::{Answer, Kind, Report};

/// A stop that is under way.
pub(super) struct Stopping {
    /// Until when answers are waited for.
    pub(super) until: Moment,
    replies: Vec<Reply<Result<Stopped, Error>>>,
}

impl Loop {
    /// From here on nothing is begun. A second wish to stop ends the waiting.
    pub(super) fn begin_to_stop(&mut self, reply: Option<Reply<Result<Stopped, Error>>>) {
        let now = self.clock.now();
        match &mut self.stopping {
            Some(stopping) => {
                stopping.until = now;
                stopping.replies.extend(reply);
            }
            None => {
                // Nobody waits for a handle that was dropped.
                let until = if reply.is_some() { now.after(self.options.patience) } else { now };
                self.stopping = Some(Stopping { until, replies: reply.into_iter().collect() });
                self.hands.admission.close(Closed::Stopping);
            }
        }
    }

    /// Ends when everything sent was answered and written down, or patience is over.
    pub(super) fn end_if_stopped(&mut self) {
        let Some(stopping) = &self.stopping else { return };
        let answered = self.sent.is_empty() && self.after.is_empty();
        if !answered && self.clock.now() < stopping.until {
            return;
        }
        self.take_in_all();
        let unanswered: Vec<TakeId> = std::mem::take(&mut self.sent).into_iter().map(|sent| self.lose(sent)).collect();
        self.write_the_rest();
        // The writer ends when all that it has is written.
        self.writer = None;
        while let Ok(message) = self.ends.messages.try_recv() {
            if let Inbox::Written(note) = message {
                self.written(note);
            }
        }
        let failure = self.ends.failure.lock().ok().and_then(|failure| failure.clone());
        let outcome = failure.map_or(Ok(Stopped { unanswered }), |error| Err(error.into()));
        for reply in self.stopping.take().into_iter().flat_map(|stopping| stopping.replies) {
            let _ = reply.send(outcome.clone());
        }
        self.over = true;
    }

    /// Until everything is written down, and what comes of that: an intent that was on its way is followed by the word
    /// that it was not sent. On a full disk the writer tries once more by itself, and has the last word.
    fn write_the_rest(&mut self) {
        self.take_in_all();
        while self.last_done < self.last_handed && self.full.is_none() && !self.over {
            let Ok(message) = self.ends.messages.recv() else { return };
            self.take_in(message);
            self.take_in_all();
        }
    }

    fn take_in_all(&mut self) {
        while !self.over
            && let Ok(message) = self.ends.messages.try_recv()
        {
            self.take_in(message);
        }
    }

    /// A submission that was not answered becomes unclear now, so that whoever looks can see it.
    fn lose(&mut self, (take, ordinal): (TakeId, u64)) -> TakeId {
        let report = Report { take: take.clone(), answers: Some((Kind::Submit, ordinal)), answer: Answer::Lost };
        self.turn(take.run, Message::Report(report));
        take
    }
}
