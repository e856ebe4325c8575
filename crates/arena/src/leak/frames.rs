//! Sentences in which a text speaks of itself, in Korean and English.
//!
//! A frame is what stands before a name and what stands behind it, within a sentence. Both are regular expressions of
//! the linear kind over at most [`REACH`] bytes, so that no text takes long.

use regex::Regex;
use std::{ops::Range, sync::LazyLock};

/// How far from a name its frame is looked for, in bytes of folded text.
const REACH: usize = 160;

/// Marks around a name.
const MARKS: [char; 15] = ['*', '_', '~', '\'', '"', '(', '[', '<', '「', '『', '《', '〈', ')', ']', '>'];

/// What is said before and behind a name.
struct Frame {
    before: Regex,
    behind: Regex,
}

/// What models call themselves. `MODEL` in a frame.
const MODEL: &str = "(?:ai|a\\.i\\.|artificial intelligence|llm|(?:large )?language models?|(?:ai )?models?|(?:ai )?assistant|chat ?bot|bot|agent)";
/// The same in Korean. `KMODEL` in a frame.
const KMODEL: &str = "(?:ai|a\\.i\\.|인공 ?지능|llm|(?:거대|대규모|초거대|대형)? ?언어 ?모델|모델|챗 ?봇|대화형 ?봇|어시스턴트|비서|도우미|에이전트)";
/// "Is", as the end of a Korean sentence or clause. `KIS` in a frame.
const KIS: &str = "(?:입니다|이에요|예요|에요|이예요|이야|야|이다|이죠|죠|이고|이며|인데|로서|으로서|로써|이라|라고|이라고|랍니다|이랍니다|임)";
/// What a version is written as. `VERSION` in a frame.
const VERSION: &str = "(?:[ -]?(?:v?[0-9][0-9a-z.]*|pro|프로|mini|미니|ultra|울트라|flash|플래시|plus|플러스|ai|x|max|instruct)\\b)*";
/// Verbs of making. `MADE` in a frame.
const MADE: &str = "(?:trained|pre-?trained|fine-?tuned|developed|created|made|built|designed|provided|released|powered|engineered|produced|offered)";
/// The same in Korean, up to where they end. `KMADE` in a frame.
const KMADE: &str = "(?:개발|만든|만들|제작|훈련|학습|출시|구축|설계|선보|공개|제공|탄생|운영)";

