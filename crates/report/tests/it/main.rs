//! Behaviour of the report from outside.

mod course;
mod analysis;
mod made_up;
mod observed;
mod page;
mod tags;
