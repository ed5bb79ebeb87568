//! The engine with a fault in it must be caught: a check that cannot fail proves nothing.

use retake_engine::mutant::{Mutant, with};
use retake_engine::sim::play;

/// Each mutant is caught within this many seeds.
const SEEDS: u64 = 400;

/// The first seed that shows the fault, and what it says.
fn caught(mutant: Mutant) -> Option<(u64, String)> {
    with(Some(mutant), || (0..SEEDS).find_map(|seed| Some((seed, play(seed).broken?))))
}

#[test]
fn every_mutant_is_caught_for_what_it_does() {
    for (mutant, words) in [
        (Mutant::BlindResend, "was bought 2 times"),
        (Mutant::NoGrace, "was released, and job"),
        (Mutant::CheckThenAct, "broke the cap"),
        (Mutant::ReleaseUnclear, "booked or reserved"),
        (Mutant::SettleTwice, "takes add up to"),
        (Mutant::Discord, "opened on entries"),
    ] {
        let seen: Vec<String> = with(Some(mutant), || (0..SEEDS).filter_map(|seed| play(seed).broken).collect());
        println!("{mutant:?}: {} of {SEEDS} seeds, such as: {:?}", seen.len(), seen.first());
        assert!(seen.iter().any(|why| why.contains(words)), "{mutant:?} was not caught for what it does: {seen:?}");
    }
}

#[test]
fn the_engine_itself_passes_the_same_seeds() {
    assert_eq!((0..SEEDS).find_map(|seed| play(seed).broken), None);
    assert!(Mutant::ALL.iter().all(|mutant| caught(*mutant).is_some()));
}
