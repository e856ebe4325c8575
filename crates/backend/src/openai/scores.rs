//! Reads the log-probabilities of given text, and finds the tokens that belong to the continuation.
//!
//! Where the server's tokens, written one after the other, are the text that was sent, the join is found in
//! bytes. They often are not: tokens that split a Korean syllable come back as replacement characters, and a
//! token may span the join. Then the tokens of the context alone are counted, and the continuation has the rest,
//! as lm-evaluation-harness does.

use super::body::Body;
use super::trouble::Trouble;
use super::written::{check_error, choice, usage};
use serde_json::Value;

/// One token of the text that was sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    text: String,
    /// Natural logarithm; none for the first token, which nothing stands before.
    logprob: Option<f64>,
    /// Whether it is the most probable one.
    is_top: Option<bool>,
}

/// How a server is made to score given text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scoring {
    /// `echo`, `logprobs` and no token written.
    Echo,
    /// The same, for servers that want to write at least one token.
    EchoAndOne,
    /// vLLM's own `prompt_logprobs`.
    PromptLogprobs,
}

impl Scoring {
    /// The fields that ask for it.
    pub(super) fn fields(self) -> Vec<(&'static str, Value)> {
        let echo = |max_tokens: u32| {
            vec![
                ("max_tokens", max_tokens.into()),
                ("temperature", 0.into()),
                ("echo", true.into()),
                ("logprobs", 1.into()),
            ]
        };
        match self {
            Self::Echo => echo(0),
            Self::EchoAndOne => echo(1),
            Self::PromptLogprobs => {
                vec![("max_tokens", 1.into()), ("temperature", 0.into()), ("prompt_logprobs", 1.into())]
            }
        }
    }
}

/// The tokens of a text, and how many of them were sent rather than written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scores {
    tokens: Vec<Token>,
    sent: usize,
}

/// The sum over a range of tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sum {
    pub(super) logprob: f64,
    pub(super) is_greedy: bool,
    pub(super) tokens: u32,
}

impl Scores {
    /// The scores in `body`.
    pub(super) fn read(body: &Body, scoring: Scoring) -> Result<Self, Trouble> {
        let Body::Whole(value) = body else {
            return Err(Trouble::malformed("a stream came where one answer was asked for"));
        };
        check_error(value)?;
        let choice = choice(value)?;
        match scoring {
            Scoring::Echo => {
                let tokens = echoed(choice)?;
                let sent = tokens.len();
                Ok(Self { tokens, sent })
            }
            Scoring::EchoAndOne => {
                let tokens = echoed(choice)?;
                let told = usage(value, "prompt_tokens").and_then(|count| usize::try_from(count).ok());
                let sent =
                    told.filter(|count| *count <= tokens.len()).unwrap_or(tokens.len().saturating_sub(1));
                Ok(Self { tokens, sent })
            }
            Scoring::PromptLogprobs => {
                let listed = choice.get("prompt_logprobs").or_else(|| value.get("prompt_logprobs"));
                let listed = listed.and_then(Value::as_array);
                let listed =
                    listed.ok_or_else(|| Trouble::malformed("the answer has no `prompt_logprobs`"))?;
                let tokens = listed.iter().map(prompt_token).collect::<Result<Vec<_>, _>>()?;
                let sent = tokens.len();
                Ok(Self { tokens, sent })
            }
        }
    }

    /// How many tokens were sent.
    pub(super) fn sent(&self) -> usize {
        self.sent
    }

    /// What the server put before `text`, or `None` where its tokens' texts do not show it.
    pub(super) fn beginning(&self, text: &str) -> Option<Beginning> {
        let at = self.walk(text)?;
        let first = self.tokens.first()?;
        if at.skipped == 1 {
            return Some(Beginning::Text(first.text.clone()));
        }
        if first.text.is_empty() && first.logprob.is_none() {
            return Some(Beginning::Unknown);
        }
        Some(Beginning::Nothing)
    }

    /// The number of the continuation's first token, if the server's texts show it beyond doubt.
    pub(super) fn join(&self, context: &str, continuation: &str, beginning: &Beginning) -> Option<usize> {
        let walked = self.walk(&format!("{context}{continuation}"))?;
        let first = walked.starts.iter().position(|start| *start == context.len())?;
        let first = first + walked.skipped;
        let is_beginning = context.is_empty() && walked.skipped == 0 && *beginning == Beginning::Unknown;
        Some(if is_beginning { first + 1 } else { first })
    }

