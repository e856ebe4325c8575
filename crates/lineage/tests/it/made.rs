//! Small models of a Llama's form, their transformations, and writers of two formats.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) const HIDDEN: usize = 64;
pub(crate) const NEURONS: usize = 128;
pub(crate) const TOKENS: usize = 300;
pub(crate) const LAYERS: usize = 4;

/// A tensor: its shape and its numbers, row after row.
#[derive(Clone, Debug)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Vec<f32>,
}

/// A model: tensors by name.
pub(crate) type Model = BTreeMap<String, Tensor>;

pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Normal, as near as twelve uniform numbers come.
    pub(crate) fn number(&mut self) -> f32 {
        (0..12).map(|_| self.0.next_u32() as f32 / u32::MAX as f32).sum::<f32>() - 6.0
    }

    pub(crate) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for last in (1..count).rev() {
            order.swap(last, self.0.next_u32() as usize % (last + 1));
        }
        order
    }
}

/// An independent model.
pub(crate) fn model(seed: u64) -> Model {
    sized(seed, HIDDEN, NEURONS)
}

/// An independent model with so many hidden dimensions and neurons. Norms differ from 1 as training makes them, with a
/// pattern that all layers share.
pub(crate) fn sized(seed: u64, hidden: usize, neurons: usize) -> Model {
    let mut random = Random::new(seed);
    let mut model = Model::new();
    let pattern: Vec<f32> = (0..hidden).map(|_| 0.3 * random.number()).collect();
    let mut matrix = |name: String, rows: usize, columns: usize, random: &mut Random| {
        let numbers = (0..rows * columns).map(|_| 0.02 * random.number()).collect();
        model.insert(name, Tensor { shape: vec![rows, columns], numbers });
    };
    matrix("model.embed_tokens.weight".into(), TOKENS, hidden, &mut random);
    for layer in 0..LAYERS {
        let name = |part: &str| format!("model.layers.{layer}.{part}.weight");
        for part in ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"] {
            matrix(name(part), HIDDEN, hidden, &mut random);
        }
        matrix(name("self_attn.o_proj"), hidden, HIDDEN, &mut random);
        matrix(name("mlp.gate_proj"), neurons, hidden, &mut random);
        matrix(name("mlp.up_proj"), neurons, hidden, &mut random);
        matrix(name("mlp.down_proj"), hidden, neurons, &mut random);
    }
    let mut norm = |name: String| {
        let numbers = pattern.iter().map(|value| 1.0 + value + 0.1 * random.number()).collect();
        model.insert(name, Tensor { shape: vec![hidden], numbers });
    };
    for layer in 0..LAYERS {
        norm(format!("model.layers.{layer}.input_layernorm.weight"));
        norm(format!("model.layers.{layer}.post_attention_layernorm.weight"));
    }
    norm("model.norm.weight".into());
    model
}

/// Every number changed by `size` of its tensor's root mean square, as training and noise do.
pub(crate) fn noised(model: &Model, size: f32, seed: u64) -> Model {
    let mut random = Random::new(seed);
    let mut made = model.clone();
    for tensor in made.values_mut() {
        let squares: f32 = tensor.numbers.iter().map(|value| value * value).sum();
        let scale = size * (squares / tensor.numbers.len() as f32).sqrt();
        for value in &mut tensor.numbers {
            *value += scale * random.number();
        }
    }
    made
}

/// What has the hidden dimension as its columns, as its rows, or along a norm.
fn reads_hidden(name: &str) -> bool {
    ["embed_tokens", "q_proj", "k_proj", "v_proj", "gate_proj", "up_proj"]
        .iter()
        .any(|part| name.contains(part))
}

fn writes_hidden(name: &str) -> bool {
    name.contains("o_proj") || name.contains("down_proj")
}

fn picked_columns(tensor: &mut Tensor, order: &[usize]) {
    let columns = tensor.shape[1];
    let rows = tensor.numbers.chunks(columns);
    tensor.numbers = rows.flat_map(|row| order.iter().map(|from| row[*from]).collect::<Vec<_>>()).collect();
    tensor.shape[1] = order.len();
}

