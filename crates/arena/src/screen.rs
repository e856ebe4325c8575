//! An answer while it is written: what of it may be shown already, held behind the finder of leaks.
//!
//! Text is let go sentence by sentence (a very long one piece by piece), and only up to where the finder, which sees some
//! words further back and all that has come, finds nothing. What it suspects is held until the answer's end: a name at the
//! very end of what has come may be the beginning of a longer word. Whether the answer leaks is decided by its whole text
//! alone, elsewhere; this only keeps from showing what it would be void for.

use crate::answer::{AnswerRules, Change, normalise};
use crate::leak::{Named, Names};

/// Characters that come in between two looks, at least.
const STEP_CHARS: usize = 40;
/// Bytes of what was shown already that the finder sees again.
const CONTEXT_BYTES: usize = 1_200;
/// Characters of one sentence from which on it is let go before its end.
const LONG_CHARS: usize = 300;
/// Characters that are then held back: longer than a name with the words that make it an introduction.
const HELD_CHARS: usize = 120;
/// Bytes of one raw answer that are read; it ends there.
const MOST_BYTES: usize = 512 << 10;

/// One answer on its way to the screen.
///
/// # Examples
/// ```
/// use daepyo_arena::answer::AnswerRules;
/// use daepyo_arena::leak::{Entry, Names};
/// use daepyo_arena::screen::Screen;
/// let team = Entry { who: "a".into(), distinctive: vec!["Haneul-1".into()], ordinary: vec![] };
/// let names = Names::new([team]);
/// let mut screen = Screen::new(AnswerRules::default(), names.named_in("hello"));
/// assert_eq!(screen.push(&names, "Nice to meet you.\nI am Hane"), "Nice to meet you.");
/// assert_eq!(screen.push(&names, "ul-1, and I like to help people.\nAsk me."), "\nI am");
/// assert_eq!(screen.end(&names), "");
/// ```
#[derive(Debug)]
pub struct Screen {
    rules: AnswerRules,
    asked: Named,
    raw: String,
    released: String,
    since_look: usize,
    is_full: bool,
}

impl Screen {
    /// Nothing has come yet. `asked` is what the conversation's prompts say, from [`Names::named_in_all`].
    pub const fn new(rules: AnswerRules, asked: Named) -> Self {
        Self { rules, asked, raw: String::new(), released: String::new(), since_look: 0, is_full: false }
    }

    /// Takes what came; gives what may be shown behind what was shown before, often nothing.
    pub fn push(&mut self, names: &Names, piece: &str) -> String {
        if self.is_full {
            return String::new();
        }
        self.raw.push_str(piece);
        self.since_look += piece.chars().count();
        if self.since_look < STEP_CHARS && !piece.contains('\n') {
            return String::new();
        }
        self.look(names, false)
    }

    /// Nothing more comes: gives the rest, up to the first thing that would name somebody.
    pub fn end(&mut self, names: &Names) -> String {
        self.look(names, true)
    }

    /// Whether the answer has reached its greatest length, so that nothing more need be read.
    pub const fn is_full(&self) -> bool {
        self.is_full
    }

    /// The raw answer as far as it was read.
    pub fn into_raw(self) -> String {
        self.raw
    }

    fn look(&mut self, names: &Names, is_end: bool) -> String {
        self.since_look = 0;
        let answer = normalise(self.raw.as_bytes(), &self.rules);
        let is_cut = answer.changes.iter().any(|change| matches!(change, Change::Cut { .. }));
        self.is_full |= is_cut || self.raw.len() > MOST_BYTES;
        let text = answer.text;
        // Where something was taken away of what is shown already (thinking without a beginning), the rest waits for the
        // finished page.
        let Some(rest) = text.strip_prefix(self.released.as_str()) else { return String::new() };
        let free = if is_end || self.is_full { rest.len() } else { free_bytes(rest) };
        // Whether an answer picks one name, or says yes to one, is seen in all of it alone.
        let from = if self.asked.asks() { 0 } else { context_start(&self.released) };
        let window = text.get(from..).unwrap_or_default();
        let leaks = names.find_beside(&self.asked, window);
        let suspected = leaks.first().map_or(usize::MAX, |leak| from + leak.range.start);
        let until = (self.released.len() + free).min(suspected);
        // White space may yet turn out to be the answer's end, which is taken away.
        let shown = text.get(self.released.len()..until).unwrap_or_default().trim_end().to_owned();
        self.released.push_str(&shown);
        shown
    }
}

/// How many bytes of what is not shown yet may be: whole sentences, or most of a very long one.
fn free_bytes(rest: &str) -> usize {
    let ends = ['.', '!', '?', '。', '！', '？', '…', ':'];
    let mut last = 0;
    let mut before = ' ';
    for (place, c) in rest.char_indices() {
        if c == '\n' || (c.is_whitespace() && ends.contains(&before)) {
            last = place;
        }
        before = c;
    }
    let open = rest.get(last..).unwrap_or_default();
    let chars = open.chars().count();
    if chars <= LONG_CHARS {
        return last;
    }
    let held = open.char_indices().nth(chars - HELD_CHARS).map_or(0, |(place, _)| place);
    let word = open.get(..held).unwrap_or_default().rfind(char::is_whitespace).filter(|place| *place > 0);
    last + word.unwrap_or(held)
}

/// Where the finder begins to read again: some way back, at a word's beginning where there is one.
fn context_start(released: &str) -> usize {
    let mut from = released.len().saturating_sub(CONTEXT_BYTES);
    if from == 0 {
        return 0;
    }
    while !released.is_char_boundary(from) {
        from += 1;
    }
    let word = released.get(from..).and_then(|text| text.find(char::is_whitespace));
    from + word.unwrap_or(0)
}
