//! What is made on this machine, without a provider: drawings, the movement across them, and speech.
//! What is made on this machine, without a provider: drawings, the movement across them, music, and plain words.
//!
//! All but `voice` is pure: bytes out of words and numbers. It opens no file, reads no clock and starts nothing.

mod canvas;
pub mod captions;
mod colour;
mod dice;
pub mod fonts;
pub mod kenburns;
pub mod music;
pub mod picture;
pub mod storyboard;
pub mod template;
pub mod title;
pub mod voice;
