//! How a subject is looked at: framings, hours and camera words, such as fit where it is set.

use super::super::storyboard::{Motif, Place, Scene, motifs};

/// What kind of place a subject is set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    Outdoors,
    Indoors,
    Space,
    /// Nowhere: what cannot be seen is thought about.
    Thought,
}

impl Setting {
    pub(super) fn of(topic: &str) -> Self {
        match Scene::of(topic, 0).place {
            Place::Space => Self::Space,
            Place::Room(_) => Self::Indoors,
            Place::Abstract => Self::Thought,
            Place::Sea
            | Place::Lake
            | Place::River
            | Place::Mountains
            | Place::Forest
            | Place::Desert
            | Place::Field
            | Place::City
            | Place::Street => Self::Outdoors,
        }
    }
}

/// A view: what is said of framing and camera, and of the hour.
pub(super) type View = (&'static str, &'static str);

const OUTDOORS: [[View; 5]; 2] = [
    [
        ("wide view, slow push in", "at dawn"),
        ("seen from above, slow pan across", "on a clear day"),
        ("a closer view, gentle drift", "in daylight"),
        ("someone looks on, the camera drifts", "at dusk"),
        ("wide view, the camera pulls back", "under the stars"),
    ],
    [
        ("slow push in", "in the morning"),
        ("panoramic view, slow pan across", "on a clear day"),
        ("close, gentle drift", "in daylight"),
        ("wide view, the camera pulls back", "at sunset"),
        ("quiet view, the camera tilts up", "by moonlight"),
    ],
];

const INDOORS: [[View; 5]; 2] = [
    [
        ("by the window, slow push in", "in the morning"),
        ("the whole room, slow pan across", "in the afternoon"),
        ("a closer view, gentle drift", "in daylight"),
        ("a lamp is lit, the camera drifts", "in the evening"),
        ("the whole room, the camera pulls back", "at night"),
    ],
    [
        ("by the window, slow push in", "at dawn"),
        ("the whole room, slow pan across", "in daylight"),
        ("the table and what lies on it, gentle drift", "in the afternoon"),
        ("a warm lamp, the camera drifts", "in the evening"),
        ("the quiet room, the camera pulls back", "by moonlight"),
    ],
];

const SPACE: [[View; 5]; 2] = [
    [
        ("slow push in among the stars", ""),
        ("a galaxy, wide view, slow pan across", ""),
        ("a planet, close, gentle drift", ""),
        ("an astronaut looks on, the camera drifts", ""),
        ("a ringed planet, the camera pulls back", ""),
    ],
    [
        ("a ringed planet, slow push in", ""),
        ("wide view among the stars, gentle drift", ""),
        ("an astronaut, close, slow pan across", ""),
        ("a nebula, the camera drifts", ""),
        ("stars upon stars, the camera pulls back", ""),
    ],
];

const THOUGHT: [[View; 5]; 2] = [
    [
        ("someone walks through a field, slow push in", "at dawn"),
        ("wide view over the hills, slow pan across", "on a clear day"),
        ("an open book on a desk by the window, gentle drift", "in the afternoon"),
        ("someone looks up to the stars, the camera drifts", "at night"),
        ("a reading lamp in an old library, the camera pulls back", "at night"),
    ],
    [
        ("a reading lamp in an old library, slow push in", "in the evening"),
        ("wide view over a meadow, gentle drift", "in the morning"),
        ("an open book on a desk, slow pan across", "in the afternoon"),
        ("a calm lake below mountains, the camera drifts", "at dusk"),
        ("wide view over the mountains, the camera pulls back", "at dusk"),
    ],
];

/// The views of a film, in their order.
pub(super) fn frames(setting: Setting, luck: u64) -> [View; 5] {
    let from = match setting {
        Setting::Outdoors => OUTDOORS,
        Setting::Indoors => INDOORS,
        Setting::Space => SPACE,
        Setting::Thought => THOUGHT,
    };
    let [one, two] = from;
    if (luck >> 48).is_multiple_of(2) { one } else { two }
}

/// One view as words; it names no hour where the topic does.
pub(super) fn view(topic: &str, frames: &[View; 5], index: usize) -> String {
    let (frame, hour) = frames.get(index % 5).copied().unwrap_or_default();
    let asked = motifs(topic);
    let named = [Motif::Dawn, Motif::Day, Motif::Dusk, Motif::Night, Motif::Moon, Motif::Star, Motif::Aurora];
    if hour.is_empty() || named.iter().any(|motif| asked.contains(motif)) {
        return frame.to_owned();
    }
    format!("{frame}, {hour}")
}

/// What the music is asked for.
pub(super) fn music(topic: &str, setting: Setting) -> String {
    let asked = motifs(topic);
    let any = |motifs: &[Motif]| motifs.iter().any(|motif| asked.contains(motif));
    let words = match () {
        () if any(&[Motif::Storm, Motif::Lightning]) => "slow tense strings, no drums",
        () if any(&[Motif::Night, Motif::Moon, Motif::Star]) && setting != Setting::Space => {
            "quiet night music, soft bells"
        }
        () if any(&[Motif::Sea, Motif::Wave, Motif::Lighthouse, Motif::Boat, Motif::Lake, Motif::River]) => {
            "calm piano by the sea"
        }
        () if any(&[Motif::City, Motif::Street, Motif::Car, Motif::Train, Motif::Machine]) => {
            "light busy music, soft beat"
        }
        () if any(&[Motif::Snow, Motif::Aurora]) => "winter wonder, glass bells and soft strings",
        () if any(&[Motif::Kitchen, Motif::Garden, Motif::Dog, Motif::Cat, Motif::Sheep]) => "warm playful guitar",
        () if setting == Setting::Space => "slow ambient space music",
        () if setting == Setting::Thought => "curious piano, hopeful and soft",
        () => "hopeful acoustic guitar and soft strings",
    };
    words.to_owned()
}
