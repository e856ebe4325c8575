//! The day's cap: counted as told, guessed where nobody tells, never passed by many at once.

use crate::support::{asked, params, read_all};
use daepyo_backend::TalkError;
use daepyo_backend::talk::{DailyMeter, End, Piece, Pieces, Spent, estimated_tokens};
use daepyo_core::{Date, Finish};
use futures_util::{StreamExt, stream};
use std::sync::Arc;

fn day(number: u8) -> Date {
    Date::new(2027, 3, number).unwrap()
}

fn pieces(items: Vec<Result<Piece, TalkError>>) -> Pieces {
    Pieces::new(stream::iter(items))
}

fn text(text: &str) -> Piece {
    Piece::Text(text.to_owned())
}

fn end(prompt_tokens: Option<u32>, completion_tokens: Option<u32>) -> Piece {
    Piece::End(End { reason: Finish::Stop, prompt_tokens, completion_tokens })
}

fn settled(tokens: u64) -> Spent {
    Spent { tokens, promised_tokens: 0 }
}

/// `질문` with what stands around it.
const PROMPT: u64 = 2 + 32;

#[tokio::test]
async fn an_ended_conversation_counts_as_told_and_otherwise_as_guessed() {
    let meter = Arc::new(DailyMeter::new(1000));
    let open = || meter.open(day(1), &asked("질문"), &params(&[])).unwrap();
    let entry = open();
    assert_eq!(meter.spent(day(1)), Spent { tokens: 0, promised_tokens: PROMPT + 64 });
    read_all(entry.follow(pieces(vec![Ok(text("답")), Ok(end(Some(20), Some(30)))]))).await.2.unwrap();
    assert_eq!(meter.spent(day(1)), settled(50));
    let thought = Ok(Piece::Thought { chars: 9 });
    read_all(open().follow(pieces(vec![thought, Ok(text("답이다 ok")), Ok(end(None, None))])))
        .await
        .2
        .unwrap();
    assert_eq!(estimated_tokens("답이다 ok"), 4);
    assert_eq!(meter.spent(day(1)), settled(50 + PROMPT + 4 + 5));
}

#[tokio::test]
async fn a_conversation_that_is_left_counts_with_what_was_read() {
    let meter = Arc::new(DailyMeter::new(1000));
    let open = || meter.open(day(1), &asked("질문"), &params(&[])).unwrap();
    let mut followed =
        open().follow(pieces(vec![Ok(text("가나다")), Ok(text("라마")), Ok(end(Some(20), Some(30)))]));
    followed.next().await.unwrap().unwrap();
    drop(followed);
    assert_eq!(meter.spent(day(1)), settled(PROMPT + 3));
    // Nothing was sent, or nothing was evaluated.
    drop(open().follow(pieces(vec![Ok(text("가나다"))])));
    drop(open());
    let refused = Err(TalkError::Status { status: 429, detail: String::new() });
    read_all(open().follow(pieces(vec![refused]))).await.2.unwrap_err();
    assert_eq!(meter.spent(day(1)), settled(PROMPT + 3));
    let stalled = Err(TalkError::Stalled { limit_ms: 1 });
    read_all(open().follow(pieces(vec![Ok(text("가")), stalled]))).await.2.unwrap_err();
    assert_eq!(meter.spent(day(1)), settled(2 * PROMPT + 4));
}

#[test]
fn the_cap_holds_for_many_at_once_and_each_day_has_its_own() {
    let meter = Arc::new(DailyMeter::new(3 * (PROMPT + 64) + 10));
    let open = |date| meter.open(date, &asked("질문"), &params(&[]));
    let mut entries: Vec<_> = (0..3).map(|_| open(day(1)).unwrap()).collect();
    let refused = open(day(1)).unwrap_err();
    assert_eq!(refused.to_string(), "talk::cap_reached: the day's 304 tokens are used up");
    entries.pop();
    entries.push(open(day(1)).unwrap());
    assert!(open(day(1)).is_err());
    assert!(open(day(2)).is_ok());
    drop(entries);
    // What an earlier process spent.
    meter.add(day(1), 304 - 97);
    assert!(open(day(1)).is_err());
}
