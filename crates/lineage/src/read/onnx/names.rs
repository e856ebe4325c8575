//! What an ONNX file's tensors were called before they were exported.
//!
//! Exporters fold the transpose of a linear layer's weight into a new tensor with a made-up name (`onnx::MatMul_470`,
//! `val_49`). Its name comes back from the node that multiplies by it, which is called as the layer is
//! (`/encoder/layer.0/attention/self/query/MatMul`), from the bias that is added next, or from the list of modules
//! that PyTorch's newer exporter keeps with the node.

use super::graph::{Model, Written};
use super::trace::Found;
use std::collections::{BTreeMap, BTreeSet};

/// A tensor that wants a name.
#[derive(Debug)]
pub(super) struct Candidate<'m> {
    /// The tensor.
    pub(super) written: &'m Written,
    /// Its name in the file.
    pub(super) own: &'m str,
    /// The name that it had before, where that can be told.
    pub(super) recovered: Option<String>,
}

/// What ONNX Runtime adds to the names of tensors that it quantises, and before of those that it transposes.
const QUANTISED: &str = "_quantized";
const TRANSPOSED: &str = "_Transposed";
/// Of all names that are made longer.
const SCOPED_BYTES: usize = 64 << 20;

/// A tensor's name in the file, without what quantisation adds to it.
pub(super) fn own<'m>(written: &'m Written, found: &Found<'m>) -> &'m str {
    let name = if written.name.is_empty() { &written.value } else { &written.name };
    let weights = found.scaled.and_then(|scaled| scaled.value);
    let weights = weights.filter(|weights| !weights.is_empty() && name.starts_with(*weights));
    let plain = weights.unwrap_or_else(|| name.strip_suffix(QUANTISED).unwrap_or(name));
    plain.strip_suffix(TRANSPOSED).filter(|_| is_swapped(found)).unwrap_or(plain)
}

/// Whether a tensor is the transpose of the weight that is called `own`.
pub(super) fn is_turned(written: &Written, found: &Found<'_>, own: &str) -> bool {
    let is_said = written.name.strip_prefix(own).is_some_and(|rest| rest.starts_with(TRANSPOSED));
    is_swapped(found) && (is_said || is_made_up(own))
}

fn is_swapped(found: &Found<'_>) -> bool {
    found.user.is_some_and(|user| user.is_swapped)
}

/// Whether an exporter made the name up.
pub(super) fn is_made_up(name: &str) -> bool {
    let is_counted = name.ends_with(|last: char| last.is_ascii_digit());
    name.starts_with("onnx::") || name.contains('/') || (is_counted && !name.contains('.'))
}

/// The name that a tensor of `dimensions` dimensions had before an exporter made up `own`.
pub(super) fn recovered(own: &str, dimensions: usize, found: &Found<'_>) -> Option<String> {
    let user = found.user.filter(|_| is_made_up(own))?;
    let (parameter, least) = if user.is_bias { ("bias", 1) } else { ("weight", 2) };
    let module = module_of_path(&user.node.name)
        .or_else(|| found.beside.map(str::to_owned))
        .or_else(|| module_of_list(&user.node.modules))?;
    (dimensions >= least).then(|| format!("{module}.{parameter}"))
}

/// The module of the node `/encoder/layer.0/attention/self/query/MatMul`. The part of a container that was called
/// itself stands before that of its child, which repeats it: `/layer1/layer1.0/conv1/Conv`.
fn module_of_path(path: &str) -> Option<String> {
    let (module, _) = path.strip_prefix('/')?.rsplit_once('/')?;
    let mut parts: Vec<&str> = Vec::new();
    for part in module.split('/') {
        let repeats = |last: &&str| part.strip_prefix(*last).is_some_and(|rest| rest.starts_with('.'));
        if parts.last().is_some_and(repeats) {
            parts.pop();
        }
        parts.push(part);
    }
    (!parts.contains(&"")).then(|| parts.join("."))
}

/// The innermost module of `['', 'encoder', 'encoder.layer.0', 'linear']`, whose last is the operation.
fn module_of_list(list: &str) -> Option<String> {
    let list = list.strip_prefix('[')?.strip_suffix(']')?;
    let module = list.rsplit(", ").nth(1)?.trim_matches('\'');
    (!module.is_empty()).then(|| module.to_owned())
}

