//! What the tests work with: a folder, test clips, and another pair of eyes.

use std::path::{Path, PathBuf};
use std::process::Command;

use retake_film::media::probe::{Probed, probe};
use retake_film::media::sniff::Kind;
use retake_film::media::{Canvas, Tools};
use tempfile::TempDir;

/// A folder that goes away with the test.
pub(crate) struct Bench {
    pub(crate) tools: Tools,
    folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        Self { tools: Tools::default(), folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A folder of its own.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(&path).expect("a folder");
        path
    }

    /// Makes a file by ffmpeg, its arguments divided by spaces.
    pub(crate) fn make(&self, name: &str, arguments: &str) -> PathBuf {
        let path = self.path(name);
        ffmpeg(arguments.split_whitespace(), &path);
        path
    }

    pub(crate) fn probed(&self, path: &Path) -> Probed {
        probe(&self.tools, path, Kind::Video).expect("it is taken")
    }
}

pub(crate) fn ffmpeg<'a>(arguments: impl Iterator<Item = &'a str>, to: &Path) {
    #[expect(clippy::disallowed_methods, reason = "tests look at what was made with other eyes")]
    let run = Command::new("ffmpeg").args(["-v", "error", "-y"]).args(arguments).arg(to).output().expect("it starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// What a program says of a file, on both outputs.
pub(crate) fn ask(program: &str, before: &str, file: &Path, after: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "tests look at what was made with other eyes")]
    let mut command = Command::new(program);
    let run = command.args(before.split_whitespace()).arg(file).args(after.split_whitespace());
    let run = run.output().expect("it starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr)
}

/// Small, so that tests are quick.
pub(crate) fn canvas(fps: u32) -> Canvas {
    Canvas::new(320, 180, fps).expect("it may be")
}

/// The mean brightness of each frame, in thousandths.
pub(crate) fn brightness(path: &Path) -> Vec<u64> {
    #[expect(clippy::disallowed_methods, reason = "tests look at what was made with other eyes")]
    let mut command = Command::new("ffmpeg");
    let run = command.args(["-v", "error", "-i"]).arg(path);
    let run = run.args("-map 0:v -vf scale=16:16 -f rawvideo -pix_fmt gray -".split(' ')).output().expect("it starts");
    run.stdout.chunks(256).map(|frame| frame.iter().map(|byte| u64::from(*byte)).sum::<u64>() * 1000 / 256).collect()
}
