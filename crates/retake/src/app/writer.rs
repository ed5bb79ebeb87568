//! A plan that is a prompt alone: its scenes are written, and lie beside it where they can be changed.
//!
//! Owns where they lie, for which prompt and writer they were written, and when they count. A model writes them in a run
//! of its own; where nobody has to be asked, the template does it here. Never touches the user's own file.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use retake_engine::graph::Maker;
use retake_engine::id::{Hash, RunId};
use retake_engine::journal::event::{Ending, RunSpec};
use retake_engine::journal::state::{Status, Summary};
use retake_engine::money::Money;
use retake_engine::store::Listed;
use retake_film::artifacts::Artifacts;
use retake_film::film::ARTIFACTS;
use retake_film::local::template;
use retake_film::plan::limits::PLAN_BYTES_MAX;
use retake_film::plan::{self, Kind, Plan, Shot};
use retake_film::recipe;

use super::craft::Depth;
use super::posted::Asked;
use super::run::{PLAN, plan_of};
use super::{App, Ground, Problem, Trouble, odd};
use crate::door::wire::{How, Order, Reply, Told, Wrote};

/// The key under which a run says that it writes, and for what.
pub(crate) const WRITES: &str = "writes";
/// The key under which a film's run says for what its scenes were written.
pub(super) const WRITTEN: &str = "written";

/// How many digits of a hash tell prompts and their writers apart.
const MARK: usize = 16;
/// What stands before them in a file.
const MARKED: &str = "# mark: ";

/// What a plan comes to before it is scheduled.
#[derive(Debug)]
pub(super) enum Scenes {
    /// It has scenes: its own, or those that were written for it, which this says.
    There(Box<Plan>, Option<String>),
    /// Somebody is to be asked for them.
    Wanted(Box<Plan>, String),
}

/// Where scenes lie that were written for a plan.
#[derive(Debug)]
pub(super) struct Beside {
    /// Beside the plan.
    file: PathBuf,
    /// In a rehearsal, out of the way: nothing of it is used in a real film.
    rehearsed: Option<PathBuf>,
}

impl Beside {
    pub(super) fn of(ground: &Ground, plan: &Path) -> Self {
        let file = plan.with_extension("plan.yaml");
        let name = file.file_name().map(PathBuf::from).unwrap_or_default();
        let rehearsed = ground.config.is_rehearsal().then(|| ground.project.data.join(name));
        Self { file, rehearsed }
    }

    /// Where what was written lies: where it was rehearsed, if it was.
    pub(super) fn there(&self) -> &Path {
        self.rehearsed.as_deref().filter(|file| file.exists()).unwrap_or(&self.file)
    }

    /// Where a model's plan is laid.
    fn goal(&self) -> &Path {
        self.rehearsed.as_ref().unwrap_or(&self.file)
    }
}

/// The plan with scenes, as far as nobody has to be asked for them. What was written for the same prompt before is used,
/// changed or not; what is written now is kept where that is wanted.
pub(super) fn scenes(plan: Plan, beside: &Beside, keep: bool) -> Result<Scenes, Trouble> {
    if !plan.scenes.is_empty() {
        return Ok(Scenes::There(plan.into(), None));
    }
    let Some(mark) = mark(&plan) else {
        return by_template(&plan, beside, keep).map(|plan| Scenes::There(plan.into(), None));
    };
    for file in beside.rehearsed.iter().chain([&beside.file]) {
        if let Some(there) = laid(file, &mark)? {
            return Ok(Scenes::There(plan.with_written(there).into(), Some(mark)));
        }
    }
    Ok(Scenes::Wanted(plan.into(), mark))
}

/// For what a plan's scenes are written; nothing where it has its own, or names nobody who would have to be asked.
fn mark(plan: &Plan) -> Option<String> {
    let route = plan.choices.writer.as_ref().map(|route| &route.0).filter(|_| plan.scenes.is_empty())?;
    if route.first().is_none_or(|first| first == template::LABEL) {
        return None;
    }
    let parts = [plan.film.as_str()].into_iter().chain(route.iter().map(String::as_str)).map(str::as_bytes);
    Some(Hash::of(parts).to_string()[..MARK].to_owned())
}

/// What was laid there for this mark.
fn laid(file: &Path, mark: &str) -> Result<Option<Plan>, Trouble> {
    let Ok(bytes) = std::fs::read(file) else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes);
    let Some(theirs) = text.lines().find_map(|line| line.strip_prefix(MARKED)) else {
        // The template says no mark, and is done anew for nothing. What a person made of a text is not overwritten.
        if text.starts_with(TEMPLATE_NOTE) {
            return Ok(None);
        }
        let what = format!("`{}` does not say for which prompt it was written", file.display());
        let hint = format!("write `{MARKED}{mark}` into it to use it, or move it away to have it written anew");
        return Err(Trouble::usage(what).hint(hint));
    };
    if theirs.trim() != mark {
        return Ok(None);
    }
    read(file, &bytes).map(Some)
}

