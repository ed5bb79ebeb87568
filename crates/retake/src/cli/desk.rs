//! What every verb works with: the global flags, what surrounds us, and where words go.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use retake_engine::host::Notice;
use retake_engine::id::{RunId, TakeNo};
use retake_engine::journal::Record;
use serde::Serialize;

use super::exit::Code;
use crate::app::{Films, Ground, Kind, NAME, Project, REHEARSALS, Trouble, beside, odd, whole};
use crate::config::{Config, Surroundings};
use crate::door::wire::{Order, Reply, Request, Which};
use crate::door::{Door, Way};
use crate::ui;

/// How many data directories are looked for.
const BELOW_MAX: usize = 16;

/// What a verb comes to.
pub(crate) type Outcome = Result<Code, Trouble>;

/// Flags that every verb takes, before it or after it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Where runs and what they made are kept [default: the nearest .retake at or above the plan]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A configuration file, instead of the project's retake.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data on stdout, as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say nothing but what went wrong
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Where randomness starts, instead of the plan's seed
    #[arg(long, global = true, value_name = "NUMBER")]
    pub(crate) seed: Option<u32>,
}

/// What a verb works with.
#[derive(Debug)]
pub(crate) struct Desk {
    /// What surrounds us.
    pub(crate) around: Surroundings,
    /// What was said for all verbs.
    pub(crate) global: Global,
    /// The data directory, once one is chosen.
    pub(crate) data: OnceCell<PathBuf>,
}

impl Desk {
    /// Data, for pipes. Somebody who no longer reads ends the command.
    pub(crate) fn data(&self, text: &str) -> Result<(), Trouble> {
        ui::out::data(text).map_err(|error| match error.kind() {
            std::io::ErrorKind::BrokenPipe => Trouble { kind: Kind::Closed, what: String::new(), hint: None },
            _ => Trouble::internal(format!("cannot write to stdout: {error}")),
        })
    }

