//! Archives made by hand, to break them at every place.

/// A member as it is written: everything that a hostile writer may choose.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) packed: Vec<u8>,
    pub(crate) bytes: u32,
    pub(crate) crc: u32,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    /// Where the directory says that it begins; otherwise where it does.
    pub(crate) offset: Option<u32>,
}

impl Entry {
    /// A sample of one question, in Zstandard, all of it right.
    pub(crate) fn sample(name: &str, content: &str) -> Self {
        let packed = zstd::bulk::compress(content.as_bytes(), 3).unwrap();
        Self::packed(name, packed, 93, content.as_bytes())
    }

    pub(crate) fn packed(name: &str, packed: Vec<u8>, method: u16, content: &[u8]) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let bytes = u32::try_from(content.len()).unwrap();
        Self { name: name.to_owned(), packed, bytes, crc: crc.sum(), method, flags: 0, offset: None }
    }
}

pub(crate) const SAMPLE: &str = r#"{"id": 1, "epoch": 1, "input": "질문", "target": "답", "messages": [],
    "output": {"choices": [{"message": {"role": "assistant", "content": "답"}, "stop_reason": "stop"}]}}"#;

pub(crate) fn archive(entries: &[Entry]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.offset.unwrap_or_else(|| u32::try_from(bytes.len()).unwrap());
        let mut head = Vec::new();
        for number in [63, entry.flags, entry.method, 0, 0x21] {
            head.extend(number.to_le_bytes());
        }
        for number in [entry.crc, u32::try_from(entry.packed.len()).unwrap(), entry.bytes] {
            head.extend(number.to_le_bytes());
        }
        head.extend(u16::try_from(entry.name.len()).unwrap().to_le_bytes());
        head.extend([0; 2]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&head);
        bytes.extend(entry.name.as_bytes());
        bytes.extend(&entry.packed);
        directory.extend(b"PK\x01\x02\x3f\x03");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let start = u32::try_from(bytes.len()).unwrap();
    let size = u32::try_from(directory.len()).unwrap();
    let count = u16::try_from(entries.len()).unwrap();
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}
