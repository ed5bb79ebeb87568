//! A whole film out of odd clips: exact, in step, as loud as it should be, twice the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use retake_film::media::assemble::{Film, Link, assemble, odd_one_out};
use retake_film::media::captions::Cue;
use retake_film::media::fit::Fit;
use retake_film::media::ingest::{Cut, Short, ingest};
use retake_film::media::join::{Kind, join};
use retake_film::media::probe::probe;
use retake_film::media::sniff;
use retake_film::media::sound::{ClipSound, Loudness, Mix, Music, Own, Voice, decode, mix};
use retake_film::media::timeline::{Join, Segment, Timeline, Wish, lay};
use retake_film::media::{Canvas, Error, Quality};

use crate::bench::{Bench, ask, brightness, canvas};

struct Scene {
    clip: PathBuf,
    frames: u32,
    join: Option<Join>,
}

fn scene(clip: PathBuf, frames: u32, join: Option<(Kind, u32)>) -> Scene {
    Scene { clip, frames, join: join.map(|(kind, frames)| Join { kind, frames }) }
}

/// What is heard beside the clips.
#[derive(Default)]
struct Extras {
    voices: Vec<Voice>,
    music: Vec<Music>,
    cues: Vec<Cue>,
    drop_clips: bool,
}

fn film(bench: &Bench, canvas: Canvas, scenes: &[Scene], extras: Extras, name: &str) -> (Film, Timeline, Loudness) {
    let wishes: Vec<Wish> = scenes.iter().map(|scene| Wish { frames: scene.frames, join: scene.join }).collect();
    let line = lay(&wishes, canvas.fps());
    let mut pieces = Vec::new();
    let mut clips = Vec::new();
    for (index, (scene, span)) in scenes.iter().zip(&line.scenes).enumerate() {
        let clip = bench.probed(&scene.clip);
        let cut = Cut { frames: span.frames, head: span.head, tail: span.tail, fit: Fit::Pad, short: Short::Slow };
        let folder = bench.folder(&format!("{name}/{index}"));
        let piece = ingest(&bench.tools, canvas, Quality::Final, &clip, cut, &folder).expect("it is taken in");
        let own = if extras.drop_clips { Own::Drop } else { Own::Duck };
        clips.extend(piece.sound.clone().map(|file| ClipSound {
            file,
            start: span.start,
            frames: span.frames,
            head: span.head,
            tail: span.tail,
            own,
        }));
        pieces.push(piece);
    }
    let folder = bench.folder(&format!("{name}/film"));
    let link = |segment: &Segment| match *segment {
        Segment::Body { scene, frames } => Link { file: pieces[scene].body.clone(), frames },
        Segment::Join { scene, join: wish } => {
            let (tail, head) = (pieces[scene - 1].tail.as_deref(), pieces[scene].head.as_deref());
            let (tail, head) = tail.zip(head).expect("both gave");
            let file = folder.join(format!("join{scene}.mp4"));
            let file = join(&bench.tools, canvas, Quality::Final, wish, tail, head, &file).expect("it is joined");
            Link { file, frames: wish.frames }
        }
    };
    let links: Vec<Link> = line.segments.iter().map(link).collect();
    let Extras { voices, music, cues, .. } = extras;
    let wanted = Mix { frames: line.frames, clips, voices, music, duck_db: 12.0 };
    let (sound, loudness) = mix(&bench.tools, canvas, &wanted, &folder.join("sound.m4a")).expect("it is mixed");
    let film = assemble(&bench.tools, canvas, &links, &sound, (&cues, "pt-BR"), &folder).expect("it is assembled");
    (film, line, loudness)
}

