//! Nothing but rows: what the disk and SQLite can do at the most, in the same set-up as the store.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::measure::{now, timed};

const ROW: [u8; 512] = [7; 512];

fn open(folder: &Path) -> Connection {
    let connection = Connection::open(folder.join("rows.db")).expect("a database");
    connection.pragma_update(None, "journal_mode", "wal").expect("a log");
    connection.pragma_update(None, "synchronous", "full").expect("syncs");
    connection.pragma_update(None, "wal_autocheckpoint", 4_096).expect("checkpoints");
    connection.execute_batch("CREATE TABLE rows (at INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT").expect("a table");
    connection
}

fn begin(connection: &mut Connection) -> Transaction<'_> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).expect("a transaction")
}

fn insert(transaction: &Transaction<'_>) {
    let mut statement = transaction.prepare_cached("INSERT INTO rows VALUES (NULL, ?1)").expect("a statement");
    statement.execute([ROW.as_slice()]).expect("a row");
}

/// A writer that commits whatever has queued up, and then answers each.
fn writer<T: Send + 'static>(
    folder: &Path,
    answer: impl Fn(T) + Send + 'static,
) -> (Sender<T>, std::thread::JoinHandle<()>) {
    let mut connection = open(folder);
    let (sender, inbox): (Sender<T>, Receiver<T>) = channel();
    let work = move || {
        while let Ok(first) = inbox.recv() {
            let mut group = vec![first];
            group.extend(inbox.try_iter());
            let transaction = begin(&mut connection);
            group.iter().for_each(|_| insert(&transaction));
            transaction.commit().expect("a commit");
            group.into_iter().for_each(&answer);
        }
    };
    (sender, std::thread::spawn(work))
}

/// Producers that one thread plays: each has one row on its way, and the next when that is safe.
pub(crate) fn queue(folder: &Path, producers: u64, rows: usize) -> (usize, Duration) {
    let (answers, safe) = channel();
    let (writer, thread) = writer(folder, move |producer: usize| answers.send(producer).unwrap_or_default());
    let producers = usize::try_from(producers).expect("few producers");
    let mut left = vec![rows; producers];
    let (count, time) = timed(|| {
        (0..producers).for_each(|producer| writer.send(producer).expect("a writer"));
        let mut count = 0;
        while count < producers * rows {
            let producer = safe.recv().expect("an answer");
            count += 1;
            left[producer] -= 1;
            if left[producer] > 0 {
                writer.send(producer).expect("a writer");
            }
        }
        count
    });
    drop(writer);
    thread.join().expect("the writer ends");
    (count, time)
}

/// Producers that have a thread each.
pub(crate) fn threads(folder: &Path, producers: u64, rows: usize) -> (usize, Duration) {
    let (writer, thread) = writer(folder, |reply: SyncSender<()>| reply.send(()).unwrap_or_default());
    let (count, time) = timed(|| {
        std::thread::scope(|scope| {
            for _ in 0..producers {
                let writer = writer.clone();
                scope.spawn(move || {
                    for _ in 0..rows {
                        let (reply, safe) = sync_channel(1);
                        writer.send(reply).expect("a writer");
                        safe.recv().expect("an answer");
                    }
                });
            }
        });
        usize::try_from(producers).expect("few producers") * rows
    });
    drop(writer);
    thread.join().expect("the writer ends");
    (count, time)
}

/// One row after the other, each committed by itself and on the spot.
pub(crate) fn commits(folder: &Path, rows: usize) -> Vec<Duration> {
    let mut connection = open(folder);
    let one = |_| {
        let start = now();
        let transaction = begin(&mut connection);
        insert(&transaction);
        transaction.commit().expect("a commit");
        now().duration_since(start)
    };
    (0..rows).map(one).collect()
}
