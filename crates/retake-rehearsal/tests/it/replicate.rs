//! Replicate.

use reqwest::Method;
use retake_rehearsal::{Bill, Pace, State};
use serde_json::{Value, json};

use crate::stage::{Stage, json, play, send};

const FLUX: &str = "/v1/models/black-forest-labs/flux-schnell/predictions";

fn lamp() -> Value {
    json!({"input": {"prompt": "a lamp in the rain", "seed": 3, "aspect_ratio": "16:9"}})
}

#[test]
fn a_prediction_is_made_fetched_and_charged_once() {
    play(async {
        let stage = Stage::calm();
        let answer = send(stage.post("replicate", FLUX, &lamp())).await;
        assert_eq!(answer.status(), 201);
        let location = answer.headers()["location"].to_str().unwrap().to_owned();
        let made = stage.until("replicate", &location, |p| p["status"] == "succeeded").await;
        assert_eq!(made["input"]["prompt"], "a lamp in the rain");
        assert!(made["metrics"]["predict_time"].as_f64().unwrap() > 0.0);
        let url = made["output"].as_str().unwrap();
        let host = url.split('/').nth(2).unwrap().to_owned();
        assert!(stage.server.egress().contains(&host) && !stage.server.url().ends_with(&host), "{url}");
        assert!(stage.server.bill().jobs[0].wasted);
        let picture = send(stage.bare("replicate", Method::GET, url)).await;
        assert_eq!(picture.headers()["content-type"], "image/png");
        assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG"));
        let bill = stage.server.bill();
        assert_eq!((bill.taken(), bill.charged(), bill.asked("replicate", "submit")), (1, 3000, 1));
        assert!(bill.jobs[0].fetched && !bill.jobs[0].wasted && bill.leaks.is_empty());
        assert_eq!(bill.jobs, Bill::read(stage.folder.path()).unwrap().jobs);
    });
}

#[test]
fn an_answer_may_wait_and_a_deadline_may_abort() {
    play(async {
        let stage = Stage::calm();
        let (_, done) = json(stage.post("replicate", FLUX, &lamp()).header("prefer", "wait=30")).await;
        assert_eq!(done["status"], "succeeded");
        let bad = json(stage.post("replicate", FLUX, &lamp()).header("prefer", "wait=300")).await;
        assert_eq!(bad.0, 422);
        let bad = json(stage.post("replicate", FLUX, &lamp()).header("cancel-after", "1s")).await;
        assert_eq!(bad.0, 422);
        let (_, later) = json(stage.post("replicate", FLUX, &lamp()).header("cancel-after", "1m")).await;
        assert!(later["deadline"].is_string());
    });
}

#[test]
fn whoever_is_cancelled_while_worked_on_is_charged_in_full() {
    play(async {
        let pace = Pace { queue: std::time::Duration::ZERO, cold_start: std::time::Duration::ZERO, ..slow() };
        let stage = Stage::with(retake_rehearsal::Script::calm(), pace);
        let (_, first) = json(stage.post("replicate", FLUX, &lamp())).await;
        let (_, second) = json(stage.post("replicate", FLUX, &lamp())).await;
        assert_eq!((&first["status"], &second["status"]), (&json!("processing"), &json!("starting")));
        for prediction in [&first, &second] {
            let cancel = prediction["urls"]["cancel"].as_str().unwrap();
            let (status, cancelled) = json(stage.call("replicate", Method::POST, cancel)).await;
            assert_eq!((status, &cancelled["status"]), (200, &json!("canceled")));
        }
        let bill = stage.server.bill();
        assert_eq!(bill.jobs[0].state, State::Cancelled);
        assert_eq!(bill.jobs[0].charged_micros, 3000);
        assert_eq!(bill.jobs[1].repeats.as_deref(), first["id"].as_str());
    });
}

/// One job at a time, for an hour.
fn slow() -> Pace {
    let hour = std::time::Duration::from_secs(3600);
    Pace { work: retake_rehearsal::Kind::ALL.map(|kind| (kind, hour)).into(), slots: 1, ..Pace::quick() }
}

#[test]
fn what_the_real_one_refuses_is_refused() {
    play(async {
        let stage = Stage::calm();
        let wrong = stage.bare("replicate", Method::GET, "/v1/account").bearer_auth("r8_stolen");
        assert_eq!(json(wrong).await.0, 401);
        assert_eq!(json(stage.bare("replicate", Method::GET, "/v1/account")).await.0, 401);
        assert_eq!(json(stage.get("replicate", "/v1/account")).await.0, 200);
        let (status, answer) = json(stage.post("replicate", FLUX, &json!({"input": {}}))).await;
        assert_eq!((status, &answer["detail"]), (422, &json!("- input.prompt is required\n")));
        let nobody = "/v1/models/nobody/nothing/predictions";
        assert_eq!(json(stage.post("replicate", nobody, &lamp())).await.0, 404);
        assert_eq!(json(stage.get("replicate", "/v1/predictions/unknown")).await.0, 404);
        let (_, model) = json(stage.get("replicate", "/v1/models/bytedance/seedance-1-lite")).await;
        let input = &model["latest_version"]["openapi_schema"]["components"]["schemas"]["Input"]["properties"];
        assert_eq!(input["duration"]["type"], "integer");
        assert_eq!(stage.server.bill().taken(), 0);
    });
}

