//! The parts of a blind public contest that can be computed: no clock, no network, no files; draws are seeded.
//!
//! | module | answers |
//! | --- | --- |
//! | [`assign`] | which two candidates meet, on which side, about which prompt? |
//! | [`answer`] | what of a candidate's raw answer is shown? |
//! | [`stream`] | when may a piece of either answer be seen, so that speed names nobody? |
//! | [`screen`] | what of an answer that is being written may be shown already, without naming anybody? |
//! | [`leak`] | does an answer say who wrote it? |
//! | [`personal`] | does a text hold somebody's number or address? |
//! | [`markdown`] | how does a candidate's markdown become harmless HTML? |
//!
//! All text is taken as hostile. Whatever is found is given as ranges of bytes of the text as it came in, on
//! character boundaries.

pub mod answer;
pub mod assign;
mod fold;
pub mod leak;
pub mod markdown;
pub mod personal;
pub mod screen;
pub mod stream;
