//! The craft that makes films: binds configuration and files to `retake-film`.
//!
//! Reads what a plan names and hashes it. Owns no rule of films.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use retake_engine::host::Host;
use retake_engine::id::{Hash, RunId};
use retake_engine::journal::RunState;
use retake_engine::journal::event::RunSpec;
use retake_engine::money::Money;
use retake_film::artifacts::Artifacts;
use retake_film::catalogue::{Catalogue, Missing, cards};
use retake_film::deliver::slug;
use retake_film::film::{ARTIFACTS, Hooks, Means, Studio, holds};
use retake_film::local::voice::{Speaker, Survey, Voices};
use retake_film::media::Tools;
use retake_film::media::process::{Program, Stop};
use retake_film::plan::{Place, Plan, Profile};
use retake_film::quote;
use retake_film::schedule::{self, Brought, Problem as Found};

use super::Trouble;
use super::craft::{Act, Craft, Crew, Draft, Keyless, Learned, Problem, Recall, Row, Setting, Until};
use super::doctor::{Finding, Health};
use super::models::{Offered, Usable, offered};
use super::registry::Registry;
use super::run::PLAN;
use super::trouble::unkept;
use super::verify::hash_of;
use crate::config::{Config, Local};

/// Below this, a take that nobody can find out about is written off.
const WRITE_OFF: Money = Money::from_cents(5);

/// For how long it is remembered who can speak here: to look starts programs, and a service is asked often.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Makes films.
#[derive(Debug, Default)]
pub(crate) struct Films {
    /// Who could speak, when that was looked for last, and where.
    looked: Mutex<Option<(Instant, Local, Survey)>>,
    /// Whether somebody hears what providers call about.
    listens: bool,
    /// The models as they were put together last: in full and as drafts, with a look at who can speak and without.
    shelves: Mutex<BTreeMap<(bool, bool), Shelf>>,
}

/// The models there are, for as long as these were set and these could speak.
#[derive(Debug)]
struct Shelf {
    config: Arc<Config>,
    survey: Option<Survey>,
    catalogue: Arc<Catalogue>,
}

impl Films {
    /// For whoever hears what providers call about.
    pub(crate) fn listening() -> Self {
        Self { listens: true, ..Self::default() }
    }

    /// The models there are: put together once, for a service is asked often.
    fn shelf(&self, config: &Arc<Config>, survey: Option<Survey>, is_draft: bool) -> Result<Arc<Catalogue>, String> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (is_draft, survey.is_some());
        let is_same = |shelf: &&Shelf| Arc::ptr_eq(&shelf.config, config) && shelf.survey == survey;
        if let Some(shelf) = shelves.get(&key).filter(is_same) {
            return Ok(Arc::clone(&shelf.catalogue));
        }
        let catalogue = Arc::new(catalogue(config, survey.as_ref(), is_draft)?);
        shelves.insert(key, Shelf { config: Arc::clone(config), survey, catalogue: Arc::clone(&catalogue) });
        Ok(catalogue)
    }

    /// Who can speak here.
    #[expect(clippy::disallowed_methods, reason = "how long ago one looked decides nothing of a run")]
    fn survey(&self, config: &Config) -> Survey {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let local = config.local();
        if let Some((_, _, survey)) =
            looked.as_ref().filter(|(at, there, _)| *there == local && at.elapsed() < LOOK_EVERY)
        {
            return survey.clone();
        }
        let survey = voices(config).survey(&Stop::default());
        *looked = Some((Instant::now(), local, survey.clone()));
        survey
    }
}

