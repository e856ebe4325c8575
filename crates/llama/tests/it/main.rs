//! The backend against two real models; each test is skipped, with a line that says so, where they are absent.

mod answers;
mod completions;
mod models;
mod sharing;
mod talk;
pub mod worse;
