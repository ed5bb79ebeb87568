//! What a model on fal has made, in the many shapes that models have.

use serde_json::Value;

use super::super::read;
use super::{Published, http};
use crate::providers::{File, Spoken};

/// Where models put what they have made, the first that is there.
const PLACES: [&str; 9] = ["video", "videos", "images", "image", "audio", "audio_file", "audio_url", "file", "output"];

/// The files, the one that was wanted first.
pub(super) fn files(answer: &Value) -> Vec<File> {
    let at = |place: &&str| answer.get(*place).map(read::files).filter(|files| !files.is_empty());
    PLACES.iter().find_map(at).unwrap_or_else(|| read::files(answer))
}

/// The text, where that is what it made.
pub(super) fn text(answer: &Value) -> Option<String> {
    let at = |place: &&str| answer.get(*place).filter(|value| read::files(value).is_empty()).and_then(read::words);
    ["output", "text"].iter().find_map(at)
}

/// The words of a recording, where it says when each is spoken.
pub(super) fn words(answer: &Value) -> Vec<Spoken> {
    let chunks = answer.get("chunks").and_then(Value::as_array);
    let spoken = |chunk: &Value| {
        let time = |at: usize| u64::try_from(http::seconds(chunk.get("timestamp")?.get(at)?)?.as_millis()).ok();
        let text = read::field(chunk, "text")?.to_owned();
        let (start_ms, end_ms) = (time(0)?, time(1)?);
        (start_ms <= end_ms).then_some(Spoken { text, start_ms, end_ms })
    };
    // A part would be worse than nothing: what is said would lie at the wrong places.
    chunks.and_then(|chunks| chunks.iter().map(spoken).collect()).unwrap_or_default()
}

/// Whether what it made was thought unfit to be shown: such pictures are black.
pub(super) fn is_blank(answer: &Value) -> bool {
    match answer.get("has_nsfw_concepts") {
        Some(Value::Bool(unfit)) => *unfit,
        Some(Value::Array(each)) => each.contains(&Value::Bool(true)),
        _ => false,
    }
}

/// What a model takes, as it is described.
pub(super) fn schema(whole: &Value) -> Option<Published> {
    let paths = whole.get("paths")?.as_object()?;
    let bodies = paths.values().filter_map(|path| path.pointer("/post/requestBody/content/application~1json/schema"));
    let body = bodies.into_iter().next()?;
    let target = body.get("$ref").and_then(Value::as_str).and_then(|name| whole.pointer(name.strip_prefix('#')?));
    Some(Published::of_schema(target.unwrap_or(body), whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::super::rubbish;
    use super::*;

    #[test]
    fn what_was_wanted_comes_first() {
        let answer = json!({"prompt": "https://not.example/this", "timings": {}, "has_nsfw_concepts": [false],
            "images": [{"url": "https://v3.fal.media/a.png", "content_type": "image/png"}]});
        assert_eq!(files(&answer), [File::Address("https://v3.fal.media/a.png".into())]);
        assert!(!is_blank(&answer) && text(&answer).is_none());
        assert!(is_blank(&json!({"has_nsfw_concepts": [false, true]})));
        assert_eq!(text(&json!({"output": "once upon"})).as_deref(), Some("once upon"));
    }

    #[test]
    fn words_are_whole_or_none() {
        let word = |text: &str, time: Value| json!({"text": text, "timestamp": time});
        let both = json!({"chunks": [word(" a", json!([0.0, 0.5])), word("b ", json!([0.5, 1]))]});
        let read = words(&both);
        assert_eq!((read.len(), read[1].text.as_str(), read[1].end_ms), (2, "b", 1_000));
        assert_eq!(words(&json!({"chunks": [word("a", json!([0.0, 0.5])), word("b", json!([0.5, null]))]})), []);
    }

    #[test]
    fn a_model_shows_what_it_takes() {
        let whole = json!({
            "paths": {"/fal-ai/flux/dev": {"post": {"requestBody": {"content": {"application/json":
                {"schema": {"$ref": "#/components/schemas/FluxDevInput"}}}}}}},
            "components": {"schemas": {"FluxDevInput": {
                "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}}}});
        let published = schema(&whole).unwrap();
        assert_eq!((published.inputs.len(), published.required), (1, vec!["prompt".to_owned()]));
        assert_eq!(schema(&json!({"paths": {}})), None);
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(answer in rubbish::json(&["images", "chunks", "timestamp", "text", "output", "post", "paths"])) {
            let _ = (files(&answer), text(&answer), words(&answer), is_blank(&answer), schema(&answer));
        }
    }
}
