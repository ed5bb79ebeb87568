//! Speaks words.

use retake_engine::fault::{Acceptance, Class, Fault};
use retake_engine::performer::Delivery;

use super::{Fell, Job, Made, failed, fell, internal};
use crate::local::voice::{Error, Speaker, Timing};
use crate::media::probe::probe;
use crate::media::process;
use crate::media::sniff::Kind;
use crate::media::{canvas::SAMPLE_RATE, sound};
use crate::recipe::Voice;

pub(super) fn work(job: &Job<'_>, wish: &Voice) -> Result<Delivery, Fell> {
    let Some(speaker) = Speaker::named(job.entry.as_str()) else {
        return Err(internal(format!("nobody here is called `{}`", job.entry)));
    };
    let room = job.workspace()?;
    let (kit, stop) = (job.kit, &job.kit.tools.stop);
    let speech =
        kit.voices.speak(speaker, &wish.text, &wish.language, room.path(), stop).map_err(|error| fault(&error))?;
    let foreign = |error| failed(&error, Class::Defective);
    let probed = probe(&kit.tools, &speech.wave, Kind::Audio).map_err(foreign)?;
    let wave = sound::decode(&kit.tools, &probed, &room.path().join("voice.wav")).map_err(foreign)?;
    let samples = (speech.samples * u64::from(SAMPLE_RATE)).div_ceil(u64::from(speech.rate));
    let words = serde_json::to_vec(&speech.words).map_err(|why| internal(why.to_string()))?;
    let timing = match speech.timing {
        Timing::Exact => "exact",
        Timing::Aligned => "aligned",
        Timing::Estimated => "estimated",
    };
    let made = Made::default().artifact("voice", job.keep(&wave)?).artifact("words", job.keep_bytes(&words)?);
    let made = made.fact("samples", samples).fact("timing", timing);
    let made = if speech.unread.is_empty() { made } else { made.fact("unread", speech.unread.join(" ")) };
    Ok(made.done())
}

fn fault(error: &Error) -> Fell {
    let class = match error {
        Error::File { .. } => Class::Transient,
        Error::Unable { source: process::Error::Missing { .. }, .. } => Class::Invalid,
        Error::Unable { .. } => Class::Transient,
        Error::Nothing
        | Error::Long { .. }
        | Error::Word { .. }
        | Error::Language { .. }
        | Error::Unreadable { .. }
        | Error::Answer { .. } => Class::Invalid,
    };
    fell(Fault::new(class, Acceptance::No, error.to_string()), error.hint())
}
