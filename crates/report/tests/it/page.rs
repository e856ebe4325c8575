//! The page as a whole: no foreign markup, sound references, both languages, every state, the same bytes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed assertion is the point of a test")]

use crate::{
    made_up::{self, MadeUp},
    tags::{Piece, read},
};
use daepyo_core::{Decided, Digest, Language, Localized, NoVerdict, Outcome, Status, TieStep};
use daepyo_report::{ContestView, ReportInput, render};
use daepyo_verdict::analysis::Analysis;
use std::collections::BTreeMap;

pub(crate) fn page(made: &MadeUp, language: Language) -> String {
    page_with(made, None, language)
}

pub(crate) fn page_with(made: &MadeUp, analysis: Option<&Analysis>, language: Language) -> String {
    page_of(made, analysis, &[], language)
}

pub(crate) fn page_of(
    made: &MadeUp,
    analysis: Option<&Analysis>,
    contests: &[ContestView],
    language: Language,
) -> String {
    render(&ReportInput {
        programme: &made.programme,
        stage: made.stage(),
        analysis,
        verdict: &made.verdict,
        lineage: &made.lineage,
        contests,
        samples: &made.samples,
        samples_per_task: 6,
        rules_digest: Digest::of(made_up::RULES.as_bytes()),
        log_size: 48_215,
        checkpoint: made_up::CHECKPOINT,
        verifier_key: "daepyo.example/first+ea4571aa+AV1m",
        verify_command: "daepyo verify out/first",
        rules_text: made_up::RULES,
        notes: &made.notes,
        language,
    })
}

fn states() -> Vec<(&'static str, MadeUp)> {
    let infrastructure =
        NoVerdict::InfrastructureFailures { candidate: made_up::id("raon"), rate: 0.0345, limit: 0.02 };
    let missing = NoVerdict::MissingEvidence { candidate: made_up::id("narae"), what: "public".to_owned() };
    let undecided = |step| made_up::tied(Status::Undecided { step });
    vec![
        ("confident", made_up::decided()),
        ("by tie order", made_up::tied(Status::Decided(Decided::ByTieOrder))),
        ("more raters", undecided(Some(TieStep::MoreRaters))),
        ("more evidence", undecided(Some(TieStep::MoreEvidence))),
        ("end of the order", undecided(None)),
        ("infrastructure", made_up::without(Status::NoVerdict(infrastructure))),
        ("missing evidence", made_up::without(Status::NoVerdict(missing))),
    ]
}

