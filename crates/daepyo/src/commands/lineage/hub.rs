//! A registry on a hub: what its models declare, and their weights as far as the limits go. Nothing that is declared is left
//! out: what cannot be had stays in the list with the reason.

use super::forms::{Form, forms};
use super::registry::relation_named;
use crate::args::LineageScan;
use crate::commands::datasets::Lines;
use crate::settings::Settings;
use crate::show;
use daepyo_hub::{DeclaredModel, Hub, HubError, ModelQuery, RemoteModel, Repository};
use daepyo_lineage::{Absence, Entry, Listed};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Repositories whose files are listed. Copies are found by that alone, so it is more than are fetched.
const LISTED: usize = 2_000;
/// A hub that was silent so often in a row, each time to the end of patience, is not asked again.
const SILENT: u32 = 3;

/// What is asked of a hub; none where the registry lies on this machine.
pub(super) fn query(registry: &Path) -> Option<Result<ModelQuery, HubError>> {
    let name = registry.to_str()?.strip_prefix("hub:")?;
    Some(ModelQuery::new(name).map_err(HubError::Name))
}

/// The models that the hub lists, with their weights where they could be had. Fails where the list itself cannot be had,
/// or this machine has a fault.
pub(super) async fn entries(
    query: &ModelQuery,
    arguments: &LineageScan,
    settings: &Settings,
) -> Result<Vec<Entry>, HubError> {
    let hub = Hub::from_variables(|name| settings.variable(name), Arc::new(Lines::new(settings)))?;
    let listed = Box::pin(declared(&hub, query)).await?;
    let mut family = Family::new(listed, query);
    if arguments.declared_only {
        return Ok(family.models.iter().map(|model| only_declared(family.entry(model))).collect());
    }
    let asked_for = family.models.len();
    Box::pin(family.add_parents(&hub, arguments.max_models, settings)).await?;
    let limits = [
        ("count", family.models.len().to_string()),
        ("models", arguments.max_models.to_string()),
        ("bytes", arguments.limit_bytes.to_string()),
    ];
    say(settings, "limits", &limits);
    let mut taking = Taking {
        hub: &hub,
        settings,
        bytes_left: arguments.limit_bytes,
        models_left: arguments.max_models,
        had: BTreeMap::new(),
        silent: 0,
        entries: Vec::new(),
    };
    for (place, model) in family.in_turn(query, asked_for).into_iter().enumerate() {
        Box::pin(taking.take(model, family.entry(model), place)).await?;
    }
    let entries = taking.shared();
    let count = |is: &dyn Fn(&Entry) -> bool| entries.iter().filter(|entry| is(entry)).count().to_string();
    let counts = [
        ("fetched", count(&|entry| entry.path.is_some() && entry.listed.same_as.is_none())),
        ("copies", count(&|entry| entry.listed.same_as.is_some())),
        ("absent", count(&|entry| entry.path.is_none())),
    ];
    say(settings, "fetched", &counts);
    Ok(entries)
}

fn say(settings: &Settings, id: &str, values: &[(&str, String); 3]) {
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    show::line(&show::say(settings, &format!("lineage-scan-{id}"), &values));
}

/// What the hub lists; a base stands before what was made from it.
async fn declared(hub: &Hub, query: &ModelQuery) -> Result<Vec<DeclaredModel>, HubError> {
    match query {
        ModelQuery::OwnedBy(_) => hub.models(query).await,
        ModelQuery::MadeFrom(base) => {
            let base = hub.model(base).await?;
            let mut listed = hub.models(&ModelQuery::MadeFrom(base.repository.clone())).await?;
            listed.retain(|model| model.repository != base.repository);
            listed.insert(0, base);
            Ok(listed)
        }
    }
}

fn only_declared(mut entry: Entry) -> Entry {
    entry.listed.absent = entry.listed.absent.or(Some(Absence::NotAsked));
    entry
}

/// Models and the names under which others know them.
struct Family {
    models: Vec<DeclaredModel>,
    /// From a name in small letters to the hub's own writing of it: cards name models in any case, and by old names.
    names: BTreeMap<String, String>,
}

