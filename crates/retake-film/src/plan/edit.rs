//! An edit of one scene: other words, another model. Changes the user's text where that is and nothing else, so that
//! comments and order stay; where the text leaves no room for that, the plan is written anew, and means the same.

use super::choices::Route;
use super::ids::{scenes, with_ids};
use super::mistake::Mistakes;
use super::scene::{Kind, Scene, Shot};
use super::{Choices, Plan, nearest, tree};
use hand::Hand;

mod hand;

/// Which words of a scene are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Words {
    /// What is seen.
    Seen,
    /// What is said.
    Said,
}

/// Whose place a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Who speaks.
    Voice,
    /// Who draws.
    Image,
    /// Who films.
    Video,
}

/// What is to be otherwise in one scene.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Which scene.
    pub scene: String,
    /// Which shot of it, from 1; nothing where it has one, or all are meant.
    pub shot: Option<u32>,
    /// These words are to be those.
    pub words: Option<(Words, String)>,
    /// Asked first; whoever was asked so far comes after.
    pub model: Option<(Role, String)>,
}

/// Why an edit is not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unedited {
    /// What would come of it is no plan.
    Mistaken(Mistakes),
    /// It fits nothing there.
    Unfit {
        /// What is wrong.
        what: String,
        /// The way out.
        hint: String,
    },
}

impl Role {
    /// The key that names the models.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Voice => "voice",
            Self::Image => "image",
            Self::Video => "video",
        }
    }

    const fn of(self, choices: &Choices) -> Option<&Route> {
        match self {
            Self::Voice => choices.voice.as_ref(),
            Self::Image => choices.image.as_ref(),
            Self::Video => choices.video.as_ref(),
        }
    }

    const fn of_shot(self, shot: &Shot) -> Option<&Route> {
        match self {
            Self::Voice => None,
            Self::Image => shot.image.as_ref(),
            Self::Video => shot.video.as_ref(),
        }
    }
}

impl Scene {
    /// These words of it, as they stand in the plan; of a scene with several shots, those of one.
    #[must_use]
    pub fn words(&self, which: Words, shot: Option<u32>) -> Option<&str> {
        match (which, &self.kind) {
            (Words::Said, _) => self.say.as_deref(),
            (Words::Seen, Kind::Still(words) | Kind::Title(words)) => Some(words),
            (Words::Seen, Kind::Shot(shot)) => Some(&shot.frame),
            (Words::Seen, Kind::Shots(shots)) => one_of(shots, shot).map(|shot| shot.frame.as_str()),
            (Words::Seen, Kind::Clip(_)) => None,
        }
    }
}

fn one_of(shots: &[Shot], shot: Option<u32>) -> Option<&Shot> {
    match shot {
        Some(n) => shots.get(usize::try_from(n).ok()?.checked_sub(1)?),
        None => shots.first().filter(|_| shots.len() == 1),
    }
}

/// The plan's text with one scene edited. Scenes without an id get theirs, so that they go on being the same.
///
/// # Errors
///
/// Why it cannot be.
pub fn edited(text: &str, edit: &Edit) -> Result<String, Unedited> {
    let plan = super::read(text).map_err(Unedited::Mistaken)?;
    let wanted = applied(&plan, edit)?;
    if wanted == plan {
        return Ok(with_ids(text).unwrap_or_else(|_| text.to_owned()));
    }
    let by_hand = with_ids(text).ok().and_then(|named| {
        let root = tree::read(&named).ok()?;
        let at = plan.scenes.iter().position(|scene| scene.id.as_str() == edit.scene)?;
        let changes = Hand::new(&named).changes(scenes(&root).get(at)?, &wanted.scenes[at], edit);
        [false, true].into_iter().map(|quoted| changes.made(&named, quoted)).find(|out| says(out, &wanted))
    });
    if let Some(out) = by_hand {
        return Ok(out);
    }
    let unwritable = |error: super::Unwritable| unfit(error.to_string(), "write the plan by hand");
    let out = format!("{}{}", head(text), wanted.to_yaml().map_err(unwritable)?);
    super::read(&out).map(|_| out).map_err(Unedited::Mistaken)
}

/// The line on which a scene begins, from 1.
#[must_use]
pub fn line_of(text: &str, scene: &str) -> Option<usize> {
    let plan = super::read(text).ok()?;
    let at = plan.scenes.iter().position(|one| one.id.as_str() == scene)?;
    let root = tree::read(text).ok()?;
    let start = scenes(&root).get(at)?.spot.start;
    Some(text[..start].matches('\n').count() + 1)
}

fn says(text: &str, wanted: &Plan) -> bool {
    super::read(text).is_ok_and(|plan| plan == *wanted)
}

/// What people wrote before the plan itself.
fn head(text: &str) -> String {
    text.split_inclusive('\n').take_while(|line| line.starts_with('#')).collect()
}

fn unfit(what: impl Into<String>, hint: impl Into<String>) -> Unedited {
    Unedited::Unfit { what: what.into(), hint: hint.into() }
}

