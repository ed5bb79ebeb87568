//! What every store must do, as a suite that each of them passes.

#![expect(clippy::unwrap_used, reason = "a store that cannot answer has not kept the contract")]

use super::{Batch, Created, Error, Once, Store, Write};
use crate::decide::{Finished, Memory};
use crate::fault::{Acceptance, Class, Fault};
use crate::id::{AccountId, Hash, Key, RunId, TakeNo};
use crate::journal::{Event, Record, VERSION};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::{Delivery, Outputs};

/// How many stores the suite needs.
pub const PARTS: usize = 7;

/// Puts stores to the proof, each part with a store of its own.
///
/// # Panics
/// Where a store does not do what it must.
pub fn suite<S: Store>(make: impl Fn() -> S) {
    journals_come_back_as_they_were_written(make());
    records_follow_each_other_or_nothing_is_kept(make());
    runs_are_listed_as_they_were_created(make());
    a_caller_who_asks_twice_gets_one_run(make());
    keys_are_known_within_their_account_and_tickets_everywhere(make());
    a_refused_batch_leaves_nothing_known(make());
    receipts_stay_until_the_journal_says_the_same(make());
}

fn run(number: u128) -> RunId {
    RunId(uuid::Uuid::from_u128(number))
}

fn key(text: &str) -> Key {
    Key(Hash::of_text(text))
}

fn records(from: u64, to: u64) -> Vec<Record> {
    let cap = |seq| Event::CapSet { cap: Money::from_micros(seq) };
    (from..=to).map(|seq| Record { v: VERSION, seq, at: Moment::from_ms(seq), event: cap(seq) }).collect()
}

fn batch(number: u128, account: &str, records: Vec<Record>) -> Batch {
    Batch {
        run: run(number),
        account: account.into(),
        records,
        remember: Vec::new(),
        tickets: Vec::new(),
        summary: None,
    }
}

fn journals_come_back_as_they_were_written(mut store: impl Store) {
    assert_eq!(store.load(run(1)), Err(Error::NoSuchRun(run(1))));
    assert_eq!(store.append(batch(1, "ann", records(1, 1))), Err(Error::NoSuchRun(run(1))));
    assert_eq!(store.create(batch(1, "ann", records(1, 2)), None), Ok(Created::New));
    assert_eq!(store.create(batch(1, "ann", records(1, 2)), None), Err(Error::RunExists(run(1))));
    assert_eq!(store.append(batch(1, "ann", records(3, 7))), Ok(()));
    assert_eq!(store.append(batch(1, "ann", Vec::new())), Ok(()), "nothing to write is no fault");
    assert_eq!(store.load(run(1)), Ok(records(1, 7)));
}

fn records_follow_each_other_or_nothing_is_kept(mut store: impl Store) {
    let refused = |at, given| Err(Error::OutOfOrder { run: run(1), at, given });
    assert_eq!(
        store.create(batch(1, "ann", records(2, 3)), None),
        Err(Error::OutOfOrder { run: run(1), at: 0, given: 2 })
    );
    assert_eq!(store.load(run(1)), Err(Error::NoSuchRun(run(1))), "a refused run is not there");
    assert_eq!(store.create(batch(1, "ann", records(1, 3)), None), Ok(Created::New));
    for (from, to, given) in [(3, 4, 3), (5, 6, 5), (1, 9, 1)] {
        assert_eq!(store.append(batch(1, "ann", records(from, to))), refused(3, given));
    }
    let mut gap = records(4, 6);
    gap.remove(1);
    assert_eq!(store.append(batch(1, "ann", gap)), refused(4, 6));
    assert_eq!(store.load(run(1)), Ok(records(1, 3)));
}

fn runs_are_listed_as_they_were_created(mut store: impl Store) {
    for number in [3, 1, 2] {
        assert_eq!(store.create(batch(number, "ann", records(1, 1)), None), Ok(Created::New));
    }
    assert_eq!(store.runs().unwrap(), [3, 1, 2].map(run));
}

