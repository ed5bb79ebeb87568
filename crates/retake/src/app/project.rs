//! Where things are kept: the data directory of a plan, and what a film is called in it.
//!
//! Owns the rule by which the directory is found. Makes it, and puts nothing into it but the word that it is no part of
//! anybody's repository.

use std::path::{Component, Path, PathBuf};

use super::trouble::Trouble;

/// What a data directory is called.
pub(crate) const NAME: &str = ".retake";

/// A data directory that is there or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    /// The data directory.
    pub(crate) data: PathBuf,
}

impl Project {
    /// The one that is named; else the nearest at or above the folder; else the one that would be made in it.
    pub(crate) fn at(folder: &Path, named: Option<&Path>) -> Self {
        let named = named.map(folder_of);
        let nearest = || folder.ancestors().map(|above| above.join(NAME)).find(|path| path.is_dir());
        Self { data: named.or_else(nearest).unwrap_or_else(|| folder.join(NAME)) }
    }

    /// Whether it is there.
    pub(crate) fn exists(&self) -> bool {
        self.data.is_dir()
    }

    /// Makes it, kept out of repositories.
    pub(crate) fn make(&self) -> Result<(), Trouble> {
        let failed = |error: std::io::Error| Trouble::file("make the data directory", &self.data, &error);
        std::fs::create_dir_all(&self.data).map_err(failed)?;
        let ignore = self.data.join(".gitignore");
        if !ignore.exists() {
            std::fs::write(&ignore, "*\n").map_err(failed)?;
        }
        Ok(())
    }

    /// What a film is called here: its plan's path, relative to where the data directory stands.
    pub(crate) fn name_of(&self, plan: &Path) -> String {
        let home = self.data.parent().unwrap_or(&self.data);
        relative(plan, home).to_string_lossy().into_owned()
    }
}

/// Where a path is that a plan names, or that is told beside one; nothing where it is no path.
pub(crate) fn beside(plan: &Path, path: &str) -> Option<PathBuf> {
    (!path.contains("://")).then(|| plan.parent().unwrap_or(plan).join(path).components().collect())
}

/// The path of a file that is there, without detours.
pub(crate) fn whole(path: &Path) -> Result<PathBuf, Trouble> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| Trouble::usage(format!("`{}` is no file", path.display())))?;
    let folder = folder.canonicalize().map_err(|error| Trouble::file("find the folder", folder, &error))?;
    Ok(folder.join(name))
}

/// A folder without detours, whether it is there or not: a film is called the same before it is made and after.
fn folder_of(path: &Path) -> PathBuf {
    let there = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let Some((above, real)) = there else { return path.to_owned() };
    real.join(path.strip_prefix(above).unwrap_or(Path::new(""))).components().collect()
}

/// The way from a folder to a file.
pub(crate) fn relative(file: &Path, from: &Path) -> PathBuf {
    let common = file.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Path::new("..").as_os_str());
    up.chain(file.components().skip(common).map(Component::as_os_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_directory_above_is_taken_and_else_one_beside_the_plan() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let deep = root.join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        assert_eq!(Project::at(&deep, None).data, deep.join(".retake"));
        let above = Project::at(&root, None);
        above.make().unwrap();
        assert_eq!(Project::at(&deep, None), above);
        assert_eq!(std::fs::read_to_string(above.data.join(".gitignore")).unwrap(), "*\n");
        assert_eq!(Project::at(&deep, Some(&root.join("else"))).data, root.join("else"));
        std::os::unix::fs::symlink(&root, root.join("link")).unwrap();
        let new = Project::at(&deep, Some(&root.join("link/new/data")));
        assert_eq!(new.data, root.join("new/data"));
        new.make().unwrap();
        assert_eq!(Project::at(&deep, Some(&root.join("link/new/data"))), new);
        assert_eq!(above.name_of(&deep.join("film.yaml")), "a/b/film.yaml");
        let elsewhere = Project { data: root.join("x/.retake") };
        assert_eq!(elsewhere.name_of(&deep.join("film.yaml")), "../a/b/film.yaml");
    }
}