fn picked_rows(tensor: &mut Tensor, order: &[usize]) {
    let columns = tensor.shape[1];
    tensor.numbers =
        order.iter().flat_map(|row| tensor.numbers[row * columns..(row + 1) * columns].to_vec()).collect();
    tensor.shape[0] = order.len();
}

/// The same function with neurons and, where asked, hidden dimensions in another order.
pub(crate) fn permuted(model: &Model, hidden: bool, seed: u64) -> Model {
    let mut random = Random::new(seed);
    let mut made = model.clone();
    for layer in 0..LAYERS {
        let order = random.order(NEURONS);
        for (name, tensor) in made.iter_mut().filter(|(name, _)| name.contains(&format!("layers.{layer}."))) {
            if name.contains("gate_proj") || name.contains("up_proj") {
                picked_rows(tensor, &order);
            } else if name.contains("down_proj") {
                picked_columns(tensor, &order);
            }
        }
    }
    if hidden {
        let order = random.order(HIDDEN);
        for (name, tensor) in &mut made {
            if reads_hidden(name) {
                picked_columns(tensor, &order);
            } else if writes_hidden(name) {
                picked_rows(tensor, &order);
            } else {
                tensor.numbers = order.iter().map(|from| tensor.numbers[*from]).collect();
            }
        }
    }
    made
}

/// Of `model` these hidden dimensions and neurons alone, as pruning leaves them; or some twice, as widening copies them.
pub(crate) fn resized(model: &Model, hidden: &[usize], neurons: &[usize]) -> Model {
    let mut made = model.clone();
    for (name, tensor) in &mut made {
        if name.contains("gate_proj") || name.contains("up_proj") {
            picked_rows(tensor, neurons);
        } else if name.contains("down_proj") {
            picked_columns(tensor, neurons);
        }
        if reads_hidden(name) {
            picked_columns(tensor, hidden);
        } else if writes_hidden(name) {
            picked_rows(tensor, hidden);
        } else {
            tensor.numbers = hidden.iter().map(|from| tensor.numbers[*from]).collect();
            tensor.shape = vec![hidden.len()];
        }
    }
    made
}

/// `model` with each layer's network replaced by experts, which `network` gives.
fn with_experts(model: &Model, experts: usize, seed: u64, network: impl Fn(u64) -> Model) -> Model {
    let mut random = Random::new(seed);
    let mut made: Model = model
        .iter()
        .filter(|(name, _)| !name.contains("mlp."))
        .map(|(name, tensor)| (name.clone(), tensor.clone()))
        .collect();
    for expert in 0..experts {
        for (name, tensor) in network(expert as u64).into_iter().filter(|(name, _)| name.contains("mlp.")) {
            made.insert(name.replace("mlp.", &format!("mlp.experts.{expert}.")), tensor);
        }
    }
    for layer in 0..LAYERS {
        let numbers = (0..experts * HIDDEN).map(|_| 0.02 * random.number()).collect();
        let name = format!("model.layers.{layer}.mlp.gate.weight");
        made.insert(name, Tensor { shape: vec![experts, HIDDEN], numbers });
    }
    made
}

/// An independent mixture of experts.
pub(crate) fn mixture(seed: u64, experts: usize) -> Model {
    with_experts(&model(seed), experts, seed, |expert| model(1000 * seed + expert))
}

/// A mixture whose experts all begin as the networks of `parent`, changed by `size` each; the rest is that of `rest`.
pub(crate) fn upcycled(rest: &Model, parent: &Model, experts: usize, size: f32, seed: u64) -> Model {
    with_experts(rest, experts, seed, |expert| noised(parent, size, 100 * seed + expert))
}

