//! For tests: films that are made of nothing, at once or when the test says so.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use retake_engine::graph::{Entry, Maker, NodeSpec, Quote};
use retake_engine::host::{Line, Performer};
use retake_engine::id::{Hash, RunId};
use retake_engine::journal::RunState;
use retake_engine::journal::event::{Bounds, OnBudget, RunSpec, Unclear};
use retake_engine::money::Money;
use retake_engine::performer::{Action, Answer, Artifact, Delivery, Outputs, Task};
use retake_engine::retry::Policy;
use retake_film::plan::Plan;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::craft::{Act, Craft, Crew, Draft, Learned, Problem, Recall, Row, Setting};
use super::{Ground, Project, Trouble};
use crate::config::{Config, Surroundings};
use crate::door::wire::Order;

/// What the toy makes of everything.
pub(crate) const TOY_MADE: &[u8] = b"a thing";

/// What can be told to the toy.
#[derive(Debug, Default)]
struct Inside {
    /// Actions that wait for the test.
    waiting: Vec<(Action, Line)>,
    slow: bool,
    fails: bool,
    made: Vec<String>,
}

/// Makes nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Toy {
    inside: Arc<Mutex<Inside>>,
    delivered: Arc<Mutex<bool>>,
}

impl Toy {
    /// One that begins and does not end before [`Self::release`].
    pub(crate) fn slow() -> Self {
        let toy = Self::default();
        toy.inside.lock().unwrap().slow = true;
        toy
    }

    /// Whether what is made from now on fails for good.
    pub(crate) fn fails(&self, fails: bool) {
        self.inside.lock().unwrap().fails = fails;
    }

    /// Whether films lie where they were delivered.
    pub(crate) fn delivers(&self, delivered: bool) {
        *self.delivered.lock().unwrap() = delivered;
    }

    /// Everything that was begun is done, and what begins from now on is done at once.
    pub(crate) fn release(&self) {
        let waiting = {
            let mut inside = self.inside.lock().unwrap();
            inside.slow = false;
            std::mem::take(&mut inside.waiting)
        };
        for (action, line) in waiting {
            self.make(&action, line);
        }
    }

    /// Everything that was made, by its node.
    pub(crate) fn made(&self) -> Vec<String> {
        let mut made = self.inside.lock().unwrap().made.clone();
        made.sort();
        made
    }

    fn make(&self, action: &Action, line: Line) {
        let mut inside = self.inside.lock().unwrap();
        if inside.fails && action.take.node.as_str() != "/film" {
            let fault = retake_engine::fault::Fault::new(
                retake_engine::fault::Class::Invalid,
                retake_engine::fault::Acceptance::No,
                "as the test wants",
            );
            line.report(Answer::Failed(fault.into()));
            return;
        }
        inside.made.push(action.take.node.to_string());
        let hash = Hash::from_bytes(Sha256::digest(TOY_MADE).into());
        let artifacts = vec![Artifact { role: "thing".into(), hash }];
        let outputs = Outputs { artifacts, facts: BTreeMap::new() };
        line.report(Answer::Outputs(Delivery { outputs, charge: None, extension: None }));
    }
}

impl Performer for Toy {
    fn start(&self, action: Action, line: Line) {
        assert!(matches!(action.task, Task::Work { .. }), "the toy is free");
        let mut inside = self.inside.lock().unwrap();
        if inside.slow {
            inside.waiting.push((action, line));
            return;
        }
        drop(inside);
        self.make(&action, line);
    }
}

impl Craft for Toy {
    fn crew(&self, _: &Path, _: &Config) -> Result<Crew, Trouble> {
        Ok(Crew::alone(Arc::new(self.clone())))
    }

