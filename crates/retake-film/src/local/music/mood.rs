//! What a prompt asks of its music: the words that are heard, and what follows from them.
//!
//! Owns tempo, key and who plays. Knows no notes.

use super::super::dice::Dice;
use super::Voice;
use super::harmony::Mode;

/// Something that words ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Calm,
    Sad,
    Hope,
    Cheer,
    Tense,
    Dark,
    Epic,
    Dream,
    Night,
    Sea,
    Fast,
    Slow,
    Waltz,
    Wonder,
    Warm,
    Busy,
    Piano,
    Strings,
    Pluck,
    Bells,
    Flute,
    Synth,
    Drums,
}

use Wish::*;

/// Each wish and the beginnings of the words that ask for it; with a full stop, the whole word (or its plural).
const WORDS: [(Wish, &str); 23] = [
    (
        Calm,
        "calm|quiet|gentl|soft|peace|relax|sooth|still.|tranquil|serene|seren|mellow|tender|meditat|restful|lullab|easy",
    ),
    (
        Sad,
        "sad|melanchol|sorrow|mourn|grie|lonel|lonesome|wistful|nostalg|elegi|bittersweet|longing|tear.|tragic|farewell|rain|autumn",
    ),
    (Hope, "hope|hopeful|optimis|uplift|inspir|rising|sunrise|dawn|morning|spring|warmth|bright|encourag|proud|heal"),
    (
        Cheer,
        "cheer|happ|joy|joyful|playful|fun.|funny|merry|jolly|upbeat|bouncy|sunny|silly|festiv|party|celebrat|circus|quirky|lively|whimsic",
    ),
    (
        Tense,
        "tense|tension|suspens|nervous|urgent|thrill|chase|danger|anxious|fear|creepy|horror|eerie|threat|storm|war.|battle|fight",
    ),
    (Dark, "dark|gloom|gloomy|sinister|ominous|grim|shadow|doom|brood|noir|haunt|ghost|somber|sombre|evil"),
    (
        Epic,
        "epic|heroic|hero.|grand|majest|cinematic|powerful|triumph|victor|orchestr|glor|adventur|massive|soar|anthem|dramatic",
    ),
    (
        Dream,
        "ambient|dream|drift|float|ether|atmospher|drone|spac|galax|star.|cosm|universe|orbit|planet|underwater|hypno|haze|cloud|nebula",
    ),
    (Night, "night|midnight|moon|lullab|sleep|nocturn|evening|dusk|twilight|lantern"),
    (Sea, "sea.|ocean|wave.|tide|sail|harbo|coast|shore|river|lake.|water|lighthouse|boat|ship.|island|beach"),
    (
        Fast,
        "fast|quick|rapid|allegro|presto|energetic|energy|driving|racing|race.|rush|run.|running|brisk|hectic|speed|vivid|dance|dancing",
    ),
    (Slow, "slow|adagio|largo|lento|andante|unhurried|long.|linger|breath|patient"),
    (Waltz, "waltz|three-four|ballroom|carousel|lilting|sway|minuet"),
    (
        Wonder,
        "wonder|magic|myster|curio|enchant|fairy|discover|science|explor|miracle|secret|puzzle|question|winter|snow|ice.|frost|glass|crystal",
    ),
    (
        Warm,
        "warm|love|romantic|romance|cosy|cozy|home|family|friend|kind.|sweet|folk|acoustic|honey|bread|kitchen|garden|summer",
    ),
    (Busy, "work|busy|factory|machine|city|urban|street|traffic|industr|market|build|corporat|tech|modern|news"),
    (Piano, "piano|keys|felt|pianist"),
    (Strings, "string|violin|viola|cello|quartet|chamber|orchestr|symphon|baroque"),
    (Pluck, "guitar|harp|lute|pluck|banjo|ukulele|mandolin|kora|pizzicat|folk|acoustic|country"),
    (Bells, "bell.|music box|musicbox|celesta|chime|glocken|vibraphone|marimba|kalimba|xylophone|twinkl|toy"),
    (Flute, "flute|whistle|recorder|oboe|clarinet|woodwind|ocarina|pipe.|choir|voice.|sing|vocal"),
    (Synth, "synth|electr|techno|retro|neon|digital|robot|cyber|8-bit|arcade|analog|lo-fi|lofi|house.|computer"),
    (Drums, "drum|percuss|beat.|rhythm|taiko|groove|march|hip-hop|shaker|dance|dancing|pop."),
];

