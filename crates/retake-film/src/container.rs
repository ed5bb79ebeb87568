//! What bytes are, by how they begin, never by a name.
//!
//! It owns the list of containers that are taken, and which of ffmpeg's demuxers reads each. Playlists and scripts,
//! which make ffmpeg open other files, are on no list. It must not know where the bytes are from.

/// What a content is expected to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Moving pictures, with or without sound.
    Video,
    /// Sound alone.
    Audio,
    /// One picture.
    Image,
}

/// How much of a content is looked at.
pub(crate) const LOOK_BYTES: usize = 64;

/// A container that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container {
    /// The demuxer of ffmpeg that reads it, and no other.
    pub demuxer: &'static str,
    /// What it can hold, the likeliest first.
    pub kinds: &'static [Kind],
}

const MOV: Container = Container { demuxer: "mov", kinds: &[Kind::Video, Kind::Audio] };
const MATROSKA: Container = Container { demuxer: "matroska", kinds: &[Kind::Video, Kind::Audio] };
const WAV: Container = Container { demuxer: "wav", kinds: &[Kind::Audio] };
const MP3: Container = Container { demuxer: "mp3", kinds: &[Kind::Audio] };
const AAC: Container = Container { demuxer: "aac", kinds: &[Kind::Audio] };
const FLAC: Container = Container { demuxer: "flac", kinds: &[Kind::Audio] };
const OGG: Container = Container { demuxer: "ogg", kinds: &[Kind::Audio] };
const PNG: Container = Container { demuxer: "png_pipe", kinds: &[Kind::Image] };
const JPEG: Container = Container { demuxer: "jpeg_pipe", kinds: &[Kind::Image] };
const WEBP: Container = Container { demuxer: "webp_pipe", kinds: &[Kind::Image] };

impl Container {
    /// What browsers and mail programs call it.
    #[must_use]
    pub fn mime(&self) -> &'static str {
        match self.demuxer {
            "mov" => "video/mp4",
            "matroska" => "video/x-matroska",
            "wav" => "audio/wav",
            "mp3" => "audio/mpeg",
            "aac" => "audio/aac",
            "flac" => "audio/flac",
            "ogg" => "audio/ogg",
            "png_pipe" => "image/png",
            "jpeg_pipe" => "image/jpeg",
            "webp_pipe" => "image/webp",
            _ => "application/octet-stream",
        }
    }
}

/// The container that these first bytes announce.
pub(crate) fn container(bytes: &[u8]) -> Option<Container> {
    match bytes {
        [_, _, _, _, b'f', b't', b'y', b'p', ..]
        | [_, _, _, _, b'm', b'o', b'o', b'v', ..]
        | [_, _, _, _, b'm', b'd', b'a', b't', ..]
        | [_, _, _, _, b'w', b'i', b'd', b'e', ..]
        | [_, _, _, _, b'f', b'r', b'e', b'e', ..] => Some(MOV),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some(MATROSKA),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some(WAV),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(WEBP),
        [b'f', b'L', b'a', b'C', ..] => Some(FLAC),
        [b'O', b'g', b'g', b'S', ..] => Some(OGG),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(PNG),
        [0xff, 0xd8, 0xff, ..] => Some(JPEG),
        [b'I', b'D', b'3', ..] => Some(MP3),
        [0xff, second, ..] if second & 0xf6 == 0xf0 => Some(AAC),
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => Some(MP3),
        _ => None,
    }
}

/// Whether these first bytes are the beginning of a text, as playlists and scripts are.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace() || *byte >= 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_say_what_a_content_is() {
        let demuxer = |bytes: &[u8]| container(bytes).map(|container| container.demuxer);
        assert_eq!(demuxer(b"\0\0\0\x20ftypisom"), Some("mov"));
        assert_eq!(demuxer(b"\x1a\x45\xdf\xa3\x01"), Some("matroska"));
        assert_eq!(demuxer(b"RIFF....WAVEfmt "), Some("wav"));
        assert_eq!(demuxer(b"RIFF....WEBPVP8 "), Some("webp_pipe"));
        assert_eq!(demuxer(b"\xff\xfb\x90\x00"), Some("mp3"));
        assert_eq!(demuxer(b"\xff\xf1\x50\x80"), Some("aac"));
        assert_eq!(demuxer(b"\xff\xd8\xff\xe0"), Some("jpeg_pipe"));
        for text in [&b"#EXTM3U\nfile:///x.ts"[..], b"ffconcat version 1.0", b"<?xml?><MPD>", b"<svg>", b"PK\x03\x04"] {
            assert_eq!(demuxer(text), None);
        }
        assert!(is_text(b"#EXTM3U\r\n") && !is_text(b"PK\x03\x04"));
    }
}
