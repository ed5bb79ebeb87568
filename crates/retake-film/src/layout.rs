//! How long scenes last and how they overlap: the plan's wishes and the voices' lengths, in whole frames.
//!
//! Owns every rule about length. It is told what is there and how long it is, and knows no files. What a piece shares
//! with its neighbours follows from it and them alone, so that a change reaches no further.

use std::collections::BTreeMap;

use retake_engine::id::NodeId;
use serde::{Deserialize, Serialize};

use crate::media::canvas::SAMPLE_RATE;
use crate::media::join::Kind;
use crate::media::timeline::{self, BODY_MIN, JOIN_MIN, Timeline, Wish};

/// Air before a voice, in milliseconds.
const BEFORE_MS: u32 = 250;
/// Air after a voice, in milliseconds.
const AFTER_MS: u32 = 450;

/// A scene as far as time is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// The node that speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<NodeId>,
    /// How many frames it lasts, where the plan says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<u32>,
    /// How many frames it lasts where nothing else says so.
    pub rest: u32,
    /// Frames of the join with the scene before, as the plan wants it.
    #[serde(default)]
    pub head: u32,
    /// Frames of the join with the scene after, as the plan wants it.
    #[serde(default)]
    pub tail: u32,
    /// What is shown, one after the other.
    pub pieces: Vec<Piece>,
}

/// One clip of a scene.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The node that makes it conformant.
    pub ingest: NodeId,
    /// How it follows the piece before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Join>,
    /// How many frames it lasts, where the plan says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<u32>,
    /// The node of the user's own clip, which lasts as long as it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<NodeId>,
}

/// How a piece follows the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Join {
    /// What people call it.
    pub kind: String,
    /// How many frames the two share.
    pub frames: u32,
}

impl Join {
    fn planned(&self, frames: u32) -> Option<timeline::Join> {
        (frames >= JOIN_MIN)
            .then(|| timeline::Join { kind: Kind::named(&self.kind).unwrap_or(Kind::Crossfade), frames })
    }
}

/// How long what was made is: voices in samples of 48,000 a second, clips in microseconds.
pub type Lengths = BTreeMap<NodeId, u64>;

/// How long a scene lasts, and where its voice lies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    frames: u32,
    /// The frame with which the voice begins.
    voice: u32,
    /// How many frames before the words and after them may be shared.
    free: Option<(u32, u32)>,
    /// Whether the voice made it longer than the plan says.
    stretched: bool,
}

fn frames_of_ms(ms: u32, fps: u32) -> u32 {
    (ms * fps).div_ceil(1000)
}

/// As many frames as microseconds come to, rounded.
#[must_use]
pub fn frames_of_micros(micros: u64, fps: u32) -> u32 {
    u32::try_from((micros * u64::from(fps) + 500_000) / 1_000_000).unwrap_or(u32::MAX)
}

impl Beat {
    fn extent(&self, fps: u32, lengths: &Lengths) -> Extent {
        let spoken = self.voice.as_ref().and_then(|voice| lengths.get(voice)).map(|samples| {
            u32::try_from((samples * u64::from(fps)).div_ceil(u64::from(SAMPLE_RATE))).unwrap_or(u32::MAX / 4)
        });
        let clips = self.pieces.iter().filter_map(|piece| piece.clip.as_ref().and_then(|clip| lengths.get(clip)));
        let clip = clips.map(|micros| frames_of_micros(*micros, fps)).max();
        let least = self.least(fps);
        let Some(spoken) = spoken else {
            let frames = self.fixed.or(clip).unwrap_or(self.rest).max(least);
            return Extent { frames, voice: 0, free: None, stretched: false };
        };
        let (before, after) = (frames_of_ms(BEFORE_MS, fps).max(self.head), frames_of_ms(AFTER_MS, fps).max(self.tail));
        let aired = before + spoken + after;
        let frames = match (self.fixed, clip) {
            (Some(fixed), _) if spoken <= fixed => fixed.max(least),
            (Some(_), _) => aired.max(least),
            (None, clip) => aired.max(clip.unwrap_or(0)).max(least),
        };
        // Where the plan leaves less room than the air wants, both sides get their share of it.
        let room = frames - spoken;
        let voice = if room >= before + after { before } else { room * before / (before + after) };
        let stretched = self.fixed.is_some_and(|fixed| frames > fixed);
        Extent { frames, voice, free: Some((voice, frames - voice - spoken)), stretched }
    }

    /// The fewest frames in which its pieces have room.
    fn least(&self, fps: u32) -> u32 {
        match self.pieces.len() {
            0 | 1 => BODY_MIN,
            _ => self.span(&self.pieces.iter().map(|piece| piece.fixed.unwrap_or(fps)).collect::<Vec<_>>()),
        }
    }

    /// How long pieces of these lengths last together.
    fn span(&self, frames: &[u32]) -> u32 {
        let inner: u32 = self.pieces.iter().skip(1).filter_map(|piece| Some(piece.join.as_ref()?.frames)).sum();
        frames.iter().sum::<u32>().saturating_sub(inner).max(BODY_MIN)
    }

