//! A small disk of its own that is full: nothing new is bought until it has room, and what was bought is written down.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::process::program;
use super::stage::{SCENES, SETTINGS, Setting, Stage, outcome};

/// Room for the reserve, for what the store begins with, and for some takes.
const BYTES: u64 = 2 << 20;
/// Room for everything.
const ENOUGH: u64 = 16 << 20;
/// What the store sets aside: it wants twice as much before it trusts the disk again.
const RESERVE: u64 = 256 << 10;
/// Too small for a store, too small for a reserve, too small for a run, and all between.
const SIZES_KIB: [u64; 20] =
    [4, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320, 384, 448, 512, 640, 1024];
const FULL: &str = "the disk is full";

/// A file system in memory; unmounted when nobody needs it any more.
struct Disk(PathBuf);

impl Disk {
    /// Mounts it over this folder; none where that is not permitted.
    fn mount(folder: &Path, bytes: u64) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let size = format!("size={bytes}");
        let mut mount = program("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "retake-test"]).arg(folder).stderr(Stdio::null());
        let mounted = mount.status().is_ok_and(|status| status.success());
        mounted.then(|| Self(folder.to_owned()))
    }

    fn resize(&self, bytes: u64) {
        let size = format!("remount,size={bytes}");
        assert!(program("mount").args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Leaves no room at all.
    fn fill(&self) {
        let mut file = File::create(self.filler()).unwrap();
        let piece = [0; 1 << 10];
        let written = (0..ENOUGH >> 10).take_while(|_| file.write_all(&piece).is_ok()).count();
        assert!(written < usize::try_from(ENOUGH >> 10).unwrap(), "the disk cannot be filled");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(program("umount").arg(&self.0).status());
    }
}

fn listed() -> Setting {
    *SETTINGS.iter().find(|setting| setting.name == "list").unwrap()
}

fn reserve() -> [String; 2] {
    ["--reserve".into(), RESERVE.to_string()]
}

/// A stage whose data lies on a small disk; none where nothing can be mounted.
fn on_disk(name: &str, bytes: u64, provider: &[&str]) -> Option<(Stage, Disk)> {
    let stage = Stage::with(listed(), name, provider);
    let Some(disk) = Disk::mount(&stage.data(), bytes) else {
        stage.clear();
        return None;
    };
    Some((stage, disk))
}

const SKIPPED: &str = "skipped: a small disk cannot be mounted here; as root it can";

#[test]
fn on_a_full_disk_nothing_is_bought_and_what_was_bought_is_written_down() {
    for frees in [true, false] {
        let Some((stage, disk)) = on_disk("full-disk", BYTES, &["--hold", "answer"]) else {
            return println!("{SKIPPED}");
        };
        if let Err(why) = full_in_the_middle(&stage, &disk, frees) {
            panic!("{why}\nin {}", stage.folder.display());
        }
        drop(disk);
        stage.clear();
    }
}

/// The disk is filled while the first submission is on its way; its ticket and its outputs come when there is no room.
fn full_in_the_middle(stage: &Stage, disk: &Disk, frees: bool) -> Result<(), String> {
    let mut running = stage.started(&["--reserve", &RESERVE.to_string(), "--story"])?;
    stage.until("accepted")?;
    disk.fill();
    stage.tell("open")?;
    running.hear(&[FULL])?.ok_or("the full disk goes unnoticed")?;
    // The reserve holds the tickets of both that were under way, what came of them, and that the third waits.
    for told in ["\"kept\",\"take\":\"scene-1/1\"", "\"waits\",\"node\":\"scene-3\""] {
        running.hear(&[told])?.ok_or_else(|| format!("{told} is not written down"))?;
    }
    let books = stage.books()?;
    if books.accepted.len() != 2 {
        return Err(format!("{} were bought, not the 2 that were under way", books.accepted.len()));
    }
    if frees {
        std::fs::remove_file(disk.filler()).map_err(|why| why.to_string())?;
    } else {
        disk.resize(ENOUGH);
    }
    running.hear(&["the disk has room again"])?.ok_or("the room goes unnoticed")?;
    let outcome = outcome(&running.finish()?)?;
    stage.books()?.check_complete(&outcome, SCENES)
}

#[test]
fn however_small_the_disk_is_nothing_is_lost_and_nothing_is_bought_twice() {
    let mut ends = [0; 3];
    for (n, kib) in SIZES_KIB.into_iter().enumerate() {
        let Some((stage, disk)) = on_disk(&format!("disk-of-{kib}"), kib << 10, &[]) else {
            return println!("{SKIPPED}");
        };
        match small(&stage, &disk, n % 2 == 0) {
            Ok(end) => ends[end] += 1,
            Err(why) => panic!("{kib} KiB: {why}\nin {}", stage.folder.display()),
        }
        drop(disk);
        stage.clear();
    }
    let [stopped, waited, finished] = ends;
    println!("{} sizes: {stopped} stopped, {waited} waited for room, {finished} finished", SIZES_KIB.len());
    assert!(ends.iter().all(|count| *count > 0), "the sizes do not tell anything apart: {ends:?}");
}

/// Which of three ends it takes: it stops and says why, it waits for room, or there is enough. Some that wait are killed.
fn small(stage: &Stage, disk: &Disk, kills: bool) -> Result<usize, String> {
    let mut running = stage.started(&["--reserve", &RESERVE.to_string()])?;
    let full = running.hear(&[FULL])?.is_some();
    if full && kills {
        drop(running);
        disk.resize(ENOUGH);
        let outcome = stage.run(&reserve())?;
        stage.books()?.check_complete(&outcome, SCENES)?;
        return Ok(1);
    }
    disk.resize(ENOUGH);
    let ended = running.finish()?;
    let end = match (ended.status.code(), full) {
        (Some(0), false) => 2,
        (Some(0), true) => 1,
        (Some(1), _) if ended.err.contains("torture: ") && !ended.err.contains("panicked") => 0,
        _ => return Err(format!("the program ended with {}: {}", ended.status, ended.err.trim())),
    };
    let outcome = if end == 0 { stage.run(&reserve())? } else { outcome(&ended)? };
    stage.books()?.check_complete(&outcome, SCENES)?;
    Ok(end)
}
