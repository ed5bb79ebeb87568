//! `retake token`: who may call the service.

use std::time::Duration;

use clap::{Args, Subcommand};
use retake_engine::money::Money;

use super::desk::{Desk, Outcome};
use super::exit::Code;
use crate::app::{Registry, Scope, Trouble, Wanted, now};

/// Say who may call the service, for what, and for how much money
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  retake token new ann --budget 20\n  retake token new viewer --scopes runs:read --days 30\n  retake token list\n  retake token revoke 3f9a0c21b7d4"
)]
pub(crate) struct TokenVerb {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token: it is told this once
    New(New),
    /// List tokens, without their secrets
    List,
    /// Take a token back, at once
    Revoke {
        /// Its id, as `retake token list` shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Debug, Args)]
struct New {
    /// For whom: their runs and money are their own
    #[arg(value_name = "TENANT")]
    tenant: String,
    /// What it lets them do
    #[arg(long, value_delimiter = ',', value_name = "SCOPES", default_values_t = [Scope::Read, Scope::Write])]
    scopes: Vec<Scope>,
    /// What the tenant may spend in all [default: `account_usd` of the configuration]
    #[arg(long, value_name = "USD")]
    budget: Option<Money>,
    /// For how many days it holds [default: until it is taken back]
    #[arg(long, value_name = "NUMBER")]
    days: Option<u32>,
}

impl TokenVerb {
    pub(super) fn act(self, desk: &Desk) -> Outcome {
        let ground = desk.ground(&desk.around.folder)?;
        ground.project.make()?;
        let registry = Registry::open(&ground.project.data)?;
        let now = now();
        match self.what {
            What::New(New { tenant, mut scopes, budget: total, days }) => {
                named(&tenant)?;
                scopes.sort_unstable();
                scopes.dedup();
                let expires = days.map(|days| now.after(Duration::from_secs(u64::from(days) * 86_400)));
                let (id, token) = registry.new_token(&Wanted { tenant, scopes, total, expires }, now)?;
                if desk.global.json {
                    desk.document(&serde_json::json!({"id": id, "token": token}))?;
                } else {
                    desk.data(&format!("{token}\n"))?;
                }
                desk.say("keep it: it is not shown again. From now on the service answers to tokens alone");
            }
            What::List => {
                let tokens = registry.tokens()?;
                if desk.global.json {
                    desk.document(&tokens)?;
                } else if tokens.is_empty() {
                    desk.say("there is no token: only this machine is served, and needs none");
                }
                for token in tokens.iter().filter(|_| !desk.global.json) {
                    let scopes = token.scopes.iter().map(|scope| scope.word()).collect::<Vec<_>>().join(",");
                    let state = match (token.revoked, token.expires) {
                        (Some(_), _) => "taken back".to_owned(),
                        (None, Some(at)) if at <= now => "expired".to_owned(),
                        (None, Some(at)) => format!("until {}", crate::ui::words::date(at)),
                        (None, None) => "holds".to_owned(),
                    };
                    desk.data(&crate::ui::text::safe(&format!(
                        "{}  {:<16} {scopes}  {state}",
                        token.id, token.tenant
                    )))?;
                    desk.data("\n")?;
                }
            }
            What::Revoke { id } => {
                if !registry.revoke(&id, now)? {
                    let trouble = Trouble::missing(format!("there is no token `{id}`"));
                    return Err(trouble.hint("`retake token list` shows their ids"));
                }
                desk.say("taken back: it is worth nothing from now on");
            }
        }
        Ok(Code::Complete)
    }
}

/// Whether this can be a tenant's name.
fn named(tenant: &str) -> Result<(), Trouble> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if (1..=64).contains(&tenant.len()) && tenant.chars().all(fits) && !["default", "rehearsal"].contains(&tenant) {
        return Ok(());
    }
    Err(Trouble::usage(format!("`{tenant}` cannot be the name of a tenant"))
        .hint("up to 64 letters, digits, `-`, `_` and `.`; not `default` and not `rehearsal`"))
}
