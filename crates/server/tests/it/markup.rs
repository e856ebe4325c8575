//! Whether a page is well-formed HTML that assistive technology can follow.

use html5ever::driver::ParseOpts;
use html5ever::tendril::TendrilSink as _;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use std::collections::BTreeSet;

/// An element, in document order.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    parents: Vec<String>,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The elements of a page, which must parse without any error.
pub(crate) fn elements(what: &str, text: &str) -> Vec<Element> {
    let mut options = ParseOpts::default();
    options.tokenizer.exact_errors = true;
    options.tree_builder.exact_errors = true;
    let dom = html5ever::parse_document(RcDom::default(), options).one(text);
    let errors = dom.errors.borrow();
    assert!(errors.is_empty(), "{what}: {errors:?}");
    let mut found = Vec::new();
    walk(&dom.document, &mut Vec::new(), &mut found);
    found
}

fn walk(node: &Handle, parents: &mut Vec<String>, found: &mut Vec<Element>) {
    let mut pushed = false;
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let name = name.local.to_string();
        let attributes = attrs.borrow();
        let attributes = attributes.iter().map(|one| (one.name.local.to_string(), one.value.to_string()));
        found.push(Element {
            name: name.clone(),
            attributes: attributes.collect(),
            parents: parents.clone(),
        });
        parents.push(name);
        pushed = true;
    }
    for child in node.children.borrow().iter() {
        walk(child, parents, found);
    }
    if pushed {
        parents.pop();
    }
}

/// Parses a page and checks its structure; gives its elements.
pub(crate) fn check(what: &str, text: &str) -> Vec<Element> {
    let all = elements(what, text);
    let mut ids = BTreeSet::new();
    for id in all.iter().filter_map(|one| one.get("id")) {
        assert!(ids.insert(id.to_owned()), "{what}: id `{id}` stands twice");
    }
    for one in &all {
        let named = ["for", "aria-labelledby", "aria-describedby"];
        for id in named.iter().filter_map(|name| one.get(name)).flat_map(str::split_whitespace) {
            assert!(ids.contains(id), "{what}: {one:?} names `{id}`");
        }
        match one.name.as_str() {
            "a" => assert!(one.get("href").is_some(), "{what}: {one:?}"),
            "th" => assert!(one.get("scope").is_some(), "{what}: {one:?}"),
            "html" => assert!(matches!(one.get("lang"), Some("ko" | "en")), "{what}"),
            "script" => {
                let is_file = one.get("src").is_some_and(|file| file.starts_with("/script/"));
                assert!(is_file && one.get("defer").is_some(), "{what}: {one:?}");
            }
            "input" | "select" | "textarea" => {
                let is_labelled =
                    all.iter().any(|label| label.name == "label" && label.get("for") == one.get("id"));
                assert!(is_labelled || one.get("type") == Some("hidden"), "{what}: {one:?}");
            }
            // A table must not push the page wider than a small screen.
            "table" => assert!(one.parents.iter().any(|parent| parent == "div"), "{what}"),
            _ => {}
        }
        assert!(one.get("style").is_none(), "{what}: {one:?}");
        assert!(!one.attributes.iter().any(|(name, _)| name.starts_with("on")), "{what}: {one:?}");
    }
    let levels = all.iter().filter_map(|one| match one.name.as_str() {
        "h1" => Some(1),
        "h2" => Some(2),
        "h3" => Some(3),
        "h4" => Some(4),
        _ => None,
    });
    let levels: Vec<u32> = levels.collect();
    assert_eq!(levels.first(), Some(&1), "{what}");
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{what}");
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{what}: {levels:?}");
    assert_eq!(all.iter().filter(|one| one.name == "main").count(), 1, "{what}");
    assert!(!text.contains("{site-") && !text.contains("{report-"), "{what}: a message is missing");
    all
}

/// Where the links of a page lead.
pub(crate) fn links(all: &[Element]) -> Vec<String> {
    let linked = all.iter().filter(|one| matches!(one.name.as_str(), "a" | "link"));
    let links = linked.filter_map(|one| one.get("href")).filter(|link| !link.starts_with("data:"));
    links.map(str::to_owned).collect()
}

/// The text of a link without its encoding.
pub(crate) fn decoded(link: &str) -> String {
    let bytes = link.as_bytes();
    let (mut text, mut place) = (Vec::new(), 0);
    while place < bytes.len() {
        if bytes[place] == b'%' {
            text.push(u8::from_str_radix(&link[place + 1..place + 3], 16).unwrap());
            place += 3;
        } else {
            text.push(bytes[place]);
            place += 1;
        }
    }
    String::from_utf8(text).unwrap()
}
