//! Looks over what retake stands on, and says how to mend what is not well.

use std::path::Path;

use retake_film::media::process::Program;
use serde::Serialize;

use super::Ground;
use crate::config::Local;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Health {
    /// As it should be.
    Ok,
    /// Films can be made, but not all of them, or not for long.
    Warn,
    /// Without it no film can be made.
    Missing,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// What.
    pub(crate) what: String,
    /// How well it is.
    pub(crate) health: Health,
    /// What was found.
    pub(crate) found: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hint: Option<String>,
}

impl Finding {
    /// Something that is as it should be.
    pub(crate) fn ok(what: impl Into<String>, found: impl Into<String>) -> Self {
        Self { what: what.into(), health: Health::Ok, found: found.into(), hint: None }
    }

    /// Something that is not, and how to mend it.
    pub(crate) fn ill(
        health: Health,
        what: impl Into<String>,
        found: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { what: what.into(), health, found: found.into(), hint: Some(hint.into()) }
    }
}

/// With less room than this a film may not fit.
const ROOM_BYTES: u64 = 2 << 30;

/// Everything that is looked at. Who owns the data directory is the caller's to say.
pub(crate) fn examine(ground: &Ground, owner: Option<u32>) -> Vec<Finding> {
    let Local { ffmpeg, ffprobe, .. } = ground.config.local();
    let mut found = vec![
        program("ffmpeg", &Program::new(ffmpeg.unwrap_or_else(|| "ffmpeg".into()), "ffmpeg"), "local.ffmpeg"),
        program("ffprobe", &Program::new(ffprobe.unwrap_or_else(|| "ffprobe".into()), "ffmpeg"), "local.ffprobe"),
    ];
    found.extend(ground.craft.examine(&ground.config));
    found.push(directory(ground, owner));
    found.push(room(&ground.project.data));
    for file in &ground.config.files {
        found.push(Finding::ok("configuration", file.display().to_string()));
    }
    if ground.config.files.is_empty() {
        found.push(Finding::ok("configuration", "the defaults; `retake.toml` beside the plan changes them"));
    }
    for name in &ground.config.variables {
        found.push(Finding::ok("configuration", format!("${name}")));
    }
    found
}

fn program(name: &str, program: &Program, key: &str) -> Finding {
    match program.find() {
        Ok(path) => Finding::ok(name, path.display().to_string()),
        Err(error) => {
            let hint = format!("install {}, or set `{key}` in retake.toml", program.package);
            Finding::ill(Health::Missing, name, error.to_string(), error.hint().unwrap_or(hint))
        }
    }
}

fn directory(ground: &Ground, owner: Option<u32>) -> Finding {
    let data = ground.project.data.display();
    match (ground.project.exists(), owner) {
        (false, _) => Finding::ok("data directory", format!("{data}, made by the first run")),
        (true, None) => Finding::ok("data directory", format!("{data}, owned by nobody now")),
        (true, Some(process)) => Finding::ok("data directory", format!("{data}, owned by process {process}")),
    }
}

/// How much room there is where the data directory is or will be.
fn room(data: &Path) -> Finding {
    let there = data.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
    match rustix::fs::statvfs(there) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let found = format!("{} MB free", free / 1_000_000);
            if free < ROOM_BYTES {
                let hint = "free some space, or `retake gc`";
                Finding::ill(Health::Warn, "disk", found, hint)
            } else {
                Finding::ok("disk", found)
            }
        }
        Err(error) => Finding::ill(Health::Warn, "disk", error.to_string(), "look after the disk"),
    }
}
