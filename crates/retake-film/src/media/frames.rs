//! Takes single frames out of clips and films, for contact sheets and posters.
//!
//! It owns how a frame is found and how small it is made. It must not know where the picture goes.

use std::time::Duration;

use super::fit::Shape;
use super::probe::{Probed, undecodable};
use super::process::Limits;
use super::sniff::Kind;
use super::{Error, Tools};

/// The widest still.
pub const WIDTH_MAX: u32 = 3840;
/// How long it may take to find a frame.
const WALL: Duration = Duration::from_secs(120);
/// The most bytes of a still.
const BYTES_MAX: u64 = 64 << 20;

/// Which frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The one of this number, counted from 0.
    Frame(u32),
    /// The one that is shown at this time.
    Time(Duration),
}

/// In which format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Small, and good enough to look at.
    Jpeg,
    /// As it is.
    Png,
}

/// One frame of what was probed, scaled to this width at most. Past the end it is the last there is.
///
/// # Errors
///
/// When it has no pictures, cannot be decoded, or has no frame there.
pub fn still(tools: &Tools, clip: &Probed, at: At, width: u32, format: Format) -> Result<Vec<u8>, Error> {
    let Some(picture) = &clip.picture else {
        return Err(Error::Impossible("a still of what has no pictures".to_owned()));
    };
    if !(2..=WIDTH_MAX).contains(&width) {
        return Err(Error::Impossible(format!("a still of {width} pixels: it has from 2 to {WIDTH_MAX}")));
    }
    let rate = picture.rate.filter(|(frames, seconds)| *frames > 0 && *seconds > 0);
    let limits = Limits { wall: WALL.min(tools.patience), output_bytes: BYTES_MAX, ..tools.limits() };
    let mut command = tools.ffmpeg_within(limits);
    if clip.kind == Kind::Video {
        let seconds = start(at, rate, clip.duration);
        command = command.args(["-ss".to_owned(), seconds]);
    }
    let (width, height) = scaled(picture.shape, width);
    let matrix = picture.matrix.map_or(String::new(), |matrix| format!(":in_color_matrix={matrix}"));
    let scale = format!("scale={width}:{height}:flags=area{matrix},setsar=1");
    let format: &[&str] = match format {
        Format::Jpeg => &["-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"],
        Format::Png => &["-c:v", "png", "-pix_fmt", "rgb24"],
    };
    let said = clip
        .input(command)
        .args(["-map", "0:v:0", "-an", "-sn", "-dn", "-frames:v", "1", "-vf", &scale])
        .args(format.iter().copied())
        .args(["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "image2pipe", "pipe:1"])
        .run(&tools.stop)
        .map_err(undecodable)?;
    if said.is_empty() {
        return Err(Error::Impossible(format!("`{}` has no frame at {at:?}", clip.path.display())));
    }
    Ok(said)
}

/// Even sides for a shape as it is meant to be seen: no wider than this, and no wider than it is.
fn scaled(shape: Shape, most: u32) -> (u32, u32) {
    let wide = u64::from(shape.width.max(1)) * u64::from(shape.pixel.0.max(1));
    let high = u64::from(shape.height.max(1)) * u64::from(shape.pixel.1.max(1));
    let width = most.min(shape.width).max(2) / 2 * 2;
    let height = (u64::from(width) * high / wide).clamp(2, u64::from(WIDTH_MAX)) / 2 * 2;
    (width, u32::try_from(height).unwrap_or(WIDTH_MAX))
}

/// Where ffmpeg begins to look, in seconds: half a frame early, since what lies before is passed over.
fn start(at: At, rate: Option<(u64, u64)>, duration: Option<Duration>) -> String {
    let (frames, seconds) = rate.unwrap_or((24, 1));
    let frame = 1_000_000 * u128::from(seconds) / u128::from(frames);
    let wanted = match at {
        At::Frame(number) => u128::from(number) * 1_000_000 * u128::from(seconds) / u128::from(frames),
        // The frame that is shown then began at most a frame before.
        At::Time(time) => time.as_micros() * u128::from(frames) / (1_000_000 * u128::from(seconds)) * frame,
    };
    let last = duration.map_or(u128::MAX, |duration| duration.as_micros().saturating_sub(frame));
    let micros = wanted.min(last).saturating_sub(frame / 2);
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_sought_from_half_a_frame_before_it() {
        let second = Some(Duration::from_secs(1));
        let start = |at| start(at, Some((25, 1)), second);
        assert_eq!(start(At::Frame(0)), "0.000000");
        assert_eq!(start(At::Frame(10)), "0.380000");
        assert_eq!(start(At::Time(Duration::from_millis(439))), "0.380000");
        assert_eq!(start(At::Time(Duration::from_millis(440))), "0.420000");
        assert_eq!(start(At::Frame(9000)), "0.940000");
    }
}
