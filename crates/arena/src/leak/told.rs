//! Answers that name nobody and tell who answers all the same: a yes to "are you X?", a letter of a list.

use super::{Tier, asks, pick, spot::Spot};
use crate::fold::Folded;
use regex::Regex;
use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

/// How much of an answer behind its yes is looked through for what takes it back, in bytes of folded text.
const TAKEN_BACK: usize = 400;
/// How far before and behind a name its letter or number in a list is looked for, in bytes of folded text.
const NEAR: usize = 16;
/// The place of "the last", "후자".
const LAST: usize = usize::MAX;
/// Added to the numbers of letters of Hangul: "나" is also "I", and no answer to a list of A and B.
const HANGUL: usize = 1_000;

/// What a prompt asks that can be answered without a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Question {
    /// Nothing of the kind.
    #[default]
    Other,
    /// Whether the answerer is this bearer.
    IsIt(usize),
    /// Which of these the answerer is, in order of place.
    Which(Vec<Choice>),
}

/// One of several whom the answerer may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    who: usize,
    /// Its letter or number in the prompt, as a number: B, 2 and ② are two.
    label: Option<usize>,
}

/// What a prompt with these names asks. `asks` says whether it asks who answers, `maker` whom a bearer belongs to.
pub(super) fn question(
    prompt: &Folded,
    spots: &[Spot],
    asks: bool,
    maker: impl Fn(usize) -> usize,
) -> Question {
    if !asks {
        return Question::Other;
    }
    let outer = pick::outer(spots);
    let makers: BTreeSet<usize> = outer.iter().map(|(_, spot)| maker(spot.who)).collect();
    if makers.len() > 1 {
        return Question::Which(choices(&prompt.text, &outer, maker));
    }
    let Some(asking) = asks::Asking::new(&prompt.text) else { return Question::Other };
    let is_asked = |spot: &Spot| asking.asks_whether(&spot.range, spot.tier == Tier::Ordinary);
    let asked = outer.iter().find(|(_, spot)| is_asked(spot));
    asked.map_or(Question::Other, |(_, spot)| Question::IsIt(spot.who))
}

/// The names of a list with their letters or numbers. A model and its maker beside each other are one.
fn choices(prompt: &str, outer: &[(usize, &Spot)], maker: impl Fn(usize) -> usize) -> Vec<Choice> {
    let labels = |of: fn(&str, &Range<usize>) -> Option<usize>| -> Vec<Option<usize>> {
        outer.iter().map(|(_, spot)| of(prompt, &spot.range)).collect()
    };
    let mut labels = match labels(label_before) {
        before if before.first().is_some_and(Option::is_some) => before,
        _ => labels(label_behind),
    };
    // One letter alone, or the same twice, is no list: "are you a Llama?"
    let distinct: BTreeSet<usize> = labels.iter().flatten().copied().collect();
    if distinct.len() < 2 {
        labels.fill(None);
    }
    let mut choices: Vec<Choice> = Vec::new();
    for ((_, spot), label) in outer.iter().zip(labels) {
        match choices.last_mut() {
            Some(last) if maker(last.who) == maker(spot.who) && (label.is_none() || last.label.is_none()) => {
                last.label = last.label.or(label);
            }
            _ => choices.push(Choice { who: spot.who, label }),
        }
    }
    choices
}

/// A list's letters and numbers: what stands before a name, and what stands behind it.
static LABELS: LazyLock<Option<[Regex; 2]>> = LazyLock::new(|| {
    let before = "(?:^|[\\s(\\[,;:/|])(?:([a-z]|[0-9]{1,2}) ?(?:[.):=\\]-]|번)*|([가나다라마바사]) ?(?:[.):=\\]-]|번)+)\\s*$";
    let behind = "^ ?(?:[(\\[=:]|->) ?([a-z]|[0-9]{1,2}|[가나다라마바사])번? ?(?:[)\\],.;/\\n ]|$)";
    Some([Regex::new(before).ok()?, Regex::new(behind).ok()?])
});

fn label_before(prompt: &str, range: &Range<usize>) -> Option<usize> {
    let from = prompt.ceil_char_boundary(range.start.saturating_sub(NEAR));
    let near = prompt.get(from..range.start)?.trim_end_matches(['*', '_', '~', '\'', '"', '<', '「']);
    let [before, _] = LABELS.as_ref()?;
    let found = before.captures(near)?;
    place(found.get(1).or_else(|| found.get(2))?.as_str())
}

fn label_behind(prompt: &str, range: &Range<usize>) -> Option<usize> {
    let to = prompt.floor_char_boundary(range.end.saturating_add(NEAR));
    let near = prompt.get(range.end..to)?.trim_start_matches(['*', '_', '~', '\'', '"', '>', '」']);
    let [_, behind] = LABELS.as_ref()?;
    place(behind.captures(near)?.get(1)?.as_str())
}

