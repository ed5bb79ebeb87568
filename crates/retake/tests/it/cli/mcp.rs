//! An assistant's session with the real program: lines of JSON over standard input and output.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use super::Bench;

const CARDS: &str = "film: Cards\nsize: 320x180\nscenes:\n  - {title: One, seconds: 1}\n  - {title: Two, seconds: 1}\n";
/// How often news are waited for at the most.
const LOOKS: usize = 50;

/// A session that has shaken hands.
struct Session {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    calls: u64,
}

impl Session {
    fn start(bench: &Bench) -> Self {
        let mut command = bench.command(&["mcp"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut session = Self { child, to, from, calls: 0 };
        let who = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}});
        let met = session.call("initialize", &who);
        assert_eq!(
            (&met["result"]["serverInfo"]["name"], &met["result"]["protocolVersion"]),
            (&json!("retake"), &json!("2025-06-18"))
        );
        session.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        session
    }

    fn say(&mut self, what: &Value) {
        writeln!(self.to.as_mut().unwrap(), "{what}").unwrap();
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.calls += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.calls, "method": method, "params": params}));
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(answer["id"], self.calls, "{line}");
        answer
    }

    fn tool(&mut self, name: &str, arguments: &Value) -> Value {
        self.call("tools/call", &json!({"name": name, "arguments": arguments}))["result"].clone()
    }

    /// What a tool gives beside pictures.
    #[track_caller]
    fn given(&mut self, name: &str, arguments: &Value) -> Value {
        let result = self.tool(name, arguments);
        assert_eq!(result["isError"], false, "{name}: {result}");
        let given = result["structuredContent"].clone();
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), given, "who reads only text reads the same");
        given
    }

    /// Why a tool does nothing.
    #[track_caller]
    fn refused(&mut self, name: &str, arguments: &Value) -> String {
        let result = self.tool(name, arguments);
        assert_eq!(result["isError"], true, "{name}: {result}");
        result["content"][0]["text"].as_str().unwrap().to_owned()
    }

    /// Watches a run until it stands there.
    #[track_caller]
    fn until(&mut self, run: &Value, status: &str) -> Value {
        for _ in 0..LOOKS {
            let seen = self.given("watch", &json!({"run": run, "seconds": 20}));
            if seen["status"] == status {
                return seen;
            }
        }
        panic!("it is not {status}");
    }

    /// Hangs up, and waits for the end.
    fn end(mut self) {
        self.to = None;
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_assistant_quotes_makes_watches_and_shows_a_film() {
    let bench = Bench::new();
    let mut session = Session::start(&bench);
    let plan = json!({"plan": CARDS});
    assert_eq!(session.given("list", &json!({})), json!({"runs": []}));
    let quote = session.given("quote", &plan);
    assert_eq!((&quote["worst_usd"], &quote["cap_usd"]), (&json!("0.000000"), &json!("5.000000")));
    let asked = session.given("run", &plan);
    assert_eq!((&asked["begun"], &asked["quote"]), (&json!(false), &quote), "nobody has agreed");
    assert_eq!(session.given("list", &json!({}))["runs"], json!([]), "nothing was begun");
    let agreed = json!({"plan": CARDS, "agreed": true});
    let begun = session.given("run", &agreed);
    let run = begun["run"].clone();
    let seen = session.until(&run, "completed");
    assert_eq!(seen["progress"]["percentage"], 100);
    let again = session.given("run", &agreed);
    assert_eq!((&again["run"], &again["how"]), (&run, &json!("complete")), "the same words are the same film");
    let status = session.given("status", &json!({"run": run}));
    assert_eq!((&status["seq"], &status["scenes"][1]["state"]), (&seen["seq"], &json!("complete")));
    let shown = session.tool("film", &json!({}));
    let film = shown["structuredContent"]["path"].as_str().unwrap();
    bench.run(&["verify", film]).is(0);
    assert_eq!(
        (&shown["content"][1]["type"], &shown["content"][1]["mimeType"]),
        (&json!("image"), &json!("image/jpeg"))
    );
    session.given("redo", &json!({"run": run, "what": "one"}));
    session.until(&run, "completed");
    assert!(session.refused("retry", &json!({"run": run})).contains("hint:"));
    session.end();
}

#[test]
fn a_plan_in_the_working_folder_is_made_as_at_the_command_line() {
    let bench = Bench::new();
    bench.write("films/film.yaml", CARDS);
    bench.write("away.yaml", "film: Away\n");
    let mut session = Session::start(&bench);
    let begun = session.given("run", &json!({"file": "films/film.yaml", "agreed": true, "until": "storyboard"}));
    session.given("cancel", &json!({"run": begun["run"], "now": true}));
    let mut last = session.given("status", &json!({}));
    for _ in 0..LOOKS {
        if last["status"] == "cancelled" {
            break;
        }
        last = session.given("watch", &json!({"after": last["seq"], "seconds": 5}));
    }
    assert_eq!((&last["run"], &last["status"]), (&begun["run"], &json!("cancelled")));
    // Other terminals see what is made here, and the other way round.
    let listed = bench.run(&["status", "--all", "--json"]).is(0).json();
    assert_eq!(listed[0]["run"], begun["run"]);
    let begun = session.given("run", &json!({"file": "films/film.yaml", "agreed": true}));
    session.until(&begun["run"], "completed");
    let shown = session.given("film", &json!({"run": begun["run"]}));
    let film = std::path::Path::new(shown["path"].as_str().unwrap());
    assert!(film.is_file() && film.starts_with(bench.path("films")), "{}", film.display());
    session.end();
}

#[test]
fn what_makes_no_sense_is_said_with_a_way_out() {
    let bench = Bench::new();
    let outside = Bench::new();
    let away = outside.write("film.yaml", CARDS);
    std::os::unix::fs::symlink(&away, bench.path("link.yaml")).unwrap();
    let mut session = Session::start(&bench);
    for (name, arguments, words) in [
        ("status", json!({}), "no run here yet"),
        ("quote", json!({}), "exactly one of `plan` and `file`"),
        ("quote", json!({"plan": CARDS, "file": "film.yaml"}), "exactly one of"),
        ("quote", json!({"plan": "film: ["}), "neither YAML nor JSON"),
        ("quote", json!({"plan": "film: One\nscenes: [{clip: /etc/hostname}]"}), "cannot name files"),
        ("quote", json!({"plan": "film: One\ndeliver: /tmp\nscenes: [{title: One}]"}), "does not deliver there"),
        ("quote", json!({"file": "none.yaml"}), "none.yaml"),
        ("quote", json!({"file": "link.yaml"}), "outside of the working folder"),
        ("quote", json!({"file": away}), "outside of the working folder"),
        ("run", json!({"plan": CARDS, "agreed": "yes"}), "the arguments do not fit"),
        ("watch", json!({"runn": 1}), "unknown field `runn`"),
        ("cancel", json!({}), "missing field `run`"),
        ("models", json!({"kind": "smell"}), "hint: there are"),
    ] {
        let said = session.refused(name, &arguments);
        assert!(said.contains(words), "{name} {arguments}: {said}");
    }
    session.given("quote", &json!({"plan": CARDS}));
    assert!(session.refused("watch", &json!({"run": "0198c2"})).contains("there is no run `0198c2`"));
    let none = session.call("tools/call", &json!({"name": "nothing", "arguments": {}}));
    assert_eq!(none["error"]["code"], -32602);
    session.end();
}

#[test]
fn a_scene_is_made_in_other_words_and_of_a_file_the_line_is_told() {
    let bench = Bench::new();
    let plan = "film: Lamps\nsize: 160x90\nscenes:\n  - {id: one, title: One, seconds: 1}\n  - {id: two, still: A lamp, seconds: 1}\n";
    bench.write("film.yaml", plan);
    let mut session = Session::start(&bench);
    let first = session.given("run", &json!({"plan": plan, "agreed": true}))["run"].clone();
    session.until(&first, "completed");
    let wish = json!({"run": first, "what": "two", "words": "A lamp falls"});
    let made = session.given("redo", &wish);
    assert_ne!(made["run"], first);
    assert_eq!(made["warnings"], json!([]));
    let seen = session.until(&made["run"], "completed");
    assert_eq!(seen["scenes"][1]["id"], "two", "{seen}");
    assert_eq!(session.given("redo", &wish)["run"], made["run"], "twice is once");
    assert!(
        session
            .refused("redo", &json!({"run": made["run"], "what": "two", "model": "flux-devv"}))
            .contains("`flux-dev`")
    );
    let own = session.given("run", &json!({"file": "film.yaml", "agreed": true}))["run"].clone();
    session.until(&own, "completed");
    let told = session.refused("redo", &json!({"run": own, "what": "two", "words": "A lamp falls"}));
    assert!(told.contains("change line 5 to `- {id: two, still: A lamp falls, seconds: 1}`"), "{told}");
    assert_eq!(std::fs::read_to_string(bench.path("film.yaml")).unwrap(), plan);
    session.end();
}

#[test]
fn every_tool_is_described() {
    let mut session = Session::start(&Bench::new());
    let listed = session.call("tools/list", &json!({}));
    let mut told = String::new();
    for tool in listed["result"]["tools"].as_array().unwrap() {
        let properties = tool["inputSchema"]["properties"].as_object().unwrap();
        assert_eq!(tool["inputSchema"]["additionalProperties"], false, "{tool}");
        assert!(properties.values().all(|one| one["description"].is_string()), "{tool}");
        let words: Vec<&str> = properties.keys().map(String::as_str).collect();
        let name = tool["name"].as_str().unwrap();
        told += &format!("{name}({})\n  {}\n", words.join(", "), tool["description"].as_str().unwrap());
    }
    insta::assert_snapshot!(told);
    session.end();
}

#[test]
fn a_session_beside_a_server_uses_it() {
    let bench = Bench::new();
    let mut server = bench
        .command(&["serve", "--listen", "127.0.0.1:0", "--json", "--quiet"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut session = Session::start(&bench);
    let begun = session.given("run", &json!({"plan": CARDS, "agreed": true}));
    session.until(&begun["run"], "completed");
    session.end();
    assert!(server.try_wait().unwrap().is_none(), "it is still there");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn what_is_under_way_when_an_assistant_hangs_up_is_lost_to_nobody() {
    let bench = Bench::new();
    let scenes: Vec<Value> = (0..8).map(|n| json!({"still": format!("a lighthouse, {n}"), "seconds": 1})).collect();
    bench.write("film.yaml", &json!({"film": "Long", "size": "320x180", "scenes": scenes}).to_string());
    let mut session = Session::start(&bench);
    let begun = session.given("run", &json!({"file": "film.yaml", "agreed": true}));
    session.end();
    assert!(!bench.path(".retake/retake.sock").exists(), "it left in good order");
    let mut session = Session::start(&bench);
    let seen = session.given("watch", &json!({}));
    assert!(seen["next"].as_str().unwrap().contains("`resume` goes on"), "nobody is waited for in vain: {seen}");
    session.given("resume", &json!({"run": begun["run"]}));
    session.until(&begun["run"], "completed");
    session.end();
}

#[test]
fn an_idle_session_leaves_the_folder_to_others() {
    let bench = Bench::new();
    let mut session = Session::start(&bench);
    let begun = session.given("run", &json!({"plan": CARDS, "agreed": true}));
    session.until(&begun["run"], "completed");
    let is_left = (0..1000).any(|_| {
        bench.run(&["status"]).is(0);
        !bench.path(".retake/retake.sock").exists()
    });
    assert!(is_left);
    assert_eq!(session.given("status", &json!({}))["status"], "completed");
    session.end();
}
