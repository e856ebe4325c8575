//! How a text is written: length, headings, bold and list items, as the public arenas count them.
//!
//! What is counted and how two texts are compared follows the style control of Chatbot Arena (Li, Angelopoulos and
//! Chiang 2024, "Does style matter?", lmsys.org/blog/2024-08-28-style-control, and the counting script of
//! Arena-Hard-Auto): code blocks between triple backticks are left out of the counts of marks; the difference of a
//! feature is `(left - right) / (left + right)`. The arenas measure length in tokens; here it is in characters,
//! so that no tokenizer decides.

use serde::{Deserialize, Serialize};

/// Names of the features, in the order of [`difference`].
pub const NAMES: [&str; 4] = ["length", "headings", "bold", "list_items"];

/// How a markdown text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Unicode scalar values of the whole text, code included.
    pub characters: u32,
    /// Lines that begin with one to six `#` and white space.
    pub headings: u32,
    /// Runs `**…**` and `__…__` within a line.
    pub bold: u32,
    /// Lines that begin, after white space, with `-`, `*`, `+` or a number and a point, and white space.
    pub list_items: u32,
}

/// Counts a text's features.
///
/// # Examples
/// ```
/// use daepyo_verdict::votes::style::{Style, style};
/// let text = "# Title\n\n1. **one**\n  - two\n```\n# no heading\n```\n";
/// assert_eq!(style(text), Style { characters: 49, headings: 1, bold: 1, list_items: 2 });
/// ```
pub fn style(markdown: &str) -> Style {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let plain = without_code(markdown);
    // With its newline, which is the white space after an empty mark.
    let lines = || plain.split_inclusive('\n');
    Style {
        characters: count(markdown.chars().count()),
        headings: count(lines().filter(|line| is_heading(line)).count()),
        bold: count(lines().map(|line| runs(line, '*') + runs(line, '_')).sum()),
        list_items: count(lines().filter(|line| is_item(line)).count()),
    }
}

/// Normalised differences of two texts by feature, -1 to 1; 0 where both have none.
pub fn difference(left: Style, right: Style) -> [f64; 4] {
    let features =
        |style: Style| [style.characters, style.headings, style.bold, style.list_items].map(f64::from);
    let (left, right) = (features(left), features(right));
    std::array::from_fn(|k| {
        let (one, other) = (left.get(k).copied().unwrap_or(0.0), right.get(k).copied().unwrap_or(0.0));
        if one + other > 0.0 { (one - other) / (one + other) } else { 0.0 }
    })
}

/// The text without what stands between pairs of triple backticks that no backtick comes between.
fn without_code(text: &str) -> String {
    const FENCE: &str = "```";
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(FENCE) {
        match after.split_once('`') {
            // The next backtick closes the block where it is the first of three.
            Some((inside, tail)) if tail.starts_with("``") => {
                kept.push_str(before);
                kept.push_str(FENCE);
                kept.push_str(FENCE);
                rest = after.get(inside.len() + FENCE.len()..).unwrap_or_default();
            }
            Some(_) | None => {
                kept.push_str(before);
                kept.push('`');
                rest = rest.get(before.len() + 1..).unwrap_or_default();
            }
        }
    }
    kept.push_str(rest);
    kept
}

fn is_heading(line: &str) -> bool {
    let after = line.trim_start_matches('#');
    let marks = line.len() - after.len();
    (1..=6).contains(&marks) && after.chars().next().is_some_and(char::is_whitespace)
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    let number = || {
        let after = line.trim_start_matches(|c: char| c.is_ascii_digit());
        if after.len() < line.len() { after.strip_prefix('.') } else { None }
    };
    let after = line.strip_prefix(['-', '*', '+']).or_else(number);
    after.is_some_and(|after| after.chars().next().is_some_and(char::is_whitespace))
}

/// Runs between two doubled `mark`s with something between them and no `mark` in it.
fn runs(line: &str, mark: char) -> usize {
    let doubled: String = [mark, mark].iter().collect();
    let mut count = 0;
    let mut rest = line;
    while let Some(start) = rest.find(&doubled) {
        let inside = rest.get(start + doubled.len()..).unwrap_or_default();
        match inside.find(mark) {
            Some(end) if end > 0 && inside.get(end..).is_some_and(|tail| tail.starts_with(&doubled)) => {
                count += 1;
                rest = inside.get(end + doubled.len()..).unwrap_or_default();
            }
            Some(_) => rest = rest.get(start + mark.len_utf8()..).unwrap_or_default(),
            None => break,
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{Style, difference, style};

    fn counts(text: &str) -> (u32, u32, u32) {
        let Style { headings, bold, list_items, characters: _ } = style(text);
        (headings, bold, list_items)
    }

    #[test]
    fn counts_what_the_arenas_count() {
        // Each right-hand side is what the regular expressions of Arena-Hard-Auto's add_markdown_info.py give.
        for (text, expected) in [
            ("", (0, 0, 0)),
            ("# a\n####### b\n#c\n ## d\n###### e", (2, 0, 0)),
            ("**a** **b c** ** ** **** **d\ne**", (0, 4, 0)),
            ("__a__ __b_c__ ***d***", (0, 2, 0)),
            ("- a\n* b\n+ c\n-d\n12. e\n1) f\n   3. g\n--- h", (0, 0, 5)),
            ("```\n# a\n- b\n```\n- c", (0, 0, 1)),
            ("```a`b\n- c\n``` - d\n- e", (0, 0, 2)),
            ("한국어 **굵게** 쓰기\n1. 하나\n2. 둘", (0, 1, 2)),
        ] {
            assert_eq!(counts(text), expected, "{text:?}");
        }
        assert_eq!(style("가나다").characters, 3);
    }

    #[test]
    fn differences_are_normalised_and_turn_with_the_sides() {
        let one = Style { characters: 300, headings: 2, bold: 0, list_items: 0 };
        let other = Style { characters: 100, headings: 0, bold: 0, list_items: 5 };
        let by = difference(one, other);
        for (found, right) in by.iter().zip([0.5, 1.0, 0.0, -1.0]) {
            assert!((found - right).abs() < 1e-12);
        }
        for (turned, by) in difference(other, one).iter().zip(by) {
            assert!((turned + by).abs() < 1e-12);
        }
    }
}
