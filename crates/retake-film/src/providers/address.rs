//! Where a provider is spoken to.
//!
//! It owns what may stand in such an address. What may not is told without its words: they may hold a secret.

use url::Url;

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// It is no address of the web.
    NoAddress,
    /// It names a user or a password.
    User,
    /// It has a query.
    Query,
    /// It has a fragment.
    Fragment,
}

/// What is wrong with the address of a provider; nothing where it can be spoken to there.
#[must_use]
pub fn misfit(text: &str) -> Option<Misfit> {
    base(text).err()
}

/// What paths are put behind.
pub(super) fn base(text: &str) -> Result<Url, Misfit> {
    let web = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    let url = Url::parse(text).ok().filter(web).ok_or(Misfit::NoAddress)?;
    // An address can name nobody and still have the sign for it.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Misfit::User);
    }
    if url.query().is_some() {
        return Err(Misfit::Query);
    }
    if url.fragment().is_some() { Err(Misfit::Fragment) } else { Ok(url) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_web_that_paths_can_be_put_behind() {
        for text in ["https://api.example.com", "http://127.0.0.1:8188", "https://api.example.com/behind/a/proxy/"] {
            assert_eq!(misfit(text), None, "{text}");
        }
        for (text, why) in [
            ("", Misfit::NoAddress),
            ("api.example.com", Misfit::NoAddress),
            ("api.example.com:443", Misfit::NoAddress),
            ("ftp://api.example.com", Misfit::NoAddress),
            ("https://", Misfit::NoAddress),
            ("https://me@api.example.com", Misfit::User),
            ("https://me:secret@api.example.com", Misfit::User),
            ("https://:secret@api.example.com", Misfit::User),
            ("https://api.example.com?key=1", Misfit::Query),
            ("https://api.example.com/?", Misfit::Query),
            ("https://api.example.com/v1?key=1#top", Misfit::Query),
            ("https://api.example.com#top", Misfit::Fragment),
            ("https://api.example.com/#", Misfit::Fragment),
        ] {
            assert_eq!(misfit(text), Some(why), "{text}");
        }
    }
}
