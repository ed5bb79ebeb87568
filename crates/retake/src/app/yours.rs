//! What somebody is told who wants a file of their own otherwise: which line is to be changed, and to what.
//!
//! Owns the words. It reads two texts, and writes none.

use retake_film::plan;

use super::Trouble;

/// How many lines are shown. Where more would change, the plan would be written in other words throughout.
const SHOWN_MOST: usize = 8;

/// That this file is theirs to write. It holds this text, and would have to hold that one for a scene to be as it is
/// wanted; its film is made of `plan`.
pub(super) fn yours(file: &str, plan: &str, scene: &str, (text, new): (&str, &str)) -> Trouble {
    let line = plan::line_of(text, scene).unwrap_or(1);
    let what = format!("`{file}` is a file of yours, and retake does not write to it (line {line}, scene `{scene}`)");
    // Ids that are written in move what comes after them.
    let named = plan::with_ids(text).unwrap_or_else(|_| text.to_owned());
    let change = Change::of(&named, new);
    let then = format!("then `retake run {plan}` makes that anew and reuses all else");
    let hint = match (&change.before[..], &change.after[..]) {
        (before, after) if before.len() > SHOWN_MOST || after.len() > SHOWN_MOST || after.is_empty() => {
            format!("change the scene that begins on line {line}, {then}")
        }
        ([_], [after]) if named == text => format!("change line {} to `{}`, {then}", change.line, after.trim()),
        (before, after) => {
            let place = match before {
                _ if named != text => format!("in the scene that begins on line {line}"),
                [] => format!("before line {}", change.line),
                [_] => format!("instead of line {}", change.line),
                [..] => format!("instead of lines {} to {}", change.line, change.line + before.len() - 1),
            };
            let lines: String = after.iter().map(|line| format!("\n    |{line}")).collect();
            format!("{place}, write{lines}\n    {then}")
        }
    };
    Trouble::usage(what).hint(hint)
}

/// What is other between two texts: some lines that follow each other.
struct Change<'t> {
    /// The first of them, from 1.
    line: usize,
    before: Vec<&'t str>,
    after: Vec<&'t str>,
}

impl<'t> Change<'t> {
    fn of(old: &'t str, new: &'t str) -> Self {
        let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
        let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let rest = old[start..].iter().rev().zip(new[start..].iter().rev());
        let end = rest.take_while(|(old, new)| old == new).count();
        let (before, after) = (old[start..old.len() - end].to_vec(), new[start..new.len() - end].to_vec());
        Self { line: start + 1, before, after }
    }
}

#[cfg(test)]
mod tests {
    use retake_film::plan::{Edit, Role, Words, edited};

    use super::*;

    const NAMED: &str = "film: A lamp
scenes:
  - {id: one, title: One, seconds: 1}
  - id: two
    still: A lamp on a table   # seen from above
    seconds: 1
";

    fn told(text: &str, words: Option<&str>, model: Option<&str>) -> String {
        let words = words.map(|words| (Words::Seen, words.to_owned()));
        let model = model.map(|model| (Role::Image, model.to_owned()));
        let plan = plan::read(text).unwrap();
        let scene = plan.scenes[1].id.to_string();
        let new = edited(text, &Edit { scene: scene.clone(), shot: None, words, model }).unwrap();
        yours("film.yaml", "film.yaml", &scene, (text, &new)).to_string()
    }

    #[test]
    fn the_very_line_is_named_and_what_it_is_to_say() {
        let unnamed = NAMED.replace("id: one, ", "").replace("- id: two\n    still", "- still");
        let all = [
            told(NAMED, Some("A lamp: it falls"), None),
            told(NAMED, None, Some("flux-dev")),
            told(NAMED, Some("A lamp falls"), Some("flux-dev")),
            told(&unnamed, Some("A lamp falls"), None),
        ];
        insta::assert_snapshot!(all.join("\n\n"), @r#"
        `film.yaml` is a file of yours, and retake does not write to it (line 4, scene `two`)
          hint: change line 5 to `still: "A lamp: it falls"   # seen from above`, then `retake run film.yaml` makes that anew and reuses all else

        `film.yaml` is a file of yours, and retake does not write to it (line 4, scene `two`)
          hint: before line 5, write
            |    image: flux-dev
            then `retake run film.yaml` makes that anew and reuses all else

        `film.yaml` is a file of yours, and retake does not write to it (line 4, scene `two`)
          hint: instead of line 5, write
            |    image: flux-dev
            |    still: A lamp falls   # seen from above
            then `retake run film.yaml` makes that anew and reuses all else

        `film.yaml` is a file of yours, and retake does not write to it (line 4, scene `a-lamp-on-a-table`)
          hint: in the scene that begins on line 4, write
            |    still: A lamp falls   # seen from above
            then `retake run film.yaml` makes that anew and reuses all else
        "#);
    }

    #[test]
    fn a_plan_that_would_be_written_anew_is_told_by_its_scene() {
        let lines = |word: &str| format!("film: Lines\nscenes:\n  - id: a\n    still: x\n{}", word.repeat(20));
        let said = yours("a.yaml", "b.yaml", "a", (&lines("# x\n"), &lines("# y\n"))).to_string();
        assert!(said.contains("change the scene that begins on line 3, then `retake run b.yaml`"), "{said}");
    }
}
