//! What people read, under snapshots. The journals behind it are written by a real actor, driven by hand.

mod studio;

mod board;
mod books;
mod cards;
mod faces;
mod json;
mod live;
mod sheet;
