//! Pictures in memory: a size within limits and its pixels, opaque, eight bits a channel.
//!
//! Knows no file format: whoever stores a picture encodes it.

use retake_engine::id::Hash;

/// The least pixels a side of a picture may have.
pub const SIDE_MIN: u32 = 16;

/// The most pixels a side of a picture may have.
pub const SIDE_MAX: u32 = 3840;

/// The bytes of one pixel: red, green, blue, and an alpha that is always full.
pub const PIXEL_BYTES: usize = 4;

/// Width and height in pixels, each within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// A size, where both sides are within [`SIDE_MIN`] and [`SIDE_MAX`].
    #[must_use]
    pub fn new(width: u32, height: u32) -> Option<Self> {
        let legal = SIDE_MIN..=SIDE_MAX;
        (legal.contains(&width) && legal.contains(&height)).then_some(Self { width, height })
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(self) -> u32 {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(self) -> u32 {
        self.height
    }

    /// The bytes of a picture of this size.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.width as usize * self.height as usize * PIXEL_BYTES
    }
}

/// A picture: rows from the top, in each its pixels from the left.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    rgba: Vec<u8>,
}

impl Picture {
    /// A picture of these bytes, if they are as many as its size says. Alpha is taken to be full.
    #[must_use]
    pub fn from_rgba(size: Size, rgba: Vec<u8>) -> Option<Self> {
        (rgba.len() == size.bytes()).then_some(Self { size, rgba })
    }

    /// The picture's size.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The bytes: red, green, blue, alpha.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The bytes, given away.
    #[must_use]
    pub fn into_rgba(self) -> Vec<u8> {
        self.rgba
    }

    /// The hash of the pixels and the size.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of([&self.size.width.to_be_bytes()[..], &self.size.height.to_be_bytes(), &self.rgba])
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.size.width, self.size.height)
    }
}
