//! Holds a film against its manifest.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use retake_engine::id::Hash;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::Trouble;

/// What was found of a film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Verified {
    /// The film.
    pub(crate) film: PathBuf,
    /// Its manifest.
    pub(crate) manifest: PathBuf,
    /// What the film's bytes hash to.
    pub(crate) sha256: String,
    /// What the manifest says that they do.
    pub(crate) expected: String,
    /// Whether that is the same.
    pub(crate) whole: bool,
}

/// Holds a film, or its manifest, against the other.
pub(crate) fn verify(file: &Path) -> Result<Verified, Trouble> {
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
    let hash = ["/film/sha256", "/output/sha256", "/sha256"].iter().find_map(|at| said.pointer(at)?.as_str());
    let expected = hash.ok_or_else(|| unreadable("it names no hash".into()))?.to_owned();
    let film = if is_manifest { file.with_extension("mp4") } else { file.to_owned() };
    let sha256 = hash_of(&film)?.to_string();
    let whole = sha256 == expected;
    Ok(Verified { film, manifest, sha256, expected, whole })
}

/// The hash of a file's bytes.
pub(super) fn hash_of(file: &Path) -> Result<Hash, Trouble> {
    let failed = |error: std::io::Error| Trouble::file("read", file, &error);
    let mut from = std::fs::File::open(file).map_err(failed)?;
    let (mut digest, mut chunk) = (Sha256::new(), vec![0; 1 << 18]);
    loop {
        match from.read(&mut chunk).map_err(failed)? {
            0 => return Ok(Hash::from_bytes(digest.finalize().into())),
            read => digest.update(&chunk[..read]),
        }
    }
}
