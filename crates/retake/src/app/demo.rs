//! A demonstration: a short rehearsal in which three things go wrong, one of them the power.
//!
//! Owns the film, what goes wrong in it, and the moment at which the process that makes it is killed. It is the real
//! program that is killed: in another process, with a signal that nobody can catch.

use std::path::{Path, PathBuf};
use std::time::Duration;

use retake_engine::id::RunId;
use retake_engine::journal::{Event, Record};
use retake_film::media::process::{Call, Limits, Program, Stop};
use retake_rehearsal::{Bill, PROVIDERS, Pace, Script, Server, key};
use serde_json::Value;

use super::Trouble;
use super::project::{NAME, Project};
use super::rehearse::serve;

/// The film.
const FILM: &str = include_str!("demo/film.yaml");
/// What goes wrong in it.
const FAULTS: &str = include_str!("demo/faults.yaml");
/// How long all of it may take.
const WALL: Duration = Duration::from_secs(300);

/// What is shown of a demonstration.
pub(crate) enum Scene<'s> {
    /// Something happened in the run.
    Happened(RunId, &'s [Record]),
    /// The process that makes the film was killed.
    Killed {
        /// How many orders were under way at the providers.
        open: usize,
    },
    /// Another process goes on.
    Resumed,
}

/// How a demonstration came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// The film.
    pub(crate) film: PathBuf,
    /// What the other side says.
    pub(crate) bill: Bill,
    /// All that happened.
    pub(crate) records: Vec<Record>,
}

/// A demonstration about to begin.
pub(crate) struct Demo {
    folder: PathBuf,
    server: Server,
    program: PathBuf,
}

