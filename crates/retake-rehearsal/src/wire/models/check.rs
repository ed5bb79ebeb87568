//! Whether a model takes an input, and the schema that says so.
//!
//! Owns what is wrong with an input, for every provider to word in its own way.

use serde_json::{Map, Value, json};

use super::table::{Input, Model, Sort, Values};

/// What is wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// Where, from the outside in.
    pub(crate) place: Vec<String>,
    /// What.
    pub(crate) what: What,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// It has to be there, and is not.
    Missing,
    /// There is no such input.
    Unknown,
    /// It is none of this type.
    Type(&'static str),
    /// It is none of these.
    Value(Vec<String>),
    /// It is not between these.
    Range(String, String),
}

impl Wrong {
    /// The name of the innermost place.
    pub(crate) fn name(&self) -> &str {
        self.place.last().map_or("", String::as_str)
    }
}

impl What {
    /// How the checker that most servers of this trade use words it: a sentence, and its type.
    pub(crate) fn words(&self) -> (String, &'static str) {
        match self {
            Self::Missing => ("Field required".to_owned(), "value_error.missing"),
            Self::Unknown => ("Extra inputs are not permitted".to_owned(), "value_error.extra"),
            Self::Type(sort) => (format!("Input should be a valid {sort}"), "type_error"),
            Self::Value(values) => {
                (format!("unexpected value; permitted: '{}'", values.join("', '")), "value_error.const")
            }
            Self::Range(low, high) => (format!("Input should be between {low} and {high}"), "value_error.number"),
        }
    }
}

/// The first thing that is wrong with an input.
pub(crate) fn wrong(model: &Model, input: &Value) -> Option<Wrong> {
    let found = |name: &str, what: What| Wrong { place: name.split('.').map(str::to_owned).collect(), what };
    let missing = model.required.iter().find(|name| at(input, name).is_none());
    let missing = missing.map(|name| found(name, What::Missing));
    missing.or_else(|| unknown(model, input, "")).or_else(|| {
        let given = model.inputs.iter().filter_map(|known| Some((known, at(input, known.name)?)));
        given.into_iter().find_map(|(known, value)| known.refuses(value).map(|what| found(known.name, what)))
    })
}

/// The value at a name with dots; a list of trees is that of its first.
pub(crate) fn at<'v>(input: &'v Value, name: &str) -> Option<&'v Value> {
    let inner = |value: &'v Value, part: &str| match value {
        Value::Array(list) => list.first()?.get(part),
        other => other.get(part),
    };
    name.split('.').try_fold(input, inner).filter(|value| !value.is_null())
}

/// The first name that the model has no input for. What has no inner names in the table may hold anything.
fn unknown(model: &Model, input: &Value, above: &str) -> Option<Wrong> {
    let tree = match input {
        Value::Array(list) => list.first()?.as_object()?,
        other => other.as_object()?,
    };
    let inner = |name: &str| format!("{name}.");
    tree.iter().find_map(|(name, value)| {
        let path = format!("{above}{name}");
        let holds = model.inputs.iter().any(|known| known.name.starts_with(&inner(&path)));
        if !holds && !model.inputs.iter().any(|known| known.name == path) {
            let place = path.split('.').map(str::to_owned).collect();
            return Some(Wrong { place, what: What::Unknown });
        }
        if holds { unknown(model, value, &inner(&path)) } else { None }
    })
}

impl Input {
    fn refuses(&self, value: &Value) -> Option<What> {
        let fits = match self.sort {
            Sort::String | Sort::File => value.is_string(),
            // An address, or a list of pictures and where they stand.
            Sort::Uri => value.as_str().is_some_and(|text| text.contains(':')) || value.is_array(),
            Sort::Integer => value.is_i64() || value.is_u64(),
            Sort::Number => value.is_number(),
            Sort::Boolean => value.is_boolean(),
            Sort::Array => value.is_array(),
            Sort::Object => value.is_object(),
        };
        if !fits {
            return Some(What::Type(self.sort.word()));
        }
        match &self.values {
            Values::Any => None,
            Values::Of(known) => {
                let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let fits = known.contains(&written.as_str());
                (!fits).then(|| What::Value(known.iter().map(|&value| value.to_owned()).collect()))
            }
            Values::Within(low, high) => {
                let fits = size(value, low).is_some_and(|size| (number(low)..=number(high)).contains(&size));
                (!fits).then(|| What::Range((*low).to_owned(), (*high).to_owned()))
            }
        }
    }

    /// As a JSON schema.
    fn schema(&self, order: usize) -> Value {
        let mut schema = json!({"type": self.sort.word(), "title": super::title(self.name), "x-order": order});
        if self.sort == Sort::Uri {
            schema["format"] = "uri".into();
        }
        let typed = |text: &&str| match self.sort {
            Sort::Integer | Sort::Number => text.parse::<serde_json::Number>().map_or(Value::Null, Value::Number),
            _ => (*text).into(),
        };
        match &self.values {
            Values::Any => {}
            Values::Of(values) => schema["enum"] = values.iter().map(typed).collect(),
            Values::Within(low, high) => {
                let names = match self.sort {
                    Sort::Integer | Sort::Number => ["minimum", "maximum"],
                    Sort::Array => ["minItems", "maxItems"],
                    _ => ["minLength", "maxLength"],
                };
                // A range of lengths in seconds is none that a schema can say.
                if let (Ok(low), Ok(high)) = (low.parse::<serde_json::Number>(), high.parse::<serde_json::Number>()) {
                    schema[names[0]] = Value::Number(low);
                    schema[names[1]] = Value::Number(high);
                }
            }
        }
        if self.sort == Sort::Array {
            schema["items"] = json!({"type": "string"});
        }
        schema
    }
}

