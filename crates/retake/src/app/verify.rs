//! Holds a film against its manifest: its bytes, its length, and what it was made of.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use retake_engine::id::Hash;
use retake_film::artifacts::Artifacts;
use retake_film::film::ARTIFACTS;
use retake_film::media::Tools;
use retake_film::media::probe::probe;
use retake_film::media::sniff::Kind;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Trouble;
use super::trouble::unkept;

/// What was found of a film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Verified {
    /// The film.
    pub(crate) film: PathBuf,
    /// Its manifest.
    pub(crate) manifest: PathBuf,
    /// What the film's bytes hash to.
    pub(crate) sha256: String,
    /// How many stored outputs were held against their names.
    pub(crate) outputs: usize,
    /// How many that it names are not stored here any more, or never were.
    pub(crate) missing: usize,
    /// Everything that is not as the manifest says.
    pub(crate) wrong: Vec<String>,
}

/// Holds a film, or its manifest, against the other, and what is stored of it against its names.
pub(crate) fn verify(file: &Path, data: &Path, tools: &Tools) -> Result<Verified, Trouble> {
    let is_manifest = file.extension().is_some_and(|ending| ending == "json");
    let manifest = if is_manifest { file.to_owned() } else { file.with_extension("json") };
    let text = std::fs::read_to_string(&manifest).map_err(|error| {
        Trouble::file("read the manifest", &manifest, &error).hint("a film's manifest lies beside it, as NAME.json")
    })?;
    let unreadable = |why: String| {
        Trouble::usage(format!("`{}` is no manifest of a film: {why}", manifest.display()))
            .hint("name the film, or the manifest beside it")
    };
    let said: Value = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
    let expected = said.get("sha256").and_then(Value::as_str).ok_or_else(|| unreadable("it names no hash".into()))?;
    let film = if is_manifest { file.with_extension("mp4") } else { file.to_owned() };
    let sha256 = hash_of(&film)?.to_string();
    let mut wrong = Vec::new();
    if sha256 != expected {
        wrong.push(format!("the film is {sha256}, the manifest says {expected}"));
    } else if let Some((frames, fps)) = length_of(&said) {
        wrong.extend(lasts(&film, frames, fps, tools)?);
    }
    let (outputs, missing) = stored(&said, data, &mut wrong)?;
    Ok(Verified { film, manifest, sha256, outputs, missing, wrong })
}

/// How many frames the manifest says, and how many of them a second has.
fn length_of(said: &Value) -> Option<(u64, u64)> {
    Some((said.get("frames")?.as_u64()?, said.get("fps")?.as_u64()?))
}

/// What is wrong with the length of the film, if anything is.
fn lasts(film: &Path, frames: u64, fps: u64, tools: &Tools) -> Result<Option<String>, Trouble> {
    let probed = probe(tools, film, Kind::Video).map_err(|error| {
        let trouble = Trouble::internal(error.to_string());
        Trouble { hint: error.hint(), ..trouble }
    })?;
    let found = probed.duration.unwrap_or(Duration::ZERO).as_micros();
    let planned = u128::from(frames) * 1_000_000;
    // Sound may outlast the picture by less than two frames.
    let is_right = (found * u128::from(fps)).abs_diff(planned) <= 2_000_000;
    let told = || format!("the film lasts {found} microseconds, the manifest says {frames} frames at {fps} a second");
    Ok((!is_right).then(told))
}

/// Holds every output that the manifest names and that is still stored against its name: how many, and how many are
/// not.
fn stored(said: &Value, data: &Path, wrong: &mut Vec<String>) -> Result<(usize, usize), Trouble> {
    let mut named = BTreeSet::new();
    outputs(said, &mut named);
    let folder = data.join(ARTIFACTS);
    if !folder.is_dir() {
        return Ok((0, named.len()));
    }
    let artifacts = Artifacts::open(&folder).map_err(unkept)?;
    let (mut held, mut missing) = (0, 0);
    for hash in named {
        // What was swept up is no damage: the film is there.
        if artifacts.path(&hash).is_some() {
            held += 1;
            wrong.extend(artifacts.verify(&hash).err().map(|error| error.to_string()));
        } else {
            missing += 1;
        }
    }
    Ok((held, missing))
}

/// Every hash that stands as `sha256` anywhere in it.
fn outputs(said: &Value, found: &mut BTreeSet<Hash>) {
    match said {
        Value::Object(fields) => {
            found.extend(fields.get("sha256").and_then(Value::as_str).and_then(|hash| hash.parse::<Hash>().ok()));
            fields.values().for_each(|value| outputs(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| outputs(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The hash of a file's bytes.
pub(super) fn hash_of(file: &Path) -> Result<Hash, Trouble> {
    let failed = |error: std::io::Error| Trouble::file("read", file, &error);
    // Neither a folder nor a pipe: the one cannot be read, the other may never end.
    if !std::fs::metadata(file).map_err(failed)?.is_file() {
        return Err(Trouble::usage(format!("`{}` is no ordinary file", file.display())));
    }
    let mut from = std::fs::File::open(file).map_err(failed)?;
    let (mut digest, mut chunk) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        match from.read(&mut chunk).map_err(failed)? {
            0 => return Ok(Hash::from_bytes(digest.finalize().into())),
            read => digest.update(&chunk[..read]),
        }
    }
}
