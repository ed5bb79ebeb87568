//! Turns a plan into a film: plan, schedule, steps, providers, media. It knows nothing of terminals or servers.
//!
//! The makers that need no provider are in [`local`], what ffmpeg does in [`media`], what a user writes in [`plan`].
//! Outputs are kept in [`artifacts`].

pub mod artifacts;
pub mod local;
pub mod media;
pub mod plan;