/// What is held against a range, in thousandths: a number, the number in a text, or how much of it there is.
fn size(value: &Value, low: &str) -> Option<i64> {
    let count = |count: usize| i64::try_from(count).ok()?.checked_mul(1000);
    match value {
        Value::Number(written) => Some(number(&written.to_string())),
        // `3s` is a length; a bare bound counts letters.
        Value::String(text) if low.ends_with('s') => text.ends_with('s').then(|| number(text)),
        Value::String(text) => count(text.chars().count()),
        Value::Array(list) => count(list.len()),
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

/// A number in thousandths, whatever unit follows it; more digits than three are cut off.
fn number(text: &str) -> i64 {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let (whole, fraction) = text.trim_end_matches('s').split_once('.').unwrap_or((text.trim_end_matches('s'), ""));
    let fraction = format!("{fraction:0<3}");
    let thousandths = fraction.get(..3).and_then(|digits| digits.parse::<i64>().ok()).unwrap_or(0);
    sign * whole.parse::<i64>().unwrap_or(i64::MAX / 1001).saturating_mul(1000).saturating_add(thousandths)
}

/// The inputs of a model as a JSON schema.
pub(crate) fn schema(model: &Model) -> Value {
    let mut properties = Map::new();
    for (order, input) in model.inputs.iter().enumerate() {
        nest(&mut properties, input.name, input.schema(order));
    }
    let tops = model.required.iter().map(|name| name.split('.').next().unwrap_or(name));
    let required: std::collections::BTreeSet<&str> = tops.collect();
    json!({"type": "object", "title": "Input", "required": required, "properties": properties,
        "additionalProperties": false})
}

/// Puts the schema of an input where its name says.
fn nest(properties: &mut Map<String, Value>, name: &str, schema: Value) {
    let Some((first, rest)) = name.split_once('.') else {
        properties.insert(name.to_owned(), schema);
        return;
    };
    let outer = properties.entry(first).or_insert_with(|| json!({"type": "object", "title": super::title(first)}));
    if let Some(outer) = outer.as_object_mut()
        && let Some(inner) = outer.entry("properties").or_insert_with(|| json!({})).as_object_mut()
    {
        nest(inner, rest, schema);
    }
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    fn told(provider: &str, model: &str, input: &Value) -> Option<(String, What)> {
        wrong(table::find(provider, model).unwrap(), input).map(|wrong| (wrong.place.join("."), wrong.what))
    }

    #[test]
    fn an_input_is_held_against_its_model() {
        let flux = |input: Value| told("replicate", "black-forest-labs/flux-schnell", &input);
        assert_eq!(flux(json!({"prompt": "a lamp", "megapixels": "1", "num_outputs": 4})), None);
        assert_eq!(flux(json!({"megapixels": "1"})), Some(("prompt".into(), What::Missing)));
        assert_eq!(flux(json!({"prompt": "a", "size": "2K"})), Some(("size".into(), What::Unknown)));
        assert_eq!(flux(json!({"prompt": "a", "seed": "3"})), Some(("seed".into(), What::Type("integer"))));
        let values = What::Value(vec!["1".into(), "0.25".into()]);
        assert_eq!(flux(json!({"prompt": "a", "megapixels": "2"})), Some(("megapixels".into(), values)));
        let range = What::Range("1".into(), "4".into());
        assert_eq!(flux(json!({"prompt": "a", "num_outputs": 5})), Some(("num_outputs".into(), range)));
    }

    #[test]
    fn inner_inputs_are_looked_at_too() {
        let size = |width: u32| json!({"prompt": "a", "image_size": {"width": width, "height": 512}});
        assert_eq!(told("fal", "fal-ai/flux-2", &size(512)), None);
        let range = What::Range("512".into(), "2048".into());
        assert_eq!(told("fal", "fal-ai/flux-2", &size(320)), Some(("image_size.width".into(), range)));
        let odd = json!({"prompt": "a", "image_size": {"depth": 3}});
        assert_eq!(told("fal", "fal-ai/flux-2", &odd), Some(("image_size.depth".into(), What::Unknown)));
        let omni = |length: &str| {
            let body = json!({"model": "m", "input": [], "response_format": {"duration": length}});
            told("google", "gemini-omni-1.2-flash", &body)
        };
        let range = What::Range("3s".into(), "15s".into());
        assert_eq!((omni("3s"), omni("16s")), (None, Some(("response_format.duration".into(), range))));
        let veo = json!({"instances": [{"prompt": "a", "sound": true}]});
        let veo = told("vertex", "veo-3.1-generate-001", &veo);
        assert_eq!(veo, Some(("instances.sound".into(), What::Unknown)));
    }

    #[test]
    fn a_schema_says_the_same() {
        let of = |provider, model| schema(table::find(provider, model).unwrap());
        let flux = of("fal", "fal-ai/flux-2");
        assert_eq!(flux.pointer("/properties/image_size/properties/width/minimum"), Some(&json!(512)));
        let kling = of("fal", "fal-ai/kling-video/v2.5-turbo/pro/image-to-video");
        assert_eq!(kling["properties"]["duration"]["enum"], json!(["5", "10"]));
        assert_eq!(kling["required"], json!(["image_url", "prompt"]));
        assert_eq!(of("replicate", "minimax/hailuo-2.3")["properties"]["duration"]["enum"], json!([6, 10]));
    }
}
