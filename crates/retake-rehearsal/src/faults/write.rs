//! A script as JSON, in the form in which it is read. Knows the same keys, the other way round.

use serde_json::{Map, Value, json};

use super::names::{COSTS, FORMS, PAGES, WHENS};
use super::value::{factor_text, share_text, time_text};
use super::{Effect, HookLie, ListLie, Page, Rule, Script};

/// The whole script.
pub(super) fn script(script: &Script) -> Value {
    let mut out = Map::new();
    if script.seed > 0 {
        out.insert("seed".to_owned(), json!(script.seed));
    }
    if let Some(about) = &script.about {
        out.insert("about".to_owned(), json!(about));
    }
    out.insert("rules".to_owned(), script.rules.iter().map(rule).collect());
    Value::Object(out)
}

fn rule(rule: &Rule) -> Value {
    let numbers = |list: &[u32]| (!list.is_empty()).then(|| json!(list));
    let fields = [
        ("at", rule.at.map(|at| json!(at.name()))),
        ("provider", rule.provider.as_ref().map(|name| json!(name))),
        ("model", rule.model.as_ref().map(|name| json!(name))),
        ("kind", rule.kind.map(|kind| json!(kind.name()))),
        ("prompt", rule.prompt.as_ref().map(|text| json!(text))),
        ("nth", numbers(&rule.nth)),
        ("takes", numbers(&rule.takes)),
        ("every", rule.every.map(|every| json!(every))),
        ("share", rule.share.map(|share| json!(share_text(share)))),
        ("from", rule.from.map(|from| json!(time_text(from)))),
        ("to", rule.to.map(|to| json!(time_text(to)))),
        ("times", rule.times.map(|times| json!(times))),
        ("do", Some(effect(&rule.effect))),
    ];
    Value::Object(fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect())
}

fn effect(effect: &Effect) -> Value {
    let name = effect.name();
    let setting = match effect {
        Effect::Throttle { after, form } => json!({"after": time_text(*after), "form": name_of(&FORMS, *form)}),
        Effect::NoCredit { status: Some(status) } => json!(status.to_string()),
        Effect::Status { code, page: Page::Provider, accepted: false } => json!(code),
        Effect::Status { code, page, accepted } => {
            json!({"code": code, "page": name_of(&PAGES, *page), "accepted": accepted})
        }
        Effect::Echo { code, after: 0 } => json!(code),
        Effect::Echo { code, after } => json!({"code": code, "after": after}),
        Effect::Drip { bytes_per_second } => json!(bytes_per_second),
        Effect::Refuse { late, input } => refusal(*late, input.as_deref()),
        Effect::Fail { text: Some(text) } => json!(text),
        Effect::Slow { by } => json!(time_text(*by)),
        Effect::PriceRise { permille } => json!(factor_text(*permille)),
        Effect::Cost(cost) => json!(name_of(&COSTS, *cost)),
        Effect::List(ListLie::Lag(lag)) => json!({"lag": time_text(*lag)}),
        Effect::List(ListLie::Drop) => json!("drop"),
        Effect::List(ListLie::Twice) => json!("twice"),
        Effect::Webhook(HookLie::Late(late)) => json!({"late": time_text(*late)}),
        Effect::Webhook(HookLie::Duplicate) => json!("duplicate"),
        Effect::Webhook(HookLie::Forged) => json!("forged"),
        Effect::Webhook(HookLie::None) => json!("none"),
        Effect::Die { down } => json!(time_text(*down)),
        Effect::NoCredit { status: None }
        | Effect::Fail { text: None }
        | Effect::ResetBeforeAccept
        | Effect::ResetAfterAccept
        | Effect::HangBeforeAccept
        | Effect::HangAfterAccept
        | Effect::HalfDownload
        | Effect::Expired
        | Effect::WrongType
        | Effect::ZeroBytes
        | Effect::Html
        | Effect::TruncatedJson
        | Effect::Nsfw
        | Effect::Retire
        | Effect::Stuck
        | Effect::Forget
        | Effect::Down
        | Effect::CutOff
        | Effect::BadPlan => return json!(name),
    };
    json!({ name: setting })
}

fn refusal(late: bool, input: Option<&str>) -> Value {
    let when = name_of(&WHENS, late);
    match input {
        Some(input) => json!({"when": when, "input": input}),
        None => json!({"when": when}),
    }
}

fn name_of<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, other)| *other == value).map_or("", |(name, _)| name)
}
