//! A candidate's markdown as HTML of few elements, and as plain text.
//!
//! The elements are written here, from the events of a `CommonMark` parser, so that nothing of the source is ever markup:
//! raw HTML is shown as the text that it is, links and images as their text with the address behind it (nothing to click,
//! nothing loaded), and characters that can't be seen as `<span class="ctl">` with their name. Every block has
//! `dir="auto"`, so that right-to-left text in one turns no other around.
//!
//! All that may come out: `p h3 h4 h5 h6 blockquote pre code ul ol li hr br em strong del table thead tbody tr th td
//! span bdi`; attributes `dir="auto"`, `start` of a list and `class` of a `span` (`ctl`, `address`, `clip`) or of the
//! `p` at the end of a text that was cut (`clip`).

use daepyo_core::visible::{self, Place};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::fmt::Write as _;

/// Elements that lie deeper than this are left out; what they hold stays.
const DEEPEST: usize = 24;
/// Marks that open a quotation or a list, of one line: more of them are text.
const MARKERS: usize = 32;
/// Marks on top of each other that stand; more are shown by name.
const STACKED: usize = 6;
/// Characters of an address that are shown.
const ADDRESS: usize = 300;

/// The HTML of the first `limit` characters of `text`; a cut is shown.
///
/// # Examples
/// ```
/// use daepyo_arena::markdown::to_html;
/// assert_eq!(to_html("**예** <b>", 100), "<p dir=\"auto\"><strong>예</strong> &lt;b&gt;</p>\n");
/// ```
pub fn to_html(text: &str, limit: usize) -> String {
    let (text, is_cut) = head(text, limit);
    let source = with_marks(flattened(text));
    let mut writer = Html { out: String::with_capacity(source.len() * 2), ..Html::default() };
    for event in Parser::new_ext(&source, options()) {
        writer.take(event);
    }
    if is_cut {
        writer.out.push_str("<p class=\"clip\">…</p>\n");
    }
    without_marks(writer.out, text)
}

/// The words of the first `limit` characters of `text`, without marks of markdown but for those of lists; a cut is shown
/// by `…`.
///
/// # Examples
/// ```
/// use daepyo_arena::markdown::to_plain;
/// assert_eq!(to_plain("# 제목\n\n- **하나**\n- [둘](https://example.org)", 100), "제목\n\n- 하나\n- 둘 (https://example.org)\n");
/// ```
pub fn to_plain(text: &str, limit: usize) -> String {
    let (text, is_cut) = head(text, limit);
    let source = with_marks(flattened(text));
    let mut writer = Plain { out: String::with_capacity(source.len()), ..Plain::default() };
    for event in Parser::new_ext(&source, options()) {
        writer.take(event);
    }
    let mut plain = writer.out.trim_end().to_owned();
    if is_cut {
        plain.push('…');
    }
    plain.push('\n');
    without_marks(plain, text)
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// The first `limit` characters, and whether there are more.
fn head(text: &str, limit: usize) -> (&str, bool) {
    match text.char_indices().nth(limit) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), true),
        None => (text, false),
    }
}

/// The source with line ends of one kind, no NUL (which the parser would replace unseen), and no line that opens more
/// than [`MARKERS`] blocks: time and depth grow with those.
fn flattened(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "⟨NUL⟩");
    let mut source = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut markers = 0;
        let place = line.char_indices().find(|(place, c)| {
            let opens = match c {
                '>' | '-' | '*' | '+' => true,
                ' ' | '\t' => return false,
                '0'..='9' | '.' | ')' => {
                    line.get(place + 1..).is_some_and(|next| next.starts_with([' ', '\t']))
                }
                _ => return true,
            };
            markers += usize::from(opens);
            markers > MARKERS
        });
        match place {
            Some((place, _)) if markers > MARKERS => {
                let (kept, rest) = line.split_at(place);
                source.push_str(kept);
                source.push('\\');
                source.push_str(rest);
            }
            _ => source.push_str(line),
        }
    }
    source
}

/// A punctuation mark that hardly anybody writes (a swung dash). It stands where a bold part ends or begins beside a letter of
/// Korean, and is taken out again of what is drawn.
const MARK: char = '\u{2053}';

