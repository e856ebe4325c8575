//! A candidate's markdown never becomes markup of its own.

use crate::chance::Chance;
use daepyo_arena::markdown::{to_html, to_plain};

/// Everything that stands between `<` and `>` in the output.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect()
}

const ALLOWED: [&str; 58] = [
    "p dir=\"auto\"",
    "p class=\"clip\"",
    "/p",
    "h3 dir=\"auto\"",
    "/h3",
    "h4 dir=\"auto\"",
    "/h4",
    "h5 dir=\"auto\"",
    "/h5",
    "h6 dir=\"auto\"",
    "/h6",
    "blockquote dir=\"auto\"",
    "/blockquote",
    "pre dir=\"auto\"",
    "/pre",
    "code",
    "/code",
    "ul",
    "/ul",
    "/ol",
    "li dir=\"auto\"",
    "/li",
    "hr",
    "br",
    "em",
    "/em",
    "strong",
    "/strong",
    "del",
    "/del",
    "table",
    "/table",
    "thead",
    "/thead",
    "tbody",
    "/tbody",
    "tr",
    "/tr",
    "th scope=\"col\" dir=\"auto\"",
    "/th",
    "td dir=\"auto\"",
    "/td",
    "span class=\"ctl\"",
    "span class=\"address\"",
    "/span",
    "bdi",
    "/bdi",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
];

fn check(html: &str, source: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in tags(html) {
        let is_list = tag.strip_prefix("ol start=\"").is_some_and(|rest| {
            rest.strip_suffix('"').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        });
        assert!(is_list || (!tag.is_empty() && ALLOWED.contains(&tag)), "{tag:?} of {source:?}");
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{source:?}: {html}"),
            None if tag != "br" && tag != "hr" => open.push(tag.split(' ').next().unwrap()),
            None => {}
        }
    }
    assert_eq!(open, [] as [&str; 0], "{source:?}: {html}");
    assert!(!html.contains('\x1b') && !html.contains('\u{202e}') && !html.contains('\0'));
}

fn html(source: &str) -> String {
    let html = to_html(source, 100_000);
    check(&html, source);
    html
}

#[test]
fn usual_markdown() {
    assert_eq!(html("# 제목"), "<h3 dir=\"auto\">제목</h3>\n");
    assert_eq!(html("a  \nb"), "<p dir=\"auto\">a<br>\nb</p>\n");
    assert_eq!(
        html("3. 가\n4. 나"),
        "<ol start=\"3\">\n<li dir=\"auto\">가</li>\n<li dir=\"auto\">나</li>\n</ol>\n"
    );
    assert_eq!(html("- [x] ~~한 일~~"), "<ul>\n<li dir=\"auto\">☑ <del>한 일</del></li>\n</ul>\n");
    assert_eq!(
        html("|a|b|\n|-|-|\n|1|`2`|"),
        "<table>\n<thead><tr><th scope=\"col\" dir=\"auto\">a</th><th scope=\"col\" dir=\"auto\">b</th></tr></thead>\n<tbody>\n\
         <tr><td dir=\"auto\">1</td><td dir=\"auto\"><code>2</code></td></tr>\n</tbody></table>\n"
    );
    assert_eq!(html("```rust\nfn<T>\n```"), "<pre dir=\"auto\"><code>fn&lt;T&gt;\n</code></pre>\n");
}

/// Regression: `**` beside punctuation and a particle stayed on the page as it was written.
#[test]
fn emphasis_works_beside_particles() {
    let strong = |source: &str| html(source).matches("<strong>").count();
    for source in [
        "**[조코]**로 소리 납니다",
        "그는 **\"예\"**라고 했다",
        "값은**(약 3)**입니다",
        "**“인용”**은",
        "**50%**가",
    ] {
        assert_eq!(strong(source), 1, "{source}: {}", html(source));
        assert!(!html(source).contains('*') && !html(source).contains('\u{2053}'), "{}", html(source));
        assert!(!to_plain(source, 100).contains(['*', '\u{2053}']), "{}", to_plain(source, 100));
    }
    assert_eq!(html("**[조코]**로"), "<p dir=\"auto\"><strong>[조코]</strong>로</p>\n");
    // Within code, and where somebody writes the mark, all stays as it is.
    assert_eq!(html("`a)**가`"), "<p dir=\"auto\"><code>a)**가</code></p>\n");
    assert!(html("a\u{2053}b **가**").contains("a\u{2053}b <strong>가</strong>"));
    assert_eq!(strong("2 ** 3 ** 4"), 0);
}

