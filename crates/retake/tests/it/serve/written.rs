//! Plans that are a prompt alone: their scenes are written by a model, and the film is made without anybody asking.

use std::net::SocketAddr;

use retake_rehearsal::{Kind, Pace, Script};
use serde_json::{Value, json};

use super::call::Call;
use crate::cli::paid::Stage;
use crate::web::Service;

const PROMPT: &str =
    "film: How do ships float?\nwriter: gpt-luna\nvoice: flite\nsize: 128x72\nprofile: draft\nbudget: 1.00\n";

/// A service of a stage.
struct Serving(#[expect(dead_code, reason = "it ends with this")] Service, SocketAddr);

impl Serving {
    fn of(stage: &Stage) -> Self {
        let mut command = stage.command(&["serve", "--listen", "127.0.0.1:0", "--json"]);
        #[expect(clippy::disallowed_methods, reason = "what makes films is found where the machine has it")]
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        let service = Service::of(command);
        let at = service.at.parse().unwrap();
        Self(service, at)
    }

    fn get(&self, path: &str) -> Value {
        Call::new(self.1, "GET", path).send().is(200).json()
    }

    fn post(&self, path: &str, body: &Value) -> Call {
        Call::new(self.1, "POST", path).json(body)
    }

    /// The run, once it is so.
    fn until(&self, run: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut seq = 0;
        for _ in 0..2_000 {
            let told = self.get(&format!("/api/runs/{run}?wait=5s&seq={seq}"));
            if is_so(&told) {
                return told;
            }
            seq = told["seq"].as_u64().unwrap();
        }
        panic!("run {run} does not come so far");
    }

    fn ended(&self, run: &str) -> Value {
        self.until(run, |told| !["queued", "running"].contains(&told["status"].as_str().unwrap()))
    }

    /// The run that makes the film whose scenes this one has written.
    fn film_of(&self, run: &str) -> String {
        self.ended(run);
        let found = (0..2_000).find_map(|_| {
            // A look at all runs takes a moment, and is the only wait there is.
            let told = self.get(&format!("/api/runs/{run}?wait=20ms"));
            told["film_run"].as_str().map(str::to_owned)
        });
        found.expect("its film is begun")
    }
}

#[test]
fn scenes_that_a_model_writes_become_a_film_that_can_be_resumed_and_redone() {
    let stage = Stage::new(Script::calm(), Pace::quick(), "");
    let service = Serving::of(&stage);
    let sent = Call::new(service.1, "POST", "/api/runs").body("application/yaml", PROMPT).send().is(202).json();
    let writing = sent["run"].as_str().unwrap().to_owned();
    let film = service.film_of(&writing);
    let told = service.ended(&film);
    assert_eq!(told["status"], "completed", "{told}");
    let texts = || stage.bill().jobs.iter().filter(|job| job.kind == Kind::Text).count();
    assert_eq!(texts(), 1);
    // To go on with what has written comes to the same film, again and again.
    let resumed = service.post(&format!("/api/runs/{writing}/resume"), &json!({})).send().is(200).json();
    assert_eq!(resumed["run"], film.as_str());
    // Its scenes are edited where they were written, and are not bought again.
    let full = service.get(&format!("/api/runs/{film}?include=nodes"));
    let scene = full["scenes"][1]["id"].as_str().unwrap().to_owned();
    let words = json!({"what": scene, "words": "A cork in a bowl"});
    let next = service.post(&format!("/api/runs/{film}/redo"), &words).send().is(202).json();
    let next = next["run"].as_str().unwrap().to_owned();
    assert_ne!(next, film);
    assert_eq!(service.ended(&next)["status"], "completed");
    let plain = service.post(&format!("/api/runs/{next}/redo"), &json!({"what": scene})).send().is(200).json();
    assert_eq!(plain["run"], next.as_str());
    assert_eq!(service.ended(&next)["status"], "completed");
    assert_eq!(texts(), 1);
    assert_eq!(service.get("/api/runs")["runs"].as_array().unwrap().len(), 3);
}

#[test]
fn a_service_that_was_away_when_scenes_were_written_goes_on_with_their_film() {
    let stage = Stage::new(Script::calm(), Pace::quick(), "");
    let service = Serving::of(&stage);
    let plan = PROMPT.replace("voice: flite", "voice: flite\nimage: flux-dev");
    let sent = Call::new(service.1, "POST", "/api/runs?until=storyboard").body("application/yaml", &plan).send();
    let writing = sent.is(202).json()["run"].as_str().unwrap().to_owned();
    service.until(&writing, |told| told["seq"].as_u64() > Some(2));
    drop(service);
    let service = Serving::of(&stage);
    let film = service.film_of(&writing);
    let paused = service.ended(&film);
    assert_eq!((&paused["status"], &paused["reason"]), (&json!("paused"), &json!("review")), "as it was asked for");
    service.post(&format!("/api/runs/{film}/resume"), &json!({})).send().is(200);
    assert_eq!(
        service.until(&film, |told| told["status"] != "paused"
            && told["status"] != "running"
            && told["status"] != "queued")["status"],
        "completed"
    );
    let asked = stage.bill().jobs.iter().filter(|job| job.kind == Kind::Text).count();
    // An answer that was on its way when the service went is written off, and asked for once more.
    assert!((1..=2).contains(&asked), "asked {asked} times");
}
