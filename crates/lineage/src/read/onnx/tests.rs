//! Models made by the onnx and onnxruntime packages, and hostile ones made here.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use super::read_onnx;
use crate::encoding::Encoding;
use crate::error::{Place, WeightsError};
use crate::read::Header;
use crate::source::Memory;
use crate::tensor::{Order, Scale, Tensor};
use std::path::Path;

fn fixture(name: &str) -> Vec<u8> {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    std::fs::read(Path::new(&root).join("../../fixtures/lineage").join(name)).unwrap()
}

fn read(file: &[u8]) -> Result<Header, WeightsError> {
    read_onnx(&Memory(file), 3)
}

fn tensor<'t>(header: &'t Header, name: &str) -> &'t Tensor {
    let found = header.tensors.iter().find(|tensor| tensor.name == name);
    assert!(found.is_some(), "{name} is not among {:?}", names(header));
    found.unwrap()
}

fn names(header: &Header) -> Vec<&str> {
    header.tensors.iter().map(|tensor| tensor.name.as_str()).collect()
}

/// The weights, row by row, as the model multiplies by them.
fn weights(tensor: &Tensor, file: &[u8]) -> Vec<f32> {
    let start = usize::try_from(tensor.extent.offset).unwrap();
    let bytes = &file[start..start + usize::try_from(tensor.extent.bytes).unwrap()];
    let mut stored = vec![0.0; usize::try_from(tensor.elements()).unwrap()];
    tensor.encoding.decode(bytes, &mut stored);
    let rows = usize::try_from(tensor.shape[0]).unwrap();
    let columns = stored.len() / rows;
    let weight = |place: usize| {
        let (row, column) = (place / columns, place % columns);
        let number = match tensor.order {
            Order::Rows => stored[place],
            Order::Columns => stored[column * rows + row],
        };
        match &tensor.scale {
            Scale::None => number,
            Scale::Affine { scale, zero } => {
                let at = if scale.len() == 1 { 0 } else { row };
                (number - zero[at]) * scale[at]
            }
            // These are found among all tensors of a model.
            Scale::Packed(_) | Scale::Unknown => f32::NAN,
        }
    };
    (0..stored.len()).map(weight).collect()
}

/// `numbers` of `fixtures/lineage/make_onnx.py`.
fn numbers(rows: u16, columns: u16) -> Vec<f32> {
    let number = |place: u16| {
        let spread = f32::from((place * 37 + 11) % 101) - 50.0;
        spread / 64.0 * f32::from(place / columns + 1) / f32::from(rows)
    };
    (0..rows * columns).map(number).collect()
}

const NET: [(&str, &[u64]); 9] = [
    ("stem.0.weight", &[2, 3, 1, 1]),
    ("stem.0.bias", &[2]),
    ("layer.query.weight", &[6, 8]),
    ("layer.query.bias", &[6]),
    ("fc.weight", &[5, 6]),
    ("fc.bias", &[5]),
    ("head.weight", &[9, 5]),
    ("head.bias", &[9]),
    ("embed.weight", &[7, 4]),
];

#[test]
fn transposed_weights_get_their_name_and_shape_back() {
    let file = fixture("net.onnx");
    let header = read(&file).unwrap();
    assert_eq!(names(&header), NET.map(|(name, _)| name));
    for (name, shape) in NET {
        let found = tensor(&header, name);
        assert_eq!(found.shape, shape, "{name}");
        assert_eq!((found.encoding, found.extent.file), (Encoding::F32, 3));
        let rows = u16::try_from(shape[0]).unwrap();
        let columns = u16::try_from(found.elements()).unwrap() / rows;
        assert_eq!(weights(found, &file), numbers(rows, columns), "{name}");
    }
    assert_eq!(tensor(&header, "layer.query.weight").order, Order::Columns);
    assert_eq!(tensor(&header, "fc.weight").order, Order::Rows);
    assert_eq!(header.about.settings["language"], "ko");
}

#[test]
fn what_onnxruntime_quantises_is_the_same_model() {
    let original = fixture("net.onnx");
    let original_header = read(&original).unwrap();
    for (name, most_scales) in
        [("net-dynamic-tensor.onnx", 1), ("net-dynamic-row.onnx", 9), ("net-static-row.onnx", 9)]
    {
        let file = fixture(name);
        let header = read(&file).unwrap();
        let mut scales = 0;
        for expected in &original_header.tensors {
            // The dynamic quantisation adds the bias of a convolution with another node.
            if expected.name == "stem.0.bias" && name != "net-static-row.onnx" {
                continue;
            }
            let found = tensor(&header, &expected.name);
            assert_eq!(found.shape, expected.shape, "{name}: {}", found.name);
            let (found_weights, expected_weights) = (weights(found, &file), weights(expected, &original));
            let step = match &found.scale {
                Scale::None => 0.0,
                Scale::Affine { scale, .. } => {
                    scales = scales.max(scale.len());
                    scale.iter().copied().fold(0.0, f32::max)
                }
                Scale::Packed(_) | Scale::Unknown => f32::NAN,
            };
            for (found_weight, weight) in found_weights.iter().zip(expected_weights) {
                assert!((found_weight - weight).abs() <= step * 0.51, "{name}: {}", found.name);
            }
        }
        assert_eq!(scales, most_scales, "{name}");
        assert!(names(&header).iter().all(|name| !name.contains("scale") && !name.contains("quantized")));
    }
}

