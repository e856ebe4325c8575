//! Checkpoints made here, good and hostile.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use super::read_pytorch;
use crate::encoding::Encoding;
use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::Memory;
use crate::tensor::{Order, Tensor};
use std::path::Path;

/// A zip file of stored members, as far as the reader looks at it.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut file, mut directory): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let mut fields = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        fields.extend([length, length].concat());
        fields.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        fields.extend([0; 2]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&fields);
        directory.extend([0; 10]);
        directory.extend(u32::try_from(file.len()).unwrap().to_le_bytes());
        directory.extend(name.as_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&fields);
        file.extend(name.as_bytes());
        file.extend(*content);
    }
    let (count, at) = (u16::try_from(members.len()).unwrap(), u32::try_from(file.len()).unwrap());
    let bytes = u32::try_from(directory.len()).unwrap();
    file.extend(directory);
    file.extend(b"PK\x05\x06\x00\x00\x00\x00");
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend([bytes.to_le_bytes(), at.to_le_bytes()].concat());
    file.extend([0; 2]);
    file
}

fn checkpoint(pickle: &[u8]) -> Vec<u8> {
    archive(&[("a/data.pkl", pickle), ("a/data/0", &[0; 48]), ("a/version", b"3\n")])
}

fn text(text: &str) -> Vec<u8> {
    [b"X".as_slice(), &u32::try_from(text.len()).unwrap().to_le_bytes(), text.as_bytes()].concat()
}

fn number(number: i32) -> Vec<u8> {
    [b"J".as_slice(), &number.to_le_bytes()].concat()
}

fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(".as_slice(), &items.concat(), b"t"].concat()
}

fn numbers(items: &[i32]) -> Vec<u8> {
    tuple(&items.iter().map(|item| number(*item)).collect::<Vec<_>>())
}

/// A view of the storage `0` of `count` numbers.
fn view(storage: &str, count: i32, first: i32, shape: &[i32], strides: &[i32]) -> Vec<u8> {
    let kind = format!("ctorch\n{storage}\n").into_bytes();
    let storage = tuple(&[text("storage"), kind, text("0"), text("cpu"), number(count)]);
    let hooks = b"ccollections\nOrderedDict\n)R".to_vec();
    let storage = [storage, b"Q".to_vec()].concat();
    let arguments =
        tuple(&[storage, number(first), numbers(shape), numbers(strides), b"\x89".to_vec(), hooks]);
    [b"ctorch._utils\n_rebuild_tensor_v2\n".to_vec(), arguments, b"R".to_vec()].concat()
}

fn dict(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs: Vec<u8> = pairs.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"}(".as_slice(), &pairs, b"u"].concat()
}

fn whole(value: &[u8]) -> Vec<u8> {
    [b"\x80\x02".as_slice(), value, b"."].concat()
}

fn read(file: &[u8]) -> Result<Vec<Tensor>, WeightsError> {
    read_pytorch(&Memory(file), 7).map(|header| header.tensors)
}

fn tensors(value: &[u8]) -> Vec<Tensor> {
    read(&checkpoint(&whole(value))).unwrap()
}

fn refused(value: &[u8]) -> (String, Option<Place>) {
    let error = read(&checkpoint(&whole(value))).unwrap_err();
    (error.problem.to_string(), error.place)
}

fn fixture(name: &str) -> Vec<u8> {
    let root = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    std::fs::read(Path::new(&root).join("../../fixtures/lineage").join(name)).unwrap()
}

/// Name, shape, encoding, order, and the tensor's bytes.
fn written<'f>(tensors: &[Tensor], name: &str, file: &'f [u8]) -> (Vec<u64>, Encoding, Order, &'f [u8]) {
    let tensor = tensors.iter().find(|tensor| tensor.name == name).unwrap();
    let start = usize::try_from(tensor.extent.offset).unwrap();
    let bytes = &file[start..start + usize::try_from(tensor.extent.bytes).unwrap()];
    assert_eq!(tensor.extent.file, 7);
    (tensor.shape.clone(), tensor.encoding, tensor.order, bytes)
}

