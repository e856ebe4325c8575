//! The files of a contest, prompts and recorded answers: bounded, each row checked, all bad rows reported at once.

use crate::csv_rows::{MOST_PROBLEMS, Row, RowProblem, Rows, rows};
use crate::json_lines::{Line, lines};
use daepyo_core::{AssignedPrompt, CandidateId, PromptId, RecordedAnswer};
use daepyo_messages::Message;
use std::collections::BTreeMap;

/// Most bytes of a file of prompts: 4 MiB.
pub const MOST_PROMPTS_BYTES: u64 = 4 << 20;
/// Most bytes of a file of recorded answers: 256 MiB.
pub const MOST_ANSWERS_BYTES: u64 = 256 << 20;
/// Most prompts of a contest.
const MOST_PROMPTS: usize = 10_000;
/// Most characters of an assigned prompt.
const MOST_PROMPT_CHARACTERS: usize = 20_000;
/// Most characters of a category.
const MOST_CATEGORY_CHARACTERS: usize = 64;
/// Most bytes of a recorded answer's line: 1 MiB.
const MOST_LINE_BYTES: usize = 1 << 20;
/// Prompts without an answer that a problem names.
const PROMPTS_SHOWN: usize = 5;

const KEYS: [&str; 3] = ["prompt", "candidate", "text"];

/// The prompts of a contest, from the columns `id`, `text`, `language` (two or three small letters) and `category`.
///
/// Fails with all bad rows, a prompt that stands twice among them; no prompt at all is a problem too.
pub fn read_prompts(source: &[u8]) -> Rows<AssignedPrompt> {
    if let Some(problem) = too_large(source, MOST_PROMPTS_BYTES) {
        return Err(vec![problem]);
    }
    let mut seen: BTreeMap<PromptId, u64> = BTreeMap::new();
    let found = rows(source, &["id", "text", "language", "category"], &[], |row| {
        let (id, text) = (row.parse::<PromptId>("id"), prompt_text(row));
        let (language, category) = (language(row), category(row));
        let id = id?;
        if let Some(line) = seen.get(&id) {
            row.problem("id", Message::new("row-twice").with("line", line.to_string()));
            return None;
        }
        seen.insert(id.clone(), row.line);
        Some(AssignedPrompt { id, text: text?, language: language?, category: category? })
    })?;
    let whole = |message| Err(vec![RowProblem { line: 1, column: None, message }]);
    match found.len() {
        0 => whole(Message::new("row-none")),
        count if count > MOST_PROMPTS => {
            let message = Message::new("row-too-many").with("count", count.to_string());
            whole(message.with("most", MOST_PROMPTS.to_string()))
        }
        _ => Ok(found),
    }
}

fn prompt_text(row: &mut Row<'_>) -> Option<String> {
    let text = row.text("text")?;
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        row.problem("text", Message::new("row-control"));
        return None;
    }
    is_short(row, "text", &text, MOST_PROMPT_CHARACTERS).then_some(text)
}

fn language(row: &mut Row<'_>) -> Option<String> {
    let text = row.text("language")?;
    if (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Some(text);
    }
    row.problem("language", Message::new("row-not-language").with("text", text));
    None
}

fn category(row: &mut Row<'_>) -> Option<String> {
    let text = row.text("category")?;
    if text.chars().any(char::is_control) {
        row.problem("category", Message::new("row-control"));
        return None;
    }
    is_short(row, "category", &text, MOST_CATEGORY_CHARACTERS).then_some(text)
}

fn is_short(row: &mut Row<'_>, column: &str, text: &str, most: usize) -> bool {
    let count = text.chars().count();
    if count > most {
        let message = Message::new("row-too-long").with("count", count.to_string());
        row.problem(column, message.with("most", most.to_string()));
    }
    count <= most
}