/// Words for places.
const PLACES: [(&str, usize); 27] = [
    ("first", 1),
    ("1st", 1),
    ("one", 1),
    ("former", 1),
    ("second", 2),
    ("2nd", 2),
    ("two", 2),
    ("third", 3),
    ("3rd", 3),
    ("three", 3),
    ("fourth", 4),
    ("4th", 4),
    ("fifth", 5),
    ("5th", 5),
    ("latter", LAST),
    ("last", LAST),
    ("전자", 1),
    ("첫번째", 1),
    ("첫째", 1),
    ("두번째", 2),
    ("둘째", 2),
    ("세번째", 3),
    ("셋째", 3),
    ("네번째", 4),
    ("다섯번째", 5),
    ("후자", LAST),
    ("마지막", LAST),
];

/// The number that a letter, a number or a word for a place stands for.
fn place(word: &str) -> Option<usize> {
    let word: String = word.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some((_, place)) = PLACES.iter().find(|(name, _)| *name == word) {
        return Some(*place);
    }
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        (Some(letter @ 'a'..='z'), None) => ('a'..='z').position(|c| c == letter).map(|before| before + 1),
        (Some(letter @ '가'..='힣'), None) => {
            "가나다라마바사".chars().position(|c| c == letter).map(|before| before + 1 + HANGUL)
        }
        _ => word.parse().ok(),
    }
}

/// Answers to such questions.
struct Answers {
    /// Begins with a yes, the only group that takes part.
    yes: Regex,
    /// Takes a yes back. What a group takes part in does not: "I am not a human".
    no: Regex,
    /// Begins with a letter or a bare number (the first group), or a place of a list (the second).
    which: Regex,
}

static ANSWERS: LazyLock<Option<Answers>> = LazyLock::new(|| {
    let yes = [
        // 네. 예, 맞습니다. 응 맞아.
        "(네|넵|넹|예|옙|응|그래요?|그럼요?|당연(?:하지|하죠|히|합니다)|물론(?:이죠|이지|입니다|이에요)?|\
         맞(?:아|아요|습니다|네요?|다|죠|지|음|는데요?)|그렇(?:습니다|죠|지|다|네요)|어,? ?맞아요?|\
         (?:제가|저|내가|나) ?맞(?:습니다|아요?)|접니다|저예요|저입니다|나야|정답(?:입니다|이에요|이야)?|사실입니다|\\x{110b}{2,4})[*_]*\
         (?:\\s*$|\\s*[.,!~;)(\\]\"'-]|\\n|\\s+(?:네|예|응|맞|그렇|그래|물론|당연|저는|제가|저|나는|내가|난|전|바로|정확|사실|정답))",
        // Yes. Yes, I am. Yes I am.
        "(yes|yep|yeah|yup|aye|affirmative)[*_]*(?:\\s*$|\\s*[.,!~;)(\\]\"'-]|\\s+[a-z가-힣*_])",
        // Correct. That's right! Indeed I am.
        "((?:indeed,? i am|correct|right|true|exactly|indeed|absolutely|definitely|of course|i am|it is|\
         (?:that's|that is|you're|you are|it's|it is) (?:right|correct|true|me)|you (?:got|guessed) (?:it|me)|guilty as charged|y)\
         (?: indeed| so| it| that| the one| him| you are| i am| sir)?)[*_]*(?:\\s*$|\\s*[.,!~;)(\\]\"'-])",
    ];
    let no = [
        "((?:사람|인간)(?:이|은|는)? ?)?(?:아니(?:요|오|에요|예요|야|지만|고|라|며|었|[ ,.!?~\\n]|$)|아닙니|아녜|아냐|아닌(?:데|걸|가|것|,| 것)|아님)",
        "(?:말씀 ?드릴|말할|밝힐|밝혀 ?드릴|알려 ?드릴|알려 ?줄|알|공개할|답할|답변할|답변 ?드릴|답해 ?드릴|대답할|확인할|\
         확인해 ?드릴|확인시켜 ?드릴) ?수(?:는|가|도)? ?없",
        "(?:말씀 ?드리기|말하기|밝히기|답하기|답변하기|답변 ?드리기)(?:는|가)? ?(?:어렵|곤란|힘들)",
        "(?:저도|나도|저는|나는|전|난) ?(?:잘 )?(?:모르|모릅|몰라)|비밀(?:이|입)|농담(?:입|이에|이야|이었)",
        "\\b(?:am|i'm|im|is|it's|that's|was|are|you're) [*_]*(?:actually |really |in fact |certainly |definitely |just )?[*_]*not\\b\
         ( an? (?:human|person|real person))?",
        "\\b(?:isn't|aren't|wasn't|ain't|not me|just kidding)\\b",
        "\\b(?:can't|cannot|can not|won't|will not|couldn't|unable to|not able to|not allowed to|not supposed to|don't|do not) \
         (?:really |actually )?(?:say|tell|confirm|reveal|disclose|answer|know|identify)\\b",
        "(?:^|[.,!?;\\n-]|\\b(?:and|or|well|wait|actually),?) ?[*_]*(?:no|nope|not)[*_]*(?:$| ?[.,!?;\\n-])",
    ];
    let lead = "(?:(?:저는|전|나는|난|제가|정답은|정답|답은|답|굳이 고르자면|고르자면|굳이 말하자면|it's|it is|i am|i'm|i'd say|\
                i would say|i choose|i pick|i would (?:pick|choose|say)|my answer is|the answer is|answer|that would be|that's|\
                option|choice|letter|number|the)[ :,*_'\"]+)*";
    let word = "[(\\[]?(?:([a-z]번?|[0-9]{1,2}|[가나다라마바사]번?)|([0-9]{1,2} ?번째|[0-9]{1,2} ?번|first|1st|one|former|second|\
                2nd|two|third|3rd|three|fourth|4th|fifth|5th|latter|last|전자|(?:첫|두|세|네|다섯) ?번째|첫째|둘째|셋째|후자|마지막)\
                (?: ?(?:one|option|choice|model|모델|것|쪽))?)[)\\]]?[*_'\"]*";
    let trail = "(?: ?(?:입니다|이에요|예요|에요|이야|야|요|임|이다|다|이죠|죠|에 해당합니다|에 해당해요|\
                 (?:을|를) (?:선택합니다|선택하겠습니다|고르겠습니다|고를게요)|(?:이|가) 맞습니다))*";
    Some(Answers {
        yes: Regex::new(&format!("^(?:{})", yes.join("|"))).ok()?,
        no: Regex::new(&no.join("|")).ok()?,
        which: Regex::new(&format!("^{lead}{word}{trail}(?:$|[.!)~*_'\"\\n])")).ok()?,
    })
});