/// The source with marks by which emphasis works in Korean. `CommonMark` lets `**` end a part behind punctuation only where no
/// letter follows, and begin one likewise. Particles follow without a space: in `**[조코]**로` it would stay as it is written.
fn with_marks(source: String) -> String {
    if !source.contains('*') || source.contains(MARK) {
        return source;
    }
    let mut marked = String::with_capacity(source.len() + 16);
    let mut before = None;
    let mut rest = source.as_str();
    while let Some(start) = rest.find('*') {
        let (head, from) = rest.split_at(start);
        marked.push_str(head);
        let behind = from.trim_start_matches('*');
        let run = from.strip_suffix(behind).unwrap_or(from);
        let last = head.chars().next_back().or(before);
        let next = behind.chars().next();
        let is_mark = |c: Option<char>| c.is_some_and(|c| !c.is_alphanumeric() && !c.is_whitespace());
        let (begins, ends) =
            (last.is_some_and(is_cjk) && is_mark(next), is_mark(last) && next.is_some_and(is_cjk));
        if begins {
            marked.push(MARK);
        }
        marked.push_str(run);
        if ends {
            marked.push(MARK);
        }
        before = Some('*');
        rest = behind;
    }
    marked.push_str(rest);
    marked
}

/// What is drawn without the marks of [`with_marks`]; a text that has such characters itself was given none.
fn without_marks(drawn: String, text: &str) -> String {
    if text.contains(MARK) || !drawn.contains(MARK) { drawn } else { drawn.replace(MARK, "") }
}

/// A letter of scripts that are written without spaces between words and what belongs to them.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3040}'..='\u{318f}' | '\u{31a0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{a960}'..='\u{a97f}' | '\u{ac00}'..='\u{d7ff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// `text` with markup escaped and what can't be seen shown by name, in elements.
fn escaped(text: &str, out: &mut String) {
    let mut stacked = 0;
    for c in text.chars() {
        stacked = if unicode_normalization::char::is_combining_mark(c) { stacked + 1 } else { 0 };
        match (visible::name(c, Place::Block), c) {
            (Some(name), _) => out.extend(["<span class=\"ctl\">", &name, "</span>"]),
            (None, _) if stacked > STACKED => {
                // Writing to a string can't fail.
                let _ = write!(out, "<span class=\"ctl\">U+{:04X}</span>", u32::from(c));
            }
            (None, '&') => out.push_str("&amp;"),
            (None, '<') => out.push_str("&lt;"),
            (None, '>') => out.push_str("&gt;"),
            (None, '"') => out.push_str("&quot;"),
            (None, '\'') => out.push_str("&#39;"),
            (None, c) => out.push(c),
        }
    }
}

/// The head of an address, on one line.
fn address(url: &str) -> (String, bool) {
    let (kept, is_cut) = head(url, ADDRESS);
    (kept.replace(['\n', '\t'], " "), is_cut)
}

/// An element that is open, by what its end needs to know.
#[derive(Clone, Debug)]
enum Open {
    /// Closed by this.
    Element(&'static str),
    /// A link or image: its address is written at the end.
    Address(String),
    /// Nothing was written for it.
    Nothing,
}

#[derive(Debug, Default)]
struct Html {
    out: String,
    open: Vec<Open>,
    is_table_head: bool,
}

impl Html {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => escaped(&text, &mut self.out),
            Event::Code(code) => {
                self.out.push_str("<code>");
                escaped(&code, &mut self.out);
                self.out.push_str("</code>");
            }
            Event::SoftBreak => self.out.push('\n'),
            Event::HardBreak => self.out.push_str("<br>\n"),
            Event::Rule => self.out.push_str("<hr>\n"),
            Event::TaskListMarker(is_done) => self.out.push_str(if is_done { "☑ " } else { "☐ " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let (opening, closing) = match tag {
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.out.push_str("<bdi>");
                self.open.push(Open::Address(dest_url.into_string()));
                return;
            }
            Tag::List(Some(first)) if self.open.len() < DEEPEST => {
                // Numbers of at most nine digits, by the parser's rules.
                let _ = writeln!(self.out, "<ol start=\"{first}\">");
                self.open.push(Open::Element("</ol>\n"));
                return;
            }
            Tag::TableHead => {
                self.is_table_head = true;
                ("<thead><tr>", "</tr></thead>\n<tbody>\n")
            }
            Tag::TableCell if self.is_table_head => (HEAD_CELL, "</th>"),
            tag => element(&tag),
        };
        // Rows and cells belong to their table, which may stand at the limit.
        if self.open.len() >= DEEPEST || closing.is_empty() {
            self.open.push(Open::Nothing);
        } else {
            self.out.push_str(opening);
            self.open.push(Open::Element(closing));
        }
    }

