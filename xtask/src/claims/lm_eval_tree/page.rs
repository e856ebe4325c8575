//! `docs/reference/lm-eval-compatibility.md`: how every task of lm-eval's tree runs, from a survey of it.

use super::{Row, Survey};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The page, from the repository's root.
pub(super) const PATH: &str = "docs/reference/lm-eval-compatibility.md";

/// Folders of tasks that are all Korean.
const KOREAN: [&str; 8] = ["click", "csatqa", "haerae", "hrm8k", "kbl", "kmmlu", "kobest", "kormedmcqa"];
/// Folders with tasks in many languages, and what in a path says Korean.
const MANY_LANGUAGES: [&str; 8] =
    ["belebele", "global_mmlu", "global_piqa", "include", "mmlu_prox", "openai-mmmlu", "paws-x", "tydiqa"];
const SAYS_KOREAN: [&str; 6] = ["/ko/", "_ko_", "_ko.", "ko_kr", "korean", "kor_hang"];
/// So many names are listed one by one.
const NAMED: usize = 4;

/// Packages that tasks' Python imports beside Python's own and those that daepyo stands in for.
const PACKAGES: [&str; 35] = [
    "antlr4",
    "bert_score",
    "emoji",
    "evaluate",
    "fugashi",
    "fuzzywuzzy",
    "jieba",
    "jsonschema",
    "kstar_planner",
    "lark",
    "math_verify",
    "neologdn",
    "nltk",
    "numpy",
    "openai",
    "pandas",
    "pddl",
    "pymorphy3",
    "radgraph",
    "regex",
    "requests",
    "rouge",
    "rouge_score",
    "sacrebleu",
    "scipy",
    "sklearn",
    "statsmodels",
    "sympy",
    "tarski",
    "tinyBenchmarks",
    "torch",
    "transformers",
    "wonderwords",
    "word2number",
    "yaml",
];

/// What daepyo does otherwise than lm-eval 0.4.13 on purpose.
const OTHERWISE: &str = "\
- Text is composed (NFC) where it is read; lm-eval takes it as it is.
- A task file's `num_fewshot: 0` gives way to a number that is asked for, with a warning; lm-eval keeps 0.
- `fewshot_config.fewshot_indices` is honoured, with a warning; lm-eval ignores it.
- A question that is nothing but digits is asked as it stands; lm-eval takes it for the number of a choice and stops.
- A group that gives a tag settings keeps all tasks of the tag; lm-eval gives them all the tag's name and keeps one.
- A group's metric that is a Python function matches none of its tasks' metrics, and is refused.
- Every call of a task's Python begins with the same random state, so that the order of calls changes nothing; lm-eval's
  state depends on all that drew from it before (`gpqa` shuffles its choices with it).
- Standard errors come from the documents' influences in place of 100,000 resamplings.
";

/// Counts of a set of tasks by way of running.
#[derive(Default)]
struct Ways(BTreeMap<String, usize>);

impl Ways {
    const NAMES: [&str; 5] = ["native", "ported", "hook", "class", "refused"];

    fn add(&mut self, row: &Row) {
        *self.0.entry(row.way.clone()).or_default() += 1;
    }

    fn count(&self, way: &str) -> usize {
        self.0.get(way).copied().unwrap_or(0)
    }

    fn total(&self) -> usize {
        self.0.values().sum()
    }

    fn cells(&self) -> String {
        let counts: Vec<String> = Self::NAMES.iter().map(|way| self.count(way).to_string()).collect();
        format!("{} | {}", self.total(), counts.join(" | "))
    }
}

/// Whether the task in this file, below the folder of all tasks, asks in Korean.
fn is_korean(file: &str) -> bool {
    let family = family(file);
    let lower = file.to_lowercase();
    KOREAN.contains(&family)
        || MANY_LANGUAGES.contains(&family) && SAYS_KOREAN.iter().any(|sign| lower.contains(sign))
}

fn family(file: &str) -> &str {
    file.split('/').next().unwrap_or(file)
}

/// What a survey says of Korean tasks: how many there are, and how many have a way to run.
pub(super) fn korean(survey: &Survey, tree: &Path) -> (usize, usize) {
    let mut ways = Ways::default();
    for (row, _) in tasks(survey, tree).filter(|(_, file)| is_korean(file)) {
        ways.add(row);
    }
    (ways.total(), ways.count("native") + ways.count("ported") + ways.count("hook"))
}

