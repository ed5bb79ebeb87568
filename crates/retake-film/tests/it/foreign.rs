//! Foreign files are believed only after a look, and refused with a reason.

use std::time::Duration;

use retake_film::media::Error;
use retake_film::media::probe::{Refusal, probe};
use retake_film::media::sniff::Kind;

use crate::bench::Bench;

fn refusal(bench: &Bench, path: &std::path::Path, kind: Kind) -> Refusal {
    match probe(&bench.tools, path, kind) {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_clip_is_seen_as_it_is() {
    let bench = Bench::new();
    let clip = bench.make("a.mp4", "-f lavfi -i testsrc2=s=320x180:r=25:d=1 -f lavfi -i sine=d=1 -pix_fmt yuv420p");
    let seen = bench.probed(&clip);
    assert_eq!(seen.duration, Some(Duration::from_secs(1)));
    let picture = seen.picture.expect("it has pictures");
    assert_eq!((picture.codec.as_str(), picture.rate, picture.matrix), ("h264", Some((25, 1)), Some("bt601")));
    let sound = seen.sound.expect("it has sound");
    assert_eq!((sound.rate, sound.channels), (44_100, 1));
}

#[test]
fn a_playlist_in_disguise_is_refused() {
    let bench = Bench::new();
    let victim = bench.make("victim.ts", "-f lavfi -i testsrc2=s=64x64:d=1 -pix_fmt yuv420p");
    let clip = bench.path("clip.mp4");
    for text in [
        format!("ffconcat version 1.0\nfile '{}'\n", victim.display()),
        format!("#EXTM3U\n#EXTINF:1,\nfile:{}\n#EXT-X-ENDLIST\n", victim.display()),
        "<?xml version=\"1.0\"?><MPD></MPD>".to_owned(),
        "<html>502 Bad Gateway</html>".to_owned(),
    ] {
        std::fs::write(&clip, text).expect("it is written");
        assert_eq!(refusal(&bench, &clip, Kind::Video), Refusal::Text);
    }
}

#[test]
fn a_huge_picture_is_refused_quickly() {
    let bench = Bench::new();
    let picture = bench.make("huge.png", "-f lavfi -i color=s=12000x12000 -frames:v 1");
    let refusal = refusal(&bench, &picture, Kind::Image);
    assert!(matches!(refusal, Refusal::Pixels { .. } | Refusal::Undecodable(_)), "{refusal}");
}

#[test]
fn what_is_no_video_is_refused_by_its_reason() {
    let bench = Bench::new();
    let video = "-f lavfi -i testsrc2=s=320x180:d=2 -pix_fmt yuv420p";
    let path = bench.path("empty.mp4");
    std::fs::write(&path, "").expect("it is written");
    assert_eq!(refusal(&bench, &path, Kind::Video), Refusal::Empty);
    let sound = bench.make("sound.m4a", "-f lavfi -i sine=d=1");
    assert_eq!(refusal(&bench, &sound, Kind::Video), Refusal::Without("video"));
    let silent = bench.make("silent.mp4", video);
    assert_eq!(refusal(&bench, &silent, Kind::Audio), Refusal::Without("audio"));
    let picture = bench.make("one.png", "-f lavfi -i color=s=64x64 -frames:v 1");
    assert_eq!(refusal(&bench, &picture, Kind::Video), Refusal::Kind { wanted: Kind::Video, found: "png_pipe" });
    let whole = std::fs::read(&silent).expect("it is there");
    let half = bench.path("half.mp4");
    std::fs::write(&half, &whole[..whole.len() / 2]).expect("it is written");
    assert!(matches!(refusal(&bench, &half, Kind::Video), Refusal::Undecodable(_)));
    let noise: Vec<u8> = (0..9000_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0] | 1).collect();
    std::fs::write(&half, &noise[1..]).expect("it is written");
    assert!(matches!(refusal(&bench, &half, Kind::Video), Refusal::Unknown | Refusal::Text | Refusal::Kind { .. }));
    let odd = bench.make("odd.mkv", "-f lavfi -i testsrc2=s=64x64:d=1 -c:v ffv1");
    assert_eq!(refusal(&bench, &odd, Kind::Video), Refusal::Codec("ffv1".to_owned()));
}

#[test]
fn a_name_is_never_an_option_or_an_address() {
    let bench = Bench::new();
    let clip = bench.make("a.mp4", "-f lavfi -i testsrc2=s=64x64:d=1 -pix_fmt yuv420p");
    for name in ["-y", "a%d.mp4", "http:x.mp4", "it's \"odd\"\n.mp4", "\u{202e}4pm.mp4", "[0:v].mp4"] {
        let path = bench.path(name);
        std::fs::copy(&clip, &path).expect("it is copied");
        bench.probed(&path);
    }
}
