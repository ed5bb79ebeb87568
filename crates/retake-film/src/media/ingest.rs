//! Makes a clip conformant, in one decode: the frames that are its own as a segment of the film, those that it shares
//! with its neighbours raw, and its sound as plain samples. Plates, such as burnt captions, are laid over on the way.
//!
//! It owns the exact number of frames and samples. It must not know what the clip or a plate shows, or who made them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::canvas::SAMPLE_RATE;
use super::fit::Fit;
use super::plate::{Covered, PLATES_MAX, Plate};
use super::probe::{Probed, undecodable};
use super::process::{Call, Input};
use super::timeline::BODY_MIN;
use super::{Canvas, Error, Part, Quality, Tools, encode, segment, url};

/// By how much a clip that is too short may be slowed: 5 seconds from 4.
const SLOWEST: (u64, u64) = (5, 4);

/// What is done about a clip that is shorter than its scene, before its last frame is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Short {
    /// It is slowed, up to 1.25 times.
    Slow,
    /// Nothing.
    Hold,
}

/// What becomes of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cut {
    /// How long it lasts in the film, joins included.
    pub frames: u32,
    /// How many frames it shares with the one before.
    pub head: u32,
    /// How many frames it shares with the one after.
    pub tail: u32,
    /// What is done about another shape.
    pub fit: Fit,
    /// What is done about a clip that is too short.
    pub short: Short,
}

/// A conformant clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The frames that are its own, as a segment.
    pub body: PathBuf,
    /// The frames it shares with the one before, raw.
    pub head: Option<PathBuf>,
    /// The frames it shares with the one after, raw.
    pub tail: Option<PathBuf>,
    /// Its sound, as long as all its frames; nothing where it has none.
    pub sound: Option<PathBuf>,
}

/// Makes a clip or a picture conformant, into a folder of its own.
///
/// # Errors
///
/// When it cannot be decoded, or does not give what was planned.
pub fn ingest(
    tools: &Tools,
    canvas: Canvas,
    quality: Quality,
    clip: &Probed,
    cut: Cut,
    folder: &Path,
) -> Result<Piece, Error> {
    ingest_under(tools, canvas, quality, clip, cut, &[], folder)
}

/// Makes a clip or a picture conformant, under plates.
///
/// # Errors
///
/// When it cannot be decoded, does not give what was planned, or a plate reaches into a join.
pub fn ingest_under(
    tools: &Tools,
    canvas: Canvas,
    quality: Quality,
    clip: &Probed,
    cut: Cut,
    plates: &[Plate],
    folder: &Path,
) -> Result<Piece, Error> {
    keep_out_of_joins(plates, cut)?;
    let Some(picture) = &clip.picture else {
        return Err(Error::Impossible("a clip without pictures cannot be shown".to_owned()));
    };
    let scaled = cut.fit.scale(picture.shape, canvas);
    let matrix = picture.matrix.map_or(String::new(), |matrix| format!(":in_color_matrix={matrix}"));
    let pace = Pace::of(clip.duration, canvas, cut);
    let video = format!(
        "[0:v:0]{}fps={fps}:round=near:start_time=0,\
         scale={}:{}:flags=bicubic{matrix}:out_color_matrix=bt709:out_range=tv,\
         {},setsar=1,format=yuv420p,tpad=stop_mode=clone:stop=-1",
        pace.video(),
        scaled.width,
        scaled.height,
        cut.fit.filter(canvas),
        fps = canvas.fps(),
    );
    let sound = clip.sound.as_ref().map(|_| sound_filter(&pace, canvas, cut));
    let (mut input, mut parts) = (clip.input(tools.ffmpeg()), Vec::new());
    for (index, plate) in plates.iter().enumerate() {
        let file = part(folder, &format!("plate{index}.yuva"));
        std::fs::write(file.path(), plate.planes()).map_err(Error::file("write", file.path()))?;
        let (size, rate) = (plate.size(), canvas.fps().to_string());
        input = input.args(["-f", "rawvideo", "-pix_fmt", "yuva420p", "-s", &size, "-r", &rate]);
        input = input.args(["-protocol_whitelist", "file", "-i"]).arg(url(file.path()));
        parts.push(file);
    }
    run(tools, canvas, quality, input, &under(video, plates, canvas, cut), sound, cut, folder)
}