/// The recorded answers of a contest, from the keys `prompt`, `candidate` and `text` of one JSON object a line.
///
/// Fails with all bad lines: one that cannot be read, names no prompt or contestant of the contest, or answers what an
/// earlier line has answered; and with the prompts that a contestant has not answered, at the file's last line.
pub fn read_answers(
    source: &[u8],
    prompts: &[AssignedPrompt],
    contestants: &[CandidateId],
) -> Rows<RecordedAnswer> {
    if let Some(problem) = too_large(source, MOST_ANSWERS_BYTES) {
        return Err(vec![problem]);
    }
    let mut board = Board::new(prompts, contestants);
    let (mut found, mut problems, mut last) = (Vec::new(), Vec::new(), 1);
    for (line, text) in lines(source) {
        last = line;
        if problems.len() >= MOST_PROBLEMS {
            return Err(problems);
        }
        let mut line = Line { line, problems: &mut problems };
        if text.len() > MOST_LINE_BYTES {
            let message = Message::new("row-too-many-bytes").with("count", text.len().to_string());
            line.problem(None, message.with("most", MOST_LINE_BYTES.to_string()));
            continue;
        }
        found.extend(board.answer(&mut line, text));
    }
    let mut end = Line { line: last, problems: &mut problems };
    board.missing(&mut end);
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

/// Who has answered what, and on which line.
struct Board<'a> {
    prompts: BTreeMap<&'a PromptId, BTreeMap<&'a CandidateId, u64>>,
    contestants: &'a [CandidateId],
}

impl<'a> Board<'a> {
    fn new(prompts: &'a [AssignedPrompt], contestants: &'a [CandidateId]) -> Self {
        let prompts = prompts.iter().map(|prompt| (&prompt.id, BTreeMap::new())).collect();
        Self { prompts, contestants }
    }

    fn answer(&mut self, line: &mut Line<'_>, text: &[u8]) -> Option<RecordedAnswer> {
        let object = line.object(text, &KEYS)?;
        let prompt = line.parse::<PromptId>(&object, "prompt");
        let candidate = line.parse::<CandidateId>(&object, "candidate");
        let text = line.text(&object, "text");
        let contestant = candidate.as_ref().and_then(|candidate| {
            let found = self.contestants.iter().find(|known| *known == candidate);
            if found.is_none() {
                let message = Message::new("row-no-contestant").with("id", candidate.as_str());
                line.problem(Some("candidate"), message);
            }
            found
        });
        let prompt = prompt?;
        let Some(answers) = self.prompts.get_mut(&prompt) else {
            line.problem(Some("prompt"), Message::new("row-no-prompt").with("id", prompt.as_str()));
            return None;
        };
        let contestant = contestant?;
        if let Some(first) = answers.get(contestant) {
            line.problem(None, Message::new("row-twice").with("line", first.to_string()));
            return None;
        }
        // A line without a text is told once, and not again as missing.
        answers.insert(contestant, line.line);
        Some(RecordedAnswer { prompt, candidate: contestant.clone(), text: text? })
    }

    fn missing(&self, end: &mut Line<'_>) {
        for contestant in self.contestants {
            let open = self.prompts.iter().filter(|(_, answers)| !answers.contains_key(contestant));
            let open: Vec<&str> = open.map(|(prompt, _)| prompt.as_str()).collect();
            if open.is_empty() {
                continue;
            }
            let mut shown: Vec<&str> = open.iter().copied().take(PROMPTS_SHOWN).collect();
            if open.len() > PROMPTS_SHOWN {
                shown.push("…");
            }
            let message = Message::new("row-missing-answers").with("id", contestant.as_str());
            let message = message.with("count", open.len().to_string()).with("prompts", shown.join(", "));
            end.problem(None, message);
        }
    }
}

/// That a file is larger than may be read; a limit is never reached by files that a person writes.
fn too_large(source: &[u8], most: u64) -> Option<RowProblem> {
    let is_small = u64::try_from(source.len()).is_ok_and(|size| size <= most);
    let message = Message::new("row-file-too-large").with("most", (most >> 20).to_string());
    (!is_small).then_some(RowProblem { line: 1, column: None, message })
}
