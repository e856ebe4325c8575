//! Reads an archive that may be hostile: bounded memory and time, and nothing is written anywhere.
//!
//! Members must not overlap (the trick of most zip bombs), what they unpack to is bounded one by one and together,
//! lengths and checksums must be those of the directory. Names are compared, never used as paths.

use super::{
    CENTRAL_HEADER, CENTRAL_HEADER_BYTES, DEFLATED, END, END_64, END_64_BYTES, END_BYTES, EXTRA_64, FULL_16,
    FULL_32, LOCAL_HEADER, LOCAL_HEADER_BYTES, LOCATOR_64, LOCATOR_64_BYTES, STORED, ZSTANDARD, crc32,
};
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Largest member, unpacked.
const MEMBER_LIMIT_BYTES: u64 = 64 << 20;
/// Everything together, unpacked: so many times the archive's size, and this.
const TOTAL_RATIO: u64 = 256;
const TOTAL_FLOOR_BYTES: u64 = 256 << 20;
const DIRECTORY_LIMIT_BYTES: u64 = 64 << 20;
const NAME_LIMIT_BYTES: u16 = 4096;
/// Largest window of a Zstandard frame, as a power of two: the 8 MiB that RFC 8878 asks every reader for.
const WINDOW_LOG: u32 = 23;

