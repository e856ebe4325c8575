//! Text in both languages at once, of which the page shows one.

use crate::visible;
use daepyo_core::{Language, Localized};
use maud::{Markup, Render, html};

/// The same text in Korean and English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Both {
    pub(crate) ko: String,
    pub(crate) en: String,
}

impl Both {
    /// A text of each language.
    pub(crate) fn of(text: impl Fn(Language) -> String) -> Self {
        Self { ko: text(Language::Ko), en: text(Language::En) }
    }

    /// The text of `language`.
    pub(crate) fn get(&self, language: Language) -> &str {
        match language {
            Language::Ko => &self.ko,
            Language::En => &self.en,
        }
    }

    /// The text of one language alone: it then reads the same in both.
    pub(crate) fn only(&self, language: Language) -> Self {
        Self::from(self.get(language))
    }

    /// `A, B, C` in Korean; `A, B and C` in English.
    pub(crate) fn list(items: &[Self]) -> Self {
        let ko = items.iter().map(|item| item.ko.as_str()).collect::<Vec<_>>().join(", ");
        let names: Vec<&str> = items.iter().map(|item| item.en.as_str()).collect();
        let en = match names.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => names.concat(),
        };
        Self { ko, en }
    }

    /// One text after the other, with `between` between them.
    pub(crate) fn join(items: &[Self], between: &str) -> Self {
        Self::of(|language| items.iter().map(|item| item.get(language)).collect::<Vec<_>>().join(between))
    }
}

/// The message `id` in both languages, with its variables filled in.
pub(crate) fn say(id: &str, arguments: &[(&str, &Both)]) -> Both {
    Both::of(|language| {
        let arguments: Vec<(&str, &str)> =
            arguments.iter().map(|(name, value)| (*name, value.get(language))).collect();
        daepyo_messages::text(language, id, &arguments)
    })
}

impl From<&str> for Both {
    fn from(text: &str) -> Self {
        Self { ko: text.to_owned(), en: text.to_owned() }
    }
}

impl From<String> for Both {
    fn from(text: String) -> Self {
        Self { ko: text.clone(), en: text }
    }
}

impl From<&Localized> for Both {
    fn from(text: &Localized) -> Self {
        Self { ko: text.ko.clone(), en: text.en.clone() }
    }
}

impl Render for Both {
    fn render(&self) -> Markup {
        if self.ko == self.en {
            return visible::line(&self.ko);
        }
        html! {
            span lang="ko" { (visible::line(&self.ko)) }
            span lang="en" { (visible::line(&self.en)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Both;

    #[test]
    fn lists_read_as_people_write_them() {
        let items: Vec<Both> = ["A", "B", "C"].map(Both::from).to_vec();
        let list = |n: usize| Both::list(items.get(..n).unwrap_or_default());
        assert_eq!(list(0), Both::from(""));
        assert_eq!(list(1), Both::from("A"));
        assert_eq!(list(2), Both { ko: "A, B".into(), en: "A and B".into() });
        assert_eq!(list(3), Both { ko: "A, B, C".into(), en: "A, B and C".into() });
    }
}
