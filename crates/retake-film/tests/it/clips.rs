//! Clips become conformant: as many frames as planned, in the film's size, whatever they were.

use std::path::Path;

use retake_film::media::fit::Fit;
use retake_film::media::ingest::{Cut, Piece, Short, draw, ingest};
use retake_film::media::join::{Kind, join};
use retake_film::media::process;
use retake_film::media::timeline::Join;
use retake_film::media::{Error, Quality, segment};

use crate::bench::{Bench, ask, brightness, canvas};

const CUT: Cut = Cut { frames: 40, head: 7, tail: 5, fit: Fit::Pad, short: Short::Slow };

fn size(path: Option<&Path>) -> u64 {
    path.map_or(0, |path| std::fs::metadata(path).expect("it is there").len())
}

fn check(bench: &Bench, piece: &Piece, cut: Cut, fps: u32) {
    let canvas = canvas(fps);
    let body = segment::read(&piece.body).expect("it can be read");
    assert_eq!((body.frames, body.delta), (cut.frames - cut.head - cut.tail, Some(512)));
    assert_eq!(body.timescale, fps * 512);
    assert_eq!(size(piece.head.as_deref()), u64::from(cut.head) * canvas.frame_bytes());
    assert_eq!(size(piece.tail.as_deref()), u64::from(cut.tail) * canvas.frame_bytes());
    if let Some(sound) = &piece.sound {
        let samples = u64::from(cut.frames * canvas.samples_per_frame());
        assert_eq!(size(Some(sound)) - 44, samples * 4, "{fps}");
    }
    let said =
        ask("ffprobe", "-v error -of csv=p=0 -count_frames -show_entries stream=nb_read_frames", &piece.body, "");
    assert_eq!(said.trim(), body.frames.to_string());
    let left = std::fs::read_dir(piece.body.parent().expect("it lies somewhere")).expect("it can be listed");
    assert!(
        left.flatten().all(|entry| !entry.path().to_string_lossy().ends_with(".part")),
        "{bench:?}",
        bench = bench.path("")
    );
}

#[test]
fn odd_sources_give_exact_frames_and_equal_parameter_sets() {
    let bench = Bench::new();
    let sine = "-f lavfi -i sine=d=3:r=44100";
    let sources = [
        ("plain.mp4", format!("-f lavfi -i testsrc2=s=320x180:r=24:d=3 {sine} -pix_fmt yuv420p")),
        ("tall.mp4", format!("-f lavfi -i testsrc2=s=180x320:r=25:d=2.96 {sine} -pix_fmt yuv420p")),
        (
            "ntsc.mp4",
            "-f lavfi -i testsrc2=s=320x180:r=24000/1001:d=3 -c:v libx265 -x265-params log-level=none".to_owned(),
        ),
        (
            "web.webm",
            format!(
                "-f lavfi -i testsrc2=s=212x120:r=16:d=3 {sine} -c:v libvpx-vp9 -cpu-used 8 -deadline realtime -c:a libopus"
            ),
        ),
        ("full.mp4", "-f lavfi -i testsrc2=s=322x182:r=30:d=3 -pix_fmt yuv444p".to_owned()),
        ("wide.mp4", "-f lavfi -i testsrc2=s=180x144:r=25:d=3 -vf setsar=64/45 -pix_fmt yuv420p".to_owned()),
        ("late.mkv", format!("-f lavfi -i testsrc2=s=320x180:r=24:d=3 -itsoffset 0.4 {sine} -pix_fmt yuv420p")),
    ];
    for fps in [24, 25, 30, 60] {
        let mut sets = Vec::new();
        for (index, (name, arguments)) in sources.iter().enumerate() {
            if fps != 24 && index > 2 {
                continue;
            }
            let clip = if fps == 24 { bench.make(name, arguments) } else { bench.path(name) };
            let frames = [41, 43, 37][index % 3];
            let cut = Cut { frames, fit: if index % 2 == 0 { Fit::Pad } else { Fit::Fill }, ..CUT };
            let probed = bench.probed(&clip);
            let folder = bench.folder(&format!("{name}.{fps}"));
            let piece = ingest(&bench.tools, canvas(fps), Quality::Final, &probed, cut, &folder).expect("it works");
            check(&bench, &piece, cut, fps);
            sets.push(segment::read(&piece.body).expect("it can be read").parameters);
            if let Some((tail, head)) = piece.tail.as_deref().zip(piece.head.as_deref()) {
                let wish = Join { kind: Kind::WipeLeft, frames: 5 };
                let both = folder.join("first.yuv");
                std::fs::write(&both, &std::fs::read(head).expect("it is there")[..5 * 86_400]).expect("it is written");
                let made = join(&bench.tools, canvas(fps), Quality::Final, wish, tail, &both, &folder.join("join.mp4"));
                sets.push(segment::read(&made.expect("it works")).expect("it can be read").parameters);
            }
        }
        sets.dedup();
        assert_eq!(sets.len(), 1, "parameter sets differ at {fps}");
    }
}

