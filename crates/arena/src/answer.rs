//! What of a candidate's raw answer is shown: thinking, tokens of chat templates and what is too long are taken away, and
//! it is said what was.

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// What stands at the end of an answer that was cut.
pub const CUT_MARK: &str = " […]";

/// How far before the limit a word's end is looked for, in graphemes.
const WORD_REACH: usize = 40;
/// The longest name of a token that is known by its form alone, in characters.
const LONGEST_TOKEN: usize = 48;

/// How answers are brought into one form. The same for all candidates of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRules {
    /// Most characters (Unicode scalar values) of an answer, the mark of a cut not counted.
    pub most_chars: usize,
    /// Whether blocks of thinking are taken away.
    pub removes_thinking: bool,
    /// Whether tokens of chat templates are taken away.
    pub removes_tokens: bool,
}

impl Default for AnswerRules {
    /// 20,000 characters; thinking and tokens are taken away.
    fn default() -> Self {
        Self { most_chars: 20_000, removes_thinking: true, removes_tokens: true }
    }
}

/// Something that was changed, for the log and for those who ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Change {
    /// Bytes that are no UTF-8 became U+FFFD.
    NotUtf8 {
        /// How many U+FFFD.
        places: usize,
    },
    /// Blocks of thinking were taken away.
    Thinking {
        /// Blocks.
        blocks: usize,
        /// Characters in them, tags counted.
        chars: usize,
        /// Whether the last of them had no end, so that all behind it went.
        is_open: bool,
    },
    /// What was written behind the answer's end as if by others was taken away.
    RunOn {
        /// Characters.
        chars: usize,
    },
    /// Tokens of chat templates were taken away.
    Tokens {
        /// How many.
        places: usize,
    },
    /// White space at line ends and at both ends of the answer was taken away.
    WhiteSpace {
        /// Characters.
        chars: usize,
    },
    /// The answer was cut.
    Cut {
        /// Characters that went.
        chars: usize,
    },
}

/// An answer as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Its text; empty where nothing is left.
    pub text: String,
    /// What was changed.
    pub changes: Vec<Change>,
}

/// The raw answer in the form in which it is shown. Of a text that it made it makes the same again, unless that was cut.
///
/// # Examples
/// ```
/// use daepyo_arena::answer::{AnswerRules, Change, normalise};
/// let answer = normalise(b"<think>6 x 7</think>\n42<|im_end|>", &AnswerRules::default());
/// assert_eq!(answer.text, "42");
/// assert_eq!(answer.changes[0], Change::Thinking { blocks: 1, chars: 20, is_open: false });
/// assert_eq!(answer.changes[1], Change::Tokens { places: 1 });
/// ```
pub fn normalise(raw: &[u8], rules: &AnswerRules) -> Answer {
    let mut changes = Vec::new();
    let mut text = String::from_utf8_lossy(raw).into_owned();
    if std::str::from_utf8(raw).is_err() {
        let places = text.matches('\u{fffd}').count();
        changes.push(Change::NotUtf8 { places });
    }
    let (mut thought, mut tokens) = (Thought::default(), 0);
    // What is left may form a tag or token anew.
    for _ in 0..ROUNDS {
        let before = (thought.blocks, tokens);
        if rules.removes_tokens {
            text = without_run_on(text, &mut changes);
            text = without_tokens(&text, &mut tokens);
        }
        if rules.removes_thinking {
            text = without_thinking(&text, &mut thought);
        }
        if before == (thought.blocks, tokens) {
            break;
        }
    }
    let Thought { blocks, chars, is_open } = thought;
    if blocks > 0 {
        changes.push(Change::Thinking { blocks, chars, is_open });
    }
    if tokens > 0 {
        changes.push(Change::Tokens { places: tokens });
    }
    text = trimmed(&text, &mut changes);
    text = cut(text, rules.most_chars, &mut changes);
    Answer { text, changes }
}

/// What opens and closes thinking.
const THINKING: [(&str, &str); 6] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
];

/// Openings without an end, of one answer, for which an end is looked for.
const MOST_OPEN: usize = 16;
/// Rounds in which what is left may form a tag or token anew; more are no chance.
const ROUNDS: usize = 8;

/// What was taken away of thinking.
#[derive(Clone, Copy, Default)]
struct Thought {
    blocks: usize,
    chars: usize,
    is_open: bool,
}

