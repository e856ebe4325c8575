//! Made documents of a benchmark's size: the same on every machine, no two alike.

use crate::failure::Failure;
use serde_json::json;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// Words of the questions.
const WORDS: [&str; 24] = [
    "다음",
    "중",
    "전기회로에서",
    "저항의",
    "직렬",
    "접속에",
    "관한",
    "설명으로",
    "옳은",
    "것은",
    "토지의",
    "소유권",
    "등기를",
    "신청할",
    "때",
    "필요한",
    "서류가",
    "아닌",
    "압력",
    "용기의",
    "안전",
    "밸브",
    "용량",
    "12",
];
const ENGLISH: [&str; 24] = [
    "which",
    "of",
    "the",
    "following",
    "best",
    "describes",
    "a",
    "river",
    "that",
    "flows",
    "north",
    "through",
    "three",
    "old",
    "towns",
    "before",
    "it",
    "meets",
    "cold",
    "sea",
    "in",
    "early",
    "spring",
    "market",
];
const LETTERS: [&str; 4] = ["A", "B", "C", "D"];

/// A stream of numbers from a seed (splitmix64).
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn from(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    /// True so many times of a hundred.
    pub(super) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    fn words(&mut self, words: &[&str], least: usize, most: usize) -> String {
        let count = least + self.below(most - least + 1);
        let chosen: Vec<&str> =
            (0..count).filter_map(|_| words.get(self.below(words.len())).copied()).collect();
        chosen.join(" ")
    }
}

/// A file of JSON lines.
fn lines(path: &Path, count: usize, mut line: impl FnMut(usize) -> serde_json::Value) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Failure::io("make", folder))?;
    }
    let file = File::create(path).map_err(Failure::io("write", path))?;
    let mut out = BufWriter::new(file);
    for number in 0..count {
        writeln!(out, "{}", line(number)).map_err(Failure::io("write", path))?;
    }
    out.flush().map_err(Failure::io("write", path))
}

/// Documents like KMMLU's (question, A to D, answer from 1) for each subject, `count` in all as evenly as can be, and
/// five examples each.
pub(super) fn kmmlu(root: &Path, subjects: &[String], count: usize) -> Result<(), Failure> {
    let number_of_subjects = subjects.len().max(1);
    for (place, subject) in subjects.iter().enumerate() {
        let mut numbers = Numbers::from(u64::try_from(place).unwrap_or(0));
        let own = count / number_of_subjects + usize::from(place < count % number_of_subjects);
        let folder = root.join("HAERAE-HUB/KMMLU").join(subject);
        for (split, size) in [("dev", 5), ("test", own)] {
            lines(&folder.join(format!("{split}.jsonl")), size, |number| {
                let mut document = json!({
                    "question": format!("{number}. {}?", numbers.words(&WORDS, 8, 28)),
                    "answer": 1 + numbers.below(4),
                });
                for letter in LETTERS {
                    if let Some(fields) = document.as_object_mut() {
                        fields.insert(letter.to_owned(), numbers.words(&WORDS, 1, 6).into());
                    }
                }
                document
            })?;
        }
    }
    Ok(())
}

/// A task that asks a question a document, and its documents; the task is called `bench_chat`.
pub(super) fn chat(folder: &Path, count: usize) -> Result<(), Failure> {
    let mut numbers = Numbers::from(1);
    lines(&folder.join("test.jsonl"), count, |number| {
        let question = format!("{number}. {}?", numbers.words(&WORDS, 6, 14));
        json!({"question": question, "answer": LETTERS.get(numbers.below(4)).copied().unwrap_or("A")})
    })?;
    let task = "task: bench_chat\n\
                dataset_path: bench/chat\n\
                test_split: test\n\
                output_type: generate_until\n\
                doc_to_text: \"{{question}}\\n정답:\"\n\
                doc_to_target: \"{{answer}}\"\n\
                generation_kwargs: {until: [\"\\n\\n\"], max_gen_toks: 64, do_sample: false, temperature: 0.0}\n\
                metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]\n";
    place(folder, "bench_chat", "bench/chat", task, &["test"])
}

