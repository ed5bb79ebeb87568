//! What a provider charged is what the ledger says, whatever went wrong: real runs, of one picture each.
//!
//! Here the engine decides what a fault leads to. Held together are two books that know nothing of each other: the
//! server's, and the run's own. Played are those who make pictures; the rest is bought in the same way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use retake_engine::admission::{Limits, Terms};
use retake_engine::host::{Host, Options};
use retake_engine::id::RunId;
use retake_engine::journal::event::{Event, Pause};
use retake_engine::journal::state::Status;
use retake_engine::money::Money;
use retake_engine::retry::Policy;
use retake_film::catalogue::Catalogue;
use retake_film::download::Egress;
use retake_film::film::{Means, Studio};
use retake_film::providers::{Secret, Sellers, Standard};
use retake_film::schedule::{Until, usual};
use retake_rehearsal::key;

use super::rows::Row;
use super::stage::Stage;
use crate::make::end;
use crate::schedule::with_catalogue;

/// What goes wrong, each the first time.
const FAULTS: [(&str, &str); 16] = [
    ("submit", "reset-before-accept"),
    ("submit", "reset-after-accept"),
    ("submit", "hang-after-accept"),
    ("submit", "{status: {code: 502, page: gateway}}"),
    ("submit", "{status: {code: 504, accepted: true}}"),
    ("submit", "{status: 503}"),
    ("submit", "{throttle: {after: 1s}}"),
    ("submit", "html"),
    ("submit", "refuse"),
    ("submit", "{refuse: {when: end}}"),
    ("submit", "fail"),
    ("submit", "{cost: absurd}"),
    ("submit", "{cost: missing}"),
    ("submit", "no-credit"),
    ("poll", "{status: 500}"),
    ("fetch", "half-download"),
];

/// Lets a picture be made, and holds the books against each other.
fn cell(row: Row, at: &str, effect: &str) -> Result<(), String> {
    let mut rules = vec![format!("  - {{at: {at}, nth: 1, do: {effect}}}\n")];
    if effect.contains("accept") {
        // A list that lacks what was accepted is believed only after its time.
        rules.push("  - {at: find, nth: 1, do: {list: drop}}\n".to_owned());
    }
    let stage = Stage::with(row, &rules);
    let mut seller = Standard::named(row.provider).unwrap().seller(row.provider);
    seller.base_url = stage.server.base_url(row.provider);
    seller.key = Some(Secret::new(&key(row.provider)));
    seller.request_timeout = Duration::from_secs(2);
    seller.poll_every = Duration::from_millis(40);
    (seller.grace, seller.lag) = (Duration::from_millis(400), Duration::from_millis(100));
    seller.more = row.more();
    let sellers: Sellers = std::iter::once(seller).collect();
    let cards = BTreeMap::from([("painter".to_owned(), row.card())]);
    let catalogue = Catalogue::local(|_| None).with(&cards, &sellers);

    let text = "film: A picture\nsize: 320x180\nimage: painter\nscenes:\n  - {id: sea, still: Waves at night}\n";
    let quick = |policy: Policy| Policy {
        first_delay: Duration::from_millis(20),
        max_delay: Duration::from_millis(200),
        timeout: Duration::from_secs(10),
        ..policy
    };
    let plan = with_catalogue(text, &catalogue, &BTreeMap::new(), |setting| {
        setting.until = Some(Until::Storyboard);
        setting.policies.insert("image".to_owned(), quick(usual("image")));
    });
    let plan = plan.map_err(|problems| format!("{problems:?}"))?;

    let egress = Egress::read(stage.server.egress()).unwrap();
    let means = Means { sellers, egress, ..Means::default() };
    let data = stage.folder.path().join(".retake");
    let studio = Arc::new(Studio::open(&data, stage.folder.path().to_owned(), means).unwrap());
    let plenty = Money::from_cents(1_000);
    let limits = Limits {
        submissions: 2,
        processes: 2,
        account: plenty,
        day: plenty,
        providers: BTreeMap::new(),
        default_terms: Terms::default(),
    };
    let host = Host::open(&data, studio, Options::new(limits), |_| {}).unwrap();
    let run = RunId(uuid::Uuid::from_u128(1));
    host.create(plan.spec(run, None, BTreeMap::new()), None).unwrap();
    let books = end(&host, run).summary();
    let bill = stage.bill();
    let charged = Money::from_micros(bill.charged());
    let open: Money = [books.reserved, books.written_off].into_iter().sum();
    let most: Money = [books.settled, open].into_iter().sum();
    let told =
        || format!("settled {}, open {open}; charged {charged}; {:?} {:#?}", books.settled, books.status, bill.jobs);
    if charged > most {
        return Err(format!("charged is what no ledger knows: {}", told()));
    }
    let known: Money = [charged, open].into_iter().sum();
    // Who tells no price is booked as it was reserved, which is the most that it can cost.
    let is_told = row.tells || row.provider == "replicate";
    if is_told && books.settled > known && !effect.contains("cost") {
        return Err(format!("booked is what nobody charged: {}", told()));
    }
    // Where a picture is refused, a person looks at what is left.
    let is_looked_at = matches!(books.status, Status::Paused(Pause::Review { .. }));
    if !effect.contains("refuse") && is_looked_at == charged.is_zero() {
        return Err(format!("what is looked at was paid for, and nothing else: {}", told()));
    }
    let records = host.journal(run).unwrap();
    let intents =
        records.iter().filter(|record| matches!(record.event, Event::Intended { .. } | Event::Resent { .. })).count();
    let sent = usize::try_from(bill.asked(row.provider, "submit")).unwrap_or(usize::MAX);
    if sent > intents {
        return Err(format!("{sent} orders were sent, and {intents} were meant: {}", told()));
    }
    if bill.leaks.is_empty() { Ok(()) } else { Err(format!("leaks: {:?}", bill.leaks)) }
}

/// Plays all cells of a row.
fn agrees(name: &str) {
    let row = Row::named(name);
    let wrong: Vec<String> = FAULTS
        .iter()
        .filter_map(|(at, effect)| Some(format!("{name} × {at} {effect}: {}", cell(row, at, effect).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_ledger_is_the_bill_of_replicate() {
    agrees("replicate");
}

#[test]
fn the_ledger_is_the_bill_of_fal() {
    agrees("fal");
}

#[test]
fn the_ledger_is_the_bill_of_openai() {
    agrees("openai-image");
}

#[test]
fn the_ledger_is_the_bill_of_google() {
    agrees("google-image");
}

#[test]
fn the_ledger_is_the_bill_of_runway() {
    agrees("runway");
}

#[test]
fn the_ledger_is_the_bill_of_luma() {
    agrees("luma");
}

#[test]
fn the_ledger_is_the_bill_of_a_described_provider() {
    agrees("http");
}
