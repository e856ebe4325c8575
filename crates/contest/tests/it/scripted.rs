//! Scripted voters: people of known taste on real answers, and people who recognise one contestant.

use crate::figure::{asked, tell};
use crate::held::{Held, MOST, OPENED, log_key, plain, setup};
use daepyo_contest::{Arena, ContestError, Setup, check_closed};
use daepyo_core::{
    AssignedPrompt, CandidateId, ContestMode, CriterionId, PromptId, RecordedAnswer, StageId, Vote,
    VoteChoice,
};
use daepyo_store::site::PersonId;
use daepyo_verdict::attack::{AttackKind, AttackSettings, budgets};
use daepyo_verdict::voters::{Ballot, VoterSettings, beside, examine};
use daepyo_verdict::votes::{RankSettings, VoteRow, rank};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// People who vote at once.
const AT_ONCE: usize = 64;

/// A number below `below` that only depends on what it is asked for.
fn lot(person: u32, battle: u32, what: u64, below: u32) -> u32 {
    let mut state = u64::from(person) << 32 ^ u64::from(battle) ^ what.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for _ in 0..3 {
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        state ^= state >> 31;
    }
    u32::try_from(((state >> 32) * u64::from(below)) >> 32).unwrap()
}

/// Likewise a number from 0 to 1.
fn chance(person: u32, battle: u32, what: u64) -> f64 {
    f64::from(lot(person, battle, what, 1 << 30)) / 2.0_f64.powi(30)
}

/// How somebody of the common taste votes: by Bradley and Terry's model, one in ten as a tie.
fn honest(
    strengths: &BTreeMap<String, f64>,
    left: &str,
    right: &str,
    person: u32,
    battle: u32,
) -> VoteChoice {
    if chance(person, battle, 1) < 0.1 {
        return VoteChoice::Tie;
    }
    let wins = 1.0 / (1.0 + (strengths[right] - strengths[left]).exp());
    if chance(person, battle, 2) < wins { VoteChoice::Left } else { VoteChoice::Right }
}

/// Everybody casts so many votes, or as many as there are battles for them; how many votes were cast.
async fn everybody_votes(
    arena: &Arena,
    people: Vec<(u32, PersonId)>,
    votes: u32,
    how: impl Fn(u32, u32, &str, &str) -> VoteChoice + Send + Sync + 'static,
) -> u64 {
    let how = Arc::new(how);
    // One clock for all, as a site has: were each person's own, some would vote in the past of draws that were made.
    let clock = Arc::new(AtomicI64::new(OPENED));
    let mut tasks = tokio::task::JoinSet::new();
    let mut cast = 0;
    for (number, id) in people {
        if tasks.len() >= AT_ONCE {
            cast += tasks.join_next().await.unwrap().unwrap();
        }
        let (arena, how, clock) = (arena.clone(), Arc::clone(&how), Arc::clone(&clock));
        tasks.spawn(async move {
            let mut cast = 0;
            for battle in 0..votes {
                let at = clock.fetch_add(977, Ordering::Relaxed);
                let shown = match arena.next_battle(id, at).await {
                    Err(ContestError::NothingLeft) => break,
                    found => found.unwrap().opened,
                };
                let choice = how(number, battle, &shown.left, &shown.right);
                let reading_ms = 9_000 + i64::from(lot(number, battle, 3, 30_000));
                arena.vote(id, shown.id, plain(choice), at + reading_ms).await.unwrap();
                cast += 1;
            }
            cast
        });
    }
    while let Some(done) = tasks.join_next().await {
        cast += done.unwrap();
    }
    cast
}

async fn people(held: &Held, numbers: std::ops::Range<u32>) -> Vec<(u32, PersonId)> {
    let mut found = Vec::new();
    for number in numbers {
        found.push((number, held.person(number).await));
    }
    found
}

