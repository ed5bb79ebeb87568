//! What people call the faults in a script, what goes with them, and at which requests each can happen.
//!
//! Knows neither rules nor wires.

use std::time::Duration;

use super::{At, CostLie, Effect, Form, HookLie, ListLie, Page};
use crate::jobs::Kind;

/// What people may write for an effect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// Whether the name alone will do.
    pub(super) bare: bool,
    /// What its setting is: its name in a message.
    pub(super) setting: Option<&'static str>,
    pub(super) places: &'static [At],
}

const SUBMIT: &[At] = &[At::Submit];
const FETCH: &[At] = &[At::Fetch];
const ACCEPTS: &[At] = &[At::Submit, At::Cancel, At::Upload];

const fn entry(name: &'static str, bare: bool, setting: Option<&'static str>, places: &'static [At]) -> Entry {
    Entry { name, bare, setting, places }
}

pub(super) const ENTRIES: [Entry; 30] = [
    entry("throttle", true, Some("{after: 2s, form: header}"), &At::ALL),
    entry("no-credit", true, Some("402"), SUBMIT),
    entry("status", false, Some("503"), &At::ALL),
    entry("echo", true, Some("{code: 500, after: 100}"), &At::ALL),
    entry("reset-before-accept", true, None, &At::ALL),
    entry("reset-after-accept", true, None, ACCEPTS),
    entry("hang-before-accept", true, None, &At::ALL),
    entry("hang-after-accept", true, None, ACCEPTS),
    entry("drip", true, Some("2000"), &At::ALL),
    entry("half-download", true, None, FETCH),
    entry("expired", true, None, FETCH),
    entry("wrong-type", true, None, FETCH),
    entry("zero-bytes", true, None, FETCH),
    entry("html", true, None, &At::ALL),
    entry("truncate", true, None, &At::ALL),
    entry("refuse", true, Some("{when: end, input: image}"), SUBMIT),
    entry("nsfw", true, None, SUBMIT),
    entry("retire", true, None, &[At::Submit, At::Schema]),
    entry("fail", true, Some("\"Worker crashed\""), SUBMIT),
    entry("slow", false, Some("30s"), SUBMIT),
    entry("stuck", true, None, SUBMIT),
    entry("price-rise", false, Some("1.5"), SUBMIT),
    entry("cost", false, Some("missing"), SUBMIT),
    entry("list", false, Some("drop"), &[At::Find]),
    entry("forget", true, None, &[At::Poll, At::Cancel]),
    entry("webhook", false, Some("duplicate"), SUBMIT),
    entry("die", true, Some("3s"), &At::ALL),
    entry("down", true, None, &At::ALL),
    entry("cut-off", true, None, SUBMIT),
    entry("bad-plan", true, None, SUBMIT),
];

impl Effect {
    /// Its name in a script.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Throttle { .. } => "throttle",
            Self::NoCredit { .. } => "no-credit",
            Self::Status { .. } => "status",
            Self::Echo { .. } => "echo",
            Self::ResetBeforeAccept => "reset-before-accept",
            Self::ResetAfterAccept => "reset-after-accept",
            Self::HangBeforeAccept => "hang-before-accept",
            Self::HangAfterAccept => "hang-after-accept",
            Self::Drip { .. } => "drip",
            Self::HalfDownload => "half-download",
            Self::Expired => "expired",
            Self::WrongType => "wrong-type",
            Self::ZeroBytes => "zero-bytes",
            Self::Html => "html",
            Self::TruncatedJson => "truncate",
            Self::Refuse { .. } => "refuse",
            Self::Nsfw => "nsfw",
            Self::Retire => "retire",
            Self::Fail { .. } => "fail",
            Self::Slow { .. } => "slow",
            Self::Stuck => "stuck",
            Self::PriceRise { .. } => "price-rise",
            Self::Cost(_) => "cost",
            Self::List(_) => "list",
            Self::Forget => "forget",
            Self::Webhook(_) => "webhook",
            Self::Die { .. } => "die",
            Self::Down => "down",
            Self::CutOff => "cut-off",
            Self::BadPlan => "bad-plan",
        }
    }

    /// At which requests it can happen.
    #[must_use]
    pub fn places(&self) -> &'static [At] {
        ENTRIES.iter().find(|entry| entry.name == self.name()).map_or(&[], |entry| entry.places)
    }

    /// Whether it can happen to work of this sort; where the sort is unknown, only what concerns no sort.
    #[must_use]
    pub fn concerns(&self, kind: Option<Kind>) -> bool {
        if matches!(self, Self::CutOff | Self::BadPlan) {
            return kind == Some(Kind::Text);
        }
        !matches!(self, Self::Nsfw) || matches!(kind, Some(Kind::Image | Kind::Video))
    }
}

/// The words of a few settings.
pub(super) const FORMS: [(&str, Form); 8] = [
    ("header", Form::Header),
    ("date", Form::Date),
    ("past", Form::Past),
    ("negative", Form::Negative),
    ("huge", Form::Huge),
    ("garbage", Form::Garbage),
    ("body", Form::Body),
    ("none", Form::None),
];
/// When a refusal is told: whether late.
pub(super) const WHENS: [(&str, bool); 2] = [("submit", false), ("end", true)];
pub(super) const PAGES: [(&str, Page); 2] = [("provider", Page::Provider), ("gateway", Page::Gateway)];
pub(super) const COSTS: [(&str, CostLie); 3] =
    [("missing", CostLie::Missing), ("absurd", CostLie::Absurd), ("negative", CostLie::Negative)];
/// Where a list or a webhook is late without a time of its own.
const LATE: Duration = Duration::from_secs(10);
pub(super) const LISTS: [(&str, ListLie); 3] =
    [("lag", ListLie::Lag(LATE)), ("drop", ListLie::Drop), ("twice", ListLie::Twice)];
pub(super) const WEBHOOKS: [(&str, HookLie); 4] = [
    ("duplicate", HookLie::Duplicate),
    ("late", HookLie::Late(LATE)),
    ("forged", HookLie::Forged),
    ("none", HookLie::None),
];
