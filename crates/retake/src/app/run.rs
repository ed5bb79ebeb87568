//! `run FILE`: from a plan to a run that goes on. Owns the rule which run that is.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use retake_engine::engine::Command;
use retake_engine::graph::Quote;
use retake_engine::id::{NodeId, RunId};
use retake_engine::journal::event::{Ending, Pause, RunSpec};
use retake_engine::journal::state::{Phase, Status};
use retake_engine::journal::{Event, RunState};
use retake_engine::money::Money;
use retake_engine::store::Listed;
use retake_film::plan::{self, Goal, Patch, Plan, Profile};

use super::craft::{Act, Depth, Keyless, Recall, Setting};
use super::lessons::Lessons;
use super::posted::Asked;
use super::writer::{self, Beside, Scenes, WRITES, WRITTEN, by_template, is_asked, is_writing};
use super::{App, Draft, Ground, Kind, Problem, Row, Trouble, account, new_run, spec_of};
use crate::door::wire::{How, Order, Quoted, Reply, Started, Which};

/// The key under which a run says which plan it was made of.
pub(crate) const PLAN: &str = "plan";

/// The key under which a run says who is told of it.
pub(crate) const NOTIFY: &str = "notify";

/// Reads a plan.
pub(crate) fn plan_of(file: &Path) -> Result<Plan, Trouble> {
    let bytes = std::fs::read(file).map_err(|error| Trouble::file("read the plan", file, &error))?;
    plan::read_bytes(&bytes).map_err(|mistakes| Trouble::usage(mistakes.render(&file.display().to_string()).trim_end()))
}

/// What an order comes to, before it has a name: a film, or first the writing of its scenes, of which the plan has none
/// then.
pub(crate) fn draft_of(ground: &Ground, order: &Order, depth: Depth) -> Result<(Plan, Draft), Trouble> {
    draft_read(ground, order, plan_of(&order.plan)?, depth)
}

/// The same of a plan that was read.
pub(super) fn draft_read(ground: &Ground, order: &Order, plan: Plan, depth: Depth) -> Result<(Plan, Draft), Trouble> {
    let (keep, beside) = (depth == Depth::Make, Beside::of(ground, &order.plan));
    let patience = patience_of(order)?;
    let (mut plan, mark, lacks) = match writer::scenes(plan, &beside, keep)? {
        Scenes::There(plan, mark) => (plan.retried(&patience), mark, Vec::new()),
        Scenes::Wanted(plan, mark) => {
            let plan = Box::new(plan.retried(&patience));
            let draft = schedule(ground, order, depth, &plan, Some((WRITES, &mark)))?;
            if is_asked(&draft.spec) {
                return Ok((*plan, draft));
            }
            // Nobody who would have to be asked can be, and somebody here may stand in.
            (by_template(&plan, &beside, keep)?.retried(&patience), None, draft.warnings)
        }
    };
    if ground.config.is_draft() {
        plan.profile = plan.profile.or(Some(Profile::Draft));
    }
    if ground.config.is_rehearsal() {
        plan.deliver = Some(rehearsed(plan.deliver));
    }
    let mut draft = schedule(ground, order, depth, &plan, mark.as_deref().map(|mark| (WRITTEN, mark)))?;
    draft.warnings.splice(0..0, lacks);
    Ok((plan, draft))
}

/// How patiently steps are tried, whatever the plan says.
fn patience_of(order: &Order) -> Result<BTreeMap<&'static str, Patch>, Trouble> {
    let read = order.retry.as_deref().map(plan::read_retry).transpose();
    Ok(read.map_err(|mistakes| Trouble::usage(mistakes.render("retry").trim_end()))?.unwrap_or_default())
}

