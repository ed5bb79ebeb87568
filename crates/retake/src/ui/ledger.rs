//! Every take of every run with what it cost: the journals' money, take by take, run by run, model by model.
//!
//! Adds up what the folds say and nothing else, so that it equals them to the micro-dollar.

use std::collections::BTreeMap;

use retake_engine::journal::state::{Take, TakeState};
use retake_engine::moment::{Day, Moment};
use retake_engine::money::Money;
use serde::Serialize;

use super::board::title;
use super::json::booked;
use super::story::{Fate, Story};
use super::words;

mod page;

pub use page::page;

/// What a run that writes the scenes of a film says of itself.
const WRITES: &str = "writes";

/// All that was spent here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Run by run, the oldest first.
    pub runs: Vec<Run>,
    /// Model by model, the dearest first.
    pub models: Vec<Model>,
    /// All runs together.
    pub total: Sums,
    /// The account, where all its runs were looked at.
    pub account: Option<Account>,
}

/// What so much came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sums {
    /// What providers charged.
    pub settled_usd: Money,
    /// What open takes may still cost.
    pub reserved_usd: Money,
    /// What may have been charged and will never be known.
    pub written_off_usd: Money,
    /// What reused outputs cost when they were made.
    pub saved_by_reuse_usd: Money,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its id.
    pub run: String,
    /// The title of its film.
    pub film: String,
    /// The film's plan.
    pub plan: Option<String>,
    /// Whether its scenes were written, and not its film made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub writing: bool,
    /// Where it stands.
    pub status: &'static str,
    /// What it may spend.
    pub cap_usd: Money,
    /// By how much charges went over what was reserved for them.
    pub overrun_usd: Money,
    /// What it came to.
    #[serde(flatten)]
    pub sums: Sums,
    /// Its takes, in the order in which they were begun.
    pub takes: Vec<Entry>,
}

/// A take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name: node and number.
    pub take: String,
    /// Its scene; nothing for what is the film's own.
    pub scene: Option<String>,
    /// What was made.
    pub step: String,
    /// Its number, from 1.
    pub n: u32,
    /// The entry that made it.
    pub model: String,
    /// Who was asked; nobody where this machine made it.
    pub provider: Option<String>,
    /// Whether it was to be paid for.
    pub paid: bool,
    /// `kept`, `spare`, `failed`, `released`, `written_off`, `held`, `unclear`, `late` or `open`.
    pub outcome: &'static str,
    /// The class of what it failed by.
    pub fault: Option<&'static str>,
    /// What was set aside for it when it was begun.
    pub at_most_usd: Money,
    /// What of that is still set aside.
    pub reserved_usd: Money,
    /// What was charged.
    pub settled_usd: Money,
    /// What may have been charged and will never be known.
    pub written_off_usd: Money,
    /// The provider's id of it.
    pub ticket: Option<String>,
    /// When it was begun.
    pub at: String,
    #[serde(skip)]
    order: Moment,
}

/// What a model came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Model {
    /// Its name.
    pub model: String,
    /// Who sells it.
    pub provider: String,
    /// How many paid takes it had.
    pub takes: usize,
    /// How many of them were kept.
    pub kept: usize,
    /// What providers charged.
    pub settled_usd: Money,
    /// What open takes may still cost.
    pub reserved_usd: Money,
    /// What may have been charged and will never be known.
    pub written_off_usd: Money,
}

/// What the account may spend, and how much of it is spent or reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// In all.
    pub account_usd: Money,
    /// How much of that is spent or reserved.
    pub committed_usd: Money,
    /// In a day.
    pub day_usd: Money,
    /// Which day it is, UTC.
    pub day: String,
    /// How much of that is spent or reserved.
    pub committed_today_usd: Money,
}

/// What an account may spend, and when it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    /// In all.
    pub account: Money,
    /// In a day.
    pub day: Money,
    /// Now.
    pub now: Moment,
}

impl Ledger {
    /// The ledger of these runs; with what the account may spend where they are all there are.
    #[must_use]
    pub fn of<'s>(stories: impl IntoIterator<Item = &'s Story>, caps: Option<Caps>) -> Self {
        let mut ledger = Self::default();
        let mut today = Money::ZERO;
        for story in stories {
            today = today.plus(caps.map_or(Money::ZERO, |caps| committed_on(story, caps.now.day())));
            ledger.runs.push(Run::of(story));
        }
        for run in &ledger.runs {
            ledger.total = ledger.total.plus(run.sums);
        }
        ledger.models = models(&ledger.runs);
        let Sums { settled_usd, reserved_usd, written_off_usd, .. } = ledger.total;
        ledger.account = caps.map(|caps| Account {
            account_usd: caps.account,
            committed_usd: settled_usd.plus(written_off_usd).plus(reserved_usd),
            day_usd: caps.day,
            day: words::date(caps.now).split(' ').next().unwrap_or_default().to_owned(),
            committed_today_usd: today,
        });
        ledger
    }
}

