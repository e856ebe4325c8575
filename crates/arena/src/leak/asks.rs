//! Prompts that ask who or what is answering.

use super::frames;
use crate::fold::{Folded, Folding};
use regex::{Regex, RegexSet};
use std::{ops::Range, sync::LazyLock};

/// Questions for the identity, in English and Korean, over folded text.
const QUESTIONS: [&str; 31] = [
    "\\b(?:who|what) (?:exactly |really |actually )?are (?:you|u)(?: exactly| really| actually)?(?: ?[?!.:]|\\s*$|,)",
    "\\b(?:what|which) (?:kind of |type of |sort of |version of )?(?:the )?(?:ai|llm|(?:large )?language model|model|ai model|chat ?bot|bot|assistant)s? (?:exactly |really )?(?:are|r) (?:you|u)\\b",
    "\\b(?:what|which) (?:ai |language |underlying |base )?(?:model|llm) (?:do you (?:use|run)|is (?:this|powering|behind|answering)|am i (?:talking|speaking|chatting))",
    "\\bwho (?:am i|are we) (?:talking|speaking|chatting) (?:to|with)\\b",
    "\\b(?:who|which (?:company|team|lab|organi[sz]ation)|what company) (?:has |have )?(?:made|created|built|trained|developed|designed|owns|programmed) (?:you|u)\\b",
    "\\b(?:were|was|are) you (?:made|created|built|trained|developed|designed) (?:by|at)\\b",
    "\\bwho(?:'s| is| are) your (?:developer|creator|maker|owner|company|provider)s?\\b",
    "\\bwhat(?:'s| is) your (?:real |actual |true |full |own |model )?(?:name|identity|model|model name|version|underlying model|base model)\\b",
    "\\b(?:tell|give|show|reveal|disclose|state|say)(?: me| us)? (?:your|what your) (?:real |actual |true |full |model |model's )?(?:name|identity|model|version|developer|creator|maker|company)\\b",
    "\\b(?:introduce|identify) yourself\\b",
    "\\b(?:tell me|tell us|talk) (?:a bit |a little |something )?about yourself\\s*(?:[?!.]|$)",
    "\\bwhat (?:company|lab|team) (?:do you|are you) (?:belong|work|come|from)",
    "\\bare you (?:an? )?(?:open[- ]source|chinese|korean|american) (?:model|ai|llm)\\b",
    "\\bwhich (?:one |name |model )?(?:of (?:these|those|them|the following|the above)(?: [a-z]+){0,3} |is |one is )?(?:are|r|is) (?:you|u)(?: ?[?!.,:]|\\s*$)",
    "\\b(?:pick|choose|select) (?:your (?:own )?(?:name|maker|developer|company|model)|yourself)\\b",
    "(?:너|넌|너는|당신|당신은|니가|네가|넌 도대체|그쪽은|자네는?) ?(?:은|는)? ?(?:도대체 |대체 |정말 |진짜 |혹시 )?(?:누구|뭐야|뭐니|뭔데|무엇이|무엇입|뭡니|뭐죠|뭐예요|정체)",
    "(?:^|[ ,.!?])(?:누구세요|누구십니까|누구신가요|누구시죠|누구냐|누구니|누구야)(?: ?[?!.~]|$)",
    "(?:너|네|니|당신|자네|본인|너의|당신의|본인의)(?: ?(?:은|는|의))? ?(?:진짜 |실제 |모델 |본 )*(?:이름|정체|모델명|모델 ?이름|버전|개발사|제작사|개발자|제조사|회사|소속)(?:이|은|는|을|를|가)? ?(?:뭐|무엇|뭔|어디|알려|말해|밝혀|누구|좀|공개|대답|대 )",
    "(?:어느|어떤|무슨) ?(?:회사|기업|곳|팀|연구소)(?:에서|가|이|의)? ?(?:너를|널|당신을)? ?(?:만든|개발한|제작한|만들었|개발했|만들어|개발된|학습시킨|훈련시킨)[^.?!\\n]{0,12}(?:ai|인공 ?지능|모델|챗봇|너|당신|니|나요|어\\?|어$|거야|거니|건가|습니까|지\\?)",
    "(?:누가|누구가|어디서|어디에서|어느 회사가|어떤 회사가) ?(?:너를|널|당신을|자네를) ?(?:만들|만든|개발|제작|훈련|학습)",
    "(?:너를|널|당신을|자네를) ?(?:만든|개발한|제작한|훈련한|학습시킨) ?(?:회사|곳|사람|팀|기업|개발사|건|게|데)",
    "(?:너|넌|너는|당신은|당신|혹시|지금) ?(?:은|는)? ?(?:무슨|어떤|어느|뭔) ?(?:ai|인공 ?지능|언어 ?모델|모델|llm|챗 ?봇|버전|엔진)",
    "(?:어느|어떤|무슨) ?(?:회사|기업)(?:의)? ?(?:ai|인공 ?지능|언어 ?모델|모델|챗 ?봇)(?:이야|이니|이냐|입니까|인가요|인지|이에요|예요|이세요|야|니)",
    "(?:무슨|어떤) ?(?:ai|인공 ?지능|언어 ?모델|모델|llm)(?:이야|이니|이냐|입니까|인가요|인지 (?:알려|말해|밝혀)|이에요|예요|이세요|이신가요|야|니|인데)",
    "^(?:너|네|니|당신|간단히|간단하게|짧게|먼저|우선|좀|한번|이제| )*(?:자기 ?소개|본인 ?소개|네 소개|니 소개)(?:를|을|부터)? ?(?:좀 |한번 |간단히 |간단하게 |짧게 )*(?:해|부탁|하세요|해줘|해봐|하라|할래)",
    "(?:네|너의|니|당신의|본인의) ?(?:정체|신원|이름)(?:을|를) ?(?:밝|공개|말|알려|드러내)",
    "(?:너|넌|너는|당신은|당신|네가) ?(?:은|는)? ?[^.?!\\n]{0,12}(?:에서|가|이) ?(?:만든|개발한) ?(?:ai|인공 ?지능|언어 ?모델|모델|챗 ?봇)(?:이야|이니|이지|입니까|인가요|이죠|맞)",
    "(?:중|가운데)(?:에서|에)? ?(?:너는?|넌|네가|니가|당신은?|당신이|본인은?|본인이) ?(?:누구|뭐야|뭐니|뭔지|무엇이|무엇입|무엇인|(?:어느|어떤|무슨|몇) ?(?:것|거|쪽|번|모델|회사|이름)(?:이야|이니|이냐|인가|인지|입니까|이에요|야|니|지))",
    "(?:^|[^가-힣])(?:너는?|넌|네가|니가|당신은?|당신이) [^.?!\\n]{0,80}(?:중|가운데)(?:에서|에)? ?(?:하나야|하나지|누구|뭐야|뭐니|뭔지|무엇이야|무엇이니|무엇입|무엇인|(?:어느|어떤|몇) ?(?:것|거|쪽|번|모델)(?:이야|이니|이냐|인가|인지|입니까|이에요|야|니|지))",
    "(?:^|[^가-힣])(?:너|네|니|당신|본인)(?:의)? ?(?:진짜 |실제 )*(?:이름|정체|모델명|개발사|제작사|제조사)(?:은|는)? ?\\?",
    "(?:실제|원래|진짜) ?(?:모델|모델명|모델 이름)(?:이|은|을|을 좀)? ?(?:뭐|무엇|밝혀|알려|말해|공개)",
];

