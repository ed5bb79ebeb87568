//! Single frames out of clips, and pictures into frames.

use std::io::Read as _;
use std::time::Duration;

use retake_film::media::frames::{At, Format, still};
use retake_film::media::probe::probe;
use retake_film::media::raw::Raw;
use retake_film::media::sniff::Kind;
use retake_film::media::{Canvas, Error};

use crate::bench::{Bench, brightness, canvas};

#[test]
fn the_frame_that_is_asked_for_is_the_one_that_comes() {
    let bench = Bench::new();
    let ramp = "-f lavfi -i nullsrc=s=320x180:r=25:d=0.4,geq=lum=20+20*N:cb=128:cr=128 -pix_fmt yuv420p -crf 4";
    let clip = bench.probed(&bench.make("ramp.mp4", ramp));
    let all = brightness(&clip.path);
    let light = |at: At| {
        let path = bench.path("still.png");
        std::fs::write(&path, still(&bench.tools, &clip, at, 160, Format::Png).expect("it is there"))
            .expect("it is written");
        brightness(&path)[0]
    };
    // Twenty steps lie between two frames, and at most three between two ways to the same grey.
    let number = |at: At| {
        let light = light(at);
        let close = |seen: &u64| seen.abs_diff(light);
        all.iter().enumerate().min_by_key(|(_, seen)| close(seen)).map(|(index, _)| index)
    };
    for frame in [0, 1, 4, 7, 9] {
        assert_eq!(number(At::Frame(frame)), usize::try_from(frame).ok(), "frame {frame}");
    }
    assert_eq!(number(At::Time(Duration::from_millis(199))), Some(4));
    assert_eq!(number(At::Time(Duration::from_millis(200))), Some(5));
    assert_eq!(number(At::Time(Duration::from_secs(60))), Some(9));
    assert_eq!(number(At::Frame(9000)), Some(9));
}

#[test]
fn stills_are_small_and_of_the_right_shape() {
    let bench = Bench::new();
    let wide = bench
        .probed(&bench.make("wide.mp4", "-f lavfi -i testsrc2=s=180x144:r=25:d=1 -vf setsar=64/45 -pix_fmt yuv420p"));
    let jpeg = still(&bench.tools, &wide, At::Frame(3), 128, Format::Jpeg).expect("it is there");
    assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]) && jpeg.len() < 20_000, "{}", jpeg.len());
    let path = bench.path("one.jpg");
    std::fs::write(&path, &jpeg).expect("it is written");
    let seen = probe(&bench.tools, &path, Kind::Image).expect("it is a picture").picture.expect("it is one");
    assert_eq!((seen.shape.width, seen.shape.height), (128, 72));
    let again = still(
        &bench.tools,
        &probe(&bench.tools, &path, Kind::Image).expect("it is a picture"),
        At::Frame(0),
        64,
        Format::Png,
    );
    assert!(again.expect("pictures have stills too").starts_with(b"\x89PNG"));
    let sound = bench.make("s.wav", "-f lavfi -i sine=d=1");
    let sound = probe(&bench.tools, &sound, Kind::Audio).expect("it is taken");
    assert!(matches!(still(&bench.tools, &sound, At::Frame(0), 64, Format::Png), Err(Error::Impossible(_))));
}

#[test]
fn pictures_become_frames_as_ffmpeg_makes_them() {
    let bench = Bench::new();
    let rgba =
        bench.make("a.rgba", "-f lavfi -i nullsrc=s=320x180:r=24,format=gbrp,geq=r=X*0.79:g=Y*1.4:b=128+100*sin(X/40+N) -frames:v 3 -pix_fmt rgba -f rawvideo");
    let theirs = bench.make("theirs.yuv", &format!("-f rawvideo -pix_fmt rgba -s 320x180 -r 24 -i {} -vf scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_inp -pix_fmt yuv420p -f rawvideo", rgba.display()));
    let bytes = std::fs::read(rgba).expect("it is there");
    let mut ours = Vec::new();
    Raw::new(canvas(24), bytes.chunks(320 * 180 * 4)).read_to_end(&mut ours).expect("it converts");
    let theirs = std::fs::read(theirs).expect("it is there");
    assert_eq!(ours.len(), theirs.len());
    let off = ours.iter().zip(&theirs).map(|(one, two)| one.abs_diff(*two)).max();
    assert!(off <= Some(2), "{off:?} levels off");
}

/// How many frames a second are converted: `cargo nextest run --release -p retake-film conversion --run-ignored all --no-capture`.
#[test]
#[ignore = "it measures, and decides nothing by itself"]
#[expect(clippy::disallowed_methods, reason = "it measures how long converting takes")]
fn what_conversion_costs() {
    let canvas = Canvas::new(1280, 720, 24).expect("it may be");
    let picture: Vec<u8> = (0..1280 * 720 * 4_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let start = std::time::Instant::now();
    let bytes = std::io::copy(&mut Raw::new(canvas, std::iter::repeat_n(&picture, 200)), &mut std::io::sink());
    let micros = start.elapsed().as_micros();
    assert_eq!(bytes.expect("it converts"), 200 * canvas.frame_bytes());
    println!("{} frames a second at 1280x720", 200 * 1_000_000 / micros.max(1));
}
