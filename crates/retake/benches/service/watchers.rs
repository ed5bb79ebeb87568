//! Very many who watch one run: how long it takes until the last of them knows what has happened.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::stage::{Stage, plan};
use crate::{run_of, share};

/// How many watch.
const WATCHERS: usize = 500;
/// How many things happen.
const EVENTS: u32 = 40;
/// The word of the event that is waited for.
const WORD: &[u8] = b"\"event\":\"cap-set\"";

/// Watches, and says when it has heard of each change of the cap.
async fn watch(at: std::net::SocketAddr, run: String, heard: UnboundedSender<Option<Instant>>) {
    let mut line = TcpStream::connect(at).await.unwrap();
    let ask = format!("GET /api/runs/{run}/events HTTP/1.1\r\nHost: {at}\r\n\r\n");
    line.write_all(ask.as_bytes()).await.unwrap();
    let (mut rest, mut some) = (Vec::new(), vec![0; 16 << 10]);
    let mut is_there = false;
    loop {
        let Some(read) = line.read(&mut some).await.ok().filter(|read| *read > 0) else { return };
        if !is_there {
            is_there = true;
            heard.send(None).unwrap();
        }
        rest.extend_from_slice(&some[..read]);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            if line.windows(WORD.len()).any(|word| word == WORD) {
                heard.send(Some(Instant::now())).unwrap();
            }
        }
    }
}

pub(crate) fn measure() {
    let stage = Stage::new(1);
    let mut client = stage.client();
    let run = run_of(&client.post("/api/runs", "application/yaml", &plan("Watched", 6)).unwrap().body);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (heard, mut hears) = unbounded_channel();
    let (at, path) = (stage.at, format!("/api/runs/{run}/budget"));
    let before = stage.memory();
    // The watchers have a thread of their own, as the one who does something has.
    let watchers = std::thread::spawn(move || {
        runtime.block_on(async move {
            let all: Vec<_> = (0..WATCHERS).map(|_| tokio::spawn(watch(at, run.clone(), heard.clone()))).collect();
            drop(heard);
            for one in all {
                let _ = one.await;
            }
        });
    });
    for _ in 0..WATCHERS {
        assert_eq!(hears.blocking_recv().unwrap(), None);
    }
    let (mut last, mut told) = (Vec::new(), Vec::new());
    for event in 0..EVENTS {
        std::thread::sleep(Duration::from_millis(100));
        let start = Instant::now();
        let body = format!("{{\"usd\": \"{}\"}}", 100 + event);
        let answer = client.post(&path, "application/json", &body).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        let answered = Instant::now();
        let heard: Vec<Instant> = (0..WATCHERS).map(|_| hears.blocking_recv().unwrap().unwrap()).collect();
        let (first, latest) = (*heard.iter().min().unwrap(), *heard.iter().max().unwrap());
        // It has happened when it is on the disk: at the latest when anybody is told.
        told.push(latest.saturating_duration_since(first.min(answered)));
        last.push(latest.saturating_duration_since(start));
    }
    let grown = stage.memory() - before;
    println!(
        "{WATCHERS} watchers of a run: from an event to the last of them median {:.0} ms, p99 {:.0} ms (goal 250); with the \
         wait for the disk before it {:.0} and {:.0} ms; {grown:.0} MiB for them",
        share(&mut told.clone(), 500),
        share(&mut told, 990),
        share(&mut last.clone(), 500),
        share(&mut last, 990)
    );
    drop(stage);
    let _ = watchers.join();
}
