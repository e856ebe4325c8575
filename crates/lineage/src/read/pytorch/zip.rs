//! The directory of a zip file: its members by name, and where the bytes of those that are stored uncompressed lie.
//!
//! The format is PKWARE's APPNOTE 6.3.10 with the 64-bit extension. Names are compared, never used as paths; members
//! that share bytes or a name are refused, so that no two readers can see two different archives.

use crate::error::{Place, WeightsError, WeightsProblem};
use crate::source::Source;
use std::collections::BTreeMap;

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const LOCATOR_64: u32 = 0x0706_4b50;
const LOCAL_HEADER_BYTES: u64 = 30;
const CENTRAL_HEADER_BYTES: usize = 46;
const END_BYTES: u64 = 22;
const END_64_BYTES: u64 = 56;
const LOCATOR_64_BYTES: u64 = 20;
/// In a 32-bit field: the value stands in the 64-bit extension.
const FULL_32: u32 = u32::MAX;
const FULL_16: u16 = u16::MAX;
/// The tag of the 64-bit extension among a member's extra fields.
const EXTRA_64: u16 = 1;
const STORED: u16 = 0;
const ENCRYPTED: u16 = 1;
const DIRECTORY_LIMIT_BYTES: u64 = 64 << 20;

/// The members of an archive.
#[derive(Debug)]
pub(super) struct Archive {
    members: BTreeMap<String, Member>,
}

/// A member as the directory describes it.
#[derive(Debug)]
struct Member {
    flags: u16,
    method: u16,
    packed_bytes: u64,
    bytes: u64,
    /// Of its local header.
    offset: u64,
    /// Where the next member or the directory begins.
    limit: u64,
}

/// The content of a member in the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Stored {
    /// First byte.
    pub(super) offset: u64,
    /// How many.
    pub(super) bytes: u64,
}

/// Where the directory lies.
struct End {
    members: u64,
    bytes: u64,
    offset: u64,
}

impl Archive {
    /// Reads the directory, at most 64 MiB. Fails where the file is no whole archive on one disk, or members share
    /// bytes or a name.
    pub(super) fn open(source: &dyn Source) -> Result<Self, WeightsError> {
        let end = find_end(source)?;
        if end.bytes > DIRECTORY_LIMIT_BYTES {
            let problem = WeightsProblem::HeaderTooLarge { bytes: end.bytes, limit: DIRECTORY_LIMIT_BYTES };
            return Err(source.error(Some(Place::Byte(end.offset)), problem));
        }
        let mut members = directory(source, &end)?;
        separate(source, &mut members, end.offset)?;
        Ok(Self { members })
    }

    /// The members' names, in byte order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// Where the content of the member `name` lies; none where there is no such member. Fails where it is compressed
    /// or encrypted, or its own header says something else than the directory.
    pub(super) fn stored(&self, source: &dyn Source, name: &str) -> Result<Option<Stored>, WeightsError> {
        let Some(member) = self.members.get(name) else { return Ok(None) };
        let form = match (member.flags & ENCRYPTED, member.method) {
            (0, STORED) => None,
            (0, _) => Some("a compressed member of a zip file"),
            _ => Some("an encrypted member of a zip file"),
        };
        if let Some(form) = form {
            let problem = WeightsProblem::Unsupported(format!("`{}`, {form},", name.escape_debug()));
            return Err(source.error(Some(Place::Byte(member.offset)), problem));
        }
        if member.packed_bytes != member.bytes {
            return Err(broken(source, member.offset, "a stored member has two lengths"));
        }
        let head = take(source, member.offset, LOCAL_HEADER_BYTES)?;
        if u32_at(&head, 0) != Some(LOCAL_HEADER) {
            return Err(broken(source, member.offset, "no member begins where the directory says"));
        }
        let names = u64::from(u16_at(&head, 26).unwrap_or(0));
        let extras = u64::from(u16_at(&head, 28).unwrap_or(0));
        let start = member.offset.saturating_add(LOCAL_HEADER_BYTES);
        if names != name.len() as u64 || take(source, start, names)? != name.as_bytes() {
            return Err(broken(source, member.offset, "a member has another name than the directory says"));
        }
        let offset = start.saturating_add(names).saturating_add(extras);
        if offset.saturating_add(member.bytes) > member.limit {
            return Err(broken(source, member.offset, "a member reaches into the next"));
        }
        Ok(Some(Stored { offset, bytes: member.bytes }))
    }
}

/// Sets the limit of each member; fails where one cannot end before the next begins.
fn separate(
    source: &dyn Source,
    members: &mut BTreeMap<String, Member>,
    directory: u64,
) -> Result<(), WeightsError> {
    let mut order: Vec<(&String, &mut Member)> = members.iter_mut().collect();
    order.sort_by_key(|(_, member)| member.offset);
    let mut limit = directory;
    for (name, member) in order.into_iter().rev() {
        // The local header may have extra fields that the directory does not know.
        let least_header = LOCAL_HEADER_BYTES + name.len() as u64;
        let least_end = member.offset.saturating_add(least_header).saturating_add(member.packed_bytes);
        if least_end > limit {
            return Err(broken(
                source,
                member.offset.min(directory),
                "members share bytes or lie outside the file",
            ));
        }
        member.limit = limit;
        limit = member.offset;
    }
    Ok(())
}