/// Schedules a plan; its run says besides what is said here of its writing.
fn schedule(
    ground: &Ground,
    order: &Order,
    depth: Depth,
    plan: &Plan,
    says: Option<(&str, &str)>,
) -> Result<Draft, Trouble> {
    let named = [(PLAN.into(), ground.project.name_of(&order.plan).into())];
    let listener = plan.notify.as_deref().map(|address| (NOTIFY.into(), address.into()));
    let about = named.into_iter().chain(says.map(|(key, mark)| (key.into(), mark.into()))).chain(listener).collect();
    let &Order { cap, seed, until, allow_fallback, .. } = order;
    let setting = Setting {
        plan: order.plan.clone(),
        about,
        config: Arc::clone(&ground.config),
        looks: depth != Depth::Words,
        policies: ground.config.policies(),
        cap,
        account: order.account.clone().unwrap_or_else(|| account(&ground.config)),
        seed,
        until,
        allow_fallback,
    };
    ground.craft.schedule(plan, &setting).map_err(|problems| told(ground, &order.plan, &problems))
}

/// Where a rehearsed film goes: beside the real one, and never into a store.
fn rehearsed(deliver: Option<Goal>) -> Goal {
    match deliver {
        Some(Goal::Folder(folder)) => Goal::Folder(format!("{}/rehearsal", folder.trim_end_matches('/'))),
        Some(Goal::Store(_)) | None => Goal::Folder("out/rehearsal".to_owned()),
    }
}

/// Every problem of a plan, for people.
fn told<'p>(ground: &Ground, file: &Path, problems: impl IntoIterator<Item = &'p Problem>) -> Trouble {
    // Where a plan lies that was sent is nobody's business who sent it.
    let name = if ground.is_posted(file) { "the plan".into() } else { file.display().to_string() };
    let line = |problem: &Problem| {
        let scene = problem.scene.as_ref().map(|scene| format!(" scene `{scene}`:")).unwrap_or_default();
        let hint = problem.hint.as_ref().map(|hint| format!("\n  = hint: {hint}")).unwrap_or_default();
        format!("{name}:{scene} {}\n  = {}{hint}", problem.what, problem.why)
    };
    Trouble::usage(problems.into_iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// That these models have no keys: a run that needs them waits for somebody, as one without money does.
pub(super) fn refused<'k>(
    ground: &Ground,
    file: &Path,
    keyless: impl IntoIterator<Item = &'k Keyless>,
) -> Result<(), Trouble> {
    let problems: Vec<&Problem> = keyless.into_iter().map(|keyless| &keyless.problem).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Trouble { kind: Kind::Refused, ..told(ground, file, problems) })
}

/// Whether anything that is not made yet may be made by this model.
fn still_needs(state: &RunState, model: &str) -> bool {
    let is_open = |phase: &Phase| !matches!(phase, Phase::Complete { .. } | Phase::Extended { .. } | Phase::Dropped);
    let by = |ix: usize| state.graph().node(ix).spec.route.iter().any(|entry| entry.as_str() == model);
    state.nodes().iter().enumerate().any(|(ix, node)| is_open(&node.phase) && by(ix))
}

/// What a plan would do and cost.
pub(crate) fn quote_of(
    ground: &Ground,
    plan: &Plan,
    draft: &Draft,
    spent: Money,
    recall: Recall<'_>,
    lessons: &Lessons,
) -> Quoted {
    let rows = ground.craft.quote(&draft.spec, recall, &|model| lessons.of(model));
    let keyless = keyless_of(draft, &rows).map(|keyless| keyless.problem.clone()).collect();
    Quoted {
        learned: lessons.about(&rows),
        film: plan.film.clone(),
        expected_usd: rows.iter().map(|row: &Row| row.expected_usd).sum(),
        worst_usd: rows.iter().map(|row| row.worst_usd).sum(),
        rows,
        writes: plan.scenes.is_empty(),
        cap_usd: draft.spec.cap,
        budget_is_explicit: plan.budget.is_some(),
        spent_usd: spent,
        warnings: draft.warnings.clone(),
        keyless,
    }
}

