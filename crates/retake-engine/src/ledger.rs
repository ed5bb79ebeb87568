//! Every cent of every take: reserve, then settle, release or write off.
//!
//! Owns the sums of one run and the rule that a reservation is ended once. Knows nothing of why.

use std::collections::BTreeMap;

use crate::id::TakeNo;
use crate::moment::Day;
use crate::money::Money;
use crate::mutant::{self, Mutant};

/// The money of one run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    cap: Money,
    settled: Money,
    written_off: Money,
    /// In micro-dollars, exact beyond [`Money::MAX`], so that what was added can be taken off again.
    reserved: u128,
    overrun: Money,
    saved: Money,
    open: BTreeMap<TakeNo, Reservation>,
    spent_by_day: BTreeMap<Day, Money>,
}

/// What an open take may still cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// Its worst case.
    pub amount: Money,
    /// The date of its intent, whose cap it counts against.
    pub day: Day,
}

/// Why the ledger refuses an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The cap would not hold.
    #[error("{wanted} for take `{take}` does not fit: {committed} of {cap} are spent or reserved")]
    OverCap {
        /// For which take.
        take: TakeNo,
        /// What it wants reserved.
        wanted: Money,
        /// What is spent or reserved already.
        committed: Money,
        /// What may be spent.
        cap: Money,
    },
    /// One take, one reservation.
    #[error("take `{0}` has its reservation already")]
    ReservedTwice(TakeNo),
    /// Nothing is reserved for it: it was ended before, or never began.
    #[error("nothing is reserved for take `{0}`")]
    NotReserved(TakeNo),
}

impl Ledger {
    /// A ledger that allows so much.
    #[must_use]
    pub fn new(cap: Money) -> Self {
        Self { cap, ..Self::default() }
    }

    /// What may be spent in all.
    #[must_use]
    pub const fn cap(&self) -> Money {
        self.cap
    }

    /// What providers charged.
    #[must_use]
    pub const fn settled(&self) -> Money {
        self.settled
    }

    /// What may have been charged and will never be known.
    #[must_use]
    pub const fn written_off(&self) -> Money {
        self.written_off
    }

    /// What open takes may still cost.
    #[must_use]
    pub fn reserved(&self) -> Money {
        u64::try_from(self.reserved).map_or(Money::MAX, Money::from_micros)
    }

    /// By how much charges went over what was reserved for them.
    #[must_use]
    pub const fn overrun(&self) -> Money {
        self.overrun
    }

    /// What reused outputs cost when they were made.
    #[must_use]
    pub const fn saved(&self) -> Money {
        self.saved
    }

    /// Settled, written off and reserved: what the cap must hold.
    #[must_use]
    pub fn committed(&self) -> Money {
        self.settled.plus(self.written_off).plus(self.reserved())
    }

    /// What may still be reserved.
    #[must_use]
    pub fn room(&self) -> Money {
        self.cap.less(self.committed())
    }

    /// By how much the cap is too small for this; nothing where it fits.
    #[must_use]
    pub fn short_by(&self, wanted: Money) -> Money {
        // No sum of two amounts overflows here, so that what is beyond all counting does not fit even the highest cap.
        Money::from_micros((self.committed().micros() + wanted.micros()).saturating_sub(self.cap.micros()))
    }

    /// Whether this may be reserved.
    #[must_use]
    pub fn fits(&self, wanted: Money) -> bool {
        self.short_by(wanted).is_zero()
    }

    /// What is reserved for a take that is still open.
    #[must_use]
    pub fn reservation(&self, take: &TakeNo) -> Option<Reservation> {
        self.open.get(take).copied()
    }

    /// What was spent by takes whose intent fell on each date.
    pub fn spent_by_day(&self) -> impl Iterator<Item = (Day, Money)> + '_ {
        self.spent_by_day.iter().map(|(day, money)| (*day, *money))
    }

    /// Allows more, or less: what is reserved stays, and nothing new is until it fits.
    pub const fn set_cap(&mut self, cap: Money) {
        self.cap = cap;
    }

    /// Notes what a reused output cost when it was made.
    pub const fn save(&mut self, cost: Money) {
        self.saved = self.saved.plus(cost);
    }

    /// Sets the worst case of a take aside.
    ///
    /// # Errors
    /// Refuses what the cap would not hold, and a second reservation.
    pub fn reserve(&mut self, take: &TakeNo, amount: Money, day: Day) -> Result<(), Refusal> {
        if !self.fits(amount) && !mutant::is(Mutant::CheckThenAct) {
            let (wanted, committed) = (amount, self.committed());
            return Err(Refusal::OverCap { take: take.clone(), wanted, committed, cap: self.cap });
        }
        self.owe(take, amount, day)
    }

    /// The same for what has been bought already, whatever the cap says.
    ///
    /// # Errors
    /// Refuses a second reservation.
    pub fn owe(&mut self, take: &TakeNo, amount: Money, day: Day) -> Result<(), Refusal> {
        if self.open.contains_key(take) {
            return Err(Refusal::ReservedTwice(take.clone()));
        }
        self.open.insert(take.clone(), Reservation { amount, day });
        self.reserved += u128::from(amount.micros());
        Ok(())
    }

    /// Books what the provider charged; an unknown charge is booked at what was reserved. Returns what was booked.
    ///
    /// # Errors
    /// Refuses a take with nothing reserved.
    pub fn settle(&mut self, take: &TakeNo, charge: Option<Money>) -> Result<Money, Refusal> {
        let was = self.close(take)?;
        let charge = charge.unwrap_or(was.amount);
        self.overrun = self.overrun.plus(charge.less(was.amount));
        self.settled = self.settled.plus(charge);
        self.spend(was.day, charge);
        Ok(charge)
    }

    /// Gives back what was provably not bought.
    ///
    /// # Errors
    /// Refuses a take with nothing reserved.
    pub fn release(&mut self, take: &TakeNo) -> Result<(), Refusal> {
        self.close(take).map(drop)
    }

    /// Books a take of which nobody will ever know whether it was charged as if it had been.
    ///
    /// # Errors
    /// Refuses a take with nothing reserved.
    pub fn write_off(&mut self, take: &TakeNo) -> Result<Money, Refusal> {
        let was = self.close(take)?;
        self.written_off = self.written_off.plus(was.amount);
        self.spend(was.day, was.amount);
        Ok(was.amount)
    }

    /// Books what was written off as charged after all: the result has turned up.
    pub(crate) const fn settle_written_off(&mut self, amount: Money) {
        self.written_off = self.written_off.less(amount);
        self.settled = self.settled.plus(amount);
    }

    fn close(&mut self, take: &TakeNo) -> Result<Reservation, Refusal> {
        let was = self.open.remove(take).ok_or_else(|| Refusal::NotReserved(take.clone()))?;
        self.reserved = self.reserved.saturating_sub(was.amount.micros().into());
        Ok(was)
    }

    fn spend(&mut self, day: Day, amount: Money) {
        let spent = self.spent_by_day.entry(day).or_default();
        *spent = spent.plus(amount);
    }

    /// A fault of the mutant: books a charge for a take that stays reserved and will be booked again.
    pub(crate) fn settle_too_early(&mut self, charge: Money) {
        assert!(mutant::is(Mutant::SettleTwice), "only the mutant books a charge twice");
        self.settled = self.settled.plus(charge);
    }
}

#[cfg(test)]
mod tests;
