//! Plans that are sent: made once, looked at, watched, fetched, refused with a reason.

use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{PLAN, Server};

#[test]
fn a_plan_is_sent_and_its_film_comes_back() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    let told = server.ended(&run);
    assert_eq!((told["status"].as_str(), told["film"].as_str()), (Some("completed"), Some("Two cards")), "{told}");
    let full = server.get(&format!("/api/runs/{run}?include=nodes")).is(200).json();
    assert_eq!(full["scenes"].as_array().unwrap().len(), 2, "{full:#}");
    assert_eq!(full["seq"], told["seq"]);

    let film = server.get(&format!("/api/runs/{run}/film")).is(200);
    assert_eq!(film.header("content-type"), Some("video/mp4"));
    let tag = film.header("etag").unwrap().to_owned();
    assert_eq!(tag.trim_matches('"'), full["output"]["sha256"].as_str().unwrap());
    let half = film.body.len() / 2;
    let path = format!("/api/runs/{run}/film");
    let part = |range: String| server.call("GET", &path).header("Range", &range).send().is(206).body;
    let parts = [part(format!("bytes=0-{}", half - 1)), part(format!("bytes={half}-"))].concat();
    assert_eq!(parts, film.body);
    server.call("GET", &path).header("If-None-Match", &tag).send().is(304);
    server.call("GET", &path).header("Range", "bytes=99999999-").send().is(416).says("no-such-range");
    let artifact = server.get(&format!("/api/artifacts/{}", tag.trim_matches('"'))).is(200);
    assert_eq!(artifact.body, film.body);
    let manifest = server.get(&format!("/api/runs/{run}/manifest")).is(200).json();
    assert_eq!(manifest["scenes"].as_array().unwrap().len(), 2);

    let history = server.get(&format!("/api/runs/{run}/history?limit=5")).is(200).json();
    let events = history["events"].as_array().unwrap();
    assert_eq!((events.len(), events[0]["event"].as_str()), (5, Some("created")));
    let rest = server.get(&format!("/api/runs/{run}/history?after={}", history["next"])).is(200).json();
    assert_eq!(rest["events"][0]["seq"], 6);
    let then = server.get(&format!("/api/runs/{run}/history?at=2")).is(200).json();
    assert_ne!(then["status"], "completed", "{then}");
}

#[test]
fn a_wish_is_met_once_however_often_it_is_sent() {
    let server = Server::new();
    let wish = |key: &str, plan: &str| {
        server.call("POST", "/api/runs").header("Idempotency-Key", key).body("application/yaml", plan)
    };
    let runs: Vec<String> = thread::scope(|scope| {
        let send = || wish("same", PLAN).send().is(202).json()["run"].as_str().unwrap().to_owned();
        let sent: Vec<_> = (0..16).map(|_| scope.spawn(send)).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
    wish("same", "film: Other\nscenes: [{title: x}]\n").send().is(422).says("key-reused");
    wish("", PLAN).send().is(400).says("invalid-request");
    assert_ne!(wish("other", PLAN).send().is(202).json()["run"], runs[0]);
    let listed = server.get("/api/runs").is(200).json()["runs"].clone();
    let listed: Vec<&str> = listed.as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap()).collect();
    assert_eq!(listed.len(), 2);
    for folder in std::fs::read_dir(server.bench.path(".retake/posted")).into_iter().flatten() {
        let name = folder.unwrap().file_name().into_string().unwrap();
        assert!(listed.contains(&&*name), "what was sent again leaves nothing behind: {name}");
    }
    // It holds after a power cut as well.
    let server = server.killed();
    let again =
        server.call("POST", "/api/runs").header("Idempotency-Key", "same").body("application/yaml", PLAN).send();
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.is(202).json()["run"], runs[0]);
}

