//! The models that are known exactly: what they take and how they are priced, as a table that nobody else reads.
//!
//! Owns the reading of `models.tsv`, whose head explains its columns. It must not know what an order is, nor how anybody
//! words a refusal.

use std::sync::OnceLock;

use crate::jobs::Kind;

/// The table.
const TEXT: &str = include_str!("../models.tsv");

/// A model that is known exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Model {
    /// Who sells it.
    pub(crate) provider: &'static str,
    /// What it is called there.
    pub(crate) name: &'static str,
    /// What it makes.
    pub(crate) kind: Kind,
    /// How it is priced: a rule and the inputs that it asks, the surcharges after it.
    pub(crate) rules: Vec<(&'static str, &'static str)>,
    /// The rules' amounts in dollars by what they are for; the one for everything has no name.
    pub(crate) amounts: Vec<(&'static str, &'static str)>,
    /// The inputs without which it does nothing.
    pub(crate) required: Vec<&'static str>,
    /// The inputs that it has.
    pub(crate) inputs: Vec<Input>,
}

/// An input of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    /// Its name; each dot in it goes one level down.
    pub(crate) name: &'static str,
    /// What it must be.
    pub(crate) sort: Sort,
    /// Which of those.
    pub(crate) values: Values,
}

/// What an input must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Text.
    String,
    /// Text that is an address.
    Uri,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A list.
    Array,
    /// A tree.
    Object,
    /// A file within a form.
    File,
}

/// Which values an input may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values {
    /// Any.
    Any,
    /// One of these.
    Of(Vec<&'static str>),
    /// A number from here to there, the number within a text, or a count of letters or entries.
    Within(&'static str, &'static str),
}

/// Every model of the table.
pub(crate) fn all() -> &'static [Model] {
    static ALL: OnceLock<Vec<Model>> = OnceLock::new();
    ALL.get_or_init(|| rows().filter_map(model).collect())
}

/// The model of this name.
pub(crate) fn find(provider: &str, name: &str) -> Option<&'static Model> {
    all().iter().find(|model| model.provider == provider && model.name == name)
}

fn rows() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn model(row: &'static str) -> Option<Model> {
    let columns: Vec<&str> = row.split('\t').collect();
    let [provider, name, kind, rules, amounts, required, inputs] = columns.as_slice() else { return None };
    let kind = match *kind {
        "code" => Kind::Text,
        other => Kind::ALL.into_iter().find(|kind| kind.name() == other)?,
    };
    let amount = |text: &'static str| text.split_once('=').unwrap_or(("", text));
    Some(Model {
        provider,
        name,
        kind,
        rules: rules.split(',').map(|rule| rule.split_once(':').unwrap_or((rule, ""))).collect(),
        amounts: amounts.split(';').map(amount).collect(),
        required: list(required),
        inputs: list(inputs).into_iter().map(input).collect::<Option<_>>()?,
    })
}

fn list(column: &'static str) -> Vec<&'static str> {
    if column == "-" { Vec::new() } else { column.split(',').collect() }
}

fn input(text: &'static str) -> Option<Input> {
    let mut parts = text.splitn(3, ':');
    let name = parts.next()?;
    let sort = match parts.next()? {
        "string" => Sort::String,
        "uri" => Sort::Uri,
        "integer" => Sort::Integer,
        "number" => Sort::Number,
        "boolean" => Sort::Boolean,
        "array" => Sort::Array,
        "object" => Sort::Object,
        "file" => Sort::File,
        _ => return None,
    };
    let values = match parts.next() {
        None => Values::Any,
        Some(values) => match values.split_once("..") {
            Some((low, high)) => Values::Within(low, high),
            None => Values::Of(values.split('|').collect()),
        },
    };
    Some(Input { name, sort, values })
}

impl Sort {
    /// Its name in a JSON schema.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::String | Self::Uri | Self::File => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Object => "object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read() {
        let unread: Vec<&str> = rows().filter(|row| model(row).is_none()).collect();
        assert!(unread.is_empty() && !all().is_empty(), "{unread:#?}");
        for model in all() {
            for name in &model.required {
                assert!(model.inputs.iter().any(|input| input.name == *name), "{}: {name}", model.name);
            }
        }
        let flux = find("replicate", "black-forest-labs/flux-dev").unwrap();
        let megapixels = flux.inputs.iter().find(|input| input.name == "megapixels").unwrap();
        assert_eq!(megapixels.values, Values::Of(vec!["1", "0.25"]));
        let veo = find("vertex", "veo-3.1-generate-001").unwrap();
        assert_eq!(veo.rules, [("per_second_by", "parameters.resolution")]);
    }
}
