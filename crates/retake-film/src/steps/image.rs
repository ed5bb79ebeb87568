//! Makes pictures.

use retake_engine::performer::Delivery;

use super::{Fell, Job, Made, internal};
use crate::local::picture::{Picture, Size};
use crate::local::{storyboard, title};
use crate::recipe::Image;

pub(super) fn work(job: &Job<'_>, wish: &Image) -> Result<Delivery, Fell> {
    let size = Size::new(wish.width, wish.height).ok_or_else(|| internal("a picture without a size"))?;
    // What is drawn anew is to come out otherwise, unless the plan says how it is to come out.
    let seed = u64::from(wish.seed) ^ if wish.fixed { 0 } else { job.salt };
    let picture = match job.entry.as_str() {
        // The style is for those who paint: the storyboard has one of its own.
        "storyboard" => storyboard::draw(&words(wish), size, seed),
        "title" => title::draw(&wish.prompt, size, seed),
        other => return Err(internal(format!("nobody here is called `{other}`"))),
    };
    let hash = job.keep_bytes(&encode(&picture)?)?;
    Ok(Made::default().artifact("image", hash).fact("how", "procedural").done())
}

fn words(wish: &Image) -> String {
    std::iter::once(&wish.prompt).chain(&wish.looks).map(String::as_str).collect::<Vec<_>>().join(". ")
}

/// The picture as a PNG.
fn encode(picture: &Picture) -> Result<Vec<u8>, Fell> {
    let size = picture.size();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.width(), size.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(picture.rgba())?;
        writer.finish()
    });
    written.map_err(|why| internal(format!("write a picture: {why}")))?;
    Ok(bytes)
}

/// A PNG of ours as a picture.
pub(super) fn decode(bytes: &[u8]) -> Result<Picture, Fell> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(|why| unreadable(&why))?;
    let mut rgba = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let info = reader.next_frame(&mut rgba).map_err(|why| unreadable(&why))?;
    rgba.truncate(info.buffer_size());
    let size = Size::new(info.width, info.height);
    let picture =
        size.filter(|_| info.color_type == png::ColorType::Rgba).and_then(|size| Picture::from_rgba(size, rgba));
    picture.ok_or_else(|| internal("a picture of ours is not as we write them"))
}

fn unreadable(why: &png::DecodingError) -> Fell {
    internal(format!("read a picture of ours: {why}"))
}