/// A screen reader reads a head of nothing out.
#[test]
fn a_head_without_a_text_is_a_cell() {
    let found = html("| | b |\n|---|---|\n| 1 | 2 |\n");
    assert!(
        found.contains("<thead><tr><td dir=\"auto\"></td><th scope=\"col\" dir=\"auto\">b</th></tr></thead>"),
        "{found}"
    );
}

#[test]
fn raw_html_is_text() {
    let shown = html("<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> <b>굵게</b>");
    assert!(shown.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{shown}");
    assert!(shown.contains("&lt;img src=x onerror=alert(1)&gt; &lt;b&gt;굵게&lt;/b&gt;"), "{shown}");
}

#[test]
fn links_and_images_are_their_text_and_address() {
    assert_eq!(
        html("[여기](https://example.org/a?b=1&c)"),
        "<p dir=\"auto\"><bdi>여기</bdi> <span class=\"address\"><bdi>(https://example.org/a?b=1&amp;c)</bdi></span></p>\n"
    );
    assert_eq!(
        html("![그림](javascript:alert%281%29)"),
        "<p dir=\"auto\"><bdi>그림</bdi> <span class=\"address\"><bdi>(javascript:alert%281%29)</bdi></span></p>\n"
    );
    let long = html(&format!("[x](http://{})", "a".repeat(5_000)));
    assert!(long.len() < 600 && long.contains("…)"), "{long}");
    html("[![a](b)](c \"d\" )<https://e>");
}

#[test]
fn what_cant_be_seen_is_shown() {
    assert_eq!(
        html("a\x1b[31m\u{202e}b\0"),
        "<p dir=\"auto\">a<span class=\"ctl\">ESC</span>[31m<span class=\"ctl\">U+202E</span>b⟨NUL⟩</p>\n"
    );
    let stacked = html(&format!("e{}", "\u{301}".repeat(50)));
    assert_eq!(stacked.matches('\u{301}').count(), 6);
}

#[test]
fn a_long_text_is_cut_and_says_so() {
    assert_eq!(to_html("가나다", 2), "<p dir=\"auto\">가나</p>\n<p class=\"clip\">…</p>\n");
    assert_eq!(to_html("가나다", 3), "<p dir=\"auto\">가나다</p>\n");
    assert_eq!(to_plain("가나다", 2), "가나…\n");
    assert_eq!(to_html("", 0), "");
}

#[test]
fn deep_nesting_and_long_lines_end() {
    for piece in [
        ">", "> ", "- ", "1. ", "*", "_", "`", "[", "![", "](", "<", "|", "~", "**a ", "a_", "> - ", "\t",
        "&", "<!--", "#",
    ] {
        let source = piece.repeat(40_000 / piece.len());
        let begin = std::time::Instant::now();
        let out = html(&source);
        to_plain(&source, 100_000);
        assert!(begin.elapsed().as_secs() < 8, "{piece:?}: {:?}", begin.elapsed());
        assert!(
            out.matches("<blockquote").count() <= 24 && out.matches("<ul").count() <= 20_000,
            "{piece:?}"
        );
    }
    let line = "가".repeat(400_000);
    assert!(to_html(&line, 1_000_000).contains(&line));
}

#[test]
fn plain_text_has_no_marks() {
    assert_eq!(to_plain("1. 가\n   - **나**\n2. 다\n\n끝\x07", 100), "1. 가\n  - 나\n2. 다\n\n끝⟨BEL⟩\n");
    assert_eq!(to_plain("|a|b|\n|-|-|\n|1|2|", 100), "a | b\n1 | 2\n");
    assert_eq!(to_plain("> 인용 ![그림](x.png)", 100), "인용 그림 (x.png)\n");
}

#[test]
fn only_the_elements_of_the_list_come_out() {
    let pieces = [
        "<",
        ">",
        "script",
        "a",
        " ",
        "\n",
        "\n\n",
        "*",
        "**",
        "_",
        "`",
        "```\n",
        "[",
        "](",
        ")",
        "![",
        "\"",
        "'",
        "&",
        "&lt;",
        "- ",
        "> ",
        "1. ",
        "|",
        "-|-",
        "#",
        "\\",
        "javascript:",
        "http://",
        "onload=",
        "<!--",
        "-->",
        "\x1b",
        "\u{202e}",
        "\0",
        "\u{301}",
        "~~",
        "    ",
        "[ ]",
        "\r",
        "<![CDATA[",
        "<?",
        "가",
        "שלום",
    ];
    let mut chance = Chance(3);
    for _ in 0..4_000 {
        let source = chance.text(&pieces, 30);
        html(&source);
        to_plain(&source, 50);
    }
}
