//! Hands the film over, with its captions and the manifest that says how it was made.

use std::path::Path;
use std::time::Duration;

use retake_engine::fault::{Acceptance, Class, Fault, Origin};
use retake_engine::performer::Delivery;

use super::{Fell, Job, Made, fell, internal, role, unwritten};
use crate::deliver::{Error, Goal, Store, deliver};
use crate::manifest;
use crate::plan;
use crate::recipe::Deliver;

/// How long one request to a store may take.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) fn work(job: &Job<'_>, wish: &Deliver) -> Result<Delivery, Fell> {
    let film = job.needed(&wish.film)?;
    let hash = role(film, "film").ok_or_else(|| internal("there is no film to hand over"))?;
    let room = job.workspace()?;
    let ((records, state), name) = (job.state()?, &wish.name);
    let text = manifest::of(&records, &state, film, &wish.title).to_text();
    let written = room.path().join("manifest.json");
    std::fs::write(&written, text).map_err(|why| unwritten("the manifest", &why))?;
    let mut files = vec![(format!("{name}.mp4"), job.file(&hash)?)];
    for kind in ["vtt", "srt"] {
        if let Some(captions) = role(film, kind) {
            files.push((format!("{name}.{kind}"), job.file(&captions)?));
        }
    }
    // The manifest comes last: what it tells of is there.
    files.push((format!("{name}.json"), written));
    let borrowed: Vec<(&str, &Path)> = files.iter().map(|(name, file)| (name.as_str(), file.as_path())).collect();
    deliver(&borrowed, &goal(job, wish)).map_err(|error| fault(&error))?;
    let manifest = job.keep(&files.last().expect("it was pushed").1)?;
    let at = |ending: &str| format!("{}/{name}.{ending}", wish.to.trim_end_matches('/'));
    let made = Made::default().artifact("film", hash).artifact("manifest", manifest);
    let made = made.fact("path", at("mp4")).fact("manifest", at("json")).fact("sha256", hash);
    let seconds = film.facts.get("seconds").map_or_else(String::new, ToString::to_string);
    Ok(made.fact("seconds", seconds).done())
}

/// Where it goes: a folder seen from the plan, or a store.
fn goal(job: &Job<'_>, wish: &Deliver) -> Goal {
    match plan::Goal::of(&wish.to) {
        plan::Goal::Folder(folder) => Goal::Folder(job.kit.root.join(&wish.base).join(folder)),
        plan::Goal::Store(url) => {
            let options = job.kit.stores.for_store(&url);
            Goal::Store(Store { url, options, patience: PATIENCE })
        }
    }
}

fn fault(error: &Error) -> Fell {
    // What is wrong with the plan's own words is no matter of what is stored.
    let origin = if error.class() == Class::Invalid { Origin::Other } else { Origin::Store };
    let fault = Fault::new(error.class(), Acceptance::No, error.to_string()).from(origin);
    let fault = match error {
        Error::Throttled { retry_after: Some(wait), .. } => fault.retry_after(*wait),
        _ => fault,
    };
    fell(fault, error.hint().map(str::to_owned))
}
