//! The keys of a plan, and what other tools call them.
//!
//! Knows names, not values.

use super::mistake::{Complaint, quoted};

/// The keys that may stand in one place.
#[derive(Debug)]
pub(crate) struct Keys {
    /// What has them, such as `a scene`.
    pub(crate) of: &'static str,
    pub(crate) known: &'static [&'static str],
}

pub(crate) const FILM: Keys = Keys {
    of: "a film",
    known: &[
        "film",
        "size",
        "fps",
        "language",
        "budget",
        "min_clips",
        "concurrency",
        "style",
        "seed",
        "profile",
        "rounds",
        "unclear",
        "on_budget",
        "gaps",
        "voice",
        "image",
        "video",
        "writer",
        "join",
        "captions",
        "fit",
        "clip_sound",
        "music",
        "retry",
        "cast",
        "scenes",
        "deliver",
        "notify",
    ],
};
pub(crate) const SCENE: Keys = Keys {
    of: "a scene",
    known: &[
        "id",
        "shot",
        "shots",
        "still",
        "title",
        "clip",
        "manim",
        "face",
        "say",
        "seconds",
        "ref",
        "voice",
        "image",
        "video",
        "writer",
        "join",
        "captions",
        "fit",
        "clip_sound",
        "music",
        "retry",
    ],
};
pub(crate) const SHOT: Keys =
    Keys { of: "a shot", known: &["frame", "motion", "seconds", "seed", "ref", "image", "video", "join"] };
pub(crate) const MEMBER: Keys = Keys { of: "a member of the cast", known: &["look", "ref"] };
pub(crate) const MUSIC: Keys = Keys { of: "music", known: &["file", "prompt", "model", "volume", "duck"] };
pub(crate) const POLICY: Keys = Keys {
    of: "a retry policy",
    known: &["attempts", "first_delay", "factor", "max_delay", "jitter", "timeout", "paid_takes", "patterns"],
};
pub(crate) const PATTERN: Keys = Keys { of: "a pattern", known: &["contains", "class"] };

const ALL: [&Keys; 7] = [&FILM, &SCENE, &SHOT, &MEMBER, &MUSIC, &POLICY, &PATTERN];

/// What other tools call a thing, and what it may be called here: the first that fits the place is meant.
const FOREIGN: &[(&[&str], &[&str])] = &[
    (&["duration", "length", "time", "durationinseconds"], &["seconds"]),
    (&["prompt", "imageprompt", "visual", "visuals", "description", "action"], &["shot", "frame", "film"]),
    (&["movieprompt", "movement", "camera", "videoprompt"], &["motion", "shot"]),
    (&["text", "narration", "voiceover", "voice_over", "speech", "script", "dialogue", "tts", "line"], &["say"]),
    (&["transition", "transitions", "fade", "crossfade", "transitionduration"], &["join"]),
    (&["aspect", "aspect_ratio", "resolution", "dimensions", "format", "orientation", "width", "height"], &["size"]),
    (&["framerate", "frame_rate"], &["fps"]),
    (&["topic", "subject", "name"], &["film", "id"]),
    (&["title"], &["film"]),
    (&["clips", "beats", "segments", "slides", "timeline", "elements", "tracks"], &["scenes", "shots"]),
    (&["speaker", "narrator", "tts_voice", "voice_id", "voiceid"], &["voice"]),
    (&["subtitles", "subtitle", "subs", "caption"], &["captions"]),
    (&["bgm", "soundtrack", "background_music", "audio", "score"], &["music"]),
    (&["characters", "actors", "people"], &["cast"]),
    (&["appearance", "looks"], &["look"]),
    (&["image_model", "picture", "images"], &["image"]),
    (&["video_model", "provider", "model", "models", "fallback", "fallbacks"], &["video"]),
    (&["output", "out", "destination", "path", "output_path"], &["deliver", "file"]),
    (&["callback", "webhook", "webhook_url", "callback_url"], &["notify"]),
    (&["lang", "locale"], &["language"]),
    (&["cap", "max_cost", "cost", "limit", "price", "budget_usd"], &["budget"]),
    (&["minclips", "min_scenes", "minimum"], &["min_clips"]),
    (&["parallel", "workers", "max_concurrency"], &["concurrency"]),
    (&["quality", "preset"], &["profile"]),
    (&["retries", "max_retries", "max_attempts"], &["retry", "attempts"]),
    (&["asset", "src", "source", "url", "media", "file"], &["clip", "file", "ref"]),
    (&["reference", "references", "ref_image", "image_url", "reference_image"], &["ref"]),
    (&["photo", "picture_prompt"], &["still"]),
    (&["card", "heading"], &["title"]),
    (&["avatar", "talking_head", "presenter"], &["face"]),
    (&["animation", "code"], &["manim"]),
    (&["random_seed"], &["seed"]),
    (&["gain"], &["volume"]),
    (&["ducking"], &["duck"]),
    (&["looks_like", "art_style", "look"], &["style"]),
];

