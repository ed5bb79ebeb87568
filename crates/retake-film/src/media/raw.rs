//! Turns pictures that we drew into raw frames, as `ingest` reads them: BT.709, limited range, colour at half the size.
//!
//! It owns that arithmetic, in whole numbers. It must not know who draws.

use std::io::{self, Read};

use super::Canvas;

/// Bytes of a pixel: red, green, blue, and an alpha.
pub(super) const PIXEL_BYTES: usize = 4;

/// Shares of red, green and blue in brightness and in both differences of colour, in 1/65536: the matrix of BT.709,
/// brought to 219 and 224 steps.
const LUMA: [i32; 3] = [11_966, 40_254, 4_064];
const BLUE: [i32; 3] = [-6_596, -22_188, 28_784];
const RED: [i32; 3] = [28_784, -26_145, -2_639];
const ONE: i32 = 1 << 16;

/// Frames that are drawn one after the other, as one stream of raw frames.
#[derive(Debug)]
pub struct Raw<I> {
    frames: I,
    canvas: Canvas,
    frame: Vec<u8>,
    at: usize,
}

impl<I, P> Raw<I>
where
    I: Iterator<Item = P>,
    P: AsRef<[u8]>,
{
    /// Reads frames of a canvas's size: rows from the top, in each red, green, blue and alpha of its pixels from the
    /// left. Alpha is taken to be full.
    pub fn new(canvas: Canvas, frames: I) -> Self {
        Self { frames, canvas, frame: Vec::new(), at: 0 }
    }

    /// Converts the next frame, if there is one.
    fn next(&mut self) -> io::Result<bool> {
        let Some(picture) = self.frames.next() else { return Ok(false) };
        let (width, height) = (self.canvas.width() as usize, self.canvas.height() as usize);
        let rgba = picture.as_ref();
        if rgba.len() != width * height * PIXEL_BYTES {
            let message = format!("a picture of {} bytes does not fill {width}x{height}", rgba.len());
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.frame.resize(width * height * 3 / 2, 0);
        convert(rgba, width, &mut self.frame);
        self.at = 0;
        Ok(true)
    }
}

impl<I, P> Read for Raw<I>
where
    I: Iterator<Item = P>,
    P: AsRef<[u8]>,
{
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.frame.len() && !self.next()? {
            return Ok(0);
        }
        let count = into.len().min(self.frame.len() - self.at);
        into[..count].copy_from_slice(&self.frame[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Converts a picture with even sides into its three planes.
pub(super) fn convert(rgba: &[u8], width: usize, planes: &mut [u8]) {
    let pixels = rgba.len() / PIXEL_BYTES;
    let (luma, colour) = planes.split_at_mut(pixels);
    let (blue, red) = colour.split_at_mut(pixels / 4);
    let rows = rgba.chunks_exact(2 * width * PIXEL_BYTES).zip(luma.chunks_exact_mut(2 * width));
    let halves = blue.chunks_exact_mut(width / 2).zip(red.chunks_exact_mut(width / 2));
    for ((pair, luma), (blue, red)) in rows.zip(halves) {
        for (pixel, luma) in pair.as_chunks::<PIXEL_BYTES>().0.iter().zip(luma) {
            *luma = brightness(pixel);
        }
        let (upper, lower) = pair.split_at(width * PIXEL_BYTES);
        let (upper, lower) = (upper.as_chunks::<{ 2 * PIXEL_BYTES }>().0, lower.as_chunks::<{ 2 * PIXEL_BYTES }>().0);
        for ((up, low), (blue, red)) in upper.iter().zip(lower).zip(blue.iter_mut().zip(red)) {
            let sum = |part: usize| {
                i32::from(up[part]) + i32::from(up[part + 4]) + i32::from(low[part]) + i32::from(low[part + 4])
            };
            (*blue, *red) = colours([sum(0), sum(1), sum(2)], 4);
        }
    }
}

/// How bright a pixel is, from 16 to 235.
pub(super) fn brightness(pixel: &[u8; PIXEL_BYTES]) -> u8 {
    let parts = [i32::from(pixel[0]), i32::from(pixel[1]), i32::from(pixel[2])];
    byte((weigh(LUMA, parts) + 16 * ONE + ONE / 2) >> 16)
}

/// Both differences of colour, from 16 to 240, of the sums of so many pixels.
pub(super) fn colours(sums: [i32; 3], of: i32) -> (u8, u8) {
    let scaled = |shares| (weigh(shares, sums) + of * (128 * ONE + ONE / 2)) / (of * ONE);
    (byte(scaled(BLUE)), byte(scaled(RED)))
}

fn weigh(shares: [i32; 3], parts: [i32; 3]) -> i32 {
    shares[0] * parts[0] + shares[1] * parts[1] + shares[2] * parts[2]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limited range stays within a byte")]
fn byte(value: i32) -> u8 {
    value as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same in floats, as the standard writes it.
    #[expect(clippy::float_arithmetic, reason = "it is what the whole numbers stand for")]
    fn standard([red, green, blue]: [u8; 3]) -> [f64; 3] {
        let [red, green, blue] = [red, green, blue].map(|part| f64::from(part) / 255.0);
        let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        [16.0 + 219.0 * luma, 128.0 + 224.0 * (blue - luma) / 1.8556, 128.0 + 224.0 * (red - luma) / 1.5748]
    }

    #[test]
    fn every_colour_is_within_one_step_of_the_standard() {
        for code in (0..=0xff_ff_ff_u32).step_by(7) {
            let [_, red, green, blue] = code.to_be_bytes();
            let found = [brightness(&[red, green, blue, 255])];
            let (cb, cr) = colours([red, green, blue].map(i32::from), 1);
            for (found, wanted) in [found[0], cb, cr].into_iter().zip(standard([red, green, blue])) {
                assert!((f64::from(found) - wanted).abs() < 0.52, "{code:06x}: {found} for {wanted}");
            }
        }
    }

    #[test]
    fn frames_of_another_size_are_an_error() {
        let canvas = Canvas::new(16, 16, 24).expect("it may be");
        let mut bytes = Vec::new();
        let frames = [vec![255; 16 * 16 * 4], vec![0; 7]];
        let error = Raw::new(canvas, frames.iter()).read_to_end(&mut bytes).expect_err("it does not fit");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(bytes.len() == 384 && bytes[..256].iter().all(|byte| *byte == 235));
        assert!(bytes[256..].iter().all(|byte| *byte == 128));
    }
}
