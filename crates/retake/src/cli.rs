//! The command line: a file per verb, which reads its words, asks for a use case and says what came of it.
//!
//! Owns words and exit codes. It must not know how anything is done.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

mod books;
mod budget;
mod cancel;
mod check;
mod completions;
mod demo;
mod desk;
mod doctor;
mod exit;
mod explain;
mod fmt;
mod gc;
mod go;
mod history;
mod interrupt;
mod journaling;
mod ledger;
mod mcp;
mod models;
mod new;
mod open;
mod orphans;
mod pick;
mod plan;
mod pulse;
mod redo;
mod rehearse;
mod resolve;
mod resume;
mod retry;
mod run;
mod schema;
mod serve;
mod show;
mod status;
mod token;
mod verify;

use desk::{Desk, Global, Outcome};
use exit::Code;

use crate::app::{Kind, Trouble};
use crate::config::{Surroundings, nearest};
use crate::ui;

/// Makes films out of AI-generated parts and survives everything that goes wrong on the way.
#[derive(Debug, Parser)]
#[command(name = "retake", version, disable_help_subcommand = true, max_term_width = 100, after_help = AFTER)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Option<Verb>,
}

const AFTER: &str = "\
Exit codes:
  0 complete, 1 internal, 2 usage or invalid plan, 3 partial, 4 paused or refused,
  5 failed, 6 cancelled, 130 interrupted and resumable";

/// What somebody sees who types the name alone.
const WELCOME: &str = "\
retake makes a film of a plan, and survives everything that goes wrong on the way.

  retake new \"How lighthouses learned to blink\"   write a plan to start from
  retake check film.yaml                          find mistakes in it
  retake plan film.yaml                           see what it would make and cost
  retake rehearse film.yaml                       make it with play money, and see what goes wrong
  retake run film.yaml                            make the film

Nothing is lost: stop it whenever you like, and `retake run film.yaml` goes on.
Nothing is paid twice, and nothing is sent past the plan's budget.

`retake doctor` says whether this machine has what it takes, `retake --help` lists everything.
";

/// What can be done.
#[derive(Debug, Subcommand)]
enum Verb {
    Demo(demo::DemoVerb),
    New(new::New),
    Check(check::Check),
    Plan(plan::Plan),
    Run(run::Run),
    Rehearse(rehearse::Rehearse),
    Status(status::Status),
    Resume(resume::Resume),
    Retry(retry::Retry),
    Redo(redo::Redo),
    Pick(pick::Pick),
    Cancel(cancel::Cancel),
    Budget(budget::Budget),
    Resolve(resolve::Resolve),
    History(history::History),
    Ledger(ledger::Ledger),
    Orphans(orphans::Orphans),
    Serve(serve::Serve),
    Token(token::TokenVerb),
    Mcp(mcp::Mcp),
    Open(open::Open),
    Models(models::Models),
    Fmt(fmt::Fmt),
    Schema(schema::Schema),
    Explain(explain::Explain),
    Verify(verify::Verify),
    Gc(gc::Gc),
    Doctor(doctor::Doctor),
    Completions(completions::Completions),
}

impl Verb {
    fn act(self, desk: &Desk) -> Outcome {
        match self {
            Self::Demo(verb) => verb.act(desk),
            Self::New(verb) => verb.act(desk),
            Self::Check(verb) => verb.act(desk),
            Self::Plan(verb) => verb.act(desk),
            Self::Run(verb) => verb.act(desk),
            Self::Rehearse(verb) => verb.act(desk),
            Self::Status(verb) => verb.act(desk),
            Self::Resume(verb) => verb.act(desk),
            Self::Retry(verb) => verb.act(desk),
            Self::Redo(verb) => verb.act(desk),
            Self::Pick(verb) => verb.act(desk),
            Self::Cancel(verb) => verb.act(desk),
            Self::Budget(verb) => verb.act(desk),
            Self::Resolve(verb) => verb.act(desk),
            Self::History(verb) => verb.act(desk),
            Self::Ledger(verb) => verb.act(desk),
            Self::Orphans(verb) => verb.act(desk),
            Self::Serve(verb) => verb.act(desk),
            Self::Token(verb) => verb.act(desk),
            Self::Mcp(verb) => verb.act(desk),
            Self::Open(verb) => verb.act(desk),
            Self::Models(verb) => verb.act(desk),
            Self::Fmt(verb) => verb.act(desk),
            Self::Schema(verb) => verb.act(desk),
            Self::Explain(verb) => verb.act(desk),
            Self::Verify(verb) => verb.act(desk),
            Self::Gc(verb) => verb.act(desk),
            Self::Doctor(verb) => verb.act(desk),
            Self::Completions(verb) => verb.act(desk),
        }
    }
}

/// Does what was typed.
pub(crate) fn main(around: Surroundings) -> ExitCode {
    let cli = match read(&around.arguments) {
        Ok(cli) => cli,
        Err(error) => return told(&error).into(),
    };
    let desk = Desk { around, global: cli.global, data: std::cell::OnceCell::new() };
    let outcome = match cli.verb {
        Some(verb) => verb.act(&desk),
        None => desk.data(WELCOME).map(|()| Code::Complete),
    };
    outcome.unwrap_or_else(|trouble| refuse(&desk, &trouble)).into()
}

fn read(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    let mut matches = Cli::command().try_get_matches_from(arguments)?;
    Cli::from_arg_matches_mut(&mut matches)
}

/// Help is data; what was mistyped is talk.
fn told(error: &clap::Error) -> Code {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = ui::out::data(&text);
            Code::Complete
        }
        _ => {
            let more = "For more information, try '--help'.";
            let has_tip = text.contains("  tip: ");
            let meant = meant(error).map(|verb| format!("  hint: did you mean `{verb}`?"));
            let general = || "  hint: add --help to see what can be said here".to_owned();
            let more_hint = if has_tip { String::new() } else { meant.unwrap_or_else(general) };
            let text = text.replace("  tip: ", "  hint: ").replace(more, &more_hint);
            let _ = ui::out::talk(&format!("{}\n", text.trim_end()));
            Code::Usage
        }
    }
}

/// The verb that was probably meant.
fn meant(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    let root = Cli::command();
    let verbs: Vec<&str> = root.get_subcommands().map(clap::Command::get_name).collect();
    nearest(typed, &verbs).map(str::to_owned)
}

fn refuse(desk: &Desk, trouble: &Trouble) -> Code {
    let code = Code::of_trouble(trouble.kind);
    if trouble.kind == Kind::Closed {
        return code;
    }
    // Machines get what people get, and a run that was refused before it began is one that waits for somebody.
    if desk.global.json {
        let status = if code == Code::Paused { "paused" } else { "refused" };
        let value = serde_json::json!({"status": status, "reason": trouble.what, "hint": trouble.hint});
        let _ = desk.document(&value);
    }
    let _ = ui::out::talk(&format!("{trouble}\n"));
    code
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn every_word_of_the_command_line_holds_together() {
        super::Cli::command().debug_assert();
    }
}
