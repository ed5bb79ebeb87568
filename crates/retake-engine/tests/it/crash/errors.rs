//! Errors at writes: the disk says no, once, at every point where it could.
//!
//! Whatever it says, the program ends well or says what is wrong; it does not panic, hang or go on as if nothing were.
//! Started again, it loses nothing and buys nothing twice. An error that is aimed at no thread in particular meets each
//! that comes so far; it is listed by the first.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::path::Path;

use super::books::Books;
use super::extent::{Extent, side_by_side, spread};
use super::points::{Aim, aims, steady, undisturbed};
use super::stage::{SCENES, SETTINGS, Setting, Stage, outcome};
use super::trace::{Call, calls};

/// How many points of each setting and error a sample holds.
const SAMPLE: usize = 24;
/// A run that was quicker than the one before may end without coming to a point.
const TRIES: usize = 6;
/// What disks answer: there is no room, or nothing can be said of what was written.
const ERRORS: [&str; 2] = ["ENOSPC", "EIO"];
/// The files that hold the truth: where one of them cannot be synced, nothing may go on.
const TRUTH: [&str; 2] = ["data/retake.db", "data/retake.db-wal"];

/// How a run ended that met an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It went on and finished.
    Finished,
    /// It said what was wrong and stopped.
    Stopped,
}

/// What was hit, and what came of it.
#[derive(Debug)]
struct Met {
    thread: String,
    /// Its name within the folder; nothing for what is no file there.
    file: String,
    end: End,
}

#[derive(Clone)]
struct Trial {
    setting: Setting,
    error: &'static str,
    aim: Aim,
    /// Whether a point before it will do, where a run does not come so far.
    yields: bool,
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} at {}", self.setting.name, self.error, self.aim)
    }
}

impl Trial {
    /// Meets the error, then goes on without; none where the run never came to the point.
    fn carry_out(&self, name: &str) -> Result<Option<Met>, String> {
        let mut trial = self.clone();
        for _ in 0..TRIES {
            let stage = Stage::new(trial.setting, name);
            let met = trial.meet(&stage).map_err(|why| {
                let folder = stage.folder.display();
                let again = format!("RETAKE_CRASH='{} {}' make crash", trial.setting.name, trial.aim);
                format!("{trial}: {why}\n    in {folder}\n    again: {again}")
            })?;
            stage.clear();
            if met.is_some() {
                return Ok(met);
            }
            if trial.yields {
                trial.aim = trial.aim.earlier();
            }
        }
        Ok(None)
    }

    fn meet(&self, stage: &Stage) -> Result<Option<Met>, String> {
        let ended = stage.disturbed("trace", &self.aim, &format!("error={}", self.error))?;
        let seen = calls(&stage.trace("trace"));
        let Some(hit) = self.aim.hit(&seen).filter(|call| call.result.contains("INJECTED")) else { return Ok(None) };
        let end = match ended.status.code() {
            Some(0) => End::Finished,
            Some(1) if ended.err.contains("torture: ") => End::Stopped,
            _ => return Err(format!("the program ended with {}: {}", ended.status, ended.err.trim())),
        };
        if ended.err.contains("panicked") {
            return Err(format!("a thread panicked: {}", ended.err.trim()));
        }
        if end == End::Finished && self.is_fatal(stage, hit) {
            return Err("the truth could not be synced, and the program went on".into());
        }
        let outcome = if end == End::Finished { outcome(&ended)? } else { stage.run(&[])? };
        stage.books().and_then(|books: Books| books.check_complete(&outcome, SCENES))?;
        let outcome = stage.run(&[])?;
        stage.books()?.check_complete(&outcome, SCENES)?;
        let data = stage.data();
        let file = hit.path.as_ref().and_then(|path| Path::new(path).strip_prefix(&data).ok());
        let file = file.map_or_else(|| "-".into(), |file| file.display().to_string());
        Ok(Some(Met {
            thread: hit.thread.clone(),
            file: if file.is_empty() { "the folder".into() } else { file },
            end,
        }))
    }

    /// After a sync that failed nobody knows what is on the disk: to try it again would be to believe it.
    fn is_fatal(&self, stage: &Stage, hit: &Call) -> bool {
        let of_truth = TRUTH.iter().any(|file| hit.path.as_deref() == stage.folder.join(file).to_str());
        self.error == "EIO" && hit.name.ends_with("sync") && of_truth
    }
}

fn trials(setting: Setting, extent: &Extent) -> Vec<Trial> {
    let points = undisturbed(setting);
    let points = if *extent == Extent::Whole { points } else { steady(setting, points) };
    // What goes over the network is another matter.
    let of_disk: Vec<Aim> = aims(&points).into_iter().filter(|aim| !aim.call.starts_with("send")).collect();
    let aims = match extent {
        Extent::Whole => of_disk,
        Extent::Sample => spread(&of_disk, SAMPLE),
        Extent::Single { setting: name, .. } if *name != setting.name => Vec::new(),
        Extent::Single { aim, .. } => vec![aim.clone()],
    };
    let trial =
        |aim: &Aim| ERRORS.map(|error| Trial { setting, error, aim: aim.clone(), yields: *extent == Extent::Sample });
    aims.iter().flat_map(trial).collect()
}

/// What came of the errors, by where they were met.
fn table(trials: &[Trial], ends: &[Result<Option<Met>, String>]) -> String {
    let mut rows = BTreeMap::<(&str, &str, &str, &str), [usize; 2]>::new();
    for (trial, end) in trials.iter().zip(ends) {
        if let Ok(Some(met)) = end {
            let row = rows.entry((trial.error, &met.thread, &met.file, &trial.aim.call)).or_default();
            row[usize::from(met.end == End::Stopped)] += 1;
        }
    }
    let mut text =
        format!("{:<8}{:<15}{:<19}{:<11}{:>9}{:>9}\n", "error", "thread", "file", "call", "finished", "stopped");
    for ((error, thread, file, call), [finished, stopped]) in rows {
        writeln!(text, "{error:<8}{thread:<15}{file:<19}{call:<11}{finished:>9}{stopped:>9}").unwrap();
    }
    text
}

#[test]
fn whatever_write_fails_it_goes_on_or_says_so_and_nothing_is_lost_or_bought_twice() {
    let extent = Extent::wanted();
    let settings: Vec<Setting> =
        SETTINGS.into_iter().filter(|setting| ["key", "list"].contains(&setting.name)).collect();
    let trials: Vec<Trial> =
        side_by_side(&settings, |_, setting| trials(*setting, &extent)).into_iter().flatten().collect();
    let ends = side_by_side(&trials, |n, trial| trial.carry_out(&format!("error-{n}")));
    println!("{}", table(&trials, &ends));
    let broken: Vec<&String> = ends.iter().filter_map(|end| end.as_ref().err()).collect();
    assert!(broken.is_empty(), "{} broken\n\n{broken:#?}", broken.len());
    let unmet = trials.iter().zip(&ends).filter(|(_, end)| matches!(end, Ok(None)));
    let unmet: Vec<String> = unmet.map(|(trial, _)| trial.to_string()).collect();
    let missed_max = if extent == Extent::Whole { trials.len() / 20 } else { 0 };
    assert!(unmet.len() <= missed_max, "an error that is not met proves nothing: {unmet:#?}");
}
