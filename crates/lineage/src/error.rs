//! What can be wrong with a file of weights: one problem, with its file and its place.

use std::io;
use thiserror::Error;

/// A file of weights that cannot be read, and where.
#[derive(Debug, Error)]
#[error("{file}{}", .place.as_ref().map(|place| format!(", {place}")).unwrap_or_default())]
pub struct WeightsError {
    /// The file, as the caller named it; inside a folder, its name there.
    pub file: String,
    /// Where in the file: a tensor, or a byte.
    pub place: Option<Place>,
    /// What is wrong.
    #[source]
    pub problem: WeightsProblem,
}

impl WeightsError {
    /// A stable code, `lineage::problem`.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }
}

/// Where in a file of weights something is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Place {
    /// A tensor, by its name in the file.
    Tensor(String),
    /// Bytes from the file's beginning.
    Byte(u64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tensor(name) => write!(out, "tensor `{}`", name.escape_debug()),
            Self::Byte(byte) => write!(out, "byte {byte}"),
        }
    }
}

/// What is wrong with a file of weights.
#[derive(Debug, Error)]
pub enum WeightsProblem {
    /// The system could not read the file.
    #[error("the file could not be read")]
    Io(#[source] io::Error),
    /// The file is none of the formats that are read.
    #[error("neither safetensors, GGUF, ONNX nor a PyTorch zip checkpoint")]
    NotWeights,
    /// A folder without any file of weights.
    #[error("the folder holds no file of weights")]
    NoWeights,
    /// A folder with several models in it.
    #[error("the folder holds {0} GGUF files that are no parts of one model")]
    Several(u64),
    /// The file ends before what its header announces.
    #[error("the file ends early: {needed} bytes are announced, it has {found}")]
    Truncated {
        /// Bytes from the file's beginning that must be there.
        needed: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The header is larger than any real one.
    #[error("a header of {bytes} bytes; at most {limit} are read")]
    HeaderTooLarge {
        /// Bytes announced.
        bytes: u64,
        /// Bytes that are read at most.
        limit: u64,
    },
    /// The header does not follow the format.
    #[error("the header is broken: {0}")]
    Header(String),
    /// More of something than any real file has.
    #[error("{count} {what}; at most {limit} are read")]
    TooMany {
        /// Of what, in the plural.
        what: &'static str,
        /// How many.
        count: u64,
        /// How many are read at most.
        limit: u64,
    },
    /// An encoding of numbers that is not known.
    #[error("unknown encoding `{0}`")]
    UnknownEncoding(String),
    /// A shape whose product is no number of elements.
    #[error("the shape {0:?} is too large")]
    Shape(Vec<u64>),
    /// The bytes of a tensor are not as many as its shape and encoding need.
    #[error("{found} bytes where shape and encoding need {needed}")]
    Size {
        /// Bytes that shape and encoding need.
        needed: u64,
        /// Bytes announced.
        found: u64,
    },
    /// A tensor lies outside the file.
    #[error("bytes {start} to {end} lie outside the file of {file_bytes}")]
    OutOfRange {
        /// First byte.
        start: u64,
        /// Byte behind the last.
        end: u64,
        /// The file's size.
        file_bytes: u64,
    },
    /// Two tensors share bytes.
    #[error("shares bytes with tensor `{}`", .0.escape_debug())]
    Overlap(String),
    /// A name that stands twice.
    #[error("the name stands twice")]
    Duplicate,
    /// The index names a file that is not there, or a file lacks what the index says.
    #[error("the index names {0}")]
    Index(String),
    /// A name that leads out of the folder.
    #[error("the name `{}` leads out of the folder", .0.escape_debug())]
    OutsideFolder(String),
    /// A symbolic link that leads out of the folder.
    #[error("a symbolic link that leads out of the folder")]
    Link,
    /// A pickle asks for something else than tensors.
    #[error("the pickle asks for {0}, which is never run")]
    Pickle(String),
    /// A container member or field in a form that is not read.
    #[error("{0} is not read")]
    Unsupported(String),
    /// The file changed while it was read.
    #[error("the file changed while it was read")]
    Changed,
}

impl WeightsProblem {
    /// A stable code, `lineage::problem`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "lineage::unreadable",
            Self::NotWeights => "lineage::not_weights",
            Self::NoWeights => "lineage::no_weights",
            Self::Several(_) => "lineage::several",
            Self::Truncated { .. } => "lineage::truncated",
            Self::HeaderTooLarge { .. } => "lineage::header_too_large",
            Self::Header(_) => "lineage::header",
            Self::TooMany { .. } => "lineage::too_many",
            Self::UnknownEncoding(_) => "lineage::unknown_encoding",
            Self::Shape(_) => "lineage::shape",
            Self::Size { .. } => "lineage::size",
            Self::OutOfRange { .. } => "lineage::out_of_range",
            Self::Overlap(_) => "lineage::overlap",
            Self::Duplicate => "lineage::duplicate",
            Self::Index(_) => "lineage::index",
            Self::OutsideFolder(_) => "lineage::outside_folder",
            Self::Link => "lineage::link",
            Self::Pickle(_) => "lineage::pickle",
            Self::Unsupported(_) => "lineage::unsupported",
            Self::Changed => "lineage::changed",
        }
    }
}
