//! What the nodes tell of tensors: what each is multiplied with, under which bias, and how its integers are scaled.

use super::graph::Model;
use super::node::{Inputs, Node, Operator};
use std::collections::BTreeMap;

/// `TensorProto.DataType`: 8-bit integers without and with a sign.
const INTEGERS: [u64; 2] = [2, 3];
/// `TensorProto.DataType`: singles, halves, doubles and the upper halves of singles.
const REALS: [u64; 4] = [1, 10, 11, 16];

/// What the nodes tell of a tensor.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found<'m> {
    /// The first node that multiplies by it, or adds it as a bias.
    pub(super) user: Option<User<'m>>,
    /// The name of the bias that is added to what it is multiplied with, without `.bias`.
    pub(super) beside: Option<&'m str>,
    /// How its integers become weights.
    pub(super) scaled: Option<Scaled<'m>>,
    /// Whether it is the scale or the zero point of another tensor.
    pub(super) is_scale: bool,
}

/// A use of a tensor.
#[derive(Clone, Copy, Debug)]
pub(super) struct User<'m> {
    /// The node.
    pub(super) node: &'m Node,
    /// Whether the node adds it.
    pub(super) is_bias: bool,
    /// Whether the node multiplies by it as `[inputs, outputs]`.
    pub(super) is_swapped: bool,
}

/// How a tensor's integers become weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaled<'m> {
    /// The tensor of scales, by its place.
    pub(super) scale: usize,
    /// The tensor of zero points.
    pub(super) zero: Option<usize>,
    /// What several scales belong to.
    pub(super) along: Along,
    /// What nodes call the weights.
    pub(super) value: Option<&'m str>,
}

/// What several scales belong to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Along {
    /// The places of a dimension, counted from the end where below 0.
    Axis(i64),
    /// What the shape of the scales says, aligned with the tensor's at the end.
    Shape,
    /// Something that is not read.
    Nothing,
}

/// What the nodes of `model` tell of each of its tensors.
pub(super) fn trace(model: &Model) -> Vec<Found<'_>> {
    let found = vec![Found::default(); model.tensors.len()];
    let mut tracer = Tracer { model, values: BTreeMap::new(), made: BTreeMap::new(), found };
    for (tensor, written) in model.tensors.iter().enumerate() {
        tracer.values.insert((written.scope, written.value.as_str()), Value { tensor, is_part: false });
    }
    for node in &model.nodes {
        tracer.follow(node);
    }
    tracer.found
}

