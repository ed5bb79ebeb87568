//! One owner, many guests: rubbish, crowds, owners that are gone, and who waits for whom.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;

use retake_engine::id::RunId;

use super::socket::path_of;
use super::wire::{How, Reply, Request, Started};
use super::{Door, Way};
use crate::app::toy::{self, Toy, ground, plan};
use crate::app::{End, Kind};

fn way(folder: &Path, toy: &Toy) -> Way {
    Way { ground: ground(folder, toy), runtime: None, stays: true, notice: Arc::new(|_| {}) }
}

fn order(plan: &Path) -> Request {
    Request::Run(toy::order(plan))
}

#[track_caller]
fn run(door: &mut Door, way: &Way, request: &Request) -> (RunId, How) {
    match door.ask(way, request).unwrap() {
        Reply::Started(Started { run, how, .. }) => (run, how),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_second_terminal_hands_its_plan_to_the_owner_and_sees_it_made() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy::slow();
    let way = way(folder.path(), &toy);
    let file = plan(folder.path(), "One", &["storm"]);
    let mut here = Door::open(&way).unwrap();
    let (first, _) = run(&mut here, &way, &order(&file));
    let mut there = Door::open(&way).unwrap();
    assert_eq!(there.owner(), Some(std::process::id()));
    assert_eq!(run(&mut there, &way, &order(&file)), (first, How::GoesOn));

    let other = folder.path().join("other.yaml");
    std::fs::copy(&file, &other).unwrap();
    let (second, how) = run(&mut there, &way, &order(&other));
    assert_eq!(how, How::New);
    assert_ne!(first, second);

    // The owner's own is done, but it stays for what was handed in.
    let (told, waits) = channel();
    let leaving = std::thread::spawn(move || here.leave(&mut |run| told.send(run).unwrap()));
    assert!([first, second].contains(&waits.recv().unwrap()));
    let seen = std::thread::spawn(move || {
        let mut records = 0;
        let end = there.follow(second, 0, &mut |more| {
            records += more.len();
            true
        });
        (end, records)
    });
    toy.release();
    let (end, records) = seen.join().unwrap();
    assert_eq!(end, Ok(End::Settled));
    assert!(records > 3);
    leaving.join().unwrap().unwrap();

    // Whoever comes next is the owner, and finds it done.
    let next = Door::open(&way).unwrap();
    assert_eq!(next.owner(), None);
    assert_eq!(next.follow(second, 0, &mut |_| true), Ok(End::Settled));
}

#[test]
fn a_guest_that_hangs_up_leaves_the_owner_alone_and_an_owner_that_stops_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy::slow();
    let way = way(folder.path(), &toy);
    let file = plan(folder.path(), "One", &["storm"]);
    let mut here = Door::open(&way).unwrap();
    let (first, _) = run(&mut here, &way, &order(&file));
    let there = Door::open(&way).unwrap();
    let hang_up = there.stopper();
    let end = there.follow(first, 0, &mut |_| {
        hang_up();
        true
    });
    assert_eq!(end, Ok(End::Stopped));

    let there = Door::open(&way).unwrap();
    let (began, begun) = channel();
    let watching = std::thread::spawn(move || {
        there.follow(first, 0, &mut |_| {
            let _ = began.send(());
            true
        })
    });
    begun.recv().unwrap();
    here.stopper()();
    assert_eq!(watching.join().unwrap(), Ok(End::Stopped));
}

