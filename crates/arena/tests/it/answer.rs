//! What of a raw answer is shown.

use crate::chance::Chance;
use daepyo_arena::answer::{AnswerRules, CUT_MARK, Change, normalise};

fn text(raw: &str) -> String {
    normalise(raw.as_bytes(), &AnswerRules::default()).text
}

#[test]
fn what_is_fine_stays() {
    for raw in
        ["", "안녕하세요.", "a\n\nb", "if (a < b) { [1] }", "<b>굵게</b>", "줄  \n바꿈", "```\n<think>\n```"]
    {
        let answer = normalise(raw.as_bytes(), &AnswerRules::default());
        assert_eq!((answer.text.as_str(), answer.changes.as_slice()), (raw, [].as_slice()));
    }
}

#[test]
fn thinking_goes() {
    assert_eq!(text("<think>하나\n둘</think>\n\n답"), "답");
    assert_eq!(text("생각 중</think>답"), "답", "the template had opened it");
    assert_eq!(text("가<think>x</think>나<think>y</think>다"), "가나다");
    assert_eq!(text("<think>a<think>b</think>c</think>d"), "d");
    assert_eq!(text("`<think>` 태그는 생각을 뜻합니다"), "`<think>` 태그는 생각을 뜻합니다");
    assert_eq!(text("태그 <think>를 씁니다"), "태그 <think>를 씁니다");
    let open = normalise("<think>끝이 없다".as_bytes(), &AnswerRules::default());
    assert_eq!(open.text, "");
    assert_eq!(open.changes, [Change::Thinking { blocks: 1, chars: 12, is_open: true }]);
    let rules = AnswerRules { removes_thinking: false, ..AnswerRules::default() };
    assert_eq!(normalise(b"<think>a</think>b", &rules).text, "<think>a</think>b");
}

#[test]
fn tokens_of_templates_go() {
    assert_eq!(text("<|im_start|>assistant\n답<|im_end|>"), "답");
    assert_eq!(text("답[|endofturn|]"), "답");
    assert_eq!(text("답<｜end▁of▁sentence｜>"), "답");
    assert_eq!(text("<start_of_turn>model\n답<end_of_turn>"), "답");
    assert_eq!(text("[INST]답[/INST]</s>"), "답");
    assert_eq!(text("답<|im_<|im_end|>end|>"), "답", "what is left forms a token");
    assert_eq!(text("`<|im_end|>`은 끝을 뜻한다"), "`<|im_end|>`은 끝을 뜻한다");
    assert_eq!(text("a <| b |> c [|x, y|]"), "a <| b |> c [|x, y|]".replace("<| b |>", "").as_str());
}

#[test]
fn a_conversation_with_itself_ends_with_the_answer() {
    let raw = "답<|im_end|>\n<|im_start|>user\n다음 질문<|im_end|>\n<|im_start|>assistant\n다음 답";
    let answer = normalise(raw.as_bytes(), &AnswerRules::default());
    assert_eq!(answer.text, "답");
    assert!(matches!(answer.changes[0], Change::RunOn { .. }), "{:?}", answer.changes);
}

#[test]
fn bytes_that_are_no_text_are_marked() {
    let answer = normalise(b"a\xff\xfeb", &AnswerRules::default());
    assert_eq!(answer.text, "a\u{fffd}\u{fffd}b");
    assert_eq!(answer.changes, [Change::NotUtf8 { places: 2 }]);
}

#[test]
fn white_space_at_ends_goes() {
    let answer = normalise(b"\n\n  a \r\nb\t\n\n", &AnswerRules::default());
    assert_eq!(answer.text, "a\nb");
    assert_eq!(answer.changes, [Change::WhiteSpace { chars: 9 }]);
}

#[test]
fn a_cut_falls_between_words_or_graphemes() {
    let rules = AnswerRules { most_chars: 8, ..AnswerRules::default() };
    let cut = |raw: &str| normalise(raw.as_bytes(), &rules);
    assert_eq!(cut("하나 둘 셋 넷 다섯").text, format!("하나 둘 셋 넷{CUT_MARK}"));
    assert_eq!(cut("가나다라마바사아자").text, format!("가나다라마바사아{CUT_MARK}"));
    // A family of five scalar values is one sign.
    assert_eq!(cut("12345👩‍👩‍👧끝").text, format!("12345{CUT_MARK}"));
    assert_eq!(cut("12345678").changes, []);
    assert_eq!(cut("123456789").changes, [Change::Cut { chars: 1 }]);
    let stacked = format!("e{}", "\u{301}".repeat(100_000));
    assert_eq!(cut(&stacked).text.chars().count(), 8 + CUT_MARK.chars().count());
}

#[test]
fn what_was_made_once_stays() {
    let pieces = [
        "<think>",
        "</think>",
        "<|im_end|>",
        "<|im_start|>",
        "user",
        "assistant",
        "\n",
        "  ",
        "`",
        "```\n",
        "[INST]",
        "<s>",
        "<",
        "|>",
        "답",
        "a ",
        "\r\n",
        "<|",
        "[|",
        "|]",
        "</s>",
        "생각",
    ];
    let mut chance = Chance(4);
    for _ in 0..5_000 {
        let raw = chance.text(&pieces, 12);
        let once = text(&raw);
        let again = normalise(once.as_bytes(), &AnswerRules::default());
        let is_last = again.text == once;
        assert!(is_last, "{raw:?} became {once:?}, then {:?}", again.text);
    }
}

#[test]
fn long_answers_take_no_long_time() {
    for piece in
        ["<think></think>", "<think>", "</think>", "<|", "</s> ", "[", "```\n", "<|im_end|>", "<|im_", " "]
    {
        let raw = piece.repeat(300_000 / piece.len());
        let begin = std::time::Instant::now();
        text(&raw);
        assert!(begin.elapsed().as_secs() < 5, "{piece}: {:?}", begin.elapsed());
    }
}
