//! Google's two doors: the Gemini API and Vertex.

use reqwest::Method;
use retake_rehearsal::{Pace, Script, State, key};
use serde_json::{Value, json};

use crate::stage::{Stage, json, play, send};

const TEXT: &str = "/v1beta/models/gemini-3.1-flash:generateContent";
const CLIPS: &str = "/v1beta/interactions";
const VEO: &str = "/v1/projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001";

fn text() -> Value {
    json!({
        "contents": [{"role": "user", "parts": [{"text": "film: the sea"}]}],
        "generationConfig": {"responseMimeType": "application/json", "responseSchema":
            {"type": "OBJECT", "required": ["film"], "properties": {"film": {"type": "STRING"}}}},
    })
}

fn clip(delivery: &str) -> Value {
    json!({
        "model": "gemini-omni-1.2-flash",
        "input": [{"type": "text", "text": "a lamp"}],
        "response_format": {"type": "video", "aspect_ratio": "9:16", "duration": "2s", "delivery": delivery},
        "background": true, "store": true, "labels": {"job": "7"},
    })
}

fn script(yaml: &str) -> Stage {
    Stage::with(Script::read(yaml).unwrap(), Pace::quick())
}

#[test]
fn texts_and_pictures_come_at_once_and_tell_what_they_cost() {
    play(async {
        let stage = Stage::calm();
        let (status, answer) = json(stage.post("google", TEXT, &text())).await;
        assert_eq!((status, &answer["candidates"][0]["finishReason"]), (200, &json!("STOP")));
        let said = answer["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(said).unwrap()["film"], "the sea");
        let usage = &answer["usageMetadata"];
        let count = |name: &str| usage[name].as_u64().unwrap();
        assert_eq!(stage.server.bill().charged(), count("promptTokenCount") + 4 * count("candidatesTokenCount"));

        let path = "/v1beta/models/gemini-3-pro-image:generateContent";
        let body = json!({"contents": [{"parts": [{"text": "a lamp"}]}], "generationConfig": {"responseModalities": ["IMAGE"]}});
        let (_, picture) = json(stage.post("google", path, &body)).await;
        let part = &picture["candidates"][0]["content"]["parts"][0]["inlineData"];
        assert_eq!(part["mimeType"], "image/png");
        let usage = &picture["usageMetadata"];
        let asked = (usage["promptTokenCount"].as_u64().unwrap() * 300_000).div_ceil(1_000_000);
        let made = (usage["candidatesTokenCount"].as_u64().unwrap() * 30_000_000).div_ceil(1_000_000);
        assert_eq!(stage.server.bill().jobs[1].charged_micros, asked + made);

        let path = TEXT.replace("generate", "streamGenerate");
        assert!(json(stage.post("google", &path, &text())).await.1[0]["candidates"].is_array());
    });
}

#[test]
fn a_clip_is_polled_and_delivered_in_both_ways() {
    play(async {
        let stage = Stage::calm();
        for delivery in ["inline", "uri"] {
            let (status, begun) = json(stage.post("google", CLIPS, &clip(delivery))).await;
            assert_eq!(status, 200, "{begun}");
            let path = format!("{CLIPS}/{}", begun["id"].as_str().unwrap());
            let done = stage.until("google", &path, |clip| clip["status"] == "completed").await;
            assert_eq!((&done["labels"]["job"], &done["steps"][1]["type"]), (&json!("7"), &json!("model_output")));
            assert_eq!(done["usage"]["total_output_tokens"], 10_000);
            assert_eq!(done["steps"][1]["content"][0], done["output_video"]);
            let Some(uri) = done["output_video"]["uri"].as_str() else {
                assert!(done["output_video"]["data"].as_str().unwrap().len() > 1000);
                continue;
            };
            assert_ne!(send(stage.bare("google", Method::GET, uri)).await.status(), 200, "it wants the key");
            // The key goes no further than the redirect.
            let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
            let told = plain.get(uri).header("x-goog-api-key", key("google")).send().await.unwrap();
            assert_eq!(told.status(), 302);
            let place = told.headers()["location"].to_str().unwrap().to_owned();
            let film = send(stage.bare("google", Method::GET, &place)).await;
            assert_eq!(film.headers()["content-type"], "video/mp4");
        }
        let bill = stage.server.bill();
        assert_eq!(bill.charged(), 2 * 140_003);
        assert!(bill.leaks.is_empty() && bill.jobs[0].fetched, "{bill:?}");
        let uri = format!("/v1beta/files/{}:download?alt=media", bill.jobs[1].ticket);
        send(stage.get("google", &uri)).await;
        assert_eq!(stage.server.bill().leaks.len(), 1, "who takes the key along to another host leaks it");
    });
}

#[test]
fn a_clip_is_cancelled_before_it_costs_anything() {
    play(async {
        let hour = std::time::Duration::from_secs(3600);
        let stage = Stage::with(Script::calm(), Pace { queue: hour, ..Pace::quick() });
        let (_, begun) = json(stage.post("google", CLIPS, &clip("uri"))).await;
        assert_eq!(begun["status"], "queued");
        let path = format!("{CLIPS}/{}/cancel", begun["id"].as_str().unwrap());
        assert_eq!(json(stage.call("google", Method::POST, &path)).await.1["status"], "cancelled");
        assert_eq!((stage.server.bill().charged(), stage.server.bill().jobs[0].state), (0, State::Aborted));
    });
}

#[test]
fn files_are_brought_in_two_steps() {
    play(async {
        let stage = Stage::calm();
        let start = stage.call("google", Method::POST, "/upload/v1beta/files");
        let start = start.header("x-goog-upload-command", "start").header("x-goog-upload-protocol", "resumable");
        let start = send(start.header("x-goog-upload-header-content-type", "image/png").body("{}")).await;
        let place = start.headers()["x-goog-upload-url"].to_str().unwrap().to_owned();
        let bring = stage.bare("google", Method::POST, &place).header("x-goog-upload-command", "upload, finalize");
        let (status, file) = json(bring.body("PNG")).await;
        assert_eq!(
            (status, &file["file"]["sizeBytes"], &file["file"]["mimeType"]),
            (200, &json!("3"), &json!("image/png"))
        );
        let uri = file["file"]["uri"].as_str().unwrap();
        assert_eq!(json(stage.get("google", uri)).await.1["state"], "ACTIVE");
    });
}

#[test]
fn what_the_real_one_refuses_is_refused() {
    play(async {
        let stage = Stage::calm();
        let wrong = stage.bare("google", Method::GET, "/v1beta/models").header("x-goog-api-key", "stolen");
        let (status, error) = json(wrong).await;
        assert_eq!((status, &error["error"]["details"][0]["reason"]), (400, &json!("API_KEY_INVALID")));
        let status_of = |path: &'static str, body: Value| {
            let stage = &stage;
            async move {
                let (status, error) = json(stage.post("google", path, &body)).await;
                (status, error["error"]["status"].as_str().unwrap_or_default().to_owned())
            }
        };
        let invalid = (400, "INVALID_ARGUMENT".to_owned());
        assert_eq!(status_of(TEXT, json!({})).await, invalid);
        assert_eq!(status_of(CLIPS, json!({"model": "gemini-omni-1.2-flash"})).await, invalid);
        let gone = (404, "NOT_FOUND".to_owned());
        assert_eq!(status_of("/v1beta/models/nothing-1:generateContent", text()).await, gone);
        assert_eq!(status_of("/v1beta/models/imagen-4.0:predict", text()).await, gone);
        assert_eq!(json(stage.get("google", "/v1beta/interactions/unknown")).await.0, 404);
        // A retired model is still described; only the list can be believed.
        assert_eq!(json(stage.get("google", "/v1beta/models/veo-3.1-generate-preview")).await.0, 200);
        let (_, list) = json(stage.get("google", "/v1beta/models")).await;
        assert!(!list.to_string().contains("veo"));
        assert_eq!(stage.server.bill().taken(), 0);
    });
}

