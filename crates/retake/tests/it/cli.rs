//! The command line as people and scripts use it: the real program, in folders of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

mod api;
mod config;
mod demo;
mod end;
mod files;
mod help;
pub(crate) mod lost;
mod mcp;
mod models;
mod money;
mod owner;
pub(crate) mod paid;
mod redo;
mod refs;
mod writer;

/// A folder with the program in it.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

/// What a command came to.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) data: String,
    pub(crate) talk: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program, in an environment that holds nothing of whoever tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        #[expect(clippy::disallowed_methods, reason = "the program itself is tested")]
        let mut command = Command::new(env!("CARGO_BIN_EXE_retake"));
        command.args(arguments).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.env("HOME", self.path("home")).env("XDG_RUNTIME_DIR", self.folder.path());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().unwrap())
    }
}

/// A service that has begun, and where it answers.
pub(crate) fn listening(command: &mut Command) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: `{line}`"));
    (child, told["listening"].as_str().unwrap().to_owned())
}

pub(crate) fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), data: text(output.stdout), talk: text(output.stderr) }
}

impl Said {
    #[track_caller]
    pub(crate) fn is(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.data, self.talk);
        self
    }

    #[track_caller]
    pub(crate) fn tells(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.talk.contains(word), "`{word}` is missing in: {}", self.talk);
        }
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {}", self.data))
    }
}

#[test]
fn the_name_alone_greets_newcomers() {
    let said = Bench::new().run(&[]).is(0);
    insta::assert_snapshot!(said.data);
    assert_eq!(said.talk, "");
}

#[test]
fn the_version_needs_no_configuration() {
    let bench = Bench::new();
    bench.write("retake.toml", "not toml");
    for flag in ["--version", "-V"] {
        let said = bench.run(&[flag]).is(0);
        assert!(said.data.starts_with("retake "), "{}", said.data);
    }
}

#[test]
fn what_was_mistyped_is_usage_with_a_hint() {
    let bench = Bench::new();
    for (arguments, words) in [
        (&["rnu", "film.yaml"][..], &["unrecognized", "hint:", "run"][..]),
        (&["run"], &["FILE", "hint:"]),
        (&["run", "none.yaml"], &["none.yaml"]),
        (&["run", "film.yaml", "--untill", "voice"], &["hint:", "--until"]),
        (&["run", "film.yaml", "--until", "music"], &["voice", "storyboard"]),
        (&["pick", "lamp"], &["lamp/video/2", "hint:"]),
        (&["budget", "a", "1e3"], &["plain decimal", "hint:"]),
        (&["resolve", "lamp/video/1"], &["--adopt", "--resend", "--abandon"]),
        (&["explain", "throtled"], &["hint:", "throttled"]),
        (&["status"], &["no data directory", "hint:"]),
        (&["serve", "--listen", "here"], &["--listen", "hint:"]),
    ] {
        let said = bench.run(arguments).is(2).tells(words);
        assert_eq!(said.data, "", "{arguments:?}");
    }
    assert!(!bench.path(".retake").exists(), "what only looks makes nothing");
}

#[test]
fn a_reader_that_leaves_ends_the_command_quietly() {
    let bench = Bench::new();
    let mut child = bench.command(&["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut talk = String::new();
    child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
    assert_eq!(talk, "");
    assert!(child.wait().unwrap().code().is_some_and(|code| code == 0));
}