#[test]
fn a_short_clip_is_slowed_then_held_and_a_long_one_cut() {
    let bench = Bench::new();
    // Brightness grows with time, so that a frame says when it was.
    let ramp = "-f lavfi -i nullsrc=s=320x180:r=24:d=2,geq=lum=16+4*N:cb=128:cr=128 -pix_fmt yuv420p -crf 4";
    let clip = bench.probed(&bench.make("ramp.mp4", ramp));
    let of = |frames: u32, short: Short| {
        let cut = Cut { frames, head: 0, tail: 0, fit: Fit::Fill, short };
        let folder = bench.folder(&format!("{frames}.{short:?}"));
        brightness(&ingest(&bench.tools, canvas(24), Quality::Final, &clip, cut, &folder).expect("it works").body)
    };
    let last = |seen: &[u64]| *seen.last().expect("there are frames");
    let (whole, cut) = (of(48, Short::Slow), of(24, Short::Slow));
    assert!((whole.len(), cut.len()) == (48, 24) && last(&cut).abs_diff(whole[23]) < 4000);
    let slowed = of(54, Short::Slow);
    assert!(slowed[27].abs_diff(whole[24]) < 6000 && last(&slowed).abs_diff(last(&whole)) < 6000, "{slowed:?}");
    let held = of(80, Short::Slow);
    assert!(held[30].abs_diff(whole[24]) < 6000 && held[62].abs_diff(last(&whole)) < 6000, "{held:?}");
    assert!(of(80, Short::Hold)[50].abs_diff(last(&whole)) < 3000);
}

#[test]
fn colours_stay_what_they_were() {
    let bench = Bench::new();
    let source = "-f lavfi -i color=c=0x3060c0:s=1280x720:r=24:d=1,format=gbrp,scale=out_color_matrix=bt709:out_range=tv -pix_fmt yuv420p";
    let clip = bench.probed(&bench.make("blue.mp4", source));
    let cut = Cut { frames: 20, head: 0, tail: 0, ..CUT };
    let body =
        ingest(&bench.tools, canvas(24), Quality::Final, &clip, cut, &bench.folder("out")).expect("it works").body;
    let pixel = bench.make(
        "pixel.rgb",
        &format!("-i {} -frames:v 1 -vf scale=1:1:in_color_matrix=bt709 -f rawvideo -pix_fmt rgb24", body.display()),
    );
    let pixel = std::fs::read(pixel).expect("it is there");
    assert!(pixel.iter().zip([0x30_u8, 0x60, 0xc0]).all(|(found, wanted)| found.abs_diff(wanted) < 5), "{pixel:?}");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let bench = Bench::new();
    let clip = bench.make("a.mp4", "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -f lavfi -i sine=d=2 -pix_fmt yuv420p");
    let of = |folder: &str| {
        let piece = ingest(&bench.tools, canvas(24), Quality::Final, &bench.probed(&clip), CUT, &bench.folder(folder));
        let piece = piece.expect("it works");
        [Some(piece.body), piece.head, piece.tail, piece.sound]
            .map(|file| std::fs::read(file.expect("it is made")).expect("it is there"))
    };
    assert!(of("one") == of("two"));
}

#[test]
fn drawn_frames_and_pictures_become_clips() {
    let bench = Bench::new();
    let frames = canvas(24).frame_bytes() * 30;
    let reader = Box::new(std::io::Read::take(std::io::repeat(120), frames));
    let piece = draw(&bench.tools, canvas(24), Quality::Draft, reader, CUT, &bench.folder("drawn")).expect("it works");
    check(&bench, &piece, CUT, 24);
    let picture = bench.make("one.png", "-f lavfi -i testsrc2=s=400x400 -frames:v 1");
    let probed = retake_film::media::probe::probe(&bench.tools, &picture, retake_film::media::sniff::Kind::Image);
    let piece =
        ingest(&bench.tools, canvas(24), Quality::Final, &probed.expect("it is taken"), CUT, &bench.folder("still"));
    check(&bench, &piece.expect("it works"), CUT, 24);
}

#[test]
fn a_stopped_ingest_leaves_no_file() {
    let bench = Bench::new();
    let clip = bench
        .probed(&bench.make("a.mp4", "-f lavfi -i testsrc2=s=1280x720:r=24:d=8 -pix_fmt yuv420p -preset ultrafast"));
    let folder = bench.folder("out");
    let cut = Cut { frames: 180, ..CUT };
    let stop = bench.tools.stop.clone();
    let watched = folder.clone();
    let cutter = std::thread::spawn(move || {
        while std::fs::read_dir(&watched).map_or(0, Iterator::count) == 0 {
            std::thread::yield_now();
        }
        stop.cut();
    });
    let stopped = ingest(&bench.tools, canvas(24), Quality::Final, &clip, cut, &folder);
    cutter.join().expect("it ends");
    assert!(matches!(stopped, Err(Error::Process(process::Error::Stopped { .. }))), "{stopped:?}");
    assert_eq!(std::fs::read_dir(&folder).expect("it can be listed").count(), 0);
}

#[test]
fn every_kind_of_join_renders() {
    let bench = Bench::new();
    let raw = |name: &str, source: &str| {
        bench.make(name, &format!("-f lavfi -i {source} -frames:v 4 -pix_fmt yuv420p -f rawvideo"))
    };
    let (tail, head) = (raw("t.yuv", "testsrc2=s=320x180:r=24"), raw("h.yuv", "color=c=orange:s=320x180:r=24"));
    for kind in Kind::ALL {
        assert_eq!(Kind::named(kind.name()), Some(kind));
        if [Kind::Crossfade, Kind::WipeLeft, Kind::FadeGrays, Kind::HlSlice, Kind::FadeSlow].contains(&kind) {
            let wish = Join { kind, frames: 4 };
            join(&bench.tools, canvas(24), Quality::Draft, wish, &tail, &head, &bench.path(kind.name()))
                .expect("it works");
        }
    }
    let known = ask("ffmpeg", "-hide_banner -h", Path::new("filter=xfade"), "");
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !known.contains(&format!(" {} ", kind.ffmpeg()))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
