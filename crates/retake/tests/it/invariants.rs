//! The invariants of ARCHITECTURE.md that can be read off the source, and the layers they stand on.
//!
//! A check is a function of a path and a text, so that `samples.rs` can show that each of them can fail.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::source::{Mention, mentions};

/// What a crate of the workspace may name of the others.
const CRATES: [(&str, &[&str]); 4] = [
    ("retake-engine", &[]),
    ("retake-film", &["retake-engine"]),
    ("retake-rehearsal", &[]),
    ("retake", &["retake-film", "retake-engine", "retake-rehearsal"]),
];

/// Whose tests may name a crate that it does not know otherwise: clients are tried against those who play the other side.
const TRIED: [(&str, &str); 1] = [("retake-film", "retake-rehearsal")];

/// The rooms of the engine from the ground up: a room may name what stands above it here, never its own row's
/// neighbours and nothing below.
const ROOMS: [&[&str]; 12] = [
    &["id", "money", "moment", "mutant"],
    &["fault"],
    &["retry"],
    &["graph"],
    &["performer"],
    &["ledger"],
    &["journal"],
    &["admission"],
    &["decide"],
    &["store"],
    &["engine"],
    &["host", "sim"],
];

/// Rooms of the binary that may not know others: use cases know no face, and what people read asks nobody.
const DEAF: [(&[&str], &[&str]); 2] =
    [(&["app", "config", "door", "ui"], &["cli", "http", "mcp", "web"]), (&["app", "config"], &["ui"])];

/// How many rows of [`ROOMS`] are pure.
const PURE_ROWS: usize = 9;

/// The most lines a source file may have.
const LINES_MAX: usize = 500;

/// The most lines ARCHITECTURE.md may have.
const MAP_LINES_MAX: usize = 250;

/// Something that a part of the source may not name.
struct Ban {
    rule: &'static str,
    why: &'static str,
    covers: fn(&Place<'_>) -> bool,
    words: &'static [&'static str],
}

const BANS: [Ban; 7] = [
    Ban {
        rule: "invariant 1",
        why: "the core is pure: it is told the time, derives its randomness and waits for nothing",
        covers: |place| place.is_core(),
        words: &[
            "async",
            "await",
            "async_trait",
            "tokio",
            "futures",
            "thread",
            "SystemTime",
            "Instant",
            "UNIX_EPOCH",
            "rand",
            "fastrand",
            "getrandom",
            "RandomState",
            "Uuid::new_v4",
            "Uuid::now_v7",
            "std::fs",
            "std::io",
            "std::net",
            "std::env",
            "std::process",
        ],
    },
    Ban {
        rule: "invariant 3",
        why: "a provider classifies and returns; waiting and trying again are the engine's",
        covers: |place| place.krate == "retake-film" && place.is_under("providers"),
        words: &[
            "sleep",
            "sleep_until",
            "tokio::time",
            "backon",
            "backoff",
            "tokio_retry",
            "reqwest_retry",
            "ExponentialBackoff",
            "ExponentialBuilder",
            "tower::retry",
        ],
    },
    Ban {
        rule: "invariant 6",
        why: "only `process` starts processes: with an argument vector, limits and a group to kill",
        covers: |place| place.shipped && !place.is_under("process"),
        words: &["process::Command", "Command::new", "posix_spawn", "posix_spawnp", "execve"],
    },
    Ban {
        rule: "invariant 6",
        why: "only `config` reads the environment",
        covers: |place| place.shipped && !place.is_under("config"),
        words: &["std::env", "env::var", "env::var_os", "env::vars", "env::vars_os", "env::args", "env::args_os"],
    },
    Ban {
        rule: "invariant 6",
        why: "only `ui` prints",
        covers: |place| place.shipped && !place.is_under("ui"),
        words: &["println!", "eprintln!", "print!", "eprint!", "dbg!", "io::stdout", "io::stderr"],
    },
    Ban {
        rule: "invariant 2",
        why: "only a face knows exit codes: what it calls says what happened",
        covers: |place| {
            place.shipped && place.krate != "retake"
                || ["app", "door", "config", "ui"].iter().any(|room| place.is_under(room))
        },
        words: &["ExitCode", "process::exit", "cli::exit"],
    },
    Ban {
        rule: "invariant 7",
        why: "money is counted in whole micro-dollars: what counts or grants it holds no floats",
        covers: |place| {
            place.krate == "retake-engine"
                && ["money", "ledger", "journal", "decide", "admission"].iter().any(|room| place.room() == Some(room))
        },
        words: &["*f32", "*f64"],
    },
];

/// Where a source file stands.
struct Place<'a> {
    krate: &'a str,
    /// The modules that lead to it, from the crate's root.
    modules: Vec<&'a str>,
    /// Whether it is part of what users run: no test, bench, example or build script.
    shipped: bool,
}

