//! CBOR: the examples of RFC 8949, appendix A, and what is refused.

use daepyo_identity::cbor::{CborError, Value, read, write};

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn the_examples_of_the_rfc_read_and_are_written_again() {
    let list = Value::Array(vec![Value::Int(1), Value::Array(vec![Value::Int(2), Value::Int(3)])]);
    let map = Value::Map(vec![
        (Value::Text("a"), Value::Int(1)),
        (Value::Text("b"), Value::Array(vec![Value::Int(2), Value::Int(3)])),
    ]);
    let cases = [
        ("00", Value::Int(0)),
        ("17", Value::Int(23)),
        ("1818", Value::Int(24)),
        ("1903e8", Value::Int(1000)),
        ("1a000f4240", Value::Int(1_000_000)),
        ("1b000000e8d4a51000", Value::Int(1_000_000_000_000)),
        ("20", Value::Int(-1)),
        ("3863", Value::Int(-100)),
        ("3903e7", Value::Int(-1000)),
        ("f4", Value::Bool(false)),
        ("f5", Value::Bool(true)),
        ("f6", Value::Null),
        ("40", Value::Bytes(&[])),
        ("4401020304", Value::Bytes(&[1, 2, 3, 4])),
        ("6449455446", Value::Text("IETF")),
        ("63e6b0b4", Value::Text("水")),
        ("80", Value::Array(Vec::new())),
        ("8201820203", list),
        ("a26161016162820203", map),
    ];
    for (hex, value) in cases {
        let encoded = bytes(hex);
        assert_eq!(read(&encoded), Ok((value.clone(), [].as_slice())), "{hex}");
        assert_eq!(write(&value), encoded, "{hex}");
    }
    assert_eq!(read(&[1, 2]), Ok((Value::Int(1), [2].as_slice())));
}

#[test]
fn what_authenticators_do_not_write_is_refused() {
    let cases = [
        ("", CborError::Short),
        ("18", CborError::Short),
        ("5affffffff", CborError::Short),
        ("5bffffffffffffffff", CborError::Short),
        ("9bffffffffffffffff", CborError::Short),
        ("bbffffffffffffffff", CborError::Short),
        ("1bffffffffffffffff", CborError::Kind),
        ("3bffffffffffffffff", CborError::Kind),
        ("1817", CborError::Long),
        ("190001", CborError::Long),
        ("1a0000ffff", CborError::Long),
        ("5f42010243030405ff", CborError::Kind),
        ("c11a514b67b0", CborError::Kind),
        ("f97c00", CborError::Kind),
        ("f7", CborError::Kind),
        ("62c328", CborError::Text),
        ("a201010102", CborError::Twice),
        ("818181818100", CborError::Large),
    ];
    for (hex, error) in cases {
        assert_eq!(read(&bytes(hex)), Err(error), "{hex}");
    }
    let mut many = vec![0x98, 200];
    many.extend([0; 200]);
    assert_eq!(read(&many), Err(CborError::Large));
}
