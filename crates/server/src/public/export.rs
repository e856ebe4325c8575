//! Every public page in both languages, and every file, written so that a plain web server can serve them.

use super::files;
use super::finished::Finished;
use super::pages;
use super::stored;
use super::view::{Contest, Links, Piece, View, whole};
use super::writer::Writer;
use super::{Published, Shown, State};
use crate::api;
use crate::assets;
use crate::contest::StoredContests;
use crate::programme::ProgrammeError;
use crate::route::{Table, routes};
use crate::settings::Settings;
use daepyo_core::{Date, Language};
use maud::{DOCTYPE, html};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// Entries of a log that get pages of their own, from the first on; verdict and manifest always do.
pub(super) const MOST_ENTRIES: u64 = 20_000;

/// Why the pages were not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The programme file cannot be shown.
    #[error("server::programme: the programme file cannot be shown")]
    Programme(#[source] ProgrammeError),
    /// The folder holds something already: what is left of an older export would look like part of this one.
    #[error("server::export_folder: the folder {} is not empty", .folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A published file changed while it was copied.
    #[error("server::changed: {} is no longer the file that was verified", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("server::export_file: {} cannot be read or written", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

impl ExportError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Programme(_) => "server::programme",
            Self::NotEmpty { .. } => "server::export_folder",
            Self::Changed { .. } => "server::changed",
            Self::File { .. } => "server::export_file",
        }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Pages, in both languages together.
    pub pages: usize,
    /// Other files.
    pub files: usize,
    /// Published folders that do not verify, those of contests and the log of ballots among them; nothing of them is
    /// written but that.
    pub broken: usize,
    /// Folders in which there is nothing of a stage; nothing is said of them.
    pub not_yet: usize,
}

/// Writes every public page in Korean below `out/ko` and in English below `out/en`, with relative links, and the files
/// beside them: `data`, `log`, proofs, reports, the document of the API, what was published of contests, and the log of
/// ballots. `today` is the day in Korea that the calendar is drawn for. The folder must be empty or missing. `base_url` of
/// the settings is where the files will stand, and may have a path here. The same settings, folders and day give the same
/// bytes.
///
/// Nothing but the programme file, the published folders and, in the folder of the site's own files, the published contests
/// and the public files of the log of ballots is read: no store, no key. It takes as long as verifying all of it does.
pub fn export(settings: &Settings, today: Date, out: &Path) -> Result<Exported, ExportError> {
    let mut writer = Writer::new(out)?;
    let mut shown = Shown::load(settings).map_err(ExportError::Programme)?;
    // Unlike a site of its own, files may stand below a path.
    settings.base_url.as_str().trim_end_matches('/').clone_into(&mut shown.origin);
    writer.done.broken = shown.published.iter().filter(|one| one.is_broken()).count();
    let not_yet = |one: &&Published| matches!(one.state, State::NotYet);
    writer.done.not_yet = shown.published.iter().filter(not_yet).count();
    let contests = StoredContests::write(&settings.data, &shown, &mut writer)?;
    let site = Site { closed: contests.closed(), table: Table::of(routes()), shown, contests, today };
    for language in [Language::Ko, Language::En] {
        for path in site.paths() {
            if let Some((stored, text)) = site.page(language, &path) {
                writer.page(&stored, &text)?;
            }
        }
    }
    site.files(&mut writer, settings.is_https())?;
    for (one, finished) in site.shown.finished() {
        site.folder(&mut writer, one, finished)?;
    }
    Ok(writer.done)
}

/// The entries of a log that get pages.
fn entries(size: u64) -> impl Iterator<Item = u64> {
    (0..size).filter(move |index| has_entry(size, *index))
}

/// Whether a stored log of this size has a page for this entry.
pub(super) const fn has_entry(size: u64, index: u64) -> bool {
    index < size && (index < MOST_ENTRIES || index + 2 >= size)
}

/// All that is written.
struct Site {
    shown: Shown,
    contests: StoredContests,
    /// How the votes stand, of contests that are closed.
    closed: Vec<Contest>,
    table: Table,
    today: Date,
}

impl Site {
    /// The paths of all pages, as the site has them.
    fn paths(&self) -> Vec<String> {
        let shown = &self.shown;
        let fixed = [
            "/",
            "/rules",
            "/candidates",
            "/evidence",
            "/data",
            "/verify",
            "/api",
            "/about",
            "/privacy",
            "/accessibility",
        ];
        let mut paths: Vec<String> = fixed.map(str::to_owned).to_vec();
        paths.extend(self.contests.paths());
        let own =
            shown.programme().into_iter().flat_map(|programme| &programme.stages).map(|stage| &stage.id);
        let others = shown.published.iter().filter_map(|one| one.stage.as_ref());
        let stages: BTreeSet<_> = own.chain(others).collect();
        paths.extend(stages.into_iter().map(|id| format!("/stages/{id}")));
        let candidates = shown.candidates().into_iter();
        paths.extend(candidates.map(|(_, candidate)| format!("/candidates/{}", candidate.submission.id)));
        for (one, finished) in shown.finished() {
            paths.push(format!("/evidence/{}", one.key));
            paths.extend(entries(finished.log.len()).map(|index| format!("/evidence/{}/{index}", one.key)));
        }
        paths
    }