    /// The sum from token `first` to the last one that was sent.
    pub(super) fn sum(&self, first: usize) -> Result<Sum, Trouble> {
        let tokens = self.tokens.get(first..self.sent).unwrap_or_default();
        if tokens.is_empty() {
            return Err(Trouble::unsupported(
                "the continuation has no token of its own: the last token of the context runs into it",
            ));
        }
        let mut logprob = 0.0;
        let mut is_greedy = true;
        for token in tokens {
            let one = token.logprob.ok_or_else(|| {
                Trouble::unsupported(
                    "the server gives the first token of a text no log-probability, and puts nothing before it",
                )
            })?;
            if !one.is_finite() || one > 1e-3 {
                return Err(Trouble::malformed(format!("{one} is not a log-probability")));
            }
            let is_top = token.is_top.ok_or_else(|| {
                Trouble::malformed("the answer does not tell the most probable token at each place")
            })?;
            logprob += one.min(0.0);
            is_greedy &= is_top;
        }
        Ok(Sum { logprob, is_greedy, tokens: u32::try_from(tokens.len()).unwrap_or(u32::MAX) })
    }

    /// Where each token begins, in bytes, if the tokens written one after the other are `text`, but for one
    /// token that begins the text.
    fn walk(&self, text: &str) -> Option<Walk> {
        let sent = self.tokens.get(..self.sent)?;
        (0..=1).find_map(|skipped| {
            if skipped == 1 && sent.first()?.logprob.is_some() {
                return None;
            }
            let mut starts = Vec::with_capacity(sent.len());
            let mut rest = text;
            for token in sent.get(skipped..)? {
                starts.push(text.len() - rest.len());
                rest = rest.strip_prefix(token.text.as_str())?;
            }
            rest.is_empty().then_some(Walk { skipped, starts })
        })
    }
}

/// What the server puts before each text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// Nothing.
    Nothing,
    /// A token with this text.
    Text(String),
    /// A token whose text the server does not tell.
    Unknown,
}

struct Walk {
    skipped: usize,
    starts: Vec<usize>,
}

/// The tokens of the legacy completions format: parallel lists under `logprobs`.
fn echoed(choice: &Value) -> Result<Vec<Token>, Trouble> {
    let list = |name: &str| choice.get("logprobs")?.get(name)?.as_array();
    let missing = || Trouble::malformed("the answer has no `logprobs` with tokens and token_logprobs");
    let (texts, logprobs) =
        (list("tokens").ok_or_else(missing)?, list("token_logprobs").ok_or_else(missing)?);
    let tops = list("top_logprobs");
    if texts.len() != logprobs.len() || tops.is_some_and(|tops| tops.len() != texts.len()) {
        return Err(Trouble::malformed("the lists under `logprobs` differ in length"));
    }
    let mut tokens = Vec::with_capacity(texts.len());
    for (at, (text, logprob)) in texts.iter().zip(logprobs).enumerate() {
        let text = text.as_str().ok_or_else(|| Trouble::malformed("a token is not text"))?;
        let logprob = optional_number(logprob)?;
        let top = tops.and_then(|tops| tops.get(at)).and_then(Value::as_object);
        let best = top.and_then(|top| top.values().filter_map(Value::as_f64).reduce(f64::max));
        tokens.push(Token {
            text: text.to_owned(),
            logprob,
            is_top: logprob.zip(best).map(|(own, best)| own >= best),
        });
    }
    Ok(tokens)
}

/// One place of vLLM's `prompt_logprobs`: null, or the token itself and the most probable one, by token id.
fn prompt_token(place: &Value) -> Result<Token, Trouble> {
    let wrong = || Trouble::malformed("a place of `prompt_logprobs` is neither null nor tokens with a rank");
    let entries = match place {
        Value::Null => {
            return Ok(Token { text: String::new(), logprob: None, is_top: None });
        }
        Value::Object(entries) => entries,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => return Err(wrong()),
    };
    let rank = |entry: &Value| entry.get("rank").and_then(Value::as_u64);
    // The token itself has the greater rank, or is the most probable one and stands alone.
    let mut own: Option<&Value> = None;
    for entry in entries.values() {
        if own.is_none_or(|own| rank(entry) > rank(own)) {
            own = Some(entry);
        }
    }
    let own = own.ok_or_else(wrong)?;
    Ok(Token {
        text: own.get("decoded_token").and_then(Value::as_str).unwrap_or_default().to_owned(),
        logprob: optional_number(own.get("logprob").ok_or_else(wrong)?)?,
        is_top: Some(rank(own).ok_or_else(wrong)? == 1),
    })
}

