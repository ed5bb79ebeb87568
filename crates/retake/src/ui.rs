//! Everything a person reads: pure functions from what the engine knows to text, and one small place that writes it.
//!
//! Owns the words, the widths and the colours of the terminal, and the machine-readable summary. It must not know how
//! anything is decided, and it asks nobody: what it shows follows from the records that it is handed, the moment that
//! it is told, and the [`paint::Look`] of who reads it.
//!
//! Texts come from outside: ids, titles, messages of providers. None reaches a terminal or a page but through
//! [`text::safe`] or an escape, so that no title can move a cursor or close a tag.

pub mod board;
pub mod card;
pub mod explain;
pub mod film;
pub mod json;
pub mod ledger;
pub mod live;
pub mod log;
pub mod mistakes;
pub mod models;
pub mod orphans;
pub mod out;
pub mod paint;
pub mod place;
pub mod runs;
pub mod script;
pub mod sheet;
pub mod stage;
pub mod story;
pub mod summary;
pub mod table;
pub mod text;
pub mod waits;
pub mod words;
