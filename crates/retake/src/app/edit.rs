//! A redo: in the same words by the same run, or with other words or another model. That is an edit of the plan, and the
//! run of what it says then.
//!
//! Owns which words and whose place are meant, and which plan is edited. One that was sent is edited where it lies, and its
//! film goes on under a new run. A person's own file is theirs: whoever sees it is told what to change in it, and for
//! anybody else a copy of it is edited, as by the page's editor.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use retake_engine::engine::Command;
use retake_engine::id::{Hash, RunId};
use retake_engine::journal::event::RunSpec;
use retake_engine::journal::state::Phase;
use retake_engine::journal::{Event, RunState};
use retake_engine::money::Money;
use retake_engine::store::{Listed, Once};
use retake_film::plan::{self, Edit, Plan, Role, Unedited, Words};
use retake_film::recipe::Recipe;
use serde::{Deserialize, Serialize};

use super::counter::Counter;
use super::craft::Depth;
use super::posted::{Accepted, Asked, Declined, Owns, Post, allows, replace};
use super::run::{plan_of, replaced_by};
use super::writer::{self, Beside, Scenes, is_writing};
use super::yours::yours;
use super::{App, PLAN, Trouble, find_nodes, new_number, odd};
use crate::config::nearest;
use crate::door::wire::{How, Order, Reply, Started, Which};

/// The gate at which a person wants to look.
const REVIEW: &str = "/review";

/// What is wanted otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    /// Where, as it was typed: a scene, a shot of it, a step.
    pub(crate) what: String,
    /// In these words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) words: Option<String>,
    /// By this model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
}

impl From<Unedited> for Declined {
    fn from(why: Unedited) -> Self {
        match why {
            Unedited::Mistaken(mistakes) => Self::Mistaken(mistakes),
            Unedited::Unfit { what, hint } => Self::Refused(Trouble::usage(what).hint(hint)),
        }
    }
}

impl Counter {
    /// Has a part of a film made otherwise; the same wish again comes to the same run.
    pub(crate) fn redo(&self, run: RunId, wish: &Wish) -> Result<Accepted, Declined> {
        let listed = self.own(run)?;
        self.app().redo_otherwise(&listed, wish, &|hash| self.has(hash), Own::Copied)
    }

    /// The models that somebody may choose, as far as that is known without a look.
    pub(crate) fn usable(&self) -> Vec<super::Usable> {
        let ground = &self.app().ground;
        ground.craft.usable(&ground.config).into_iter().filter(|model| model.missing.is_none()).collect()
    }
}

/// What becomes of a file of a person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    /// A copy of it is edited.
    Copied,
    /// Whoever asks has it before them, and is told what to write.
    Told,
}

impl App {
    /// Has something made anew as the plan has it.
    pub(super) fn redo(&self, which: &Which, what: &str) -> Result<Reply, Trouble> {
        let listed = self.find(which.as_deref())?;
        self.may_carry(&listed)?;
        let run = listed.run;
        self.mind_newer(&listed)?;
        let (_, state) = self.state(run)?;
        self.make_anew(run, &state, what)?;
        self.shown(run)
    }

    /// Has the nodes made anew that are meant by this.
    fn make_anew(&self, run: RunId, state: &RunState, what: &str) -> Result<(), Trouble> {
        let nodes = find_nodes(state, what)?;
        self.take_on(run, || {
            for node in nodes {
                self.host.command(run, Command::Redo { node, salt: new_number() })?;
            }
            Ok(())
        })
    }

    /// The same for whoever sits at the machine.
    pub(super) fn redo_here(&self, which: &Which, wish: &Wish) -> Result<Reply, Trouble> {
        let listed = self.find(which.as_deref())?;
        let told = |declined| match declined {
            Declined::Refused(trouble) => trouble,
            Declined::Mistaken(mistakes) => {
                let what = mistakes.render("the plan, with what was asked for").trim_end().to_owned();
                Trouble::usage(what).hint("nothing was changed: ask for something else")
            }
        };
        let made = self.redo_otherwise(&listed, wish, &|_| Ok(true), Own::Told).map_err(told)?;
        let how = if made.again || made.run == listed.run { How::GoesOn } else { How::Changed };
        Ok(Reply::Started(Started { run: made.run, how, writes: false, warnings: made.warnings }))
    }

