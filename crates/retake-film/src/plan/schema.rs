//! The form of a plan for editors, as a JSON Schema. What it cannot say, reading says.
//!
//! These types are only described, never made: they are what may be written, where the plan's own types are what it
//! means. A test holds their keys against those that are read.

#![expect(dead_code, reason = "the types are only described")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::limits::{
    ATTEMPTS_MAX, CONCURRENCY_MAX, ID_CHARS_MAX, PLACE_CHARS_MAX, ROUNDS_MAX, SCENES_MAX, SHOTS_MAX, TEXT_CHARS_MAX,
};

use self::special::{Amount, Fps, Join, Policies, forbid_null, one_source};

mod special;

/// The schema of a plan, as text.
#[must_use]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Film).to_value();
    forbid_null(&mut schema);
    format!("{schema:#}\n")
}

/// A film, as a list of scenes.
#[derive(JsonSchema)]
#[schemars(title = "Plan", deny_unknown_fields)]
struct Film {
    /// Its title; without scenes, what it is to be about.
    #[schemars(length(min = 1, max = TEXT_CHARS_MAX))]
    film: String,
    /// Pixels of a frame, even, such as `1280x720`.
    #[schemars(regex(pattern = r"^[0-9]+[xX×][0-9]+$"))]
    size: Option<String>,
    /// Frames per second.
    fps: Option<Fps>,
    /// The language of speech and captions, by its code.
    language: Option<String>,
    /// US dollars, hard: nothing is sent past it.
    budget: Option<Amount>,
    /// How many good scenes make a film.
    #[schemars(range(min = 1))]
    min_clips: Option<u32>,
    /// Generated takes in flight.
    #[schemars(range(min = 1, max = CONCURRENCY_MAX))]
    concurrency: Option<u32>,
    /// What is added to every prompt.
    #[schemars(length(max = TEXT_CHARS_MAX))]
    style: Option<String>,
    /// What randomness is derived from.
    seed: Option<u32>,
    /// Cheap or good.
    profile: Option<Profile>,
    /// Further passes over what failed.
    #[schemars(range(min = 0, max = ROUNDS_MAX))]
    rounds: Option<u32>,
    /// What becomes of a take that may have been accepted and cannot be found.
    unclear: Option<Unclear>,
    /// What happens at the cap.
    on_budget: Option<OnBudget>,
    /// What stands where a scene is missing.
    gaps: Option<Gaps>,
    #[schemars(flatten)]
    choices: Choices,
    /// Who appears, by the name that prompts call them by: `@tom`.
    cast: Option<BTreeMap<String, Member>>,
    /// In the order of the film.
    #[schemars(length(min = 1, max = SCENES_MAX))]
    scenes: Option<Vec<Scene>>,
    /// A folder, or an address of an object store.
    deliver: Option<String>,
    /// An address on the web that is told.
    notify: Option<String>,
}

/// What a film chooses and a scene may choose otherwise.
#[derive(JsonSchema)]
struct Choices {
    /// Who speaks: one voice for all scenes that share the route. Where it cannot speak one of them, the next speaks all.
    voice: Option<Route>,
    /// Who draws.
    image: Option<Route>,
    /// Who films.
    video: Option<Route>,
    /// Who writes.
    writer: Option<Route>,
    /// How a scene follows the one before: `cut`, or a transition and its seconds, such as `crossfade 0.4`.
    join: Option<Join>,
    /// How captions are shown.
    captions: Option<Captions>,
    /// How a picture of another shape fits the frame.
    fit: Option<Fit>,
    /// What becomes of a clip's own sound.
    clip_sound: Option<ClipSound>,
    /// What plays under it.
    music: Option<Music>,
    /// How patiently each step is tried.
    retry: Option<Policies>,
}

/// One scene: exactly one of `shot`, `shots`, `still`, `title`, `clip`, or words to `say`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = one_source()))]
struct Scene {
    /// What it is called; made from its words where it is missing.
    #[schemars(length(min = 1, max = ID_CHARS_MAX))]
    id: Option<String>,
    /// One generated clip.
    shot: Option<Shot>,
    /// Several generated clips, one after the other.
    #[schemars(length(min = 1, max = SHOTS_MAX))]
    shots: Option<Vec<Shot>>,
    /// A picture, slowly panned.
    still: Option<String>,
    /// A card.
    #[schemars(length(max = TEXT_CHARS_MAX))]
    title: Option<String>,
    /// The user's own file or address.
    #[schemars(length(min = 1, max = PLACE_CHARS_MAX))]
    clip: Option<String>,
    /// What is said.
    #[schemars(length(max = TEXT_CHARS_MAX))]
    say: Option<String>,
    /// How long it lasts; else as its kind and its voice want.
    #[schemars(range(min = 0.1, max = 3600.0))]
    seconds: Option<f64>,
    /// Pictures that what is seen should resemble.
    r#ref: Option<Places>,
    #[schemars(flatten)]
    choices: Choices,
}

