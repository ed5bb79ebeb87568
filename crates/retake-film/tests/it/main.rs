//! What a plan is, seen from outside.

mod mistakes;
mod round_trip;
mod schema;
