//! Beginning a film, and looking at a run until it is settled: what `run`, `rehearse`, `new`, `resume`, `retry`, `redo`,
//! `pick` and `cancel` have in common.

use retake_engine::id::RunId;
use retake_engine::money::Money;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::interrupt::Interrupt;
use super::show::{self, Board};
use crate::app::{End, Kind, Trouble, is_settled, odd};
use crate::door::wire::{Order, Quoted, Reply, Request, Started, Wrote};
use crate::door::{Door, Way};
use crate::ui::story::Story;
use crate::ui::words;

/// How often the owner is asked about a film before it begins.
const ASKED_MAX: usize = 8;

/// Does what is wanted of a run, then looks at it until it is settled.
pub(crate) fn ask_and_go(desk: &Desk, request: &Request) -> Outcome {
    let (mut door, way) = desk.door(true)?;
    let interrupt = listen(desk, &door)?;
    match door.ask(&way, request)? {
        Reply::Run(brief) => go(desk, door, brief.run, &interrupt),
        _ => Err(odd()),
    }
}

/// Hears Ctrl-C for whoever looks through this door.
pub(crate) fn listen(desk: &Desk, door: &Door) -> Result<Interrupt, Trouble> {
    let quiet = desk.global.quiet;
    let is_guest = door.owner().is_some();
    let say = move || {
        if !quiet && !is_guest {
            let _ =
                crate::ui::out::talk("\nstopping: what was sent is waited for, press Ctrl-C again to end at once\n");
        }
    };
    Interrupt::listen(door.stopper(), say)
}

/// Whether somebody agrees to what it may cost.
pub(crate) type Agree<'a> = &'a dyn Fn(&Quoted) -> Result<(), Trouble>;

/// What became of the wish to make a film.
pub(crate) enum Begun {
    /// A run goes on.
    Goes(Started, Interrupt),
    /// Its scenes are written, and nobody wanted more.
    Wrote(Wrote),
    /// That was all, for this reason.
    Ends(Code),
}

/// Begins a film, or goes on with it. Its scenes are written first where it has none, in a run of their own, and are
/// shown before anything else is bought; `scenes_alone` ends there.
pub(crate) fn begin(
    desk: &Desk,
    way: &Way,
    door: &mut Door,
    order: &mut Order,
    agree: Agree<'_>,
    scenes_alone: bool,
) -> Result<Begun, Trouble> {
    let agreed = order.agreed;
    let mut interrupt = None;
    // Agreed to, written, shown, agreed to, begun: and once more where somebody changed the plan meanwhile.
    for _ in 0..ASKED_MAX {
        match door.ask(way, &Request::Run(order.clone()))? {
            Reply::Asks(quote) => {
                if let Err(trouble) = agree(&quote) {
                    return refused(desk, trouble, &quote).map(Begun::Ends);
                }
                order.agreed = true;
            }
            Reply::Wrote(wrote) => {
                show::wrote(desk, &wrote);
                if scenes_alone {
                    return Ok(Begun::Wrote(wrote));
                }
                order.agreed = agreed;
            }
            // Before this, whoever interrupts interrupts nothing.
            Reply::Started(started) => {
                let heard = match interrupt.take() {
                    Some(heard) => heard,
                    None => listen(desk, door)?,
                };
                if !started.writes {
                    return Ok(Begun::Goes(started, heard));
                }
                show::warnings(desk, &started.warnings);
                desk.say("its scenes are written first");
                let board = if scenes_alone { Board::untold(started.run) } else { Board::new(started.run) };
                if let Some(code) = write(desk, door, board, &heard)? {
                    return Ok(Begun::Ends(code));
                }
                interrupt = Some(heard);
            }
            _ => return Err(odd()),
        }
    }
    Err(Trouble::internal("the plan changes all the time").hint("run it again when nobody writes it"))
}

/// That nobody has agreed, as a face says it.
fn refused(desk: &Desk, trouble: Trouble, quote: &Quoted) -> Outcome {
    if !desk.global.json {
        return Err(trouble);
    }
    let reason = "nobody has agreed to what this may cost";
    desk.document(&serde_json::json!({"status": "paused", "reason": reason, "quote": quote}))?;
    Ok(Code::Paused)
}

/// Looks at scenes being written. Says how that ended, unless they are there.
fn write(desk: &Desk, door: &Door, board: Board, interrupt: &Interrupt) -> Result<Option<Code>, Trouble> {
    let board = match look(desk, door, board, interrupt)? {
        Seen::Settled(board) => board,
        Seen::Left(code) => return Ok(Some(code)),
    };
    let story = board.story().ok_or_else(odd)?;
    match Code::of(story.state().status()) {
        Code::Complete => Ok(None),
        code => show::end(desk, story).map(|()| Some(code)),
    }
}