/// The graph that lays plates over a clip, which are the inputs after it. They are laid over its frames in the film, of
/// which there are exactly as many as the cut says.
fn under(mut video: String, plates: &[Plate], canvas: Canvas, cut: Cut) -> String {
    if !plates.is_empty() {
        video += &format!(",trim=end_frame={},settb=1/{},setpts=N", cut.frames, canvas.fps());
    }
    for (index, plate) in plates.iter().enumerate() {
        video += &format!("[p{index}];[p{index}][{}:v:0]{}", index + 1, plate.filter(canvas.fps()));
    }
    video
}

fn keep_out_of_joins(plates: &[Plate], cut: Cut) -> Result<(), Error> {
    let own = cut.head..cut.frames.saturating_sub(cut.tail);
    let strays = |plate: &&Plate| plate.frames().start < own.start || plate.frames().end > own.end;
    if let Some(plate) = plates.iter().find(strays) {
        return Err(Error::Impossible(format!("a plate over frames {:?} of a clip that owns {own:?}", plate.frames())));
    }
    if plates.len() > PLATES_MAX {
        return Err(Error::Impossible(format!("{} plates over one clip: at most {PLATES_MAX} are", plates.len())));
    }
    Ok(())
}

/// Makes frames that we drew conformant: raw, in the canvas's size, the last one held where there are too few.
///
/// # Errors
///
/// When they come to nothing, or do not give what was planned.
pub fn draw(
    tools: &Tools,
    canvas: Canvas,
    quality: Quality,
    frames: Box<dyn Read + Send>,
    cut: Cut,
    folder: &Path,
) -> Result<Piece, Error> {
    let command = encode::raw(tools.ffmpeg(), canvas).args(["-protocol_whitelist", "pipe", "-i", "pipe:0"]);
    let video = "[0:v:0]setsar=1,tpad=stop_mode=clone:stop=-1";
    run(tools, canvas, quality, command.input(Input::Reader(frames)), video, None, cut, folder)
}

/// Makes frames that we drew conformant, under plates.
///
/// # Errors
///
/// When they come to nothing, do not give what was planned, or a plate reaches into a join.
pub fn draw_under(
    tools: &Tools,
    canvas: Canvas,
    quality: Quality,
    frames: Box<dyn Read + Send>,
    cut: Cut,
    plates: &[Plate],
    folder: &Path,
) -> Result<Piece, Error> {
    keep_out_of_joins(plates, cut)?;
    let covered = Covered::new(frames, canvas, cut.frames, plates.to_vec());
    draw(tools, canvas, quality, Box::new(covered), cut, folder)
}

#[expect(clippy::too_many_arguments, reason = "it is the common end of two functions, and nobody else's")]
fn run(
    tools: &Tools,
    canvas: Canvas,
    quality: Quality,
    input: Call,
    video: &str,
    sound: Option<String>,
    cut: Cut,
    folder: &Path,
) -> Result<Piece, Error> {
    let Cut { frames, head, tail, .. } = cut;
    let own = frames.checked_sub(head).and_then(|rest| rest.checked_sub(tail)).filter(|own| *own >= BODY_MIN);
    let Some(own) = own else {
        return Err(Error::Impossible(format!("{frames} frames cannot give {head} and {tail} and keep {BODY_MIN}")));
    };
    let (body, first, last) = (part(folder, "body.mp4"), part(folder, "head.yuv"), part(folder, "tail.yuv"));
    let wave = part(folder, "sound.wav");
    let mut command = input.args(["-filter_complex", &filter(video, sound.as_deref(), canvas, cut)]);
    command = encode::video(command.args(["-map", "[b]"]), canvas, quality).arg(url(body.path()));
    let rate = canvas.fps().to_string();
    for (count, label, to) in [(head, "[h]", &first), (tail, "[t]", &last)] {
        if count > 0 {
            let raw = ["-map", label, "-c:v", "rawvideo", "-r", &rate, "-f", "rawvideo"];
            command = command.args(raw).arg(url(to.path()));
        }
    }
    if sound.is_some() {
        let pcm = ["-map", "[a]", "-c:a", "pcm_s16le", "-map_metadata", "-1", "-fflags", "+bitexact", "-f", "wav"];
        command = command.args(pcm).arg(url(wave.path()));
    }
    command.run(&tools.stop).map_err(undecodable)?;

    segment::read(body.path())?.expect_frames(own, body.path())?;
    let raw = |count: u32, part: Part| (count > 0).then(|| keep_raw(canvas, count, part)).transpose();
    let (head, tail) = (raw(head, first)?, raw(tail, last)?);
    let sound = sound.map(|_| wave.keep()).transpose()?;
    Ok(Piece { body: body.keep()?, head, tail, sound })
}

