//! Files that people write, read into validated values: every problem at once, each with its place.

mod check;
mod contest;
mod contest_files;
mod corrections;
mod csv_rows;
mod decision;
mod decode;
mod difference;
mod json_lines;
mod layout;
mod problem;
mod reader;
mod schema;
mod stage;
mod syntax;
mod voter_tests;

pub use check::{Files, Parsed, parse};
pub use contest_files::{MOST_ANSWERS_BYTES, MOST_PROMPTS_BYTES, read_answers, read_prompts};
pub use corrections::read_corrections;
pub use csv_rows::{
    RowProblem, read_contamination, read_derivatives, read_findings, read_marks, read_panel_votes,
    read_votes, read_withdrawals,
};
pub use difference::{Change, difference};
pub use problem::{Code, Problem, Severity};
pub use schema::json_schema;