impl<'a> Place<'a> {
    /// The place of a path below `crates`, such as `retake-engine/src/journal/event.rs`.
    fn of(path: &'a str) -> Self {
        let mut parts = path.strip_suffix(".rs").unwrap_or(path).split('/');
        let krate = parts.next().unwrap_or_default();
        let in_src = parts.next() == Some("src");
        let modules: Vec<&str> = parts.filter(|part| !["lib", "main", "mod"].contains(part)).collect();
        let shipped = in_src && !modules.contains(&"tests");
        Self { krate, modules, shipped }
    }

    fn room(&self) -> Option<&'a str> {
        self.modules.first().copied().filter(|_| self.shipped)
    }

    fn is_under(&self, module: &str) -> bool {
        self.shipped && self.modules.contains(&module)
    }

    fn is_core(&self) -> bool {
        self.krate == "retake-engine" && self.room().and_then(row_of).is_some_and(|row| row < PURE_ROWS)
    }
}

fn row_of(room: &str) -> Option<usize> {
    ROOMS.iter().position(|row| row.contains(&room))
}

/// A rule that a line does not keep.
pub(crate) struct Breach {
    path: String,
    line: usize,
    what: String,
    pub(crate) rule: &'static str,
    why: &'static str,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, what, rule, why } = self;
        write!(f, "crates/{path}:{line}: {what}\n    {rule}: {why}")
    }
}

/// Every rule that this source does not keep, were it at this path below `crates`.
pub(crate) fn breaches(path: &str, text: &str) -> Vec<Breach> {
    let place = Place::of(path);
    let mentions = mentions(text);
    let breach = |line, what, rule, why| Breach { path: path.to_owned(), line, what, rule, why };
    let mut found = Vec::new();
    for ban in BANS.iter().filter(|ban| (ban.covers)(&place)) {
        for mention in mentions.iter().filter(|mention| ban.words.iter().any(|word| mention.names(word))) {
            found.push(breach(mention.line, format!("names `{}`", mention.path.join("::")), ban.rule, ban.why));
        }
    }
    found.extend(layers(&place, &mentions).map(|(line, what, why)| breach(line, what, "layers", why)));
    found.extend(crates(&place, &mentions).map(|(line, what, why)| breach(line, what, "crates", why)));
    let lines = text.lines().count();
    if lines > LINES_MAX {
        found.push(breach(
            LINES_MAX + 1,
            format!("has {lines} lines of {LINES_MAX}"),
            "size",
            "two ideas in one room?",
        ));
    }
    found
}