fn read(file: &Path, bytes: &[u8]) -> Result<Plan, Trouble> {
    plan::read_bytes(bytes).map_err(|mistakes| Trouble::usage(mistakes.render(&file.display().to_string()).trim_end()))
}

const TEMPLATE_NOTE: &str = "# Written by retake for the prompt in the plan beside this. Change it as you like: it is used until\n\
                             # the prompt changes.\n";

/// The plan with the scenes that need no model.
pub(super) fn by_template(plan: &Plan, beside: &Beside, keep: bool) -> Result<Plan, Trouble> {
    let fresh = template::write(&plan.film, plan);
    if let Ok(bytes) = std::fs::read(&beside.file) {
        let there = read(&beside.file, &bytes)?;
        if there.film == fresh.film {
            return Ok(Plan { scenes: there.scenes, ..fresh });
        }
    }
    if keep {
        write(&beside.file, TEMPLATE_NOTE, &fresh)?;
    }
    Ok(fresh)
}

/// Writes a plan down, whole or not at all. What lay there for another prompt is put aside, once.
fn write(file: &Path, note: &str, plan: &Plan) -> Result<(), Trouble> {
    let text = plan.to_yaml().map_err(|error| Trouble::internal(error.to_string()))?;
    let failed = |error: std::io::Error| Trouble::file("write the scenes", file, &error);
    let fresh = file.with_extension("yaml.new");
    std::fs::write(&fresh, format!("{note}{text}")).map_err(failed)?;
    if file.exists() {
        std::fs::rename(file, file.with_extension("old.yaml")).map_err(failed)?;
    }
    std::fs::rename(&fresh, file).map_err(failed)
}

/// Whether somebody has to be asked: the first who can write is no maker of our own.
pub(super) fn is_asked(spec: &RunSpec) -> bool {
    let first = spec.nodes.iter().find(|node| node.id == spec.goal).and_then(|node| node.route.first());
    let entry = first.and_then(|name| spec.entries.get(name));
    entry.is_some_and(|entry| matches!(entry.maker, Maker::Paid(_)))
}

/// Whether a run writes.
pub(super) fn is_writing(listed: &Listed) -> bool {
    listed.summary.as_ref().is_some_and(|summary| summary.about.contains_key(WRITES))
}

fn plan_name(listed: &Listed) -> Option<&str> {
    listed.summary.as_ref()?.about.get(PLAN).map(|name| &**name)
}

/// Whether a run makes the film of a plan after another of the same has made it, or has written its scenes.
fn comes_after(one: &Listed, other: &Listed) -> bool {
    let is_of_same = one.account == other.account && plan_name(one) == plan_name(other);
    one.run > other.run && is_of_same && !is_writing(one)
}

/// What a run has cost.
pub(super) fn cost(listed: &Listed) -> Money {
    listed.summary.as_ref().map_or(Money::ZERO, |summary| summary.settled.plus(summary.written_off))
}

impl App {
    /// The newest run that wrote for this mark.
    fn writer_of(&self, order: &Order, mark: &str) -> Result<Option<Listed>, Trouble> {
        let name = self.ground.project.name_of(&order.plan);
        let is_it = |listed: &Listed| {
            let about = listed.summary.as_ref().map(|summary| &summary.about);
            let says =
                |key: &str, what: &str| about.and_then(|about| about.get(key)).is_some_and(|said| **said == *what);
            says(PLAN, &name) && says(WRITES, mark)
        };
        Ok(self.host.list()?.into_iter().rfind(is_it))
    }

    /// What it cost to write a film's scenes.
    pub(super) fn writing_cost(&self, order: &Order, spec: &RunSpec) -> Result<Money, Trouble> {
        let Some(mark) = spec.about.get(WRITTEN) else { return Ok(Money::ZERO) };
        Ok(self.writer_of(order, mark)?.as_ref().map_or(Money::ZERO, cost))
    }

    /// Whether a run is of a plan that was sent.
    pub(crate) fn is_sent(&self, run: RunId) -> Result<bool, Trouble> {
        let (spec, _) = self.state(run)?;
        Ok(spec.about.get(PLAN).is_some_and(|plan| self.ground.is_posted(&self.home().join(&**plan))))
    }

