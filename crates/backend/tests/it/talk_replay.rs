//! Recorded answers at a pace: thousands at once, none mixed, the same pace each time.

use crate::support::{asked, params, read_all};
use daepyo_backend::talk::{Pace, Piece, ReplayTalk, Talk};
use daepyo_backend::{ReplayBackend, TalkError};
use daepyo_core::{CandidateId, Finish};
use futures_util::StreamExt;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

fn id(text: &str) -> CandidateId {
    CandidateId::new(text).unwrap()
}

fn answer(name: &str, number: usize) -> String {
    let mut text = String::new();
    for sentence in 0..=number % 40 {
        writeln!(text, "{name}의 답 {number}, 문장 {sentence}. 끝🙂").unwrap();
    }
    text
}

fn recorded(name: &str, count: usize) -> Arc<ReplayBackend> {
    let mut lines = String::new();
    for number in 0..count {
        let line = serde_json::json!({"prompt": format!("질문 {number}"), "text": answer(name, number)});
        writeln!(lines, "{line}").unwrap();
    }
    Arc::new(ReplayBackend::read(lines.as_bytes()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn two_thousand_at_once_lose_and_mix_nothing() {
    const PROMPTS: usize = 1000;
    let talks: Vec<_> = ["garam", "noeul"]
        .map(|name| (name, ReplayTalk::new(recorded(name, PROMPTS), id(name), Pace::default())))
        .into_iter()
        .collect();
    let mut reading = tokio::task::JoinSet::new();
    for number in 0..PROMPTS {
        for (name, talk) in &talks {
            let mut pieces = talk.begin(asked(&format!("질문 {number}")), params(&[]));
            let wanted = answer(name, number);
            reading.spawn(async move {
                let mut text = String::with_capacity(wanted.len());
                let mut longest = 0;
                while let Some(piece) = pieces.next().await {
                    match piece.unwrap() {
                        Piece::Text(piece) => {
                            longest = longest.max(piece.chars().count());
                            text.push_str(&piece);
                        }
                        Piece::Thought { .. } => panic!("nothing of that is recorded"),
                        Piece::End(end) => assert_eq!(end.reason, Finish::Stop),
                    }
                }
                assert_eq!(text, wanted);
                // What a stream holds beside its record is one piece.
                assert!(longest <= 8);
            });
        }
    }
    assert_eq!(reading.len(), 2 * PROMPTS);
    while let Some(read) = reading.join_next().await {
        read.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_pace_is_drawn_from_candidate_and_prompt_alone() {
    let pace = Pace { seed: 7, first_ms: 500..=1500, chars_a_second: 10..=50 };
    let record = recorded("garam", 20);
    let time = async |name: &str, number: usize| {
        let talk = ReplayTalk::new(Arc::clone(&record), id(name), pace.clone());
        let mut pieces = talk.begin(asked(&format!("질문 {number}")), params(&[]));
        let begun = Instant::now();
        pieces.next().await.unwrap().unwrap();
        let first = begun.elapsed();
        read_all(pieces).await.2.unwrap();
        (first, begun.elapsed())
    };
    let (first, whole) = time("garam", 9).await;
    assert_eq!(time("garam", 9).await, (first, whole));
    assert_ne!(time("noeul", 9).await, (first, whole));
    let chars = u32::try_from(answer("garam", 9).chars().count()).unwrap();
    assert!(first >= Duration::from_millis(500));
    assert!(whole >= Duration::from_secs(1) * chars / 50, "{whole:?}");
    assert!(whole <= Duration::from_millis(1500) + Duration::from_secs(1) * (chars + 8) / 10, "{whole:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_stops_waiting_loses_no_piece() {
    let talk = ReplayTalk::new(recorded("garam", 9), id("garam"), Pace::default());
    let mut pieces = talk.begin(asked("질문 8"), params(&[]));
    let mut text = String::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(37), pieces.next()).await {
            Ok(Some(Ok(Piece::Text(piece)))) => text.push_str(&piece),
            Ok(Some(Ok(Piece::End(_)))) => break,
            Ok(other) => panic!("{other:?}"),
            Err(_) => {}
        }
    }
    assert_eq!(text, answer("garam", 8));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_recorded_is_said_so() {
    let talk = ReplayTalk::new(recorded("garam", 1), id("garam"), Pace::default());
    let (text, _, end) = read_all(talk.begin(asked("다른 질문"), params(&[]))).await;
    assert_eq!((text.as_str(), end), ("", Err(TalkError::NotRecorded)));
}

#[tokio::test(start_paused = true)]
async fn what_is_not_recorded_gets_the_answer_for_everything_else() {
    let lines = "{\"prompt\": \"질문\", \"text\": \"답\"}\n{\"otherwise\": \"그 밖의 답\"}\n";
    let recorded = Arc::new(ReplayBackend::read(lines.as_bytes()).unwrap());
    let talk = ReplayTalk::new(Arc::clone(&recorded), id("garam"), Pace::default());
    for (prompt, wanted) in [("질문", "답"), ("모르는 것", "그 밖의 답")] {
        let (text, _, end) = read_all(talk.begin(asked(prompt), params(&[]))).await;
        assert_eq!((text.as_str(), end.unwrap().reason), (wanted, Finish::Stop));
    }
    // A run's request is never answered so.
    let request = daepyo_core::Request::Generate {
        prompt: daepyo_core::Prompt::Text("모르는 것".to_owned()),
        params: params(&[]),
    };
    let failed = recorded.respond(&request);
    assert!(matches!(failed, daepyo_core::Response::Failed { .. }), "{failed:?}");
}
