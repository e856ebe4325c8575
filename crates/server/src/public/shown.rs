//! All that public pages are drawn from.

use super::finished::Finished;
use super::published::{Published, State};
use crate::programme::{Loaded, ProgrammeError};
use crate::settings::Settings;
use daepyo_core::{Candidate, CandidateId, Programme, Stage, StageId};

/// The programme and what was published of its stages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// The programme file with its text, where there is one.
    file: Option<(Programme, String)>,
    /// In the order of the settings.
    pub(crate) published: Vec<Published>,
    /// Under which licence the data is open, where the office says so.
    pub(crate) licence: Option<String>,
    /// Where people reach the office, where it says so.
    pub(crate) contact: Option<String>,
    /// How people reach the site.
    pub(crate) origin: String,
}

impl Shown {
    /// Reads the programme file and verifies the published folders. Takes as long as `daepyo verify` does.
    pub(crate) fn load(settings: &Settings) -> Result<Self, ProgrammeError> {
        let file = match &settings.programme {
            None => None,
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(ProgrammeError::Read)?;
                Some((Loaded::read(path)?.programme, text))
            }
        };
        let published = Published::open(&settings.published);
        let (licence, origin) = (settings.data_licence.clone(), settings.origin());
        let contact = settings.contact.clone();
        Ok(Self { file, published, licence, contact, origin })
    }

    /// The same with other folders.
    pub(crate) fn with(&self, published: Vec<Published>) -> Self {
        Self { published, ..self.clone() }
    }

    /// The programme: the file's, or that of the newest sealed rules.
    pub(crate) fn programme(&self) -> Option<&Programme> {
        let file = self.file.as_ref().map(|(programme, _)| programme);
        file.or_else(|| self.newest_sealed())
    }

    /// The text of that programme's file.
    pub(crate) fn programme_text(&self) -> Option<&str> {
        let file = self.file.as_ref().map(|(_, text)| text.as_str());
        file.or_else(|| self.finished().last().map(|(_, finished)| finished.text.as_str()))
    }

    /// The programme of the rules that were sealed last.
    pub(crate) fn newest_sealed(&self) -> Option<&Programme> {
        self.sealed()
            .map(|(_, programme)| programme)
            .max_by_key(|programme| (programme.version, programme.dated))
    }

    /// Every sealed programme that the log of its folder vouches for, with the folder.
    pub(crate) fn sealed(&self) -> impl Iterator<Item = (&Published, &Programme)> {
        self.published.iter().filter_map(|one| match &one.state {
            State::Verified(finished) => Some((one, &finished.sealed.programme)),
            State::UnderWay(under_way) => {
                under_way.sealed.as_ref().map(|(sealed, _)| (one, &sealed.programme))
            }
            State::Broken(_) | State::NotYet => None,
        })
    }

    /// Every folder that verified.
    pub(crate) fn finished(&self) -> impl Iterator<Item = (&Published, &Finished)> {
        self.published.iter().filter_map(|one| Some((one, one.finished()?)))
    }

    /// The folder that addresses call so, where it verified.
    pub(crate) fn find(&self, key: &str) -> Option<&Finished> {
        self.published.iter().find(|one| one.key == key)?.finished()
    }

    /// The folders of a stage, in the order of the settings.
    pub(crate) fn of_stage(&self, id: &StageId) -> impl Iterator<Item = &Published> {
        self.published.iter().filter(move |one| one.stage.as_ref() == Some(id))
    }

    /// A stage by its id, as the rules that count for it have it: sealed ones before the file's.
    pub(crate) fn stage(&self, id: &str) -> Option<(&Programme, &Stage)> {
        let id = id.parse::<StageId>().ok()?;
        let sealed = self.sealed().filter(|(one, _)| one.stage.as_ref() == Some(&id));
        let sealed = sealed.map(|(_, programme)| programme).last();
        let programme = sealed.or_else(|| self.programme())?;
        Some((programme, programme.stage(&id)?))
    }

    /// Every candidate, those of the current rules first.
    pub(crate) fn candidates(&self) -> Vec<(&Programme, &Candidate)> {
        let mut found: Vec<(&Programme, &Candidate)> = Vec::new();
        let programmes = self.programme().into_iter().chain(self.sealed().map(|(_, programme)| programme));
        for programme in programmes {
            for candidate in &programme.candidates {
                if !found.iter().any(|(_, known)| known.submission.id == candidate.submission.id) {
                    found.push((programme, candidate));
                }
            }
        }
        found
    }

    /// A candidate by its id.
    pub(crate) fn candidate(&self, id: &str) -> Option<(&Programme, &Candidate)> {
        let id = id.parse::<CandidateId>().ok()?;
        self.candidates().into_iter().find(|(_, candidate)| candidate.submission.id == id)
    }
}
