//! Every limit, at it, below it and above it; and that nothing which was taken on is lost to one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::call::Answer;
use super::{PLAN, Server};
use crate::cli::Bench;

/// A service that was set so.
fn set(settings: &str) -> Server {
    let bench = Bench::new();
    bench.write("retake.toml", settings);
    Server::start(bench, &[])
}

/// Sends exactly these bytes, and reads whatever comes back.
fn said(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // Who is refused by the head alone may be hung up on before all is sent.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

fn status(answer: &[u8]) -> u16 {
    std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap()
}

/// A plan of exactly so many bytes.
fn plan_of(bytes: usize) -> String {
    let plan = format!("{PLAN}#");
    let rest = bytes - plan.len();
    plan + &"x".repeat(rest)
}

/// How much memory a service has in use, in bytes.
fn resident(server: &Server) -> u64 {
    let told = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = told.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn a_request_names_its_host_once() {
    let server = Server::new();
    let ask = |hosts: &str| format!("GET /healthz HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
    let ours = format!("Host: {}\r\n", server.at);
    for (hosts, expected) in [
        (ours.clone(), 200),
        (format!("{ours}{ours}"), 400),
        (format!("{ours}Host: evil.example\r\n"), 400),
        (String::new(), 400),
    ] {
        let answer = said(&server, ask(&hosts).as_bytes());
        assert_eq!(status(&answer), expected, "{hosts:?}: {}", String::from_utf8_lossy(&answer));
    }
}

#[test]
fn a_head_has_16_kib_and_a_plan_one_mib_and_no_byte_more() {
    let server = Server::new();
    for (bytes, expected) in [((16 << 10) - 1, 200), (16 << 10, 200), ((16 << 10) + 1, 431), (100 << 20, 431)] {
        let start = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nX: ", server.at);
        let head = format!("{start}{}\r\n\r\n", "x".repeat(bytes - start.len() - 4));
        let answer = said(&server, head.as_bytes());
        // Whoever goes on sending after the answer may not get to read it.
        assert!(answer.is_empty() && bytes > 1 << 20 || status(&answer) == expected, "{bytes}: {}", answer.len());
    }
    for (bytes, expected) in [((1 << 20) - 1, 202), (1 << 20, 202), ((1 << 20) + 1, 413)] {
        let post = |path: &str| server.call("POST", path).body("application/yaml", plan_of(bytes)).send().status;
        assert_eq!(post("/api/runs"), expected, "{bytes}");
    }
    // One that does not say how long it is is counted.
    let piece = format!("{:x}\r\n{}\r\n0\r\n\r\n", (1 << 20) + 1, plan_of((1 << 20) + 1));
    let head = format!(
        "POST /api/runs HTTP/1.1\r\nHost: {}\r\nContent-Type: application/yaml\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        server.at
    );
    assert_eq!(status(&said(&server, (head + &piece).as_bytes())), 413);
    let large = |bytes: u64| server.call("POST", "/api/files").header("Content-Length", &bytes.to_string()).send();
    assert_eq!(large((512 << 20) + 1).is(413).says("too-large").json()["status"], 413);
}

#[test]
fn what_nests_without_end_is_refused_early_and_costs_nothing() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    server.ended(&run);
    let before = resident(&server);
    let deep = "[".repeat(1_000_000);
    let half = 500_000;
    let bodies = [
        deep.clone(),
        format!("{}{}", "[".repeat(half), "]".repeat(half)),
        "{\"a\":".repeat(200_000),
        format!("{{\"plans\": {}{}}}", "[".repeat(half), "]".repeat(half)),
        format!("{{\"mode\": \"single\", \"prompt\": \"x\", \"context\": {}{}}}", "[".repeat(half), "]".repeat(half)),
        "- ".repeat(400_000),
        "a: &a [*a, *a]\n".to_owned(),
    ];
    let deed = |deed: &str| format!("/api/runs/{run}/{deed}");
    let paths = ["/api/runs", "/api/quotes", "/api/batches", "/api/workflows/generate-video"].map(str::to_owned);
    for path in paths.into_iter().chain(["budget", "redo", "pick", "resolve", "retry"].map(deed)) {
        for kind in ["application/json", "application/yaml"] {
            for body in &bodies {
                let answer = server.call("POST", &path).body(kind, body).send();
                let expected = [400, 409, 413, 415, 422];
                assert!(expected.contains(&answer.status), "{path} {kind}: {}\n{}", answer.status, answer.text());
            }
        }
    }
    let grown = resident(&server).saturating_sub(before);
    assert!(grown < 64 << 20, "it has grown by {grown} bytes");
    server.get("/readyz").is(200);
}

#[test]
fn an_address_that_guesses_tokens_waits_and_is_let_in_again() {
    let bench = Bench::new();
    bench.write("retake.toml", "[serve]\nwrong_tokens = \"20/min\"\n");
    let new = || bench.run(&["token", "new", "ann", "--budget", "5"]).is(0).data.trim().to_owned();
    let (known, later) = (new(), new());
    let server = Server::start(bench, &[]);
    let show = |token: &str| server.call("GET", "/api/runs").token(token).send();
    show(&known).is(200);
    for n in 0..20 {
        show(&format!("rtk_{n:012x}_AAAA")).is(401).says("unauthorized");
    }
    let told = show("rtk_000000000000_AAAA").is(429).says("too-many");
    let wait: u64 = told.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3).contains(&wait), "{wait}");
    // Whoever was right before is not locked out by their neighbour, and whoever shows nothing guesses nothing.
    show(&known).is(200);
    server.call("GET", "/api/runs").send().is(401);
    server.get("/healthz").is(200);
    let form = server.call("POST", "/signin").body("application/x-www-form-urlencoded", "token=rtk_0_0").send();
    form.is(429);
    // A right one is let in as soon as a mistake is forgiven.
    let statuses = (0..1_000_000).map(|_| show(&later).status).find(|status| *status != 429);
    assert_eq!(statuses, Some(200));
}

