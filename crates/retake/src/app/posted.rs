//! Plans that come in without a folder: from people who see no file of this machine, and may name none.
//!
//! Owns what such a plan may name, and where it lies. Each that is made is a film of its own. Its words are written down
//! with its run; they are laid out as a file once somebody wants to read or change them there.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use retake_engine::graph::Quote;
use retake_engine::id::{AccountId, Hash, RunId};
use retake_engine::journal::Event;
use retake_engine::journal::event::RunSpec;
use retake_engine::money::Money;
use retake_engine::store::{Created, Once};
use retake_film::deliver::slug;
use retake_film::plan::{self, Goal, Mistakes, Place, Plan};
use serde::{Deserialize, Serialize};

use super::craft::{Depth, Recall, Until};
use super::run::{draft_read, keyless_of, quote_of, refused};
use super::{App, Draft, Ground, Trouble, new_run};
use crate::config::Config;
use crate::door::wire::{Order, Quoted};

/// Where such plans lie, below the data directory.
const POSTED: &str = "posted";
/// The key under which a run says how its plan was sent to be made, where that was said.
const ASKED: &str = "asked";
/// How many digits of a hash tell plans apart that came as words.
const MARK: usize = 32;

/// A plan that somebody sent, and how it is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    /// The plan, as YAML or JSON.
    pub(crate) plan: Vec<u8>,
    /// Whose money it is.
    pub(crate) account: AccountId,
    /// Where its randomness starts, if that was said.
    pub(crate) seed: Option<u32>,
    /// After which stage somebody wants to look.
    pub(crate) until: Option<Until>,
    /// Whether local makers may stand in where a key is missing.
    pub(crate) allow_fallback: bool,
    /// How patiently steps are tried, over what the plan says: as its `retry`.
    pub(crate) retry: Option<String>,
    /// The wish that it be made once.
    pub(crate) once: Option<Once>,
}

/// How a plan was sent to be made: what its run goes by and its text does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// After which stage somebody wants to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<Until>,
    /// Whether local makers may stand in where a key is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) allow_fallback: bool,
    /// How patiently steps are tried, over what the plan says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry: Option<String>,
}

impl Asked {
    fn of(post: &Post) -> Self {
        Self { until: post.until, allow_fallback: post.allow_fallback, retry: post.retry.clone() }
    }

    /// What a run was asked for.
    pub(super) fn by(spec: &RunSpec) -> Self {
        spec.about.get(ASKED).and_then(|said| serde_json::from_str(said).ok()).unwrap_or_default()
    }

    /// As a run says it.
    pub(super) fn told(&self) -> Option<(Arc<str>, Arc<str>)> {
        let said = serde_json::to_string(self).ok().filter(|_| *self != Self::default())?;
        Some((ASKED.into(), said.into()))
    }

    /// The run without it, as its plan alone would have it.
    pub(super) fn less(mut spec: RunSpec) -> RunSpec {
        spec.about.remove(ASKED);
        spec
    }
}

/// What a plan that was sent has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// Its run.
    pub(crate) run: RunId,
    /// Whether the same was sent before, and has its run.
    pub(crate) again: bool,
    /// What its writer should know.
    pub(crate) warnings: Vec<super::Problem>,
}

/// Whether something stored belongs to whoever sends a plan.
pub(crate) type Owns<'a> = &'a dyn Fn(&Hash) -> Result<bool, Trouble>;

/// Why a plan is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Declined {
    /// It is no plan, and this is why, line by line.
    Mistaken(Mistakes),
    /// It is one, and is refused.
    Refused(Trouble),
}

impl From<Trouble> for Declined {
    fn from(trouble: Trouble) -> Self {
        Self::Refused(trouble)
    }
}

/// A plan that lies in a folder of its own, which goes with it unless it is kept.
struct Laid {
    file: PathBuf,
    kept: bool,
}

