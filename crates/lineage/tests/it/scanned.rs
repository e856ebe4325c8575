//! What a scan says of a registry whose history is known.

use super::made::{self, Model};
use daepyo_lineage::{
    Absence, Entry, Listed, Options, Reason, Relation, Scan, Scanned, Status, scan, tree, weights_among,
};
use std::collections::BTreeSet;
use std::path::PathBuf;
use tempfile::TempDir;

struct Registry {
    home: TempDir,
    entries: Vec<Entry>,
}

impl Registry {
    fn new() -> Self {
        Self { home: TempDir::new().unwrap(), entries: Vec::new() }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.home.path().join(id.replace('/', "-"))
    }

    fn add(&mut self, id: &str, model: &Model, parents: &[&str], relation: Option<Relation>) {
        let path = self.path(id).with_extension("safetensors");
        made::write(model, &path);
        self.push(id, Some(path), parents, relation);
    }

    fn push(&mut self, id: &str, path: Option<PathBuf>, parents: &[&str], relation: Option<Relation>) {
        let owner = id.split('/').next().unwrap().to_owned();
        let parents = parents.iter().map(|parent| (*parent).to_owned()).collect();
        let listed = Listed::default();
        self.entries.push(Entry { id: id.to_owned(), owner, path, parents, relation, listed });
    }

    fn scan(&self) -> Scan {
        scan(&self.entries, &Options::default(), &|_, _| ()).unwrap()
    }
}

fn of<'a>(scan: &'a Scan, id: &str) -> &'a Scanned {
    scan.models.iter().find(|model| model.id == id).unwrap()
}

fn told(scan: &Scan, id: &str) -> (Status, Reason, Option<Relation>) {
    let model = of(scan, id);
    (model.status, model.reason, model.found)
}

#[test]
fn each_claim_is_shown_refuted_or_left_open() {
    let base = made::model(1);
    let (one, other) = (made::noised(&base, 0.05, 2), made::noised(&base, 0.05, 3));
    let mut registry = Registry::new();
    let claimed = Some(Relation::Finetune);
    registry.add("team/base", &base, &[], None);
    registry.add("a/tuned", &one, &["team/base"], claimed);
    registry.add("b/tuned", &other, &["team/base"], claimed);
    registry.add("c/stranger", &made::model(9), &["team/base"], claimed);
    registry.add("d/copy", &base, &["team/base"], claimed);
    registry.add("e/same-as-a", &one, &["team/base"], claimed);
    registry.add("f/lora", &made::low_rank(&base, 4, 5), &["team/base"], claimed);
    registry.add(
        "g/merged",
        &made::mean(&[(&one, 0.7), (&other, 0.3)]),
        &["a/tuned", "b/tuned"],
        Some(Relation::Merge),
    );
    registry.add("h/shallow", &made::with_layers(&base, &[0, 1, 3]), &["team/base"], claimed);
    registry.add("i/student", &made::model(8), &["team/base"], Some(Relation::Distilled));
    registry.add("j/adapter", &made::adapter(4, false, 6), &["team/base"], Some(Relation::Adapter));
    registry.add("k/no-op", &made::adapter(4, true, 6), &["team/base"], Some(Relation::Adapter));
    registry.push("l/gone", None, &["team/base"], claimed);
    registry.add("m/orphan", &made::model(7), &["nobody/there"], claimed);
    let gguf = registry.path("n/quantised.gguf");
    made::write_gguf(&base, 4, &gguf);
    registry.push("n/quantised", Some(gguf.clone()), &["team/base"], Some(Relation::Quantized));
    let broken = registry.path("o/broken.safetensors");
    std::fs::write(&broken, b"not weights").unwrap();
    registry.push("o/broken", Some(broken), &["team/base"], claimed);

    let found = registry.scan();
    let verified = |relation| (Status::Verified, Reason::Shown, Some(relation));
    assert_eq!(told(&found, "a/tuned"), verified(Relation::Finetune));
    assert_eq!(told(&found, "c/stranger"), (Status::Rejected, Reason::NoEvidence, None));
    assert_eq!(told(&found, "d/copy"), (Status::Rejected, Reason::Copy, None));
    assert_eq!(
        told(&found, "e/same-as-a"),
        (Status::Rejected, Reason::CopyOfAnother, Some(Relation::Finetune))
    );
    assert_eq!(told(&found, "f/lora"), verified(Relation::Finetune));
    assert_eq!(of(&found, "f/lora").difference.as_ref().unwrap().rank, Some(4));
    assert_eq!(told(&found, "g/merged"), verified(Relation::Merge));
    let merge = of(&found, "g/merged").merge.clone().unwrap();
    assert!(
        (merge.coefficients[0] - 0.7).abs() < 0.03 && (merge.coefficients[1] - 0.3).abs() < 0.03,
        "{merge:?}"
    );
    assert_eq!(told(&found, "h/shallow"), verified(Relation::Reshaped));
    assert_eq!(told(&found, "i/student"), (Status::Untestable, Reason::Distilled, None));
    assert_eq!(told(&found, "j/adapter"), (Status::Untestable, Reason::Fits, Some(Relation::Adapter)));
    assert_eq!(told(&found, "k/no-op"), (Status::Rejected, Reason::NoOp, Some(Relation::Adapter)));
    assert_eq!(told(&found, "l/gone"), (Status::Untestable, Reason::NoWeights, None));
    assert_eq!(told(&found, "m/orphan"), (Status::Untestable, Reason::NoParentWeights, None));
    assert_eq!(told(&found, "n/quantised"), verified(Relation::Quantized));
    assert_eq!(told(&found, "o/broken"), (Status::Untestable, Reason::Unreadable, None));
    let tuned =
        found.counts.iter().find(|count| count.parent == "team/base" && count.relation == Relation::Finetune);
    let tuned = tuned.unwrap();
    // a, b, c, d, e, f, l and o name it; a, b and f are shown and distinct.
    assert_eq!((tuned.declared, tuned.verified, tuned.distinct), (8, 3, 3));
    assert_eq!((tuned.rejected, tuned.untestable), (3, 2));
}

