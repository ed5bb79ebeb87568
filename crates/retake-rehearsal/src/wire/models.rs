//! Which models there are, and what they take.
//!
//! Owns the words in a model's name that say its kind, and the inputs that models of a kind have: a guess, for whatever is
//! not in the table of those that are known exactly. What neither says anything about does not exist here.

use serde_json::{Map, Value, json};

use crate::jobs::Kind;

mod check;
pub(crate) mod table;

pub(crate) use check::{What, Wrong, at};
pub(crate) use table::Model;

/// What a model's name must contain to be of a kind; the first that fits counts.
const WORDS: &[(Kind, &[&str])] = &[
    (Kind::Align, &["align", "whisperx", "whisper", "transcribe", "speech-to-text"]),
    (Kind::Music, &["music", "lyria", "suno", "stable-audio", "riffusion", "sound_effect"]),
    (Kind::Speech, &["tts", "speech", "kokoro", "chatterbox", "xtts", "bark", "voice", "eleven_", "dia-", "orpheus"]),
    (
        Kind::Video,
        &[
            "video",
            "seedance",
            "veo",
            "kling",
            "hailuo",
            "wan-2",
            "wan2",
            "wan-",
            "wan/",
            "ltx",
            "pixverse",
            "i2v",
            "t2v",
            "ray-",
            "ray2",
            "ray3",
            "mochi",
            "hunyuan",
            "vidu",
            "sora",
            "omni",
            "gen3",
            "gen4_turbo",
            "gen4_aleph",
            "gen4.5",
            "gen-4",
            "framepack",
            "animate",
            "movie",
            "motion",
        ],
    ),
    (
        Kind::Image,
        &[
            "image",
            "flux",
            "sdxl",
            "diffusion",
            "seedream",
            "banana",
            "imagen",
            "photon",
            "ideogram",
            "recraft",
            "sana",
            "picture",
            "upscale",
            "gen4",
            "dall-e",
            "kontext",
            "hidream",
            "playground",
            "background",
        ],
    ),
    (
        Kind::Text,
        &[
            "llama", "gpt", "claude", "gemini", "instruct", "deepseek", "qwen", "mistral", "granite", "llm", "chat",
            "o3", "o4", "kimi",
        ],
    ),
];

/// What is wrong with an input for a model; nothing where its inputs are only guessed.
pub(crate) fn wrong(provider: &str, model: &str, input: &Value) -> Option<Wrong> {
    check::wrong(table::find(provider, model)?, input)
}

