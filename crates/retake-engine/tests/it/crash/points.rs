//! The points at which a run can be disturbed, read off the trace of one that was not, and how to aim at them.
//!
//! The tracer counts calls by thread and hits the n-th of a name, whichever thread makes it first. Points of a thread
//! that others stand in front of are hit by a tracer that sees that thread alone.

use std::collections::BTreeSet;
use std::fmt;
use std::os::unix::process::ExitStatusExt;

use super::stage::{SCENES, Setting, Stage, outcome};
use super::trace::{Call, calls};

/// Where a run is disturbed: before this call is carried out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) thread: String,
    pub(crate) call: String,
    /// Which of the thread's calls of this name, from 1.
    pub(crate) nth: usize,
}

/// What the tracer is told to wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Aim {
    pub(crate) call: String,
    pub(crate) nth: usize,
    /// The only thread that counts, where others would come first.
    pub(crate) thread: Option<String>,
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, nth, thread } = self;
        write!(f, "{call} {nth}")?;
        thread.as_ref().map_or(Ok(()), |thread| write!(f, " {thread}"))
    }
}

impl Aim {
    /// A little before: for a run that was quicker than the one that was looked at, and had less to write.
    pub(crate) fn earlier(mut self) -> Self {
        self.nth = self.nth.saturating_sub(1 + self.nth / 16).max(1);
        self
    }

    /// The call that was hit, among all that the tracer saw.
    pub(crate) fn hit<'a>(&self, calls: &'a [Call]) -> Option<&'a Call> {
        calls.iter().find(|call| call.name == self.call && call.nth == self.nth)
    }
}

/// Everything that is written in this trace of a stage.
fn points(stage: &Stage, trace: &str) -> Vec<Point> {
    let seen = calls(&stage.trace(trace)).into_iter().filter(Call::writes);
    seen.map(|call| Point { thread: call.thread, call: call.name, nth: call.nth }).collect()
}

/// Everything that a run writes which nobody disturbs.
pub(crate) fn undisturbed(setting: Setting) -> Vec<Point> {
    let stage = Stage::new(setting, "undisturbed");
    let outcome = outcome(&stage.traced("trace", &[]).unwrap()).unwrap();
    stage.books().unwrap().check_complete(&outcome, SCENES).unwrap();
    let points = points(&stage, "trace");
    stage.clear();
    points
}

/// Everything that is written by the recovery of a run that was killed there.
pub(crate) fn recovery(setting: Setting, aim: &Aim) -> Vec<Point> {
    let stage = Stage::new(setting, "recovery");
    assert!(killed(&stage, "trace", aim).unwrap(), "{} is not killed at {aim}", setting.name);
    outcome(&stage.traced("trace-of-recovery", &[]).unwrap()).unwrap();
    let points = points(&stage, "trace-of-recovery");
    stage.clear();
    points
}

/// Runs the program until it is killed there; says whether it was.
pub(crate) fn killed(stage: &Stage, trace: &str, aim: &Aim) -> Result<bool, String> {
    let ended = stage.disturbed(trace, aim, "signal=SIGKILL")?;
    match (ended.status.signal(), ended.status.success()) {
        (Some(9), _) => Ok(true),
        (None, true) => Ok(false),
        _ => Err(format!("the program ended with {} before {aim}: {}", ended.status, ended.err.trim())),
    }
}

/// How each of these points is hit, the first one first.
pub(crate) fn aims(points: &[Point]) -> Vec<Aim> {
    let mut first = BTreeSet::new();
    let aim = |Point { thread, call, nth }: &Point| {
        let thread = (!first.insert((call.clone(), *nth))).then(|| thread.clone());
        Aim { call: call.clone(), nth: *nth, thread }
    };
    points.iter().map(aim).collect()
}

/// Those of these points that another undisturbed run comes to as well: what only some runs do is no good in a sample.
pub(crate) fn steady(setting: Setting, points: Vec<Point>) -> Vec<Point> {
    let again: BTreeSet<Point> = undisturbed(setting).into_iter().collect();
    points.into_iter().filter(|point| again.contains(point)).collect()
}
