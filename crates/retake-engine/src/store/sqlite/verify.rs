//! What is checked before anything is built on a store: its pages, its seals, and that nothing is missing at its end.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row};

use super::Error;
use super::known::{Known, Last, Places, key_of, ticket_of};
use super::read::{key_seal, once_seal, receipt_seal};
use super::seal::{NO_CHAIN, fault, seal};
use super::witness::Witness;
use super::write::{Head, last};
use crate::id::{AccountId, Hash, Key, ProviderId, RunId, TakeId, Ticket};

/// That the pages of the database hold together.
pub(super) fn whole(connection: &Connection, folder: &Path) -> Result<(), Error> {
    let said: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| fault("checking the store", folder, &error))?;
    if said == "ok" { Ok(()) } else { Err(Error::damaged(format!("the store in `{}`", folder.display()), said)) }
}

/// That the journal goes as far as it was seen to go. Gives its last batch, and the hash of that.
pub(super) fn end(connection: &Connection, folder: &Path, witness: &Witness) -> Result<(i64, Hash), Error> {
    let failed = |error| fault("checking the end of the journal", folder, &error);
    let (at, link) = last(connection).map_err(failed)?.unwrap_or((0, NO_CHAIN));
    let Some((witnessed, chain)) = witness.batch() else { return Ok((at, link)) };
    if at < witnessed {
        return Err(Error::CutOff { at: at.unsigned_abs(), witnessed: witnessed.unsigned_abs() });
    }
    let found: Option<[u8; 32]> = connection
        .query_row("SELECT chain FROM batches WHERE at = ?1", [witnessed], |row| row.get(0))
        .optional()
        .map_err(failed)?;
    if found.is_some_and(|found| Hash::from_bytes(found).number() == chain) {
        return Ok((at, link));
    }
    Err(Error::damaged("the journal", format!("batch {witnessed} is another than the one that had been written")))
}

/// That every row which stands alone is as it was written, and none is missing. Gives the map of what is known.
pub(super) fn rows(connection: &Connection, folder: &Path, witness: &Witness) -> Result<Known, Error> {
    let failed = |error| fault("checking the store", folder, &error);
    let mut places = Places::default();
    keys(connection, &mut places).map_err(failed)??;
    tickets(connection, &mut places).map_err(failed)??;
    receipts(connection, &mut places).map_err(failed)??;
    once(connection).map_err(failed)??;
    batches(connection, Head::all(connection, folder)?).map_err(failed)??;
    let query = "SELECT keys, tickets, receipts FROM batches ORDER BY at DESC LIMIT 1";
    let read = |row: &Row<'_>| Ok(Last { key: row.get(0)?, ticket: row.get(1)?, receipt: row.get(2)? });
    let expected = connection.query_row(query, [], read).optional().map_err(failed)?.unwrap_or_default();
    if expected.exceeds(places.last) {
        return Err(Error::damaged("what is known of keys, tickets and receipts", "the last rows are missing"));
    }
    if witness.receipts() > places.last.receipt {
        let (at, witnessed) = (places.last.receipt.unsigned_abs(), witness.receipts().unsigned_abs());
        return Err(Error::CutOff { at, witnessed });
    }
    Ok(Known::new(places))
}

type Checked = rusqlite::Result<Result<(), Error>>;

/// Reads all rows in their order; the first that is not as it was written ends it.
fn each(
    connection: &Connection,
    table: &'static str,
    query: &str,
    mut check: impl FnMut(&Row<'_>) -> rusqlite::Result<Result<(), String>>,
) -> Checked {
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([])?;
    let mut number = 0_u64;
    while let Some(row) = rows.next()? {
        number += 1;
        if let Err(why) = check(row)? {
            return Ok(Err(Error::damaged(format!("row {number} of `{table}`"), why)));
        }
    }
    Ok(Ok(()))
}

const CHANGED: &str = "it is not as it was written";

fn sealed(expected: i64, found: i64) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(CHANGED.to_owned()) }
}

