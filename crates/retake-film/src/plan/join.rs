//! How one scene or shot follows another. Knows the names of transitions, not how they are drawn.

use std::fmt;

use serde::{Serialize, Serializer};

use super::keys::nearest;
use super::limits::{JOIN_DEFAULT_US, JOIN_MAX_US};
use super::mistake::{Complaint, quoted};
use super::value::Decimal;

/// How a scene or a shot follows the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Join {
    /// At once.
    Cut,
    /// By a transition that overlaps both.
    Transition {
        /// One of [`TRANSITIONS`].
        name: &'static str,
        /// How long the overlap is.
        seconds: Decimal,
    },
}

/// The transitions there are: `crossfade`, and what ffmpeg's `xfade` calls them.
pub const TRANSITIONS: [&str; 58] = [
    "crossfade",
    "fade",
    "fadeblack",
    "fadewhite",
    "fadegrays",
    "fadefast",
    "fadeslow",
    "wipeleft",
    "wiperight",
    "wipeup",
    "wipedown",
    "wipetl",
    "wipetr",
    "wipebl",
    "wipebr",
    "slideleft",
    "slideright",
    "slideup",
    "slidedown",
    "smoothleft",
    "smoothright",
    "smoothup",
    "smoothdown",
    "circlecrop",
    "rectcrop",
    "circleclose",
    "circleopen",
    "horzclose",
    "horzopen",
    "vertclose",
    "vertopen",
    "diagbl",
    "diagbr",
    "diagtl",
    "diagtr",
    "hlslice",
    "hrslice",
    "vuslice",
    "vdslice",
    "dissolve",
    "pixelize",
    "radial",
    "hblur",
    "squeezeh",
    "squeezev",
    "zoomin",
    "distance",
    "hlwind",
    "hrwind",
    "vuwind",
    "vdwind",
    "coverleft",
    "coverright",
    "coverup",
    "coverdown",
    "revealleft",
    "revealright",
    "revealup",
];

impl Join {
    pub(crate) fn read(text: &str) -> Result<Self, Complaint> {
        let what = format!("the join {}", quoted(text));
        let mut words = text.split_whitespace();
        let name = words.next().unwrap_or_default();
        let length = words.next();
        let refuse = |why: String, hint: String| Err(Complaint::new(what.clone(), why, hint));
        if words.next().is_some() {
            return refuse("a join is a name and a length".to_owned(), "write `crossfade 0.4`".to_owned());
        }
        if name == "cut" {
            return match length {
                None => Ok(Self::Cut),
                Some(_) => refuse("a cut has no length".to_owned(), "write `cut`".to_owned()),
            };
        }
        let Some(name) = TRANSITIONS.iter().find(|known| **known == name) else {
            let why = "a join is `cut`, `crossfade` or a transition that ffmpeg's xfade knows".to_owned();
            let hint = match Decimal::plain(name) {
                Some(_) => format!("write `crossfade {name}`"),
                None => match nearest(&name.to_lowercase(), &TRANSITIONS) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write `cut` or `crossfade 0.4`".to_owned(),
                },
            };
            return refuse(why, hint);
        };
        let seconds = match length {
            None => Decimal::from_millionths(JOIN_DEFAULT_US),
            Some(length) => {
                let most = Decimal::from_millionths(JOIN_MAX_US);
                match Decimal::plain(length.trim_end_matches('s')) {
                    Some(seconds) if seconds.millionths() > 0 && seconds <= most => seconds,
                    _ => {
                        return refuse(
                            format!("a join lasts more than 0 and at most {most} seconds"),
                            format!("write `{name} 0.4`"),
                        );
                    }
                }
            }
        };
        Ok(Self::Transition { name, seconds })
    }
}

impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut => f.write_str("cut"),
            Self::Transition { name, seconds } => write!(f, "{name} {seconds}"),
        }
    }
}

impl Serialize for Join {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joins_are_short_and_known() {
        assert_eq!(Join::read("cut"), Ok(Join::Cut));
        assert_eq!(Join::read("crossfade 0.4").map(|join| join.to_string()), Ok("crossfade 0.4".to_owned()));
        assert_eq!(Join::read("wipeleft").map(|join| join.to_string()), Ok("wipeleft 0.5".to_owned()));
        for text in ["", "cut 1", "crossfade 2.1", "crossfade 0", "swirl", "0.5", "fade 1 2"] {
            assert!(Join::read(text).is_err(), "{text}");
        }
    }
}
