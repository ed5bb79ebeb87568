//! A server that plays the providers.
//!
//! It speaks their wire formats from the other side, makes small real media, keeps its own book of what it accepted and
//! charged, and lets go wrong what a script says. It shares no code with the clients, so that no mistake is mirrored.
//!
//! | room | owns |
//! |---|---|
//! | `faults` | the script: which request meets which fault |
//! | `jobs` | orders and jobs; their states follow from the clock alone |
//! | `make`, `process` | small real media, each a pure function of its order |
//! | `prices` | what an order costs |
//! | `bill` | the log on disk, and what it adds up to |
//! | `server` | sockets, the one way of every request, and where faults are done to it |
//! | `wire` | how each provider words it: a file each, and a line in its table |
//! | `webhook` | who is told, when, and with which signature |

pub mod faults;
pub mod jobs;
pub mod make;
pub mod process;

mod bill;
mod clock;
mod prices;
mod server;
mod webhook;
mod wire;

pub use bill::{Bill, Doubled, Line};
pub use faults::Script;
pub use jobs::{Kind, Order, State};
pub use server::{Error, Options, Pace, Server};

/// The providers that it plays; each lives below a path of its name.
pub const PROVIDERS: [&str; 12] = [
    "replicate",
    "fal",
    "openai",
    "google",
    "vertex",
    "elevenlabs",
    "anthropic",
    "runway",
    "luma",
    "cog",
    "comfyui",
    "http",
];

/// The dummy key that every provider accepts here; any other is refused as the real provider refuses it.
pub const KEY: &str = "rehearsal";

/// A provider's own dummy key. Shown to anybody else, it is a leak that the bill tells of.
pub fn key(provider: &str) -> String {
    format!("{KEY}-{provider}")
}

/// The same behind a mark of the caller's own, by which it can be found wherever it gets to.
pub fn marked_key(mark: &str, provider: &str) -> String {
    format!("{mark}.{}", key(provider))
}

fn is_key(provider: &str, shown: &str) -> bool {
    shown == KEY || key_owner(shown) == Some(provider)
}

/// Whose dummy key this is.
fn key_owner(shown: &str) -> Option<&str> {
    if shown == KEY {
        return Some("everybody");
    }
    let shown = shown.rsplit_once('.').map_or(shown, |(_, key)| key);
    shown.strip_prefix(KEY)?.strip_prefix('-').filter(|name| PROVIDERS.contains(name))
}