    /// The runs that have written the scenes of a plan of which there is no film yet.
    pub(crate) fn written(&self) -> Result<Vec<RunId>, Trouble> {
        let listed = self.host.list()?;
        let is_written = |listed: &&Listed| {
            let is_over = |summary: &Summary| summary.status == Status::Ended(Ending::Completed);
            is_writing(listed) && listed.summary.as_ref().is_some_and(is_over)
        };
        let is_alone = |one: &&Listed| !listed.iter().any(|other| comes_after(other, one));
        let alone = listed.iter().filter(is_written).filter(is_alone);
        Ok(alone.map(|listed| listed.run).collect())
    }

    /// The run that makes the film whose scenes this one has written.
    pub(super) fn film_after(&self, written: &Listed) -> Result<Option<RunId>, Trouble> {
        if is_writing(written) { self.newest_after(written) } else { Ok(None) }
    }

    /// The newest run of a film, where this one is not.
    pub(super) fn newer_than(&self, listed: &Listed) -> Result<Option<RunId>, Trouble> {
        if is_writing(listed) { Ok(None) } else { self.newest_after(listed) }
    }

    /// The newest run that makes the film of the same plan, if it came after this one.
    fn newest_after(&self, listed: &Listed) -> Result<Option<RunId>, Trouble> {
        let mut newest = None;
        self.host.newest(Some(&listed.account), None, &mut |one| {
            newest = Some(one.run).filter(|_| comes_after(&one, listed));
            newest.is_none() && one.run != listed.run
        })?;
        Ok(newest)
    }

    /// Goes on with the film of a plan that was sent, whose scenes this run has written: nobody sits at a terminal to ask
    /// for that. Its cap is what is left of it.
    pub(super) fn go_on_with_written(&self, file: PathBuf, spec: &RunSpec) -> Result<RunId, Trouble> {
        let asked = Asked::by(spec);
        let order = self.order_again(file, spec, &asked);
        self.land(&order)?;
        let (plan, mut draft) = self.draft(&order, Depth::Make)?;
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        let film = self.runs_of(&draft.spec)?.into_iter().rfind(|listed| is_writing(listed) == plan.scenes.is_empty());
        if let Some(film) = film.filter(|film| film.run > spec.id) {
            return Ok(film.run);
        }
        draft.spec.about.extend(asked.told());
        match self.create(&plan, draft, &order, None, How::New)? {
            Reply::Started(started) => Ok(started.run),
            _ => Err(odd()),
        }
    }

    /// Lays what a model has written beside its plan, where that was not done yet.
    pub(super) fn land(&self, order: &Order) -> Result<Option<Wrote>, Trouble> {
        self.lay_out(&order.plan)?;
        let plan = plan_of(&order.plan)?;
        let beside = Beside::of(&self.ground, &order.plan);
        let Some(_) = mark(&plan) else { return Ok(None) };
        let Scenes::Wanted(plan, mark) = scenes(plan, &beside, false)? else { return Ok(None) };
        let Some(listed) = self.writer_of(order, &mark)? else { return Ok(None) };
        let (_, state) = self.state(listed.run)?;
        if *state.status() != Status::Ended(Ending::Completed) {
            return Ok(None);
        }
        let goal = state.graph().find(&state.spec().goal).and_then(|ix| state.nodes()[ix].outputs());
        let made = goal.and_then(|made| Some((made, made.artifacts.iter().find(|one| &*one.role == recipe::PLAN)?)));
        let kept = Artifacts::open(&self.data().join(ARTIFACTS)).ok();
        // What is lost is written again.
        let Some((made, bytes)) = made
            .zip(kept)
            .and_then(|((made, plan), kept)| Some((made, kept.read(&plan.hash, PLAN_BYTES_MAX as u64).ok()?)))
        else {
            return Ok(None);
        };
        let written = plan.laid_beside(read(beside.goal(), &bytes)?);
        let fact = |name: &str| made.facts.get(name).map(ToString::to_string);
        let by = fact("by").unwrap_or_default();
        write(beside.goal(), &note(&by, &mark), &written)?;
        let warnings = fact("dropped").map(|dropped| Problem {
            scene: None,
            what: format!("{by} also wrote {dropped}: left out"),
            why: "a writer says what is seen and heard, never what it costs, who makes it or where it lies".to_owned(),
            hint: None,
        });
        Ok(Some(Wrote {
            file: beside.goal().to_owned(),
            by,
            film: written.film,
            scenes: written.scenes.iter().map(told).collect(),
            spent_usd: cost(&listed),
            warnings: warnings.into_iter().collect(),
        }))
    }
}

