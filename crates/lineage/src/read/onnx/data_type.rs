//! The numbers that stand for encodings in an ONNX file (`TensorProto.DataType`).

use crate::encoding::Encoding;

/// Texts.
pub(super) const STRING: u64 = 8;

/// The encoding that `data_type` stands for; none where it is none of those that are read.
pub(super) fn encoding(data_type: u64) -> Option<Encoding> {
    Some(match data_type {
        1 => Encoding::F32,
        2 => Encoding::U8,
        3 => Encoding::I8,
        4 => Encoding::U16,
        5 => Encoding::I16,
        6 => Encoding::I32,
        7 => Encoding::I64,
        9 => Encoding::Bool,
        10 => Encoding::F16,
        11 => Encoding::F64,
        12 => Encoding::U32,
        13 => Encoding::U64,
        16 => Encoding::Bf16,
        17 => Encoding::F8E4m3,
        19 => Encoding::F8E5m2,
        _ => return None,
    })
}

/// What ONNX calls an encoding that is not read.
pub(super) fn unread(data_type: u64) -> String {
    let name = match data_type {
        14 => "COMPLEX64",
        15 => "COMPLEX128",
        18 => "FLOAT8E4M3FNUZ",
        20 => "FLOAT8E5M2FNUZ",
        21 => "UINT4",
        22 => "INT4",
        23 => "FLOAT4E2M1",
        24 => "FLOAT8E8M0",
        _ => return format!("ONNX data type {data_type}"),
    };
    name.to_owned()
}
