//! What is made on this machine, without a provider: drawings, the movement across them, music, and plain words.
//!
//! Pure: bytes out of words and numbers. It opens no file, reads no clock and starts nothing.

mod canvas;
mod colour;
mod dice;
pub mod fonts;
pub mod kenburns;
pub mod music;
pub mod picture;
pub mod storyboard;
pub mod template;
pub mod title;