/// Before, behind. Marks around the name and spaces before it are taken away first.
const FRAMES: [(&str, &str); 21] = [
    // I am X.
    (
        "(?:^|[^a-z])(?:i am|i'm|im|my name is|my name's|call me|it's me,?|this is|i go by|i am called|i'm called|\
         (?:speaking|talking|chatting) (?:with|to)|(?:i am|i'm) (?:actually|just|really|indeed),?)$",
        "^VERSION\\s*(?:$|[.,!?;:(\\[—\\n-]|and |from |by |here|made |an? |the |your |MADE )",
    ),
    // I am an assistant called X.
    (
        "(?:^|[^a-z])(?:i am|i'm|as|this is|my name is)(?: an?| the| your)? (?:[a-z-]+ ){0,4}MODEL,? ?(?:called|named|known as|nicknamed|-|,)?$",
        "^VERSION\\s*(?:$|[.,!?;:(\\[—\\n-]|and |from |by |here|i |MADE )",
    ),
    // I am a model made by X.
    (
        "(?:^|[^a-z])(?:i am|i'm|as|being)(?: an?| the| your| just an?| actually an?)? (?:[a-z-]+,? ){0,4}MODEL(?: [a-z-]+){0,4},?(?: that(?: was| has been| is)?| which (?:was|is)| (?:and )?i was)? MADE(?: and [a-z]+)?(?: by| at| from)(?: the)?(?: (?:team|folks|researchers|people|engineers|company) (?:at|of|from|called))?$",
        "",
    ),
    // I was made by X; my maker is X; X made me.
    (
        "(?:^|[^a-z])(?:i was|i've been|i have been|i am|i'm|i got)(?: originally| first| being)? MADE(?: and [a-z]+)?(?: by| at)(?: the)?(?: (?:team|folks|researchers|people|engineers|company) (?:at|of|from|called))?$",
        "",
    ),
    (
        "(?:^|[^a-z])my (?:developer|creator|maker|company|provider|parent company|developers|creators|makers)(?:'s name)? (?:is|are)(?: the)?(?: (?:team|folks|researchers|people) at)?$",
        "",
    ),
    (
        "(?:^|[^a-z])(?:company|team|lab|organi[sz]ation|people|one|ones) (?:that|who|behind) (?:MADE )?(?:me )?(?:is|are)$",
        "",
    ),
    ("", "^(?:'s [a-z]+)?,? (?:has |have )?(?:MADE) me\\b"),
    // I am X's model; as an X model.
    ("(?:^|[^a-z])(?:i am|i'm|as)$", "^VERSION'?s? (?:[a-z-]+ ){0,3}MODEL\\b"),
    (
        "(?:^|[^a-z])(?:i am|i'm|as)(?: an?| the)(?: [a-z-]+){0,2}$",
        "^VERSION(?:'s)?[ -](?:[a-z-]+ ){0,3}MODEL\\b",
    ),
    // As X, I …; X here; based on X.
    ("(?:^|[.!?\\n] ?)as$", "^VERSION,? (?:i|my)\\b"),
    ("(?:^|[.!?\\n,] ?)(?:hi|hello|hey)?[ ,!]*$", "^VERSION here\\b"),
    (
        "(?:^|[^a-z])(?:i am|i'm|i run|i was|my (?:base|underlying) model is|my architecture is)(?: actually| really)?(?: based on| built (?:on|upon)| powered by| running on| on top of| derived from| a (?:version|variant|fine-?tune) of)?(?: the)?$",
        "^VERSION (?:architecture|base model|backbone|api|family|series)\\b",
    ),
    (
        "(?:^|[^a-z])(?:i am|i'm|i run|i was)(?: actually| really)?(?: based on| built (?:on|upon)| powered by| running on| on| derived from| a (?:version|variant|fine-?tune) of)(?: the)?$",
        "",
    ),
    // 저는 X입니다.
    (
        "(?:^|[^가-힣])(?:저는|전|저|제가|나는|난|내가|이 몸은|제 이름은|제 이름이|내 이름은|이름은|제 정체는|안녕하세요|안녕|반갑습니다|반가워요)(?: 바로| 사실| 그냥)?[ ,.!~:]*(?:KMODEL|당신의|여러분의| )*(?:인 )?$",
        "^VERSION(?:\\([^)]{0,30}\\))?\\s*(?:KIS|라 |(?:이?라고) (?:합니다|해요|불러|부르|불립니다|불려요|하는)|(?:이?라는) (?:이름|KMODEL)|다[.!]|$|[,.!] *$)",
    ),
    // 저는 X의 AI입니다.
    (
        "(?:^|[^가-힣])(?:저는|전|저|제가|나는|난|내가)(?: 바로| 사실)?,?$",
        "^VERSION(?:의|에서|이|가)? ?(?:[가-힣a-z0-9-]+ ){0,3}KMODEL ?(?:KIS|로,|[^가-힣a-z ][^.]{0,20}KIS)",
    ),
    // 저는 X가 만든 AI입니다; 저는 X에서 개발되었습니다.
    (
        "(?:^|[^가-힣])(?:저는|전|저|나는|난|제가|내가)(?: [^.!?\\n]{0,60})?$",
        "^[가-힣]{0,6}(?: ?ai)?(?: ?연구원| ?연구소| ?연구팀)?(?:이|가|에서|에|의)?(?: 의해| 직접| 자체| 새로| 최근| 새롭게| 독자적으로| 처음)*[^.!?\\n]{0,12} ?KMADE[가-힣]{0,6} [^.!?\\n]{0,40}?KMODEL[^.!?\\n]{0,15}KIS",
    ),
    (
        "(?:^|[^가-힣])(?:저는|전|저|나는|난)(?: [^.!?\\n]{0,60})?$",
        "^[가-힣]{0,6}(?: ?ai)?(?: ?연구원| ?연구소| ?연구팀)?(?:에서|에 의해|의 손에서|이|가)?[^.!?\\n]{0,12} ?KMADE[가-힣]{0,3}(?:되었|됐|되어|된|어졌|어진|받았|시켰|했|었)[^.!?\\n]{0,20}",
    ),
    // 저는 Y가 만든 X입니다; X가 만든 AI가 저예요.
    (
        "(?:^|[^가-힣])(?:저는|전|저|나는|난)(?: [^.!?\\n]{0,60})? ?KMADE[가-힣]{0,3}(?: [가-힣a-z-]+){0,3}$",
        "^VERSION\\s*KIS",
    ),
    (
        "",
        "^[가-힣]{0,4}(?:이|가|에서|의) ?KMADE[가-힣]{0,3} [^.!?\\n]{0,20}?KMODEL(?:이|가|은|는)? ?(?:바로 )?(?:접니다|저예요|저입니다|저랍니다|나야)",
    ),
    // 저를 만든 곳은 X; X가 저를 만들었습니다; 제 개발사는 X.
    (
        "(?:저를|나를|날|절|저의|제|내) ?(?:만든|개발한|훈련한|훈련시킨|학습시킨|제작한|개발사|제작사|제조사|개발자|창조자|소속|회사|모회사)(?: (?:회사|곳|사람|사람들|팀|기업|개발사|데|건|것|분들))?(?:은|는|이|가)$",
        "",
    ),
    (
        "",
        "^[가-힣]{0,4}(?: ?ai)?(?: ?연구원| ?연구소| ?연구팀)?(?:이|가|에서|의)?[^.!?\\n]{0,12} ?(?:저를|나를|절|날) ?(?:직접 |처음 )?KMADE[가-힣]*",
    ),
];