fn part(folder: &Path, name: &str) -> Part {
    Part::new(folder.join(name))
}

/// Keeps raw frames if they are as many as planned.
fn keep_raw(canvas: Canvas, frames: u32, part: Part) -> Result<PathBuf, Error> {
    let size = std::fs::metadata(part.path()).map_err(Error::file("read", part.path()))?.len();
    let expected = u64::from(frames) * canvas.frame_bytes();
    if size != expected {
        let (expected, found) = (format!("{expected} bytes"), format!("{size}"));
        return Err(Error::Mismatch { path: part.path().to_owned(), expected, found });
    }
    part.keep()
}

/// The graph that cuts a stream of frames into head, body and tail.
fn filter(video: &str, sound: Option<&str>, canvas: Canvas, cut: Cut) -> String {
    let Cut { frames, head, tail, .. } = cut;
    let end = frames - tail;
    let outputs = 1 + u32::from(head > 0) + u32::from(tail > 0);
    let mut graph = format!("{video},trim=end_frame={frames},settb=1/{},setpts=N,split={outputs}[b0]", canvas.fps());
    graph += if head > 0 { "[h0]" } else { "" };
    graph += if tail > 0 { "[t0]" } else { "" };
    graph += &format!(";[b0]trim=start_frame={head}:end_frame={end},setpts=PTS-STARTPTS[b]");
    if head > 0 {
        graph += &format!(";[h0]trim=end_frame={head}[h]");
    }
    if tail > 0 {
        graph += &format!(";[t0]trim=start_frame={end},setpts=PTS-STARTPTS[t]");
    }
    if let Some(sound) = sound {
        graph += &format!(";{sound}[a]");
    }
    graph
}

fn sound_filter(pace: &Pace, canvas: Canvas, cut: Cut) -> String {
    let samples = u64::from(cut.frames) * u64::from(canvas.samples_per_frame());
    format!(
        "[0:a:0]aresample={SAMPLE_RATE}:async=1:first_pts=0,aformat=sample_fmts=s16:channel_layouts=stereo,\
         {}apad,atrim=end_sample={samples}",
        pace.sound()
    )
}

/// How much slower a clip is shown, as a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pace {
    need: u64,
    have: u64,
}

impl Pace {
    fn of(duration: Option<Duration>, canvas: Canvas, cut: Cut) -> Self {
        let need = canvas.micros(u64::from(cut.frames));
        let have = duration.and_then(|duration| u64::try_from(duration.as_micros()).ok()).unwrap_or(0);
        // Less than a frame is rounding, and no reason to touch every frame.
        let short = have > 0 && have + canvas.micros(1) <= need;
        if cut.short == Short::Hold || !short {
            return Self { need: 1, have: 1 };
        }
        if need * SLOWEST.1 > have * SLOWEST.0 {
            return Self { need: SLOWEST.0, have: SLOWEST.1 };
        }
        Self { need, have }
    }

    fn is_as_made(self) -> bool {
        self.need == self.have
    }

    fn video(self) -> String {
        if self.is_as_made() { String::new() } else { format!("setpts=PTS*{}/{},", self.need, self.have) }
    }

    fn sound(self) -> String {
        let millionths = self.have * 1_000_000 / self.need;
        if self.is_as_made() { String::new() } else { format!("atempo=0.{millionths:06},") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_clip_is_slowed_and_no_more_than_it_may() {
        let canvas = Canvas::new(320, 180, 24).expect("it may be");
        let cut = Cut { frames: 120, head: 0, tail: 0, fit: Fit::Fill, short: Short::Slow };
        let pace = |millis, short| {
            let pace = Pace::of(Some(Duration::from_millis(millis)), canvas, Cut { short, ..cut });
            pace.need * 1000 / pace.have
        };
        assert_eq!(pace(5000, Short::Slow), 1000);
        assert_eq!(pace(4980, Short::Slow), 1000);
        assert_eq!(pace(4500, Short::Slow), 1111);
        assert_eq!(pace(4000, Short::Slow), 1250);
        assert_eq!(pace(1000, Short::Slow), 1250);
        assert_eq!(pace(1000, Short::Hold), 1000);
        assert_eq!(pace(9000, Short::Slow), 1000);
    }
}
