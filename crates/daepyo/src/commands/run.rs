//! `daepyo run`: a stage, from the programme file to the signed verdict.

use crate::args::Run;
use crate::bar::Bar;
use crate::commands::{key, stop};
use crate::settings::Settings;
use crate::{backends, show, spending};
use daepyo_backend::Endpoints;
use daepyo_core::{
    CandidateDecision, CandidateId, ModelSpec, NoVerdict, Programme, Stage, Status, Submission, Verdict,
};
use daepyo_stage::{Earlier, Folder, Outside, ProgrammeFile, StageError, estimate, run as run_stage};

pub(crate) async fn run(arguments: &Run, settings: &Settings) -> u8 {
    match run_inner(arguments, settings).await {
        Ok(code) | Err(Failure::Shown(code)) => code,
        Err(Failure::Stage(error)) => show::stage_error(&error, settings),
    }
}

enum Failure {
    Stage(StageError),
    Shown(u8),
}

async fn run_inner(arguments: &Run, settings: &Settings) -> Result<u8, Failure> {
    let file = ProgrammeFile::read(&arguments.programme).map_err(Failure::Stage)?;
    show::problems(&arguments.programme.display().to_string(), &file.text, &file.parsed.warnings, settings);
    let stage = file.stage(&arguments.stage).map_err(Failure::Stage)?;
    let folder = Folder::at(&arguments.out);
    let bar = Bar::new(settings);
    let endpoints = Endpoints::default();
    let open = |submission: &daepyo_core::Submission, base: &std::path::Path| {
        backends::open(submission, base, arguments.threads, &endpoints, settings)
    };
    let budget = arguments.spending.budget();
    if let Some(candidate) = without_price(&file.parsed.programme).filter(|_| budget.cost.is_some()) {
        let arguments = [("candidate", candidate.as_str())];
        show::line(&show::say(settings, "spending-no-price-of", &arguments));
        return Err(Failure::Shown(2));
    }
    if arguments.spending.dry_run {
        let estimates = Box::pin(estimate(&file, &arguments.stage, &folder, &open, budget));
        let estimates = estimates.await.map_err(Failure::Stage)?;
        spending::tell_estimates(&estimates, arguments.spending.rate, arguments.json, settings);
        return Ok(0);
    }
    let key = key::signing_key(arguments.key.as_deref(), &arguments.out, settings).map_err(Failure::Shown)?;
    let stop = stop::on_interrupt(settings);
    let follows = arguments.follows.as_deref().zip(arguments.cause);
    let earlier = Earlier {
        follows: follows.map(|(path, cause)| (Folder::at(path), cause.into())),
        carries: arguments.carries.as_deref().map(Folder::at),
    };
    let conclude = arguments.conclude;
    let outside = Outside { open: &open, key, progress: &bar, stop, conclude, budget, earlier };
    let signed =
        Box::pin(run_stage(&file, &arguments.stage, &folder, outside)).await.map_err(Failure::Stage)?;
    if arguments.json {
        show::out(&String::from_utf8_lossy(&std::fs::read(folder.verdict()).unwrap_or_default()));
    } else {
        show::out(&sentence(&file.parsed.programme, stage, &signed.verdict, settings));
    }
    spending::tell_spent(&signed.spent, &endpoints, settings);
    let report = folder.report().display().to_string();
    show::line(&show::say(settings, "run-report", &[("path", &report)]));
    let out = arguments.out.display().to_string();
    show::line(&show::say(settings, "run-verify", &[("command", &format!("daepyo verify {out}"))]));
    Ok(match signed.verdict.status {
        Status::Decided(_) => 0,
        Status::Undecided { .. } | Status::NoVerdict(_) => 1,
    })
}

/// Someone behind a server whose tokens have no price.
fn without_price(programme: &Programme) -> Option<&CandidateId> {
    let candidates = programme.candidates.iter().map(|candidate| &candidate.submission);
    let mut all = candidates.chain(programme.references.iter().map(|reference| &reference.submission));
    let is_server = |submission: &Submission| matches!(submission.model, ModelSpec::OpenAi { .. });
    all.find(|submission| is_server(submission) && submission.price.is_none()).map(|found| &found.id)
}

/// The decision in one sentence.
pub(crate) fn sentence(
    programme: &Programme,
    stage: &Stage,
    verdict: &Verdict,
    settings: &Settings,
) -> String {
    let title = stage.title.get(settings.language).to_owned();
    let names = |wanted: &[CandidateDecision]| {
        let rows = verdict.outcomes.iter().filter(|row| wanted.contains(&row.decision));
        let names: Vec<_> = rows
            .map(|row| {
                let candidate =
                    programme.candidates.iter().find(|known| known.submission.id == row.candidate);
                let team =
                    candidate.and_then(|found| programme.teams.iter().find(|team| team.id == found.team));
                team.map_or_else(
                    || row.candidate.to_string(),
                    |team| team.name.get(settings.language).to_owned(),
                )
            })
            .collect();
        if names.is_empty() { "–".to_owned() } else { names.join(", ") }
    };
    let advancing = names(&[
        CandidateDecision::Advances,
        CandidateDecision::AdvancesByTie,
        CandidateDecision::AdvancesByWildcard,
    ]);
    let out = names(&[
        CandidateDecision::Eliminated,
        CandidateDecision::EliminatedByTie,
        CandidateDecision::EliminatedByGate,
        CandidateDecision::Withdrawn,
    ]);
    let open = names(&[CandidateDecision::Open]);
    match &verdict.status {
        Status::Decided(_) => show::say(
            settings,
            "verdict-decided",
            &[("stage", &title), ("advancing", &advancing), ("out", &out)],
        ),
        Status::Undecided { .. } => show::say(
            settings,
            "verdict-undecided",
            &[("stage", &title), ("advancing", &advancing), ("out", &out), ("open", &open)],
        ),
        Status::NoVerdict(NoVerdict::InfrastructureFailures { candidate, rate, limit }) => {
            let (rate, limit) = (format!("{:.2} %", rate * 100.0), format!("{:.2} %", limit * 100.0));
            let arguments = [
                ("stage", title.as_str()),
                ("candidate", candidate.as_str()),
                ("rate", &rate),
                ("limit", &limit),
            ];
            show::say(settings, "verdict-infrastructure", &arguments)
        }
        Status::NoVerdict(NoVerdict::MissingEvidence { candidate, what }) => {
            let arguments = [("stage", title.as_str()), ("candidate", candidate.as_str()), ("what", what)];
            show::say(settings, "verdict-missing", &arguments)
        }
    }
}
