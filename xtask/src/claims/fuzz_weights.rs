//! The claim `fuzz-weights`: the readers of models' files, of what lies beside them, of blocks of numbers, of packed
//! matrices and of names were given hostile bytes for a long time, and none crashed; a short run repeats it.

use super::{Claim, fuzzed};

pub(crate) const CLAIM: Claim = Claim {
    name: "fuzz-weights",
    promise: "Readers of weights (safetensors, GGUF, ONNX, PyTorch, their indexes, blocks, packed matrices and names): at \
              least 20 minutes of fuzzing each without a crash, an input of 10 seconds or one of 2 GiB",
    run: |settings| fuzzed::measure(settings, &TARGETS),
};

const TARGETS: [&str; 8] = [
    "weights_safetensors",
    "weights_gguf",
    "weights_onnx",
    "weights_packed",
    "weights_pytorch",
    "weights_index",
    "weights_blocks",
    "weights_names",
];
