//! Accepting an order, and cancelling it: what changes the book under one lock.
//!
//! Owns when a job begins, what it will cost and how it will end. All of it is decided here, once, and written down
//! before anybody hears of it.

use std::io;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::desk::{Desk, World, store};
use crate::bill::{Book, Entry};
use crate::clock;
use crate::faults::{CostLie, HookLie};
use crate::jobs::{Fate, Job, Kind, Order, begin};
use crate::prices::{self, Written};
use crate::wire::fields::hex;
use crate::wire::{Submission, Wire};

/// How many jobs a server takes.
pub(super) const JOBS_MOST: usize = 100_000;
/// The largest order that is held in memory and in the log.
const HELD_BYTES: usize = 8 << 10;
/// How much of a prompt is held where the order is not.
const PROMPT_CHARS: usize = 1000;
/// A model that was idle for this long starts cold.
const WARM_MS: u64 = 60_000;

/// What goes wrong about a job.
#[derive(Debug, Clone)]
pub(super) struct Twist {
    pub(super) fate: Fate,
    pub(super) price_permille: u32,
    pub(super) cost_lie: Option<CostLie>,
    pub(super) hook_lie: Option<HookLie>,
    pub(super) work: Option<Duration>,
}

impl Default for Twist {
    fn default() -> Self {
        Self { fate: Fate::Succeed, price_permille: 1000, cost_lie: None, hook_lie: None, work: None }
    }
}

/// The hash by which submissions of the same prompt to the same model are counted.
pub(super) fn prompt_hash(order: &Order) -> String {
    hash(&[&order.provider, &order.model, &order.prompt])
}

/// The hash of several texts, in which no two lists are alike.
pub(super) fn hash(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(u64::try_from(part.len()).unwrap_or(0).to_be_bytes());
        digest.update(part.as_bytes());
    }
    hex(&digest.finalize()[..16])
}

/// Accepts an order, and says whether that made a new job. None, where there are too many.
pub(super) fn accept(
    desk: &Desk,
    wire: &dyn Wire,
    submission: &Submission,
    take: u32,
    twist: &Twist,
) -> io::Result<Option<(Job, bool)>> {
    let world = &desk.world;
    let order = &submission.order;
    let same = hash(&[&order.provider, &order.model, &order.input.to_string()]);
    // What depends on how long it is, is made before it is charged.
    let made = prices::needs_made(order).then(|| desk.make(order).ok()).flatten();
    let written = made.map_or_else(Written::default, |made| Written {
        bytes: made.bytes.len(),
        millis: made.seconds_millis.unwrap_or(0),
    });
    let price = prices::price_of(order, written).saturating_mul(u64::from(twist.price_permille)) / 1000;
    let (held, filed) = hold(world, order)?;

    let mut book = world.book();
    if let (true, Some(ticket)) = (submission.once, &submission.ticket) {
        let running = book.ticket(&order.provider, ticket).filter(|job| !job.state(clock::now()).is_over());
        if let Some(job) = running {
            return Ok(Some((job.clone(), false)));
        }
    }
    let count = book.jobs().len();
    if count >= JOBS_MOST {
        return Ok(None);
    }
    let no = u64::try_from(count).unwrap_or(u64::MAX);
    let random = Sha256::digest(format!("{}/{}/{no}", world.seed, order.provider)).into();
    let now = clock::now();
    let ready = now + clock::millis(world.pace.queue) + cold_start(world, &mut book, order, now);
    let ahead = book.ahead(&order.provider, &order.model, now);
    let job = Job {
        no,
        ticket: submission.ticket.clone().unwrap_or_else(|| wire.ticket(&random)),
        order: held,
        filed,
        repeats: book.same(&same).map(|job| job.ticket.clone()),
        same,
        take,
        accepted: now,
        ready,
        starts: begin(ready, ahead.into_iter(), world.pace.slots),
        work_ms: twist.work.map_or_else(|| work(world, order.kind, &random), clock::millis),
        deadline: submission.deadline_ms.map(|after| now.saturating_add(after)),
        begin_by: submission.begin_ms.map(|after| now.saturating_add(after)),
        fate: twist.fate.clone(),
        price,
        cost_lie: twist.cost_lie,
        hook: submission.hook.clone().map(|hook| crate::jobs::Hook { lie: twist.hook_lie, ..hook }),
        cancelled: None,
        fetched: None,
        deleted: false,
    };
    let upto = world.note(&mut book, Entry::Accepted(Box::new(job.clone())))?;
    drop(book);
    world.log.sync(upto)?;
    if job.hook.is_some() {
        world.bell.notify_one();
    }
    Ok(Some((job, true)))
}

/// The order as it is held, and the file that holds all of a large one.
fn hold(world: &World, order: &Order) -> io::Result<(Order, Option<String>)> {
    let whole = serde_json::to_vec(order)?;
    if whole.len() <= HELD_BYTES {
        return Ok((order.clone(), None));
    }
    let name = hex(&Sha256::digest(&whole));
    store(&world.order_file(&name), &whole, false)?;
    let mut held = Order::new(&order.provider, &order.model, order.kind, "");
    held.prompt = order.prompt.chars().take(PROMPT_CHARS).collect();
    Ok((Order { images: order.images, seconds_millis: order.seconds_millis, ..held }, Some(name)))
}

fn cold_start(world: &World, book: &mut Book, order: &Order, now: u64) -> u64 {
    let of_model = |job: &&Job| job.order.provider == order.provider && job.order.model == order.model;
    let last = book.jobs().iter().rev().take(1000).find(of_model);
    if last.is_some_and(|job| job.ends().saturating_add(WARM_MS) > now) {
        0
    } else {
        clock::millis(world.pace.cold_start)
    }
}

/// How long the work takes: the usual time, more or less.
fn work(world: &World, kind: Kind, random: &[u8; 32]) -> u64 {
    let usual = clock::millis(world.pace.work(kind));
    let span = usual.saturating_mul(u64::from(world.pace.jitter_permille)) / 1000;
    let dice = u64::from(u32::from_be_bytes([random[28], random[29], random[30], random[31]]));
    (usual + dice % (2 * span + 1)).saturating_sub(span)
}

/// Cancels a job, if it is not over, and lets those behind it move up.
pub(super) fn cancel(world: &World, book: &mut Book, no: u64) -> io::Result<u64> {
    let now = clock::now();
    let Some(job) = book.job(no).filter(|job| !job.state(now).is_over()).cloned() else { return Ok(0) };
    let live = book.live(&job.order.provider, &job.order.model);
    let mut ahead = Vec::new();
    let mut moved = Vec::new();
    let others = live.iter().filter(|other| **other != no).filter_map(|other| book.job(*other));
    // What is over is history: nothing moves it.
    for other in others.filter(|other| !other.state(now).is_over()) {
        let mut span = crate::jobs::Span { starts: other.starts, ends: other.ends() };
        if other.starts > now {
            let starts = begin(other.ready.max(now), ahead.iter().copied(), world.pace.slots);
            if starts < other.starts {
                moved.push((other.no, starts));
                span = crate::jobs::Span { starts, ends: starts.saturating_add(other.work_ms) };
            }
        }
        ahead.push(span);
    }
    world.note(book, Entry::Cancelled { no, at: now, moved })
}