#[test]
fn other_widths_and_experts_are_reshaped() {
    let base = made::model(1);
    let (hidden, neurons): (Vec<usize>, Vec<usize>) = ((0..48).collect(), (0..96).collect());
    let mut registry = Registry::new();
    registry.add("team/base", &base, &[], None);
    let narrow = made::resized(&base, &hidden, &neurons);
    registry.add("a/narrow", &narrow, &["team/base"], Some(Relation::Reshaped));
    registry.add("b/mixture", &made::upcycled(&base, &base, 4, 0.0, 2), &["team/base"], None);
    let found = registry.scan();
    let reshaped = (Status::Verified, Reason::Shown, Some(Relation::Reshaped));
    assert_eq!((told(&found, "a/narrow"), told(&found, "b/mixture")), (reshaped, reshaped));
}

#[test]
fn quantised_forms_of_one_owner_count_once() {
    let base = made::model(1);
    let mut registry = Registry::new();
    registry.add("team/base", &base, &[], None);
    for (owner, size) in [("a/one", 0.0), ("a/two", 0.0005), ("b/one", 0.0)] {
        let path = registry.path(&format!("{owner}.gguf"));
        made::write_gguf(&made::noised(&base, size, 4), 4, &path);
        registry.push(owner, Some(path), &["team/base"], Some(Relation::Quantized));
    }
    let found = registry.scan();
    let count = &found.counts[0];
    // b's has the bytes of a's first, which was named before.
    assert_eq!((count.declared, count.verified, count.distinct, count.rejected), (3, 2, 1, 1));
}

