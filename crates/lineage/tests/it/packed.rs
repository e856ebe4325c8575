//! Models in the forms in which quantising tools pack them: decoded, compared with what they were made from, and broken.

mod forms;

use super::made::{self, Model, Random, with_header};
use daepyo_lineage::{
    Comparison, Kind, Options, Sample, Verdict, View, Weights, Why, compare, difference, load,
};
use forms::{Form, Raw};
use std::path::Path;
use tempfile::TempDir;

const FORMS: [Form; 16] = [
    Form::Gptq { bits: 4, symmetric: true, stored_less_one: true, ordered: false, told: true },
    Form::Gptq { bits: 4, symmetric: true, stored_less_one: true, ordered: false, told: false },
    Form::Gptq { bits: 4, symmetric: true, stored_less_one: false, ordered: false, told: false },
    Form::Gptq { bits: 4, symmetric: false, stored_less_one: true, ordered: true, told: true },
    Form::Gptq { bits: 4, symmetric: false, stored_less_one: false, ordered: true, told: true },
    Form::Gptq { bits: 2, symmetric: false, stored_less_one: true, ordered: false, told: true },
    Form::Gptq { bits: 3, symmetric: false, stored_less_one: true, ordered: true, told: true },
    Form::Gptq { bits: 8, symmetric: true, stored_less_one: true, ordered: false, told: true },
    Form::Awq,
    Form::Compressed { bits: 4, zeros: false },
    Form::Compressed { bits: 8, zeros: true },
    Form::Levels { block: 128, nested: false },
    Form::Levels { block: 64, nested: true },
    Form::Int8,
    Form::Blocks,
    Form::Rows,
];

fn file(raws: &[Raw]) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let mut data = Vec::new();
    for raw in raws {
        let start = data.len();
        data.extend(&raw.bytes);
        let entry = serde_json::json!({
            "dtype": raw.kind, "shape": raw.shape, "data_offsets": [start, data.len()],
        });
        header.insert(raw.name.clone(), entry);
    }
    with_header(&serde_json::Value::Object(header).to_string(), &data)
}

/// A folder with the packed tensors and the settings of their form.
fn written(raws: &[Raw], form: Form, home: &Path) -> Weights {
    std::fs::create_dir_all(home).unwrap();
    std::fs::write(home.join("model.safetensors"), file(raws)).unwrap();
    if let Some(settings) = form.settings() {
        let config = serde_json::json!({"quantization_config": settings});
        std::fs::write(home.join("config.json"), config.to_string()).unwrap();
    }
    Weights::open(home).unwrap()
}

fn plain(model: &Model, home: &Path) -> Weights {
    let path = home.join("plain.safetensors");
    made::write(model, &path);
    Weights::open(&path).unwrap()
}

fn compared(first: &Weights, second: &Weights) -> Comparison {
    compare(first, second, &Options::default(), &|_| ()).unwrap()
}

fn is_near(one: f32, other: f32) -> bool {
    (one - other).abs() <= 1e-5 * other.abs() + 1e-9
}

#[test]
fn rows_are_those_that_the_layout_stands_for() {
    let model = made::model(1);
    for form in FORMS {
        let home = TempDir::new().unwrap();
        let packed = forms::packed(&model, form);
        let weights = written(&packed.raws, form, home.path());
        for (name, expected) in &packed.decoded {
            let stored = name.replace(".weight", form.stored_as());
            let tensor = weights.tensor(&stored).unwrap();
            let shape = &model[name].shape;
            assert_eq!(tensor.shape, [shape[0] as u64, shape[1] as u64], "{stored} of {form:?}");
            for (rows, columns) in [(vec![63, 0, 17, 16, 1], 64), (vec![5], 33), ((0..64).collect(), 64)] {
                let view = View::whole(tensor).unwrap();
                let sample = Sample::new(tensor, view, rows.clone(), columns).unwrap();
                let found = sample.read(&weights, tensor).unwrap();
                let of_row = |row: &u64| {
                    let start = *row as usize * shape[1];
                    expected[start..start + columns as usize].to_vec()
                };
                let wanted: Vec<f32> = rows.iter().flat_map(of_row).collect();
                assert_eq!(found.len(), wanted.len());
                let wrong = found.iter().zip(&wanted).position(|(one, other)| !is_near(*one, *other));
                assert_eq!(wrong, None, "{stored} of {form:?}: {found:?} and not {wanted:?}");
            }
        }
    }
}

