//! Makes music, or takes the user's own in.

use std::fs::File;
use std::io::BufWriter;

use retake_engine::fault::Class;
use retake_engine::performer::Delivery;

use super::{Fell, Job, Made, failed, unwritten};
use crate::local::music::compose;
use crate::media::probe::probe;
use crate::media::sniff::Kind;
use crate::media::sound;
use crate::recipe::Music;

/// How long a composed piece is before it begins again.
const SECONDS: u32 = 64;

pub(super) fn work(job: &Job<'_>, wish: &Music) -> Result<Delivery, Fell> {
    let room = job.workspace()?;
    let file = room.path().join("music.wav");
    match wish {
        Music::Prompt { prompt, seed } => {
            let score = compose(prompt, u64::from(*seed), SECONDS);
            let written = File::create(&file).and_then(|out| score.write(&mut BufWriter::new(out)));
            written.map_err(|why| unwritten("music", &why))?;
            let made = Made::default().artifact("music", job.keep(&file)?);
            Ok(made.fact("how", "procedural").fact("score", score.describe()).done())
        }
        Music::File { hash, name } => {
            let tools = &job.kit.tools;
            let refused = |error| {
                let mut failure = failed(&error, Class::Invalid);
                failure.fault.message = format!("`{name}`: {}", failure.fault.message);
                failure
            };
            let probed = probe(tools, &job.file(hash)?, Kind::Audio).map_err(refused)?;
            let wave = sound::decode(tools, &probed, &file).map_err(refused)?;
            Ok(Made::default().artifact("music", job.keep(&wave)?).done())
        }
    }
}
