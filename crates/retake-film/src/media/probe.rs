//! Looks into a foreign file before anybody believes it.
//!
//! It owns which files are taken and why others are not. It decodes next to nothing: whether the content is any good
//! is seen by `inspect`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::fit::Shape;
use super::process::{self, Call, Limits};
use super::sniff::{Container, Kind, sniff};
use super::{Error, Tools, url};

mod read;

/// The longest foreign file that is taken.
pub const DURATION_MAX: Duration = Duration::from_secs(4 * 60 * 60);
/// The most streams that one may have.
const STREAMS_MAX: usize = 16;
/// The most pixels of a picture: a frame of 7680x4320.
const PIXELS_MAX: u64 = 33_177_600;
/// The same, as an argument.
const PIXELS_MAX_TEXT: &str = "33177600";
/// The fastest that one may be.
const RATE_MAX: u64 = 240;
/// The longest side of a picture.
const SIDE_MAX: u32 = 16_384;
/// How long a look may take.
const WALL: Duration = Duration::from_secs(30);
/// Codecs that are taken, as ffprobe names them.
const VIDEO_CODECS: [&str; 9] = ["h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg", "prores", "png"];
const AUDIO_CODECS: [&str; 7] = ["aac", "mp3", "opus", "vorbis", "flac", "alac", "ac3"];
const IMAGE_CODECS: [&str; 3] = ["png", "mjpeg", "webp"];

/// Why a foreign file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has no bytes.
    #[error("the file is empty")]
    Empty,
    /// It is a text: a playlist, a script or a page in disguise.
    #[error("the file is a text, such as a playlist or an error page, and no media")]
    Text,
    /// It is nothing we know.
    #[error("the file is in no format that is taken")]
    Unknown,
    /// It is media of another kind.
    #[error("the file is in the format `{found}`, which is no {wanted:?}")]
    Kind {
        /// What was expected.
        wanted: Kind,
        /// What it is.
        found: &'static str,
    },
    /// It is broken.
    #[error("the file cannot be decoded: {0}")]
    Undecodable(String),
    /// It has nothing of what is needed.
    #[error("the file has no {0} stream")]
    Without(&'static str),
    /// Its codec is not taken.
    #[error("the file uses the codec `{0}`, which is not taken")]
    Codec(String),
    /// It has too many streams.
    #[error("the file has {0} streams, more than {STREAMS_MAX}")]
    Streams(usize),
    /// It is too large a picture.
    #[error("its picture of {width}x{height} is too large")]
    Pixels {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// It is too long.
    #[error("it lasts {} s, longer than {} s", .0.as_secs(), DURATION_MAX.as_secs())]
    Long(Duration),
    /// It does not say how long it lasts, or says that it has no length.
    #[error("it has no length")]
    Timeless,
    /// Its frames come at a rate that cannot be.
    #[error("its rate of {0}/{1} frames a second cannot be")]
    Rate(u64, u64),
}

impl Refusal {
    /// The way out, where there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Text | Self::Unknown | Self::Kind { .. } | Self::Codec(_) => {
                "convert it first: video as mp4 or webm, sound as wav or mp3, a picture as png or jpeg"
            }
            Self::Pixels { .. } => "scale it down first",
            Self::Long(_) => "cut it first",
            Self::Empty
            | Self::Undecodable(_)
            | Self::Without(_)
            | Self::Streams(_)
            | Self::Timeless
            | Self::Rate(..) => return None,
        };
        Some(hint.to_owned())
    }
}

/// The pictures of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its codec, as ffmpeg names it.
    pub codec: String,
    /// Its shape as it is meant to be seen, upright.
    pub shape: Shape,
    /// Frames over seconds; nothing for a still picture.
    pub rate: Option<(u64, u64)>,
    /// How the colours were turned into numbers, as ffmpeg's scaler names it; nothing where they were not.
    pub matrix: Option<&'static str>,
}

/// The sound of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// Its codec, as ffmpeg names it.
    pub codec: String,
    /// Samples of a second.
    pub rate: u32,
    /// How many channels.
    pub channels: u32,
}

/// A foreign file that may be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Where it is.
    pub path: PathBuf,
    /// What it was expected to be, and is.
    pub kind: Kind,
    /// What it is packed in.
    pub container: Container,
    /// How long it says it lasts; nothing for a picture.
    pub duration: Option<Duration>,
    /// Its pictures.
    pub picture: Option<Picture>,
    /// Its sound.
    pub sound: Option<Sound>,
}

