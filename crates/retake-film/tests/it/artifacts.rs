//! What has its name is whole, whenever the process is killed.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use retake_film::artifacts::Artifacts;

/// How often a process is killed.
const KILLS: usize = 12;
/// How many sizes there are, from nothing to a few chunks.
const SIZES: usize = 40;

fn content(n: usize) -> Vec<u8> {
    let size = (n % SIZES) * 7919;
    (0..size).map(|at| u8::try_from((at ^ (at >> 7) ^ n) & 0xff).expect("it fits")).collect()
}

/// What the test below kills: keeps one thing after the other in every way there is, until it is killed.
#[test]
#[ignore = "the next test starts it in a process of its own, and kills that"]
fn somebody_keeps_things() {
    let store = Artifacts::open(Path::new("artifacts")).expect("it opens");
    println!("open");
    for n in 0.. {
        let own = store.workspace("keeps").expect("it is made");
        let file = own.path().join("file");
        std::fs::write(&file, content(4 * n)).expect("it is written");
        store.move_file(&file).expect("it is kept");
        store.put_bytes(&content(4 * n + 1)).expect("it is kept");
        std::fs::write(&file, content(4 * n + 2)).expect("it is written");
        store.put_file(&file).expect("it is kept");
        let many: Vec<Vec<u8>> = (0..20).map(|part| content(40 * n + part)).collect();
        store.put_many(many.iter().map(Vec::as_slice)).expect("they are kept");
        println!("{n}");
    }
}

fn keeper(folder: &Path) -> Child {
    let myself = std::env::current_exe().expect("it is known");
    #[expect(clippy::disallowed_methods, reason = "the test must be able to kill who writes")]
    let mut command = Command::new(myself);
    command.args(["--ignored", "--exact", "--nocapture", "artifacts::somebody_keeps_things"]);
    command.current_dir(folder).stdout(Stdio::piped()).spawn().expect("it starts")
}

/// Reads until so many lines have come.
fn wait(child: &mut Child, lines: usize) {
    let mut said = child.stdout.take().expect("it is piped");
    let mut left = lines;
    let mut byte = [0];
    while left > 0 {
        said.read_exact(&mut byte).expect("it goes on");
        left -= usize::from(byte[0] == b'\n');
    }
    child.stdout = Some(said);
}

#[test]
fn whenever_it_is_killed_what_has_its_name_is_whole() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut kept = 0;
    for kill in 0..KILLS {
        let mut child = keeper(folder.path());
        // The harness says a few lines of its own; then each line is a round of puts.
        wait(&mut child, 4 + kill % 5);
        // Somewhere within the next round: how far it comes by now is nobody's choice.
        for _ in 0..kill * 40 {
            std::thread::yield_now();
        }
        child.kill().expect("it is killed");
        child.wait().expect("it is gone");

        let store = Artifacts::open(&folder.path().join("artifacts")).expect("it opens");
        let listed = store.list().expect("it can be listed");
        for artifact in &listed {
            assert_eq!(store.verify(&artifact.hash).expect("it is whole"), artifact.bytes);
        }
        assert!(listed.len() >= kept, "something that was kept is gone");
        kept = listed.len();
        let left = std::fs::read_dir(folder.path().join("artifacts/unfinished")).expect("it is there").count();
        assert_eq!(left, 0, "what was unfinished is still there");
    }
    assert!(kept > 10, "only {kept} were kept");
}

#[test]
fn two_who_keep_the_same_do_no_harm() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let stores = [0, 1].map(|_| Artifacts::open(&folder.path().join("artifacts")).expect("it opens"));
    std::thread::scope(|scope| {
        for store in &stores {
            scope.spawn(|| {
                for n in 0..60 {
                    store.put_bytes(&content(n)).expect("it is kept");
                }
            });
        }
    });
    let listed = stores[0].list().expect("it can be listed");
    assert!(listed.iter().all(|artifact| stores[1].verify(&artifact.hash).is_ok()));
    assert_eq!(listed.len(), (0..60).map(content).collect::<std::collections::BTreeSet<_>>().len());
}

/// What a sync of each file costs against one for all: `cargo nextest run -p retake-film --release puts --run-ignored all`.
#[test]
#[ignore = "it measures, and decides nothing by itself"]
#[expect(clippy::disallowed_methods, reason = "it measures how long keeping takes")]
fn what_a_thousand_puts_cost() {
    for count in [4_usize, 8, 16, 100, 1000] {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let store = Artifacts::open(&folder.path().join("artifacts")).expect("it opens");
        let contents =
            |salt: usize| -> Vec<Vec<u8>> { (0..count).map(|n| format!("{salt}.{n}").repeat(300).into()).collect() };
        let (one, many) = (contents(1), contents(2));
        let start = std::time::Instant::now();
        for bytes in &one {
            store.put_bytes(bytes).expect("it is kept");
        }
        let alone = start.elapsed();
        let start = std::time::Instant::now();
        store.put_many(many.iter().map(Vec::as_slice)).expect("they are kept");
        println!("{count} puts: one by one {alone:?}, together {:?}", start.elapsed());
    }
}
