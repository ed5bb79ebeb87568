//! Who is let in at all: other sites, other names, those who say nothing, and ids that are none.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use super::{PLAN, Server};
use crate::cli::Bench;

/// More than may be connected from one address.
const MANY: usize = 800;

#[test]
fn pages_of_other_sites_and_other_names_get_nothing() {
    let server = Server::new();
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1", "[::2]"] {
        server.call("GET", "/api/runs").header("Host", host).send().is(403).says("forbidden");
    }
    let ours = server.at.to_string();
    let post = || server.call("POST", "/api/runs").body("application/yaml", PLAN);
    for origin in ["http://evil.example", "null", &format!("http://{ours}.evil.example"), "https://127.0.0.1"] {
        post().header("Origin", origin).send().is(403).says("forbidden");
    }
    for site in ["cross-site", "same-site"] {
        post().header("Sec-Fetch-Site", site).send().is(403).says("forbidden");
    }
    post().header("Origin", &format!("http://{ours}")).header("Sec-Fetch-Site", "same-origin").send().is(202);
    // What a browser may send anywhere without asking is no plan here.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        server.call("POST", "/api/runs").body(kind, PLAN).send().is(415);
    }
    let answer = server.get("/api/runs").is(200);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "deny"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    assert!(answer.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'")));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn others_are_served_only_where_tokens_are_needed() {
    let bench = Bench::new();
    bench.run(&["serve", "--listen", "0.0.0.0:0"]).is(4).tells(&["nobody needs a token", "retake token new"]);
    bench.run(&["token", "new", "ann", "--budget", "5"]).is(0);
    let server = Server::start(bench, &["--listen", "0.0.0.0:0"]);
    server.call("GET", "/api/runs").send().is(401).says("unauthorized");
    server.call("GET", "/healthz").header("Host", "films.example.org").send().is(200);
}

#[test]
fn what_is_no_id_is_the_id_of_nothing() {
    let server = Server::new();
    let ids = ["..", "%2e%2e", "%2e%2e%2fservice.db", "..%252f..", "%00", "/etc/passwd", "01A2", "-", "%ff%fe"];
    for id in ids {
        for path in [
            format!("/api/runs/{id}"),
            format!("/api/runs/{id}/film"),
            format!("/api/artifacts/{id}"),
            format!("/api/batches/{id}"),
        ] {
            let answer = server.get(&path);
            assert!([404, 400].contains(&answer.status), "{path}: {}", answer.status);
        }
    }
    server.get("/api/workflows/status?runId=../x").is(404);
    server.get("/api/workflows/status").is(400);
}

#[test]
fn who_has_said_all_is_waited_with_however_long_it_takes() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    server.ended(&run);
    // Longer than anybody may take over a body.
    server.get(&format!("/api/runs/{run}?wait=33s")).is(200);
}

#[test]
fn who_says_nothing_is_hung_up_on_and_nobody_else_notices() {
    let server = Server::new();
    let connect = |said: &str| {
        let mut stream = TcpStream::connect(server.at).unwrap();
        stream.write_all(said.as_bytes()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
        stream
    };
    let head = format!("POST /api/runs HTTP/1.1\r\nHost: {}\r\nContent-Type: application/yaml\r\n", server.at);
    // More than one address may have: those who said nothing for the longest time have left for the others.
    let slow: Vec<TcpStream> =
        (0..MANY).map(|n| connect(["", "GET /", "GET / HTTP/1.1\r\nHost: x\r\nX: "][n % 3])).collect();
    server.get("/healthz").is(200);
    for mut stream in slow {
        let mut bytes = Vec::new();
        // Who still waits after that long was not hung up on.
        stream.read_to_end(&mut bytes).unwrap();
    }
    let mut long = connect(&format!("{head}X: {}\r\n\r\n", "x".repeat(64 << 10)));
    let mut bytes = Vec::new();
    let _ = long.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 431"), "{text}");
    let mut deep = connect(&format!("{head}Content-Length: 200000\r\n\r\n{}", "[".repeat(200_000)));
    let mut bytes = Vec::new();
    let _ = deep.read_to_end(&mut bytes);
    assert!(String::from_utf8_lossy(&bytes).starts_with("HTTP/1.1 422"), "{}", String::from_utf8_lossy(&bytes));
    server.get("/readyz").is(200);
}
