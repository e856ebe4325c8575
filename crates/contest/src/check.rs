//! A closed contest checked by anyone: nothing that can be computed is believed.

use crate::{
    ContestError, Entry, Sealed,
    ballot::sides_digest,
    draw::{Cast, Draws, Past},
    entry::Files,
    examined::Examination,
    keyed::{battle_id, battle_name, seed_commitment},
    published::{
        BALLOTS, BallotLine, CONTEST, CONVERSATIONS, ConversationLine, Counts, DRAWS, DrawLine, EXAMINATIONS,
        End, Summary, VOTES, counts, each_line, votes_csv,
    },
};
use daepyo_arena::assign::Assignment;
use daepyo_core::{CandidateId, Digest, VoterId};
use daepyo_evidence::{LogReader, VerifierKey};
use daepyo_store::site::day_began_ms;
use serde::{Serialize, de::DeserializeOwned};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{self, File},
    io::BufReader,
    path::Path,
};

/// What does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The evidence log itself does not hold.
    Log,
    /// The file is not there.
    Missing,
    /// A line is not in the file's form.
    Form,
    /// The file is not the one that the closing entry names.
    Changed,
    /// The log has no opening of this contest, or one with other rules or another seed.
    Opening,
    /// The log has no closing of this contest, or several, or one with other times.
    Closing,
    /// A ballot is not what was committed to.
    Commitment,
    /// A ballot does not stand in the log at its place, or not once.
    Place,
    /// A ballot of the log was not opened.
    NotOpened,
    /// Withdrawals are not those of the log.
    Withdrawal,
    /// A ballot has a tag that the rules do not list, or its tags are not sorted or one is there twice.
    Tag,
    /// A voter has more votes that count, on one day or in all, than the rules allow.
    Caps,
    /// The votes do not follow from the ballots.
    Votes,
    /// A ballot does not belong to the draw of its battle.
    OtherBattle,
    /// A battle is not the one that the seed gives.
    Draw,
    /// The counts do not follow from ballots and draws.
    Counts,
    /// A conversation of no battle.
    Conversation,
    /// What the tests of voters found is not what the log has, or does not follow from the ballots, or the one at the close is missing.
    Examination,
}

impl Problem {
    /// The stable code, `closed::…`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Log => "closed::log",
            Self::Missing => "closed::missing",
            Self::Form => "closed::form",
            Self::Changed => "closed::changed",
            Self::Opening => "closed::opening",
            Self::Closing => "closed::closing",
            Self::Commitment => "closed::commitment",
            Self::Place => "closed::place",
            Self::NotOpened => "closed::not_opened",
            Self::Withdrawal => "closed::withdrawal",
            Self::Tag => "closed::tag",
            Self::Caps => "closed::caps",
            Self::Votes => "closed::votes",
            Self::OtherBattle => "closed::other_battle",
            Self::Draw => "closed::draw",
            Self::Counts => "closed::counts",
            Self::Conversation => "closed::conversation",
            Self::Examination => "closed::examination",
        }
    }
}

/// Something that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, of the contest's folder or of the log's.
    pub file: String,
    /// The line or the entry, where it is one: lines from 1, entries from 0.
    pub place: Option<u64>,
    /// What does not hold.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{} {place}: {}", self.file, self.problem.code()),
            None => write!(f, "{}: {}", self.file, self.problem.code()),
        }
    }
}

/// A closed contest of which everything holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The contest.
    pub summary: Summary,
    /// Entries of the log that it was checked against.
    pub log_size: u64,
    /// The key that signed that log, as text. Unless it was given, it is only what the log says of itself.
    pub key: String,
    /// How often each contestant was shown, in the rules' order.
    pub exposure: Vec<Exposure>,
}

/// Battles in which a contestant was shown on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The contestant.
    pub candidate: CandidateId,
    /// Battles that were drawn.
    pub battles: u64,
    /// Of these, voted on; votes that were withdrawn among them.
    pub voted: u64,
    /// Void ones.
    pub void: u64,
    /// Battles that failed, whoever's failure it was.
    pub failed: u64,
}

