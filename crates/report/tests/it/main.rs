//! Behaviour of the report from outside.

mod course;
mod made_up;
mod page;
mod tags;
