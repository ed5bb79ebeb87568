//! The sweep: an undisturbed run is read for everything it writes, then a run is killed at each of these points, some
//! of the recoveries as well, and whatever is left is brought to its end and counted.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use retake_engine::id::Hash;

use super::books::Outcome;
use super::extent::{Extent, side_by_side, spread};
use super::points::{Aim, Point, aims, killed, recovery, steady, undisturbed};
use super::stage::{GRACE_MS, SCENES, SETTINGS, Setting, Stage};
use super::trace::{Call, calls};

/// How many points of each setting a sample holds.
const SAMPLE: usize = 32;
/// In a sample one of so many is killed again while it recovers; in the whole sweep every one.
const AGAIN_EVERY: usize = 2;
/// A run that was quicker than the one before may end without coming to a point; it is tried again so often.
const TRIES: usize = 6;
/// One of so many that have to decide about held takes gives them up.
const GIVES_UP_EVERY: u64 = 4;
/// What the whole sweep must reach, in hundredths.
const COVERAGE: usize = 95;
/// How many different points a sample must have killed.
const KILLED_MIN: usize = 100;

/// What is to be done with one run.
#[derive(Debug, Clone)]
struct Kill {
    row: usize,
    setting: Setting,
    aim: Aim,
    /// Where its recovery is killed as well.
    again: Option<Aim>,
    /// Whether a point before it will do, where a run does not come so far.
    yields: bool,
}

/// What became of it.
#[derive(Debug, Default)]
struct Fate {
    fired: Option<Call>,
    second: bool,
    parked: bool,
    doubled: usize,
    lost: usize,
    /// Times the provider was slower than it promises, so that nothing was proved.
    void: usize,
    broken: Option<String>,
}

impl Kill {
    /// Kills a run, lets it recover and counts, until the kill has hit.
    fn carry_out(&self, name: &str) -> Fate {
        let mut kill = self.clone();
        let mut void = 0;
        for _ in 0..TRIES {
            let stage = Stage::new(kill.setting, name);
            let mut fate = kill.once(&stage).unwrap_or_else(|why| Fate { broken: Some(why), ..Fate::default() });
            fate.void = void;
            let slow = stage.books().is_ok_and(|books| books.slowest_ms() + 50 > GRACE_MS);
            if fate.broken.is_some() && slow {
                void += 1;
            } else if let Some(why) = &mut fate.broken {
                let (setting, folder) = (kill.setting.name, stage.folder.display());
                *why = format!(
                    "{setting}: killed at {aim}: {why}\n    in {folder}\n    again: RETAKE_CRASH='{setting} {aim}' make crash",
                    aim = kill.aim
                );
                return fate;
            } else if fate.fired.is_some() {
                stage.clear();
                return fate;
            } else if kill.yields {
                kill.aim = kill.aim.earlier();
            }
            stage.clear();
        }
        Fate { void, ..Fate::default() }
    }

    fn once(&self, stage: &Stage) -> Result<Fate, String> {
        let mut fate = Fate::default();
        if !killed(stage, "trace", &self.aim)? {
            return Ok(fate);
        }
        let seen = calls(&stage.trace("trace"));
        let fired = self.aim.hit(&seen).ok_or("the process was killed, but not where it should have been")?;
        fate.fired = Some(fired.clone());
        if let Some(again) = &self.again {
            fate.second = killed(stage, "trace-of-recovery", again)?;
        }
        let outcome = stage.run(&[])?;
        fate.parked = !outcome.held.is_empty();
        if fate.parked {
            return self.resolve(stage, &outcome, fate);
        }
        let books = stage.books()?;
        (fate.doubled, fate.lost) = (books.doubled(), books.lost(SCENES));
        fate.broken = books.check_complete(&outcome, SCENES).err();
        Ok(fate)
    }

    /// Only a person can move it on: what they find on the provider's page they adopt, what they do not find they have
    /// bought again; now and then they give up.
    fn resolve(&self, stage: &Stage, outcome: &Outcome, mut fate: Fate) -> Result<Fate, String> {
        if stage.setting.class != "none" {
            return Err(format!("a provider of this class leaves nothing to a person: {outcome:?}"));
        }
        let books = stage.books()?;
        books.check_parked(outcome)?;
        let gives_up = self.chance().is_multiple_of(GIVES_UP_EVERY);
        let decision = |take: &String| match books.ticket(take) {
            _ if gives_up => ["--abandon".to_owned(), take.clone()],
            Some(ticket) => ["--adopt".to_owned(), format!("{take}={ticket}")],
            None => ["--resend".to_owned(), take.clone()],
        };
        let outcome = stage.run(&outcome.held.iter().flat_map(decision).collect::<Vec<_>>())?;
        let books = stage.books()?;
        fate.doubled = books.doubled();
        if gives_up {
            fate.broken = books.check_abandoned(&outcome).err();
        } else {
            fate.lost = books.lost(SCENES);
            fate.broken = books.check_complete(&outcome, SCENES).err();
        }
        Ok(fate)
    }

    /// The same for the same kill, every time.
    fn chance(&self) -> u64 {
        Hash::of_text(&format!("{} {}", self.setting.name, self.aim)).number()
    }
}

/// What is known of one setting.
struct Row {
    setting: Setting,
    points: Vec<Point>,
    /// The points that a run is killed at, and what its recovery writes.
    aims: Vec<Aim>,
    recovery: Vec<Point>,
    killed: BTreeSet<Point>,
    unfired: Vec<String>,
    kills: usize,
    wanted: usize,
    second: usize,
    parked: usize,
    doubled: usize,
    lost: usize,
    void: usize,
}

