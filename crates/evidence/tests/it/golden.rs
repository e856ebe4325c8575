//! Known answers: the tree of the RFC 6962 test data, and a checkpoint signed by another program.

use std::path::Path;

use daepyo_evidence::{Log, LogReader, SigningKey, TreeHash, verify};
use tlog_tiles::{HashReader, Tile, TileHashReader, TileReader};

use crate::sample::{files, folder, key, log};

/// The key of the Go package `note`'s documentation.
const PRIVATE: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

/// The leaves of the Certificate Transparency test data.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// Its roots for 0 to 8 leaves.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Signed with an implementation of RFC 8032 of its own.
const CHECKPOINT: &str = "PeterNeumann\n\
    8\n\
    XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\
    \n\
    — PeterNeumann x08gozdSgLMzAnw63LH1RGViJhUfW60EUGKY7Kmr004fQNOSqfrcd1hIk3BCtdcLWIqvGtX67sL24VN+44uTlxMnbAA=\n";

fn hex(hash: &TreeHash) -> String {
    hash.as_bytes().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn the_known_leaves_give_the_known_roots() {
    for (size, root) in ROOTS.iter().enumerate() {
        let folder = folder();
        let mut log = Log::create(folder.path(), key()).unwrap();
        log.append(&LEAVES[..size]).unwrap();
        assert_eq!(hex(&log.checkpoint().root()), *root, "{size} leaves");
        drop(log);
        assert_eq!(hex(&verify(folder.path(), None).unwrap().root()), *root);
    }
}

#[test]
fn the_folder_of_the_known_leaves_is_known_to_the_byte() {
    let folder = folder();
    let mut log = Log::create(folder.path(), SigningKey::parse(PRIVATE).unwrap()).unwrap();
    log.append(&LEAVES).unwrap();
    let written = files(folder.path());
    let names: Vec<&str> = written.keys().map(String::as_str).collect();
    let expected =
        ["checkpoint", "checkpoints/0", "checkpoints/8", "key.pub", "tile/0/000.p/8", "tile/entries/000.p/8"];
    assert_eq!(names, expected);
    assert_eq!(written["checkpoint"], CHECKPOINT.as_bytes());
    assert_eq!(written["checkpoints/8"], CHECKPOINT.as_bytes());
    assert_eq!(written["key.pub"], format!("{PUBLIC}\n").into_bytes());
    let bundle: Vec<u8> =
        LEAVES.iter().flat_map(|leaf| [&[0, u8::try_from(leaf.len()).unwrap()], *leaf].concat()).collect();
    assert_eq!(written["tile/entries/000.p/8"], bundle);
    let tile: Vec<u8> = LEAVES.iter().flat_map(|leaf| *TreeHash::leaf(leaf).as_bytes()).collect();
    assert_eq!(written["tile/0/000.p/8"], tile);
}

#[test]
fn the_known_proofs_are_made() {
    let folder = folder();
    let mut log = Log::create(folder.path(), key()).unwrap();
    log.append(&LEAVES).unwrap();
    let short =
        |hashes: Vec<TreeHash>| hashes.iter().map(|hash| hex(hash)[..8].to_owned()).collect::<Vec<_>>();
    let inclusion = |index, size| short(log.reader().inclusion_proof(index, size).unwrap());
    assert_eq!(inclusion(0, 8), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert_eq!(inclusion(5, 8), ["bc1a0643", "ca854ea1", "d37ee418"]);
    assert_eq!(inclusion(2, 3), ["fac54203"]);
    assert_eq!(inclusion(1, 5), ["6e340b9c", "5f083f0a", "bc1a0643"]);
    assert_eq!(inclusion(0, 1), Vec::<String>::new());
    let consistency = |old, new| short(log.reader().consistency_proof(old, new).unwrap());
    assert_eq!(consistency(1, 8), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert_eq!(consistency(6, 8), ["0ebc5d34", "ca854ea1", "d37ee418"]);
    assert_eq!(consistency(2, 5), ["5f083f0a", "bc1a0643"]);
    assert_eq!(consistency(1, 1), Vec::<String>::new());
}

/// A client of the tlog-tiles crate that reads the folder as it would read a server.
struct Client<'a>(&'a Path);

impl TileReader for Client<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| std::fs::read(self.0.join(tile.path().replacen("tile/8/", "tile/", 1)));
        Ok(tiles.iter().map(|tile| read(tile).unwrap()).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

#[test]
fn a_client_of_another_library_reads_and_authenticates_the_tree() {
    let (folder, log) = log(&[100, 70_000]);
    drop(log);
    let note = signed_note::Note::from_bytes(&files(folder.path())["checkpoint"]).unwrap();
    let verifier = signed_note::StandardVerifier::new(key().verifier().as_text()).unwrap();
    let (signatures, _) = note.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!(signatures.len(), 1);
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
    assert_eq!((checkpoint.origin(), checkpoint.size()), ("example.org/log", 70_000));

    let client = Client(folder.path());
    let tree = TileHashReader::new(checkpoint.size(), *checkpoint.hash(), &client);
    let reader = LogReader::open(folder.path()).unwrap();
    for index in [0, 255, 256, 65_535, 65_536, 69_999] {
        let hashes = tree.read_hashes(&[tlog_tiles::stored_hash_index(0, index)]).unwrap();
        assert_eq!(hashes[0], tlog_tiles::record_hash(&reader.entry(index).unwrap()));
    }
}
