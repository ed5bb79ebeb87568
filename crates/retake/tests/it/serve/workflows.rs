//! The workflow API, as clients that know only it use it: they send a wish, and ask until it is over.

use serde_json::{Value, json};

use super::{PLAN, Server};

/// Asks as the documentation shows: again and again, until it is neither running nor unknown.
fn polled(server: &Server, run: &str) -> (Value, Vec<Value>) {
    let mut seen = Vec::new();
    for _ in 0..20_000 {
        let told = server.get(&format!("/api/workflows/status?runId={run}")).is(200).json();
        assert_eq!((told["success"].as_bool(), told["runId"].as_str()), (Some(true), Some(run)));
        match told["status"].as_str().unwrap() {
            "running" => seen.push(told["progress"].clone()),
            "completed" | "failed" => return (told, seen),
            other => panic!("`{other}` is none of its words"),
        }
    }
    panic!("{run} does not end: {:?}", seen.last());
}

#[test]
fn a_run_is_followed_to_its_end() {
    let server = Server::new();
    let run = server.post_plan(PLAN);
    let (told, seen) = polled(&server, &run);
    let steps: Vec<u64> = seen.iter().map(|progress| progress["completedSteps"].as_u64().unwrap()).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    for progress in seen.iter().chain([&told["progress"]]) {
        let number = |name: &str| progress[name].as_u64().unwrap();
        assert!(number("completedSteps") <= number("totalSteps") && number("percentage") <= 100, "{progress}");
        assert!(progress["currentStep"].is_string());
    }
    assert_eq!((told["status"].as_str(), told["progress"]["percentage"].as_u64()), (Some("completed"), Some(100)));
    let result = &told["result"];
    assert_eq!((result["success"].as_bool(), result["scenes"].as_array().unwrap().len()), (Some(true), 2));
    let film = server.get(result["videoUrl"].as_str().unwrap()).is(200);
    assert_eq!(film.header("etag").unwrap().trim_matches('"'), result["videoId"].as_str().unwrap());
}

#[test]
fn a_run_that_waits_for_a_person_is_running_and_a_cancelled_one_has_failed() {
    let server = Server::new();
    let plan = PLAN.replace("title: One", "still: A lighthouse at night");
    let posted = server.call("POST", "/api/runs?until=storyboard").body("application/yaml", plan).send().is(202).json();
    let run = posted["run"].as_str().unwrap();
    let path = format!("/api/workflows/status?runId={run}");
    let waits = (0..20_000).map(|_| server.get(&path).is(200).json());
    let waits =
        waits.into_iter().find(|told| told["progress"]["message"].as_str().is_some_and(|why| why.contains("paused")));
    let waits = waits.expect("it pauses");
    assert_eq!(waits["status"], "running");
    assert_eq!(waits["progress"]["message"], "paused: somebody wants to look first");
    server.call("POST", &format!("/api/runs/{run}/cancel")).send().is(200);
    let (told, _) = polled(&server, run);
    assert_eq!(told["status"], "failed");
    assert_eq!(told["result"], json!({"success": false, "error": told["error"]}));
    assert!(told["error"].as_str().is_some_and(|why| why.contains("cancelled")), "{told}");
}

#[test]
fn what_cannot_be_made_yet_is_refused_with_the_reason_and_nothing_is_made() {
    let server = Server::new();
    let send = |wish: &Value| server.call("POST", "/api/workflows/generate-video").json(wish).send();
    let scene = |name: &str, order: u64| json!({"name": name, "prompt": "a circle grows", "order": order});
    for wish in [
        json!({"mode": "single", "prompt": "a circle grows"}),
        json!({"mode": "single", "prompt": "a circle grows", "sceneName": "circle", "context": {"colour": "red"}}),
        json!({"mode": "multi", "title": "Circles", "scenes": [scene("one", 1), scene("two", 2)],
               "mergeOptions": {"addTransitions": true, "transitionDuration": 0.5}}),
    ] {
        let told = send(&wish).is(501).json();
        assert_eq!(told["success"], false);
        assert!(told["error"].as_str().unwrap().contains("manim"), "{told}");
    }
    for (wish, status) in [
        (json!({"mode": "double"}), 422),
        (json!({"mode": "single"}), 422),
        (json!({"mode": "single", "prompt": " "}), 422),
        (json!({"mode": "single", "prompt": "x", "context": 7}), 422),
        (json!({"mode": "multi", "title": "x", "scenes": []}), 422),
        (json!({"mode": "multi", "title": "x", "scenes": [scene("one", 1), scene("two", 1)]}), 422),
        (json!({"mode": "multi", "title": "x", "scenes": [scene("", 1)]}), 422),
        (json!([]), 422),
    ] {
        let told = send(&wish).is(status).json();
        assert!(told["success"] == false && told["error"].is_string(), "{wish}: {told}");
    }
    let rubbish = server.call("POST", "/api/workflows/generate-video").body("application/json", "{").send().is(400);
    assert_eq!(rubbish.json()["success"], false);
    assert_eq!(server.get("/api/runs").is(200).json()["runs"], json!([]), "nothing was made");
    for id in ["0", "../x", "01999999-0000-7000-8000-000000000000"] {
        let told = server.get(&format!("/api/workflows/status?runId={id}")).is(404).json();
        assert_eq!(told["success"], false);
    }
}