fn exposure(rules: &Sealed, draws: &[DrawLine]) -> Vec<Exposure> {
    let of = |candidate: &CandidateId| {
        let own = || draws.iter().filter(move |draw| draw.left == *candidate || draw.right == *candidate);
        let ended = |end: End| own().filter(|draw| draw.end == end).count() as u64;
        Exposure {
            candidate: candidate.clone(),
            battles: own().count() as u64,
            voted: ended(End::Voted),
            void: ended(End::Void),
            failed: ended(End::Failed),
        }
    };
    rules.contestants.iter().map(of).collect()
}

/// What of the log is about a contest.
#[derive(Default)]
struct Logged {
    opening: Option<Entry>,
    closings: Vec<Entry>,
    /// Places of ballots' commitments.
    ballots: BTreeMap<Digest, Vec<u64>>,
    /// Withdrawn commitments, each with its first place.
    withdrawals: BTreeMap<Digest, u64>,
    /// Commitments to examinations of voters, each with its first place.
    examinations: BTreeMap<Digest, u64>,
}

/// Findings on the way.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, file: &str, place: Option<u64>, problem: Problem) {
        self.0.push(Finding { file: file.to_owned(), place, problem });
    }
}

/// Recomputes the closed contest in `folder` from the log in `log`: every ballot's commitment and place, every draw, the
/// votes, the counts. With `key` the log must be that key's.
///
/// Fails with everything that does not hold.
pub fn check_closed(folder: &Path, log: &Path, key: Option<&VerifierKey>) -> Result<Checked, Vec<Finding>> {
    let mut findings = Findings::default();
    let checked = check(folder, log, key, &mut findings);
    match checked {
        Some(checked) if findings.0.is_empty() => Ok(checked),
        _ => {
            findings.0.sort();
            Err(findings.0)
        }
    }
}

fn check(folder: &Path, log: &Path, key: Option<&VerifierKey>, findings: &mut Findings) -> Option<Checked> {
    let Ok(verified) = daepyo_evidence::verify(log, key) else {
        findings.add("log", None, Problem::Log);
        return None;
    };
    let bytes = |name: &'static str, findings: &mut Findings| {
        let read = fs::read(folder.join(name)).ok();
        if read.is_none() {
            findings.add(name, None, Problem::Missing);
        }
        read
    };
    let contest = bytes(CONTEST, findings)?;
    let summary = lines::<Summary>(CONTEST, &contest, findings)?;
    let [summary] = summary.as_slice() else {
        findings.add(CONTEST, None, Problem::Form);
        return None;
    };
    let files = [BALLOTS, DRAWS, VOTES, EXAMINATIONS].map(|name| bytes(name, findings));
    let told = digest_of(&folder.join(CONVERSATIONS), findings);
    let [Some(ballots), Some(draws), Some(votes), Some(examinations)] = files else {
        return None;
    };
    let Some((logged, log_size)) = read_log(log, summary.contest) else {
        findings.add("log", None, Problem::Log);
        return None;
    };
    check_opening(summary, &logged, findings);
    let found = Files {
        ballots: Digest::of(&ballots),
        contest: Digest::of(&contest),
        conversations: told?,
        draws: Digest::of(&draws),
        examinations: Digest::of(&examinations),
        votes: Digest::of(&votes),
    };
    check_closing(summary, &logged, &found, findings);
    let ballots = lines::<BallotLine>(BALLOTS, &ballots, findings)?;
    let draws = lines::<DrawLine>(DRAWS, &draws, findings)?;
    let examinations = lines::<Examination>(EXAMINATIONS, &examinations, findings)?;
    check_ballots(summary, &logged, &ballots, findings);
    check_tags_and_caps(summary, &ballots, findings);
    check_examinations(summary, &logged, &ballots, &examinations, findings);
    if votes_csv(&summary.rules, &ballots).ok().as_ref() != Some(&votes) {
        findings.add(VOTES, None, Problem::Votes);
    }
    check_battles(summary, &ballots, &draws, findings);
    for place in check_draws(summary, &draws, &ballots).err().unwrap_or_default() {
        findings.add(DRAWS, Some(place), Problem::Draw);
    }
    let battles: BTreeSet<&str> = draws.iter().map(|draw| draw.battle.as_str()).collect();
    let conversations = check_conversations(&folder.join(CONVERSATIONS), &battles, findings)?;
    let recomputed: Counts = counts(&summary.rules, &draws, &ballots, conversations);
    if recomputed != summary.counts {
        findings.add(CONTEST, None, Problem::Counts);
    }
    Some(Checked {
        exposure: exposure(&summary.rules, &draws),
        summary: summary.clone(),
        log_size,
        key: verified.key().as_text().to_owned(),
    })
}

