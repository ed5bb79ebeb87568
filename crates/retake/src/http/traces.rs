//! Traces for whoever collects them: a span for each run and for each node of it, as OTLP over HTTP has them in JSON.
//!
//! Built with the feature `otel` alone. Nobody waits for a collector: what it does not take in time is dropped.

use std::collections::HashMap;
use std::time::Duration;

use retake_engine::fault::Fault;
use retake_engine::id::{Hash, NodeId, RunId};
use retake_engine::journal::event::Ending;
use retake_engine::journal::{Event, Record, RunState};
use retake_engine::moment::Moment;
use retake_film::download::Downloads;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::app::App;
use crate::ui::place::Place;
use crate::ui::words;

/// How many spans may wait to be sent.
const WAITING: usize = 8_192;
/// How many are sent at once.
const AT_ONCE: usize = 128;
/// How long a span waits for others.
const GATHER: Duration = Duration::from_secs(1);
/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many things a span tells that happened within it.
const EVENTS: usize = 32;
/// A status that says that it went wrong.
const WRONG: u32 = 2;

/// A span that is not over.
struct Open {
    since: Moment,
    events: Vec<Value>,
}

impl Open {
    const fn new(since: Moment) -> Self {
        Self { since, events: Vec::new() }
    }
}

/// The spans of a run that are not over.
struct Run {
    whole: Open,
    nodes: HashMap<NodeId, Open>,
}

/// Has spans sent to this address for as long as the service lives.
pub(super) async fn carry(
    app: std::sync::Arc<App>,
    address: String,
    to: Downloads,
    mut closing: watch::Receiver<bool>,
) {
    let (hand_in, mut spans) = mpsc::channel(WAITING);
    let runs = std::sync::Mutex::new(HashMap::new());
    app.listen(move |state, records| {
        let mut runs = runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for record in records {
            for span in hear(&mut runs, state, record) {
                let _ = hand_in.try_send(span);
            }
        }
    });
    loop {
        let mut group = Vec::with_capacity(AT_ONCE);
        tokio::select! {
            count = spans.recv_many(&mut group, AT_ONCE) => if count == 0 { return },
            _ = closing.wait_for(|closed| *closed) => return,
        }
        // The first one waits a little for those that follow it.
        let more = async {
            while group.len() < AT_ONCE
                && let Some(span) = spans.recv().await
            {
                group.push(span);
            }
        };
        let _ = tokio::time::timeout(GATHER, more).await;
        let body = document(&group).to_string().into_bytes();
        let _ = to.tell(&address, &[("content-type", "application/json".to_owned())], body, PATIENCE).await;
    }
}

/// What a collector is sent.
fn document(spans: &[Value]) -> Value {
    let resource =
        json!({"attributes": [text("service.name", "retake"), text("service.version", env!("CARGO_PKG_VERSION"))]});
    json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "retake"}, "spans": spans}]}]})
}

/// The spans that this record ends.
fn hear(runs: &mut HashMap<RunId, Run>, state: &RunState, record: &Record) -> Vec<Value> {
    let (run, at) = (state.spec().id, record.at);
    let new = || Run { whole: Open::new(at), nodes: HashMap::new() };
    let open = runs.entry(run).or_insert_with(new);
    let fault = |node: &NodeId, fault: &Fault, open: &mut Run| {
        let node = open.nodes.entry(node.clone()).or_insert_with(|| Open::new(at));
        if node.events.len() < EVENTS {
            let class = [text("fault.class", words::class(fault.class))];
            node.events.push(json!({"timeUnixNano": nanos(at), "name": "take failed", "attributes": class}));
        }
    };
    match &record.event {
        Event::Keyed { node, .. } => drop(open.nodes.entry(node.clone()).or_insert_with(|| Open::new(at))),
        Event::Refused { take, fault: why }
        | Event::Lost { take, fault: why }
        | Event::Fell { take, fault: why, .. } => {
            fault(&take.node, why, open);
        }
        Event::Kept { take, adopted: true, .. } => {
            return open
                .nodes
                .remove(&take.node)
                .map(|span| of_node(state, &take.node, &span, at, None))
                .into_iter()
                .collect();
        }
        Event::GaveUp { node, fault, .. } => {
            let span = open.nodes.remove(node).unwrap_or_else(|| Open::new(at));
            return vec![of_node(state, node, &span, at, Some(words::class(fault.class)))];
        }
        Event::Ended { ending } => {
            let Some(Run { whole, nodes }) = runs.remove(&run) else { return Vec::new() };
            let wrong = (*ending == Ending::Failed).then_some("failed");
            let nodes = nodes.into_iter().map(|(node, span)| of_node(state, &node, &span, at, None));
            let ids = [text("retake.run", &run.to_string())];
            return nodes.chain([span(run, None, "run", &whole, at, &ids, wrong)]).collect();
        }
        _ => {}
    }
    Vec::new()
}

fn of_node(state: &RunState, node: &NodeId, open: &Open, at: Moment, wrong: Option<&str>) -> Value {
    let run = state.spec().id;
    let place = state.graph().find(node).map(|ix| Place::of(&state.graph().node(ix).spec));
    let mut ids = vec![text("retake.run", &run.to_string()), text("retake.node", node.as_str())];
    ids.extend(place.as_ref().and_then(|place| Some(text("retake.scene", place.scene.as_deref()?))));
    let name = place.map_or_else(|| "node".to_owned(), |place| place.step);
    span(run, Some(node), &name, open, at, &ids, wrong)
}

fn span(
    run: RunId,
    node: Option<&NodeId>,
    name: &str,
    open: &Open,
    end: Moment,
    ids: &[Value],
    wrong: Option<&str>,
) -> Value {
    let id = |of: &str| Hash::of([run.0.as_bytes(), of.as_bytes()]).to_string()[..16].to_owned();
    // A node may be made again: what tells its spans apart is when they began.
    let own = node.map_or_else(|| id(""), |node| id(&format!("{node} {}", open.since.ms())));
    let mut span = json!({
        "traceId": run.0.simple().to_string(), "spanId": own, "name": name, "kind": 1,
        "startTimeUnixNano": nanos(open.since), "endTimeUnixNano": nanos(end), "attributes": ids, "events": open.events,
    });
    if node.is_some() {
        span["parentSpanId"] = id("").into();
    }
    if let Some(wrong) = wrong {
        span["status"] = json!({"code": WRONG, "message": wrong});
    }
    span
}

/// A moment as the form wants it: a number too large for JSON, in a text.
fn nanos(at: Moment) -> String {
    format!("{}000000", at.ms())
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}
