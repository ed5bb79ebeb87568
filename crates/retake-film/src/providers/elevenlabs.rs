//! ElevenLabs: speech together with where each letter lies, and where the words of a recording lie.
//!
//! Speech is answered on the spot. Nothing recognises a repetition; its history shows what was spoken, without a mark of
//! ours, so speech whose answer was lost is found there by voice, model and text. Alignments leave no trace.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use retake_engine::fault::{Class, Fault};
use retake_engine::moment::Moment;
use retake_engine::money::Money;
use retake_engine::performer::Candidate;
use serde_json::Value;

use super::answer::{self, Bad};
use super::http::{Auth, Http, Reply};
use super::request::Field;
use super::{
    Card, Fell, File, Given, Kind, Made, Order, Progress, Provider, Published, Request, Safety, Standard, Submitted,
    Units, Work, http, read, settings,
};

mod history;
mod letters;
mod words;

/// What holds of it unless somebody says otherwise.
pub(super) const STANDARD: Standard = Standard {
    name: "elevenlabs",
    base_url: "https://api.elevenlabs.io",
    keys: &["ELEVENLABS_API_KEY", "ELEVEN_API_KEY"],
    needs_key: true,
    keyless_elsewhere: false,
    per_minute: 120,
    concurrency: 4,
    request_timeout: Duration::from_secs(120),
    poll_every: Duration::from_secs(2),
    safety: Safety::ListWeak,
    grace: Duration::from_secs(120),
    lag: Duration::from_secs(10),
    keeps: None,
    open: |seller| Ok(Arc::new(ElevenLabs(Http::new(seller, Auth::Header("xi-api-key"))?))),
};

/// Where the words of a recording are asked for.
const ALIGNMENT: &str = "v1/forced-alignment";
/// The form of what is spoken, where a card names no other.
const FORMAT: &str = "mp3_44100_128";

#[derive(Debug)]
struct ElevenLabs(Http);

#[async_trait]
impl Provider for ElevenLabs {
    fn request(&self, order: &Order<'_>) -> Result<Request, Fault> {
        match order.card.kind {
            Kind::Speech => self.speech(order),
            Kind::Align => self.alignment(order),
            kind @ (Kind::Image
            | Kind::Video
            | Kind::Music
            | Kind::Code
            | Kind::Compile
            | Kind::Emotion
            | Kind::Rig) => Err(self.0.unsold(kind)),
        }
    }

    async fn submit(&self, card: &Card, request: &Request) -> Result<Submitted, Fell> {
        let reply = self.0.submit(request).await?;
        if !reply.is_ok() {
            return Err(self.0.refused(&reply, words::said(&reply)).into());
        }
        let made = if request.path == ALIGNMENT { self.aligned(&reply) } else { self.spoken(card, request, &reply) };
        made.map(Submitted::Made)
    }

    async fn poll(&self, work: Work<'_>) -> Result<Progress, Fell> {
        let item = self.item(work).await?;
        Ok(item.map_or(Progress::Gone, |item| Progress::Succeeded { charge: history::charge(work.card, &item) }))
    }

    async fn fetch(&self, work: Work<'_>) -> Result<Made, Fell> {
        let gone = || Bad::new(Class::Defective, "what it spoke is gone");
        let item = self.item(work).await?.ok_or_else(|| self.0.bad(&gone(), None))?;
        let reply = self.0.get(&format!("v1/history/{}/audio", work.ticket)).await?;
        match reply.status {
            404 | 410 => return Err(self.0.bad(&gone(), None)),
            _ if !reply.is_ok() => return Err(self.0.refused(&reply, words::said(&reply)).into()),
            _ if reply.body.is_empty() => return Err(self.0.bad(&Bad::empty(), None)),
            _ => {}
        }
        let words = letters::words(item.get("alignments").unwrap_or(&Value::Null));
        Ok(Made { files: vec![File::Bytes(reply.body)], words, answer: self.0.kept(&item), ..Made::default() })
    }

    /// What is answered on the spot cannot be stopped.
    async fn cancel(&self, _: Work<'_>) -> Result<(), Fault> {
        Ok(())
    }

    async fn find(&self, card: &Card, request: &Request, since: Moment) -> Result<Vec<Candidate>, Fault> {
        let (Some(voice), Some(sent)) = (voice_of(request), request.json()) else { return Err(self.0.unlisted()) };
        let mut found = Vec::new();
        let first = format!("v1/history?page_size=100&voice_id={voice}");
        let mut path = first.clone();
        for _ in 0..history::PAGES_MAX {
            let reply = self.0.get(&path).await?;
            if !reply.is_ok() {
                return Err(self.0.refused(&reply, words::said(&reply)));
            }
            let page = self.0.told_by(&reply)?;
            let Some(items) = page.get("history").and_then(Value::as_array) else {
                return Err(self.0.garbled(false, "its history is none"));
            };
            found.extend(items.iter().filter_map(|item| history::candidate(item, card, voice, &sent, since)));
            match history::next(&page, items, since) {
                Some(last) => path = format!("{first}&start_after_history_item_id={last}"),
                None => return Ok(found),
            }
        }
        // What lies further back was not seen: that it is not there cannot be said.
        if found.is_empty() { Err(self.0.garbled(false, "its history is too long to look through")) } else { Ok(found) }
    }

