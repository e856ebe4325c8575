//! Behaviour of the report from outside.

mod analysis;
mod contest;
mod course;
mod lineage;
mod made_up;
mod observed;
mod page;
mod tags;
