//! From observations to a verdict: a pure, seeded function of sealed rules and evidence.
//!
//! [`decide()`] reads nothing but its arguments: no clock, no environment, no hash-map order. Every random
//! number comes from the stage's seed, every sum is taken in a fixed order, and every transcendental function
//! is computed in software, so that the same rules and observations give the same bytes with any number of
//! threads and on any machine.
//!
//! | module | answers |
//! | --- | --- |
//! | [`clustered`] | what is the mean, and how sure is it when documents depend on each other? |
//! | `gates` | is a candidate shown to reach a bar? |
//! | `criteria` | how many points does it get? |
//! | `joint` | what would other documents, voters and raters have said? |
//! | `ranks`, `decision` | who is in, who is out, who is neither? |
//! | [`items`] | who differs item by item, what is broken or leaked, and how much would be enough? |
//! | [`panel`] | what do experts' marks say once severity is taken out, how far do they agree, who marks what? |
//! | [`attack`] | how few votes would move a cut? |
//! | [`voters`] | which voters look like no honest ones, and what is the ranking without them? |
//! | [`votes`] | how do any number of models rank by public votes alone, live, by category, at equal style? |
//! | [`sensitivity`] | which weights, documents, raters or voters would turn the decision, and what would the first one out have needed? |
//! | [`sequential`] | what holds when evidence is looked at again, corrected or carried over? |
//! | [`analysis`] | all of this for one stage: what does its verdict rest on, and how firmly? |
//! | [`simulate`] | what do worlds with a known truth look like? |
//! | [`sensitivity`] | what does the decision hang on: which weights, which single pieces of evidence, how much more? |
//! | [`sequential`] | what follows from look to look, from verdict to verdict, from stage to stage? |
//! | [`votes`] | how do any number of models rank by public votes alone? |

#![deny(clippy::disallowed_methods, reason = "published figures are the same bits on every machine")]

pub mod analysis;
pub mod attack;
mod bradley_terry;
pub mod clustered;
mod completeness;
mod criteria;
mod decide;
mod decision;
mod draws;
mod error;
mod evidence;
mod gates;
pub mod items;
mod joint;
mod matrix;
mod number;
pub mod panel;
mod ranks;
mod rules;
pub mod sensitivity;
pub mod sequential;
pub mod simulate;
mod table;
mod tally;
pub mod voters;
pub mod votes;

pub use decide::decide;
pub use error::DecideError;
pub use rules::Rules;