#[test]
fn what_cannot_be_made_is_refused_with_its_reason_and_leaves_nothing() {
    let server = Server::new();
    server.bench.write("secret.png", "no picture");
    let refused = |plan: &str, status: u16, code: &str, words: &[&str]| {
        let answer = server.call("POST", "/api/runs").body("application/yaml", plan).send().is(status).says(code);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let text = answer.text();
        for word in words {
            assert!(text.contains(word), "`{word}` is missing in {text}");
        }
        answer.json()
    };
    let wrong = refused("film: X\nscens: 1\n", 422, "invalid-plan", &["did you mean"]);
    assert_eq!((&wrong["mistakes"][0]["line"], &wrong["field"]), (&json!(2), &json!("plan")));
    for file in ["secret.png", "../secret.png", "/etc/passwd"] {
        let plan = format!("film: X\nscenes: [{{clip: '{file}'}}]\n");
        refused(&plan, 422, "invalid-plan", &["cannot name files of the server", "/api/files"]);
    }
    let none = "0".repeat(64);
    refused(&format!("film: X\nscenes: [{{clip: 'artifact:{none}'}}]\n"), 422, "invalid-plan", &["not"]);
    for goal in ["out", "/tmp/x", "s3://bucket/films/", "../.."] {
        refused(&format!("{PLAN}deliver: {goal}\n"), 422, "invalid-plan", &["does not deliver there", "/film"]);
    }
    refused("film: X\nimage: flux-dev\nscenes: [{shot: A lamp}]\n", 402, "refused", &["REPLICATE_API_TOKEN"]);
    refused("film: [\n", 422, "invalid-plan", &[]);
    let kinds = |kind: &str, body: &str| server.call("POST", "/api/runs").body(kind, body).send();
    kinds("text/plain", PLAN).is(415).says("wrong-media-type");
    kinds("application/json", PLAN).is(400).says("invalid-request");
    kinds("application/yaml", &"x".repeat(2 << 20)).is(413).says("too-large");
    for query in ["seed=x", "until=never", "nothing=1"] {
        let call = server.call("POST", &format!("/api/runs?{query}")).body("application/yaml", PLAN);
        call.send().is(400).says("invalid-request");
    }
    assert_eq!(server.get("/api/runs").is(200).json()["runs"], json!([]));
    let left = std::fs::read_dir(server.bench.path(".retake/posted")).map_or(0, std::iter::Iterator::count);
    assert_eq!(left, 0);
}

#[test]
fn a_file_is_sent_and_becomes_part_of_a_film() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    server.ended(&run);
    let film = server.get(&format!("/api/runs/{run}/film")).is(200).body;
    let sent = server.call("POST", "/api/files").body("application/octet-stream", &film).send().is(201).json();
    assert_eq!((sent["media_type"].as_str(), sent["width"].as_u64()), (Some("video/mp4"), Some(160)), "{sent}");
    let plan = format!("film: Again\nsize: 160x90\nscenes: [{{clip: '{}'}}]\n", sent["artifact"].as_str().unwrap());
    let quote = server.call("POST", "/api/quotes").body("application/yaml", &plan).send().is(200).json();
    assert_eq!((quote["film"].as_str(), quote["expected_usd"].as_str()), (Some("Again"), Some("0.000000")), "{quote}");
    let again = server.post_plan(&plan);
    assert_eq!(server.ended(&again)["status"], "completed");
    for rubbish in [&b"#EXTM3U\nfile:///etc/passwd\n"[..], b"<svg/>", b"", b"\x89PNG\r\n\x1a\nand no more"] {
        server.call("POST", "/api/files").body("image/png", rubbish).send().is(415).says("wrong-media-type");
    }
    server.call("POST", "/api/files").header("Content-Length", "99999999999").send().is(413);
}

#[test]
fn no_name_of_a_file_becomes_a_path_a_header_or_markup() {
    let server = Server::new();
    let dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let png = STANDARD.decode(dot).unwrap();
    let long = "x".repeat(10_000);
    let names = [
        "<img src=x onerror=alert(1)>.png",
        "../../../etc/passwd",
        "..\\..\\retake.toml",
        "nul%00.png",
        "\u{202e}gnp.exe",
        "a\"; filename=\"b.html",
        &long,
    ];
    for name in names {
        let quoted = name.replace('"', "\\\"");
        let sent = server
            .call("POST", "/api/files")
            .header(
                "Content-Disposition",
                &format!("attachment; filename=\"{quoted}\"; filename*=UTF-8''%2e%2e%2f%00%0d%0aX-Evil:1"),
            )
            .body("image/png; name=\"<b>.html\"", &png)
            .send()
            .is(201);
        let told = sent.json();
        let hash = told["artifact"].as_str().unwrap().strip_prefix("artifact:").unwrap().to_owned();
        assert_eq!(
            (told["media_type"].as_str(), told["url"].as_str()),
            (Some("image/png"), Some(&*format!("/api/artifacts/{hash}")))
        );
        let got = server.get(&format!("/api/artifacts/{hash}")).is(200);
        assert_eq!(
            (got.header("content-disposition"), got.header("content-type")),
            (Some("inline"), Some("image/png"))
        );
        for head in [sent.text(), sent.head, got.head] {
            assert!(
                !head.contains("passwd") && !head.contains("evil") && !head.contains("<b>") && !head.contains("xxxx"),
                "{head}"
            );
        }
        // Asked for by such a name, there is nothing.
        let path: String = name.bytes().take(2_000).map(|byte| format!("%{byte:02X}")).collect();
        server.get(&format!("/api/artifacts/{path}")).is(404);
        let plan =
            json!({"film": name.chars().take(200).collect::<String>(), "size": "160x90", "scenes": [{"clip": name}]});
        let refused = server.call("POST", "/api/runs").json(&plan).send().is(422).says("invalid-plan");
        assert!(!refused.text().contains('\u{202e}') || name.contains('\u{202e}'));
        server
            .call("POST", "/api/files")
            .header("Content-Disposition", "form-data; name=\"<svg onload=x>\"")
            .body("text/html", "<svg onload=x>")
            .send()
            .is(415);
    }
    let outside: Vec<String> = walk(&server.bench.path("."));
    let is_strange =
        |file: &&String| ["passwd", "evil", "<", "gnp", "xxxx", ".png", ".exe"].iter().any(|part| file.contains(part));
    assert_eq!(outside.iter().find(is_strange), None);
}

