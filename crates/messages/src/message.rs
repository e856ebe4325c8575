//! A message whose language is chosen only when it is shown, and the errors of `core` as such messages.

use crate::text;
use daepyo_core::{DateError, DigestError, IdError, Language, Localized, ModelSpecError};

/// An entry of both message files with what fills its variables.
///
/// # Examples
/// ```
/// use daepyo_core::Language;
/// use daepyo_messages::Message;
/// let missing = Message::new("no-file").with("path", "votes.csv");
/// assert_eq!(missing.text(Language::En), "there is no file `votes.csv`");
/// assert_eq!(missing.text(Language::Ko), "파일 `votes.csv`이(가) 없습니다");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    id: &'static str,
    arguments: Vec<(&'static str, Argument)>,
}

impl Message {
    /// The message with this id in both files.
    pub const fn new(id: &'static str) -> Self {
        Self { id, arguments: Vec::new() }
    }

    /// The message with one more of its variables filled in.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }

    /// The words in `language`.
    pub fn text(&self, language: Language) -> String {
        self.fill(language, self.id)
    }

    /// The words of one of the message's attributes, such as `help`, in `language`.
    pub fn attribute(&self, language: Language, name: &str) -> String {
        self.fill(language, &format!("{}.{name}", self.id))
    }

    /// The words in both languages.
    pub fn both(&self) -> Localized {
        Localized { ko: self.text(Language::Ko), en: self.text(Language::En) }
    }

    fn fill(&self, language: Language, id: &str) -> String {
        let values: Vec<_> =
            self.arguments.iter().map(|(name, value)| (*name, value.text(language))).collect();
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        text(language, id, &values)
    }
}

/// What fills a variable of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The same in both languages: an id, a path, a number, what a person wrote.
    Same(String),
    /// Words of each language.
    Words(Localized),
    /// Another message.
    Message(Message),
}

impl Argument {
    fn text(&self, language: Language) -> String {
        match self {
            Self::Same(text) => text.clone(),
            Self::Words(words) => words.get(language).to_owned(),
            Self::Message(message) => message.text(language),
        }
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Same(text.to_owned())
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Same(text)
    }
}

impl From<Localized> for Argument {
    fn from(words: Localized) -> Self {
        Self::Words(words)
    }
}

impl From<Message> for Argument {
    fn from(message: Message) -> Self {
        Self::Message(message)
    }
}

/// An error that can say in both languages what its `Display` says to a log in English.
pub trait Explain {
    /// The message for people.
    fn explain(&self) -> Message;
}

impl Explain for IdError {
    fn explain(&self) -> Message {
        match self {
            Self::Id(text) => Message::new("core-id").with("text", text.as_str()),
            Self::Name(text) => Message::new("core-name").with("text", text.as_str()),
        }
    }
}

impl Explain for DateError {
    fn explain(&self) -> Message {
        Message::new("core-date").with("text", self.text())
    }
}

impl Explain for DigestError {
    fn explain(&self) -> Message {
        Message::new("core-digest").with("text", self.text())
    }
}

impl Explain for ModelSpecError {
    fn explain(&self) -> Message {
        Message::new("core-model-spec").with("text", self.text())
    }
}
