//! The closed contest that votes come from: taken whole into the stage's folder, and checked again there.

use super::{ANSWERS, ContestFile, PROMPTS, path};
use crate::StageError;
use crate::folder;
use crate::verify::Finding;
use daepyo_contest::published::{CONTEST, FILES, VOTES};
use daepyo_contest::{Checked, LOG, Sealed, Setup, check_closed, seed_commitment};
use daepyo_core::{Criterion, CriterionRule, Digest, Observation, Programme, Stage, Vote};
use daepyo_report::{ContestCounts, ContestView, ExposureView};
use daepyo_spec::{read_answers, read_prompts, read_votes};
use std::path::Path;

/// The folder of a closed contest, beside the contest's prompts and answers.
const CLOSED: &str = "closed";

/// A closed contest as a stage takes it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Closed {
    /// Every file of it and of its log.
    pub(crate) files: Vec<ContestFile>,
    /// What the report says of it.
    pub(crate) view: ContestView,
}

/// The closed contests that a stage's votes come from, as they lie beside the programme file, in the order of its criteria.
///
/// Fails where one is missing, does not hold, was held under other rules, or where the votes are not its votes.
pub(crate) fn of_run(programme: &Programme, stage: &Stage, base: &Path) -> Result<Vec<Closed>, StageError> {
    let mut all = Vec::new();
    for criterion in &stage.criteria {
        let (Some(rule), Some(from), Some(source)) =
            (criterion.rule.contest(), criterion.rule.contest_folder(), criterion.rule.source())
        else {
            continue;
        };
        let place = base.join(from);
        let failed =
            |findings| StageError::Contest { criterion: criterion.id.clone(), path: place.clone(), findings };
        let prompts = folder::read(&base.join(&rule.prompts))?;
        let answers = rule.answers.as_deref().map(|answers| folder::read(&base.join(answers))).transpose()?;
        let files = Files { prompts, answers };
        let (checked, _) = examine(programme, stage, criterion, &place, &files).map_err(&failed)?;
        if folder::read(&base.join(source))? != folder::read(&place.join(VOTES))? {
            let message = format!("`{source}` is not the {VOTES} of the closed contest");
            return Err(failed(vec![Finding::new(source, "verify::contest_votes", message)]));
        }
        let log = place.join(LOG);
        let of_log = folder::below(&log)?.into_iter().map(|name| format!("{LOG}/{name}"));
        let mut files = Vec::new();
        for name in FILES.map(str::to_owned).into_iter().chain(of_log) {
            let source = place.join(&name);
            let digest = Digest::of(&folder::read(&source)?);
            files.push(ContestFile {
                path: path(&criterion.id, &format!("{CLOSED}/{name}")),
                source,
                digest,
            });
        }
        all.push(Closed { files, view: view(criterion, &checked) });
    }
    Ok(all)
}

/// Copies closed contests into a stage's folder: their files there, and what the report says of each.
pub(crate) fn take(
    closed: Vec<Closed>,
    folder: &Path,
) -> Result<(Vec<ContestFile>, Vec<ContestView>), StageError> {
    let (mut files, mut views) = (Vec::new(), Vec::new());
    for one in closed {
        super::copy(&one.files, folder)?;
        files.extend(one.files);
        views.push(one.view);
    }
    Ok((files, views))
}

/// The closed contests of a published folder: each is there, holds, was held under the rules that the folder has, and its
/// votes are those that the stage's log has.
///
/// Fails with everything that does not hold.
pub(crate) fn of_folder(
    programme: &Programme,
    stage: &Stage,
    folder: &Path,
    observations: &[&Observation],
) -> Result<Vec<ContestView>, Vec<Finding>> {
    let (mut views, mut findings) = (Vec::new(), Vec::new());
    for criterion in &stage.criteria {
        let Some(rule) = criterion.rule.contest() else { continue };
        let at = path(&criterion.id, CLOSED);
        let sealed = |name: &str| folder.join(path(&criterion.id, name));
        let files = Files {
            prompts: std::fs::read(sealed(PROMPTS)).unwrap_or_default(),
            answers: rule.answers.as_ref().map(|_| std::fs::read(sealed(ANSWERS)).unwrap_or_default()),
        };
        match examine(programme, stage, criterion, &folder.join(&at), &files) {
            Ok((checked, votes)) => {
                views.push(view(criterion, &checked));
                findings.extend(compare(criterion, &at, &votes, observations));
            }
            Err(found) => findings.extend(found.into_iter().map(|mut finding| {
                finding.file = format!("{at}/{}", finding.file);
                finding
            })),
        }
    }
    if findings.is_empty() { Ok(views) } else { Err(findings) }
}

