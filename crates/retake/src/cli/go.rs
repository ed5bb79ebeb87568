//! Looking at a run until it is settled: what `run`, `resume`, `retry`, `redo`, `pick` and `cancel` have in common.

use std::cell::Cell;

use retake_engine::id::RunId;
use retake_engine::journal::RunState;

use super::desk::{Desk, Outcome, odd};
use super::exit::Code;
use super::interrupt::Interrupt;
use super::show::{self, Board};
use crate::app::{End, Kind, Trouble};
use crate::door::wire::{Reply, Request};
use crate::door::{Door, Way};

/// Does what is wanted of a run, then looks at it until it is settled.
pub(crate) fn ask_and_go(desk: &Desk, request: &Request) -> Outcome {
    let (mut door, way) = desk.door(true)?;
    let interrupt = listen(desk, &door)?;
    match door.ask(&way, request)? {
        Reply::Run(brief) => go(desk, door, &way, brief.run, &interrupt),
        _ => Err(odd()),
    }
}

/// Hears Ctrl-C for whoever looks through this door.
pub(crate) fn listen(desk: &Desk, door: &Door) -> Result<Interrupt, Trouble> {
    let quiet = desk.global.quiet;
    let is_guest = door.owner().is_some();
    let say = move || {
        if !quiet && !is_guest {
            let _ = crate::ui::talk("\nstopping: what was sent is waited for, press Ctrl-C again to end at once\n");
        }
    };
    Interrupt::listen(door.stopper(), say)
}

/// Looks at a run until it is settled, and says how it ended.
pub(crate) fn go(desk: &Desk, mut door: Door, way: &Way, run: RunId, interrupt: &Interrupt) -> Outcome {
    let mut board = Board::new(run, desk.global.json, desk.global.quiet);
    let mut trouble = None;
    let mut see = |records: Vec<_>| match board.see(desk, &records) {
        Ok(()) => true,
        Err(why) => {
            trouble = Some(why);
            false
        }
    };
    let owner = door.owner();
    let seen = Cell::new(0);
    let end = loop {
        let mut count = |records: Vec<retake_engine::journal::Record>| {
            seen.set(records.last().map_or(seen.get(), |record| record.seq));
            see(records)
        };
        let end = door.follow(run, seen.get(), &mut count)?;
        // Its owner has gone, and nobody asked for that: whoever is left takes the run on.
        if end == End::Stopped && owner.is_some() && !interrupt.is_wanted() {
            desk.say("the retake that made this film has ended; going on here");
            door = Door::open(way)?;
            door.ask(way, &Request::Resume(Some(run.to_string())))?;
            continue;
        }
        break end;
    };
    if let Some(why) = trouble {
        // Nobody looks any longer, or nobody can: what goes on here ends in good order.
        (door.stopper())();
        return if why.kind == Kind::Closed { Ok(Code::Interrupted) } else { Err(why) };
    }
    if interrupt.is_wanted() || end == End::Stopped {
        return interrupted(desk, door.owner(), board.state(), run);
    }
    let state = board.state().ok_or_else(odd)?;
    let code = Code::of(state.status());
    show::end(desk, state)?;
    let mut others =
        |run: RunId| desk.say(&format!("run {run} was handed in from another terminal and goes on: waiting"));
    door.leave(&mut others)?;
    if interrupt.is_wanted() && code == Code::Complete {
        desk.say("the run of another terminal was interrupted: `retake resume` goes on");
    }
    Ok(code)
}

fn interrupted(desk: &Desk, owner: Option<u32>, state: Option<&RunState>, run: RunId) -> Outcome {
    if desk.global.json
        && let Some(state) = state
    {
        show::end(desk, state)?;
    }
    match owner {
        Some(process) => desk.say(&format!(
            "no longer watching: process {process} goes on\n  hint: `retake status` looks at it, `retake cancel` stops it"
        )),
        None => desk.say(&format!("stopped, and nothing is lost\n  hint: `retake resume {run}` goes on")),
    }
    Ok(Code::Interrupted)
}