/// After these the next word is not wanted.
const DENIALS: [&str; 4] = ["no", "without", "not", "never"];

/// At most so many words are heard.
const WORDS_MAX: usize = 400;

/// How the beat is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// By nobody.
    Off,
    /// By a soft drum and a shaker.
    Soft,
    /// By large drums.
    Large,
}

/// What the music is like.
#[derive(Clone, Debug)]
pub(super) struct Mood {
    /// Beats a minute, about; the length decides the rest.
    pub(super) bpm: u64,
    /// Beats of a bar.
    pub(super) meter: u64,
    pub(super) mode: Mode,
    /// The key's first pitch, as steps above C.
    pub(super) tonic: u8,
    /// Who holds the chords.
    pub(super) bed: Voice,
    /// Who breaks them up.
    pub(super) keys: Voice,
    /// Who sings, if anybody.
    pub(super) lead: Option<Voice>,
    /// Notes of the broken chords to a beat.
    pub(super) density: u64,
    /// Whether low strings repeat their note.
    pub(super) pulse: bool,
    pub(super) beat: Beat,
    /// Whether chords have sevenths.
    pub(super) rich: bool,
    /// How long the room sounds after, in seconds.
    pub(super) air_s: f32,
    /// How much is heard of it.
    pub(super) wet: f32,
}

fn wishes(prompt: &str) -> Vec<Wish> {
    let text = prompt.to_lowercase().replace("music box", "musicbox");
    let words: Vec<&str> = text
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '-'))
        .map(|word| word.trim_matches('-'))
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
        .collect();
    let denied = |index: usize| index > 0 && words.get(index - 1).is_some_and(|before| DENIALS.contains(before));
    let asks = |word: &str, stem: &str| match stem.strip_suffix('.') {
        Some(whole) => word == whole || word.strip_suffix('s') == Some(whole),
        None => word.starts_with(stem),
    };
    let heard = |stems: &str| {
        let hit = |(index, word): (usize, &&str)| !denied(index) && stems.split('|').any(|stem| asks(word, stem));
        words.iter().enumerate().any(hit)
    };
    WORDS.iter().filter(|(_, stems)| heard(stems)).map(|(wish, _)| *wish).collect()
}

/// How bright and how lively a wish makes the music.
fn pull(wish: Wish) -> (i32, i32) {
    match wish {
        Calm => (0, -2),
        Sad => (-3, -1),
        Hope => (2, 0),
        Cheer => (3, 2),
        Tense => (-3, 2),
        Dark => (-3, 0),
        Epic => (0, 2),
        Dream => (0, -2),
        Night => (-1, -1),
        Sea => (0, -1),
        Fast => (0, 3),
        Slow => (0, -3),
        Wonder => (1, 0),
        Warm => (2, -1),
        Busy | Drums => (0, 1),
        Waltz | Piano | Strings | Pluck | Bells | Flute | Synth => (0, 0),
    }
}