/// A mixture whose experts have half of the neurons of `parent` each, in another order; the rest is that of `rest`.
pub(crate) fn upcycled_in_parts(rest: &Model, parent: &Model, experts: usize, seed: u64) -> Model {
    let all: Vec<usize> = (0..HIDDEN).collect();
    with_experts(rest, experts, seed, |expert| {
        let order = Random::new(100 * seed + expert).order(NEURONS);
        noised(&resized(parent, &all, &order[..NEURONS / 2]), 0.1, seed + expert)
    })
}

/// The experts of each layer in another order; where `kept` is less than there are, only so many of them.
pub(crate) fn shuffled_experts(model: &Model, experts: usize, kept: usize, seed: u64) -> Model {
    let mut random = Random::new(seed);
    let mut made: Model = model
        .iter()
        .filter(|(name, _)| !name.contains("experts."))
        .map(|(name, tensor)| (name.clone(), tensor.clone()))
        .collect();
    for layer in 0..LAYERS {
        let order = random.order(experts);
        for (to, from) in order.iter().enumerate().take(kept) {
            let before = format!("layers.{layer}.mlp.experts.{from}.");
            for (name, tensor) in model.iter().filter(|(name, _)| name.contains(&before)) {
                let after = format!("layers.{layer}.mlp.experts.{to}.");
                made.insert(name.replace(&before, &after), tensor.clone());
            }
        }
        if let Some(router) = made.get_mut(&format!("model.layers.{layer}.mlp.gate.weight")) {
            picked_rows(router, &order[..kept]);
        }
    }
    made
}

pub(crate) const POSITIONS: &str = "model.embed_positions.weight";

/// Learned positions: smooth, along waves that every model has, in hidden dimensions of its own.
pub(crate) fn positions(seed: u64) -> Tensor {
    let mut random = Random::new(seed);
    let count = 128;
    let waves: Vec<Vec<f32>> =
        (0..3).map(|wave| (0..HIDDEN).map(|_| random.number() / (1 + wave) as f32).collect()).collect();
    let mut numbers = Vec::new();
    for place in 0..count {
        for dimension in 0..HIDDEN {
            let wave = |(wave, sizes): (usize, &Vec<f32>)| {
                (place as f32 * (wave + 1) as f32 / 30.0).cos() * sizes[dimension]
            };
            let smooth: f32 = waves.iter().enumerate().map(wave).sum();
            numbers.push(smooth + 0.1 * random.number());
        }
    }
    Tensor { shape: vec![count, HIDDEN], numbers }
}

/// Computed positions: sines, then cosines.
pub(crate) fn computed_positions() -> Tensor {
    let (count, half) = (128, HIDDEN / 2);
    let angle = |place: usize, wave: usize| place as f32 * 10_000.0_f32.powf(-(wave as f32) / half as f32);
    let numbers = (0..count).flat_map(|place| {
        let sines = (0..half).map(move |wave| angle(place, wave).sin());
        sines.chain((0..half).map(move |wave| angle(place, wave).cos())).collect::<Vec<f32>>()
    });
    Tensor { shape: vec![count, HIDDEN], numbers: numbers.collect() }
}

