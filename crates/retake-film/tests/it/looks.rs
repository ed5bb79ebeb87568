//! What is black, frozen, silent, short or broken is seen to be.

use std::time::Duration;

use retake_film::media::Error;
use retake_film::media::inspect::{Facts, Seen, inspect};
use retake_film::media::probe::Refusal;

use crate::bench::Bench;

fn facts(bench: &Bench, name: &str, arguments: &str) -> Facts {
    let clip = bench.make(name, &format!("{arguments} -pix_fmt yuv420p"));
    inspect(&bench.tools, &bench.probed(&clip)).expect("it can be looked at")
}

#[test]
fn a_good_clip_has_nothing_against_it() {
    let bench = Bench::new();
    let facts = facts(&bench, "a.mp4", "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -f lavfi -i sine=d=2");
    let seen = Seen { duration: Duration::from_secs(2), black: false, frozen: false, truncated: false };
    assert_eq!(facts.seen, Some(seen));
    assert!(!facts.heard.expect("it has sound").silent);
    assert!(!facts.far_too_short(Duration::from_secs(4)) && facts.far_too_short(Duration::from_secs(5)));
}

#[test]
fn black_frozen_and_silent_are_told_apart() {
    let bench = Bench::new();
    let noise = "noise=alls=4:allf=t";
    let black =
        facts(&bench, "b.mp4", &format!("-f lavfi -i color=black:s=320x180:d=2,{noise} -f lavfi -i anullsrc -t 2"));
    assert!(black.seen.is_some_and(|seen| seen.black) && black.heard.is_some_and(|heard| heard.silent));
    let frozen = facts(
        &bench,
        "f.mp4",
        &format!("-f lavfi -i testsrc2=s=320x180:d=2,trim=end_frame=1,tpad=stop=48:stop_mode=clone,{noise}"),
    );
    assert!(frozen.seen.is_some_and(|seen| seen.frozen && !seen.black), "{frozen:?}");
    assert_eq!(frozen.heard, None);
    let slow = facts(&bench, "s.mp4", "-f lavfi -i mandelbrot=s=320x180:r=24:end_scale=0.25 -t 2");
    assert!(slow.seen.is_some_and(|seen| !seen.frozen), "{slow:?}");
    let dark =
        facts(&bench, "d.mp4", "-f lavfi -i color=black:s=320x180:d=2,drawbox=x=20:y=20:w=30:h=30:c=white:t=fill");
    assert!(dark.seen.is_some_and(|seen| !seen.black), "{dark:?}");
}

#[test]
fn half_a_download_is_seen() {
    let bench = Bench::new();
    let arguments = "-f lavfi -i testsrc2=s=320x180:r=24:d=3 -pix_fmt yuv420p -movflags +faststart";
    let whole = std::fs::read(bench.make("a.mp4", arguments)).expect("it is there");
    let half = bench.path("half.mp4");
    std::fs::write(&half, &whole[..whole.len() * 2 / 3]).expect("it is written");
    let looked = inspect(&bench.tools, &bench.probed(&half));
    assert!(matches!(looked, Err(Error::Refused(Refusal::Undecodable(_)))), "{looked:?}");
}
