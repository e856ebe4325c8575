//! What an error says to people: its code, and its words in their language. The errors' own `Display` is for logs.

mod backend;
mod evidence;
mod hub;
mod lineage;
mod phrases;
mod shard;
mod site;
mod stage;
mod task;
#[cfg(test)]
mod tests;
mod verdict;

use daepyo_core::{DateError, DigestError, IdError, Language, ModelSpecError};
use daepyo_messages::{Explain, Message};
use std::error::Error;
use std::io;

/// An error's code, where it has one, and what it says under it.
pub(crate) struct Explained {
    code: Option<&'static str>,
    message: Message,
}

impl Explained {
    fn coded(code: &'static str, message: Message) -> Self {
        Self { code: Some(code), message }
    }

    fn plain(message: Message) -> Self {
        Self { code: None, message }
    }

    /// The code and the words in `language`.
    pub(crate) fn text(&self, language: Language) -> String {
        let words = self.message.text(language);
        self.code.map_or_else(|| words.clone(), |code| format!("{code}: {words}"))
    }
}

/// What an error says; none where it is a library's.
pub(crate) fn explain(error: &(dyn Error + 'static)) -> Option<Explained> {
    stage::explain(error)
        .or_else(|| shard::explain(error))
        .or_else(|| task::explain(error))
        .or_else(|| hub::explain(error))
        .or_else(|| lineage::explain(error))
        .or_else(|| backend::explain(error))
        .or_else(|| evidence::explain(error))
        .or_else(|| verdict::explain(error))
        .or_else(|| site::explain(error))
        .or_else(|| core(error).map(Explained::plain))
        .or_else(|| error.downcast_ref().and_then(system).map(Explained::plain))
}

/// The error on one line: in `language` where it is ours or the system's, otherwise in the library's words.
pub(crate) fn line(error: &(dyn Error + 'static), language: Language) -> String {
    explain(error).map_or_else(|| error.to_string(), |explained| explained.text(language))
}

/// The error and its causes, one a line.
pub(crate) fn lines(error: &(dyn Error + 'static), language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        lines.push(line(error, language));
        next = error.source();
    }
    lines
}

/// What to do about the error: that of its innermost cause for which there is something to say.
pub(crate) fn help(error: &(dyn Error + 'static), language: Language) -> Option<String> {
    let inner = error.source().and_then(|source| help(source, language));
    inner.or_else(|| {
        let code = explain(error)?.code?;
        let id = format!("help-{}", code.replace("::", "-").replace('_', "-"));
        daepyo_messages::find(language, &id, &[])
    })
}

fn core(error: &(dyn Error + 'static)) -> Option<Message> {
    let id = error.downcast_ref::<IdError>().map(Explain::explain);
    id.or_else(|| error.downcast_ref::<DateError>().map(Explain::explain))
        .or_else(|| error.downcast_ref::<DigestError>().map(Explain::explain))
        .or_else(|| error.downcast_ref::<ModelSpecError>().map(Explain::explain))
}

/// The failures of the system that a person meets most; the others stay in the system's words.
fn system(error: &io::Error) -> Option<Message> {
    let id = match error.kind() {
        io::ErrorKind::NotFound => "system-not-found",
        io::ErrorKind::PermissionDenied => "system-permission",
        io::ErrorKind::AlreadyExists => "system-exists",
        io::ErrorKind::StorageFull => "system-full",
        io::ErrorKind::IsADirectory => "system-folder",
        io::ErrorKind::NotADirectory => "system-no-folder",
        io::ErrorKind::AddrInUse => "system-address-used",
        io::ErrorKind::ConnectionRefused => "system-refused",
        _ => return None,
    };
    // An error that a library made under such a kind has words of its own.
    error.raw_os_error().map(|_| Message::new(id))
}
