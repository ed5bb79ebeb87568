//! Notices: signed, sent until they are received, kept over a power cut, and never sent where nobody may be sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{PLAN, Server};
use crate::cli::Bench;

/// A notice as it came.
struct Notice {
    id: String,
    time: String,
    signature: String,
    body: String,
}

/// Takes the next notice in, and answers it so. Connections of a service that has died meanwhile break off.
fn receive(listener: &TcpListener, status: &str) -> Notice {
    (0..100).find_map(|_| received(listener, status)).expect("a notice comes")
}

fn received(listener: &TcpListener, status: &str) -> Option<Notice> {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut id, mut time, mut signature, mut length) = (None, None, None, 0);
    for line in reader.by_ref().lines() {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some(("webhook-id", value)) => id = Some(value.to_owned()),
            Some(("webhook-timestamp", value)) => time = Some(value.to_owned()),
            Some(("webhook-signature", value)) => signature = Some(value.to_owned()),
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(_) | None => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    (&stream).write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).ok()?;
    Some(Notice { id: id?, time: time?, signature: signature?, body: String::from_utf8(body).ok()? })
}

#[test]
fn others_are_told_until_they_have_heard_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let bench = Bench::new();
    bench.write("retake.toml", &format!("[egress]\nallow = [\"{at}\"]\n"));
    let server = Server::start(bench, &[]);
    let run = server.post_plan(&format!("{PLAN}notify: http://{at}/hook?key=x\n"));
    // The first one is not received, the service dies, and it comes again with the same id.
    let first = receive(&listener, "500 Internal Server Error");
    let server = server.killed();
    let mut heard: Vec<Notice> = Vec::new();
    while !heard.iter().any(|notice| notice.body.contains("run.completed"))
        || !heard.iter().any(|notice| notice.id == first.id)
    {
        heard.push(receive(&listener, "204 No Content"));
    }
    let again = heard.iter().find(|notice| notice.id == first.id).unwrap();
    assert_eq!(again.body, first.body);
    let secret = server.get("/api/notices/secret").is(200).json();
    let secret = STANDARD.decode(secret["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap()).unwrap();
    for notice in &heard {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &secret);
        let signed = format!("{}.{}.{}", notice.id, notice.time, notice.body);
        let signature = STANDARD.decode(notice.signature.strip_prefix("v1,").unwrap()).unwrap();
        aws_lc_rs::hmac::verify(&key, signed.as_bytes(), &signature).unwrap();
        let told: Value = serde_json::from_str(&notice.body).unwrap();
        assert_eq!(told["data"]["run"], run.as_str());
    }
    let scenes = heard.iter().filter(|notice| notice.body.contains("scene.completed")).count();
    assert!(scenes >= 1, "scenes are told as well");
    // The log says so, and one is sent again by hand.
    let log = server.get(&format!("/api/notices?run={run}")).is(200).json();
    let done = log["notices"].as_array().unwrap().iter().find(|notice| notice["kind"] == "run.completed").unwrap();
    let path = format!("/api/notices/{}/replay", done["id"].as_str().unwrap());
    server.call("POST", &path).send().is(202);
    // Others that a dead service had begun to send may come first.
    let came = (0..16).any(|_| receive(&listener, "200 OK").id == done["id"].as_str().unwrap());
    assert!(came);
    server.call("POST", "/api/notices/none/replay").send().is(404);
}

#[test]
fn nobody_is_sent_into_a_closed_network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::new();
    let run = server.post_plan(&format!("{PLAN}notify: https://{}/hook\n", listener.local_addr().unwrap()));
    server.ended(&run);
    let path = format!("/api/notices?run={run}");
    let said = || {
        let log = server.get(&path).is(200).json();
        log["notices"].as_array()?.iter().find_map(|notice| notice["said"].as_str().map(str::to_owned))
    };
    let refused = (0..20_000).find_map(|_| said());
    assert!(refused.as_deref().is_some_and(|said| said.contains("is not fetched")), "{refused:?}");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "nobody came");
}
