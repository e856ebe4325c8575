//! What the test of behaviour rejects and what it does not, on models made up here.

use super::*;
use crate::battery::trace::below;

const TEXTS: usize = 60;
const EACH: usize = 4;

/// Writes what the position calls for, one of a few words, and how often the likeliest.
struct Model {
    random: ChaCha8Rng,
    /// Of a hundred words, so many are the likeliest one.
    likeliest: usize,
}

impl Model {
    fn new(seed: u64, likeliest: usize) -> Self {
        Self { random: ChaCha8Rng::seed_from_u64(seed), likeliest }
    }

    fn word(&mut self) -> String {
        let drawn =
            if below(&mut self.random, 100) < self.likeliest { 0 } else { 1 + below(&mut self.random, 6) };
        drawn.to_string()
    }

    /// A word for each position; within a text a model keeps to one word more often than not.
    fn words(&mut self) -> Vec<Option<String>> {
        let mut words = Vec::new();
        for _ in 0..TEXTS {
            let usual = self.word();
            for _ in 0..EACH {
                let keeps = below(&mut self.random, 100) < 60;
                words.push(Some(if keeps { usual.clone() } else { self.word() }));
            }
        }
        words
    }

    /// `of`'s words, so many of a hundred, its own for the rest.
    fn taken(&mut self, of: &[Option<String>], share: usize) -> Vec<Option<String>> {
        let own = self.words();
        let pairs = of.iter().zip(own);
        pairs
            .map(|(theirs, own)| if below(&mut self.random, 100) < share { theirs.clone() } else { own })
            .collect()
    }
}

fn words(
    suspect: Vec<Option<String>>,
    parent: Vec<Option<String>>,
    controls: Vec<Vec<Option<String>>>,
) -> Words {
    let texts = (0..TEXTS).flat_map(|text| [text; EACH]).collect();
    Words { texts, suspect, parent, controls }
}

fn choices(draws: usize, level: f64) -> Choices {
    Choices { draws, level, ..Choices::default() }
}

#[test]
fn a_suspect_that_took_most_of_its_words_from_the_parent_is_found() {
    let parent = Model::new(1, 40).words();
    let suspect = Model::new(2, 40).taken(&parent, 60);
    let controls = (3..6).map(|seed| Model::new(seed, 40).words()).collect();
    let found = agreement(&words(suspect, parent, controls), &choices(9_999, 0.01));
    assert_eq!(found.verdict, BehaviourVerdict::AgreesMore, "{found:?}");
    assert_eq!((found.texts, found.positions, found.left_out), (TEXTS, TEXTS * EACH, 0));
    assert!((found.p.unwrap() - 0.0001).abs() < 1e-12);
    assert!(found.tests.iter().all(|test| test.z > 4.0 && test.null.is_some()));
    assert_eq!(found.tests.len(), 6);
}

/// Without clusters such texts would look like four times the evidence that they are.
#[test]
fn exchangeable_models_are_told_apart_no_more_often_than_the_level_says() {
    let level = 0.1;
    let mut rejected = [0_usize; 2];
    let mut claims = 0;
    for round in 0..600_u64 {
        let seed = 10 + 10 * round;
        let [suspect, parent, control] = [0, 1, 2].map(|model| Model::new(seed + model, 40).words());
        let found = agreement(&words(suspect, parent, vec![control]), &choices(199, level));
        for (count, test) in rejected.iter_mut().zip(&found.tests) {
            *count += usize::from(test.exact_p <= level);
        }
        claims += usize::from(found.verdict == BehaviourVerdict::AgreesMore);
    }
    // Three standard deviations of a count of 600 at .1 on either side.
    assert!(rejected.iter().all(|count| (38..=82).contains(count)), "{rejected:?}");
    assert!(claims <= 60, "{claims}");
}

/// The paper's test alone would call this parent the origin of everyone.
#[test]
fn a_parent_that_everyone_agrees_with_is_no_evidence() {
    let parent = Model::new(1, 95).words();
    let [suspect, control] = [2, 3].map(|seed| Model::new(seed, 50).words());
    let found = agreement(&words(suspect, parent, vec![control]), &choices(9_999, 0.01));
    let [from_suspect, from_parent] = &found.tests[..] else { unreachable!("{found:?}") };
    assert!(from_suspect.seen == Seen::FromSuspect && from_suspect.exact_p < 0.05, "{from_suspect:?}");
    assert!(from_parent.seen == Seen::FromParent && from_parent.exact_p > 0.01, "{from_parent:?}");
    assert_eq!(found.verdict, BehaviourVerdict::NoEvidence);
}

