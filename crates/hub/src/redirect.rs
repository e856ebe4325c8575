//! Which redirections are followed, and whether the token goes along.

use reqwest::Url;

/// At most so many, one after another.
pub(crate) const MOST: usize = 8;

/// Where `location` leads from `from`; the reason where it must not be followed.
pub(crate) fn target(from: &Url, location: &str) -> Result<Url, String> {
    let to = from.join(location).map_err(|_| "it redirects to something that is no address".to_owned())?;
    match (from.scheme(), to.scheme()) {
        ("https", "http") => Err("it redirects from https to http".to_owned()),
        (_, "http" | "https") => Ok(to),
        (_, scheme) => Err(format!("it redirects to `{scheme}:`")),
    }
}

/// Whether the token may be sent to `url`: to the hub's own origin only, never to the stores that it redirects to.
pub(crate) fn may_know_token(endpoint: &Url, url: &Url) -> bool {
    endpoint.origin() == url.origin()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
mod tests {
    use super::{may_know_token, target};
    use reqwest::Url;

    #[test]
    fn only_the_hub_itself_gets_the_token() {
        let hub = Url::parse("https://hub.example").unwrap();
        for (url, expected) in [
            ("https://hub.example/x", true),
            ("https://hub.example:443/x", true),
            ("https://hub.example:8443/x", false),
            ("http://hub.example/x", false),
            ("https://cdn.hub.example/x", false),
            ("https://hub.example.evil/x", false),
        ] {
            assert_eq!(may_know_token(&hub, &Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn redirections_to_files_and_to_plain_http_are_refused() {
        let from = Url::parse("https://hub.example/a/b").unwrap();
        assert!(target(&from, "file:///etc/passwd").is_err());
        assert!(target(&from, "http://hub.example/").is_err());
        assert_eq!(target(&from, "/c").unwrap().as_str(), "https://hub.example/c");
    }
}
