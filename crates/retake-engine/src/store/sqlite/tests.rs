//! What the store on disk does beyond the contract: it survives, and it notices.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use tempfile::TempDir;

use super::schema::{STEPS, migrate};
use super::{DATABASE, Options, SqliteStore};
use crate::decide::{Finished, Memory};
use crate::id::{AccountId, Hash, Key, RunId, TakeId};
use crate::journal::{Event, Record, VERSION};
use crate::moment::Moment;
use crate::money::Money;
use crate::performer::{Artifact, Delivery, Outputs};
use crate::store::{Batch, Created, Error, Once, Store, Write, contract};

const SMALL: Options = Options { reserve: 1 << 16, synced: true };

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &Path) -> Result<SqliteStore, Error> {
    SqliteStore::open(folder, SMALL)
}

fn run(number: u128) -> RunId {
    RunId(uuid::Uuid::from_u128(number))
}

fn batch(number: u128, from: u64, to: u64) -> Batch {
    let event = |seq| Event::CapSet { cap: Money::from_micros(seq) };
    let record = |seq| Record { v: VERSION, seq, at: Moment::from_ms(1_000 + seq), event: event(seq) };
    let records = (from..=to).map(record).collect();
    Batch { run: run(number), account: "ann".into(), records, remember: vec![], tickets: vec![], summary: None }
}

fn key(number: u64) -> Key {
    Key(Hash::of_text(&format!("key {number}")))
}

fn memory(number: u64) -> Memory {
    let from = TakeId { run: run(1), node: "lamp/video".into(), n: 1 };
    let artifacts = vec![Artifact { role: "clip".into(), hash: Hash::of_text(&format!("clip {number}")) }];
    let outputs = Outputs { artifacts, ..Outputs::default() };
    Memory::Finished(Finished { from, outputs, cost: Money::from_cents(4), extension: None })
}

fn receipt() -> (TakeId, Delivery) {
    let take = TakeId { run: run(1), node: "lamp/voice".into(), n: 3 };
    (take, Delivery { outputs: Outputs::default(), charge: Some(Money::from_cents(7)), extension: None })
}

/// Two runs, ten keys and tickets, a wish and a receipt.
fn filled(folder: &Path) -> SqliteStore {
    let mut store = open(folder).unwrap();
    let once = Once { key: "monday".into(), body: Hash::of_text("a film") };
    store.create(batch(1, 1, 3), Some(once)).unwrap();
    store.create(batch(2, 1, 1), None).unwrap();
    for number in 0..10 {
        let mut next = batch(1, 4 + number * 2, 5 + number * 2);
        next.remember = vec![(key(number), memory(number))];
        next.tickets = vec![("fal".into(), format!("ticket {number}").into())];
        store.append(next).unwrap();
    }
    let (take, delivery) = receipt();
    store.write(&[Write::Receipt(take, delivery)]).unwrap();
    store
}

/// Everything that can be asked, as one text.
fn all(store: &SqliteStore) -> Result<String, Error> {
    let ann: AccountId = "ann".into();
    let mut told = format!("{:?}", store.list()?);
    for number in [1, 2] {
        told += &format!("{:?}", store.load(run(number))?);
    }
    for number in 0..10 {
        told += &format!("{:?}", store.recall(&ann, &key(number))?);
        told += &format!("{:?}", store.knows(&"fal".into(), &format!("ticket {number}").into())?);
    }
    told += &format!("{:?}{:?}", store.receipt(&receipt().0)?, store.reader.once(&ann, "monday")?);
    Ok(told)
}

#[test]
fn the_store_on_disk_keeps_the_contract() {
    let mut folders = Vec::new();
    let mut make = || {
        folders.push(folder());
        open(folders.last().unwrap().path()).unwrap()
    };
    let stores: std::cell::RefCell<Vec<SqliteStore>> =
        std::cell::RefCell::new((0..contract::PARTS).map(|_| make()).collect());
    contract::suite(|| stores.borrow_mut().pop().unwrap());
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let folder = folder();
    let store = filled(folder.path());
    let told = all(&store).unwrap();
    drop(store);
    assert_eq!(all(&open(folder.path()).unwrap()).unwrap(), told);
}

#[test]
fn what_was_written_is_there_after_the_process_died() {
    let (folder, copy) = (folder(), folder_copy());
    let store = filled(folder.path());
    // A kill leaves the files as they are at that moment, the log not copied into the database.
    copy_all(folder.path(), copy.path());
    assert_eq!(all(&open(copy.path()).unwrap()).unwrap(), all(&store).unwrap());
}

fn folder_copy() -> TempDir {
    folder()
}

fn copy_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_tail_is_what_comes_after_it() {
    let folder = folder();
    let store = filled(folder.path());
    let whole = store.load(run(1)).unwrap();
    assert_eq!(whole.len(), 23);
    for seq in 0..=25 {
        let tail: Vec<Record> = whole.iter().filter(|record| record.seq > seq).cloned().collect();
        assert_eq!(store.load_after(run(1), seq).unwrap(), tail, "after {seq}");
    }
}

