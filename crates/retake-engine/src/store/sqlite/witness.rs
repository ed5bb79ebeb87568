//! A note outside the database of how far the journal has come.
//!
//! SQLite takes a log that was cut off, or left behind in a copy, for an earlier moment of the same database, and
//! says nothing. The engine would buy again what was bought since. So each commit is noted in a file of its own. The
//! note waits for no disk: after a loss of power it may lag behind the journal, which proves nothing; ahead of it, it
//! proves that something is gone.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::Error;
use crate::id::Hash;

/// The file of the note.
const NOTE: &str = "journal.head";
/// How long a note is: always the same, so that writing it needs no new room on the disk.
const LENGTH: usize = 76;

/// What was committed last.
#[derive(Debug, Clone, Copy)]
struct Seen {
    batch: i64,
    receipt: i64,
    chain: u64,
}

/// The note of a folder.
#[derive(Debug)]
pub(super) struct Witness {
    file: File,
    seen: Option<Seen>,
}

impl Witness {
    /// Opens the note of a folder. One that makes no sense is no note: it is not synced, so a loss of power may have
    /// left anything.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(NOTE);
        let failed = |error| Error::failed(format!("opening `{}`", path.display()), error);
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        let mut note = [0; LENGTH];
        let seen = file.read_exact_at(&mut note, 0).ok().and_then(|()| std::str::from_utf8(&note).ok()).and_then(read);
        Ok(Self { file, seen })
    }

    /// The last batch that was seen, with the beginning of its hash.
    pub(super) fn batch(&self) -> Option<(i64, u64)> {
        self.seen.filter(|seen| seen.batch > 0).map(|seen| (seen.batch, seen.chain))
    }

    /// The last receipt that was seen.
    pub(super) fn receipts(&self) -> i64 {
        self.seen.map_or(0, |seen| seen.receipt)
    }

    /// Notes what was committed last. A note that cannot be written is missing later, and does no harm.
    pub(super) fn saw(&mut self, batch: i64, chain: &Hash, receipt: i64) {
        let seen = Seen { batch, receipt, chain: chain.number() };
        let body = format!("{batch:020} {receipt:020} {:016x}", seen.chain);
        let note = format!("{body} {:016x}\n", Hash::of_text(&body).number());
        self.seen = Some(seen);
        let _ = self.file.write_all_at(note.as_bytes(), 0);
    }
}

fn read(note: &str) -> Option<Seen> {
    let (body, check) = note.trim_end().rsplit_once(' ')?;
    let expected = format!("{:016x}", Hash::of_text(body).number());
    let mut numbers = body.split(' ').filter(|_| check == expected);
    let (batch, receipt, chain) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let chain = u64::from_str_radix(chain, 16).ok()?;
    Some(Seen { batch: batch.parse().ok()?, receipt: receipt.parse().ok()?, chain })
}
