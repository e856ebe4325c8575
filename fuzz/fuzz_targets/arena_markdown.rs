//! A candidate's markdown and raw answer: only the elements of the list come out, properly nested, and a normalised
//! answer stays within its limit.
#![no_main]

use daepyo_arena::{
    answer::{AnswerRules, CUT_MARK, normalise},
    markdown::{to_html, to_plain},
};
use libfuzzer_sys::fuzz_target;

const EMPTY: [&str; 2] = ["br", "hr"];
const NAMES: [&str; 25] = [
    "p", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "ul", "ol", "li", "em", "strong", "del", "table", "thead",
    "tbody", "tr", "th", "td", "span", "bdi", "br", "hr", "a-never",
];
const ATTRIBUTES: [&str; 6] = [
    "",
    " dir=\"auto\"",
    " scope=\"col\" dir=\"auto\"",
    " class=\"ctl\"",
    " class=\"address\"",
    " class=\"clip\"",
];

fuzz_target!(|data: &[u8]| {
    let rules = AnswerRules { most_chars: 500, ..AnswerRules::default() };
    let answer = normalise(data, &rules);
    assert!(answer.text.chars().count() <= 500 + CUT_MARK.chars().count());

    let text = String::from_utf8_lossy(data);
    let html = to_html(&text, 2_000);
    let mut open = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("every tag has an end");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{html}");
            continue;
        }
        let name = tag.split(' ').next().unwrap_or_default();
        let attributes = &tag[name.len()..];
        let is_numbered = name == "ol"
            && attributes.strip_prefix(" start=\"").and_then(|rest| rest.strip_suffix('"')).is_some_and(|number| {
                number.bytes().all(|byte| byte.is_ascii_digit())
            });
        assert!(NAMES.contains(&name) && (is_numbered || ATTRIBUTES.contains(&attributes)), "<{tag}>");
        if !EMPTY.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{html}");
    for text in [&html, &to_plain(&text, 2_000)] {
        assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        assert!(!text.contains(['\u{202e}', '\u{2066}', '\u{200b}']));
    }
});
