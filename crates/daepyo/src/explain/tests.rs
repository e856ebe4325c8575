//! The words for people say in English what `Display` says to a log, and say it in Korean too.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed assertion is the point of a test"
)]

use super::{explain, help, lines};
use daepyo_backend::{BackendError, ReplayError, ReplayLineError};
use daepyo_core::canonical;
use daepyo_core::{
    CandidateId, CriterionId, Digest, GateId, Language, ModelSpec, RubricItemId, StageId, SuiteId,
};
use daepyo_evidence::{CheckpointError, KeyError};
use daepyo_hub::{HubError, Repository};
use daepyo_stage::StageError;
use daepyo_stage::shard::{Difference, ShardError};
use daepyo_store::PlaceError;
use daepyo_task::TaskError;
use daepyo_task::hook::HookError;
use daepyo_task::score::ScoreError;
use daepyo_verdict::DecideError;
use daepyo_verdict::sequential::{PanelError, SequentialError};
use daepyo_verdict::votes::RankError;
use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::path::PathBuf;

type Boxed = Box<dyn Error + Send + Sync>;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn text(text: &str) -> String {
    text.to_owned()
}

fn path() -> PathBuf {
    PathBuf::from("some/file")
}

fn stage() -> Vec<Boxed> {
    let candidate: CandidateId = id("alpha-1");
    let cause = canonical::to_bytes(&BTreeMap::from([(vec![1_u8], 1)])).unwrap_err();
    let row = daepyo_spec::read_votes(b"voter,left,right,choice\nv,a,a,tie\nv,a,b,x\n", &id("s"), &id("c"));
    let errors = vec![
        StageError::Programme { path: path(), source_text: text(""), problems: Vec::new() },
        StageError::UnknownStage { stage: text("last"), known: text("first, second") },
        StageError::RulesChanged { stage: id("first"), changes: Vec::new() },
        StageError::Weights {
            path: path(),
            cause: daepyo_lineage::WeightsError {
                file: text("model.gguf"),
                place: None,
                problem: daepyo_lineage::WeightsProblem::NotWeights,
            },
        },
        StageError::DigestMismatch {
            candidate: candidate.clone(),
            path: path(),
            written: Digest::of(b"a"),
            found: Digest::of(b"b"),
        },
        StageError::Task { suite: text("sums"), task: text("add"), cause: "no".into() },
        StageError::FileOutsideSuite { task: text("add"), path: path(), suite: PathBuf::from("suite") },
        StageError::Rows { path: path(), problems: row.unwrap_err() },
        StageError::Backend { candidate: candidate.clone(), cause: BackendError::Engine(text("gone")) },
        StageError::Preflight { candidate: candidate.clone(), findings: Vec::new() },
        StageError::File { what: "write", path: path(), cause: io::Error::other("x") },
        StageError::Log { path: path(), cause: daepyo_evidence::Error::Interrupted },
        StageError::LogDiffers { index: 12 },
        StageError::Decide(DecideError::InvalidRules { problem: text("x") }),
        StageError::Follow(SequentialError::BadAlpha { alpha: 0.5 }),
        StageError::Earlier { path: path(), findings: Vec::new() },
        StageError::Contest {
            criterion: CriterionId::new("users").unwrap(),
            path: path(),
            findings: Vec::new(),
        },
        StageError::Canonical { what: "the rules", cause },
        StageError::TooManyFailures { candidate, rate: 0.025, limit: 0.02 },
        StageError::Budget { stops: Vec::new() },
        StageError::Interrupted,
    ];
    errors.into_iter().map(Boxed::from).collect()
}

