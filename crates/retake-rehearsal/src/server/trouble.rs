//! What an effect of the script means for a request: before its work, in it, and after.
//!
//! Owns the translation, in one place for all providers. How a trouble is worded is the provider's business.

use std::time::Duration;

use hyper::body::Bytes;
use serde_json::Value;

use super::accept::Twist;
use super::tide::Flow;
use crate::clock;
use crate::faults::{At, Effect, Form, ListLie, Page};
use crate::jobs::Fate;
use crate::wire::{Reply, Trouble, Wire};

/// What happens to a request.
#[derive(Debug, Default)]
pub(super) struct Trial {
    /// Instead of its work.
    pub(super) before: Option<Blow>,
    /// In its work, where that is a job.
    pub(super) twist: Twist,
    /// In its work, where that is a list.
    pub(super) list: Option<ListLie>,
    /// Instead of its answer.
    pub(super) after: Option<Blow>,
    /// To its answer.
    pub(super) spoil: Option<Spoil>,
}

/// What happens instead.
#[derive(Debug)]
pub(super) enum Blow {
    /// This is answered.
    Say(Reply),
    /// The connection is reset.
    Reset,
    /// Nothing is ever answered.
    Hang,
    /// The server goes down for so long.
    Die(Duration),
}

/// What happens to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoil {
    /// Its body comes otherwise.
    Flow(Flow),
    /// A page for people takes its place.
    Html,
    /// It stops in the middle, as if it were whole.
    Truncated,
    /// It is empty.
    Empty,
    /// It is something else than it says.
    WrongType,
}

/// What an effect does to a request of this purpose, about this model, that came with these words.
pub(super) fn trial(effect: Option<Effect>, wire: &dyn Wire, at: At, model: &str, sent: &str) -> Trial {
    let mut trial = Trial::default();
    let Some(effect) = effect else { return trial };
    let before = |blow| Trial { before: Some(blow), ..Trial::default() };
    let after = |blow| Trial { after: Some(blow), ..Trial::default() };
    let spoil = |spoil| Trial { spoil: Some(spoil), ..Trial::default() };
    let twist = |twist| Trial { twist, ..Trial::default() };
    let fate = |fate| twist(Twist { fate, ..Twist::default() });
    match effect {
        Effect::Throttle { after, form } => return before(Blow::Say(throttle(wire, after, form))),
        Effect::NoCredit { status } => return before(Blow::Say(wire.trouble(&Trouble::NoCredit(status)))),
        Effect::Status { code, page, accepted } => {
            let say = Blow::Say(match page {
                Page::Provider => wire.trouble(&Trouble::Status(code)),
                Page::Gateway => gateway(code),
            });
            return if accepted { after(say) } else { before(say) };
        }
        Effect::Echo { code, after } => return before(Blow::Say(echo(wire, code, after, sent))),
        Effect::ResetBeforeAccept | Effect::Down => return before(Blow::Reset),
        Effect::ResetAfterAccept => return after(Blow::Reset),
        Effect::HangBeforeAccept => return before(Blow::Hang),
        Effect::HangAfterAccept => return after(Blow::Hang),
        Effect::Die { down } => return after(Blow::Die(down)),
        Effect::Drip { bytes_per_second } => return spoil(Spoil::Flow(Flow::Drip(bytes_per_second))),
        Effect::HalfDownload => return spoil(Spoil::Flow(Flow::Half)),
        Effect::Html => return spoil(Spoil::Html),
        Effect::TruncatedJson => return spoil(Spoil::Truncated),
        Effect::Expired if at == At::Fetch => return before(Blow::Say(Reply::text(404, "Not Found"))),
        Effect::ZeroBytes if at == At::Fetch => return spoil(Spoil::Empty),
        Effect::WrongType if at == At::Fetch => return spoil(Spoil::WrongType),
        Effect::Expired | Effect::ZeroBytes | Effect::WrongType => {}
        Effect::Refuse { late, input } if at == At::Submit => {
            let input = input.unwrap_or_else(|| "prompt".to_owned());
            let refusal = wire.trouble(&Trouble::Refused { input: &input });
            // Whoever refuses with a success has taken the order, and tells what became of it.
            if !late && !(200..300).contains(&refusal.status) {
                return before(Blow::Say(refusal));
            }
            return fate(Fate::Refuse(input));
        }
        Effect::Nsfw => return fate(Fate::Nsfw),
        Effect::Retire if at == At::Submit || at == At::Schema => {
            return before(Blow::Say(wire.trouble(&Trouble::Model(model))));
        }
        Effect::Refuse { .. } | Effect::Retire => {}
        Effect::Fail { text } => return fate(Fate::Fail(text)),
        Effect::Slow { by } => return twist(Twist { work: Some(by), ..Twist::default() }),
        Effect::Stuck => return fate(Fate::Stuck),
        Effect::PriceRise { permille } => return twist(Twist { price_permille: permille, ..Twist::default() }),
        Effect::Cost(lie) => return twist(Twist { cost_lie: Some(lie), ..Twist::default() }),
        Effect::Webhook(lie) => return twist(Twist { hook_lie: Some(lie), ..Twist::default() }),
        Effect::List(lie) => trial.list = Some(lie),
        Effect::Forget if matches!(at, At::Poll | At::Cancel) => {
            return before(Blow::Say(wire.trouble(&Trouble::Ticket)));
        }
        Effect::Forget => {}
        Effect::CutOff => return fate(Fate::CutOff),
        Effect::BadPlan => return fate(Fate::BadPlan),
    }
    trial
}

