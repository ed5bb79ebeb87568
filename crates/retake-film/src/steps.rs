//! What each step does: from a recipe and what other nodes have made, to outputs.
//!
//! Owns what determines an output, and the order in which makers and media are called. It must not know when a step is
//! tried again, nor what it costs; it is told what to do by the engine's actions alone. Every step may run twice, and
//! may be killed anywhere: what it makes is named by its content, and is whole or not there.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use retake_engine::decide::Look;
use retake_engine::fault::{Acceptance, Class, Fault, Origin};
use retake_engine::id::{EntryId, Hash, Key, NodeId};
use retake_engine::journal::{Record, RunState};
use retake_engine::performer::{Artifact, Delivery, Failure, Outputs};

use crate::artifacts::{self, Artifacts, Workspace};
use crate::deliver::Keys;
use crate::local::voice::Voices;
use crate::media::{self, Canvas, Quality, Tools};
use crate::recipe::{Frame, Recipe, Step};

mod assemble;
pub(crate) mod buy;
pub(crate) mod code;
mod deliver;
mod essence;
pub(crate) mod hooks;
mod image;
mod ingest;
mod join;
mod keep;
mod music;
pub(crate) mod order;
mod pieces;
mod reference;
mod refs;
pub(crate) mod shop;
mod sound;
mod video;
mod voice;

/// The largest small artifact, such as words or a camera's way.
const SMALL_BYTES: u64 = 8 << 20;
/// The role of what a provider said when it handed something over: kept for whoever wants to know.
pub(crate) const ANSWER: &str = "answer";
/// The largest picture.
const PICTURE_BYTES: u64 = 256 << 20;

/// What steps work with.
#[derive(Debug)]
pub(crate) struct Kit {
    pub(crate) artifacts: Artifacts,
    pub(crate) tools: Tools,
    pub(crate) voices: Voices,
    /// The folder in which a film's data lies, and from which relative folders are seen.
    pub(crate) root: PathBuf,
    /// What opens object stores.
    pub(crate) stores: Keys,
    /// Who is bought from.
    pub(crate) shop: shop::Shop,
    /// Where answers from outside are waited for.
    pub(crate) runtime: tokio::runtime::Handle,
    /// Lets some of those who wait for answers to the disk, and no crowd.
    pub(crate) disk: tokio::sync::Semaphore,
    /// Lets one of those who build requests to the disk: what they write is needed only when its turn comes.
    pub(crate) pen: tokio::sync::Semaphore,
}

/// One node about to be made.
pub(crate) struct Job<'j> {
    pub(crate) kit: &'j Kit,
    pub(crate) node: &'j NodeId,
    pub(crate) entry: &'j EntryId,
    /// What a redo added: nothing where there was none.
    pub(crate) salt: u64,
    pub(crate) recipe: &'j Recipe,
    pub(crate) inputs: HashMap<&'j NodeId, &'j Arc<Outputs>>,
    /// The journal of the run so far.
    pub(crate) journal: &'j dyn Fn() -> Option<Vec<Record>>,
}

/// How a step fails: seldom, so it may be large.
pub(crate) type Fell = Box<Failure>;

fn fell(fault: Fault, hint: Option<String>) -> Fell {
    let fault = match hint {
        Some(hint) => fault.hint(hint),
        None => fault,
    };
    Box::new(fault.into())
}

/// What determines the output of a node. A pure function, asked before anything else.
#[must_use]
pub(crate) fn key(look: &Look) -> Key {
    key_of(look, Recipe::read(&look.recipe).as_ref())
}

/// The same where its recipe was read.
#[must_use]
pub(crate) fn key_of(look: &Look, recipe: Option<&Recipe>) -> Key {
    let Some(recipe) = recipe else { return look.key() };
    match essence::of(look, recipe) {
        Some(essence) => {
            let salt = look.salt.to_be_bytes();
            let parts =
                [b"essence", recipe.step.name().as_bytes(), look.entry_identity.as_bytes(), &salt, essence.as_bytes()];
            Key(Hash::of(parts))
        }
        None => look.key(),
    }
}

/// Makes a node.
pub(crate) fn work(job: &Job<'_>) -> Result<Delivery, Fell> {
    match &job.recipe.step {
        Step::Reference(wish) => reference::work(job, wish),
        Step::Voice(wish) => voice::work(job, wish),
        Step::Image(wish) => image::work(job, wish),
        Step::Video(wish) => video::work(job, wish),
        Step::Ingest(wish) => ingest::work(job, wish),
        Step::Join(wish) => join::work(job, wish),
        Step::Music(wish) => music::work(job, wish),
        Step::Code(wish) => code::work(job, wish),
        Step::Sound(wish) => sound::work(job, wish),
        Step::Assemble(wish) => assemble::work(job, wish),
        Step::Deliver(wish) => deliver::work(job, wish),
        Step::Scene | Step::Scenes | Step::Review | Step::Narrator => Err(internal("a gate makes nothing")),
    }
}

impl Frame {
    fn canvas(self) -> Result<Canvas, Fell> {
        Canvas::new(self.width, self.height, self.fps).map_err(|error| failed(&error, Class::Invalid))
    }

    const fn quality(self) -> Quality {
        if self.draft { Quality::Draft } else { Quality::Final }
    }
}

