//! Plates lie over exactly the frames they are meant for, over drawn frames and foreign clips alike.

use retake_film::local::captions;
use retake_film::local::picture::Size;
use retake_film::media::fit::Fit;
use retake_film::media::ingest::{Cut, Short, draw, draw_under, ingest_under};
use retake_film::media::plate::Plate;
use retake_film::media::raw::Raw;
use retake_film::media::{Canvas, Error, Quality, segment};

use crate::bench::{Bench, brightness, canvas};

const CUT: Cut = Cut { frames: 40, head: 7, tail: 5, fit: Fit::Pad, short: Short::Hold };

/// A white plate over all but the edge.
fn white(frames: std::ops::Range<u32>) -> Plate {
    Plate::new(canvas(24), frames, (20, 10), (280, 160), &[255; 280 * 160 * 4]).expect("it fits")
}

/// Which frames of a body are bright, counted in the clip.
fn bright(body: &std::path::Path) -> Vec<u32> {
    let seen = brightness(body);
    (CUT.head..).zip(seen).filter(|(_, light)| *light > 120_000).map(|(number, _)| number).collect()
}

#[test]
fn plates_lie_over_their_frames_and_no_others() {
    let bench = Bench::new();
    let clip =
        bench.probed(&bench.make(
            "dark.mp4",
            "-f lavfi -i color=0x202020:s=320x180:r=25:d=1.2 -f lavfi -i sine=d=1.2 -pix_fmt yuv420p",
        ));
    let plates = [white(9..12), white(12..13), white(20..31), white(34..35)];
    let wanted: Vec<u32> = (9..13).chain(20..31).chain(34..35).collect();
    for fps in [24, 60] {
        let canvas = canvas(fps);
        let folder = bench.folder(&format!("foreign{fps}"));
        let piece = ingest_under(&bench.tools, canvas, Quality::Final, &clip, CUT, &plates, &folder).expect("it works");
        let body = segment::read(&piece.body).expect("it can be read");
        assert_eq!((body.frames, body.delta, body.timescale), (28, Some(512), fps * 512));
        assert_eq!(bright(&piece.body), wanted, "{fps}");
        let mut left: Vec<_> =
            std::fs::read_dir(&folder).expect("it can be listed").flatten().map(|entry| entry.file_name()).collect();
        left.sort();
        assert_eq!(left, ["body.mp4", "head.yuv", "sound.wav", "tail.yuv"]);
    }
    // Fewer frames than the clip has: the last is held, the plate is not.
    let dark = || std::iter::repeat_n([0x20; 320 * 180 * 4], 10);
    let frames = Box::new(Raw::new(canvas(24), dark()));
    let folder = bench.folder("drawn");
    let piece = draw_under(&bench.tools, canvas(24), Quality::Final, frames, CUT, &plates, &folder).expect("it works");
    assert_eq!(segment::read(&piece.body).expect("it can be read").frames, 28);
    assert_eq!(bright(&piece.body), wanted);

    let bare = draw(
        &bench.tools,
        canvas(24),
        Quality::Final,
        Box::new(Raw::new(canvas(24), dark())),
        CUT,
        &bench.folder("bare"),
    );
    let (bare, piece) = (bare.expect("it works"), piece);
    let read = |path: Option<std::path::PathBuf>| std::fs::read(path.expect("it is made")).expect("it is there");
    assert!(read(bare.head) == read(piece.head) && read(bare.tail) == read(piece.tail), "a plate reached into a join");
    let sets = [&bare.body, &piece.body].map(|body| segment::read(body).expect("it can be read").parameters);
    assert_eq!(sets[0], sets[1]);
}

#[test]
fn plates_stay_out_of_joins() {
    let bench = Bench::new();
    let frames = || Box::new(Raw::new(canvas(24), std::iter::repeat_n([0; 320 * 180 * 4], 40)));
    for span in [6..9, 30..36] {
        let folder = bench.folder("x");
        let refused =
            draw_under(&bench.tools, canvas(24), Quality::Draft, frames(), CUT, &[white(span.clone())], &folder);
        assert!(matches!(refused, Err(Error::Impossible(_))), "{span:?}");
    }
    let kept = |span| white(span).out_of_joins(CUT).map(|plate| plate.frames());
    assert_eq!([kept(0..40), kept(0..7), kept(35..90), kept(6..9)], [Some(7..35), None, None, Some(7..9)]);
    for (at, size) in [((1, 0), (2, 2)), ((0, 0), (3, 2)), ((318, 0), (4, 2)), ((0, 0), (0, 2)), ((2, 2), (4, 4))] {
        assert!(Plate::new(canvas(24), 0..1, at, size, &[0; 8]).is_err(), "{at:?} {size:?}");
    }
}

