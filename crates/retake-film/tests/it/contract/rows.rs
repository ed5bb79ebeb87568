//! Whom the suite is about: every provider, with a model of each, and what its section of the contract says it has.

use std::collections::BTreeMap;

use retake_film::catalogue;
use retake_film::providers::Card;
use serde_json::{Value, json};

/// A provider with one of its models.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Its name in the tables.
    pub(super) name: &'static str,
    pub(super) provider: &'static str,
    /// Its model in the catalogue.
    pub(super) model: &'static str,
    /// What it shows of its work.
    pub(super) way: Way,
    /// Whether a list shows what it accepted.
    pub(super) finds: bool,
    /// Whether it takes files before they are named.
    pub(super) uploads: bool,
    /// Whether it is asked what its model takes, or whether there is one.
    pub(super) describes: bool,
    /// Whether it tells to the cent what it charged.
    pub(super) tells: bool,
}

/// How work and its output come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// With the answer to the order.
    OnTheSpot,
    /// By a ticket, and the output within an answer.
    Ticket,
    /// By a ticket, and the output lies somewhere.
    File,
}

const fn row(name: &'static str, provider: &'static str, model: &'static str, way: Way) -> Row {
    Row { name, provider, model, way, finds: false, uploads: false, describes: true, tells: false }
}

/// The providers, each with the model that is cheapest to play.
pub(super) const ROWS: [Row; 17] = [
    Row { finds: true, uploads: true, ..row("replicate", "replicate", "flux-schnell", Way::File) },
    Row { finds: true, uploads: true, tells: true, ..row("fal", "fal", "flux-2", Way::File) },
    Row { tells: true, ..row("openai-text", "openai", "gpt-luna", Way::OnTheSpot) },
    Row { tells: true, ..row("responses", "openai", "gpt-luna", Way::Ticket) },
    row("openai-image", "openai", "gpt-image-fast", Way::OnTheSpot),
    row("openai-speech", "openai", "nova", Way::OnTheSpot),
    Row { tells: true, ..row("google-text", "google", "gemini-lite", Way::OnTheSpot) },
    row("google-image", "google", "nano-banana-lite", Way::OnTheSpot),
    row("google-video", "google", "omni", Way::File),
    row("vertex", "vertex", "veo-fast", Way::Ticket),
    Row { finds: true, tells: true, ..row("elevenlabs", "elevenlabs", "rachel", Way::OnTheSpot) },
    Row { tells: true, ..row("anthropic", "anthropic", "haiku", Way::OnTheSpot) },
    Row { uploads: true, describes: false, tells: true, ..row("runway", "runway", "gen4-image", Way::File) },
    Row { finds: true, describes: false, ..row("luma", "luma", "uni", Way::File) },
    row("cog", "cog", "my-cog", Way::OnTheSpot),
    Row { finds: true, uploads: true, ..row("comfyui", "comfyui", "", Way::File) },
    Row { finds: true, describes: false, tells: true, ..row("http", "http", "", Way::File) },
];

impl Row {
    /// The row of this name.
    pub(super) fn named(name: &str) -> Self {
        ROWS.into_iter().find(|row| row.name == name).unwrap()
    }

    /// Its model.
    pub(super) fn card(&self) -> Card {
        match self.provider {
            "comfyui" => serde_json::from_value(comfyui()).unwrap(),
            "http" => serde_json::from_value(described()).unwrap(),
            _ => {
                let mut card = catalogue::cards(&BTreeMap::new(), false).unwrap().remove(self.model).unwrap();
                if self.name == "responses" {
                    card.defaults.insert("api".to_owned(), "responses".into());
                }
                card
            }
        }
    }

    /// What the installation says of it.
    pub(super) fn more(&self) -> BTreeMap<String, String> {
        let pairs: &[(&str, &str)] = match self.provider {
            "http" => &DESCRIPTION,
            "vertex" => &[("project", "lamps")],
            _ => &[],
        };
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }
}

fn comfyui() -> Value {
    let graph = json!({
        "3": {"class_type": "KSampler", "inputs": {"seed": 1, "latent_image": ["5", 0], "positive": ["6", 0]}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 48, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "t"}}});
    json!({"provider": "comfyui", "kind": "image", "model": "still", "price": {"free": true},
        "defaults": {"workflow": graph},
        "inputs": {"prompt": "6.inputs.text", "seed": "3.inputs.seed", "width": "5.inputs.width", "height": "5.inputs.height"}})
}

fn described() -> Value {
    json!({"provider": "http", "kind": "image", "model": "picture-1", "price": {"per_item": "0.05"},
        "defaults": {"model": "picture-1", "kind": "image"}, "inputs": {"prompt": "prompt", "seed": "seed"}})
}

/// How the provider without a name is described.
const DESCRIPTION: [(&str, &str); 16] = [
    ("submit_path", "/jobs"),
    ("ticket_at", "/job/id"),
    ("poll_path", "/jobs/{ticket}"),
    ("state_at", "/state"),
    ("done", "done"),
    ("failed", "broken, stopped"),
    ("waiting", "queued"),
    ("error_at", "/reason"),
    ("files_at", "/result/files/*/url"),
    ("cost_at", "/cost/usd"),
    ("cancel_path", "/jobs/{ticket}"),
    ("list_path", "/jobs?since={since}"),
    ("list_at", "/jobs"),
    ("list_ticket_at", "/id"),
    ("list_input_at", "/request"),
    ("auth", "header:X-Api-Key"),
];
