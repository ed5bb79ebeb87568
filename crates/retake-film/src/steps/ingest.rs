//! Makes a clip conformant, in exactly the frames that the film has for it.

use std::io::Read;
use std::path::Path;

use retake_engine::fault::Class;
use retake_engine::id::Hash;
use retake_engine::performer::Delivery;

use super::pieces::Place;
use super::{Fell, Job, Made, PICTURE_BYTES, SMALL_BYTES, failed, image, internal, pieces, role};
use crate::local::captions;
use crate::local::kenburns::{Frames, Movement};
use crate::local::picture::Size;
use crate::media::captions::{Word, cues};
use crate::media::fit::Fit;
use crate::media::ingest::{Cut, Piece, Short, draw_under, ingest_under};
use crate::media::plate::{PLATES_MAX, Plate};
use crate::media::probe::probe;
use crate::media::raw::Raw;
use crate::media::sniff::Kind;
use crate::media::{self, Canvas};
use crate::recipe::Ingest;

pub(super) fn work(job: &Job<'_>, wish: &Ingest) -> Result<Delivery, Fell> {
    let place = pieces::place(&job.inputs, wish).ok_or_else(|| internal("a clip without a place in the film"))?;
    let canvas = wish.frame.canvas()?;
    let cut = Cut {
        frames: place.span.frames,
        head: place.span.head,
        tail: place.span.tail,
        fit: if wish.fill { Fit::Fill } else { Fit::Pad },
        short: if wish.slow { Short::Slow } else { Short::Hold },
    };
    let plates = plates(job, wish, place, canvas, cut)?;
    let room = job.workspace()?;
    let piece = conform(job, wish, canvas, cut, &plates, room.path())?;
    let mut made = Made::default();
    let files = [("body", Some(piece.body)), ("head", piece.head), ("tail", piece.tail), ("sound", piece.sound)];
    for (role, file) in files {
        if let Some(file) = file {
            made = made.artifact(role, job.keep(&file)?);
        }
    }
    let made = made.fact("frames", cut.frames).fact("head", cut.head).fact("tail", cut.tail);
    let made = if place.stretched { made.fact("stretched", "its words take longer than its `seconds`") } else { made };
    Ok(made.done())
}

fn conform(
    job: &Job<'_>,
    wish: &Ingest,
    canvas: Canvas,
    cut: Cut,
    plates: &[Plate],
    folder: &Path,
) -> Result<Piece, Fell> {
    let from = job.needed(&wish.from)?;
    let (tools, quality) = (&job.kit.tools, wish.frame.quality());
    let foreign = |error: media::Error| failed(&error, Class::Defective);
    if let Some(clip) = role(from, "clip") {
        let file = job.file(&clip)?;
        let probed = probe(tools, &file, Kind::Video).or_else(|_| probe(tools, &file, Kind::Image)).map_err(foreign)?;
        return ingest_under(tools, canvas, quality, &probed, cut, plates, folder).map_err(foreign);
    }
    let still = role(from, "still").or_else(|| role(from, "image")).ok_or_else(|| internal("nothing to show"))?;
    let movement = match role(from, "camera") {
        Some(camera) => movement(job, &camera)?,
        None => Movement::Hold,
    };
    let frames = reader(job, &still, movement, canvas, cut.frames)?;
    draw_under(tools, canvas, quality, frames, cut, plates, folder).map_err(foreign)
}

fn movement(job: &Job<'_>, camera: &Hash) -> Result<Movement, Fell> {
    let name = job.read(camera, SMALL_BYTES)?;
    let name = std::str::from_utf8(&name).ok().and_then(Movement::named);
    name.ok_or_else(|| internal("a camera that goes nowhere we know"))
}

/// The frames of a movement over a picture. One that stands still is drawn once.
fn reader(
    job: &Job<'_>,
    still: &Hash,
    movement: Movement,
    canvas: Canvas,
    count: u32,
) -> Result<Box<dyn Read + Send>, Fell> {
    let picture = image::decode(&job.read(still, PICTURE_BYTES)?)?;
    let size = Size::new(canvas.width(), canvas.height()).ok_or_else(|| internal("a film without a size"))?;
    let drawn = if movement == Movement::Hold { 1 } else { count };
    let frames = Frames::new(picture, movement, size, drawn).map(crate::local::picture::Picture::into_rgba);
    Ok(Box::new(Raw::new(canvas, frames)))
}

/// The captions to be drawn into the piece: of the scene's words, those that lie in it.
fn plates(job: &Job<'_>, wish: &Ingest, place: Place, canvas: Canvas, cut: Cut) -> Result<Vec<Plate>, Fell> {
    let voice = wish.beats[wish.beat].voice.as_ref().filter(|_| wish.burn);
    let words = voice.and_then(|voice| job.made(voice)).and_then(|outputs| role(outputs, "words"));
    let (Some(words), Some(begins)) = (words, place.voice) else { return Ok(Vec::new()) };
    let words: Vec<Word> =
        serde_json::from_slice(&job.read(&words, SMALL_BYTES)?).map_err(|why| internal(why.to_string()))?;
    let until = words.last().map_or(0, |word| word.end_ms) + 500;
    let size = Size::new(canvas.width(), canvas.height()).ok_or_else(|| internal("a film without a size"))?;
    let fps = u64::from(canvas.fps());
    let frame =
        |at: std::time::Duration| u64::try_from(at.as_millis()).unwrap_or(u64::MAX) * fps / 1000 + u64::from(begins);
    let within =
        |at: u64| u32::try_from(at.saturating_sub(u64::from(place.offset))).unwrap_or(u32::MAX).min(cut.frames);
    let mut plates = Vec::new();
    for cue in cues(&words, std::time::Duration::from_millis(until)) {
        let pages = captions::draw(&cue.text, size);
        let span = within(frame(cue.from))..within(frame(cue.to));
        for (page, frames) in pages.iter().zip(captions::share(&pages, span)).filter(|(_, frames)| !frames.is_empty()) {
            let (corner, side) = ((page.left, page.top), (page.width, page.height));
            let plate = Plate::new(canvas, frames, corner, side, &page.rgba)
                .map_err(|error| failed(&error, Class::Internal))?;
            plates.extend(plate.out_of_joins(cut));
        }
    }
    plates.truncate(PLATES_MAX);
    Ok(plates)
}
