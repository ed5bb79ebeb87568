//! `retake redo`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::go::{ask_and_go, listen};
use super::{go, show};
use crate::app::{Wish, odd};
use crate::door::wire::{Reply, Request, Started};

/// Make a scene, a shot or a step anew, in other words or by another model
///
/// Without a step the picture alone is made anew, with what follows from it. What was there is kept: `retake pick` goes
/// back to it for nothing.
///
/// With --words or --model the plan is edited, and a new run takes the place of this one and reuses all else. That is done
/// for plans that were sent to `retake serve` or by an assistant. A file of your own is yours: you are told which line to
/// change, and to what.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake redo lamp\n  retake redo lamp.2\n  retake redo lamp/voice\n  retake redo lamp --words \"A lamp falls\"\n  retake redo lamp/voice --words \"It falls.\" --run 0198c2\n  retake redo lamp/video --model seedance-lite"
)]
pub(crate) struct Redo {
    /// What is to be made anew
    #[arg(value_name = "SCENE[.SHOT][/STEP]")]
    what: String,
    /// In other words: those of its picture, or what is said where its voice is meant
    #[arg(long, value_name = "TEXT")]
    words: Option<String>,
    /// By another model, which is asked first; whoever was asked so far comes after it
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// In which run [default: the newest]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

impl Redo {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let Self { what, words, model, run } = self;
        if words.is_none() && model.is_none() {
            return ask_and_go(desk, &Request::Redo { run, what });
        }
        let (mut door, way) = desk.door(true)?;
        let interrupt = listen(desk, &door)?;
        match door.ask(&way, &Request::Otherwise { run, wish: Wish { what, words, model } })? {
            Reply::Started(Started { run, warnings, .. }) => {
                show::warnings(desk, &warnings);
                go::go(desk, door, run, &interrupt)
            }
            _ => Err(odd()),
        }
    }
}