    /// The page at a path of [`Site::paths`], with where it is stored.
    fn page(&self, language: Language, path: &str) -> Option<(String, String)> {
        let stored = stored::page(language, path);
        let links = Links::Stored(stored.clone());
        let view = View { shown: &self.shown, language, today: self.today, contests: &self.closed, links };
        let piece = self.draw(&view, path)?;
        Some((stored, whole(&view, path, assets::style_path(), &piece)))
    }

    fn draw(&self, view: &View<'_>, path: &str) -> Option<Piece> {
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            [""] => Some(pages::home(view)),
            ["rules"] => Some(pages::rules(view)),
            ["candidates"] => Some(pages::candidates(view)),
            ["evidence"] => Some(pages::logs(view)),
            ["data"] => Some(pages::data(view)),
            ["verify"] => Some(pages::verify(view)),
            ["api"] => Some(api::guide(view, &self.table)),
            ["about"] => Some(pages::about(view)),
            ["privacy"] => Some(pages::privacy(view)),
            ["accessibility"] => Some(pages::accessibility(view)),
            ["contests"] => Some(self.contests.list(view)),
            ["receipts"] => self.contests.receipts(view),
            ["contests", stage, criterion] => self.contests.page(view, stage, criterion),
            ["stages", id] => pages::stage(view, id),
            ["candidates", id] => pages::candidate(view, id),
            ["evidence", key] => pages::log(view, key),
            ["evidence", key, index] => pages::entry(view, key, index.parse().ok()?),
            _ => None,
        }
    }

    /// The files that are no stage's and no contest's.
    fn files(&self, writer: &mut Writer<'_>, is_https: bool) -> Result<(), ExportError> {
        writer.file("index.html", start(&self.shown).as_bytes())?;
        writer.file(assets::style_path().trim_start_matches('/'), assets::style().as_bytes())?;
        writer.file("verify/check_proof.py", files::CHECK_PROOF.as_bytes())?;
        let document = api::document(&api::Described {
            table: &self.table,
            shown: &self.shown,
            programme: self.shown.programme(),
            held: self.contests.held().collect(),
            origin: None,
            is_https,
        });
        writer.file(api::DOCUMENT.trim_start_matches('/'), document.to_string().as_bytes())?;
        match self.shown.programme_text() {
            Some(text) => writer.file("rules/programme.toml", text.as_bytes()),
            None => Ok(()),
        }
    }

    /// The files of a finished stage.
    fn folder(
        &self,
        writer: &mut Writer<'_>,
        one: &Published,
        finished: &Finished,
    ) -> Result<(), ExportError> {
        let (key, today) = (&one.key, self.today);
        for (path, kept) in finished.files(today) {
            writer.copy_kept(kept, &format!("data/{key}/{path}"))?;
        }
        for (path, kept) in &finished.log_files {
            writer.copy_kept(kept, &format!("log/{key}/{path}"))?;
        }
        if let Some(report) = finished.file("report.html", today) {
            writer.copy_kept(report, &stored::file(&format!("/stages/{key}/report")))?;
        }
        let fetch = files::fetch(&self.shown.origin, key, finished, today);
        writer.file(&format!("data/{key}/{}", files::FETCH), fetch.as_bytes())?;
        for index in entries(finished.log.len()) {
            let address = format!("/evidence/{key}/{index}");
            if let Some(entry) = files::entry(finished, index) {
                writer.file(&stored::file(&format!("{address}/entry")), &entry)?;
            }
            if let Some(proof) = files::proof(finished, index) {
                writer.file(&stored::file(&format!("{address}/proof")), &proof)?;
            }
        }
        Ok(())
    }
}

/// The first page of all: the way to both languages.
fn start(shown: &Shown) -> String {
    let title = |language| {
        let programme = shown.programme().map(|programme| programme.title.get(language).to_owned());
        programme.unwrap_or_else(|| daepyo_messages::text(language, "site-name", &[]))
    };
    let page = html! {
        (DOCTYPE)
        html lang="ko" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title(Language::Ko)) }
                link rel="stylesheet" href=(assets::style_path().trim_start_matches('/'));
                link rel="icon" href="data:,";
            }
            body {
                main {
                    h1 { (title(Language::Ko)) }
                    p { a href="ko/index.html" lang="ko" hreflang="ko" { "한국어" } }
                    p lang="en" { (title(Language::En)) ": " a href="en/index.html" hreflang="en" { "English" } }
                }
            }
        }
    };
    page.into_string()
}