/// Every file below a folder.
fn walk(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .flat_map(|entry| match entry.path() {
            path if path.is_dir() => walk(&path),
            path => vec![path.file_name().unwrap().to_string_lossy().into_owned()],
        })
        .collect()
}

#[test]
fn how_patiently_a_batch_is_tried_is_said_once_for_all_and_in_a_plan_for_one() {
    let server = Server::new();
    let plan = |attempts: u32, title: &str| {
        let scenes = json!([{"title": title, "seconds": 1}]);
        let retry = json!({"ingest": {"attempts": attempts, "first_delay": "7ms"}});
        json!({"film": title, "size": "160x90", "retry": retry, "scenes": scenes})
    };
    let plans = json!([PLAN, plan(2, "Two"), plan(3, "Three").to_string()]);
    let send = |query: &str, key: &str| {
        let call = server.call("POST", &format!("/api/batches{query}")).header("Idempotency-Key", key);
        call.json(&json!({"plans": plans})).send()
    };
    let retry = "?retry=%7B%22ingest%22%3A%7B%22attempts%22%3A6%7D%7D";
    let wrong = send("?retry=%7B%22ingst%22%3A%7B%22attempts%22%3A6%7D%7D", "a").is(400).says("invalid-request").json();
    assert_eq!(wrong["field"], "retry", "{wrong}");
    assert!(wrong["mistakes"][0]["hint"].as_str().unwrap().contains("`ingest`"), "{wrong}");
    send("?patience=much", "a").is(400).says("invalid-request");
    assert_eq!(server.get("/api/runs").is(200).json()["runs"], json!([]), "none was begun");
    let begun = send(retry, "a").is(202).json();
    assert_eq!(send(retry, "a").is(202).json()["batch"], begun["batch"]);
    send("", "a").is(422).says("key-reused");
    // What each was created with: for all what was said for all, the rest as its plan has it.
    for (n, run) in begun["runs"].as_array().unwrap().iter().enumerate() {
        let history = server.get(&format!("/api/runs/{}/history?limit=1", run["run"].as_str().unwrap())).is(200).json();
        let created = history["events"][0].to_string();
        assert!(created.contains("\"attempts\":6"), "{n}: {created}");
        assert_eq!(created.contains("\"first_delay\":7"), n > 0, "{n}: {created}");
    }
    let plain = send("", "b").is(202).json();
    for (run, attempts) in plain["runs"].as_array().unwrap()[1..].iter().zip(2..) {
        let history = server.get(&format!("/api/runs/{}/history?limit=1", run["run"].as_str().unwrap())).is(200).json();
        assert!(history["events"][0].to_string().contains(&format!("\"attempts\":{attempts}")), "{history}");
    }
}

#[test]
fn a_batch_begins_all_of_its_films_or_none() {
    let server = Server::new();
    let batch = |plans: serde_json::Value, key: &str| {
        server.call("POST", "/api/batches").header("Idempotency-Key", key).json(&json!({"plans": plans})).send()
    };
    let object = json!({"film": "Three", "size": "160x90", "scenes": [{"title": "x", "seconds": 1}]});
    let refused = batch(json!([PLAN, "film: X\nscens: 1\n", object]), "a").is(422).json();
    assert_eq!(
        (&refused["items"][0], &refused["items"][1]["code"]),
        (&json!(null), &json!("invalid-plan")),
        "{refused}"
    );
    assert_eq!(server.get("/api/runs").is(200).json()["runs"], json!([]), "none was begun");
    let begun = batch(json!([PLAN, object]), "a").is(202).json();
    assert_eq!(begun["runs"].as_array().unwrap().len(), 2);
    assert_eq!(batch(json!([PLAN, object]), "a").is(202).json()["batch"], begun["batch"]);
    batch(json!([object]), "a").is(422).says("key-reused");
    batch(json!([]), "b").is(400).says("invalid-request");
    for run in begun["runs"].as_array().unwrap() {
        server.ended(run["run"].as_str().unwrap());
    }
    let path = format!("/api/batches/{}", begun["batch"].as_str().unwrap());
    assert_eq!(server.get(&path).is(200).json()["ended"], 2);
    server.get("/api/batches/01a2007c-8402-700a-be1e-fad219984a53").is(404);
    assert_eq!(server.get("/api/runs").is(200).json()["runs"].as_array().unwrap().len(), 2);
}