fn shard() -> Vec<Boxed> {
    let foreign = |difference| ShardError::Foreign { one: text("a/x"), other: text("b/x"), difference };
    let errors = vec![
        ShardError::Missing { missing: text("1, 3"), count: 7 },
        ShardError::Doubled { index: 1_000, one: text("a/x"), other: text("b/x") },
        foreign(Difference::Count { one: 2, other: 7 }),
        foreign(Difference::Model),
        foreign(Difference::Template),
        foreign(Difference::Tasks { names: text("`sums`") }),
        foreign(Difference::Requests),
        ShardError::Unfinished { place: text("a") },
        ShardError::Damaged { place: text("a/x"), problem: text("line 3 answers a request again") },
        ShardError::PlanDiffers { difference: Difference::Model },
        ShardError::OutTaken { path: path() },
    ];
    let failed = |what| PlaceError::Failed { what, path: text("s3://b/x"), problem: text("x") };
    let places = vec![
        PlaceError::Address { address: text("ftp://x") },
        PlaceError::NoFolder { path: text("a") },
        PlaceError::Setting { address: text("s3://b"), problem: text("x") },
        failed("make"),
        failed("read"),
        failed("write"),
        failed("list"),
        failed("remove"),
        PlaceError::TooLarge { path: text("a/x"), limit_bytes: 1_000 },
    ];
    let as_stage = Boxed::from(StageError::Shard(ShardError::Place(failed("read"))));
    let all = errors.into_iter().map(Boxed::from).chain(places.into_iter().map(Boxed::from));
    all.chain([as_stage]).collect()
}

fn hook() -> HookError {
    HookError::Protocol { function: text("utils.f"), problem: text("x") }
}

fn task() -> Vec<Boxed> {
    let (task, key, problem) = (|| text("add"), || text("doc_to_text"), || text("x y"));
    let errors = vec![
        TaskError::Unreadable { path: path(), cause: io::Error::other("x") },
        TaskError::Yaml { path: path(), line: 1_000, column: 2, problem: problem() },
        TaskError::NeedsPython { path: path(), key: key(), code: text("utils.f") },
        TaskError::Include { path: path(), included: path(), problem: problem() },
        TaskError::Config { path: path(), key: key(), problem: problem() },
        TaskError::Unknown { name: text("ad"), nearest: None, unread: None },
        TaskError::Unknown { name: text("ad"), nearest: Some(task()), unread: None },
        TaskError::DatasetNotLocal { task: task(), dataset: text("a/b"), looked_at: vec![path(), path()] },
        TaskError::Split { task: task(), problem: problem() },
        TaskError::Data { path: path(), line: 0, problem: problem() },
        TaskError::Document {
            task: task(),
            document: text("3"),
            key: key(),
            problem: problem(),
            cause: None,
        },
        TaskError::Fewshot { task: task(), problem: problem() },
        TaskError::Hook { task: task(), key: String::new(), cause: Box::new(hook()) },
        TaskError::Hook { task: task(), key: key(), cause: Box::new(hook()) },
        TaskError::ChatTemplate { problem: problem(), cause: None },
    ];
    let (name, near) = (|| text("acc_normm"), || Some(text("acc_norm")));
    let scores = vec![
        ScoreError::UnknownOutputType { name: name(), nearest: near() },
        ScoreError::UnknownMetric { name: name(), nearest: near() },
        ScoreError::MetricUnsuitable { metric: name(), output_type: "generate_until" },
        ScoreError::UnknownAggregation { name: name(), nearest: near() },
        ScoreError::AggregationUnsuitable { metric: name(), aggregation: "mean" },
        ScoreError::UnknownFilter { name: name(), nearest: near() },
        ScoreError::FilterUnsuitable { filter: name(), output_type: "multiple_choice" },
        ScoreError::UnknownOption { owner: name(), option: text("k"), nearest: near() },
        ScoreError::BadOption { owner: name(), option: text("k"), expected: "a whole number from 1" },
        ScoreError::BadTarget { problem: problem() },
    ];
    let all = errors.into_iter().map(Boxed::from).chain(scores.into_iter().map(Boxed::from));
    all.chain([Boxed::from(hook())]).collect()
}

fn backend() -> Vec<Boxed> {
    let line = |problem| ReplayError { line: 7, problem };
    vec![
        BackendError::File { path: text("a.gguf"), what: "a GGUF model", cause: "no".into() }.into(),
        BackendError::Setting(text("x")).into(),
        BackendError::Budget.into(),
        BackendError::Engine(text("x")).into(),
        line(ReplayLineError::UnknownShape).into(),
        ReplayLineError::Read(io::Error::other("x")).into(),
        ReplayLineError::TooLong.into(),
        ReplayLineError::Json(serde_json::from_str::<i32>("x").unwrap_err()).into(),
        ReplayLineError::UnknownShape.into(),
        ReplayLineError::Positive(0.5).into(),
        ReplayLineError::Contradiction { first: 3, what: "prompt" }.into(),
        "llama".parse::<ModelSpec>().unwrap_err().into(),
    ]
}

