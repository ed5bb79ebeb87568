//! What must hold for the project as a whole, in one binary.

mod invariants;
mod samples;
mod source;
mod ui;