/// Counts frames, reads every packet's times, and decodes all of it.
fn check(film: &Film, line: &Timeline, canvas: Canvas) {
    let path = &film.film;
    let said = ask("ffprobe", "-v error -select_streams v -show_entries packet=pts,dts -of csv=p=0", path, "");
    let mut times: Vec<(i64, i64)> = said
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(',').filter_map(|field| field.trim().parse().ok());
            Some((fields.next()?, fields.next()?))
        })
        .collect();
    assert_eq!(times.len() as u64, line.frames, "packets");
    assert!(times.windows(2).all(|two| two[1].1 - two[0].1 == 512), "dts");
    times.sort_unstable();
    assert_eq!(times[0].0, 0);
    assert!(times.windows(2).all(|two| two[1].0 - two[0].0 == 512), "pts");
    ask("ffmpeg", "-v error -xerror -i", path, "-f null -");
    assert_eq!(brightness(path).len() as u64, line.frames, "decoded frames");
    let durations =
        ask("ffprobe", "-v error -show_entries stream=codec_type,start_time,duration -of csv=p=0", path, "");
    for stream in durations.lines().filter(|line| line.starts_with(['v', 'a'])) {
        let fields: Vec<&str> = stream.split(',').collect();
        let duration = Duration::from_secs_f64(fields[2].parse().expect("a number"));
        let wanted = Duration::from_micros(canvas.micros(line.frames));
        assert_eq!(fields[1], "0.000000", "{stream}");
        assert!(duration.abs_diff(wanted) < Duration::from_micros(50), "{stream} for {wanted:?}");
    }
}

/// The film's sound, decoded by ffmpeg: one channel of 48,000 a second.
fn samples(path: &Path, bench: &Bench) -> Vec<u16> {
    let raw = bench.make("heard.raw", &format!("-i {} -ac 1 -ar 48000 -f s16le", path.display()));
    let bytes = std::fs::read(raw).expect("it is there");
    bytes.as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two).unsigned_abs()).collect()
}

fn plain(bench: &Bench, name: &str, source: &str, sound: &str) -> PathBuf {
    bench.make(name, &format!("-f lavfi -i {source} {sound} -pix_fmt yuv420p -preset ultrafast"))
}

const SIZES: &str = "s=320x180";

#[test]
fn films_are_exact_at_every_rate() {
    let bench = Bench::new();
    let sine = "-f lavfi -i sine=d=3";
    let clips = [
        plain(&bench, "a.mp4", &format!("testsrc2={SIZES}:r=24:d=3"), sine),
        plain(&bench, "b.mp4", "mandelbrot=s=180x320:r=25:end_pts=75,trim=duration=3", ""),
        plain(&bench, "c.mp4", &format!("testsrc={SIZES}:r=30000/1001:d=3"), sine),
    ];
    for (fps, lengths) in [(24, [47, 39, 53]), (25, [31, 44, 27]), (30, [61, 33, 52]), (60, [101, 77, 60])] {
        let [one, two, three] = lengths;
        let scenes = [
            scene(clips[0].clone(), one, None),
            scene(clips[1].clone(), two, Some((Kind::CircleOpen, 7))),
            scene(clips[2].clone(), three, Some((Kind::Crossfade, 18))),
            scene(clips[0].clone(), 9, Some((Kind::SlideLeft, 11))),
            scene(clips[1].clone(), 13, None),
        ];
        let (film, line, _) = film(&bench, canvas(fps), &scenes, Extras::default(), &format!("fps{fps}"));
        assert_eq!(film.frames, line.frames);
        check(&film, &line, canvas(fps));
    }
}

#[test]
fn beeps_stay_with_their_flashes() {
    let bench = Bench::new();
    let canvas = canvas(24);
    // A flash and a beep begin with the second second.
    let flash = format!("color=black:{SIZES}:r=24:d=3,drawbox=c=white:t=fill:enable='between(t,0.99,1.2)'");
    let beep = "-f lavfi -i aevalsrc='if(between(t\\,1\\,1.2)\\,sin(6283*t)\\,0)':s=44100:d=3 -c:a libopus -b:a 96k";
    let clip = plain(&bench, "flash.mp4", &flash, beep);
    let scenes: Vec<Scene> = [71, 69, 72, 67, 70]
        .into_iter()
        .enumerate()
        .map(|(index, frames)| scene(clip.clone(), frames, (index > 0).then_some((Kind::Crossfade, 4 + frames / 12))))
        .collect();
    let (film, line, _) = film(&bench, canvas, &scenes, Extras::default(), "flash");
    check(&film, &line, canvas);
    let (light, sound) = (brightness(&film.film), samples(&film.film, &bench));
    let loud = sound.iter().copied().max().unwrap_or(0) / 4;
    for span in &line.scenes {
        let begin = usize::try_from(span.start).expect("short");
        let flash = begin + light[begin..].iter().position(|light| *light > 100_000).expect("it flashes");
        let from = begin * 2000 + 30_000;
        let beep = from + sound[from..].iter().position(|sample| *sample > loud).expect("it beeps");
        let apart = beep.abs_diff(flash * 2000);
        assert_eq!(flash, begin + 24);
        assert!(apart < 480, "{apart} samples apart in the scene from {begin}");
    }
}

