//! `retake demo`.

use std::path::PathBuf;

use clap::Args;
use retake_engine::fault::Class;
use retake_engine::journal::Event;
use retake_engine::money::Money;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::show::{Board, story_of};
use crate::app::{Demo, DemoOutcome, DemoScene, Kind, Trouble};
use crate::config::Config;
use crate::ui::words;

/// Watch a film survive: a throttle, a refusal and a kill, with play money
///
/// A short film is made with a server of our own in the place of the providers. One of them asks us to wait, one refuses a
/// scene, and in the middle of it the process that makes the film is killed. Nothing is paid, and no key is needed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake demo\n  retake demo /tmp/look")]
pub(crate) struct DemoVerb {
    /// Where it happens
    #[arg(value_name = "FOLDER", default_value = "retake-demo")]
    folder: PathBuf,
}

impl DemoVerb {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let folder = desk.around.folder.join(&self.folder);
        let config = Config::read(&desk.around, &desk.around.folder, None);
        let config = config.map_err(|unusable| Trouble::usage(unusable.to_string()))?;
        let ffmpeg = config.local().ffmpeg.unwrap_or_else(|| PathBuf::from("ffmpeg"));
        let demo = Demo::set(&folder, ffmpeg)?;
        desk.say("a demonstration: play money, play providers, real code; three things will go wrong");
        let mut board: Option<Board> = None;
        let (mut trouble, mut history) = (None, Vec::new());
        let outcome = demo.run(&mut |scene| match scene {
            DemoScene::Happened(run, records) => {
                let (board, before) = match &mut board {
                    Some(board) => (board, &[][..]),
                    // A picture that was taken away begins with what happened before.
                    None => (board.insert(Board::new(run)), &history[..]),
                };
                let known = if before.is_empty() { Ok(()) } else { board.see(desk, before) };
                if let Err(why) = known.and_then(|()| board.see(desk, records)) {
                    trouble.get_or_insert(why);
                }
                history.extend_from_slice(records);
            }
            DemoScene::Killed { open } => {
                if let Some(mut board) = board.take() {
                    board.end();
                }
                desk.say(&format!(
                    "\n  Killed, with -9: no warning, no goodbye. {open} orders are under way at the providers, paid for."
                ));
            }
            DemoScene::Resumed => desk.say("  The same command again, in a new process:\n"),
        })?;
        if let Some(board) = &mut board {
            board.end();
        }
        match trouble {
            Some(why) if why.kind != Kind::Closed => return Err(why),
            Some(_) | None => {}
        }
        tell(desk, &outcome)
    }
}

/// What happened, and what it cost on either side.
fn tell(desk: &Desk, outcome: &DemoOutcome) -> Outcome {
    let story = story_of(&outcome.records)?;
    let summary = story.state().summary();
    let fell = |class: Class| {
        let is = |event: &Event| match event {
            Event::Refused { fault, .. } | Event::Fell { fault, .. } => fault.class == class,
            _ => false,
        };
        outcome.records.iter().filter(|record| is(&record.event)).count()
    };
    let charged = Money::from_micros(outcome.bill.charged());
    let agree =
        if charged == summary.settled { "to the cent what the ledger says" } else { "not what the ledger says" };
    let lines = [
        format!(
            "throttled   {}: waited as long as was asked, and went on",
            words::several(fell(Class::Throttled), "time")
        ),
        format!("refused     {}: made by the next model of the route", words::several(fell(Class::Rejected), "scene")),
        "killed      once: what was ordered was found again, and nothing was ordered twice".to_owned(),
        format!("bill        {} orders, ${charged}: {agree}", outcome.bill.taken()),
        format!("film        {}", outcome.film.display()),
    ];
    desk.data(&format!("\n  {}\n\n", lines.join("\n  ")))?;
    desk.say("  nothing was paid; `retake rehearse FILE --faults storm` does the same with a film of yours");
    Ok(if charged == summary.settled { Code::of(story.state().status()) } else { Code::Internal })
}