/// Closes, checks what was published, and reads the votes as a stage does.
async fn closed(held: &Held) -> Vec<Vote> {
    let summary = held.arena.close(OPENED + 400 * 86_400_000, &held.published(), MOST * 4).await.unwrap();
    let checked = check_closed(&held.published(), &held.log(), Some(&log_key().verifier()));
    assert_eq!(checked.unwrap().summary, summary);
    let bytes = std::fs::read(held.published().join("votes.csv")).unwrap();
    daepyo_spec::read_votes(&bytes, &StageId::new("final").unwrap(), &CriterionId::new("public").unwrap())
        .unwrap()
}

/// Names, best first.
fn order(votes: &[&Vote]) -> Vec<String> {
    let rows: Vec<VoteRow<'_>> = votes.iter().map(|vote| row(vote)).collect();
    let ranking = rank(&rows, RankSettings::default()).unwrap();
    ranking.models.into_iter().map(|model| model.name).collect()
}

fn row(vote: &Vote) -> VoteRow<'_> {
    VoteRow {
        voter: vote.voter.as_str(),
        left: vote.left.as_str(),
        right: vote.right.as_str(),
        choice: vote.choice,
    }
}

fn place(order: &[String], name: &str) -> usize {
    order.iter().position(|one| one == name).unwrap() + 1
}

/// People who recognise one contestant and always vote for it, among honest ones: the tests flag them, the ranking
/// without the flagged voters is that of the honest, and the attack budget of the one that they put inside the cut is no more than they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn voters_who_recognise_one_candidate_are_flagged() {
    let riggers = u32::try_from(asked("DAEPYO_RIGGERS", 4)).unwrap();
    let honest_ones = u32::try_from(asked("DAEPYO_HONEST", 36)).unwrap();
    let votes_each = u32::try_from(asked("DAEPYO_VOTES_EACH", 48)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup { advance: 2, ..setup(ContestMode::Recorded, 4, 40) };
    let held = Held::open(folder.path(), &setup).await;
    // The one that is recognised is the last but one by taste: it would not advance.
    let recognised = "model-c";
    let strengths: BTreeMap<String, f64> =
        setup.contestants.iter().zip(0..).map(|(id, n)| (id.to_string(), f64::from(-n) * 0.35)).collect();
    let everybody = people(&held, 0..riggers + honest_ones).await;
    let cast = everybody_votes(&held.arena, everybody, votes_each, move |person, battle, left, right| {
        if person < riggers && left == recognised {
            VoteChoice::Left
        } else if person < riggers && right == recognised {
            VoteChoice::Right
        } else {
            honest(&strengths, left, right, person, battle)
        }
    })
    .await;
    let mut rigged = BTreeSet::new();
    for number in 0..riggers {
        rigged.insert(held.arena.pseudonym(held.person(number).await));
    }
    let votes = closed(&held).await;
    assert_eq!(votes.len() as u64, cast);

    let ballots: Vec<Ballot<'_>> = votes.iter().map(Ballot::from).collect();
    let report = examine(&ballots, &VoterSettings::default()).unwrap();
    let flagged: BTreeSet<&str> = report.flags.iter().map(|flag| flag.voter.as_str()).collect();
    let caught = flagged.iter().filter(|voter| rigged.contains(**voter)).count();
    let wronged = flagged.len() - caught;
    let all: Vec<&Vote> = votes.iter().collect();
    let true_ones: Vec<&Vote> = votes.iter().filter(|vote| !rigged.contains(vote.voter.as_str())).collect();
    let (with, of_honest) = (order(&all), order(&true_ones));
    let both = beside(&ballots, &report.flags, 2, &[], RankSettings::default()).unwrap();
    let without =
        both.rows.iter().find(|row| row.name == recognised).and_then(|row| row.rank_without).unwrap();
    let rows: Vec<VoteRow<'_>> = votes.iter().map(row).collect();
    let (honest_place, rigged_place) = (place(&of_honest, recognised), place(&with, recognised));
    // What it would take to move the one that is recognised over the cut, the other way.
    let is_inside = rigged_place <= 2;
    let (last, first) =
        if is_inside { (recognised, with[2].as_str()) } else { (with[1].as_str(), recognised) };
    let budget = budgets(&rows, last, first, AttackSettings::default()).unwrap();
    let done = |kind| budget.iter().find(|one| one.kind == kind).and_then(|one| one.upper).unwrap();
    let fewest_votes = [AttackKind::Removal, AttackKind::Change, AttackKind::Addition].map(done);
    let (enough, taken_away) = (fewest_votes.into_iter().min().unwrap(), done(AttackKind::VoterRemoval));
    tell(&format!(
        "{riggers} of {} voters always vote for the one they recognise: {caught} of them flagged, {wronged} honest ones; it stands \
         at {rigged_place} with their votes, at {without} without flagged voters, at {honest_place} by the honest alone; \
         {taken_away} voters taken away or {enough} votes would put {first} before {last}",
        riggers + honest_ones
    ));
    tell(&format!("votes: {cast}, all of them published and checked"));
    for one in &budget {
        tell(&format!(
            "budget, {:?}: exact {:?}, at least {}, at most {:?}",
            one.kind, one.exact, one.lower, one.upper
        ));
    }
    assert!(rigged_place <= honest_place, "{with:?} {of_honest:?}");
    assert!(budget.iter().all(|one| one.upper.is_some_and(|upper| one.lower <= upper)), "{budget:?}");
    // Taking those away who put it there would be enough, so no more than they are needed.
    assert!(!is_inside || taken_away <= u64::from(riggers), "{taken_away} of {riggers}");
    assert!(caught * 2 > rigged.len(), "{caught} of {}", rigged.len());
    assert!(wronged * 20 <= rigged.len(), "{wronged} honest voters flagged");
    assert!(usize::try_from(without).unwrap().abs_diff(honest_place) <= 1, "{without} {honest_place}");
}