/// Loudness and true peak, by ffmpeg's meter.
fn other_meter(path: &Path) -> (f64, f64) {
    let said = ask("ffmpeg", "-hide_banner -nostats -i", path, "-map 0:a -af ebur128=peak=true -f null -");
    let summary = said.rsplit("Summary:").next().expect("there is one").to_owned();
    let value = |name: &str| -> f64 {
        let line = summary.lines().find(|line| line.trim().starts_with(name)).expect("it is there");
        line.split_whitespace().find_map(|word| word.parse().ok()).expect("a number")
    };
    (value("I:"), value("Peak:"))
}

fn sound_of(bench: &Bench, name: &str, source: &str) -> PathBuf {
    let file = bench.make(name, &format!("-f lavfi -i {source}"));
    let probed = probe(&bench.tools, &file, sniff::Kind::Audio).expect("it is taken");
    decode(&bench.tools, &probed, &bench.path(&format!("{name}.wav"))).expect("it is decoded")
}

#[test]
fn a_film_is_as_loud_as_it_should_be() {
    let bench = Bench::new();
    // Bursts are what a limiter is for; the voice is far too quiet, the music too loud.
    let burst = "-f lavfi -i aevalsrc='random(0)*if(lt(mod(t\\,0.7)\\,0.03)\\,1.8\\,0.05)-0.02':d=6:s=48000";
    let clip = plain(&bench, "burst.mp4", &format!("testsrc2={SIZES}:r=24:d=6"), burst);
    let voice = sound_of(&bench, "voice.mp3", "aevalsrc='0.02*sin(1500*t)*sin(9*t)':d=3:s=24000");
    let music = sound_of(&bench, "music.flac", "aevalsrc='0.9*sin(700*t)*sin(1.1*t)':d=4:s=44100");
    let scenes = [scene(clip.clone(), 140, None), scene(clip, 120, Some((Kind::FadeBlack, 12)))];
    let music = |volume| vec![Music { file: music.clone(), from: 0, to: u64::MAX / 4000, volume, duck_db: 12.0 }];
    let voices = vec![Voice { file: voice.clone(), start: 24_000 }, Voice { file: voice, start: 320_000 }];
    for (name, voices, music) in
        [("all", voices, music(0.3)), ("bursts", vec![], vec![]), ("music", vec![], music(1.0))]
    {
        let extras = Extras { voices, music, drop_clips: name == "music", ..Extras::default() };
        let (film, line, loudness) = film(&bench, canvas(24), &scenes, extras, name);
        check(&film, &line, canvas(24));
        let (loud, peak) = other_meter(&film.film);
        println!("{name}: {loud} LUFS, {peak} dBTP; {loudness:?}");
        assert!((-17.0..=-15.0).contains(&loud), "{name}: {loud} LUFS");
        assert!(peak <= -1.0, "{name}: {peak} dBTP");
        assert!((loudness.integrated.expect("it is heard") - loud).abs() < 0.3);
    }
}

#[test]
fn what_speaks_is_heard_over_the_rest() {
    let bench = Bench::new();
    let clip = plain(&bench, "hum.mp4", &format!("testsrc2={SIZES}:r=24:d=8"), "-f lavfi -i sine=f=300:d=8");
    let voice = sound_of(&bench, "voice.wav", "sine=f=3000:d=2");
    let extras = Extras { voices: vec![Voice { file: voice, start: 144_000 }], ..Extras::default() };
    let (film, _, _) = film(&bench, canvas(24), &[scene(clip, 192, None)], extras, "duck");
    let hum = bench.make("hum.wav", &format!("-i {} -af lowpass=f=500:p=2,lowpass=f=500:p=2", film.film.display()));
    let heard = samples(&hum, &bench);
    let loud = |from: usize| heard[from..from + 9600].iter().copied().max().map_or(0, u32::from);
    let (before, under, after) = (loud(48_000), loud(192_000), loud(336_000));
    // 12 dB are a factor of 4.
    assert!((33..48).contains(&(before * 10 / under)), "{before} {under}");
    assert!(before.abs_diff(after) * 20 < before, "{before} {after}");
}

