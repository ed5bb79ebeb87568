//! Moving pictures and sound: what ffmpeg does for us, and what we do better ourselves.
//!
//! It owns every call of ffmpeg. It must not know steps, providers, plans or where artifacts are kept: it is given
//! files and a folder, and leaves whole files or none.

pub mod process;