type Finding = (usize, String, &'static str);

/// Where a room of the engine names one that does not stand below it, or one of the binary a face.
fn layers(place: &Place<'_>, mentions: &[Mention]) -> impl Iterator<Item = Finding> {
    let room = place.room().filter(|_| place.krate == "retake-engine");
    let mut found = Vec::new();
    if let Some(room) = room {
        if row_of(room).is_none() {
            found.push((1, format!("`{room}` stands in no row"), "give the new room its place in the table of rows"));
        }
        for mention in mentions {
            let Some(other) = target(place, mention).filter(|other| *other != room) else { continue };
            if row_of(room).is_some() && row_of(other) >= row_of(room) {
                let what = format!("`{room}` names `{other}`");
                found.push((mention.line, what, "arrows point down only: a room names what it stands on"));
            }
            if other == "*" {
                found.push((mention.line, "names all of the crate".to_owned(), "an import says what it uses"));
            }
        }
    }
    if let Some(room) = place.room().filter(|_| place.krate == "retake") {
        let closed = DEAF.iter().filter(|(rooms, _)| rooms.contains(&room)).flat_map(|(_, others)| others.iter());
        let closed: Vec<&str> = closed.copied().collect();
        for mention in mentions {
            if let Some(other) = target(place, mention).filter(|other| closed.contains(other)) {
                let what = format!("`{room}` names `{other}`");
                found.push((mention.line, what, "faces know the use cases, never the other way"));
            }
        }
    }
    found.into_iter()
}

/// The room that a path leads to, where it leads to one of the same crate.
fn target<'m>(place: &Place<'_>, mention: &'m Mention) -> Option<&'m str> {
    let mut depth = match mention.path.first()?.as_str() {
        "crate" => 0,
        "super" => place.modules.len(),
        _ => return None,
    };
    let mut rest = mention.path.iter().map(String::as_str);
    loop {
        match rest.next()? {
            "crate" => {}
            "super" => depth = depth.checked_sub(1)?,
            other => return (depth == 0).then_some(other),
        }
    }
}

/// Where a crate names one that it may not know.
fn crates(place: &Place<'_>, mentions: &[Mention]) -> impl Iterator<Item = Finding> {
    let known = CRATES.iter().find(|(name, _)| *name == place.krate);
    let mut found = Vec::new();
    if known.is_none() {
        found.push((1, format!("`{}` is no crate we know", place.krate), "give the new crate its row in the table"));
    }
    let allowed = known.map_or(&[][..], |(_, allowed)| *allowed);
    for mention in mentions {
        let strange = CRATES.iter().find(|(name, _)| {
            let tried = !place.shipped && TRIED.contains(&(place.krate, name));
            *name != place.krate && !allowed.contains(name) && !tried && mention.names(&name.replace('-', "_"))
        });
        if let Some((name, _)) = strange {
            let what = format!("`{}` names `{name}`", place.krate);
            found.push((mention.line, what, "retake knows retake-film knows retake-engine, never the other way"));
        }
    }
    found.into_iter()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every source file of the workspace: its path below `crates` and its text.
fn sources() -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    let mut queue = vec![root.clone()];
    while let Some(folder) = queue.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the workspace can be read") {
            let path = entry.expect("a folder of the workspace can be read").path();
            if path.is_dir() {
                queue.extend((!path.ends_with("target")).then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).expect("it was found below the root");
                let name = below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
                found.push((name, fs::read_to_string(&path).expect("a source file is text")));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_source_keeps_the_invariants() {
    let found: Vec<String> =
        sources().iter().flat_map(|(path, text)| breaches(path, text)).map(|breach| breach.to_string()).collect();
    assert!(found.is_empty(), "{} breaches\n\n{}\n", found.len(), found.join("\n"));
}

/// A rule that looks at no file proves nothing: whatever exists of these must be looked at.
#[test]
fn no_rule_looks_past_its_files() {
    let sources = sources();
    assert!(sources.len() >= 10, "only {} source files found", sources.len());
    let looked_at = |ban: &Ban, home: &str| {
        let is_home = |path: &str| path.strip_prefix(home).is_some_and(|rest| rest.starts_with(['/', '.']));
        let at_home: Vec<&String> = sources.iter().map(|(path, _)| path).filter(|path| is_home(path)).collect();
        let missed =
            at_home.iter().find(|path| !Place::of(path).modules.contains(&"tests") && !(ban.covers)(&Place::of(path)));
        assert!(missed.is_none(), "{} ({}) looks past {missed:?}", ban.rule, ban.why);
        at_home.len()
    };
    let home = |room: &str| format!("retake-engine/src/{room}");
    let pure: usize =
        ROOMS[..PURE_ROWS].iter().flat_map(|row| row.iter()).map(|room| looked_at(&BANS[0], &home(room))).sum();
    assert!(pure > 0, "the core is empty");
    looked_at(&BANS[1], "retake-film/src/providers");
    for ban in &BANS[2..5] {
        assert!(looked_at(ban, &home("journal")) + looked_at(ban, &home("id")) > 0, "{} looks at nothing", ban.why);
    }
    let money: usize =
        ["money", "ledger", "journal", "decide", "admission"].iter().map(|room| looked_at(&BANS[6], &home(room))).sum();
    assert!(money > 0, "no file counts money");
}

/// A crate that must not be named must not be depended on either.
#[test]
fn manifests_keep_the_order_of_the_crates() {
    for (name, allowed) in CRATES {
        let Ok(manifest) = fs::read_to_string(root().join(name).join("Cargo.toml")) else { continue };
        for (other, _) in CRATES.iter().filter(|(other, _)| *other != name && !allowed.contains(other)) {
            let shipped = manifest.split("[dev-dependencies]").next().unwrap_or_default();
            let read = if TRIED.contains(&(name, other)) { shipped } else { &manifest };
            let depends = read
                .lines()
                .any(|line| line.strip_prefix(other).is_some_and(|rest| rest.trim_start().starts_with(['.', '='])));
            assert!(!depends, "crates/{name}/Cargo.toml: `{name}` depends on `{other}`, which stands above it");
        }
    }
}

/// A map that leaves out a room, or is too long to be read, is not used.
#[test]
fn the_map_shows_every_room() {
    let map = fs::read_to_string(root().join("../ARCHITECTURE.md")).expect("the workspace has a map");
    assert!(map.lines().count() <= MAP_LINES_MAX, "ARCHITECTURE.md has more than {MAP_LINES_MAX} lines");
    for (path, _) in sources() {
        let place = Place::of(&path);
        let Some(room) = place.room().filter(|_| place.krate == "retake-engine") else { continue };
        let shown = [format!("| `{room}`"), format!("| `{room}/")].iter().any(|row| map.contains(row));
        assert!(shown, "ARCHITECTURE.md: the code map lacks `{room}` of crates/{path}");
    }
}
