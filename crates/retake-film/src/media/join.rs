//! Renders a join from the frames that two neighbours share.
//!
//! It owns the kinds of join. It must not know where in a film it stands.

use std::path::{Path, PathBuf};

use super::timeline::{JOIN_MIN, Join};
use super::{Canvas, Error, Part, Quality, Tools, encode, segment, url};

/// How one scene becomes the next; ffmpeg's own names, and `crossfade`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the name of a movement that is best looked at")]
pub enum Kind {
    Crossfade,
    WipeLeft,
    WipeRight,
    WipeUp,
    WipeDown,
    SlideLeft,
    SlideRight,
    SlideUp,
    SlideDown,
    CircleCrop,
    RectCrop,
    Distance,
    FadeBlack,
    FadeWhite,
    Radial,
    SmoothLeft,
    SmoothRight,
    SmoothUp,
    SmoothDown,
    CircleOpen,
    CircleClose,
    VertOpen,
    VertClose,
    HorzOpen,
    HorzClose,
    Dissolve,
    Pixelize,
    DiagTl,
    DiagTr,
    DiagBl,
    DiagBr,
    HlSlice,
    HrSlice,
    VuSlice,
    VdSlice,
    HBlur,
    FadeGrays,
    WipeTl,
    WipeTr,
    WipeBl,
    WipeBr,
    SqueezeH,
    SqueezeV,
    ZoomIn,
    FadeFast,
    FadeSlow,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 46] = [
        Self::Crossfade,
        Self::WipeLeft,
        Self::WipeRight,
        Self::WipeUp,
        Self::WipeDown,
        Self::SlideLeft,
        Self::SlideRight,
        Self::SlideUp,
        Self::SlideDown,
        Self::CircleCrop,
        Self::RectCrop,
        Self::Distance,
        Self::FadeBlack,
        Self::FadeWhite,
        Self::Radial,
        Self::SmoothLeft,
        Self::SmoothRight,
        Self::SmoothUp,
        Self::SmoothDown,
        Self::CircleOpen,
        Self::CircleClose,
        Self::VertOpen,
        Self::VertClose,
        Self::HorzOpen,
        Self::HorzClose,
        Self::Dissolve,
        Self::Pixelize,
        Self::DiagTl,
        Self::DiagTr,
        Self::DiagBl,
        Self::DiagBr,
        Self::HlSlice,
        Self::HrSlice,
        Self::VuSlice,
        Self::VdSlice,
        Self::HBlur,
        Self::FadeGrays,
        Self::WipeTl,
        Self::WipeTr,
        Self::WipeBl,
        Self::WipeBr,
        Self::SqueezeH,
        Self::SqueezeV,
        Self::ZoomIn,
        Self::FadeFast,
        Self::FadeSlow,
    ];

    /// What ffmpeg calls it.
    #[must_use]
    pub fn ffmpeg(self) -> &'static str {
        match self {
            Self::Crossfade => "fade",
            Self::WipeLeft => "wipeleft",
            Self::WipeRight => "wiperight",
            Self::WipeUp => "wipeup",
            Self::WipeDown => "wipedown",
            Self::SlideLeft => "slideleft",
            Self::SlideRight => "slideright",
            Self::SlideUp => "slideup",
            Self::SlideDown => "slidedown",
            Self::CircleCrop => "circlecrop",
            Self::RectCrop => "rectcrop",
            Self::Distance => "distance",
            Self::FadeBlack => "fadeblack",
            Self::FadeWhite => "fadewhite",
            Self::Radial => "radial",
            Self::SmoothLeft => "smoothleft",
            Self::SmoothRight => "smoothright",
            Self::SmoothUp => "smoothup",
            Self::SmoothDown => "smoothdown",
            Self::CircleOpen => "circleopen",
            Self::CircleClose => "circleclose",
            Self::VertOpen => "vertopen",
            Self::VertClose => "vertclose",
            Self::HorzOpen => "horzopen",
            Self::HorzClose => "horzclose",
            Self::Dissolve => "dissolve",
            Self::Pixelize => "pixelize",
            Self::DiagTl => "diagtl",
            Self::DiagTr => "diagtr",
            Self::DiagBl => "diagbl",
            Self::DiagBr => "diagbr",
            Self::HlSlice => "hlslice",
            Self::HrSlice => "hrslice",
            Self::VuSlice => "vuslice",
            Self::VdSlice => "vdslice",
            Self::HBlur => "hblur",
            Self::FadeGrays => "fadegrays",
            Self::WipeTl => "wipetl",
            Self::WipeTr => "wipetr",
            Self::WipeBl => "wipebl",
            Self::WipeBr => "wipebr",
            Self::SqueezeH => "squeezeh",
            Self::SqueezeV => "squeezev",
            Self::ZoomIn => "zoomin",
            Self::FadeFast => "fadefast",
            Self::FadeSlow => "fadeslow",
        }
    }

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        if self == Self::Crossfade { "crossfade" } else { self.ffmpeg() }
    }

    /// The kind of this name; `fade` is understood as well.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name || kind.ffmpeg() == name)
    }
}

/// Renders a join from the tail of one clip and the head of the next, into a file.
///
/// # Errors
///
/// When the frames are not as many as planned, or ffmpeg fails.
pub fn join(
    tools: &Tools,
    canvas: Canvas,
    quality: Quality,
    join: Join,
    tail: &Path,
    head: &Path,
    file: &Path,
) -> Result<PathBuf, Error> {
    let (frames, fps) = (join.frames, canvas.fps());
    if frames < JOIN_MIN {
        return Err(Error::Impossible(format!("a join of {frames} frames, of which the least is {JOIN_MIN}")));
    }
    let micros = canvas.micros(u64::from(frames));
    let graph = format!(
        "[0:v]settb=1/{fps}[a];[1:v]settb=1/{fps}[b];\
         [a][b]xfade=transition={}:duration={micros}us:offset=0,trim=end_frame={frames},setsar=1[v]",
        join.kind.ffmpeg()
    );
    let part = Part::new(file.to_owned());
    let mut command = tools.ffmpeg();
    for raw in [tail, head] {
        command = encode::raw(command, canvas).args(["-protocol_whitelist", "file", "-i"]).arg(url(raw));
    }
    command = command.args(["-filter_complex", &graph, "-map", "[v]"]);
    encode::video(command, canvas, quality).arg(url(part.path())).run(&tools.stop)?;
    segment::read(part.path())?.expect_frames(frames, part.path())?;
    part.keep()
}