fn spelled(pattern: &str) -> Option<Regex> {
    let words = [
        ("VERSION", VERSION),
        ("KMODEL", KMODEL),
        ("KMADE", KMADE),
        ("KIS", KIS),
        ("MODEL", MODEL),
        ("MADE", MADE),
    ];
    let mut pattern = pattern.to_owned();
    for (word, meaning) in words {
        pattern = pattern.replace(word, meaning);
    }
    Regex::new(&pattern).ok()
}

static READY: LazyLock<Vec<Frame>> = LazyLock::new(|| {
    let frame =
        |(before, behind): &(&str, &str)| Some(Frame { before: spelled(before)?, behind: spelled(behind)? });
    FRAMES.iter().filter_map(frame).collect()
});

/// Whether the name at `range` stands in a sentence in which the text says who it is or who made it.
pub(super) fn speaks_of_itself(text: &str, range: &Range<usize>) -> bool {
    let (before, behind) = around(text, range);
    READY.iter().any(|frame| frame.before.is_match(before) && frame.behind.is_match(behind))
}

/// Behind and before a name that is taken rather than another: `X, not Y`, `Y가 아니라 X`.
static CHOSEN: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    let behind = "^,? ?(?:and |but )?(?:not|rather than|instead of) |\
                  ^(?:이고|이며|이지|지|고),? [^.!?\\n]{1,40}(?:이|가|은|는) ?(?:아니|아닙|아냐|아녜)";
    let before =
        "(?:\\bnot|n't) [^.!?\\n]{1,60}\\bbut(?: rather)?$|(?:이|가|은|는) 아니(?:라|고)$|[^ ] ?말고$";
    Some([Regex::new(behind).ok()?, Regex::new(before).ok()?])
});

/// Whether the name at `range` is taken rather than another.
pub(super) fn is_chosen(text: &str, range: &Range<usize>) -> bool {
    let before = before(text, range.start).trim_end_matches(MARKS).trim_end_matches([' ', ',']);
    let behind = behind(text, range.end).trim_start_matches(MARKS);
    CHOSEN.as_ref().is_some_and(|[chosen_behind, chosen_before]| {
        chosen_behind.is_match(behind) || chosen_before.is_match(before)
    })
}

/// What stands before and behind the name at `range` in its sentence, without marks around the name.
pub(super) fn around<'t>(text: &'t str, range: &Range<usize>) -> (&'t str, &'t str) {
    let before = before(text, range.start).trim_end_matches(MARKS).trim_end();
    (before, behind(text, range.end).trim_start_matches(MARKS))
}

/// What stands before `at` in its sentence, at most [`REACH`] bytes.
fn before(text: &str, at: usize) -> &str {
    let from = text.ceil_char_boundary(at.saturating_sub(REACH));
    let before = text.get(from..at).unwrap_or_default();
    let ends = before.match_indices(['.', '!', '?', '\n']);
    let sentence = ends
        .filter(|(place, end)| {
            *end == "\n" || before.get(place + 1..).is_some_and(|next| next.starts_with([' ', '\n']))
        })
        .map(|(place, _)| place + 1)
        .next_back();
    // A greeting is no sentence of its own: `안녕하세요! 솔라예요.`
    match sentence.and_then(|at| before.get(at..)) {
        Some(rest) if rest.trim().is_empty() && !before.ends_with('\n') => last_words(before),
        Some(rest) => rest,
        None => before,
    }
}

