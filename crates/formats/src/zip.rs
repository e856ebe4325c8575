//! The zip container, as far as `.eval` logs use it: stored, deflated and Zstandard members, with the 64-bit extension.
//!
//! The format is PKWARE's APPNOTE 6.3.10; method 93 is Zstandard.

mod read;
mod write;

pub use read::ZipProblem;
pub(crate) use read::{Member, ZipReader};
pub(crate) use write::ZipWriter;

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const LOCAL_HEADER_BYTES: u64 = 30;
const CENTRAL_HEADER_BYTES: u64 = 46;
const END_BYTES: u64 = 22;
const END_64_BYTES: u64 = 56;
const LOCATOR_64_BYTES: u64 = 20;
/// In a 32-bit field: the value stands in the 64-bit extension.
const FULL_32: u32 = u32::MAX;
const FULL_16: u16 = u16::MAX;
/// The tag of the 64-bit extension among a member's extra fields.
const EXTRA_64: u16 = 1;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ZSTANDARD: u16 = 93;

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}
