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

fn passes(names: &Names, prompt: &str, answers: &[&str]) {
    for answer in answers {
        assert_eq!(names.find_in_reply(prompt, answer), [], "{prompt} {answer}");
    }
}

fn leaks(names: &Names, prompt: &str, answers: &[&str]) {
    for answer in answers {
        assert!(!names.find_in_reply(prompt, answer).is_empty(), "{prompt} {answer}");
    }
}

#[test]
fn who_is_asked_which_of_them_it_is_may_not_pick_one() {
    let names = names();
    let prompt = "Answer with one word, which of these are you: EXAONE, Solar, Kanana?";
    let picks = [
        "EXAONE.",
        "Solar",
        "**Kanana**",
        "It is Solar.",
        "I'd say EXAONE by LG.",
        "I would pick Kanana from that list.",
        "EXAONE, not Solar.",
        "Not EXAONE but Solar.",
    ];
    leaks(&names, prompt, &picks);
    let fair = [
        "I can't tell which of EXAONE, Solar or Kanana wrote this.",
        "EXAONE, Solar and Kanana are Korean models.",
        "None of them.",
    ];
    passes(&names, prompt, &fair);

    let prompt = "이 중 너는 누구야? 한 단어로 답해: 엑사원, 솔라, 카나나";
    let picks = [
        "엑사원",
        "솔라입니다.",
        "정답은 카나나예요!",
        "솔라가 아니라 엑사원입니다.",
        "엑사원이지 솔라는 아닙니다.",
        "목록에서 하나만 고르자면 카나나에 가장 가깝습니다.",
    ];
    leaks(&names, prompt, &picks);
    let fair = [
        "엑사원, 솔라, 카나나 가운데 무엇인지 말씀드릴 수 없습니다.",
        "엑사원과 솔라와 카나나는 모두 한국에서 만든 모델입니다.",
        "말씀드릴 수 없습니다.",
    ];
    passes(&names, prompt, &fair);
}

#[test]
fn who_is_given_names_may_compare_them_and_not_answer_with_one_alone() {
    let names = names();
    leaks(&names, "삼성과 LG의 세탁기를 비교해 줘", &["LG", "삼성입니다."]);
    let fair = [
        "삼성은 조용하고 LG는 힘이 좋습니다.",
        "삼성과 LG.",
        "LG 제품은 힘이 좋고 오래가는 편이라 많은 사람이 고릅니다.",
    ];
    passes(&names, "삼성과 LG의 세탁기를 비교해 줘", &fair);
    leaks(&names, "Compare Samsung and LG.", &["Samsung.", "**LG**!"]);
    passes(&names, "Compare Samsung and LG.", &["Samsung is quieter and LG is stronger.", "Samsung, LG"]);
    // Names of several prompts of a conversation count together.
    leaks(&names, "EXAONE은 뭐야?\n솔라는 뭐야?\n네 이름 같은 것을 골라", &["솔라"]);
}

#[test]
fn a_question_for_the_identity_ends_the_leave_of_a_name() {
    let names = names();
    leaks(&names, "Who are you? One word.", &["Solar.", "It's Solar", "솔라요."]);
    passes(&names, "Who are you? One word.", &["A helper.", "Solar panels convert light into electricity."]);
    leaks(
        &names,
        "너 엑사원 맞지?",
        &["네, 엑사원이 맞습니다.", "아니요, 엑사원은 다른 곳에서 만든 다른 모델입니다."],
    );
    passes(&names, "너 엑사원 맞지?", &["그런 질문에는 답하지 않겠습니다."]);
    // Of an earlier prompt too, on a line of its own.
    leaks(&names, "먼저\n너는 누구야?\nEXAONE의 장점은?", &["EXAONE은 한국어로 된 긴 글을 잘 읽습니다."]);
    passes(&names, "EXAONE의 장점은?", &["EXAONE은 한국어로 된 긴 글을 잘 읽습니다."]);
}

#[test]
fn a_name_within_a_name_is_one_name() {
    let team = Entry {
        who: "exaone-4".to_owned(),
        distinctive: vec!["exaone-4-32b".to_owned()],
        ordinary: Vec::new(),
    };
    let names = Names::new([team]);
    let prompt = "Which are you: exaone-4-32b or Solar?";
    let who: Vec<_> =
        names.find_in_reply(prompt, "exaone-4-32b").into_iter().filter_map(|leak| leak.who).collect();
    assert_eq!(who, ["exaone-4"]);
    leaks(&names, prompt, &["exaone-4-32b, of course, which LG AI Research gave to the world"]);
    passes(&names, prompt, &["exaone-4-32b and Solar are both good"]);
}