fn singles(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[test]
fn a_checkpoint_of_python_is_read_in_protocols_2_and_4() {
    for name in ["nested-protocol-2.pt", "nested-protocol-4.pt"] {
        let file = fixture(name);
        let found = read(&file).unwrap();
        let names: Vec<&str> = found.iter().map(|tensor| tensor.name.as_str()).collect();
        let expected = [
            "model.embed.weight",
            "model.layers.0.weight",
            "model.layers.0.bias",
            "model.layers.1.weight",
            "model.scale",
            "model.head.weight",
            "model.empty",
            "optimizer.state.0.exp_avg",
        ];
        assert_eq!(names, expected, "{name}");
        let (shape, encoding, order, bytes) = written(&found, "model.embed.weight", &file);
        assert_eq!((shape, encoding, order), (vec![3, 2], Encoding::F32, Order::Rows));
        assert_eq!(bytes, singles(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]));
        let tied = written(&found, "model.head.weight", &file);
        assert_eq!((tied.3.as_ptr(), tied.3.len()), (bytes.as_ptr(), bytes.len()));
        let (shape, encoding, order, bytes) = written(&found, "model.layers.0.weight", &file);
        assert_eq!((shape, encoding, order), (vec![3, 2], Encoding::F16, Order::Columns));
        assert_eq!(bytes, [0x00, 0x3C, 0x00, 0x40, 0x00, 0x42, 0x00, 0x44, 0x00, 0x45, 0x00, 0x46]);
        let (shape, encoding, _, bytes) = written(&found, "model.layers.0.bias", &file);
        assert_eq!((shape, encoding, bytes), (vec![2], Encoding::Bf16, [0x80, 0x3F, 0x00, 0x40].as_slice()));
        let (shape, encoding, _, bytes) = written(&found, "model.layers.1.weight", &file);
        assert_eq!(
            (shape, encoding, bytes),
            (vec![2, 2], Encoding::F8E4m3, [0x38, 0x40, 0x44, 0x48].as_slice())
        );
        let (shape, encoding, _, bytes) = written(&found, "model.scale", &file);
        assert_eq!((shape, encoding, bytes), (vec![], Encoding::F64, 0.5_f64.to_le_bytes().as_slice()));
        assert_eq!(written(&found, "model.empty", &file).3, [] as [u8; 0]);
        assert_eq!(written(&found, "optimizer.state.0.exp_avg", &file).3, singles(&[2.0, 3.0]));
    }
}

#[test]
fn a_member_of_torch_has_a_padded_header_and_its_lengths_behind_it() {
    let file = fixture("padded-zip64.pt");
    let found = read(&file).unwrap();
    assert_eq!(written(&found, "weight", &file).3, singles(&[1.0, 2.0]));
    assert_eq!(found[0].extent.offset % 64, 0);
}

#[test]
fn a_pickle_that_would_run_something_is_refused_by_name() {
    for name in ["os-system-protocol-2.pt", "os-system-protocol-4.pt"] {
        let error = read(&fixture(name)).unwrap_err();
        assert!(matches!(error.place, Some(Place::Byte(byte)) if byte > 30), "{error:?}");
        let message = error.problem.to_string();
        assert_eq!(error.code(), "lineage::pickle");
        assert!(
            ["the global `posix.system`", "the global `os.system`"].iter().any(|name| message.contains(name))
        );
    }
    assert!(refused(b"cos\nsystem\nX\x02\x00\x00\x00ls\x85R").0.contains("`os.system`"));
    assert!(refused(b"ctorch\nload\n").0.contains("`torch.load`"));
    assert!(refused(b"ctorch\nComplexFloatStorage\n").0.contains("`torch.ComplexFloatStorage`"));
    assert!(refused(b"cevil\n\x1b[2J\n").0.contains(r"`evil.\u{1b}[2J`"));
    // INST, OBJ, NEWOBJ, EXT1 and a text of protocol 0.
    for opcode in [b'i', b'o', 0x81, 0x82, b'S'] {
        assert!(refused(&[opcode]).0.contains("the opcode"), "{opcode}");
    }
}

