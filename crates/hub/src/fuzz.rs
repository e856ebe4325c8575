//! What a hub sends back, read without a hub: the entry points of the fuzz target, no part of the API.

use crate::{card, glob, listing, models, redirect};
use reqwest::Url;

/// The paths of a listing's files, and whether it reads the same after it was written again; `None` where it is refused.
pub fn listing(bytes: &[u8]) -> Option<(Vec<String>, bool)> {
    let entries = listing::Entry::read_all(bytes)?;
    let again = listing::Entry::read_all(&listing::Entry::write_all(&entries));
    let paths = entries.iter().map(|entry| entry.path.as_str().to_owned()).collect();
    Some((paths, again.as_ref() == Some(&entries)))
}

/// The names of the models on a page of a list; `None` where it is refused.
pub fn models(bytes: &[u8]) -> Option<Vec<String>> {
    let models = models::models(bytes)?;
    models.into_iter().map(|model| Some(model.ok()?.repository.as_str().to_owned())).collect()
}

/// The target of the next page in a `Link` header.
pub fn next_link(header: &str) -> Option<&str> {
    listing::next_link(header)
}

/// The patterns of a card's configurations, for each those that can be read.
pub fn card(text: &str) -> Vec<(String, Vec<String>)> {
    let files = card::configs(text).into_iter().filter_map(|config| config.data_files);
    files.filter_map(|files| card::patterns(&files)).flatten().collect()
}

/// Whether a pattern of a card names a path.
pub fn names(pattern: &str, path: &str) -> bool {
    glob::matches(pattern, path)
}

/// Where a redirection from the hub leads, and whether the token goes along; `None` where it is not followed.
pub fn redirected(location: &str) -> Option<(String, bool)> {
    let hub = Url::parse("https://hub.example/datasets/a/b").ok()?;
    let to = redirect::target(&hub, location).ok()?;
    let token = redirect::may_know_token(&hub, &to);
    Some((to.to_string(), token))
}
