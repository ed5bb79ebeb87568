//! Speech made on this machine: by every speaker that is here.

use std::path::{Path, PathBuf};

use retake_film::local::voice::{Error, Speaker, Speech, Timing, Voices};
use retake_film::media::captions::cues;
use retake_film::media::process::{Program, Stop};
use retake_film::media::{probe, sniff, sound};

use crate::bench::Bench;

const TEXT: &str = "The mountain river carries cold water down to the sea. Energy is never lost, it only changes form!\n\n\
                    Dr. Smith — of Kraków — paid $42.50 for 3 e-books in 1990 & left… 😀";

/// The programs of this machine, with the neural voice where `make voice` puts it.
fn voices() -> Voices {
    let mut voices = Voices::default();
    #[expect(clippy::disallowed_methods, reason = "tests look for what is installed")]
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let home = variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join(".local/share")));
    if let Some(python) = home.map(|home| home.join("retake/voice/bin/python")).filter(|path| path.is_file()) {
        voices.python = Program::new(python, "python3");
    }
    voices
}

/// Those who can speak here; who cannot is named.
fn present() -> Vec<Speaker> {
    let survey = voices().survey(&Stop::default());
    for (speaker, state) in &survey.speakers {
        if let Err(lack) = state {
            #[expect(clippy::print_stdout, reason = "whoever reads the tests must see what was left out")]
            {
                println!("`{speaker}` is not tested: {}; hint: {}", lack.reason, lack.hint);
            }
        }
    }
    let present: Vec<Speaker> = Speaker::ALL.into_iter().filter(|speaker| survey.can(*speaker)).collect();
    assert!(!present.is_empty(), "nobody can speak here; hint: sudo apt-get install flite espeak-ng");
    assert_eq!(survey.best(), present.first().copied());
    present
}

fn speak(speaker: Speaker, text: &str, folder: &Path) -> Result<Speech, Error> {
    voices().speak(speaker, text, "en", folder, &Stop::default())
}

/// The samples of a file of ours.
fn samples(file: &Path) -> Vec<i16> {
    let bytes = std::fs::read(file).expect("it is there");
    bytes[44..].chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
}

/// The loudest sample of a stretch.
fn peak(samples: &[i16], rate: u32, from_ms: u64, to_ms: u64) -> u16 {
    let place = |ms: u64| usize::try_from(ms * u64::from(rate) / 1000).expect("it is short").min(samples.len());
    samples[place(from_ms)..place(to_ms)].iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0)
}

#[test]
fn every_word_has_its_time_and_silence_its_measure() {
    let bench = Bench::new();
    for speaker in present() {
        let speech = speak(speaker, TEXT, &bench.folder(speaker.name())).expect("it speaks");
        let said: Vec<&str> = speech.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(said.join(" "), TEXT.split_whitespace().collect::<Vec<_>>().join(" "), "{speaker}");
        assert!(said.contains(&"Smith —") && said.contains(&"left… 😀"), "{said:?}");
        let expected = if speaker == Speaker::Espeak { Timing::Estimated } else { Timing::Exact };
        assert_eq!((speech.timing, &speech.unread), (expected, &Vec::new()), "{speaker}");

        let all = samples(&speech.wave);
        let length = speech.samples * 1000 / u64::from(speech.rate);
        assert_eq!(all.len() as u64, speech.samples);
        assert!((7_000..20_000).contains(&length), "{speaker}: {length} ms");
        let mut at = 0;
        for word in &speech.words {
            assert!(at <= word.start_ms && word.start_ms < word.end_ms && word.end_ms <= length, "{speaker}: {word:?}");
            at = word.end_ms;
        }
        let loudest = all.iter().map(|sample| sample.unsigned_abs()).max().expect("there are samples");
        assert!((6_000..=32_767).contains(&loudest), "{speaker}: {loudest}");
        let is_soft = |from, to| peak(&all, speech.rate, from, to) < loudest / 25;
        assert!(is_soft(0, 20) && !is_soft(0, 120), "{speaker} begins too late or is clipped");
        assert!(
            is_soft(length - 50, length) && !is_soft(length - 200, length),
            "{speaker} ends too late or is clipped"
        );

        let (stop, next) = (&speech.words[9], &speech.words[10]);
        assert_eq!((stop.text.as_str(), next.text.as_str()), ("sea.", "Energy"));
        assert!((250..=550).contains(&(next.start_ms - stop.end_ms)), "{speaker}: {stop:?} {next:?}");
        assert!(is_soft(stop.end_ms + 80, next.start_ms - 60), "{speaker} speaks between two sentences");
    }
}

#[test]
fn equal_texts_give_equal_bytes_that_the_film_can_use() {
    let bench = Bench::new();
    for speaker in present() {
        let bytes = ["a", "b"].map(|name| {
            let speech = speak(speaker, "The same words, again.", &bench.folder(name)).expect("it speaks");
            (std::fs::read(&speech.wave).expect("it is there"), speech.words)
        });
        assert_eq!(bytes[0], bytes[1], "{speaker}");
        let wave = bench.path("a").join("speech.wav");
        let probed = probe::probe(&bench.tools, &wave, sniff::Kind::Audio).expect("it is taken");
        sound::decode(&bench.tools, &probed, &bench.path("film.wav")).expect("it is decoded");
        let left = std::fs::read_dir(bench.path("a")).expect("it is there").count();
        assert_eq!(left, 1, "{speaker} leaves more than its wave");
    }
}

