//! The thread that writes, by itself.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use retake_engine::id::{RunId, TakeId};
use retake_engine::performer::{Delivery, Outputs};
use retake_engine::store::sqlite::{Options, SqliteStore};
use retake_engine::store::writer::{Job, Note, Then, Writer};
use retake_engine::store::{Error, Write};

fn writer() -> (tempfile::TempDir, Writer, Receiver<Note>) {
    let folder = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.reserve = 1 << 16;
    let store = SqliteStore::open(folder.path(), options).unwrap();
    let (sender, notes) = channel();
    let writer = Writer::start(store, move |note| drop(sender.send(note))).unwrap();
    (folder, writer, notes)
}

fn job(n: u32, prompt: bool, then: Option<Then>) -> Job {
    let take = TakeId { run: RunId(uuid::Uuid::from_u128(1)), node: "n".into(), n };
    let delivery = Delivery { outputs: Outputs::default(), charge: None, extension: None };
    Job { write: Write::Receipt(take, delivery), prompt, then }
}

#[test]
fn what_nobody_waits_for_is_written_soon_however_much_comes_after_it() {
    let (_folder, writer, notes) = writer();
    let intake = writer.intake();
    for n in 1..400 {
        intake.hand_in(job(n, false, None));
        if notes.recv_timeout(Duration::from_millis(5)).is_ok() {
            return;
        }
    }
    panic!("nothing was written for two seconds");
}

#[test]
fn a_writer_that_breaks_down_says_so() {
    let (_folder, writer, notes) = writer();
    writer.intake().hand_in(job(1, true, Some(Then(Box::new(|| panic!("as the test wants"))))));
    let said = notes.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(matches!(said, Note::Failed(Error::Failed { .. })), "{said:?}");
}