fn lines<T: DeserializeOwned + Serialize>(
    name: &str,
    bytes: &[u8],
    findings: &mut Findings,
) -> Option<Vec<T>> {
    let mut lines = Vec::new();
    let read = each_line(bytes, |line| lines.push(line));
    read.map_err(|number| findings.add(name, Some(number), Problem::Form)).ok()?;
    Some(lines)
}

/// The digest of a file that may be larger than memory.
fn digest_of(path: &Path, findings: &mut Findings) -> Option<Digest> {
    let digest = File::open(path).and_then(Digest::of_reader);
    digest.map_err(|_| findings.add(CONVERSATIONS, None, Problem::Missing)).ok()
}

/// How many conversations are published, each of a battle that was drawn.
fn check_conversations(path: &Path, battles: &BTreeSet<&str>, findings: &mut Findings) -> Option<u64> {
    let mut number = 0;
    let take = |conversation: ConversationLine| {
        number += 1;
        if !battles.contains(conversation.battle.as_str()) {
            findings.add(CONVERSATIONS, Some(number), Problem::Conversation);
        }
    };
    let read = File::open(path).map_err(|_| 1).and_then(|file| each_line(BufReader::new(file), take));
    read.map_err(|place| findings.add(CONVERSATIONS, Some(place), Problem::Form)).ok()?;
    Some(number)
}

/// What the log has about a contest, and its size.
fn read_log(log: &Path, contest: Digest) -> Option<(Logged, u64)> {
    let reader = LogReader::open(log).ok()?;
    let mut logged = Logged::default();
    for (entry, index) in reader.entries(0..reader.len()).zip(0..) {
        let bytes = entry.ok()?;
        match Entry::parse(&bytes) {
            Some(opening @ Entry::ContestOpened { .. }) if Digest::of(&bytes) == contest => {
                logged.opening = Some(opening);
            }
            Some(Entry::Ballot { contest: of, commitment }) if of == contest => {
                logged.ballots.entry(commitment).or_default().push(index);
            }
            Some(Entry::Withdrawal { contest: of, commitment }) if of == contest => {
                logged.withdrawals.entry(commitment).or_insert(index);
            }
            Some(Entry::VotersExamined { contest: of, commitment }) if of == contest => {
                logged.examinations.entry(commitment).or_insert(index);
            }
            Some(closing @ Entry::ContestClosed { contest: of, .. }) if of == contest => {
                // The same one twice says the same.
                if !logged.closings.contains(&closing) {
                    logged.closings.push(closing);
                }
            }
            // Another contest, or no contest's.
            Some(
                Entry::ContestOpened { .. }
                | Entry::Ballot { .. }
                | Entry::Withdrawal { .. }
                | Entry::VotersExamined { .. }
                | Entry::ContestClosed { .. },
            )
            | None => {}
        }
    }
    Some((logged, reader.len()))
}

fn check_opening(summary: &Summary, logged: &Logged, findings: &mut Findings) {
    let expected = || {
        Some(Entry::ContestOpened {
            stage: summary.rules.stage.clone(),
            criterion: summary.rules.criterion.clone(),
            rules: summary.rules.digest().ok()?,
            seed: seed_commitment(&summary.seed()?),
            opened_ms: summary.opened_ms,
        })
    };
    if logged.opening.is_none() || logged.opening != expected() {
        findings.add(CONTEST, None, Problem::Opening);
    }
}

fn check_closing(summary: &Summary, logged: &Logged, found: &Files, findings: &mut Findings) {
    let [Entry::ContestClosed { closed_ms, counts, files, .. }] = logged.closings.as_slice() else {
        findings.add(CONTEST, None, Problem::Closing);
        return;
    };
    if *closed_ms != summary.closed_ms || **counts != summary.counts {
        findings.add(CONTEST, None, Problem::Closing);
    }
    for ((name, sealed), (_, found)) in files.by_name().into_iter().zip(found.by_name()) {
        if sealed != found {
            findings.add(name, None, Problem::Changed);
        }
    }
}