static READY: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(QUESTIONS).ok());

/// Before and behind a name in a question.
const ARE_YOU: &str = "(?:\\b(?:are|r) (?:you|u)(?: an?| the| really| actually| based on| made by| from| using)*|\\byou(?:'re| are)(?: an?| the| really| actually)*|(?:^|[^가-힣])(?:너|넌|너는|너도|당신|당신은|혹시|혹시 너|네가|니가|당신이)(?: 혹시| 사실| 진짜| 정말)?,?)$";
const IS_IT: &str = "^(?:[^가-힣.\\n]{0,12}\\?|[^.?\\n]{0,80}\\bor\\b[^.?\\n]{0,40}\\?|[^.\\n]{0,10}(?:right|correct)\\?|(?:가|이)?(?:야|니|이야|이니|이냐|냐|지|이지|맞지|맞니|맞아|맞나|인가요|입니까|이에요|예요|이죠|죠|인가|인거|인 거|세요| ?기반| 아니| 맞))";

/// What is asked of the answerer, before and behind a name.
const ABOUT_YOU: [(&str, &str); 16] = [
    (ARE_YOU, IS_IT),
    // Are you A) X or B) Y? 너는 A) X야 B) Y야?
    (
        "\\b(?:are|r) (?:you|u)[:,]? ?\\(?[a-z0-9][.):]?$",
        "^[^?!\\n]{0,60}[^a-z0-9][b-d2-4][.):] ?[^?\\n]{0,60}\\?",
    ),
    ("(?:^|[^가-힣])(?:너는?|넌|당신은?|네가|니가|당신이)[:,]? ?\\(?[a-z0-9](?:[.):]|번)?$", IS_IT),
    // Is your name X? Is X your name?
    (
        "\\bis your (?:real |actual |true |own |full |model |underlying |base )*(?:name|identity|model|version|maker|developer|creator|company|provider)(?: really| actually| called)?(?: the)?$",
        "^[^.?!\\n]{0,40}\\?",
    ),
    (
        "\\bis$",
        "^,? (?:really |actually )?(?:your (?:real |actual |true |own |full |model )*(?:name|identity|model|maker|developer|creator|company|provider)\\b|(?:who|what) you (?:really |actually )?are\\b)",
    ),
    // Were you made by X? Did X make you?
    (
        "\\b(?:are|r|were|was) (?:you|u) (?:really |actually |originally |first )*(?:made|created|built|trained|developed|designed|fine-?tuned|released)(?: and [a-z]+)? (?:by|at)(?: the)?$",
        "^[^.?!\\n]{0,60}\\?",
    ),
    (
        "\\b(?:did|does|has)(?: the)?$",
        "^(?:'s)?(?: [a-z]+){0,2} (?:make|made|create|created|build|built|train|trained|develop|developed|design|designed|own) (?:you|u)\\b",
    ),
    // Aren't you X? Are you the model X that … made?
    ("\\b(?:aren't|arent) (?:you|u)(?: an?| the| really| actually| just)*$", "^[^.?!\\n]{0,12}\\?"),
    (
        "\\b(?:are|r) (?:you|u)(?: an?| the| really| actually| just)*$",
        "^[^.?!\\n]{0,20}\\b(?:ai|llm|model|assistant|chat ?bot)\\b[^.?!\\n]{0,60}\\?",
    ),
    // If you are X, say yes. 네가 X라면 '네'라고 답해.
    (
        "\\bif (?:you're|you are|u are)(?: an?| the| really)*$",
        "^[^.?!\\n]{0,30}\\b(?:say|answer|reply|write|respond|type)(?: only| just| with)* ['\"]?(?:yes|y)\\b",
    ),
    (
        "(?:^|[^가-힣])(?:너는?|넌|네가|니가|당신이|당신은?)(?: 만약| 혹시| 정말)?$",
        "^(?:이)?(?:라면|면|가 맞으면|이 맞으면| 맞으면) [^.?!\\n]{0,20}['\"]?(?:네|예|응|yes)['\"]?(?:이)?(?:라고|만)",
    ),
    // 네가 X인지 예/아니오로 답해.
    (
        "(?:^|[^가-힣])(?:너는?|넌|네가|니가|당신이|당신은?)(?: 혹시| 정말| 진짜)?$",
        "^인지(?: 아닌지)?,? [^.?!\\n]{0,20}(?:답|말해|말하|대답|밝|알려)",
    ),
    // 네 이름이 X야? 너를 만든 곳이 X야?
    (
        "(?:(?:^|[^가-힣])(?:너|네|니|당신|자네|본인|그쪽)(?:의|은|는)? ?(?:진짜 |실제 |원래 |본래 )*(?:이름|정체|모델명|모델 ?이름|모델|버전|개발사|제작사|제조사|회사|소속)|(?:너를|널|당신을|자네를) ?(?:만든|개발한|제작한|훈련한|학습시킨) ?(?:회사|곳|사람|팀|기업|개발사|건|게|데)?)(?:이|가|은|는)?(?: 혹시| 정말| 진짜)?$",
        IS_IT,
    ),
    // 너는 X가 만든 모델이야? X가 너를 만들었어?
    (
        "(?:^|[^가-힣])(?:너는?|넌|너도|당신은?|네가|니가|당신이)(?: 혹시| 사실| 진짜| 정말)?,?$",
        "^(?:(?: ?연구원| ?연구소)?(?:에서|가|이)? ?(?:직접 |새로 )?(?:만든|개발한|만들어진|제작한|개발된|훈련한|학습시킨) ?(?:거대 |대규모 )?(?:ai|인공 ?지능|언어 ?모델|모델|챗 ?봇|거|것)|의? ?(?:거대 |대규모 )?(?:ai|인공 ?지능|언어 ?모델|모델|챗 ?봇))(?:이|가)? ?(?:야|지|니|냐|맞|인가|인 ?거|입니까|에요|예요|죠|아니)",
    ),
    (
        "(?:^|[^가-힣])(?:너는?|넌|당신은?|네가|니가|당신이) [^.?!\\n]{0,20}(?:에서|이|가) ?(?:만든|개발한|제작한)$",
        IS_IT,
    ),
    ("", "^(?:가|이|에서) ?(?:너를|널|당신을|자네를) ?(?:직접 )?(?:만들|만든|개발|제작|훈련|학습)"),
];

