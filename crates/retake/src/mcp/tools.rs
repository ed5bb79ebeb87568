//! The tools: what each is called, what it takes and what it does.

use std::sync::Arc;
use std::time::Duration;

use retake_engine::journal::state::{Items, Status};
use rmcp::model::{Tool as Described, ToolAnnotations};
use serde::Deserialize;
use serde_json::{Value, json};

use super::keeper::is_at_rest;
use super::plans::{self, Named, order};
use super::{Answer, Desk, at, read, text, told};
use crate::app::{Offered, Trouble, Wish, odd, poster, tools as programs};
use crate::door::wire::{Brief, Quoted, Reply, Request, Started, Wrote};

/// How long `watch` waits where nobody says.
const WAIT_S: u64 = 30;
/// How long it waits at the most.
const WAIT_MOST_S: u64 = 120;
/// How often it looks.
const LOOK: Duration = Duration::from_millis(300);
/// How many runs are listed at the most.
const RUNS_MOST: usize = 50;
/// The largest picture that is shown.
const PICTURE_BYTES: usize = 256 << 10;

/// How a tool is done.
pub(super) enum Act {
    /// At once, on a thread that may wait for the disk.
    At(fn(&Desk, Value) -> Result<Answer, Trouble>),
    /// By waiting.
    Watch,
}

/// A tool.
pub(super) struct Tool {
    /// What it is called.
    pub(super) name: &'static str,
    about: &'static str,
    schema: fn() -> Value,
    /// Whether it only looks.
    looks: bool,
    /// How it is done.
    pub(super) act: Act,
}

impl Tool {
    /// As assistants are told of it.
    pub(super) fn described(&self) -> Described {
        let Value::Object(schema) = (self.schema)() else { return Described::default() };
        let hints =
            ToolAnnotations::new().read_only(self.looks).destructive(self.name == "cancel").idempotent(self.looks);
        Described::new(self.name, self.about, schema).with_annotations(hints)
    }
}

/// Every tool.
pub(super) fn all() -> &'static [Tool] {
    &TOOLS
}

const TOOLS: [Tool; 11] = [
    Tool {
        name: "quote",
        about: "What making the film of a plan would reuse, make and cost, step by step. Nothing is made or spent.",
        schema: || plans::schema(&[]),
        looks: true,
        act: Act::At(quote),
    },
    Tool {
        name: "run",
        about: "Make the film of a plan, or go on with it. Without `agreed: true` nothing is begun: the answer is the quote, \
                to be shown to whoever pays. With it the run goes on by itself and is never spent on past its cap; what was \
                made before is reused.",
        schema: || {
            let agreed = json!({"type": "boolean", "description": "Somebody has seen the quote and agrees to what it may cost."});
            let until = json!({"type": "string", "enum": ["voice", "storyboard"], "description": "Pause when all voices or pictures are there; `resume` goes on."});
            plans::schema(&[("agreed", agreed), ("until", until)])
        },
        looks: false,
        act: Act::At(run),
    },
    Tool {
        name: "watch",
        about: "Wait until something has changed in a run (a step was made or failed, or it ended or paused), or the time is \
                up; then say where it stands.",
        schema: || {
            of_run(&[
                (
                    "seconds",
                    json!({"type": "integer", "minimum": 0, "maximum": WAIT_MOST_S, "description": "How long to wait; 30 where nothing is said."}),
                ),
                (
                    "after",
                    json!({"type": "integer", "minimum": 0, "description": "The `seq` of the last answer: what came after it counts as news."}),
                ),
            ])
        },
        looks: true,
        act: Act::Watch,
    },
    Tool {
        name: "status",
        about: "Where a run stands, scene by scene, and what can be done.",
        schema: || of_run(&[]),
        looks: true,
        act: Act::At(status),
    },
    Tool {
        name: "list",
        about: "The runs there are, the newest first.",
        schema: || object(&[]),
        looks: true,
        act: Act::At(list),
    },
    Tool {
        name: "resume",
        about: "Go on with a run that is paused or was interrupted.",
        schema: || the_run(&[]),
        looks: false,
        act: Act::At(resume),
    },
    Tool {
        name: "retry",
        about: "Try again everything that failed in a run, within its cap.",
        schema: || the_run(&[]),
        looks: false,
        act: Act::At(retry),
    },
    Tool {
        name: "redo",
        about: "Make a scene, a shot or a step anew, within the run's cap, in other words or by another model where that is \
                said. What was there is kept. In other words it is another run, which takes the place of this one and reuses \
                all else. Of a plan that is a file, the answer says which line to change.",
        schema: || {
            let mut schema = the_run(&[
                (
                    "what",
                    text(
                        "SCENE[.SHOT][/STEP], such as `storm`, `lamp.2`, `lamp/voice`; without a step the picture alone.",
                    ),
                ),
                ("words", text("In other words: those of its picture, or what is said where `what` is its voice.")),
                ("model", text("By another model, which is asked first; `models` lists them.")),
            ]);
            schema["required"] = json!(["run", "what"]);
            schema
        },
        looks: false,
        act: Act::At(redo),
    },
    Tool {
        name: "cancel",
        about: "Stop a run. Nothing new is begun, what is paid for is waited for, what was made is kept.",
        schema: || {
            the_run(&[("now", json!({"type": "boolean", "description": "Cancel paid work at its providers as well."}))])
        },
        looks: false,
        act: Act::At(cancel),
    },
    Tool {
        name: "models",
        about: "The models that plans can name: what each makes, what it costs, whether it can be used here.",
        schema: || {
            object(&[
                ("kind", text("Those that make this: video, image, speech, music, code.")),
                ("available", json!({"type": "boolean", "description": "Those alone that can be used here."})),
            ])
        },
        looks: true,
        act: Act::At(models),
    },
    Tool {
        name: "film",
        about: "The film of a run: where it lies, how long it is, what it cost, and a picture of it.",
        schema: || of_run(&[]),
        looks: true,
        act: Act::At(film),
    },
];