/// What a run has spent and reserved by takes that were begun on a day.
fn committed_on(story: &Story, day: Day) -> Money {
    let ledger = story.state().ledger();
    let spent: Money = ledger.spent_by_day().filter(|(of, _)| *of == day).map(|(_, money)| money).sum();
    let open = story.state().nodes().iter().enumerate().flat_map(|(ix, node)| {
        let id = &story.state().graph().node(ix).spec.id;
        (1..).zip(&node.takes).filter_map(|(n, _)| {
            let no = retake_engine::id::TakeNo { node: id.clone(), n };
            ledger.reservation(&no).filter(|reservation| reservation.day == day)
        })
    });
    spent.plus(open.map(|reservation| reservation.amount).sum())
}

impl Sums {
    const fn plus(self, other: Self) -> Self {
        Self {
            settled_usd: self.settled_usd.plus(other.settled_usd),
            reserved_usd: self.reserved_usd.plus(other.reserved_usd),
            written_off_usd: self.written_off_usd.plus(other.written_off_usd),
            saved_by_reuse_usd: self.saved_by_reuse_usd.plus(other.saved_by_reuse_usd),
        }
    }
}

impl Run {
    fn of(story: &Story) -> Self {
        let (state, ledger) = (story.state(), story.state().ledger());
        let mut takes: Vec<Entry> = Vec::new();
        for (ix, node) in state.nodes().iter().enumerate() {
            takes.extend((1..).zip(&node.takes).map(|(n, take)| Entry::of(story, ix, n, take)));
        }
        takes.sort_by_key(|take| take.order);
        Self {
            run: state.spec().id.to_string(),
            film: title(story).to_owned(),
            plan: state.spec().about.get("plan").map(ToString::to_string),
            writing: state.spec().about.contains_key(WRITES),
            status: state.status().word(),
            cap_usd: ledger.cap(),
            overrun_usd: ledger.overrun(),
            sums: Sums {
                settled_usd: ledger.settled(),
                reserved_usd: ledger.reserved(),
                written_off_usd: ledger.written_off(),
                saved_by_reuse_usd: ledger.saved(),
            },
            takes,
        }
    }
}

impl Entry {
    fn of(story: &Story, ix: usize, n: u32, take: &Take) -> Self {
        let (state, place) = (story.state(), story.film().place(ix));
        let spec = &state.graph().node(ix).spec;
        let no = retake_engine::id::TakeNo { node: spec.id.clone(), n };
        let Fate { fault, ticket, spare } = story.fate_of(ix, n).cloned().unwrap_or_default();
        let written_off = matches!(take.state, TakeState::WrittenOff { .. });
        let cost = if take.is_paid() { booked(&take.state) } else { Money::ZERO };
        let either = |wanted: bool| if wanted { cost } else { Money::ZERO };
        Self {
            take: no.to_string(),
            scene: place.scene.clone(),
            step: place.work(),
            n,
            model: spec.route.get(take.entry).map(ToString::to_string).unwrap_or_default(),
            provider: state.graph().offer(ix, take.entry).map(|offer| offer.provider.to_string()),
            paid: take.is_paid(),
            outcome: outcome(take, spare),
            fault: fault.map(|fault| words::class(fault.class)),
            at_most_usd: if take.is_paid() { take.worst } else { Money::ZERO },
            reserved_usd: state.ledger().reservation(&no).map_or(Money::ZERO, |reservation| reservation.amount),
            settled_usd: either(!written_off),
            written_off_usd: either(written_off),
            ticket: ticket.map(|ticket| ticket.to_string()),
            at: words::stamped(take.intended),
            order: take.intended,
        }
    }
}

const fn outcome(take: &Take, spare: bool) -> &'static str {
    match take.state {
        TakeState::Kept { .. } if spare => "spare",
        TakeState::Kept { .. } => "kept",
        TakeState::Fallen { .. } => "failed",
        TakeState::Released => "released",
        TakeState::WrittenOff { .. } => "written_off",
        TakeState::Held => "held",
        TakeState::Unclear { .. } => "unclear",
        TakeState::Intent | TakeState::Submitted { .. } | TakeState::Succeeded { .. } if take.late => "late",
        TakeState::Intent | TakeState::Submitted { .. } | TakeState::Succeeded { .. } => "open",
    }
}

fn models(runs: &[Run]) -> Vec<Model> {
    let mut all: BTreeMap<(&str, &str), Model> = BTreeMap::new();
    for take in runs.iter().flat_map(|run| &run.takes).filter(|take| take.paid) {
        let provider = take.provider.as_deref().unwrap_or_default();
        let model = all.entry((&take.model, provider)).or_default();
        model.model.clone_from(&take.model);
        provider.clone_into(&mut model.provider);
        model.takes += 1;
        model.kept += usize::from(matches!(take.outcome, "kept" | "spare"));
        model.settled_usd = model.settled_usd.plus(take.settled_usd);
        model.reserved_usd = model.reserved_usd.plus(take.reserved_usd);
        model.written_off_usd = model.written_off_usd.plus(take.written_off_usd);
    }
    let mut models: Vec<Model> = all.into_values().collect();
    models.sort_by(|a, b| b.settled_usd.cmp(&a.settled_usd).then_with(|| a.model.cmp(&b.model)));
    models
}
