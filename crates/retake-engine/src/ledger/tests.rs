use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::moment::Moment;

#[derive(Debug, Clone)]
enum Op {
    Cap(u64),
    Reserve(u32, u64),
    Owe(u32, u64),
    Settle(u32, Option<u64>),
    Release(u32),
    WriteOff(u32),
}

fn op() -> impl Strategy<Value = Op> {
    let (take, amount) = (1..6_u32, 0..2_000_u64);
    prop_oneof![
        1 => amount.clone().prop_map(Op::Cap),
        6 => (take.clone(), amount.clone()).prop_map(|(take, amount)| Op::Reserve(take, amount)),
        1 => (take.clone(), amount.clone()).prop_map(|(take, amount)| Op::Owe(take, amount)),
        4 => (take.clone(), proptest::option::of(amount)).prop_map(|(take, charge)| Op::Settle(take, charge)),
        2 => take.clone().prop_map(Op::Release),
        1 => take.prop_map(Op::WriteOff),
    ]
}

fn take(n: u32) -> TakeNo {
    TakeNo { node: "lamp/video".into(), n }
}

/// What the ledger must agree with: one open amount a take, and plain sums.
#[derive(Default)]
struct Model {
    open: BTreeMap<u32, u64>,
    settled: u64,
    written_off: u64,
    overrun: u64,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn no_sequence_overspends_leaks_or_settles_twice(ops in proptest::collection::vec(op(), 0..40)) {
        let day = Moment::from_ms(0).day();
        let mut ledger = Ledger::new(Money::from_micros(3_000));
        let mut model = Model::default();
        for op in ops {
            let before = ledger.clone();
            let done = match op {
                Op::Cap(cap) => { ledger.set_cap(Money::from_micros(cap)); true }
                Op::Reserve(n, amount) => {
                    let fits = ledger.fits(Money::from_micros(amount));
                    let done = ledger.reserve(&take(n), Money::from_micros(amount), day).is_ok();
                    prop_assert_eq!(done, fits && !model.open.contains_key(&n));
                    if done {
                        model.open.insert(n, amount);
                        prop_assert!(ledger.committed() <= ledger.cap(), "a granted reservation broke the cap");
                    }
                    done
                }
                Op::Owe(n, amount) => {
                    let done = ledger.owe(&take(n), Money::from_micros(amount), day).is_ok();
                    prop_assert_eq!(done, !model.open.contains_key(&n));
                    if done { model.open.insert(n, amount); }
                    done
                }
                Op::Settle(n, charge) => {
                    let done = ledger.settle(&take(n), charge.map(Money::from_micros)).is_ok();
                    prop_assert_eq!(done, model.open.contains_key(&n));
                    if let Some(amount) = model.open.remove(&n) {
                        let charge = charge.unwrap_or(amount);
                        model.settled += charge;
                        model.overrun += charge.saturating_sub(amount);
                    }
                    done
                }
                Op::Release(n) => {
                    let done = ledger.release(&take(n)).is_ok();
                    prop_assert_eq!(done, model.open.remove(&n).is_some());
                    done
                }
                Op::WriteOff(n) => {
                    let done = ledger.write_off(&take(n)).is_ok();
                    prop_assert_eq!(done, model.open.contains_key(&n));
                    model.written_off += model.open.remove(&n).unwrap_or(0);
                    done
                }
            };
            if !done { prop_assert_eq!(&before, &ledger, "a refused entry changed the ledger"); }
            prop_assert_eq!(ledger.reserved().micros(), model.open.values().sum::<u64>());
            prop_assert_eq!(ledger.settled().micros(), model.settled);
            prop_assert_eq!(ledger.written_off().micros(), model.written_off);
            prop_assert_eq!(ledger.overrun().micros(), model.overrun);
            let spent: Money = ledger.spent_by_day().map(|(_, money)| money).sum();
            prop_assert_eq!(spent, ledger.settled().plus(ledger.written_off()));
        }
    }
}

#[test]
fn a_refused_reservation_says_what_is_there() {
    let mut ledger = Ledger::new(Money::from_cents(100));
    let day = Moment::from_ms(0).day();
    ledger.reserve(&take(1), Money::from_cents(80), day).unwrap();
    let refusal = ledger.reserve(&take(2), Money::from_cents(30), day).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "0.300000 for take `lamp/video/2` does not fit: 0.800000 of 1.000000 are spent or reserved"
    );
    assert_eq!(ledger.short_by(Money::from_cents(30)), Money::from_cents(10));
}