/// Each ballot stands in the log at its place and once; each of the log's is there; withdrawals are the log's.
fn check_ballots(summary: &Summary, logged: &Logged, ballots: &[BallotLine], findings: &mut Findings) {
    let mut opened = BTreeSet::new();
    let mut last = None;
    for (line, number) in ballots.iter().zip(1..) {
        let mut add = |problem| findings.add(BALLOTS, Some(number), problem);
        let commitment = line.ballot.commitment().ok();
        if commitment != Some(line.commitment) || line.ballot.contest != summary.contest {
            add(Problem::Commitment);
        }
        let places = logged.ballots.get(&line.commitment).map(Vec::as_slice).unwrap_or_default();
        if places != [line.index] || last.is_some_and(|last| last >= line.index) {
            add(Problem::Place);
        }
        if line.withdrawn != logged.withdrawals.contains_key(&line.commitment) {
            add(Problem::Withdrawal);
        }
        last = Some(line.index);
        opened.insert(line.commitment);
    }
    for (commitment, places) in &logged.ballots {
        if !opened.contains(commitment) {
            findings.add("log", places.first().copied(), Problem::NotOpened);
        }
    }
    if !logged.withdrawals.keys().all(|commitment| opened.contains(commitment)) {
        findings.add("log", None, Problem::Withdrawal);
    }
}

/// Tags are the rules', and no voter has more votes that count than the rules allow: in all, and on the day of Korea on
/// which they came.
fn check_tags_and_caps(summary: &Summary, ballots: &[BallotLine], findings: &mut Findings) {
    let rules = &summary.rules;
    let mut cast = BTreeMap::<&str, u32>::new();
    let mut cast_by_day = BTreeMap::<(&str, i64), u32>::new();
    for (line, number) in ballots.iter().zip(1..) {
        let ballot = &line.ballot;
        let is_sorted = ballot.tags.iter().zip(ballot.tags.iter().skip(1)).all(|(one, next)| one < next);
        if !is_sorted || !ballot.tags.iter().all(|tag| rules.has_tag(tag)) {
            findings.add(BALLOTS, Some(number), Problem::Tag);
        }
        if line.withdrawn {
            continue;
        }
        let in_all = cast.entry(ballot.voter.as_str()).or_default();
        *in_all += 1;
        let on_day = cast_by_day.entry((ballot.voter.as_str(), day_began_ms(ballot.voted_ms))).or_default();
        *on_day += 1;
        if *in_all > rules.rule.votes_in_all || *on_day > rules.rule.votes_a_day {
            findings.add(BALLOTS, Some(number), Problem::Caps);
        }
    }
}

/// Each examination is one of the log's and each of the log's is there; run again it finds the same; the last is of all ballots.
fn check_examinations(
    summary: &Summary,
    logged: &Logged,
    ballots: &[BallotLine],
    examinations: &[Examination],
    findings: &mut Findings,
) {
    let seed = summary.seed().unwrap_or_default();
    let mut withdrawals: Vec<(u64, Digest)> =
        logged.withdrawals.iter().map(|(of, place)| (*place, *of)).collect();
    withdrawals.sort_unstable();
    let mut published = BTreeSet::new();
    for (examination, number) in examinations.iter().zip(1..) {
        let commitment = match examination.entry(summary.contest, &seed) {
            Ok(Entry::VotersExamined { commitment, .. }) => Some(commitment),
            _ => None,
        };
        let place = commitment.and_then(|commitment| logged.examinations.get(&commitment));
        published.extend(commitment);
        let taken = usize::try_from(examination.ballots).ok().and_then(|count| ballots.get(..count));
        let withdrawn =
            usize::try_from(examination.withdrawals).ok().and_then(|count| withdrawals.get(..count));
        let holds = place.zip(taken).zip(withdrawn).is_some_and(|((place, taken), withdrawn)| {
            let withdrawn: BTreeSet<Digest> = withdrawn.iter().map(|(_, of)| *of).collect();
            taken.last().is_none_or(|last| last.index < *place)
                && examination.follows(&summary.rules, taken, |of| withdrawn.contains(of))
        });
        if !holds {
            findings.add(EXAMINATIONS, Some(number), Problem::Examination);
        }
    }
    let is_whole = examinations.last().is_some_and(|last| last.ballots == ballots.len() as u64);
    if !is_whole || !logged.examinations.keys().all(|commitment| published.contains(commitment)) {
        findings.add(EXAMINATIONS, None, Problem::Examination);
    }
}

