//! Tasks whose data, prompts and scores come from Python of their own, from the file to the aggregate.

use crate::score_support::{generated, likelihood};
use daepyo_core::{Outcome, Prompt, Request, Response};
use daepyo_task::{
    ChatStyle, LoadOptions, Target, Task, TaskIndex,
    score::{ScoreInput, Scored, Scorer},
};
use serde_json::json;
use std::fs;
use tempfile::TempDir;

/// A folder with a task `t`, its Python and its data.
fn task_folder(yaml: &str, python: &str, rows: &[serde_json::Value]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let head =
        "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: data.jsonl}}\ntest_split: test\n";
    fs::write(folder.path().join("t.yaml"), format!("{head}{yaml}")).unwrap();
    fs::write(folder.path().join("utils.py"), python).unwrap();
    fs::write(folder.path().join("data.jsonl"), lines.join("\n")).unwrap();
    folder
}

fn load(folder: &TempDir, options: &LoadOptions) -> Task {
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    Task::load(&index, "t", options).unwrap()
}

/// The score of each document, given its responses.
fn scores(task: &Task, scorer: &Scorer, responses: &[Vec<Response>]) -> Vec<Scored> {
    let judged = task.documents().zip(responses).enumerate().map(|(place, (doc, responses))| {
        let instance = task.instance(place, ChatStyle::Plain).unwrap();
        scorer.score(&ScoreInput {
            responses,
            target: &instance.target,
            choices: &instance.choices,
            doc: &doc,
            prompt: &instance.input,
        })
    });
    judged.collect()
}

fn value(scorer: &Scorer, key: &str, judged: &[Scored]) -> f64 {
    let documents: Vec<(String, &Scored)> =
        judged.iter().enumerate().map(|(place, judged)| (place.to_string(), judged)).collect();
    let documents: Vec<(&str, &Scored)> =
        documents.iter().map(|(cluster, judged)| (cluster.as_str(), *judged)).collect();
    scorer.aggregate(key, &documents).unwrap().value
}

fn near(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-12, "{one} is not {other}");
}

/// In the manner of `CLIcK` and `KoBEST`: a filter of rows, three functions of a document, an aggregation.
#[test]
fn a_multiple_choice_task_loads_and_scores_through_its_functions() {
    let yaml = "output_type: multiple_choice\nprocess_docs: !function utils.history\n\
        doc_to_text: !function utils.text\ndoc_to_target: !function utils.target\ndoc_to_choice: !function utils.choices\n\
        metric_list:\n  - {metric: acc}\n  - metric: f1\n    aggregation: !function utils.macro_f1\n    average: macro\n    hf_evaluate: true\n";
    let python = "from datasets import Dataset\n\
def history(dataset: Dataset) -> Dataset:
    return dataset.filter(lambda x: 'history' in x['id'])
def text(doc):
    return f\"질문: {doc['question']}\\n정답:\"
def choices(doc):
    return [choice.strip() for choice in doc['choices']]
def target(doc):
    return choices(doc).index(doc['answer'])
def macro_f1(items):
    from sklearn.metrics import f1_score
    golds, preds = zip(*items)
    return f1_score(golds, preds, average='macro')
";
    let row = |id: &str, answer: &str| json!({"id": id, "question": format!("{id}?"), "choices": [" 가", "나 "], "answer": answer});
    let rows = [row("history_1", "가"), row("law_1", "나"), row("history_2", "나"), row("history_3", "가")];
    let folder = task_folder(yaml, python, &rows);
    let task = load(&folder, &LoadOptions::default());
    assert_eq!(task.len(), 3);
    let instance = task.instance(1, ChatStyle::Plain).unwrap();
    assert_eq!(instance.choices, ["가", "나"]);
    assert_eq!(instance.target, Target::Choice(1));
    assert_eq!(
        instance.requests[1],
        Request::Loglikelihood {
            context: "질문: history_2?\n정답:".to_owned(),
            continuation: " 나".to_owned()
        }
    );
    assert!(task.files().iter().any(|(path, _)| path.ends_with("utils.py")));
    let scorer = Scorer::for_task(&task).unwrap();
    let first = || vec![likelihood(-1.0, true), likelihood(-2.0, false)];
    let judged = scores(&task, &scorer, &[first(), first(), first()]);
    near(value(&scorer, "acc", &judged), 2.0 / 3.0);
    // Class 0: 2 of 3 predictions right, all found: F1 4/5; class 1 is never predicted.
    near(value(&scorer, "f1", &judged), 0.4);
    assert_eq!(scorer.hook_problems(), Vec::<String>::new());
}

