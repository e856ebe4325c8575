//! Keys: their text forms, their files, and where a private key must not lie.

use std::fs;

use daepyo_evidence::{Log, SigningKey, VerifierKey};

use crate::sample::{folder, key};

#[test]
fn a_key_file_is_read_as_written_and_never_overwritten() {
    let folder = folder();
    let path = folder.path().join("log.key");
    let mut made = SigningKey::generate("example.org/log").unwrap();
    made.write_new(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("PRIVATE+KEY+example.org/log+"), "the key has another form");
    assert_eq!(SigningKey::read(&path).unwrap().verifier(), made.verifier());
    assert_eq!(key().write_new(&path).unwrap_err().code(), "evidence::key_exists");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn generated_keys_differ_and_keys_of_a_seed_do_not() {
    let generate = || SigningKey::generate("a").unwrap().verifier();
    assert_ne!(generate(), generate());
    assert_eq!(key().verifier(), key().verifier());
}

#[test]
fn a_private_key_inside_the_log_is_refused() {
    let folder = folder();
    let log = folder.path().join("log");
    fs::create_dir(&log).unwrap();
    let mut inside = SigningKey::generate("example.org/log").unwrap();
    inside.write_new(&log.join("log.key")).unwrap();
    assert_eq!(Log::create(&log, inside).unwrap_err().code(), "evidence::key_inside_log");

    fs::rename(log.join("log.key"), folder.path().join("log.key")).unwrap();
    let outside = || SigningKey::read(&folder.path().join("log.key")).unwrap();
    drop(Log::create(&log, outside()).unwrap());
    fs::create_dir(log.join("tile")).unwrap();
    fs::rename(folder.path().join("log.key"), log.join("tile/log.key")).unwrap();
    let inside = SigningKey::read(&log.join("../log/tile/log.key")).unwrap();
    assert_eq!(Log::open(&log, inside).unwrap_err().code(), "evidence::key_inside_log");
}

#[test]
fn the_secret_is_not_displayed() {
    let folder = folder();
    let path = folder.path().join("log.key");
    let mut made = key();
    made.write_new(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let secret = text.trim_end().rsplit_once("+AQ").map_or(text.as_str(), |(_, secret)| secret);
    assert!(!format!("{made:?}").contains(secret));
}

#[test]
fn only_usable_names_are_taken() {
    for name in ["", "a b", "a+b", "a\nb", "a\u{7f}b", "a\u{3000}b"] {
        assert_eq!(
            SigningKey::from_seed(name, &[1; 32]).unwrap_err().code(),
            "evidence::key_name",
            "{name:?}"
        );
    }
    let korean = SigningKey::from_seed("example.org/대표", &[1; 32]).unwrap();
    assert_eq!(VerifierKey::parse(korean.verifier().as_text()).unwrap(), korean.verifier());
}

#[test]
fn only_the_canonical_text_of_a_key_is_taken() {
    let text = key().verifier().as_text().to_owned();
    let (name, hash_and_data) = text.split_once('+').unwrap();
    let (hash, data) = hash_and_data.split_once('+').unwrap();
    for other in [
        format!("{text}\n"),
        format!(" {text}"),
        format!("{name}+{}+{data}", hash.to_uppercase()),
        format!("{name}+{hash}+{}", data.trim_end_matches('=')),
        format!("{name}+{hash}+{data}="),
        format!("{name}+00000000+{data}"),
        format!("other+{hash}+{data}"),
        String::new(),
    ] {
        if other != text {
            assert_eq!(VerifierKey::parse(&other).unwrap_err().code(), "evidence::malformed_key", "{other}");
        }
    }
    assert_eq!(SigningKey::parse(&text).unwrap_err().code(), "evidence::malformed_key");
}
