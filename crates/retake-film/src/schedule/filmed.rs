//! What people should know of a shot before it is filmed: whether there is a picture to begin with, and whether a clip
//! can last as long as it is to.

use retake_engine::id::EntryId;

use super::Draft;
use crate::catalogue::Model;
use crate::plan::Kind;
use crate::providers::card::From;
use crate::quote::spoken_ms;

/// By how much a clip may be slowed, in percent, before its last frame is held.
const SLOWED: u64 = 125;

impl Draft<'_> {
    fn card_of(&self, name: &EntryId) -> Option<&crate::providers::Card> {
        self.setting.catalogue.find(name.as_str()).and_then(Model::card)
    }

    /// Takes out who films pictures and would get none: what is only drawn here is sent to nobody. A problem is noted where
    /// that is who was to film it.
    pub(super) fn mind_picture(&mut self, route: &mut Vec<EntryId>, painters: &[EntryId]) {
        if self.is_sold(painters) {
            return;
        }
        let needs = |name: &EntryId| self.card_of(name).is_some_and(|card| !card.begins_with(From::Text));
        let (without, rest): (Vec<EntryId>, Vec<EntryId>) = route.iter().cloned().partition(needs);
        let is_first = route.first() == without.first();
        for name in without {
            let why = "it makes clips of pictures, and what is only drawn here is sent to nobody";
            let hint = "name who paints, such as `image: flux-schnell`; or take one that begins with words: `retake \
                        models NAME` says so";
            if is_first && route.first() == Some(&name) {
                self.problem(None, format!("`{name}` would have no picture to begin with"), why, hint);
            } else {
                self.warn(format!("`{name}` is passed over, for it would have no picture"), why.into(), hint.into());
            }
        }
        *route = rest;
    }

    /// Warns where a shot is to last longer than a clip of its first maker can: its last frame would stand.
    pub(super) fn mind_length(&mut self, at: usize, nth: usize, route: &[EntryId]) {
        let scene = &self.plan.scenes[at];
        let longest = route.first().and_then(|name| self.card_of(name)).and_then(|card| card.seconds.iter().max());
        let (Some(longest), Some(name)) = (longest.copied().map(u64::from), route.first()) else { return };
        let Some(ms) = self.wanted_ms(at, nth) else { return };
        let held = ms.saturating_sub(longest * 10 * SLOWED);
        if held < 500 {
            return;
        }
        let (clips, name) = (ms.div_ceil(longest * 1_000), name.clone());
        let place =
            if scene.shots().len() > 1 { format!("a shot of `{}`", scene.id) } else { format!("`{}`", scene.id) };
        let is_said = scene.seconds.is_none() && scene.say.is_some();
        self.warn(
            format!(
                "{place} lasts {}{} s, and a clip of `{name}` {longest} s at the most",
                if is_said { "about " } else { "" },
                tenths(ms)
            ),
            format!("it would be slowed, and its last frame would stand for {} s", tenths(held)),
            format!("write {clips} `shots`, or fewer words"),
        );
    }

    /// How long a shot is to be, as far as the plan alone says it.
    fn wanted_ms(&self, at: usize, nth: usize) -> Option<u64> {
        let (scene, beat) = (&self.plan.scenes[at], &self.scenes[at].beat);
        if !matches!(scene.kind, Kind::Shot(_) | Kind::Shots(_)) {
            return None;
        }
        let fps = u64::from(self.frame.fps.max(1));
        let of = |frames: u32| u64::from(frames) * 1_000 / fps;
        if let Some(own) = beat.pieces.get(nth).and_then(|piece| piece.fixed) {
            return Some(of(own));
        }
        let spoken = scene.say.as_ref().map(|words| spoken_ms(words));
        let whole = beat.fixed.map(of).max(spoken)?;
        let fixed: u64 = beat.pieces.iter().filter_map(|piece| piece.fixed).map(of).sum();
        let open = beat.pieces.iter().filter(|piece| piece.fixed.is_none()).count() as u64;
        Some(whole.saturating_sub(fixed) / open.max(1))
    }
}

fn tenths(ms: u64) -> String {
    let tenths = (ms + 50) / 100;
    if tenths.is_multiple_of(10) { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
}
