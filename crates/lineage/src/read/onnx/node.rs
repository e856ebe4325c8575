//! The nodes that tell something of tensors, and which of their inputs are weights, scales and zero points.
//!
//! Inputs are those of <https://onnx.ai/onnx/operators/> and, for the operators that quantisation makes,
//! <https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md>.

/// A node as far as weights need it.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// The graph that it stands in.
    pub(super) scope: usize,
    /// Its name; may be empty.
    pub(super) name: String,
    /// What it does.
    pub(super) operator: Operator,
    /// Names of the values that it takes; empty for those left out.
    pub(super) inputs: Vec<String>,
    /// Name of the first value that it makes.
    pub(super) output: Option<String>,
    /// The modules that it comes from, as PyTorch's exporter lists them; may be empty.
    pub(super) modules: String,
    /// The attribute `axis`.
    pub(super) axis: Option<i64>,
    /// Whether the attribute `block_size` asks for blocks.
    pub(super) has_blocks: bool,
    /// Whether the attribute `transB` is set: the weight is `[outputs, inputs]` as it stands.
    pub(super) is_transposed: bool,
}

/// What a node does, as far as it tells something of tensors.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Operator {
    /// Something else.
    #[default]
    Other,
    /// Makes a tensor that stands in the node.
    Constant,
    /// Hands a value on, perhaps in another encoding.
    Pass,
    /// A sum.
    Add,
    /// A product, number by number.
    Multiply,
    /// Takes rows of a table.
    Gather,
    /// Makes weights of integers.
    Dequantise,
    /// `MatMul`.
    Matrix,
    /// `Gemm`.
    General,
    /// `Conv` and `ConvTranspose`.
    Convolution,
    /// `MatMulInteger`.
    IntegerMatrix,
    /// `ConvInteger`.
    IntegerConvolution,
    /// `DynamicQuantizeMatMul`.
    DynamicMatrix,
    /// `MatMulIntegerToFloat`.
    IntegerMatrixToFloat,
    /// `QLinearMatMul`.
    LinearMatrix,
    /// `QGemm`.
    LinearGeneral,
    /// `QLinearConv`.
    LinearConvolution,
}

/// Which inputs of a node are what, by their place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs {
    /// What is multiplied by.
    pub(super) weight: usize,
    /// What is added.
    pub(super) bias: Option<usize>,
    /// The weight's scale.
    pub(super) scale: Option<usize>,
    /// The weight's zero point.
    pub(super) zero: Option<usize>,
    /// Whether the weight is `[inputs, outputs]`.
    pub(super) is_swapped: bool,
    /// Whether what the node makes is still to be scaled.
    pub(super) is_unscaled: bool,
}

impl Operator {
    /// The operator of that name in a file.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "Constant" => Self::Constant,
            "Cast" | "Identity" => Self::Pass,
            "Add" => Self::Add,
            "Mul" => Self::Multiply,
            "Gather" => Self::Gather,
            "DequantizeLinear" => Self::Dequantise,
            "MatMul" => Self::Matrix,
            "Gemm" => Self::General,
            "Conv" | "ConvTranspose" => Self::Convolution,
            "MatMulInteger" => Self::IntegerMatrix,
            "ConvInteger" => Self::IntegerConvolution,
            "DynamicQuantizeMatMul" => Self::DynamicMatrix,
            "MatMulIntegerToFloat" => Self::IntegerMatrixToFloat,
            "QLinearMatMul" => Self::LinearMatrix,
            "QGemm" => Self::LinearGeneral,
            "QLinearConv" => Self::LinearConvolution,
            _ => Self::Other,
        }
    }
}

impl Node {
    /// Which of its inputs are what, if it has a weight.
    pub(super) fn places(&self) -> Option<Inputs> {
        let plain =
            Inputs { weight: 1, bias: None, scale: None, zero: None, is_swapped: true, is_unscaled: false };
        let table = Inputs { weight: 0, is_swapped: false, ..plain };
        let linear = Inputs { weight: 3, scale: Some(4), zero: Some(5), ..plain };
        let integer = Inputs { zero: Some(3), is_unscaled: true, ..plain };
        match self.operator {
            Operator::Gather => Some(table),
            Operator::Matrix => Some(plain),
            Operator::General => Some(Inputs { bias: Some(2), is_swapped: !self.is_transposed, ..plain }),
            Operator::Convolution => Some(Inputs { bias: Some(2), is_swapped: false, ..plain }),
            Operator::IntegerMatrix => Some(integer),
            Operator::IntegerConvolution => Some(Inputs { is_swapped: false, ..integer }),
            Operator::DynamicMatrix => Some(Inputs { bias: Some(4), scale: Some(2), zero: Some(3), ..plain }),
            Operator::IntegerMatrixToFloat => {
                Some(Inputs { bias: Some(6), scale: Some(3), zero: Some(5), ..plain })
            }
            Operator::LinearMatrix => Some(linear),
            Operator::LinearGeneral => {
                Some(Inputs { bias: Some(6), is_swapped: !self.is_transposed, ..linear })
            }
            Operator::LinearConvolution => Some(Inputs { bias: Some(8), is_swapped: false, ..linear }),
            Operator::Other
            | Operator::Constant
            | Operator::Pass
            | Operator::Add
            | Operator::Multiply
            | Operator::Dequantise => None,
        }
    }
}