impl Family {
    fn new(models: Vec<DeclaredModel>, query: &ModelQuery) -> Self {
        let mut names = BTreeMap::new();
        // The base comes first, and may have been asked for by an old name.
        if let (ModelQuery::MadeFrom(asked), Some(base)) = (query, models.first()) {
            names.insert(asked.as_str().to_ascii_lowercase(), base.repository.to_string());
        }
        let own = models.iter().map(|model| model.repository.as_str());
        names.extend(own.map(|name| (name.to_ascii_lowercase(), name.to_owned())));
        Self { models, names }
    }

    /// Asks for the parents that are named and not among the models, `most` at most. Those that the hub does not give are
    /// missing to the models that name them, which the scan tells.
    async fn add_parents(&mut self, hub: &Hub, most: usize, settings: &Settings) -> Result<(), HubError> {
        let mut seen = BTreeSet::new();
        let named = self.models.iter().flat_map(|model| &model.parents);
        let unknown = named.filter(|name| !self.names.contains_key(&name.to_ascii_lowercase()));
        let unknown = unknown.filter(|name| seen.insert(name.to_ascii_lowercase()));
        // Whatever is no name of a hub, such as a folder of someone's own machine, is not asked for.
        let wanted: Vec<Repository> =
            unknown.filter_map(|name| Repository::model(name).ok()).take(most).collect();
        for repository in wanted {
            let found = match hub.model(&repository).await {
                Ok(found) => found,
                Err(error) if absence(&error).is_none() => return Err(error),
                Err(error) => {
                    show::error(&error, settings);
                    continue;
                }
            };
            let own = found.repository.as_str().to_owned();
            let is_new = self.models.iter().all(|model| model.repository.as_str() != own);
            self.names.insert(repository.as_str().to_ascii_lowercase(), own.clone());
            self.names.insert(own.to_ascii_lowercase(), own);
            if is_new {
                self.models.push(found);
            }
        }
        Ok(())
    }

    /// What others are tested against goes first. Parents beyond what was asked for go before an owner's models, which
    /// need them, and behind what was made from a base, which has that one.
    fn in_turn(&self, query: &ModelQuery, asked_for: usize) -> Vec<&DeclaredModel> {
        let (listed, further) = self.models.split_at(asked_for.min(self.models.len()));
        let parents: BTreeSet<String> =
            listed.iter().flat_map(|model| &model.parents).map(|name| name.to_ascii_lowercase()).collect();
        let (named, others): (Vec<_>, Vec<_>) = listed
            .iter()
            .partition(|model| parents.contains(&model.repository.as_str().to_ascii_lowercase()));
        match query {
            ModelQuery::MadeFrom(_) => named.into_iter().chain(others).chain(further).collect(),
            ModelQuery::OwnedBy(_) => further.iter().chain(named).chain(others).collect(),
        }
    }

    fn entry(&self, model: &DeclaredModel) -> Entry {
        let mut parents: Vec<String> = Vec::new();
        for name in &model.parents {
            let known = self.names.get(&name.to_ascii_lowercase()).unwrap_or(name);
            if !parents.contains(known) {
                parents.push(known.clone());
            }
        }
        Entry {
            id: model.repository.to_string(),
            owner: model.repository.owner().to_owned(),
            path: None,
            parents,
            relation: model.relation.as_deref().and_then(relation_named),
            listed: Listed {
                commit: model.commit.as_ref().map(ToString::to_string),
                absent: model.gated.then_some(Absence::Gated),
                ..Listed::default()
            },
        }
    }
}

/// What an error means for one model; none where it is not the model's, but this machine's.
fn absence(error: &HubError) -> Option<Absence> {
    match error {
        HubError::NoCache | HubError::Setting(_) | HubError::Cache { .. } => None,
        HubError::Gated { .. } => Some(Absence::Gated),
        HubError::TooLarge { .. } => Some(Absence::TooLarge),
        HubError::Name(_)
        | HubError::NotFound { .. }
        | HubError::Unreachable { .. }
        | HubError::Answer { .. }
        | HubError::WrongContent { .. }
        | HubError::Offline { .. }
        | HubError::NeedsScript { .. }
        | HubError::UnknownConfig { .. }
        | HubError::NoData { .. } => Some(Absence::Failed),
    }
}

