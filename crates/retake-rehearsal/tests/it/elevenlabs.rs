//! ElevenLabs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use retake_rehearsal::{Pace, Script};
use serde_json::{Value, json};

use crate::stage::{Stage, json, play, send};

const RACHEL: &str = "/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM";
const TEXT: &str = "The lamp, then the rain.";

fn words(text: &str) -> Value {
    json!({"text": text, "model_id": "eleven_multilingual_v2", "seed": 3})
}

#[test]
fn speech_comes_as_bytes_and_with_the_moments_of_its_letters() {
    play(async {
        let stage = Stage::calm();
        let answer = send(stage.post("elevenlabs", RACHEL, &words(TEXT))).await;
        assert_eq!(answer.headers()["content-type"], "audio/mpeg");
        assert_eq!(answer.headers()["character-cost"], "24");
        assert!(answer.headers().contains_key("request-id"));
        let plain = answer.bytes().await.unwrap();
        assert_eq!(stage.server.bill().charged(), 24 * 100);

        let (_, timed) = json(stage.post("elevenlabs", &format!("{RACHEL}/with-timestamps"), &words(TEXT))).await;
        assert_eq!(STANDARD.decode(timed["audio_base64"].as_str().unwrap()).unwrap(), plain);
        let letters = timed["alignment"]["characters"].as_array().unwrap();
        assert_eq!(letters.iter().map(|letter| letter.as_str().unwrap()).collect::<String>(), TEXT);

        let stream = send(stage.post("elevenlabs", &format!("{RACHEL}/stream/with-timestamps"), &words(TEXT))).await;
        let pieces: Vec<Value> =
            stream.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let sound: Vec<u8> =
            pieces.iter().flat_map(|piece| STANDARD.decode(piece["audio_base64"].as_str().unwrap()).unwrap()).collect();
        assert_eq!(sound, plain);
        let starts =
            pieces.iter().flat_map(|piece| piece["alignment"]["character_start_times_seconds"].as_array().unwrap());
        assert_eq!(
            starts.cloned().collect::<Vec<_>>(),
            *timed["alignment"]["character_start_times_seconds"].as_array().unwrap()
        );

        let odd = json!({"text": "abc", "model_id": "eleven_flash_v2_5"});
        let cheap = send(stage.post("elevenlabs", &format!("{RACHEL}?output_format=pcm_16000"), &odd)).await;
        assert_eq!(
            (&cheap.headers()["character-cost"], &cheap.headers()["content-type"]),
            (&"2".parse().unwrap(), &"audio/pcm".parse().unwrap())
        );
        assert_eq!(stage.server.bill().jobs[3].charged_micros, 3 * 50);
        let (_, account) = json(stage.get("elevenlabs", "/v1/user/subscription")).await;
        assert_eq!(account["character_count"], 24 * 3 + 2);
    });
}

