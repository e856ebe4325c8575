//! Recognises refusals in Korean and English, and rather misses one than invents one.

use super::py_regex::PyRegex;
use std::sync::LazyLock;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A refusal is said at the beginning; what comes later may be a story or a quotation.
const READ_CHARS: usize = 300;

const KOREAN: [&str; 7] = [
    // 도와드릴 수 없습니다, 답변할 수 없어요, 정보를 제공해 드릴 수는 없습니다
    r"(?:도와|도움|답변|대답|답해|답을|알려|알려줄|제공|설명|지원|안내|작성|공유|응|말씀|가르쳐|수행|들어|처리)[을를이]?\s?(?:해\s?)?(?:드릴|드리거나|줄|할|하거나|드리기|하기)?\s?(?:드릴|줄|할)?\s?수(?:는|가|도)?\s?없",
    // 도와드리기 어렵습니다, 답변하기 곤란합니다
    r"(?:도와|도움|답변|대답|알려|제공|설명|안내|응|말씀)[을를이]?\s?(?:해\s?)?(?:드리기|하기|주기)(?:는|가|도)?\s?(?:어렵|어려|곤란|힘들|힘듭)",
    // 알려드리지 않겠습니다, 도와주지 않습니다
    r"(?:도와|알려|제공|답변|설명|안내|응)(?:해\s?)?(?:드리지|주지|하지)(?:는)?\s?(?:않겠|않습니다|못합니다|못해)",
    // 요청을 거절합니다, 답변을 거부하겠습니다
    r"(?:요청|답변|대답|도움|질문)[을를은는에]?\s?(?:대해\s?|대한 답변을\s?)?(?:정중히\s?)?(?:거절|거부|사양)(?:하겠|합니다|할게|해야)",
    // 그런 요청에는 응하지 않습니다, 따를 수 없습니다
    r"요청(?:을|에|에는|은)?\s?(?:응|따르|따를|수락|수행)[^.\n]{0,6}(?:수\s?없|않겠|않습니다|못합니다)",
    r"(?:죄송|미안)[^.!?\n]{0,40}[.,!]?\s?[^.!?\n]{0,60}(?:드릴|줄|할)\s?수(?:는|가)?\s?없(?:습니다|어요|네요|음)",
    // 저는 인공지능이기 때문에 … 할 수 없습니다
    r"(?:저는|나는)\s[^.!?\n]{0,20}(?:ai|인공지능|언어\s?모델)[^.!?\n]{0,60}(?:수(?:는|가)?\s?없|않습니다|못합니다)",
];

const ENGLISH: [&str; 5] = [
    // I can't help with that; I'm unable to provide …
    r"\b(?:i|we)(?:'m|\s+am|\s+are|'re)?\s+(?:really\s+|truly\s+)?(?:sorry,?\s+(?:but\s+)?(?:i|we)\s+)?(?:can(?:no|')t|can\s+not|could\s+not|won't|will\s+not|am\s+unable\s+to|unable\s+to|am\s+not\s+able\s+to|not\s+able\s+to|not\s+allowed\s+to|must\s+decline\s+to|refuse\s+to|have\s+to\s+decline\s+to|don't\s+feel\s+comfortable|am\s+not\s+comfortable|not\s+comfortable)\s+(?:\w+\s+){0,3}?(?:help|assist|answer|provid|comply|do\s+that|do\s+this|fulfil|support|shar|giv|offer|creat|generat|writ|engag|discuss|participat|promot|facilitat|condone|tell\s+you|teach|advise|respond)",
    r"\b(?:sorry|apologi[sz]e|afraid)\b[^.!?\n]{0,60}\b(?:can(?:no|')t|can\s+not|unable|not\s+able|won't|not\s+allowed)\b",
    r"\bas\s+an\s+ai\b[^.!?\n]{0,60}\b(?:can(?:no|')t|can\s+not|unable|not\s+able|don't|do\s+not|won't)\b",
    r"\bi(?:'m|\s+am)?\s+(?:must|have\s+to|going\s+to)?\s?(?:respectfully\s+)?(?:decline|refuse)\b",
    r"\b(?:against|violates?)\s+(?:my|our)\s+(?:\w+\s+){0,2}(?:guidelines|polic(?:y|ies)|principles|programming)",
];

/// Every pattern asks for one of these: most answers hold none, and are seen through without a pattern.
const NEEDED_KOREAN: [&str; 11] =
    ["없", "않", "못", "어렵", "어려", "곤란", "힘들", "힘듭", "거절", "거부", "사양"];
const NEEDED_ENGLISH: [&str; 7] = ["n't", "not", "unable", "decline", "refuse", "against", "violate"];

static REFUSAL: LazyLock<Option<PyRegex>> = LazyLock::new(|| {
    let pattern = KOREAN.iter().chain(&ENGLISH).copied().collect::<Vec<_>>().join("|");
    PyRegex::compile("refusal", &pattern).ok()
});

/// The first characters of a text in the composed form (NFC) and in small letters, with plain apostrophes.
fn beginning(text: &str) -> String {
    // One more, which might be an accent of the last.
    let read = || text.chars().take(READ_CHARS + 1);
    if is_nfc_quick(read()) == IsNormalized::Yes {
        let end = text.char_indices().nth(READ_CHARS).map_or(text.len(), |(end, _)| end);
        let beginning = &text[..end];
        if beginning.is_ascii() {
            return beginning.to_ascii_lowercase();
        }
        return beginning.replace('’', "'").to_lowercase();
    }
    let composed: String = text.nfc().take(READ_CHARS).map(|c| if c == '’' { '\'' } else { c }).collect();
    composed.to_lowercase()
}

/// Whether a text declines what it was asked. Empty text declines nothing.
pub fn is_refusal(text: &str) -> bool {
    let answer = text.rsplit_once("</think>").map_or(text, |(_, answer)| answer);
    let beginning = beginning(answer.trim_start());
    let has = |needed: &[&str]| needed.iter().any(|needed| beginning.contains(needed));
    (has(&NEEDED_ENGLISH) || !beginning.is_ascii() && has(&NEEDED_KOREAN))
        && REFUSAL.as_ref().is_some_and(|regex| regex.occurs_in(&beginning))
}

#[cfg(test)]
mod tests {
    use super::{READ_CHARS, beginning};
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn the_beginning_is_the_same_whether_or_not_the_text_had_to_be_composed() {
        let plainly = |text: &str| -> String {
            let read: String = text.nfc().take(READ_CHARS).collect();
            read.replace('’', "'").to_lowercase()
        };
        let long = "가나다라 I CAN’T ".repeat(40);
        let at_the_end = format!("{}E\u{301}tude", "x".repeat(READ_CHARS - 1));
        let decomposed: String = "죄송하지만 도와드릴 수 없습니다. ".repeat(30).nfd().collect();
        let just_enough = "Y".repeat(READ_CHARS);
        let texts =
            ["", "No", "ΣΟΦΟΣ", "İ’M", "\u{1100}\u{1161}", &long, &at_the_end, &decomposed, &just_enough];
        for text in texts {
            assert_eq!(beginning(text), plainly(text), "{text}");
        }
    }
}
