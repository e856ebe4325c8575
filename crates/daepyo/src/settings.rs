//! The environment, read once.

use crate::args::{Arguments, Lang};
use daepyo_core::Language;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Everything that comes from the environment.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Language of messages.
    pub(crate) language: Language,
    /// Whether standard error shows colours.
    pub(crate) colour: bool,
    /// Whether standard error is a terminal.
    pub(crate) terminal: bool,
    /// The signing key that the environment names.
    pub(crate) key: Option<PathBuf>,
    /// Where this person's own key lies, where there is a home.
    pub(crate) own_key: Option<PathBuf>,
    /// Folder for what can be made again, where there is a home.
    pub(crate) cache: Option<PathBuf>,
    variables: BTreeMap<String, String>,
}

impl Settings {
    pub(crate) fn from_environment(arguments: &Arguments) -> Self {
        let variables: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let get = |name: &str| variables.get(name).filter(|value| !value.is_empty());
        let locale = get("LC_ALL").or_else(|| get("LC_MESSAGES")).or_else(|| get("LANG"));
        let language = match arguments.lang {
            Some(Lang::Ko) => Language::Ko,
            Some(Lang::En) => Language::En,
            None => locale.map_or(Language::En, |locale| daepyo_messages::language_of(locale)),
        };
        let terminal = std::io::stderr().is_terminal();
        let data = get("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| get("HOME").map(|home| PathBuf::from(home).join(".local/share")));
        let cache = get("DAEPYO_CACHE")
            .map(PathBuf::from)
            .or_else(|| get("XDG_CACHE_HOME").map(|cache| PathBuf::from(cache).join("daepyo")))
            .or_else(|| get("HOME").map(|home| PathBuf::from(home).join(".cache/daepyo")));
        Self {
            language,
            colour: terminal && get("NO_COLOR").is_none(),
            terminal,
            key: get("DAEPYO_KEY").map(PathBuf::from),
            own_key: data.map(|data| data.join("daepyo").join("signing.key")),
            cache,
            variables,
        }
    }

    /// Where names of task files are kept between programs.
    pub(crate) fn task_index(&self) -> Option<PathBuf> {
        self.cache.as_ref().map(|cache| cache.join("task-index"))
    }

    /// The variables with which a bucket is reached.
    pub(crate) fn aws(&self) -> BTreeMap<String, String> {
        let own = self.variables.iter().filter(|(name, value)| name.starts_with("AWS_") && !value.is_empty());
        own.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The value of a variable that a programme or an option names, such as an API key's.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }
}
