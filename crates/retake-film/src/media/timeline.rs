//! Lays scenes and joins out in whole frames.
//!
//! It owns what each segment of a film holds and where each scene begins. Arithmetic alone: what a scene gives to its
//! joins depends on it and its two neighbours, so a change reaches no further.

use super::join::Kind;

/// The fewest frames that stay a scene's own. Below three the encoder never learns by how much it reorders frames, and
/// its decoding times do not continue those of the segment before.
pub const BODY_MIN: u32 = 3;
/// The longest join.
pub const JOIN_MAX_S: u32 = 2;
/// A join below this many frames is a cut, for the same reason.
pub const JOIN_MIN: u32 = 3;

/// How a scene follows the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Join {
    /// How it looks.
    pub kind: Kind,
    /// How long it lasts.
    pub frames: u32,
}

/// One scene as it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// How long it lasts, joins included.
    pub frames: u32,
    /// How it follows the one before; nothing is a cut.
    pub join: Option<Join>,
}

/// What stands in the film, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// What a scene has for itself.
    Body {
        /// Which scene.
        scene: usize,
        /// How many frames.
        frames: u32,
    },
    /// Where a scene overlaps the one before.
    Join {
        /// Which scene follows.
        scene: usize,
        /// How.
        join: Join,
    },
}

/// Where one scene lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The frame of the film with which it begins.
    pub start: u64,
    /// How many frames it has, joins included.
    pub frames: u32,
    /// How many of them it shares with the one before.
    pub head: u32,
    /// How many of them it shares with the one after.
    pub tail: u32,
}

/// A film in frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Where each scene lies.
    pub scenes: Vec<Span>,
    /// What stands in the film, one after the other.
    pub segments: Vec<Segment>,
    /// How many frames it has.
    pub frames: u64,
    /// Scenes whose join was shortened or became a cut, since a neighbour could not give as much.
    pub shortened: Vec<usize>,
}

/// Lays scenes out. One that is shorter than [`BODY_MIN`] lasts that long.
#[must_use]
pub fn lay(wishes: &[Wish], fps: u32) -> Timeline {
    let wanted: Vec<u32> = wishes
        .iter()
        .enumerate()
        .map(|(scene, wish)| wish.join.filter(|_| scene > 0).map_or(0, |join| join.frames.min(JOIN_MAX_S * fps)))
        .collect();
    let frames = |scene: usize| wishes[scene].frames.max(BODY_MIN);
    let after = |scene: usize| wanted.get(scene + 1).copied().unwrap_or(0);
    // What a scene can give at its head and its tail: all that is wanted, or its share of what it has.
    let give = |scene: usize, want: u32| {
        let (room, all) = (u64::from(frames(scene) - BODY_MIN), u64::from(wanted[scene]) + u64::from(after(scene)));
        if all <= room { want } else { u32::try_from(room * u64::from(want) / all).unwrap_or(want) }
    };
    let given: Vec<u32> = (0..wishes.len())
        .map(|scene| match wanted[scene] {
            0 => 0,
            want => Some(give(scene - 1, want).min(give(scene, want))).filter(|given| *given >= JOIN_MIN).unwrap_or(0),
        })
        .collect();
    let mut line = Timeline { scenes: Vec::new(), segments: Vec::new(), frames: 0, shortened: Vec::new() };
    for (scene, wish) in wishes.iter().enumerate() {
        let (head, tail) = (given[scene], given.get(scene + 1).copied().unwrap_or(0));
        if let Some(join) = wish.join.filter(|_| head > 0) {
            line.segments.push(Segment::Join { scene, join: Join { frames: head, ..join } });
        }
        line.segments.push(Segment::Body { scene, frames: frames(scene) - head - tail });
        let start = line.frames - u64::from(head);
        line.scenes.push(Span { start, frames: frames(scene), head, tail });
        line.frames = start + u64::from(frames(scene));
        if scene > 0 && wish.join.is_some_and(|join| join.frames > head) {
            line.shortened.push(scene);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wishes() -> impl Strategy<Value = Vec<Wish>> {
        let join = prop::option::of((0u32..200).prop_map(|frames| Join { kind: Kind::Crossfade, frames }));
        prop::collection::vec((0u32..300, join).prop_map(|(frames, join)| Wish { frames, join }), 0..12)
    }

    proptest! {
        #[test]
        fn segments_fill_the_film_and_bodies_keep_their_least(wishes in wishes(), fps in prop::sample::select(vec![24u32, 25, 60])) {
            let line = lay(&wishes, fps);
            let mut total = 0;
            for segment in &line.segments {
                match segment {
                    Segment::Body { scene, frames } => {
                        let span = line.scenes[*scene];
                        prop_assert!(*frames >= BODY_MIN);
                        prop_assert_eq!(span.start + u64::from(span.head), total);
                        total += u64::from(*frames);
                    }
                    Segment::Join { scene, join } => {
                        prop_assert!(*scene > 0 && (JOIN_MIN..=JOIN_MAX_S * fps).contains(&join.frames));
                        prop_assert_eq!(line.scenes[*scene].start, total);
                        prop_assert_eq!(line.scenes[*scene - 1].tail, join.frames);
                        prop_assert!(wishes[*scene].join.is_some_and(|wish| join.frames <= wish.frames));
                        total += u64::from(join.frames);
                    }
                }
            }
            prop_assert_eq!(total, line.frames);
        }

        #[test]
        fn a_change_reaches_no_further_than_the_neighbours(wishes in wishes(), at in 0usize..12, frames in 0u32..300) {
            prop_assume!(at < wishes.len());
            let mut changed = wishes.clone();
            changed[at].frames = frames;
            let (before, after) = (lay(&wishes, 24), lay(&changed, 24));
            for scene in (0..wishes.len()).filter(|scene| scene.abs_diff(at) > 1) {
                let cut = |line: &Timeline| (line.scenes[scene].frames, line.scenes[scene].head, line.scenes[scene].tail);
                prop_assert_eq!(cut(&before), cut(&after));
            }
        }
    }

    #[test]
    fn joins_that_fit_are_given_in_full() {
        let join = Some(Join { kind: Kind::Crossfade, frames: 12 });
        let line = lay(&[Wish { frames: 120, join }, Wish { frames: 120, join }, Wish { frames: 120, join: None }], 24);
        assert_eq!(line.frames, 348);
        assert!(line.shortened.is_empty());
        assert_eq!(line.scenes[1], Span { start: 108, frames: 120, head: 12, tail: 0 });
    }
}