/// A task with four choices and English documents that are short in every tokenizer; called `bench_choices`.
pub(super) fn choices(folder: &Path, count: usize) -> Result<(), Failure> {
    let mut numbers = Numbers::from(2);
    for (split, size) in [("dev", 5), ("test", count)] {
        lines(&folder.join(format!("{split}.jsonl")), size, |number| {
            let question = format!("{number}: {}?", numbers.words(&ENGLISH, 12, 20));
            let choices: Vec<String> = (0..4).map(|_| numbers.words(&ENGLISH, 2, 5)).collect();
            json!({"question": question, "choices": choices, "answer": numbers.below(4)})
        })?;
    }
    let task = "task: bench_choices\n\
                dataset_path: bench/choices\n\
                test_split: test\n\
                fewshot_split: dev\n\
                fewshot_config: {sampler: first_n}\n\
                num_fewshot: 5\n\
                output_type: multiple_choice\n\
                doc_to_text: \"Question: {{question}}\\nAnswer:\"\n\
                doc_to_choice: choices\n\
                doc_to_target: answer\n\
                metric_list: [{metric: acc, aggregation: mean, higher_is_better: true}]\n";
    place(folder, "bench_choices", "bench/choices", task, &["dev", "test"])
}

/// Puts the task file and its splits where both daepyo and lm-eval's stand-in look.
fn place(folder: &Path, name: &str, dataset: &str, task: &str, splits: &[&str]) -> Result<(), Failure> {
    let data = folder.join("data").join(dataset);
    let tasks = folder.join("tasks");
    for made in [&data, &tasks] {
        fs::create_dir_all(made).map_err(Failure::io("make", made))?;
    }
    for split in splits {
        let file = format!("{split}.jsonl");
        let (from, to) = (folder.join(&file), data.join(&file));
        fs::rename(&from, &to).map_err(Failure::io("move", &from))?;
    }
    let path = tasks.join(format!("{name}.yaml"));
    fs::write(&path, task).map_err(Failure::io("write", &path))
}

/// Pairs of reference and prediction: labels 0 and 1 that agree four times of five.
pub(super) fn labels(path: &Path, count: usize) -> Result<(), Failure> {
    let mut numbers = Numbers::from(3);
    lines(path, count, |_| {
        let reference = usize::from(numbers.percent(40));
        let prediction = if numbers.percent(80) { reference } else { 1 - reference };
        json!({"reference": reference.to_string(), "prediction": prediction.to_string()})
    })
}

/// Pairs of sentences that share most of their words.
pub(super) fn sentences(path: &Path, count: usize) -> Result<(), Failure> {
    let mut numbers = Numbers::from(4);
    lines(path, count, |_| {
        let reference = numbers.words(&ENGLISH, 12, 30);
        let mut words: Vec<&str> = reference.split(' ').collect();
        for word in &mut words {
            if numbers.percent(20) {
                *word = ENGLISH.get(numbers.below(ENGLISH.len())).copied().unwrap_or("a");
            }
        }
        json!({"reference": reference, "prediction": words.join(" ")})
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
    use super::*;

    #[test]
    fn all_documents_are_there_and_the_same_each_time() {
        let subjects = ["Law".to_owned(), "Patent".to_owned(), "Math".to_owned()];
        let read = || {
            let folder = tempfile::tempdir().unwrap();
            kmmlu(folder.path(), &subjects, 100).unwrap();
            let all = subjects.iter().map(|subject| {
                let path = folder.path().join("HAERAE-HUB/KMMLU").join(subject).join("test.jsonl");
                fs::read_to_string(path).unwrap()
            });
            all.collect::<Vec<_>>()
        };
        let first = read();
        assert_eq!(first.iter().map(|text| text.lines().count()).collect::<Vec<_>>(), [34, 33, 33]);
        assert_eq!(first, read());
        assert_ne!(first.first(), first.get(1));
    }

    #[test]
    fn a_task_lies_beside_its_documents() {
        let folder = tempfile::tempdir().unwrap();
        chat(folder.path(), 7).unwrap();
        choices(folder.path(), 3).unwrap();
        let count = |path: &str| fs::read_to_string(folder.path().join(path)).unwrap().lines().count();
        assert_eq!(count("data/bench/chat/test.jsonl"), 7);
        assert_eq!((count("data/bench/choices/dev.jsonl"), count("data/bench/choices/test.jsonl")), (5, 3));
        assert!(folder.path().join("tasks/bench_chat.yaml").is_file());
    }
}
