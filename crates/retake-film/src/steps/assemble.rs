//! Puts the film together of what is there.
//!
//! Where a scene is missing, its neighbours meet: what they share, and with whom, is made anew, and then another
//! assembly stands for this one.

use std::collections::BTreeSet;
use std::time::Duration;

use retake_engine::fault::Class;
use retake_engine::id::NodeId;
use retake_engine::performer::{Delivery, Outputs};

use super::sound::is_carded;
use super::{Fell, Job, Made, SMALL_BYTES, failed, internal, number, pieces, role};
use crate::layout::{self, Piece, Sheet};
use crate::media::assemble::{Link, assemble};
use crate::media::captions::{Cue, Word, cues};
use crate::media::timeline::Segment;
use crate::recipe::Assemble;

mod mend;

pub(super) fn work(job: &Job<'_>, wish: &Assemble) -> Result<Delivery, Fell> {
    let lengths = pieces::lengths(&job.inputs, &wish.beats);
    let present = |piece: &Piece| !wish.absent.contains(&piece.ingest) && job.made(anew(wish, &piece.ingest)).is_some();
    let carded = |piece: &Piece| wish.cards && is_carded(&wish.beats, &present, piece);
    let sheet = layout::lay(&wish.beats, &|piece| present(piece) || carded(piece), &lengths, wish.frame.fps);
    let part = Part { job, wish, sheet: &sheet };
    let misfits = part.misfits();
    if !misfits.is_empty() || part.is_torn() {
        return mend::extend(&part, &misfits);
    }
    let links = part.links()?;
    let shown = part.cues()?;
    let (room, canvas) = (job.workspace()?, wish.frame.canvas()?);
    let sound = role(job.needed(&wish.sound)?, "sound").ok_or_else(|| internal("the film has no sound"))?;
    let (sound, captions) = (job.file(&sound)?, (shown.as_slice(), wish.language.as_str()));
    let film = assemble(&job.kit.tools, canvas, &links, &sound, captions, room.path());
    let film = film.map_err(|error| failed(&error, Class::Internal))?;
    let mut made = Made::default().artifact("film", job.keep(&film.film)?);
    for (role, file) in [("vtt", film.vtt), ("srt", film.srt)] {
        if let Some(file) = file {
            made = made.artifact(role, job.keep(&file)?);
        }
    }
    Ok(made.fact("frames", film.frames).fact("fps", wish.frame.fps).fact("seconds", seconds(film.frames, wish)).done())
}

/// A length in seconds, to the millisecond.
fn seconds(frames: u64, wish: &Assemble) -> String {
    let ms = frames * 1000 / u64::from(wish.frame.fps);
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

/// The node that stands for this one.
fn anew<'w>(wish: &'w Assemble, node: &'w NodeId) -> &'w NodeId {
    wish.anew.get(node).unwrap_or(node)
}

/// The node that joins a piece to the one before, as the plan names it.
fn join_of(ingest: &NodeId) -> NodeId {
    let text = ingest.as_str();
    format!("{}join", text.strip_suffix("ingest").unwrap_or(text)).as_str().into()
}

/// A film that is being put together.
struct Part<'p> {
    job: &'p Job<'p>,
    wish: &'p Assemble,
    sheet: &'p Sheet,
}

impl Part<'_> {
    fn piece(&self, at: usize) -> &Piece {
        let placed = &self.sheet.pieces[at];
        &self.wish.beats[placed.beat].pieces[placed.piece]
    }

    fn made(&self, at: usize) -> Option<&Outputs> {
        self.job.made(anew(self.wish, &self.piece(at).ingest)).map(std::convert::AsRef::as_ref)
    }

    /// The pieces that are not as the film needs them now that it is known who is there.
    fn misfits(&self) -> Vec<usize> {
        let spans = &self.sheet.timeline.scenes;
        let fits = |at: &usize| {
            let (span, made) = (&spans[*at], self.made(*at));
            let wanted = [("frames", span.frames), ("head", span.head), ("tail", span.tail)];
            made.is_some_and(|made| wanted.iter().all(|(fact, count)| number(made, fact) == Some(u64::from(*count))))
        };
        (0..spans.len()).filter(|at| !fits(at)).collect()
    }

    /// Whether this piece meets the one before as the film needs it.
    fn is_joined(&self, at: usize, frames: u32) -> bool {
        let made = self.job.made(anew(self.wish, &join_of(&self.piece(at).ingest)));
        made.is_some_and(|made| number(made, "frames") == Some(frames.into()))
    }

    /// Whether pieces meet of which the plan knew nothing: the one between them is missing.
    fn is_torn(&self) -> bool {
        let torn = |segment: &Segment| matches!(*segment, Segment::Join { scene, join } if !self.is_joined(scene, join.frames));
        self.sheet.timeline.segments.iter().any(torn)
    }

    /// What stands in the film, one after the other.
    fn links(&self) -> Result<Vec<Link>, Fell> {
        let link = |segment: &Segment| match *segment {
            Segment::Body { scene, frames } => {
                let body = self.made(scene).and_then(|made| role(made, "body"));
                let body = body.ok_or_else(|| internal(format!("`{}` has no body", self.piece(scene).ingest)))?;
                Ok(Link { file: self.job.file(&body)?, frames })
            }
            Segment::Join { scene, join } => {
                let node = join_of(&self.piece(scene).ingest);
                let made = self.job.needed(anew(self.wish, &node))?;
                let segment = role(made, "segment").ok_or_else(|| internal(format!("`{node}` has no frames")))?;
                Ok(Link { file: self.job.file(&segment)?, frames: join.frames })
            }
        };
        self.sheet.timeline.segments.iter().map(link).collect()
    }

    /// The captions of the whole film, where its scenes have them as a track.
    fn cues(&self) -> Result<Vec<Cue>, Fell> {
        let mut shown = Vec::new();
        let fps = u64::from(self.wish.frame.fps);
        for (beat, frame) in self.sheet.voices.iter().filter(|(beat, _)| self.wish.captions[*beat]) {
            let voice = self.wish.beats[*beat].voice.as_ref().and_then(|voice| self.job.made(voice));
            let Some(words) = voice.and_then(|outputs| role(outputs, "words")) else { continue };
            let words: Vec<Word> = serde_json::from_slice(&self.job.read(&words, SMALL_BYTES)?)
                .map_err(|why| internal(why.to_string()))?;
            let (start, frames) = self.sheet.beats[beat];
            let moment = |frame: u64| frame * 1000 / fps;
            let (begins, until) = (moment(*frame), moment(start + u64::from(frames)));
            let late = |word: Word| Word { start_ms: word.start_ms + begins, end_ms: word.end_ms + begins, ..word };
            let words: Vec<Word> = words.into_iter().map(late).collect();
            shown.extend(cues(&words, Duration::from_millis(until)));
        }
        Ok(shown)
    }

    /// Pieces that are missing, of scenes of which others are there or for which nothing stands.
    fn absent(&self) -> Vec<NodeId> {
        let shown: BTreeSet<(usize, usize)> =
            self.sheet.pieces.iter().map(|placed| (placed.beat, placed.piece)).collect();
        let all = self.wish.beats.iter().enumerate().flat_map(|(beat, of)| {
            of.pieces.iter().enumerate().map(move |(piece, what)| ((beat, piece), what.ingest.clone()))
        });
        all.filter(|(place, _)| !shown.contains(place)).map(|(_, ingest)| ingest).collect()
    }
}
