use proptest::prelude::*;

use super::*;

const PROMPTS: [&str; 10] = [
    "calm piano by the sea at night",
    "cheerful ukulele, a sunny day",
    "tense strings, a chase in the dark",
    "epic orchestra and large drums",
    "ambient space",
    "a slow waltz, music box",
    "hopeful strings at sunrise",
    "fast synth, neon city",
    "sad cello",
    "",
];

fn chroma(score: &Score) -> [usize; 12] {
    let mut count = [0; 12];
    for (_, pitch) in score.pitches() {
        count[usize::from(pitch % 12)] += 1;
    }
    count
}

#[test]
fn the_same_words_give_the_same_bytes() {
    let bytes = |prompt: &str, seed| {
        let mut out = Vec::new();
        compose(prompt, seed, 5).write(&mut out).expect("memory can be written");
        out
    };
    for prompt in PROMPTS {
        assert_eq!(bytes(prompt, 1), bytes(prompt, 1), "{prompt}");
    }
    assert_ne!(bytes("calm", 1), bytes("calm", 2));
    assert_ne!(bytes("calm", 1), bytes("tense", 1));
    let hash = Hash::of([&bytes("calm piano by the sea at night", 0)[..]]).to_string();
    insta::assert_snapshot!(hash);
}

#[test]
fn it_is_a_wave_file_of_its_length() {
    let mut out = Vec::new();
    compose("calm", 0, 3).write(&mut out).expect("memory can be written");
    assert_eq!(out.len(), 44 + 3 * 48_000 * 4);
    assert_eq!(&out[..4], b"RIFF");
    assert_eq!(compose("calm", 0, 0).moments(), 48_000);
    assert_eq!(compose("calm", 0, u32::MAX).moments(), SECONDS_MAX * 48_000);
}

#[test]
fn words_choose_the_mood() {
    let said: Vec<String> =
        PROMPTS.iter().map(|prompt| format!("{prompt:?}: {}", compose(prompt, 0, 30).describe())).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn denied_drums_are_not_played() {
    let drums = |prompt: &str| {
        let is_drum = |note: &&Note| matches!(note.voice, Voice::Kick | Voice::Shaker | Voice::Drum);
        compose(prompt, 0, 30).notes.iter().filter(is_drum).count()
    };
    assert!(drums("cheerful and fast") > 0 && drums("epic") > 0);
    assert_eq!(drums("cheerful and fast, no drums"), 0);
    assert_eq!(drums("calm piano"), 0);
}

/// Peaks stay under -3 dBFS, the end meets the start, and nothing steps or stands still.
#[test]
fn it_neither_clips_nor_clicks() {
    for prompt in PROMPTS {
        let samples = compose(prompt, 3, 12).samples();
        let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        assert!((4_000..23_170).contains(&peak), "{prompt}: {peak}");
        let left: Vec<i32> = samples.iter().step_by(2).map(|sample| i32::from(*sample)).collect();
        let steps: Vec<i32> = left.iter().zip(left.iter().skip(1)).map(|(a, b)| (a - b).abs()).collect();
        let largest = steps.iter().max().copied().unwrap_or(0);
        let seam = (left[0] - left[left.len() - 1]).abs();
        assert!(seam <= largest, "{prompt}: {seam} at the seam, {largest} elsewhere");
        let sum: i64 = left.iter().map(|sample| i64::from(*sample)).sum();
        assert!((sum / 576_000).abs() < 40, "{prompt}: it stands off zero by {sum}");
        let blocks = left.chunks(4_800).map(|block| block.iter().map(|sample| sample.abs()).max().unwrap_or(0));
        assert!(blocks.min().unwrap_or(0) > 60, "{prompt}: a tenth of a second is silent");
    }
}

#[test]
fn two_prompts_sound_different() {
    let (calm, tense) = (compose("calm piano", 0, 20), compose("tense drums", 0, 20));
    assert_ne!(chroma(&calm), chroma(&tense));
    assert!(calm.notes.len() * 2 < tense.notes.len() * 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn all_notes_are_in_the_scale(prompt in 0usize..PROMPTS.len(), seed: u64, seconds in 1u32..240) {
        let score = compose(PROMPTS[prompt], seed, seconds);
        let scale = score.scale();
        prop_assert!(score.pitches().count() > 0);
        for (voice, pitch) in score.pitches() {
            prop_assert!(scale.contains(&(pitch % 12)), "{:?} {} not in {:?}", voice, pitch, scale);
            prop_assert!((33..=103).contains(&pitch), "{:?} {}", voice, pitch);
        }
        let end = score.moments();
        prop_assert!(score.notes.iter().all(|note| note.start < end + 400 && note.length > 0));
    }

    #[test]
    fn any_prompt_is_set_to_music(prompt in "\\PC{0,80}", seed: u64) {
        prop_assert!(compose(&prompt, seed, 20).notes.len() > 10);
    }

    /// What sounds together on a beat never rubs by a semitone in the same octave, held chords aside.
    #[test]
    fn chords_do_not_rub(prompt in 0usize..PROMPTS.len(), seed: u64) {
        let score = compose(PROMPTS[prompt], seed, 60);
        let held = |note: &&Note| matches!(note.voice, Voice::Pad | Voice::Bass);
        let notes: Vec<&Note> = score.notes.iter().filter(held).collect();
        for (index, one) in notes.iter().enumerate() {
            for two in notes.iter().skip(index + 1).take_while(|two| two.start == one.start) {
                prop_assert_ne!(one.pitch.abs_diff(two.pitch), 1, "{:?} {:?}", one, two);
            }
        }
    }
}
