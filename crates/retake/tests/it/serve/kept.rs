//! How long what is stored is kept: what no run names, what finished runs have made, and what is never removed.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use retake_rehearsal::{Pace, Script};
use serde_json::Value;

use super::{PLAN, Server};
use crate::cli::Bench;
use crate::cli::paid::{CLIPS, Stage};

/// Nothing is kept that may go.
const NOTHING: &str = "[retention]\nruns = \"0s\"\nartifacts = \"0s\"\nuploads = \"0s\"\n";

/// All that is stored.
fn stored(bench: &Bench) -> Vec<PathBuf> {
    let within = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let shelves = within(bench.path(".retake/artifacts"));
    let shelves = shelves.filter(|path| path.file_name().is_some_and(|name| name.len() == 2));
    let mut files: Vec<PathBuf> = shelves.flat_map(within).collect();
    files.sort();
    files
}

/// Stores something that no run names, as of that long ago.
fn leave(bench: &Bench, digit: char, ago: Duration) -> PathBuf {
    let name = digit.to_string().repeat(64);
    let path = bench.write(&format!(".retake/artifacts/{}/{name}", &name[..2]), "12345");
    #[expect(clippy::disallowed_methods, reason = "how old a file is is told by the clock")]
    let then = SystemTime::now().checked_sub(ago).unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
    path
}

fn swept(bench: &Bench, more: &[&str]) -> Value {
    bench.run(&[&["gc", "--json"][..], more].concat()).is(0).json()
}

#[test]
fn what_nobody_names_goes_after_its_time_and_nothing_else() {
    let bench = Bench::new();
    bench.write("retake.toml", "[retention]\nartifacts = \"2h\"\n");
    bench.write("film.yaml", PLAN);
    bench.run(&["run", "film.yaml"]).is(0);
    let before = stored(&bench);
    let old = leave(&bench, 'a', Duration::from_secs(2 * 3_600 + 60));
    let young = leave(&bench, 'b', Duration::from_secs(2 * 3_600 - 60));
    let told = bench.run(&["gc", "--dry-run"]).is(0).data;
    assert_eq!(told, "would remove 1 file, 0 MB\n  named by no run: 1 file, 0 MB\n");
    assert!(old.exists(), "a look removes nothing");
    let told = swept(&bench, &[]);
    assert_eq!((told["files"].as_u64(), told["bytes"].as_u64()), (Some(1), Some(5)), "{told}");
    assert!(!old.exists() && young.exists());
    std::fs::remove_file(young).unwrap();
    assert_eq!(stored(&bench), before);
}

#[test]
fn what_a_finished_run_made_goes_where_that_is_wished_and_is_made_anew() {
    let bench = Bench::new();
    bench.write("film.yaml", PLAN);
    let run = bench.run(&["run", "film.yaml", "--json"]).is(0);
    let film = std::fs::read(bench.path("out/film.mp4")).unwrap();
    assert_eq!(swept(&bench, &[])["files"], 0, "for ever, where nobody says how long");
    bench.write("retake.toml", NOTHING);
    let would = swept(&bench, &["--dry-run"]);
    let bytes: u64 = stored(&bench).iter().map(|path| path.metadata().unwrap().len()).sum();
    assert_eq!((would["removed"].as_bool(), would["bytes"].as_u64()), (Some(false), Some(bytes)), "{would}");
    let id =
        serde_json::from_str::<Value>(run.data.lines().last().unwrap()).unwrap()["run"].as_str().unwrap().to_owned();
    assert_eq!(would["of"]["runs"][&id]["bytes"], bytes, "{would}");
    assert_eq!(swept(&bench, &[])["files"], would["files"]);
    assert_eq!(stored(&bench), Vec::<PathBuf>::new());
    assert_eq!(std::fs::read(bench.path("out/film.mp4")).unwrap(), film, "what was delivered is the user's");
    bench.run(&["status"]).is(0);
    bench.write("film.yaml", &PLAN.replace("seconds: 1", "seconds: 2"));
    bench.run(&["run", "film.yaml"]).is(0);
}

#[test]
fn what_an_unfinished_run_needs_stays_and_so_does_what_it_may_take_over() {
    let bench = Bench::new();
    bench.write("retake.toml", NOTHING);
    let film = |seconds: u32| {
        let scene = format!("{{id: one, still: A harbour at dawn, seconds: {seconds}}}");
        bench.write("film.yaml", &format!("film: A harbour\nsize: 160x90\nscenes: [{scene}]\n"))
    };
    film(1);
    bench.run(&["run", "film.yaml"]).is(0);
    let made = stored(&bench);
    film(2);
    bench.run(&["run", "film.yaml", "--until", "storyboard"]).is(4);
    let leftover = leave(&bench, 'c', Duration::from_secs(60));
    assert_eq!(swept(&bench, &[])["files"], 0);
    assert!(leftover.exists(), "it may have been brought for the run that is open");
    assert!(made.iter().all(|path| path.exists()), "the open run may take over what was made before");
    bench.run(&["resume"]).is(0);
    assert!(swept(&bench, &[])["files"].as_u64().unwrap() > 0);
}

#[test]
fn paid_work_whose_film_was_not_delivered_is_never_removed() {
    let script = "rules:\n  - {at: submit, prompt: lighthouse, times: 1, do: refuse}\n";
    let stage = Stage::new(Script::read(script).unwrap(), Pace::quick(), NOTHING);
    let bench = &stage.bench;
    bench.write("film.yaml", CLIPS);
    assert_eq!(stage.make(&[])["status"], "partial");
    let before = stored(bench);
    assert_eq!(swept(bench, &[])["files"], 0, "the other half may still be made");
    assert_eq!(stored(bench), before);
    assert_eq!(stage.make(&[])["status"], "completed");
    // Whoever has taken their film away has no copy but ours.
    let film = stage.bench.path("out/film.mp4");
    let elsewhere = stage.bench.path("film.mp4");
    std::fs::rename(&film, &elsewhere).unwrap();
    assert_eq!(swept(bench, &[])["files"], 0);
    std::fs::rename(&elsewhere, &film).unwrap();
    assert!(swept(bench, &[])["files"].as_u64().unwrap() > 0);
    assert_eq!(stored(bench), Vec::<PathBuf>::new());
    assert_eq!(stage.bill().taken(), 2, "nothing was bought again");
}

#[test]
fn the_service_removes_by_itself_while_runs_go_on() {
    let bench = Bench::new();
    bench.write("retake.toml", "[retention]\nartifacts = \"1h\"\nevery = \"50ms\"\n");
    let old = leave(&bench, 'd', Duration::from_secs(3 * 3_600));
    let young = leave(&bench, 'e', Duration::from_secs(60));
    let server = Server::start(bench, &[]);
    let runs: Vec<String> =
        (0..3).map(|n| server.post_plan(&PLAN.replace("Two cards", &format!("Cards {n}")))).collect();
    for run in &runs {
        assert_eq!(server.ended(run)["status"], "completed");
    }
    let gone = (0..100_000).any(|_| server.get("/healthz").status == 200 && !old.exists());
    assert!(gone && young.exists());
    for run in &runs {
        server.get(&format!("/api/runs/{run}/film")).is(200);
    }
}