/// Norms folded into the matrices behind them, and the hidden dimension rotated.
pub(crate) fn rotated(model: &Model, seed: u64) -> Model {
    let mut random = Random::new(seed);
    let mut made = model.clone();
    for layer in 0..LAYERS {
        for (norm, readers) in [
            ("input_layernorm", ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"].as_slice()),
            ("post_attention_layernorm", ["mlp.gate_proj", "mlp.up_proj"].as_slice()),
        ] {
            let scales = model[&format!("model.layers.{layer}.{norm}.weight")].numbers.clone();
            for reader in readers {
                let tensor = made.get_mut(&format!("model.layers.{layer}.{reader}.weight")).unwrap();
                for row in tensor.numbers.chunks_mut(HIDDEN) {
                    for (value, scale) in row.iter_mut().zip(&scales) {
                        *value *= scale;
                    }
                }
            }
        }
    }
    // Each reflection leaves a share 1 - 2 / d of what was in its place there: after so many, nothing.
    for _ in 0..6 * HIDDEN {
        let mut normal: Vec<f32> = (0..HIDDEN).map(|_| random.number()).collect();
        let length = normal.iter().map(|value| value * value).sum::<f32>().sqrt();
        for value in &mut normal {
            *value /= length;
        }
        for (name, tensor) in &mut made {
            if reads_hidden(name) {
                for row in tensor.numbers.chunks_mut(HIDDEN) {
                    let along: f32 = row.iter().zip(&normal).map(|(x, y)| x * y).sum();
                    row.iter_mut().zip(&normal).for_each(|(value, normal)| *value -= 2.0 * along * normal);
                }
            } else if writes_hidden(name) {
                let columns = tensor.shape[1];
                for column in 0..columns {
                    let along: f32 =
                        (0..HIDDEN).map(|row| tensor.numbers[row * columns + column] * normal[row]).sum();
                    for (row, normal) in normal.iter().enumerate() {
                        tensor.numbers[row * columns + column] -= 2.0 * along * normal;
                    }
                }
            } else {
                tensor.numbers = vec![1.0; HIDDEN];
            }
        }
    }
    made
}

/// A model of these layers of `model`, in this order.
pub(crate) fn with_layers(model: &Model, layers: &[usize]) -> Model {
    let mut made: Model = model
        .iter()
        .filter(|(name, _)| !name.contains("layers."))
        .map(|(n, t)| (n.clone(), t.clone()))
        .collect();
    for (place, layer) in layers.iter().enumerate() {
        for (name, tensor) in model.iter().filter(|(name, _)| name.contains(&format!("layers.{layer}."))) {
            made.insert(
                name.replace(&format!("layers.{layer}."), &format!("layers.{place}.")),
                tensor.clone(),
            );
        }
    }
    made
}

/// The sum of models with these weights.
pub(crate) fn mean(models: &[(&Model, f32)]) -> Model {
    let mut made = models[0].0.clone();
    for (name, tensor) in &mut made {
        for (place, value) in tensor.numbers.iter_mut().enumerate() {
            *value = models.iter().map(|(model, weight)| weight * model[name].numbers[place]).sum();
        }
    }
    made
}

/// A low-rank difference added to the queries and values of every layer.
pub(crate) fn low_rank(model: &Model, rank: usize, seed: u64) -> Model {
    let mut random = Random::new(seed);
    let mut made = model.clone();
    for (_, tensor) in made.iter_mut().filter(|(name, _)| name.contains("q_proj") || name.contains("v_proj"))
    {
        for _ in 0..rank {
            let up: Vec<f32> = (0..HIDDEN).map(|_| 0.02 * random.number()).collect();
            let down: Vec<f32> = (0..HIDDEN).map(|_| 0.2 * random.number()).collect();
            for (row, up) in tensor.numbers.chunks_mut(HIDDEN).zip(&up) {
                row.iter_mut().zip(&down).for_each(|(value, down)| *value += up * down);
            }
        }
    }
    made
}

/// The low-rank difference alone, as adapters are published; with `empty`, one that adds nothing.
pub(crate) fn adapter(rank: usize, empty: bool, seed: u64) -> Model {
    let mut random = Random::new(seed);
    let mut made = Model::new();
    for layer in 0..LAYERS {
        for part in ["q_proj", "v_proj"] {
            let name = |side: &str| {
                format!("base_model.model.model.layers.{layer}.self_attn.{part}.lora_{side}.weight")
            };
            let mut numbers = |zero: bool| -> Vec<f32> {
                (0..rank * HIDDEN).map(|_| if zero { 0.0 } else { 0.02 * random.number() }).collect()
            };
            made.insert(name("A"), Tensor { shape: vec![rank, HIDDEN], numbers: numbers(false) });
            made.insert(name("B"), Tensor { shape: vec![HIDDEN, rank], numbers: numbers(empty) });
        }
    }
    made
}

/// Writes a safetensors file in singles.
pub(crate) fn write(model: &Model, path: &Path) {
    std::fs::write(path, safetensors(model)).unwrap();
}

pub(crate) fn safetensors(model: &Model) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut data = Vec::new();
    for (name, tensor) in model {
        let start = data.len();
        data.extend(tensor.numbers.iter().flat_map(|value| value.to_le_bytes()));
        let entry =
            serde_json::json!({"dtype": "F32", "shape": tensor.shape, "data_offsets": [start, data.len()]});
        header.insert(name.clone(), entry);
    }
    with_header(&serde_json::Value::Object(header).to_string(), &data)
}

