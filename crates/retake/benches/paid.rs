//! What waiting for paid work costs: `make bench`.
//!
//! The real program against a server that plays the providers, in this process. How long a film takes is held against the
//! best that three hands could do with the very takes that the server saw, and against batches of three.

#![expect(
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "it measures the program, by the clock, and tells"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use retake_rehearsal::{Kind, Line, Options, PROVIDERS, Pace, Script, Server, key};

/// How many takes are in flight at once.
const HANDS: usize = 3;
/// How often the program asks.
const POLL_MS: u64 = 100;

fn server(folder: &Path, script: &str, work: Duration, slots: u32) -> Server {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut pace = Pace::quick();
    pace.work.insert(Kind::Video, work);
    (pace.jitter_permille, pace.slots) = (500, slots);
    let script = Script::read(script).unwrap();
    let folder = folder.join("providers");
    std::fs::create_dir_all(&folder).unwrap();
    Server::start(Options { folder, listen, script, pace, seed: 1, ffmpeg: "ffmpeg".into() }).unwrap()
}

/// A film of so many clips, each of another picture's words.
fn plan(clips: usize, concurrency: usize) -> String {
    let mut plan = format!(
        "film: Clips\nsize: 320x180\nbudget: 1000\nconcurrency: {concurrency}\nvideo: [seedance-lite]\nscenes:\n"
    );
    for clip in 0..clips {
        let _ = writeln!(plan, "  - {{shot: 'Clip number {clip}', seconds: 1}}");
    }
    plan
}

fn settings(server: &Server, poll_ms: u64, submissions: usize) -> String {
    let mut text = format!("[limits]\nsubmissions = {submissions}\naccount_usd = \"5000\"\nday_usd = \"5000\"\n");
    let _ = writeln!(text, "[egress]\nallow = {:?}", server.egress());
    for name in PROVIDERS {
        let address = server.base_url(name);
        let _ = writeln!(
            text,
            "[providers.{name}]\nbase_url = {address:?}\npoll_every = \"{poll_ms}ms\"\nconcurrency = {submissions}\n\
             rate = \"100000/min\"\nrequest_timeout = \"20s\""
        );
    }
    text + "[retry.video]\nfirst_delay = \"1ms\"\njitter = false\ntimeout = \"30m\"\n"
}

fn start(folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_retake"));
    command.args(["run", "film.yaml", "--yes", "--json"]).current_dir(folder);
    command.env("REPLICATE_API_TOKEN", key("replicate")).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// What one take filled a hand with, in milliseconds, in the order of acceptance.
fn lengths(lines: &[&Line]) -> Vec<u64> {
    lines.iter().map(|line| line.ended.unwrap_or(line.accepted).saturating_sub(line.accepted)).collect()
}

/// How long so many hands need that take the next whenever one is free. Nobody can take up again what has not failed yet.
fn greedy(lines: &[&Line]) -> u64 {
    let (mut hands, mut tried) = ([0_u64; HANDS], HashMap::new());
    for (line, length) in lines.iter().zip(lengths(lines)) {
        let hand = hands.iter_mut().min().unwrap();
        let known = tried.get(&line.prompt).copied().unwrap_or(0);
        *hand = known.max(*hand) + length;
        tried.insert(&line.prompt, *hand);
    }
    hands.into_iter().max().unwrap_or(0)
}

/// How long it takes where three are begun, and all three are waited for.
fn batches(lengths: &[u64]) -> u64 {
    lengths.chunks(HANDS).map(|batch| batch.iter().max().copied().unwrap_or(0)).sum()
}

/// From the first acceptance to the last end, against the best there could be. The shortest work takes twenty times as
/// long as it takes until somebody asks again, the longest sixty times.
fn makespan(clips: usize) {
    let folder = tempfile::tempdir().unwrap();
    let script = "rules:\n  - {at: poll, share: 20%, model: '*seedance*', do: {status: 503}}\n  - {at: submit, every: 5, kind: video, do: fail}\n";
    let server = server(folder.path(), script, Duration::from_millis(40 * POLL_MS), 64);
    std::fs::write(folder.path().join("retake.toml"), settings(&server, POLL_MS, 8)).unwrap();
    std::fs::write(folder.path().join("film.yaml"), plan(clips, HANDS)).unwrap();
    start(folder.path()).wait().unwrap();
    let bill = server.bill();
    let mut lines: Vec<&Line> = bill.jobs.iter().filter(|line| line.kind == Kind::Video).collect();
    lines.sort_by_key(|line| line.accepted);
    let first = lines.first().map_or(0, |line| line.accepted);
    let last = lines.iter().filter_map(|line| line.ended).max().unwrap_or(0);
    let (took, all) = (last.saturating_sub(first), lengths(&lines));
    let (best, usual) = (greedy(&lines), batches(&all));
    let ratio = |of: u64| took as f64 / of.max(1) as f64;
    println!(
        "{clips:>3} clips, {} takes, {HANDS} at once: {:.1} s; the best {HANDS} hands could do {:.1} s: {:.3} of it; \
         batches of {HANDS} {:.1} s: {:.2} of it",
        lines.len(),
        took as f64 / 1e3,
        best as f64 / 1e3,
        ratio(best),
        usual as f64 / 1e3,
        ratio(usual)
    );
}

/// Memory in MiB and processor time in seconds of a process.
fn state(process: u32) -> Option<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kb: f64 =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some((kb / 1024.0, (ticks(11)? + ticks(12)?) / 100.0))
}

/// A thousand scenes that wait for slow work, in one process.
fn waiting(scenes: usize) {
    let folder = tempfile::tempdir().unwrap();
    let server = server(folder.path(), "rules: []\n", Duration::from_secs(3_600), 100_000);
    std::fs::write(folder.path().join("retake.toml"), settings(&server, 2_000, scenes)).unwrap();
    std::fs::write(folder.path().join("film.yaml"), plan(scenes, scenes)).unwrap();
    let mut child = start(folder.path());
    let begun = Instant::now();
    while server.bill().taken() < scenes && begun.elapsed() < Duration::from_secs(600) {
        std::thread::sleep(Duration::from_millis(500));
    }
    let asked = || server.bill().asked("replicate", "poll");
    std::thread::sleep(Duration::from_secs(10));
    let (from, polls) = (state(child.id()), asked());
    let start = Instant::now();
    std::thread::sleep(Duration::from_secs(30));
    let (to, seconds) = (state(child.id()), start.elapsed().as_secs_f64());
    let polls = asked() - polls;
    child.kill().unwrap();
    child.wait().unwrap();
    let (Some((_, before)), Some((mib, after))) = (from, to) else { return println!("the process is gone") };
    println!(
        "{} scenes wait, each asked about every 2 s: {mib:.0} MiB, {:.1} % of one core ({:.0} questions a second, {:.2} ms each)",
        server.bill().taken(),
        (after - before) * 100.0 / seconds,
        polls as f64 / seconds,
        (after - before) * 1e3 / polls.max(1) as f64
    );
}

/// All of it, or what is named: `makespan`, `waiting`.
fn main() {
    let named: Vec<String> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    let is_wanted = |name: &str| named.is_empty() || named.iter().any(|one| one == name);
    if is_wanted("makespan") {
        makespan(6);
        makespan(60);
    }
    if is_wanted("waiting") {
        waiting(1_000);
    }
}