fn evidence() -> Vec<Boxed> {
    use daepyo_evidence::Error;
    let log = PathBuf::from("out/log");
    let errors = vec![
        Error::Io { action: "make durable", path: path(), source: io::Error::other("x") },
        Error::EntryTooLarge { index: 1, size_bytes: 70_000 },
        Error::KeyInsideLog { key: path(), log: log.clone() },
        Error::KeyMismatch { log: log.clone(), found: text("a"), expected: text("b") },
        Error::NotEmpty { log: log.clone(), found: text("x") },
        Error::NoLog { log: log.clone() },
        Error::Locked { log: log.clone() },
        Error::Damaged { log, file: text("tile/0/000"), reason: "it is missing" },
        Error::Checkpoint { file: text("checkpoint"), source: CheckpointError::Malformed },
        Error::Key(KeyError::MalformedPublic),
        Error::Interrupted,
        Error::OutOfRange { what: "entry", asked: 9, size: 3 },
    ];
    let keys = vec![
        KeyError::Name { name: text("a b") },
        KeyError::MalformedPublic,
        KeyError::MalformedPrivate,
        KeyError::Exists { path: path() },
        KeyError::Io { action: "read", path: path(), source: io::Error::other("x") },
    ];
    let checkpoints =
        [CheckpointError::Malformed, CheckpointError::WrongSignature, CheckpointError::WrongOrigin];
    let all = errors.into_iter().map(Boxed::from).chain(keys.into_iter().map(Boxed::from));
    all.chain(checkpoints.map(Boxed::from)).collect()
}

fn verdict() -> Vec<Boxed> {
    let (index, first) = (12_345, 7);
    let candidate: CandidateId = id("alpha-1");
    let criterion: CriterionId = id("users");
    let parts = vec![vec![candidate.clone(), id("beta-1")], vec![id("gamma-1")]];
    let errors = vec![
        DecideError::InvalidRules { problem: text("x") },
        DecideError::OtherStage { index, stage: id::<StageId>("last") },
        DecideError::UnknownCandidate { index, candidate: candidate.clone() },
        DecideError::UnknownSuite { index, suite: id::<SuiteId>("sums") },
        DecideError::UnknownCriterion { index, criterion: criterion.clone() },
        DecideError::UnknownItem { index, criterion: criterion.clone(), item: id::<RubricItemId>("style") },
        DecideError::UnknownGate { index, gate: id::<GateId>("frontier") },
        DecideError::SelfVote { index, candidate: candidate.clone() },
        DecideError::BadScore { index, score: 0.5, guess: 1.0 },
        DecideError::ScoreWithoutAnswer { index, score: 0.25 },
        DecideError::MarkOffScale { index, value: 5.5, minimum: 1.0, maximum: 5.0 },
        DecideError::DuplicateSample { index, first },
        DecideError::DuplicateMark { index, first },
        DecideError::DuplicateVote { index, first },
        DecideError::DocumentsDiffer { index, first, what: "guessing rate" },
        DecideError::DisconnectedVotes { criterion, parts },
        DecideError::NoCandidate { index, candidate },
        DecideError::UnknownCorrected { index, digest: Digest::of(b"a") },
        DecideError::CorrectedTwice { index, first },
        DecideError::BadCorrection { index, problem: "x" },
        DecideError::Panel(PanelError::NoWildcard { member: id("kim") }),
    ];
    let ranks = vec![
        RankError::SelfVote { index: 3, model: text("m") },
        RankError::Disconnected { parts: vec![vec![text("a"), text("b")], vec![text("c")]] },
        RankError::TooFewVoters { voters: 0 },
    ];
    let panel = vec![
        PanelError::NoWildcard { member: id("kim") },
        PanelError::Twice { member: id("kim") },
        PanelError::NobodyNotAllowed { member: id("kim") },
        PanelError::TooManyVotes { member: id("kim"), votes: 3, places: 2 },
    ];
    let sequential = vec![
        SequentialError::BadFraction { look: 2, fraction: 0.5, before: 0.5 },
        SequentialError::BadAlpha { alpha: 0.5 },
        SequentialError::OtherVerdict {
            problem: text("it was not decided, so there is no cut to fill again"),
        },
        SequentialError::Carry { stage: id("second"), problem: text("carries nothing over by its rules") },
    ];
    let decisions = errors.into_iter().map(Boxed::from).chain(ranks.into_iter().map(Boxed::from));
    let cases = panel.into_iter().map(Boxed::from).chain(sequential.into_iter().map(Boxed::from));
    decisions.chain(cases).collect()
}

