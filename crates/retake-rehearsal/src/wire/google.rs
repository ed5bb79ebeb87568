//! Google's Gemini API, from its own side.
//!
//! Owns its routes and its wording. Texts and pictures are in [`content`], clips in [`interactions`], files in [`files`].

use serde_json::{Value, json};

use super::{Call, Key, Letter, Method, Reply, Trouble, Wire, Wish, fields, models};
use crate::faults::At;
use crate::jobs::{Job, Kind};
use crate::server::Desk;

pub(super) mod content;
pub(super) mod files;
mod interactions;

/// Its name.
const NAME: &str = "google";
/// Its models, as its list shows them.
const MODELS: [&str; 6] = [
    "gemini-3.1-flash",
    "gemini-3-pro",
    "gemini-3-pro-image",
    "gemini-nano-banana-2.1",
    "gemini-omni-1.2-flash",
    "gemini-3.1-flash-tts",
];
/// Models that there were, by what their names contain.
const RETIRED: [&str; 2] = ["imagen-", "veo-"];

/// The provider.
pub(super) struct Google;

impl Wire for Google {
    fn key(&self, call: &Call) -> Key {
        let shown = call.header("x-goog-api-key").or_else(|| call.query("key"));
        let is_upload = call.path.first().is_some_and(|first| first == "upload") && call.query("upload_id").is_some();
        match shown {
            Some(key) => Key::Shown(key.trim().to_owned()),
            // The address of an upload is a secret by itself.
            None if is_upload => Key::Open,
            None => Key::Missing,
        }
    }

    fn hear(&self, call: &Call, desk: &Desk) -> Result<Wish, Reply> {
        let segments = call.segments();
        match (&call.method, segments.as_slice()) {
            (&Method::POST, ["upload", "v1beta", "files"]) => files::bring(call),
            (method, ["v1beta", "files", rest @ ..]) => files::hear(method, rest, desk),
            (method, ["v1beta", "interactions", rest @ ..]) => interactions::hear(method, rest, call, desk),
            (&Method::GET, ["v1beta", "models"]) => Ok(Wish::of_model(At::Schema, "", |_| {
                Reply::json(
                    200,
                    &json!({"models": models::listed(NAME, &MODELS).into_iter().map(model).collect::<Vec<_>>()}),
                )
            })),
            // Even of models that are gone this tells: only the list can be believed.
            (&Method::GET, ["v1beta", "models", name]) => {
                models::kind(name).ok_or_else(|| self.trouble(&Trouble::Model(name)))?;
                let known = model(name);
                Ok(Wish::of_model(At::Schema, name, move |_| Reply::json(200, &known)))
            }
            (&Method::POST, ["v1beta", "models", verb]) => {
                let (model, verb) = verb.rsplit_once(':').ok_or_else(|| self.trouble(&Trouble::Nowhere))?;
                let kind = kind(model)?;
                content::submit(NAME, model, kind, verb, call).unwrap_or_else(|| Err(self.trouble(&Trouble::Nowhere)))
            }
            _ => Err(self.trouble(&Trouble::Nowhere)),
        }
    }

    fn trouble(&self, trouble: &Trouble<'_>) -> Reply {
        match *trouble {
            Trouble::Key => {
                let info = json!({
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "API_KEY_INVALID",
                    "domain": "googleapis.com",
                    "metadata": {"service": "generativelanguage.googleapis.com"},
                });
                let message = "API key not valid. Please pass a valid API key.";
                error(400, "INVALID_ARGUMENT", message, &json!([info]))
            }
            Trouble::Model(model) => {
                let message = format!(
                    "This model models/{model} is no longer available. Please update your code to use a newer model."
                );
                error(404, "NOT_FOUND", &message, &json!([]))
            }
            Trouble::Throttle { seconds, said } => {
                throttle("GenerateRequestsPerMinutePerProjectPerModel", seconds, said)
            }
            Trouble::NoCredit(None | Some(429)) => {
                throttle("GenerateRequestsPerDayPerProjectPerModel-FreeTier", 0, false)
            }
            Trouble::NoCredit(Some(status)) => {
                let message = "Billing is not enabled, or your prepayment is used up. Please check your plan.";
                error(status, "FAILED_PRECONDITION", message, &json!([]))
            }
            ref common => plain(common),
        }
    }

    fn hook(&self, desk: &Desk, job: &Job, delivery: &super::Delivery<'_>) -> Option<Letter> {
        interactions::letter(desk, job, delivery)
    }

    fn ticket(&self, random: &[u8; 32]) -> String {
        fields::hex(&random[..20])
    }
}

/// What both of its doors say in the same words.
pub(super) fn plain(trouble: &Trouble<'_>) -> Reply {
    match *trouble {
        Trouble::Status(status) => {
            let (name, message) = match status {
                503 => ("UNAVAILABLE", "The model is overloaded. Please try again later."),
                504 => ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
                403 => ("PERMISSION_DENIED", "The caller does not have permission"),
                409 => ("ABORTED", "The operation was aborted."),
                _ => ("INTERNAL", "An internal error has occurred. Please retry."),
            };
            let reply = error(status, name, message, &json!([]));
            // Some of its front ends put what they say into a list.
            if matches!(status, 502..=504) { listed(&reply) } else { reply }
        }
        Trouble::Refused { input } => {
            let message = format!(
                "The {input} could not be submitted. It contains sensitive words that violate Google's Responsible AI practices. Try rephrasing it."
            );
            error(400, "INVALID_ARGUMENT", &message, &json!([]))
        }
        Trouble::TooLarge => error(413, "INVALID_ARGUMENT", "Request payload size exceeds the limit.", &json!([])),
        _ => error(404, "NOT_FOUND", "Requested entity was not found.", &json!([])),
    }
}

/// The kind of a model that is still there.
fn kind(model: &str) -> Result<Kind, Reply> {
    let is_retired = RETIRED.iter().any(|gone| model.starts_with(gone));
    models::kind(model).filter(|_| !is_retired).ok_or_else(|| Google.trouble(&Trouble::Model(model)))
}

fn model(name: &str) -> Value {
    json!({
        "name": format!("models/{name}"),
        "displayName": name,
        "version": "001",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
    })
}

/// An error in its form.
pub(super) fn error(code: u16, status: &str, message: &str, details: &Value) -> Reply {
    let mut error = json!({"code": code, "message": message, "status": status});
    if details.as_array().is_some_and(|details| !details.is_empty()) {
        error["details"] = details.clone();
    }
    Reply::json(code, &json!({"error": error}))
}

/// What was not said, or not so that it can be understood.
pub(super) fn invalid(message: &str) -> Reply {
    error(400, "INVALID_ARGUMENT", message, &json!([]))
}

/// The same as the one entry of a list.
pub(super) fn listed(reply: &Reply) -> Reply {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    Reply::json(reply.status, &json!([body]))
}

/// A quota is used up; where it is said, with the time after which there is some again.
fn throttle(quota: &str, seconds: u64, said: bool) -> Reply {
    let mut details = vec![
        json!({
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            "violations": [{
                "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
                "quotaId": quota,
                "quotaValue": "50",
            }],
        }),
        json!({
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{"description": "Learn more about Gemini API quotas", "url": "https://ai.google.dev/gemini-api/docs/rate-limits"}],
        }),
    ];
    if said {
        let retry =
            json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}.074824224s")});
        details.push(retry);
    }
    let message = "You exceeded your current quota, please check your plan and billing details.";
    error(429, "RESOURCE_EXHAUSTED", message, &json!(details))
}
