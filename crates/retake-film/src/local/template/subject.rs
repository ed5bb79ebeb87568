//! What a prompt is, as far as its form tells: a question, a subject, a story, or words that are best left alone.
//!
//! It guesses by form alone. Where it is not sure, the words stand for themselves and nothing is built around them.

/// How the words of a prompt can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It asks.
    Question,
    /// It can stand after "Let us look at".
    Embedded,
    /// It stands for itself.
    Phrase,
    /// Several sentences that tell something.
    Story,
    /// Not English, or no words at all: nothing is added.
    Silent,
}

/// A prompt, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) shape: Shape,
    /// What the first card shows.
    pub(super) title: String,
    /// What pictures are of.
    pub(super) topic: String,
    /// What is said: one sentence, or those of a story.
    pub(super) said: Vec<String>,
    /// As it stands within a sentence.
    pub(super) embedded: String,
}

/// What people write before what they mean. The longest that fits is taken off.
const ORDERS: [&str; 8] = ["about", "on", "of", "explaining", "showing", "describing", "telling", "introducing"];
const MAKERS: [&str; 10] = ["make", "create", "produce", "generate", "write", "film", "shoot", "render", "give", "do"];
const FILMS: [&str; 9] = ["film", "video", "movie", "clip", "short", "documentary", "explainer", "animation", "story"];
const TELLERS: [&str; 8] =
    ["explain", "describe", "show me", "show", "tell me about", "tell us about", "teach me", "introduce"];

/// Words that turn a group of words into a sentence.
const VERBS: &[&str] = &[
    "is", "are", "was", "were", "am", "be", "has", "have", "had", "will", "can", "could", "would", "should", "must",
    "may", "might", "do", "does", "did", "i", "we", "you", "he", "she", "they", "it's", "i'm", "don't", "isn't",
    "aren't", "let's",
];

/// Words that only ask.
const ASKING: &[&str] = &[
    "why", "how", "what", "when", "where", "who", "which", "whose", "is", "are", "was", "were", "do", "does", "did",
    "can", "could", "will", "would", "should", "has", "have", "there",
];

/// Words that English has many of, and words that other languages have many of.
const ENGLISH: &[&str] = &[
    "the", "a", "an", "of", "and", "in", "is", "are", "to", "how", "why", "what", "on", "with", "for", "at", "by",
    "from", "about", "my", "your", "our", "do", "does", "it", "that", "this", "make", "who", "when", "where",
];
const FOREIGN: &[&str] = &[
    "der", "die", "das", "und", "ist", "ein", "eine", "warum", "wie", "nicht", "le", "la", "les", "des", "une", "est",
    "pourquoi", "comment", "el", "los", "las", "una", "por", "qué", "que", "como", "cómo", "il", "lo", "gli", "perché",
    "o", "os", "um", "uma", "não", "het", "een", "waarom", "och", "är", "varför", "jest", "dlaczego", "di", "du",
    "von", "im",
];

/// Words that speak of the film rather than of its subject.
const DIRECTIONS: &[&str] = &[
    "film",
    "video",
    "movie",
    "seconds",
    "minutes",
    "style",
    "music",
    "camera",
    "tone",
    "voice",
    "narrator",
    "scene",
    "scenes",
    "captions",
    "subtitles",
    "vertical",
    "resolution",
    "keep",
    "use",
    "make",
    "please",
    "should",
    "avoid",
    "clip",
];

/// Sentences of a story that are told, and the most words of one.
const SENTENCES_MAX: usize = 5;
const SAID_WORDS_MAX: usize = 40;

