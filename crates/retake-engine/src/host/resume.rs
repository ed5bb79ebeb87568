//! How runs come in: all of them to be counted when the folder is opened, and one after the other to be carried.

use super::Error;
use super::carry::{Loop, Seat};
use super::crowd::Crowd;
use crate::admission::Standing;
use crate::decide::standing;
use crate::engine::{Actor, Message};
use crate::id::RunId;
use crate::journal::state::Summary;
use crate::moment::Moment;
use crate::store::{self, Listed};

impl Loop {
    /// Whatever any run has spent or holds counts from the beginning, whether it is carried or not.
    pub(super) fn enter_all(&mut self) -> Result<(), Error> {
        let now = self.clock.now();
        for Listed { run, account, summary, .. } in self.hands.reader.list()? {
            match summary.filter(|summary| !summary.awake) {
                // It holds nothing, and what it has spent is all that counts of it.
                Some(Summary { supersedes, spent_by_day: spent, .. }) => {
                    self.hands.admission.enter(Standing { run, account, supersedes, spent, holdings: Vec::new() });
                }
                None => {
                    let actor = self.load(run, now)?;
                    self.hands.admission.enter(standing(actor.state()));
                    self.sit_down(actor, false, now);
                }
            }
        }
        Ok(())
    }

    fn load(&self, run: RunId, now: Moment) -> Result<Actor, Error> {
        let records = self.hands.reader.load_after(run, 0)?;
        Actor::open(&records, now).map_err(|why| Error::Illegal { run, why })
    }

    pub(super) fn sit_down(&mut self, actor: Actor, carried: bool, now: Moment) {
        let run = actor.state().spec().id;
        let crowd = Crowd::default();
        let seat = Seat { actor, carried, wake: None, owing: 0, latest: 0, moved: now, told_stuck: false, crowd };
        self.seats.insert(run, seat);
        self.recount(run);
    }

    /// Gives a run a place and carries it, wherever it was.
    pub(super) fn take_seat(&mut self, run: RunId) -> Result<(), Error> {
        match self.seats.get_mut(&run) {
            Some(seat) if seat.carried => return Ok(()),
            Some(seat) => seat.carried = true,
            None => {
                let now = self.clock.now();
                let actor = self.load(run, now)?;
                self.hands.admission.enter(standing(actor.state()));
                self.sit_down(actor, true, now);
            }
        }
        Ok(())
    }

    pub(super) fn resume(&mut self, run: RunId) -> Result<(), Error> {
        match self.seats.get(&run) {
            Some(seat) if seat.carried => return Ok(()),
            Some(_) => {}
            // It is over, or it never was.
            None if self.hands.reader.find(run)?.is_some() => return Ok(()),
            None => return Err(store::Error::NoSuchRun(run).into()),
        }
        // Whoever waits for what its predecessors still have open would wait for ever if nobody carried those.
        let mut next = Some(run);
        while let Some(run) = next.filter(|run| self.seats.get(run).is_some_and(|seat| !seat.carried)) {
            self.take_seat(run)?;
            self.turn(run, Message::Wake);
            next = self.seats.get(&run).and_then(|seat| seat.actor.state().spec().supersedes);
        }
        Ok(())
    }

    pub(super) fn resume_all(&mut self) {
        let mut waiting: Vec<(Moment, RunId)> = Vec::new();
        for (run, seat) in &mut self.seats {
            if !std::mem::replace(&mut seat.carried, true) {
                waiting.push((seat.moved, *run));
            }
        }
        // In the order of their names, which is that of their creation.
        waiting.sort_unstable();
        for (_, run) in waiting {
            self.turn(run, Message::Wake);
        }
    }
}
