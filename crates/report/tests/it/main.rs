//! Behaviour of the report from outside.

mod made_up;
mod page;
mod tags;