#[test]
fn its_troubles_are_told_in_its_words() {
    play(async {
        let stage = script(
            "rules:
  - {nth: 1, do: {throttle: {after: 34s, form: body}}}
  - {nth: 2, do: no-credit}
  - {nth: 3, do: {status: 503}}
  - {nth: 4, do: {refuse: {when: end}}}
  - {nth: 5, do: cut-off}
",
        );
        let (status, slow) = json(stage.post("google", TEXT, &text())).await;
        assert_eq!(status, 429);
        assert_eq!(slow["error"]["details"][2]["retryDelay"], "34.074824224s");
        let (_, empty) = json(stage.post("google", TEXT, &text())).await;
        assert!(empty["error"]["details"][0]["violations"][0]["quotaId"].as_str().unwrap().contains("PerDay"));
        assert!(!empty.to_string().contains("RetryInfo"));
        let (_, listed) = json(stage.post("google", TEXT, &text())).await;
        assert_eq!(listed[0]["error"]["status"], "UNAVAILABLE");
        let (_, refused) = json(stage.post("google", TEXT, &text())).await;
        assert_eq!(
            (&refused["candidates"][0]["finishReason"], &refused["candidates"][0]["content"]),
            (&json!("SAFETY"), &Value::Null)
        );
        let (_, cut) = json(stage.post("google", TEXT, &text())).await;
        assert_eq!(cut["candidates"][0]["finishReason"], "MAX_TOKENS");
    });
}

