//! `retake new`.

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use retake_film::local::template;
use retake_film::plan;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::Trouble;

/// Write a plan to start from
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake new \"Why is the sky blue?\"\n  retake new --out sky.yaml \"Why is the sky blue?\""
)]
pub(crate) struct New {
    /// What the film is to be about
    #[arg(value_name = "PROMPT")]
    prompt: String,
    /// Where the plan goes [default: film.yaml, or film-2.yaml and so on]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl New {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let text = text_of(&self.prompt)?;
        let file = match self.out {
            Some(file) => {
                let file = desk.around.folder.join(file);
                write(&file, &text).map_err(|error| {
                    let trouble = Trouble::file("write the plan", &file, &error);
                    if error.kind() == std::io::ErrorKind::AlreadyExists {
                        return Trouble::usage(trouble.what)
                            .hint("name another file with --out: a plan is never overwritten");
                    }
                    trouble
                })?;
                file
            }
            None => first_free(desk, &text)?,
        };
        let shown = file.strip_prefix(&desk.around.folder).unwrap_or(&file).display().to_string();
        if desk.global.json {
            desk.document(&serde_json::json!({"plan": shown}))?;
        } else {
            desk.data(&format!("{shown}\n"))?;
        }
        desk.say(&format!("change it as you like, then `retake run {shown}`"));
        Ok(Code::Complete)
    }
}

/// What stands above every plan that is written.
const HEAD: &str = "# Written by a fixed pattern, which knows no facts: change it as you like.\n\
                    # `retake check` finds mistakes, `retake plan` says what it would make, `retake run` makes it.\n";

/// The plan that is written for a prompt.
fn text_of(prompt: &str) -> Result<String, Trouble> {
    let text = format!("film: {}\n", serde_json::Value::from(prompt.trim()));
    let wrong = |mistakes: plan::Mistakes| Trouble::usage(mistakes.render("the prompt").trim_end());
    let base = plan::read(&text).map_err(wrong)?;
    let plan = template::write(&base.film, &base);
    let text = plan.to_yaml().map_err(|error| Trouble::internal(error.to_string()))?;
    Ok(format!("{HEAD}{text}"))
}

fn write(file: &std::path::Path, text: &str) -> std::io::Result<()> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(file)?.write_all(text.as_bytes())
}

fn first_free(desk: &Desk, text: &str) -> Result<PathBuf, Trouble> {
    let names = std::iter::once("film.yaml".to_owned()).chain((2..1_000).map(|number| format!("film-{number}.yaml")));
    for name in names {
        let file = desk.around.folder.join(name);
        match write(&file, text) {
            Ok(()) => return Ok(file),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Trouble::file("write the plan", &file, &error)),
        }
    }
    Err(Trouble::usage("there are a thousand plans here already").hint("name a file with --out"))
}