#[test]
fn one_control_that_is_as_near_is_enough_to_say_nothing() {
    let parent = Model::new(1, 40).words();
    let suspect = Model::new(2, 40).taken(&parent, 60);
    let sibling = Model::new(3, 40).taken(&parent, 60);
    let strangers = (4..7).map(|seed| Model::new(seed, 40).words());
    let controls = strangers.chain([sibling]).collect();
    let found = agreement(&words(suspect, parent, controls), &choices(9_999, 0.01));
    assert_eq!(found.verdict, BehaviourVerdict::NoEvidence);
    assert_eq!(found.tests.iter().filter(|test| test.rejects).count(), 6 + 1, "{found:?}");
}

#[test]
fn figures_are_those_counted_by_hand() {
    let written = |letters: &str| letters.chars().map(|letter| Some(letter.to_string())).collect::<Vec<_>>();
    // In each text of two positions the parent matches at both, the control at the second alone.
    let mut words = Words {
        texts: (0..LEAST_TEXTS).flat_map(|text| [text; 2]).collect(),
        suspect: written(&"ab".repeat(LEAST_TEXTS)),
        parent: written(&"ab".repeat(LEAST_TEXTS)),
        controls: vec![written(&"xb".repeat(LEAST_TEXTS))],
    };
    let found = agreement(&words, &choices(999, 0.01));
    let test = &found.tests[0];
    assert!((found.suspect_parent - 1.0).abs() < 1e-12 && (test.with_control - 0.5).abs() < 1e-12);
    assert!((test.difference - 0.5).abs() < 1e-12);
    assert!(
        (test.z - 20.0_f64.sqrt()).abs() < 1e-12 && (test.deviation - 20.0_f64.sqrt() / 40.0).abs() < 1e-12
    );
    assert!((test.exact_p - 0.001).abs() < 1e-12 && (test.adjusted_p - 0.002).abs() < 1e-12);
    assert_eq!(found.verdict, BehaviourVerdict::AgreesMore);
    // A position without an answer of one model counts for none.
    words.parent[0] = None;
    words.controls[0][3] = None;
    let found = agreement(&words, &choices(999, 0.01));
    assert_eq!((found.positions, found.left_out, found.texts), (38, 2, LEAST_TEXTS));
    words.suspect[1] = None;
    let found = agreement(&words, &choices(999, 0.01));
    assert_eq!((found.verdict, found.texts, found.p), (BehaviourVerdict::NotTestable, LEAST_TEXTS - 1, None));
}

#[test]
fn models_that_write_the_same_are_no_evidence() {
    let same = Model::new(1, 40).words();
    let found = agreement(&words(same.clone(), same.clone(), vec![same]), &Choices::default());
    assert_eq!((found.verdict, found.p), (BehaviourVerdict::NoEvidence, Some(1.0)));
    assert!(found.tests.iter().all(|test| test.z.abs() < 1e-12 && test.null.is_none()));
}

#[test]
fn a_record_follows_from_its_answers_and_from_no_others() {
    let parent = Model::new(1, 40).words();
    let suspect = Model::new(2, 40).taken(&parent, 50);
    let words = words(suspect, parent, vec![Model::new(3, 40).words()]);
    let asked = |model: &str| Asked { model: model.to_owned(), digest: None, answered: TEXTS * EACH };
    let texts = TextsAsked { file: None, digest: "sha256:0".to_owned(), count: TEXTS };
    let models = [asked("suspect"), asked("parent")];
    let record = Behaviour::of(choices(999, 0.01), texts, models, vec![asked("control")], words);
    let written = serde_json::to_string(&record).unwrap();
    let mut read: Behaviour = serde_json::from_str(&written).unwrap();
    assert!(read == record && read.follows());
    assert!(written.contains("\"verdict\":\"agrees_more\"") && written.contains("\"seen\":\"from_parent\""));
    read.words.suspect[0] = Some("other".to_owned());
    assert!(!read.follows());
}

