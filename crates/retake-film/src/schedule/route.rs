//! Who may make what: the names that a plan gives, looked up, and what stands in for none.

use retake_engine::id::EntryId;

use super::Draft;
use crate::catalogue::{Kind, Missing, Model};
use crate::plan::{Route, nearest};
use crate::providers::card::From;
use crate::recipe::Instead;

impl Draft<'_> {
    /// The entries of a route, in their order, and who was asked for where the first of them stands in. A problem is
    /// noted where nothing is left of it.
    pub(super) fn route(
        &mut self,
        scene: Option<&str>,
        kind: Kind,
        wished: Option<&Route>,
    ) -> (Vec<EntryId>, Option<Instead>) {
        let choices = &self.plan.choices;
        let film = [choices.voice.as_ref(), choices.image.as_ref(), choices.video.as_ref()];
        // What is wrong with the film's own route is told once, not of every scene.
        let scene = scene.filter(|_| !film.contains(&wished));
        let (names, instead) = match wished {
            Some(route) => self.wished(scene, kind, route),
            None => (self.usual(scene, kind), None),
        };
        if let (Kind::Speech, [first, second, ..]) = (kind, &names[..]) {
            let what = format!("where `{first}` cannot speak a scene, `{second}` speaks all that share the route");
            let why = "a narrator does not change in the middle of a film; what was spoken before is paid all the same";
            self.warn(what, why.to_owned(), format!("write `voice: {first}` where it must be that one or none"));
        }
        (names.iter().map(|name| self.enter(name)).collect(), instead)
    }

    pub(super) fn enter(&mut self, name: &str) -> EntryId {
        let model = self.setting.catalogue.find(name).expect("it was found before");
        let (id, entry) = model.entry(!self.has_fixed_seeds());
        self.entries.insert(id.clone(), entry);
        id
    }

    /// Whether the plan names a seed anywhere: then seeds are no marks of ours.
    fn has_fixed_seeds(&self) -> bool {
        let of = |scene: &crate::plan::Scene| scene.shots().iter().any(|shot| shot.seed.is_some());
        self.plan.seed.is_some() || self.plan.scenes.iter().any(of)
    }

    /// Whether any of these is sold.
    pub(super) fn is_sold(&self, route: &[EntryId]) -> bool {
        route.iter().any(|name| self.setting.catalogue.find(name.as_str()).is_some_and(Model::is_sold))
    }

    /// Whether this makes clips from words alone.
    pub(super) fn begins_with_words(&self, name: &EntryId) -> bool {
        let card = self.setting.catalogue.find(name.as_str()).and_then(Model::card);
        card.is_some_and(|card| card.begins_with(From::Text))
    }

    /// The entry of a step that no model makes.
    pub(super) fn enter_step(&mut self, name: &str) -> Vec<EntryId> {
        let (id, entry) = crate::catalogue::step(name);
        self.entries.insert(id.clone(), entry);
        vec![id]
    }

    /// Those of a wish that can be used. Where keys are missing and only something free would be left, that is for a
    /// person to say: the route stays as it was wished, and it is noted what is missing.
    fn wished(&mut self, scene: Option<&str>, kind: Kind, route: &Route) -> (Vec<String>, Option<Instead>) {
        let catalogue = self.setting.catalogue;
        let (mut usable, mut whole, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
        for name in &route.0 {
            match catalogue.find(name) {
                Some(model) if model.kind == kind => {
                    let reason = self.reason(model);
                    if reason.as_ref().is_none_or(|missing| missing.is_key) {
                        whole.push(name.clone());
                    }
                    match reason {
                        None => usable.push(name.clone()),
                        Some(reason) if usable.is_empty() => reasons.push((name.clone(), reason)),
                        // Nobody misses one that would have come later.
                        Some(_) => {}
                    }
                }
                other => self.unknown(scene, kind, name, other),
            }
        }
        let Some((name, reason)) = reasons.first().cloned() else { return (usable, None) };
        let buys = usable.iter().any(|name| catalogue.find(name).is_some_and(Model::is_sold));
        let lacks_key = reasons.iter().any(|(_, reason)| reason.is_key);
        if lacks_key && !buys && !self.setting.allow_fallback {
            for (name, reason) in reasons.into_iter().filter(|(_, reason)| reason.is_key) {
                self.lacks_key(scene, name, reason);
            }
            return (whole, None);
        }
        let Missing { why, hint, .. } = reason;
        let instead = Some(Instead { of: name.clone(), why: why.clone() });
        if let Some(first) = usable.first() {
            self.warn(format!("`{first}` stands in for `{name}`"), why, hint);
            return (usable, instead);
        }
        if self.setting.allow_fallback {
            let usual = self.usual(scene, kind);
            if let Some(first) = usual.first() {
                self.warn(format!("`{first}` stands in for `{name}`"), why, hint);
            }
            return (usual, instead);
        }
        let what = format!("`{name}` cannot be used here");
        self.problem(scene, what, why, format!("{hint}; or take what is there with `--allow-fallback`"));
        (usable, None)
    }

    /// Notes once that a model has no key.
    fn lacks_key(&mut self, scene: Option<&str>, model: String, missing: Missing) {
        if self.keyless.iter().any(|other| other.model == model) {
            return;
        }
        let Missing { why, hint, .. } = missing;
        let what = format!("`{model}` cannot be used here");
        let hint = format!("{hint}; or let something free stand in with `--allow-fallback`");
        let problem = super::Problem { scene: scene.map(str::to_owned), what, why, hint };
        self.keyless.push(super::Keyless { model, problem });
    }

    /// What makes things of this kind where the plan names nobody: the best maker of our own that is there, key or not,
    /// for nobody pays without having asked. People are told where that is not the best there could be.
    fn usual(&mut self, scene: Option<&str>, kind: Kind) -> Vec<String> {
        let catalogue = self.setting.catalogue;
        let mut reasons = Vec::new();
        for model in catalogue.of(kind).filter(|model| !model.is_sold()) {
            match self.reason(model) {
                None => {
                    let name = model.name.to_string();
                    if let Some((best, Missing { why, hint, .. })) = reasons.into_iter().next() {
                        self.warn(format!("`{name}` stands in for `{best}`"), why, hint);
                    }
                    return vec![name];
                }
                Some(reason) => reasons.push((model.name.clone(), reason)),
            }
        }
        if let Some((name, Missing { why, hint, .. })) = reasons.into_iter().next() {
            self.problem(scene, format!("nothing here makes {}, not even `{name}`", kind.word()), why, hint);
        }
        Vec::new()
    }

    /// Why a model cannot be used for this film.
    fn reason(&self, model: &Model) -> Option<Missing> {
        let language = self.plan.language.as_deref().unwrap_or("en");
        if model.kind == Kind::Speech && !model.speaks(language) {
            let why = format!("it does not speak `{language}`");
            let hint = "name a voice that does: `retake models --kind speech`".to_owned();
            return Some(Missing { why, hint, is_key: false });
        }
        model.missing.clone()
    }

    fn unknown(&mut self, scene: Option<&str>, kind: Kind, name: &str, found: Option<&Model>) {
        let catalogue = self.setting.catalogue;
        let all: Vec<&str> = catalogue.of(kind).map(|model| &*model.name).collect();
        let hint = match nearest(name, &all) {
            Some(near) => format!("did you mean `{near}`? `retake models` lists them all"),
            None => format!("write one of `{}`; `retake models` lists them all", all.join("`, `")),
        };
        let (what, why) = match found {
            Some(model) => {
                (format!("`{name}` is asked for {}", kind.word()), format!("it is a model for {}", model.kind.word()))
            }
            None => (format!("the model `{name}` is not known"), "the catalogue has no such name".to_owned()),
        };
        self.problem(scene, what, why, hint);
    }

    /// Tells people something once.
    pub(super) fn warn(&mut self, what: String, why: String, hint: String) {
        if !self.told.contains(&what) {
            self.told.push(what.clone());
            self.warnings.push(super::Problem { scene: None, what, why, hint });
        }
    }
}