fn object(properties: &[(&str, Value)]) -> Value {
    let properties: serde_json::Map<String, Value> =
        properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// The arguments of what looks at a run.
fn of_run(more: &[(&str, Value)]) -> Value {
    let run = ("run", text("The run, by its id or the beginning of it; the newest where nothing is said."));
    object(&[&[run], more].concat())
}

/// The arguments of what does something about a run.
fn the_run(more: &[(&str, Value)]) -> Value {
    let mut schema = object(&[&[("run", text("The run, by its id or the beginning of it."))], more].concat());
    schema["required"] = json!(["run"]);
    schema
}

fn quote(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    let named: Named = read(arguments)?;
    Ok(told::quote(&quoted(desk, &named)?).into())
}

fn quoted(desk: &Desk, named: &Named) -> Result<Quoted, Trouble> {
    let order = order(desk, named)?;
    desk.keeper.ground().project.make()?;
    match desk.keeper.ask(&Request::Quote(order))? {
        Reply::Quoted(quoted) => Ok(quoted),
        _ => Err(odd()),
    }
}

fn run(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    let named: Named = read(arguments)?;
    let unagreed = |quoted: &Quoted| {
        let next = "nothing was begun: show this to whoever pays, then call `run` again with `agreed: true`";
        Answer::from(json!({"begun": false, "quote": told::quote(quoted), "next": next}))
    };
    if !named.agreed {
        return quoted(desk, &named).map(|quoted| unagreed(&quoted));
    }
    let order = order(desk, &named)?;
    desk.keeper.ground().project.make()?;
    match desk.keeper.act(&Request::Run(order))? {
        Reply::Started(Started { run, how, writes, warnings }) => {
            let next = if writes {
                "its scenes are written first: `watch` until that is completed, then call `run` again, without `agreed`"
            } else {
                "`watch` waits for news"
            };
            Ok(json!({"begun": true, "run": run, "how": how, "warnings": warnings, "next": next}).into())
        }
        Reply::Wrote(Wrote { file, by, film, scenes, spent_usd, warnings }) => {
            let next = "its scenes are written: look them over, then call `run` again, without `agreed`, for the quote";
            Ok(json!({"begun": false, "film": film, "written_by": by, "file": file, "scenes": scenes, "spent_usd": spent_usd, "warnings": warnings, "next": next}).into())
        }
        Reply::Asks(quoted) => Ok(unagreed(&quoted)),
        _ => Err(odd()),
    }
}

/// A run that is looked at.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Which {
    run: Option<String>,
}

/// A run that something is done about.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct The {
    run: String,
}

fn look(desk: &Desk, run: Option<String>) -> Result<Value, Trouble> {
    let Reply::Records(records) = desk.keeper.ask(&Request::Journal(run))? else { return Err(odd()) };
    Ok(told::run(&told::story(&records)?, desk.keeper.is_owned()))
}

fn status(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    let Which { run } = read(arguments)?;
    look(desk, run).map(Answer::from)
}

fn list(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}
    let Nothing {} = read(arguments)?;
    if !desk.keeper.ground().project.exists() {
        return Ok(json!({"runs": []}).into());
    }
    let Reply::Runs(runs) = desk.keeper.ask(&Request::List)? else { return Err(odd()) };
    let told: Vec<Value> = runs.iter().rev().take(RUNS_MOST).map(told::brief).collect();
    Ok(json!({"runs": told, "more": runs.len().saturating_sub(RUNS_MOST)}).into())
}

fn act(desk: &Desk, request: &Request) -> Result<Answer, Trouble> {
    match desk.keeper.act(request)? {
        Reply::Run(brief) => look(desk, Some(brief.run.to_string())).map(Answer::from),
        _ => Err(odd()),
    }
}

fn resume(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    let The { run } = read(arguments)?;
    act(desk, &Request::Resume(Some(run)))
}