/// Takes one model after another.
struct Taking<'a> {
    hub: &'a Hub,
    settings: &'a Settings,
    bytes_left: u64,
    models_left: usize,
    /// Weights that are here, by their contents: whose, and where.
    had: BTreeMap<Vec<String>, (String, PathBuf)>,
    /// How often in a row the hub was silent.
    silent: u32,
    entries: Vec<Entry>,
}

impl Taking<'_> {
    async fn take(&mut self, model: &DeclaredModel, mut entry: Entry, place: usize) -> Result<(), HubError> {
        // Whether consent was given shows when the files are asked for.
        entry.listed.absent = None;
        if place >= LISTED {
            entry.listed.absent = Some(Absence::TooMany);
            self.entries.push(entry);
            return Ok(());
        }
        let remote = if self.silent < SILENT {
            let listed = self.hub.model_files(model).await;
            self.heard(listed, &mut entry)?
        } else {
            not_asked(&mut entry);
            None
        };
        let Some(remote) = remote else {
            self.entries.push(entry);
            return Ok(());
        };
        entry.listed.commit = Some(remote.commit().to_string());
        let forms = forms(&remote.files());
        if forms.is_empty() {
            entry.listed.absent = Some(Absence::NoFiles);
            self.entries.push(entry);
            return Ok(());
        }
        for form in forms {
            let mut own = entry.clone();
            if let Some(name) = &form.name {
                own.id = format!("{}/{name}", own.id);
            }
            own.listed.contents.clone_from(&form.contents);
            self.bring(&remote, &form, &mut own).await?;
            self.entries.push(own);
        }
        Ok(())
    }

    /// Fetches a model's weights, unless the same are here already, or a limit is reached.
    async fn bring(&mut self, remote: &RemoteModel, form: &Form, entry: &mut Entry) -> Result<(), HubError> {
        if share(&self.had, entry) {
            return Ok(());
        }
        if self.models_left == 0 {
            entry.listed.absent = Some(Absence::TooMany);
            return Ok(());
        }
        if form.bytes > self.bytes_left {
            entry.listed.absent = Some(Absence::TooLarge);
            return Ok(());
        }
        if self.silent >= SILENT {
            not_asked(entry);
            return Ok(());
        }
        let fetched = self.hub.fetch_model(remote, &form.paths).await;
        let Some(folder) = self.heard(fetched, entry)? else { return Ok(()) };
        // Lists of files may come from the cache, and say nothing of the hub.
        self.silent = 0;
        self.models_left = self.models_left.saturating_sub(1);
        self.bytes_left = self.bytes_left.saturating_sub(form.bytes);
        let path = if form.place.is_empty() { folder } else { folder.join(&form.place) };
        self.had.insert(form.contents.clone(), (entry.id.clone(), path.clone()));
        entry.path = Some(path);
        Ok(())
    }

    /// What the hub gave; where it gave nothing, the entry says why. A fault of this machine ends everything.
    fn heard<T>(&mut self, given: Result<T, HubError>, entry: &mut Entry) -> Result<Option<T>, HubError> {
        let error = match given {
            Ok(given) => return Ok(Some(given)),
            Err(error) => error,
        };
        let Some(absence) = absence(&error) else { return Err(error) };
        self.silent = if matches!(error, HubError::Unreachable { .. }) { self.silent + 1 } else { 0 };
        show::error(&error, self.settings);
        entry.listed.absent = Some(absence);
        entry.listed.problem = Some(error.to_string());
        Ok(None)
    }

    /// All entries; those whose weights came later under another name have them too.
    fn shared(self) -> Vec<Entry> {
        let had = self.had;
        let mut entries = self.entries;
        for entry in entries.iter_mut().filter(|entry| entry.path.is_none()) {
            share(&had, entry);
        }
        entries
    }
}

fn not_asked(entry: &mut Entry) {
    entry.listed.absent = Some(Absence::Failed);
    entry.listed.problem =
        Some("the hub did not answer for other models, and was not asked again".to_owned());
}

/// Lets the entry be read from files with the contents that the hub lists for its own, where such are here.
fn share(had: &BTreeMap<Vec<String>, (String, PathBuf)>, entry: &mut Entry) -> bool {
    let Some((id, path)) = had.get(&entry.listed.contents) else { return false };
    entry.path = Some(path.clone());
    entry.listed.same_as = Some(id.clone());
    entry.listed.absent = None;
    entry.listed.problem = None;
    true
}