    fn end(&mut self, end: TagEnd) {
        if end == TagEnd::TableHead {
            self.is_table_head = false;
        }
        match self.open.pop() {
            // A head without a text would be read out as a head of nothing.
            Some(Open::Element("</th>")) if self.out.ends_with(HEAD_CELL) => {
                self.out.truncate(self.out.len() - HEAD_CELL.len());
                self.out.push_str("<td dir=\"auto\"></td>");
            }
            Some(Open::Element(closing)) => self.out.push_str(closing),
            Some(Open::Address(url)) => {
                let (shown, is_cut) = address(&url);
                self.out.push_str("</bdi> <span class=\"address\"><bdi>(");
                escaped(&shown, &mut self.out);
                self.out.push_str(if is_cut { "…)</bdi></span>" } else { ")</bdi></span>" });
            }
            Some(Open::Nothing) | None => {}
        }
    }
}

/// How a cell of a table's head is opened.
const HEAD_CELL: &str = "<th scope=\"col\" dir=\"auto\">";

/// How an element without anything of its own is opened and closed; empty for what has none.
fn element(tag: &Tag<'_>) -> (&'static str, &'static str) {
    match tag {
        Tag::Paragraph | Tag::HtmlBlock => ("<p dir=\"auto\">", "</p>\n"),
        // The page has its own headings above these.
        Tag::Heading { level: HeadingLevel::H1, .. } => ("<h3 dir=\"auto\">", "</h3>\n"),
        Tag::Heading { level: HeadingLevel::H2, .. } => ("<h4 dir=\"auto\">", "</h4>\n"),
        Tag::Heading { level: HeadingLevel::H3, .. } => ("<h5 dir=\"auto\">", "</h5>\n"),
        Tag::Heading { level: HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6, .. } => {
            ("<h6 dir=\"auto\">", "</h6>\n")
        }
        Tag::BlockQuote(_) => ("<blockquote dir=\"auto\">\n", "</blockquote>\n"),
        Tag::CodeBlock(_) => ("<pre dir=\"auto\"><code>", "</code></pre>\n"),
        Tag::List(_) => ("<ul>\n", "</ul>\n"),
        Tag::Item => ("<li dir=\"auto\">", "</li>\n"),
        Tag::Table(_) => ("<table>\n", "</tbody></table>\n"),
        Tag::TableRow => ("<tr>", "</tr>\n"),
        Tag::TableCell => ("<td dir=\"auto\">", "</td>"),
        Tag::Emphasis => ("<em>", "</em>"),
        Tag::Strong => ("<strong>", "</strong>"),
        Tag::Strikethrough => ("<del>", "</del>"),
        // Not asked of the parser, or written elsewhere.
        Tag::TableHead
        | Tag::FootnoteDefinition(_)
        | Tag::DefinitionList
        | Tag::DefinitionListTitle
        | Tag::DefinitionListDefinition
        | Tag::Superscript
        | Tag::Subscript
        | Tag::Link { .. }
        | Tag::Image { .. }
        | Tag::MetadataBlock(_) => ("", ""),
    }
}

#[derive(Debug, Default)]
struct Plain {
    out: String,
    /// Of each open list, the number of its next item; none for one without numbers.
    lists: Vec<Option<u64>>,
    addresses: Vec<String>,
}

impl Plain {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text)
            | Event::Code(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.push(&text),
            Event::SoftBreak | Event::HardBreak => self.out.push('\n'),
            Event::Rule => self.out.push_str("---\n\n"),
            Event::TaskListMarker(is_done) => self.out.push_str(if is_done { "☑ " } else { "☐ " }),
        }
    }

    fn push(&mut self, text: &CowStr<'_>) {
        self.out.push_str(&visible::drawn(text, Place::Block));
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(first) => {
                self.new_line();
                self.lists.push(first);
            }
            Tag::Item => {
                self.new_line();
                let depth = self.lists.len().saturating_sub(1).min(DEEPEST);
                self.out.push_str(&"  ".repeat(depth));
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let _ = write!(self.out, "{number}. ");
                        *number = number.saturating_add(1);
                    }
                    Some(None) | None => self.out.push_str("- "),
                }
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.addresses.push(dest_url.into_string());
            }
            Tag::TableCell if !self.out.is_empty() && !self.out.ends_with('\n') => self.out.push_str(" | "),
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Paragraph if !self.lists.is_empty() => self.new_line(),
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead => self.new_line(),
            TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::BlockQuote(_)
            | TagEnd::Table => self.gap(),
            TagEnd::Link | TagEnd::Image => {
                let (shown, is_cut) = address(&self.addresses.pop().unwrap_or_default());
                let shown = visible::drawn(&shown, Place::Line);
                let _ = write!(self.out, " ({shown}{})", if is_cut { "…" } else { "" });
            }
            _ => {}
        }
    }

    fn new_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn gap(&mut self) {
        self.new_line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }
}
