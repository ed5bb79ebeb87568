//! Draws what every example plan shows into the target folder, to be looked at:
//! `cargo run --release -p retake-film --example frames`.
#![expect(clippy::print_stdout, reason = "an example that is run by hand and reports")]

use std::fs::{File, create_dir_all, read_dir, read_to_string};
use std::path::Path;

use retake_film::local::picture::{Picture, Size};
use retake_film::local::{storyboard, template, title};
use retake_film::plan::{self, Kind};

fn write(path: &Path, picture: &Picture) -> Result<(), Box<dyn std::error::Error>> {
    let mut encoder = png::Encoder::new(File::create(path)?, picture.size().width(), picture.size().height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(picture.rgba())?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = root.join("target/frames");
    create_dir_all(&folder)?;
    let mut plans: Vec<_> =
        read_dir(root.join("examples"))?.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    plans.retain(|path| path.extension().is_some_and(|ending| ending == "yaml"));
    plans.sort();
    let size = Size::new(640, 360).ok_or("a legal size")?;
    let mut number = 0;
    for path in plans {
        let plan = plan::read(&read_to_string(&path)?).map_err(|mistakes| mistakes.render("plan"))?;
        let plan = if plan.scenes.is_empty() { template::write(&plan.film, &plan) } else { plan };
        for scene in &plan.scenes {
            let shots = scene.shots().iter().map(|shot| storyboard::draw(&shot.frame, size, 0));
            let other = match &scene.kind {
                Kind::Still(words) => Some(storyboard::draw(words, size, 0)),
                Kind::Title(words) => Some(title::draw(words, size, 0)),
                Kind::Shot(_) | Kind::Shots(_) | Kind::Clip(_) => None,
            };
            for picture in shots.chain(other) {
                println!("{number:02}: {} {}", plan.film, scene.id);
                write(&folder.join(format!("{number:02}.png")), &picture)?;
                number += 1;
            }
        }
    }
    Ok(())
}