impl Demo {
    /// Sets the stage in a folder, which is made anew.
    pub(crate) fn set(folder: &Path, ffmpeg: PathBuf) -> Result<Self, Trouble> {
        let failed = |error: std::io::Error| Trouble::file("set the stage in", folder, &error);
        let is_ours = folder.join(MARK).exists();
        if folder.exists() && !is_ours && std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
            let what = format!("`{}` is no folder of a demonstration, and is left alone", folder.display());
            return Err(Trouble::usage(what).hint("name another: `retake demo FOLDER`"));
        }
        if is_ours {
            std::fs::remove_dir_all(folder).map_err(failed)?;
        }
        std::fs::create_dir_all(folder).map_err(failed)?;
        let folder = folder.canonicalize().map_err(failed)?;
        let script =
            Script::read(FAULTS).map_err(|_| Trouble::internal("the demonstration's faults cannot be read"))?;
        let server = serve(&folder.join("providers"), script, Pace::lively(), ffmpeg)?;
        let write = |name: &str, text: &str| {
            std::fs::write(folder.join(name), text).map_err(|error| Trouble::file("write", &folder.join(name), &error))
        };
        write(MARK, "This folder belongs to `retake demo`, which makes it anew each time.\n")?;
        write("film.yaml", FILM)?;
        write("retake.toml", &settings(&server))?;
        // A place of its own: whoever owns one above would make the film with the providers that it knows.
        Project { data: folder.join(NAME) }.make()?;
        let program = std::fs::read_link("/proc/self/exe").or_else(|_| Ok(PathBuf::from("retake"))).map_err(failed)?;
        Ok(Self { folder, server, program })
    }

    /// Makes the film in another process, kills that on the way, and lets a third one finish.
    pub(crate) fn run(self, see: &mut dyn FnMut(Scene<'_>)) -> Result<Outcome, Trouble> {
        let mut seen: Vec<Record> = Vec::new();
        let killed = self.make(&mut seen, true, see)?;
        if killed {
            let open = self.server.bill().jobs.iter().filter(|line| line.ended.is_none()).count();
            see(Scene::Killed { open });
            see(Scene::Resumed);
            self.make(&mut seen, false, see)?;
        }
        let bill = self.server.bill();
        self.server.stop();
        Ok(Outcome { film: self.folder.join("out/film.mp4"), bill, records: seen })
    }

    /// One process, and what it says; whether it was killed.
    fn make(&self, seen: &mut Vec<Record>, kill: bool, see: &mut dyn FnMut(Scene<'_>)) -> Result<bool, Trouble> {
        // The programs that it starts have limits of their own, which may not be above its.
        let (memory_bytes, file_bytes) = (1 << 48, 1 << 48);
        let limits = Limits { wall: WALL, cpu: WALL * 10_000, memory_bytes, file_bytes, output_bytes: 256 << 20 };
        let program = Program { path: self.program.clone(), ..Program::new("retake", "retake") };
        let mut call = Call::new(&program, limits).args(["run", "film.yaml", "--yes", "--json"]).folder(&self.folder);
        call = call.args(["--data-dir", NAME, "--config", "retake.toml"]);
        for (variable, name) in KEYS {
            call = call.env(variable, key(name));
        }
        let (stop, mut text) = (Stop::default(), Vec::new());
        let (mut cut, mut broken) = (false, false);
        let ended = call.run_into(&stop, |bytes| {
            text.extend_from_slice(bytes);
            while let Some(end) = text.iter().position(|byte| *byte == b'\n').filter(|_| !cut) {
                let line: Vec<u8> = text.drain(..=end).collect();
                let Some((run, record)) = record(&line) else { continue };
                if seen.last().is_some_and(|last| last.seq >= record.seq) {
                    continue;
                }
                broken |= seen.last().map_or(0, |last| last.seq) + 1 != record.seq;
                seen.push(record);
                let last = seen.len() - 1;
                see(Scene::Happened(run, &seen[last..]));
                if kill && is_moment(seen) {
                    cut = true;
                    stop.cut();
                }
            }
        });
        match ended {
            _ if broken => Err(Trouble::internal("the demonstration lost a line")),
            Ok(()) => Ok(false),
            Err(_) if cut => Ok(true),
            Err(error) => Err(Trouble::internal(format!("the demonstration failed: {error}"))),
        }
    }
}

/// What marks a folder as that of a demonstration.
const MARK: &str = ".retake-demo";
/// The variables in which the keys are looked for.
const KEYS: [(&str, &str); 2] = [("REPLICATE_API_TOKEN", "replicate"), ("FAL_KEY", "fal")];

/// The moment at which a kill hurts most: clips are ordered and paid for, and none has come.
fn is_moment(seen: &[Record]) -> bool {
    let clips = seen.iter().filter(
        |record| matches!(&record.event, Event::Submitted { take, .. } if take.node.as_str().ends_with("/video")),
    );
    clips.count() >= 2
}

/// A line of the other process as the record that it is.
fn record(line: &[u8]) -> Option<(RunId, Record)> {
    let mut value: Value = serde_json::from_slice(line).ok()?;
    let run: RunId = serde_json::from_value(value.get("run")?.clone()).ok()?;
    let fields = value.as_object_mut()?;
    match fields.remove("spec") {
        Some(spec) => drop(fields.insert("run".to_owned(), spec)),
        None => drop(fields.remove("run")),
    }
    Some((run, serde_json::from_value(value).ok()?))
}

/// The settings of the demonstration: our own server for every provider, and the haste of people who look on.
fn settings(server: &Server) -> String {
    let mut text = format!(
        "# The settings of a demonstration: play money, play providers.\n[egress]\nallow = {:?}\n",
        server.egress()
    );
    for name in PROVIDERS {
        text += &format!(
            "\n[providers.{name}]\nbase_url = {:?}\npoll_every = \"250ms\"\nrequest_timeout = \"4s\"\ngrace = \"2s\"\n\
             lag = \"500ms\"\n",
            server.base_url(name)
        );
    }
    for step in ["image", "video"] {
        text += &format!("\n[retry.{step}]\nfirst_delay = \"400ms\"\nmax_delay = \"4s\"\n");
    }
    text
}