/// How a look at a run ended.
enum Seen {
    /// The run is settled.
    Settled(Box<Board>),
    /// It goes on without us, or later.
    Left(Code),
}

/// Looks at a run until it is settled.
fn look(desk: &Desk, door: &Door, board: Board, interrupt: &Interrupt) -> Result<Seen, Trouble> {
    let run = board.run();
    let mut board = board.asking(door.looker(run));
    let mut trouble = None;
    let mut see = |records: Vec<_>| match board.see(desk, &records) {
        Ok(()) => true,
        Err(why) => {
            trouble = Some(why);
            false
        }
    };
    let mut end = door.follow(run, 0, &mut see);
    // An owner that leaves because all is settled may be gone before it has said so.
    let is_left = matches!(end, Ok(End::Stopped)) && door.owner().is_some() && !interrupt.is_wanted();
    if is_left && trouble.is_none() && read_on(desk, &mut board).unwrap_or(false) {
        end = Ok(End::Settled);
    }
    board.end();
    let end = end?;
    if let Some(why) = trouble {
        // Nobody looks any longer, or nobody can: what goes on here ends in good order.
        (door.stopper())();
        return if why.kind == Kind::Closed { Ok(Seen::Left(Code::Interrupted)) } else { Err(why) };
    }
    if let Some(failure) = door.failure() {
        return Err(failure);
    }
    if end != End::Settled {
        return interrupted(desk, door, interrupt.is_wanted(), board.story()).map(Seen::Left);
    }
    Ok(Seen::Settled(Box::new(board)))
}

/// Reads what a journal has beyond what was seen of it, and says whether the run is settled.
fn read_on(desk: &Desk, board: &mut Board) -> Result<bool, Trouble> {
    let seen = board.story().map_or(0, |story| story.state().seq());
    let mut records = desk.journal_again(board.run())?;
    records.retain(|record| record.seq > seen);
    if !records.is_empty() {
        board.see(desk, &records)?;
    }
    Ok(board.story().is_some_and(|story| is_settled(story.state().status())))
}

/// Looks at a run until it is settled, and says how it ended.
pub(crate) fn go(desk: &Desk, door: Door, run: RunId, interrupt: &Interrupt) -> Outcome {
    go_and_count(desk, door, run, interrupt).map(|(code, _)| code)
}

/// What a run came to, for who holds it against a bill.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sums {
    /// What it did not have to buy because it was there.
    pub(crate) saved: Money,
    /// What stands in its books as spent, or as perhaps spent.
    pub(crate) booked: Money,
}

/// The same, and what it came to.
pub(crate) fn go_and_count(
    desk: &Desk,
    door: Door,
    run: RunId,
    interrupt: &Interrupt,
) -> Result<(Code, Sums), Trouble> {
    let board = match look(desk, &door, Board::new(run), interrupt)? {
        Seen::Settled(board) => board,
        Seen::Left(code) => return Ok((code, Sums::default())),
    };
    let story = board.story().ok_or_else(odd)?;
    let code = Code::of(story.state().status());
    show::end(desk, story)?;
    let mut others =
        |run: RunId| desk.say(&format!("run {run} was handed in from another terminal and goes on: waiting"));
    let ledger = story.state().ledger();
    let booked = ledger.settled().plus(ledger.written_off()).plus(ledger.reserved());
    let sums = Sums { saved: ledger.saved(), booked };
    door.leave(&mut others)?;
    Ok((code, sums))
}

/// What is said when a run goes on without us, or later.
fn interrupted(desk: &Desk, door: &Door, wanted: bool, story: Option<&Story>) -> Outcome {
    if desk.global.json
        && let Some(story) = story
    {
        show::end(desk, story)?;
    }
    let again = story.and_then(|story| words::rehearsal(story.state().spec()));
    let again = again.unwrap_or_else(|| "retake resume".to_owned());
    desk.say(&match door.owner() {
        Some(process) if wanted => format!(
            "no longer watching: process {process} goes on\n  hint: `retake status` looks at it, `retake cancel` stops it"
        ),
        Some(process) => {
            format!("process {process}, which made this film, has ended; nothing is lost\n  hint: `{again}` goes on")
        }
        None => format!("stopped, and nothing is lost\n  hint: `{again}` goes on"),
    });
    Ok(Code::Interrupted)
}