impl Row {
    /// Reads the setting's undisturbed run, and chooses where to kill.
    fn new(setting: Setting, extent: &Extent) -> Option<Self> {
        let points = undisturbed(setting);
        let aims = match extent {
            Extent::Whole => aims(&points),
            Extent::Sample => aims_of_sample(setting, &points),
            Extent::Single { setting: name, .. } if *name != setting.name => return None,
            Extent::Single { aim, .. } => vec![aim.clone()],
        };
        let recovery = recovery(setting, &aims[aims.len() / 2]);
        Some(Self {
            setting,
            points,
            aims,
            recovery,
            killed: BTreeSet::new(),
            unfired: Vec::new(),
            kills: 0,
            wanted: 0,
            second: 0,
            parked: 0,
            doubled: 0,
            lost: 0,
            void: 0,
        })
    }

    /// The kills that the sweep begins with: some of the recoveries are killed as well.
    fn kills(&self, row: usize, sample: bool) -> Vec<Kill> {
        let every = if sample { AGAIN_EVERY } else { 1 };
        let kill = |(n, aim): (usize, &Aim)| {
            let mut kill = Kill { row, setting: self.setting, aim: aim.clone(), again: None, yields: sample };
            if n % every == 0 {
                let at = usize::try_from(kill.chance() % (self.recovery.len() as u64)).unwrap();
                let Point { call, nth, .. } = self.recovery[at].clone();
                kill.again = Some(Aim { call, nth, thread: None });
            }
            kill
        };
        self.aims.iter().enumerate().map(kill).collect()
    }

    fn take_in(&mut self, kill: &Kill, fate: &Fate) {
        self.kills += 1;
        self.wanted += usize::from(kill.again.is_some());
        self.second += usize::from(fate.second);
        self.parked += usize::from(fate.parked);
        self.doubled += fate.doubled;
        self.lost += fate.lost;
        self.void += fate.void;
        let Some(fired) = &fate.fired else { return self.unfired.push(kill.aim.to_string()) };
        let (thread, call, nth) = (fired.thread.clone(), fired.name.clone(), fired.nth);
        self.killed.insert(Point { thread, call, nth });
    }

    fn reached(&self) -> usize {
        self.points.iter().filter(|point| self.killed.contains(point)).count()
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<17}{:>7}{:>7}{:>8}", self.setting.name, self.points.len(), self.kills, self.killed.len())?;
        write!(f, "{:>9}%", self.reached() * 100 / self.points.len().max(1))?;
        write!(f, "{:>5}/{:<4}{:>7}{:>9}", self.second, self.wanted, self.parked, self.doubled)?;
        write!(f, "{:>6}{:>6}", self.lost, self.void)
    }
}

/// Evenly spread over the run, and the same ones every time.
fn aims_of_sample(setting: Setting, points: &[Point]) -> Vec<Aim> {
    let all = aims(points);
    let steady = steady(setting, points.to_vec());
    let kept = points.iter().zip(all).filter(|(point, _)| steady.contains(point));
    spread(&kept.map(|(_, aim)| aim).collect::<Vec<_>>(), SAMPLE)
}

const HEAD: &str = "setting           points  kills  killed  coverage  second  parked  doubled  lost  void";

fn table(rows: &[Row]) -> String {
    let mut text = format!("{HEAD}\n");
    for row in rows {
        writeln!(text, "{row}").unwrap();
    }
    text
}

/// Carries kills out, and counts them in the rows; what went wrong comes back.
fn sweep(rows: &mut [Row], kills: &[Kill], name: &str) -> Vec<String> {
    let fates = side_by_side(kills, |n, kill| kill.carry_out(&format!("{name}-{n}")));
    let mut broken = Vec::new();
    for (kill, fate) in kills.iter().zip(fates) {
        rows[kill.row].take_in(kill, &fate);
        broken.extend(fate.broken);
    }
    broken
}

#[test]
fn whatever_write_it_dies_at_nothing_is_lost_and_nothing_is_bought_twice() {
    let extent = Extent::wanted();
    let rows = side_by_side(&SETTINGS, |_, setting| Row::new(*setting, &extent));
    let mut rows: Vec<Row> = rows.into_iter().flatten().collect();
    let sample = extent == Extent::Sample;
    let kills: Vec<Kill> = rows.iter().enumerate().flat_map(|(at, row)| row.kills(at, sample)).collect();
    let broken = sweep(&mut rows, &kills, "kill");
    println!("{}", table(&rows));
    for row in rows.iter().filter(|row| !row.unfired.is_empty()) {
        println!("{}: never came to {:?}", row.setting.name, row.unfired);
    }
    assert!(broken.is_empty(), "{} broken\n\n{}\n", broken.len(), broken.join("\n"));
    let killed: usize = rows.iter().map(|row| row.killed.len()).sum();
    let second: usize = rows.iter().map(|row| row.second).sum();
    let wanted: usize = rows.iter().map(|row| row.wanted).sum();
    match extent {
        Extent::Single { .. } => assert_eq!(killed, 1, "the kill did not fire"),
        Extent::Sample => {
            assert!(rows.iter().all(|row| row.unfired.is_empty()), "a kill that does not fire proves nothing");
            assert!(killed >= KILLED_MIN, "only {killed} points were killed");
            assert!(second * 2 >= wanted, "only {second} of {wanted} recoveries were killed");
        }
        Extent::Whole => {
            let short = |row: &&Row| row.reached() * 100 < row.points.len() * COVERAGE;
            let short: Vec<&str> = rows.iter().filter(short).map(|row| row.setting.name).collect();
            assert!(short.is_empty(), "less than {COVERAGE} % of the points were killed: {short:?}");
            assert!(second * 2 >= wanted, "only {second} of {wanted} recoveries were killed");
        }
    }
}
