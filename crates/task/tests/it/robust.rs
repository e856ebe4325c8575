//! Broken and mutated files never panic, and never load half.

use daepyo_task::{ChatStyle, LoadOptions, Task, TaskIndex, plan};
use std::{fs, path::Path};
use tempfile::TempDir;

const YAML: &str = "task: t\ninclude: base\ntest_split: test\ndataset_path: json\ndataset_kwargs:\n  data_files: {test: \
                    d.jsonl}\ndoc_to_text: |\n  {{ q }} {% for c in c %}{{ c[0:2] }}{% endfor %}\ndoc_to_choice: \"{{ c \
                    }}\"\ndoc_to_target: '{{ a }}'\noutput_type: multiple_choice\nfewshot_split: test\nnum_fewshot: \
                    1\nx: &x {y: [1, 2.5, yes, ~]}\nz: {<<: *x}\n";
const DATA: &str =
    "{\"q\":\"질문 하나\",\"a\":1,\"c\":[\"가\",\"나's\"]}\n{\"q\":\"둘\",\"a\":0,\"c\":[\"다\",\"라\"]}\n";

/// A small generator of the test's own, so that a failure can be repeated.
struct Mutator(u64);

impl Mutator {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below.max(1)
    }

    fn mutate(&mut self, text: &str) -> Vec<u8> {
        const PIECES: [&[u8]; 16] = [
            b"{", b"}", b"[", b"]", b":", b"\n", b"  ", b"\"", b"'", b"{{", b"%}", b"&x ", b"*x", b"\xff",
            b"\t", b"- ",
        ];
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.next(3) {
            let at = self.next(bytes.len());
            match self.next(4) {
                0 => {
                    bytes.remove(at);
                }
                1 => bytes.truncate(at.max(1)),
                2 => bytes[at] = u8::try_from(self.next(256)).unwrap(),
                _ => {
                    let piece = PIECES[self.next(PIECES.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
        bytes
    }
}

fn load(folder: &Path) -> Option<usize> {
    let index = TaskIndex::build(&[folder.to_path_buf()]).ok()?;
    let task = Task::load(&index, "t", &LoadOptions::default()).ok()?;
    plan::dump_requests(&task, ChatStyle::Plain).ok().map(|lines| lines.len())
}

#[test]
fn mutated_files_never_panic() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    let restore = || {
        write("t.yaml", YAML.as_bytes());
        write("base", b"metadata: {version: 1}\n");
        write("d.jsonl", DATA.as_bytes());
    };
    restore();
    assert_eq!(load(folder.path()), Some(4));
    let mut mutator = Mutator(7);
    let mut loaded = 0;
    for round in 0..1500 {
        match round % 2 {
            0 => write("t.yaml", &mutator.mutate(YAML)),
            _ => write("d.jsonl", &mutator.mutate(DATA)),
        }
        loaded += usize::from(load(folder.path()).is_some());
        restore();
    }
    // Most mutations break something; some (in text) do not.
    assert!((10..1400).contains(&loaded), "{loaded}");
}

#[test]
fn mutated_tables_never_panic() {
    let folder = TempDir::new().unwrap();
    let csv = "q,a,c\n\"질문, \"\"하나\"\"\",1,\"['가', \"\"나's\"\"]\"\n둘,0,\"['다', '라']\"\n";
    let yaml = YAML.replace("dataset_path: json", "dataset_path: csv").replace("d.jsonl", "d.csv");
    fs::write(folder.path().join("t.yaml"), yaml).unwrap();
    fs::write(folder.path().join("base"), "{}").unwrap();
    fs::write(folder.path().join("d.csv"), csv).unwrap();
    assert_eq!(load(folder.path()), Some(4));
    let parquet = fs::read(crate::fixtures().join("data/nested.parquet")).unwrap();
    let mut mutator = Mutator(11);
    for _ in 0..500 {
        fs::write(folder.path().join("d.csv"), mutator.mutate(csv)).unwrap();
        load(folder.path());
    }
    let yaml = YAML.replace("dataset_path: json", "dataset_path: parquet").replace("d.jsonl", "d.parquet");
    fs::write(folder.path().join("t.yaml"), yaml).unwrap();
    for _ in 0..500 {
        let mut bytes = parquet.clone();
        let at = mutator.next(bytes.len());
        bytes[at] ^= 1 << mutator.next(8);
        fs::write(folder.path().join("d.parquet"), bytes).unwrap();
        load(folder.path());
    }
}