#[test]
fn names_come_back_from_biases_and_lists_of_modules_too() {
    let file = fixture("names.onnx");
    let header = read(&file).unwrap();
    let expected = [
        "block.0.up.weight",
        "block.0.up.bias",
        "block.0.down.weight",
        "block.weight",
        "onnx::MatMul_7",
        "text_projection",
        "table",
        "half",
        "double",
    ];
    assert_eq!(names(&header), expected);
    assert_eq!(weights(tensor(&header, "block.0.up.weight"), &file), numbers(3, 2));
    assert_eq!(weights(tensor(&header, "block.0.down.weight"), &file), numbers(2, 3));
    assert_eq!(tensor(&header, "text_projection").order, Order::Rows);
    assert_eq!(weights(tensor(&header, "table"), &file), [0.5, -1.0, 0.75, -1.0, 10.0, -12.0]);
    assert_eq!(tensor(&header, "half").encoding, Encoding::F16);
    assert_eq!(weights(tensor(&header, "double"), &file), numbers(4, 1));
}

#[test]
fn constants_of_branches_are_told_apart_by_their_branch() {
    let file = fixture("branches.onnx");
    let header = read(&file).unwrap();
    assert_eq!(names(&header), ["scale", "If_0.else_branch.fc.weight", "If_0.then_branch.fc.weight"]);
    assert_eq!(weights(tensor(&header, "If_0.then_branch.fc.weight"), &file), numbers(2, 4));
    assert_eq!(weights(tensor(&header, "If_0.else_branch.fc.weight"), &file), numbers(2, 3));
}

#[test]
fn every_cut_and_every_changed_byte_gives_a_model_or_an_error() {
    for name in ["names.onnx", "branches.onnx", "net-dynamic-row.onnx"] {
        let file = fixture(name);
        let whole = read(&file).unwrap().tensors;
        for end in 0..file.len() {
            // Only what stands behind the graph can be missing.
            if let Ok(header) = read(&file[..end]) {
                assert_eq!(header.tensors, whole, "{name} {end}");
            }
        }
        for place in 0..file.len() {
            for changed in [file[place] ^ 0xFF, file[place] ^ 1, 0x80] {
                let mut file = file.clone();
                file[place] = changed;
                // Either is right; no panic is the point.
                let _ = read(&file);
            }
        }
    }
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7F {
        bytes.push(0x80 | u8::try_from(value & 0x7F).unwrap());
        value >>= 7;
    }
    bytes.push(u8::try_from(value).unwrap());
    bytes
}

fn whole(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn message(field: u64, content: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [whole(1, 8), message(7, &graph.concat())].concat()
}

/// An initialiser.
fn initialiser(name: &str, shape: &[u64], data_type: u64, data: &[u8]) -> Vec<u8> {
    let shape: Vec<u8> = shape.iter().flat_map(|length| whole(1, *length)).collect();
    message(5, &[shape, whole(2, data_type), message(8, name.as_bytes()), data.to_vec()].concat())
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|name| message(1, name.as_bytes())).collect();
    let rest = [message(2, output.as_bytes()), message(4, operator.as_bytes()), attributes.concat()];
    message(1, &[inputs, rest.concat()].concat())
}

fn attribute(name: &str, content: &[u8]) -> Vec<u8> {
    message(5, &[message(1, name.as_bytes()), content.to_vec()].concat())
}

fn refused(graph: &[Vec<u8>]) -> (String, Option<Place>) {
    let error = read(&model(graph)).unwrap_err();
    (error.problem.to_string(), error.place)
}