/// The tasks of a survey, each with its file below the folder of all tasks.
fn tasks<'s>(survey: &'s Survey, tree: &'s Path) -> impl Iterator<Item = (&'s Row, String)> {
    let below = move |row: &Row| {
        let file = row.file.as_deref().unwrap_or_default();
        Path::new(file)
            .strip_prefix(tree)
            .map_or_else(|_| file.to_owned(), |path| path.to_string_lossy().into_owned())
    };
    survey.rows.iter().filter(|row| row.kind == "task").map(move |row| (row, below(row)))
}

/// The page for a survey of the folder of all tasks.
pub(super) fn page(survey: &Survey, tree: &Path) -> String {
    let mut all = Ways::default();
    let mut families: BTreeMap<String, Ways> = BTreeMap::new();
    let mut korean: BTreeMap<String, Ways> = BTreeMap::new();
    let mut reasons: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (row, file) in tasks(survey, tree) {
        all.add(row);
        families.entry(family(&file).to_owned()).or_default().add(row);
        if is_korean(&file) {
            korean.entry(family(&file).to_owned()).or_default().add(row);
        }
        if let Some(reason) = reason(row, tree) {
            reasons.entry(reason).or_default().push((family(&file).to_owned(), row.name.clone()));
        }
    }
    let mut page = format!(
        "# Tasks of lm-eval 0.4.13\n\nWritten by `cargo xtask compat`; the claim `lm-eval-tree` compares it with the tree. \
         {} task files name {} tasks in {} families.\n\n",
        super::FILES,
        all.total(),
        families.len()
    );
    page.push_str("## How they run\n\n| way | tasks | means |\n| --- | ---: | --- |\n");
    for (way, means) in [
        ("native", "the task file alone"),
        (
            "ported",
            "the task file, and daepyo's own ports of all Python functions that it names, chosen by the digest of their source",
        ),
        ("hook", "with the task's own Python in a sandbox ([hooks](hooks.md))"),
        ("class", "not: the whole task is a Python class"),
        ("refused", "not: see below"),
    ] {
        // Writing to a string does not fail.
        let _ = writeln!(page, "| {way} | {} | {means} |", all.count(way));
    }
    page.push_str("\n## Korean tasks\n\n");
    page.push_str(&table(&korean));
    page.push_str("\n## What does not run, and why\n\n| reason | tasks | which |\n| --- | ---: | --- |\n");
    let mut order: Vec<(&String, &Vec<(String, String)>)> = reasons.iter().collect();
    order.sort_by_key(|(reason, tasks)| (std::cmp::Reverse(tasks.len()), *reason));
    for (reason, tasks) in order {
        let _ = writeln!(page, "| {} | {} | {} |", cell(reason), tasks.len(), cell(&which(tasks, &families)));
    }
    page.push_str("\n## Packages that hooks want\n\n");
    page.push_str(
        "daepyo stands in for `datasets`, `tqdm`, and parts of `lm_eval`, `sklearn` and `evaluate`. What else the files of \
         tasks with hooks import must be there for the system's `python3`, or the task fails where it uses it; many files \
         import more than a task uses.\n\n| package | tasks | families |\n| --- | ---: | --- |\n",
    );
    for (package, (tasks, families)) in packages(survey, tree) {
        let families: Vec<String> = families.into_iter().collect();
        let _ = writeln!(page, "| `{package}` | {tasks} | {} |", families.join(", "));
    }
    page.push_str("\n## What differs on purpose\n\n");
    page.push_str(OTHERWISE);
    page.push_str("\n## All families\n\n");
    page.push_str(&table(&families));
    page
}

fn table(families: &BTreeMap<String, Ways>) -> String {
    let mut text = format!(
        "| family | tasks | {} |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n",
        Ways::NAMES.join(" | ")
    );
    for (family, ways) in families {
        let _ = writeln!(text, "| {family} | {} |", ways.cells());
    }
    let mut sum = Ways::default();
    for (way, count) in families.values().flat_map(|ways| &ways.0) {
        *sum.0.entry(way.clone()).or_default() += count;
    }
    let _ = writeln!(text, "| **all** | {} |", sum.cells());
    text
}

