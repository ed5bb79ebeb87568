//! Makes the clip that the example plans end with: `cargo run --release -p retake-film --example card`.
//!
//! A drawing, a slow pull back across it, and a dissolve to a card; the encoder sees finished frames.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use retake_film::local::kenburns::{Frames, Movement};
use retake_film::local::picture::{Picture, Size};
use retake_film::local::{storyboard, title};
use retake_film::media::Tools;
use retake_film::media::process::{Call, Input, Limits};

const SIZE: (u32, u32) = (1280, 720);
const FPS: u32 = 24;
/// How many frames show the drawing alone, pass over to the card, and show the card.
const PARTS: [u32; 3] = [24, 24, 36];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/assets/end-card.mp4");
    let size = Size::new(SIZE.0, SIZE.1).ok_or("a legal size")?;
    let large = Size::new(1920, 1080).ok_or("a legal size")?;
    let still = storyboard::draw("A lighthouse on the coast at dawn, gulls", large, 0);
    let card = title::draw_as("Keep the light", size, 0, title::Layout::Centred);
    let [alone, pass, after] = PARTS;
    let mut bytes = Vec::new();
    for (number, frame) in (0..).zip(Frames::new(&still, Movement::PullBack, size, alone + pass)) {
        bytes.extend(mixed(&frame, &card, number, alone, pass));
    }
    for _ in 0..after {
        bytes.extend_from_slice(card.rgba());
    }
    let tools = Tools::default();
    let limits = Limits {
        wall: Duration::from_secs(300),
        cpu: Duration::from_secs(300),
        memory_bytes: 4 << 30,
        file_bytes: 1 << 30,
        output_bytes: 1 << 20,
    };
    Call::new(&tools.ffmpeg, limits)
        .args(["-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgba"])
        .args(["-s".to_owned(), format!("{}x{}", SIZE.0, SIZE.1), "-r".to_owned(), FPS.to_string()])
        .args(["-i", "pipe:0", "-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"])
        .args(["-c:v", "libx264", "-preset", "slow", "-crf", "27", "-x264-params", "threads=1"])
        .args(["-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart"])
        .arg(path)
        .input(Input::Reader(Box::new(Cursor::new(bytes))))
        .run(&tools.stop)?;
    Ok(())
}

/// A frame of the drawing on its way to the card, in whole steps.
fn mixed(frame: &Picture, card: &Picture, number: u32, alone: u32, pass: u32) -> Vec<u8> {
    let share = number.saturating_sub(alone).min(pass);
    let between = |(one, two): (&u8, &u8)| {
        let sum = u32::from(*one) * (pass - share) + u32::from(*two) * share;
        u8::try_from(sum / pass).unwrap_or(u8::MAX)
    };
    frame.rgba().iter().zip(card.rgba()).map(between).collect()
}