pub(crate) fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

/// Writes a GGUF file as llama.cpp names and orders things: matrices in `Q8_0`, vectors in singles, rows of queries and
/// keys reordered for its rotation.
pub(crate) fn write_gguf(model: &Model, heads: usize, path: &Path) {
    let text = |text: &str| -> Vec<u8> {
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend(text.as_bytes());
        bytes
    };
    let mut head = b"GGUF".to_vec();
    head.extend(3_u32.to_le_bytes());
    head.extend((model.len() as u64).to_le_bytes());
    head.extend(2_u64.to_le_bytes());
    head.extend(text("general.architecture"));
    head.extend(8_u32.to_le_bytes());
    head.extend(text("llama"));
    head.extend(text("llama.attention.head_count"));
    head.extend(4_u32.to_le_bytes());
    head.extend((heads as u32).to_le_bytes());
    let mut data: Vec<u8> = Vec::new();
    for (name, tensor) in model {
        let mut tensor = tensor.clone();
        if name.contains("q_proj") || name.contains("k_proj") {
            let length = HIDDEN / heads;
            let order: Vec<usize> = (0..HIDDEN)
                .map(|row| row / length * length + (row % 2) * (length / 2) + row % length / 2)
                .collect();
            picked_rows(&mut tensor, &order);
        }
        data.resize(data.len().next_multiple_of(32), 0);
        head.extend(text(&gguf_name(name)));
        head.extend((tensor.shape.len() as u32).to_le_bytes());
        for length in tensor.shape.iter().rev() {
            head.extend((*length as u64).to_le_bytes());
        }
        let blocks = tensor.shape.len() > 1;
        head.extend(if blocks { 8_u32 } else { 0 }.to_le_bytes());
        head.extend((data.len() as u64).to_le_bytes());
        if blocks {
            data.extend(tensor.numbers.chunks(32).flat_map(block));
        } else {
            data.extend(tensor.numbers.iter().flat_map(|value| value.to_le_bytes()));
        }
    }
    head.resize(head.len().next_multiple_of(32), 0);
    head.extend(data);
    std::fs::write(path, head).unwrap();
}

/// `Q8_0`: a half as scale, then 32 signed bytes.
fn block(numbers: &[f32]) -> Vec<u8> {
    let largest = numbers.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
    let scale = half::f16::from_f32(largest / 127.0);
    let mut bytes = scale.to_le_bytes().to_vec();
    bytes.extend(
        numbers.iter().map(|value| ((value / scale.to_f32().max(1e-9)).round() as i8).cast_unsigned()),
    );
    bytes
}

fn gguf_name(name: &str) -> String {
    name.replace("model.layers.", "blk.")
        .replace("self_attn.q_proj", "attn_q")
        .replace("self_attn.k_proj", "attn_k")
        .replace("self_attn.v_proj", "attn_v")
        .replace("self_attn.o_proj", "attn_output")
        .replace("mlp.gate_proj", "ffn_gate")
        .replace("mlp.up_proj", "ffn_up")
        .replace("mlp.down_proj", "ffn_down")
        .replace("post_attention_layernorm", "ffn_norm")
        .replace("input_layernorm", "attn_norm")
        .replace("model.embed_tokens", "token_embd")
        .replace("model.norm", "output_norm")
}
