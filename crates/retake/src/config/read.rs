//! One file of a configuration, read with every mistake at once.
//!
//! Knows the form of a file, not which files there are.

use std::collections::BTreeMap;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{below, nearest, type_of};
use super::value::{self, Unfit, Value};

/// What is set, by its whole name.
pub(crate) type Settings = BTreeMap<Vec<String>, Value>;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The file and line, or the variable.
    pub(crate) place: String,
    /// What is wrong.
    pub(crate) what: String,
    /// The way out.
    pub(crate) hint: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n  hint: {}", self.place, self.what, self.hint)
    }
}

/// Reads the text of a file of this name.
pub(super) fn read(name: &str, text: &str) -> Result<Settings, Vec<Mistake>> {
    let mut page = Page { name, text, settings: Settings::new(), mistakes: Vec::new() };
    match DeTable::parse(text) {
        Ok(table) => page.table(&mut Vec::new(), table.get_ref()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let what = error.message().to_owned();
            page.wrong(at, what, "write it as TOML: `key = \"value\"` under `[section]`");
        }
    }
    // A table gives its keys in the order of their names.
    page.mistakes.sort_by_key(|(at, _)| *at);
    let mistakes: Vec<Mistake> = page.mistakes.into_iter().map(|(_, mistake)| mistake).collect();
    if mistakes.is_empty() { Ok(page.settings) } else { Err(mistakes) }
}

struct Page<'t> {
    name: &'t str,
    text: &'t str,
    settings: Settings,
    /// With where they stand.
    mistakes: Vec<(usize, Mistake)>,
}

impl Page<'_> {
    fn wrong(&mut self, at: usize, what: impl Into<String>, hint: impl Into<String>) {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        let place = format!("{}:{line}", self.name);
        self.mistakes.push((at, Mistake { place, what: what.into(), hint: hint.into() }));
    }

    fn table<'t>(&mut self, path: &mut Vec<&'t str>, table: &'t DeTable<'_>) {
        for (key, value) in table {
            path.push(key.get_ref());
            self.entry(path, key.span().start, value);
            path.pop();
        }
    }

    fn entry<'t>(&mut self, path: &mut Vec<&'t str>, at: usize, value: &'t Spanned<DeValue<'_>>) {
        if let Some(kind) = type_of(path) {
            match value::of_file(kind, value.get_ref()) {
                Ok(read) => {
                    self.settings.insert(path.iter().map(|part| (*part).to_owned()).collect(), read);
                }
                Err(Unfit { why, hint }) => {
                    let what = format!("`{}`: {why}", path.join("."));
                    self.wrong(value.span().start, what, hint);
                }
            }
            return;
        }
        if below(path).is_empty() {
            self.stranger(path, at);
            return;
        }
        match value.get_ref() {
            DeValue::Table(table) => self.table(path, table),
            // A list of tables: each entry has its number in its name.
            DeValue::Array(list) if path.last() == Some(&"patterns") => {
                for (number, entry) in list.iter().enumerate() {
                    self.listed(path, number, entry);
                }
            }
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_) => {
                let what = format!("`{}` is a section, not a value", path.join("."));
                self.wrong(at, what, format!("write `[{}]` and the keys below it", path.join(".")));
            }
        }
    }

    fn listed<'t>(&mut self, path: &mut Vec<&'t str>, number: usize, entry: &'t Spanned<DeValue<'_>>) {
        let before: Settings = std::mem::take(&mut self.settings);
        match entry.get_ref() {
            DeValue::Table(table) => self.table(path, table),
            _ => self.wrong(entry.span().start, "a table is expected", format!("write `[[{}]]`", path.join("."))),
        }
        let read = std::mem::replace(&mut self.settings, before);
        for (mut name, value) in read {
            let last = name.len().saturating_sub(1);
            name.insert(last, number.to_string());
            self.settings.insert(name, value);
        }
    }

    fn stranger(&mut self, path: &[&str], at: usize) {
        let (name, section) = path.split_last().map_or(("", &[][..]), |(name, section)| (*name, section));
        let known = below(section);
        let hint = nearest(name, &known)
            .map_or_else(|| format!("known here: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        let place = if section.is_empty() { String::new() } else { format!(" in `{}`", section.join(".")) };
        self.wrong(at, format!("unknown key `{name}`{place}"), hint);
    }
}
