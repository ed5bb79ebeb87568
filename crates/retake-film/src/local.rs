//! What is made on this machine, without a provider: drawings and the movement across them.
//!
//! Pure: bytes out of words and numbers. It opens no file, reads no clock and starts nothing.

mod canvas;
pub mod captions;
mod colour;
mod dice;
pub mod fonts;
pub mod kenburns;
pub mod picture;
pub mod storyboard;
pub mod title;