    fn redo_otherwise(&self, listed: &Listed, wish: &Wish, owns: Owns<'_>, own: Own) -> Result<Accepted, Declined> {
        self.may_carry(listed)?;
        let (spec, state) = self.state(listed.run)?;
        let edit = self.edit_of(&state, wish)?;
        let name = spec.about.get(PLAN).ok_or_else(odd)?;
        let file = self.home().join(&**name);
        // Of two who edit at once, the second sees what the first has written.
        let _edits = self.edits.lock().unwrap_or_else(PoisonError::into_inner);
        let (held, text) = self.text_of(&file)?;
        let new = plan::edited(&text, &edit)?;
        if !self.ground.is_posted(&file) {
            if new == text && self.is_made_of(&file, &spec)? {
                self.mind_newer(listed)?;
                return self.salt(listed.run, &state, &wish.what);
            }
            return match own {
                Own::Copied => self.copy(&spec, (&file, &held), (&text, &new), &edit, wish, owns),
                Own::Told => Err(self.told_to_write((&file, &held), (&text, &new), &edit.scene).into()),
            };
        }
        let newest = self.runs_of(&spec)?.into_iter().rfind(|listed| !is_writing(listed)).ok_or_else(odd)?;
        if new != text && newest.run != listed.run {
            return Err(replaced_by(newest.run).into());
        }
        allows(&self.ground.config, &plan::read(&new).map_err(Declined::Mistaken)?, owns)?;
        let _place = if new == text { None } else { Some(self.places(1)?) };
        let failed = |error: std::io::Error| Trouble::file("edit the plan", &held, &error);
        if new != text {
            replace(&held, new.as_bytes()).map_err(failed)?;
        }
        let made = self.run_anew(&file, &newest, How::Changed);
        if made.is_err() && new != text {
            // What is not made leaves nothing behind.
            replace(&held, text.as_bytes()).map_err(failed)?;
        }
        match made? {
            Some(Started { run, warnings, .. }) => Ok(Accepted { run, again: false, warnings }),
            None if newest.run != listed.run => Ok(Accepted { run: newest.run, again: true, warnings: Vec::new() }),
            // The plan says it already: then it is made anew in the same words.
            None => self.salt(newest.run, &state, &wish.what),
        }
    }

    /// Whether a file says what a run was made of.
    pub(super) fn is_made_of(&self, file: &Path, spec: &RunSpec) -> Result<bool, Trouble> {
        let asked = Asked::by(spec);
        let (_, draft) = self.draft(&self.order_again(file.to_owned(), spec, &asked), Depth::Look)?;
        Ok((draft.is_same)(&Asked::less(spec.clone())))
    }

    /// What somebody is to do who wants a file of their own otherwise.
    fn told_to_write(&self, (file, held): (&Path, &Path), (text, new): (&str, &str), scene: &str) -> Trouble {
        let name = |path: &Path| self.ground.project.name_of(path);
        if text == new {
            let what = format!("`{}` says so already, and no film was made of it since", name(held));
            return Trouble::usage(what).hint(format!("`retake run {}` makes it", name(file)));
        }
        yours(&name(held), &name(file), scene, (text, new))
    }

    fn salt(&self, run: RunId, state: &RunState, what: &str) -> Result<Accepted, Declined> {
        self.make_anew(run, state, what)?;
        Ok(Accepted { run, again: false, warnings: Vec::new() })
    }