/// Where providers may call. They do so over the open net, so that nobody else reads what they say; this machine may
/// talk to itself as it likes.
fn hooks(public: &str, data: &Path) -> Result<Hooks, Trouble> {
    let is_own = |rest: &str| {
        let host = rest.split('/').next().unwrap_or_default();
        ["127.0.0.1", "localhost"].contains(&host.split(':').next().unwrap_or_default())
    };
    let is_well = match public.split_once("://") {
        Some(("https", rest)) => !rest.is_empty() && !rest.starts_with('/'),
        Some(("http", rest)) => is_own(rest),
        Some(_) | None => false,
    };
    if !is_well || public.contains(['?', '#', '@', ' ']) {
        let what = format!("`serve.public_url`: no provider can call `{public}`");
        return Err(Trouble::usage(what).hint("write an address that begins with https://, without `?` and `#`"));
    }
    Ok(Hooks::new(public, Registry::open(data)?.hook_key()?))
}

impl Craft for Films {
    fn crew(&self, data: &Path, config: &Config) -> Result<Crew, Trouble> {
        let public = config.public_url().filter(|_| self.listens && !config.is_rehearsal());
        let means = Means {
            hooks: public.map(|public| hooks(public, data)).transpose()?,
            tools: tools(config),
            voices: voices(config),
            stores: config.stores.clone(),
            sellers: config.sellers().map_err(Trouble::usage)?,
            egress: config.egress().map_err(Trouble::usage)?,
        };
        let root = data.parent().unwrap_or(data).to_owned();
        let studio = Arc::new(Studio::open(data, root, means).map_err(unkept)?);
        let (reader, ender) = (Arc::clone(&studio), Arc::clone(&studio));
        let attach = move |host: Weak<Host>| {
            reader.read_journals_by(Box::new(move |run| host.upgrade()?.journal_up_to_now(run).ok()));
        };
        let (performer, stop) = (Arc::clone(&studio), move || ender.stop());
        Ok(Crew { performer, attach: Box::new(attach), stop: Box::new(stop), studio: Some(studio) })
    }

    fn schedule(&self, plan: &Plan, setting: &Setting) -> Result<Draft, Vec<Problem>> {
        let files = brought(plan, setting.plan.parent().unwrap_or(Path::new(".")))?;
        let mut about = setting.about.clone();
        about.insert("film".into(), plan.film.as_str().into());
        // Relative to where the data directory stands, as the film's name is.
        let base = about.get(PLAN).map_or(Path::new(""), |name| Path::new(&**name).parent().unwrap_or(Path::new("")));
        let base = base.to_string_lossy().into_owned();
        let config = &setting.config;
        let survey = setting.looks.then(|| self.survey(config));
        let is_draft = plan.profile == Some(Profile::Draft);
        let catalogue = self.shelf(config, survey, is_draft).map_err(|why| vec![unlisted(why)])?;
        let setting = schedule::Setting {
            catalogue: &catalogue,
            files: &files,
            // Plans of one folder have names of their own; their titles may be the same.
            name: &slug(&setting.plan.file_stem().unwrap_or_default().to_string_lossy()),
            base: &base,
            about,
            cap: setting.cap,
            account: setting.account.clone(),
            write_off_limit: WRITE_OFF,
            policies: setting.policies.clone(),
            seed: setting.seed,
            until: setting.until.map(|until| match until {
                Until::Voice => schedule::Until::Voice,
                Until::Storyboard => schedule::Until::Storyboard,
            }),
            allow_fallback: setting.allow_fallback,
        };
        let told_all = |problems: Vec<Found>| problems.into_iter().map(told).collect::<Vec<_>>();
        let schedule = if plan.scenes.is_empty() { schedule::writing } else { schedule::schedule };
        let blueprint = Arc::new(schedule(plan, &setting).map_err(told_all)?);
        Ok(Draft {
            spec: blueprint.spec(RunId::default(), None, BTreeMap::new()),
            warnings: told_all(blueprint.warnings.clone()),
            keyless: blueprint.keyless.iter().cloned().map(keyless).collect(),
            looks_where: {
                let blueprint = Arc::clone(&blueprint);
                Box::new(move |spec| blueprint.looks_where(spec))
            },
            is_same: Box::new(move |spec| blueprint.is_same(spec)),
        })
    }