/// The models that somebody's list shows: those of the table, and these beside.
pub(crate) fn listed(provider: &str, beside: &[&'static str]) -> Vec<&'static str> {
    let known = table::all().iter().filter(|known| known.provider == provider).map(|known| known.name);
    known.chain(beside.iter().copied()).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// Whether it is known exactly what a model takes.
pub(crate) fn is_known(provider: &str, model: &str) -> bool {
    table::find(provider, model).is_some()
}

/// Whether a model is known to work without words.
pub(crate) fn may_be_silent(provider: &str, model: &str) -> bool {
    let needs = |known: &Model| known.required.iter().any(|name| ["prompt", "text", "input"].contains(name));
    table::find(provider, model).is_some_and(|known| !needs(known))
}

/// The kind of a model, if there is one of this name.
pub(crate) fn kind(model: &str) -> Option<Kind> {
    if let Some(known) = table::all().iter().find(|known| known.name == model) {
        return Some(known.kind);
    }
    let model = model.to_ascii_lowercase();
    WORDS.iter().find(|(_, words)| words.iter().any(|word| model.contains(word))).map(|(kind, _)| *kind)
}

/// What the text that a model works on is called; one of these must be there.
pub(crate) fn prompts(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Speech => &["text", "prompt", "input"],
        Kind::Align => &["audio", "audio_file", "audio_url", "file", "text"],
        Kind::Image | Kind::Video | Kind::Text | Kind::Music => &["prompt", "text", "messages"],
    }
}

/// Where pictures stand in an input.
pub(crate) const PICTURES: &[&str] = &[
    "image",
    "start_image",
    "first_frame_image",
    "first_frame",
    "image_url",
    "start_image_url",
    "image_urls",
    "input_image",
    "image_input",
    "input_images",
    "input_reference",
    "reference_images",
    "promptImage",
];

/// Where lengths stand in an input.
pub(crate) const LENGTHS: &[&str] =
    &["duration", "seconds", "duration_seconds", "length", "durationSeconds", "seconds_total"];

/// The inputs of a kind by JSON type.
fn inputs(kind: Kind) -> &'static [(&'static str, &'static [&'static str])] {
    match kind {
        Kind::Image => &[
            (
                "string",
                &[
                    "prompt",
                    "negative_prompt",
                    "aspect_ratio",
                    "size",
                    "resolution",
                    "output_format",
                    "style",
                    "image",
                    "input_image",
                    "mask",
                    "quality",
                ],
            ),
            (
                "integer",
                &[
                    "seed",
                    "width",
                    "height",
                    "num_outputs",
                    "num_inference_steps",
                    "output_quality",
                    "max_images",
                    "safety_tolerance",
                ],
            ),
            ("number", &["guidance", "guidance_scale", "prompt_strength"]),
            ("boolean", &["go_fast", "disable_safety_checker", "prompt_upsampling"]),
            ("array", &["image_input", "input_images", "reference_images"]),
        ],
        Kind::Video => &[
            (
                "string",
                &[
                    "prompt",
                    "negative_prompt",
                    "aspect_ratio",
                    "resolution",
                    "size",
                    "image",
                    "start_image",
                    "first_frame_image",
                    "first_frame",
                    "end_image",
                    "last_frame_image",
                    "last_frame",
                    "tail_image",
                    "input_reference",
                    "mode",
                    "quality",
                    "subject_reference",
                ],
            ),
            ("integer", &["seed", "duration", "seconds", "fps", "num_frames", "width", "height"]),
            ("number", &["guidance_scale", "cfg_scale"]),
            ("boolean", &["camera_fixed", "generate_audio", "loop", "prompt_optimizer", "enhance_prompt"]),
            ("array", &["reference_images"]),
        ],
        Kind::Speech => &[
            (
                "string",
                &[
                    "text",
                    "prompt",
                    "voice",
                    "voice_id",
                    "language",
                    "language_code",
                    "emotion",
                    "output_format",
                    "speaker",
                    "audio_prompt",
                ],
            ),
            ("integer", &["seed", "sample_rate"]),
            ("number", &["speed", "pitch", "volume", "temperature", "exaggeration", "cfg_weight"]),
        ],
        Kind::Text => &[
            ("string", &["prompt", "system_prompt", "system_instruction", "reasoning_effort", "verbosity"]),
            ("integer", &["max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "seed"]),
            ("number", &["temperature", "top_p"]),
            ("array", &["messages", "image_input", "images"]),
        ],
        Kind::Align => &[
            ("string", &["audio", "audio_file", "text", "language", "task"]),
            ("boolean", &["align_output", "word_timestamps"]),
            ("integer", &["batch_size"]),
        ],
        Kind::Music => &[
            ("string", &["prompt", "lyrics", "negative_prompt", "output_format", "style"]),
            ("integer", &["seed", "duration"]),
            ("number", &["temperature"]),
        ],
    }
}

/// The inputs of a model as a JSON Schema: its own where they are known, else those of its kind.
pub(crate) fn schema_of(provider: &str, model: &str, kind: Kind) -> Value {
    table::find(provider, model).map_or_else(|| schema(kind), check::schema)
}

/// The inputs of a kind as a JSON Schema, in which names that hold addresses say so.
pub(crate) fn schema(kind: Kind) -> Value {
    let mut properties = Map::new();
    for (order, (kind, name)) in
        inputs(kind).iter().flat_map(|(kind, names)| names.iter().map(move |n| (kind, n))).enumerate()
    {
        let mut property = json!({"type": kind, "title": title(name), "x-order": order});
        let is_file = ["image", "frame", "mask", "audio_file", "reference"].iter().any(|word| name.contains(word));
        if *kind == "string" && is_file {
            property["format"] = "uri".into();
        }
        if *kind == "array" {
            property["items"] = json!({"type": "string", "format": "uri"});
        }
        properties.insert((*name).to_owned(), property);
    }
    let required = match kind {
        Kind::Speech => json!(["text"]),
        Kind::Align => json!([]),
        Kind::Image | Kind::Video | Kind::Text | Kind::Music => json!(["prompt"]),
    };
    json!({"type": "object", "title": "Input", "required": required, "properties": properties})
}

fn title(name: &str) -> String {
    let words: Vec<String> = name
        .split(['_', '.'])
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
        })
        .collect();
    words.join(" ")
}
