//! Very many connections that say nothing, or say it slowly, and whether anybody else notices.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::share;
use crate::stage::Stage;

/// How many there are.
const SOCKETS: usize = 2_000;
/// How long they are held against the service: whoever is hung up on comes again.
const WHILE: Duration = Duration::from_secs(25);
/// After how long all of them are really there: each was taken in, and most have come again once.
const SETTLED: Duration = Duration::from_secs(12);
/// How often somebody asks whether it is well.
const EVERY: Duration = Duration::from_millis(20);

/// One of them, of a kind.
fn slow(stage: &Stage, kind: usize) -> Option<TcpStream> {
    let mut line = TcpStream::connect(stage.at).ok()?;
    let host = stage.at;
    let said = match kind % 5 {
        0 => String::new(),
        1 => "GET /healthz HT".into(),
        2 => format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-Slow: "),
        3 => format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        _ => format!(
            "POST /api/runs HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/yaml\r\nContent-Length: 1000\r\n\r\nf"
        ),
    };
    line.write_all(said.as_bytes()).ok()?;
    line.set_nonblocking(true).ok()?;
    Some(line)
}

/// Whether the service has hung up.
fn is_gone(line: &mut TcpStream) -> bool {
    let mut some = [0; 1024];
    match line.read(&mut some) {
        Ok(0) => true,
        Ok(_) => false,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

/// Asks whether the service is well, each time by a new connection; says how long that took, and how often nobody answered.
fn well(stage: &Stage, over: &AtomicBool) -> (Vec<Duration>, usize) {
    let (mut times, mut lost) = (Vec::new(), 0);
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        match Client::new(stage.at).get("/healthz") {
            Some(answer) if answer.status == 200 => times.push(start.elapsed()),
            _ => lost += 1,
        }
        std::thread::sleep(EVERY);
    }
    (times, lost)
}

pub(crate) fn measure() {
    let stage = Stage::new(1);
    stage.client().get("/healthz").unwrap();
    let (before, over) = (stage.memory(), AtomicBool::new(false));
    let (mut full, mut again) = (0.0, 0);
    let (mut times, lost) = std::thread::scope(|scope| {
        let asking = scope.spawn(|| well(&stage, &over));
        let mut lines: Vec<Option<TcpStream>> = (0..SOCKETS).map(|kind| slow(&stage, kind)).collect();
        let start = Instant::now();
        while start.elapsed() < WHILE {
            for (kind, line) in lines.iter_mut().enumerate() {
                if line.as_mut().is_none_or(is_gone) {
                    (*line, again) = (slow(&stage, kind), again + 1);
                }
            }
            if full == 0.0 && start.elapsed() > SETTLED {
                full = stage.memory();
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        over.store(true, Ordering::Relaxed);
        asking.join().unwrap()
    });
    let after = stage.memory();
    let asked = times.len() + lost;
    times.extend(std::iter::repeat_n(Duration::MAX, lost));
    println!(
        "{SOCKETS} idle or slow sockets (hung up on and back {again} times): /healthz p99 {:.0} ms of {asked}, {lost} lost (goal 200); \
         memory {before:.0} MiB before, {full:.0} half-way, {after:.0} at the end",
        share(&mut times, 990)
    );
}
