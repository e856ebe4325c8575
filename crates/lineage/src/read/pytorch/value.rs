//! The values of a pickle, in one list: they name each other by number, so that none owns another, a value may hold
//! itself, and freeing them needs no recursion.

use crate::encoding::Encoding;
use crate::error::WeightsProblem;

/// Above what a pickle of 64 MiB holds in earnest: a tensor takes about 14 values and 150 bytes.
const VALUES: usize = 8 << 20;

/// The number of a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Id(u32);

/// What a pickle builds, as far as weights need it. Texts lie in the pickle.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// What weights have no use for: none, truth values, floating point, bytes, sets.
    Other,
    /// A whole number.
    Whole(i64),
    /// Text.
    Text(&'a str),
    /// Values that stay as they are.
    Tuple(Vec<Id>),
    /// Values that may become more.
    List(Vec<Id>),
    /// Keys with values, in the order in which they were set.
    Dict(Vec<(Id, Id)>),
    /// One of the names that mean something here.
    Global(Global),
    /// Numbers in a member of the archive.
    Storage(Storage<'a>),
    /// A view of a storage.
    View(Box<View>),
}

/// The globals that mean something; all others are refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Global {
    /// `collections.OrderedDict`.
    OrderedDict,
    /// `torch.Size`.
    Size,
    /// `torch._utils._rebuild_tensor_v2`.
    RebuildTensor,
    /// `torch._utils._rebuild_tensor_v3`, which is told the encoding of its numbers.
    RebuildEncodedTensor,
    /// `torch._utils._rebuild_parameter`, with and without attributes.
    RebuildParameter,
    /// `torch._tensor._rebuild_from_type_v2`.
    RebuildFromType,
    /// `torch.Tensor` or `torch.nn.parameter.Parameter`, as the type that a tensor had.
    TensorType,
    /// `torch.FloatStorage` and the like; no encoding for `torch.storage.UntypedStorage`.
    Storage(Option<Encoding>),
    /// `torch.float8_e4m3fn` and the like.
    Encoding(Encoding),
}

/// Numbers in a member of the archive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Storage<'a> {
    /// How they are written; none for mere bytes.
    pub(super) encoding: Option<Encoding>,
    /// The member's name behind `data/`.
    pub(super) key: &'a str,
    /// How many numbers, or bytes where no encoding is given.
    pub(super) count: u64,
}

/// A tensor as a view of a storage.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The storage.
    pub(super) storage: Id,
    /// How its numbers are written.
    pub(super) encoding: Encoding,
    /// The first of the storage's numbers.
    pub(super) first: u64,
    /// Lengths of its dimensions, outermost first.
    pub(super) shape: Vec<u64>,
    /// Numbers from one place to the next, for each dimension.
    pub(super) strides: Vec<u64>,
}

/// All values of a pickle.
#[derive(Debug)]
pub(super) struct Values<'a>(Vec<Value<'a>>);

impl<'a> Values<'a> {
    /// With one value, [`Value::Other`], that all of its kind share.
    pub(super) fn new() -> Self {
        Self(vec![Value::Other])
    }

    /// The shared [`Value::Other`].
    pub(super) fn other() -> Id {
        Id(0)
    }

    /// Adds a value.
    pub(super) fn add(&mut self, value: Value<'a>) -> Result<Id, WeightsProblem> {
        let limit = VALUES as u64;
        let count = self.0.len() as u64 + 1;
        let id = u32::try_from(self.0.len()).ok().filter(|_| count <= limit);
        let id = id.ok_or(WeightsProblem::TooMany { what: "values in a pickle", count, limit })?;
        self.0.push(value);
        Ok(Id(id))
    }

    /// The value of that number.
    pub(super) fn get(&self, id: Id) -> &Value<'a> {
        let found = usize::try_from(id.0).ok().and_then(|place| self.0.get(place));
        found.unwrap_or(&Value::Other)
    }

    /// The value of that number, to add to it.
    pub(super) fn get_mut(&mut self, id: Id) -> Option<&mut Value<'a>> {
        let place = usize::try_from(id.0).ok()?;
        self.0.get_mut(place)
    }

    /// A length, place or number of values.
    pub(super) fn count(&self, id: Id) -> Option<u64> {
        match self.get(id) {
            Value::Whole(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// What a tuple or a list holds.
    pub(super) fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(items) | Value::List(items) => Some(items),
            _ => None,
        }
    }
}

impl Global {
    /// The meaning of `module.name`, if it has one.
    pub(super) fn of(module: &str, name: &str) -> Option<Self> {
        Some(match (module, name) {
            ("collections", "OrderedDict") => Self::OrderedDict,
            ("torch", "Size") => Self::Size,
            ("torch._utils", "_rebuild_tensor_v2") => Self::RebuildTensor,
            ("torch._utils", "_rebuild_tensor_v3") => Self::RebuildEncodedTensor,
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                Self::RebuildParameter
            }
            ("torch._tensor", "_rebuild_from_type_v2") => Self::RebuildFromType,
            ("torch", "Tensor") | ("torch.nn.parameter", "Parameter") => Self::TensorType,
            ("torch" | "torch.storage", "UntypedStorage") => Self::Storage(None),
            ("torch", name) => match name.strip_suffix("Storage") {
                Some(kind) => Self::Storage(Some(stored_encoding(kind)?)),
                None => Self::Encoding(named_encoding(name)?),
            },
            _ => return None,
        })
    }
}

/// The encoding of `torch.KINDStorage`.
fn stored_encoding(kind: &str) -> Option<Encoding> {
    Some(match kind {
        "Double" => Encoding::F64,
        "Float" => Encoding::F32,
        "Half" => Encoding::F16,
        "BFloat16" => Encoding::Bf16,
        "Long" => Encoding::I64,
        "Int" => Encoding::I32,
        "Short" => Encoding::I16,
        "Char" => Encoding::I8,
        "Byte" => Encoding::U8,
        "Bool" => Encoding::Bool,
        _ => return None,
    })
}

/// The encoding that PyTorch calls `torch.NAME`.
fn named_encoding(name: &str) -> Option<Encoding> {
    Some(match name {
        "float64" => Encoding::F64,
        "float32" => Encoding::F32,
        "float16" => Encoding::F16,
        "bfloat16" => Encoding::Bf16,
        "float8_e4m3fn" => Encoding::F8E4m3,
        "float8_e5m2" => Encoding::F8E5m2,
        "int8" => Encoding::I8,
        "int16" => Encoding::I16,
        "int32" => Encoding::I32,
        "int64" => Encoding::I64,
        "uint8" => Encoding::U8,
        "uint16" => Encoding::U16,
        "uint32" => Encoding::U32,
        "uint64" => Encoding::U64,
        "bool" => Encoding::Bool,
        _ => return None,
    })
}
