//! Programs end when they should, and leave nothing behind.

use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use retake_film::media::process::{Call, Error, Input, Limits, Program, Stop};

const LIMITS: Limits = Limits {
    wall: Duration::from_secs(20),
    cpu: Duration::from_secs(20),
    memory_bytes: 1 << 30,
    file_bytes: 1 << 20,
    output_bytes: 1 << 20,
};

fn shell(script: &str, limits: Limits) -> Call {
    Call::new(&Program::new("sh", "dash"), limits).args(["-c", script])
}

/// Whether a process of this id goes on. One that was killed takes a moment to be gone.
fn lives(pid: &str) -> bool {
    let path = Path::new("/proc").join(pid.trim()).join("stat");
    (0..200_000).all(|_| {
        std::thread::yield_now();
        std::fs::read_to_string(&path).is_ok_and(|stat| !stat.contains(") Z"))
    })
}

#[test]
fn it_hands_over_what_a_program_says() {
    let said = shell("cat; echo $((1+1))", LIMITS).input(Input::Bytes(b"hear ".to_vec())).run(&Stop::default());
    assert_eq!(said.expect("it runs"), b"hear 2\n");
}

#[test]
fn the_environment_holds_only_what_is_named() {
    let said = Call::new(&Program::new("env", "coreutils"), LIMITS).env("FILM", "one").run(&Stop::default());
    let said = String::from_utf8(said.expect("it runs")).expect("it is text");
    let names: Vec<&str> = said.lines().filter_map(|line| line.split('=').next()).collect();
    assert_eq!(names, ["FILM", "PATH"], "{said}");
}

#[test]
fn a_missing_program_names_its_package() {
    let missing = Call::new(&Program::new("no-such-program", "some-package"), LIMITS).run(&Stop::default());
    let error = missing.expect_err("it is missing");
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    assert_eq!(error.hint().as_deref(), Some("install it: sudo apt-get install some-package"));
}

#[test]
fn a_failure_says_its_last_words() {
    let error = shell("echo one >&2; echo two >&2; exit 3", LIMITS).run(&Stop::default()).expect_err("it fails");
    assert_eq!(error.to_string(), "`sh` failed with status 3: one; two");
}

#[test]
fn the_whole_group_ends_at_the_deadline() {
    let limits = Limits { wall: Duration::from_millis(400), ..LIMITS };
    let mut said = Vec::new();
    let run = shell("sleep 60 & echo $!; wait", limits).run_into(&Stop::default(), |bytes| said.extend(bytes));
    assert!(matches!(run, Err(Error::Deadline { .. })), "{run:?}");
    assert!(!lives(&String::from_utf8_lossy(&said)), "a grandchild is left");
}

#[test]
fn what_a_program_leaves_behind_is_ended_with_it() {
    let said = shell("sleep 60 & echo $!", LIMITS).run(&Stop::default()).expect("it runs");
    assert!(!lives(&String::from_utf8_lossy(&said)), "a grandchild is left");
}

#[test]
fn it_is_stopped_from_another_thread_and_starts_no_more() {
    let stop = Stop::default();
    let remote = stop.clone();
    let run = shell("echo on; sleep 60", LIMITS).run_into(&stop, |_| remote.cut());
    assert!(matches!(run, Err(Error::Stopped { .. })), "{run:?}");
    assert!(matches!(shell("true", LIMITS).run(&stop), Err(Error::Stopped { .. })));
}

#[test]
fn a_talker_is_cut_off() {
    let run = shell("yes", LIMITS).run(&Stop::default());
    assert!(matches!(run, Err(Error::TooMuch { .. })), "{run:?}");
}

#[test]
fn a_large_file_and_endless_computing_are_cut_off() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let run = shell("head -c 2000000 /dev/zero > big", LIMITS).folder(folder.path()).run(&Stop::default());
    assert!(run.is_err(), "{run:?}");
    let size = std::fs::metadata(folder.path().join("big")).expect("it was begun").len();
    assert!(size <= LIMITS.file_bytes, "{size} bytes");
    let run = shell("while :; do :; done", Limits { cpu: Duration::from_secs(1), ..LIMITS }).run(&Stop::default());
    assert!(matches!(run, Err(Error::Killed { signal: 9, .. } | Error::Limit { .. })), "{run:?}");
}

/// Fails after a few bytes.
struct Broken(bool);

impl Read for Broken {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Err(io::Error::other("the pen broke"));
        }
        into[0] = b'x';
        Ok(1)
    }
}

#[test]
fn a_program_whose_input_breaks_is_ended() {
    let run =
        shell("cat >/dev/null; sleep 60", LIMITS).input(Input::Reader(Box::new(Broken(false)))).run(&Stop::default());
    assert!(matches!(run, Err(Error::Input { .. })), "{run:?}");
}

#[test]
#[ignore = "the next test starts it in a process of its own, and kills that"]
fn somebody_waits_for_a_program() {
    let script = "echo $$ > pid.part; mv pid.part pid; exec sleep 60";
    shell(script, Limits { wall: Duration::from_secs(60), ..LIMITS }).run(&Stop::default()).expect("nobody kills it");
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_dies_with_the_process_that_started_it() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let myself = std::env::current_exe().expect("it is known");
    #[expect(clippy::disallowed_methods, reason = "the test must be able to kill who waits")]
    let mut command = std::process::Command::new(myself);
    command.args(["--ignored", "--exact", "process::somebody_waits_for_a_program"]).current_dir(folder.path());
    let mut waiting = command.spawn().expect("it starts");
    let pid = loop {
        assert!(waiting.try_wait().expect("it can be asked").is_none(), "it ended by itself");
        if let Ok(pid) = std::fs::read_to_string(folder.path().join("pid")) {
            break pid;
        }
        std::thread::yield_now();
    };
    waiting.kill().expect("it is killed");
    waiting.wait().expect("it is gone");
    assert!(!lives(&pid), "an orphan is left");
}