impl Mood {
    pub(super) fn of(prompt: &str, dice: &mut Dice) -> Self {
        let wishes = wishes(prompt);
        let has = |wish: Wish| wishes.contains(&wish);
        let any = |these: &[Wish]| these.iter().any(|wish| wishes.contains(wish));
        let (bright, lively) =
            wishes.iter().map(|wish| pull(*wish)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let lively = lively.clamp(-4, 5);
        let mode = mode(bright, any(&[Tense, Dark]), any(&[Wonder, Dream, Night]), dice);
        let bpm = 80_i32 + lively * if lively < 0 { 6 } else { 11 };
        let bpm = u64::try_from(bpm).unwrap_or(80) + dice.below(7);
        let meter = if has(Waltz) || (any(&[Sea, Night, Warm]) && lively < 1 && dice.chance(0.35)) { 3 } else { 4 };
        let keys = keys(&has, dice);
        let lead = lead(&has, lively, keys, dice);
        let beat = match () {
            () if has(Epic) || (has(Tense) && lively > 2) => Beat::Large,
            () if any(&[Drums, Cheer, Fast, Busy]) && lively >= 1 && !denies_drums(prompt) => Beat::Soft,
            () => Beat::Off,
        };
        Self {
            bpm,
            meter,
            mode,
            tonic: u8::try_from(dice.below(12)).unwrap_or(0),
            bed: if any(&[Strings, Epic, Tense]) { Voice::Strings } else { Voice::Pad },
            keys,
            lead,
            density: if lively < -2 { 1 } else { 2 },
            pulse: any(&[Epic, Tense]) && lively >= 1,
            beat: if denies_drums(prompt) { Beat::Off } else { beat },
            rich: any(&[Dream, Calm, Night, Warm, Slow]) || bright == 0,
            air_s: if any(&[Dream, Epic, Sea, Night]) { 3.6 } else { 2.2 },
            wet: if any(&[Dream, Night, Sea]) { 0.42 } else { 0.26 },
        }
    }

    pub(super) fn describe(&self) -> String {
        const NAMES: [&str; 12] =
            ["C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B"];
        let tonic = NAMES.get(usize::from(self.tonic % 12)).copied().unwrap_or("C");
        let name = |voice: Voice| format!("{voice:?}").to_lowercase();
        let mut who = vec![name(self.keys), name(self.bed), "bass".to_owned()];
        who.extend(self.lead.map(name));
        if self.beat != Beat::Off {
            who.push("drums".to_owned());
        }
        let mode = format!("{:?}", self.mode).to_lowercase();
        format!("{tonic} {mode}, {} a minute in {}/4: {}", self.bpm, self.meter, who.join(", "))
    }
}

fn denies_drums(prompt: &str) -> bool {
    let text = prompt.to_lowercase();
    ["no drum", "without drum", "no percussion", "without percussion", "no beat"]
        .iter()
        .any(|phrase| text.contains(phrase))
}

fn mode(bright: i32, grim: bool, odd: bool, dice: &mut Dice) -> Mode {
    let from: &[Mode] = match bright {
        ..=-4 if grim => &[Mode::Phrygian, Mode::Aeolian],
        ..=-2 => &[Mode::Aeolian],
        -1 => &[Mode::Aeolian, Mode::Dorian],
        0 | 1 if odd => &[Mode::Lydian, Mode::Dorian],
        0 => &[Mode::Ionian, Mode::Dorian, Mode::Mixolydian],
        1 => &[Mode::Ionian, Mode::Mixolydian],
        2 if odd => &[Mode::Lydian, Mode::Ionian],
        _ => &[Mode::Ionian],
    };
    dice.pick(from).copied().unwrap_or(Mode::Ionian)
}

fn keys(has: &impl Fn(Wish) -> bool, dice: &mut Dice) -> Voice {
    let named = [(Piano, Voice::Felt), (Pluck, Voice::Pluck), (Synth, Voice::Synth), (Bells, Voice::Bells)];
    if let Some((_, voice)) = named.iter().find(|(wish, _)| has(*wish)) {
        return *voice;
    }
    match () {
        () if has(Busy) || has(Fast) => *dice.pick(&[Voice::Synth, Voice::Pluck]).unwrap_or(&Voice::Synth),
        () if has(Cheer) || has(Warm) => *dice.pick(&[Voice::Pluck, Voice::Felt]).unwrap_or(&Voice::Pluck),
        () if has(Wonder) || has(Night) => *dice.pick(&[Voice::Bells, Voice::Felt]).unwrap_or(&Voice::Felt),
        () => *dice.pick(&[Voice::Felt, Voice::Felt, Voice::Pluck]).unwrap_or(&Voice::Felt),
    }
}

fn lead(has: &impl Fn(Wish) -> bool, lively: i32, keys: Voice, dice: &mut Dice) -> Option<Voice> {
    let named = [(Flute, Voice::Flute), (Bells, Voice::Bells), (Strings, Voice::Strings)];
    let named = named.iter().find(|(wish, voice)| has(*wish) && *voice != keys).map(|(_, voice)| *voice);
    if named.is_some() {
        return named;
    }
    if has(Dream) && lively < -2 {
        return None;
    }
    let from: &[Voice] = match keys {
        Voice::Felt => &[Voice::Felt, Voice::Flute, Voice::Bells],
        Voice::Bells => &[Voice::Felt, Voice::Flute],
        _ => &[Voice::Flute, Voice::Felt, Voice::Bells],
    };
    dice.pick(from).copied()
}
