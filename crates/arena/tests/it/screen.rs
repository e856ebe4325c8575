//! Answers on their way to the screen: nothing is lost, and no name goes first.

use crate::chance::Chance;
use crate::leak_table::{names, texts};
use daepyo_arena::answer::{AnswerRules, normalise};
use daepyo_arena::screen::Screen;

/// Gives a text in pieces of up to nine characters; what was shown before the end, and in all.
fn shown(text: &str, rules: AnswerRules, chance: &mut Chance) -> (String, String) {
    let names = names();
    let mut screen = Screen::new(rules, names.named_in("무엇을 도와드릴까요?"));
    let (mut all, mut piece) = (String::new(), String::new());
    for c in text.chars() {
        piece.push(c);
        if chance.below(5) == 0 {
            all.push_str(&screen.push(&names, &piece));
            piece.clear();
        }
    }
    all.push_str(&screen.push(&names, &piece));
    let before = all.clone();
    all.push_str(&screen.end(&names));
    (before, all)
}

#[test]
fn an_answer_that_names_nobody_is_shown_whole_and_as_it_is_kept() {
    let mut chance = Chance(1);
    let pieces = [
        "안녕하세요. ",
        "one two three ",
        "\n\n",
        "- 항목\n",
        "```\nlet x = 1;\n```\n",
        "가나다라마바사",
        "<think>생각</think>",
        "끝! ",
        "| a | b |\n",
        "é👩‍👩‍👧 ",
        "<|im_end|>",
        "  \n",
    ];
    for round in 0..400 {
        let text = chance.text(&pieces, 1 + round % 90);
        let rules = AnswerRules::default();
        let whole = normalise(text.as_bytes(), &rules).text;
        let (before, all) = shown(&text, rules, &mut chance);
        assert!(whole.starts_with(&before), "{before:?} is not the beginning of {whole:?}");
        assert!(whole == all || whole.starts_with(&all), "{all:?} is not {whole:?}");
        // Template tokens may end an answer earlier than its text did; all else is shown to the last character.
        if !text.contains('<') {
            assert_eq!(all, whole);
        }
    }
}

#[test]
fn no_name_of_the_table_is_shown() {
    let (names, mut chance) = (names(), Chance(2));
    let mut held = 0;
    for text in texts() {
        for around in
            [("", ""), ("먼저 인사드립니다.\n", "\n무엇을 도와드릴까요?"), ("Hello there. ", " Ask me.")]
        {
            let text = format!("{}{text}{}", around.0, around.1);
            let whole = normalise(text.as_bytes(), &AnswerRules::default()).text;
            let (_, all) = shown(&text, AnswerRules::default(), &mut chance);
            for leak in names.find(&whole) {
                held += 1;
                assert!(leak.range.start >= all.len(), "{:?} of {whole:?} stands in {all:?}", leak.text);
            }
        }
    }
    assert!(held > 200, "{held}");
}

#[test]
fn a_long_answer_ends_at_its_limit_and_a_long_sentence_does_not_wait_for_its_end() {
    let rules = AnswerRules { most_chars: 1_000, ..AnswerRules::default() };
    let names = names();
    let mut screen = Screen::new(rules, names.named_in(""));
    let mut all = String::new();
    for number in 0..2_000 {
        all.push_str(&screen.push(&names, "낱말 "));
        if number == 200 {
            assert!(all.chars().count() > 300, "{all}");
            assert!(!screen.is_full());
        }
    }
    assert!(screen.is_full());
    all.push_str(&screen.end(&names));
    assert!((900..1_100).contains(&all.chars().count()), "{}", all.chars().count());
    assert!(screen.into_raw().chars().count() < 1_200);
}

#[test]
fn a_name_that_may_yet_be_the_only_one_waits() {
    let names = names();
    let asked = names.named_in("Which are you: EXAONE or Solar?");
    let mut screen = Screen::new(AnswerRules::default(), asked.clone());
    assert_eq!(screen.push(&names, "EXAONE.\n"), "");
    assert_eq!(screen.push(&names, "There is nothing more that I could say.\n"), "");
    assert_eq!(screen.end(&names), "");
    let mut screen = Screen::new(AnswerRules::default(), asked);
    assert_eq!(screen.push(&names, "EXAONE\n"), "");
    assert_eq!(screen.push(&names, "and Solar are both models.\n"), "EXAONE");
    assert_eq!(screen.end(&names), "\nand Solar are both models.");
}

#[test]
fn a_yes_that_may_yet_be_taken_back_waits() {
    let names = names();
    let asked = names.named_in_all(&["안녕", "너 엑사원 맞지?"]);
    let mut screen = Screen::new(AnswerRules::default(), asked.clone());
    assert_eq!(screen.push(&names, "네, 맞습니다.\n"), "");
    assert_eq!(screen.push(&names, "무엇을 도와드릴까요?\n"), "");
    assert_eq!(screen.end(&names), "");
    let mut screen = Screen::new(AnswerRules::default(), asked);
    assert_eq!(screen.push(&names, "네,\n"), "");
    assert_eq!(screen.push(&names, "아닙니다.\n"), "네,");
    assert_eq!(screen.end(&names), "\n아닙니다.");
    let asked = names.named_in_all(&["너 엑사원 맞지?", "그럼 시를 써 줄래?"]);
    let mut screen = Screen::new(AnswerRules::default(), asked);
    assert_eq!(screen.push(&names, "네, 좋습니다.\n봄은"), "네, 좋습니다.");
}
