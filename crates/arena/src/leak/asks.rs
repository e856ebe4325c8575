//! Prompts that ask who or what is answering.

use super::frames;
use crate::fold::{Folded, Folding};
use regex::RegexSet;
use std::{ops::Range, sync::LazyLock};

/// Questions for the identity, in English and Korean, over folded text.
const QUESTIONS: [&str; 30] = [
    "\\b(?:who|what) (?:exactly |really |actually )?are (?:you|u)(?: exactly| really| actually)?(?: ?[?!.]|\\s*$|,)",
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
    "(?:중|가운데)(?:에서|에)? ?(?:너는?|넌|네가|니가|당신은?|당신이|본인은?|본인이) ?(?:누구|뭐야|뭐니|뭔지|무엇이|무엇입|무엇인|(?:어느|어떤|무슨) ?(?:것|거|쪽|모델|회사|이름)(?:이야|이니|이냐|인가|인지|입니까|이에요|야|니|지))",
    "(?:^|[^가-힣])(?:너는?|넌|네가|니가|당신은?|당신이) [^.?!\\n]{0,80}(?:중|가운데)(?:에서|에)? ?(?:하나야|하나지|누구|뭐야|뭐니|뭔지|무엇이야|무엇이니|무엇입|무엇인|(?:어느|어떤) ?(?:것|거|쪽|모델)(?:이야|이니|이냐|인가|인지|입니까|이에요|야|니|지))",
    "(?:실제|원래|진짜) ?(?:모델|모델명|모델 이름)(?:이|은|을|을 좀)? ?(?:뭐|무엇|밝혀|알려|말해|공개)",
];

static READY: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(QUESTIONS).ok());

/// Before and behind a name in a question.
const ARE_YOU: &str = "(?:\\b(?:are|r) (?:you|u)(?: an?| the| really| actually| based on| made by| from| using)*|\\byou(?:'re| are)(?: an?| the| really| actually)*|(?:^|[^가-힣])(?:너|넌|너는|너도|당신|당신은|혹시|혹시 너|네가|니가|당신이)(?: 혹시| 사실| 진짜| 정말)?,?)$";
const IS_IT: &str = "^(?:[^가-힣.\\n]{0,12}\\?|[^.?\\n]{0,80}\\bor\\b[^.?\\n]{0,40}\\?|[^.\\n]{0,10}(?:right|correct)\\?|(?:가|이)?(?:야|니|이야|이니|이냐|냐|지|이지|맞지|맞니|맞아|맞나|인가요|입니까|이에요|예요|이죠|죠|인가|인거|인 거|세요| ?기반| 아니| 맞))";

static NAMED: LazyLock<Option<[regex::Regex; 2]>> =
    LazyLock::new(|| Some([regex::Regex::new(ARE_YOU).ok()?, regex::Regex::new(IS_IT).ok()?]));

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
    let before = frames::before(folded, range.start).trim_end();
    let behind = frames::behind(folded, range.end);
    NAMED.as_ref().is_some_and(|[are_you, is_it]| are_you.is_match(before) && is_it.is_match(behind))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_question_is_a_regular_expression() {
        assert!(super::READY.is_some() && super::NAMED.is_some());
    }
}
