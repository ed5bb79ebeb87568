//! What an assistant is told of runs and quotes: short enough to be read each time, with what to do next.

use std::collections::BTreeMap;
use std::path::PathBuf;

use retake_engine::journal::Record;
use serde_json::{Value, json};

use super::Desk;
use crate::app::{Act, PLAN, Trouble, beside};
use crate::door::wire::{Brief, Quoted};
use crate::ui::json::{self as facts, Output, Run};
use crate::ui::story::Story;
use crate::ui::words;

/// How many steps of a quote are told; the sums count all of them.
const STEPS_MOST: usize = 200;

/// A run out of its journal.
pub(super) fn story(records: &[Record]) -> Result<Story, Trouble> {
    Story::read(records).map_err(|why| Trouble::internal(format!("the journal cannot be read: {why}")))
}

/// Where a run stands, and what can be done.
pub(super) fn run(story: &Story, is_owned: bool) -> Value {
    let run = Run::of(story, story.worked());
    let scenes: Vec<Value> = run
        .scenes
        .iter()
        .map(|scene| {
            let faults: BTreeMap<&str, &str> =
                scene.nodes.iter().filter_map(|node| Some((node.id.as_str(), node.fault?))).collect();
            let mut told = json!({"id": scene.id, "state": scene.state});
            if !faults.is_empty() {
                told["faults"] = json!(faults);
            }
            told
        })
        .collect();
    json!({
        "run": run.run, "film": run.film, "status": run.status, "reason": run.reason, "seq": story.state().seq(),
        "progress": run.progress, "items": run.items, "cost": run.cost, "scenes": scenes,
        "next": next(run.status, run.reason, is_owned),
    })
}

/// A run as a list shows it.
pub(super) fn brief(brief: &Brief) -> Value {
    let summary = brief.summary.as_ref();
    json!({
        "run": brief.run, "film": summary.map(|summary| words::title(&summary.about)),
        "status": summary.map(|summary| summary.status.word()), "seq": brief.seq,
        "steps_done": summary.map(|summary| summary.nodes_done), "steps": summary.map(|summary| summary.nodes),
        "settled_usd": summary.map(|summary| summary.settled), "cap_usd": summary.map(|summary| summary.cap),
        "created_ms": brief.created,
    })
}

fn next(status: &str, reason: Option<&str>, is_owned: bool) -> &'static str {
    match (status, reason) {
        ("queued" | "running", _) if !is_owned => "no process works on it: `resume` goes on",
        ("queued" | "running", _) => "`watch` waits for news",
        ("paused", Some("budget" | "overrun")) => {
            "it needs more money: a person raises the cap with `retake budget RUN USD`, then `resume`"
        }
        ("paused", Some("credentials")) => {
            "a provider refuses the key, or has no credit: a person sees to it, then `resume`"
        }
        ("paused", Some("review")) => "somebody wants to look first: `film` shows what is there, `resume` goes on",
        ("paused", _) => "`resume` goes on",
        ("completed", _) => "`film` shows it, `redo` makes a scene anew",
        ("partial", _) => "`film` shows it; `retry` tries again what failed",
        ("failed", _) => "`retry` tries again what failed",
        ("cancelled", _) => "what was made is kept: `run` with the same plan reuses it",
        _ => "`status` looks at it",
    }
}

/// What a plan would make and cost.
pub(super) fn quote(quoted: &Quoted) -> Value {
    let steps: Vec<Value> = quoted
        .rows
        .iter()
        .take(STEPS_MOST)
        .map(|row| {
            let fate = if row.fate == Act::Reuse { "reuse" } else { "make" };
            json!({"node": row.node, "fate": fate, "model": row.model, "expected_usd": row.expected_usd, "worst_usd": row.worst_usd})
        })
        .collect();
    json!({
        "film": quoted.film, "reuse": quoted.count(Act::Reuse), "make": quoted.count(Act::Make),
        "expected_usd": quoted.expected_usd, "worst_usd": quoted.worst_usd, "cap_usd": quoted.cap_usd,
        "spent_usd": quoted.spent_usd, "scenes_are_written_first": quoted.writes, "steps": steps,
        "warnings": quoted.warnings, "keyless": quoted.keyless,
    })
}

/// Where the film of a run lies, and its manifest.
pub(super) fn places(desk: &Desk, story: &Story) -> Option<(Output, PathBuf, Option<PathBuf>)> {
    let output = facts::Output::of(story.state())?;
    let plan = desk.keeper.ground().project.data.parent()?.join(&**story.state().spec().about.get(PLAN)?);
    let at = |path: &String| beside(&plan, path);
    let film = output.path.as_ref().and_then(at)?;
    let manifest = output.manifest.as_ref().and_then(at);
    Some((output, film, manifest))
}
