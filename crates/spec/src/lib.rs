//! Files that people write, read into validated values: every problem at once, each with its place.

mod check;
mod csv_rows;
mod decode;
mod difference;
mod layout;
mod problem;
mod reader;
mod schema;
mod stage;
mod syntax;

pub use check::{Files, Parsed, parse};
pub use csv_rows::{RowProblem, read_derivatives, read_findings, read_marks, read_votes};
pub use difference::{Change, difference};
pub use problem::{Code, Problem, Severity};
pub use schema::json_schema;
