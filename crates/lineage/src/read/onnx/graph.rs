//! What an ONNX file says: its tensors and where their numbers lie, and the nodes that tell what tensors are for.
//!
//! Field numbers are those of <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>. No node is ever computed.

use super::node::{Node, Operator};
use super::wire::{Content, Span, Wire};
use crate::error::{WeightsError, WeightsProblem};
use crate::source::Source;
use std::collections::BTreeMap;

const TENSORS: u64 = 1_000_000;
const NODES: u64 = 1_000_000;
const GRAPHS: u64 = 10_000;
const GRAPH_DEPTH: usize = 8;
const SETTINGS: u64 = 10_000;
const DIMENSIONS: usize = 16;
/// Of a node; those that matter are among its first.
const INPUTS: usize = 9;
/// Longer labels of graphs are left out: a short file could repeat them often.
const LABEL_BYTES: usize = 256;
/// Under this key the exporter of PyTorch writes which module a node comes from.
const MODULES: &str = "pkg.torch.onnx.name_scopes";

/// A model as far as weights need it.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// What the file says of itself.
    pub(super) settings: BTreeMap<String, String>,
    /// The graph and those inside it.
    pub(super) scopes: Vec<Scope>,
    /// Initialisers and constants, in the file's order.
    pub(super) tensors: Vec<Written>,
    /// Nodes that tell something of tensors, each before those that use what it makes.
    pub(super) nodes: Vec<Node>,
}

/// A graph, in which names have a meaning.
#[derive(Debug)]
pub(super) struct Scope {
    /// The graph that it stands in, whose names it knows too.
    pub(super) parent: Option<usize>,
    /// The node and the attribute that hold it; empty for the outermost.
    pub(super) label: String,
}

/// A tensor as it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// Its own name; a constant may have none.
    pub(super) name: String,
    /// What nodes call it.
    pub(super) value: String,
    /// The graph that it stands in.
    pub(super) scope: usize,
    /// Lengths of its dimensions.
    pub(super) shape: Vec<u64>,
    /// `TensorProto.DataType`.
    pub(super) data_type: u64,
    /// Where its numbers are.
    pub(super) data: Data,
    /// Whether a node makes it, and no list of weights has it.
    pub(super) is_constant: bool,
}

/// Where a tensor's numbers are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Data {
    /// Nowhere.
    #[default]
    None,
    /// In place, in little-endian order.
    Raw(Span),
    /// In place, each in four bytes.
    Singles(Span),
    /// In place, each in eight bytes.
    Doubles(Span),
    /// Each in as many bytes as it needs.
    Varints(Span),
    /// In several pieces, or in a form that no weights have.
    Scattered,
    /// In another file.
    Elsewhere,
}

/// Reads a model's message; fails where there is none.
pub(super) fn read(source: &dyn Source) -> Result<Model, WeightsError> {
    let mut parser = Parser { wire: Wire::new(source), model: Model::default(), nodes: 0 };
    let mut message = Span { start: 0, end: source.bytes() };
    let mut has_graph = false;
    while let Some(field) = parser.wire.field(&mut message)? {
        match (field.number, field.content) {
            (7, Content::Bytes(graph)) if !has_graph => {
                has_graph = true;
                let scope = parser.scope(None, String::new(), graph)?;
                parser.graph(graph, scope, 1)?;
            }
            (7, Content::Bytes(graph)) => return Err(parser.wire.broken(graph.start, "a second graph")),
            (14, Content::Bytes(entry)) => parser.setting(entry)?,
            (25, Content::Bytes(function)) => {
                let scope = parser.scope(None, "function".to_owned(), function)?;
                parser.function(function, scope)?;
            }
            _ => {}
        }
    }
    if !has_graph {
        return Err(source.error(None, WeightsProblem::NotWeights));
    }
    Ok(parser.model)
}

struct Parser<'a> {
    wire: Wire<'a>,
    model: Model,
    /// All of them, kept or not.
    nodes: u64,
}

