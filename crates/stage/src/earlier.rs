//! What a run goes on from: an earlier verdict on the same stage, and the points of an earlier stage.

use crate::StageError;
use crate::answers::Answers;
use crate::folder::{self, Folder};
use crate::plan::MeasuredPlan;
use crate::record::{MeasuredRecord, Record};
use crate::seal::Sealed;
use crate::verify::{self, Finding};
use daepyo_core::{
    Cause, Digest, Observation, Programme, Stage, StoredExchange, Submission, Verdict, canonical,
};
use daepyo_store::Store;
use daepyo_verdict::sequential::{self, Carried, SequentialError, decide_after};
use daepyo_verdict::{
    Rules,
    analysis::{Analysis, analyse},
    decide,
};
use std::path::{Path, PathBuf};

/// The folder of the earlier verdict's copy.
const EARLIER: &str = "earlier";
/// The folder with the rules and the log of the stage that points are carried over from.
const CARRIED: &str = "carried";

/// So many answers are stored in one transaction.
const BATCH: usize = 4096;

/// Published folders that a run goes on from; each is verified before anything of it is used.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// The folder of an earlier verdict on the same stage, and why there is a new one.
    pub follows: Option<(Folder, Cause)>,
    /// The folder of the stage whose points the rules carry over.
    pub carries: Option<Folder>,
}

/// What a decision goes on from, as far as there is anything.
#[derive(Default)]
pub(crate) struct Before {
    verdict: Option<(Verdict, Cause)>,
    carried: Option<Carried>,
}

impl Before {
    /// Verifies and reads the folders that a run goes on from.
    pub(crate) fn of_run(earlier: &Earlier, programme: &Programme) -> Result<Self, StageError> {
        let verified = |folder: &Folder| {
            verify::verify(folder, None, None)
                .map_err(|findings| StageError::Earlier { path: folder.path().to_owned(), findings })
        };
        let verdict = match &earlier.follows {
            Some((folder, cause)) => Some((verified(folder)?.verdict, *cause)),
            None => None,
        };
        let carried = match &earlier.carries {
            Some(folder) => {
                verified(folder)?;
                Some(carried(folder.path(), programme).map_err(StageError::from)?)
            }
            None => None,
        };
        Ok(Self { verdict, carried })
    }

    /// Reads what a published verdict went on from out of the copies in its own folder. `stored` is only asked what it
    /// says it follows and why: the verdict that comes of it is compared with it afterwards.
    pub(crate) fn of_folder(
        folder: &Folder,
        stored: &Verdict,
        sealed: &Sealed,
        stage: &Stage,
    ) -> Result<Self, Vec<Finding>> {
        let verdict = match &stored.follows {
            Some(follows) => {
                let name = format!("{EARLIER}/verdict.json");
                let unusable = |message| vec![Finding::new(name.clone(), "verify::unusable", message)];
                let bytes =
                    std::fs::read(folder.path().join(&name)).map_err(|error| unusable(error.to_string()))?;
                let earlier: Verdict =
                    serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
                Some((earlier, follows.cause))
            }
            None => None,
        };
        let carried = match &stage.carry {
            Some(_) => {
                let found = carried(&folder.path().join(CARRIED), &sealed.programme);
                Some(found.map_err(|failed| {
                    vec![Finding::new(
                        CARRIED,
                        "verify::unusable",
                        verify::with_causes(&StageError::from(failed)),
                    )]
                })?)
            }
            None => None,
        };
        Ok(Self { verdict, carried })
    }

    /// The verdict.
    pub(crate) fn decide(
        &self,
        rules: &Rules<'_>,
        observations: &[Observation],
    ) -> Result<Verdict, SequentialError> {
        if self.verdict.is_none() && self.carried.is_none() {
            return decide(rules, observations).map_err(SequentialError::Decide);
        }
        let verdict = self.verdict.as_ref().map(|(verdict, cause)| (verdict, *cause));
        decide_after(rules, observations, &sequential::Before { verdict, carried: self.carried.as_ref() })
    }
}

impl Before {
    /// What the verdict rests on, and its canonical form.
    pub(crate) fn analyse(
        &self,
        rules: &Rules<'_>,
        observations: &[Observation],
    ) -> Result<(Analysis, Vec<u8>), StageError> {
        let analysis = analyse(rules, observations, self.carried.as_ref())?;
        let bytes = canonical::to_bytes(&analysis);
        let bytes = bytes.map_err(|cause| StageError::Canonical { what: "the analysis", cause })?;
        Ok((analysis, bytes))
    }
}

impl Earlier {
    /// Whether nothing is measured again: what the earlier verdict rests on is fact, its failures among it.
    pub(crate) fn is_settled(&self) -> bool {
        self.follows.as_ref().is_some_and(|(_, cause)| match cause {
            Cause::Refill | Cause::Correction => true,
            Cause::MoreEvidence => false,
        })
    }

