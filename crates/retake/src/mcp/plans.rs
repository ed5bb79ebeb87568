//! Which plan an assistant means: words of its own, or a file of the folder it works in.
//!
//! Owns what each may name. Words are treated like a plan that is sent to the service: they name no file of this
//! machine. A file is treated as at the command line, and lies in the working folder.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Desk, text};
use crate::app::{Trouble, Until, lay_text, whole};
use crate::door::wire::Order;

/// A plan, as it is named.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Named {
    plan: Option<String>,
    file: Option<String>,
    seed: Option<u32>,
    until: Option<Until>,
    allow_fallback: bool,
    /// Whether somebody agreed to what it may cost.
    pub(super) agreed: bool,
}

/// The words by which a plan is named.
pub(super) fn schema(more: &[(&str, Value)]) -> Value {
    let mut properties = json!({
        "plan": text("The plan itself, as YAML or JSON. It may name addresses (https://…), but no file of this machine. \
                      The same text comes to the same film, so that a repeated call makes nothing twice."),
        "file": text("Instead of `plan`: a plan in the working folder, by its path in it, as at the command line. Its own \
                      paths are relative to it, and the film is delivered beside it."),
        "seed": {"type": "integer", "minimum": 0, "maximum": u32::MAX, "description": "Where its randomness starts, instead of the plan's seed."},
        "allow_fallback": {"type": "boolean", "description": "Let local makers stand in where a key is missing."},
    });
    for (name, schema) in more {
        properties[*name] = schema.clone();
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// The plan as it is ordered.
pub(super) fn order(desk: &Desk, named: &Named) -> Result<Order, Trouble> {
    let ground = desk.keeper.ground();
    let plan = match (&named.plan, &named.file) {
        (Some(words), None) => lay_text(ground, words)?,
        (None, Some(file)) => {
            let plan = whole(&desk.folder.join(file))?;
            inside(&desk.folder, &plan, file)?;
            plan
        }
        _ => {
            return Err(Trouble::usage("exactly one of `plan` and `file` is said")
                .hint("`plan` is the text of a plan, `file` names one in the working folder"));
        }
    };
    Ok(Order {
        plan,
        cap: ground.config.run_cap(),
        seed: named.seed,
        until: named.until,
        allow_fallback: named.allow_fallback,
        retry: None,
        agreed: named.agreed,
        account: None,
    })
}

fn inside(folder: &Path, plan: &Path, said: &str) -> Result<(), Trouble> {
    let root = folder.canonicalize().map_err(|error| Trouble::file("find the folder", folder, &error))?;
    // Where a link points counts, not where it stands.
    let real = plan.canonicalize().map_err(|error| Trouble::file("read the plan", plan, &error))?;
    if real.starts_with(&root) {
        return Ok(());
    }
    Err(Trouble::usage(format!("`{said}` is outside of the working folder"))
        .hint(format!("name a plan below `{}`, or send its text as `plan`", root.display())))
}