#[test]
fn a_group_keeps_what_fits_and_refuses_the_rest() {
    let folder = folder();
    let mut store = open(folder.path()).unwrap();
    let group = [
        Write::Create(batch(1, 1, 2), None),
        Write::Append(batch(1, 3, 3)),
        Write::Append(batch(1, 3, 3)),
        Write::Append(batch(7, 1, 1)),
        Write::Append(batch(1, 4, 6)),
        Write::Create(batch(1, 1, 1), None),
    ];
    let outcomes = store.write(&group).unwrap();
    let refused = Err(Error::OutOfOrder { run: run(1), at: 3, given: 3 });
    let expected = [
        Ok(Created::New),
        Ok(Created::New),
        refused,
        Err(Error::NoSuchRun(run(7))),
        Ok(Created::New),
        Err(Error::RunExists(run(1))),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(store.load(run(1)).unwrap().len(), 6);
    assert_eq!(store.list().unwrap().len(), 1);
}

#[test]
fn a_receipt_is_forgotten_when_the_journal_knows() {
    let folder = folder();
    let mut store = filled(folder.path());
    let (take, delivery) = receipt();
    assert_eq!(store.receipt(&take).unwrap(), Some(delivery.clone()));
    let kept =
        Event::Kept { take: take.no(), outputs: Outputs::default(), charge: None, adopted: true, extension: None };
    let mut next = batch(1, 24, 24);
    next.records[0].event = kept;
    store.append(next).unwrap();
    assert_eq!(store.receipt(&take).unwrap(), None);
    drop(store);
    assert_eq!(open(folder.path()).unwrap().receipt(&take).unwrap(), None);
}

#[test]
fn a_folder_has_one_owner_who_is_named() {
    let folder = folder();
    let store = open(folder.path()).unwrap();
    let error = open(folder.path()).unwrap_err();
    let owner = format!("process {}", std::process::id());
    assert_eq!(error, Error::Owned { folder: folder.path().display().to_string(), owner });
    drop(store);
    open(folder.path()).unwrap();
}

#[test]
fn a_later_version_is_left_alone() {
    let folder = folder();
    drop(filled(folder.path()));
    let path = folder.path().join(DATABASE);
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(open(folder.path()).unwrap_err(), Error::Newer { found: 99, known: 1 });
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_step_to_a_new_version_makes_a_copy_first_and_is_taken_whole_or_not_at_all() {
    let folder = folder();
    let told = {
        let mut store = filled(folder.path());
        let broken = [STEPS[0], "CREATE TABLE extra (a); CREATE TABLE extra (a);"];
        let error = migrate(&mut store.connection, folder.path(), &broken).unwrap_err();
        assert!(
            matches!(&error, Error::Failed { doing, .. } if doing == "bringing the store from version 1 to 2"),
            "{error}"
        );
        all(&store).unwrap()
    };
    // As it was, and the copy is one that can be opened.
    let mut store = open(folder.path()).unwrap();
    assert_eq!(all(&store).unwrap(), told);
    migrate(&mut store.connection, folder.path(), &[STEPS[0], "CREATE TABLE extra (a);"]).unwrap();
    drop(store);
    assert_eq!(open(folder.path()).unwrap_err(), Error::Newer { found: 2, known: 1 });
    let copies = folder.path().join("backups");
    let mut names: Vec<String> =
        fs::read_dir(&copies).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, ["retake.v1.1.db", "retake.v1.db"]);
    let back = self::folder();
    fs::copy(copies.join("retake.v1.1.db"), back.path().join(DATABASE)).unwrap();
    assert_eq!(all(&open(back.path()).unwrap()).unwrap(), told);
}

/// Whatever byte flips: it is noticed before anything is bought, or it makes no difference.
#[test]
fn no_flipped_byte_passes_for_what_was_written() {
    let folder = folder();
    let store = filled(folder.path());
    let told = all(&store).unwrap();
    let living = self::folder();
    copy_all(folder.path(), living.path());
    drop(store);
    for (folder, file) in [(folder.path(), DATABASE.to_owned()), (living.path(), format!("{DATABASE}-wal"))] {
        let (mut noticed, mut harmless) = (0, 0);
        let size = fs::metadata(folder.join(&file)).unwrap().len();
        for at in (0..300).map(|step| step * (size / 300) + step % 7) {
            let copy = self::folder();
            copy_all(folder, copy.path());
            flip(&copy.path().join(&file), at);
            match open(copy.path()).and_then(|store| all(&store)) {
                Ok(same) => {
                    assert_eq!(same, told, "byte {at} of {file}");
                    harmless += 1;
                }
                Err(error) => {
                    assert!(
                        !error.is_refusal() && !matches!(error, Error::Full { .. }),
                        "byte {at} of {file}: {error:?}"
                    );
                    noticed += 1;
                }
            }
        }
        println!("{file}: {noticed} flips were noticed, {harmless} hit nothing");
        assert!(noticed > 50, "only {noticed} flips of {file} hit anything");
    }
}

fn flip(path: &Path, at: u64) {
    let file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

#[test]
fn a_log_that_is_cut_off_or_left_behind_is_noticed() {
    let folder = folder();
    let store = filled(folder.path());
    let told = all(&store).unwrap();
    let log = format!("{DATABASE}-wal");
    let size = fs::metadata(folder.path().join(&log)).unwrap().len();
    for left in (0..=20).map(|part| size * part / 20) {
        let copy = self::folder();
        copy_all(folder.path(), copy.path());
        // Copies of the index of the log would be those of a living process.
        let _ = fs::remove_file(copy.path().join(format!("{DATABASE}-shm")));
        let file = fs::OpenOptions::new().write(true).open(copy.path().join(&log)).unwrap();
        file.set_len(left).unwrap();
        match open(copy.path()) {
            Ok(store) => assert_eq!(all(&store).unwrap(), told, "{left} of {size} bytes"),
            Err(error) => {
                assert!(
                    matches!(error, Error::CutOff { at, witnessed } if at < witnessed),
                    "{left} of {size}: {error:?}"
                );
                assert!(error.hint().is_some_and(|hint| hint.contains("retake.db-wal")));
            }
        }
    }
    let copy = self::folder();
    copy_all(folder.path(), copy.path());
    fs::remove_file(copy.path().join(DATABASE)).unwrap();
    fs::remove_file(copy.path().join(&log)).unwrap();
    assert!(matches!(open(copy.path()), Err(Error::CutOff { at: 0, .. })), "a missing database is not a new one");
}

#[test]
fn rubbish_is_no_store() {
    let folder = folder();
    fs::write(folder.path().join(DATABASE), "not a database at all, but long enough to be read as one").unwrap();
    assert!(matches!(open(folder.path()), Err(Error::Damaged { .. })));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(open(&file), Err(Error::Failed { .. })));
}

#[test]
fn a_note_that_makes_no_sense_is_no_note() {
    let folder = folder();
    let told = all(&filled(folder.path())).unwrap();
    for note in ["", "rubbish", "00000000000000000099 00000000000000000000 0123456789abcdef 0123456789abcdef\n"] {
        fs::write(folder.path().join("journal.head"), note).unwrap();
        assert_eq!(all(&open(folder.path()).unwrap()).unwrap(), told, "{note:?}");
    }
}

#[test]
fn nothing_written_can_be_changed_or_taken_away() {
    let folder = folder();
    let store = filled(folder.path());
    for query in
        ["DELETE FROM batches", "UPDATE batches SET lines = ''", "DELETE FROM keys", "UPDATE tickets SET ticket = ''"]
    {
        assert!(store.connection.execute(query, []).is_err(), "{query}");
    }
}

#[test]
fn the_reserve_can_be_used_and_taken_again() {
    let folder = folder();
    let mut store = open(folder.path()).unwrap();
    let size = || fs::metadata(folder.path().join("ballast")).unwrap().len();
    assert_eq!(size(), SMALL.reserve);
    store.use_reserve();
    assert_eq!(size(), 0);
    assert!(store.regain_reserve());
    assert_eq!(size(), SMALL.reserve);
}

/// A disk that loses a write leaves an earlier page behind: all in it is sealed, and was true once.
#[test]
fn a_row_of_a_run_that_is_an_earlier_one_is_noticed() {
    let folder = folder();
    let mut store = open(folder.path()).unwrap();
    store.create(batch(1, 1, 3), None).unwrap();
    store.connection.execute_batch("CREATE TEMP TABLE earlier AS SELECT * FROM runs").unwrap();
    store.append(batch(1, 4, 6)).unwrap();
    store.create(batch(2, 1, 1), None).unwrap();
    let back = "REPLACE INTO runs SELECT * FROM earlier";
    store.connection.execute_batch(back).unwrap();
    drop(store);
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(&error, Error::Damaged { what, .. } if what.contains(&run(1).to_string())), "{error:?}");
}

#[test]
fn a_batch_that_is_missing_is_noticed_at_the_start() {
    let folder = folder();
    drop(filled(folder.path()));
    let database = rusqlite::Connection::open(folder.path().join(DATABASE)).unwrap();
    database.execute_batch("DROP TRIGGER batches_remain; DELETE FROM batches WHERE at = 5").unwrap();
    drop(database);
    assert!(matches!(open(folder.path()), Err(Error::Damaged { .. })));
}

#[test]
fn a_folder_may_have_any_name() {
    use std::os::unix::ffi::OsStrExt;
    let parent = folder();
    let folder = parent.path().join(std::ffi::OsStr::from_bytes(b"fil\xffm"));
    let mut store = filled(&folder);
    migrate(&mut store.connection, &folder, &[STEPS[0], "CREATE TABLE extra (a);"]).unwrap();
    assert!(folder.join("backups").join("retake.v1.db").exists());
}
