//! ComfyUI: a graph of one's own server is queued, and found again by an id of ours.
//!
//! A repeated submission is not recognised, so nothing is sent again before its id was looked for. The queue and the
//! history are the truth; both are forgotten when the server restarts, the files are not.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method as Verb;
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::id::{Hash, Ticket};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::{Candidate, Likeness};
use serde_json::{Value, json};

use super::http::{Auth, Http, Reply, Said};
use super::request::Field;
use super::{
    Card, Fell, Made, Order, Progress, Provider, Published, Request, Safety, Secret, Standard, Submitted, Work, http,
    read,
};

mod graph;
mod history;

/// What holds of it unless somebody says otherwise.
pub(super) const STANDARD: Standard = Standard {
    name: "comfyui",
    base_url: "http://127.0.0.1:8188",
    keys: &[],
    needs_key: false,
    keyless_elsewhere: false,
    per_minute: 0,
    concurrency: 2,
    request_timeout: Duration::from_secs(30),
    poll_every: Duration::from_secs(1),
    safety: Safety::ClientId,
    grace: Duration::from_secs(30),
    lag: Duration::from_secs(1),
    keeps: None,
    open: |seller| Ok(Arc::new(Comfy(Http::new(seller, Auth::Bearer)?))),
};

#[derive(Debug)]
struct Comfy(Http);

#[async_trait]
impl Provider for Comfy {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let graph = graph::of(order)?;
        let id = id(&order.mark);
        let body = json!({ "prompt": graph, "client_id": "retake", "prompt_id": id });
        Ok(Request::post("prompt", &body, order.units()).marked(Some(id)))
    }

    async fn upload(&self, mime: &'static str, bytes: Arc<[u8]>) -> Result<Option<String>, Fault> {
        // What is the same lies at the same place, and nothing is ever overwritten.
        let folder = format!("retake/{}", &Hash::of([&bytes[..]]).to_string()[..16]);
        let field = |name: &str, value: String, file: Option<&str>| Field {
            name: name.to_owned(),
            value,
            file: file.map(str::to_owned),
        };
        let parts = [
            field("image", http::base64(&bytes), Some(mime)),
            field("subfolder", folder, None),
            field("type", "input".to_owned(), None),
        ];
        let reply = self.0.hand_over("upload/image", &parts).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)));
        }
        let file = self.0.told_by(&reply)?;
        let name = read::field(&file, "name");
        let name = name.ok_or_else(|| self.0.garbled(false, "it took a file and does not say its name"))?;
        let folder = read::field(&file, "subfolder").map(|folder| format!("{folder}/")).unwrap_or_default();
        Ok(Some(format!("{folder}{name}")))
    }

    async fn submit(&self, _: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.0.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)).into());
        }
        let ticket = reply.json().and_then(|answer| read::ticket(answer.get("prompt_id")));
        Ok(Submitted::Ticket(ticket.ok_or_else(|| self.0.garbled(true, "it accepted without an id"))?))
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        if let Some(entry) = self.entry(work.ticket).await? {
            return self.outcome(&entry);
        }
        if let Some(begun) = self.queued(work.ticket).await? {
            return Ok(Progress::Pending { after: None, begun });
        }
        // It may have ended between the two questions.
        match self.entry(work.ticket).await? {
            Some(entry) => self.outcome(&entry),
            None => Ok(Progress::Gone),
        }
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let entry = self.entry(work.ticket).await?;
        let entry = entry.ok_or_else(|| self.0.ended(Class::Defective, "it no longer knows what it made"))?;
        let files = history::files(&entry, &self.0);
        let text = history::text(&entry);
        if files.is_empty() && text.is_none() {
            return Err(self.0.ended(Class::Defective, "it succeeded and made nothing").into());
        }
        let outputs = entry.get("outputs").cloned().unwrap_or_default();
        Ok(Made { files, text, answer: self.0.kept(&outputs), ..Made::default() })
    }

    async fn cancel(&self, work: Work<'_>) -> Result<(), Fault> {
        let id = work.ticket.as_str();
        // What waits is taken out of the queue; what runs is stopped, and nothing else with it.
        for (path, wish) in [("queue", json!({ "delete": [id] })), ("interrupt", json!({ "prompt_id": id }))] {
            let reply = self.0.tell(Verb::POST, path, Some(&wish)).await?;
            if !reply.is_ok() {
                return Err(self.0.refused(&reply, said(&reply)));
            }
        }
        Ok(())
    }

    fn key_for(&self, address: &str) -> Option<(String, Secret)> {
        self.0.key_for(address)
    }

    async fn find(&self, _: &Card, request: &Request, since: Moment) -> Result<Vec<Candidate>, Fault> {
        let Some(id) = request.mark.as_deref() else { return Err(self.0.unlisted()) };
        let ticket = Ticket::from(id);
        let is_there = self.queued(&ticket).await?.is_some() || self.entry(&ticket).await?.is_some();
        let found = is_there.then_some(Candidate { ticket, created: since, likeness: Likeness::Exact });
        Ok(found.into_iter().collect())
    }

    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        let reply = self.0.get("object_info").await?;
        let Some(known) = reply.json().filter(|_| reply.is_ok()) else { return Ok(None) };
        let graph = graph::workflow(card)?;
        if let Some(missing) = graph::kinds(&graph).find(|kind| known.get(kind).is_none()) {
            let what = format!("{} has no node {}", self.0.name(), self.0.scrubbed(missing));
            let hint = "install what the workflow needs on that server, or name another model";
            return Err(Fault::new(Class::Invalid, Acceptance::No, what).hint(hint));
        }
        Ok(Some(graph::published(&graph)))
    }
}