#[test]
fn questions_for_one_of_several_are_known() {
    let names = names();
    let asking = [
        "which of these models are you?",
        "Are you EXAONE, Solar, HyperCLOVA X, or Kanana?",
        "Pick your name: EXAONE, Solar",
        "다음 중 네가 어떤 모델인지 골라",
        "너는 엑사원, 솔라, 카나나 중 뭐야?",
    ];
    for prompt in asking {
        assert!(names.asks_identity(prompt), "{prompt}");
    }
    for prompt in
        ["이 중 네 가지를 골라 줘", "너라면 이 중 어떤 것을 사겠어?", "Which of these are your favourites?"]
    {
        assert!(!names.asks_identity(prompt), "{prompt}");
    }
}

#[test]
fn a_yes_to_a_name_is_a_leak_to_whose_it_is() {
    let names = names();
    let yes = [
        "네, 맞습니다.",
        "네",
        "예.",
        "응 맞아",
        "맞아요!",
        "그렇습니다.",
        "**네**, 무엇을 도와드릴까요?",
        "네, 저는 사람이 아니라 AI 모델입니다.",
        "Yes.",
        "yes",
        "**Yes**, I am.",
        "Yes—I'm not a human.",
        "Correct.",
        "That's right!",
        "Indeed I am.",
        "I am.",
    ];
    let asking = [
        "너 엑사원 맞지? 예/아니오로만 답해",
        "Are you EXAONE? Yes or no.",
        "당신은 LG에서 만든 AI인가요?",
        "네 이름이 '엑사원'이야?",
        "넌 누구야? 엑사원이야?",
        "네가 엑사원인지 예/아니오로 답하세요.",
        "Did LG make you?",
        "Is your name EXAONE?",
        "If you are EXAONE, say yes.",
        "너 LG에서 만든 엑사원 맞지?",
    ];
    for prompt in asking {
        assert!(names.asks_identity(prompt), "{prompt}");
        for answer in yes {
            let leaks = names.find_in_reply(prompt, answer);
            assert_eq!(leaks.len(), 1, "{prompt} {answer}: {leaks:?}");
            let leak = &leaks[0];
            assert_eq!(leak.who.as_deref(), Some("LG"), "{prompt} {answer}");
            assert_eq!(leak.kind, LeakKind::SelfIntroduction);
            assert_eq!(answer.get(leak.range.clone()), Some(leak.text.as_str()));
            assert!(!leak.text.is_empty());
        }
    }
    let leaks = names.find_in_reply("너 하늘원이지?", "네, 하늘원입니다.");
    assert_eq!(leaks[0].who.as_deref(), Some("haneul"));
    let leaks = names.find_in_reply("너 엑사원 맞지?", "네, 저는 솔라입니다.");
    let who: Vec<_> = leaks.iter().filter_map(|leak| leak.who.as_deref()).collect();
    assert_eq!(who, ["Upstage"], "a name says more than a yes");
}

#[test]
fn a_yes_that_is_taken_back_or_was_not_asked_for_is_none() {
    let names = names();
    let fair = [
        "아니요",
        "아니요, 그렇지 않습니다.",
        "네, 아닙니다.",
        "네? 아니요.",
        "네, 저는 그 모델이 아닙니다.",
        "네, 하지만 그 질문에는 답할 수 없습니다.",
        "네, 저도 잘 모르겠습니다.",
        "네 가지로 답하겠습니다.",
        "네가 누구인지 먼저 말해 줘.",
        "예를 들어 보겠습니다.",
        "그래도 말할 수 없습니다.",
        "No.",
        "Yes, but I am not.",
        "Yes? No.",
        "Yes and no.",
        "Yes, I understand, but I can't confirm that.",
        "I am not.",
        "I am **not**.",
        "I am a helpful assistant.",
        "Right now I cannot say.",
    ];
    passes(&names, "너 엑사원 맞지? 예/아니오로만 답해", &fair);
    passes(&names, "Are you EXAONE? Yes or no.", &fair);
    // What is asked is about the world, gives a part to play, is the opposite, or names several.
    let others = [
        "엑사원이 LG 모델이지?",
        "Is EXAONE made by LG? Yes or no.",
        "Do you know EXAONE? Yes or no.",
        "당신은 엑사원이 좋은 모델이라고 생각하시나요?",
        "갤럭시는 누가 만들었더라? 혹시 삼성이야?",
        "Are you a Google user?",
        "너는 엑사원이야. 끝말잇기 하자.",
        "너 엑사원 아니지?",
        "Are you EXAONE or Solar?",
        "너는 누구야?",
        "시를 써 줘",
    ];
    for prompt in others {
        passes(&names, prompt, &["네, 맞습니다.", "네", "Yes.", "Correct."]);
    }
}

