//! Reads back the segments that we encoded: how many frames, how far apart, under which parameter sets.
//!
//! It owns a reader of just as much of MP4 as our own files use, since asking ffprobe costs a tenth of a second each.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::Error;

/// The most that the description of a segment may take.
const HEADER_BYTES_MAX: u64 = 64 << 20;

/// What a segment holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Ticks of a second.
    pub timescale: u32,
    /// How many frames.
    pub frames: u32,
    /// How many ticks a frame lasts, where all last as long.
    pub delta: Option<u32>,
    /// The decoder's parameter sets, as they stand in the file.
    pub parameters: Vec<u8>,
}

impl Segment {
    /// Whether it holds as many frames as planned, evenly.
    pub(super) fn expect_frames(&self, frames: u32, path: &Path) -> Result<(), Error> {
        if self.frames == frames && self.delta == Some(512) {
            return Ok(());
        }
        let found = format!("{} frames of {:?} ticks", self.frames, self.delta);
        Err(Error::Mismatch { path: path.to_owned(), expected: format!("{frames} frames of 512 ticks"), found })
    }
}

/// Reads the description of a segment's, or a film's, video track.
///
/// # Errors
///
/// When it cannot be read, or has none.
pub fn read(path: &Path) -> Result<Segment, Error> {
    let moov = description(path)?;
    moov.and_then(|moov| parse(&moov)).ok_or_else(|| Error::Mismatch {
        path: path.to_owned(),
        expected: "a video track".to_owned(),
        found: "none".to_owned(),
    })
}

/// The bytes of the box that describes a file.
fn description(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    let failed = |error| Error::file("read", path)(error);
    let mut file = File::open(path).map_err(failed)?;
    let (mut at, end) = (0, file.metadata().map_err(failed)?.len());
    while at + 8 <= end {
        file.seek(SeekFrom::Start(at)).map_err(failed)?;
        let mut head = [0; 16];
        let known = usize::try_from((end - at).min(16)).unwrap_or(16);
        file.read_exact(&mut head[..known]).map_err(failed)?;
        let (skip, size) = match number(&head, 0) {
            Some(1) => {
                (16, u64::from_be_bytes([head[8], head[9], head[10], head[11], head[12], head[13], head[14], head[15]]))
            }
            Some(0) => (8, end - at),
            size => (8, u64::from(size.unwrap_or(0))),
        };
        if size < skip || size > end - at {
            return Ok(None);
        }
        if &head[4..8] == b"moov" && size <= HEADER_BYTES_MAX {
            file.seek(SeekFrom::Start(at + skip)).map_err(failed)?;
            let mut bytes = Vec::new();
            file.take(size - skip).read_to_end(&mut bytes).map_err(failed)?;
            return Ok(Some(bytes));
        }
        at += size;
    }
    Ok(None)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// The boxes that stand one after the other in these bytes.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let size = usize::try_from(number(bytes, 0)?).ok().filter(|size| *size >= 8)?;
        let (whole, rest) = bytes.split_at_checked(size)?;
        bytes = rest;
        Some((&whole[4..8], &whole[8..]))
    })
}

fn child<'a>(bytes: &'a [u8], path: &[&[u8; 4]]) -> Option<&'a [u8]> {
    path.iter()
        .try_fold(bytes, |bytes, name| boxes(bytes).find(|(other, _)| *other == name.as_slice()).map(|found| found.1))
}

fn parse(moov: &[u8]) -> Option<Segment> {
    let tracks = boxes(moov).filter(|(name, _)| *name == b"trak").map(|(_, track)| track);
    let is_video = |track: &&[u8]| {
        child(track, &[b"mdia", b"hdlr"]).and_then(|handler| handler.get(8..12)) == Some(b"vide".as_slice())
    };
    let track = tracks.into_iter().find(is_video)?;
    let mdhd = child(track, &[b"mdia", b"mdhd"])?;
    let timescale = number(mdhd, if mdhd.first() == Some(&1) { 20 } else { 12 })?;
    let table = child(track, &[b"mdia", b"minf", b"stbl"])?;
    let frames = number(child(table, &[b"stsz"])?, 8)?;
    let times = child(table, &[b"stts"])?;
    let delta = (number(times, 4)? == 1).then(|| number(times, 12)).flatten();
    // The description of the samples: 8 bytes, then `avc1`, whose own boxes follow 78 bytes of fields.
    let (_, entry) = boxes(child(table, &[b"stsd"])?.get(8..)?).find(|(name, _)| *name == b"avc1")?;
    let parameters = child(entry.get(78..)?, &[b"avcC"])?.to_vec();
    Some(Segment { timescale, frames, delta, parameters })
}
