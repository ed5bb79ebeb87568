//! Reads our own plain samples: two channels of 16 bits, from any place on.
//!
//! It owns just as much of WAV as our own files use.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// How many bytes a moment of both channels takes.
const MOMENT_BYTES: u64 = 4;

/// An open file of samples.
#[derive(Debug)]
pub(super) struct Wave {
    file: BufReader<File>,
    begin: u64,
    at: u64,
    /// How many moments it has.
    pub(super) length: u64,
}

impl Wave {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let end = file.get_ref().metadata()?.len();
        let mut at = 12;
        loop {
            let mut head = [0; 8];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut head)?;
            let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
            at += 8;
            if &head[..4] == b"data" {
                let length = size.min(end - at) / MOMENT_BYTES;
                return Ok(Self { file, begin: at, at: 0, length });
            }
            if &head[..4] == b"fmt " {
                let mut format = [0; 16];
                file.read_exact(&mut format)?;
                if format[..8] != [1, 0, 2, 0, 0x80, 0xbb, 0, 0] {
                    return Err(io::Error::other("not two channels of 48000 plain samples a second"));
                }
            }
            at += size + size % 2;
        }
    }

    /// The samples from a moment on, both channels by turns; silence past the end.
    pub(super) fn read(&mut self, from: u64, moments: usize) -> io::Result<Vec<f32>> {
        if from != self.at {
            self.file.seek(SeekFrom::Start(self.begin + from.min(self.length) * MOMENT_BYTES))?;
        }
        let there = usize::try_from(self.length.saturating_sub(from)).unwrap_or(usize::MAX).min(moments);
        let mut bytes = vec![0; there * 4];
        self.file.read_exact(&mut bytes)?;
        self.at = from + there as u64;
        let mut samples: Vec<f32> =
            bytes.as_chunks::<2>().0.iter().map(|two| f32::from(i16::from_le_bytes(*two)) / 32_768.0).collect();
        samples.resize(moments * 2, 0.0);
        Ok(samples)
    }
}
