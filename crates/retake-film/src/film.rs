//! The performer of films: the engine's actions in, outputs out.
//!
//! Owns the threads in which steps are made, and what they work with. It must not decide anything: which step is made
//! when, and what becomes of a failure, is the engine's business.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use retake_engine::decide::Look;
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::host::{Line, Performer};
use retake_engine::id::{Key, RunId, TakeId};
use retake_engine::journal::Record;
use retake_engine::performer::{Action, Answer, Outputs, Task};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use crate::artifacts::{self, Artifacts};
use crate::deliver::Keys;
use crate::download::Egress;
use crate::local::voice::Voices;
use crate::media::Tools;
use crate::providers::{Call, Sellers, Unheard, Word};
use crate::recipe::Recipe;
use crate::steps::buy::{self, Came};
pub use crate::steps::hooks::Hooks;
use crate::steps::shop::Shop;
use crate::steps::{self, Job, Kit};

/// How many of those who buy are at the disk at once: more of them would only keep the disk from everybody else.
const AT_DISK: usize = 4;
/// How many threads wait for what is bought.
const WAITERS: usize = 1;
/// The folder of a data directory in which artifacts lie.
pub const ARTIFACTS: &str = "artifacts";

/// Reads the journal of a run.
pub type Journals = Box<dyn Fn(RunId) -> Option<Vec<Record>> + Send + Sync>;

/// What films are made with.
#[derive(Debug, Clone, Default)]
pub struct Means {
    /// The programs that cut and join.
    pub tools: Tools,
    /// The programs that speak.
    pub voices: Voices,
    /// What opens object stores.
    pub stores: Keys,
    /// Who is bought from.
    pub sellers: Sellers,
    /// Private addresses that may be fetched from all the same.
    pub egress: Egress,
    /// Where providers may call, if anybody listens.
    pub hooks: Option<Hooks>,
}

/// Makes films.
pub struct Studio {
    kit: Arc<Kit>,
    journals: Arc<OnceLock<Journals>>,
    /// Where what is bought is waited for.
    runtime: Option<Runtime>,
}

impl Studio {
    /// Opens the artifacts of a data directory; relative folders are seen from `root`.
    ///
    /// # Errors
    ///
    /// When they cannot be opened.
    pub fn open(data: &Path, root: PathBuf, means: Means) -> Result<Self, artifacts::Error> {
        let artifacts = Artifacts::open(&data.join(ARTIFACTS))?;
        let Means { tools, voices, stores, sellers, egress, hooks } = means;
        let runtime =
            Builder::new_multi_thread().worker_threads(WAITERS).thread_name("retake-wait").enable_all().build();
        let runtime = runtime.map_err(|why| artifacts::Error::at("begin to wait beside", data)(why))?;
        let (shop, handle) = (Shop::new(sellers, egress, hooks), runtime.handle().clone());
        let (disk, pen) = (Semaphore::new(AT_DISK), Semaphore::new(1));
        let kit = Kit { artifacts, tools, voices, root, stores, shop, runtime: handle, disk, pen };
        Ok(Self { kit: Arc::new(kit), journals: Arc::default(), runtime: Some(runtime) })
    }

    /// Where outputs are kept.
    #[must_use]
    pub fn artifacts(&self) -> &Artifacts {
        &self.kit.artifacts
    }

    /// Says how journals are read: whoever hosts the runs knows. The first word counts.
    pub fn read_journals_by(&self, journals: Journals) {
        let _ = self.journals.set(journals);
    }

    /// Which take a provider calls about, and what it says.
    ///
    /// # Errors
    ///
    /// Where nobody was told to call there, it is not the provider, or nobody can say.
    pub async fn hear(&self, provider: &str, token: &str, call: Call<'_>) -> Result<(TakeId, Word), Unheard> {
        let shop = &self.kit.shop;
        let take = shop.calls.take(provider, token).ok_or(Unheard::Nobody)?;
        let seller = shop.provider(provider).map_err(Unheard::Unsure)?;
        let word = seller.hear(call).await?;
        shop.calls.called(provider, &take, word.ends);
        Ok((take, word))
    }