/// The models without a key that something would be made by.
pub(super) fn keyless_of<'d>(draft: &'d Draft, rows: &'d [Row]) -> impl Iterator<Item = &'d Keyless> {
    let makes = |keyless: &&Keyless| {
        let by = |row: &Row| row.fate == Act::Make && row.model.as_deref() == Some(&*keyless.model);
        rows.iter().any(by)
    };
    draft.keyless.iter().filter(makes)
}

impl App {
    /// The runs of a film, the newest last; rehearsals of it are other runs.
    pub(super) fn runs_of(&self, spec: &RunSpec) -> Result<Vec<Listed>, Trouble> {
        let film = spec.about.get(PLAN);
        let mut runs = Vec::new();
        self.host.newest(Some(&spec.account), None, &mut |listed| {
            let is_of = listed.summary.as_ref().is_some_and(|summary| summary.about.get(PLAN) == film);
            runs.extend(Some(listed).filter(|_| is_of));
            true
        })?;
        runs.reverse();
        Ok(runs)
    }

    /// Tries what has failed again; where what was made is lost, by a run in the place of this one.
    pub(super) fn retry(&self, which: &Which) -> Result<Reply, Trouble> {
        let listed = self.find(which.as_deref())?;
        self.may_carry(&listed)?;
        let (spec, state) = self.state(listed.run)?;
        let is_over = matches!(state.status(), Status::Ended(_));
        if is_over {
            self.mind_newer(&listed)?;
            self.ground.craft.sweep(&state, self.data());
        }
        if !is_over || self.ground.craft.is_whole(&state, self.data()) {
            return self.tell(which, |_| Ok(Command::Retry));
        }
        let file = self.home().join(spec.about.get(PLAN).map_or("", |name| &**name));
        // What somebody has written since is not made because something else was lost.
        if !self.ground.is_posted(&file) && !self.is_made_of(&file, &spec)? {
            let lost = Trouble::usage("some of what this run has made is lost from the data folder");
            let hint = format!("its plan was changed since: `retake run {}` makes what it says now", file.display());
            return Err(lost.hint(hint));
        }
        let made = self.run_anew(&file, &listed, How::Lost)?.map_or(listed.run, |started| started.run);
        self.shown(made)
    }

    /// Says so where another run has taken the place of this one: what was made anew here would be delivered over it.
    pub(super) fn mind_newer(&self, listed: &Listed) -> Result<(), Trouble> {
        self.newer_than(listed)?.map_or(Ok(()), |newest| Err(replaced_by(newest)))
    }

    fn quoted(&self, plan: &Plan, draft: &Draft) -> Result<Quoted, Trouble> {
        let spent = self.runs_of(&draft.spec)?.iter().map(writer::cost).sum();
        let recall: Recall<'_> = &|account, key| self.host.recall(account, key).ok().flatten();
        let lessons = self.lessons(&draft.spec)?;
        Ok(quote_of(&self.ground, plan, draft, spent, recall, &lessons))
    }

    /// What an order comes to; what its scenes have cost is no longer there to be spent.
    pub(super) fn draft(&self, order: &Order, depth: Depth) -> Result<(Plan, Draft), Trouble> {
        self.lay_out(&order.plan)?;
        let (plan, mut draft) = draft_of(&self.ground, order, depth)?;
        draft.spec.cap = draft.spec.cap.less(self.writing_cost(order, &draft.spec)?);
        Ok((plan, draft))
    }

    /// What making this film would do and cost.
    pub(super) fn quote(&self, order: &Order) -> Result<Quoted, Trouble> {
        let (plan, draft) = self.draft(order, Depth::Look)?;
        self.quoted(&plan, &draft)
    }

