//! What reaches the loop.

use std::sync::mpsc::SyncSender;

use super::{Error, Figures, Outlook, Stopped};
use crate::admission::Caps;
use crate::engine::Command;
use crate::id::{AccountId, RunId};
use crate::journal::event::RunSpec;
use crate::journal::{Record, RunState};
use crate::performer::Report;
use crate::store::writer::Note;
use crate::store::{Created, Once};

/// Where an answer goes: it has room for the only one there will be.
pub(super) type Reply<T> = SyncSender<T>;

/// Rung when records of a run were committed; says whether anybody is there still.
pub(super) type Bell = Box<dyn Fn() -> bool + Send>;

/// Told what was committed of a run, with what is true of it by now.
pub(super) type Ear = Box<dyn Fn(&RunState, &[Record]) + Send>;

/// One message.
pub(super) enum Inbox {
    Create { spec: Box<RunSpec>, once: Option<Once>, reply: Reply<Result<Created, Error>> },
    Resume { run: RunId, reply: Reply<Result<(), Error>> },
    ResumeAll { reply: Reply<()> },
    Command { run: RunId, command: Command, reply: Reply<Result<(), Error>> },
    Caps(AccountId, Caps),
    Report(Report),
    Call { report: Report, reply: Reply<Result<(), Error>> },
    Written(Note),
    UpToNow { run: RunId, reply: Reply<Result<(), Error>> },
    Watch { run: RunId, bell: Bell },
    Listen { ear: Ear },
    Figures { reply: Reply<Figures> },
    Outlook { run: RunId, reply: Reply<Result<Outlook, Error>> },
    Explain { run: RunId, reply: Reply<Result<String, Error>> },
    Stop { reply: Option<Reply<Result<Stopped, Error>>> },
}