#[test]
fn odd_texts_are_said_or_refused_with_a_reason() {
    let bench = Bench::new();
    let folder = bench.folder("odd");
    let long = "Water runs down, ".repeat(60);
    for speaker in present() {
        for text in ["-y", "%d %s $(id) `x` \\n a\u{0}b\r\nc", "[[x]] <speak>hi</speak> --help", &long] {
            let speech = speak(speaker, text, &folder).expect("it speaks");
            assert!(speech.samples > 0 && !speech.words.is_empty(), "{speaker}: {text:.20}");
        }
        for text in ["", " \n", "… — !", "😀 😀"] {
            let error = speak(speaker, text, &folder).expect_err("there is nothing to say");
            assert!(matches!(error, Error::Nothing) && error.hint().is_some(), "{speaker}: {error}");
        }
        let error = speak(speaker, &"a".repeat(401), &folder).expect_err("nobody can say it");
        assert!(matches!(error, Error::Word { letters: 401, .. }) && error.hint().is_some(), "{error}");
        let error = speak(speaker, &"a".repeat(20_001), &folder).expect_err("it is too long");
        assert!(matches!(error, Error::Long { letters: 20_001 }) && error.hint().is_some());
        let cyrillic = speak(speaker, "Привет, мир. Как дела?", &folder);
        if speaker == Speaker::Espeak {
            assert!(cyrillic.is_ok(), "it names the letters");
        } else {
            let error = cyrillic.expect_err("it cannot be read");
            assert!(matches!(error, Error::Unreadable { .. }) && error.hint().is_some(), "{error}");
            let mixed = speak(speaker, "Hello, Привет.", &folder).expect("half of it can be read");
            assert_eq!(mixed.unread, ["Привет."], "{speaker}");
            let german = voices().speak(speaker, "Guten Tag.", "de", &folder, &Stop::default());
            assert!(matches!(german, Err(Error::Language { .. })), "{speaker}");
        }
    }
}

#[test]
fn the_words_of_the_numbers_are_found_in_the_sound() {
    let bench = Bench::new();
    for speaker in present().into_iter().filter(|speaker| *speaker != Speaker::Espeak) {
        let speech = speak(speaker, TEXT, &bench.folder(speaker.name())).expect("it speaks");
        let length = |text: &str| {
            let word = speech.words.iter().find(|word| word.text == text).expect("it was said");
            word.end_ms - word.start_ms
        };
        assert!(length("$42.50") > 900, "{speaker}: forty-two dollars and fifty cents in {} ms", length("$42.50"));
        assert!(length("3") < 450 && length("to") < 350, "{speaker}: {} and {} ms", length("3"), length("to"));
        assert!(length("1990") > 500, "{speaker}: nineteen ninety in {} ms", length("1990"));
    }
}

#[test]
fn a_missing_speaker_is_named_with_what_to_type() {
    let mut voices = voices();
    voices.python = Program::new("/nowhere/python3", "python3");
    voices.flite = Program::new("no-such-flite", "flite");
    let survey = voices.survey(&Stop::default());
    let choice = survey.choose(&[Speaker::Neural, Speaker::Flite], "en");
    let said: Vec<String> = choice
        .skipped
        .iter()
        .map(|(speaker, lack)| format!("{speaker}: {}; hint: {}", lack.reason, lack.hint))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @"
    heart: `python3` is not installed; hint: run `make voice`, or install the Python package hibari-tts 0.2.1 for that Python
    flite: `no-such-flite` is not installed; hint: install it: sudo apt-get install flite
    ");
    let bench = Bench::new();
    let error =
        voices.speak(Speaker::Neural, "Hi.", "en", &bench.folder("x"), &Stop::default()).expect_err("no python");
    insta::assert_snapshot!(format!("{error}; hint: {}", error.hint().expect("a way out")), @"the local voice `heart` cannot speak: `python3` is not installed; hint: run `make voice`, or install the Python package hibari-tts 0.2.1 for that Python");
    voices.python = Program::new("false", "coreutils");
    let error =
        voices.speak(Speaker::Neural, "Hi.", "en", &bench.folder("x"), &Stop::default()).expect_err("no python");
    assert!(matches!(error, Error::Unable { .. }) && error.hint().is_some(), "{error}");
}

#[test]
fn speech_becomes_captions() {
    let bench = Bench::new();
    let speaker = present()[0];
    let speech = speak(speaker, TEXT, &bench.folder("x")).expect("it speaks");
    let length = std::time::Duration::from_millis(speech.samples * 1000 / u64::from(speech.rate));
    let cues = cues(&speech.words, length);
    assert!((3..=7).contains(&cues.len()), "{cues:?}");
    assert!(cues.iter().all(|cue| cue.to <= length && cue.text.lines().count() <= 2));
}