    fn schedule(&self, plan: &Plan, setting: &Setting) -> Result<Draft, Vec<Problem>> {
        let node = |id: String, words: &str| NodeSpec {
            identity: Hash::of_text(words),
            route: vec!["toy".into()],
            policy: Some("toy".into()),
            ..NodeSpec::gate(id)
        };
        let scenes: Vec<NodeSpec> = plan
            .scenes
            .iter()
            .map(|scene| NodeSpec { item: true, ..node(format!("{}/video", scene.id), &format!("{scene:?}")) })
            .collect();
        let ids = scenes.iter().map(|scene| scene.id.clone()).collect::<Vec<_>>();
        let film = NodeSpec { awaits: ids.clone(), inputs: ids, at_least: 1, ..node("/film".into(), &plan.film) };
        let mut about = setting.about.clone();
        about.insert("film".into(), plan.film.as_str().into());
        let spec = RunSpec {
            id: RunId(Uuid::nil()),
            about,
            source: None,
            account: setting.account.clone(),
            seed: setting.seed.unwrap_or(0).into(),
            cap: plan.budget.unwrap_or(setting.cap),
            quote: Quote::default(),
            concurrency: 3,
            rounds: 0,
            unclear: Unclear::Hold,
            write_off_limit: Money::from_cents(5),
            on_budget: OnBudget::Pause,
            deadline: None,
            bounds: Bounds { nodes: 1_000, generations: 4 },
            supersedes: None,
            salts: BTreeMap::new(),
            entries: [("toy".into(), Entry::plain(Hash::of_text("toy"), Maker::Local { cores: 1 }))].into(),
            policies: [("toy".into(), Policy::default())].into(),
            goal: film.id.clone(),
            nodes: scenes.into_iter().chain([film]).collect(),
        };
        let made = spec.clone();
        let is_same = move |of: &RunSpec| {
            let RunSpec { id, supersedes, cap, .. } = of.clone();
            RunSpec { id, supersedes, cap, salts: of.salts.clone(), ..made.clone() } == *of
        };
        let (is_same, looks_where) = (Box::new(is_same), Box::new(|_: &RunSpec| true));
        Ok(Draft { spec, warnings: Vec::new(), keyless: Vec::new(), is_same, looks_where })
    }

    fn bring(&self, _: &Plan, _: &Path, _: &Path) -> Result<(), Trouble> {
        Ok(())
    }

    fn quote(&self, spec: &RunSpec, recall: Recall<'_>, learned: Learned<'_>) -> Vec<Row> {
        let _ = (recall, learned);
        let costs = spec.about.get("film").is_some_and(|film| film.contains("paid"));
        let price = Money::from_cents(if costs { 10 } else { 0 });
        let row = |node: &NodeSpec| Row {
            node: node.id.to_string(),
            scene: None,
            step: "video".into(),
            fate: Act::Make,
            lasts_ms: None,
            model: Some("toy".into()),
            expected_usd: price,
            worst_usd: price,
        };
        spec.nodes.iter().map(row).collect()
    }

    fn is_delivered(&self, _: &RunState, _: &Path) -> bool {
        *self.delivered.lock().unwrap()
    }
}

/// A folder with a plan in it, and what its use cases stand on.
pub(crate) fn ground(folder: &Path, toy: &Toy) -> Ground {
    let config = Config::read(&Surroundings::default(), folder, None).unwrap();
    Ground { project: Project { data: folder.join(".retake") }, config: Arc::new(config), craft: Arc::new(toy.clone()) }
}

/// That the film of this plan be made, for five dollars at the most.
pub(crate) fn order(plan: &Path) -> Order {
    Order {
        plan: plan.to_owned(),
        cap: Money::from_cents(500),
        seed: None,
        until: None,
        allow_fallback: false,
        retry: None,
        agreed: false,
        account: None,
    }
}

/// Writes a plan of these scenes.
pub(crate) fn plan(folder: &Path, film: &str, scenes: &[&str]) -> std::path::PathBuf {
    let file = folder.join("film.yaml");
    let scenes: String = scenes.iter().map(|scene| format!("  - {{id: {scene}, shot: a {scene}}}\n")).collect();
    std::fs::write(&file, format!("film: {film}\nscenes:\n{scenes}")).unwrap();
    file
}
