//! Faults that can be switched on in tests, to prove that the simulation would notice them.
//!
//! Without the feature `sim` the switch is a constant `false` and none of this is compiled in.

/// A way in which the engine could be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// Sends again whatever was not answered.
    BlindResend,
    /// Believes at once that a lost submission did not arrive.
    NoGrace,
    /// Looks at the cap when it asks, and no more when it reserves.
    CheckThenAct,
    /// Gives back the money of a take that may have been bought.
    ReleaseUnclear,
    /// Books a charge when the provider is done and again when the outputs are there.
    SettleTwice,
    /// Opens a gate though what it awaits is not in unison.
    Discord,
}

impl Mutant {
    /// Every mutant.
    pub const ALL: [Self; 6] =
        [Self::BlindResend, Self::NoGrace, Self::CheckThenAct, Self::ReleaseUnclear, Self::SettleTwice, Self::Discord];
}

#[cfg(not(feature = "sim"))]
pub(crate) const fn is(_: Mutant) -> bool {
    false
}

#[cfg(feature = "sim")]
thread_local! {
    static ON: std::cell::Cell<Option<Mutant>> = const { std::cell::Cell::new(None) };
}

/// Whether this fault is switched on in this thread.
#[cfg(feature = "sim")]
pub(crate) fn is(mutant: Mutant) -> bool {
    ON.get() == Some(mutant)
}

/// Runs something with a fault switched on in this thread.
#[cfg(feature = "sim")]
pub fn with<T>(mutant: Option<Mutant>, run: impl FnOnce() -> T) -> T {
    let before = ON.replace(mutant);
    let result = run();
    ON.set(before);
    result
}