    fn bring(&self, plan: &Plan, folder: &Path, data: &Path) -> Result<(), Trouble> {
        let mut places = plan.places().peekable();
        if places.peek().is_none() {
            return Ok(());
        }
        let artifacts = Artifacts::open(&data.join(ARTIFACTS)).map_err(unkept)?;
        for place in places {
            match place {
                Place::File(name) => drop(artifacts.put_file(&folder.join(name)).map_err(unkept)?),
                Place::Artifact(hash) if hash.parse().is_ok_and(|hash| artifacts.path(&hash).is_none()) => {
                    let trouble = Trouble::usage(format!("`{place}` is not among what is stored here"));
                    return Err(trouble.hint("upload it again, or write a path or an address"));
                }
                Place::Artifact(_) | Place::Url(_) => {}
            }
        }
        Ok(())
    }

    fn quote(&self, spec: &RunSpec, recall: Recall<'_>, learned: Learned<'_>) -> Vec<Row> {
        let row = |row: quote::Row| Row {
            node: row.node.to_string(),
            scene: row.scene,
            step: row.shot.map_or_else(|| row.step.to_owned(), |shot| format!("{} {shot}", row.step)),
            fate: if row.fate == quote::Fate::Reuse { Act::Reuse } else { Act::Make },
            model: row.model,
            lasts_ms: row.lasts_ms,
            expected_usd: row.expected,
            worst_usd: row.worst,
        };
        quote::rows(spec, &|key| recall(&spec.account, key), learned).into_iter().map(row).collect()
    }

    fn examine(&self, config: &Config) -> Vec<Finding> {
        examine(config)
    }

    fn models(&self, config: &Config) -> Result<Vec<Offered>, Trouble> {
        offered(config)
    }

    fn usable(&self, config: &Arc<Config>) -> Vec<Usable> {
        // To look who can speak takes programs and time: who was there last time is there now.
        let looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let survey = looked.as_ref().map_or(Survey { speakers: Vec::new() }, |(_, _, last)| last.clone());
        drop(looked);
        let Ok(catalogue) = self.shelf(config, Some(survey), config.is_draft()) else { return Vec::new() };
        catalogue.models().iter().map(Usable::of).collect()
    }

    fn is_delivered(&self, state: &RunState, home: &Path) -> bool {
        let goal = state.graph().find(&state.spec().goal).and_then(|ix| state.nodes()[ix].outputs());
        let fact = |name: &str| goal.and_then(|outputs| outputs.facts.get(name));
        let (Some(path), Some(hash)) = (fact("path"), fact("sha256")) else { return false };
        // Whether it still lies in an object store costs a request to find out: nobody asked for that.
        if path.contains("://") {
            return true;
        }
        let plan = state.spec().about.get(PLAN).map(|plan| home.join(&**plan));
        let folder = plan.as_deref().and_then(Path::parent).unwrap_or(home);
        let manifest = fact("manifest").map(|path| std::fs::read(folder.join(&**path)));
        let says =
            |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).is_ok_and(|said| said["sha256"] == **hash);
        manifest.is_none_or(|read| read.is_ok_and(|text| says(&text)))
            && hash_of(&folder.join(&**path)).is_ok_and(|found| found.to_string() == **hash)
    }

    fn sweep(&self, state: &RunState, data: &Path) {
        let Ok(artifacts) = Artifacts::open(&data.join(ARTIFACTS)) else { return };
        let made = state.nodes().iter().filter_map(|node| node.outputs()).flat_map(|outputs| &outputs.artifacts);
        let hashes: BTreeSet<Hash> = made.map(|artifact| artifact.hash).collect();
        artifacts.take_away_damaged(hashes);
    }

    fn is_whole(&self, state: &RunState, data: &Path) -> bool {
        let Ok(artifacts) = Artifacts::open(&data.join(ARTIFACTS)) else { return true };
        state.nodes().iter().filter_map(|node| node.outputs()).all(|outputs| holds(&artifacts, outputs))
    }
}