struct Tracer<'m> {
    model: &'m Model,
    /// Values that are a tensor, as it stands, scaled, or some of its rows.
    values: BTreeMap<(usize, &'m str), Value>,
    /// Values that a node made with a weight.
    made: BTreeMap<(usize, &'m str), Made>,
    found: Vec<Found<'m>>,
}

#[derive(Clone, Copy)]
struct Value {
    tensor: usize,
    is_part: bool,
}

#[derive(Clone, Copy)]
struct Made {
    weight: usize,
    is_unscaled: bool,
}

impl<'m> Tracer<'m> {
    fn follow(&mut self, node: &'m Node) {
        match node.operator {
            Operator::Other | Operator::Constant => {}
            Operator::Pass => self.pass(node),
            Operator::Add => self.add(node),
            Operator::Multiply => self.multiply(node),
            Operator::Dequantise => self.dequantise(node),
            Operator::Gather
            | Operator::Matrix
            | Operator::General
            | Operator::Convolution
            | Operator::IntegerMatrix
            | Operator::IntegerConvolution
            | Operator::DynamicMatrix
            | Operator::IntegerMatrixToFloat
            | Operator::LinearMatrix
            | Operator::LinearGeneral
            | Operator::LinearConvolution => self.weigh(node),
        }
    }

    /// The tensor that an input is.
    fn value(&self, node: &Node, input: usize) -> Option<Value> {
        let name = node.inputs.get(input).filter(|name| !name.is_empty())?;
        self.known(node.scope, name)
    }

    /// The tensor that is called `name` in a graph, or in those that it stands in.
    fn known(&self, scope: usize, name: &str) -> Option<Value> {
        let mut scope = Some(scope);
        while let Some(at) = scope {
            if let Some(value) = self.values.get(&(at, name)) {
                return Some(*value);
            }
            scope = self.model.scopes.get(at)?.parent;
        }
        None
    }

    fn made(&self, node: &Node, input: usize) -> Option<Made> {
        let name = node.inputs.get(input)?.as_str();
        self.made.get(&(node.scope, name)).copied()
    }

    fn pass(&mut self, node: &'m Node) {
        let Some(output) = node.output.as_deref() else { return };
        if let Some(value) = self.value(node, 0) {
            self.values.insert((node.scope, output), value);
        }
        if let Some(made) = self.made(node, 0) {
            self.made.insert((node.scope, output), made);
        }
    }

    fn weigh(&mut self, node: &'m Node) {
        let Some(places) = node.places() else { return };
        let Some(weight) = self.value(node, places.weight) else { return };
        self.scale_input(node, weight, places);
        let is_swapped = places.is_swapped;
        self.used(weight.tensor, User { node, is_bias: false, is_swapped });
        if let Some(bias) = places.bias {
            if let Some(value) = self.value(node, bias) {
                self.used(value.tensor, User { node, is_bias: true, is_swapped: false });
            }
            self.beside(weight.tensor, node, bias);
        }
        let Some(output) = node.output.as_deref() else { return };
        if node.operator == Operator::Gather {
            self.values.insert((node.scope, output), Value { is_part: true, ..weight });
        } else {
            let made = Made { weight: weight.tensor, is_unscaled: places.is_unscaled };
            self.made.insert((node.scope, output), made);
        }
    }

    fn used(&mut self, tensor: usize, user: User<'m>) {
        if let Some(found) = self.found.get_mut(tensor)
            && found.user.is_none()
        {
            found.user = Some(user);
        }
    }

    fn beside(&mut self, weight: usize, node: &'m Node, bias: usize) {
        if let Some(name) = node.inputs.get(bias).and_then(|name| name.strip_suffix(".bias"))
            && let Some(found) = self.found.get_mut(weight)
            && found.beside.is_none()
        {
            found.beside = Some(name);
        }
    }

    /// A scale that the node takes, or that is called as the weight is.
    fn scale_input(&mut self, node: &'m Node, weight: Value, places: Inputs) {
        let scale = match places.scale {
            Some(input) => self.value(node, input),
            None if places.is_unscaled => self.scale_by_name(weight),
            None => None,
        };
        let zero = places.zero.and_then(|input| self.value(node, input));
        let along = Along::Axis(if places.is_swapped { -1 } else { 0 });
        self.scale(weight, scale, zero, along, None);
    }

    /// ONNX Runtime's names: `W_quantized` with `W_scale`.
    fn scale_by_name(&self, weight: Value) -> Option<Value> {
        let written = self.model.tensors.get(weight.tensor)?;
        let name = written.value.strip_suffix("_quantized")?;
        self.known(written.scope, &format!("{name}_scale"))
    }

    fn scale(
        &mut self,
        weight: Value,
        scale: Option<Value>,
        zero: Option<Value>,
        along: Along,
        value: Option<&'m str>,
    ) {
        let Some(scale) = scale.filter(|scale| scale.tensor != weight.tensor) else { return };
        let zero = zero.filter(|zero| zero.tensor != weight.tensor);
        let Some(found) = self.found.get_mut(weight.tensor) else { return };
        if found.scaled.is_none() {
            let zero = zero.map(|zero| zero.tensor);
            found.scaled = Some(Scaled { scale: scale.tensor, zero, along, value });
            self.mark(Some(scale));
        }
        self.mark(zero);
    }

    fn mark(&mut self, scale: Option<Value>) {
        let Some(scale) = scale else { return };
        if let Some(found) = self.found.get_mut(scale.tensor) {
            found.is_scale = true;
        }
    }

    fn dequantise(&mut self, node: &'m Node) {
        let (scale, zero) = (self.value(node, 1), self.value(node, 2));
        let Some(weight) = self.value(node, 0) else {
            // What is computed has scales too.
            self.mark(scale);
            self.mark(zero);
            return;
        };
        let output = node.output.as_deref();
        // Of rows that were taken, the axis is no longer the tensor's.
        let is_plain = !weight.is_part && !node.has_blocks;
        let along = if is_plain { Along::Axis(node.axis.unwrap_or(1)) } else { Along::Nothing };
        self.scale(weight, scale, zero, along, output.filter(|_| !weight.is_part));
        if let Some(output) = output {
            self.values.insert((node.scope, output), weight);
        }
    }

    fn multiply(&mut self, node: &'m Node) {
        let output = node.output.as_deref();
        if let (Some(one), Some(other)) = (self.value(node, 0), self.value(node, 1)) {
            for (weight, scale) in [(one, other), (other, one)] {
                if self.is_unscaled(weight) && self.data_type(scale).is_some_and(|kind| REALS.contains(&kind))
                {
                    self.scale(weight, Some(scale), None, Along::Shape, output);
                    if let Some(output) = output {
                        self.values.insert((node.scope, output), weight);
                    }
                    return;
                }
            }
        }
        let made =
            [0, 1].into_iter().find_map(|input| self.made(node, input).filter(|made| made.is_unscaled));
        if let (Some(made), Some(output)) = (made, output) {
            self.made.insert((node.scope, output), Made { is_unscaled: false, ..made });
        }
    }

    fn is_unscaled(&self, weight: Value) -> bool {
        let is_scaled = self.found.get(weight.tensor).is_some_and(|found| found.scaled.is_some());
        !weight.is_part && !is_scaled && self.data_type(weight).is_some_and(|kind| INTEGERS.contains(&kind))
    }

    fn data_type(&self, value: Value) -> Option<u64> {
        self.model.tensors.get(value.tensor).map(|written| written.data_type)
    }

    fn add(&mut self, node: &'m Node) {
        for (product, bias) in [(0, 1), (1, 0)] {
            if let Some(made) = self.made(node, product) {
                self.beside(made.weight, node, bias);
            }
        }
    }
}
