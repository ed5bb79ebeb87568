//! How verbs show runs: the one place where they call for pages.

use std::fmt::Write as _;
use std::path::Path;

use retake_engine::fault::Class;
use retake_engine::id::RunId;
use retake_engine::journal::{Record, RunState};
use serde_json::{Value, json};

use super::desk::{Desk, odd};
use crate::app::{Problem, Trouble};
use crate::door::wire::{Brief, Quoted};

/// A run as it goes on.
#[derive(Debug)]
pub(crate) struct Board {
    run: RunId,
    json: bool,
    quiet: bool,
    state: Option<RunState>,
}

impl Board {
    /// Nothing was seen yet.
    pub(crate) const fn new(run: RunId, json: bool, quiet: bool) -> Self {
        Self { run, json, quiet, state: None }
    }

    /// What was seen so far.
    pub(crate) const fn state(&self) -> Option<&RunState> {
        self.state.as_ref()
    }

    /// Shows what is new.
    pub(crate) fn see(&mut self, desk: &Desk, records: &[Record]) -> Result<(), Trouble> {
        let mut told = String::new();
        for record in records {
            match &mut self.state {
                None => {
                    let begun = RunState::begin(record).map_err(|error| Trouble::internal(error.to_string()))?;
                    self.state = Some(begun);
                }
                Some(state) => state.apply(record).map_err(|error| Trouble::internal(error.to_string()))?,
            }
            if self.json {
                let _ = writeln!(told, "{}", event(self.run, record));
            } else if !self.quiet {
                let _ = writeln!(told, "{}", line(record));
            }
        }
        match (&self.state, self.json) {
            (_, true) => desk.data(&told),
            (Some(_), false) if !told.is_empty() => {
                desk.say(told.trim_end());
                Ok(())
            }
            (Some(_) | None, false) => Ok(()),
        }
    }
}

/// An event for machines.
pub(crate) fn event(run: RunId, record: &Record) -> Value {
    let mut value = serde_json::to_value(record).unwrap_or_default();
    if let Some(fields) = value.as_object_mut()
        && record.seq > 1
    {
        fields.insert("run".into(), json!(run));
    }
    value
}

/// An event for people.
pub(crate) fn line(record: &Record) -> String {
    let value = serde_json::to_value(record).unwrap_or_default();
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let about = [field("take"), field("node")].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    format!("{:>5}  {:<12} {about}", record.seq, field("event")).trim_end().to_owned()
}

/// The summary of a run, for machines.
pub(crate) fn summary(run: RunId, state: &RunState) -> Value {
    let summary = state.summary();
    json!({
        "run": run,
        "film": summary.about.get("film"),
        "status": summary.status.word(),
        "items": summary.items,
        "cost": {
            "cap_usd": summary.cap,
            "settled_usd": summary.settled,
            "reserved_usd": summary.reserved,
            "written_off_usd": summary.written_off,
            "saved_by_reuse_usd": summary.saved_by_reuse,
        },
    })
}

/// How a run ended, or where it stands.
pub(crate) fn end(desk: &Desk, state: &RunState) -> Result<(), Trouble> {
    let run = state.spec().id;
    if desk.global.json {
        return desk.data(&format!("{}\n", summary(run, state)));
    }
    let summary = state.summary();
    desk.data(&format!(
        "{}  {} of {} made  ${} of ${}  run {run}\n",
        summary.status.word(),
        summary.items.complete,
        summary.items.total(),
        summary.settled,
        summary.cap
    ))
}

/// Runs, the newest first.
pub(crate) fn runs(desk: &Desk, runs: &[Brief]) -> Result<(), Trouble> {
    if desk.global.json {
        return desk.document(&runs.iter().rev().collect::<Vec<_>>());
    }
    let mut told = String::new();
    for brief in runs.iter().rev() {
        let summary = brief.summary.as_ref().ok_or_else(odd)?;
        let film = summary.about.get("film").or_else(|| summary.about.get("plan")).map_or("", AsRef::as_ref);
        let (status, made, total) = (summary.status.word(), summary.items.complete, summary.items.total());
        let _ = writeln!(told, "{}  {status:<9}  {made:>3}/{total:<3}  ${}  {film}", brief.run, summary.settled);
    }
    desk.data(&told)
}

/// What a plan would do and cost.
pub(crate) fn quote(desk: &Desk, quote: &Quoted) -> Result<(), Trouble> {
    if desk.global.json { desk.document(quote) } else { desk.data(&quote_text(quote)) }
}

/// The same, for people.
pub(crate) fn quote_text(quote: &Quoted) -> String {
    let mut told = format!("{}\n", quote.film);
    for row in &quote.rows {
        let _ = writeln!(told, "  {:<24} {:<6} {:<16} ${}", row.node, row.fate, row.model, row.expected_usd);
    }
    let _ = writeln!(
        told,
        "expected ${}, at the most ${}, cap ${}, spent so far ${}",
        quote.expected_usd, quote.worst_usd, quote.cap_usd, quote.spent_usd
    );
    told
}

/// What the writer of a plan should know.
pub(crate) fn warnings(desk: &Desk, warnings: &[Problem]) {
    for Problem { scene, what, why, hint } in warnings {
        let scene = scene.as_ref().map(|scene| format!("scene `{scene}`: ")).unwrap_or_default();
        let hint = hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default();
        desk.say(&format!("warning: {scene}{what}\n  {why}{hint}"));
    }
}

/// A run as a page for browsers.
pub(crate) fn sheet(state: &RunState, _data: &Path) -> String {
    let run = state.spec().id;
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>retake</title>\n<p>run {run}: {}</p>\n",
        state.status().word()
    )
}

/// What a class of faults means.
pub(crate) fn explain(desk: &Desk, word: Option<&str>) -> Result<(), Trouble> {
    let classes: Vec<String> =
        Class::ALL.iter().filter_map(|class| Some(serde_json::to_value(class).ok()?.as_str()?.to_owned())).collect();
    let Some(word) = word else { return desk.data(&format!("{}\n", classes.join("\n"))) };
    if classes.iter().any(|class| class == word) {
        return desk.data(&format!("{word}\n"));
    }
    let names: Vec<&str> = classes.iter().map(String::as_str).collect();
    let hint = crate::config::nearest(word, &names)
        .map_or_else(|| format!("there are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
    Err(Trouble::usage(format!("there is no class of faults called `{word}`")).hint(hint))
}
