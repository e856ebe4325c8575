//! What daepyo says to people, in Korean and English, from `messages/ko.ftl` and `messages/en.ftl`.
//!
//! The files are Project Fluent's; a test holds them to the same ids and the same variables.

use daepyo_core::Language;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::sync::OnceLock;
use unic_langid::LanguageIdentifier;

const KO: &str = include_str!("../../../messages/ko.ftl");
const EN: &str = include_str!("../../../messages/en.ftl");

/// The text `id` (or `id.attribute`) in `language`, with its variables filled in.
///
/// An id that does not exist comes back as itself between braces, so that a page shows what is missing.
///
/// # Examples
/// ```
/// use daepyo_core::Language;
/// assert_eq!(daepyo_messages::text(Language::En, "gate-passed", &[]), "passed");
/// assert_eq!(daepyo_messages::text(Language::Ko, "gate-passed", &[]), "통과");
/// ```
pub fn text(language: Language, id: &str, arguments: &[(&str, &str)]) -> String {
    find(language, id, arguments).unwrap_or_else(|| format!("{{{id}}}"))
}

/// Like [`text`], but `None` where there is no such id.
pub fn find(language: Language, id: &str, arguments: &[(&str, &str)]) -> Option<String> {
    let bundle = bundle(language);
    let (message, attribute) = match id.split_once('.') {
        Some((message, attribute)) => (message, Some(attribute)),
        None => (id, None),
    };
    let message = bundle.get_message(message)?;
    let pattern = match attribute {
        Some(attribute) => message.get_attribute(attribute)?.value(),
        None => message.value()?,
    };
    let mut filled = FluentArgs::new();
    for (name, value) in arguments {
        filled.set(*name, FluentValue::from(*value));
    }
    let mut errors = Vec::new();
    Some(bundle.format_pattern(pattern, Some(&filled), &mut errors).into_owned())
}

/// The language of a POSIX locale (`ko_KR.UTF-8`) or of a browser's language list (`ko-KR,ko;q=0.9`); English
/// unless it begins with Korean.
pub fn language_of(locale: &str) -> Language {
    if locale.trim_start().to_ascii_lowercase().starts_with("ko") { Language::Ko } else { Language::En }
}

fn bundle(language: Language) -> &'static FluentBundle<FluentResource> {
    static BUNDLES: OnceLock<[FluentBundle<FluentResource>; 2]> = OnceLock::new();
    let [ko, en] = BUNDLES.get_or_init(|| [build("ko", KO), build("en", EN)]);
    match language {
        Language::Ko => ko,
        Language::En => en,
    }
}

fn build(language: &str, source: &str) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = language.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    // A broken entry is left out here and found by the test that reads both files.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    //! Both files say the same things.
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::{EN, KO};
    use fluent_syntax::{ast::Entry, parser::parse};
    use std::collections::{BTreeMap, BTreeSet};

    fn variables(source: &str) -> BTreeSet<String> {
        let parts = source.split("{ $").skip(1);
        parts.filter_map(|part| part.split([' ', '}']).next()).map(str::to_owned).collect()
    }

    fn entries(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let resource = parse(source).unwrap();
        let mut found = BTreeMap::new();
        for entry in &resource.body {
            if let Entry::Message(message) = entry {
                let fresh = found.insert(message.id.name.to_owned(), BTreeSet::new()).is_none();
                assert!(fresh, "`{}` stands twice", message.id.name);
                for attribute in &message.attributes {
                    found.insert(format!("{}.{}", message.id.name, attribute.id.name), BTreeSet::new());
                }
            }
        }
        let mut current = String::new();
        for line in source.lines() {
            if let Some((id, text)) = line.split_once(" = ") {
                let id = id.trim();
                current = match id.strip_prefix('.') {
                    Some(attribute) => format!("{}.{attribute}", current.split('.').next().unwrap()),
                    None => id.to_owned(),
                };
                if let Some(set) = found.get_mut(&current) {
                    set.extend(variables(text));
                }
            } else if let Some(set) = found.get_mut(&current) {
                set.extend(variables(line));
            }
        }
        found
    }

    #[test]
    fn korean_and_english_have_the_same_ids_and_variables() {
        assert_eq!(entries(KO), entries(EN));
    }
}