    /// Makes this film, or goes on with it. Where its scenes are still to be written, that comes first, and what was
    /// written is looked at before anything else is bought.
    pub(super) fn run(&self, order: &Order) -> Result<Reply, Trouble> {
        if let Some(wrote) = self.land(order)? {
            return Ok(Reply::Wrote(wrote));
        }
        let (plan, mut draft) = self.draft(order, Depth::Make)?;
        draft.spec.about.extend(Asked { retry: order.retry.clone(), ..Asked::default() }.told());
        let writes = plan.scenes.is_empty();
        // Two that want the same film at once get the same run.
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.runs_of(&draft.spec)?.into_iter().rfind(|listed| is_writing(listed) == writes);
        let before = before.map(|listed| listed.run);
        let Some(before) = before else { return self.create(&plan, draft, order, None, How::New) };
        let (spec, state) = self.state(before)?;
        let (patience, plain) = (Asked::by(&spec).retry, Asked::less(spec.clone()));
        // How patiently was said beside the plan is no part of what a film is, and nobody gets a new cap by it.
        let is_same = if patience == order.retry {
            (draft.is_same)(&plain)
        } else {
            let then = Order { retry: patience.clone(), ..order.clone() };
            (self.draft(&then, Depth::Make)?.1.is_same)(&plain)
        };
        if !is_same {
            self.ground.craft.sweep(&state, self.data());
            return self.create(&plan, draft, order, Some((before, &state)), How::Changed);
        }
        if order.retry.is_some() && order.retry != patience {
            draft.warnings.push(begun_otherwise());
        }
        let is_over = matches!(state.status(), Status::Ended(_));
        let needs_key = || {
            let still = draft.keyless.iter().filter(|keyless| still_needs(&state, &keyless.model));
            refused(&self.ground, &order.plan, still)
        };
        let is_complete = matches!(state.status(), Status::Ended(Ending::Completed));
        // What was written would have been laid beside the plan, if it were still there.
        if writes && is_complete {
            return self.create(&plan, draft, order, Some((before, &state)), How::Lost);
        }
        let is_delivered = is_complete && self.ground.craft.is_delivered(&state, &self.home());
        let goes_on_here = self.carried().runs.contains(&before);
        if !is_delivered && (is_over || !goes_on_here) {
            // Before anything is made of what there is: all that is damaged is made again at once, not piece by piece.
            self.ground.craft.sweep(&state, self.data());
        }
        if !is_complete && !self.ground.craft.is_whole(&state, self.data()) {
            return self.create(&plan, draft, order, Some((before, &state)), How::Lost);
        }
        if order.until.is_some() && !is_over {
            if !(draft.looks_where)(&spec) {
                return self.create(&plan, draft, order, Some((before, &state)), How::Changed);
            }
            if matches!(state.status(), Status::Paused(Pause::Review { .. })) {
                return Ok(started(before, How::Waits, draft));
            }
        }
        match state.status() {
            Status::Ended(Ending::Cancelled) => self.create(&plan, draft, order, Some((before, &state)), How::New),
            Status::Ended(Ending::Completed) if is_delivered => Ok(started(before, How::Complete, draft)),
            Status::Ended(Ending::Completed) => self.create(&plan, draft, order, Some((before, &state)), How::Again),
            Status::Ended(Ending::Partial | Ending::Failed) => {
                needs_key()?;
                self.go_on(before, &spec, &draft, Some(Command::Retry))?;
                Ok(started(before, How::Retried, draft))
            }
            Status::Paused(_) => {
                needs_key()?;
                self.go_on(before, &spec, &draft, Some(Command::Resume))?;
                Ok(started(before, How::GoesOn, draft))
            }
            Status::Queued | Status::Running => {
                needs_key()?;
                self.go_on(before, &spec, &draft, None)?;
                Ok(started(before, How::GoesOn, draft))
            }
        }
    }