fn data() -> Option<PathBuf> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap());
    let given = std::env::var_os("DAEPYO_SHARED").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| root.join("../../../shared/data")).join("llmfao");
    folder.is_dir().then_some(folder)
}

fn lines(folder: &std::path::Path, name: &str) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Real answers of 59 models to real prompts, judged by people whose taste is that of the real votes on them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_answers_of_59_models_are_ranked_as_people_of_known_taste_would() {
    let Some(data) = data() else {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the answers of llmfao are not beside the repository (DAEPYO_SHARED may name the folder of data sets)"
        );
        return;
    };
    let people_asked = u32::try_from(asked("DAEPYO_VOTERS", 20)).unwrap();
    let votes_each = u32::try_from(asked("DAEPYO_VOTES_EACH", 20)).unwrap();
    let (setup, strengths) = llmfao(&data);
    let barred = Arena::leaks(&setup).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let held = Held::open(folder.path(), &setup).await;
    let taste = strengths.clone();
    let everybody = people(&held, 0..people_asked).await;
    let cast = everybody_votes(&held.arena, everybody, votes_each, move |person, battle, left, right| {
        honest(&taste, left, right, person, battle)
    })
    .await;
    let votes = closed(&held).await;
    assert_eq!(votes.len() as u64, cast);
    let mut shown = BTreeMap::<&str, u64>::new();
    for vote in &votes {
        *shown.entry(vote.left.as_str()).or_default() += 1;
        *shown.entry(vote.right.as_str()).or_default() += 1;
    }
    let fewest = shown.values().min().copied().unwrap_or(0);
    let even = 2 * cast / setup.contestants.len() as u64;
    assert_eq!(shown.len(), setup.contestants.len(), "somebody was never shown");
    assert!(fewest * 4 >= even, "{fewest} of {even}");
    let all: Vec<&Vote> = votes.iter().collect();
    let agreement = spearman(&order(&all), &strengths);
    tell(&format!(
        "{} models, {} prompts, {cast} votes of {people_asked} scripted voters: rank correlation with their taste {agreement:.3}; everybody \
         was shown {fewest} times or more, {even} on average; the close checks",
        setup.contestants.len(),
        setup.prompts.len()
    ));
    tell(&format!(
        "answers that tell who wrote them, shown to nobody: {} of {}",
        barred.len(),
        setup.answers.len()
    ));
    // The usual few votes order 59 models only roughly.
    let least = if people_asked >= 200 { 0.9 } else { 0.2 };
    assert!(agreement >= least, "{agreement}");
}

