//! A plan that is a prompt alone: its scenes are written, and lie beside it where they can be changed.
//!
//! Never touches the user's own file.

use std::path::{Path, PathBuf};

use retake_film::local::template;
use retake_film::plan::{self, Plan};

use super::Trouble;

/// The plan with scenes. What was written for the same prompt before is used, changed or not; what is written now is
/// kept where that is wanted.
pub(super) fn with_scenes(plan: Plan, file: &Path, keep: bool) -> Result<Plan, Trouble> {
    if !plan.scenes.is_empty() {
        return Ok(plan);
    }
    let fresh = template::write(&plan.film, &plan);
    let beside = beside(file);
    if let Ok(bytes) = std::fs::read(&beside) {
        let there = plan::read_bytes(&bytes)
            .map_err(|mistakes| Trouble::usage(mistakes.render(&beside.display().to_string()).trim_end()))?;
        if there.film == fresh.film {
            return Ok(Plan { scenes: there.scenes, ..fresh });
        }
    }
    if keep {
        let text = fresh.to_yaml().map_err(|error| Trouble::internal(error.to_string()))?;
        let note = "# Written by retake for the prompt in the plan beside this. Change it as you like: it is used until\n\
                    # the prompt changes.\n";
        std::fs::write(&beside, format!("{note}{text}"))
            .map_err(|error| Trouble::file("write the scenes", &beside, &error))?;
    }
    Ok(fresh)
}

/// Where the scenes of a prompt lie.
fn beside(file: &Path) -> PathBuf {
    file.with_extension("plan.yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_used_until_the_prompt_changes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("film.yaml");
        let prompt = |words: &str| plan::read(&format!("film: {words}\n")).unwrap();
        let looked = with_scenes(prompt("Why is the sky blue?"), &file, false).unwrap();
        assert!(!beside(&file).exists() && !looked.scenes.is_empty());
        let written = with_scenes(prompt("Why is the sky blue?"), &file, true).unwrap();
        assert_eq!(written, looked);
        let text = std::fs::read_to_string(beside(&file)).unwrap();
        let mut changed = plan::read(&text).unwrap();
        changed.scenes.truncate(2);
        std::fs::write(beside(&file), changed.to_yaml().unwrap()).unwrap();
        let used = with_scenes(prompt("Why is the sky blue?"), &file, true).unwrap();
        assert_eq!(used.scenes, changed.scenes, "what a person changed counts");
        let other = with_scenes(prompt("Why is the sea salty?"), &file, true).unwrap();
        assert_ne!(other.scenes, used.scenes);
        assert_eq!(plan::read(&std::fs::read_to_string(beside(&file)).unwrap()).unwrap().scenes, other.scenes);
        std::fs::write(beside(&file), "film: [").unwrap();
        assert!(with_scenes(prompt("Why is the sea salty?"), &file, true).is_err());
    }
}
