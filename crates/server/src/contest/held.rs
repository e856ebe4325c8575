//! The contests that the programme defines: read at the start, opened by the office, found by address or battle.

use super::closing::Closing;
use super::results::Kept;
use crate::keys::{Keys, random};
use crate::settings::Settings;
use crate::talks::Talks;
use daepyo_backend::talk::{Queue, Talk};
use daepyo_contest::{Arena, ContestError, Logbook, Sealed, Secrets, Setup};
use daepyo_core::{CandidateId, ContestMode, Localized, Programme};
use daepyo_evidence::{KeyError, SigningKey};
use daepyo_spec::RowProblem;
use daepyo_store::site::{Battle, BattleId, Contest, ContestId, Site, SiteError};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::RwLock;

/// The log of ballots, below the site's data.
pub(super) const LOG: &str = "log";

/// A contest of the programme.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// What it is set up with.
    pub(crate) setup: Setup,
    /// The stage's title, and the criterion's.
    pub(crate) titles: (Localized, Localized),
    /// The file from which the stage reads the votes.
    pub(crate) votes: PathBuf,
    /// The folder from which the stage takes the whole contest.
    pub(crate) handed_over: PathBuf,
}

impl Held {
    /// Its address on this site.
    pub(crate) fn path(&self) -> String {
        format!("/contests/{}/{}", self.setup.stage, self.setup.criterion)
    }

    /// Whether it is the one of this address.
    pub(super) fn is(&self, stage: &str, criterion: &str) -> bool {
        self.setup.stage.as_str() == stage && self.setup.criterion.as_str() == criterion
    }

    /// The address of one of its published files.
    pub(crate) fn file(&self, name: &str) -> String {
        format!("{}/files/{name}", self.path())
    }

    /// The folder into which it is published, once it is closed.
    pub(super) fn folder(&self, data: &Path) -> PathBuf {
        data.join("contests").join(self.setup.stage.as_str()).join(self.setup.criterion.as_str())
    }

    /// The same under the rules that were sealed when it was opened.
    pub(super) fn under(mut self, rules: &Sealed) -> Self {
        self.setup.contestants.clone_from(&rules.contestants);
        self.setup.references.clone_from(&rules.references);
        self.setup.advance = rules.advance;
        self.setup.rule.clone_from(&rules.rule);
        self.setup.tests = rules.tests;
        self
    }
}

/// The contests of the programme, and those of them that are open or were.
pub(crate) struct Contests {
    held: Vec<Held>,
    open: RwLock<BTreeMap<ContestId, Arena>>,
    site: Site,
    logbook: Option<Logbook>,
    data: PathBuf,
    voters: [u8; 32],
    talks: Talks,
    queue: Arc<Queue>,
    results: Kept,
    closing: Closing,
}

impl fmt::Debug for Contests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contests").field("held", &self.held.len()).finish_non_exhaustive()
    }
}

