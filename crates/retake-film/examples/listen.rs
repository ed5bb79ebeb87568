//! Plays scores into the target folder, to be heard and looked at: `cargo run --release --example listen`.
#![expect(clippy::print_stdout, reason = "an example that is run by hand and reports")]

use std::fs::{File, create_dir_all};
use std::io::BufWriter;
use std::path::Path;
use std::time::Instant;

use retake_film::local::music::{RATE, compose};

const PROMPTS: [&str; 8] = [
    "calm piano by the sea at night",
    "cheerful ukulele, a sunny day",
    "tense strings, a chase in the dark",
    "epic orchestra and large drums",
    "ambient space",
    "a slow waltz, music box",
    "hopeful strings at sunrise",
    "fast synth, neon city",
];

#[expect(clippy::disallowed_methods, reason = "it measures how long playing takes")]
fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/listen");
    create_dir_all(&folder).expect("the target folder can be written");
    for (index, prompt) in PROMPTS.into_iter().enumerate() {
        let start = Instant::now();
        let score = compose(prompt, 0, 60);
        let path = folder.join(format!("{index}.wav"));
        let mut file = BufWriter::new(File::create(&path).expect("the target folder can be written"));
        score.write(&mut file).expect("it can be written");
        let seconds = score.moments() / RATE;
        println!("{index}.wav, {seconds} s in {} ms: {prompt}: {}", start.elapsed().as_millis(), score.describe());
    }
}