impl Job<'_> {
    /// What a node has made, if it has.
    fn made(&self, node: &NodeId) -> Option<&Arc<Outputs>> {
        self.inputs.get(node).copied()
    }

    /// The same of one that must have.
    fn needed(&self, node: &NodeId) -> Result<&Arc<Outputs>, Fell> {
        self.made(node).ok_or_else(|| internal(format!("`{node}` has made nothing for `{}`", self.node)))
    }

    /// The run as far as it has come, as it was written and as it folds.
    fn state(&self) -> Result<(Vec<Record>, RunState), Fell> {
        let records = (self.journal)().ok_or_else(|| internal("the journal cannot be read"))?;
        let state = RunState::fold(records.iter()).map_err(|why| internal(why.to_string()))?;
        Ok((records, state))
    }

    /// The file of an artifact, whose content was held against its name.
    fn file(&self, hash: &Hash) -> Result<PathBuf, Fell> {
        self.whole(hash, self.kit.artifacts.verify(hash))?;
        self.kit.artifacts.path(hash).ok_or_else(|| lost(hash, "is missing"))
    }

    /// A small artifact.
    fn read(&self, hash: &Hash, most: u64) -> Result<Vec<u8>, Fell> {
        self.whole(hash, self.kit.artifacts.read(hash, most))
    }

    /// What came of a look into an artifact. One that is damaged is taken away: what is lost is made again by the next
    /// run.
    fn whole<T>(&self, hash: &Hash, looked: Result<T, artifacts::Error>) -> Result<T, Fell> {
        looked.map_err(|error| match error {
            artifacts::Error::Missing { .. } => lost(hash, "is missing"),
            artifacts::Error::Damaged { .. } => {
                // Whoever damaged one may have damaged others: all of them are found now, and not one by one.
                let all = self.kit.artifacts.list().unwrap_or_default();
                self.kit.artifacts.take_away_damaged(all.into_iter().map(|listed| listed.hash));
                lost(hash, "was damaged, and is taken away")
            }
            error => stored(&error),
        })
    }

    fn workspace(&self) -> Result<Workspace, Fell> {
        self.kit.artifacts.workspace(self.recipe.step.name()).map_err(|error| stored(&error))
    }

    fn keep(&self, file: &Path) -> Result<Hash, Fell> {
        self.kit.artifacts.move_file(file).map_err(|error| stored(&error))
    }

    fn keep_bytes(&self, bytes: &[u8]) -> Result<Hash, Fell> {
        self.kit.artifacts.put_bytes(bytes).map_err(|error| stored(&error))
    }
}

/// Outputs that are put together.
#[derive(Default)]
struct Made(Outputs);

impl Made {
    fn artifact(mut self, role: &str, hash: Hash) -> Self {
        self.0.artifacts.push(Artifact { role: role.into(), hash });
        self
    }

    fn fact(mut self, name: &str, value: impl Display) -> Self {
        self.0.facts.insert(name.into(), value.to_string().into());
        self
    }

    fn done(self) -> Delivery {
        Delivery { outputs: self.0, charge: None, extension: None }
    }
}

/// The artifact of a role.
fn role(outputs: &Outputs, role: &str) -> Option<Hash> {
    outputs.artifacts.iter().find(|artifact| &*artifact.role == role).map(|artifact| artifact.hash)
}

/// A fact that is a number.
fn number(outputs: &Outputs, fact: &str) -> Option<u64> {
    outputs.facts.get(fact)?.parse().ok()
}

fn internal(why: impl Into<String>) -> Fell {
    fell(Fault::new(Class::Internal, Acceptance::No, why), None)
}

/// A failure of media: what is wrong with the machine can pass, what is wrong with the file cannot.
fn failed(error: &media::Error, of_file: Class) -> Fell {
    let class = match error {
        media::Error::Process(media::process::Error::Missing { .. }) => Class::Invalid,
        media::Error::Process(_) | media::Error::File { .. } => Class::Transient,
        media::Error::Refused(_) | media::Error::Mismatch { .. } | media::Error::Impossible(_) => of_file,
    };
    fell(Fault::new(class, Acceptance::No, error.to_string()), error.hint())
}

/// That a file could not be written: the disk is full, or not ours.
fn unwritten(what: &str, why: &std::io::Error) -> Fell {
    let fault = Fault::new(Class::Transient, Acceptance::No, format!("write {what}: {why}")).from(Origin::Store);
    fell(fault, Some("look after room and rights in the data folder".to_owned()))
}

/// That an artifact is gone: what needs it can only be made once it was made again.
fn lost(hash: &Hash, what: &str) -> Fell {
    let fault = Fault::new(Class::Invalid, Acceptance::No, format!("artifact {hash} {what}"));
    fell(fault.from(Origin::Store), Some("make what is lost again: `retake run FILE`".to_owned()))
}

/// A failure of the store of artifacts.
fn stored(error: &artifacts::Error) -> Fell {
    let class = match error {
        artifacts::Error::Missing { .. } | artifacts::Error::Damaged { .. } | artifacts::Error::Large { .. } => {
            Class::Invalid
        }
        artifacts::Error::Full { .. } | artifacts::Error::Denied { .. } | artifacts::Error::Failed { .. } => {
            Class::Transient
        }
    };
    fell(Fault::new(class, Acceptance::No, error.to_string()).from(Origin::Store), error.hint())
}