/// Fails unless the page is made of known tags and attributes alone, and every tag is closed in order.
pub(crate) fn hold_to_the_list(html: &str) {
    const TAGS: &str = " html head meta title style body a header footer p fieldset legend input label div nav ol ul li main h1 h2 h3 section aside span strong code svg circle path line rect text figure figcaption table caption thead tbody tr th td details summary article dl dt dd pre ";
    const ATTRIBUTES: &str = " lang charset content http-equiv name id class for href type checked autocomplete role tabindex dir scope colspan rowspan aria-labelledby aria-hidden focusable width height x y x1 x2 y1 y2 cx cy r rx d overflow text-anchor ";
    let mut open = Vec::new();
    for piece in read(html).unwrap() {
        match piece {
            Piece::Open { name, attributes, closed } => {
                assert!(TAGS.contains(&format!(" {name} ")), "<{name}>");
                for (key, value) in &attributes {
                    assert!(ATTRIBUTES.contains(&format!(" {key} ")), "<{name} {key}=…>");
                    assert!(key != "href" || value.starts_with('#'), "<{name} {key}={value}>");
                }
                if !closed {
                    open.push(name);
                }
            }
            Piece::Close(name) => assert_eq!(open.pop(), Some(name)),
            Piece::Text(text) => {
                let control = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t'));
                assert_eq!(control, None, "{text:?}");
                let bidi =
                    text.chars().find(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
                assert_eq!(bidi, None, "{text:?}");
            }
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

pub(crate) const HOSTILE: [&str; 9] = [
    "</script><script>alert(1)</script>",
    "</pre></dd></dl></article></details></section></main><h1>owned</h1>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' onfocus='alert(1)",
    "\u{202e}gnp.exe\u{2066}\u{2069}\u{200f}",
    "a\0b\u{1b}[31m\u{85}\u{7f}\r\n",
    "<!-- --><![CDATA[ ]]><?php ?>&lt;b&gt;&#60;",
    "</style></title></svg></text><a href=javascript:alert(1)>",
];

#[test]
fn hostile_answers_never_become_markup() {
    let mut made = made_up::decided();
    let clean = read(&page(&made, Language::Ko)).unwrap().len();
    let template = made.samples.remove(0);
    made.samples = Vec::new();
    for (number, text) in (0..).zip(HOSTILE) {
        let mut sample = template.clone();
        sample.document = number;
        sample.outcome = Outcome::Scored;
        [sample.prompt, sample.answer, sample.target] = [text, text, text].map(str::to_owned);
        made.samples.push(sample);
    }
    let html = page(&made, Language::Ko);
    hold_to_the_list(&html);
    assert!(clean > 0);
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"));
    assert!(html.contains("<span class=\"ctl\">U+202E</span>gnp.exe"));
}

#[test]
fn hostile_names_never_become_markup_even_in_drawings() {
    for text in HOSTILE {
        let mut made = made_up::decided();
        for team in &mut made.programme.teams {
            team.name.ko = text.to_owned();
            team.name.en = format!("{text}{text}");
        }
        made.programme.title.ko = text.to_owned();
        made.programme.stages.first_mut().unwrap().title.ko = text.to_owned();
        for result in &mut made.verdict.gates {
            result.reason = Some(text.to_owned());
        }
        hold_to_the_list(&page(&made, Language::Ko));
    }
}

#[test]
fn a_long_answer_is_cut_and_says_so() {
    let mut made = made_up::decided();
    made.samples.truncate(1);
    made.samples.first_mut().unwrap().answer = format!("{}끝", "가".repeat(1 << 20));
    let html = page(&made, Language::En);
    let missing = (1 << 20) + 1 - 3_000;
    let thousands = format!("{},{:03},{:03}", missing / 1_000_000, missing / 1_000 % 1_000, missing % 1_000);
    assert!(html.contains(&format!("… {thousands} characters left out …")));
    assert!(html.contains("가끝</pre>"), "the end is kept");
    assert!(html.len() < 400_000, "{} bytes", html.len());
}

#[test]
fn every_id_stands_once_and_every_reference_finds_one() {
    for (state, made) in states() {
        let mut ids: BTreeMap<String, usize> = BTreeMap::new();
        let mut wanted = Vec::new();
        for piece in read(&page(&made, Language::Ko)).unwrap() {
            let Piece::Open { attributes, .. } = piece else { continue };
            if let Some(id) = attributes.get("id") {
                *ids.entry(id.clone()).or_default() += 1;
            }
            for key in ["aria-labelledby", "for"] {
                wanted.extend(
                    attributes.get(key).into_iter().flat_map(|value| value.split(' ')).map(str::to_owned),
                );
            }
            wanted.extend(attributes.get("href").map(|value| value.trim_start_matches('#').to_owned()));
        }
        assert!(ids.len() > 30, "{state}");
        for (id, count) in &ids {
            assert_eq!(*count, 1, "{state}: `{id}`");
        }
        for id in wanted {
            assert!(ids.contains_key(&id), "{state}: `{id}` names nothing");
        }
    }
}

/// The text of the page as one language's reader sees it, without the samples' section.
pub(crate) fn seen(html: &str, language: &str) -> String {
    let other = if language == "ko" { "en" } else { "ko" };
    let mut hidden = 0_usize;
    let mut text = String::new();
    let mut open = Vec::new();
    for piece in read(html).unwrap() {
        match piece {
            Piece::Open { closed: true, .. } => {}
            Piece::Open { name, attributes, .. } => {
                let hides = name != "html"
                    && attributes.get("class").is_none_or(|class| class != "keep")
                    && attributes.get("lang").is_some_and(|lang| lang == other);
                hidden += usize::from(hides);
                open.push(hides);
            }
            Piece::Close(_) => hidden -= usize::from(open.pop().unwrap()),
            Piece::Text(piece) if hidden == 0 => {
                text.push_str(&piece);
                text.push(' ');
            }
            Piece::Text(_) => {}
        }
    }
    text
}

#[test]
fn every_state_is_whole_in_both_languages() {
    for (state, mut made) in states() {
        made.samples.clear();
        let html = page(&made, Language::Ko);
        hold_to_the_list(&html);
        for language in ["ko", "en"] {
            let text = seen(&html, language);
            assert!(!text.contains("{report-") && !text.contains("{gate-"), "{state}: an absent message");
            assert!(!text.contains("{ $") && !text.contains("{$"), "{state}: an unfilled variable");
            let korean = text.chars().filter(|c| ('가'..='힣').contains(c)).count();
            let share = korean * 100 / text.chars().count();
            // What stays Korean in English is a finder's reason, the rules' own comment, the switch.
            assert!(if language == "ko" { share > 20 } else { share < 2 }, "{state} {language}: {share} %");
        }
    }
}

#[test]
fn each_state_has_its_sentence() {
    let expected = [
        (
            "confident",
            "Garam, Narae and Daon advance; Maru (by the gate “Independence”) and Raon (by its points) are out; of these decisions even the least certain holds in 97.1% of 10,000 resamplings.",
        ),
        ("by tie order", "did not reach 90%, so the tie order of the rules decided."),
        (
            "more raters",
            "Daon and Raon are neither in nor out yet: the evidence does not separate them at the cut, and the rules ask for more blind raters first. Settled so far: advancing Garam and Narae; out Maru (by the gate “Independence”).",
        ),
        ("more evidence", "the rules ask for more documents or votes first."),
        ("end of the order", "the tie order came to its end without a decision."),
        (
            "infrastructure",
            "There is no verdict: 3.5% of the documents had no response from Raon, above the rules’ limit of 2%.",
        ),
        ("missing evidence", "There is no verdict: of “Public vote” there is too little evidence for Narae."),
    ];
    for ((state, made), (name, sentence)) in states().into_iter().zip(expected) {
        assert_eq!(state, name);
        let text = seen(&page(&made, Language::En), "en");
        assert!(text.contains(sentence), "{state}: {}", text.chars().take(900).collect::<String>());
    }
    let text = seen(&page(&made_up::decided(), Language::Ko), "ko");
    let sentence = "가람, 나래, 다온 후보가 진출하고, 마루(관문 ‘독자성’), 라온(점수) 후보가 탈락하며, 가장 덜 확실한 결정도 10,000번의 재표집 가운데 97.1%에서 같았습니다.";
    assert!(text.contains(sentence));
}

#[test]
fn decisions_that_every_draw_gives_say_so_and_no_objections_are_not_promised() {
    let mut made = made_up::decided();
    for row in &mut made.verdict.composite {
        row.p_advance = row.p_advance.round();
    }
    made.programme.stages.first_mut().unwrap().objection_days = 0;
    let text = seen(&page(&made, Language::En), "en");
    assert!(text.contains("are out; every one of 10,000 resamplings gives these decisions."));
    assert!(!text.contains("Objections"));
}

#[test]
fn the_table_after_a_chart_holds_its_numbers() {
    let mut charts = 0;
    let mut values: Vec<String> = Vec::new();
    let mut cells: Vec<String> = Vec::new();
    let (mut in_value, mut in_table) = (false, false);
    for piece in read(&page(&made_up::decided(), Language::En)).unwrap() {
        match piece {
            Piece::Open { name, attributes, .. } => {
                in_value = name == "span" && attributes.get("class").is_some_and(|class| class == "value");
                if name == "table" {
                    in_table = true;
                    cells.clear();
                }
            }
            Piece::Close(name) if name == "table" => {
                in_table = false;
                for value in values.drain(..) {
                    charts += 1;
                    let numbers = value.replace(['[', ']', ','], " ").replace('–', " ");
                    for number in numbers.split_whitespace() {
                        let found =
                            cells.iter().any(|cell| cell.split([' ', '–']).any(|part| part == number));
                        assert!(found, "{number} of `{value}` is in no cell");
                    }
                }
            }
            Piece::Text(text) if in_value => values.push(text),
            Piece::Text(text) if in_table => cells.push(text),
            Piece::Close(_) | Piece::Text(_) => {}
        }
    }
    assert!(charts >= 5 + 15 + 20 + 6, "{charts} rows drawn");
}

#[test]
fn nothing_is_loaded_and_the_policy_names_this_style() {
    let html = page(&made_up::decided(), Language::Ko);
    for wrong in ["http://", "https://", "url(", "@import", "<script", "<link", " style=", " src="] {
        let outside = html.split("<section id=\"samples\"").next().unwrap();
        assert!(!outside.contains(wrong), "{wrong}");
    }
    let style = html.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).unwrap().0;
    let digest = Digest::of(style.as_bytes());
    let policy = html.split_once("style-src 'sha256-").and_then(|(_, rest)| rest.split_once('\'')).unwrap().0;
    assert_eq!(policy, base64(digest.as_bytes()));
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |value: u32| LETTERS.chars().nth((value & 63) as usize).unwrap();
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let group =
            part.iter().chain([0, 0].iter()).take(3).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let whole: Vec<char> = [18, 12, 6, 0].map(|shift| letter(group >> shift)).to_vec();
        text.extend(whole.into_iter().take(part.len() + 1));
        text.push_str(&"=".repeat(3 - part.len()));
    }
    text
}

#[test]
fn a_note_stands_once_even_where_the_caller_repeats_the_programme() {
    let mut made = made_up::decided();
    made.notes = made.programme.notes.clone();
    made.notes.push(Localized { ko: "하나 더".to_owned(), en: "One more".to_owned() });
    let text = seen(&page(&made, Language::En), "en");
    assert_eq!(text.matches("made up as an example").count(), 1);
    assert_eq!(text.matches("One more").count(), 1);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (first, second) = (made_up::decided(), made_up::decided());
    assert_eq!(page(&first, Language::Ko), page(&second, Language::Ko));
    let mut shuffled = made_up::decided();
    shuffled.samples.reverse();
    assert_eq!(page(&first, Language::En), page(&shuffled, Language::En));
}

#[test]
fn headings_go_down_one_step_at_a_time_from_a_single_first() {
    let mut last = 0;
    let mut firsts = 0;
    for piece in read(&page(&made_up::decided(), Language::Ko)).unwrap() {
        let Piece::Open { name, .. } = piece else { continue };
        let Some(level) = name.strip_prefix('h').and_then(|level| level.parse::<u32>().ok()) else {
            continue;
        };
        assert!(level <= last + 1, "h{level} after h{last}");
        firsts += u32::from(level == 1);
        last = level;
    }
    assert_eq!(firsts, 1);
}

#[test]
fn numbers_that_are_not_finite_are_drawn_as_absent() {
    let mut made = made_up::decided();
    let row = made.verdict.composite.first_mut().unwrap();
    (row.points.estimate, row.p_advance) = (f64::NAN, f64::INFINITY);
    let result = made.verdict.gates.first_mut().unwrap();
    let comparison =
        result.comparisons.first_mut().unwrap_or_else(|| panic!("the first gate has comparisons"));
    (comparison.lower, comparison.upper, comparison.standard_error) = (None, None, None);
    let html = page(&made, Language::Ko);
    hold_to_the_list(&html);
    assert!(!html.contains("NaN") && !html.contains("inf%") && !html.contains(">inf<"));
}