/// Options before the input that keep ffmpeg to one file, one demuxer, and pictures of sane size.
fn guards(container: Container) -> [&'static str; 8] {
    [
        "-protocol_whitelist",
        "file",
        "-format_whitelist",
        container.demuxer,
        "-f",
        container.demuxer,
        "-max_pixels",
        PIXELS_MAX_TEXT,
    ]
}

impl Probed {
    /// The arguments with which ffmpeg opens it.
    pub(crate) fn input(&self, command: Call) -> Call {
        let most = format!("{}", DURATION_MAX.as_secs());
        let command = command.args(guards(self.container)).args(["-threads", "2"]);
        let command = match self.kind {
            Kind::Image => command,
            Kind::Video | Kind::Audio => command.args(["-t", &most]),
        };
        command.arg("-i").arg(url(&self.path))
    }
}

/// Looks into a file, which is to be of this kind.
///
/// # Errors
///
/// When it is refused, or the look itself fails.
pub fn probe(tools: &Tools, path: &Path, kind: Kind) -> Result<Probed, Error> {
    let container = sniff(path, kind)?;
    let limits = Limits {
        wall: WALL.min(tools.patience),
        cpu: WALL,
        memory_bytes: 2 << 30,
        file_bytes: 0,
        output_bytes: 1 << 20,
    };
    let said = Call::new(&tools.ffprobe, limits)
        .args(["-hide_banner", "-v", "error", "-of", "json=compact=1", "-show_format", "-show_streams"])
        .args(guards(container))
        .arg("-i")
        .arg(url(path))
        .run(&tools.stop);
    let said = match said {
        Ok(said) => said,
        Err(error) => return Err(undecodable(error)),
    };
    let report = read::report(&said).map_err(|error| Refusal::Undecodable(error.to_string()))?;
    let (picture, sound) = (report.picture()?, report.sound());
    let probed = Probed { path: path.to_owned(), kind, container, duration: report.duration(), picture, sound };
    if report.streams() > STREAMS_MAX {
        return Err(Refusal::Streams(report.streams()).into());
    }
    judge(&probed)?;
    Ok(probed)
}

/// What a failure of ffmpeg on a foreign file says of the file.
pub(crate) fn undecodable(error: process::Error) -> Error {
    match error {
        process::Error::Failed { stderr, .. } | process::Error::Killed { stderr, .. } => {
            Refusal::Undecodable(stderr).into()
        }
        process::Error::Limit { .. } | process::Error::Deadline { .. } | process::Error::TooMuch { .. } => {
            Refusal::Undecodable(error.to_string()).into()
        }
        process::Error::Missing { .. }
        | process::Error::Start { .. }
        | process::Error::Input { .. }
        | process::Error::Stopped { .. } => error.into(),
    }
}

/// Whether what was seen is taken.
fn judge(probed: &Probed) -> Result<(), Refusal> {
    let allowed: &[&str] = if probed.kind == Kind::Image { &IMAGE_CODECS } else { &VIDEO_CODECS };
    if let Some(picture) = &probed.picture {
        let (width, height) = (picture.shape.width, picture.shape.height);
        let pixels = u64::from(width) * u64::from(height);
        if width.max(height) > SIDE_MAX || pixels > PIXELS_MAX {
            return Err(Refusal::Pixels { width, height });
        }
        if pixels == 0 {
            return Err(Refusal::Undecodable("its picture has no size".to_owned()));
        }
        if !allowed.contains(&picture.codec.as_str()) {
            return Err(Refusal::Codec(picture.codec.clone()));
        }
        if let (Kind::Video, rate) = (probed.kind, picture.rate) {
            let (frames, seconds) = rate.unwrap_or((0, 0));
            if frames == 0 || seconds == 0 || frames / seconds > RATE_MAX {
                return Err(Refusal::Rate(frames, seconds));
            }
        }
    } else if probed.kind != Kind::Audio {
        return Err(Refusal::Without(if probed.kind == Kind::Image { "picture" } else { "video" }));
    }
    if let Some(sound) = &probed.sound {
        if !AUDIO_CODECS.contains(&sound.codec.as_str()) && !sound.codec.starts_with("pcm_") {
            return Err(Refusal::Codec(sound.codec.clone()));
        }
    } else if probed.kind == Kind::Audio {
        return Err(Refusal::Without("audio"));
    }
    match (probed.kind, probed.duration) {
        (Kind::Image, _) => Ok(()),
        (_, Some(duration)) if duration > DURATION_MAX => Err(Refusal::Long(duration)),
        (_, Some(duration)) if !duration.is_zero() => Ok(()),
        _ => Err(Refusal::Timeless),
    }
}