fn a_caller_who_asks_twice_gets_one_run(mut store: impl Store) {
    let once = |body: &str| Some(Once { key: "monday".into(), body: Hash::of_text(body) });
    assert_eq!(store.create(batch(1, "ann", records(1, 1)), once("a film")), Ok(Created::New));
    assert_eq!(store.create(batch(2, "ann", records(1, 1)), once("a film")), Ok(Created::Before(run(1))));
    let reused = Error::KeyReused { key: "monday".into(), run: run(1) };
    assert_eq!(store.create(batch(2, "ann", records(1, 1)), once("another")), Err(reused));
    assert_eq!(store.create(batch(2, "bob", records(1, 1)), once("another")), Ok(Created::New));
    assert_eq!(store.runs().unwrap(), [1, 2].map(run));
}

fn finished() -> Memory {
    let from = TakeNo { node: "lamp/video".into(), n: 2 }.of(run(1));
    Memory::Finished(Finished { from, outputs: Outputs::default(), cost: Money::from_cents(4), extension: None })
}

fn keys_are_known_within_their_account_and_tickets_everywhere(mut store: impl Store) {
    let (ann, bob): (AccountId, AccountId) = ("ann".into(), "bob".into());
    let refused = Memory::Refused(Fault::new(Class::Rejected, Acceptance::Yes, "no"));
    let mut first = batch(1, "ann", records(1, 1));
    first.remember = vec![(key("made"), finished()), (key("refused"), refused.clone())];
    first.tickets = vec![("replicate".into(), "p1".into())];
    assert_eq!(store.create(first, None), Ok(Created::New));
    assert_eq!(store.recall(&ann, &key("made")).unwrap(), Some(finished()));
    assert_eq!(store.recall(&ann, &key("refused")).unwrap(), Some(refused));
    assert_eq!(store.recall(&ann, &key("unheard of")).unwrap(), None);
    assert_eq!(store.recall(&bob, &key("made")).unwrap(), None);
    assert!(store.knows(&"replicate".into(), &"p1".into()).unwrap());
    assert!(!store.knows(&"fal".into(), &"p1".into()).unwrap());
    assert!(!store.knows(&"replicate".into(), &"p2".into()).unwrap());
    let mut later = batch(1, "ann", records(2, 2));
    later.remember = vec![(key("refused"), finished())];
    assert_eq!(store.append(later), Ok(()));
    assert_eq!(store.recall(&ann, &key("refused")).unwrap(), Some(finished()), "what is learned later counts");
}

fn a_refused_batch_leaves_nothing_known(mut store: impl Store) {
    let mut wrong = batch(1, "ann", records(2, 2));
    wrong.remember = vec![(key("made"), finished())];
    wrong.tickets = vec![("replicate".into(), "p1".into())];
    assert!(store.create(wrong.clone(), None).is_err());
    assert_eq!(store.create(batch(1, "ann", records(1, 3)), None), Ok(Created::New));
    assert!(store.append(wrong).is_err());
    assert_eq!(store.recall(&"ann".into(), &key("made")).unwrap(), None);
    assert!(!store.knows(&"replicate".into(), &"p1".into()).unwrap());
}

fn receipts_stay_until_the_journal_says_the_same(mut store: impl Store) {
    let take = TakeNo { node: "lamp/video".into(), n: 1 }.of(run(1));
    let delivery = Delivery { outputs: Outputs::default(), charge: Some(Money::from_cents(4)), extension: None };
    assert_eq!(store.create(batch(1, "ann", records(1, 1)), None), Ok(Created::New));
    assert_eq!(store.receipt(&take).unwrap(), None);
    assert_eq!(store.write(&[Write::Receipt(take.clone(), delivery.clone())]).unwrap(), [Ok(Created::New)]);
    assert_eq!(store.write(&[Write::Receipt(take.clone(), delivery.clone())]).unwrap(), [Ok(Created::New)]);
    assert_eq!(store.append(batch(1, "ann", records(2, 2))), Ok(()));
    assert_eq!(store.receipt(&take).unwrap(), Some(delivery));
    let mut ends = batch(1, "ann", records(3, 3));
    let outputs = Outputs::default();
    ends.records[0].event = Event::Kept { take: take.no(), outputs, charge: None, adopted: true, extension: None };
    assert_eq!(store.append(ends), Ok(()));
    assert_eq!(store.receipt(&take).unwrap(), None);
}

#[cfg(test)]
mod tests {
    use super::suite;
    use crate::store::memory::MemoryStore;

    #[test]
    fn the_memory_store_keeps_the_contract() {
        suite(MemoryStore::default);
    }
}