/// The plan as it is to be.
fn applied(plan: &Plan, edit: &Edit) -> Result<Plan, Unedited> {
    let mut plan = plan.clone();
    let names: Vec<String> = plan.scenes.iter().map(|scene| scene.id.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let Some(scene) = plan.scenes.iter_mut().find(|scene| scene.id.as_str() == edit.scene) else {
        let near = nearest(&edit.scene, &names).map(|near| format!("did you mean `{near}`?"));
        let what = format!("the plan has no scene `{}`", edit.scene);
        return Err(unfit(what, near.unwrap_or_else(|| "look at the plan: it was changed since".to_owned())));
    };
    if let Some((which, words)) = &edit.words {
        speak(scene, *which, words, edit.shot)?;
    }
    if let Some((role, model)) = &edit.model {
        fits(scene, *role, model)?;
        cast(scene, &plan.choices, *role, model, edit.shot);
    }
    Ok(plan)
}

fn speak(scene: &mut Scene, which: Words, words: &str, shot: Option<u32>) -> Result<(), Unedited> {
    let id = scene.id.clone();
    if scene.words(which, shot).is_none() {
        let several = scene.shots().len() > 1 && which == Words::Seen;
        return Err(if several {
            let what = format!("the scene `{id}` has {} shots, each with words of its own", scene.shots().len());
            unfit(what, format!("name the shot: `{id}.1`"))
        } else {
            let what = match which {
                Words::Seen => format!("nothing of the scene `{id}` is made from words that are seen"),
                Words::Said => format!("nothing is said in the scene `{id}`"),
            };
            unfit(what, "change the plan itself")
        });
    }
    let words = words.to_owned();
    match (which, &mut scene.kind) {
        (Words::Said, kind) => {
            // A scene that only says something shows its words.
            let shown = scene.say.as_deref().unwrap_or_default().replace('@', "@@");
            if matches!(kind, Kind::Still(still) if *still == shown) {
                *kind = Kind::Still(words.replace('@', "@@"));
            }
            scene.say = Some(words);
        }
        (Words::Seen, Kind::Still(seen) | Kind::Title(seen)) => *seen = words,
        (Words::Seen, Kind::Shot(one)) => one.frame = words,
        (Words::Seen, Kind::Shots(shots)) => {
            let at = shot.map_or(0, |n| n as usize - 1);
            shots[at].frame = words;
        }
        (Words::Seen, Kind::Clip(_)) => {}
    }
    Ok(())
}

/// Whether anybody of this role is asked for anything in a scene.
fn fits(scene: &Scene, role: Role, model: &str) -> Result<(), Unedited> {
    let (is_asked, does) = match role {
        Role::Voice => (scene.say.is_some(), "speaks"),
        Role::Image => (!matches!(scene.kind, Kind::Title(_) | Kind::Clip(_)), "draws"),
        Role::Video => (!scene.shots().is_empty(), "films"),
    };
    if is_asked {
        return Ok(());
    }
    let what = format!("`{model}` {does}, and nobody does that in the scene `{}`", scene.id);
    Err(unfit(what, "change the plan itself"))
}

/// Has a model asked first. A shot that chooses for itself goes on doing so. A scene that gets another voice has a route of
/// its own, and so a narrator of its own: the others stay with theirs.
fn cast(scene: &mut Scene, film: &Choices, role: Role, model: &str, shot: Option<u32>) {
    let usual = role.of(&scene.choices).or_else(|| role.of(film)).cloned();
    let shots: &mut [Shot] = match &mut scene.kind {
        Kind::Shot(one) => std::slice::from_mut(one),
        Kind::Shots(shots) => shots,
        Kind::Still(_) | Kind::Title(_) | Kind::Clip(_) => &mut [],
    };
    let alone = shot.filter(|_| shots.len() > 1);
    for (n, one) in (1..).zip(shots.iter_mut()) {
        let own = role.of_shot(one).cloned();
        if role != Role::Voice && (alone == Some(n) || alone.is_none() && own.is_some()) {
            let route = first(model, own.as_ref().or(usual.as_ref()));
            match role {
                Role::Image => one.image = route.or(own),
                Role::Video => one.video = route.or(own),
                Role::Voice => {}
            }
        }
    }
    if alone.is_some() && role != Role::Voice {
        return;
    }
    let Some(route) = first(model, usual.as_ref()) else { return };
    match role {
        Role::Voice => scene.choices.voice = Some(route),
        Role::Image => scene.choices.image = Some(route),
        Role::Video => scene.choices.video = Some(route),
    }
}

/// This model, and after it whoever there was; nothing where it comes first already: then the route stays where it stands,
/// and scenes that share one go on doing so.
fn first(model: &str, usual: Option<&Route>) -> Option<Route> {
    let usual = usual.map(|route| route.0.as_slice()).unwrap_or_default();
    if usual.first().is_some_and(|first| first == model) {
        return None;
    }
    let others = usual.iter().filter(|other| *other != model).take(super::limits::ROUTE_MAX - 1);
    Some(Route(std::iter::once(model.to_owned()).chain(others.cloned()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "# mine
film: A storm
image: [flux-dev, storyboard]
scenes:
  - id: storm   # the first
    shot: Waves hit a lighthouse   # at night
    say: |
      For two thousand years
      a lighthouse could only shine.
  # in the tower
  - shots:
      - \"@tom climbs\"
      - {frame: the lamp, motion: he strikes a match, video: [kenburns]}
    video:
      - seedance-lite
      - kenburns

  # the end
  - {title: The end, seconds: 2}
  - say: And that is all
cast: {tom: {look: old}}
";

    fn edit(scene: &str, shot: Option<u32>) -> Edit {
        Edit { scene: scene.into(), shot, words: None, model: None }
    }

    fn seen(scene: &str, shot: Option<u32>, words: &str) -> Edit {
        Edit { words: Some((Words::Seen, words.into())), ..edit(scene, shot) }
    }

    fn by(scene: &str, shot: Option<u32>, role: Role, model: &str) -> Edit {
        Edit { model: Some((role, model.into())), ..edit(scene, shot) }
    }

    #[test]
    fn an_edit_changes_its_scene_and_leaves_the_rest_as_it_was_written() {
        let named = with_ids(PLAN).unwrap();
        let plan = crate::plan::read(&named).unwrap();
        let ids: Vec<&str> = plan.scenes.iter().map(|scene| scene.id.as_str()).collect();
        let (tower, end, all) = (ids[1], ids[2], ids[3]);
        let said = Edit { words: Some((Words::Said, "Now: two\nlines".into())), ..edit("storm", None) };
        let both = Edit { words: Some((Words::Seen, "a: b # c".into())), ..by("storm", None, Role::Image, "veo-x") };
        let mut shown = String::new();
        for edit in [
            seen("storm", None, "Calm water"),
            both,
            said,
            seen(tower, Some(1), "@tom falls"),
            seen(tower, Some(2), "the \"lamp\""),
            by(tower, Some(1), Role::Video, "veo"),
            by(tower, Some(2), Role::Video, "veo"),
            by(tower, None, Role::Video, "veo"),
            seen(end, None, "Fin"),
            by(all, None, Role::Voice, "heart"),
            seen(all, None, "a beach"),
        ] {
            let out = edited(PLAN, &edit).unwrap();
            assert!(out.contains("# mine") && out.contains("# in the tower") && out.contains("# the end"), "{out}");
            assert_eq!(edited(&out, &edit).as_deref(), Ok(&*out), "the same edit again changes nothing");
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            let new: Vec<String> = lines(&out).into_iter().filter(|line| !named.contains(line.as_str())).collect();
            assert!(new.len() < 4, "{out}");
            shown += &format!("{}\n", new.join("\n"));
        }
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn a_model_that_comes_first_already_leaves_the_route_where_it_stands() {
        let film = "film: A\nvoice: [deep-man, kokoro]\nscenes:\n  - {id: a, title: x, say: y}\n  - {id: b, title: x, say: z}\n";
        assert_eq!(edited(film, &by("a", None, Role::Voice, "deep-man")).as_deref(), Ok(film));
        let out = edited(film, &by("a", None, Role::Voice, "heart")).unwrap();
        let plan = crate::plan::read(&out).unwrap();
        let voice = |scene: usize| plan.scenes[scene].choices.voice.as_ref().map(|route| route.0.join(" "));
        assert_eq!((voice(0).as_deref(), voice(1)), (Some("heart deep-man kokoro"), None), "{out}");
    }

    #[test]
    fn json_stays_json_and_what_has_no_room_is_written_anew() {
        let json = r#"{"film": "A", "scenes": [{"id": "a", "still": "x"}, {"still": "y", "say": "z"}]}"#;
        let both = Edit { words: Some((Words::Seen, "é \"q\"".into())), ..by("a", None, Role::Image, "flux") };
        let out = edited(json, &both).unwrap();
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&value["scenes"][0]["still"], &value["scenes"][0]["image"]), (&"é \"q\"".into(), &"flux".into()));
        let aliases = "# of mine\nfilm: A\nscenes:\n  - &one {id: a, still: x}\n  - {id: b, still: &w y}\n  - {id: c, still: *w}\n";
        let out = edited(aliases, &seen("c", None, "z")).unwrap();
        assert!(out.starts_with("# of mine\n"), "{out}");
        let words: Vec<String> = crate::plan::read(&out)
            .unwrap()
            .scenes
            .iter()
            .map(|s| s.words(Words::Seen, None).unwrap().into())
            .collect();
        assert_eq!(words, ["x", "y", "z"]);
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let what = |edit: &Edit| match edited(PLAN, edit).unwrap_err() {
            Unedited::Unfit { what, hint } => format!("{what}; {hint}"),
            Unedited::Mistaken(mistakes) => mistakes.render("plan"),
        };
        assert!(what(&seen("strom", None, "x")).contains("did you mean `storm`"));
        let tower = crate::plan::read(PLAN).unwrap().scenes[1].id.to_string();
        assert!(what(&seen(&tower, None, "x")).contains("name the shot"));
        assert!(what(&seen("storm", None, "@nobody swims")).contains("nobody is called"));
        assert!(what(&seen("storm", None, " ")).contains("empty"));
        assert_eq!(line_of(PLAN, &tower), Some(11));
    }
}