fn without_thinking(text: &str, thought: &mut Thought) -> String {
    let mut scan = Scan::new(text);
    // The template may have opened the block in the prompt, so that the answer begins within it.
    if let Some(end) = unopened(text) {
        thought.chars += scan.skip(end);
        thought.blocks += 1;
    }
    let mut unended = 0;
    while let Some(rest) = scan.next(&['<', '[', '◁']) {
        let opening = THINKING.iter().find(|(open, _)| rest.starts_with(open));
        let stray = THINKING.iter().find(|(_, close)| rest.starts_with(close));
        let end = match (opening, stray) {
            _ if scan.is_code() => None,
            (Some((open, close)), _) if unended < MOST_OPEN => {
                let end = closing(rest, open, close);
                let is_first = scan.kept.trim().is_empty();
                unended += usize::from(end.is_none());
                thought.is_open |= end.is_none() && is_first;
                // An opening somewhere in the text may be a word of it; at its beginning all is thinking.
                end.or_else(|| is_first.then_some(rest.len()))
            }
            (_, Some((_, close))) => Some(close.len()),
            _ => None,
        };
        match end {
            Some(end) => {
                thought.chars += scan.skip(end);
                thought.blocks += 1;
            }
            None => scan.keep(),
        }
    }
    scan.kept
}

/// The end of a closing tag that comes before any opening one and is no word of code.
fn unopened(text: &str) -> Option<usize> {
    let ends = THINKING.iter().filter_map(|(open, close)| {
        let place = text.find(close)?;
        let before = text.get(..place)?;
        let fences = before.lines().filter(|line| line.trim_start().starts_with(FENCE)).count();
        let is_code = before.ends_with('`') || fences % 2 == 1;
        (!before.contains(open) && !is_code).then_some(place + close.len())
    });
    ends.min()
}

/// The end of the block that begins with `open`, blocks of the same kind within it counted.
fn closing(block: &str, open: &str, close: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = block.get(at..)?;
        let end = rest.find(close)?;
        depth = (depth + rest.get(..end)?.matches(open).count()).saturating_sub(1);
        at += end + close.len();
        if depth == 0 {
            return Some(at);
        }
    }
}

const FENCE: &str = "```";

/// A walk through a text that keeps or skips what it comes to, and knows blocks of code.
struct Scan<'a> {
    kept: String,
    rest: &'a str,
    in_fence: bool,
    line_start: usize,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self { kept: String::with_capacity(text.len()), rest: text, in_fence: false, line_start: 0 }
    }

    /// Keeps everything up to the next of these characters, and gives what begins with it; none at the end.
    fn next(&mut self, wanted: &[char]) -> Option<&'a str> {
        loop {
            let Some(place) = self.rest.find(|c| c == '\n' || wanted.contains(&c)) else {
                self.kept.push_str(self.rest);
                self.rest = "";
                return None;
            };
            let (before, behind) = self.rest.split_at(place);
            self.kept.push_str(before);
            self.rest = behind;
            if !behind.starts_with('\n') {
                return Some(behind);
            }
            let line = self.kept.get(self.line_start..).unwrap_or_default();
            self.in_fence ^= line.trim_start().starts_with(FENCE);
            self.keep();
            self.line_start = self.kept.len();
        }
    }

    /// Whether the walk stands in a fenced block of code, or right behind a sign of code.
    fn is_code(&self) -> bool {
        self.in_fence || self.kept.ends_with('`')
    }

    /// Keeps the next character.
    fn keep(&mut self) {
        let (one, behind) = self.rest.split_at(self.rest.chars().next().map_or(0, char::len_utf8));
        self.kept.push_str(one);
        self.rest = behind;
    }

    /// Leaves so many bytes out; how many characters those were.
    fn skip(&mut self, bytes: usize) -> usize {
        let (gone, behind) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = behind;
        gone.chars().count()
    }
}

/// Words that models are told the roles of a conversation by.
const OTHERS: [&str; 6] = ["user", "human", "system", "tool", "User", "Human"];
/// Tokens that end a turn.
const TURN_ENDS: [&str; 8] = [
    "<|im_end|>",
    "<|eot_id|>",
    "<|end|>",
    "<|endoftext|>",
    "[|endofturn|]",
    "<end_of_turn>",
    "</s>",
    "<|eom_id|>",
];
/// Tokens that begin one.
const TURN_STARTS: [&str; 7] =
    ["<|im_start|>", "<|start_header_id|>", "<|", "[|", "<start_of_turn>", "[INST]", "<|start|>"];