/// The set-up, and everybody's strength by the real votes.
fn llmfao(data: &std::path::Path) -> (Setup, BTreeMap<String, f64>) {
    let id = |number: u64| CandidateId::new(format!("m{number}")).unwrap();
    let number = |value: &serde_json::Value, key: &str| {
        value[key].as_u64().unwrap_or_else(|| value[key].as_str().unwrap().parse().unwrap())
    };
    let mut real = Vec::new();
    let mut reader = csv::Reader::from_path(data.join("crowd-comparisons.csv")).unwrap();
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let column = |name: &str| head.iter().position(|one| one == name).unwrap();
    let (x, y, worker, winner) = (column("model_x"), column("model_y"), column("worker"), column("winner"));
    let (mut models, mut prompts) = (BTreeSet::new(), BTreeSet::new());
    for row in reader.records() {
        let row = row.unwrap();
        let (left, right) = (row[x].parse::<u64>().unwrap(), row[y].parse::<u64>().unwrap());
        let choice = match &row[winner] {
            "left" => VoteChoice::Left,
            "right" => VoteChoice::Right,
            _ => VoteChoice::Tie,
        };
        models.extend([left, right]);
        prompts.insert(row[column("prompt")].parse::<u64>().unwrap());
        real.push((row[worker].to_owned(), id(left).to_string(), id(right).to_string(), choice));
    }
    let rows: Vec<VoteRow<'_>> = real
        .iter()
        .map(|(voter, left, right, choice)| VoteRow { voter, left, right, choice: *choice })
        .collect();
    let ranking = rank(&rows, RankSettings::default()).unwrap();
    let strengths = ranking.models.iter().map(|model| (model.name.clone(), model.log_strength)).collect();
    let texts = lines(data, "prompts.jsonl");
    let prompts: Vec<AssignedPrompt> = texts
        .iter()
        .filter(|prompt| prompts.contains(&number(prompt, "id")))
        .map(|prompt| AssignedPrompt {
            id: PromptId::new(format!("p{}", number(prompt, "id"))).unwrap(),
            text: prompt["text"].as_str().unwrap().to_owned(),
            language: "en".to_owned(),
            category: "llmfao".to_owned(),
        })
        .collect();
    let known: BTreeSet<String> = prompts.iter().map(|prompt| prompt.id.to_string()).collect();
    let contestants: Vec<CandidateId> = models.iter().map(|number| id(*number)).collect();
    let mut seen = BTreeSet::new();
    let answers: Vec<RecordedAnswer> = lines(data, "results.jsonl")
        .iter()
        .filter_map(|answer| {
            let (model, prompt) = (number(answer, "model"), format!("p{}", number(answer, "prompt")));
            let wanted =
                models.contains(&model) && known.contains(&prompt) && seen.insert((model, prompt.clone()));
            wanted.then(|| RecordedAnswer {
                prompt: PromptId::new(prompt).unwrap(),
                candidate: id(model),
                text: answer["result"].as_str().unwrap_or_default().to_owned(),
            })
        })
        .collect();
    let plain = setup(ContestMode::Recorded, 2, 1);
    (Setup { contestants, prompts, answers, advance: 10, names: Vec::new(), ..plain }, strengths)
}

/// Spearman's correlation of an order with strengths.
fn spearman(order: &[String], strengths: &BTreeMap<String, f64>) -> f64 {
    let mut by_strength: Vec<&String> = order.iter().collect();
    by_strength.sort_by(|a, b| strengths[*b].total_cmp(&strengths[*a]).then_with(|| a.cmp(b)));
    let n = f64::from(u32::try_from(order.len()).unwrap());
    let squares: f64 = order
        .iter()
        .zip(0_i32..)
        .map(|(name, place)| {
            let other = by_strength.iter().position(|one| *one == name).unwrap();
            let other = f64::from(u32::try_from(other).unwrap());
            (f64::from(place) - other).powi(2)
        })
        .sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}