#[test]
fn rubbish_is_answered_once_and_many_are_heard_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let way = way(folder.path(), &Toy::default());
    let here = Door::open(&way).unwrap();
    let path = path_of(&way.ground.project.data);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let long = "x".repeat(100_000);
    for rubbish in ["\n", "{}\n", "GET / HTTP/1.1\r\n", "{\"v\":2,\"ask\":\"hello\"}\n", "\u{0}\u{1}\n", long.as_str()]
    {
        let mut stream = UnixStream::connect(&path).unwrap();
        // It may have been hung up on before all was said.
        let _ = stream.write_all(rubbish.as_bytes());
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer);
        assert!(answer.starts_with("{\"refused\":") || read.is_err(), "{rubbish:.20}: {answer}");
        assert!(answer.lines().count() <= 1, "{answer}");
    }
    // Some say nothing at all, one reads nothing, and the others are answered.
    let silent: Vec<UnixStream> = (0..10).map(|_| UnixStream::connect(&path).unwrap()).collect();
    let mut deaf = UnixStream::connect(&path).unwrap();
    deaf.write_all(b"{\"v\":1,\"ask\":\"list\"}\n{\"v\":1,\"ask\":\"list\"}\n").unwrap();
    let asked: Vec<_> = (0..10)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                let mut stream = UnixStream::connect(path).unwrap();
                stream.write_all(b"{\"v\":1,\"ask\":\"list\"}\n").unwrap();
                let mut answer = String::new();
                BufReader::new(stream).read_line(&mut answer).unwrap();
                answer
            })
        })
        .collect();
    for asked in asked {
        assert_eq!(asked.join().unwrap(), "{\"runs\":[]}\n");
    }
    drop(silent);
    here.leave(&mut |_| {}).unwrap();
    assert!(!path.exists(), "a socket goes with its owner");
}

#[test]
fn what_an_owner_left_behind_when_it_was_killed_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let way = way(folder.path(), &Toy::default());
    way.ground.project.make().unwrap();
    let path = path_of(&way.ground.project.data);
    drop(UnixListener::bind(&path).unwrap());
    std::fs::write(path.with_extension("sock.new"), "rubbish").unwrap();
    let here = Door::open(&way).unwrap();
    assert_eq!(here.owner(), None);
    assert_eq!(Door::open(&way).unwrap().owner(), Some(std::process::id()));
}

#[test]
fn a_long_path_has_its_socket_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("d".repeat(60)).join("e".repeat(60));
    std::fs::create_dir_all(&deep).unwrap();
    let runtime = tempfile::tempdir().unwrap();
    let way = Way { runtime: Some(runtime.path().to_owned()), ..way(&deep, &Toy::default()) };
    let _here = Door::open(&way).unwrap();
    let path = path_of(&way.ground.project.data);
    assert!(path.starts_with(runtime.path()) && path.as_os_str().len() < 100, "{}", path.display());
    let shared = std::fs::metadata(path.parent().unwrap()).unwrap();
    assert_eq!(shared.permissions().mode() & 0o777, 0o700);
    assert_eq!(Door::open(&way).unwrap().owner(), Some(std::process::id()));
}

#[test]
fn those_who_come_at_once_find_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let toy = Toy::slow();
    let way = way(folder.path(), &toy);
    let file = plan(folder.path(), "One", &["storm"]);
    let comers: Vec<_> = (0..6)
        .map(|_| {
            let (way, file) = (way.clone(), file.clone());
            std::thread::spawn(move || {
                let mut door = Door::open(&way).unwrap();
                let (run, _) = run(&mut door, &way, &order(&file));
                (door, run)
            })
        })
        .collect();
    let met: Vec<(Door, RunId)> = comers.into_iter().map(|comer| comer.join().unwrap()).collect();
    assert_eq!(met.iter().filter(|(door, _)| door.owner().is_none()).count(), 1);
    assert!(met.iter().all(|(_, run)| *run == met[0].1), "all got the same run");
    toy.release();
}

#[test]
fn who_owns_and_does_not_listen_is_waited_for_and_then_named() {
    let folder = tempfile::tempdir().unwrap();
    let way = way(folder.path(), &Toy::default());
    let short = Way { stays: false, ..way.clone() };
    let here = Door::open(&short).unwrap();
    let waiting = std::thread::spawn(move || Door::open(&way).map(|door| door.owner()));
    here.leave(&mut |_| {}).unwrap();
    assert_eq!(waiting.join().unwrap().map_err(|trouble| trouble.kind), Ok::<_, Kind>(None));
}