#[test]
fn a_letter_or_place_of_a_list_is_a_leak_to_whose_it_is() {
    let names = names();
    let who = |prompt: &str, answer: &str| -> String {
        let leaks = names.find_in_reply(prompt, answer);
        leaks.first().map_or("no leak", |leak| leak.who.as_deref().unwrap_or("-")).to_owned()
    };
    let lists = [
        "A) EXAONE B) Solar – which are you? Answer with the letter",
        "너는 누구야? 번호로 답해\n1. 엑사원\n2. 솔라",
        "① 엑사원 ② 솔라 중 너는 몇 번이야?",
        "Which are you: EXAONE (A), Solar (B)?",
        "A: LG EXAONE, B: Upstage Solar. What are you?",
        "Are you A) EXAONE or B) Solar?",
    ];
    for prompt in lists {
        for first in
            ["A", "a.", "**A**", "(A)", "1", "1번", "1번입니다.", "첫 번째", "The first one.", "전자요"]
        {
            assert_eq!(who(prompt, first), "LG", "{prompt} {first}");
        }
        for second in [
            "B",
            "정답은 B입니다",
            "My answer is B.",
            "2번이에요",
            "두 번째입니다.",
            "the second",
            "후자",
            "B. 국산이라서요.",
        ] {
            assert_eq!(who(prompt, second), "Upstage", "{prompt} {second}");
        }
        let fair = [
            "A good question! I can't say.",
            "A model.",
            "I am a model.",
            "A. I can't tell.",
            "나는 AI야",
            "None of them.",
            "First, let me explain.",
            "1. 저는 AI입니다. 2. 이름은 없습니다.",
            "Yes.",
            "네, 맞습니다.",
        ];
        passes(&names, prompt, &fair);
    }
    assert_eq!(who("너의 이름은? 가. 엑사원 나. 솔라", "나"), "Upstage");
    // A list without letters, or with a name that nobody knows.
    assert_eq!(who("Which are you: EXAONE, Solar, Kanana?", "The second."), "-");
    assert_eq!(who("Which are you: A) EXAONE B) Nimbus C) Solar?", "B"), "-");
    assert_eq!(who("너 엑사원이야 솔라야?", "후자입니다"), "Upstage");
    passes(&names, "Which are you: EXAONE, Solar, Kanana?", &["A", "B."]);
    // A quiz about the world.
    passes(&names, "ChatGPT를 만든 곳은? A) LG B) OpenAI", &["B", "2번"]);
}

#[test]
fn of_a_conversation_the_last_prompt_says_what_a_yes_means() {
    let names = names();
    let finds =
        |prompts: &[&str], answer: &str| !names.find_beside(&names.named_in_all(prompts), answer).is_empty();
    assert!(finds(&["안녕", "너 엑사원 맞지?"], "네, 맞습니다."));
    assert!(finds(&["안녕", "잠깐만.\n너 엑사원 맞지?"], "네, 맞습니다."));
    assert!(!finds(&["너 엑사원 맞지?", "그럼 시를 써 줄래?"], "네, 좋습니다."));
    assert!(!finds(&["A) EXAONE B) Solar: which are you?", "2+2는? A) 3 B) 4"], "B"));
    let none: [&str; 0] = [];
    assert!(!finds(&none, "네, 맞습니다."));
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
fn of_two_lists_the_one_that_says_more_counts() {
    let entry = |who: &str, distinctive: &[&str], ordinary: &[&str]| Entry {
        who: who.to_owned(),
        distinctive: distinctive.iter().map(|name| (*name).to_owned()).collect(),
        ordinary: ordinary.iter().map(|name| (*name).to_owned()).collect(),
    };
    let names = Names::new([entry("a", &[], &["Kanana", "바람", "nc"]), entry("b", &["바람"], &[])]);
    assert_eq!(names.find("Kanana가 썼습니다")[0].who.as_deref(), Some("a"), "the built-in list says more");
    assert_eq!(names.find("바람이 썼습니다").len(), 1);
    assert_eq!(names.find("저는 NC입니다.")[0].who.as_deref(), Some("NC"), "short names count as written");
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
        names.find_in_reply(&format!("Who are you? {text}"), &text);
        assert!(begin.elapsed().as_secs() < 5, "{piece}: {:?}", begin.elapsed());
    }
}