/// Rows are numbered without gaps.
fn next(last: &mut i64, at: i64) -> Result<(), String> {
    if at != *last + 1 {
        return Err(format!("row {} is missing", *last + 1));
    }
    *last = at;
    Ok(())
}

/// That no batch is missing, and that each run names its last one. A disk that loses a write leaves an earlier page
/// behind, in which all is sealed; what came after it would be bought again.
fn batches(connection: &Connection, heads: Vec<(RunId, Head)>) -> Checked {
    let (mut at, mut lasts) = (0, HashMap::new());
    let checked = each(connection, "batches", "SELECT at, run, before FROM batches ORDER BY at", |row| {
        let (this, run, before): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let known = lasts.insert(run, this).unwrap_or(0);
        let follows = if before == known { Ok(()) } else { Err(format!("it does not follow batch {known}")) };
        Ok(next(&mut at, this).and(follows))
    })?;
    if checked.is_err() {
        return Ok(checked);
    }
    for (run, head) in heads {
        let last = lasts.remove(&head.no).unwrap_or(0);
        if head.last != last {
            let why = format!("it is an earlier one, of batch {}, and the last is {last}", head.last);
            return Ok(Err(Error::damaged(format!("the row of run {run}"), why)));
        }
    }
    let orphan = lasts.into_values().next().map(|at| Error::damaged(format!("the run of batch {at}"), "it is missing"));
    Ok(orphan.map_or(Ok(()), Err))
}

fn keys(connection: &Connection, places: &mut Places) -> Checked {
    each(connection, "keys", "SELECT at, account, key, memory, seal FROM keys ORDER BY at", |row| {
        let (at, key, account) = (row.get(0)?, Key(Hash::from_bytes(row.get(2)?)), row.get_ref(1)?.as_str()?);
        let account: AccountId = account.into();
        places.keys.insert(key_of(&account, &key), at);
        let seal = key_seal(&account, &key, row.get_ref(3)?.as_str()?);
        let found = row.get(4)?;
        Ok(sealed(seal, found).and_then(|()| next(&mut places.last.key, at)))
    })
}

fn tickets(connection: &Connection, places: &mut Places) -> Checked {
    each(connection, "tickets", "SELECT at, provider, ticket, seal FROM tickets ORDER BY at", |row| {
        let provider: ProviderId = row.get_ref(1)?.as_str()?.into();
        let ticket: Ticket = row.get_ref(2)?.as_str()?.into();
        places.tickets.insert(ticket_of(&provider, &ticket));
        let (at, found) = (row.get(0)?, row.get(3)?);
        let seal = ticket_seal(provider.as_str(), ticket.as_str());
        Ok(sealed(seal, found).and_then(|()| next(&mut places.last.ticket, at)))
    })
}

fn receipts(connection: &Connection, places: &mut Places) -> Checked {
    each(connection, "receipts", "SELECT at, take, delivery, seal FROM receipts ORDER BY at", |row| {
        let (at, take, delivery) = (row.get(0)?, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        let checked = sealed(receipt_seal(take, delivery), row.get(3)?);
        Ok(checked.and_then(|()| next(&mut places.last.receipt, at)).and_then(|()| {
            let take = take.parse::<TakeId>().map_err(|why| why.to_string())?;
            if delivery.is_empty() {
                places.receipts.remove(&take)
            } else {
                places.receipts.insert(take, at)
            };
            Ok(())
        }))
    })
}

fn once(connection: &Connection) -> Checked {
    each(connection, "once", "SELECT account, key, body, run, seal FROM once", |row| {
        let (account, key) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        let (body, run) = (row.get_ref(2)?.as_blob()?, row.get_ref(3)?.as_blob()?);
        Ok(sealed(once_seal(account, key, body, run), row.get(4)?))
    })
}

pub(super) fn ticket_seal(provider: &str, ticket: &str) -> i64 {
    seal([provider.as_bytes(), ticket.as_bytes()])
}
