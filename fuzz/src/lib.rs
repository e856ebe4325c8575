//! What the fuzz targets share: inputs of several parts, logs and archives to attack, what holds for all weights, and
//! scoring with one filter.

pub mod weights;

use daepyo_core::{Finish, Response};
use daepyo_evidence::{Log, SigningKey};
use daepyo_task::Target;
use daepyo_task::score::{ScoreInput, Scored, Scorer};
use serde_json::{Map, Value};
use std::path::Path;
use tempfile::TempDir;

/// Stands between the parts of an input, on a line of its own, so that seeds can be written and read by people.
const BORDER: &str = "\n====\n";

/// The parts of an input; those that are not there are empty. `None` where it is not UTF-8.
pub fn parts<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let mut parts = std::str::from_utf8(data).ok()?.splitn(N, BORDER);
    Some([(); N].map(|()| parts.next().unwrap_or_default()))
}

/// The parts of an input of any bytes.
pub fn byte_parts(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut is_over = false;
    std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let border = BORDER.as_bytes();
        match data.windows(border.len()).position(|window| window == border) {
            Some(place) => {
                let part = &data[..place];
                data = &data[place + border.len()..];
                Some(part)
            }
            None => {
                is_over = true;
                Some(data)
            }
        }
    })
}

/// A zip archive of these samples of an `.eval` log, stored as they are, with `lies` as in [`zip`].
pub fn archive(samples: &[&[u8]], lies: &[u8]) -> Vec<u8> {
    let name = |number: usize| format!("samples/{number}_epoch_1.json");
    let members: Vec<(String, &[u8])> =
        samples.iter().enumerate().map(|(number, content)| (name(number), *content)).collect();
    zip(&members, lies)
}

/// A zip archive of these members with their names, stored as they are. Of `lies`, the first two say where in the
/// directory the others stand in place of what is true.
pub fn zip(members: &[(String, &[u8])], lies: &[u8]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let offset = archive.len() as u32;
        let mut head = Vec::new();
        for value in [20_u16, 0, 0, 0, 0x21] {
            head.extend(value.to_le_bytes());
        }
        for value in [crc32(content), content.len() as u32, content.len() as u32] {
            head.extend(value.to_le_bytes());
        }
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0; 2]);
        archive.extend(b"PK\x03\x04");
        archive.extend(&head);
        archive.extend(name.as_bytes());
        archive.extend(*content);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size) = (archive.len() as u32, directory.len() as u32);
    directory.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        directory.extend((members.len() as u16).to_le_bytes());
    }
    directory.extend(size.to_le_bytes());
    directory.extend(start.to_le_bytes());
    directory.extend([0; 2]);
    if let [high, low, rest @ ..] = lies {
        let place = usize::from(u16::from_be_bytes([*high, *low])) % directory.len();
        for (true_byte, lie) in directory[place..].iter_mut().zip(rest) {
            *true_byte = *lie;
        }
    }
    archive.extend(directory);
    archive
}

/// The checksum of zip archives.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// A new folder, in memory where the system has one there.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    folder.expect("a folder can be made")
}

/// A log of three entries whose key has the given seed byte, in a [`folder`].
pub fn log(seed: u8) -> (TempDir, Log) {
    let folder = folder();
    let key = SigningKey::from_seed("example.org/log", &[seed; 32]).expect("a valid name");
    let mut log = Log::create(folder.path(), key).expect("an empty folder");
    for entry in ["first", "second", "third"] {
        log.append(&[entry]).expect("the folder can be written");
    }
    (folder, log)
}

/// What `scorer` says of one written answer.
pub fn score(scorer: &Scorer, written: &str, target: &Target, choices: &[String], prompt: &str) -> Scored {
    let responses = [Response::Generated {
        text: written.to_owned(),
        finish: Finish::Stop,
        prompt_tokens: None,
        completion_tokens: None,
    }];
    let doc = Map::new();
    scorer.score(&ScoreInput { responses: &responses, target, choices, doc: &doc, prompt })
}

/// The scoring of a written answer with one filter.
pub fn with_filter(filter: Value) -> Option<Scorer> {
    let filters = serde_json::json!([{"name": "f", "filter": [filter, {"function": "take_first"}]}]);
    Scorer::compile("generate_until", &filters, &serde_json::json!([{"metric": "exact_match"}]), false).ok()
}