/// Each ballot is on a battle of its own that was drawn for its voter; each battle with a vote has one.
fn check_battles(summary: &Summary, ballots: &[BallotLine], draws: &[DrawLine], findings: &mut Findings) {
    let seed = summary.seed().unwrap_or_default();
    let by_battle: BTreeMap<&str, &DrawLine> =
        draws.iter().map(|draw| (draw.battle.as_str(), draw)).collect();
    let mut voted = BTreeSet::new();
    for (line, number) in ballots.iter().zip(1..) {
        let ballot = &line.ballot;
        let fits = by_battle.get(ballot.battle.as_str()).is_some_and(|draw| {
            draw.end == End::Voted
                && (&draw.left, &draw.right, &draw.prompt) == (&line.left, &line.right, &ballot.prompt)
                && ballot.sides == sides_digest(&seed, &ballot.battle, &line.left, &line.right)
                && draw.voter == ballot.voter
                && draw.opened_ms <= ballot.shown_ms
                && ballot.shown_ms <= ballot.voted_ms
        });
        if !fits || !voted.insert(ballot.battle.as_str()) {
            findings.add(BALLOTS, Some(number), Problem::OtherBattle);
        }
    }
    for (draw, number) in draws.iter().zip(1..) {
        if (draw.end == End::Voted) != voted.contains(draw.battle.as_str()) {
            findings.add(DRAWS, Some(number), Problem::OtherBattle);
        }
    }
}

/// Draws every battle again from the revealed seed, the draws before it, and the votes: it must be the one that was shown.
///
/// Fails with the lines, from 1, of battles that are others; after the first whose number is wrong none is looked at.
pub fn check_draws(summary: &Summary, draws: &[DrawLine], ballots: &[BallotLine]) -> Result<(), Vec<u64>> {
    let mut wrong = Vec::new();
    let again = draw_again(summary, draws, ballots, &mut wrong);
    if again.is_err() {
        wrong.push(wrong.last().copied().unwrap_or(0) + 1);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn draw_again(
    summary: &Summary,
    draws: &[DrawLine],
    ballots: &[BallotLine],
    wrong: &mut Vec<u64>,
) -> Result<(), ContestError> {
    let seed = summary.seed().ok_or(ContestError::Canonical)?;
    let rules = &summary.rules;
    let numbers: BTreeMap<&str, u64> = draws.iter().map(|draw| (draw.battle.as_str(), draw.draw)).collect();
    let cast = |line: &BallotLine| {
        let number = numbers.get(line.ballot.battle.as_str())?;
        Some((*number, Cast { choice: line.ballot.choice, voted_ms: line.ballot.voted_ms }))
    };
    let casts: BTreeMap<u64, Cast> = ballots.iter().filter_map(cast).collect();
    let mut again = Draws::new(rules, &seed)?;
    for (line, number) in draws.iter().zip(1..) {
        if again.needs_votes() {
            again.refresh(&casts)?;
        }
        let voter = VoterId::new(&line.voter).map_err(|_| ContestError::Canonical)?;
        let place =
            |id| rules.contestants.iter().position(|one| one == id).and_then(|n| u16::try_from(n).ok());
        let prompt = line.prompt.as_ref().map(|id| {
            let place = rules.prompts.iter().position(|one| one.id.as_str() == id);
            place.and_then(|place| u32::try_from(place).ok()).ok_or(ContestError::Canonical)
        });
        let shown = Assignment {
            number: again.number(),
            left: place(&line.left).ok_or(ContestError::Canonical)?,
            right: place(&line.right).ok_or(ContestError::Canonical)?,
            prompt: prompt.transpose()?,
        };
        let battle = battle_name(battle_id(&seed, again.number()));
        if line.draw != again.number() || line.battle != battle || again.next(&voter)? != Some(shown) {
            wrong.push(number);
        }
        again.record(Past { assignment: shown, voter, opened_ms: line.opened_ms })?;
    }
    Ok(())
}
