//! What the history says of a prompt: how it ended, and what it left.

use retake_engine::fault::Class;
use serde_json::Value;

use super::super::http::Http;
use super::super::{File, read};

/// How a prompt ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    Success,
    /// Otherwise, and why.
    Failure(Class, String),
}

/// How a prompt ended. What stands in the history is over.
pub(super) fn end(entry: &Value) -> End {
    let status = entry.get("status").unwrap_or(&Value::Null);
    let messages = status.get("messages").and_then(Value::as_array).into_iter().flatten();
    let told = messages.filter_map(|message| Some((message.get(0)?.as_str()?, message.get(1)?)));
    for (kind, about) in told {
        match kind {
            "execution_error" => return End::Failure(class_of(about), words(about)),
            "execution_interrupted" => return End::Failure(Class::Transient, "it was interrupted".to_owned()),
            _ => {}
        }
    }
    match status.get("status_str").and_then(Value::as_str) {
        Some("error") => End::Failure(Class::Transient, "it failed without a word".to_owned()),
        // Older servers keep no status; what they keep is done.
        _ => End::Success,
    }
}

fn words(about: &Value) -> String {
    let part = |name: &str| read::field(about, name).unwrap_or_default();
    let said = if part("exception_message").is_empty() { part("exception_type") } else { part("exception_message") };
    format!("{} {}: {said}", part("node_type"), part("node_id")).trim().to_owned()
}

/// A graph does the same each time: what is wrong with its inputs stays wrong.
fn class_of(about: &Value) -> Class {
    let kind = read::field(about, "exception_type").unwrap_or_default();
    let said = read::field(about, "exception_message").unwrap_or_default();
    if read::is_policy(said) {
        return Class::Rejected;
    }
    let ours =
        ["OutOfMemory", "PIL.", "ValueError", "TypeError", "KeyError", "IndexError", "FileNotFound", "Unidentified"];
    if ours.iter().any(|sign| kind.contains(sign)) { Class::Invalid } else { read::class_of(said) }
}

/// The files that it left: what was saved for good before what was only shown, moving pictures before still ones.
pub(super) fn files(entry: &Value, http: &Http) -> Vec<File> {
    let nodes = entry.get("outputs").and_then(Value::as_object);
    let mut found = Vec::new();
    for (place, lists) in nodes.into_iter().flatten().filter_map(|(_, node)| node.as_object()).flatten() {
        for file in lists.as_array().into_iter().flatten() {
            let Some(name) = read::field(file, "filename") else { continue };
            let folder = file.get("subfolder").and_then(Value::as_str).unwrap_or_default();
            let kind = read::field(file, "type").unwrap_or("output");
            let escaped = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            let path = format!("view?filename={}&subfolder={}&type={}", escaped(name), escaped(folder), escaped(kind));
            found.push(((kind != "output", !moves(place, name)), File::Address(http.address(&path))));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, file)| file).collect()
}

fn moves(place: &str, name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(place, "videos" | "video" | "gifs") || matches!(ending.as_str(), "mp4" | "webm" | "mov" | "mkv" | "gif")
}

/// The text that it left, where a node shows one.
pub(super) fn text(entry: &Value) -> Option<String> {
    let nodes = entry.get("outputs").and_then(Value::as_object)?;
    nodes.values().find_map(|node| read::words(node.get("text")?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::http::Auth;
    use super::*;

    fn failed(kind: &str, said: &str) -> End {
        end(&json!({"status": {"status_str": "error", "completed": false, "messages": [
            ["execution_start", {"prompt_id": "p"}],
            ["execution_error", {"node_id": "1", "node_type": "LoadImage", "exception_message": said, "exception_type": kind}]]}}))
    }

    #[test]
    fn an_end_is_told_by_its_last_message() {
        let done =
            json!({"status": {"status_str": "success", "completed": true, "messages": [["execution_success", {}]]}});
        assert_eq!(end(&done), End::Success);
        let why = "LoadImage 1: cannot identify image file".to_owned();
        assert_eq!(
            failed("PIL.UnidentifiedImageError", "cannot identify image file\n"),
            End::Failure(Class::Invalid, why)
        );
        assert!(matches!(failed("torch.OutOfMemoryError", "too much"), End::Failure(Class::Invalid, _)));
        assert!(matches!(failed("RuntimeError", "cuda launch failure"), End::Failure(Class::Transient, _)));
        let stopped =
            json!({"status": {"status_str": "error", "messages": [["execution_interrupted", {"node_id": "4"}]]}});
        assert!(matches!(end(&stopped), End::Failure(Class::Transient, _)));
    }

    #[test]
    fn what_was_saved_comes_before_what_was_shown() {
        let http = Http::new(&super::super::STANDARD.seller("comfyui"), Auth::Bearer).unwrap();
        let entry = json!({"outputs": {
            "2": {"images": [{"filename": "shown.png", "subfolder": "", "type": "temp"}]},
            "5": {"images": [{"filename": "t_00001_.png", "subfolder": "a b", "type": "output"}]},
            "7": {"gifs": [{"filename": "clip.mp4", "subfolder": "", "type": "output"}], "text": ["done"]}}});
        let found: Vec<String> = files(&entry, &http)
            .into_iter()
            .filter_map(|file| match file {
                File::Address(address) => Some(address.rsplit('/').next()?.to_owned()),
                File::Bytes(_) => None,
            })
            .collect();
        assert_eq!(
            found,
            [
                "view?filename=clip.mp4&subfolder=&type=output",
                "view?filename=t_00001_.png&subfolder=a+b&type=output",
                "view?filename=shown.png&subfolder=&type=temp",
            ]
        );
        assert_eq!(text(&entry).as_deref(), Some("done"));
    }
}