fn veo(count: u32) -> Value {
    json!({"instances": [{"prompt": "a lamp"}], "parameters": {"durationSeconds": 4, "aspectRatio": "16:9", "sampleCount": count}})
}

/// Asks for an operation until it is done.
async fn operation(stage: &Stage, name: &Value) -> Value {
    loop {
        let (status, told) =
            json(stage.post("vertex", &format!("{VEO}:fetchPredictOperation"), &json!({"operationName": name}))).await;
        assert_eq!(status, 200, "{told}");
        if told["done"] == true {
            return told;
        }
    }
}

#[test]
fn vertex_makes_clips_by_operations() {
    play(async {
        let stage = Stage::calm();
        let (status, begun) = json(stage.post("vertex", &format!("{VEO}:predictLongRunning"), &veo(2))).await;
        assert_eq!(status, 200);
        assert!(
            begun["name"]
                .as_str()
                .unwrap()
                .starts_with("projects/p/locations/us-central1/publishers/google/models/veo")
        );
        let done = operation(&stage, &begun["name"]).await;
        let samples = done["response"]["generateVideoResponse"]["generatedSamples"].as_array().unwrap();
        assert_eq!(samples.len(), 2);
        for sample in samples {
            let uri = sample["video"]["uri"].as_str().unwrap();
            assert_eq!(json(stage.bare("vertex", Method::GET, uri)).await.0, 401);
            let film = send(stage.get("vertex", uri)).await;
            assert_eq!(film.headers()["content-type"], "video/mp4");
        }
        assert_eq!(stage.server.bill().charged(), 2 * 4 * 400_000);
        let (status, answer) = json(stage.post(
            "vertex",
            &VEO.replace("veo-3.1-generate-001", "gemini-3.1-flash:generateContent"),
            &text(),
        ))
        .await;
        assert_eq!((status, &answer["candidates"][0]["finishReason"]), (200, &json!("STOP")));
        let (status, error) = json(stage.bare("vertex", Method::POST, VEO)).await;
        assert_eq!((status, &error["error"]["status"]), (401, &json!("UNAUTHENTICATED")));
        assert_eq!(json(stage.post("vertex", &format!("{VEO}:predictLongRunning"), &json!({}))).await.0, 400);
        assert_eq!(
            json(stage.post("vertex", &VEO.replace("veo-3.1-generate-001", "nothing:predictLongRunning"), &veo(1)))
                .await
                .0,
            404
        );
    });
}

#[test]
fn vertex_may_be_done_with_nothing_to_show() {
    play(async {
        let stage = script(
            "rules:
  - {nth: 1, do: {refuse: {when: end}}}
  - {nth: 2, do: nsfw}
  - {nth: 3, do: {fail: deadline exceeded within}}
",
        );
        let mut told = Vec::new();
        for _ in 0..3 {
            let (_, begun) = json(stage.post("vertex", &format!("{VEO}:predictLongRunning"), &veo(1))).await;
            told.push(operation(&stage, &begun["name"]).await);
        }
        let said = |at: usize| &told[at]["response"]["generateVideoResponse"];
        assert_eq!((&said(0)["raiMediaFilteredCount"], &said(0)["generatedSamples"]), (&json!(1), &Value::Null));
        assert_eq!(said(1), &json!({}));
        assert_eq!(told[2]["error"]["message"], "deadline exceeded within");
        let charged: Vec<u64> = stage.server.bill().jobs.iter().map(|job| job.charged_micros).collect();
        assert_eq!(charged, [0, 1_600_000, 0]);
    });
}