    /// Makes the film that a sent plan says now, in the place of the run that was made of it last; nothing where that is
    /// of the same and has lost nothing.
    pub(super) fn run_anew(&self, file: &Path, newest: &Listed, how: How) -> Result<Option<Started>, Trouble> {
        let (spec, state) = self.state(newest.run)?;
        let mut asked = Asked::by(&spec);
        // Where somebody has looked already, nobody wants to look again.
        asked.until = asked.until.filter(|_| awaits_review(&state));
        let order = self.order_again(file.to_owned(), &spec, &asked);
        let (plan, mut draft) = self.draft(&order, Depth::Make)?;
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        if how != How::Lost && (draft.is_same)(&Asked::less(spec)) {
            return Ok(None);
        }
        draft.spec.about.extend(asked.told());
        draft.spec.cap = self.set_for(newest.run)?.unwrap_or(draft.spec.cap);
        self.ground.craft.sweep(&state, self.data());
        match self.create(&plan, draft, &order, Some((newest.run, &state)), how)? {
            Reply::Started(started) => Ok(Some(started)),
            _ => Err(odd()),
        }
    }

    /// The cap that a person has set for a run: it holds for what takes its place.
    fn set_for(&self, run: RunId) -> Result<Option<Money>, Trouble> {
        let records = self.host.journal(run)?;
        Ok(records.iter().rev().find_map(|record| match record.event {
            Event::CapSet { cap } => Some(cap),
            _ => None,
        }))
    }

    /// How a plan was sent, once more.
    pub(super) fn order_again(&self, file: PathBuf, spec: &RunSpec, asked: &Asked) -> Order {
        Order {
            plan: file,
            cap: self.ground.config.run_cap(),
            seed: u32::try_from(spec.seed).ok(),
            until: asked.until,
            allow_fallback: asked.allow_fallback,
            retry: asked.retry.clone(),
            agreed: true,
            account: Some(spec.account.clone()),
        }
    }

    /// Has a copy of a person's own plan made, which is a film of its own.
    fn copy(
        &self,
        spec: &RunSpec,
        (file, held): (&Path, &Path),
        (text, new): (&str, &str),
        edit: &Edit,
        wish: &Wish,
        owns: Owns<'_>,
    ) -> Result<Accepted, Declined> {
        let own = self.ground.project.name_of(file);
        let line = plan::line_of(text, &edit.scene).unwrap_or(1);
        let at = self.ground.project.name_of(held);
        let theirs = |trouble: Trouble| {
            let what = format!("{} ({at}, line {line}, scene `{}`)", trouble.what, edit.scene);
            let hint =
                format!("this film is made of a file of yours: change line {line} of `{at}`, then `retake run {own}`");
            Trouble::usage(what).hint(hint)
        };
        let whole = self.alone(file, new)?;
        allows(&self.ground.config, &plan::read(&whole).map_err(Declined::Mistaken)?, owns).map_err(theirs)?;
        let body = Hash::of([whole.as_bytes()]);
        let words = Hash::of([wish.what.as_bytes(), b"\0", body.to_string().as_bytes()]);
        let post = Post {
            plan: whole.into_bytes(),
            account: spec.account.clone(),
            seed: u32::try_from(spec.seed).ok(),
            until: None,
            allow_fallback: Asked::by(spec).allow_fallback,
            retry: None,
            once: Some(Once { key: format!("redo {} {words}", spec.id), body }),
        };
        self.post(&post, owns)
    }

    /// An edited plan that needs nothing beside it: one whose scenes were written holds them.
    fn alone(&self, file: &Path, new: &str) -> Result<String, Declined> {
        let plan = plan_of(file)?;
        if !plan.scenes.is_empty() {
            return Ok(new.to_owned());
        }
        let written = plan::read(new).map_err(Declined::Mistaken)?;
        let whole = Plan { scenes: written.scenes.clone(), ..plan.with_written(written) };
        Ok(whole.to_yaml().map_err(|error| Trouble::internal(error.to_string()))?)
    }

