//! Rules of the leak finder that the table does not show.

use crate::{chance::Chance, leak_table::names};
use daepyo_arena::leak::{Entry, LeakKind, Names, asks_identity};

fn found(names: &Names, text: &str) -> Vec<(LeakKind, String)> {
    names.find(text).into_iter().map(|leak| (leak.kind, leak.text)).collect()
}

#[test]
fn the_place_is_the_name_alone_in_the_original() {
    let text = "그런데 **Ｅ\u{200b}ＸＡＯＮＥ**이 말했다";
    let leaks = names().find(text);
    assert_eq!(leaks.len(), 1);
    assert_eq!(leaks[0].text, "Ｅ\u{200b}ＸＡＯＮＥ");
    assert_eq!(leaks[0].kind, LeakKind::Name);
}

#[test]
fn an_ordinary_name_that_the_programme_lists_as_distinctive_counts_anywhere() {
    let text = "솔라가 좋습니다";
    assert!(names().find(text).is_empty());
    let names = Names::new([Entry {
        who: "a".to_owned(),
        distinctive: vec!["솔라".to_owned()],
        ordinary: Vec::new(),
    }]);
    assert_eq!(names.find(text)[0].who.as_deref(), Some("a"), "the entry's bearer, not the known one");
    assert!(names.find("솔라시도는 해남에 있다").is_empty());
}

#[test]
fn a_name_of_the_prompt_may_be_mentioned_but_not_taken() {
    let names = names();
    let prompt = "ChatGPT의 장단점은?";
    assert_eq!(names.find_in_reply(prompt, "ChatGPT는 편리합니다."), []);
    assert_eq!(names.find_in_reply(prompt, "저는 ChatGPT입니다.")[0].kind, LeakKind::SelfIntroduction);
    assert_eq!(names.find_in_reply(prompt, "EXAONE도 있습니다.").len(), 1);
}

#[test]
fn particles_may_follow_and_other_words_may_not() {
    let names = names();
    for text in
        ["엑사원은", "엑사원에서는", "엑사원이라는", "엑사원입니다", "EXAONE이", "EXAONE's", "EXAONE4"]
    {
        assert_eq!(found(&names, text).len(), 1, "{text}");
    }
    for text in ["엑사원두", "초엑사원", "EXAONES2", "XEXAONE"] {
        assert_eq!(found(&names, text), [], "{text}");
    }
}

#[test]
fn short_names_count_as_written() {
    let team = Entry { who: "q".to_owned(), distinctive: vec!["Q9".to_owned()], ordinary: Vec::new() };
    let names = Names::new([team]);
    assert_eq!(found(&names, "Q9가 답합니다").len(), 1);
    for text in ["q9", "Q 9", "Q-9", "Qg", "AQ9", "Q91"] {
        assert_eq!(found(&names, text), [], "{text}");
    }
}

#[test]
fn names_without_letters_find_nothing() {
    let names = Names::new([Entry {
        who: "x".to_owned(),
        distinctive: vec![String::new(), "--".to_owned(), "\u{200b}".to_owned()],
        ordinary: Vec::new(),
    }]);
    assert_eq!(found(&names, "-- \u{200b} 안녕하세요"), []);
}

#[test]
fn several_leaks_come_in_order() {
    let leaks = names().find("EXAONE과 카나나, 그리고 DeepSeek.");
    let who: Vec<_> = leaks.iter().filter_map(|leak| leak.who.as_deref()).collect();
    assert_eq!(who, ["LG", "Kakao", "DeepSeek"]);
    assert!(leaks.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start));
}

#[test]
fn whether_a_prompt_asks_needs_no_names() {
    assert!(asks_identity("Ｗｈｏ　ａｒｅ　ｙｏｕ？"));
    assert!(asks_identity("먼저 자기소개부터 해줘"));
    assert!(!asks_identity(""));
}

#[test]
fn ranges_are_places_of_the_text_whatever_it_is() {
    let names = names();
    let pieces = [
        "EXA",
        "ONE",
        "엑",
        "사",
        "원",
        "은",
        " ",
        "-",
        ".",
        "\u{200b}",
        "ㅇ",
        "ㅔ",
        "&#69;",
        "&#x",
        "저는 ",
        "입니다.",
        "네이버",
        "가 개발한 AI",
        "I am ",
        "Solar",
        "trained by ",
        "\n",
        "é",
        "e\u{301}",
        "👩‍👩‍👧",
        "🇪",
        "Ａ",
        "０",
        "А",
        "\u{202e}",
        "GPT",
        "4",
        "o",
    ];
    let mut chance = Chance(1);
    for _ in 0..3_000 {
        let text = chance.text(&pieces, 12);
        for leak in names.find(&text) {
            assert_eq!(text.get(leak.range.clone()), Some(leak.text.as_str()), "{text:?}");
            assert!(!leak.text.is_empty());
        }
        names.asks_identity(&text);
    }
}

#[test]
fn long_texts_take_no_long_time() {
    let names = names();
    for piece in ["저는 ", "E-", "네이버 ", "I am an AI ", "E X A O N ", ".", "EXAONE", "ㅇ", "&#", "만든 "]
    {
        let text = piece.repeat(60_000 / piece.len());
        let begin = std::time::Instant::now();
        names.find(&text);
        names.asks_identity(&text);
        assert!(begin.elapsed().as_secs() < 5, "{piece}: {:?}", begin.elapsed());
    }
}
