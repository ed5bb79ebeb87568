use proptest::prelude::*;

use super::*;

fn piece(name: &str, join: u32, fixed: Option<u32>) -> Piece {
    let join = (join > 0).then(|| Join { kind: "crossfade".to_owned(), frames: join });
    Piece { ingest: name.into(), join, fixed, clip: None }
}

fn beat(name: &str, join: u32, fixed: Option<u32>) -> Beat {
    let pieces = vec![piece(&format!("{name}/ingest"), join, None)];
    Beat { voice: Some(format!("{name}/voice").as_str().into()), fixed, rest: 96, head: join, tail: 0, pieces }
}

fn lengths(of: &[(&str, u64)]) -> Lengths {
    of.iter().map(|(name, length)| ((*name).into(), *length)).collect()
}

fn all(beats: &[Beat], lengths: &Lengths) -> Sheet {
    lay(beats, &|_| true, lengths, 24)
}

#[test]
fn a_scene_lasts_as_its_voice_with_air() {
    let sheet = all(&[beat("a", 0, None)], &lengths(&[("a/voice", 48_000)]));
    // 0.25 s, 1 s and 0.45 s, each in whole frames.
    assert_eq!(sheet.timeline.frames, 6 + 24 + 11);
    assert_eq!(sheet.voices, [(0, 6)]);
}

#[test]
fn words_stay_out_of_joins() {
    let mut beats = [beat("a", 0, None), beat("b", 20, None)];
    beats[0].tail = 20;
    let sheet = all(&beats, &lengths(&[("a/voice", 48_000), ("b/voice", 48_000)]));
    assert_eq!(sheet.timeline.scenes[0].frames, 6 + 24 + 20);
    assert_eq!(sheet.timeline.scenes[1].head, 20);
    assert_eq!(sheet.voices[1].1, sheet.timeline.scenes[1].start + 20);
}

#[test]
fn a_fixed_length_shortens_the_join_instead() {
    let mut beats = [beat("a", 0, Some(30)), beat("b", 20, None)];
    beats[0].tail = 20;
    let sheet = all(&beats, &lengths(&[("a/voice", 48_000), ("b/voice", 48_000)]));
    assert_eq!(sheet.timeline.scenes[0].frames, 30);
    let voice_end = sheet.voices[0].1 + 24;
    assert!(sheet.timeline.scenes[1].start >= voice_end);
    assert!(sheet.stretched.is_empty());
}

#[test]
fn a_voice_longer_than_its_scene_lengthens_it() {
    let sheet = all(&[beat("a", 0, Some(20))], &lengths(&[("a/voice", 48_000)]));
    assert_eq!((sheet.timeline.frames, sheet.stretched), (41, vec![0]));
}

#[test]
fn shots_share_what_is_not_fixed() {
    let pieces = vec![piece("a.1/ingest", 0, None), piece("a.2/ingest", 0, Some(96)), piece("a.3/ingest", 12, None)];
    let scene = Beat { voice: None, fixed: Some(240), rest: 0, head: 0, tail: 0, pieces };
    let sheet = all(std::slice::from_ref(&scene), &Lengths::new());
    let frames: Vec<u32> = sheet.timeline.scenes.iter().map(|span| span.frames).collect();
    assert_eq!(frames, [78, 96, 78]);
    assert_eq!(sheet.timeline.frames, 240);
    // The others fill the time of one that is missing.
    let sheet = lay(&[scene], &|piece| piece.ingest.as_str() != "a.1/ingest", &Lengths::new(), 24);
    assert_eq!(sheet.timeline.frames, 240);
}

#[test]
fn what_is_missing_takes_no_time_and_the_others_meet() {
    let beats = [beat("a", 0, None), beat("b", 12, None), beat("c", 12, None)];
    let voices = lengths(&[("a/voice", 96_000), ("b/voice", 96_000), ("c/voice", 96_000)]);
    let sheet = lay(&beats, &|piece| piece.ingest.as_str() != "b/ingest", &voices, 24);
    assert_eq!(sheet.pieces.len(), 2);
    assert_eq!(sheet.timeline.scenes[1].head, 11, "as much as the air of the first leaves");
}

fn scenes() -> impl Strategy<Value = (Vec<Beat>, Lengths)> {
    let scene = (0u32..49, prop::option::of(1u32..200), prop::option::of(0u64..400_000), 1usize..4, 0u32..30);
    prop::collection::vec(scene, 1..7).prop_map(|scenes| {
        let joins: Vec<u32> = scenes.iter().enumerate().map(|(at, scene)| if at == 0 { 0 } else { scene.0 }).collect();
        let mut lengths = Lengths::new();
        let beats = scenes.iter().enumerate().map(|(at, (join, fixed, voice, shots, inner))| {
            let name: NodeId = format!("{at}/voice").as_str().into();
            if let Some(samples) = voice {
                lengths.insert(name.clone(), *samples);
            }
            let pieces =
                (0..*shots).map(|nth| piece(&format!("{at}.{nth}"), if nth == 0 { *join } else { *inner }, None));
            let (pieces, tail) = (pieces.collect(), joins.get(at + 1).copied().unwrap_or(0));
            Beat { voice: voice.map(|_| name), fixed: *fixed, rest: 72, head: joins[at], tail, pieces }
        });
        (beats.collect(), lengths)
    })
}

proptest! {
    #[test]
    fn words_are_never_in_a_join((beats, lengths) in scenes()) {
        let sheet = all(&beats, &lengths);
        for (at, start) in &sheet.voices {
            let samples = lengths[beats[*at].voice.as_ref().unwrap()];
            let end = start + (samples * 24).div_ceil(48_000);
            let of = |place: &&(&Placed, &timeline::Span)| place.0.beat == *at;
            let spans: Vec<_> = sheet.pieces.iter().zip(&sheet.timeline.scenes).collect();
            let (first, last) = (spans.iter().find(of).unwrap().1, spans.iter().rfind(of).unwrap().1);
            prop_assert!(*start >= first.start + u64::from(first.head));
            prop_assert!(end <= last.start + u64::from(last.frames) - u64::from(last.tail));
        }
    }

    #[test]
    fn three_scenes_are_enough_to_know_a_piece((beats, lengths) in scenes()) {
        let whole = all(&beats, &lengths);
        for at in 0..beats.len() {
            let from = at.saturating_sub(1);
            let window = &beats[from..(at + 2).min(beats.len())];
            let join = |at: usize| beats.get(at).map_or(0, |beat| beat.head);
            let edges = Edges { head: join(from), tail: join(at + 2) };
            let near = lay_within(window, &|_| true, &lengths, 24, edges);
            let of = |sheet: &Sheet, beat: usize| -> Vec<(u32, u32, u32)> {
                let spans = sheet.pieces.iter().zip(&sheet.timeline.scenes).filter(|(place, _)| place.beat == beat);
                spans.map(|(_, span)| (span.frames, span.head, span.tail)).collect()
            };
            prop_assert_eq!(of(&whole, at), of(&near, at - from));
        }
    }
}