/// The programs that speak, as the configuration has them.
pub(super) fn voices(config: &Config) -> Voices {
    let Local { python, flite, espeak, .. } = config.local();
    let mut voices = Voices::default();
    let set = |program: &mut Program, path: Option<PathBuf>| {
        if let Some(path) = path {
            program.path = path;
        }
    };
    set(&mut voices.python, python);
    set(&mut voices.flite, flite);
    set(&mut voices.espeak, espeak);
    voices
}

/// The programs that cut and join, as the configuration has them.
pub(crate) fn tools(config: &Config) -> Tools {
    let Local { ffmpeg, ffprobe, .. } = config.local();
    let mut tools = Tools::default();
    tools.ffmpeg.path = ffmpeg.unwrap_or(tools.ffmpeg.path);
    tools.ffprobe.path = ffprobe.unwrap_or(tools.ffprobe.path);
    tools
}

/// The models there are; whoever cannot make anything here is said to be missing where that was looked for.
pub(super) fn catalogue(config: &Config, survey: Option<&Survey>, is_draft: bool) -> Result<Catalogue, String> {
    let cards = cards(&config.models(), is_draft).map_err(|flaws| {
        let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
        told.join("\n")
    })?;
    let own = Catalogue::local(|name| {
        let speaker = Speaker::named(name)?;
        let (_, state) = survey?.speakers.iter().find(|(other, _)| *other == speaker)?;
        let lack = state.as_ref().err()?;
        Some(Missing { why: lack.reason.clone(), hint: lack.hint.clone(), is_key: false })
    });
    let all = own.with(&cards, &config.sellers()?);
    Ok(if survey.is_some() { all } else { all.all_there() })
}

/// That the installation's own list of models cannot be used.
fn unlisted(why: String) -> Problem {
    Problem {
        scene: None,
        what: why,
        why: "the models of an installation are part of every plan".into(),
        hint: Some("correct it in retake.toml".into()),
    }
}

/// Every voice, the one that will speak first of all, and why the others will not.
pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let survey = voices(config).survey(&Stop::default());
    let best = survey.best();
    let finding = |(speaker, state): &(Speaker, Result<(), retake_film::local::voice::Lack>)| {
        let what = format!("voice {speaker}");
        match state {
            Ok(()) if best == Some(*speaker) => Finding::ok(what, "speaks English, where a plan names no other voice"),
            Ok(()) => Finding::ok(what, "can speak; a plan has to name it"),
            Err(lack) if best.is_some() => Finding::ill(Health::Warn, what, &lack.reason, &lack.hint),
            Err(lack) => Finding::ill(Health::Missing, what, &lack.reason, &lack.hint),
        }
    };
    survey.speakers.iter().map(finding).chain([Finding::ok("fonts", "shipped with retake")]).collect()
}

/// The user's files that a plan names, as they are now; and those that cannot be read.
pub(super) fn brought(plan: &Plan, folder: &Path) -> Result<BTreeMap<Place, Brought>, Vec<Problem>> {
    let (mut files, mut problems) = (BTreeMap::new(), Vec::new());
    for place in plan.places() {
        let Place::File(name) = place else { continue };
        if files.contains_key(place) {
            continue;
        }
        match hash_of(&folder.join(name)) {
            Ok(hash) => drop(files.insert(place.clone(), Brought { hash, name: name.clone() })),
            Err(trouble) => problems.push(Problem {
                scene: None,
                what: trouble.what,
                why: "what a plan names is relative to its folder, and has to be there".into(),
                hint: Some("put it there, or correct its name".into()),
            }),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

fn keyless(found: schedule::Keyless) -> Keyless {
    Keyless { model: found.model, problem: told(found.problem) }
}

/// A problem as the use cases have it.
pub(super) fn told(found: Found) -> Problem {
    let Found { scene, what, why, hint } = found;
    Problem { scene, what, why, hint: Some(hint).filter(|hint| !hint.is_empty()) }
}
