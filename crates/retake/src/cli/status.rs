//! `retake status`.

use clap::Args;

use retake_engine::journal::state::Status as Of;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::show;
use crate::app::{now, odd};
use crate::door::owner_of;
use crate::door::wire::{Reply, Request};
use crate::ui::story::Story;
use crate::ui::{json, out, waits, words};

/// See where a run stands
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake status\n  retake status --all\n  retake status --why\n  retake status 0198c2 --json"
)]
pub(crate) struct Status {
    /// The run, by its id or the beginning of it [default: the newest]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// All runs
    #[arg(long, conflicts_with = "run")]
    all: bool,
    /// What each of its nodes is at or waits for, and how much of its providers is in use
    #[arg(long, conflicts_with = "all")]
    why: bool,
}

impl Status {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        if self.all {
            let Reply::Runs(runs) = desk.ask(&Request::List)? else { return Err(odd()) };
            show::runs(desk, &runs)?;
            return Ok(Code::Complete);
        }
        let (mut door, way) = desk.door(false)?;
        let Reply::Records(records) = door.ask(&way, &Request::Journal(self.run))? else { return Err(odd()) };
        let story = show::story_of(&records)?;
        let run = story.state().spec().id.to_string();
        let Reply::Outlook(outlook) = door.ask(&way, &Request::Outlook(Some(run)))? else { return Err(odd()) };
        let now = now();
        let told = outlook.as_ref().map(|outlook| waits::Told::of(outlook, now));
        if desk.global.json {
            let summary = json::Run::of(&story, story.worked());
            desk.data(&format!("{}\n", json::summary_with(&summary, told.as_ref())))?;
            return Ok(Code::Complete);
        }
        if self.why {
            let look = out::data_look(desk.around.no_colour());
            desk.data(&waits::page(&story, outlook.as_ref(), now, &look).render(&look))?;
        } else {
            show::end(desk, &story)?;
            let lines: Vec<String> =
                told.iter().flat_map(|told| &told.nodes).take(WAITS_MAX).map(told_of(&story)).collect();
            desk.data(&lines.concat())?;
        }
        drop(door);
        work(desk, &story);
        Ok(Code::Complete)
    }
}

/// How many waits stand below a summary; `--why` has all.
const WAITS_MAX: usize = 8;

fn told_of(story: &Story) -> impl Fn(&waits::Wait) -> String + '_ {
    move |wait| {
        let ix = story.state().graph().find(&wait.waiting.node);
        let title = ix.map_or_else(|| wait.waiting.node.to_string(), |ix| story.film().place(ix).title());
        crate::ui::text::safe(&format!("  {title}: {}", wait.words)) + "\n"
    }
}

/// A journal says what was decided; whether somebody works on it is another question.
fn work(desk: &Desk, story: &Story) {
    if !matches!(story.state().status(), Of::Queued | Of::Running) {
        return;
    }
    let owner = desk.data.get().and_then(|data| owner_of(data));
    desk.say(&match owner {
        Some(process) => format!("process {process} works on it"),
        None => {
            let again = words::rehearsal(story.state().spec()).unwrap_or_else(|| "retake resume".to_owned());
            format!("no process works on it: it was interrupted\n  hint: `{again}` goes on")
        }
    });
}