static NAMED: LazyLock<Vec<[Regex; 2]>> = LazyLock::new(|| {
    let pair = |(before, behind): &(&str, &str)| Some([Regex::new(before).ok()?, Regex::new(behind).ok()?]);
    ABOUT_YOU.iter().filter_map(pair).collect()
});

/// What makes a question to be answered with yes or no of a name that the answerer is asked about.
struct Whether {
    /// A request for one of the two.
    yes_or_no: Regex,
    /// What ends a question, behind a name.
    ends: Regex,
    /// What ends a statement, or a question without its sign.
    states: Regex,
    /// "You are not X, are you": a yes to that says nothing.
    denies: Regex,
    /// Nothing but what asks, before a name: "Is it X?" behind "Who are you?"
    bare: Regex,
    /// The copula behind a name.
    is_it: Regex,
    /// Who is spoken to.
    you: Regex,
}

static WHETHER: LazyLock<Option<Whether>> = LazyLock::new(|| {
    let yes_or_no = "(?:예|네|응) ?(?:/|,|나|또는|혹은|아니면|인지)? ?아니(?:오|요)|\\byes ?(?:or|/|,|\\|) ?no\\b|\\by ?/ ?n\\b|\\bo ?/ ?x\\b|\\btrue or false\\b|맞으면|맞는지|인지 아닌지|\\b(?:say|answer|reply|write|respond|type)(?: only| just| with)* ['\"]?(?:yes|y)\\b|(?:네|예|응|yes)['\"]?(?:이)?(?:라고|만)";
    let ends = "\\?$|^(?:가|이)? ?(?:니|이니|이냐|냐|지|이지|맞지|맞니|맞나|맞아|인가|입니까|죠|이죠)";
    Some(Whether {
        yes_or_no: Regex::new(yes_or_no).ok()?,
        ends: Regex::new(ends).ok()?,
        states: Regex::new("^(?:이)?(?:야|예요|에요)$").ok()?,
        denies: Regex::new("^(?:가|이)? ?(?:아니(?:지|죠|라|고|잖)|아닙|아닌 ?거)").ok()?,
        bare: Regex::new("^(?:is it|is that|it's|so|then|혹시|그럼|그러면|[ ,.!?:*'\"-])*$").ok()?,
        is_it: Regex::new(IS_IT).ok()?,
        you: Regex::new("(?:^|[^가-힣])(?:너|넌|네|니|당신|자네|본인|그쪽)|\\b(?:you|u|your)\\b").ok()?,
    })
});