impl Subject {
    /// The words of a prompt, without what cannot be seen and with single spaces.
    pub(super) fn words_of(prompt: &str) -> String {
        let seen: String = prompt.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        seen.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub(super) fn of(prompt: &str, language: Option<&str>) -> Self {
        let whole = Self::words_of(prompt);
        let has_words = whole
            .split(|letter: char| !letter.is_alphanumeric())
            .any(|word| word.chars().count() > 1 || word.chars().any(|letter| u32::from(letter) > 0x2e7f));
        let english = is_english(&whole);
        let speaks_english = language.is_none_or(|code| code.to_lowercase().starts_with("en"));
        if !has_words || !english || !speaks_english {
            // The user's words may be said where the film's language was named and they may well be in it.
            let said = has_words && !speaks_english && !looks_english(&whole);
            let said = if said { vec![sentence(&super::cut(&whole, 300))] } else { Vec::new() };
            return Self {
                shape: Shape::Silent,
                title: whole.clone(),
                topic: ended(&whole),
                said,
                embedded: String::new(),
            };
        }
        let told = sentences(prompt);
        if told.len() >= 2 {
            let title = told.first().map(|first| bare(first)).unwrap_or_default();
            return Self { shape: Shape::Story, title, topic: whole, said: told, embedded: String::new() };
        }
        let single = sentences_of(prompt).into_iter().find(|one| !is_direction(one));
        let text = stripped(single.as_deref().filter(|_| told.len() == 1).unwrap_or(&whole));
        Self::single(&text)
    }

    fn single(text: &str) -> Self {
        let words: Vec<String> = text.split(' ').map(|word| bare(word).to_lowercase()).collect();
        let first = words.first().map_or("", String::as_str);
        let asks = text.ends_with('?');
        let clause = ["how", "why", "what", "where", "when"].contains(&first) && !asks;
        let inverted = words.get(1).is_some_and(|word| VERBS.contains(&word.as_str()));
        let noun = ["the", "a", "an", "my", "our", "this", "these", "those"].contains(&first)
            && !words.iter().any(|word| VERBS.contains(&word.as_str()));
        let short = words.len() <= 14 && !text.contains([';', ':', '"', '“', '(', '\n']);
        let shape = match () {
            () if asks || (clause && inverted) => Shape::Question,
            () if short && (clause || noun) => Shape::Embedded,
            () => Shape::Phrase,
        };
        let title = match shape {
            Shape::Question if !asks => format!("{}?", bare_end(text)),
            Shape::Question | Shape::Phrase => text.trim_end_matches(['.', ',', ';', ':', ' ']).to_owned(),
            Shape::Embedded | Shape::Story | Shape::Silent => bare_end(text).to_owned(),
        };
        let title = capital(&title);
        let topic = if shape == Shape::Question { without_asking(text) } else { bare_end(text).to_owned() };
        let said = vec![sentence(&super::cut(&title, 300))];
        Self { shape, title, topic, said, embedded: small(bare_end(text)) }
    }
}

/// A text with its end marked.
fn sentence(text: &str) -> String {
    let ends = text.ends_with(['.', '!', '?', '…', '。', '？', '！', '"', '”', ')']);
    if ends { text.to_owned() } else { format!("{text}.") }
}

fn bare(word: &str) -> String {
    word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_owned()
}

fn bare_end(text: &str) -> &str {
    let kept = text.trim_end_matches(['.', '!', '?', '…', ',', ';', ':', ' ']);
    if kept.is_empty() { text } else { kept }
}

/// A text without the marks at its end, be it nothing else.
fn ended(text: &str) -> String {
    text.trim_end_matches(|letter: char| letter.is_ascii_punctuation() || "…？！。؟ ".contains(letter)).to_owned()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// With a small first letter: what comes here begins with an article or a question word.
fn small(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn lower_words(text: &str) -> Vec<String> {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '\''))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn looks_english(text: &str) -> bool {
    lower_words(text).iter().any(|word| ENGLISH.contains(&word.as_str()))
}

/// Whether a text may be English: in Latin letters, and without more words of others than of its own.
fn is_english(text: &str) -> bool {
    let (latin, letters) = text
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .fold((0, 0), |(latin, all), letter| (latin + usize::from(letter.is_ascii()), all + 1));
    let words = lower_words(text);
    let count = |known: &[&str]| words.iter().filter(|word| known.contains(&word.as_str())).count();
    let (own, other) = (count(ENGLISH), count(FOREIGN));
    latin * 10 >= letters * 9 && (other <= own || other == 0) && !(own == 0 && text.contains(['¿', '¡', 'ß']))
}

fn is_direction(text: &str) -> bool {
    lower_words(text).iter().any(|word| DIRECTIONS.contains(&word.as_str()))
}

/// The sentences of a prompt, each in one line.
fn sentences_of(prompt: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prompt.lines() {
        let mut rest = line;
        while let Some(at) = rest.find([' ', '\t']).and_then(|_| end_of_sentence(rest)) {
            found.push(rest[..at].to_owned());
            rest = &rest[at..];
        }
        found.push(rest.to_owned());
    }
    found.iter().map(|text| Subject::words_of(text)).filter(|text| text.chars().any(char::is_alphanumeric)).collect()
}

/// Where the first sentence ends: after its mark, where a space and a capital follow.
fn end_of_sentence(text: &str) -> Option<usize> {
    let marks = text.char_indices().filter(|(_, letter)| ['.', '!', '?'].contains(letter));
    marks.map(|(at, _)| at + 1).find(|at| {
        let after = &text[*at..];
        let next = after.trim_start();
        let before = text[..*at - 1].rsplit(' ').next().unwrap_or("");
        after.starts_with([' ', '\t']) && next.starts_with(char::is_uppercase) && before.chars().count() > 2
    })
}

/// The sentences that tell something, as they are said.
fn sentences(prompt: &str) -> Vec<String> {
    let is_told = |text: &String| {
        let count = text.split(' ').count();
        (3..=SAID_WORDS_MAX).contains(&count) && !is_direction(text)
    };
    sentences_of(prompt).into_iter().filter(is_told).take(SENTENCES_MAX).map(|text| sentence(&capital(&text))).collect()
}

/// What is meant, without the order to make a film of it.
fn stripped(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let lower: Vec<String> = words.iter().map(|word| bare(word).to_lowercase()).collect();
    let start = usize::from(lower.first().is_some_and(|word| word == "please"));
    let rest = |from: usize| words.get(from..).map(|words| words.join(" ")).filter(|text| !text.is_empty());
    let is_at = |index: usize, known: &[&str]| lower.get(index).is_some_and(|word| known.contains(&word.as_str()));
    for teller in TELLERS {
        let count = teller.split(' ').count();
        if lower.get(start..start + count).is_some_and(|head| head.join(" ") == teller) {
            return rest(start + count).unwrap_or_else(|| text.to_owned());
        }
    }
    let made = is_at(start, &MAKERS) || is_at(start, &["a", "an"]);
    let film = (start..lower.len().min(start + 9)).find(|index| is_at(*index, &FILMS));
    if let Some(film) = film.filter(|film| made && is_at(film + 1, &ORDERS)) {
        return rest(film + 2).unwrap_or_else(|| text.to_owned());
    }
    text.to_owned()
}

/// What a question is about, without the words that only ask.
fn without_asking(text: &str) -> String {
    let kept: Vec<&str> =
        text.split(' ').filter(|word| !ASKING.contains(&bare(word).to_lowercase().as_str())).collect();
    let kept = bare_end(&kept.join(" ")).to_owned();
    if kept.is_empty() { bare_end(text).to_owned() } else { kept }
}
