//! The owner's door: one process owns a data directory, and whoever else wants something of it hands it in here.
//!
//! A [`Door`] is the owner itself or a connection to it; those who ask need not know which. Owns no use case.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use retake_engine::host::{self, Notice, Outlook};
use retake_engine::id::RunId;
use retake_engine::journal::Record;
use retake_engine::store;

use crate::app::{App, End, Ground, Kind, Trouble};

mod client;
mod serve;
mod socket;
#[cfg(test)]
mod tests;
pub(crate) mod wire;

use client::Client;
use serve::Server;
use wire::{Reply, Request};

/// How often a data directory is tried whose owner neither answers nor is gone.
const TRIES: u32 = 200;
/// How long to leave between two of them.
const BETWEEN: Duration = Duration::from_millis(50);

/// How a data directory is opened.
#[derive(Clone)]
pub(crate) struct Way {
    /// What there is to work with.
    pub(crate) ground: Ground,
    /// Where a socket may go that has no room in the data directory.
    pub(crate) runtime: Option<std::path::PathBuf>,
    /// Whether whoever opens it stays long enough to listen to others.
    pub(crate) stays: bool,
    /// Who hears what the owner has to say unasked.
    pub(crate) notice: Arc<dyn Fn(Notice) + Send + Sync>,
}

/// Whoever does what is asked: here, or over there.
pub(crate) enum Door {
    /// This process is the owner.
    Here {
        /// The owner.
        app: Arc<App>,
        /// Who listens to others, if anybody does.
        server: Option<Server>,
    },
    /// Another process is.
    There(Arc<Client>),
}

impl Door {
    /// Finds the owner of the data directory, or becomes it.
    pub(crate) fn open(way: &Way) -> Result<Self, Trouble> {
        let mut owner = String::new();
        for _ in 0..TRIES {
            if let Some(client) = Client::knock(&way.ground.project.data)? {
                return Ok(Self::There(Arc::new(client)));
            }
            let notice = Arc::clone(&way.notice);
            match App::open(way.ground.clone(), way.stays, move |said| notice(said)) {
                Ok(app) => return Self::here(Arc::new(app), way),
                // It may be on its way out, or not listening yet.
                Err(host::Error::Store(store::Error::Owned { owner: name, .. })) => owner = name,
                Err(error) => return Err(error.into()),
            }
            pause(BETWEEN);
        }
        let data = way.ground.project.data.display();
        Err(Trouble::internal(format!("`{data}` belongs to {owner}, which does not answer"))
            .hint("look at its terminal; if it hangs, end it: nothing is lost"))
    }

    fn here(app: Arc<App>, way: &Way) -> Result<Self, Trouble> {
        let listen = || Server::start(&app, way.runtime.as_deref());
        let server = way.stays.then(listen).transpose().map_err(|error| {
            let what = format!("cannot listen for other terminals in `{}`: {error}", app.data().display());
            Trouble::internal(what).hint("put the data directory elsewhere with --data-dir")
        })?;
        Ok(Self::Here { app, server })
    }

    /// Asks for something. Where the owner is about to leave, its successor is asked.
    pub(crate) fn ask(&mut self, way: &Way, request: &Request) -> Result<Reply, Trouble> {
        // Where many come at once for little, owners come and go.
        for _ in 0..TRIES {
            match self.ask_once(request.clone()) {
                Err(trouble) if trouble.kind == Kind::Leaving && matches!(self, Self::There(_)) => {
                    pause(BETWEEN);
                    *self = Self::open(way)?;
                }
                answer => return answer,
            }
        }
        self.ask_once(request.clone())
    }

    fn ask_once(&self, request: Request) -> Result<Reply, Trouble> {
        match self {
            Self::Here { app, .. } => app.answer(request),
            Self::There(client) => client.ask(request),
        }
    }

    /// Hands over the records of a run after one of them, as they come, until the run is over or paused.
    pub(crate) fn follow(
        &self,
        run: RunId,
        after: u64,
        see: &mut dyn FnMut(Vec<Record>) -> bool,
    ) -> Result<End, Trouble> {
        match self {
            Self::Here { app, .. } => app.follow(run, after, see),
            Self::There(client) => client.follow(run, after, see),
        }
    }

    /// The process that owns the data directory, where it is not this one.
    pub(crate) fn owner(&self) -> Option<u32> {
        match self {
            Self::Here { .. } => None,
            Self::There(client) => Some(client.process),
        }
    }

    /// Why nothing goes on here any more, if that is so.
    pub(crate) fn failure(&self) -> Option<Trouble> {
        match self {
            Self::Here { app, .. } => app.failure(),
            Self::There(_) => None,
        }
    }

    /// What says from another thread what the nodes of a run wait for; nothing where nobody carries it, or answers.
    pub(crate) fn looker(&self, run: RunId) -> Arc<dyn Fn() -> Option<Outlook> + Send + Sync> {
        let ask = Request::Outlook(Some(run.to_string()));
        let told = |reply| if let Ok(Reply::Outlook(outlook)) = reply { outlook } else { None };
        match self {
            Self::Here { app, .. } => {
                let app = Arc::clone(app);
                Arc::new(move || told(app.answer(ask.clone())))
            }
            // This talk is taken by what is watched: another is begun for each question.
            Self::There(client) => {
                let data = client.data.clone();
                Arc::new(move || told(Client::knock(&data).ok().flatten()?.ask(ask.clone())))
            }
        }
    }

    /// What ends it from another thread: as the owner stops, or as a guest hangs up. Asked twice, it waits no longer.
    pub(crate) fn stopper(&self) -> Arc<dyn Fn() + Send + Sync> {
        match self {
            Self::Here { app, .. } => {
                let app = Arc::clone(app);
                Arc::new(move || drop(app.stop()))
            }
            Self::There(client) => {
                let client = Arc::clone(client);
                Arc::new(move || client.hang_up())
            }
        }
    }

    /// Leaves: an owner first waits for what others have handed in, and says so.
    pub(crate) fn leave(self, say: &mut dyn FnMut(RunId)) -> Result<(), Trouble> {
        let Self::Here { app, server } = self else { return Ok(()) };
        app.rest(say)?;
        drop(server);
        match app.stop() {
            Ok(_) => Ok(()),
            Err(trouble) if trouble.kind == Kind::Leaving => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }
}

/// Lets a little time pass.
fn pause(span: Duration) {
    let (_kept, nobody) = channel::<()>();
    match nobody.recv_timeout(span) {
        Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
    }
}

/// The process that owns a data directory, if one does and listens.
pub(crate) fn owner_of(data: &std::path::Path) -> Option<u32> {
    Client::knock(data).ok().flatten().map(|client| client.process)
}