/// Names of things that no plan holds, and where they belong.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &["api_key", "apikey", "token", "secret", "password", "key"],
        "take it out: secrets come from the environment or a file of your own, never from a plan",
    ),
    (&["version", "schema", "$schema"], "leave it out: a plan has no version"),
];

impl Keys {
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.known.contains(&key)
    }

    /// The key of ours that a stranger was meant to be, where its name tells.
    pub(crate) fn meant(&self, key: &str) -> Option<&'static str> {
        let folded = folded(key);
        let ours = self.known.iter().find(|known| **known == folded).copied();
        ours.or_else(|| foreign(&folded).find(|ours| self.knows(ours))).or_else(|| nearest(&folded, self.known))
    }

    /// What to say of a key that does not belong here.
    pub(crate) fn stranger(&self, key: &str) -> Complaint {
        let what = format!("unknown key {}", quoted(key));
        let folded = folded(key);
        let why = format!("{} has no such key", self.of);
        if let Some(ours) = self.known.iter().find(|known| **known == folded) {
            return Complaint::new(what, why, format!("write `{ours}`"));
        }
        if let Some(ours) = foreign(&folded).find(|ours| self.knows(ours)) {
            return Complaint::new(what, format!("{why}; here it is called `{ours}`"), format!("write `{ours}`"));
        }
        if let Some((_, hint)) = ELSEWHERE.iter().find(|(names, _)| is_among(&folded, names)) {
            return Complaint::new(what, why, *hint).hiding();
        }
        let homes: Vec<&str> = ALL.iter().filter(|keys| keys.knows(&folded)).map(|keys| keys.of).collect();
        if !homes.is_empty() {
            return Complaint::new(what, why, format!("it belongs to {}", homes.join(", ")));
        }
        if let Some(near) = nearest(&folded, self.known) {
            return Complaint::new(what, why, format!("did you mean `{near}`?"));
        }
        if let Some((ours, home)) =
            foreign(&folded).find_map(|ours| Some((ours, ALL.iter().find(|keys| keys.knows(ours))?)))
        {
            return Complaint::new(what, why, format!("write `{ours}`; it belongs to {}", home.of));
        }
        Complaint::new(what, why, format!("{} knows {}", self.of, listed(self.known)))
    }
}

/// A key as people write it, in the way that ours are written.
fn folded(key: &str) -> String {
    key.trim().to_lowercase().replace([' ', '-'], "_")
}

fn is_among(folded: &str, names: &[&str]) -> bool {
    names.contains(&folded) || names.contains(&folded.replace('_', "").as_str())
}

/// What a name of other tools may be called here.
fn foreign(folded: &str) -> impl Iterator<Item = &'static str> {
    FOREIGN.iter().filter(|(names, _)| is_among(folded, names)).flat_map(|(_, ours)| ours.iter().copied())
}

/// The names, one after the other.
pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The known name that this one was probably meant to be.
pub(crate) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let far = name.chars().count() / 3 + 1;
    let ranked = known.iter().map(|other| (distance(name, other), *other)).min_by_key(|(steps, _)| *steps);
    ranked.filter(|(steps, other)| *steps <= far.min(3) && *steps < other.chars().count()).map(|(_, other)| other)
}

/// How many letters must be added, dropped, changed or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    const LETTERS_MAX: usize = 40;
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().take(LETTERS_MAX).collect(), to.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut least = (row[j + 1] + 1).min(next[j] + 1).min(row[j] + usize::from(a != b));
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                least = least.min(before[j - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        assert_eq!(nearest("seconsd", SCENE.known), Some("seconds"));
        assert_eq!(nearest("sya", SCENE.known), Some("say"));
        assert_eq!(nearest("titel", SCENE.known), Some("title"));
        assert_eq!(nearest("hologram", SCENE.known), None);
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn every_foreign_name_leads_to_a_key_of_ours() {
        for (names, ours) in FOREIGN {
            for key in *ours {
                assert!(ALL.iter().any(|keys| keys.knows(key)), "{names:?} lead to `{key}`, which nothing has");
            }
        }
    }
}
