//! Turns a plan into a film: plan, schedule, steps, providers, media. It knows nothing of terminals or servers.
//!
//! The makers that need no provider are in [`local`], what ffmpeg does in [`media`], what a user writes in [`plan`].
//! Outputs are kept in [`artifacts`], and a finished film is brought to where it is wanted by [`deliver`].

pub mod artifacts;
pub mod catalogue;
pub mod deliver;
pub mod layout;
pub mod local;
pub mod media;
pub mod plan;
pub mod recipe;
pub mod schedule;