    pub(super) fn create(
        &self,
        plan: &Plan,
        draft: Draft,
        order: &Order,
        before: Option<(RunId, &RunState)>,
        how: How,
    ) -> Result<Reply, Trouble> {
        let quote = self.quoted(plan, &draft)?;
        refused(&self.ground, &order.plan, keyless_of(&draft, &quote.rows))?;
        // What was agreed to once for this film holds on: its cap does the rest.
        // To its writing one agrees by itself.
        let counts = |listed: &Listed| quote.writes || !is_writing(listed);
        let spent: Money = self.runs_of(&draft.spec)?.iter().filter(|listed| counts(listed)).map(writer::cost).sum();
        let is_first_paid = spent.is_zero() && !quote.expected_usd.is_zero();
        if is_first_paid && !order.agreed {
            return Ok(Reply::Asks(quote));
        }
        let open = before.filter(|(_, state)| !matches!(state.status(), Status::Ended(_)));
        let id = new_run();
        let mut spec = draft.spec.clone();
        spec.id = id;
        spec.quote = Quote { expected: quote.expected_usd, worst: quote.worst_usd };
        spec.supersedes = open.map(|(run, _)| run);
        spec.salts = before.map(|(_, state)| salts(state)).unwrap_or_default();
        let folder = order.plan.parent().unwrap_or(Path::new("."));
        let _brought = self.bringing.begin();
        self.ground.craft.bring(plan, folder, self.data())?;
        self.take_on(id, || {
            self.host.create(spec, None)?;
            // The old one lands what it has open, in its own journal.
            open.map_or(Ok(()), |(run, _)| self.supersede(run, id))
        })?;
        self.land_what_is_left(&draft.spec.account)?;
        Ok(started(id, how, draft))
    }

    fn supersede(&self, old: RunId, by: RunId) -> Result<(), Trouble> {
        match self.host.command(old, Command::Supersede(by)) {
            Ok(()) | Err(retake_engine::host::Error::Refused(retake_engine::engine::Refusal::Over)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn go_on(&self, run: RunId, spec: &RunSpec, draft: &Draft, command: Option<Command>) -> Result<(), Trouble> {
        // A process may have died between making this run and telling the one before.
        let open = spec
            .supersedes
            .filter(|old| self.state(*old).is_ok_and(|(_, state)| !matches!(state.status(), Status::Ended(_))));
        let cap = self.new_cap(run, draft.spec.cap)?;
        self.land_what_is_left(&spec.account)?;
        self.take_on(run, || {
            open.map_or(Ok(()), |old| self.supersede(old, run))?;
            for command in cap.map(Command::SetCap).into_iter().chain(command) {
                match self.host.command(run, command) {
                    // Whatever failed may have been tried again by somebody else meanwhile.
                    Ok(())
                    | Err(retake_engine::host::Error::Refused(retake_engine::engine::Refusal::NothingFailed)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(())
        })
    }

    /// The plan's cap, where the run has never heard of it: what `budget` set later stands.
    fn new_cap(&self, run: RunId, cap: Money) -> Result<Option<Money>, Trouble> {
        let records = self.host.journal(run)?;
        let heard = |event: &Event| matches!(event, Event::CapSet { cap: set } if *set == cap);
        let known = spec_of(&records)?.cap == cap || records.iter().any(|record| heard(&record.event));
        Ok((!known).then_some(cap))
    }
}

/// That a run is not the one that its film goes by.
pub(super) fn replaced_by(newest: RunId) -> Trouble {
    Trouble::usage(format!("run {newest} has taken the place of this one since"))
        .hint("look at that run, and redo it there")
}

fn begun_otherwise() -> Problem {
    Problem {
        scene: None,
        what: "the run goes on as patiently as it was begun".to_owned(),
        why: "`--retry` counts for a new run; this plan has one already".to_owned(),
        hint: Some("`retry` in the plan itself makes a new run, which reuses all that is there".to_owned()),
    }
}

fn started(run: RunId, how: How, draft: Draft) -> Reply {
    let writes = draft.spec.about.contains_key(WRITES);
    Reply::Started(Started { run, how, writes, warnings: draft.warnings })
}

/// What redos gave: a new run makes the same anew, and no more.
fn salts(state: &RunState) -> BTreeMap<NodeId, u64> {
    let salted = |(ix, node): (usize, &retake_engine::journal::state::Node)| {
        (node.salt != 0).then(|| (state.graph().node(ix).spec.id.clone(), node.salt))
    };
    let mut salts = state.spec().salts.clone();
    salts.extend(state.nodes().iter().enumerate().filter_map(salted));
    salts
}
