//! The example contest held by scripted voters, closed and given to its stage.

use daepyo_contest::{Arena, Choice, Logbook, Secrets, Setup, hand_over};
use daepyo_core::{CriterionRule, Digest, VoteChoice};
use daepyo_evidence::SigningKey;
use daepyo_spec::{read_answers, read_prompts};
use daepyo_stage::ProgrammeFile;
use daepyo_store::site::Site;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What the scripted voters did.
pub(crate) struct Did {
    pub(crate) voted: u64,
    pub(crate) withdrawn: u64,
    pub(crate) voters: u64,
}

pub(crate) const CLOSED: Did = Did { voted: 96, withdrawn: 1, voters: 12 };

const OPENED: i64 = 1_796_000_000_000;
const MOST: Duration = Duration::from_mins(1);

/// Holds the contest of the example in `folder`: `votes.csv` and `votes-contest` lie there afterwards.
pub(crate) fn hold(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(held(folder));
}

fn setup(folder: &Path) -> Setup {
    let file = ProgrammeFile::read(&folder.join("programme.toml")).unwrap();
    let programme = &file.parsed.programme;
    let stage = &programme.stages[0];
    let criterion = &stage.criteria[0];
    let CriterionRule::Votes { versus, .. } = &criterion.rule else { panic!("votes") };
    let contestants: Vec<_> = programme.contestants(versus).cloned().collect();
    let prompts = read_prompts(&fs::read(folder.join("prompts.csv")).unwrap()).unwrap();
    let answers = fs::read(folder.join("answers.jsonl")).unwrap();
    let answers = read_answers(&answers, &prompts, &contestants).unwrap();
    Setup::of(programme, stage, criterion, prompts, answers).unwrap()
}

async fn held(folder: &Path) {
    let work = folder.join("site");
    fs::create_dir(&work).unwrap();
    let site = Site::open(&format!("sqlite:{}", work.join("site.db").display())).await.unwrap();
    let key = SigningKey::from_seed("contest.example", &[9; 32]).unwrap();
    let logbook = Logbook::start(site.clone(), &work.join("log"), key);
    let secrets = Secrets { seed: [5; 32], voters: [6; 32] };
    let arena = Arena::open(&site, &logbook, &setup(folder), secrets, OPENED).await.unwrap();
    // The best first; two of the voters see it the other way round.
    let order = ["garam-1", "meridian-2", "narae-1", "dasom-1"];
    let rank = |id: &str| order.iter().position(|known| *known == id).unwrap();
    let mut now = OPENED;
    for vote in 0..CLOSED.voted / CLOSED.voters {
        for voter in 0..u32::try_from(CLOSED.voters).unwrap() {
            now += 30_000;
            let person = site.person_of_subject(Digest::of(&voter.to_be_bytes()), OPENED).await.unwrap().id;
            let battle = arena.next_battle(person, now).await.unwrap();
            let left_is_better = rank(&battle.opened.left) < rank(&battle.opened.right);
            let choice = match (vote % 4 == 3, left_is_better == (voter % 6 != 0)) {
                (true, _) => VoteChoice::Tie,
                (false, true) => VoteChoice::Left,
                (false, false) => VoteChoice::Right,
            };
            let choice = Choice { choice, tags: Vec::new(), reason: String::new() };
            arena
                .vote(person, battle.opened.id, choice, now + 20_000 + i64::from(voter) * 500)
                .await
                .unwrap();
            if (vote, voter) == (2, 3) {
                arena.withdraw(person, battle.opened.id, now + 29_000).await.unwrap();
            }
        }
    }
    arena.close(now + 60_000, &work.join("closed"), MOST).await.unwrap();
    hand_over(&work.join("closed"), &work.join("log"), &folder.join("votes-contest")).unwrap();
    fs::copy(work.join("closed/votes.csv"), folder.join("votes.csv")).unwrap();
}