#[test]
fn nothing_else_is_called() {
    assert!(refused(b"ccollections\nOrderedDict\n(]tR").0.contains("no tensor"));
    assert!(refused(b"ctorch\nFloatStorage\n)R").0.contains("no tensor"));
    assert!(refused(b"N)R").0.contains("no function"));
    assert!(refused(b"ctorch\nSize\n)}b").0.contains("attributes"));
    assert!(refused(b"X\x01\x00\x00\x00aQ").0.contains("no storage"));
    let again = b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\nctorch\nTensor\n)NtR";
    assert!(refused(again).0.contains("no tensor"));
}

#[test]
fn memo_bombs_cycles_and_depth_end() {
    // Each of 40 dictionaries holds the one before twice: 2^40 names.
    let mut bomb = dict(&[("t", view("FloatStorage", 12, 0, &[2], &[1]))]);
    for _ in 0..40 {
        bomb.extend(b"q\x01}(X\x01\x00\x00\x00ah\x01X\x01\x00\x00\x00bh\x01u");
    }
    assert!(refused(&bomb).0.contains("are read"));
    assert!(refused(b"}q\x00X\x01\x00\x00\x00ah\x00s").0.contains("holds itself"));
    assert!(refused(b"]q\x00h\x00a").0.contains("holds itself"));
    let deep = [vec![b']'; 100_000], vec![b'a'; 99_999]].concat();
    assert!(refused(&deep).0.contains("levels"));
    let shallow = [vec![b']'; 60], vec![b'a'; 59]].concat();
    assert!(tensors(&shallow).is_empty());
    let many = [b"(".to_vec(), vec![b'N'; 100], b"tq\x00".to_vec()].concat();
    assert!(refused(&[b"ctorch\nSize\n".as_slice(), &many, b"R"].concat()).0.contains("arguments"));
}

#[test]
fn a_stack_that_is_too_short_is_an_error() {
    for value in [
        b"".as_slice(),
        b"0",
        b"t",
        b"(0.",
        b"a",
        b"s",
        b"u",
        b"(K\x01u",
        b"R",
        b"Q",
        b"b",
        b"h\x00",
        b"q\x00",
    ] {
        let error = read(&checkpoint(&whole(value))).unwrap_err();
        assert!(matches!(error.problem, WeightsProblem::Header(_)), "{value:?}: {error:?}");
    }
    // What lies under a mark cannot be taken.
    assert!(refused(b"K\x01(\x85").0.contains("stack"));
    assert!(refused(b"]K\x01(a").0.contains("stack"));
}

#[test]
fn every_cut_and_every_changed_byte_gives_a_value_or_an_error() {
    let file = fixture("nested-protocol-4.pt");
    for end in 0..file.len() {
        let result = read(&file[..end]);
        assert!(result.is_err(), "{end}");
    }
    for place in 0..file.len() {
        let mut changed = file.clone();
        changed[place] ^= 0xFF;
        // Either is right; no panic is the point.
        let _ = read(&changed);
        changed[place] = b'R';
        let _ = read(&changed);
    }
}

