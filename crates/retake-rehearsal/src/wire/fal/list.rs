//! What its platform tells of requests and prices.

use serde_json::{Value, json};

use super::{Fal, NAME};
use crate::clock;
use crate::faults::At;
use crate::jobs::{Job, State};
use crate::server::Desk;
use crate::wire::{Call, Reply, Trouble, Wire as _, Wish, fields, models};

/// How many requests are on a page where nobody says.
const PAGE: u64 = 50;
/// How many there may be.
const PAGE_MOST: u64 = 100;

/// What a call to the platform wishes.
pub(super) fn hear(rest: &[&str], call: &Call) -> Result<Wish, Reply> {
    let bad = |name: &str| {
        let error = json!({"type": "validation_error", "message": format!("invalid {name}")});
        Reply::json(400, &json!({"error": error}))
    };
    match rest {
        [] => {
            let model = call.query("endpoint_id").filter(|id| !id.is_empty()).ok_or_else(|| bad("endpoint_id"))?;
            let unknown = || {
                let message = format!("Endpoint '{model}' not found");
                Reply::json(404, &json!({"error": {"type": "not_found", "message": message}}))
            };
            let kind = models::kind(model).ok_or_else(unknown)?;
            let is_whole = call.query("expand").is_some_and(|expand| expand.split(',').any(|it| it == "openapi-3.0"));
            let model = model.to_owned();
            Ok(Wish::of_model(At::Schema, &model.clone(), move |_| {
                let mut one = json!({"endpoint_id": model, "metadata": {"display_name": model, "status": "active"}});
                if is_whole {
                    one["openapi"] = super::object::openapi(&model, kind);
                }
                Reply::json(200, &json!({"models": [one], "has_more": false, "next_cursor": null}))
            }))
        }
        ["requests", "by-endpoint"] => {
            let model = call.query("endpoint_id").filter(|id| !id.is_empty()).ok_or_else(|| bad("endpoint_id"))?;
            let moment = |name: &str| match call.query(name) {
                None => Ok(None),
                Some(text) => clock::read(text).map(Some).ok_or_else(|| bad(name)),
            };
            let (start, end) = (moment("start")?, moment("end")?);
            let limit = call.query("limit").map_or(Ok(PAGE), |text| text.parse().map_err(|_| bad("limit")))?;
            let limit = usize::try_from(limit.clamp(1, PAGE_MOST)).unwrap_or(1);
            let cursor = call.query("cursor").map(|text| text.parse().map_err(|_| bad("cursor"))).transpose()?;
            let success = match call.query("status") {
                None => None,
                Some("success") => Some(true),
                Some("error") => Some(false),
                Some(_) => return Err(bad("status")),
            };
            let wanted = Wanted {
                model: model.to_owned(),
                start,
                end,
                success,
                request: call.query("request_id").map(str::to_owned),
                payloads: call.query("expand").is_some_and(|expand| expand.split(',').any(|it| it == "payloads")),
            };
            Ok(Wish::of_model(At::Find, &wanted.model.clone(), move |desk| page(desk, &wanted, cursor, limit)))
        }
        ["billing-events"] => {
            let request = call.query("request_id").map(str::to_owned);
            Ok(Wish::of_model(At::Find, "", move |desk| bills(desk, request.as_deref())))
        }
        _ => Err(Fal.trouble(&Trouble::Nowhere)),
    }
}

/// Which requests are wanted.
struct Wanted {
    model: String,
    start: Option<u64>,
    end: Option<u64>,
    success: Option<bool>,
    request: Option<String>,
    payloads: bool,
}

impl Wanted {
    fn has(&self, job: &Job, now: u64) -> bool {
        job.order.model == self.model
            && self.start.is_none_or(|start| job.accepted >= start)
            && self.end.is_none_or(|end| job.accepted < end)
            && self.request.as_ref().is_none_or(|request| *request == job.ticket)
            && self.success.is_none_or(|success| {
                let state = job.state(now);
                state.is_over() && (state == State::Succeeded) == success
            })
    }
}

fn page(desk: &Desk, wanted: &Wanted, cursor: Option<u64>, limit: usize) -> Reply {
    let now = desk.now();
    let mut jobs = desk.list(NAME, cursor, limit + 1, |job| wanted.has(job, now));
    let more = jobs.windows(2).filter(|pair| pair[0].no != pair[1].no).count() >= limit;
    if more {
        let last = jobs.last().map_or(0, |job| job.no);
        jobs.retain(|job| job.no != last);
    }
    let next = jobs.last().filter(|_| more).map(|job| job.no.to_string());
    let items: Vec<Value> = jobs.iter().map(|job| item(desk, job, now, wanted.payloads)).collect();
    Reply::json(200, &json!({"items": items, "has_more": more, "next_cursor": next}))
}

fn item(desk: &Desk, job: &Job, now: u64, payloads: bool) -> Value {
    let state = job.state(now);
    let mut item = json!({
        "request_id": job.ticket,
        "endpoint_id": job.order.model,
        "sent_at": clock::iso(job.accepted),
        "started_at": (now >= job.starts).then(|| clock::iso(job.starts)),
        "ended_at": state.is_over().then(|| clock::iso(job.ends())),
        "status_code": state.is_over().then(|| super::object::result(desk, job).status),
        "duration": fields::seconds(job.ends().min(now).saturating_sub(job.starts.min(now))),
    });
    if payloads {
        item["json_input"] = desk.order(job).input;
    }
    item
}

fn bills(desk: &Desk, request: Option<&str>) -> Reply {
    let now = desk.now();
    let jobs =
        desk.list(NAME, None, 1000, |job| job.charged(now) > 0 && request.is_none_or(|request| request == job.ticket));
    let event = |job: &Job| {
        json!({"request_id": job.ticket, "endpoint_id": job.order.model, "timestamp": clock::iso(job.ends()),
            "cost_total": fields::dollars(job.charged(now))})
    };
    let events: Vec<Value> = jobs.iter().map(event).collect();
    Reply::json(200, &json!({"billing_events": events, "has_more": false, "next_cursor": null}))
}
