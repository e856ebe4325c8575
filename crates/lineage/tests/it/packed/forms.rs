//! Packers, as plain loops over what each layout says, and what a packed matrix stands for.

use crate::made::{Model, Random, Tensor};
use daepyo_lineage::Encoding;
use half::f16;

/// Numbers that share a scale.
const GROUP: usize = 32;
/// The levels of NF4 (Dettmers et al. 2023).
const NF4: [f32; 16] = [
    -1.0,
    -0.696_192_8,
    -0.525_073_05,
    -0.394_917_5,
    -0.284_441_38,
    -0.184_773_43,
    -0.091_050_036,
    0.0,
    0.079_580_3,
    0.160_930_2,
    0.246_112_3,
    0.337_915_24,
    0.440_709_83,
    0.562_617,
    0.722_956_84,
    1.0,
];

/// A way to pack.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Gptq { bits: usize, symmetric: bool, stored_less_one: bool, ordered: bool, told: bool },
    Awq,
    Compressed { bits: usize, zeros: bool },
    Levels { block: usize, nested: bool },
    Int8,
    Blocks,
    Rows,
}

impl Form {
    /// What stands in the name of the main tensor for `.weight`.
    pub(crate) fn stored_as(self) -> &'static str {
        match self {
            Self::Gptq { .. } | Self::Awq => ".qweight",
            Self::Compressed { .. } => ".weight_packed",
            Self::Levels { .. } | Self::Int8 | Self::Blocks | Self::Rows => ".weight",
        }
    }

    /// The settings that the tool writes; none where the tensors tell enough.
    pub(crate) fn settings(self) -> Option<serde_json::Value> {
        match self {
            Self::Gptq { bits, stored_less_one, told: true, .. } => {
                let format = if stored_less_one { "gptq" } else { "gptq_v2" };
                let settings = serde_json::json!({
                    "quant_method": "gptq", "bits": bits, "group_size": GROUP, "checkpoint_format": format,
                });
                Some(settings)
            }
            Self::Blocks => Some(serde_json::json!({"quant_method": "fp8", "weight_block_size": [32, 32]})),
            _ => None,
        }
    }
}

/// A tensor as it is stored.
pub(crate) struct Raw {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) shape: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

impl Raw {
    fn new(name: &str, kind: &'static str, shape: &[usize], bytes: Vec<u8>) -> Self {
        Self { name: name.to_owned(), kind, shape: shape.to_vec(), bytes }
    }