impl Laid {
    fn new(file: &Path, text: &[u8]) -> Result<Self, Trouble> {
        let laid = Self { file: file.to_owned(), kept: false };
        lay(file, text)?;
        Ok(laid)
    }
}

/// Lays a plan out, whole or not at all.
fn lay(file: &Path, text: &[u8]) -> Result<(), Trouble> {
    let failed = |error: std::io::Error| Trouble::file("keep the plan", file, &error);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    replace(file, text).map_err(failed)
}

/// The new text under the old name, all of it or nothing.
pub(super) fn replace(file: &Path, text: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let part = file.with_extension("yaml.part");
    let mut out = std::fs::File::create(&part)?;
    out.write_all(text)?;
    out.sync_all()?;
    std::fs::rename(&part, file)
}

/// Where a plan lies that came without a folder.
fn file_of(data: &Path, mark: &str, plan: &Plan) -> PathBuf {
    let name = slug(&plan.film);
    data.join(POSTED).join(mark).join(format!("{}.yaml", if name.is_empty() { "film" } else { &name }))
}

impl Drop for Laid {
    fn drop(&mut self) {
        if let Some(folder) = self.file.parent().filter(|_| !self.kept) {
            // What is left of it harms nobody: no run names it.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

impl Ground {
    /// Whether a plan came without a folder.
    pub(super) fn is_posted(&self, file: &Path) -> bool {
        file.starts_with(self.project.data.join(POSTED))
    }
}

impl App {
    /// Begins the film of a plan that was sent, if there is room for another.
    pub(crate) fn post(&self, post: &Post, owns: Owns<'_>) -> Result<Accepted, Declined> {
        let is_met = self.is_met(&post.account, post.once.as_ref())?;
        let _place = if is_met { None } else { Some(self.places(1)?) };
        self.begin(post, owns)
    }

    /// Begins the film of a plan that was sent, for which there is room.
    pub(super) fn begin(&self, post: &Post, owns: Owns<'_>) -> Result<Accepted, Declined> {
        let run = new_run();
        let (order, plan) = self.read(run, post, owns)?;
        // What a model writes for a plan is laid beside it.
        let mut laid = plan.scenes.is_empty().then(|| Laid::new(&order.plan, &post.plan)).transpose()?;
        let (plan, draft) = draft_read(&self.ground, &order, plan, Depth::Make)?;
        let quote = self.quote_sent(&plan, &draft)?;
        refused(&self.ground, &order.plan, keyless_of(&draft, &quote.rows))?;
        let mut spec = draft.spec;
        spec.about.extend(Asked::of(post).told());
        spec.id = run;
        spec.source = std::str::from_utf8(&post.plan).ok().filter(|_| laid.is_none()).map(Arc::from);
        spec.quote = Quote { expected: quote.expected_usd, worst: quote.worst_usd };
        let _brought = self.bringing.begin();
        self.ground.craft.bring(&plan, order.plan.parent().unwrap_or(Path::new(".")), self.data())?;
        let mut made = run;
        self.take_on_new(|| {
            let created = self.host.create(spec, post.once.clone()).map_err(Trouble::from)?;
            if let Created::Before(before) = created {
                made = before;
            }
            Ok(made)
        })?;
        if let Some(laid) = &mut laid {
            laid.kept = made == run;
        }
        Ok(Accepted { run: made, again: made != run, warnings: draft.warnings })
    }

    /// What making the film of a plan that was sent would do and cost.
    pub(crate) fn quote_post(&self, post: &Post, owns: Owns<'_>) -> Result<Quoted, Declined> {
        let (order, plan) = self.read(new_run(), post, owns)?;
        let (plan, draft) = draft_read(&self.ground, &order, plan, Depth::Look)?;
        Ok(self.quote_sent(&plan, &draft)?)
    }

    /// Lays the file of a plan out that was sent, where nobody has wanted to read or change it there yet.
    pub(super) fn lay_out(&self, file: &Path) -> Result<(), Trouble> {
        if !self.ground.is_posted(file) || file.exists() {
            return Ok(());
        }
        let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        let Some(run) = folder.and_then(|name| name.parse().ok()).map(RunId) else { return Ok(()) };
        // Of two who want it at once, the second finds it there.
        let _one = self.laying.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self.host.journal(run)?.into_iter().next();
        let Some(Event::Created { run }) = first.map(|record| record.event) else { return Ok(()) };
        run.source.filter(|_| !file.exists()).map_or(Ok(()), |text| lay(file, text.as_bytes()))
    }

    fn read(&self, run: RunId, post: &Post, owns: Owns<'_>) -> Result<(Order, Plan), Declined> {
        let plan = plan::read_bytes(&post.plan).map_err(Declined::Mistaken)?;
        allows(&self.ground.config, &plan, owns)?;
        let order = Order {
            plan: file_of(self.data(), &run.to_string(), &plan),
            cap: self.ground.config.run_cap(),
            seed: post.seed,
            until: post.until,
            allow_fallback: post.allow_fallback,
            retry: post.retry.clone(),
            agreed: true,
            account: Some(post.account.clone()),
        };
        Ok((order, plan))
    }

    fn quote_sent(&self, plan: &Plan, draft: &Draft) -> Result<Quoted, Trouble> {
        let recall: Recall<'_> = &|account, key| self.host.recall(account, key).ok().flatten();
        Ok(quote_of(&self.ground, plan, draft, Money::ZERO, recall, &*self.lessons(&draft.spec)?))
    }
}

/// Whether a plan names only what somebody without a folder may name.
pub(super) fn allows(config: &Config, plan: &Plan, owns: Owns<'_>) -> Result<(), Trouble> {
    for place in plan.places() {
        if let Place::File(name) = place {
            let what = format!("`{name}`: a plan that is sent cannot name files of the server");
            return Err(
                Trouble::usage(what).hint("upload it with POST /api/files and write the `artifact:…` of the answer")
            );
        }
    }
    for place in plan.places() {
        if let Place::Artifact(hash) = place
            && !hash.parse().is_ok_and(|hash| owns(&hash).unwrap_or(false))
        {
            return Err(Trouble::usage(format!("`{place}` is not among what you have sent"))
                .hint("POST /api/files takes it, and answers with what to write"));
        }
    }
    let goal = match &plan.deliver {
        None => return Ok(()),
        Some(Goal::Folder(goal) | Goal::Store(goal)) => goal,
    };
    let allowed = config.deliver_allowed();
    let is_below = |allowed: &str| {
        goal.strip_prefix(allowed)
            .is_some_and(|rest| allowed.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
    };
    if !goal.contains("..") && allowed.iter().any(|allowed| is_below(allowed)) {
        return Ok(());
    }
    let what = format!("`deliver: {goal}`: this server does not deliver there");
    let hint = match allowed.first() {
        Some(first) => {
            format!("it delivers below {first}; or leave `deliver` out and fetch the film from /api/runs/RUN/film")
        }
        None => "leave `deliver` out and fetch the film from /api/runs/RUN/film".to_owned(),
    };
    Err(Trouble::usage(what).hint(hint))
}

/// Lays a plan down that came as words, and says where: the same words come to the same film. They name no file of this
/// machine, and all that is stored belongs to the only person there is.
pub(crate) fn lay_text(ground: &Ground, words: &str) -> Result<PathBuf, Trouble> {
    let mistaken = |mistakes: Mistakes| Trouble::usage(mistakes.render("the plan").trim_end());
    let plan = plan::read_bytes(words.as_bytes()).map_err(mistaken)?;
    allows(&ground.config, &plan, &|_| Ok(true)).map_err(|trouble| {
        Trouble::hint(trouble, "keep the plan in a file of the working folder, and name that file")
    })?;
    ground.project.make()?;
    let mark = Hash::of([words.as_bytes()]).to_string();
    let file = file_of(&ground.project.data, &mark[..MARK], &plan);
    lay(&file, words.as_bytes())?;
    Ok(file)
}