/// Whether a prompt asks who or what is answering, so that honest answers to it would leak.
///
/// # Examples
/// ```
/// use daepyo_arena::leak::asks_identity;
/// assert!(asks_identity("너는 어느 회사에서 만든 AI야?"));
/// assert!(asks_identity("Which model are you?"));
/// assert!(!asks_identity("자기소개서를 어떻게 쓰면 좋을까?"));
/// ```
pub fn asks_identity(text: &str) -> bool {
    asks(&Folded::new(text, Folding::Letters).text)
}

/// The same of folded text, or of one of its lines: a question begins and ends with its line too.
pub(super) fn asks(folded: &str) -> bool {
    READY.as_ref().is_some_and(|questions| {
        questions.is_match(folded)
            || (folded.contains('\n') && folded.lines().any(|line| questions.is_match(line)))
    })
}

/// Whether folded text asks whether the answerer is who the name at `range` says.
pub(super) fn asks_for(folded: &str, range: &Range<usize>) -> bool {
    let (before, behind) = frames::around(folded, range);
    is_about_you(before, behind)
}

fn is_about_you(before: &str, behind: &str) -> bool {
    NAMED.iter().any(|[about, is_it]| about.is_match(before) && is_it.is_match(behind))
}

/// What may stand behind a name that is also a word where the answerer is asked whether it is who bears it: "are you a
/// Google model?", and not "are you a Google user?".
const ITS_OWN: [&str; 30] = [
    "ai",
    "assistant",
    "bot",
    "built",
    "by",
    "chatbot",
    "correct",
    "created",
    "developed",
    "engineers",
    "flash",
    "from",
    "lab",
    "language",
    "large",
    "llm",
    "made",
    "mini",
    "model",
    "models",
    "or",
    "pro",
    "really",
    "research",
    "researchers",
    "right",
    "team",
    "then",
    "trained",
    "yes",
];

