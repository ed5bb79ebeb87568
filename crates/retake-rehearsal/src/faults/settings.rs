//! The effect of a rule read: its name, and what goes with it.

use std::time::Duration;

use super::desk::Desk;
use super::mistake::{quoted, way_out};
use super::names::{COSTS, ENTRIES, Entry, FORMS, LISTS, PAGES, WEBHOOKS, WHENS};
use super::tree::{Node, Shape};
use super::{Effect, Form, HookLie, ListLie, Page, value};

impl Desk {
    /// What happens.
    pub(super) fn effect(&mut self, node: &Node) -> Option<Effect> {
        match &node.shape {
            Shape::Text(name) => {
                let entry = self.entry(name, node.line)?;
                if !entry.bare {
                    let setting = entry.setting.unwrap_or_default();
                    let hint = format!("write `{{{name}: {setting}}}`");
                    self.wrong(node.line, format!("`{name}` needs to know more"), hint);
                    return None;
                }
                Some(bare(entry.name))
            }
            Shape::Map(pairs) => {
                let [(key, setting)] = pairs.as_slice() else {
                    let what = format!("{} effects stand in one rule", pairs.len());
                    self.wrong(node.line, what, "write a rule for each of them");
                    return None;
                };
                let Shape::Text(name) = &key.shape else {
                    self.unfit(key, "the name of an effect", "refuse");
                    return None;
                };
                let entry = self.entry(name, key.line)?;
                if entry.setting.is_none() {
                    self.wrong(key.line, format!("`{name}` has no settings"), format!("write `do: {name}`"));
                    return None;
                }
                self.setting(entry, setting)
            }
            Shape::Nothing | Shape::List(_) => {
                self.unfit(node, "the name of an effect", "do: refuse");
                None
            }
        }
    }

    fn entry(&mut self, name: &str, line: usize) -> Option<&'static Entry> {
        let found = ENTRIES.iter().find(|entry| entry.name == name);
        if found.is_none() {
            let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
            self.wrong(line, format!("there is no effect {}", quoted(name)), way_out(name, &names));
        }
        found
    }

    fn setting(&mut self, entry: &Entry, node: &Node) -> Option<Effect> {
        let is_map = matches!(node.shape, Shape::Map(_));
        match entry.name {
            "throttle" if is_map => self.throttle(node),
            "throttle" => Some(Effect::Throttle { after: self.time(node)?, form: Form::Header }),
            "no-credit" => {
                let status = self.one_of(node, &[("402", 402), ("403", 403), ("429", 429)])?;
                Some(Effect::NoCredit { status: Some(status) })
            }
            "status" => self.status(node, is_map),
            "echo" => self.echo(node, is_map),
            "drip" => Some(Effect::Drip { bytes_per_second: self.count(node)? }),
            "refuse" => self.refuse(node),
            "fail" => Some(Effect::Fail { text: Some(self.text(node)?.to_owned()) }),
            "slow" => Some(Effect::Slow { by: self.time(node)? }),
            "price-rise" => {
                let permille = self.word(node, "a factor", "1.5", value::factor)?;
                Some(Effect::PriceRise { permille })
            }
            "cost" => Some(Effect::Cost(self.one_of(node, &COSTS)?)),
            "list" => self.list(node, is_map),
            "webhook" => self.webhook(node, is_map),
            _ => Some(Effect::Die { down: self.time(node)? }),
        }
    }

    fn throttle(&mut self, node: &Node) -> Option<Effect> {
        let (mut after, mut form) = (Some(AFTER), Some(Form::Header));
        for (key, node) in self.fields(node, "`throttle`", &["after", "form"], "{after: 2s, form: header}")? {
            match key {
                "after" => after = self.time(node),
                _ => form = self.one_of(node, &FORMS),
            }
        }
        Some(Effect::Throttle { after: after?, form: form? })
    }

    fn status(&mut self, node: &Node, is_map: bool) -> Option<Effect> {
        let (mut code, mut page, mut accepted) = (None, Some(Page::Provider), Some(false));
        if is_map {
            let mut has_code = false;
            let keys = ["code", "page", "accepted"];
            for (key, node) in self.fields(node, "`status`", &keys, "{code: 502, page: gateway}")? {
                match key {
                    "code" => (code, has_code) = (self.number(node, 400, 599), true),
                    "page" => page = self.one_of(node, &PAGES),
                    _ => accepted = self.one_of(node, &[("false", false), ("true", true)]),
                }
            }
            if !has_code {
                self.wrong(node.line, "`status` lacks its code", "write `{code: 502, page: gateway}`");
            }
        } else {
            code = self.number(node, 400, 599);
        }
        Some(Effect::Status { code: u16::try_from(code?).ok()?, page: page?, accepted: accepted? })
    }

    fn echo(&mut self, node: &Node, is_map: bool) -> Option<Effect> {
        let (mut code, mut after) = (Some(u64::from(ECHO)), Some(0));
        if is_map {
            for (key, node) in self.fields(node, "`echo`", &["code", "after"], "{code: 500, after: 100}")? {
                match key {
                    "code" => code = self.number(node, 400, 599),
                    _ => after = self.number(node, 0, LEAD_MAX),
                }
            }
        } else {
            code = self.number(node, 400, 599);
        }
        Some(Effect::Echo { code: u16::try_from(code?).ok()?, after: u32::try_from(after?).ok()? })
    }

    fn refuse(&mut self, node: &Node) -> Option<Effect> {
        let (mut late, mut input) = (Some(false), None);
        for (key, node) in self.fields(node, "`refuse`", &["when", "input"], "{when: end, input: image}")? {
            match key {
                "when" => late = self.one_of(node, &WHENS),
                _ => input = Some(self.text(node)?.to_owned()),
            }
        }
        Some(Effect::Refuse { late: late?, input })
    }

    fn list(&mut self, node: &Node, is_map: bool) -> Option<Effect> {
        if !is_map {
            return Some(Effect::List(self.one_of(node, &LISTS)?));
        }
        let fields = self.fields(node, "`list`", &["lag"], "{lag: 10s}")?;
        let lag = fields.first().and_then(|(_, node)| self.time(node))?;
        Some(Effect::List(ListLie::Lag(lag)))
    }

    fn webhook(&mut self, node: &Node, is_map: bool) -> Option<Effect> {
        if !is_map {
            return Some(Effect::Webhook(self.one_of(node, &WEBHOOKS)?));
        }
        let fields = self.fields(node, "`webhook`", &["late"], "{late: 10s}")?;
        let late = fields.first().and_then(|(_, node)| self.time(node))?;
        Some(Effect::Webhook(HookLie::Late(late)))
    }
}