    /// Ends every program that is running, for good: what was being made is made again at the next start.
    pub fn stop(&self) {
        self.kit.tools.stop.cut();
    }
}

/// Whether all that was made is still there, by its names alone.
#[must_use]
pub fn holds(artifacts: &Artifacts, outputs: &Outputs) -> bool {
    outputs.artifacts.iter().all(|artifact| artifacts.path(&artifact.hash).is_some())
}

impl fmt::Debug for Studio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Studio").field("kit", &self.kit).finish_non_exhaustive()
    }
}

impl Performer for Studio {
    fn key(&self, look: &Look) -> Key {
        steps::key(look)
    }

    fn holds(&self, outputs: &Outputs) -> bool {
        holds(&self.kit.artifacts, outputs)
    }

    /// Every step has a thread: admission sees to it that no more are made at once than there are cores. What is bought is
    /// waited for together, however much it is.
    fn start(&self, action: Action, line: Line) {
        if !matches!(action.task, Task::Work { .. }) {
            let (kit, journals) = (Arc::clone(&self.kit), Arc::clone(&self.journals));
            let dealt = async move { deal(&kit, &journals, &action, line).await };
            return self.runtime.as_ref().map_or((), |runtime| drop(runtime.spawn(dealt)));
        }
        let (kit, journals) = (Arc::clone(&self.kit), Arc::clone(&self.journals));
        let name = format!("retake-{}", action.take.node.as_str().rsplit('/').next().unwrap_or("step"));
        let name: String = name.chars().take(15).collect();
        // Where no thread can be had, the line is dropped with it, and the action counts as lost.
        let _ = std::thread::Builder::new().name(name).spawn(move || perform(&kit, &journals, &action, line));
    }
}

impl Drop for Studio {
    /// Whatever is being waited for is waited for again at the next start.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn deal(kit: &Arc<Kit>, journals: &Arc<OnceLock<Journals>>, action: &Action, line: Line) {
    match buy::perform(kit, journals, action).await {
        Came::Word(answer) => line.report(answer),
        Came::Goods(delivery) => line.deliver(delivery),
    }
}

fn perform(kit: &Kit, journals: &OnceLock<Journals>, action: &Action, line: Line) {
    let inputs = match &action.task {
        Task::Work { inputs } => inputs,
        Task::Prepare { .. }
        | Task::Submit { .. }
        | Task::Poll { .. }
        | Task::Fetch { .. }
        | Task::Find { .. }
        | Task::Cancel { .. } => return,
    };
    match make(kit, journals, action, inputs) {
        // What we ended ourselves says nothing about the step: it is begun again.
        Answer::Failed(_) if kit.tools.stop.is_cut() => drop(line),
        answer => line.report(answer),
    }
}

fn make(
    kit: &Kit,
    journals: &OnceLock<Journals>,
    action: &Action,
    inputs: &retake_engine::performer::Inputs,
) -> Answer {
    let Some(recipe) = Recipe::read(&action.recipe) else {
        let what = format!("the recipe of `{}` was written by another version", action.take.node);
        let fault = Fault::new(Class::Invalid, Acceptance::No, what);
        return Answer::Failed(fault.hint("run the plan anew: `retake run FILE`").into());
    };
    let run = action.take.run;
    let journal = || journals.get().and_then(|read| read(run));
    let inputs = inputs.iter().map(|(node, outputs)| (node, outputs)).collect();
    let (node, entry) = (&action.take.node, &action.entry);
    let job = Job { kit, node, entry, salt: action.salt, recipe: &recipe, inputs, journal: &journal };
    match steps::work(&job) {
        Ok(delivery) => Answer::Outputs(delivery),
        Err(fell) => Answer::Failed(*fell),
    }
}