    /// How the prompts of a submission were made for the earlier verdict, where it was measured then.
    pub(crate) fn measured(&self, submission: &Submission) -> Result<Option<MeasuredRecord>, StageError> {
        let Some((folder, _)) = &self.follows else { return Ok(None) };
        let records = verify::records(folder)
            .map_err(|findings| StageError::Earlier { path: folder.path().to_owned(), findings })?;
        let same =
            |record: &MeasuredRecord| record.candidate == submission.id && record.digest == submission.digest;
        Ok(records.into_iter().find_map(|record| match record {
            Record::Measured(record) if same(&record) => Some(record),
            Record::Measured(_)
            | Record::Rules(_)
            | Record::Observation(_)
            | Record::Verdict(_)
            | Record::Manifest(_) => None,
        }))
    }

    /// Stores what was answered for the earlier verdict, so that it is not asked again.
    pub(crate) async fn hand_on(&self, plans: &[MeasuredPlan], store: &Store) -> Result<(), StageError> {
        let Some((folder, _)) = &self.follows else { return Ok(()) };
        for plan in plans {
            let path = folder.responses(&plan.submission.id);
            if !path.is_file() {
                continue;
            }
            let mut answers = Answers::new(&plan.digests);
            for line in folder::read(&path)?.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let exchange: StoredExchange = serde_json::from_slice(line).map_err(|cause| {
                    StageError::File { what: "read", path: path.clone(), cause: cause.into() }
                })?;
                answers.insert(&exchange.request, &exchange.response);
            }
            let mut rest = answers.iter();
            loop {
                let batch: Vec<_> = rest.by_ref().take(BATCH).collect();
                if batch.is_empty() {
                    break;
                }
                store.put(plan.submission.digest, &batch).await.map_err(StageError::Store)?;
            }
        }
        Ok(())
    }

    /// Copies of what the verdict goes on from, by path in the published folder.
    pub(crate) fn copies(&self) -> Result<Vec<(String, Vec<u8>)>, StageError> {
        let mut copies = Vec::new();
        if let Some((folder, _)) = &self.follows {
            copies.push((format!("{EARLIER}/verdict.json"), folder::read(&folder.verdict())?));
        }
        if let Some(folder) = &self.carries {
            let mut root = folder.path().to_owned();
            let mut prefix = CARRIED.to_owned();
            // A stage that itself carried points over holds those of the stage before it.
            while root.is_dir() {
                copies.push((format!("{prefix}/rules.json"), folder::read(&root.join("rules.json"))?));
                for path in folder::below(&root.join("log"))? {
                    let bytes = folder::read(&root.join("log").join(&path))?;
                    copies.push((format!("{prefix}/log/{path}"), bytes));
                }
                root = root.join(CARRIED);
                prefix = format!("{prefix}/{CARRIED}");
            }
        }
        Ok(copies)
    }
}

/// Whether a path is that of a copy on which a verdict may rest.
pub(crate) fn is_copy(path: &str) -> bool {
    [EARLIER, CARRIED].iter().any(|folder| path.starts_with(&format!("{folder}/")))
}

/// Why points could not be carried over.
pub(crate) enum NotCarried {
    Findings(PathBuf, Vec<Finding>),
    Sequential(SequentialError),
}

impl From<NotCarried> for StageError {
    fn from(failed: NotCarried) -> Self {
        match failed {
            NotCarried::Findings(path, findings) => Self::Earlier { path, findings },
            NotCarried::Sequential(error) => error.into(),
        }
    }
}

/// The points of a stage with every draw, worked out again from the rules and the signed log in `root`.
fn carried(root: &Path, programme: &Programme) -> Result<Carried, NotCarried> {
    let failed = |findings| NotCarried::Findings(root.to_owned(), findings);
    let unusable = |message: String| failed(vec![Finding::new("rules.json", "verify::unusable", message)]);
    let folder = Folder::at(root);
    verify::check_log(&folder, None).map_err(failed)?;
    let records = verify::records(&folder).map_err(failed)?;
    let contents = verify::Contents::of(&records).map_err(failed)?;
    let bytes = std::fs::read(folder.rules()).map_err(|error| unusable(error.to_string()))?;
    if Digest::of(&bytes) != contents.rules {
        return Err(unusable("not the file that the log names".to_owned()));
    }
    let sealed: Sealed = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
    let Some(stage) = sealed.programme.stage(&sealed.stage) else {
        return Err(unusable("the sealed stage is not in the rules".to_owned()));
    };
    if sealed.programme.id != programme.id {
        return Err(unusable(format!("it is of the programme `{}`", sealed.programme.id)));
    }
    let before = match &stage.carry {
        Some(_) => Some(carried(&root.join(CARRIED), programme)?),
        None => None,
    };
    let observations: Vec<_> = contents.observations.iter().map(|found| (*found).clone()).collect();
    let rules = Rules { programme: &sealed.programme, stage, rules_digest: contents.rules };
    sequential::carry_over(&rules, &observations, before.as_ref()).map_err(NotCarried::Sequential)
}
