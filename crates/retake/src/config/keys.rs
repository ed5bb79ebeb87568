//! The keys that a configuration may hold, and what each takes. A test holds them against the default file.
//!
//! Knows names and types, not files.

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Any text.
    Text,
    /// Where a service is spoken to.
    Address,
    /// A text that is no secret and no number: one of these.
    OneOf(&'static [&'static str]),
    /// US dollars, written as text.
    Money,
    /// A span of time with its unit, written as text.
    Span,
    /// So many per time, such as `600/min`.
    Rate,
    /// A whole number from here on.
    Whole(u32),
    /// Yes or no.
    Flag,
    /// Several texts.
    Texts,
    /// Several numbers.
    Numbers,
    /// Whatever a model's own words are; checked by whoever uses it.
    Any,
}

const KINDS: &[&str] = &["image", "video", "speech", "code", "compile", "align", "emotion", "rig", "music"];
const DEDUPE: &[&str] = &["key", "client-id", "list", "list-weak", "webhook", "none"];
const CLASSES: &[&str] = &[
    "transient",
    "throttled",
    "unclear",
    "rejected",
    "invalid",
    "retired",
    "denied",
    "exhausted",
    "defective",
    "broken",
    "internal",
];

/// Every key by its whole name; `*` stands for a name that the user chooses.
pub(super) const KEYS: &[(&str, Type)] = &[
    ("profile", Type::OneOf(&["draft", "final"])),
    ("limits.submissions", Type::Whole(1)),
    ("limits.run_usd", Type::Money),
    ("limits.account_usd", Type::Money),
    ("limits.day_usd", Type::Money),
    ("local.python", Type::Text),
    ("local.ffmpeg", Type::Text),
    ("local.ffprobe", Type::Text),
    ("local.flite", Type::Text),
    ("local.espeak", Type::Text),
    ("local.cores", Type::Whole(1)),
    ("egress.allow", Type::Texts),
    ("serve.public_url", Type::Text),
    ("serve.deliver", Type::Texts),
    ("serve.queue", Type::Whole(1)),
    ("serve.queue_items", Type::Whole(1)),
    ("serve.disk_reserve_mb", Type::Whole(0)),
    ("serve.connections", Type::Whole(1)),
    ("serve.connections_per_address", Type::Whole(1)),
    ("serve.wrong_tokens", Type::Rate),
    ("serve.log", Type::OneOf(&["text", "json", "off"])),
    ("serve.traces", Type::Text),
    ("retention.runs", Type::Span),
    ("retention.artifacts", Type::Span),
    ("retention.uploads", Type::Span),
    ("retention.every", Type::Span),
    ("providers.*.api", Type::Text),
    ("providers.*.base_url", Type::Address),
    ("providers.*.key_env", Type::Text),
    ("providers.*.key_file", Type::Text),
    ("providers.*.webhook_secret_env", Type::Text),
    ("providers.*.rate", Type::Rate),
    ("providers.*.concurrency", Type::Whole(1)),
    ("providers.*.request_timeout", Type::Span),
    ("providers.*.poll_every", Type::Span),
    ("providers.*.grace", Type::Span),
    ("providers.*.cancel_grace", Type::Span),
    ("providers.*.dedupe", Type::OneOf(DEDUPE)),
    ("providers.*.lag", Type::Span),
    ("providers.*.settings", Type::Any),
    ("models.*.provider", Type::Text),
    ("models.*.kind", Type::OneOf(KINDS)),
    ("models.*.model", Type::Text),
    ("models.*.inputs", Type::Any),
    ("models.*.defaults", Type::Any),
    ("models.*.price", Type::Any),
    ("models.*.seconds", Type::Numbers),
    ("models.*.draft", Type::Any),
    ("models.*.aspects", Type::Texts),
    ("models.*.sizes", Type::Texts),
    ("models.*.sides", Type::Numbers),
    ("models.*.max_refs", Type::Whole(0)),
    ("models.*.max_chars", Type::Whole(1)),
    ("models.*.max_output_tokens", Type::Whole(1)),
    ("models.*.seconds_as", Type::OneOf(&["number", "text", "5s"])),
    ("models.*.seed_max", Type::Whole(1)),
    ("models.*.sound", Type::Flag),
    ("models.*.from", Type::Texts),
    ("models.*.languages", Type::Texts),
    ("models.*.dedupe", Type::OneOf(DEDUPE)),
    ("models.*.about", Type::Text),
    ("retry.*.attempts", Type::Whole(1)),
    ("retry.*.first_delay", Type::Span),
    ("retry.*.factor", Type::Whole(1)),
    ("retry.*.max_delay", Type::Span),
    ("retry.*.jitter", Type::Flag),
    ("retry.*.timeout", Type::Span),
    ("retry.*.paid_takes", Type::Whole(1)),
    ("retry.*.patterns.contains", Type::Text),
    ("retry.*.patterns.class", Type::OneOf(CLASSES)),
];

/// The pattern of a whole name.
pub(super) fn pattern(path: &[&str]) -> Vec<String> {
    let chosen = matches!(path.first(), Some(&("providers" | "models" | "retry")));
    path.iter().enumerate().map(|(at, part)| if chosen && at == 1 { "*" } else { *part }.to_owned()).collect()
}

/// What the key of this whole name takes, if it is one.
pub(super) fn type_of(path: &[&str]) -> Option<Type> {
    let name = pattern(path).join(".");
    KEYS.iter().find(|(key, _)| *key == name).map(|(_, kind)| *kind)
}

/// The names that may stand below this one.
pub(super) fn below(path: &[&str]) -> Vec<&'static str> {
    let prefix = pattern(path);
    let mut names: Vec<&'static str> = Vec::new();
    for (key, _) in KEYS {
        let mut parts = key.split('.');
        if prefix.iter().all(|part| parts.next() == Some(part)) {
            names.extend(parts.next().filter(|name| !names.contains(name)));
        }
    }
    names
}

/// The one of these names that was probably meant.
pub(crate) fn nearest<'n>(text: &str, names: &[&'n str]) -> Option<&'n str> {
    let distance = |name: &str| distance(&text.to_lowercase(), &name.to_lowercase());
    let near = names.iter().map(|name| (distance(name), *name)).min_by_key(|(far, _)| *far)?;
    let most = (text.chars().count() / 3).clamp(1, 3);
    (near.0 <= most).then_some(near.1)
}

/// How many letters have to be changed, put in, taken out or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: [Vec<usize>; 3] = [Vec::new(), Vec::new(), (0..=b.len()).collect()];
    for i in 1..=a.len() {
        rows.rotate_left(1);
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[0][j - 2] + 1);
            }
            row.push(least);
        }
        rows[2] = row;
    }
    rows[2].last().copied().unwrap_or_default()
}