    /// The text that holds the scenes of a plan, and where that lies: its own, or what was written for it.
    pub(super) fn text_of(&self, file: &Path) -> Result<(PathBuf, String), Trouble> {
        self.lay_out(file)?;
        let plan = plan_of(file)?;
        let held = if plan.scenes.is_empty() {
            let beside = Beside::of(&self.ground, file);
            match writer::scenes(plan, &beside, false)? {
                Scenes::There(..) => beside.there().to_owned(),
                Scenes::Wanted(..) => return Err(Trouble::usage("the scenes of this film are not written yet")),
            }
        } else {
            file.to_owned()
        };
        let text = std::fs::read_to_string(&held).map_err(|error| Trouble::file("read the plan", &held, &error))?;
        Ok((held, text))
    }

    /// What is to be edited.
    fn edit_of(&self, state: &RunState, wish: &Wish) -> Result<Edit, Trouble> {
        let nodes = find_nodes(state, &wish.what)?;
        let recipe = |ix: usize| Recipe::read(&state.graph().node(ix).spec.recipe);
        let recipes: Vec<Recipe> = nodes.iter().filter_map(|id| state.graph().find(id)).filter_map(recipe).collect();
        let whole = || {
            Trouble::usage(format!("`{}` belongs to the film as a whole", wish.what))
                .hint("name a scene, or change the plan itself")
        };
        let scene = recipes.first().and_then(|recipe| recipe.scene.clone()).ok_or_else(whole)?;
        let mut shots: Vec<Option<u32>> = recipes.iter().map(|recipe| recipe.shot).collect();
        shots.dedup();
        let shot = if let [one] = shots[..] { one } else { None };
        let step = nodes.first().and_then(|id| id.as_str().rsplit('/').next()).unwrap_or_default();
        let step = Some(step).filter(|step| wish.what.ends_with(&format!("/{step}")));
        let which = if step == Some("voice") { Words::Said } else { Words::Seen };
        let role = wish.model.as_ref().map(|model| self.role_of(model, step, &wish.what)).transpose()?;
        let words = wish.words.clone().map(|words| (which, words));
        let model = role.zip(wish.model.clone());
        // Who speaks it already with the others goes on doing so, whatever place of their route that is.
        let model = model.filter(|(role, model)| *role != Role::Voice || !speaks(state, &scene, model));
        Ok(Edit { scene, shot, words, model })
    }

    /// Whose place a model takes.
    fn role_of(&self, model: &str, step: Option<&str>, what: &str) -> Result<Role, Trouble> {
        let all = self.ground.craft.usable(&self.ground.config);
        let Some(found) = all.iter().find(|one| one.name == model) else {
            let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
            let near = nearest(model, &names).map(|near| format!("did you mean `{near}`?"));
            let hint = near.unwrap_or_else(|| "`retake models` lists them all".to_owned());
            return Err(Trouble::usage(format!("the model `{model}` is not known")).hint(hint));
        };
        let role = found.role.filter(|role| step.is_none_or(|step| step == role.key()));
        role.ok_or_else(|| {
            let makes = found.role.map_or("nothing of a scene", Role::key);
            let trouble = Trouble::usage(format!("`{model}` makes {makes}: it cannot make `{what}`"));
            trouble.hint("name a model that makes this: `retake models` says what each makes")
        })
    }
}

/// Whether this is the narrator of a scene, and of all that share its route.
fn speaks(state: &RunState, scene: &str, model: &str) -> bool {
    let graph = state.graph();
    let Some(ix) = graph.find(&format!("{scene}/voice").as_str().into()) else { return false };
    let node = &state.nodes()[ix];
    let by = graph.node(ix).spec.route.get(node.entry).filter(|_| node.outputs().is_some());
    graph.unison(ix).is_some() && by.is_some_and(|by| by.as_str() == model)
}

/// Whether somebody is still to look.
fn awaits_review(state: &RunState) -> bool {
    let gate = state.graph().find(&REVIEW.into());
    gate.is_some_and(|ix| !matches!(state.nodes()[ix].phase, Phase::Complete { .. } | Phase::Extended { .. }))
}