#[test]
fn only_contiguous_views_inside_their_storage_are_read() {
    let one = |view: Vec<u8>| dict(&[("w", view)]);
    let found = tensors(&one(view("FloatStorage", 12, 2, &[3, 2], &[2, 1])));
    assert_eq!((found[0].order, found[0].extent.bytes), (Order::Rows, 24));
    assert_eq!(tensors(&one(view("FloatStorage", 12, 0, &[3, 4], &[1, 3])))[0].order, Order::Columns);
    // Lengths of one have any stride.
    assert_eq!(tensors(&one(view("FloatStorage", 12, 0, &[1, 4, 1], &[77, 1, 9])))[0].order, Order::Rows);
    for (shape, strides) in [
        ([3, 2].as_slice(), [4, 1].as_slice()),
        (&[6], &[2]),
        (&[6], &[0]),
        (&[2, 2, 3], &[1, 2, 4]),
        (&[3, 2], &[1, 2]),
    ] {
        let (message, place) = refused(&one(view("FloatStorage", 12, 0, shape, strides)));
        assert!(message.contains("not contiguous"), "{message}");
        assert_eq!(place, Some(Place::Tensor("w".to_owned())));
    }
    for outside in [
        view("FloatStorage", 12, 1, &[12], &[1]),
        view("FloatStorage", 13, 0, &[2], &[1]),
        view("DoubleStorage", 12, 0, &[2], &[1]),
        view("FloatStorage", 12, i32::MAX, &[2], &[1]),
    ] {
        assert!(refused(&one(outside)).0.contains("bytes where shape and encoding need"));
    }
    assert!(refused(&one(view("FloatStorage", 12, -1, &[2], &[1]))).0.contains("place in its storage"));
    assert!(refused(&one(view("FloatStorage", 12, 0, &[-2], &[1]))).0.contains("lengths"));
    let large = [i32::MAX, i32::MAX, i32::MAX];
    assert!(refused(&one(view("FloatStorage", 12, 0, &large, &[1, 1, 1]))).0.contains("not contiguous"));
    assert!(
        refused(&one(view("FloatStorage", 12, 0, &[i32::MAX, 1, i32::MAX], &[i32::MAX, 1, 1])))
            .0
            .contains("too large")
    );
}

#[test]
fn other_archives_are_refused() {
    let pickle = whole(&dict(&[("w", view("FloatStorage", 12, 0, &[2], &[1]))]));
    let numbers = [0; 48];
    let problem = |members: &[(&str, &[u8])]| read(&archive(members)).unwrap_err().problem.to_string();
    let with = |name: &str, content: &[u8]| {
        problem(&[("a/data.pkl", &pickle), ("a/data/0", &numbers), (name, content)])
    };
    assert!(with("a/byteorder", b"big").contains("big-endian"));
    assert!(with("a/byteorder", b"middle").contains("byte order"));
    assert!(with("a/constants.pkl", b"").contains("TorchScript"));
    assert!(with("b/data.pkl", b"").contains("two checkpoints"));
    assert!(with("a/data/0", b"").contains("two members"));
    assert!(problem(&[("a/data.pkl", &pickle)]).contains("no member `data/0`"));
    assert!(problem(&[("a.txt", b"")]).contains("neither"));

    let mut compressed = checkpoint(&pickle);
    let directory = compressed.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    compressed[directory + 10] = 8;
    assert!(read(&compressed).unwrap_err().problem.to_string().contains("compressed member"));
    let mut overlapping = checkpoint(&pickle);
    overlapping[directory + 20] = 0xFF;
    overlapping[directory + 24] = 0xFF;
    overlapping[directory + 21] = 0x7F;
    overlapping[directory + 25] = 0x7F;
    assert!(read(&overlapping).unwrap_err().problem.to_string().contains("share bytes"));
}

#[test]
fn files_of_other_kinds_are_told_apart() {
    let problem = |file: &[u8]| read(file).unwrap_err().problem.to_string();
    assert!(problem(b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.").contains("before 1.6"));
    assert!(problem(b"\x80\x04}.").contains("no PyTorch checkpoint"));
    let mut tar = [0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(problem(&tar).contains("TAR"));
    assert!(problem(b"GGUF").contains("neither"));
    assert!(problem(b"").contains("neither"));
    let file = checkpoint(&whole(b"}"));
    assert!(problem(&file[..file.len() - 1]).contains("no end record"));
}
