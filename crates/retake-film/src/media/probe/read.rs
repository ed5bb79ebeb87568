//! Reads what ffprobe says.

use std::time::Duration;

use serde::Deserialize;

use super::{Picture, Refusal, Sound};
use crate::media::fit::Shape;

#[derive(Debug, Deserialize)]
pub(super) struct Report {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
struct Format {
    duration: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Stream {
    codec_type: Option<String>,
    codec_name: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    sample_aspect_ratio: Option<String>,
    avg_frame_rate: Option<String>,
    r_frame_rate: Option<String>,
    color_space: Option<String>,
    pix_fmt: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
    duration: Option<String>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Debug, Deserialize)]
struct SideData {
    rotation: Option<i64>,
}

pub(super) fn report(json: &[u8]) -> Result<Report, serde_json::Error> {
    serde_json::from_slice(json)
}

/// Seconds with a fraction, as ffprobe writes them.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    Some(Duration::new(whole.parse().ok()?, digits.parse().ok()?))
}

/// Two numbers with a sign between.
fn pair(text: &str, sign: char) -> Option<(u64, u64)> {
    let (one, two) = text.split_once(sign)?;
    Some((one.parse().ok()?, two.parse().ok()?))
}

impl Report {
    pub(super) fn streams(&self) -> usize {
        self.streams.len()
    }

    fn stream(&self, kind: &str) -> Option<&Stream> {
        let fits =
            |stream: &&Stream| stream.codec_type.as_deref() == Some(kind) && stream.disposition.attached_pic == 0;
        self.streams.iter().find(fits)
    }

    /// How long the pictures last, else the sound, else the whole.
    pub(super) fn duration(&self) -> Option<Duration> {
        let of = |kind: &str| self.stream(kind).and_then(|stream| seconds(stream.duration.as_deref()?));
        of("video").or_else(|| of("audio")).or_else(|| seconds(self.format.duration.as_deref()?))
    }

    pub(super) fn picture(&self) -> Result<Option<Picture>, Refusal> {
        let Some(stream) = self.stream("video") else { return Ok(None) };
        let (Some(width), Some(height)) = (stream.width, stream.height) else {
            return Err(Refusal::Undecodable("its picture has no size".to_owned()));
        };
        let pixel = stream.sample_aspect_ratio.as_deref().and_then(|text| pair(text, ':'));
        let narrow = |(one, two): (u64, u64)| Some((u32::try_from(one).ok()?, u32::try_from(two).ok()?));
        let pixel = pixel.and_then(narrow).filter(|(wide, high)| *wide > 0 && *high > 0).unwrap_or((1, 1));
        let quarter = stream.side_data_list.iter().find_map(|data| data.rotation).is_some_and(|angle| angle % 180 != 0);
        let shape = if quarter {
            Shape { width: height, height: width, pixel: (pixel.1, pixel.0) }
        } else {
            Shape { width, height, pixel }
        };
        let rate =
            |text: &Option<String>| pair(text.as_deref()?, '/').filter(|(frames, seconds)| *frames > 0 && *seconds > 0);
        Ok(Some(Picture {
            codec: stream.codec_name.clone().unwrap_or_default(),
            shape,
            rate: rate(&stream.avg_frame_rate).or_else(|| rate(&stream.r_frame_rate)),
            matrix: stream.matrix(),
        }))
    }

    pub(super) fn sound(&self) -> Option<Sound> {
        let stream = self.stream("audio")?;
        Some(Sound {
            codec: stream.codec_name.clone().unwrap_or_default(),
            rate: stream.sample_rate.as_deref().and_then(|rate| rate.parse().ok()).unwrap_or(0),
            channels: stream.channels.unwrap_or(0),
        })
    }
}

impl Stream {
    /// The matrix of its colours: as it says, else by its height, as players guess. What is stored as red, green and
    /// blue has none.
    fn matrix(&self) -> Option<&'static str> {
        let rgb = ["rgb", "bgr", "gbr", "argb", "abgr", "pal8", "gray", "mono", "ya"];
        if self.pix_fmt.as_deref().is_some_and(|format| rgb.iter().any(|rgb| format.starts_with(rgb))) {
            return None;
        }
        match self.color_space.as_deref() {
            Some("bt709") => Some("bt709"),
            Some("bt470bg" | "smpte170m") => Some("bt601"),
            Some("bt2020nc" | "bt2020c") => Some("bt2020"),
            Some("smpte240m") => Some("smpte240m"),
            Some("fcc") => Some("fcc"),
            _ if self.codec_name.as_deref() == Some("mjpeg") => Some("bt601"),
            _ if self.height.unwrap_or(0) >= 720 => Some("bt709"),
            _ => Some("bt601"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_exactly() {
        assert_eq!(seconds("5.000001"), Some(Duration::from_micros(5_000_001)));
        assert_eq!(seconds("12"), Some(Duration::from_secs(12)));
        assert_eq!(seconds("N/A"), None);
        assert_eq!(seconds("-1.0"), None);
    }
}