#[test]
fn holm_pays_for_every_test_that_is_left() {
    let parent = Model::new(1, 40).words();
    let mut tests = agreement(
        &words(Model::new(2, 40).words(), parent, vec![Model::new(3, 40).words(), Model::new(4, 40).words()]),
        &choices(99, 0.05),
    )
    .tests;
    for (test, p) in tests.iter_mut().zip([0.03, 0.001, 0.02, 0.04]) {
        test.exact_p = p;
    }
    holm(&mut tests, 0.05);
    let adjusted: Vec<f64> = tests.iter().map(|test| test.adjusted_p).collect();
    for (found, expected) in adjusted.iter().zip([0.06, 0.004, 0.06, 0.06]) {
        assert!((found - expected).abs() < 1e-12, "{adjusted:?}");
    }
    assert_eq!(tests.iter().map(|test| test.rejects).collect::<Vec<_>>(), [false, true, false, false]);
}

#[test]
fn draws_that_could_never_reject_are_refused() {
    assert!(Choices::default().check(50).is_ok());
    let error = choices(999, 0.001).check(1).unwrap_err();
    assert_eq!(error.code(), "behaviour::too_few_draws");
    assert!(error.to_string().contains("1.0e-3") && error.to_string().contains("5.0e-4"), "{error}");
}

#[test]
fn texts_are_cut_behind_words_one_in_each_before_a_second() {
    let texts = built_in();
    assert_eq!((texts.len(), texts.iter().collect::<std::collections::BTreeSet<_>>().len()), (120, 120));
    let hangul = |text: &&String| text.chars().any(|letter| ('가'..='힣').contains(&letter));
    assert_eq!(texts.iter().filter(hangul).count(), 60);
    for (count, each) in [(120, 1), (240, 2)] {
        let positions = positions(&texts, count, 7);
        assert_eq!(positions.len(), count);
        for (text, words) in texts.iter().enumerate() {
            let cuts: Vec<usize> = positions
                .iter()
                .filter(|position| position.text == text)
                .map(|position| position.bytes)
                .collect();
            assert_eq!(cuts.len(), each, "{words}");
            for bytes in cuts {
                let (before, behind) = words.split_at(bytes);
                assert!(behind.starts_with(' ') && before.split(' ').count() >= 3, "{before}|{behind}");
            }
        }
    }
    assert_eq!(positions(&texts, 240, 7), positions(&texts, 240, 7));
    assert_ne!(positions(&texts, 240, 7), positions(&texts, 240, 8));
    let short = ["one two three".to_owned(), String::new(), " a  b\tc d ".to_owned()];
    assert_eq!(positions(&short, 9, 0), [Position { text: 2, bytes: 7 }]);
}

#[test]
fn files_of_texts_are_read_and_their_faults_have_a_line() {
    let plain = read("a.txt", "one two\n\n  one two \nthree\n", TextForm::Plain).unwrap();
    assert_eq!(plain, ["one two", "three"]);
    let rows = "{\"text\": \"하나 둘\", \"id\": 3}\n{\"text\": \"셋\"}\n";
    assert_eq!(read("a.jsonl", rows, TextForm::JsonLines).unwrap(), ["하나 둘", "셋"]);
    for wrong in ["{}", "[]", "x", "{\"text\": 3}"] {
        let error =
            read("a.jsonl", &format!("{{\"text\": \"a\"}}\n{wrong}\n"), TextForm::JsonLines).unwrap_err();
        assert_eq!(error.to_string(), "a.jsonl, line 2: no JSON object with a `text`");
    }
}

#[test]
fn the_next_word_is_the_same_for_every_tokenizer() {
    let cases = [
        (" the cat", true, Some("the")),
        ("the", false, Some("the")),
        ("the", true, None),
        ("there", true, Some("ther")),
        ("\n\nthey went", true, Some("they")),
        ("서울특별시입니다", true, Some("서울특별")),
        ("는 서울", true, Some("는")),
        (",", true, None),
        (", and", true, Some(",")),
        ("", false, None),
        ("  \n", true, None),
        ("서\u{fffd}", false, None),
        ("서울특별\u{fffd}", true, Some("서울특별")),
    ];
    for (answer, cut_off, word) in cases {
        assert_eq!(next_word(answer, cut_off).as_deref(), word, "{answer:?}");
    }
}
