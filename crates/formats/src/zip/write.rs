//! Writes an archive into memory: fixed times, the order of the calls, one compression level.

use super::{
    CENTRAL_HEADER, END, END_64, END_64_BYTES, EXTRA_64, FULL_16, FULL_32, LOCAL_HEADER, LOCATOR_64,
    ZSTANDARD, crc32,
};
use crate::format::WriteError;

/// 1980-01-01, the first day that the format can say; at 0:00.
const DAY: u16 = 0x21;
/// What a reader must understand: Zstandard came with version 6.3.
const VERSION: u16 = 63;
/// Names are UTF-8.
const UTF_8: u16 = 1 << 11;
/// On a Unix system: a file that its owner may write.
const MADE_BY_UNIX: u16 = 3 << 8;
const FILE_MODE: u32 = 0o100_644 << 16;
/// Zstandard's own default.
const LEVEL: i32 = 3;

/// An archive that grows in memory.
#[derive(Debug, Default)]
pub(crate) struct ZipWriter {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    members: u64,
}

impl ZipWriter {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a member. Names and members of 4 GiB or more, which no result comes near, are an error.
    pub(crate) fn add(&mut self, name: &str, content: &[u8]) -> Result<(), WriteError> {
        let packed = zstd::bulk::compress(content, LEVEL).map_err(WriteError::Compress)?;
        let too_large = |_| WriteError::Compress(std::io::Error::other("a member of 4 GiB or more"));
        let name_bytes = u16::try_from(name.len()).map_err(too_large)?;
        let size = u32::try_from(content.len()).map_err(too_large)?;
        let packed_size = u32::try_from(packed.len()).map_err(too_large)?;
        let offset = self.bytes.len() as u64;
        let common = |extra: u16| {
            let mut head = Vec::new();
            for number in [VERSION, UTF_8, ZSTANDARD, 0, DAY] {
                head.extend(number.to_le_bytes());
            }
            for number in [crc32(content), packed_size, size] {
                head.extend(number.to_le_bytes());
            }
            head.extend(name_bytes.to_le_bytes());
            head.extend(extra.to_le_bytes());
            head
        };
        self.bytes.extend(LOCAL_HEADER.to_le_bytes());
        self.bytes.extend(common(0));
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);

        let mut extra = Vec::new();
        let short_offset =
            u32::try_from(offset).ok().filter(|offset| *offset < FULL_32).unwrap_or_else(|| {
                extra.extend(EXTRA_64.to_le_bytes());
                extra.extend(8_u16.to_le_bytes());
                extra.extend(offset.to_le_bytes());
                FULL_32
            });
        self.directory.extend(CENTRAL_HEADER.to_le_bytes());
        self.directory.extend((MADE_BY_UNIX | VERSION).to_le_bytes());
        self.directory.extend(common(if extra.is_empty() { 0 } else { 12 }));
        // No comment, first disk, no internal attributes.
        self.directory.extend([0; 6]);
        self.directory.extend(FILE_MODE.to_le_bytes());
        self.directory.extend(short_offset.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.directory.extend(extra);
        self.members += 1;
        Ok(())
    }

    /// The whole archive.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let start = self.bytes.len() as u64;
        let size = self.directory.len() as u64;
        let members = self.members;
        self.bytes.append(&mut self.directory);
        let short = |number: u64| u32::try_from(number).unwrap_or(FULL_32);
        let count = u16::try_from(members).unwrap_or(FULL_16);
        if count == FULL_16 || short(start) == FULL_32 || short(size) == FULL_32 {
            let end_64 = self.bytes.len() as u64;
            self.bytes.extend(END_64.to_le_bytes());
            self.bytes.extend((END_64_BYTES - 12).to_le_bytes());
            self.bytes.extend((MADE_BY_UNIX | VERSION).to_le_bytes());
            self.bytes.extend(VERSION.to_le_bytes());
            self.bytes.extend([0; 8]);
            for number in [members, members, size, start] {
                self.bytes.extend(number.to_le_bytes());
            }
            self.bytes.extend(LOCATOR_64.to_le_bytes());
            self.bytes.extend(0_u32.to_le_bytes());
            self.bytes.extend(end_64.to_le_bytes());
            self.bytes.extend(1_u32.to_le_bytes());
        }
        self.bytes.extend(END.to_le_bytes());
        self.bytes.extend([0; 4]);
        for number in [count, count] {
            self.bytes.extend(number.to_le_bytes());
        }
        for number in [short(size), short(start)] {
            self.bytes.extend(number.to_le_bytes());
        }
        self.bytes.extend([0; 2]);
        self.bytes
    }
}
