//! Spans of runs and nodes, for who has built them in; and a word to whoever has not.

#[cfg(feature = "otel")]
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
#[cfg(feature = "otel")]
use std::net::TcpListener;

use crate::cli::Bench;

#[cfg(not(feature = "otel"))]
#[test]
fn whoever_wants_spans_is_told_where_there_are_none() {
    let bench = Bench::new();
    bench.write("retake.toml", "[serve]\ntraces = \"http://127.0.0.1:4318/v1/traces\"\n");
    bench.run(&["serve", "--listen", "127.0.0.1:0"]).is(2).tells(&["serve.traces", "--features otel"]);
}

/// Takes in what is sent next, and says that it was received.
#[cfg(feature = "otel")]
fn received(listener: &TcpListener) -> serde_json::Value {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    for line in reader.by_ref().lines() {
        let line = line.unwrap().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (&stream).write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[cfg(feature = "otel")]
#[test]
fn a_run_is_a_span_with_one_for_each_node() {
    use super::{PLAN, Server};

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let bench = Bench::new();
    let settings = format!("[egress]\nallow = [\"{at}\"]\n[serve]\ntraces = \"http://{at}/v1/traces\"\n");
    bench.write("retake.toml", &settings);
    let server = Server::start(bench, &[]);
    let run = server.post_plan(PLAN);
    let mut spans: Vec<serde_json::Value> = Vec::new();
    while !spans.iter().any(|span| span["name"] == "run") {
        let document = received(&listener);
        spans.extend(document["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().iter().cloned());
    }
    let whole = spans.iter().find(|span| span["name"] == "run").unwrap();
    assert_eq!(whole["traceId"], run.replace('-', ""));
    assert!(whole["parentSpanId"].is_null() && whole["spanId"].as_str().unwrap().len() == 16);
    let attribute = |span: &serde_json::Value, key: &str| {
        let all = span["attributes"].as_array().unwrap().iter();
        all.filter(|one| one["key"] == key).map(|one| one["value"]["stringValue"].clone()).next()
    };
    let nodes: Vec<_> = spans.iter().filter(|span| span["name"] != "run").collect();
    assert!(nodes.len() >= 3, "{spans:#?}");
    for node in nodes {
        assert_eq!((&node["traceId"], &node["parentSpanId"]), (&whole["traceId"], &whole["spanId"]));
        assert_eq!(attribute(node, "retake.run").unwrap(), *run);
        assert!(attribute(node, "retake.node").is_some());
        let nanos = |name: &str| node[name].as_str().unwrap().parse::<u64>().unwrap();
        assert!(nanos("startTimeUnixNano") <= nanos("endTimeUnixNano"));
    }
    assert!(spans.iter().any(|span| attribute(span, "retake.scene").is_some_and(|scene| scene == "one")));
    server.ended(&run);
}
