//! What a token stands for in bytes, so that vocabularies of different tokenizers can be joined.

use super::About;
use serde_json::Value;

/// The bytes that `token` stands for, by the kind of its tokenizer: `gpt2` (bytes written as printable characters),
/// `llama` (SentencePiece: `▁` for a space, `<0x0A>` for a byte), `bert` (WordPiece: `##` for no space before). Tokens
/// of other kinds stand for what is written.
pub(crate) fn token_bytes(token: &[u8], kind: &str) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(token) else { return token.to_vec() };
    match kind {
        "gpt2" => from_printable(text).unwrap_or_else(|| token.to_vec()),
        "llama" | "gemma4" | "t5" => sentence_piece(text),
        "bert" => word_piece(text),
        _ => token.to_vec(),
    }
}

/// GPT-2's table: printable Latin-1 characters stand for themselves, the other bytes for U+0100 and on, in order.
fn from_printable(text: &str) -> Option<Vec<u8>> {
    text.chars().map(byte_of).collect()
}

fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    if let Ok(byte) = u8::try_from(code) {
        return stands_for_itself(byte).then_some(byte);
    }
    let place = usize::try_from(code.checked_sub(0x100)?).ok()?;
    (0..=u8::MAX).filter(|byte| !stands_for_itself(*byte)).nth(place)
}

fn stands_for_itself(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

fn sentence_piece(text: &str) -> Vec<u8> {
    let byte = text.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
    match byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
        Some(byte) => vec![byte],
        None => text.replace('\u{2581}', " ").into_bytes(),
    }
}

/// llama.cpp writes a word's beginning as SentencePiece does; the original marks what goes on with `##`.
fn word_piece(text: &str) -> Vec<u8> {
    if let Some(rest) = text.strip_prefix("##") {
        return rest.as_bytes().to_vec();
    }
    if let Some(rest) = text.strip_prefix('\u{2581}') {
        return format!(" {rest}").into_bytes();
    }
    text.as_bytes().to_vec()
}

/// Takes the vocabulary out of a `tokenizer.json` of the tokenizers library; leaves `about` as it is where there is
/// none that is understood.
pub(super) fn from_tokenizer_json(json: &Value, about: &mut About) {
    let model = json.get("model");
    let kind = match model.and_then(|model| model.get("type")).and_then(Value::as_str) {
        Some("WordPiece") => "words",
        Some("BPE") if mentions(json, "ByteLevel") => "gpt2",
        Some("BPE" | "Unigram") => "llama",
        _ => return,
    };
    let mut pairs: Vec<(usize, Vec<u8>)> = Vec::new();
    let bytes = |text: &str| {
        if kind == "words" { original_word_piece(text) } else { token_bytes(text.as_bytes(), kind) }
    };
    match model.and_then(|model| model.get("vocab")) {
        Some(Value::Object(vocabulary)) => {
            let numbered =
                vocabulary.iter().filter_map(|(text, number)| Some((number_of(number)?, bytes(text))));
            pairs.extend(numbered);
        }
        Some(Value::Array(vocabulary)) => {
            let texts =
                vocabulary.iter().map(|entry| entry.get(0).and_then(Value::as_str).unwrap_or_default());
            pairs.extend(texts.map(bytes).enumerate());
        }
        _ => return,
    }
    let added = json.get("added_tokens").and_then(Value::as_array).into_iter().flatten();
    pairs.extend(added.filter_map(|token| {
        let text = token.get("content")?.as_str()?;
        Some((number_of(token.get("id")?)?, text.as_bytes().to_vec()))
    }));
    about.tokens = Some(in_order(pairs));
}

/// A `vocab.txt` of WordPiece: a token a line.
pub(super) fn from_vocabulary_text(text: &str, about: &mut About) {
    about.tokens = Some(text.lines().map(original_word_piece).collect());
}

/// In the original form a word's beginning has no mark, so the space before it is added.
fn original_word_piece(text: &str) -> Vec<u8> {
    let special = text.starts_with('[') && text.ends_with(']') && text.len() > 2;
    match text.strip_prefix("##") {
        Some(rest) => rest.as_bytes().to_vec(),
        None if special => text.as_bytes().to_vec(),
        None => format!(" {text}").into_bytes(),
    }
}

/// More numbers than any vocabulary has are left out.
const TOKENS: usize = 4_000_000;

fn in_order(pairs: Vec<(usize, Vec<u8>)>) -> Vec<Vec<u8>> {
    let length = pairs.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
    let mut tokens = vec![Vec::new(); length];
    for (number, bytes) in pairs {
        if let Some(slot) = tokens.get_mut(number) {
            *slot = bytes;
        }
    }
    tokens
}

fn number_of(value: &Value) -> Option<usize> {
    usize::try_from(value.as_u64()?).ok().filter(|number| *number < TOKENS)
}

/// Whether a step of the tokenizer is of that type, at the places where the library writes steps.
fn mentions(json: &Value, kind: &str) -> bool {
    let steps = ["pre_tokenizer", "decoder"].iter().filter_map(|step| json.get(step));
    steps.into_iter().any(|step| {
        let is = |step: &Value| step.get("type").and_then(Value::as_str) == Some(kind);
        let inner =
            ["pretokenizers", "decoders"].iter().filter_map(|list| step.get(list)?.as_array()).flatten();
        is(step) || inner.into_iter().any(is)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_has_the_same_bytes_in_every_kind_of_vocabulary() {
        let word = " 대표".as_bytes();
        assert_eq!(token_bytes("▁대표".as_bytes(), "llama"), word);
        assert_eq!(token_bytes("▁대표".as_bytes(), "bert"), word);
        assert_eq!(original_word_piece("대표"), word);
        let printable: String = word
            .iter()
            .map(|byte| (0..0x200).filter_map(char::from_u32).find(|c| byte_of(*c) == Some(*byte)).unwrap())
            .collect();
        assert_eq!(token_bytes(printable.as_bytes(), "gpt2"), word);
    }

    #[test]
    fn a_byte_that_is_written_as_a_number_is_that_byte() {
        assert_eq!(token_bytes(b"<0x0A>", "llama"), [10]);
        assert_eq!(token_bytes("Ċ".as_bytes(), "gpt2"), [10]);
    }

    #[test]
    fn a_huge_token_number_costs_no_memory() {
        let json = serde_json::json!({"model": {"type": "BPE", "vocab": {"a": 4_000_000_000_u64, "b": 1}}});
        let mut about = About::default();
        from_tokenizer_json(&json, &mut about);
        assert_eq!(about.tokens, Some(vec![Vec::new(), b"b".to_vec()]));
    }
}
