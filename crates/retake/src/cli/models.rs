//! `retake models`.

use std::fmt::Write as _;

use clap::Args;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::{Checked, Offered, Trouble, check, named};
use crate::ui::models::{self as pages, Row};
use crate::ui::{out, words};

/// List the models that plans can name
///
/// With a name it shows that one in full. With `--check` each usable provider is asked what the model takes, and what
/// is not as retake has it is said: exit 0 where all agree, 3 where something differs or did not answer, 4 where
/// nothing could be compared.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake models\n  retake models --kind video --available\n  retake models seedance-lite\n  retake models --check seedance-lite flux-dev\n  retake models --json"
)]
pub(crate) struct Models {
    /// One of them, in full; with --check those that are looked at
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Those that make this: video, image, speech, music, code
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Those of this provider; `local` for what this machine makes
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    /// Those that can be used here
    #[arg(long)]
    available: bool,
    /// Ask the providers whether the models still take what retake would give them
    #[arg(long)]
    check: bool,
}

impl Models {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = desk.ground(&desk.around.folder)?;
        let all = ground.craft.models(&ground.config)?;
        self.is_sensible(&all)?;
        let meant: Vec<&Offered> = if self.names.is_empty() {
            all.iter().filter(|model| self.wants(model)).collect()
        } else {
            self.names.iter().map(|name| named(&all, name)).collect::<Result<_, _>>()?
        };
        if self.check {
            return look(desk, &ground.config, &meant);
        }
        let look = out::data_look(desk.around.no_colour());
        if desk.global.json {
            desk.document(&meant)?;
        } else if self.names.is_empty() {
            let rows: Vec<Row> = meant.iter().map(|model| row(model)).collect();
            desk.data(&pages::page(&rows, &look).render(&look))?;
        } else {
            let told =
                meant.iter().map(|model| pages::one(&model.name, &model.about, &facts(model), &look).render(&look));
            desk.data(&told.collect::<Vec<_>>().join("\n"))?;
        }
        Ok(Code::Complete)
    }

    fn wants(&self, model: &Offered) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        is(&self.kind, &model.kind) && is(&self.provider, &model.provider) && (model.available || !self.available)
    }

    /// A kind or a provider of which there is none is a slip.
    fn is_sensible(&self, all: &[Offered]) -> Result<(), Trouble> {
        let known = |word: &Option<String>, what: &str, of: fn(&Offered) -> &str| {
            let Some(word) = word else { return Ok(()) };
            let mut names: Vec<&str> = all.iter().map(of).collect();
            names.sort_unstable();
            names.dedup();
            let near = crate::config::nearest(word, &names).map(|near| format!("did you mean `{near}`?"));
            let hint = near.unwrap_or_else(|| format!("there are {}", names.join(", ")));
            if names.contains(&word.as_str()) {
                return Ok(());
            }
            Err(Trouble::usage(format!("no model has the {what} `{word}`")).hint(hint))
        };
        known(&self.kind, "kind", |model| &model.kind)?;
        known(&self.provider, "provider", |model| &model.provider)
    }
}

fn row(model: &Offered) -> Row {
    Row {
        name: model.name.clone(),
        kind: model.kind.clone(),
        provider: model.provider.clone(),
        price: model.price_short.clone(),
        unverified: model.unverified,
        about: model.about.clone(),
        available: model.available,
        own: model.at.is_some(),
        set: model.set.clone(),
    }
}