/// Ends the answer where a token ends the turn and another party's begins.
fn without_run_on(mut text: String, changes: &mut Vec<Change>) -> String {
    let ends = TURN_ENDS.iter().filter_map(|end| {
        text.match_indices(end).map(|(place, end)| place + end.len()).find(|place| {
            let behind = text.get(*place..).unwrap_or_default().trim_start();
            let start = TURN_STARTS.iter().find_map(|start| Some((start, behind.strip_prefix(start)?)));
            start.is_some_and(|(start, rest)| {
                *start == "[INST]" || OTHERS.iter().any(|other| rest.starts_with(other))
            })
        })
    });
    if let Some(end) = ends.min() {
        let chars = text.get(end..).map_or(0, |gone| gone.chars().count());
        text.truncate(end);
        changes.push(Change::RunOn { chars });
    }
    text
}

/// Tokens of templates that no general form covers.
const TOKENS: [&str; 15] = [
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "<pad>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "<start_of_turn>model",
    "<start_of_turn>user",
    "<start_of_turn>",
    "<end_of_turn>",
    "[BOS]",
    "[EOS]",
];

fn without_tokens(text: &str, found: &mut usize) -> String {
    let mut scan = Scan::new(text);
    while let Some(rest) = scan.next(&['<', '[']) {
        // In code a token is a word, unless the answer ends with it.
        let is_last = |bytes: usize| rest.get(bytes..).is_some_and(|behind| behind.trim().is_empty());
        match token(rest).filter(|bytes| !scan.is_code() || is_last(*bytes)) {
            Some(bytes) => {
                *found += 1;
                scan.skip(bytes);
            }
            None => scan.keep(),
        }
    }
    scan.kept
}

/// The length of the token that `text` begins with, in bytes, with the role that it names.
fn token(text: &str) -> Option<usize> {
    if let Some(token) = TOKENS.iter().find(|token| text.starts_with(**token)) {
        return Some(token.len());
    }
    let forms = [("<|", "|>"), ("<｜", "｜>"), ("[|", "|]"), ("<unused", ">")];
    let (open, close) = forms.iter().find(|(open, _)| text.starts_with(open))?;
    let body = text.get(open.len()..)?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '▁' | '.' | ' ');
    let end = body.char_indices().take(LONGEST_TOKEN).find(|(_, c)| !is_part(*c)).map(|(place, _)| place)?;
    let (name, behind) = body.split_at(end);
    if name.is_empty() && *open != "<unused" || !behind.starts_with(close) {
        return None;
    }
    let bytes = open.len() + end + close.len();
    // `<|im_start|>assistant` names the role outside of the token.
    let role = text.get(bytes..).and_then(|behind| {
        let is_start = matches!(name, "im_start" | "start" | "start_header_id" | "channel" | "message");
        let role =
            ["assistant", "model", "final", "analysis"].iter().find(|role| behind.starts_with(**role))?;
        is_start.then_some(role.len())
    });
    Some(bytes + role.unwrap_or(0))
}

fn trimmed(text: &str, changes: &mut Vec<Change>) -> String {
    let unix = text.replace("\r\n", "\n");
    let mut kept = String::with_capacity(unix.len());
    for (number, line) in unix.trim().lines().enumerate() {
        if number > 0 {
            kept.push('\n');
        }
        // Two spaces at a line's end are a line break of markdown.
        let bare = line.trim_end();
        kept.push_str(bare);
        if line.get(bare.len()..).is_some_and(|end| end.starts_with("  ")) {
            kept.push_str("  ");
        }
    }
    let chars = text.chars().count() - kept.chars().count();
    if chars > 0 {
        changes.push(Change::WhiteSpace { chars });
    }
    kept
}

fn cut(text: String, most: usize, changes: &mut Vec<Change>) -> String {
    let total = text.chars().count();
    if total <= most {
        return text;
    }
    let limit = text.char_indices().nth(most).map_or(text.len(), |(place, _)| place);
    // Ends of graphemes before the limit; one that is longer than the limit is cut itself.
    let ends = text.grapheme_indices(true).map(|(place, grapheme)| place + grapheme.len());
    let ends: Vec<usize> = ends.take_while(|end| *end <= limit).collect();
    let word = ends.iter().rev().take(WORD_REACH).find(|end| {
        text.get(**end..).and_then(|behind| behind.chars().next()).is_some_and(char::is_whitespace)
    });
    let end = word.or(ends.last()).copied().unwrap_or(limit);
    let kept = text.get(..end).unwrap_or_default().trim_end();
    changes.push(Change::Cut { chars: total - kept.chars().count() });
    format!("{kept}{CUT_MARK}")
}