/// An answer after it was spoiled, and how its body comes.
pub(super) fn spoiled(mut reply: Reply, spoil: Option<Spoil>) -> (Reply, Flow) {
    match spoil {
        None => {}
        Some(Spoil::Flow(flow)) => return (reply, flow),
        Some(Spoil::Html) => reply = Reply::html(200, PAGE),
        Some(Spoil::Truncated) if reply.is_json() => reply.body.truncate(reply.body.len() / 2),
        Some(Spoil::Truncated) => {}
        Some(Spoil::Empty) => {
            reply.body = Bytes::new();
            reply.delivers = None;
        }
        Some(Spoil::WrongType) => {
            reply.body = Bytes::from_static(
                b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n",
            );
            reply.delivers = None;
        }
    }
    (reply, Flow::Whole)
}

/// What stands where JSON was expected.
const PAGE: &str = "<!doctype html><html><head><title>We'll be right back</title></head>\
    <body><h1>Down for maintenance</h1></body></html>";

/// A gateway's page for people.
pub(super) fn gateway(code: u16) -> Reply {
    let reason = hyper::StatusCode::from_u16(code).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error");
    Reply::html(
        code,
        format!(
            "<html>\r\n<head><title>{code} {reason}</title></head>\r\n<body>\r\n<center><h1>{code} {reason}</h1></center>\
             \r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        ),
    )
}

/// Where providers put what people are to read.
const TOLD: [&str; 8] = ["msg", "message", "detail", "error", "problem", "title", "reason", "description"];

/// An error that repeats what was sent: in the provider's own words, or behind so many letters on a page of text.
fn echo(wire: &dyn Wire, code: u16, after: u32, sent: &str) -> Reply {
    if after > 0 {
        let lead = "x".repeat(usize::try_from(after).unwrap_or(0));
        return Reply::text(code, format!("{lead} {sent}"));
    }
    let mut reply = wire.trouble(&Trouble::Status(code));
    let Ok(mut body) = serde_json::from_slice(&reply.body) else { return Reply::text(code, sent.to_owned()) };
    repeat(&mut body, sent);
    reply.body = body.to_string().into();
    reply
}

/// Adds what was sent to whatever people are to read.
fn repeat(value: &mut Value, sent: &str) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| repeat(value, sent)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if TOLD.contains(&name.as_str()) => text.insert_str(0, &format!("{sent} ")),
                    other => repeat(other, sent),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn throttle(wire: &dyn Wire, after: Duration, form: Form) -> Reply {
    let seconds = clock::millis(after).div_ceil(1000);
    let reply = wire.trouble(&Trouble::Throttle { seconds, said: form == Form::Body });
    let moment = |offset: i64| clock::http(clock::now().saturating_add_signed(offset));
    match form {
        Form::Header => reply.with("retry-after", seconds.to_string()),
        // Dates have whole seconds: rounded up, so that it is not too early.
        Form::Date => reply.with("retry-after", moment(i64::try_from(seconds).unwrap_or(0) * 1000 + 999)),
        Form::Past => reply.with("retry-after", moment(-3_600_000)),
        Form::Negative => reply.with("retry-after", "-30"),
        Form::Huge => reply.with("retry-after", "1000000000000"),
        Form::Garbage => reply.with("retry-after", "soon"),
        Form::Body | Form::None => reply,
    }
}
