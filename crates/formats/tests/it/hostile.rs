//! Logs that want memory, time or files that they must not get.

use crate::archives::{Entry, SAMPLE, archive};
use daepyo_backend::{Recording, ReplayBackend};
use daepyo_core::{Prompt, Request, Response};
use daepyo_formats::{Format, FormatReadError, files, read_inspect};
use std::io::{Cursor, Write as _};

fn read(entries: &[Entry]) -> Result<Recording, FormatReadError> {
    read_inspect(Cursor::new(archive(entries)))
}

/// The error with all its causes, as it is shown.
fn refused(entries: &[Entry]) -> String {
    said(&read(entries).unwrap_err())
}

fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn good() -> Entry {
    Entry::sample("samples/1_epoch_1.json", SAMPLE)
}

fn answer(recording: Recording) -> Response {
    let prompt = Prompt::Text("질문".to_owned());
    ReplayBackend::from(recording).respond(&Request::Generate { prompt, params: crate::made::params() })
}

#[test]
fn a_sound_archive_is_read_in_all_three_compressions() {
    let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    deflated.write_all(SAMPLE.as_bytes()).unwrap();
    let deflated = deflated.finish().unwrap();
    for entry in [
        good(),
        Entry::packed("samples/1_epoch_1.json", deflated, 8, SAMPLE.as_bytes()),
        Entry::packed("samples/1_epoch_1.json", SAMPLE.as_bytes().to_vec(), 0, SAMPLE.as_bytes()),
    ] {
        let response = answer(read(&[entry]).unwrap());
        assert!(matches!(response, Response::Generated { text, .. } if text == "답"));
    }
}

#[test]
fn a_bomb_of_one_member_stops_at_its_limit() {
    // 64 MiB of spaces and one more byte in a few kilobytes.
    let content = vec![b' '; (64 << 20) + 1];
    let packed = zstd::bulk::compress(&content, 3).unwrap();
    assert!(packed.len() < 1 << 16);
    let honest = Entry::packed("samples/1_epoch_1.json", packed.clone(), 93, &content);
    assert!(refused(&[honest]).contains("a member is more than"));
    let liar = Entry { bytes: 100, ..Entry::packed("samples/1_epoch_1.json", packed, 93, &content) };
    assert!(refused(&[liar]).contains("its length is not what the directory says"));
}

#[test]
fn members_that_share_bytes_are_refused() {
    let first = good();
    let second = Entry { name: "samples/2_epoch_1.json".to_owned(), offset: Some(0), ..first.clone() };
    let text = refused(&[first, second]);
    assert!(text.contains("shares bytes"), "{text}");
}

#[test]
fn many_members_together_stop_at_the_total() {
    // Each is a sound sample, padded with blanks: a few kilobytes that unpack to 300 MiB.
    let mut content = SAMPLE.as_bytes().to_vec();
    content.resize(60 << 20, b' ');
    let packed = zstd::bulk::compress(&content, 3).unwrap();
    let one = |number: usize| {
        Entry::packed(&format!("samples/{number}_epoch_1.json"), packed.clone(), 93, &content)
    };
    let text = refused(&(0..5).map(one).collect::<Vec<_>>());
    assert!(text.contains("samples/4_epoch_1.json") && text.contains("everything together"), "{text}");
}

#[test]
fn broken_members_are_named() {
    let cases = [
        (Entry { crc: 1, ..good() }, "checksum"),
        (Entry { bytes: 5, ..good() }, "length"),
        (Entry { bytes: 5_000, ..good() }, "length"),
        (Entry { flags: 1, ..good() }, "encryption"),
        (Entry { method: 14, ..good() }, "compression method 14"),
        (Entry { offset: Some(3), ..good() }, "shares bytes"),
        (Entry { packed: vec![7; 40], ..good() }, "can't be unpacked"),
        (Entry::sample("samples/1_epoch_1.json", "{\"input\": 1"), "JSON"),
        (Entry::sample("samples/1_epoch_1.json", &"[".repeat(100_000)), "JSON"),
    ];
    for (entry, problem) in cases {
        let text = refused(&[entry]);
        assert!(text.contains(problem), "{problem}: {text}");
        assert!(text.contains("member \"samples/1_epoch_1.json\""), "{text}");
    }
}

#[test]
fn a_window_beyond_eight_mebibytes_is_refused() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(SAMPLE.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let text = refused(&[Entry::packed("samples/1_epoch_1.json", packed, 93, SAMPLE.as_bytes())]);
    assert!(text.contains("can't be unpacked"), "{text}");
}

#[test]
fn names_are_never_paths_and_are_shown_escaped() {
    // None of these is a sample's name; nothing is written, so nothing can be overwritten.
    for name in ["../../samples/1_epoch_1.json", "/etc/passwd", "samples\\1_epoch_1.json", "samples/1.json"] {
        assert!(refused(&[Entry::sample(name, SAMPLE)]).contains("not a log of Inspect"));
    }
    // A sample's id may hold anything; it is compared, not opened.
    let odd = Entry::sample("samples/../../x\u{1b}[2J_epoch_1.json", SAMPLE);
    assert!(read(std::slice::from_ref(&odd)).is_ok());
    let text = refused(&[Entry { crc: 1, ..odd }]);
    assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}[2J"), "{text}");
}

#[test]
fn an_archive_cut_anywhere_or_with_any_byte_changed_never_panics() {
    let world = crate::made::world();
    let (_, whole) = files(Format::Inspect, &world.evaluated()).unwrap().remove(1);
    assert!(read_inspect(Cursor::new(&whole)).is_ok());
    for length in 0..whole.len() {
        assert!(read_inspect(Cursor::new(&whole[..length])).is_err(), "cut at {length}");
    }
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 0x41;
        // Whatever it says: it says it without a panic, and with bounded work.
        let _ = read_inspect(Cursor::new(changed));
    }
}

#[test]
fn counts_that_do_not_fit_the_file_are_refused() {
    let mut bytes = archive(&[good()]);
    let end = bytes.len() - 22;
    for place in [end + 8, end + 10] {
        bytes[place] = 0xfe;
        bytes[place + 1] = 0xff;
    }
    assert!(said(&read_inspect(Cursor::new(&bytes)).unwrap_err()).contains("too short for its members"));
    bytes[end + 12..end + 16].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let text = said(&read_inspect(Cursor::new(&bytes)).unwrap_err());
    assert!(text.contains("directory"), "{text}");
}

#[test]
fn epochs_are_repeats_and_a_later_member_of_one_name_counts() {
    let say = |text: &str| SAMPLE.replace("\"content\": \"답\"", &format!("\"content\": \"{text}\""));
    let replaced = read(&[Entry::sample("samples/1_epoch_1.json", &say("옛것")), good()]).unwrap();
    assert!(matches!(answer(replaced), Response::Generated { text, .. } if text == "답"));
    let two = read(&[good(), Entry::sample("samples/1_epoch_2.json", &say("둘째"))]).unwrap();
    assert_eq!(two.len(), 2);
    assert!(matches!(answer(two), Response::Generated { text, .. } if text == "답"));
}
