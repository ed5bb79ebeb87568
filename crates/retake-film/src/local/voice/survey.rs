//! Finds out who can speak here, without making anybody speak.
//!
//! Owns the reasons, in words, and the choice among those who can. It is quick: nothing heavy is loaded.

use std::time::Duration;

use crate::media::process::{self, Call, Limits, Stop};

use super::{Speaker, Voices, neural};

/// The version of the package that the neural voice is.
const VERSION: &str = "0.2.1";
/// How long one look may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Says what is missing, without loading it.
const LOOK: &str = "import importlib.metadata as m\nimport importlib.util as u\n\
    lacks = [n for n in ('numpy', 'onnxruntime', 'hibari') if u.find_spec(n) is None]\n\
    print(*lacks or [m.version('hibari-tts')])\n";

/// Why a speaker is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// Why, in words.
    pub reason: String,
    /// What to type.
    pub hint: String,
}

/// Who can speak here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Every speaker, the best first, and what it lacks.
    pub speakers: Vec<(Speaker, Result<(), Lack>)>,
}

/// Who is to speak, and who was passed over for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The first that can; nobody, where none can.
    pub speaker: Option<Speaker>,
    /// Those before it, and why.
    pub skipped: Vec<(Speaker, Lack)>,
}

impl Survey {
    /// The best speaker of English that can speak here.
    #[must_use]
    pub fn best(&self) -> Option<Speaker> {
        self.choose(&Speaker::ALL, "en").speaker
    }

    /// Whether that speaker can speak here.
    #[must_use]
    pub fn can(&self, speaker: Speaker) -> bool {
        self.speakers.iter().any(|(other, state)| *other == speaker && state.is_ok())
    }

    /// The first of a route that can speak a language here.
    #[must_use]
    pub fn choose(&self, route: &[Speaker], language: &str) -> Choice {
        let mut skipped = Vec::new();
        for speaker in route {
            let state = self.speakers.iter().find(|(other, _)| other == speaker).map(|(_, state)| state);
            let lack = match state {
                _ if !speaker.speaks(language) => Lack {
                    reason: format!("does not speak `{language}`"),
                    hint: "name a voice that does under `voice`".to_owned(),
                },
                Some(Ok(())) => return Choice { speaker: Some(*speaker), skipped },
                Some(Err(lack)) => lack.clone(),
                None => Lack { reason: "was not looked for".to_owned(), hint: speaker.hint().to_owned() },
            };
            skipped.push((*speaker, lack));
        }
        Choice { speaker: None, skipped }
    }
}

impl Voices {
    /// Finds out who can speak here.
    #[must_use]
    pub fn survey(&self, stop: &Stop) -> Survey {
        let look = |speaker: Speaker| {
            let lack = match speaker {
                Speaker::Neural => self.look_neural(stop),
                Speaker::Flite => self.look_flite(stop),
                Speaker::Espeak => ask(Call::new(&self.espeak, limits()).arg("--version"), stop).err(),
            };
            (speaker, lack.map_or(Ok(()), |reason| Err(Lack { reason, hint: speaker.hint().to_owned() })))
        };
        Survey { speakers: Speaker::ALL.map(look).into() }
    }

    fn look_neural(&self, stop: &Stop) -> Option<String> {
        let python = self.python.path.display();
        match ask(neural::python(self, LOOK), stop) {
            Err(reason) => Some(reason),
            Ok(said) if said.trim() == VERSION => None,
            Ok(said) if said.starts_with(|letter: char| letter.is_ascii_digit()) => {
                Some(format!("`{python}` has hibari-tts {}, and {VERSION} is needed", said.trim()))
            }
            Ok(said) => Some(format!("`{python}` lacks {}", said.split_whitespace().collect::<Vec<_>>().join(", "))),
        }
    }

    fn look_flite(&self, stop: &Stop) -> Option<String> {
        match ask(Call::new(&self.flite, limits()).arg("-lv"), stop) {
            Err(reason) => Some(reason),
            Ok(voices) if voices.split_whitespace().any(|voice| voice == super::flite::VOICE) => None,
            Ok(_) => Some(format!("`flite` lacks its voice `{}`", super::flite::VOICE)),
        }
    }
}

fn ask(call: Call, stop: &Stop) -> Result<String, String> {
    let said = call.run(stop).map_err(|error: process::Error| error.to_string())?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn limits() -> Limits {
    Limits { wall: PATIENCE, cpu: PATIENCE, memory_bytes: 1 << 30, file_bytes: 1 << 30, output_bytes: 1 << 20 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_passed_over_by_name() {
        let lack = Lack { reason: "`python3` lacks hibari".to_owned(), hint: "make voice".to_owned() };
        let speakers = vec![(Speaker::Neural, Err(lack.clone())), (Speaker::Flite, Ok(())), (Speaker::Espeak, Ok(()))];
        let survey = Survey { speakers };
        assert_eq!(survey.best(), Some(Speaker::Flite));
        let choice = survey.choose(&Speaker::ALL, "de-AT");
        assert_eq!(choice.speaker, Some(Speaker::Espeak));
        assert_eq!(choice.skipped[1].1.reason, "does not speak `de-AT`");
        assert_eq!(survey.choose(&[Speaker::Neural], "en").skipped, [(Speaker::Neural, lack)]);
        assert_eq!(survey.choose(&[Speaker::Espeak], "tlh").speaker, None);
    }
}