#[test]
fn an_address_has_its_share_of_connections_and_no_more() {
    let server = set("[serve]\nconnections = 8\nconnections_per_address = 4\n");
    let mut held: Vec<TcpStream> = Vec::new();
    let ask = |stream: &mut TcpStream| {
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let _ = stream.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.at).as_bytes());
        // All of the answer: what is left of it would look like the next one.
        let mut reader = BufReader::new(&*stream);
        let lines = reader.by_ref().lines().map_while(Result::ok).take_while(|line| !line.is_empty());
        let lengths = lines.filter_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let length: Option<u64> = lengths.last();
        length.is_some_and(|length| reader.take(length).bytes().count() as u64 == length)
    };
    // Whoever comes is let in: of those who were answered and ask nothing more, the first has to leave.
    for n in 0..6 {
        let mut stream = TcpStream::connect(server.at).unwrap();
        assert!(ask(&mut stream), "connection {n}");
        held.push(stream);
    }
    let kept: Vec<bool> = held.iter_mut().map(ask).collect();
    assert_eq!(kept, [false, false, true, true, true, true]);
}

/// A film that needs some time, and another each time.
fn long(n: usize) -> String {
    let scenes: String =
        (0..4).map(|scene| format!("  - {{id: s{scene}, still: Harbour {n} {scene}, seconds: 1}}\n")).collect();
    format!("film: Long {n}\nsize: 160x90\nscenes:\n{scenes}")
}

fn post(server: &Server, n: usize) -> Answer {
    server
        .call("POST", "/api/runs")
        .header("Idempotency-Key", &format!("k{n}"))
        .body("application/yaml", long(n))
        .send()
}

#[test]
fn a_full_queue_says_so_and_loses_nothing_that_it_took() {
    let server = set("[serve]\nqueue = 3\n");
    let many = |count: usize, from: usize| json!({"plans": (0..count).map(|n| long(from + n)).collect::<Vec<_>>()});
    server.call("POST", "/api/batches").json(&many(4, 100)).send().is(429).says("queue-full");
    let taken: Vec<String> =
        (0..3).map(|n| post(&server, n).is(202).json()["run"].as_str().unwrap().to_owned()).collect();
    let told = post(&server, 3).is(429).says("queue-full");
    assert!(told.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
    assert!(told.json()["hint"].as_str().unwrap().contains("again"));
    server.call("POST", "/api/batches").json(&many(1, 200)).send().is(429).says("queue-full");
    // A wish that was met needs no room, and one whose key was used for another is none.
    assert_eq!(post(&server, 0).is(202).json()["run"], *taken[0]);
    let other = server.call("POST", "/api/runs").header("Idempotency-Key", "k0").body("application/yaml", PLAN).send();
    other.is(422).says("key-reused");
    server.get("/readyz").is(200);
    let server = server.killed();
    for run in &taken {
        assert_eq!(server.ended(run)["status"], "completed");
    }
    let run = post(&server, 3).is(202).json()["run"].as_str().unwrap().to_owned();
    assert_eq!(server.ended(&run)["status"], "completed");
    assert_eq!(
        server.get("/api/runs").is(200).json()["runs"].as_array().unwrap().len(),
        4,
        "what was refused is not there"
    );
}

#[test]
fn many_that_come_at_once_find_as_much_room_as_there_is() {
    let server = set("[serve]\nqueue = 5\n");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let send = |n| {
            let server = &server;
            scope.spawn(move || post(server, n).status)
        };
        let calls: Vec<_> = (0..24).map(send).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    let listed = server.get("/api/runs").is(200).json()["runs"].as_array().unwrap().len();
    assert_eq!((count(202), count(202) + count(429)), (listed, 24), "{statuses:?}");
    // Whoever ended meanwhile has made room.
    let ended = server.get("/api/runs?status=completed").is(200).json()["runs"].as_array().unwrap().len();
    assert!(listed - ended <= 5 && listed >= 5, "{listed} {ended}");
}

#[test]
fn a_disk_without_room_takes_nothing_on_and_goes_on_with_what_there_is() {
    let server = Server::new();
    let run = server.post_plan(&long(1));
    server.bench.write("retake.toml", "[serve]\ndisk_reserve_mb = 4000000000\n");
    let server = server.killed();
    let told = server.call("POST", "/api/runs").body("application/yaml", PLAN).send().is(507).says("full");
    assert!(told.json()["hint"].as_str().unwrap().contains("retake gc"), "{}", told.text());
    server.call("POST", "/api/batches").json(&json!({"plans": [PLAN]})).send().is(507).says("full");
    let ready = server.get("/readyz").is(503).says("not-ready");
    assert!(ready.text().contains("MB"), "{}", ready.text());
    server.get("/healthz").is(200);
    assert_eq!(server.ended(&run)["status"], "completed");
    server.get(&format!("/api/runs/{run}/film")).is(200);
    assert_ne!(server.get("/api/runs").is(200).json()["runs"], Value::Array(Vec::new()));
}