#[test]
fn a_packed_form_is_derived_and_quantised_and_all_of_it_is_tested() {
    let model = made::model(1);
    for form in FORMS {
        let home = TempDir::new().unwrap();
        let parent = plain(&model, home.path());
        let child = written(&forms::packed(&model, form).raws, form, &home.path().join("packed"));
        let found = compared(&parent, &child);
        assert_eq!(found.verdict, Verdict::Derived, "{form:?}");
        // Queries and keys of so small a model are too few blocks of rows for a test.
        let small = |name: &str| name.contains("q_proj") || name.contains("k_proj");
        let left: Vec<_> =
            found.components[0].not_tested.iter().filter(|left| !small(&left.tensor)).collect();
        assert!(left.is_empty(), "{form:?}: {left:?}");
        let options = Options::default();
        let [one, other] = [&parent, &child].map(|weights| load(weights, &options, &|_| ()).unwrap());
        let difference = difference(&one, &other, &options);
        assert_eq!(difference.kind, Kind::Quantised, "{form:?}: {difference:?}");
    }
}

#[test]
fn an_independent_model_shows_no_evidence_in_packed_form_either() {
    let (model, other) = (made::model(1), made::model(2));
    for form in [FORMS[3], Form::Awq, Form::Levels { block: 64, nested: true }, Form::Blocks] {
        let home = TempDir::new().unwrap();
        let parent = plain(&model, home.path());
        let stranger = written(&forms::packed(&other, form).raws, form, &home.path().join("packed"));
        assert_eq!(compared(&parent, &stranger).verdict, Verdict::NoEvidence, "{form:?}");
    }
}

#[test]
fn factors_that_awq_moved_into_other_tensors_leave_it_a_quantised_form() {
    let model = made::model(1);
    let mut random = Random::new(3);
    let mut moved = model.clone();
    for (name, tensor) in moved.iter_mut().filter(|(name, _)| name.contains("layers.")) {
        let Some(columns) = tensor.shape.get(1).copied() else { continue };
        let factors: Vec<f32> = (0..columns).map(|_| 1.0 + 0.3 * random.number().clamp(-2.0, 2.0)).collect();
        for (place, value) in tensor.numbers.iter_mut().enumerate() {
            *value *= factors[place % columns];
            if name.contains("up_proj") {
                *value *= 1.0 + 0.4 * ((place / columns) % 3) as f32;
            }
        }
    }
    let home = TempDir::new().unwrap();
    let parent = plain(&model, home.path());
    let child = written(&forms::packed(&moved, Form::Awq).raws, Form::Awq, &home.path().join("packed"));
    assert_eq!(compared(&parent, &child).verdict, Verdict::Derived);
    let options = Options::default();
    let kind = |child: &Weights| {
        let [one, other] = [&parent, child].map(|weights| load(weights, &options, &|_| ()).unwrap());
        difference(&one, &other, &options).kind
    };
    assert_eq!(kind(&child), Kind::Quantised);
    let trained = made::noised(&moved, 0.6, 5);
    let child = written(&forms::packed(&trained, Form::Awq).raws, Form::Awq, &home.path().join("trained"));
    assert_ne!(kind(&child), Kind::Quantised);
}

/// Something that is done to the tensors of a packed model.
type Attack = fn(&mut Vec<Raw>);

fn of<'a>(raws: &'a mut [Raw], end: &str) -> &'a mut Raw {
    let name = format!("model.layers.0.mlp.up_proj{end}");
    raws.iter_mut().find(|raw| raw.name == name).unwrap()
}

/// Another shape, with as many zeros as it needs.
fn reshape(raw: &mut Raw, shape: &[usize]) {
    raw.bytes =
        vec![0; raw.bytes.len() / raw.shape.iter().product::<usize>() * shape.iter().product::<usize>()];
    raw.shape = shape.to_vec();
}

fn state(raws: &mut [Raw], text: &str) {
    let raw = of(raws, ".weight.quant_state.bitsandbytes__nf4");
    (raw.shape, raw.bytes) = (vec![text.len()], text.as_bytes().to_vec());
}

