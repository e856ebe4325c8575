//! The contests of a stage against the rest of the file and against their own files.

use super::{Context, Names, dates, unique};
use crate::contest::ContestAt;
use crate::contest_files::{MOST_ANSWERS_BYTES, MOST_PROMPTS_BYTES, read_answers, read_prompts};
use crate::csv_rows::RowProblem;
use crate::problem::{Code, Problem};
use crate::reader::At;
use daepyo_core::CandidateId;
use daepyo_messages::Message;

/// Most rows of a file that are told one by one.
const ROWS_SHOWN: usize = 20;

impl Context<'_> {
    pub(super) fn check_contests(&self) {
        for contest in &self.places.contests {
            self.check_contest_days(contest);
            unique(self.problems, "thing-names", contest.named.iter());
            unique(self.problems, "thing-tag", contest.tags.iter());
            let mut contestants = self.known.named_candidates.names.clone();
            contestants.extend(contest.versus.clone());
            let is_whole = self.known.named_candidates.is_whole && contest.versus.is_some();
            let contestants = Names { names: contestants, is_whole };
            for named in &contest.named {
                contestants.look_up(self.problems, "thing-contestant", named);
            }
            self.check_contest_files(contest, &contestants);
        }
    }

    fn check_contest_days(&self, contest: &ContestAt) {
        let (opens, closes) = (contest.opens.as_ref(), contest.closes.as_ref());
        let (first, last) = (self.places.opens.as_ref(), self.places.closes.as_ref());
        dates(self.problems, ("opens", first), ("contest.opens", opens), opens);
        dates(self.problems, ("contest.opens", opens), ("contest.closes", closes), closes);
        dates(self.problems, ("contest.closes", closes), ("closes", last), closes);
        if closes.is_none() {
            dates(self.problems, ("contest.opens", opens), ("closes", last), opens);
        }
        if opens.is_none() {
            dates(self.problems, ("opens", first), ("contest.closes", closes), closes);
        }
    }

    fn check_contest_files(&self, contest: &ContestAt, contestants: &Names<CandidateId>) {
        let prompts = contest.prompts.as_ref().and_then(|file| {
            let bytes = self.contents(file, MOST_PROMPTS_BYTES)?;
            read_prompts(&bytes).map_err(|problems| self.rows(file, &problems)).ok()
        });
        // Without prompts or contestants there is nothing to hold the answers against, but the file must be there.
        let Some(file) = &contest.answers else { return };
        let Some(bytes) = self.contents(file, MOST_ANSWERS_BYTES) else { return };
        if let Some(prompts) = prompts.filter(|_| contestants.is_whole)
            && let Err(problems) = read_answers(&bytes, &prompts, &contestants.names)
        {
            self.rows(file, &problems);
        }
    }

    /// The bytes of a file, where they can be looked at; one that is not there is noted.
    fn contents(&self, file: &At<String>, most_bytes: u64) -> Option<Vec<u8>> {
        if !self.files.is_file(&file.value) {
            self.contest_file(file, Message::new("no-file").with("path", file.value.as_str()));
            return None;
        }
        match self.files.read(&file.value, most_bytes)? {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.contest_file(file, Message::new("row-unreadable").with("detail", error.to_string()));
                None
            }
        }
    }

    fn rows(&self, file: &At<String>, problems: &[RowProblem]) {
        for problem in problems.iter().take(ROWS_SHOWN) {
            let line = problem.line.to_string();
            let reason = match &problem.column {
                Some(column) => Message::new("contest-row").with("column", column.as_str()),
                None => Message::new("contest-row-whole"),
            };
            self.contest_file(file, reason.with("line", line).with("message", problem.message.clone()));
        }
        if let Some(more) = problems.len().checked_sub(ROWS_SHOWN).filter(|more| *more > 0) {
            self.contest_file(file, Message::new("contest-rows-more").with("count", more.to_string()));
        }
    }

    fn contest_file(&self, file: &At<String>, reason: Message) {
        let problem = Problem::new(Code::ContestFile, file.span.clone());
        self.problems.push(problem.with("path", file.value.as_str()).with("reason", reason));
    }
}
