//! The numbers in a tensor's name: which layer, which expert, which step of an adapter.

/// Words that a layer's number follows. The first that is followed by a number counts.
const LISTS: &[&str] = &[
    "layers",
    "layer",
    "h",
    "blk",
    "block",
    "blocks",
    "resblocks",
    "decoder_layer",
    "decoder_layers",
    "encoder_layers",
    "encoders",
    "transformer_encoder",
    "albert_layers",
    "conv_layers",
    "proj_blk",
    "deepstack",
    "deepstack_merger_list",
    "merger_list",
    "attentions",
];

/// Words that an expert's number follows; the last three are those of llama.cpp's first Mixtral files.
const EXPERTS: &[&str] = &["experts", "expert", "local_experts", "ffn_gate", "ffn_up", "ffn_down"];

/// A number in a name, and the segment it stands in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Numbered {
    pub(super) at: usize,
    pub(super) number: u32,
}

/// The layer's number, the first that follows a list's name.
pub(super) fn layer(segments: &[&str]) -> Option<Numbered> {
    after(segments, LISTS, 0)
}

/// The expert's number, the first that follows the experts' name after segment `from`.
pub(super) fn expert(segments: &[&str], from: usize) -> Option<Numbered> {
    after(segments, EXPERTS, from)
}

/// The number of a step where there are no layers: `mlp.2`, `linear_1`, `conv1`.
pub(super) fn step(segments: &[&str]) -> Option<u32> {
    let whole = segments.iter().rev().find_map(|segment| number(segment));
    whole.or_else(|| {
        let last = segments.last()?;
        let stem = last.trim_end_matches(|letter: char| letter.is_ascii_digit());
        number(last.get(stem.len()..)?)
    })
}

/// The number that `segment` is, of digits alone.
pub(super) fn number(segment: &str) -> Option<u32> {
    let is_number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| segment.parse().ok()).flatten()
}

fn after(segments: &[&str], lists: &[&str], from: usize) -> Option<Numbered> {
    let pairs = segments.iter().zip(segments.iter().skip(1)).enumerate().skip(from);
    let mut numbers = pairs.filter(|(_, (list, _))| lists.contains(list));
    numbers.find_map(|(at, (_, segment))| Some(Numbered { at: at + 1, number: number(segment)? }))
}
