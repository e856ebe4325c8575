//! What the functions that PyTorch's pickles call would make: dictionaries, and tensors as views of storages.
//!
//! Their arguments are those of `torch/_utils.py` and `torch/_tensor.py`; a storage is described as in
//! `torch/serialization.py` (`persistent_id`).

use super::value::{Global, Id, Storage, Value, Values, View};
use crate::encoding::Encoding;
use crate::error::WeightsProblem;

const ARGUMENTS: usize = 16;
const DIMENSIONS: usize = 16;

/// What a call of the value `function` with the tuple `arguments` would make.
pub(super) fn call(values: &mut Values<'_>, function: Id, arguments: Id) -> Result<Id, WeightsProblem> {
    let &Value::Global(function) = values.get(function) else {
        return Err(WeightsProblem::Pickle("a call of what is no function".to_owned()));
    };
    let arguments = short(values, arguments, ARGUMENTS)?;
    if let (Global::RebuildFromType, [function, kind, inner, ..]) = (function, arguments.as_slice()) {
        return from_type(values, *function, *kind, *inner);
    }
    made(values, function, &arguments)
}

/// A tensor or parameter that had attributes of its own.
fn from_type(values: &mut Values<'_>, function: Id, kind: Id, arguments: Id) -> Result<Id, WeightsProblem> {
    let (&Value::Global(function), &Value::Global(Global::TensorType)) =
        (values.get(function), values.get(kind))
    else {
        return Err(WeightsProblem::Pickle("a tensor of a type of its own".to_owned()));
    };
    let arguments = short(values, arguments, ARGUMENTS)?;
    made(values, function, &arguments)
}

fn made(values: &mut Values<'_>, function: Global, arguments: &[Id]) -> Result<Id, WeightsProblem> {
    match (function, arguments) {
        (Global::OrderedDict, []) => values.add(Value::Dict(Vec::new())),
        (Global::Size, [lengths]) if values.items(*lengths).is_some() => Ok(*lengths),
        (Global::RebuildTensor, [storage, first, shape, strides, ..]) => {
            let encoding = match values.get(*storage) {
                Value::Storage(storage) => storage.encoding,
                _ => None,
            };
            let encoding = encoding.ok_or_else(|| broken("a tensor of a storage without an encoding"))?;
            view(values, *storage, encoding, [*first, *shape, *strides])
        }
        (Global::RebuildEncodedTensor, [storage, first, shape, strides, _, _, encoding, ..]) => {
            let &Value::Global(Global::Encoding(encoding)) = values.get(*encoding) else {
                return Err(broken("a tensor without an encoding"));
            };
            view(values, *storage, encoding, [*first, *shape, *strides])
        }
        (Global::RebuildParameter, [tensor, ..]) if matches!(values.get(*tensor), Value::View(_)) => {
            Ok(*tensor)
        }
        _ => Err(WeightsProblem::Pickle("a call that makes no tensor".to_owned())),
    }
}

fn view(
    values: &mut Values<'_>,
    storage: Id,
    encoding: Encoding,
    [first, shape, strides]: [Id; 3],
) -> Result<Id, WeightsProblem> {
    if !matches!(values.get(storage), Value::Storage(_)) {
        return Err(broken("a tensor without a storage"));
    }
    let first = values.count(first).ok_or_else(|| broken("a tensor without a place in its storage"))?;
    let (shape, strides) = (lengths(values, shape)?, lengths(values, strides)?);
    if shape.len() != strides.len() {
        return Err(broken("a tensor whose shape and strides differ in length"));
    }
    values.add(Value::View(Box::new(View { storage, encoding, first, shape, strides })))
}

fn lengths(values: &Values<'_>, id: Id) -> Result<Vec<u64>, WeightsProblem> {
    let items = short(values, id, DIMENSIONS)?;
    let lengths: Option<Vec<u64>> = items.iter().map(|item| values.count(*item)).collect();
    lengths.ok_or_else(|| broken("a shape that is not made of lengths"))
}

/// What a tuple or list of at most `limit` values holds. Copies of long ones would let a short pickle fill the memory.
fn short(values: &Values<'_>, id: Id, limit: usize) -> Result<Vec<Id>, WeightsProblem> {
    let items = values.items(id).ok_or_else(|| broken("a value where a tuple should stand"))?;
    if items.len() > limit {
        let (count, limit) = (items.len() as u64, limit as u64);
        return Err(WeightsProblem::TooMany { what: "arguments or dimensions", count, limit });
    }
    Ok(items.to_vec())
}

/// The storage that `description` names: `("storage", type, key, device, count)`.
pub(super) fn storage<'a>(values: &Values<'a>, description: Id) -> Result<Storage<'a>, WeightsProblem> {
    let unknown = || WeightsProblem::Pickle("something outside that is no storage".to_owned());
    let items = values.items(description).unwrap_or_default();
    let [mark, kind, key, _, count, ..] = items else { return Err(unknown()) };
    match (values.get(*mark), values.get(*kind), values.get(*key), values.count(*count)) {
        (
            Value::Text("storage"),
            &Value::Global(Global::Storage(encoding)),
            &Value::Text(key),
            Some(count),
        ) => Ok(Storage { encoding, key, count }),
        _ => Err(unknown()),
    }
}

fn broken(what: &str) -> WeightsProblem {
    WeightsProblem::Header(what.to_owned())
}
