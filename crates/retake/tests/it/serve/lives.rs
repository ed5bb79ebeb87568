//! Watching a run, and what becomes of it when the service ends, in whatever way.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use super::{PLAN, Server};

/// The events of a run after one of them, until this one is told.
fn watched(server: &Server, run: &str, after: u64, until: &str) -> Vec<Value> {
    let mut stream = TcpStream::connect(server.at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let ask = format!("GET /api/runs/{run}/events HTTP/1.1\r\nHost: {}\r\nLast-Event-ID: {after}\r\n\r\n", server.at);
    stream.write_all(ask.as_bytes()).unwrap();
    let mut events = Vec::new();
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap();
        if let Some(data) = line.strip_prefix("data: ") {
            let event: Value = serde_json::from_str(data).unwrap();
            let is_last = event["event"] == until;
            events.push(event);
            if is_last {
                break;
            }
        }
    }
    events
}

#[test]
fn a_run_is_watched_without_a_gap_and_again_from_any_event() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    let all = watched(&server, &run, 0, "ended");
    let seqs: Vec<u64> = all.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    let after = seqs.len() as u64 / 2;
    assert_eq!(watched(&server, &run, after, "ended"), all[usize::try_from(after).unwrap()..]);
    server.get("/api/runs/01a2007c-8402-700a-be1e-fad219984a53/events").is(404).says("not-found");
}

#[test]
fn a_run_goes_on_after_a_power_cut_with_nobody_asking() {
    let mut server = Server::new();
    let scenes: String =
        (0..12).map(|n| format!("  - {{id: s{n}, still: A harbour number {n}, seconds: 1}}\n")).collect();
    let run = server.post_plan(&format!("film: Many\nsize: 160x90\nscenes:\n{scenes}"));
    for _ in 0..3 {
        watched(&server, &run, 0, "kept");
        server = server.killed();
    }
    let told = server.ended(&run);
    assert_eq!(told["status"], "completed", "{told}");
}

#[test]
fn a_wish_to_end_is_followed_in_time_and_nothing_is_lost() {
    let mut server = Server::new();
    let scenes: String =
        (0..12).map(|n| format!("  - {{id: s{n}, still: A harbour number {n}, seconds: 1}}\n")).collect();
    let run = server.post_plan(&format!("film: Many\nsize: 160x90\nscenes:\n{scenes}"));
    let pid = rustix::process::Pid::from_child(&server.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    let server = server.killed();
    assert_eq!(server.ended(&run)["status"], "completed");
}

#[test]
fn the_command_line_hands_its_plan_to_the_service() {
    let server = Server::new();
    server.bench.write("film.yaml", PLAN);
    let said = server.bench.run(&["run", "film.yaml"]).is(0).tells(&["handed to process"]);
    assert!(said.data.contains("complete"), "{}", said.data);
    let runs = server.get("/api/runs").is(200).json();
    assert_eq!(
        (runs["runs"][0]["film"].as_str(), runs["runs"][0]["status"].as_str()),
        (Some("Two cards"), Some("completed"))
    );
    let film = server.get(&format!("/api/runs/{}/film", runs["runs"][0]["run"].as_str().unwrap())).is(200).body;
    assert_eq!(film, std::fs::read(server.bench.path("out/film.mp4")).unwrap());
    // A second service is told who has it.
    let second = server.bench.run(&["serve", "--listen", "127.0.0.1:0"]);
    second.is(2).tells(&[&format!("process {}", server.child.id()), "hint:"]);
}

#[test]
fn a_run_is_cancelled_retried_and_its_cap_is_set() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    server.ended(&run);
    let deed = |deed: &str, body: Value| server.call("POST", &format!("/api/runs/{run}/{deed}")).json(&body).send();
    assert_eq!(deed("budget", serde_json::json!({"usd": "7.50"})).is(200).json()["cost"]["cap_usd"], "7.500000");
    deed("budget", serde_json::json!({"usd": "1e3"})).is(400).says("invalid-request");
    deed("retry", Value::Null).is(409).says("conflict");
    deed("redo", serde_json::json!({"what": "none"})).is(409).says("conflict");
    deed("redo", serde_json::json!({"what": "one"})).is(200);
    assert_eq!(server.ended(&run)["status"], "completed");
    deed("resolve", serde_json::json!({"take": "one/image/1"})).is(400).says("invalid-request");
    deed("resolve", serde_json::json!({"take": "one/image/1", "resend": true})).is(409).says("conflict");
    server.call("POST", &format!("/api/runs/{run}/cancel")).send().is(409).says("conflict");
    server.call("DELETE", &format!("/api/runs/{run}")).send().is(405).says("no-such-method");
}