/// The sentence that ends right before the name.
fn last_words(before: &str) -> &str {
    let trimmed = before.trim_end().trim_end_matches(['.', '!', '?', '~']);
    let from = trimmed.rfind(['.', '!', '?', '\n']).map_or(0, |place| place + 1);
    let words = before.get(from..).unwrap_or_default();
    // Only what greets goes on into the next sentence.
    if GREETING.as_ref().is_some_and(|greeting| greeting.is_match(words.trim())) { words } else { "" }
}

static GREETING: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("^(?:안녕하세요|안녕|반갑습니다|반가워요|hi|hello|hey)[ .!~]*$").ok());

/// What stands behind `at` in its sentence, at most [`REACH`] bytes, with the sign that ends it.
fn behind(text: &str, at: usize) -> &str {
    let to = text.floor_char_boundary(at.saturating_add(REACH));
    let behind = text.get(at..to).unwrap_or_default();
    let mut ends = behind.match_indices(['.', '!', '?', '\n']);
    let end = ends.find(|(place, end)| {
        *end == "\n"
            || behind.get(place + 1..).is_none_or(|next| next.is_empty() || next.starts_with([' ', '\n']))
    });
    end.and_then(|(place, _)| behind.get(..=place)).unwrap_or(behind)
}

/// A text that calls itself a model and says who made it; the maker is the first group.
static MAKERS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        "(?:^|[^a-z])(?:i am|i'm|as)(?: an?| the| your| just an?)? (?:[a-z-]+,? ){0,4}?MODEL(?: [a-z-]+){0,3}?,?(?: that(?: was| has been| is)?| which (?:was|is)| (?:and )?i was)? MADE(?: and [a-z]+)? (?:by|at) ([a-z0-9가-힣][^.,!?\\n()]{0,40})",
        "(?:^|[^a-z])(?:i was|i've been|i have been) MADE(?: and [a-z]+)? (?:by|at) ([a-z0-9가-힣][^.,!?\\n()]{0,40})",
        "(?:^|[^가-힣])(?:저는|나는|난|전) ([^ .!?\\n][^.!?\\n]{0,40}?)(?:에서|이|가|의|에 의해) ?(?:직접 |자체 |자체적으로 |독자적으로 |새로 |최근 )*(?:개발한|만든|제작한|훈련한|훈련시킨|학습시킨|개발된|만들어진|훈련된|학습된|선보인|출시한|개발 중인)(?: [^.!?\\n]{0,30}?)? ?KMODEL[^.!?\\n]{0,12}KIS",
        "(?:^|[^가-힣])(?:저는|나는|난|전) ([^ .!?\\n][^.!?\\n]{0,40}?)(?:에서|에 의해) ?(?:직접 |자체 )*(?:개발되었|개발됐|만들어졌|훈련되었|훈련됐|제작되었|제작됐)",
    ];
    patterns.iter().filter_map(|pattern| spelled(pattern)).collect()
});

/// Makers that name nobody.
static NOBODY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        "^(?:an? |the |some |many |several |various |my |our |your |people|human|researcher|engineer|developer|scientist|expert|\
         someone|somebody|those|different|multiple|large|massive|next|it|one|reading|learning|using|training|data|predict)|\
         (?:데이터|텍스트|자료|말뭉치|문서|인터넷|웹|온라인|글|코퍼스|책|사람|사람들|인간|연구자|연구자들|연구진|개발자|개발자들|전문가|\
         전문가들|연구팀|개발팀|팀|회사|기업|곳|누군가|여러분|방식|과정|환경|목적|기반|한국|국내|미국|중국)(?:들)?$",
    )
    .ok()
});

/// Ranges in which the text says that it is a model and names a maker, whoever that is.
pub(super) fn unlisted_makers(text: &str) -> Vec<Range<usize>> {
    let found = MAKERS.iter().flat_map(|makers| makers.captures_iter(text));
    let named = found.filter_map(|found| {
        let maker = found.get(1)?;
        let is_nobody = NOBODY.as_ref().is_none_or(|nobody| nobody.is_match(maker.as_str().trim()));
        (!is_nobody).then(|| found.get(0).map(|whole| whole.range())).flatten()
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::{CHOSEN, FRAMES, MAKERS, READY};

    #[test]
    fn every_frame_is_a_regular_expression() {
        assert_eq!((READY.len(), MAKERS.len()), (FRAMES.len(), 4));
        assert!(CHOSEN.is_some());
    }
}