    pub(crate) fn singles(name: &str, shape: &[usize], numbers: &[f32]) -> Self {
        Self::new(name, "F32", shape, numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
    }

    fn halves(name: &str, shape: &[usize], numbers: &[f32]) -> Self {
        let bytes = numbers.iter().flat_map(|number| f16::from_f32(*number).to_le_bytes()).collect();
        Self::new(name, "F16", shape, bytes)
    }

    fn words(name: &str, shape: &[usize], words: &[u32]) -> Self {
        Self::new(name, "I32", shape, words.iter().flat_map(|word| word.to_le_bytes()).collect())
    }
}

/// A packed model.
#[derive(Default)]
pub(crate) struct Packed {
    pub(crate) raws: Vec<Raw>,
    /// What each packed matrix stands for, row after row, by the name of its weight.
    pub(crate) decoded: Vec<(String, Vec<f32>)>,
}

/// All matrices of the layers packed, the rest in singles.
pub(crate) fn packed(model: &Model, form: Form) -> Packed {
    let mut packed = Packed::default();
    for (name, tensor) in model {
        let stem = name.strip_suffix(".weight").filter(|_| name.contains("_proj"));
        let Some(stem) = stem else {
            packed.raws.push(Raw::singles(name, &tensor.shape, &tensor.numbers));
            continue;
        };
        let (raws, decoded) = match form {
            Form::Gptq { bits, symmetric, stored_less_one, ordered, .. } => {
                gptq(stem, tensor, bits, symmetric, stored_less_one, ordered)
            }
            Form::Awq => awq(stem, tensor),
            Form::Compressed { bits, zeros } => compressed(stem, tensor, bits, zeros),
            Form::Levels { block, nested } => levels(stem, tensor, block, nested),
            Form::Int8 => int8(stem, tensor),
            Form::Blocks => blocks(stem, tensor),
            Form::Rows => rows(stem, tensor),
        };
        packed.raws.extend(raws);
        packed.decoded.push((name.clone(), decoded));
    }
    packed
}

/// Codes of a matrix, and the scale and zero of each group of a row.
struct Coded {
    outputs: usize,
    inputs: usize,
    groups: usize,
    codes: Vec<u32>,
    scales: Vec<f32>,
    zeros: Vec<u32>,
    decoded: Vec<f32>,
}

/// Rounds a matrix to nearest; `group_of` says which group each input belongs to.
fn coded(tensor: &Tensor, bits: usize, symmetric: bool, group_of: &[usize]) -> Coded {
    let (outputs, inputs) = (tensor.shape[0], tensor.shape[1]);
    let groups = inputs / GROUP;
    let most = (1_u32 << bits) - 1;
    let mut made = Coded {
        outputs,
        inputs,
        groups,
        codes: vec![0; outputs * inputs],
        scales: vec![0.0; outputs * groups],
        zeros: vec![0; outputs * groups],
        decoded: vec![0.0; outputs * inputs],
    };
    for row in 0..outputs {
        for group in 0..groups {
            let own: Vec<usize> = (0..inputs).filter(|input| group_of[*input] == group).collect();
            let numbers = own.iter().map(|input| tensor.numbers[row * inputs + input]);
            let (least, greatest) = numbers.fold((0.0_f32, 0.0_f32), |(least, greatest), number| {
                (least.min(number), greatest.max(number))
            });
            let range = if symmetric { 2.0 * greatest.max(-least) } else { greatest - least };
            let scale = f16::from_f32(range / most as f32).to_f32();
            let zero = if symmetric { most.div_ceil(2) } else { (-least / scale).round() as u32 };
            made.scales[row * groups + group] = scale;
            made.zeros[row * groups + group] = zero;
            for input in own {
                let at = row * inputs + input;
                let code = (tensor.numbers[at] / scale).round() + zero as f32;
                made.codes[at] = code.clamp(0.0, most as f32) as u32;
                made.decoded[at] = (made.codes[at] as f32 - zero as f32) * scale;
            }
        }
    }
    made
}

fn by_neighbours(inputs: usize) -> Vec<usize> {
    (0..inputs).map(|input| input / GROUP).collect()
}

/// Of row-major numbers of rows and groups, those of each group together.
fn turned<T: Copy>(numbers: &[T], groups: usize) -> Vec<T> {
    (0..groups).flat_map(|group| numbers.iter().skip(group).step_by(groups).copied()).collect()
}

fn set(words: &mut [u32], word: usize, bit: usize, code: u32, of_code: usize) {
    words[word] |= (code >> of_code & 1) << bit;
}

fn gptq(
    stem: &str,
    tensor: &Tensor,
    bits: usize,
    symmetric: bool,
    stored_less_one: bool,
    ordered: bool,
) -> (Vec<Raw>, Vec<f32>) {
    let inputs = tensor.shape[1];
    let mut group_of = by_neighbours(inputs);
    if ordered {
        // The inputs by importance: the first of them are the first group.
        for (place, input) in Random::new(17).order(inputs).into_iter().enumerate() {
            group_of[input] = place / GROUP;
        }
    }
    let made = coded(tensor, bits, symmetric, &group_of);
    let (outputs, groups) = (made.outputs, made.groups);
    let mut words = vec![0; inputs * bits / 32 * outputs];
    for row in 0..outputs {
        for input in 0..inputs {
            for bit in 0..bits {
                let at = input * bits + bit;
                set(&mut words, at / 32 * outputs + row, at % 32, made.codes[row * inputs + input], bit);
            }
        }
    }
    let width = outputs * bits / 32;
    let mut zeros = vec![0; groups * width];
    for row in 0..outputs {
        for group in 0..groups {
            let zero = made.zeros[row * groups + group];
            let stored = if stored_less_one { zero.wrapping_sub(1) } else { zero };
            for bit in 0..bits {
                let at = row * bits + bit;
                set(&mut zeros, group * width + at / 32, at % 32, stored, bit);
            }
        }
    }
    let list: Vec<u32> = group_of.iter().map(|group| *group as u32).collect();
    let mut raws = vec![
        Raw::words(&format!("{stem}.qweight"), &[inputs * bits / 32, outputs], &words),
        Raw::words(&format!("{stem}.qzeros"), &[groups, width], &zeros),
        Raw::halves(&format!("{stem}.scales"), &[groups, outputs], &turned(&made.scales, groups)),
    ];
    if ordered {
        raws.push(Raw::words(&format!("{stem}.g_idx"), &[inputs], &list));
    }
    (raws, made.decoded)
}

fn awq(stem: &str, tensor: &Tensor) -> (Vec<Raw>, Vec<f32>) {
    let made = coded(tensor, 4, false, &by_neighbours(tensor.shape[1]));
    let (outputs, inputs, groups) = (made.outputs, made.inputs, made.groups);
    // `codes` of lines of outputs, eight in a word, the even ones first.
    let packed = |lines: usize, code: &dyn Fn(usize, usize) -> u32| -> Vec<u32> {
        let mut words = vec![0; lines * outputs / 8];
        for line in 0..lines {
            for (number, word) in words[line * outputs / 8..(line + 1) * outputs / 8].iter_mut().enumerate() {
                for (place, output) in [0, 2, 4, 6, 1, 3, 5, 7].into_iter().enumerate() {
                    *word |= code(line, number * 8 + output) << (4 * place);
                }
            }
        }
        words
    };
    let words = packed(inputs, &|input, row| made.codes[row * inputs + input]);
    let zeros = packed(groups, &|group, row| made.zeros[row * groups + group]);
    let raws = vec![
        Raw::words(&format!("{stem}.qweight"), &[inputs, outputs / 8], &words),
        Raw::words(&format!("{stem}.qzeros"), &[groups, outputs / 8], &zeros),
        Raw::halves(&format!("{stem}.scales"), &[groups, outputs], &turned(&made.scales, groups)),
    ];
    (raws, made.decoded)
}

fn compressed(stem: &str, tensor: &Tensor, bits: usize, zeros: bool) -> (Vec<Raw>, Vec<f32>) {
    let made = coded(tensor, bits, !zeros, &by_neighbours(tensor.shape[1]));
    let (outputs, inputs, groups) = (made.outputs, made.inputs, made.groups);
    let of_word = 32 / bits;
    let mut words = vec![0; outputs * inputs / of_word];
    for (at, code) in made.codes.iter().enumerate() {
        words[at / of_word] |= code << (at % of_word * bits);
    }
    let shape: Vec<u8> = [outputs, inputs].iter().flat_map(|length| (*length as i64).to_le_bytes()).collect();
    let mut raws = vec![
        Raw::words(&format!("{stem}.weight_packed"), &[outputs, inputs / of_word], &words),
        Raw::halves(&format!("{stem}.weight_scale"), &[outputs, groups], &made.scales),
        Raw::new(&format!("{stem}.weight_shape"), "I64", &[2], shape),
    ];
    if zeros {
        let mut words = vec![0; outputs / of_word * groups];
        for row in 0..outputs {
            for group in 0..groups {
                words[row / of_word * groups + group] |=
                    made.zeros[row * groups + group] << (row % of_word * bits);
            }
        }
        raws.push(Raw::words(&format!("{stem}.weight_zero_point"), &[outputs / of_word, groups], &words));
    }
    (raws, made.decoded)
}

fn nearest(levels: &[f32], number: f32) -> usize {
    let far = |level: &f32| if level.is_finite() { (level - number).abs() } else { f32::INFINITY };
    (0..levels.len()).min_by(|one, other| far(&levels[*one]).total_cmp(&far(&levels[*other]))).unwrap()
}

fn levels(stem: &str, tensor: &Tensor, block: usize, nested: bool) -> (Vec<Raw>, Vec<f32>) {
    let largest = |numbers: &[f32]| numbers.iter().fold(0.0_f32, |most, number| most.max(number.abs()));
    let mut scales: Vec<f32> = tensor.numbers.chunks(block).map(largest).collect();
    let name = |end: &str| format!("{stem}.weight{end}");
    let mut state = serde_json::json!({
        "quant_type": "nf4", "blocksize": block, "dtype": "bfloat16", "shape": tensor.shape,
    });
    let mut raws = Vec::new();
    if nested {
        let map: Vec<f32> = (0..256).map(|level| (level as f32 - 127.0) / 128.0).collect();
        let offset = scales.iter().sum::<f32>() / scales.len() as f32;
        for scale in &mut scales {
            *scale -= offset;
        }
        let of_scales: Vec<f32> = scales.chunks(256).map(largest).collect();
        let codes: Vec<u8> = scales
            .iter()
            .enumerate()
            .map(|(place, scale)| nearest(&map, scale / of_scales[place / 256]) as u8)
            .collect();
        for (place, scale) in scales.iter_mut().enumerate() {
            *scale = map[usize::from(codes[place])] * of_scales[place / 256] + offset;
        }
        state["nested_blocksize"] = 256.into();
        state["nested_offset"] = offset.into();
        state["nested_dtype"] = "float32".into();
        raws.push(Raw::new(&name(".absmax"), "U8", &[codes.len()], codes));
        raws.push(Raw::singles(&name(".nested_absmax"), &[of_scales.len()], &of_scales));
        raws.push(Raw::singles(&name(".nested_quant_map"), &[256], &map));
    } else {
        raws.push(Raw::singles(&name(".absmax"), &[scales.len()], &scales));
    }
    let codes: Vec<usize> = tensor
        .numbers
        .iter()
        .enumerate()
        .map(|(at, number)| nearest(&NF4, number / scales[at / block]))
        .collect();
    let decoded = codes.iter().enumerate().map(|(at, code)| NF4[*code] * scales[at / block]).collect();
    let bytes: Vec<u8> = codes.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect();
    let state = state.to_string();
    raws.push(Raw::new(&name(""), "U8", &[bytes.len(), 1], bytes));
    raws.push(Raw::singles(&name(".quant_map"), &[16], &NF4));
    raws.push(Raw::new(&name(".quant_state.bitsandbytes__nf4"), "U8", &[state.len()], state.into_bytes()));
    (raws, decoded)
}

fn int8(stem: &str, tensor: &Tensor) -> (Vec<Raw>, Vec<f32>) {
    let inputs = tensor.shape[1];
    let rows = tensor.numbers.chunks(inputs);
    let scales: Vec<f32> =
        rows.map(|row| row.iter().fold(0.0_f32, |most, number| most.max(number.abs()))).collect();
    let codes: Vec<i8> = tensor
        .numbers
        .iter()
        .enumerate()
        .map(|(at, number)| (number * 127.0 / scales[at / inputs]).round() as i8)
        .collect();
    let decoded =
        codes.iter().enumerate().map(|(at, code)| f32::from(*code) * scales[at / inputs] / 127.0).collect();
    let bytes = codes.iter().map(|code| code.cast_unsigned()).collect();
    let stored = vec![
        Raw::new(&format!("{stem}.weight"), "I8", &tensor.shape, bytes),
        Raw::singles(&format!("{stem}.SCB"), &[scales.len()], &scales),
        Raw::new(&format!("{stem}.weight_format"), "U8", &[], vec![0]),
    ];
    (stored, decoded)
}

/// The 256 numbers of E4M3.
fn e4m3() -> Vec<f32> {
    let codes: Vec<u8> = (0..=255).collect();
    let mut numbers = vec![0.0; 256];
    Encoding::F8E4m3.decode(&codes, &mut numbers);
    numbers
}

/// In E4M3, each number over the scale that `scale_of` gives for its row and column.
fn eight_bits(tensor: &Tensor, scale_of: &dyn Fn(usize, usize) -> f32) -> (Vec<u8>, Vec<f32>) {
    let (inputs, numbers) = (tensor.shape[1], e4m3());
    let scales: Vec<f32> = (0..tensor.numbers.len()).map(|at| scale_of(at / inputs, at % inputs)).collect();
    let codes: Vec<u8> = tensor
        .numbers
        .iter()
        .zip(&scales)
        .map(|(number, scale)| nearest(&numbers, number / scale) as u8)
        .collect();
    let decoded =
        codes.iter().zip(&scales).map(|(code, scale)| numbers[usize::from(*code)] * scale).collect();
    (codes, decoded)
}

fn blocks(stem: &str, tensor: &Tensor) -> (Vec<Raw>, Vec<f32>) {
    let (outputs, inputs) = (tensor.shape[0], tensor.shape[1]);
    let across = inputs / 32;
    let mut scales = vec![0.0_f32; outputs / 32 * across];
    for (at, number) in tensor.numbers.iter().enumerate() {
        let scale = &mut scales[at / inputs / 32 * across + at % inputs / 32];
        *scale = scale.max(number.abs() / 448.0);
    }
    let (codes, decoded) = eight_bits(tensor, &|row, column| scales[row / 32 * across + column / 32]);
    let stored = vec![
        Raw::new(&format!("{stem}.weight"), "F8_E4M3", &tensor.shape, codes),
        Raw::singles(&format!("{stem}.weight_scale_inv"), &[outputs / 32, across], &scales),
    ];
    (stored, decoded)
}

fn rows(stem: &str, tensor: &Tensor) -> (Vec<Raw>, Vec<f32>) {
    let largest = |row: &[f32]| row.iter().fold(0.0_f32, |most, number| most.max(number.abs())) / 448.0;
    let scales: Vec<f32> = tensor.numbers.chunks(tensor.shape[1]).map(largest).collect();
    let (codes, decoded) = eight_bits(tensor, &|row, _| scales[row]);
    let stored = vec![
        Raw::new(&format!("{stem}.weight"), "F8_E4M3", &tensor.shape, codes),
        Raw::singles(&format!("{stem}.weight_scale"), &[scales.len(), 1], &scales),
    ];
    (stored, decoded)
}
