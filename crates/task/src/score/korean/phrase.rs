//! Short text answers: quoted words, and words without their copula.

const QUOTES: [(char, char); 6] =
    [('"', '"'), ('\'', '\''), ('“', '”'), ('‘', '’'), ('「', '」'), ('『', '』')];
const COPULAS: [&str; 12] = [
    "이었습니다",
    "였습니다",
    "입니다",
    "이라고 합니다",
    "라고 합니다",
    "이에요",
    "예요",
    "이다",
    "이며",
    "이고",
    "이죠",
    "임",
];
/// Longer than any short answer: a sentence that is no answer but an explanation.
const LONGEST_CHARS: usize = 100;

/// The words that a marked stretch gives.
pub(super) fn in_segment(segment: &str, before: bool) -> Option<String> {
    if before {
        // "서울이 정답입니다": the subject without its particle.
        let subject = segment.trim();
        let subject = subject.strip_suffix(['이', '가', '은', '는']).unwrap_or(subject);
        return quoted(subject).or_else(|| short(subject));
    }
    quoted(segment).or_else(|| short(segment))
}

/// The first line of a text.
pub(super) fn first_line(text: &str) -> Option<String> {
    in_segment(text.trim_start().lines().next()?, false)
}

/// The line of a text that has only one.
pub(super) fn only_line(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next()?;
    if lines.next().is_some() {
        return None;
    }
    short(first)
}

/// What stands in the quotation marks that a text begins with.
fn quoted(text: &str) -> Option<String> {
    let text = text.trim_start();
    let opening = text.chars().next()?;
    let (_, closing) = QUOTES.iter().find(|(open, _)| *open == opening)?;
    let inner = text.get(opening.len_utf8()..)?;
    let (inner, _) = inner.split_once(*closing)?;
    short(inner)
}

fn short(text: &str) -> Option<String> {
    let is_border = |c: char| c.is_whitespace() || ".!?。,:;\"'“”‘’「」『』()[]$".contains(c);
    let mut text = text.trim_matches(is_border);
    if let Some(stem) = COPULAS.iter().find_map(|copula| text.strip_suffix(copula))
        && !stem.trim().is_empty()
    {
        text = stem.trim_matches(is_border);
    }
    let length = text.chars().count();
    (1..=LONGEST_CHARS).contains(&length).then(|| text.to_owned())
}
