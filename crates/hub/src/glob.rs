//! Patterns of file names as hub cards write them: `*`, `?` and `[…]` within a part, `**` for any parts.

/// Whether `pattern` names `path`; both are relative, with `/` between parts.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let path: Vec<Vec<char>> = path.split('/').map(|part| part.chars().collect()).collect();
    // reach[i]: the pattern's parts read so far stand for the path's first i parts.
    let mut reach = vec![false; path.len() + 1];
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    for part in pattern.split('/') {
        let mut next = vec![false; reach.len()];
        if part == "**" {
            let mut open = false;
            for (cell, here) in next.iter_mut().zip(&reach) {
                open |= *here;
                *cell = open;
            }
        } else {
            let tokens = tokens(part);
            for ((cell, here), text) in next.iter_mut().skip(1).zip(&reach).zip(&path) {
                *cell = *here && part_matches(&tokens, text);
            }
        }
        reach = next;
    }
    // A last `**` stands for files, so for at least one part; the path never ends in an empty one.
    reach.last().copied().unwrap_or(false)
}

/// Whether `text` has a character that makes it a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

enum Token {
    Any,
    One,
    Class { negated: bool, ranges: Vec<(char, char)> },
    Literal(char),
}

fn tokens(part: &str) -> Vec<Token> {
    let chars: Vec<char> = part.chars().collect();
    let mut tokens = Vec::new();
    let mut rest = chars.as_slice();
    while let Some((c, after)) = rest.split_first() {
        rest = after;
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '[' => match class(after) {
                Some((token, after)) => {
                    rest = after;
                    token
                }
                None => Token::Literal('['),
            },
            c => Token::Literal(*c),
        });
    }
    tokens
}

/// What follows a `[`, up to its `]`; `None` where it is never closed.
fn class(rest: &[char]) -> Option<(Token, &[char])> {
    let negated = matches!(rest.first(), Some('!' | '^'));
    let body = rest.get(usize::from(negated)..)?;
    // A `]` in the first place is one of the characters.
    let end = body.iter().skip(1).position(|c| *c == ']')? + 1;
    let mut ranges = Vec::new();
    let mut inside = body.get(..end)?;
    loop {
        match inside {
            [low, '-', high, after @ ..] => {
                ranges.push((*low, *high));
                inside = after;
            }
            [one, after @ ..] => {
                ranges.push((*one, *one));
                inside = after;
            }
            [] => break,
        }
    }
    Some((Token::Class { negated, ranges }, body.get(end + 1..)?))
}

fn part_matches(tokens: &[Token], text: &[char]) -> bool {
    let mut row = vec![false; text.len() + 1];
    if let Some(first) = row.first_mut() {
        *first = true;
    }
    for token in tokens {
        let mut next = vec![false; row.len()];
        if matches!(token, Token::Any) {
            let mut open = false;
            for (cell, here) in next.iter_mut().zip(&row) {
                open |= *here;
                *cell = open;
            }
        } else {
            for ((cell, here), c) in next.iter_mut().skip(1).zip(&row).zip(text) {
                *cell = *here
                    && match token {
                        Token::Any | Token::One => true,
                        Token::Class { negated, ranges } => {
                            ranges.iter().any(|(low, high)| low <= c && c <= high) != *negated
                        }
                        Token::Literal(literal) => literal == c,
                    };
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_name_what_the_hub_says_they_name() {
        for (pattern, path, expected) in [
            ("data/train-*", "data/train-00000-of-00001.parquet", true),
            ("data/*", "data/a/b.csv", false),
            ("data/**", "data/a/b.csv", true),
            ("**/test[-._ 0-9]*", "test.jsonl", true),
            ("**/test[-._ 0-9]*", "a/b/test-1.csv", true),
            ("**/test[-._ 0-9]*", "a/testing.csv", false),
            ("**/*[-._ 0-9]dev[-._ 0-9]*", "x/mmlu_dev.csv", true),
            ("[!a]x", "bx", true),
            ("[!a]x", "ax", false),
            ("[]]x", "]x", true),
            ("[a", "[a", true),
            ("한?어/*", "한국어/시험.json", true),
            ("*", "", true),
            ("a/**/b", "a/b", true),
            ("a/**/b", "a/c/d/b", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