fn hub() -> Vec<Boxed> {
    let (repository, endpoint, page) =
        (text("team/set"), text("https://hub.example"), text("https://hub.example/x"));
    let gated = |token| HubError::Gated {
        repository: repository.clone(),
        page: page.clone(),
        endpoint: endpoint.clone(),
        token,
    };
    let not_found = |token| HubError::NotFound {
        what: text("data set `team/set` (revision `main`)"),
        endpoint: endpoint.clone(),
        token,
    };
    let errors = vec![
        HubError::NoCache,
        HubError::Setting(text("HF_TOKEN has a character that no HTTP header may hold")),
        HubError::Name(Repository::new("../x").unwrap_err()),
        gated(true),
        gated(false),
        not_found(true),
        not_found(false),
        HubError::Unreachable { endpoint: endpoint.clone(), problem: text("x, 5 times") },
        HubError::Answer { endpoint: endpoint.clone(), problem: text("it redirects in a circle") },
        HubError::WrongContent {
            repository: repository.clone(),
            path: text("a.jsonl"),
            commit: text("c"),
            problem: text("it has 3 bytes instead of 4"),
        },
        HubError::TooLarge { repository: repository.clone(), size_bytes: 123_456, limit_bytes: 1_000 },
        HubError::Offline { repository: repository.clone(), missing: text("`a`"), cache: path() },
        HubError::NeedsScript { repository: repository.clone(), script: text("set.py") },
        HubError::UnknownConfig {
            repository: repository.clone(),
            problem: text("has no configuration `x`"),
            known: vec![text("a"), text("b")],
        },
        HubError::NoData { repository: repository.clone(), problem: text("no file is named `x`") },
        HubError::Cache { path: path(), cause: io::Error::other("x") },
    ];
    errors.into_iter().map(Boxed::from).collect()
}

fn lineage() -> Vec<Boxed> {
    use daepyo_lineage::behaviour::BehaviourError;
    use daepyo_lineage::{Place, WeightsError, WeightsProblem};
    let problems = [
        WeightsProblem::Io(io::Error::other("x")),
        WeightsProblem::NotWeights,
        WeightsProblem::NoWeights,
        WeightsProblem::Several(3),
        WeightsProblem::Truncated { needed: 9, found: 8 },
        WeightsProblem::HeaderTooLarge { bytes: 9, limit: 8 },
        WeightsProblem::Header(text("a text that is not UTF-8")),
        WeightsProblem::TooMany { what: "dimensions", count: 9, limit: 8 },
        WeightsProblem::UnknownEncoding(text("F7")),
        WeightsProblem::Shape(vec![1, 2]),
        WeightsProblem::Size { needed: 9, found: 8 },
        WeightsProblem::OutOfRange { start: 1, end: 9, file_bytes: 8 },
        WeightsProblem::Overlap(text("a")),
        WeightsProblem::Duplicate,
        WeightsProblem::Index(text("`a` for this tensor, which is not there")),
        WeightsProblem::OutsideFolder(text("../a")),
        WeightsProblem::Link,
        WeightsProblem::Pickle(text("the global `os.system`")),
        WeightsProblem::Unsupported(text("a big-endian GGUF file")),
        WeightsProblem::Changed,
    ];
    let places = [None, Some(Place::Tensor(text("a"))), Some(Place::Byte(8))];
    let at_places = places.into_iter().map(|place| {
        let file = text("model.gguf");
        Boxed::from(WeightsError { file, place, problem: WeightsProblem::NotWeights })
    });
    let behaviour = [
        BehaviourError::Unreadable { file: text("a.txt"), cause: io::Error::other("x") },
        BehaviourError::Line { file: text("a.jsonl"), line: 3 },
        BehaviourError::TooFewTexts { found: 9, needed: 20 },
        BehaviourError::TooFewDraws { draws: 999, least: 0.001, needed: 0.0005 },
        BehaviourError::Twice { model: text("llama:a.gguf") },
        BehaviourError::Unanswered {
            model: text("llama:a.gguf"),
            answered: 3,
            asked: 240,
            detail: text("it wrote no word elsewhere"),
        },
    ];
    let problems = problems.into_iter().map(Boxed::from).chain(at_places);
    problems.chain(behaviour.into_iter().map(Boxed::from)).collect()
}