/// An archive that can't be read on, or a member of it.
#[derive(Debug, thiserror::Error)]
pub enum ZipProblem {
    /// The file can't be read.
    #[error("it can't be read")]
    Read(#[source] io::Error),
    /// No end record, or one that does not fit the file.
    #[error("it is not a whole zip archive: {0}")]
    Structure(&'static str),
    /// Several disks, encryption or a compression that is not read.
    #[error("it uses {0}, which is not read")]
    Unsupported(String),
    /// More than is read.
    #[error("{what} is more than {limit} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A member begins before the one before it ends.
    #[error("it shares bytes with another member")]
    Overlap,
    /// The packed bytes are broken, or need a larger window.
    #[error("it can't be unpacked")]
    Unpack(#[source] io::Error),
    /// Another length or checksum than the directory says.
    #[error("its {0} is not what the directory says")]
    Mismatch(&'static str),
}

/// A member as the directory describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed_bytes: u64,
    bytes: u64,
    offset: u64,
}

/// An open archive.
#[derive(Debug)]
pub(crate) struct ZipReader<R> {
    file: R,
    directory: u64,
    members: Vec<Member>,
    left_bytes: u64,
}

/// Where the directory lies.
struct End {
    members: u64,
    bytes: u64,
    offset: u64,
}

impl<R: Read + Seek> ZipReader<R> {
    /// Reads the directory.
    pub(crate) fn open(mut file: R) -> Result<Self, ZipProblem> {
        let length = file.seek(SeekFrom::End(0)).map_err(ZipProblem::Read)?;
        let end = find_end(&mut file, length)?;
        if end.bytes > DIRECTORY_LIMIT_BYTES {
            return Err(ZipProblem::TooLarge { what: "the directory", limit: DIRECTORY_LIMIT_BYTES });
        }
        if end.offset.checked_add(end.bytes).is_none_or(|after| after > length) {
            return Err(ZipProblem::Structure("the directory lies outside the file"));
        }
        let bytes = at(&mut file, end.offset, end.bytes)?;
        let members = directory(&bytes, &end)?;
        let left_bytes = length.saturating_mul(TOTAL_RATIO).saturating_add(TOTAL_FLOOR_BYTES);
        Ok(Self { file, directory: end.offset, members, left_bytes })
    }

    /// The members in the directory's order.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Whether some of `members` share bytes, by the place of the first that does.
    pub(crate) fn overlapping(&self, members: &[Member]) -> Option<usize> {
        let mut order: Vec<(usize, &Member)> = members.iter().enumerate().collect();
        order.sort_by_key(|(_, member)| member.offset);
        let after = order.iter().skip(1).map(|(_, member)| member.offset).chain([self.directory]);
        order
            .iter()
            .zip(after)
            .find(|((_, member), next)| member.least_end() > *next)
            .map(|((place, _), _)| *place)
    }

    /// A member's content.
    pub(crate) fn read(&mut self, member: &Member) -> Result<Vec<u8>, ZipProblem> {
        if member.flags & 1 != 0 {
            return Err(ZipProblem::Unsupported("encryption".to_owned()));
        }
        if member.bytes > MEMBER_LIMIT_BYTES {
            return Err(ZipProblem::TooLarge { what: "a member", limit: MEMBER_LIMIT_BYTES });
        }
        self.left_bytes = self
            .left_bytes
            .checked_sub(member.bytes)
            .ok_or(ZipProblem::TooLarge { what: "everything together", limit: self.left_bytes })?;
        let head = at(&mut self.file, member.offset, LOCAL_HEADER_BYTES)?;
        if u32_at(&head, 0) != Some(LOCAL_HEADER) {
            return Err(ZipProblem::Structure("no member begins where the directory says"));
        }
        let names = u64::from(u16_at(&head, 26).unwrap_or(0));
        let extras = u64::from(u16_at(&head, 28).unwrap_or(0));
        if names != member.name.len() as u64 {
            return Err(ZipProblem::Mismatch("name"));
        }
        let start = member.offset + LOCAL_HEADER_BYTES;
        if at(&mut self.file, start, names)? != member.name.as_bytes() {
            return Err(ZipProblem::Mismatch("name"));
        }
        let start = start + names + extras;
        if start.checked_add(member.packed_bytes).is_none_or(|end| end > self.directory) {
            return Err(ZipProblem::Overlap);
        }
        self.file.seek(SeekFrom::Start(start)).map_err(ZipProblem::Read)?;
        let packed = BufReader::new((&mut self.file).take(member.packed_bytes));
        let content = unpack(packed, member)?;
        if content.len() as u64 != member.bytes {
            return Err(ZipProblem::Mismatch("length"));
        }
        if crc32(&content) != member.crc {
            return Err(ZipProblem::Mismatch("checksum"));
        }
        Ok(content)
    }
}

impl Member {
    /// Where it ends at the earliest: the local header may have extra fields that the directory does not know.
    fn least_end(&self) -> u64 {
        self.offset
            .saturating_add(LOCAL_HEADER_BYTES)
            .saturating_add(self.name.len() as u64)
            .saturating_add(self.packed_bytes)
    }
}

/// Unpacks at most one byte more than the directory says.
fn unpack(packed: impl io::BufRead, member: &Member) -> Result<Vec<u8>, ZipProblem> {
    let limit = member.bytes + 1;
    let mut content = Vec::new();
    let read = match member.method {
        STORED => packed.take(limit).read_to_end(&mut content),
        DEFLATED => flate2::bufread::DeflateDecoder::new(packed).take(limit).read_to_end(&mut content),
        ZSTANDARD => zstd::stream::read::Decoder::with_buffer(packed).and_then(|mut decoder| {
            decoder.window_log_max(WINDOW_LOG)?;
            decoder.take(limit).read_to_end(&mut content)
        }),
        other => return Err(ZipProblem::Unsupported(format!("compression method {other}"))),
    };
    read.map_err(ZipProblem::Unpack)?;
    Ok(content)
}

fn find_end(file: &mut (impl Read + Seek), length: u64) -> Result<End, ZipProblem> {
    let tail_bytes = length.min(END_BYTES + u64::from(u16::MAX));
    let tail = at(file, length - tail_bytes, tail_bytes)?;
    let is_end = |place: &usize| {
        u32_at(&tail, *place) == Some(END)
            && u16_at(&tail, *place + 20).is_some_and(|comment| {
                // A comment may hold anything, an end record too; the real one reaches to the file's end.
                *place as u64 + END_BYTES + u64::from(comment) == tail_bytes
            })
    };
    let place = (0..tail.len()).rev().find(is_end);
    let place = place.ok_or(ZipProblem::Structure("it has no end record"))?;
    let short = |at: usize| u16_at(&tail, place + at).unwrap_or(0);
    let long = |at: usize| u32_at(&tail, place + at).unwrap_or(0);
    let (disk, first_disk, here, members) = (short(4), short(6), short(8), short(10));
    let (bytes, offset) = (long(12), long(16));
    let end_offset = length - tail_bytes + place as u64;
    if [here, members].contains(&FULL_16) || [bytes, offset].contains(&FULL_32) {
        return find_end_64(file, end_offset);
    }
    if disk != 0 || first_disk != 0 || here != members {
        return Err(ZipProblem::Unsupported("several disks".to_owned()));
    }
    let end = End { members: u64::from(members), bytes: u64::from(bytes), offset: u64::from(offset) };
    if end.offset.saturating_add(end.bytes) > end_offset {
        return Err(ZipProblem::Structure("the directory lies behind its end record"));
    }
    Ok(end)
}

fn find_end_64(file: &mut (impl Read + Seek), end_offset: u64) -> Result<End, ZipProblem> {
    let missing = || ZipProblem::Structure("its 64-bit end record is missing");
    let locator_offset = end_offset.checked_sub(LOCATOR_64_BYTES).ok_or_else(missing)?;
    let locator = at(file, locator_offset, LOCATOR_64_BYTES)?;
    if u32_at(&locator, 0) != Some(LOCATOR_64) {
        return Err(missing());
    }
    let offset = u64_at(&locator, 8).unwrap_or(u64::MAX);
    if offset.checked_add(END_64_BYTES).is_none_or(|after| after > locator_offset) {
        return Err(missing());
    }
    let record = at(file, offset, END_64_BYTES)?;
    let long = |at: usize| u64_at(&record, at).unwrap_or(u64::MAX);
    if u32_at(&record, 0) != Some(END_64) {
        return Err(missing());
    }
    if u32_at(&record, 16) != Some(0) || u32_at(&record, 20) != Some(0) || long(24) != long(32) {
        return Err(ZipProblem::Unsupported("several disks".to_owned()));
    }
    let end = End { members: long(32), bytes: long(40), offset: long(48) };
    if end.offset.checked_add(end.bytes).is_none_or(|after| after > offset) {
        return Err(ZipProblem::Structure("the directory lies behind its end record"));
    }
    Ok(end)
}

fn directory(bytes: &[u8], end: &End) -> Result<Vec<Member>, ZipProblem> {
    let broken = || ZipProblem::Structure("its directory is broken");
    if end.members > end.bytes / CENTRAL_HEADER_BYTES {
        return Err(ZipProblem::Structure("its directory is too short for its members"));
    }
    let mut members = Vec::new();
    let mut rest = bytes;
    for _ in 0..end.members {
        if u32_at(rest, 0) != Some(CENTRAL_HEADER) {
            return Err(broken());
        }
        let short = |at: usize| u16_at(rest, at).unwrap_or(0);
        let long = |at: usize| u32_at(rest, at).unwrap_or(0);
        let (name_bytes, extra_bytes, comment_bytes) = (short(28), short(30), short(32));
        if name_bytes > NAME_LIMIT_BYTES {
            return Err(ZipProblem::TooLarge { what: "a name", limit: u64::from(NAME_LIMIT_BYTES) });
        }
        let name_end = 46 + usize::from(name_bytes);
        let extra_end = name_end + usize::from(extra_bytes);
        let name = rest.get(46..name_end).ok_or_else(broken)?;
        let extra = rest.get(name_end..extra_end).ok_or_else(broken)?;
        let name = str::from_utf8(name).map_err(|_| ZipProblem::Structure("a name is not UTF-8"))?;
        let mut member = Member {
            name: name.to_owned(),
            flags: short(8),
            method: short(10),
            crc: long(16),
            packed_bytes: u64::from(long(20)),
            bytes: u64::from(long(24)),
            offset: u64::from(long(42)),
        };
        extend(&mut member, extra).ok_or_else(broken)?;
        members.push(member);
        rest = rest.get(extra_end + usize::from(comment_bytes)..).ok_or_else(broken)?;
    }
    Ok(members)
}

/// Fills in the 64-bit values of those that did not fit.
fn extend(member: &mut Member, mut extra: &[u8]) -> Option<()> {
    let full = u64::from(FULL_32);
    let wanted = [&mut member.bytes, &mut member.packed_bytes, &mut member.offset]
        .into_iter()
        .filter(|value| **value == full);
    let wanted: Vec<&mut u64> = wanted.collect();
    if wanted.is_empty() {
        return Some(());
    }
    loop {
        let (tag, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let field = extra.get(4..4 + length)?;
        if tag == EXTRA_64 {
            for (place, value) in wanted.into_iter().enumerate() {
                *value = u64_at(field, place * 8)?;
            }
            return Some(());
        }
        extra = extra.get(4 + length..)?;
    }
}

/// Exactly `length` bytes at `offset`; the length was checked against a limit before.
fn at(file: &mut (impl Read + Seek), offset: u64, length: u64) -> Result<Vec<u8>, ZipProblem> {
    file.seek(SeekFrom::Start(offset)).map_err(ZipProblem::Read)?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(ZipProblem::Read)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(ZipProblem::Structure("it is cut off")) }
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    bytes.get(place..)?.first_chunk().copied().map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    bytes.get(place..)?.first_chunk().copied().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    bytes.get(place..)?.first_chunk().copied().map(u64::from_le_bytes)
}
