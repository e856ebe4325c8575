//! The names of `fixtures/lineage/tensor-names.tsv`, line by line, and what no file of names can say.
#![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

use super::*;
use std::fmt::Write as _;
use std::path::Path;

/// A line of the fixture.
struct Line {
    name: String,
    shape: Vec<u64>,
    /// Component, layer, expert, role and facet, as written.
    expected: String,
}

/// The fixture's lines by family.
fn families() -> BTreeMap<String, Vec<Line>> {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let path = Path::new(&root).join("../../fixtures/lineage/tensor-names.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(lines.next(), Some("family\ttensor\tshape\tcomponent\tlayer\texpert\trole\tfacet"));
    let mut families: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in lines {
        let fields: Vec<&str> = line.splitn(4, '\t').collect();
        let [family, name, shape, expected]: [&str; 4] = fields.try_into().unwrap();
        let lengths = shape.split('x').filter(|length| *length != "-");
        let shape = lengths.map(|length| length.parse().unwrap()).collect();
        let line = Line { name: name.to_owned(), shape, expected: expected.to_owned() };
        families.entry(family.to_owned()).or_default().push(line);
    }
    families
}

fn taken(lines: &[Line]) -> Inventory {
    inventory(lines.iter().map(|line| (line.name.as_str(), line.shape.as_slice())))
}

fn of(names: &[(&str, &[u64])]) -> Inventory {
    inventory(names.iter().copied())
}

/// Component, layer, expert, role and facet of every tensor, as the fixture writes them.
fn written(inventory: &Inventory) -> BTreeMap<&str, String> {
    let number = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
    let entries =
        inventory.parts.iter().flat_map(|(part, entries)| entries.iter().map(move |entry| (part, entry)));
    let rows = entries.map(|(part, entry)| {
        let facet = if entry.transposed { "transposed" } else { entry.facet.name() };
        let numbers = [number(part.layer), number(part.expert)].join("\t");
        (entry.name.as_str(), [part.component.name(), &numbers, part.role.name(), facet].join("\t"))
    });
    rows.collect()
}

fn language(layer: Option<u32>, role: Role) -> Part {
    Part { component: Component::Language, layer, expert: None, role }
}

#[test]
fn every_name_of_the_fixture_is_its_part() {
    let mut wrong = String::new();
    let families = families();
    assert!(families.len() > 100);
    for (family, lines) in &families {
        let inventory = taken(lines);
        let found = written(&inventory);
        for line in lines {
            let found = found.get(line.name.as_str()).map_or("missing", String::as_str);
            if found != line.expected {
                writeln!(wrong, "{family} {}\n  expected {}\n  found    {found}", line.name, line.expected)
                    .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Two files of one family, the second with fewer tensors or none more: each of its parts is one of the first's.
const SAME: &[(&str, &str)] = &[
    ("llama", "llama_gguf"),
    ("llama", "llama_meta"),
    ("llama_lora", "llama_lora_gguf"),
    ("bert", "bert_gguf"),
    ("gemma2", "gemma2_gguf"),
    ("gemma3", "gemma3_gguf"),
    ("exaone4", "exaone4_gguf"),
    ("falcon_40b", "falcon_40b_gguf"),
    ("qwen3_next", "qwen3_next_gguf"),
    ("chatglm", "chatglm_gguf"),
    ("phi3", "phi3_gguf"),
    ("deepseek_v3", "deepseek_v3_original"),
    ("t5", "t5_gguf"),
    ("qwen2_audio", "qwen2_audio_gguf"),
    ("whisper", "whisper_openai"),
];

#[test]
fn a_family_has_the_same_parts_in_every_format() {
    let families = families();
    let parts = |family: &str| {
        let inventory = taken(families.get(family).unwrap());
        let learned = inventory.parts.into_iter().filter(|(part, _)| part.role.is_learned());
        let facets = learned
            .flat_map(|(part, entries)| entries.into_iter().map(move |entry| (part.clone(), entry.facet)));
        facets.collect::<BTreeSet<_>>()
    };
    for (one, other) in SAME {
        let (one_parts, other_parts) = (parts(one), parts(other));
        let missing: Vec<_> = other_parts.difference(&one_parts).collect();
        assert!(missing.is_empty(), "{other} has what {one} has not: {missing:?}");
    }
}

#[test]
fn no_table_has_a_word_twice() {
    fn check(table: words::Written<Role>, name: &str) {
        let mut words: Vec<&str> = table.iter().flat_map(|(_, words)| words.split_whitespace()).collect();
        let count = words.len();
        words.sort_unstable();
        let twice: Vec<_> =
            words.iter().zip(words.iter().skip(1)).filter(|(one, next)| one == next).collect();
        assert!(twice.is_empty() && count > 0, "{name}: {twice:?}");
    }
    check(rules::OF_A_LAYER, "of a layer");
    check(rules::OUTSIDE, "outside");
    check(rules::OF_VISION, "of vision");
    check(rules::OF_ADAPTER, "of an adapter");
}

#[test]
fn roles_and_components_have_words_of_their_own() {
    let roles: BTreeSet<&str> = Role::ALL.iter().map(|role| role.name()).collect();
    assert_eq!(roles.len(), Role::ALL.len());
    let components: BTreeSet<&str> = Component::ALL.iter().map(|component| component.name()).collect();
    assert_eq!(components.len(), Component::ALL.len());
}

#[test]
fn one_name_alone_is_read_as_most_makers_mean_it() {
    let found = name("model.layers.31.post_attention_layernorm.weight", &[4096]);
    assert_eq!(found.part, language(Some(31), Role::NormFeedForward));
    assert_eq!(found.facet, Facet::Weight);
    let found = name("v.blk.3.attn_q.bias", &[1152]);
    let part = Part { component: Component::Vision, layer: Some(3), expert: None, role: Role::Query };
    assert_eq!(found, Named { part, facet: Facet::Bias });
}

#[test]
fn an_expert_of_a_stacked_tensor_is_the_part_of_the_same_expert_apart() {
    let stacked = name("blk.3.ffn_up_exps.weight", &[8, 14336, 4096]).part;
    let apart = name("model.layers.3.block_sparse_moe.experts.5.w3.weight", &[14336, 4096]).part;
    assert_eq!(stacked.of_expert(5), Some(apart.clone()));
    assert_eq!(apart.of_expert(5), None);
}

#[test]
fn sizes_are_those_of_the_shapes() {
    let inventory = of(&[
        ("model.embed_tokens.weight", &[1000, 64]),
        ("model.layers.0.input_layernorm.weight", &[64]),
        ("model.layers.0.self_attn.q_proj.weight", &[128, 64]),
        ("model.layers.0.self_attn.k_proj.weight", &[32, 64]),
        ("model.layers.0.self_attn.q_norm.weight", &[16]),
        ("model.layers.7.mlp.up_proj.weight", &[256, 64]),
        ("model.norm.weight", &[64]),
        ("vision_tower.blocks.0.norm1.weight", &[48]),
        ("vision_tower.patch_embed.proj.weight", &[48, 3, 14, 14]),
    ]);
    let expected = Size {
        layers: 2,
        hidden: Some(64),
        query_rows: Some(128),
        key_rows: Some(32),
        head_length: Some(16),
    };
    assert_eq!(inventory.sizes.get(&Component::Language), Some(&expected));
    assert_eq!(inventory.sizes.get(&Component::Vision).and_then(|size| size.hidden), Some(48));
    let norms: Vec<Role> = inventory.norms(Component::Language).map(|(part, _)| part.role).collect();
    assert_eq!(norms, [Role::NormFinal, Role::NormAttention]);
}

#[test]
fn a_part_that_two_tensors_claim_has_no_weight() {
    let inventory = of(&[
        ("model.layers.0.mlp.up_proj.weight", &[256, 64]),
        ("module.model.layers.0.mlp.up_proj.weight", &[256, 64]),
        ("model.layers.0.mlp.gate_proj.weight", &[256, 64]),
    ]);
    assert_eq!(inventory.weight(&language(Some(0), Role::Up)), None);
    assert!(inventory.weight(&language(Some(0), Role::Gate)).is_some());
    assert_eq!(inventory.weights(Component::Language).count(), 1);
}

#[test]
fn what_is_not_known_is_listed() {
    let inventory =
        of(&[("model.layers.0.mystery", &[4, 4]), ("logit_scale", &[]), ("model.norm.weight", &[4])]);
    assert_eq!(inventory.unnamed, ["model.layers.0.mystery", "logit_scale"]);
}

#[test]
fn hostile_names_are_unnamed_and_cheap() {
    let long = "model.layers.0.self_attn.".repeat(400_000);
    let dots = ".".repeat(4_000_000);
    let numbers = format!("layers.{}.q_proj.weight", "9".repeat(400));
    let nested = "layers.0.experts.".repeat(30);
    let unicode = "모델.층.0.\u{0}\u{202e}가중치.".repeat(8);
    let empty_shape: &[u64] = &[];
    let shapes: [&[u64]; 4] = [empty_shape, &[0], &[u64::MAX, u64::MAX], &[1; 200]];
    let names = [&long, &dots, &numbers, &nested, &unicode].map(String::as_str);
    for name in names.into_iter().chain(["", ".", "..", "weight", ".weight", "layers.1", "0", "lora_A"]) {
        for shape in shapes {
            let found = super::name(name, shape);
            let taken = of(&[(name, shape), ("model.layers.0.mlp.down_proj.weight", shape)]);
            assert_eq!(taken.parts.values().map(Vec::len).sum::<usize>(), 2);
            assert!(found.part.layer.is_none_or(|layer| layer < 2), "{found:?}");
        }
    }
    assert_eq!(super::name(&numbers, &[4, 4]).part.layer, None);
    assert_eq!(super::name("layers.4294967296.q_proj.weight", &[4, 4]).part.layer, None);
    assert_eq!(super::name("layers.4294967295.q_proj.weight", &[4, 4]).part.layer, Some(u32::MAX));
}

/// Many steps of an adapter, each with a bias: ranks are looked up, not counted again for each.
#[test]
fn a_hundred_thousand_steps_are_counted_once() {
    let shape: &[u64] = &[8, 8];
    let names: Vec<String> = (0..100_000).map(|step| format!("mm.{}.weight", step * 2)).collect();
    let inventory = inventory(names.iter().map(|name| (name.as_str(), shape)));
    let last = inventory.parts.keys().next_back().unwrap();
    assert_eq!((last.component, last.layer), (Component::Adapter, Some(99_999)));
}
