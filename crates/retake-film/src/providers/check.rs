//! Holds cards against what their models say of themselves, many at a time, before anything is bought.
//!
//! Owns what such a look can come to. It buys nothing, and it must not know who wants to know.

use std::sync::Arc;

use retake_engine::fault::{Class, Fault};
use tokio::runtime::Builder;
use tokio::task::JoinSet;

use super::{Card, Sellers};

/// How many are asked about at once.
const AT_ONCE: usize = 8;

/// What a look at a model came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// It publishes what it takes, and the card says the same.
    Agrees,
    /// It publishes what it takes, and the card says something else: one line each.
    Differs(Vec<String>),
    /// It is gone, or may not be used with this key.
    Gone(Fault),
    /// It publishes nothing that a card could be held against.
    Unpublished,
    /// Its provider was not asked: it has no key here.
    Unasked(String),
    /// Its provider did not answer, or not so that it could be understood.
    Silent(Fault),
}

/// Looks at these models and hands over what was found of each, as it comes. `see` says whether there is to be more.
///
/// # Errors
///
/// Where nobody can be asked at all.
pub fn check(
    cards: Vec<(String, Card)>,
    sellers: &Sellers,
    see: &mut dyn FnMut(&str, &Card, Finding) -> bool,
) -> std::io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut left, mut asked) = (cards.into_iter(), JoinSet::new());
        loop {
            while asked.len() < AT_ONCE
                && let Some((name, card)) = left.next()
            {
                match provider(&card, sellers) {
                    Ok(provider) => drop(asked.spawn(async move {
                        let finding = finding(provider.published(&card).await, &card);
                        (name, card, finding)
                    })),
                    Err(finding) => {
                        if !see(&name, &card, finding) {
                            return;
                        }
                    }
                }
            }
            match asked.join_next().await {
                Some(Ok((name, card, finding))) => {
                    if !see(&name, &card, finding) {
                        return;
                    }
                }
                // One that broke has nothing to say, and says so elsewhere.
                Some(Err(_)) => {}
                None => return,
            }
        }
    });
    Ok(())
}

fn provider(card: &Card, sellers: &Sellers) -> Result<Arc<dyn super::Provider>, Finding> {
    let unknown = || Finding::Unasked(format!("no provider is called `{}` here", card.provider));
    let seller = sellers.find(&card.provider).ok_or_else(unknown)?;
    if !seller.is_open() {
        return Err(Finding::Unasked(format!("set {}", seller.key_env)));
    }
    (seller.standard.open)(seller).map_err(Finding::Silent)
}

fn finding(published: Result<Option<super::Published>, Fault>, card: &Card) -> Finding {
    match published {
        Ok(None) => Finding::Unpublished,
        Ok(Some(published)) => match published.differences(card) {
            none if none.is_empty() => Finding::Agrees,
            found => Finding::Differs(found),
        },
        Err(fault) if fault.class == Class::Retired => Finding::Gone(fault),
        Err(fault) => Finding::Silent(fault),
    }
}