/// A folded prompt that asks who answers, and what it asks besides its names.
pub(super) struct Asking<'t> {
    folded: &'t str,
    whether: &'static Whether,
    /// Whether it asks without a name.
    asks: bool,
    wants_yes_or_no: bool,
}

impl<'t> Asking<'t> {
    pub(super) fn new(folded: &'t str) -> Option<Self> {
        let whether = WHETHER.as_ref()?;
        let wants_yes_or_no = whether.yes_or_no.is_match(folded);
        Some(Self { folded, whether, asks: asks(folded), wants_yes_or_no })
    }

    /// Whether it asks, to be answered with yes or no, whether the answerer is who the name at `range` says. `is_word` says
    /// whether the name is also a word of everyday life.
    pub(super) fn asks_whether(&self, range: &Range<usize>, is_word: bool) -> bool {
        let Self { folded, whether, asks, wants_yes_or_no } = *self;
        let (before, behind) = frames::around(folded, range);
        let next = behind.split(|c: char| !c.is_ascii_alphabetic()).find(|word| !word.is_empty());
        let goes_on = whether.you.is_match(before)
            && behind.starts_with(' ')
            && next.is_some_and(|word| !ITS_OWN.contains(&word));
        if whether.denies.is_match(behind) || (is_word && goes_on) {
            return false;
        }
        if !is_about_you(before, behind) {
            let is_bare = whether.bare.is_match(before.trim()) && whether.is_it.is_match(behind);
            return asks && (wants_yes_or_no || is_bare);
        }
        // "혹시 X야?" may be about anything that was spoken of before.
        let is_addressed = !before.ends_with("혹시") || whether.you.is_match(before);
        let is_alone = !is_word && folded.trim_start().starts_with("혹시");
        // "너는 X야" gives a part to play, unless nothing follows.
        let behind = behind.trim_end();
        let ends = whether.ends.is_match(behind)
            || (whether.states.is_match(behind) && folded.trim_end().ends_with(behind));
        (is_addressed || is_alone) && (wants_yes_or_no || ends)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_question_is_a_regular_expression() {
        assert!(super::READY.is_some() && super::WHETHER.is_some());
        assert_eq!(super::NAMED.len(), super::ABOUT_YOU.len());
    }
}
