//! An exact request, as it is stored before it is sent: those bytes go out, and no others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::price::Units;

/// A request. It holds no key: that is added where it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// How it is sent.
    pub method: Method,
    /// Where to, below the provider's address.
    pub path: String,
    /// What goes along.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    pub body: Body,
    /// What of it the provider's list shows, and that is ours alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// What is paid for, at the most.
    pub units: Units,
    /// What is to be known of whatever it makes, such as what could not go along.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

/// How a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// It makes something.
    Post,
    /// It makes something that has a name of ours.
    Put,
}

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// A JSON text, byte for byte.
    Json(String),
    /// The parts of a form.
    Form(Vec<Field>),
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it says; the bytes of a file in base64.
    pub value: String,
    /// What kind of file it is, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Field {
    /// A part that says something.
    #[must_use]
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), file: None }
    }

    /// A part that is a file.
    #[must_use]
    pub fn file(name: impl Into<String>, mime: &str, bytes: &[u8]) -> Self {
        Self { name: name.into(), value: super::http::base64(bytes), file: Some(mime.to_owned()) }
    }
}

impl Request {
    /// A request to make something, with this JSON.
    #[must_use]
    pub fn post(path: impl Into<String>, body: &Value, units: Units) -> Self {
        let (headers, body) = (BTreeMap::new(), Body::Json(body.to_string()));
        Self { method: Method::Post, path: path.into(), headers, body, mark: None, units, facts: BTreeMap::new() }
    }

    /// A request to make something, with the parts of a form.
    #[must_use]
    pub fn form(path: impl Into<String>, fields: Vec<Field>, units: Units) -> Self {
        let (headers, body) = (BTreeMap::new(), Body::Form(fields));
        Self { method: Method::Post, path: path.into(), headers, body, mark: None, units, facts: BTreeMap::new() }
    }

    /// The same, with a mark of ours.
    #[must_use]
    pub fn marked(mut self, mark: Option<String>) -> Self {
        self.mark = mark;
        self
    }

    /// The same, with a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_owned(), value.into());
        self
    }

    /// The same, with more in its JSON.
    #[must_use]
    pub fn with(&self, more: &[(&str, Value)]) -> Option<Self> {
        let Value::Object(mut fields) = self.json()? else { return None };
        fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Some(Self { body: Body::Json(Value::Object(fields).to_string()), ..self.clone() })
    }

    /// What was sent, read back.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        match &self.body {
            Body::Json(text) => serde_json::from_str(text).ok(),
            Body::Form(_) => None,
        }
    }
}