impl Parser<'_> {
    fn limited(&self, span: Span, what: &'static str, count: u64, limit: u64) -> Result<(), WeightsError> {
        if count > limit {
            return Err(self.wire.fail(span.start, WeightsProblem::TooMany { what, count, limit }));
        }
        Ok(())
    }

    fn scope(&mut self, parent: Option<usize>, label: String, graph: Span) -> Result<usize, WeightsError> {
        let label = if label.len() > LABEL_BYTES { String::new() } else { label };
        let scope = self.model.scopes.len();
        self.limited(graph, "graphs", scope as u64 + 1, GRAPHS)?;
        self.model.scopes.push(Scope { parent, label });
        Ok(scope)
    }

    /// A `GraphProto`.
    fn graph(&mut self, mut graph: Span, scope: usize, depth: usize) -> Result<(), WeightsError> {
        self.limited(graph, "graphs in graphs", depth as u64, GRAPH_DEPTH as u64)?;
        while let Some(field) = self.wire.field(&mut graph)? {
            match (field.number, field.content) {
                (1, Content::Bytes(node)) => self.node(node, scope, depth)?,
                (5, Content::Bytes(tensor)) => {
                    let mut written = self.tensor(tensor)?;
                    written.value.clone_from(&written.name);
                    self.keep(written, scope, tensor)?;
                }
                (15, Content::Bytes(tensor)) => {
                    let problem = WeightsProblem::Unsupported("a sparse tensor".to_owned());
                    return Err(self.wire.fail(tensor.start, problem));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A `FunctionProto`: nodes that the graph uses under one name.
    fn function(&mut self, mut function: Span, scope: usize) -> Result<(), WeightsError> {
        while let Some(field) = self.wire.field(&mut function)? {
            if let (7, Content::Bytes(node)) = (field.number, field.content) {
                self.node(node, scope, 1)?;
            }
        }
        Ok(())
    }

    /// A `StringStringEntryProto` of the model.
    fn setting(&mut self, entry: Span) -> Result<(), WeightsError> {
        if let (Some(key), Some(value)) = self.entry(entry)?
            && value.is_short()
        {
            let (key, value) = (self.wire.text(key)?, self.wire.text(value)?);
            self.model.settings.insert(key, value);
            self.limited(entry, "settings", self.model.settings.len() as u64, SETTINGS)?;
        }
        Ok(())
    }

    fn entry(&mut self, mut entry: Span) -> Result<(Option<Span>, Option<Span>), WeightsError> {
        let (mut key, mut value) = (None, None);
        while let Some(field) = self.wire.field(&mut entry)? {
            match (field.number, field.content) {
                (1, Content::Bytes(text)) => key = Some(text),
                (2, Content::Bytes(text)) => value = Some(text),
                _ => {}
            }
        }
        Ok((key, value))
    }

    fn keep(&mut self, mut written: Written, scope: usize, tensor: Span) -> Result<(), WeightsError> {
        self.limited(tensor, "tensors", self.model.tensors.len() as u64 + 1, TENSORS)?;
        written.scope = scope;
        self.model.tensors.push(written);
        Ok(())
    }

    /// A `NodeProto`.
    fn node(&mut self, message: Span, scope: usize, depth: usize) -> Result<(), WeightsError> {
        self.nodes += 1;
        self.limited(message, "nodes", self.nodes, NODES)?;
        let (mut node, mut constant) = (Node { scope, ..Node::default() }, None);
        let mut rest = message;
        while let Some(field) = self.wire.field(&mut rest)? {
            let Content::Bytes(content) = field.content else { continue };
            match field.number {
                1 if node.inputs.len() < INPUTS => node.inputs.push(self.wire.text(content)?),
                2 if node.output.is_none() => node.output = Some(self.wire.text(content)?),
                3 => node.name = self.wire.text(content)?,
                4 => node.operator = Operator::of(&self.wire.text(content)?),
                5 => constant = self.attribute(content, &mut node, depth)?.or(constant),
                9 => {
                    let (key, value) = self.entry(content)?;
                    if let (Some(key), Some(value)) = (key, value)
                        && value.is_short()
                        && self.wire.is(key, MODULES)?
                    {
                        node.modules = self.wire.text(value)?;
                    }
                }
                _ => {}
            }
        }
        match (node.operator, constant) {
            (Operator::Constant, Some(mut written)) => {
                written.value = node.output.unwrap_or_default();
                written.is_constant = true;
                self.keep(written, scope, message)
            }
            (Operator::Constant | Operator::Other, _) => Ok(()),
            (_, _) => {
                self.model.nodes.push(node);
                Ok(())
            }
        }
    }

    /// An `AttributeProto`; gives the tensor that is a constant's value.
    fn attribute(
        &mut self,
        mut attribute: Span,
        node: &mut Node,
        depth: usize,
    ) -> Result<Option<Written>, WeightsError> {
        let (mut name, mut number, mut tensor) = (String::new(), None, None);
        while let Some(field) = self.wire.field(&mut attribute)? {
            match (field.number, field.content) {
                (1, Content::Bytes(text)) => name = self.wire.text(text)?,
                (3, Content::Number(raw)) => number = Some(raw.cast_signed()),
                (5, Content::Bytes(value)) => tensor = Some(self.tensor(value)?),
                (6 | 11, Content::Bytes(graph)) => {
                    let label =
                        if node.name.is_empty() { name.clone() } else { format!("{}.{name}", node.name) };
                    let scope = self.scope(Some(node.scope), label, graph)?;
                    self.graph(graph, scope, depth + 1)?;
                }
                _ => {}
            }
        }
        match (name.as_str(), number) {
            ("axis", Some(number)) => node.axis = Some(number),
            ("block_size", Some(number)) => node.has_blocks = number != 0,
            ("transB", Some(number)) => node.is_transposed = number != 0,
            _ => {}
        }
        Ok(tensor.filter(|_| name == "value"))
    }

    /// A `TensorProto`, without its numbers.
    fn tensor(&mut self, message: Span) -> Result<Written, WeightsError> {
        let (mut written, mut is_elsewhere) = (Written::default(), false);
        let mut rest = message;
        while let Some(field) = self.wire.field(&mut rest)? {
            match (field.number, field.content) {
                (1, Content::Number(length)) => self.dimension(&mut written, length, message)?,
                (1, Content::Bytes(mut packed)) => {
                    while packed.start < packed.end {
                        let length = self.wire.number(&mut packed)?;
                        self.dimension(&mut written, length, message)?;
                    }
                }
                (2, Content::Number(data_type)) => written.data_type = data_type,
                // Segments, texts, and whole numbers of 64 bits.
                (3 | 6 | 7 | 11, _) => written.data = Data::Scattered,
                (4, content) => written.data.put(content, Data::Singles),
                (5, content) => written.data.put(content, Data::Varints),
                (8, Content::Bytes(name)) => written.name = self.wire.text(name)?,
                (9, content) => written.data.put(content, Data::Raw),
                (10, content) => written.data.put(content, Data::Doubles),
                (13, _) | (14, Content::Number(1)) => is_elsewhere = true,
                _ => {}
            }
        }
        if is_elsewhere {
            written.data = Data::Elsewhere;
        }
        Ok(written)
    }

    fn dimension(&self, written: &mut Written, length: u64, tensor: Span) -> Result<(), WeightsError> {
        written.shape.push(length);
        self.limited(tensor, "dimensions of a tensor", written.shape.len() as u64, DIMENSIONS as u64)
    }
}

impl Data {
    /// Adds what a field holds; numbers in more than one field are in no one place.
    fn put(&mut self, content: Content, form: impl Fn(Span) -> Self) {
        *self = match (*self, content) {
            (Self::None, Content::Bytes(span)) => form(span),
            (_, _) => Self::Scattered,
        };
    }
}