/// Why a task does not run, without the names of its own files.
fn reason(row: &Row, tree: &Path) -> Option<String> {
    if row.way == "class" {
        return Some("a Python class".to_owned());
    }
    let (code, reason) = (row.code.as_ref()?, row.reason.as_ref()?);
    let text = reason.strip_prefix(&format!("{code}: ")).unwrap_or(reason);
    let text = match text.strip_prefix(&*tree.to_string_lossy()) {
        Some(after) => after.split_once(": ").map_or(after, |(_, problem)| problem),
        None => text,
    };
    let text = text.split(tree.to_string_lossy().as_ref()).collect::<Vec<_>>().join("lm_eval/tasks");
    Some(format!("`{code}`: {}", text.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// Families with all tasks of theirs that do not run for one reason, by name where they are few.
fn which(tasks: &[(String, String)], families: &BTreeMap<String, Ways>) -> String {
    let mut by_family: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (family, name) in tasks {
        by_family.entry(family).or_default().push(name);
    }
    let shown = by_family.iter().map(|(family, names)| {
        let all = families.get(*family).map_or(0, Ways::total);
        match names.len() {
            count if count == all => format!("{family} (all {all})"),
            count if count <= NAMED => format!("{family} ({})", names.join(", ")),
            count => format!("{family} ({count} of {all})"),
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// Text that stays within its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// The packages that the Python of tasks with hooks imports, the most wanted first.
fn packages(survey: &Survey, tree: &Path) -> Vec<(&'static str, (usize, BTreeSet<String>))> {
    let mut known: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    let mut wanted: BTreeMap<&'static str, (usize, BTreeSet<String>)> = BTreeMap::new();
    for (row, file) in tasks(survey, tree).filter(|(row, _)| row.way == "hook") {
        let folder = tree.join(&file);
        let modules = row.functions.iter().flatten().filter_map(|function| function.name.rsplit_once('.'));
        let modules: BTreeSet<String> =
            modules.map(|(module, _)| format!("{}.py", module.replace('.', "/"))).collect();
        let mut packages = BTreeSet::new();
        for module in modules {
            // The file that names the function may be one that the task's includes.
            let around = folder.ancestors().skip(1).take_while(|around| around.starts_with(tree));
            let Some(path) = around.map(|around| around.join(&module)).find(|path| path.is_file()) else {
                continue;
            };
            let imported = known.entry(path.to_string_lossy().into_owned()).or_insert_with(|| imports(&path));
            packages.extend(imported.iter().copied());
        }
        for package in packages {
            let (count, families) = wanted.entry(package).or_default();
            *count += 1;
            families.insert(family(&file).to_owned());
        }
    }
    let mut wanted: Vec<_> = wanted.into_iter().collect();
    wanted.sort_by_key(|(package, (count, _))| (std::cmp::Reverse(*count), *package));
    wanted
}

fn imports(path: &Path) -> BTreeSet<&'static str> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let names = text.lines().filter_map(|line| {
        let line = line.trim_start();
        let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))?;
        rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next()
    });
    names.filter_map(|name| PACKAGES.into_iter().find(|package| *package == name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, file: &str, way: &str) -> Row {
        Row {
            name: name.to_owned(),
            file: Some(format!("/lm_eval/tasks/{file}")),
            kind: "task".to_owned(),
            way: way.to_owned(),
            code: None,
            reason: None,
            functions: None,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn the_page_counts_ways_and_names_what_does_not_run() {
        let mut image = row("mmmu_art", "mmmu/art.yaml", "refused");
        image.code = Some("task::config".to_owned());
        image.reason = Some(
            "task::config: /lm_eval/tasks/mmmu/art.yaml: `doc_to_image`: images are not supported".to_owned(),
        );
        let rows = vec![
            row("kmmlu_law", "kmmlu/direct/law.yaml", "native"),
            row("include_ko", "include/default/Korean/a.yaml", "ported"),
            row("include_fr", "include/default/French/a.yaml", "ported"),
            row("fda", "fda/fda.yaml", "class"),
            image,
        ];
        let survey = Survey { rows, problems: Vec::new() };
        let tree = Path::new("/lm_eval/tasks");
        assert_eq!(korean(&survey, tree), (2, 2));
        let page = page(&survey, tree);
        assert!(page.contains("| ported | 2 |"), "{page}");
        assert!(
            page.contains("| `task::config`: `doc_to_image`: images are not supported | 1 | mmmu (all 1) |"),
            "{page}"
        );
        assert!(page.contains("| a Python class | 1 | fda (all 1) |"), "{page}");
        assert!(page.contains("| **all** | 5 | 1 | 2 | 0 | 1 | 1 |"), "{page}");
    }
}