#[test]
fn numbers_that_are_not_in_one_place_are_refused_unless_few() {
    let raw = |count| message(9, &vec![0; count]);
    assert_eq!(read(&model(&[initialiser("w", &[2, 3], 1, &raw(24))])).unwrap().tensors.len(), 1);
    let (problem, place) = refused(&[initialiser("w", &[2, 3], 1, &raw(23))]);
    assert!(problem.contains("23 bytes where"), "{problem}");
    assert_eq!(place, Some(Place::Tensor("w".to_owned())));
    assert!(refused(&[initialiser("w", &[2, 3], 1, &[])]).0.contains("0 bytes where"));
    let outside = [message(13, &[]), whole(14, 1)].concat();
    assert!(refused(&[initialiser("w", &[2], 1, &outside)]).0.contains("another file"));
    for (data_type, field) in [(7, 7), (3, 5), (12, 11)] {
        let data = message(field, &[1; 65]);
        assert!(refused(&[initialiser("w", &[65], data_type, &data)]).0.contains("one piece"));
        let few = initialiser("w", &[64], data_type, &message(field, &[1; 64]));
        assert!(read(&model(&[few])).unwrap().tensors.is_empty());
    }
    // Singles in two pieces.
    let pieces = [message(4, &[0; 256]), message(4, &[0; 256])].concat();
    assert!(refused(&[initialiser("w", &[128], 1, &pieces)]).0.contains("one piece"));
    // INT4, and a text.
    assert!(refused(&[initialiser("w", &[130], 22, &raw(65))]).0.contains("`INT4`"));
    assert!(read(&model(&[initialiser("w", &[999], 8, &[])])).unwrap().tensors.is_empty());
    assert!(refused(&[message(15, &[])]).0.contains("sparse"));
}

#[test]
fn scales_belong_to_the_tensor_or_its_rows() {
    let weight = initialiser("w_quantized", &[3, 2], 3, &message(9, &[1, 2, 3, 4, 5, 6]));
    let scales = |count: u64| {
        let numbers: Vec<u8> = (0..count).flat_map(|_| 2.0_f32.to_le_bytes()).collect();
        initialiser("s", &[count], 1, &message(4, &numbers))
    };
    let dequantised =
        |attributes: &[Vec<u8>]| node("DequantizeLinear", &["w_quantized", "s", ""], "d", attributes);
    let axis = |axis: u64| attribute("axis", &whole(3, axis));
    let by_row = model(&[weight.clone(), scales(3), dequantised(&[axis(0)])]);
    let header = read(&by_row).unwrap();
    assert_eq!(names(&header), ["w"]);
    assert_eq!(header.tensors[0].scale, Scale::Affine { scale: vec![2.0; 3], zero: vec![0.0; 3] });
    let one = model(&[weight.clone(), scales(1), dequantised(&[])]);
    assert_eq!(read(&one).unwrap().tensors[0].scale, Scale::Affine { scale: vec![2.0], zero: vec![0.0] });
    // By column (the axis that is meant where none is given), of another length, in blocks.
    for graph in [
        [weight.clone(), scales(2), dequantised(&[])],
        [weight.clone(), scales(2), dequantised(&[axis(0)])],
        [weight.clone(), scales(3), dequantised(&[axis(0), attribute("block_size", &whole(3, 2))])],
    ] {
        assert!(refused(&graph).0.contains("neither for the tensor nor for each row"));
    }
    let lie = initialiser("s", &[3], 1, &message(9, &[0; 8]));
    assert!(refused(&[weight, lie, dequantised(&[axis(0)])]).0.contains("form of a scale"));
}

#[test]
fn what_is_too_much_is_refused() {
    let mut deep = node("Relu", &[], "y", &[]);
    for _ in 0..9 {
        deep = node("If", &[], "y", &[attribute("then_branch", &message(6, &deep))]);
    }
    assert!(refused(&[deep]).0.contains("graphs in graphs"));
    let graphs = vec![message(11, &[]); 20_000].concat();
    let many = [node("If", &[], "y", &[attribute("g", &graphs)])];
    assert!(refused(&many).0.contains("graphs"));
    assert!(refused(&[initialiser("w", &[1; 17], 1, &[])]).0.contains("dimensions"));
    assert!(refused(&[initialiser("w", &[u64::MAX, 2], 1, &[])]).0.contains("too large"));
    assert!(refused(&[initialiser(&"w".repeat(70_000), &[2], 1, &[])]).0.contains("bytes of a name"));
    assert!(refused(&[message(5, &message(8, &[0xFF]))]).0.contains("UTF-8"));
    let twice = [model(&[]), message(7, &[])].concat();
    assert!(read(&twice).unwrap_err().problem.to_string().contains("second graph"));
    assert_eq!(read(&whole(1, 8)).unwrap_err().code(), "lineage::not_weights");
    assert_eq!(read(&[]).unwrap_err().code(), "lineage::not_weights");
    // A number without an end, and one that its message cuts off.
    assert!(read(&[0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]).is_err());
    assert!(read(&[0x3A, 0x02, 0x08, 0x80]).is_err());
}