#[test]
fn a_silent_film_has_a_silent_track_and_captions_stay_soft() {
    let bench = Bench::new();
    let clip = plain(&bench, "mute.mp4", &format!("testsrc2={SIZES}:r=24:d=3"), "");
    let words = "Fish & <chips>\n\n00:00 --> 00:01 {\\b1}bold";
    let cues = vec![
        Cue { from: Duration::from_millis(200), to: Duration::from_millis(900), text: words.to_owned() },
        Cue {
            from: Duration::from_millis(1100),
            to: Duration::from_millis(1900),
            text: "\u{5d0}\u{5d1} \u{1f600}".to_owned(),
        },
    ];
    let extras = Extras { cues, ..Extras::default() };
    let (film, line, loudness) = film(&bench, canvas(24), &[scene(clip, 60, None)], extras, "mute");
    check(&film, &line, canvas(24));
    assert_eq!(loudness, Loudness { integrated: None, peak: None });
    assert!(samples(&film.film, &bench).iter().all(|sample| *sample == 0));
    let back = ask("ffmpeg", "-v error -i", &film.film, "-map 0:s -f webvtt -");
    assert_eq!(back.matches("-->").count(), 2, "{back}");
    assert!(back.contains("Fish &") && back.contains("chips") && back.contains("\u{1f600}"), "{back}");
    assert!(back.contains("(/b1)bold"), "{back}");
    let track = ask(
        "ffprobe",
        "-v error -select_streams s -of csv=p=0 -show_entries",
        Path::new("stream=codec_name:stream_tags=language"),
        &film.film.display().to_string(),
    );
    assert_eq!(track.trim(), "mov_text,por");
    assert!(film.vtt.is_some_and(|path| path.is_file()) && film.srt.is_some_and(|path| path.is_file()));
}

#[test]
fn the_same_film_twice_is_the_same_bytes() {
    let bench = Bench::new();
    let clip = plain(&bench, "a.mp4", &format!("testsrc2={SIZES}:r=24:d=3"), "-f lavfi -i sine=d=3");
    let scenes = [scene(clip.clone(), 50, None), scene(clip, 50, Some((Kind::Dissolve, 10)))];
    let bytes = |name| {
        let (film, _, _) = film(&bench, canvas(24), &scenes, Extras::default(), name);
        std::fs::read(film.film).expect("it is there")
    };
    assert!(bytes("one") == bytes("two"));
}

#[test]
fn a_segment_of_another_encoder_is_found() {
    let bench = Bench::new();
    let clip = plain(&bench, "a.mp4", &format!("testsrc2={SIZES}:r=24:d=1"), "");
    let cut = Cut { frames: 20, head: 0, tail: 0, fit: Fit::Pad, short: Short::Hold };
    let piece = ingest(&bench.tools, canvas(24), Quality::Final, &bench.probed(&clip), cut, &bench.folder("x"));
    let other = bench.make(
        "odd.mp4",
        "-f lavfi -i testsrc2=s=320x180:r=24 -frames:v 20 -pix_fmt yuv420p -bf 0 -r 24 -video_track_timescale 12288",
    );
    let links = [piece.expect("it works").body, other.clone()].map(|file| Link { file, frames: 20 });
    assert_eq!(odd_one_out(&links).expect("they can be read"), Some(1));
    let sound = bench.make("s.m4a", "-f lavfi -i sine=d=1");
    let refused = assemble(&bench.tools, canvas(24), &links, &sound, (&[], "en"), &bench.folder("out"));
    assert!(matches!(refused, Err(Error::Mismatch { path, .. }) if path == other));
    assert_eq!(std::fs::read_dir(bench.path("out")).expect("it can be listed").count(), 0);
}