/// In the manner of HRM8K and `KorMedMCQA`: Python reads the answer and gives the metrics.
#[test]
fn process_results_and_filters_score_what_was_written() {
    let yaml = "output_type: generate_until\ndoc_to_text: 'Q: {{q}}'\ndoc_to_target: a\n\
        process_results: !function utils.results\n\
        filter_list:\n  - name: letter\n    filter:\n      - function: !function utils.Letter\n      - function: take_first\n\
        metric_list:\n  - {metric: exact_match, aggregation: mean, higher_is_better: true}\n  \
        - metric: pair\n    aggregation: !function utils.ratio\n    higher_is_better: true\n";
    let python = "import re\nfrom lm_eval.api.filter import Filter\n\
class Letter(Filter):
    def apply(self, resps, docs):
        return [[(re.findall('[A-E]', text) or [''])[-1] for text in texts] for texts in resps]
def results(doc, results):
    if doc['q'] == 'broken':
        return {}['absent']
    return {'exact_match': results[0] == doc['a'], 'pair': (int(results[0] == doc['a']), len(doc['q'])), 'other': 1}
def ratio(items):
    return sum(above for above, _ in items) / sum(below for _, below in items)
";
    let rows =
        [json!({"q": "one", "a": "B"}), json!({"q": "three", "a": "C"}), json!({"q": "broken", "a": "A"})];
    let folder = task_folder(yaml, python, &rows);
    let task = load(&folder, &LoadOptions::default());
    let scorer = Scorer::for_task(&task).unwrap();
    let metrics = scorer.metrics();
    assert_eq!((metrics[0].key.as_str(), metrics[0].filter.as_str()), ("exact_match", "letter"));
    let said = |text: &str| vec![generated(text)];
    let judged = scores(&task, &scorer, &[said("A? 정답: B"), said("정답은 B"), said("A")]);
    let outcomes: Vec<Outcome> = judged.iter().map(|judged| judged.outcome).collect();
    assert_eq!(outcomes, [Outcome::Scored, Outcome::Scored, Outcome::Infrastructure]);
    near(judged[0].score, 1.0);
    near(judged[1].score, 0.0);
    assert_eq!(judged[0].answer.as_deref(), Some("B"));
    near(judged[0].metrics["pair"], 1.0 / 3.0);
    near(value(&scorer, "exact_match", &judged), 0.5);
    near(value(&scorer, "pair", &judged), 1.0 / 8.0);
    let problems = scorer.hook_problems();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("utils.py:8") && problems[0].contains("absent"), "{problems:?}");
}

#[test]
fn likelihoods_reach_process_results_as_pairs() {
    let yaml = "output_type: multiple_choice\ndoc_to_text: q\ndoc_to_target: 0\ndoc_to_choice: [x, y]\n\
        process_results: !function utils.results\nmetric_list:\n  - {metric: margin, aggregation: nanmean}\n";
    let python = "def results(doc, results):\n    lls, greedy = zip(*results)\n    \
        assert isinstance(results[0], tuple) and greedy == (True, False)\n    \
        return {'margin': float('nan') if doc['q'] == 'skip' else lls[0] - lls[1]}\n";
    let folder = task_folder(yaml, python, &[json!({"q": "a"}), json!({"q": "skip"}), json!({"q": "b"})]);
    let task = load(&folder, &LoadOptions::default());
    let scorer = Scorer::for_task(&task).unwrap();
    let answered = |margin: f64| vec![likelihood(-1.0, true), likelihood(-1.0 - margin, false)];
    let judged = scores(&task, &scorer, &[answered(1.0), answered(9.0), answered(2.0)]);
    near(value(&scorer, "margin", &judged), 1.5);
    assert_eq!(scorer.hook_problems(), Vec::<String>::new());
}

#[test]
fn a_metric_of_the_tasks_own_takes_the_best_reference() {
    let yaml = "output_type: generate_until\ndoc_to_text: q\ndoc_to_target: a\n\
        metric_list:\n  - {metric: !function utils.overlap, unit: 0.5, higher_is_better: true}\n";
    let python = "def overlap(references, predictions, unit):\n    \
        return unit * len(set(references[0]) & set(predictions[0]))\n";
    let folder = task_folder(yaml, python, &[json!({"q": "1", "a": "abc"}), json!({"q": "2", "a": "d"})]);
    let task = load(&folder, &LoadOptions::default());
    let scorer = Scorer::for_task(&task).unwrap();
    let judged = scores(&task, &scorer, &[vec![generated("cab")], vec![generated("x")]]);
    near(value(&scorer, "overlap", &judged), 0.75);
}

