//! `retake new`.

use std::cell::Cell;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use retake_film::local::template;
use retake_film::plan;
use serde_json::{Value, json};

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::go::{Agree, Begun, begin};
use super::run::agree;
use super::show;
use crate::app::{Depth, Kind, Trouble, draft_of, odd};
use crate::door::Door;
use crate::door::wire::Quoted;

/// Write a plan to start from
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake new \"Why is the sky blue?\"\n  retake new --out sky.yaml \"Why is the sky blue?\"\n  retake new --writer gpt-luna \"Why is the sky blue?\""
)]
pub(crate) struct New {
    /// What the film is to be about
    #[arg(value_name = "PROMPT")]
    prompt: String,
    /// Where the plan goes [default: film.yaml, or film-2.yaml and so on]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Have a model write the scenes, or the next one where the first will not; they cost little, and are asked about
    #[arg(long, value_name = "MODEL", value_delimiter = ',')]
    writer: Vec<String>,
    /// Agree to what the writing may cost without being asked
    #[arg(long, short, requires = "writer")]
    yes: bool,
    /// Let the template stand in where a key is missing
    #[arg(long, requires = "writer")]
    allow_fallback: bool,
}

impl New {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        if self.writer.is_empty() { self.by_template(desk) } else { self.by_model(desk) }
    }

    fn by_template(&self, desk: &Desk) -> Outcome {
        let file = put(desk, self.out.as_deref(), &text_of(&self.prompt)?)?;
        let shown = seen(desk, &file);
        if desk.global.json {
            desk.document(&json!({"plan": shown}))?;
        } else {
            desk.data(&format!("{shown}\n"))?;
        }
        desk.say(&format!("change it as you like, then `retake run {shown}`"));
        Ok(Code::Complete)
    }

    /// Has the scenes written, beside a plan that is the prompt alone.
    fn by_model(&self, desk: &Desk) -> Outcome {
        let writer: Vec<&str> = self.writer.iter().map(|name| name.trim()).collect();
        let text = format!("film: {}\nwriter: {}\n", Value::from(self.prompt.trim()), Value::from(writer));
        plan::read(&text).map_err(|mistakes| Trouble::usage(mistakes.render("the prompt").trim_end()))?;
        let file = put(desk, self.out.as_deref(), &text)?;
        let declined = Cell::new(false);
        let agreed = |quote: &Quoted| agree(desk, quote).inspect_err(|_| declined.set(true));
        let begun = self.ask(desk, &file, &agreed);
        let is_refused =
            begun.as_ref().is_err_and(|trouble| matches!(trouble.kind, Kind::Refused | Kind::Usage | Kind::Failed));
        if declined.get() || is_refused || matches!(begun, Ok(None)) {
            // Nothing was begun for it: nothing is left of it.
            let _ = std::fs::remove_file(&file);
        }
        let Some((begun, door)) = begun? else { return self.by_template(desk) };
        let wrote = match begun {
            Begun::Wrote(wrote) => wrote,
            Begun::Ends(code) => return Ok(code),
            Begun::Goes(..) => return Err(odd()),
        };
        door.leave(&mut |_| {})?;
        let (file, scenes) = (seen(desk, &file), seen(desk, &wrote.file));
        if desk.global.json {
            desk.document(&json!({"plan": file, "scenes": scenes, "by": wrote.by, "cost_usd": wrote.spent_usd}))?;
        } else {
            desk.data(&format!("{file}\n"))?;
        }
        desk.say(&format!("change {scenes} as you like, then `retake run {file}`"));
        Ok(Code::Complete)
    }

    /// Has them written; nothing where nobody has to be asked.
    fn ask(&self, desk: &Desk, file: &Path, agreed: Agree<'_>) -> Result<Option<(Begun, Door)>, Trouble> {
        let ground = desk.ground_of(file)?;
        let mut order = desk.order(&ground, file)?;
        (order.allow_fallback, order.agreed) = (self.allow_fallback, self.yes);
        let (plan, draft) = draft_of(&ground, &order, Depth::Look)?;
        if !plan.scenes.is_empty() {
            show::warnings(desk, &draft.warnings);
            return Ok(None);
        }
        let way = desk.way(ground, true);
        let mut door = Door::open(&way)?;
        // The records of the run are no answer to what was asked.
        let begun = begin(desk, &way, &mut door, &mut order, agreed, true)?;
        Ok(Some((begun, door)))
    }
}

/// A path as it is seen from where we are.
fn seen(desk: &Desk, path: &Path) -> String {
    let here = desk.around.folder.canonicalize().unwrap_or_else(|_| desk.around.folder.clone());
    let path = path.strip_prefix(&here).or_else(|_| path.strip_prefix(&desk.around.folder)).unwrap_or(path);
    path.display().to_string()
}

/// Puts a plan where it is wanted, or where there is room.
fn put(desk: &Desk, out: Option<&Path>, text: &str) -> Result<PathBuf, Trouble> {
    let Some(file) = out else { return first_free(desk, text) };
    let file = desk.around.folder.join(file);
    write(&file, text).map_err(|error| {
        let trouble = Trouble::file("write the plan", &file, &error);
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            return Trouble::usage(trouble.what).hint("name another file with --out: a plan is never overwritten");
        }
        trouble
    })?;
    Ok(file)
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

/// Writes a plan where none is, and none was written for one that was there.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if file.with_extension("plan.yaml").exists() {
        return Err(std::io::ErrorKind::AlreadyExists.into());
    }
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
