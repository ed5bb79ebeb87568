//! The description of a provider: read tolerantly, and refused by name where something is missing.

use std::collections::BTreeMap;

use reqwest::Method as Verb;
use reqwest::header::HeaderName;
use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::id::Ticket;
use serde_json::Value;

use super::super::http::Auth;
use super::super::request::Method;
use super::point::Pointer;

/// A provider's shape.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) auth: Auth,
    pub(super) submit_path: String,
    pub(super) submit_method: Method,
    /// What is sent, with places for what is wanted.
    body: Value,
    /// How it is asked; nothing where it answers on the spot.
    pub(super) poll: Option<Poll>,
    pub(super) error_at: Option<Pointer>,
    pub(super) files_at: Option<Pointer>,
    pub(super) text_at: Option<Pointer>,
    pub(super) cost_at: Option<Pointer>,
    pub(super) cancel: Option<(Verb, String)>,
    pub(super) list: Option<List>,
}

/// How it is asked, and what its answers mean.
#[derive(Debug)]
pub(super) struct Poll {
    pub(super) ticket_at: Pointer,
    pub(super) path: String,
    pub(super) state_at: Pointer,
    pub(super) done: Vec<String>,
    pub(super) failed: Vec<String>,
    pub(super) waiting: Vec<String>,
}

/// How it lists what it accepted.
#[derive(Debug)]
pub(super) struct List {
    pub(super) path: String,
    pub(super) at: Pointer,
    pub(super) ticket_at: Pointer,
    pub(super) input_at: Option<Pointer>,
    pub(super) created_at: Option<Pointer>,
}

/// The settings of one provider.
struct Settings<'s> {
    name: &'s str,
    more: &'s BTreeMap<String, String>,
}

impl Shape {
    /// Reads a description.
    ///
    /// # Errors
    ///
    /// What is missing, or makes no sense, by its key.
    pub(super) fn read(name: &str, more: &BTreeMap<String, String>) -> Result<Self, Fault> {
        let settings = Settings { name, more };
        let point = |key: &str| settings.get(key).map(Pointer::read);
        let (files_at, text_at) = (point("files_at"), point("text_at"));
        if files_at.is_none() && text_at.is_none() {
            return Err(settings.missing("files_at", "where the files are, such as files_at = \"/result/files/*/url\""));
        }
        let submit_path = settings.need("submit_path", "where work is submitted, such as submit_path = \"/jobs\"")?;
        let submit_method = match settings.get("submit_method").unwrap_or("post").to_ascii_uppercase().as_str() {
            "POST" => Method::Post,
            "PUT" => Method::Put,
            _ => return Err(settings.wrong("submit_method", "it is POST or PUT")),
        };
        let body = serde_json::from_str(settings.get("body").unwrap_or("\"{input}\""));
        let body = body.map_err(|_| settings.wrong("body", "it is a JSON text, such as {\"input\": \"{input}\"}"))?;
        if place_of_input(&body).is_none() {
            return Err(settings.wrong("body", "it has a place \"{input}\" for what is wanted"));
        }
        let cancel = match settings.get("cancel_path") {
            Some(path) => {
                Some((settings.verb("cancel_method", Verb::DELETE)?, settings.with_ticket("cancel_path", path)?))
            }
            None => None,
        };
        Ok(Self {
            auth: settings.auth()?,
            submit_path: submit_path.to_owned(),
            submit_method,
            body,
            poll: settings.poll()?,
            error_at: point("error_at"),
            files_at,
            text_at,
            cost_at: point("cost_at"),
            cancel,
            list: settings.list()?,
        })
    }

    /// What is sent.
    pub(super) fn body(&self, input: &Value, model: &str, mark: &str) -> Value {
        fill(&self.body, input, model, mark)
    }

    /// The fields within what was sent.
    pub(super) fn input_of(&self, body: &Value) -> Value {
        let place = place_of_input(&self.body).unwrap_or_default();
        body.pointer(&place).cloned().unwrap_or_default()
    }
}