    /// A JSON document.
    pub(crate) fn document(&self, value: &impl Serialize) -> Result<(), Trouble> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Trouble::internal(error.to_string()))?;
        self.data(&format!("{text}\n"))
    }

    /// Talk, for people who want it.
    pub(crate) fn say(&self, text: &str) {
        if !self.global.quiet {
            let _ = ui::out::talk(&format!("{text}\n"));
        }
    }

    /// The data directory for a folder.
    pub(crate) fn project(&self, folder: &Path) -> Project {
        let named = self.global.data_dir.as_ref().map(|path| self.around.folder.join(path));
        Project::at(folder, named.or_else(|| self.around.data_dir()).as_deref())
    }

    /// What a verb stands on that is about this folder.
    pub(crate) fn ground(&self, folder: &Path) -> Result<Ground, Trouble> {
        let named = self.global.config.as_ref().map(|path| self.around.folder.join(path));
        let config = Config::read(&self.around, folder, named.as_deref());
        let config = config.map_err(|unusable| Trouble::usage(unusable.to_string()))?;
        let project = self.project(folder);
        let _ = self.data.set(project.data.clone());
        Ok(Ground { project, config: Arc::new(config), craft: Arc::<Films>::default() })
    }

    /// How the data directory is opened, by somebody who stays for others or only looks in.
    pub(crate) fn way(&self, ground: Ground, stays: bool) -> Way {
        if stays && let Some(warning) = opened(&ground) {
            self.say(&warning);
        }
        let quiet = self.global.quiet;
        let notice = move |notice: Notice| {
            if !quiet {
                let _ = ui::out::talk(&format!("{}\n", told(notice)));
            }
        };
        Way { ground, runtime: self.around.runtime(), stays, notice: Arc::new(notice) }
    }

    /// The door of the data directory that belongs to where we are. It must be there: a look makes none.
    pub(crate) fn door(&self, stays: bool) -> Result<(Door, Way), Trouble> {
        let here = self.project(&self.around.folder);
        let below = if here.exists() { None } else { self.below()? };
        let ground = self.ground(below.as_deref().unwrap_or(&self.around.folder))?;
        if !ground.project.exists() {
            let what = format!("there is no data directory at or above `{}`", self.around.folder.display());
            let hint = if self.around.folder.join(REHEARSALS).is_dir() {
                format!("only rehearsals were made here: add `--data-dir {REHEARSALS}` to look at them")
            } else {
                "go where the plan is, name one with --data-dir, or `retake run FILE`".to_owned()
            };
            return Err(Trouble::usage(what).hint(hint));
        }
        let way = self.way(ground, stays);
        Ok((Door::open(&way)?, way))
    }

    /// The only folder right below where we are that has a data directory: whoever made a film of `films/a.yaml` from
    /// here means that one.
    fn below(&self) -> Result<Option<PathBuf>, Trouble> {
        if self.global.data_dir.is_some() || self.around.data_dir().is_some() {
            return Ok(None);
        }
        let folders = std::fs::read_dir(&self.around.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut found: Vec<PathBuf> = folders.filter(|folder| folder.join(NAME).is_dir()).take(BELOW_MAX).collect();
        found.sort();
        match &found[..] {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            [one, ..] => {
                let what = "there are several data directories below this folder".to_owned();
                Err(Trouble::usage(what).hint(format!("name one, such as `--data-dir {}`", one.join(NAME).display())))
            }
        }
    }

    /// A path that is seen from a plan, as it is seen from where we are.
    pub(crate) fn seen(&self, plan: Option<&str>, path: &str) -> String {
        let Some(whole) = self.whole(plan, path) else { return path.to_owned() };
        let here = self.around.folder.canonicalize().unwrap_or_else(|_| self.around.folder.clone());
        whole.strip_prefix(&here).unwrap_or(&whole).display().to_string()
    }

    /// A path that is seen from a plan, from the root; nothing where it is no path.
    pub(crate) fn whole(&self, plan: Option<&str>, path: &str) -> Option<PathBuf> {
        beside(&self.data.get()?.parent()?.join(plan?), path)
    }

    /// Asks the owner of the data directory one thing.
    pub(crate) fn ask(&self, request: &Request) -> Result<Reply, Trouble> {
        let (mut door, way) = self.door(false)?;
        door.ask(&way, request)
    }

    /// The journal of a run.
    pub(crate) fn journal(&self, run: Which) -> Result<Vec<Record>, Trouble> {
        match self.ask(&Request::Journal(run))? {
            Reply::Records(records) => Ok(records),
            _ => Err(odd()),
        }
    }

    /// The journal of a run in the data directory that is worked with, whoever owns it by now.
    pub(crate) fn journal_again(&self, run: RunId) -> Result<Vec<Record>, Trouble> {
        let data = self.data.get().cloned().ok_or_else(odd)?;
        let ground = Ground { project: Project { data }, ..self.ground(&self.around.folder)? };
        let way = self.way(ground, false);
        match Door::open(&way)?.ask(&way, &Request::Journal(Some(run.to_string())))? {
            Reply::Records(records) => Ok(records),
            _ => Err(odd()),
        }
    }

    /// A plan as it is ordered.
    pub(crate) fn order(&self, ground: &Ground, file: &Path) -> Result<Order, Trouble> {
        Ok(Order {
            plan: whole(&self.around.folder.join(file))?,
            cap: ground.config.run_cap(),
            seed: self.global.seed,
            until: None,
            allow_fallback: false,
            retry: None,
            agreed: false,
            account: None,
        })
    }

    /// The folder of a plan, and what a verb about it stands on.
    pub(crate) fn ground_of(&self, file: &Path) -> Result<Ground, Trouble> {
        let plan = whole(&self.around.folder.join(file))?;
        self.ground(plan.parent().unwrap_or(&self.around.folder))
    }
}

/// What somebody should know before anything is fetched.
pub(super) fn opened(ground: &Ground) -> Option<String> {
    let opened = ground.config.opened();
    let text = || format!("warning: `egress.allow` lets downloads reach private addresses: {}", opened.join(", "));
    (!opened.is_empty()).then(text)
}

/// What the owner says unasked, for people.
fn told(notice: Notice) -> String {
    match notice {
        Notice::DiskFull => "the disk is full: nothing new is begun until there is room".to_owned(),
        Notice::DiskHasRoom => "there is room on the disk again".to_owned(),
        Notice::Stuck { run, why } => format!("run {run} has not moved for a long time:\n{why}"),
        Notice::Failed(error) => error.to_string(),
    }
}

/// A take as people name it.
pub(crate) fn take_of(text: &str) -> Result<TakeNo, Trouble> {
    text.parse().map_err(|error| Trouble::usage(format!("`{text}`: {error}")).hint("`retake history` shows every take"))
}
