//! How every segment is encoded, so that segments can be joined without encoding them again.
//!
//! It owns the encoder's parameters. Whatever changes a parameter set or a delay belongs here and nowhere else.

use super::Canvas;
use super::process::Call;

/// How much care is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// Quick, for looking at.
    Draft,
    /// For showing.
    Final,
}

impl Quality {
    fn preset(self) -> [&'static str; 4] {
        match self {
            Self::Draft => ["-preset", "superfast", "-crf", "27"],
            Self::Final => ["-preset", "veryfast", "-crf", "20"],
        }
    }
}

/// The arguments of the encoder. Its threads are constant: another number makes other bytes.
pub(super) fn video(command: Call, canvas: Canvas, quality: Quality) -> Call {
    let (rate, timescale) = (canvas.fps().to_string(), canvas.timescale().to_string());
    let keyint = canvas.fps() * 2;
    let x264 = format!("stitchable=1:open-gop=0:keyint={keyint}:min-keyint=1:threads=1:lookahead-threads=1");
    command
        .args(["-c:v", "libx264"])
        .args(quality.preset())
        .args(["-profile:v", "high", "-level:v", canvas.level(), "-pix_fmt", "yuv420p", "-x264-params", &x264])
        .args(["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"])
        .args(["-video_track_timescale", &timescale, "-r", &rate])
        .args(MP4)
}

/// The arguments of every file that we write: nothing foreign, nothing that changes from day to day, and lengths to
/// the sample, since every frame of every rate has a whole number of them.
pub(super) const MP4: [&str; 10] =
    ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-movie_timescale", "48000", "-f", "mp4"];

/// The arguments before a raw stream of frames that is read.
pub(super) fn raw(command: Call, canvas: Canvas) -> Call {
    let (size, rate) = (format!("{}x{}", canvas.width(), canvas.height()), canvas.fps().to_string());
    command.args(["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", &size, "-r", &rate])
}