#[test]
fn what_does_not_fit_together_is_not_tested_and_the_rest_is() {
    let ordered = Form::Gptq { bits: 4, symmetric: false, stored_less_one: true, ordered: true, told: true };
    let compressed = Form::Compressed { bits: 4, zeros: true };
    let nested = Form::Levels { block: 64, nested: true };
    let attacks: [(Form, Attack); 24] = [
        (ordered, |raws| reshape(of(raws, ".scales"), &[2, 127])),
        (ordered, |raws| reshape(of(raws, ".scales"), &[1, 128])),
        (ordered, |raws| reshape(of(raws, ".scales"), &[256])),
        (ordered, |raws| reshape(of(raws, ".qzeros"), &[2, 17])),
        (ordered, |raws| reshape(of(raws, ".qzeros"), &[2, 20])),
        (ordered, |raws| reshape(of(raws, ".g_idx"), &[63])),
        (ordered, |raws| of(raws, ".g_idx").bytes[8..12].copy_from_slice(&2_i32.to_le_bytes())),
        (ordered, |raws| of(raws, ".g_idx").bytes[8..12].copy_from_slice(&(-1_i32).to_le_bytes())),
        (ordered, |raws| raws.retain(|raw| !raw.name.ends_with("up_proj.scales"))),
        (Form::Awq, |raws| reshape(of(raws, ".qzeros"), &[2, 15])),
        (Form::Awq, |raws| reshape(of(raws, ".qweight"), &[63, 16])),
        (compressed, |raws| of(raws, ".weight_shape").bytes = [(-1_i64).to_le_bytes(); 2].concat()),
        (compressed, |raws| of(raws, ".weight_shape").bytes = [i64::MAX.to_le_bytes(); 2].concat()),
        (compressed, |raws| of(raws, ".weight_shape").bytes.fill(0)),
        (compressed, |raws| reshape(of(raws, ".weight_zero_point"), &[15, 2])),
        (compressed, |raws| reshape(of(raws, ".weight_scale"), &[128, 3])),
        (nested, |raws| state(raws, "\u{0}{")),
        (nested, |raws| state(raws, &"[".repeat(4000))),
        (nested, |raws| state(raws, r#"{"blocksize":0,"shape":[128,64]}"#)),
        (nested, |raws| state(raws, r#"{"blocksize":64,"shape":[1099511627776,1099511627776]}"#)),
        (nested, |raws| {
            state(raws, r#"{"blocksize":64,"shape":[128,64],"nested_blocksize":0,"nested_offset":1e999}"#);
        }),
        (nested, |raws| reshape(of(raws, ".weight.quant_map"), &[15])),
        (Form::Blocks, |raws| reshape(of(raws, ".weight_scale_inv"), &[4, 3])),
        (Form::Int8, |raws| reshape(of(raws, ".SCB"), &[127])),
    ];
    let model = made::model(1);
    for (number, (form, attack)) in attacks.into_iter().enumerate() {
        let home = TempDir::new().unwrap();
        let parent = plain(&model, home.path());
        let mut raws = forms::packed(&model, form).raws;
        attack(&mut raws);
        let found = compared(&parent, &written(&raws, form, &home.path().join("packed")));
        assert_eq!(found.verdict, Verdict::Derived, "attack {number} on {form:?}");
        let matrix = format!("model.layers.0.mlp.up_proj{}", form.stored_as());
        let not_tested = &found.components[0].not_tested;
        let why = not_tested.iter().find(|entry| entry.model == 1 && entry.tensor == matrix);
        assert_eq!(why.map(|entry| entry.why), Some(Why::Encoding), "attack {number}: {not_tested:?}");
    }
}

#[test]
fn a_weight_that_lies_plain_and_packed_is_taken_as_it_lies_plain() {
    let model = made::model(1);
    let home = TempDir::new().unwrap();
    let mut raws = forms::packed(&model, Form::Awq).raws;
    let name = "model.layers.0.mlp.up_proj.weight";
    raws.push(Raw::singles(name, &model[name].shape, &model[name].numbers));
    let weights = written(&raws, Form::Awq, home.path());
    assert_eq!(weights.tensor("model.layers.0.mlp.up_proj.qweight").unwrap().shape, [64, 16]);
    assert_eq!(weights.tensor("model.layers.1.mlp.up_proj.qweight").unwrap().shape, [128, 64]);
}