/// What belongs to the rules of a contest.
struct Files {
    prompts: Vec<u8>,
    answers: Option<Vec<u8>>,
}

/// Checks a closed contest in a folder with its log beside it; its votes in the order of their file. Files of findings are
/// relative to the folder.
fn examine(
    programme: &Programme,
    stage: &Stage,
    criterion: &Criterion,
    place: &Path,
    files: &Files,
) -> Result<(Checked, Vec<Vote>), Vec<Finding>> {
    let one = |file: &str, code: &str, message: String| vec![Finding::new(file, code, message)];
    if !place.join(CONTEST).is_file() {
        let message = format!(
            "the rules take the votes of `{}` from a contest, and the closed contest is not here",
            criterion.id
        );
        return Err(one(CONTEST, "verify::contest_missing", message));
    }
    let checked = check_closed(place, &place.join(LOG), None).map_err(|found| {
        let finding = |one: daepyo_contest::Finding| {
            let at = one.place.map_or(String::new(), |place| format!(", at line or entry {place}"));
            let message = format!("the closed contest does not hold{at}");
            Finding::new(one.file, one.problem.code(), message)
        };
        found.into_iter().map(finding).collect::<Vec<_>>()
    })?;
    if rules(programme, stage, criterion, files).as_ref() != Some(&checked.summary.rules) {
        let message = "the contest was held under other rules than those of this stage".to_owned();
        return Err(one(CONTEST, "verify::contest_rules", message));
    }
    let unreadable = |message: String| one(VOTES, "verify::unusable", message);
    let bytes = std::fs::read(place.join(VOTES)).map_err(|error| unreadable(error.to_string()))?;
    let votes = read_votes(&bytes, &stage.id, &criterion.id).map_err(|problems| {
        unreadable(format!("line {} cannot be used", problems.first().map_or(0, |problem| problem.line)))
    })?;
    Ok((checked, votes))
}

/// The rules that a contest must have been opened under; none where its files cannot be read.
fn rules(programme: &Programme, stage: &Stage, criterion: &Criterion, files: &Files) -> Option<Sealed> {
    let CriterionRule::Votes { versus, .. } = &criterion.rule else { return None };
    let prompts = read_prompts(&files.prompts).ok()?;
    let contestants: Vec<_> = programme.contestants(versus).cloned().collect();
    let answers = match &files.answers {
        Some(answers) => read_answers(answers, &prompts, &contestants).ok()?,
        None => Vec::new(),
    };
    Sealed::of_setup(&Setup::of(programme, stage, criterion, prompts, answers)?).ok()
}

/// The stage's log has exactly these votes of the criterion, in this order.
fn compare(
    criterion: &Criterion,
    at: &str,
    votes: &[Vote],
    observations: &[&Observation],
) -> Option<Finding> {
    let logged = observations.iter().filter_map(|observation| match observation {
        Observation::Vote(vote) if vote.criterion == criterion.id => Some(vote),
        Observation::Vote(_)
        | Observation::Sample(_)
        | Observation::Mark(_)
        | Observation::Derivative(_)
        | Observation::GateFinding(_)
        | Observation::Withdrawal(_)
        | Observation::PanelVote(_)
        | Observation::Contamination(_)
        | Observation::Correction(_) => None,
    });
    if logged.eq(votes) {
        return None;
    }
    let message = "the votes in the stage's log are not those of the closed contest";
    Some(Finding::new(format!("{at}/{VOTES}"), "verify::contest_votes", message))
}

fn view(criterion: &Criterion, checked: &Checked) -> ContestView {
    let (summary, counts) = (&checked.summary, &checked.summary.counts);
    let exposure = checked.exposure.iter().map(|one| ExposureView {
        candidate: one.candidate.clone(),
        battles: one.battles,
        voted: one.voted,
        void: one.void,
        failed: one.failed,
    });
    ContestView {
        criterion: criterion.id.clone(),
        contest: summary.contest,
        // What was checked has a form and a seed.
        rules: summary.rules.digest().unwrap_or_else(|_| Digest::of(b"")),
        seed: seed_commitment(&summary.seed().unwrap_or_default()),
        opened_ms: summary.opened_ms,
        closed_ms: summary.closed_ms,
        log_size: checked.log_size,
        key: checked.key.clone(),
        counts: ContestCounts {
            battles: counts.battles,
            voted: counts.voted,
            withdrawn: counts.withdrawn,
            void: counts.void.clone().into_iter().collect(),
            failed: counts.failed,
            left: counts.left,
            open: counts.open,
            voters: counts.voters,
            cap_reached: counts.cap_reached,
            conversations: counts.conversations,
        },
        exposure: exposure.collect(),
        folder: path(&criterion.id, CLOSED),
    }
}