#[test]
fn examples_may_be_listed_and_data_made_by_functions() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("t.yaml"),
        "task: t\ncustom_dataset: !function utils.made\ntest_split: test\nmetadata: {version: 1, size: 2}\n\
         dataset_kwargs: {word: 가}\noutput_type: generate_until\n\
         doc_to_text: !function utils.text\ndoc_to_target: a\nfewshot_config:\n  sampler: first_n\n  \
         samples: !function utils.samples\n  doc_to_text: '예: {{q}}'\nnum_fewshot: 1\n",
    )
    .unwrap();
    fs::write(
        folder.path().join("utils.py"),
        "import datasets\ndef made(size, word, **rest):\n    rows = [{'q': word * n, 'a': str(n)} for n in range(1, size + 1)]\n    \
         return {'test': datasets.Dataset.from_list(rows)}\n\
         def samples():\n    return [{'q': 'first', 'a': 'one'}, {'q': 'second', 'a': 'two'}]\n\
         def text(doc):\n    return '문제: ' + doc['q']\n",
    )
    .unwrap();
    let task = load(&folder, &LoadOptions::default());
    let instance = task.instance(1, ChatStyle::Plain).unwrap();
    let Request::Generate { prompt: Prompt::Text(prompt), .. } = &instance.requests[0] else {
        unreachable!("the task generates")
    };
    assert_eq!(prompt, "예: first one\n\n문제: 가가");
    assert_eq!(instance.target, Target::Text("2".to_owned()));
}

#[test]
fn a_failing_function_stops_the_loading_with_its_place() {
    let folder = task_folder(
        "doc_to_text: !function utils.text\ndoc_to_target: q\n",
        "def text(doc):\n    return doc['absent']\n",
        &[json!({"q": "a"})],
    );
    let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
    let error = Task::load(&index, "t", &LoadOptions::default()).unwrap_err();
    assert_eq!(error.code(), "task::hook");
    assert_eq!(error.to_string(), "task::hook: t: its own Python (`doc_to_text`) cannot be used");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.starts_with("hook::failed: `utils.text` failed on document 0 at "), "{cause}");
    assert!(cause.contains("utils.py:2: KeyError: no key 'absent'"), "{cause}");
}

/// In the manner of `SuperGLUE`'s T5 prompts: the metric hands pairs to an aggregation of its own.
#[test]
fn a_metric_may_give_pairs_to_its_own_aggregation() {
    let yaml = "output_type: generate_until\ndoc_to_text: '{{q}}'\ndoc_to_target: '{{a}}'\nmetric_list:\n  - metric: \
                !function utils.pair\n    aggregation: !function utils.share\n";
    let python = "def pair(predictions, references):\n    return (predictions[0], references[0])\n\n\ndef share(items):\n    \
                  return sum(one == other for one, other in items) / len(items)\n";
    let folder = task_folder(yaml, python, &[json!({"q": "하나", "a": "1"}), json!({"q": "둘", "a": "2"})]);
    let task = load(&folder, &LoadOptions::default());
    let scorer = Scorer::for_task(&task).unwrap();
    let judged = scores(&task, &scorer, &[vec![generated("1")], vec![generated("3")]]);
    assert!(judged.iter().all(|one| one.outcome == Outcome::Scored), "{:?}", scorer.hook_problems());
    near(value(&scorer, "pair", &judged), 0.5);
}

/// A function that scores a whole document may leave the target alone, and may count answers that cannot be read.
#[test]
fn what_process_results_gives_stands_whatever_the_target_and_the_answer_are() {
    let choices = "output_type: multiple_choice\ndoc_to_text: '{{q}}'\ndoc_to_target: all\ndoc_to_choice: ['a', 'b']\n\
                   process_results: !function utils.first\nmetric_list: [{metric: gap}]\n";
    let python = "def first(doc, results):\n    return {'gap': results[0][0] - results[1][0]}\n\n\n\
                  def invalid(doc, results):\n    return {'invalid': int(results[0] not in ('a', 'b'))}\n";
    let rows = [json!({"q": "하나"})];
    let folder = task_folder(choices, python, &rows);
    let task = load(&folder, &LoadOptions::default());
    let scorer = Scorer::for_task(&task).unwrap();
    let instance = task.instance(0, ChatStyle::Plain).unwrap();
    scorer.check_document(&instance.target, &instance.choices).unwrap();
    let judged = scores(&task, &scorer, &[vec![likelihood(-1.0, true), likelihood(-3.0, false)]]);
    near(value(&scorer, "gap", &judged), 2.0);

    let written = "output_type: generate_until\ndoc_to_text: '{{q}}'\ndoc_to_target: a\n\
                   process_results: !function utils.invalid\nmetric_list: [{metric: invalid}]\n";
    let folder = task_folder(written, python, &rows);
    let task = load(&folder, &LoadOptions::default());
    let scorer = Scorer::for_task(&task).unwrap();
    let judged = scores(&task, &scorer, &[vec![generated("")]]);
    near(value(&scorer, "invalid", &judged), 1.0);
}