#[test]
fn the_tree_escapes_names_and_tells_which_directions_are_known() {
    let base = made::model(1);
    let mut registry = Registry::new();
    registry.add("team/<b>&\u{202e}base", &base, &[], None);
    registry.add("a/shallow", &made::with_layers(&base, &[0, 1]), &["team/<b>&\u{202e}base"], None);
    registry.add("b/tuned", &made::noised(&base, 0.1, 2), &["team/<b>&\u{202e}base"], None);
    registry.push("c/round", None, &["d/round"], None);
    registry.push("d/round", None, &["c/round"], None);
    let svg = tree(&registry.scan(), &|id| id.to_owned());
    assert!(svg.contains("team/&lt;b&gt;&amp;base") && !svg.contains('\u{202e}') && !svg.contains("<b>"));
    let lines: Vec<&str> = svg.lines().filter(|line| line.starts_with("<path class=\"line")).collect();
    assert_eq!(lines.iter().filter(|line| line.contains("declared")).count(), 4, "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.contains("marker-end")).count(), 2, "{lines:#?}");
    assert!(svg.contains("<title id=\"tree-title\">") && svg.contains("d/round"));
}

#[test]
fn a_verdict_stands_under_the_parent_that_it_is_on_though_another_is_missing() {
    let base = made::model(1);
    let mut registry = Registry::new();
    registry.add("team/base", &base, &[], None);
    registry.add(
        "a/tuned",
        &made::noised(&base, 0.1, 2),
        &["nobody/there", "team/base"],
        Some(Relation::Merge),
    );
    let found = registry.scan();
    let parents = &of(&found, "a/tuned").parents;
    assert_eq!(parents[0].verdict, None);
    assert_eq!(parents[1].verdict, Some(daepyo_lineage::Verdict::Derived));
}

#[test]
fn what_a_list_says_of_weights_that_are_not_here_is_kept_apart() {
    let base = made::model(1);
    let mut registry = Registry::new();
    registry.add("team/base", &base, &[], None);
    for (id, contents, absent) in [
        ("a/copy", "sha256:1", Some(Absence::Gated)),
        ("b/gated", "sha256:2", Some(Absence::Gated)),
        ("c/large", "sha256:3", Some(Absence::TooLarge)),
        ("d/many", "", Some(Absence::TooMany)),
        ("e/empty", "", Some(Absence::NoFiles)),
        ("f/broken", "", Some(Absence::Failed)),
        ("g/unasked", "", Some(Absence::NotAsked)),
        ("h/silent", "", None),
    ] {
        registry.push(id, None, &["team/base"], Some(Relation::Finetune));
        let listed = &mut registry.entries.last_mut().unwrap().listed;
        listed.contents = [contents].into_iter().filter(|one| !one.is_empty()).map(str::to_owned).collect();
        listed.absent = absent;
        listed.problem = (absent == Some(Absence::Failed)).then(|| "the connection broke".to_owned());
    }
    registry.entries[0].listed.contents = vec!["sha256:1".to_owned()];

    let found = registry.scan();
    assert_eq!(told(&found, "a/copy"), (Status::Rejected, Reason::Copy, None));
    for (id, reason) in [
        ("b/gated", Reason::Gated),
        ("c/large", Reason::TooLarge),
        ("d/many", Reason::TooMany),
        ("e/empty", Reason::NoFiles),
        ("f/broken", Reason::NotFetched),
        ("g/unasked", Reason::NoWeights),
        ("h/silent", Reason::NoWeights),
    ] {
        assert_eq!(told(&found, id), (Status::Untestable, reason, None), "{id}");
    }
    assert_eq!(of(&found, "f/broken").problem.as_deref(), Some("the connection broke"));
    let json = serde_json::to_value(of(&found, "b/gated")).unwrap();
    assert_eq!(json["listed"], serde_json::json!({"contents": ["sha256:2"], "absent": "gated"}));
    assert_eq!(serde_json::to_value(of(&found, "h/silent")).unwrap().get("listed"), None);
}

#[test]
fn of_names_alone_the_files_are_chosen_that_would_be_read() {
    for (names, chosen) in [
        (vec!["a.gguf", "model.safetensors", "pytorch_model.bin"], vec!["model.safetensors"]),
        (
            vec![
                "consolidated.safetensors",
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
            ],
            vec![
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "model.safetensors.index.json",
            ],
        ),
        (vec!["model.safetensors", "model.safetensors.index.json"], vec!["model.safetensors"]),
        (vec!["q4.gguf", "q8.gguf", "README.md"], vec!["q4.gguf", "q8.gguf"]),
        (vec!["model.onnx", "a.onnx", "training_args.bin"], vec!["model.onnx"]),
        (vec!["README.md", "config.json"], vec![]),
    ] {
        let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        assert_eq!(weights_among(&names), chosen, "{names:?}");
    }
}

#[test]
fn a_registry_of_more_models_than_files_may_be_open_is_scanned() {
    let base = made::model(1);
    let mut registry = Registry::new();
    registry.add("team/base", &base, &[], None);
    let path = registry.path("a/copy").with_extension("safetensors");
    made::write(&base, &path);
    for number in 0..1100 {
        registry.push(&format!("a/copy-{number:04}"), Some(path.clone()), &["team/base"], None);
    }
    // Most systems let a program open 1,024 files.
    let options = Options { draws: 9, evasion: false, ..Options::default() };
    let found = scan(&registry.entries, &options, &|_, _| ()).unwrap();
    assert!(found.models.iter().all(|model| model.reason != Reason::Unreadable));
}