    async fn published(&self, card: &Card) -> Result<Option<Published>, Fault> {
        if card.kind != Kind::Speech {
            return Ok(None);
        }
        let reply = self.0.get("v1/models").await?;
        if !reply.is_ok() {
            return if matches!(reply.status, 404 | 405) {
                Ok(None)
            } else {
                Err(self.0.refused(&reply, words::said(&reply)))
            };
        }
        let models = reply.json().and_then(|models| models.as_array().cloned()).unwrap_or_default();
        let listed = models.iter().any(|model| read::field(model, "model_id") == Some(&card.model));
        if models.is_empty() || listed { Ok(None) } else { Err(self.0.unlisted_model(&card.model)) }
    }
}

impl ElevenLabs {
    fn speech(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let mut body = settings(order);
        let voice = body.remove(order.card.inputs.get("voice").map_or("voice", String::as_str));
        let voice = voice.as_ref().and_then(Value::as_str).filter(|voice| is_name(voice));
        let voice = voice.ok_or_else(|| {
            self.0.unfit("it is not said which voice speaks", "give the model `defaults = { voice = \"VOICE_ID\" }`")
        })?;
        let format = body.remove("output_format").as_ref().and_then(Value::as_str).map(str::to_owned);
        let format = format.filter(|format| is_name(format)).unwrap_or_else(|| FORMAT.to_owned());
        body.insert("text".to_owned(), order.prompt.as_str().into());
        body.insert("model_id".to_owned(), order.card.model.as_str().into());
        let path = format!("v1/text-to-speech/{voice}/with-timestamps?output_format={format}");
        Ok(Request::post(path, &Value::Object(body), order.units()))
    }

    fn alignment(&self, order: &Order<'_>) -> Result<Request, Fault> {
        let Some(Given::Inline { mime, bytes }) = &order.audio else {
            return Err(self.0.unfit("it takes recordings as files alone", "name the recording as a file"));
        };
        let fields = vec![Field::file("file", mime, bytes), Field::text("text", &order.prompt)];
        Ok(Request::form(ALIGNMENT, fields, order.units()))
    }

    fn spoken(&self, card: &Card, request: &Request, reply: &Reply) -> Result<Made, Fell> {
        let answer = self.0.read(reply)?;
        let Some(audio) = answer.get("audio_base64") else {
            return Err(self.0.garbled(true, "its answer has no speech").into());
        };
        let charge = charge(card, request, reply);
        let bytes = audio.as_str().and_then(http::from_base64).filter(|bytes| !bytes.is_empty());
        let bytes = bytes.ok_or_else(|| self.0.bad(&Bad::empty(), charge))?;
        let words = letters::words(&answer);
        Ok(Made { files: vec![File::Bytes(bytes)], words, charge, answer: self.0.kept(&answer), ..Made::default() })
    }

    fn aligned(&self, reply: &Reply) -> Result<Made, Fell> {
        let answer = self.0.read(reply)?;
        let words = letters::aligned(&answer);
        if answer.get("words").is_none() {
            return Err(self.0.garbled(true, "its answer has no words").into());
        }
        if words.is_empty() {
            return Err(self.0.bad(&Bad::empty(), None));
        }
        Ok(Made { words, answer: self.0.kept(&answer), ..Made::default() })
    }

    /// An item of the history; nothing where it is not known.
    async fn item(&self, work: Work<'_>) -> Result<Option<Value>, Fault> {
        let reply = self.0.get(&format!("v1/history/{}", work.ticket)).await?;
        match reply.status {
            404 | 410 => Ok(None),
            _ if !reply.is_ok() => {
                let said = words::said(&reply);
                // It says of an item that it does not know that the request is wrong.
                if said.message.as_deref().is_some_and(|text| text.contains("history_item_not_found")) {
                    return Ok(None);
                }
                Err(self.0.refused(&reply, said))
            }
            _ => self.0.told_by(&reply).map(Some),
        }
    }
}

/// Whether a text can stand in an address as it is.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() < 100
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The voice that a stored request names.
fn voice_of(request: &Request) -> Option<&str> {
    let voice = request.path.strip_prefix("v1/text-to-speech/")?.split('/').next()?;
    is_name(voice).then_some(voice)
}

