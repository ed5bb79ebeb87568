//! Renders how one clip becomes the next.

use retake_engine::fault::Class;
use retake_engine::performer::Delivery;

use super::{Fell, Job, Made, failed, internal, number, role};
use crate::media::join::{Kind, join};
use crate::media::timeline;
use crate::recipe::Join;

pub(super) fn work(job: &Job<'_>, wish: &Join) -> Result<Delivery, Fell> {
    let (before, after) = (job.needed(&wish.before)?, job.needed(&wish.after)?);
    let shared = |outputs, fact| number(outputs, fact).and_then(|count| u32::try_from(count).ok()).unwrap_or(0);
    let (tail, head) = (shared(before, "tail"), shared(after, "head"));
    if tail != head {
        return Err(internal(format!("`{}` gives {tail} frames and `{}` {head}", wish.before, wish.after)));
    }
    // A join for which a neighbour had no room is a cut: there is nothing to render.
    let (Some(from), Some(to)) = (role(before, "tail"), role(after, "head")) else {
        return Ok(Made::default().fact("frames", 0).done());
    };
    let (room, canvas) = (job.workspace()?, wish.frame.canvas()?);
    let plan = timeline::Join { kind: Kind::named(&wish.kind).unwrap_or(Kind::Crossfade), frames: tail };
    let (from, to, file) = (job.file(&from)?, job.file(&to)?, room.path().join("join.mp4"));
    let made = join(&job.kit.tools, canvas, wish.frame.quality(), plan, &from, &to, &file);
    let made = made.map_err(|error| failed(&error, Class::Defective))?;
    Ok(Made::default().artifact("segment", job.keep(&made)?).fact("frames", tail).done())
}
