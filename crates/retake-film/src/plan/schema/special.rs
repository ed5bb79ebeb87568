//! The parts of the schema that types alone do not say.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::super::join::TRANSITIONS;
use super::super::limits::FPS;
use super::super::retry::STEPS;
use super::Policy;

/// Frames per second.
pub(super) struct Fps;

impl JsonSchema for Fps {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Fps".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": FPS })
    }
}

/// US dollars.
pub(super) struct Amount;

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"], "minimum": 0, "pattern": r"^[0-9]+(\.[0-9]{1,6})?$" })
    }
}

/// A join.
pub(super) struct Join;

impl JsonSchema for Join {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Join".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = TRANSITIONS.join("|");
        json_schema!({ "type": "string", "pattern": format!(r"^(cut|({names})( [0-9.]+s?)?)$") })
    }
}

/// A policy for each step.
pub(super) struct Policies;

impl JsonSchema for Policies {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Policies".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let policy = generator.subschema_for::<Policy>();
        json_schema!({ "type": "object", "propertyNames": { "enum": STEPS }, "additionalProperties": policy })
    }
}

/// Exactly one key says what is seen; words alone are a still.
pub(super) fn one_source() -> Value {
    const SOURCES: [&str; 5] = ["shot", "shots", "still", "title", "clip"];
    let mut forms: Vec<_> = SOURCES.iter().map(|source| serde_json::json!({ "required": [source] })).collect();
    let any: Vec<_> = forms.clone();
    forms.push(serde_json::json!({ "required": ["say"], "not": { "anyOf": any } }));
    Value::Array(forms)
}

/// What may be left out may not be written as nothing.
pub(super) fn forbid_null(schema: &mut Value) {
    match schema {
        Value::Array(entries) => entries.iter_mut().for_each(forbid_null),
        Value::Object(fields) => {
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = &types[..] {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(values)) = fields.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            if let Some(Value::Array(forms)) = fields.get_mut("anyOf") {
                forms.retain(|form| form.get("type").is_none_or(|name| name != "null"));
                if let [Value::Object(only)] = &forms[..] {
                    let only = only.clone();
                    fields.remove("anyOf");
                    fields.extend(only);
                }
            }
            fields.values_mut().for_each(forbid_null);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