impl<'s> Settings<'s> {
    fn get(&self, key: &str) -> Option<&'s str> {
        self.more.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn need(&self, key: &str, hint: &str) -> Result<&'s str, Fault> {
        self.get(key).ok_or_else(|| self.missing(key, hint))
    }

    fn missing(&self, key: &str, hint: &str) -> Fault {
        let what = format!("`providers.{}.{key}` is missing", self.name);
        Fault::new(Class::Invalid, Acceptance::No, what).hint(format!("say {hint}"))
    }

    fn wrong(&self, key: &str, hint: &str) -> Fault {
        let what = format!("`providers.{}.{key}` makes no sense", self.name);
        Fault::new(Class::Invalid, Acceptance::No, what).hint(hint)
    }

    fn auth(&self) -> Result<Auth, Fault> {
        let auth = self.get("auth").unwrap_or("bearer");
        let wrong = || self.wrong("auth", "it is bearer, none, or header:NAME such as header:X-Api-Key");
        match auth.split_once(':').map_or((auth, None), |(word, name)| (word.trim(), Some(name.trim()))) {
            (word, None) if word.eq_ignore_ascii_case("bearer") => Ok(Auth::Bearer),
            (word, None) if word.eq_ignore_ascii_case("none") => Ok(Auth::None),
            (word, Some(name)) if word.eq_ignore_ascii_case("header") => {
                HeaderName::from_bytes(name.as_bytes()).map(Auth::Named).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }

    fn poll(&self) -> Result<Option<Poll>, Fault> {
        let Some(path) = self.get("poll_path") else {
            // Whoever says where tickets are means to ask for what they stand for.
            return match self.get("ticket_at") {
                Some(_) => Err(self.missing("poll_path", "where to ask, such as poll_path = \"/jobs/{ticket}\"")),
                None => Ok(None),
            };
        };
        let words = |key: &str| -> Vec<String> {
            let words = self.get(key).unwrap_or_default().split(',').map(|word| word.trim().to_ascii_lowercase());
            words.filter(|word| !word.is_empty()).collect()
        };
        self.need("done", "which states are a success, such as done = \"done\"")?;
        self.need("failed", "which states are a failure, such as failed = \"failed, cancelled\"")?;
        Ok(Some(Poll {
            ticket_at: Pointer::read(
                self.need("ticket_at", "where the id of new work is, such as ticket_at = \"/id\"")?,
            ),
            path: self.with_ticket("poll_path", path)?,
            state_at: Pointer::read(self.need("state_at", "where its state is, such as state_at = \"/state\"")?),
            done: words("done"),
            failed: words("failed"),
            waiting: words("waiting"),
        }))
    }

    fn list(&self) -> Result<Option<List>, Fault> {
        let Some(path) = self.get("list_path") else { return Ok(None) };
        let ticket_at = self.need("list_ticket_at", "where an id is in the list, such as list_ticket_at = \"/id\"")?;
        Ok(Some(List {
            path: path.to_owned(),
            at: Pointer::read(self.get("list_at").unwrap_or_default()),
            ticket_at: Pointer::read(ticket_at),
            input_at: self.get("list_input_at").map(Pointer::read),
            created_at: self.get("list_created_at").map(Pointer::read),
        }))
    }

    fn verb(&self, key: &str, usual: Verb) -> Result<Verb, Fault> {
        match self.get(key).map(str::to_ascii_uppercase).as_deref() {
            None => Ok(usual),
            Some("DELETE") => Ok(Verb::DELETE),
            Some("POST") => Ok(Verb::POST),
            Some("PUT") => Ok(Verb::PUT),
            Some("PATCH") => Ok(Verb::PATCH),
            Some(_) => Err(self.wrong(key, "it is DELETE, POST, PUT or PATCH")),
        }
    }

    fn with_ticket(&self, key: &str, path: &str) -> Result<String, Fault> {
        let has = path.contains("{ticket}");
        has.then(|| path.to_owned()).ok_or_else(|| self.wrong(key, "it has a place {ticket}, such as /jobs/{ticket}"))
    }
}

/// A path with a ticket in its place.
pub(super) fn ticketed(path: &str, ticket: &Ticket) -> String {
    path.replace("{ticket}", ticket.as_str())
}

/// A text with the model and our mark in their places.
pub(super) fn filled(text: &str, model: &str, mark: &str) -> String {
    text.replace("{model}", model).replace("{mark}", mark)
}

fn fill(body: &Value, input: &Value, model: &str, mark: &str) -> Value {
    match body {
        Value::String(text) if text == "{input}" => input.clone(),
        Value::String(text) => filled(text, model, mark).into(),
        Value::Array(values) => values.iter().map(|value| fill(value, input, model, mark)).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), fill(value, input, model, mark))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => body.clone(),
    }
}

