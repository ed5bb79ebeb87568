//! Tokens: who may do what, and that nobody sees anything of anybody else.

use serde_json::{Value, json};

use super::call::Call;
use super::{PLAN, Server};
use crate::cli::Bench;

const SCOPES: [&str; 4] = ["runs:read", "runs:write", "budget", "admin"];

fn token(bench: &Bench, tenant: &str, more: &[&str]) -> String {
    bench.run(&[&["token", "new", tenant][..], more].concat()).is(0).data.trim().to_owned()
}

/// Every route of the document with an id of a run in it where it has one, and what each of them takes.
fn routes(server: &Server, run: &str, hash: &str) -> Vec<(String, String, &'static str)> {
    let document = server.get("/api/openapi.json").is(200).json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = path.replace("{run}", run).replace("{hash}", hash).replace("{batch}", run);
            let scope = match (method.as_str(), path.rsplit('/').next().unwrap_or_default()) {
                // Providers show no tokens of ours: `hooks.rs` tries what they may.
                _ if path.starts_with("/api/hooks/") => continue,
                (_, "healthz" | "readyz" | "openapi.json") => "",
                (_, "metrics") => "admin",
                (_, "budget" | "resolve") => "budget",
                (_, "secret") => "runs:write",
                (_, "quotes") | ("get", _) => "runs:read",
                _ => "runs:write",
            };
            routes.push((method.to_uppercase(), path, scope));
        }
    }
    assert!(routes.len() > 20, "{routes:?}");
    routes
}

/// The call that fits a route.
fn fitting(server: &Server, method: &str, path: &str) -> Call {
    let call = server.call(method, path);
    let last = path.rsplit('/').next().unwrap_or_default();
    match (method, last) {
        ("POST", "runs" | "quotes") => call.body("application/yaml", PLAN),
        ("POST", "batches") => call.json(&json!({"plans": [PLAN]})),
        ("POST", "redo") => call.json(&json!({"what": "one"})),
        ("POST", "pick") => call.json(&json!({"take": "one/image/1"})),
        ("POST", "budget") => call.json(&json!({"usd": "1"})),
        ("POST", "resolve") => call.json(&json!({"take": "one/image/1", "resend": true})),
        ("POST", "files") => call.body("image/png", "none"),
        ("POST", "generate-video") => call.json(&json!({"mode": "single", "prompt": "x"})),
        _ => call,
    }
}

#[test]
fn who_has_no_token_is_not_let_in_and_each_does_what_its_scopes_say() {
    let bench = Bench::new();
    bench.write("retake.toml", "[serve]\nwrong_tokens = \"60000/min\"\n");
    let server = Server::start(bench, &[]);
    let run = server.post_plan(PLAN);
    server.ended(&run);
    // From the first one on, nobody is let in without; the one who needed none is another tenant.
    let tokens = SCOPES.map(|scope| token(&server.bench, "ann", &["--scopes", scope]));
    let own = server.call("POST", "/api/runs").token(&tokens[1]).body("application/yaml", PLAN).send().is(202).json();
    let own = own["run"].as_str().unwrap();
    let bad = ["", "rtk_0_0", &tokens[0][..tokens[0].len() - 1], &tokens[0].to_uppercase()];
    for (method, path, scope) in routes(&server, own, &"0".repeat(64)) {
        let path = if path.ends_with("/status") { format!("{path}?runId={own}") } else { path };
        let call = || fitting(&server, &method, &path);
        if scope.is_empty() {
            call().send().is(200);
            continue;
        }
        if path.ends_with("/events") {
            call().send().is(401);
            continue;
        }
        let answer = call().send().is(401);
        assert!(path.contains("/workflows/") || answer.header("www-authenticate").is_some(), "{path}");
        for shown in bad {
            assert_eq!(call().token(shown).send().status, 401, "{method} {path} with `{shown}`");
        }
        for (has, shown) in SCOPES.iter().zip(&tokens) {
            let status = call().token(shown).send().status;
            assert_eq!(status == 403, *has != scope, "{method} {path} with {has}: {status}");
            assert!(status < 500 || status == 501, "{method} {path} with {has}: {status}");
        }
    }
    // A token that was taken back is worth nothing from then on.
    let list = server.bench.run(&["token", "list", "--json"]).is(0).json();
    let id = list[0]["id"].as_str().unwrap();
    assert!(!list.to_string().contains(tokens[0].rsplit('_').next().unwrap()), "no secret is listed");
    server.call("GET", "/api/runs").token(&tokens[0]).send().is(200);
    server.bench.run(&["token", "revoke", id]).is(0);
    server.call("GET", "/api/runs").token(&tokens[0]).send().is(401);
}

#[test]
fn what_belongs_to_somebody_else_is_not_there() {
    let server = Server::new();
    let all = ["--scopes", "runs:read,runs:write,budget,admin"];
    let (ann, bob) = (token(&server.bench, "ann", &all), token(&server.bench, "bob", &all));
    let posted = server.call("POST", "/api/runs").token(&ann).body("application/yaml", PLAN).send().is(202).json();
    let run = posted["run"].as_str().unwrap();
    let path = format!("/api/runs/{run}?wait=10s");
    let over = (0..60).any(|_| server.call("GET", &path).token(&ann).send().is(200).json()["status"] == "completed");
    assert!(over);
    let film = server.call("GET", &format!("/api/runs/{run}/film")).token(&ann).send().is(200);
    let hash = film.header("etag").unwrap().trim_matches('"').to_owned();
    let batch = server.call("POST", "/api/batches").token(&ann).json(&json!({"plans": [PLAN]})).send().is(202).json();
    let mut tried = 0;
    for (method, path, _) in routes(&server, run, &hash) {
        let path = path.replace(&format!("batches/{run}"), &format!("batches/{}", batch["batch"].as_str().unwrap()));
        let path = if path.ends_with("/status") { format!("{path}?runId={run}") } else { path };
        if [run, &hash, "batches/"].iter().any(|id| path.contains(id)) {
            fitting(&server, &method, &path).token(&bob).send().is(404);
            tried += 1;
        }
    }
    assert!(tried >= 15, "{tried}");
    let plan = format!("film: X\nscenes: [{{clip: 'artifact:{hash}'}}]\n");
    server.call("POST", "/api/runs").token(&bob).body("application/yaml", &plan).send().is(422);
    server.call("POST", "/api/runs").token(&ann).body("application/yaml", &plan).send().is(202);
    let empty: Value = server.call("GET", "/api/runs").token(&bob).send().is(200).json();
    assert_eq!(empty["runs"], json!([]));
    // Whoever has learnt a hash, and has it written into a journal of their own, has not made it by that.
    let title = PLAN.replacen("film: ", &format!("film: {hash} "), 1).replace("seconds: 1", "seconds: 2");
    let named = server.call("POST", "/api/runs").token(&bob).body("application/yaml", &title).send().is(202).json();
    let own = format!("/api/runs/{}?wait=10s", named["run"].as_str().unwrap());
    assert!((0..60).any(|_| server.call("GET", &own).token(&bob).send().is(200).json()["status"] == "completed"));
    server.call("GET", &format!("/api/artifacts/{hash}")).token(&bob).send().is(404);
    server.call("GET", &format!("/api/artifacts/{hash}")).token(&ann).send().is(200);
    // The same key of another is another wish.
    let once = |token: &str| {
        let call = server.call("POST", "/api/runs").token(token).header("Idempotency-Key", "k");
        call.body("application/yaml", PLAN).send().is(202).json()["run"].clone()
    };
    assert_ne!(once(&ann), once(&bob));
}