#[test]
fn the_list_is_newest_first_and_has_pages() {
    play(async {
        let stage = Stage::calm();
        for seed in 0..103 {
            let body = json!({"input": {"prompt": "a lamp", "seed": seed}});
            assert_eq!(json(stage.post("replicate", FLUX, &body)).await.0, 201);
        }
        let (_, page) = json(stage.get("replicate", "/v1/predictions?created_after=2026-01-01T00:00:00Z")).await;
        let seeds = |page: &Value| -> Vec<i64> {
            page["results"].as_array().unwrap().iter().map(|p| p["input"]["seed"].as_i64().unwrap()).collect()
        };
        assert_eq!(seeds(&page), (3..103).rev().collect::<Vec<_>>());
        let (_, last) = json(stage.get("replicate", page["next"].as_str().unwrap())).await;
        assert_eq!((seeds(&last), &last["next"]), (vec![2, 1, 0], &Value::Null));
        let (_, none) = json(stage.get("replicate", "/v1/predictions?created_after=2999-01-01T00:00:00Z")).await;
        assert!(seeds(&none).is_empty());
    });
}

#[test]
fn files_are_brought_and_downloaded() {
    play(async {
        let stage = Stage::calm();
        let form = "--x\r\ncontent-disposition: form-data; name=\"content\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\nPNG\r\n--x--\r\n";
        let post = stage.call("replicate", Method::POST, "/v1/files");
        let (status, file) = json(post.header("content-type", "multipart/form-data; boundary=x").body(form)).await;
        assert_eq!((status, &file["size"], &file["content_type"]), (201, &json!(3), &json!("image/png")));
        let url = file["urls"]["get"].as_str().unwrap();
        assert_eq!(json(stage.get("replicate", url)).await.1["id"], file["id"]);
    });
}

#[test]
fn a_key_at_the_wrong_door_is_a_leak() {
    play(async {
        let stage = Stage::calm();
        let (_, done) = json(stage.post("replicate", FLUX, &lamp()).header("prefer", "wait")).await;
        send(stage.get("replicate", done["output"].as_str().unwrap())).await;
        let strange = stage.bare("replicate", Method::GET, "/v1/account").bearer_auth(retake_rehearsal::key("fal"));
        assert_eq!(json(strange).await.0, 401);
        let leaks = stage.server.bill().leaks;
        assert_eq!(leaks.len(), 2, "{leaks:?}");
    });
}

#[test]
fn a_restart_knows_every_job_and_its_bill() {
    play(async {
        let stage = Stage::calm();
        let (_, done) = json(stage.post("replicate", FLUX, &lamp()).header("prefer", "wait")).await;
        let (_, begun) = json(stage.post("replicate", FLUX, &lamp())).await;
        let before = stage.server.bill();
        let stage = stage.restart();
        let path = |prediction: &Value| format!("/v1/predictions/{}", prediction["id"].as_str().unwrap());
        let known = json(stage.get("replicate", &path(&done))).await.1;
        assert_eq!((&known["status"], &known["created_at"]), (&done["status"], &done["created_at"]));
        stage.until("replicate", &path(&begun), |p| p["status"] == "succeeded").await;
        let after = stage.server.bill();
        assert_eq!((after.taken(), after.charged()), (2, 6000));
        assert_eq!(after.asked("replicate", "submit"), before.asked("replicate", "submit"));
        assert_eq!(after.doubled().len(), 1);
    });
}

/// What a killed server leaves is what lies in its folder at that moment, and perhaps half a line.
#[test]
fn a_killed_server_has_told_nobody_of_what_it_does_not_know() {
    play(async {
        let stage = Stage::calm();
        for seed in 0..20 {
            let body = json!({"input": {"prompt": "a lamp", "seed": seed}});
            let (_, prediction) = json(stage.post("replicate", FLUX, &body)).await;
            let killed = tempfile::tempdir().unwrap();
            let mut log = std::fs::read(stage.folder.path().join("log.ndjson")).unwrap();
            log.extend_from_slice(b"{\"accepted\":{\"no\":");
            std::fs::write(killed.path().join("log.ndjson"), log).unwrap();
            let bill = Bill::read(killed.path()).unwrap();
            assert_eq!(bill.jobs.last().unwrap().ticket, prediction["id"].as_str().unwrap());
            assert_eq!(bill.taken(), seed + 1);
        }
    });
}

#[test]
fn a_log_that_is_damaged_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.ndjson"), "{\"tried\":{\"what\":\"a\"}}\nrubbish\n").unwrap();
    assert!(Bill::read(folder.path()).unwrap_err().to_string().contains("line 2"));
}

/// An input too large for the log is kept beside it, word for word.
#[test]
fn a_large_input_comes_back_as_it_was() {
    play(async {
        let stage = Stage::calm();
        let body = json!({"input": {"prompt": "x".repeat(100_000), "image": "data:image/png;base64,".to_owned() + &"A".repeat(200_000)}});
        let (_, prediction) = json(stage.post("replicate", &FLUX.replace("schnell", "dev"), &body)).await;
        assert_eq!(prediction["input"], body["input"]);
        let stage = stage.restart();
        let (_, list) = json(stage.get("replicate", "/v1/predictions")).await;
        assert_eq!(list["results"][0]["input"], body["input"]);
        assert_eq!(stage.server.bill().jobs[0].prompt.len(), 200);
    });
}
