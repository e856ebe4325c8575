//! What daepyo says to people, in Korean and English, from `messages/ko.ftl` and `messages/en.ftl`.
//!
//! The files are Project Fluent's; a test holds them to the same ids and the same variables.

mod message;

pub use message::{Argument, Explain, Message};

use daepyo_core::Language;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use std::sync::OnceLock;
use unic_langid::LanguageIdentifier;

const KO: &str = include_str!("../../../messages/ko.ftl");
const EN: &str = include_str!("../../../messages/en.ftl");

/// The text `id` (or `id.attribute`) in `language`, with its variables filled in.
///
/// An id that does not exist comes back as itself between braces, so that a page shows what is missing. A value of one
/// to nine digits without a leading zero is a count: it reads as it is written, and a message may choose its words by
/// it (`{ $n -> [one] … *[other] … }`). Any other value is text.
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
        filled.set(*name, count(value).map_or_else(|| FluentValue::from(*value), FluentValue::from));
    }
    let mut errors = Vec::new();
    Some(bundle.format_pattern(pattern, Some(&filled), &mut errors).into_owned())
}

/// The whole number that `text` is, where it is one that Fluent writes back digit by digit.
fn count(text: &str) -> Option<u32> {
    let is_plain = (1..=9).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
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
    //! Both files say the same things, and values read as they are written.
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::{EN, KO, text};
    use daepyo_core::Language;
    use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
    use fluent_syntax::parser::parse;
    use std::collections::{BTreeMap, BTreeSet};

    fn variables(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            let PatternElement::Placeable { expression } = element else { continue };
            let inline = match expression {
                Expression::Inline(inline) => inline,
                Expression::Select { selector, variants } => {
                    for variant in variants {
                        variables(&variant.value, found);
                    }
                    selector
                }
            };
            if let InlineExpression::VariableReference { id } = inline {
                found.insert(id.name.to_owned());
            }
        }
    }

    /// The variables of every message and attribute.
    fn entries(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let resource = parse(source).unwrap();
        let mut entries = BTreeMap::new();
        for entry in &resource.body {
            let Entry::Message(message) = entry else { continue };
            let name = message.id.name;
            let own = message.value.iter().map(|value| (name.to_owned(), value));
            let attributes = message.attributes.iter();
            let attributes = attributes.map(|one| (format!("{name}.{}", one.id.name), &one.value));
            for (id, pattern) in own.chain(attributes) {
                let mut found = BTreeSet::new();
                variables(pattern, &mut found);
                assert!(entries.insert(id.clone(), found).is_none(), "`{id}` stands twice");
            }
        }
        entries
    }

    #[test]
    fn korean_and_english_have_the_same_ids_and_variables() {
        assert_eq!(entries(KO), entries(EN));
    }

    #[test]
    fn counts_choose_the_words_around_them() {
        let said = |errors, warnings| {
            let arguments = [("file", "a.toml"), ("errors", errors), ("warnings", warnings)];
            text(Language::En, "check-invalid", &arguments)
        };
        assert_eq!(said("1", "0"), "a.toml is not valid: 1 error, 0 warnings");
        assert_eq!(said("21", "1"), "a.toml is not valid: 21 errors, 1 warning");
        let same = [("entries", "1"), ("files", "11"), ("rescored", "1000")];
        let verified = text(Language::En, "verify-same", &same);
        assert!(
            verified.starts_with("verified: 1 log entry, 11 files, 1000 samples scored again;"),
            "{verified}"
        );
        assert_eq!(
            text(Language::Ko, "shard-failures", &[("failures", "1")]),
            "답이 없는 요청: 1개. 같은 명령이 그것만 다시 묻습니다"
        );
    }

    /// Every count of an English message reads well for one.
    #[test]
    fn one_thing_is_never_many() {
        for (id, variables) in entries(EN) {
            let ones: Vec<_> = variables.iter().map(|name| (name.as_str(), "1")).collect();
            let said = text(Language::En, &id, &ones);
            let many =
                ["entries", "errors", "files", "findings", "points", "rows", "voters", "votes", "warnings"];
            assert!(!many.iter().any(|noun| said.contains(&format!("1 {noun}"))), "{id}: {said}");
        }
    }

    #[test]
    fn values_read_as_they_are_written() {
        let digest = "0".repeat(64);
        let values = [
            "20261105",
            "999999999",
            "1234567890",
            "18446744073709551615",
            "0",
            "007",
            "00",
            "0.950",
            "1.0",
            "1e3",
            "-1",
            "+1",
            "1,000",
            "1 000",
            "12 %",
            "",
            "１",
            "2026-11-21",
            "{ $file }",
            &digest,
        ];
        for value in values {
            for language in [Language::Ko, Language::En] {
                let said = text(language, "serve-listens", &[("model", "m"), ("address", value)]);
                let rest = said.replacen(value, "", 1).len();
                assert_eq!(rest + value.len(), said.len(), "{value}: {said}");
                assert!(said.contains(value), "`{value}` is not in: {said}");
            }
        }
    }
}