/// The place at which an answer tells who wrote it without a name, and who that is where the prompt says so.
pub(super) fn told(text: &Folded, question: &Question) -> Option<(Range<usize>, Option<usize>)> {
    match question {
        Question::Other => None,
        Question::IsIt(who) => Some((affirmed(&text.text)?, Some(*who))),
        Question::Which(choices) => chosen(text, choices),
    }
}

/// Where a text begins with a yes that it does not take back.
fn affirmed(text: &str) -> Option<Range<usize>> {
    let answers = ANSWERS.as_ref()?;
    let from = text.find(char::is_alphanumeric)?;
    let said = text.get(from..)?;
    let yes = answers.yes.captures(said)?.iter().skip(1).flatten().next()?.range();
    (!takes_back(answers, said)).then_some(from + yes.start..from + yes.end)
}

fn takes_back(answers: &Answers, text: &str) -> bool {
    let text = text.get(..text.floor_char_boundary(TAKEN_BACK)).unwrap_or_default();
    answers.no.captures_iter(text).any(|found| found.iter().skip(1).all(|group| group.is_none()))
}

/// The letter, number or place of a list that a short text is little else than, and whose that is.
fn chosen(text: &Folded, choices: &[Choice]) -> Option<(Range<usize>, Option<usize>)> {
    let answers = ANSWERS.as_ref()?;
    if pick::weight(text, &[]) > pick::SHORT {
        return None;
    }
    let from = text.text.find(char::is_alphanumeric)?;
    let said = text.text.get(from..)?;
    let found = answers.which.captures(said)?;
    let rest = found.get(0).and_then(|whole| said.get(whole.end()..)).unwrap_or_default();
    let (letter, word) = (found.get(1), found.get(2));
    // A bare number with more behind it begins a list.
    let goes_on = rest.contains(char::is_alphanumeric);
    let is_number = letter.is_some_and(|letter| letter.as_str().starts_with(|c: char| c.is_ascii_digit()));
    if goes_on && (is_number || takes_back(answers, said)) {
        return None;
    }
    let spoken = letter.or(word)?;
    let number = place(spoken.as_str().trim_end_matches("번째").trim_end_matches('번'))
        .or_else(|| place(spoken.as_str()));
    let who = number.and_then(|number| bearer(choices, number));
    // A letter that stands in no list is a word or nothing; one among the letters of a list may stand for a name that
    // nobody knows.
    let is_among =
        |number: usize| choices.iter().any(|choice| choice.label.is_some_and(|last| number <= last));
    (word.is_some() || who.is_some() || number.is_some_and(is_among))
        .then(|| (from + spoken.start()..from + spoken.end(), who))
}

/// Whose a place of a list is. Of a list without letters only two can be told apart: it may hold names that nobody knows.
fn bearer(choices: &[Choice], place: usize) -> Option<usize> {
    if choices.iter().any(|choice| choice.label.is_some()) {
        let is_it =
            |choice: &&Choice| choice.label.is_some_and(|label| label == place || label == place + HANGUL);
        let last = || choices.iter().max_by_key(|choice| choice.label);
        let found = if place == LAST { last() } else { choices.iter().find(is_it) };
        return found.map(|choice| choice.who);
    }
    match (choices, place) {
        ([first, _], 1) => Some(first.who),
        ([_, second], 2 | LAST) => Some(second.who),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWERS, LABELS};

    #[test]
    fn every_answer_is_a_regular_expression() {
        assert!(LABELS.is_some() && ANSWERS.is_some());
    }
}
