//! What `make film` shows until there is a film: a run of the real engine against providers that misbehave.
//!
//! Time and providers are simulated, decisions are not. What goes well is told in one line, trouble in full.

mod paint;
mod report;
mod story;

use std::io::Write;
use std::process::ExitCode;

use paint::{Colour, Tone};
use report::Report;
use retake_engine::journal::RunState;
use retake_engine::sim::{Host, Scenario};

const TITLE: &str = "retake: a small film, and everything that goes wrong on the way";
const INTRODUCTION: &str = "\
The engine, its decisions and its journal are real. Time is virtual; the providers are simulated and
misbehave. A take is one attempt: the most it can cost is reserved before it is sent. What goes well
takes one line. The promise: nothing is lost, nothing is paid twice, the cap holds.
";

fn main() -> ExitCode {
    let colour = Colour::of_terminal();
    let (text, broken) = demonstration(colour);
    let shown = std::io::stdout().write_all(text.as_bytes());
    // Whoever closes the pipe has seen enough.
    let unseen = shown.is_err_and(|error| error.kind() != std::io::ErrorKind::BrokenPipe);
    if broken || unseen { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// All that is shown, and whether a promise was broken.
fn demonstration(colour: Colour) -> (String, bool) {
    let mut text = format!("{}\n\n{INTRODUCTION}\n", colour.paint(Tone::Bold, TITLE));
    let (verdict, story) = Host::new(Scenario::demonstration()).tell_story();
    let journal = verdict.journals.first().map_or(&[][..], Vec::as_slice);
    let (Ok(state), Some(first)) = (RunState::fold(journal), journal.first()) else {
        let why = verdict.broken.as_deref().unwrap_or("the journal does not fold");
        return (format!("{text}{}\n", colour.paint(Tone::Bad, why)), true);
    };
    for row in story::tell(&state, first.at, &story) {
        text.push_str(&row.shown(colour));
        text.push('\n');
    }
    let report = Report::new(&verdict, &story, &state, journal);
    (format!("{text}\n{}\n", report.shown(colour)), report.broken().is_some())
}