fn optional_number(value: &Value) -> Result<Option<f64>, Trouble> {
    match value {
        Value::Null => Ok(None),
        _ => value.as_f64().map(Some).ok_or_else(|| Trouble::malformed("a log-probability is not a number")),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]
mod tests {
    use super::{Beginning, Body, Scores, Scoring};
    use daepyo_core::FailureClass;
    use serde_json::{Value, json};

    fn echo(tokens: &[&str], logprobs: &[Option<f64>]) -> Value {
        let top: Vec<Value> = tokens
            .iter()
            .zip(logprobs)
            .map(|(token, logprob)| match logprob {
                Some(logprob) => json!({*token: logprob, "other": -1.0}),
                None => Value::Null,
            })
            .collect();
        json!({"choices": [{"index": 0, "text": tokens.concat(), "finish_reason": "length", "logprobs": {
            "tokens": tokens, "token_logprobs": logprobs, "top_logprobs": top,
            "text_offset": vec![0; tokens.len()],
        }}]})
    }

    fn read(value: Value, scoring: Scoring) -> Scores {
        Scores::read(&Body::Whole(value), scoring).unwrap()
    }

    #[test]
    fn the_join_is_counted_in_bytes_and_a_beginning_token_is_skipped() {
        let value = echo(
            &["<s>", "질문", ":", " 답", "은"],
            &[None, Some(-3.0), Some(-0.5), Some(-2.0), Some(-0.25)],
        );
        let scores = read(value, Scoring::Echo);
        let bos = Beginning::Text("<s>".to_owned());
        assert_eq!(scores.beginning("질문: 답은"), Some(bos.clone()));
        assert_eq!(scores.join("질문:", " 답은", &bos), Some(3));
        let sum = scores.sum(3).unwrap();
        assert_eq!((sum.logprob.to_bits(), sum.tokens), ((-2.25_f64).to_bits(), 2));
        assert!(!sum.is_greedy);
        assert!(scores.sum(4).unwrap().is_greedy);
        assert_eq!(scores.join("", "질문: 답은", &bos), Some(1));
    }

    #[test]
    fn a_join_inside_a_token_or_a_split_syllable_is_unclear() {
        let spanning = read(echo(&["a", "bc"], &[None, Some(-1.0)]), Scoring::Echo);
        assert_eq!(spanning.join("ab", "c", &Beginning::Nothing), None);
        let split =
            read(echo(&["a", "\u{fffd}", "\u{fffd}"], &[None, Some(-1.0), Some(-1.0)]), Scoring::Echo);
        assert_eq!(split.join("a", "뷁", &Beginning::Nothing), None);
    }

    #[test]
    fn an_empty_piece_at_the_join_belongs_to_what_follows() {
        let value = echo(&["a", "", "뷁"], &[None, Some(-1.0), Some(-2.0)]);
        let scores = read(value, Scoring::Echo);
        assert_eq!(scores.join("a", "뷁", &Beginning::Nothing), Some(1));
        assert_eq!(scores.sum(1).unwrap().tokens, 2);
    }

    #[test]
    fn what_was_written_beyond_the_text_does_not_count() {
        let mut value = echo(&["a", " b", " c"], &[None, Some(-1.0), Some(-9.0)]);
        let scores = read(value.clone(), Scoring::EchoAndOne);
        assert_eq!(scores.sum(1).unwrap().logprob.to_bits(), (-1.0_f64).to_bits());
        // The text ended at once: nothing was written, and the usage says so.
        value.as_object_mut().unwrap().insert("usage".into(), json!({"prompt_tokens": 3}));
        let scores = read(value, Scoring::EchoAndOne);
        assert_eq!(scores.sum(1).unwrap().logprob.to_bits(), (-10.0_f64).to_bits());
    }

    #[test]
    fn prompt_logprobs_take_the_token_itself_not_the_most_probable_one() {
        let value = json!({"choices": [{"index": 0, "text": "x", "finish_reason": "length", "prompt_logprobs": [
            null,
            {"7": {"logprob": -0.125, "rank": 1, "decoded_token": " b"}},
            {"3": {"logprob": -0.5, "rank": 1, "decoded_token": " z"}, "9": {"logprob": -4.0, "rank": 6, "decoded_token": " c"}},
        ]}]});
        let scores = read(value, Scoring::PromptLogprobs);
        let sum = scores.sum(1).unwrap();
        assert_eq!((sum.logprob.to_bits(), sum.is_greedy), ((-4.125_f64).to_bits(), false));
        assert!(scores.sum(1).is_ok());
        assert_eq!(scores.sum(0).unwrap_err().class, FailureClass::Unsupported);
    }

    #[test]
    fn nothing_left_for_the_continuation_is_told_in_words() {
        let scores = read(echo(&["a", " b"], &[None, Some(-1.0)]), Scoring::Echo);
        let error = scores.sum(2).unwrap_err();
        assert_eq!(error.class, FailureClass::Unsupported);
        assert!(error.message.contains("no token of its own"));
        assert!(scores.sum(99).is_err());
    }
}