    /// How long those of its pieces last that are there, of so many frames in all.
    fn shares(&self, whole: u32, there: &[usize], fps: u32) -> Vec<u32> {
        let joins: u32 = there.iter().skip(1).filter_map(|at| Some(self.pieces[*at].join.as_ref()?.frames)).sum();
        let all = whole + joins;
        let kept: u32 = there.iter().filter_map(|at| self.pieces[*at].fixed).sum();
        let open = u32::try_from(there.iter().filter(|at| self.pieces[**at].fixed.is_none()).count()).unwrap_or(1);
        let mut left = all.saturating_sub(kept);
        let mut still_open = open;
        let mut shares: Vec<u32> = there
            .iter()
            .map(|at| match self.pieces[*at].fixed {
                Some(fixed) if self.pieces.len() > 1 => fixed,
                _ if open == 0 => all,
                _ => {
                    let share = left / still_open.max(1);
                    left -= share;
                    still_open = still_open.saturating_sub(1);
                    share.max(if there.len() > 1 { fps.min(whole) } else { BODY_MIN })
                }
            })
            .collect();
        // Where all keep their length and it is not enough, the last one is longer.
        let total: u32 = shares.iter().sum();
        if let Some(last) = shares.last_mut().filter(|_| total < all) {
            *last += all - total;
        }
        shares
    }
}

/// A piece in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Which scene.
    pub beat: usize,
    /// Which piece of it.
    pub piece: usize,
}

/// Where everything lies that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The pieces that are shown, in the order of the timeline's scenes.
    pub pieces: Vec<Placed>,
    /// The timeline, whose scenes are these pieces.
    pub timeline: Timeline,
    /// The scenes that are spoken in, and the frame of the film with which the voice begins.
    pub voices: Vec<(usize, u64)>,
    /// Where each scene that is shown begins and how long it lasts.
    pub beats: BTreeMap<usize, (u64, u32)>,
    /// The scenes that a voice made longer than the plan says.
    pub stretched: Vec<usize>,
}

/// What scenes beyond the ones that are laid out share with the first and the last of these, in frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edges {
    /// With the first.
    pub head: u32,
    /// With the last.
    pub tail: u32,
}

/// Lays out the pieces that are there.
#[must_use]
pub fn lay(beats: &[Beat], is_there: &dyn Fn(&Piece) -> bool, lengths: &Lengths, fps: u32) -> Sheet {
    lay_within(beats, is_there, lengths, fps, Edges::default())
}

/// Lays out the pieces of some scenes of a film, of which the others share so much with the first and the last.
#[must_use]
pub fn lay_within(
    beats: &[Beat],
    is_there: &dyn Fn(&Piece) -> bool,
    lengths: &Lengths,
    fps: u32,
    edges: Edges,
) -> Sheet {
    let mut pieces = Vec::new();
    let mut wants: Vec<Want<'_>> = Vec::new();
    let mut extents = BTreeMap::new();
    for (at, beat) in beats.iter().enumerate() {
        let there: Vec<usize> = (0..beat.pieces.len()).filter(|piece| is_there(&beat.pieces[*piece])).collect();
        if there.is_empty() {
            continue;
        }
        let extent = beat.extent(fps, lengths);
        let shares = beat.shares(extent.frames, &there, fps);
        let last = there.len() - 1;
        for (nth, (piece, frames)) in there.iter().zip(shares).enumerate() {
            // The first piece that is left of a scene follows as the scene does.
            let join = beat.pieces[if nth == 0 { 0 } else { *piece }].join.as_ref();
            let (before, after) = extent.free.map_or((None, None), |(before, after)| (Some(before), Some(after)));
            wants.push(Want {
                frames,
                join,
                head_max: before.filter(|_| nth == 0),
                tail_max: after.filter(|_| nth == last),
            });
            pieces.push(Placed { beat: at, piece: *piece });
        }
        extents.insert(at, extent);
    }
    let timeline = timeline::lay(&wishes(&wants, edges), fps);
    placed(beats, pieces, timeline, &extents)
}

fn placed(beats: &[Beat], pieces: Vec<Placed>, timeline: Timeline, extents: &BTreeMap<usize, Extent>) -> Sheet {
    let mut starts: BTreeMap<usize, (u64, u32)> = BTreeMap::new();
    for (piece, span) in pieces.iter().zip(&timeline.scenes) {
        let end = span.start + u64::from(span.frames);
        let entry = starts.entry(piece.beat).or_insert((span.start, 0));
        entry.1 = u32::try_from(end - entry.0).unwrap_or(u32::MAX);
    }
    let spoken = |at: &usize| beats[*at].voice.is_some() && extents[at].free.is_some();
    let voices = starts.keys().filter(|at| spoken(at)).map(|at| (*at, starts[at].0 + u64::from(extents[at].voice)));
    let voices = voices.collect();
    let stretched = extents.iter().filter(|(_, extent)| extent.stretched).map(|(at, _)| *at).collect();
    Sheet { pieces, timeline, voices, beats: starts, stretched }
}

/// A piece as it is wanted, before its neighbours are asked.
struct Want<'b> {
    frames: u32,
    join: Option<&'b Join>,
    head_max: Option<u32>,
    tail_max: Option<u32>,
}

/// What each piece can give to its joins: no words lie in one, and something is left of the piece.
fn wishes(wants: &[Want<'_>], edges: Edges) -> Vec<Wish> {
    let asked = |at: usize| match wants.get(at) {
        None => edges.tail,
        Some(_) if at == 0 => edges.head,
        Some(want) => want.join.map_or(0, |join| join.frames),
    };
    let gives = |at: usize| {
        let (want, head, tail) = (&wants[at], asked(at), asked(at + 1));
        let (head, tail) = (head.min(want.head_max.unwrap_or(head)), tail.min(want.tail_max.unwrap_or(tail)));
        let (room, all) = (want.frames.saturating_sub(BODY_MIN), head + tail);
        if all <= room { (head, tail) } else { (room * head / all, room * tail / all) }
    };
    let join = |at: usize| {
        let join = wants[at].join.filter(|_| at > 0)?;
        join.planned(gives(at).0.min(gives(at - 1).1))
    };
    (0..wants.len()).map(|at| Wish { frames: wants[at].frames, join: join(at) }).collect()
}

#[cfg(test)]
mod tests;