fn retry(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    let The { run } = read(arguments)?;
    act(desk, &Request::Retry(Some(run)))
}

fn redo(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Redo {
        run: String,
        what: String,
        words: Option<String>,
        model: Option<String>,
    }
    let Redo { run, what, words, model } = read(arguments)?;
    if words.is_none() && model.is_none() {
        return act(desk, &Request::Redo { run: Some(run), what });
    }
    match desk.keeper.act(&Request::Otherwise { run: Some(run), wish: Wish { what, words, model } })? {
        Reply::Started(Started { run, warnings, .. }) => {
            let mut value = look(desk, Some(run.to_string()))?;
            value["warnings"] = json!(warnings);
            Ok(value.into())
        }
        _ => Err(odd()),
    }
}

fn cancel(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Cancel {
        run: String,
        #[serde(default)]
        now: bool,
    }
    let Cancel { run, now } = read(arguments)?;
    act(desk, &Request::Cancel { run: Some(run), now })
}

fn models(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Wanted {
        kind: Option<String>,
        available: bool,
    }
    let Wanted { kind, available } = read(arguments)?;
    let ground = desk.keeper.ground();
    let all = ground.craft.models(&ground.config)?;
    let fits =
        |model: &&Offered| kind.as_ref().is_none_or(|kind| *kind == model.kind) && (model.available || !available);
    let told: Vec<Value> = all.iter().filter(fits).map(|model| {
        let Offered { name, kind, provider, about, price, available, missing, .. } = model;
        json!({"name": name, "kind": kind, "provider": provider, "about": about, "price": price, "available": available, "missing": missing})
    }).collect();
    if told.is_empty() && kind.is_some() {
        let mut kinds: Vec<&str> = all.iter().map(|model| model.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        return Err(Trouble::usage("no such model").hint(format!("there are {}", kinds.join(", "))));
    }
    Ok(json!({"models": told}).into())
}

fn film(desk: &Desk, arguments: Value) -> Result<Answer, Trouble> {
    let Which { run } = read(arguments)?;
    let Reply::Records(records) = desk.keeper.ask(&Request::Journal(run))? else { return Err(odd()) };
    let story = told::story(&records)?;
    let mut value = told::run(&story, desk.keeper.is_owned());
    let Some((output, path, manifest)) = told::places(desk, &story) else {
        let what = format!("there is no film of this run yet: it is {}", value["status"].as_str().unwrap_or_default());
        return Err(Trouble::missing(what).hint(value["next"].as_str().unwrap_or_default()));
    };
    let is_there = path.is_file();
    value["path"] = json!(path);
    value["is_there"] = json!(is_there);
    value["manifest"] = json!(manifest);
    value["seconds"] = json!(output.seconds);
    value["sha256"] = json!(output.sha256);
    let picture = poster(&programs(&desk.keeper.ground().config), &path);
    Ok(Answer { value, picture: picture.filter(|picture| picture.len() <= PICTURE_BYTES) })
}

/// What counts as news.
#[derive(Debug, Clone, PartialEq)]
struct Mark {
    status: Option<Status>,
    items: Option<Items>,
    done: Option<usize>,
}

impl Mark {
    fn of(brief: &Brief) -> Self {
        let summary = brief.summary.as_ref();
        Self {
            status: summary.map(|summary| summary.status.clone()),
            items: summary.map(|summary| summary.items),
            done: summary.map(|summary| summary.nodes_done),
        }
    }
}

/// Waits for news of a run.
pub(super) async fn watch(desk: &Arc<Desk>, arguments: Value) -> Result<Answer, Trouble> {
    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Wait {
        run: Option<String>,
        seconds: Option<u64>,
        after: Option<u64>,
    }
    let Wait { run, seconds, after } = read(arguments)?;
    let first = find(desk, run).await?;
    let (mark, run) = (Mark::of(&first), first.run.to_string());
    // What came after the last answer is news already.
    let is_news = after.is_some_and(|after| first.seq > after);
    let span = Duration::from_secs(seconds.unwrap_or(WAIT_S).min(WAIT_MOST_S));
    let news = async {
        let mut now = first;
        // What nobody carries does not move.
        while !is_news && !is_at_rest(&now) && Mark::of(&now) == mark {
            if !at(desk, |desk| Ok(desk.keeper.is_owned())).await? {
                break;
            }
            tokio::time::sleep(LOOK).await;
            now = find(desk, Some(run.clone())).await?;
        }
        Ok::<(), Trouble>(())
    };
    if let Ok(ended) = tokio::time::timeout(span, news).await {
        ended?;
    }
    at(desk, move |desk| look(desk, Some(run)).map(Answer::from)).await
}

async fn find(desk: &Arc<Desk>, run: Option<String>) -> Result<Brief, Trouble> {
    let found = at(desk, move |desk| desk.keeper.ask(&Request::Find(run))).await?;
    let Reply::Run(brief) = found else { return Err(odd()) };
    Ok(*brief)
}