/// In the manner of `openai-mmmlu`: the list of subjects lies above the folder of the task.
#[test]
fn a_task_reads_what_lies_in_its_family() {
    let folder = TempDir::new().unwrap();
    let tasks = folder.path().join("lm_eval/tasks");
    let place = tasks.join("family/default");
    fs::create_dir_all(&place).unwrap();
    fs::create_dir_all(tasks.join("stranger")).unwrap();
    fs::write(tasks.join("stranger/secret.json"), "[]").unwrap();
    fs::write(tasks.join("family/subjects.json"), "[\"법\"]").unwrap();
    fs::write(place.join("data.jsonl"), "{\"q\": \"하나\"}\n").unwrap();
    let python = "import json, pathlib\nABOVE = pathlib.Path(__file__).resolve().parent.parent\n\
                  SUBJECTS = json.loads((ABOVE / 'subjects.json').read_text())\n\n\ndef text(doc):\n    \
                  return '%s %s' % (SUBJECTS[0], (ABOVE.parent / 'stranger' / 'secret.json').exists())\n";
    fs::write(place.join("utils.py"), python).unwrap();
    let yaml = "task: t\ndataset_path: json\ndataset_kwargs: {data_files: {test: data.jsonl}}\ntest_split: test\n\
                output_type: generate_until\ndoc_to_text: !function utils.text\ndoc_to_target: '1'\n";
    fs::write(place.join("t.yaml"), yaml).unwrap();
    let index = TaskIndex::build(&[tasks.join("family")]).unwrap();
    let task = Task::load(&index, "t", &LoadOptions::default()).unwrap();
    assert_eq!(task.instance(0, ChatStyle::Plain).unwrap().input, "법 False");
}

/// A sampler of the task's own decides which examples are shown; one that changes nothing draws what lm-eval's draws.
#[test]
fn a_sampler_of_the_tasks_own_draws_the_examples() {
    let yaml = |sampler: &str| {
        format!(
            "output_type: generate_until\nnum_fewshot: 2\nfewshot_config: {{sampler: {sampler}, split: test}}\n\
             doc_to_text: \"{{{{q}}}}\"\ndoc_to_target: \"{{{{a}}}}\"\nmetric_list: [{{metric: exact_match}}]\n"
        )
    };
    let python = "from lm_eval.api.samplers import ContextSampler\n\
class Same(ContextSampler):
    pass
class Longest(ContextSampler):
    def sample(self, n, eval_doc=None, df=None, **kwargs):
        others = self.rm_eval_doc(eval_doc, self.fewshot_docs())
        return sorted(others, key=lambda doc: -len(doc['q']))[:n]
class Invented(ContextSampler):
    def sample(self, n, eval_doc=None, df=None, **kwargs):
        return [{'q': 'new', 'a': 'new'}] * n
class Fewer(ContextSampler):
    def sample(self, n, eval_doc=None, df=None, **kwargs):
        return self.df[:1]
";
    let rows: Vec<_> = (1..8_usize).map(|n| json!({"q": "x".repeat(n), "a": n.to_string()})).collect();
    let drawn = |sampler: &str| {
        let folder = task_folder(&yaml(sampler), python, &rows);
        let index = TaskIndex::build(&[folder.path().to_path_buf()]).unwrap();
        let task = Task::load(&index, "t", &LoadOptions::default())?;
        Ok((0..task.len()).map(|place| task.examples(place).to_vec()).collect::<Vec<_>>())
    };
    let usual: Result<_, daepyo_task::TaskError> = drawn("default");
    assert_eq!(drawn("!function utils.Same").unwrap(), usual.unwrap());
    let longest = drawn("!function utils.Longest").unwrap();
    assert_eq!((&longest[0], &longest[6], &longest[5]), (&vec![6, 5], &vec![5, 4], &vec![6, 4]));
    for (name, words) in
        [("Invented", "not among those to choose from"), ("Fewer", "1 examples, and 2 are asked for")]
    {
        let error = drawn(&format!("!function utils.{name}")).unwrap_err();
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        assert!(text.contains(words) && text.contains("fewshot_config.sampler"), "{text}");
    }
}