/// How long is to be waited where a throttle does not say.
const AFTER: Duration = Duration::from_secs(2);
/// With which status an echo comes where it does not say.
const ECHO: u16 = 500;
/// How many letters may stand before it.
const LEAD_MAX: u64 = 100_000;
/// How fast a drip is where it does not say.
const DRIP: u32 = 2000;
/// How long a dead server stays away where it is not said.
const STAY: Duration = Duration::from_secs(3);

/// What a name alone means.
fn bare(name: &str) -> Effect {
    match name {
        "throttle" => Effect::Throttle { after: AFTER, form: Form::Header },
        "no-credit" => Effect::NoCredit { status: None },
        "echo" => Effect::Echo { code: ECHO, after: 0 },
        "reset-before-accept" => Effect::ResetBeforeAccept,
        "reset-after-accept" => Effect::ResetAfterAccept,
        "hang-before-accept" => Effect::HangBeforeAccept,
        "hang-after-accept" => Effect::HangAfterAccept,
        "drip" => Effect::Drip { bytes_per_second: DRIP },
        "half-download" => Effect::HalfDownload,
        "expired" => Effect::Expired,
        "wrong-type" => Effect::WrongType,
        "zero-bytes" => Effect::ZeroBytes,
        "html" => Effect::Html,
        "truncate" => Effect::TruncatedJson,
        "refuse" => Effect::Refuse { late: false, input: None },
        "nsfw" => Effect::Nsfw,
        "retire" => Effect::Retire,
        "fail" => Effect::Fail { text: None },
        "stuck" => Effect::Stuck,
        "forget" => Effect::Forget,
        "die" => Effect::Die { down: STAY },
        "cut-off" => Effect::CutOff,
        "bad-plan" => Effect::BadPlan,
        _ => Effect::Down,
    }
}