/// Both ways give the same picture, within what two ways of rounding may differ.
#[test]
fn drawn_and_foreign_frames_are_covered_alike() {
    let bench = Bench::new();
    let size = Size::new(320, 180).expect("a legal size");
    let page = captions::draw("Then keepers learned to make it blink.", size).pop().expect("there are words");
    let plate =
        Plate::new(canvas(24), 0..9, (page.left, page.top), (page.width, page.height), &page.rgba).expect("it fits");
    let cut = Cut { frames: 9, head: 0, tail: 0, ..CUT };
    let source = bench.make("grey.yuv", "-f lavfi -i testsrc2=s=320x180:r=24 -frames:v 9 -pix_fmt yuv420p -f rawvideo");
    let clip = bench.make(
        "grey.mkv",
        &format!(
            "-f rawvideo -pix_fmt yuv420p -s 320x180 -r 24 -i {} -c:v libx264 -qp 0 -colorspace bt709 -color_range tv",
            source.display()
        ),
    );
    let frames = Box::new(std::fs::File::open(&source).expect("it is there"));
    let plates = [plate];
    let one = draw_under(&bench.tools, canvas(24), Quality::Final, frames, cut, &plates, &bench.folder("one"));
    let two = ingest_under(
        &bench.tools,
        canvas(24),
        Quality::Final,
        &bench.probed(&clip),
        cut,
        &plates,
        &bench.folder("two"),
    );
    let raw = |body: &std::path::Path, name| {
        std::fs::read(bench.make(name, &format!("-i {} -f rawvideo", body.display()))).expect("it is there")
    };
    let (one, two) = (raw(&one.expect("it works").body, "1.yuv"), raw(&two.expect("it works").body, "2.yuv"));
    assert_eq!(one.len(), two.len());
    let off = one.iter().zip(&two).map(|(one, two)| u64::from(one.abs_diff(*two))).sum::<u64>();
    assert!(off * 10 < one.len() as u64 * 6, "{off} over {} bytes", one.len());
}

/// Leaves frames to be looked at in the target folder: `cargo nextest run -p retake-film captions_to_look_at --run-ignored all`.
#[test]
#[ignore = "it is looked at by people"]
fn captions_to_look_at() {
    let bench = Bench::new();
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("captions");
    std::fs::create_dir_all(&out).expect("a folder");
    let text = "For two thousand years a lighthouse could only shine. Then keepers learned to make it blink, and every harbour got its own rhythm.";
    for (index, (wide, high, source)) in [
        (1280, 720, "mandelbrot"),
        (1080, 1920, "testsrc2"),
        (640, 360, "allrgb"),
        (1280, 720, "color=white"),
        (128, 72, "testsrc2"),
        (720, 720, "smptehdbars"),
    ]
    .into_iter()
    .enumerate()
    {
        let canvas = Canvas::new(wide, high, 24).expect("it may be");
        let between = if source.contains('=') { ":" } else { "=" };
        let source = if source == "allrgb" {
            "color=0x9fb4c8:s=640x360:r=24:d=3".to_owned()
        } else {
            format!("{source}{between}s={wide}x{high}:r=24")
        };
        let clip =
            bench.probed(&bench.make(
                &format!("{index}.mp4"),
                &format!("-f lavfi -i {source} -t 3 -pix_fmt yuv420p -preset ultrafast"),
            ));
        let pages = captions::draw(text, Size::new(wide, high).expect("a legal size"));
        let spans = captions::share(&pages, 0..60);
        let plates: Vec<Plate> = pages
            .iter()
            .zip(spans)
            .map(|(page, span)| {
                Plate::new(canvas, span, (page.left, page.top), (page.width, page.height), &page.rgba).expect("it fits")
            })
            .collect();
        let cut = Cut { frames: 60, head: 0, tail: 0, ..CUT };
        let piece =
            ingest_under(&bench.tools, canvas, Quality::Final, &clip, cut, &plates, &bench.folder(&index.to_string()))
                .expect("it works");
        for (name, time) in [("first", "0.2"), ("last", "2.3")] {
            let frame = bench
                .make(&format!("{index}{name}.png"), &format!("-ss {time} -i {} -frames:v 1", piece.body.display()));
            std::fs::copy(frame, out.join(format!("{wide}x{high}-{index}-{name}.png"))).expect("it is copied");
        }
    }
}
