//! Joins what exists into the film: segments, sound, captions. Nothing is encoded here.
//!
//! It owns the last check: as many frames as planned, evenly, under one set of parameters.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::captions::{self, Cue};
use super::{Canvas, Error, Part, Tools, encode, language, segment, url};

/// One piece of the film, in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The segment.
    pub file: PathBuf,
    /// How many frames it has.
    pub frames: u32,
}

/// The film and what lies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Film {
    /// The film.
    pub film: PathBuf,
    /// Its captions as WebVTT, where it has any.
    pub vtt: Option<PathBuf>,
    /// Its captions as SubRip, where it has any.
    pub srt: Option<PathBuf>,
    /// How many frames it has.
    pub frames: u64,
}

/// The first segment whose parameter sets are not those of the others, if there is one: it is to be encoded again.
///
/// # Errors
///
/// When a segment cannot be read, or has not as many frames as planned.
pub fn odd_one_out(links: &[Link]) -> Result<Option<usize>, Error> {
    let mut parameters = None;
    for (index, link) in links.iter().enumerate() {
        let segment = segment::read(&link.file)?;
        segment.expect_frames(link.frames, &link.file)?;
        if *parameters.get_or_insert_with(|| segment.parameters.clone()) != segment.parameters {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// Joins segments, sound and soft captions of a language such as `en` into `film.mp4`, with `film.vtt` and `film.srt`
/// beside it, in a folder.
///
/// # Errors
///
/// When segments do not fit together, or the film is not what was planned.
pub fn assemble(
    tools: &Tools,
    canvas: Canvas,
    links: &[Link],
    sound: &Path,
    (cues, language): (&[Cue], &str),
    folder: &Path,
) -> Result<Film, Error> {
    if let Some(odd) = odd_one_out(links)? {
        let path = links[odd].file.clone();
        let (expected, found) = ("the parameter sets of the first segment".to_owned(), "others".to_owned());
        return Err(Error::Mismatch { path, expected, found });
    }
    let (list, track) = (part(folder, "film.list"), part(folder, "film.track"));
    write(&list, &text(canvas, links)?)?;
    let (film, vtt, srt) = (part(folder, "film.mp4"), part(folder, "film.vtt"), part(folder, "film.srt"));
    let mut command = tools
        .ffmpeg()
        .args(["-protocol_whitelist", "file", "-format_whitelist", "concat,mov", "-f", "concat", "-safe", "0", "-i"])
        .arg(url(list.path()))
        .args(["-protocol_whitelist", "file", "-f", "mov", "-i"])
        .arg(url(sound));
    if !cues.is_empty() {
        write(&vtt, &captions::vtt(cues))?;
        write(&srt, &captions::srt(cues))?;
        write(&track, &captions::track(cues))?;
        command = command.args(["-protocol_whitelist", "file", "-f", "webvtt", "-i"]).arg(url(track.path()));
    }
    command = command.args(["-map", "0:v:0", "-map", "1:a:0", "-c:v", "copy", "-c:a", "copy"]);
    if !cues.is_empty() {
        let language = format!("language={}", language::three_letters(language));
        command = command.args(["-map", "2:s:0", "-c:s", "mov_text", "-metadata:s:s:0", &language]);
    }
    let timescale = canvas.timescale().to_string();
    command
        .args(["-video_track_timescale", &timescale, "-movflags", "+faststart"])
        .args(encode::MP4)
        .arg(url(film.path()))
        .run(&tools.stop)?;
    let frames: u64 = links.iter().map(|link| u64::from(link.frames)).sum();
    let whole = u32::try_from(frames).map_err(|_| Error::Impossible(format!("a film of {frames} frames")))?;
    segment::read(film.path())?.expect_frames(whole, film.path())?;
    let beside = |part: Part| if cues.is_empty() { Ok(None) } else { part.keep().map(Some) };
    let (vtt, srt) = (beside(vtt)?, beside(srt)?);
    Ok(Film { film: film.keep()?, vtt, srt, frames })
}

fn part(folder: &Path, name: &str) -> Part {
    Part::new(folder.join(name))
}

fn write(part: &Part, text: &str) -> Result<(), Error> {
    std::fs::write(part.path(), text).map_err(Error::file("write", part.path()))
}

/// The list that ffmpeg reads. Each segment lasts to the rounded microsecond at which the next begins, so that
/// rounding never adds up.
fn text(canvas: Canvas, links: &[Link]) -> Result<String, Error> {
    let mut text = "ffconcat version 1.0\n".to_owned();
    let mut at = 0;
    for link in links {
        let Some(name) = link.file.to_str().filter(|name| !name.contains(['\n', '\r', '\0'])) else {
            return Err(Error::Impossible(format!(
                "the segment `{}` has a name with odd letters",
                link.file.display()
            )));
        };
        let next = at + u64::from(link.frames);
        let micros = canvas.micros(next) - canvas.micros(at);
        let quoted = name.replace('\'', r"'\''");
        let _ = writeln!(text, "file 'file:{quoted}'\nduration {}.{:06}", micros / 1_000_000, micros % 1_000_000);
        at = next;
    }
    Ok(text)
}