impl Comfy {
    /// What became of a prompt that is over; nothing where it waits, runs, or is not known.
    async fn entry(&self, ticket: &Ticket) -> Result<Option<Value>, Fault> {
        let reply = self.0.get(&format!("history/{ticket}")).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)));
        }
        let history = self.0.told_by(&reply)?;
        Ok(history.get(ticket.as_str()).filter(|entry| entry.is_object()).cloned())
    }

    /// Whether a prompt that waits or runs has begun; nothing where it does neither.
    async fn queued(&self, ticket: &Ticket) -> Result<Option<bool>, Fault> {
        let reply = self.0.get("queue").await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, said(&reply)));
        }
        let queue = self.0.told_by(&reply)?;
        let (running, pending) = (queue.get("queue_running"), queue.get("queue_pending"));
        let (Some(running), Some(pending)) = (running.and_then(Value::as_array), pending.and_then(Value::as_array))
        else {
            // Taken as an empty queue it would prove that nothing was accepted.
            return Err(self.0.garbled(false, "its queue is none"));
        };
        let is_it = |job: &Value| job.get(1).and_then(Value::as_str) == Some(ticket.as_str());
        Ok(if running.iter().any(is_it) { Some(true) } else { pending.iter().any(is_it).then_some(false) })
    }

    /// How a prompt ended. The server is one's own: what came to nothing costs nothing.
    fn outcome(&self, entry: &Value) -> Result<Progress, Fell> {
        match history::end(entry) {
            history::End::Success => Ok(Progress::Succeeded { charge: None }),
            history::End::Failure(class, why) => Err(self.0.fell(class, Some(Money::ZERO), &why)),
        }
    }
}

/// An id of ours in the form that it wants.
fn id(mark: &str) -> String {
    let digits = Hash::of_text(mark).to_string();
    // Version 8: made in a way of one's own.
    format!("{}-{}-8{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32])
}

/// What it says where it refuses a graph, with the node that it is about.
fn said(reply: &Reply) -> Said {
    let answer = reply.json().unwrap_or_default();
    let first = answer.get("node_errors").and_then(Value::as_object).and_then(|nodes| nodes.iter().next());
    let of_node = first.and_then(|(id, node)| {
        let error = node.pointer("/errors/0")?;
        let details = read::field(error, "details").unwrap_or_default();
        let kind = read::field(node, "class_type").unwrap_or("node");
        Some(format!("{kind} {id}: {} {details}", read::field(error, "message")?))
    });
    let message = of_node.or_else(|| read::reason(&answer));
    Said { message, ..Said::default() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::header::HeaderMap;

    use super::super::rubbish;
    use super::*;

    #[test]
    fn an_id_is_a_uuid_and_always_the_same() {
        assert_eq!(id("take-1"), id("take-1"));
        assert_ne!(id("take-1"), id("take-2"));
        assert!(uuid::Uuid::parse_str(&id("take-1")).is_ok_and(|id| id.get_version_num() == 8));
    }

    #[test]
    fn the_node_that_is_wrong_is_named() {
        let answer = json!({"error": {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation"},
            "node_errors": {"1": {"errors": [{"type": "invalid_input_type", "message": "Failed to convert", "details": "width, wide"}],
                "class_type": "EmptyImage"}}});
        let reply = Reply { status: 400, headers: HeaderMap::new(), body: answer.to_string().into_bytes() };
        assert_eq!(said(&reply).message.as_deref(), Some("EmptyImage 1: Failed to convert width, wide"));
    }

    #[test]
    fn no_answer_makes_it_panic() {
        let comfy = Comfy(Http::new(&STANDARD.seller("comfyui"), Auth::Bearer).unwrap());
        proptest!(|(answer in rubbish::json(&["node_errors", "errors", "error", "message", "status", "status_str", "messages", "outputs"]))| {
            let reply = Reply { status: 400, headers: HeaderMap::new(), body: answer.to_string().into_bytes() };
            let _ = (said(&reply), comfy.outcome(&answer).is_ok(), history::files(&answer, &comfy.0), history::text(&answer));
        });
    }
}
