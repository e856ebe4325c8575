//! How many votes a second a contest of recorded answers takes, each with its battle: durable, and in the signed log.
//!
//! `vote_speed URL FOLDER VOTERS VOTES`: opens a contest in the store at URL with its log in FOLDER, lets VOTERS people
//! cast VOTES votes in all, as many at once as there are people, waits until the log has them, and prints one line of JSON:
//! votes that were acknowledged, votes that the log has under its signature, and the seconds from the first battle to the
//! last vote's place in the log.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints, and stops where it fails"
)]

use daepyo_arena::leak::Entry as Name;
use daepyo_contest::{Arena, Choice, Entry, Logbook, Secrets, Setup};
use daepyo_core::{
    AssignedPrompt, CandidateId, ContestMode, ContestPairing, ContestRule, CriterionId, Digest, PromptId,
    RecordedAnswer, StageId, VoteChoice,
};
use daepyo_evidence::{LogReader, SignedCheckpoint, SigningKey};
use daepyo_store::site::Site;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const OPENED_MS: i64 = 1_800_000_000_000;
const PROMPTS: u32 = 300;
/// Characters of an answer, as of a short paragraph.
const ANSWER: usize = 200;

fn setup() -> Setup {
    let contestants: Vec<CandidateId> =
        (0..6).map(|number| CandidateId::new(format!("candidate-{number}")).unwrap()).collect();
    let prompt = |number| AssignedPrompt {
        id: PromptId::new(format!("p{number}")).unwrap(),
        text: format!("{number}보다 하나 큰 수를 쓰고 그 까닭을 설명하시오."),
        language: "ko".to_owned(),
        category: "all".to_owned(),
    };
    let prompts: Vec<AssignedPrompt> = (0..PROMPTS).map(prompt).collect();
    let answers = prompts.iter().flat_map(|prompt| {
        contestants.iter().map(|candidate| RecordedAnswer {
            prompt: prompt.id.clone(),
            candidate: candidate.clone(),
            text: "가나다라마바사아자차".repeat(ANSWER / 10),
        })
    });
    let rule = ContestRule {
        mode: ContestMode::Recorded,
        prompts: "prompts.csv".to_owned(),
        answers: Some("answers.jsonl".to_owned()),
        opens: None,
        closes: None,
        assigned: 1.0,
        votes_a_day: 1_000_000,
        votes_in_all: 1_000_000,
        weight_cap: None,
        turns: 1,
        prompt_characters: 200,
        answer_characters: 1_000,
        hold_ms: ContestRule::HOLD_MS,
        system: None,
        temperature: ContestRule::TEMPERATURE,
        max_tokens: ContestRule::MAX_TOKENS,
        tokens_a_day: None,
        names: Vec::new(),
        pairing: ContestPairing::default(),
        tags: Vec::new(),
    };
    let names = contestants.iter().map(|id| Name {
        who: id.to_string(),
        distinctive: vec![format!("Haneul-{id}")],
        ordinary: Vec::new(),
    });
    Setup {
        stage: StageId::new("final").unwrap(),
        criterion: CriterionId::new("public").unwrap(),
        references: Vec::new(),
        advance: 2,
        rule,
        tests: None,
        names: names.collect(),
        answers: answers.collect(),
        contestants,
        prompts,
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, folder, people, votes] = words.as_slice() else {
        panic!("usage: vote_speed URL FOLDER VOTERS VOTES")
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure(url, Path::new(folder), people.parse().unwrap(), votes.parse().unwrap()));
}

async fn measure(url: &str, folder: &Path, count: u32, votes: u64) {
    let site = Site::open(url).await.unwrap();
    let key = SigningKey::from_seed("example.org/contest", &[7; 32]).unwrap();
    let public = key.verifier();
    let log = folder.join("log");
    let logbook = Logbook::start(site.clone(), &log, key);
    let secrets = Secrets { seed: [5; 32], voters: [6; 32] };
    let arena = Arena::open(&site, &logbook, &setup(), secrets, OPENED_MS).await.unwrap();
    let mut people = Vec::new();
    for number in 0..count {
        people.push(site.person_of_subject(Digest::of(&number.to_be_bytes()), OPENED_MS).await.unwrap().id);
    }
    let begun = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for person in people {
        let (arena, begun) = (arena.clone(), Arc::clone(&begun));
        tasks.spawn(async move {
            let mut commitments = Vec::new();
            loop {
                let number = begun.fetch_add(1, Ordering::Relaxed);
                if number >= votes {
                    return commitments;
                }
                let at_ms = OPENED_MS + i64::try_from(number).unwrap();
                let battle = arena.next_battle(person, at_ms).await.unwrap();
                let choice = if number.is_multiple_of(3) { VoteChoice::Tie } else { VoteChoice::Left };
                let choice = Choice { choice, tags: Vec::new(), reason: String::new() };
                let receipt = arena.vote(person, battle.opened.id, choice, at_ms + 5).await.unwrap();
                commitments.push(receipt.commitment);
            }
        });
    }
    let mut acknowledged = BTreeSet::new();
    while let Some(done) = tasks.join_next().await {
        acknowledged.extend(done.unwrap());
    }
    while !site.pending(1).await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let wall_s = start.elapsed().as_secs_f64();
    // What counts stands below a checkpoint that the key has signed.
    SignedCheckpoint::parse(&std::fs::read(log.join("checkpoint")).unwrap(), &public).unwrap();
    let reader = LogReader::open(&log).unwrap();
    let mut logged = BTreeSet::new();
    let mut twice = 0;
    for entry in reader.entries(0..reader.len()) {
        if let Some(Entry::Ballot { commitment, .. }) = Entry::parse(&entry.unwrap()) {
            twice += u64::from(!logged.insert(commitment));
        }
    }
    let lost = acknowledged.difference(&logged).count();
    println!(
        "{{\"acknowledged\": {}, \"logged\": {}, \"lost\": {lost}, \"twice\": {twice}, \"checkpoints\": {}, \"wall_s\": {wall_s}}}",
        acknowledged.len(),
        logged.len(),
        reader.checkpoint_sizes().len()
    );
}