fn note(by: &str, mark: &str) -> String {
    format!(
        "# Written by {by} for the prompt in the plan beside this. Change it as you like: it is used until the prompt or\n\
         # its writer changes, which is known by this:\n{MARKED}{mark}\n"
    )
}

/// A scene as people look it over.
fn told(scene: &plan::Scene) -> Told {
    let shot = |shot: &Shot| match &shot.motion {
        Some(motion) => format!("{}; {motion}", shot.frame),
        None => shot.frame.clone(),
    };
    let seen = match &scene.kind {
        Kind::Shot(one) => shot(one),
        Kind::Shots(shots) => shots.iter().map(shot).collect::<Vec<_>>().join(" / "),
        Kind::Still(words) => words.clone(),
        Kind::Title(words) => format!("“{words}”"),
        Kind::Clip(place) => place.to_string(),
    };
    Told { id: scene.id.to_string(), seen, say: scene.say.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beside(folder: &Path) -> Beside {
        Beside { file: folder.join("film.plan.yaml"), rehearsed: None }
    }

    fn with_scenes(plan: Plan, beside: &Beside, keep: bool) -> Result<Plan, Trouble> {
        match scenes(plan, beside, keep)? {
            Scenes::There(plan, _) => Ok(*plan),
            Scenes::Wanted(..) => panic!("nobody has to be asked"),
        }
    }

    #[test]
    fn what_was_written_is_used_until_the_prompt_changes() {
        let folder = tempfile::tempdir().unwrap();
        let beside = beside(folder.path());
        let prompt = |words: &str| plan::read(&format!("film: {words}\n")).unwrap();
        let looked = with_scenes(prompt("Why is the sky blue?"), &beside, false).unwrap();
        assert!(!beside.file.exists() && !looked.scenes.is_empty());
        let written = with_scenes(prompt("Why is the sky blue?"), &beside, true).unwrap();
        assert_eq!(written, looked);
        let text = std::fs::read_to_string(&beside.file).unwrap();
        let mut changed = plan::read(&text).unwrap();
        changed.scenes.truncate(2);
        std::fs::write(&beside.file, changed.to_yaml().unwrap()).unwrap();
        let used = with_scenes(prompt("Why is the sky blue?"), &beside, true).unwrap();
        assert_eq!(used.scenes, changed.scenes, "what a person changed counts");
        let other = with_scenes(prompt("Why is the sea salty?"), &beside, true).unwrap();
        assert_ne!(other.scenes, used.scenes);
        assert_eq!(plan::read(&std::fs::read_to_string(&beside.file).unwrap()).unwrap().scenes, other.scenes);
        let aside = std::fs::read_to_string(folder.path().join("film.plan.old.yaml")).unwrap();
        assert_eq!(plan::read(&aside).unwrap().scenes, changed.scenes, "and is not lost");
        std::fs::write(&beside.file, "film: [").unwrap();
        assert!(with_scenes(prompt("Why is the sea salty?"), &beside, true).is_err());
    }

    #[test]
    fn what_a_model_wrote_counts_for_its_prompt_and_its_writer() {
        let folder = tempfile::tempdir().unwrap();
        let beside = beside(folder.path());
        let asked = |words: &str, writer: &str| plan::read(&format!("film: {words}\nwriter: {writer}\n")).unwrap();
        let wanted = |plan: Plan| match scenes(plan, &beside, false).unwrap() {
            Scenes::Wanted(_, mark) => Some(mark),
            Scenes::There(..) => None,
        };
        let mark = wanted(asked("Why?", "[gpt, template]")).unwrap();
        assert_eq!(wanted(asked("Why?", "template")), None);
        assert_eq!(wanted(asked("Why?", "[template, gpt]")), None);
        let written = plan::read("film: Because\nscenes: [{title: x}]\n").unwrap();
        write(&beside.file, &note("gpt", &mark), &written).unwrap();
        assert_eq!(wanted(asked("Why?", "[gpt, template]")), None);
        let film = with_scenes(asked("Why?", "[gpt, template]"), &beside, false).unwrap();
        assert_eq!((film.film.as_str(), film.scenes.len()), ("Because", 1));
        assert!(wanted(asked("Why not?", "[gpt, template]")).is_some());
        assert!(wanted(asked("Why?", "gpt")).is_some());
        std::fs::write(&beside.file, "film: Mine\nscenes: [{title: y}]\n").unwrap();
        let refused = scenes(asked("Why?", "gpt"), &beside, false).unwrap_err();
        assert!(refused.hint.unwrap().contains("# mark: "), "what a person made is not bought over");
    }
}
