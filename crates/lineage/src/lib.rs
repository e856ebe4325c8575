//! Whose weights are these: compares two models' weights with tests that have null distributions. What weights cannot show,
//! a test of behaviour may ([`behaviour`]); who asks the models is the caller's affair.
//!
//! Files of weights are hostile: readers bound what they read by the file's own size, never run what a file holds, and
//! say where something is wrong. Figures depend on the files and the options alone, and are the same bits on every
//! machine with any number of threads.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a failed assertion is the point of a test, and its numbers are small"
    )
)]
#![deny(clippy::disallowed_methods, reason = "published figures are the same bits on every machine")]

pub mod assignment;
pub mod battery;
pub mod behaviour;
mod compare;
mod encoding;
mod error;
mod finding;
mod fingerprint;
mod ggml;
pub mod inventory;
mod judge;
mod listed;
mod packed;
mod pass;
pub mod products;
mod read;
mod sample;
mod scan;
mod sha;
mod source;
pub mod spectrum;
pub mod tail;
mod tensor;
mod tree;

pub use compare::{Difference, Kind, Loaded, Merge, compare, compare_loaded, difference, load, merge};
pub use encoding::Encoding;
pub use error::{Place, WeightsError, WeightsProblem};
pub use finding::*;
pub use fingerprint::{Fingerprint, Head, Hit, Suspect};
pub use ggml::GgmlType;
pub use listed::{Absence, Listed};
pub use packed::Packed;
pub use pass::{Passed, Sha, pass};
#[doc(hidden)]
pub use read::fuzz;
pub use read::{
    About, Format, Header, Weights, read_any, read_gguf, read_onnx, read_pytorch, read_safetensors,
    weights_among,
};
pub use sample::{Sample, View, choose_rows};
pub use scan::{Adapter, Count, Entry, Parent, Reason, Relation, Scan, Scanned, Status, scan};
pub use source::{Memory, Source, WeightFile};
pub use tensor::{Extent, Order, Scale, Tensor};
pub use tree::tree;
