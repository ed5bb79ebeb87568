//! Draws a sheet of storyboards into the target folder, to be looked at: `cargo run --release --example sheet`.
#![expect(clippy::print_stdout, reason = "an example that is run by hand and reports")]

use std::fs::{File, create_dir_all};
use std::path::Path;
use std::time::Instant;

use retake_film::local::kenburns::{Frames, Movement};
use retake_film::local::picture::{Picture, Size};
use retake_film::local::{storyboard, title};

const TITLES: [&str; 12] = [
    "How lighthouses learned to blink",
    "The End",
    "Chapter One\nThe lamp",
    "Why is the sky blue?",
    "Blink",
    "Two thousand years of standing still",
    "Москва — Ελλάδα — Łódź",
    "A card with a \u{1f980} that no font has",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "1823",
    "For two thousand years a lighthouse could only shine. Then keepers learned to make it blink, and every harbour got \
     its own rhythm: two short, one long, a pause, and the sea knew where it was.",
    "",
];

const PROMPTS: [&str; 40] = [
    "Waves hit a lighthouse at night, slow push in",
    "@tom climbs the stairs",
    "@tom, old keeper, before the dark lamp, close; he strikes a match and the lamp catches",
    "A lighthouse on the coast at dawn, gulls",
    "A snowy mountain valley in the morning",
    "A river winds through a green valley",
    "A calm lake below mountains at sunset",
    "A sailing boat on the sea, midday",
    "The city skyline at night",
    "A rainy street in the evening, a woman walks home",
    "Sunlight falls through the forest, a deer",
    "Pine forests in fog, wide",
    "Desert dunes at noon, a traveller",
    "A ringed planet in space",
    "An astronaut floats above a planet",
    "A field of flowers, summer, a windmill",
    "A scientist in the lab",
    "An old library with a reading lamp",
    "A kitchen at dawn",
    "A clockmaker's workshop",
    "A clock in a quiet room",
    "Northern lights over a frozen lake",
    "A thunderstorm over the fields, lightning",
    "A ship in a storm, huge waves",
    "Camels cross the Sahara at sunset",
    "A village in the snow at night",
    "Hot-air balloons over the hills at dawn",
    "A castle on a hill, dusk",
    "Children by a campfire under the stars",
    "Portrait of an old fisherman by the sea, close",
    "A tropical beach with palm trees",
    "A whale in the ocean, evening",
    "A horse on the prairie",
    "Energy is never lost",
    "Autumn forest from above",
    "Moon over a quiet pond",
    "A rocket rises into the sky",
    "Snow falls in a birch wood",
    "A stone bridge over the river, mist",
    "Sheep in a meadow, rainbow",
];

fn write(path: &Path, picture: &Picture) {
    let file = File::create(path).expect("the target folder can be written");
    let mut encoder = png::Encoder::new(file, picture.size().width(), picture.size().height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(picture.rgba())).expect("a picture is a PNG");
}

#[expect(clippy::disallowed_methods, reason = "it measures how long drawing takes")]
fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/sheet");
    create_dir_all(&folder).expect("the target folder can be written");
    let size = Size::new(1280, 720).expect("a legal size");
    let mut slowest = (0, "");
    let mut total = 0;
    for (index, prompt) in PROMPTS.into_iter().enumerate() {
        let start = Instant::now();
        let picture = storyboard::draw(prompt, size, 0);
        let took = start.elapsed().as_millis();
        total += took;
        slowest = slowest.max((took, prompt));
        write(&folder.join(format!("{index:02}.png")), &picture);
    }
    println!(
        "{} frames, mean {} ms, slowest {} ms: {}",
        PROMPTS.len(),
        total / PROMPTS.len() as u128,
        slowest.0,
        slowest.1
    );
    for (index, text) in TITLES.into_iter().enumerate() {
        let shape = [(1280, 720), (720, 1280), (1080, 1080)][if index < 8 { 0 } else { index % 3 }];
        let picture = title::draw(text, Size::new(shape.0, shape.1).expect("a legal size"), 0);
        write(&folder.join(format!("title{index:02}.png")), &picture);
    }
    let still = storyboard::draw(PROMPTS[0], Size::new(1920, 1080).expect("a legal size"), 0);
    let start = Instant::now();
    let frames = Frames::new(&still, Movement::PushIn, size, 120).count();
    println!("{frames} frames of movement in {} ms", start.elapsed().as_millis());
    write(&folder.join("tall.png"), &storyboard::draw(PROMPTS[0], Size::new(720, 1280).expect("a legal size"), 0));
}
