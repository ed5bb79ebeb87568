//! `retake mcp`.

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use super::interrupt::Interrupt;
use crate::mcp::Server;

/// Let an assistant make films here, by the Model Context Protocol
///
/// An assistant starts it, and talks to it over standard input and output. It has tools to quote, run, watch, look at,
/// retry, redo and cancel. Nothing is bought before the quote was shown and agreed to, and never past the cap. Plans come
/// as text, or as files of this folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  retake mcp\n  retake mcp --data-dir films/.retake")]
pub(crate) struct Mcp {}

impl Mcp {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = desk.ground(&desk.around.folder)?;
        let server = Server::new(desk.way(ground, true), desk.around.folder.clone());
        let _interrupt = Interrupt::listen(server.stopper(), || ())?;
        server.serve()?;
        Ok(Code::Complete)
    }
}
