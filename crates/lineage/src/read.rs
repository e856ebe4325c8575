//! Readers of foreign formats: from hostile bytes to a list of tensors and where their bytes lie.

mod folder;
#[doc(hidden)]
pub mod fuzz;
mod gguf;
mod index;
mod onnx;
mod packing;
mod pytorch;
mod safetensors;
mod vocabulary;

use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::{Source, WeightFile};
use crate::tensor::Tensor;
pub use folder::weights_among;
pub use gguf::read_gguf;
pub use onnx::read_onnx;
pub use pytorch::read_pytorch;
pub use safetensors::read_safetensors;
use std::collections::BTreeMap;
use std::path::Path;
pub(crate) use vocabulary::token_bytes;

/// What a file's header says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// Its tensors, in the header's order.
    pub tensors: Vec<Tensor>,
    /// What else it says of the model.
    pub about: About,
}

/// What files say of a model beside its weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// Settings by name, numbers and truth values in their usual writing; lists are left out.
    pub settings: BTreeMap<String, String>,
    /// The bytes that each token stands for, by its number; none where no vocabulary is there.
    pub tokens: Option<Vec<Vec<u8>>>,
}

/// The format of a model's files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// <https://github.com/huggingface/safetensors>, sharded or not.
    Safetensors,
    /// <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>, split or not.
    Gguf,
    /// The initialisers of an ONNX graph.
    Onnx,
    /// A zip file that `torch.save` wrote; its pickle is read, never run.
    Pytorch,
}

impl Format {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Gguf => "GGUF",
            Self::Onnx => "ONNX",
            Self::Pytorch => "PyTorch",
        }
    }

    /// The format of a file by its first bytes; ONNX has none, so it is what begins as a protobuf message does.
    fn of(source: &dyn Source) -> Result<Self, WeightsError> {
        let count = usize::try_from(source.bytes().min(9)).unwrap_or(9);
        let head = source.take(0, count)?;
        match head.as_slice() {
            [b'G', b'G', b'U', b'F', ..] => Ok(Self::Gguf),
            // A pickle that PyTorch wrote before it wrote zip files goes to its reader too, which says what it is.
            [b'P', b'K', 3, 4, ..] | [0x80, 2..=5, ..] => Ok(Self::Pytorch),
            [_, _, _, _, _, 0, 0, 0, b'{'] => Ok(Self::Safetensors),
            // Field 1 (the version) as a number, or field 7 (the graph) first.
            [0x08 | 0x3A, ..] => Ok(Self::Onnx),
            _ => Err(source.error(None, WeightsProblem::NotWeights)),
        }
    }

    fn read(self, source: &dyn Source, file: usize) -> Result<Header, WeightsError> {
        let header = match self {
            Self::Safetensors => read_safetensors(source, file),
            Self::Gguf => read_gguf(source, file),
            Self::Onnx => read_onnx(source, file),
            Self::Pytorch => read_pytorch(source, file),
        }?;
        self.check(source, &header.tensors)?;
        Ok(header)
    }

    /// What holds for every format: bytes lie inside the file, and no two tensors share some of them. PyTorch and
    /// ONNX let two names stand for one tensor.
    fn check(self, source: &dyn Source, tensors: &[Tensor]) -> Result<(), WeightsError> {
        let mut places: Vec<&Tensor> = tensors.iter().filter(|tensor| tensor.extent.bytes > 0).collect();
        places.sort_by_key(|tensor| (tensor.extent.offset, tensor.extent.bytes));
        for tensor in &places {
            let (start, end) =
                (tensor.extent.offset, tensor.extent.offset.saturating_add(tensor.extent.bytes));
            if end > source.bytes() {
                let problem = WeightsProblem::OutOfRange { start, end, file_bytes: source.bytes() };
                return Err(source.error(Some(Place::Tensor(tensor.name.clone())), problem));
            }
        }
        let shared = match self {
            Self::Safetensors | Self::Gguf => false,
            Self::Onnx | Self::Pytorch => true,
        };
        for (one, next) in places.iter().zip(places.iter().skip(1)) {
            let twice = shared && one.extent == next.extent;
            if !twice && next.extent.offset < one.extent.offset + one.extent.bytes {
                let place = Some(Place::Tensor(next.name.clone()));
                return Err(source.error(place, WeightsProblem::Overlap(one.name.clone())));
            }
        }
        Ok(())
    }
}

/// A model's weights: its files, open, and what lies where in them.
#[derive(Debug)]
pub struct Weights {
    /// What the caller called it.
    pub name: String,
    /// Their format.
    pub format: Format,
    /// The files, in the order of their names.
    pub files: Vec<WeightFile>,
    /// All tensors, by name.
    pub tensors: Vec<Tensor>,
    /// What the files beside say.
    pub about: About,
}

impl Weights {
    /// Opens the weights at `path`: a file, one of a split set, or a folder as hubs lay it out. Headers are read,
    /// and small tensors that say how packed matrices lie.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        folder::open(path)
    }

    /// The tensor of that name.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        let found = self.tensors.binary_search_by(|tensor| tensor.name.as_str().cmp(name)).ok()?;
        self.tensors.get(found)
    }

    /// The file that holds `tensor`.
    pub fn file(&self, tensor: &Tensor) -> Option<&WeightFile> {
        self.files.get(tensor.extent.file)
    }

    /// Bytes of all its files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(Source::bytes).sum()
    }
}

/// Reads the header of one file of any format, as fuzzing does.
pub fn read_any(source: &dyn Source) -> Result<(Format, Header), WeightsError> {
    let format = Format::of(source)?;
    Ok((format, format.read(source, 0)?))
}
