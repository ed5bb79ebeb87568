//! Who is connected: how many there may be, and who has to leave when there are more.
//!
//! Owns places. Whoever is being answered keeps theirs. Of those who say nothing, or have not said all of it yet, the one
//! who has had the most time gives theirs to whoever comes: that many say nothing keeps nobody out.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::listen::Limits;

/// The turn of whoever is being answered.
const ANSWERED: u64 = 0;

/// All who are connected.
#[derive(Debug)]
pub(super) struct Room {
    limits: Limits,
    seats: Mutex<HashMap<u64, Arc<Seat>>>,
    turns: AtomicU64,
}

/// The place of one of them.
#[derive(Debug)]
pub(super) struct Seat {
    from: IpAddr,
    /// Since when they are waited for: the fewer, the longer.
    turn: AtomicU64,
    room: Arc<Room>,
    gone: Notify,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Guest {
    no: u64,
    seat: Arc<Seat>,
}

impl Room {
    /// One that nobody is in yet.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, seats: Mutex::default(), turns: AtomicU64::default() }
    }

    /// Gives somebody a place; that of somebody else, if there is no other. Nothing where all are being answered.
    pub(super) fn let_in(self: &Arc<Self>, from: IpAddr) -> Option<Guest> {
        let mut seats = self.seats();
        let is_theirs = |seat: &Seat| seat.from == from;
        let are_many = seats.values().filter(|seat| is_theirs(seat)).count() >= self.limits.of_one;
        if are_many || seats.len() >= self.limits.guests {
            let may_go = seats.iter().filter(|(_, seat)| !are_many || is_theirs(seat));
            let (_, no) = may_go.filter_map(|(no, seat)| Some((seat.waits_since()?, *no))).min()?;
            seats.remove(&no)?.gone.notify_one();
        }
        let no = self.next();
        let seat = Arc::new(Seat { from, turn: no.into(), room: Arc::clone(self), gone: Notify::new() });
        seats.insert(no, Arc::clone(&seat));
        Some(Guest { no, seat })
    }

    fn next(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn seats(&self) -> MutexGuard<'_, HashMap<u64, Arc<Seat>>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// They have said all: it is on us now.
    pub(super) fn is_answered(&self) {
        self.turn.store(ANSWERED, Ordering::Relaxed);
    }

    /// They were answered: it is on them.
    pub(super) fn is_waited_for(&self) {
        self.turn.store(self.room.next(), Ordering::Relaxed);
    }

    fn waits_since(&self) -> Option<u64> {
        Some(self.turn.load(Ordering::Relaxed)).filter(|turn| *turn != ANSWERED)
    }
}

impl Guest {
    /// Their place.
    pub(super) fn seat(&self) -> Arc<Seat> {
        Arc::clone(&self.seat)
    }

    /// Waits until they have to leave.
    pub(super) async fn has_to_leave(&self) {
        self.seat.gone.notified().await;
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.seat.room.seats().remove(&self.no);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const GUESTS: usize = 40;
    const GUESTS_OF_ONE: usize = 30;

    fn room() -> Arc<Room> {
        Arc::new(Room::new(Limits { guests: GUESTS, of_one: GUESTS_OF_ONE }))
    }

    fn address(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    /// As many as may come from each of two addresses.
    fn full(room: &Arc<Room>) -> Vec<Guest> {
        (0..GUESTS).map(|no| room.let_in(address(u8::from(no >= GUESTS_OF_ONE))).unwrap()).collect()
    }

    fn has_left(room: &Room, guest: &Guest) -> bool {
        !room.seats().contains_key(&guest.no)
    }

    #[test]
    fn who_was_waited_for_the_longest_leaves_first() {
        let room = room();
        let guests = full(&room);
        guests[0].seat.is_answered();
        guests[1].seat.is_answered();
        guests[1].seat.is_waited_for();
        let more: Vec<Guest> = (0..3).map(|_| room.let_in(address(2)).unwrap()).collect();
        let gone: Vec<usize> = (0..guests.len()).filter(|no| has_left(&room, &guests[*no])).collect();
        assert_eq!(gone, [2, 3, 4]);
        assert!(more.iter().all(|guest| !has_left(&room, guest)));
        assert_eq!(room.seats().len(), GUESTS);
    }

    #[test]
    fn an_address_that_has_its_share_makes_room_for_itself() {
        let room = room();
        let guests = full(&room);
        // The oldest of all is from the other address.
        for guest in &guests[..GUESTS_OF_ONE] {
            guest.seat.is_answered();
        }
        assert!(room.let_in(address(0)).is_none(), "all of theirs are being answered");
        let other = room.let_in(address(2)).unwrap();
        assert!(has_left(&room, &guests[GUESTS_OF_ONE]) && !has_left(&room, &other));
        drop(guests);
        assert_eq!(room.seats().len(), 1, "whoever leaves gives their place back");
    }

    #[test]
    fn nobody_who_is_being_answered_leaves() {
        let room = room();
        let guests = full(&room);
        for guest in &guests {
            guest.seat.is_answered();
        }
        assert!(room.let_in(address(3)).is_none());
        guests[7].seat.is_waited_for();
        assert!(room.let_in(address(3)).is_some());
    }
}