/// A generated clip: its words, or what is seen first and what then happens.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Shot {
    Words(String),
    Told(Told),
}

/// A shot that says more than its words.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Told {
    /// What is seen first.
    frame: String,
    /// What then happens.
    motion: Option<String>,
    /// How long it lasts; else its share of the scene.
    #[schemars(range(min = 0.1, max = 3600.0))]
    seconds: Option<f64>,
    /// What the model derives its randomness from.
    seed: Option<u32>,
    /// Pictures that it should resemble.
    r#ref: Option<Places>,
    /// Who draws, if not as in the scene.
    image: Option<Route>,
    /// Who films, if not as in the scene.
    video: Option<Route>,
    /// How it follows the shot before; else a cut.
    join: Option<Join>,
}

/// A model, or several, tried in this order.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Route {
    One(String),
    Several(#[schemars(length(min = 1, max = 16))] Vec<String>),
}

/// A path or an address, or several. With the word `required` among them nothing is made without them; the word alone
/// means those that are there without being named: of a scene or a shot, those of the cast; of a member, its portrait.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Places {
    One(String),
    Several(#[schemars(length(max = 17))] Vec<String>),
}

/// Somebody or something that looks the same in every scene: a look, or more.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Member {
    Look(String),
    More(Person),
}

/// A member of the cast.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Person {
    /// Added once to a prompt that names it.
    look: Option<String>,
    /// Pictures of it.
    r#ref: Option<Places>,
}

/// `off`, or what plays.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Music {
    Off(Off),
    On(Score),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Off {
    Off,
}

/// Music that is there or made: exactly one of `file` and `prompt`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Score {
    /// Where it is.
    file: Option<String>,
    /// What it is made from.
    prompt: Option<String>,
    /// Who makes it.
    model: Option<Route>,
    /// How loud.
    #[schemars(range(min = 0.0, max = 1.0))]
    volume: Option<f64>,
    /// How many decibels lower under speech.
    #[schemars(range(min = 0.0, max = 60.0))]
    duck: Option<f64>,
}

/// How patiently a step is tried.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Policy {
    /// Takes per entry of the route.
    #[schemars(range(min = 1, max = ATTEMPTS_MAX))]
    attempts: Option<u32>,
    /// The first wait, such as `2s`.
    first_delay: Option<String>,
    /// What each wait is multiplied with.
    #[schemars(range(min = 1, max = 10))]
    factor: Option<u32>,
    /// The longest wait.
    max_delay: Option<String>,
    /// Whether waits are drawn by lot.
    jitter: Option<bool>,
    /// How long one take may last.
    timeout: Option<String>,
    /// How many takes a node may buy.
    #[schemars(range(min = 1, max = ATTEMPTS_MAX))]
    paid_takes: Option<u32>,
    /// What messages mean, where the provider does not say.
    patterns: Option<Vec<Pattern>>,
}

/// A reading of a message.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Pattern {
    /// What the message contains.
    contains: String,
    /// What kind of failure that is.
    class: String,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Profile {
    Draft,
    Final,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Unclear {
    Hold,
    NextModel,
    Resend,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum OnBudget {
    Pause,
    Deliver,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Gaps {
    Skip,
    Card,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Captions {
    Off,
    Soft,
    Burn,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum Fit {
    Fill,
    Pad,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
enum ClipSound {
    Duck,
    Keep,
    Drop,
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;

    #[track_caller]
    fn check_keys<Form: JsonSchema>(keys: &keys::Keys, later: &[&str]) {
        let schema = schemars::schema_for!(Form);
        let properties = schema.get("properties").and_then(serde_json::Value::as_object).expect("it is an object");
        let mut described: Vec<&str> = properties.keys().map(String::as_str).chain(later.iter().copied()).collect();
        let mut known = keys.known.to_vec();
        described.sort_unstable();
        known.sort_unstable();
        assert_eq!(described, known, "{}", keys.of);
    }

    #[test]
    fn only_a_film_must_be_named() {
        let schema = schemars::schema_for!(Film);
        assert_eq!(schema.get("required"), Some(&serde_json::json!(["film"])));
        assert_eq!(schemars::schema_for!(Scene).get("required"), None);
        assert!(!super::schema().contains("null"));
    }

    #[test]
    fn every_key_that_is_read_is_described() {
        check_keys::<Film>(&keys::FILM, &[]);
        check_keys::<Scene>(&keys::SCENE, &["manim", "face"]);
        check_keys::<Told>(&keys::SHOT, &[]);
        check_keys::<Person>(&keys::MEMBER, &[]);
        check_keys::<Score>(&keys::MUSIC, &[]);
        check_keys::<Policy>(&keys::POLICY, &[]);
        check_keys::<Pattern>(&keys::PATTERN, &[]);
    }
}