#[test]
fn what_was_said_is_found_again() {
    play(async {
        let stage = Stage::calm();
        for number in 0..5 {
            let body = words(&format!("Sentence {number}."));
            let path = if number == 2 { format!("{RACHEL}?enable_logging=false") } else { RACHEL.to_owned() };
            assert_eq!(send(stage.post("elevenlabs", &path, &body)).await.status(), 200);
        }
        let (_, page) = json(stage.get("elevenlabs", "/v1/history?page_size=3")).await;
        let texts = |page: &Value| -> Vec<String> {
            page["history"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(texts(&page), ["Sentence 4.", "Sentence 3.", "Sentence 1."]);
        assert_eq!(page["has_more"], true);
        let last = page["last_history_item_id"].as_str().unwrap();
        let path = format!("/v1/history?page_size=3&start_after_history_item_id={last}");
        let (_, rest) = json(stage.get("elevenlabs", &path)).await;
        assert_eq!((texts(&rest), &rest["has_more"]), (vec!["Sentence 0.".to_owned()], &json!(false)));
        let sound = send(stage.get("elevenlabs", &format!("/v1/history/{last}/audio"))).await;
        assert_eq!(sound.headers()["content-type"], "audio/mpeg");
        let (_, nobody) = json(stage.get("elevenlabs", "/v1/history?voice_id=JBFqnCBsd6RMkjVDRZzb")).await;
        assert!(texts(&nobody).is_empty());
    });
}

#[test]
fn a_recording_is_aligned_with_its_text() {
    play(async {
        let stage = Stage::calm();
        for format in ["mp3_44100_128", "mp3_22050_32"] {
            let path = format!("{RACHEL}?output_format={format}");
            let sound = send(stage.post("elevenlabs", &path, &words(TEXT))).await.bytes().await.unwrap();
            let mut form = b"--x\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\n".to_vec();
            form.extend(TEXT.as_bytes());
            form.extend(b"\r\n--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n");
            form.extend(&sound);
            form.extend(b"\r\n--x--\r\n");
            let post = stage.call("elevenlabs", Method::POST, "/v1/forced-alignment");
            let (status, told) = json(post.header("content-type", "multipart/form-data; boundary=x").body(form)).await;
            assert_eq!(status, 200, "{told}");
            let found = told["words"].as_array().unwrap();
            assert_eq!((found.len(), &found[4]["text"]), (5, &json!("rain.")));
            let (_, timed) = json(stage.post("elevenlabs", &format!("{RACHEL}/with-timestamps"), &words(TEXT))).await;
            let end =
                timed["alignment"]["character_end_times_seconds"].as_array().unwrap().last().unwrap().as_f64().unwrap();
            assert!((found[4]["end"].as_f64().unwrap() - end).abs() < 0.1, "{format}: {} and {end}", found[4]["end"]);
        }
    });
}

#[test]
fn what_the_real_one_refuses_is_refused_in_its_three_shapes() {
    play(async {
        let stage = Stage::calm();
        let wrong = stage.bare("elevenlabs", Method::GET, "/v1/models").header("xi-api-key", "stolen");
        let (status, error) = json(wrong).await;
        assert_eq!((status, &error["detail"]["status"]), (401, &json!("invalid_api_key")));
        let (status, error) = json(stage.post("elevenlabs", RACHEL, &json!({"model_id": "eleven_v3"}))).await;
        assert_eq!((status, &error["detail"][0]["loc"]), (422, &json!(["body", "text"])));
        let unknown = json!({"text": "a", "model_id": "nothing"});
        let (status, error) = json(stage.post("elevenlabs", RACHEL, &unknown)).await;
        assert_eq!((status, &error["detail"]["code"]), (404, &json!("model_not_found")));
        let (status, error) = json(stage.post("elevenlabs", "/v1/text-to-speech/nobody", &words("a"))).await;
        assert_eq!((status, &error["detail"]["status"]), (404, &json!("voice_not_found")));
        let (status, error) = json(stage.post("elevenlabs", RACHEL, &words(&"a".repeat(10_001)))).await;
        assert_eq!((status, &error["detail"]["status"]), (400, &json!("max_character_limit_exceeded")));
        let (_, voices) = json(stage.get("elevenlabs", "/v1/voices")).await;
        assert_eq!(voices["voices"][0]["name"], "Rachel");
        assert_eq!(json(stage.get("elevenlabs", "/v1/models")).await.1[0]["model_id"], "eleven_v3");
        assert_eq!(stage.server.bill().taken(), 0);
    });
}

#[test]
fn its_troubles_are_told_in_its_words() {
    play(async {
        let yaml = "rules:
  - {nth: 1, do: {throttle: {after: 3s}}}
  - {nth: 2, do: no-credit}
  - {nth: 3, do: refuse}
  - {nth: 4, do: {status: 429}}
  - {nth: 5, do: {status: 503}}
  - {nth: 6, do: {fail: the voice broke}}
  - {nth: 7, do: {cost: absurd}}
";
        let stage = Stage::with(Script::read(yaml).unwrap(), Pace::quick());
        let slow = send(stage.post("elevenlabs", RACHEL, &words(TEXT))).await;
        assert_eq!((slow.status().as_u16(), &slow.headers()["retry-after"]), (429, &"3".parse().unwrap()));
        for (status, code) in [
            (401, "quota_exceeded"),
            (403, "content_policy_violation"),
            (429, "concurrent_limit_exceeded"),
            (503, "system_busy"),
            (500, "internal_server_error"),
        ] {
            let (told, error) = json(stage.post("elevenlabs", RACHEL, &words(TEXT))).await;
            assert_eq!((told, &error["detail"]["status"]), (status, &json!(code)));
        }
        let absurd = send(stage.post("elevenlabs", RACHEL, &words(TEXT))).await;
        assert_eq!(absurd.headers()["character-cost"], "900000000000000");
    });
}