/// Where in a body the fields are, as a JSON pointer.
fn place_of_input(body: &Value) -> Option<String> {
    let below = |name: String, value: &Value| {
        place_of_input(value).map(|rest| format!("/{}{rest}", name.replace('~', "~0").replace('/', "~1")))
    };
    match body {
        Value::String(text) => (text == "{input}").then(String::new),
        Value::Array(values) => values.iter().enumerate().find_map(|(at, value)| below(at.to_string(), value)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| below(name.clone(), value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::point;
    use super::*;

    fn read(text: &[(&str, &str)]) -> Result<Shape, Fault> {
        let more = text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Shape::read("farm", &more)
    }

    const JOBS: [(&str, &str); 7] = [
        ("submit_path", "/jobs"),
        ("ticket_at", "/job/id"),
        ("poll_path", "/jobs/{ticket}"),
        ("state_at", "state"),
        ("done", "done, OK"),
        ("failed", "broken"),
        ("files_at", "/files/*"),
    ];

    #[test]
    fn what_is_missing_is_named() {
        for key in ["submit_path", "ticket_at", "poll_path", "state_at", "done", "failed", "files_at"] {
            let rest: Vec<_> = JOBS.into_iter().filter(|(name, _)| *name != key).collect();
            let fault = read(&rest).unwrap_err();
            assert_eq!(fault.message, format!("`providers.farm.{key}` is missing"));
            assert!(fault.hint.is_some_and(|hint| hint.contains(key)));
        }
        let with = |key, value| read(&[&JOBS[..], &[(key, value)]].concat()).map(drop);
        for (key, value) in [
            ("auth", "header:a b"),
            ("auth", "basic"),
            ("submit_method", "GET"),
            ("body", "{input}"),
            ("body", "{\"input\": 3}"),
            ("poll_path", "/jobs"),
            ("cancel_path", "/stop"),
        ] {
            let fault = with(key, value).unwrap_err();
            assert_eq!(fault.message, format!("`providers.farm.{key}` makes no sense"), "{value}");
        }
        assert_eq!(with("list_path", "/jobs").unwrap_err().message, "`providers.farm.list_ticket_at` is missing");
        assert_eq!(with("auth", "Header: X-Api-Key"), Ok(()));
    }

    #[test]
    fn a_body_has_a_place_for_what_is_wanted() {
        let text = r#"{"name": "{model}", "all/of": [{"it": "{input}"}], "tag": "r-{mark}"}"#;
        let shape = read(&[&JOBS[..], &[("body", text)]].concat()).unwrap();
        let input = json!({"prompt": "{model} is no place"});
        let body = shape.body(&input, "m1", "7");
        assert_eq!(body, json!({"name": "m1", "all/of": [{"it": {"prompt": "{model} is no place"}}], "tag": "r-7"}));
        assert_eq!(shape.input_of(&body), input);
        assert_eq!(shape.poll.map(|poll| poll.done), Some(vec!["done".to_owned(), "ok".to_owned()]));
        assert_eq!(point::first(&body, &Pointer::read("/tag")), Some(&json!("r-7")));
    }
}
