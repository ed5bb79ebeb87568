//! How rows are sealed against flipped bytes, and what SQLite's errors mean here.

use std::path::Path;

use rusqlite::ErrorCode;

use super::Error;
use super::known::Last;
use crate::id::Hash;

/// The seal of a row that stands alone.
pub(super) fn seal<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> i64 {
    Hash::of(parts).number().cast_signed()
}

/// The hash of a journal up to and with this batch.
pub(super) fn chain(before: &Hash, run: i64, first: i64, known: Last, lines: &str) -> Hash {
    let numbers = [run, first, known.key, known.ticket, known.receipt].map(i64::to_be_bytes);
    Hash::of([before.as_bytes().as_slice(), numbers.as_flattened(), lines.as_bytes()])
}

/// The hash of no batch.
pub(super) const NO_CHAIN: Hash = Hash::from_bytes([0; 32]);

/// What an error of SQLite means.
pub(super) fn fault(doing: &str, folder: &Path, error: &rusqlite::Error) -> Error {
    // No room for the index of the log is no room, though it is said as an I/O error.
    const NO_ROOM_FOR_INDEX: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
    let extended = error.sqlite_error().map(|error| error.extended_code);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Full { folder: folder.display().to_string() },
        Some(_) if extended == Some(NO_ROOM_FOR_INDEX) => Error::Full { folder: folder.display().to_string() },
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Error::damaged(format!("the store in `{}`", folder.display()), error)
        }
        Some(_) | None => Error::failed(doing, error),
    }
}