/// Why the contests of a programme cannot be held.
#[derive(Debug, thiserror::Error)]
pub enum ContestsError {
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// Rows of a file cannot be read; `daepyo check` shows all of them.
    #[error("{} has {problems} bad rows, the first in line {line}; `daepyo check` shows them", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// How many.
        problems: usize,
        /// Where the first is.
        line: u64,
    },
    /// The key that signs the log of ballots cannot be used.
    #[error("the key {} cannot be used", path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: KeyError,
    },
    /// The store's log is signed with another key.
    #[error("the store belongs to a site with another key than {}", path.display())]
    OtherKey {
        /// The key's file here.
        path: PathBuf,
    },
    /// A contestant of a live contest that nobody can talk to.
    #[error("the contestant {candidate} of the contest {contest} has no backend")]
    NoBackend {
        /// Stage and criterion.
        contest: String,
        /// The contestant.
        candidate: CandidateId,
    },
    /// A contest cannot be held.
    #[error("a contest cannot be held")]
    Contest(#[source] ContestError),
    /// The store cannot be asked.
    #[error("the store cannot be asked for contests")]
    Site(#[source] SiteError),
}

impl Contests {
    /// Reads the files of the programme's contests, starts the log, and goes on with the contests that are open.
    pub(crate) async fn start(
        settings: &Settings,
        keys: &Keys,
        site: &Site,
        programme: Option<&Programme>,
        now_ms: i64,
    ) -> Result<Self, ContestsError> {
        let folder = settings.programme.as_deref().and_then(Path::parent).unwrap_or_else(|| Path::new("."));
        let held = match programme {
            Some(programme) => read(programme, folder)?,
            None => Vec::new(),
        };
        reachable(&held, &settings.talks)?;
        let logbook = if held.is_empty() {
            None
        } else {
            Some(Logbook::start(
                site.clone(),
                &settings.data.join(LOG),
                the_stores_key(settings, site).await?,
            ))
        };
        let found = Self {
            held,
            open: RwLock::default(),
            site: site.clone(),
            logbook,
            data: settings.data.clone(),
            voters: keys.derive("voters"),
            talks: settings.talks.clone(),
            queue: settings.talks.queue(),
            results: Kept::default(),
            closing: Closing::default(),
        };
        for contest in site.contests().await.map_err(ContestsError::Site)? {
            found.go_on(&contest, now_ms).await.map_err(ContestsError::Contest)?;
        }
        Ok(found)
    }

    /// How a contestant is talked to, where it can be.
    pub(crate) fn talk(&self, candidate: &CandidateId) -> Option<&Arc<dyn Talk>> {
        self.talks.of(candidate)
    }

    /// The line in which conversations wait.
    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// All of them, in the programme's order.
    pub(crate) fn held(&self) -> &[Held] {
        &self.held
    }

    /// The one of this address.
    pub(crate) fn of(&self, stage: &str, criterion: &str) -> Option<&Held> {
        self.held.iter().find(|held| held.is(stage, criterion))
    }

    /// The log of ballots, where there is a contest.
    pub(crate) fn logbook(&self) -> Option<&Logbook> {
        self.logbook.as_ref()
    }

    /// The folder of the log of ballots.
    pub(crate) fn log(&self) -> PathBuf {
        self.data.join(LOG)
    }

    /// The folder into which a closed contest is published.
    pub(crate) fn folder(&self, held: &Held) -> PathBuf {
        held.folder(&self.data)
    }

    /// Results that were computed already.
    pub(super) fn results(&self) -> &Kept {
        &self.results
    }

    /// What is being closed here.
    pub(super) fn closing(&self) -> &Closing {
        &self.closing
    }

    /// The contest as it is held, where the office has opened it: here or on another server of the store.
    pub(crate) async fn arena(
        &self,
        held: &Held,
        now_ms: i64,
    ) -> Result<Option<(Arena, Contest)>, ContestError> {
        let setup = &held.setup;
        let contest = self.site.contest_of(setup.stage.as_str(), setup.criterion.as_str()).await?;
        let Some(contest) = contest else { return Ok(None) };
        let arena = self.go_on(&contest, now_ms).await?;
        Ok(arena.map(|arena| (arena, contest)))
    }

    /// Opens a contest, as the office asks: with a seed of its own, unless it is open already.
    pub(crate) async fn open(&self, held: &Held, now_ms: i64) -> Result<Arena, ContestError> {
        self.join(held, random(), now_ms).await
    }

    /// The arena of a contest; `seed` is used where the store does not have it yet.
    async fn join(&self, held: &Held, seed: [u8; 32], now_ms: i64) -> Result<Arena, ContestError> {
        let Some(logbook) = &self.logbook else { return Err(ContestError::NoBattle) };
        let mut open = self.open.write().await;
        let secrets = Secrets { seed, voters: self.voters };
        let arena = Arena::open(&self.site, logbook, &held.setup, secrets, now_ms).await?;
        open.insert(arena.contest().id, arena.clone());
        Ok(arena)
    }

    /// The contest and the battle of a number, whoever's it is.
    pub(crate) async fn battle(
        &self,
        id: BattleId,
        now_ms: i64,
    ) -> Result<Option<(&Held, Arena, Battle)>, ContestError> {
        let found = self.battle_and_close(id, now_ms).await?;
        Ok(found.map(|(held, arena, battle, _)| (held, arena, battle)))
    }

    /// The same, and whether the contest is closed.
    pub(crate) async fn battle_and_close(
        &self,
        id: BattleId,
        now_ms: i64,
    ) -> Result<Option<(&Held, Arena, Battle, bool)>, ContestError> {
        let Some(battle) = self.site.battle(id).await? else { return Ok(None) };
        let contest = self.site.contest(battle.opened.contest).await?;
        let Some(contest) = contest else { return Ok(None) };
        let Some(held) = self.of(&contest.stage, &contest.criterion) else { return Ok(None) };
        let arena = self.go_on(&contest, now_ms).await?;
        let is_closed = contest.closed_ms.is_some();
        Ok(arena.map(|arena| (held, arena, battle, is_closed)))
    }

    /// Runs the tests of voters in every contest that is open, where this hour has none yet; how many.
    pub(crate) async fn examine(&self, now_ms: i64) -> Result<u64, ContestError> {
        let mut run = 0;
        for contest in self.site.contests().await?.iter().filter(|contest| contest.closed_ms.is_none()) {
            let Some(arena) = self.go_on(contest, now_ms).await? else { continue };
            run += u64::from(arena.examine_hourly(now_ms).await?);
        }
        Ok(run)
    }

    /// The contest that the store has, opened here where it was not; none where the programme does not have it.
    async fn go_on(&self, contest: &Contest, now_ms: i64) -> Result<Option<Arena>, ContestError> {
        if let Some(arena) = self.open.read().await.get(&contest.id) {
            return Ok(Some(arena.clone()));
        }
        match self.of(&contest.stage, &contest.criterion) {
            Some(held) => self.join(held, contest.seed, now_ms).await.map(Some),
            None => Ok(None),
        }
    }
}

/// The contests of a programme with their files.
fn read(programme: &Programme, folder: &Path) -> Result<Vec<Held>, ContestsError> {
    let mut found = defined(programme, folder);
    for held in &mut found {
        let setup = &mut held.setup;
        setup.prompts = rows(&folder.join(&setup.rule.prompts), daepyo_spec::read_prompts)?;
        if let Some(answers) = &setup.rule.answers {
            let (prompts, contestants) = (&setup.prompts, &setup.contestants);
            setup.answers = rows(&folder.join(answers), |source| {
                daepyo_spec::read_answers(source, prompts, contestants)
            })?;
        }
    }
    Ok(found)
}

/// The contests of a programme without prompts and answers, which are in files.
pub(super) fn defined(programme: &Programme, folder: &Path) -> Vec<Held> {
    let mut found = Vec::new();
    for stage in &programme.stages {
        for criterion in &stage.criteria {
            let Some(source) = criterion.rule.source() else { continue };
            let Some(from) = criterion.rule.contest_folder() else { continue };
            let setup = Setup::of(programme, stage, criterion, Vec::new(), Vec::new());
            found.extend(setup.map(|setup| Held {
                setup,
                titles: (stage.title.clone(), criterion.title.clone()),
                votes: folder.join(source),
                handed_over: folder.join(&from),
            }));
        }
    }
    found
}

/// Every contestant of a live contest must be there to be talked to.
fn reachable(held: &[Held], talks: &Talks) -> Result<(), ContestsError> {
    for one in held.iter().filter(|one| one.setup.rule.mode == ContestMode::Live) {
        if let Some(candidate) = one.setup.contestants.iter().find(|id| talks.of(id).is_none()) {
            let contest = format!("{}/{}", one.setup.stage, one.setup.criterion);
            return Err(ContestsError::NoBackend { contest, candidate: candidate.clone() });
        }
    }
    Ok(())
}

fn rows<T>(
    path: &Path,
    read: impl FnOnce(&[u8]) -> Result<Vec<T>, Vec<RowProblem>>,
) -> Result<Vec<T>, ContestsError> {
    let bytes = std::fs::read(path).map_err(|cause| ContestsError::Read { path: path.to_owned(), cause })?;
    read(&bytes).map_err(|problems| ContestsError::Rows {
        path: path.to_owned(),
        problems: problems.len(),
        line: problems.first().map_or(1, |problem| problem.line),
    })
}

/// The key that signs the log of ballots, where it is the one that the store was first started with.
async fn the_stores_key(settings: &Settings, site: &Site) -> Result<SigningKey, ContestsError> {
    let key = key(settings)?;
    let verifier = key.verifier().to_string();
    let kept = site.claim("log", &verifier).await.map_err(ContestsError::Site)?;
    if kept == verifier { Ok(key) } else { Err(ContestsError::OtherKey { path: key_file(settings) }) }
}

fn key_file(settings: &Settings) -> PathBuf {
    settings.keys.join("contest.key")
}

/// The key that signs the log of ballots, made on the first run.
fn key(settings: &Settings) -> Result<SigningKey, ContestsError> {
    let path = key_file(settings);
    let wrong = |cause| ContestsError::Key { path: path.clone(), cause };
    if path.exists() {
        return SigningKey::read(&path).map_err(wrong);
    }
    std::fs::create_dir_all(&settings.keys)
        .map_err(|cause| ContestsError::Read { path: settings.keys.clone(), cause })?;
    let host = settings.base_url.host_str().unwrap_or("localhost");
    let mut key = SigningKey::generate(&format!("{host}/contest")).map_err(wrong)?;
    key.write_new(&path).map_err(wrong)?;
    Ok(key)
}
