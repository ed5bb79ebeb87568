//! Who owns the data directory while an assistant works: a process that is there already, or this one for as long as it
//! makes something.
//!
//! Owns the door. A look opens it for a moment; what makes something keeps it until nothing is under way, so that
//! `retake serve` can have the directory afterwards.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use retake_engine::id::RunId;

use crate::app::{Ground, Trouble, is_settled};
use crate::door::wire::{Brief, Reply, Request};
use crate::door::{Door, Way, owner_of};

/// The door, kept while this process makes something.
struct Held {
    door: Door,
    runs: BTreeSet<RunId>,
}

/// The door to a data directory.
pub(super) struct Keeper {
    way: Way,
    held: Mutex<Option<Held>>,
    stopper: Mutex<Option<Arc<dyn Fn() + Send + Sync>>>,
}

impl Keeper {
    /// The way says how it is opened by somebody who makes something.
    pub(super) fn new(way: Way) -> Self {
        Self { way, held: Mutex::default(), stopper: Mutex::default() }
    }

    /// What there is to work with.
    pub(super) fn ground(&self) -> &Ground {
        &self.way.ground
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for something that makes nothing.
    pub(super) fn ask(&self, request: &Request) -> Result<Reply, Trouble> {
        let mut held = self.held();
        if let Some(held) = held.as_mut() {
            return held.door.ask(&self.way, request);
        }
        if !self.ground().project.exists() {
            return Err(Trouble::usage("there is no run here yet").hint("`run` makes a film of a plan"));
        }
        let way = Way { stays: false, ..self.way.clone() };
        Door::open(&way)?.ask(&way, request)
    }

    /// Asks for something that goes on afterwards, and sees to it that somebody carries it.
    pub(super) fn act(&self, request: &Request) -> Result<Reply, Trouble> {
        let mut held = self.held();
        let mut fresh = if held.is_none() { Some(Door::open(&self.way)?) } else { None };
        let door = fresh.as_mut().or(held.as_mut().map(|held| &mut held.door));
        let nobody = || Trouble::internal("nobody owns the data directory");
        let reply = door.ok_or_else(nobody)?.ask(&self.way, request)?;
        let run = match &reply {
            Reply::Started(started) => Some(started.run),
            Reply::Run(brief) => Some(brief.run),
            _ => None,
        };
        // A guest has nothing to keep: the owner carries it.
        if let Some(door) = fresh.filter(|door| door.owner().is_none()) {
            *self.stopper.lock().unwrap_or_else(PoisonError::into_inner) = Some(door.stopper());
            *held = Some(Held { door, runs: BTreeSet::new() });
        }
        if let Some(held) = held.as_mut() {
            held.runs.extend(run);
        }
        Ok(reply)
    }

    /// Leaves the data directory to others where nothing of it is under way here.
    pub(super) fn leave_if_idle(&self) {
        let mut held = self.held();
        let Some(inner) = held.as_mut() else { return };
        let way = &self.way;
        let Held { door, runs } = inner;
        runs.retain(|run| match door.ask(way, &Request::Find(Some(run.to_string()))) {
            Ok(Reply::Run(brief)) => !is_at_rest(&brief),
            _ => true,
        });
        if !runs.is_empty() {
            return;
        }
        // What other terminals have handed in is not left alone either.
        let Ok(Reply::Runs(all)) = door.ask(way, &Request::List) else { return };
        if !all.iter().all(is_at_rest) {
            return;
        }
        // Held until it is left: else whoever asks next would be a guest of a door that this process is closing.
        let Some(Held { door, .. }) = held.take() else { return };
        let _ = door.leave(&mut |_| {});
    }

    /// Whether somebody carries runs now.
    pub(super) fn is_owned(&self) -> bool {
        self.held().is_some() || owner_of(&self.ground().project.data).is_some()
    }

    /// Begins nothing more, and writes everything down.
    pub(super) fn stop(&self) {
        let stopper = self.stopper.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stop) = stopper {
            stop();
        }
    }

    /// Lets go of the door: nothing is asked any more.
    pub(super) fn close(&self) {
        let held = self.held().take();
        drop(held);
    }
}

/// Whether nothing of a run moves until somebody does something.
pub(super) fn is_at_rest(brief: &Brief) -> bool {
    brief.summary.as_ref().is_some_and(|summary| is_settled(&summary.status))
}