fn find_end(source: &dyn Source) -> Result<End, WeightsError> {
    let length = source.bytes();
    let tail_bytes = length.min(END_BYTES + u64::from(u16::MAX));
    let tail_offset = length - tail_bytes;
    let tail = take(source, tail_offset, tail_bytes)?;
    let is_end = |place: &usize| {
        u32_at(&tail, *place) == Some(END)
            && u16_at(&tail, *place + 20).is_some_and(|comment| {
                // A comment may hold anything, an end record too; the real one reaches to the file's end.
                *place as u64 + END_BYTES + u64::from(comment) == tail_bytes
            })
    };
    let place = (0..tail.len()).rev().find(is_end);
    let place =
        place.ok_or_else(|| broken(source, length, "the zip file has no end record, as if cut off"))?;
    let short = |at: usize| u16_at(&tail, place + at).unwrap_or(0);
    let long = |at: usize| u32_at(&tail, place + at).unwrap_or(0);
    let (disk, first_disk, here, members) = (short(4), short(6), short(8), short(10));
    let (bytes, offset) = (long(12), long(16));
    let end_offset = tail_offset + place as u64;
    if [here, members].contains(&FULL_16) || [bytes, offset].contains(&FULL_32) {
        return find_end_64(source, end_offset);
    }
    if disk != 0 || first_disk != 0 || here != members {
        return Err(several_disks(source, end_offset));
    }
    let end = End { members: u64::from(members), bytes: u64::from(bytes), offset: u64::from(offset) };
    if end.offset.saturating_add(end.bytes) > end_offset {
        return Err(broken(source, end_offset, "the directory lies behind its end record"));
    }
    Ok(end)
}

fn find_end_64(source: &dyn Source, end_offset: u64) -> Result<End, WeightsError> {
    let missing = || broken(source, end_offset, "the 64-bit end record is missing");
    let locator_offset = end_offset.checked_sub(LOCATOR_64_BYTES).ok_or_else(missing)?;
    let locator = take(source, locator_offset, LOCATOR_64_BYTES)?;
    if u32_at(&locator, 0) != Some(LOCATOR_64) {
        return Err(missing());
    }
    let offset = u64_at(&locator, 8).unwrap_or(u64::MAX);
    if offset.checked_add(END_64_BYTES).is_none_or(|after| after > locator_offset) {
        return Err(missing());
    }
    let record = take(source, offset, END_64_BYTES)?;
    let long = |at: usize| u64_at(&record, at).unwrap_or(u64::MAX);
    if u32_at(&record, 0) != Some(END_64) {
        return Err(missing());
    }
    if u32_at(&record, 16) != Some(0) || u32_at(&record, 20) != Some(0) || long(24) != long(32) {
        return Err(several_disks(source, offset));
    }
    let end = End { members: long(32), bytes: long(40), offset: long(48) };
    if end.offset.checked_add(end.bytes).is_none_or(|after| after > offset) {
        return Err(broken(source, offset, "the directory lies behind its end record"));
    }
    Ok(end)
}

fn directory(source: &dyn Source, end: &End) -> Result<BTreeMap<String, Member>, WeightsError> {
    let bytes = take(source, end.offset, end.bytes)?;
    let mut members = BTreeMap::new();
    let mut rest = bytes.as_slice();
    for _ in 0..end.members {
        let place = end.offset + (bytes.len() - rest.len()) as u64;
        let (name, member, left) =
            entry(rest).ok_or_else(|| broken(source, place, "the directory is broken"))?;
        if members.contains_key(name) {
            let what = format!("two members are called `{}`", name.escape_debug());
            return Err(broken(source, place, &what));
        }
        members.insert(name.to_owned(), member);
        rest = left;
    }
    Ok(members)
}

/// One entry of the directory: the member's name, what is said of it, and the bytes behind the entry.
fn entry(rest: &[u8]) -> Option<(&str, Member, &[u8])> {
    if u32_at(rest, 0)? != CENTRAL_HEADER {
        return None;
    }
    let short = |at: usize| u16_at(rest, at);
    let long = |at: usize| u32_at(rest, at);
    let name_end = CENTRAL_HEADER_BYTES + usize::from(short(28)?);
    let extra_end = name_end + usize::from(short(30)?);
    let entry_end = extra_end + usize::from(short(32)?);
    let name = str::from_utf8(rest.get(CENTRAL_HEADER_BYTES..name_end)?).ok()?;
    let extra = rest.get(name_end..extra_end)?;
    let mut member = Member {
        flags: short(8)?,
        method: short(10)?,
        packed_bytes: u64::from(long(20)?),
        bytes: u64::from(long(24)?),
        offset: u64::from(long(42)?),
        limit: 0,
    };
    extend(&mut member, extra)?;
    Some((name, member, rest.get(entry_end..)?))
}

/// Fills in the 64-bit values of those that did not fit.
fn extend(member: &mut Member, mut extra: &[u8]) -> Option<()> {
    let full = u64::from(FULL_32);
    let wanted: Vec<&mut u64> = [&mut member.bytes, &mut member.packed_bytes, &mut member.offset]
        .into_iter()
        .filter(|value| **value == full)
        .collect();
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

/// Exactly `count` bytes at `offset`; the caller bounds the count.
fn take(source: &dyn Source, offset: u64, count: u64) -> Result<Vec<u8>, WeightsError> {
    source.take(offset, usize::try_from(count).unwrap_or(usize::MAX))
}

fn broken(source: &dyn Source, byte: u64, what: &str) -> WeightsError {
    source.error(Some(Place::Byte(byte)), WeightsProblem::Header(what.to_owned()))
}

fn several_disks(source: &dyn Source, byte: u64) -> WeightsError {
    let form = "a zip file on several disks".to_owned();
    source.error(Some(Place::Byte(byte)), WeightsProblem::Unsupported(form))
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
