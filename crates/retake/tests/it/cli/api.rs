//! The description of the HTTP API: it is kept, it is served, and it says what there is.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;

use serde_json::Value;

use super::{Bench, listening};

/// The description is written from what the program says: `UPDATE=1` writes it anew.
#[test]
fn the_api_is_described_as_it_is_kept() {
    let said = Bench::new().run(&["schema", "--openapi"]).is(0);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says whether it writes")]
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &said.data).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    let hint =
        "hint: UPDATE=1 cargo test -p retake the_api_is_described, then `npm run generate` in clients/typescript";
    assert!(found == said.data, "docs/openapi.json is out of date; {hint}");
}

/// A server that ends with the test.
struct Serving {
    child: Child,
    at: String,
}

impl Serving {
    fn start(bench: &Bench) -> Self {
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--json", "--quiet"];
        let (child, at) = listening(&mut bench.command(&arguments));
        Self { child, at }
    }

    /// The status of an answer, and its body.
    fn call(&self, method: &str, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.at).unwrap();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", self.at);
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        (status.unwrap_or_default(), body.to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_described_route_is_there_and_takes_no_other_method() {
    let bench = Bench::new();
    let document = bench.run(&["schema", "--openapi"]).is(0).json();
    let server = Serving::start(&bench);
    let mut seen = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        // Whatever a part of an address stands for, nothing is there under it.
        let filled: Vec<&str> =
            path.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part }).collect();
        let address = filled.join("/");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let (status, body) = server.call(method, &address);
            let is_there = status != 405 && !body.contains("no such address");
            let is_described = !item[method.to_lowercase()].is_null();
            assert_eq!(is_there, is_described, "{method} {address}: {status} {body}");
            seen += usize::from(is_described);
        }
    }
    assert!(seen > 20, "{seen}");
    let (status, body) = server.call("GET", "/api/nothing");
    assert!(status == 404 && body.contains("no such address"), "{status} {body}");
    let (status, served) = server.call("GET", "/api/openapi.json");
    assert_eq!((status, serde_json::from_str::<Value>(&served).unwrap()), (200, document));
}

/// What is described as a number of milliseconds is one.
#[test]
fn moments_are_described_as_they_are_told() {
    let document = Bench::new().run(&["schema", "--openapi"]).is(0).json();
    let moment = &document["components"]["schemas"]["RunBrief"]["properties"]["created"];
    assert_eq!(moment["type"], "integer");
    assert!(moment["description"].as_str().unwrap().contains("milliseconds since 1970"));
}