/// One name for each tensor. Names of the file stay; what is recovered takes what they leave. Of tensors with one name
/// in several graphs, each gets the names of the nodes that hold its graph before it.
pub(super) fn settle(model: &Model, candidates: &[Candidate<'_>]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for candidate in candidates {
        *counts.entry(candidate.own).or_default() += 1;
    }
    let is_alone = |candidate: &Candidate<'_>| counts.get(candidate.own) == Some(&1);
    let stays = |candidate: &Candidate<'_>| candidate.recovered.is_none() && is_alone(candidate);
    let staying = candidates.iter().filter(|candidate| stays(candidate));
    let mut taken: BTreeSet<String> = staying.map(|candidate| candidate.own.to_owned()).collect();
    let (mut names, mut scoped_bytes) = (Vec::new(), 0);
    for candidate in candidates {
        let own = candidate.own.to_owned();
        if stays(candidate) || scoped_bytes > SCOPED_BYTES {
            names.push(own);
            continue;
        }
        let Written { scope, value, .. } = candidate.written;
        let alone = is_alone(candidate).then(|| own.clone());
        let scoped = [scoped(model, *scope, &own), scoped(model, *scope, value)];
        scoped_bytes += scoped.iter().map(String::len).sum::<usize>();
        let mut choices = candidate.recovered.iter().cloned().chain(alone).chain(scoped);
        names.push(choices.find(|choice| taken.insert(choice.clone())).unwrap_or(own));
    }
    names
}

fn scoped(model: &Model, scope: usize, name: &str) -> String {
    let mut parts = vec![name];
    let mut scope = model.scopes.get(scope);
    while let Some(at) = scope {
        parts.extend(Some(at.label.as_str()).filter(|label| !label.is_empty()));
        scope = at.parent.and_then(|parent| model.scopes.get(parent));
    }
    parts.reverse();
    parts.join(".")
}

#[cfg(test)]
mod tests {
    use super::{is_made_up, module_of_list, module_of_path};

    #[test]
    fn a_node_is_called_as_its_module() {
        let module = |path: &str| module_of_path(path).unwrap_or_default();
        assert_eq!(
            module("/encoder/layer.0/attention/self/query/MatMul"),
            "encoder.layer.0.attention.self.query"
        );
        assert_eq!(module("/encoder/layer.11/output/dense/MatMul_quant"), "encoder.layer.11.output.dense");
        assert_eq!(module("/layer1/layer1.0/conv1/Conv"), "layer1.0.conv1");
        assert_eq!(module("/features/features.0/features.0.0/Conv"), "features.0.0");
        assert_eq!(module("/model/model.0/auto_model/pooler/dense/Gemm"), "model.0.auto_model.pooler.dense");
        assert_eq!(module("/decoder/decoder/2/Conv"), "decoder.decoder.2");
        assert_eq!(module("/layer1/layer10/Conv"), "layer1.layer10");
        for none in
            ["", "/", "/MatMul", "MatMul_12", "node_MatMul_48", "a/b/MatMul", "//MatMul", "/a//MatMul"]
        {
            assert_eq!(module(none), "", "{none}");
        }
    }

    #[test]
    fn a_list_of_modules_ends_with_the_operation() {
        let module = |list: &str| module_of_list(list).unwrap_or_default();
        assert_eq!(
            module("['', 'model', 'model.layers.0', 'model.layers.0.mlp', 'linear_3']"),
            "model.layers.0.mlp"
        );
        for none in ["", "[]", "['linear']", "['', 'linear']", "model, linear"] {
            assert_eq!(module(none), "", "{none}");
        }
    }

    #[test]
    fn made_up_names_are_told_from_names() {
        for name in ["onnx::MatMul_470", "val_49", "1234", "/fc/Transpose_output_0", "onnx::Conv_1"] {
            assert!(is_made_up(name), "{name}");
        }
        for name in ["fc.weight", "encoder.layer.0", "text_projection", "h.0.attn.c_attn.weight", ""] {
            assert!(!is_made_up(name), "{name}");
        }
    }
}