fn all() -> Vec<Boxed> {
    [stage(), shard(), task(), hub(), backend(), evidence(), verdict(), lineage()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn english_says_what_a_log_says() {
    for error in all() {
        let said = explain(error.as_ref()).unwrap().text(Language::En);
        let logged = error.to_string();
        // Some logs have the code before the words, some have not; people always see it.
        assert!(said == logged || said.ends_with(&format!(": {logged}")), "{said}\n{logged}");
        let code = said.split(": ").next().unwrap();
        assert!(code.contains("::") || said == logged, "{said} has no code");
    }
}

#[test]
fn korean_says_it_in_korean_under_the_same_code() {
    for error in all() {
        let explained = explain(error.as_ref()).unwrap();
        let (ko, en) = (explained.text(Language::Ko), explained.text(Language::En));
        assert!(ko.chars().any(|letter| ('가'..='힣').contains(&letter)), "{ko}");
        assert!(!ko.contains("{$") && !ko.contains("{ $"), "{ko}");
        if let (Some((code, _)), true) = (en.split_once(": "), en.contains("::")) {
            assert!(ko.starts_with(&format!("{code}: ")), "{ko}\n{en}");
        }
    }
}

#[test]
fn causes_of_ours_and_of_the_system_are_told_in_korean_too() {
    let missing = std::fs::read("no/such/file").unwrap_err();
    let error = TaskError::Unreadable { path: path(), cause: missing };
    let error = StageError::Task { suite: text("sums"), task: text("add"), cause: error.into() };
    assert_eq!(
        lines(&error, Language::Ko),
        [
            "stage::task: 평가 모음 `sums`의 과제 `add`을(를) 쓸 수 없습니다",
            "task::unreadable: some/file을(를) 읽을 수 없습니다",
            "그런 파일이나 폴더가 없습니다",
        ]
    );
    let library = io::Error::other("a library's words");
    assert_eq!(lines(&library, Language::Ko), ["a library's words"]);
}

/// The type of such a cause is the box's, so that it once was told in the log's words alone.
#[test]
fn a_cause_in_a_box_is_told_in_korean_with_what_to_do_next() {
    let stopped = HookError::GivenUp { function: text("utils.f"), stops: 5, last: text("x") };
    let error = TaskError::Hook { task: text("add"), key: String::new(), cause: Box::new(stopped) };
    let said = lines(&error, Language::Ko);
    assert!(said[1].starts_with("hook::given_up: 과제의 파이썬을"), "{said:?}");
    assert!(help(&error, Language::Ko).unwrap().contains("--hook-seconds"));
    let broken = TaskError::Yaml { path: path(), line: 3, column: 4, problem: text("x") };
    let error = TaskError::Unknown { name: text("ad"), nearest: None, unread: Some(broken.into()) };
    let said = lines(&error, Language::Ko);
    assert!(said[1].starts_with("task::yaml: some/file:3:4: YAML을"), "{said:?}");
}

/// A mistake in a task file, as a person makes it.
#[test]
fn what_is_wrong_with_a_task_file_is_told_in_korean() {
    let folder = tempfile::tempdir().unwrap();
    let base = "task: sums\ndataset_path: json\noutput_type: multiple_choice\ntest_split: test\n";
    let cases = [
        ("num_fewshot: many\n", "0 이상의 정수여야 합니다"),
        ("dataset_kwargs: 3\n", "키와 값의 묶음이어야 합니다"),
        ("tag: [[a]]\n", "글이나 글의 목록이어야 합니다"),
    ];
    for (lines_of_file, wanted) in cases {
        std::fs::write(folder.path().join("sums.yaml"), format!("{base}{lines_of_file}")).unwrap();
        let index = daepyo_task::TaskIndex::build(&[folder.path().to_owned()]).unwrap();
        let options = daepyo_task::LoadOptions::default();
        let error = daepyo_task::Task::load(&index, "sums", &options).err().unwrap();
        let said = lines(&error, Language::Ko).join("\n");
        assert!(said.contains(wanted), "{said}");
    }
}