/// All that is known of a model, a name and a text each.
fn facts(model: &Offered) -> Vec<(&'static str, String)> {
    let list = |items: &[String]| items.join(", ");
    let numbers = |items: &[u32]| items.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let here = match (&model.at, model.available) {
        (Some(at), true) => format!("if your server at {at} runs"),
        (None, true) => "yes".to_owned(),
        (_, false) => model.missing.clone().unwrap_or_default(),
    };
    let at = model.model.as_ref().map(|id| format!("{id} at {}", model.provider));
    let dedupe = model.dedupe.and_then(|dedupe| serde_json::to_value(dedupe).ok());
    let dedupe = dedupe.as_ref().and_then(serde_json::Value::as_str).map(against).unwrap_or_default();
    let card = |of: fn(&retake_film::providers::Card) -> String| model.card.as_ref().map(of).unwrap_or_default();
    vec![
        ("makes", format!("{}, {}", model.kind, model.how)),
        ("model", at.unwrap_or_else(|| "this machine".to_owned())),
        ("price", format!("{}{}", model.price, if model.unverified { "; not sure" } else { "" })),
        ("usable", here),
        ("seconds", numbers(&model.seconds)),
        ("shapes", list(&model.aspects)),
        ("sizes", list(&model.sizes)),
        ("references", if model.max_refs > 0 { format!("up to {} pictures", model.max_refs) } else { String::new() }),
        ("sound", if model.sound { "its clips have sound".to_owned() } else { String::new() }),
        ("text", model.max_chars.map(|most| format!("at most {most} characters")).unwrap_or_default()),
        ("languages", list(&model.languages)),
        (
            "takes",
            card(|card| card.inputs.iter().map(|(ours, theirs)| told(ours, theirs)).collect::<Vec<_>>().join(", ")),
        ),
        (
            "always",
            card(|card| {
                card.defaults.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
            }),
        ),
        ("paid twice", dedupe),
        (
            "kept",
            model
                .keeps_s
                .map(|secs| format!("{} at the provider", words::span(std::time::Duration::from_secs(secs))))
                .unwrap_or_default(),
        ),
        ("facts", model.facts.clone().unwrap_or_default()),
        ("source", model.source.clone().unwrap_or_default()),
    ]
}

fn told(ours: &str, theirs: &str) -> String {
    if ours == theirs { ours.to_owned() } else { format!("{ours} as {theirs}") }
}

/// What keeps the same from being paid for twice, in words.
fn against(word: &str) -> String {
    let words = match word {
        "key" => "no: a repeated order is recognised by its key",
        "client-id" => "no: an order is found again by an id of ours",
        "list" => "no: an order is found again in its provider's list, by a mark of ours where it takes one",
        "list-weak" => {
            "hardly: an order whose answer was lost is looked for in its provider's list, and held if in doubt"
        }
        "webhook" => "hardly: only its provider's call tells of an order whose answer was lost",
        _ => "possible: an order whose answer was lost cannot be found again; it is held, or written off if cheap",
    };
    format!("{words} ({word})")
}

/// Asks the providers, and says what differs.
fn look(desk: &Desk, config: &crate::config::Config, models: &[&Offered]) -> Outcome {
    let page_look = out::data_look(desk.around.no_colour());
    let (mut all, mut trouble) = (Vec::<Checked>::new(), None);
    let mut see = |checked: Checked| {
        let Checked { model, provider, finding, said } = &checked;
        let text = if desk.global.json {
            format!("{}\n", serde_json::to_string(&checked).unwrap_or_default())
        } else {
            pages::checked(model, provider, finding, said, &page_look).render(&page_look)
        };
        trouble = desk.data(&text).err();
        all.push(checked);
        trouble.is_none()
    };
    check(config, models, &mut see)?;
    if let Some(trouble) = trouble {
        return Err(trouble);
    }
    let count = |finding: &str| all.iter().filter(|checked| checked.finding == finding).count();
    let [agree, differ, gone, silent] = ["agrees", "differs", "gone", "silent"].map(count);
    let (mute, unasked) = (count("unpublished"), count("unasked"));
    let mut said = format!("{agree} agree, {differ} differ, {gone} gone");
    for (number, what) in [(silent, "did not answer"), (mute, "publish nothing"), (unasked, "were not asked")] {
        if number > 0 {
            let _ = write!(said, ", {number} {what}");
        }
    }
    desk.say(&said);
    if differ > 0 {
        desk.say("  hint: correct what differs under [models.NAME] in retake.toml");
    }
    Ok(match () {
        () if differ + gone > 0 || (silent > 0 && agree > 0) => Code::Partial,
        () if agree > 0 => Code::Complete,
        () => {
            desk.say("  hint: nothing could be compared; set the keys that `retake models` names, and try again");
            Code::Paused
        }
    })
}