/// What was charged. Its header counts credits, and some models take half a credit for a character, of which their price
/// knows already: so never less is believed than what was sent.
fn charge(card: &Card, request: &Request, reply: &Reply) -> Option<Money> {
    card.price.per_1k_chars?;
    let told = answer::count(Some(&reply.header("character-cost")?.into()))?;
    Some(card.price.of(&Units { chars: told.max(request.units.chars), ..Units::default() }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::answer::trial;
    use super::*;

    fn elevenlabs() -> ElevenLabs {
        ElevenLabs(Http::new(&STANDARD.seller("elevenlabs"), Auth::Header("xi-api-key")).unwrap())
    }

    fn card() -> Card {
        trial::card(json!({"provider": "elevenlabs", "kind": "speech", "model": "eleven_multilingual_v2",
            "inputs": {"prompt": "text", "seed": "seed", "speed": "voice_settings.speed"},
            "defaults": {"voice": "21m00Tcm4TlvDq8ikWAM", "speed": 1}, "price": {"per_1k_chars": "0.10"}}))
    }

    #[test]
    fn the_voice_stands_in_the_address() {
        let card = card();
        let mut order = trial::order(&card, "It blinks.");
        (order.seed, order.language) = (Some(7), Some("de".to_owned()));
        let request = elevenlabs().request(&order).unwrap();
        let path = "v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/with-timestamps?output_format=mp3_44100_128";
        assert_eq!((request.path.as_str(), voice_of(&request)), (path, Some("21m00Tcm4TlvDq8ikWAM")));
        // A language is named to those that have an input for it.
        let body = json!({"text": "It blinks.", "model_id": "eleven_multilingual_v2", "seed": 7,
            "voice_settings": {"speed": 1}});
        assert_eq!(request.json(), Some(body));
        let mut other = card.clone();
        other.defaults.insert("voice".to_owned(), "../user".into());
        assert!(elevenlabs().request(&trial::order(&other, "x")).is_err());
        other.defaults.insert("voice".to_owned(), "v".into());
        other.inputs.insert("language".to_owned(), "language_code".to_owned());
        let mut order = trial::order(&other, "x");
        order.language = Some("de".to_owned());
        assert_eq!(elevenlabs().request(&order).unwrap().json().unwrap()["language_code"], "de");
    }

    #[test]
    fn speech_comes_with_its_words_and_its_price() {
        let card = card();
        let request = elevenlabs().request(&trial::order(&card, "Hi you")).unwrap();
        let answer = json!({"audio_base64": "AAAA", "alignment": {"characters": ["H", "i", " ", "y", "o", "u"],
            "character_start_times_seconds": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5],
            "character_end_times_seconds": [0.1, 0.2, 0.3, 0.4, 0.5, 0.625]}});
        let made = |cost: &str| {
            let reply = trial::with(trial::reply(200, &answer), &[("character-cost", cost)]);
            elevenlabs().spoken(&card, &request, &reply).unwrap()
        };
        let words: Vec<_> =
            made("6").words.iter().map(|word| (word.text.clone(), word.start_ms, word.end_ms)).collect();
        assert_eq!(words, [("Hi".to_owned(), 0, 200), ("you".to_owned(), 300, 625)]);
        let charges = ["6", "3", "60", "-6", "many", "99999999999"].map(|cost| made(cost).charge.map(Money::micros));
        assert_eq!(charges, [Some(600), Some(600), Some(6_000), None, None, None]);
        let silent = trial::reply(200, &json!({"audio_base64": "", "alignment": null}));
        assert_eq!(elevenlabs().spoken(&card, &request, &silent).unwrap_err().fault.class, Class::Defective);
        let strange = trial::reply(200, &json!({"alignment": null}));
        assert_eq!(elevenlabs().spoken(&card, &request, &strange).unwrap_err().fault.class, Class::Unclear);
    }

    #[test]
    fn a_recording_is_aligned_with_its_words() {
        let card = trial::card(json!({"provider": "elevenlabs", "kind": "align", "model": "forced-alignment"}));
        let mut order = trial::order(&card, "Hi you");
        assert!(elevenlabs().request(&order).is_err());
        order.audio = Some(Given::Inline { mime: "audio/mpeg", bytes: vec![0].into() });
        assert_eq!(elevenlabs().request(&order).unwrap().path, ALIGNMENT);
        let answer = json!({"words": [{"text": "Hi", "start": 0.1, "end": 0.3}, {"text": " "}, {"text": "you"}]});
        let made = elevenlabs().aligned(&trial::reply(200, &answer)).unwrap();
        assert_eq!(made.words.len(), 1);
        let none = elevenlabs().aligned(&trial::reply(200, &json!({"words": []}))).unwrap_err();
        assert_eq!(none.fault.class, Class::Defective);
    }
}
