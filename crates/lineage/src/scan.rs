//! A registry of models that say what they were made from: which of it holds, and how many distinct ones there are.
//!
//! Each model is compared with the parents that it names. What it claims, what its weights show, what they refute and
//! what cannot be tested are kept apart. Copies are found by digest; quantised forms of one model by one owner are one.

use crate::compare::{Difference, Kind, Loaded, Merge, compare_loaded, difference, hex, load, merge};
use crate::error::WeightsError;
use crate::finding::{Comparison, Options, Verdict};
use crate::listed::{Absence, Listed};
use crate::read::Weights;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A model of a registry, as it is declared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its name, `owner/name`.
    pub id: String,
    /// Who published it.
    pub owner: String,
    /// Where its weights lie; none where they cannot be had.
    pub path: Option<PathBuf>,
    /// The names of the models that it says it was made from.
    pub parents: Vec<String>,
    /// How it says it was made.
    pub relation: Option<Relation>,
    /// What a list says of its weights.
    pub listed: Listed,
}

/// How a model relates to its parent.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// Trained further, also where a low-rank difference was merged into the weights.
    Finetune,
    /// A low-rank difference without the weights that it is added to.
    Adapter,
    /// A weighted mean of several.
    Merge,
    /// The same in a coarser encoding.
    Quantized,
    /// Layers left out or repeated.
    Reshaped,
    /// Trained on what the parent writes; weights cannot show it.
    Distilled,
}

impl Relation {
    /// Every relation.
    pub const ALL: [Self; 6] =
        [Self::Finetune, Self::Adapter, Self::Merge, Self::Quantized, Self::Reshaped, Self::Distilled];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Finetune => "finetune",
            Self::Adapter => "adapter",
            Self::Merge => "merge",
            Self::Quantized => "quantized",
            Self::Reshaped => "reshaped",
            Self::Distilled => "distilled",
        }
    }
}

/// What is known of a claim.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It claims no parent.
    Root,
    /// Its weights show the claim.
    Verified,
    /// Its weights show a copy, nothing added, or no relation.
    Rejected,
    /// The claim cannot be tested by weights.
    Untestable,
}

/// Why a claim has its status.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It names no parent.
    NoParent,
    /// The tests show the relation.
    Shown,
    /// It is the parent, unchanged.
    Copy,
    /// Another owner's model has the same weights, and was named before.
    CopyOfAnother,
    /// What it adds to the parent is nothing.
    NoOp,
    /// The tests found no relation.
    NoEvidence,
    /// The parent is not in the registry, or its weights cannot be had.
    NoParentWeights,
    /// Its own weights cannot be had.
    NoWeights,
    /// Its weights are given only to people who accepted its terms.
    Gated,
    /// Its weights are larger than what was left of the limit.
    TooLarge,
    /// As many models as the limit allows were brought before it.
    TooMany,
    /// It has no file of weights of a format that is read.
    NoFiles,
    /// Its weights were asked for, and did not come.
    NotFetched,
    /// Its files cannot be read.
    Unreadable,
    /// No test could be made.
    NotTestable,
    /// Weights do not show distillation.
    Distilled,
    /// A low-rank difference fits its parent's matrices; that it was trained on them is not shown by its numbers.
    Fits,
    /// A low-rank difference does not fit the parent's matrices.
    DoesNotFit,
}

/// A model of a registry, as its weights show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scanned {
    /// Its name.
    pub id: String,
    /// Who published it.
    pub owner: String,
    /// How it says it was made.
    pub declared: Option<Relation>,
    /// How its weights show that it was made.
    pub found: Option<Relation>,
    /// What is known of the claim.
    pub status: Status,
    /// Why.
    pub reason: Reason,
    /// SHA-256 over the digests of its tensors, whatever their names and files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// Each parent that it names.
    pub parents: Vec<Parent>,
    /// How it differs from the first parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// Its weights as a mean of its parents'.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge: Option<Merge>,
    /// A low-rank difference's own figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapter: Option<Adapter>,
    /// What it counts as, once; none where it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts_as: Option<String>,
    /// What could not be read or brought, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What the list says of its weights.
    #[serde(skip_serializing_if = "Listed::is_empty")]
    pub listed: Listed,
}

/// A parent that a model names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parent {
    /// Its name.
    pub id: String,
    /// What the comparison says; none where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// log10 of the least p of all tests, and which test it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strongest: Option<(String, f64)>,
}

/// A low-rank difference's own figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Adapter {
    /// Its rank.
    pub rank: u64,
    /// The matrices that it changes.
    pub modules: usize,
    /// Those whose shape is that of a matrix of the parent.
    pub fitting: usize,
    /// Those whose change is nothing.
    pub empty: usize,
}

/// A registry, scanned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scan {
    /// The form of this record.
    pub form: u32,
    /// What was chosen before.
    pub options: Options,
    /// Each model, in the registry's order.
    pub models: Vec<Scanned>,
    /// How many models of each relation name each parent, and how many distinct ones are verified.
    pub counts: Vec<Count>,
}

/// Derived models of one parent and one relation.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Count {
    /// The parent.
    pub parent: String,
    /// The relation: as found, else as declared.
    pub relation: Relation,
    /// Models that name the parent.
    pub declared: usize,
    /// Of these, those that their weights show.
    pub verified: usize,
    /// Of these, distinct ones.
    pub distinct: usize,
    /// Those that their weights refute.
    pub rejected: usize,
    /// Those that cannot be tested.
    pub untestable: usize,
}

/// A mean of parents explains a model where so little of its distance from the nearest is left.
const MERGED: f64 = 0.25;

/// Tests each model's claims. `note` gets the number of models that are behind and the next one's name. Files that
/// cannot be read make a model untestable; only a fault of the system ends the scan. Of all models only one and its
/// parents are open at a time.
pub fn scan(
    entries: &[Entry],
    options: &Options,
    note: &(dyn Fn(usize, &str) + Sync),
) -> Result<Scan, WeightsError> {
    let by_id: BTreeMap<&str, &Entry> = entries.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    // Children of the same parents follow each other, so that these are read once.
    let mut order: Vec<(usize, &Entry)> = entries.iter().enumerate().collect();
    order.sort_by_key(|(place, entry)| (&entry.parents, *place));
    let mut found: BTreeMap<usize, Scanned> = BTreeMap::new();
    for family in order.chunk_by(|(_, one), (_, next)| one.parents == next.parents) {
        let named = family.first().map_or(&[][..], |(_, first)| &first.parents);
        let parents = named.iter().filter_map(|id| Some((id.as_str(), opened(by_id.get(id.as_str())?)?)));
        let parents: Vec<(&str, Weights)> = parents.collect();
        let parents = parents.iter().map(|(id, weights)| Ok((*id, load(weights, options, &|_| ())?)));
        let parents: Vec<Named<'_>> = parents.collect::<Result<_, WeightsError>>()?;
        for (place, entry) in family {
            note(found.len(), &entry.id);
            found.insert(*place, one_model(entry, &parents, &by_id, options)?);
        }
    }
    let mut models: Vec<Scanned> = found.into_values().collect();
    distinct(&mut models, &by_id);
    let counts = counts(&models);
    Ok(Scan { form: 1, options: *options, models, counts })
}

/// A parent's weights; none where they cannot be had or read, which its own line tells.
fn opened(entry: &Entry) -> Option<Weights> {
    Weights::open(entry.path.as_deref()?).ok()
}

/// A parent's name and weights.
type Named<'a> = (&'a str, Loaded<'a>);

fn one_model(
    entry: &Entry,
    parents: &[Named<'_>],
    by_id: &BTreeMap<&str, &Entry>,
    options: &Options,
) -> Result<Scanned, WeightsError> {
    let mut scanned = blank(entry);
    match entry.path.as_deref().map(Weights::open) {
        // Files of the same contents are the same weights, whether or not they are here.
        None if is_listed_copy(entry, by_id) => scanned.settle(Status::Rejected, Reason::Copy),
        None => {
            let reason = entry.listed.absent.map_or(Reason::NoWeights, Absence::reason);
            scanned.settle(Status::Untestable, reason);
        }
        Some(Err(error)) => {
            scanned.problem = Some(format!("{error}: {}", error.problem));
            scanned.settle(Status::Untestable, Reason::Unreadable);
        }
        Some(Ok(weights)) => {
            let own = load(&weights, options, &|_| ())?;
            scanned.payload = Some(own.payload());
            judge(&mut scanned, &own, parents, options)?;
        }
    }
    if scanned.status == Status::Untestable && entry.relation == Some(Relation::Distilled) {
        scanned.reason = Reason::Distilled;
    }
    Ok(scanned)
}

fn is_listed_copy(entry: &Entry, by_id: &BTreeMap<&str, &Entry>) -> bool {
    let mut parents = entry.parents.iter().filter_map(|id| by_id.get(id.as_str()));
    parents.any(|parent| parent.id != entry.id && entry.listed.is_copy_of(&parent.listed))
}

fn blank(entry: &Entry) -> Scanned {
    Scanned {
        id: entry.id.clone(),
        owner: entry.owner.clone(),
        declared: entry.relation,
        found: None,
        status: if entry.parents.is_empty() { Status::Root } else { Status::Untestable },
        reason: if entry.parents.is_empty() { Reason::NoParent } else { Reason::NoParentWeights },
        payload: None,
        parents: entry
            .parents
            .iter()
            .map(|id| Parent { id: id.clone(), verdict: None, strongest: None })
            .collect(),
        difference: None,
        merge: None,
        adapter: None,
        counts_as: None,
        problem: entry.listed.problem.clone(),
        listed: entry.listed.clone(),
    }
}

impl Scanned {
    fn settle(&mut self, status: Status, reason: Reason) {
        if self.status != Status::Root {
            (self.status, self.reason) = (status, reason);
        }
    }
}

fn judge(
    scanned: &mut Scanned,
    own: &Loaded<'_>,
    known: &[Named<'_>],
    options: &Options,
) -> Result<(), WeightsError> {
    if scanned.parents.is_empty() {
        return Ok(());
    }
    let Some((_, first)) = known.first() else {
        scanned.settle(Status::Untestable, Reason::NoParentWeights);
        return Ok(());
    };
    if let Some(adapter) = own.adapter(first)? {
        scanned.adapter = Some(adapter);
        scanned.found = Some(Relation::Adapter);
        let (status, reason) = if adapter.empty == adapter.modules {
            (Status::Rejected, Reason::NoOp)
        } else if adapter.fitting < adapter.modules {
            (Status::Rejected, Reason::DoesNotFit)
        } else {
            (Status::Untestable, Reason::Fits)
        };
        scanned.settle(status, reason);
        return Ok(());
    }
    let mut verdicts = Vec::new();
    for parent in &mut scanned.parents {
        let Some((_, loaded)) = known.iter().find(|(id, _)| *id == parent.id) else { continue };
        let compared = compare_loaded(loaded, own, options)?;
        parent.verdict = Some(compared.verdict);
        parent.strongest = strongest(&compared);
        verdicts.push((compared.verdict, loaded));
    }
    let related: Vec<&Loaded<'_>> =
        verdicts.iter().filter(|(verdict, _)| is_related(*verdict)).map(|(_, loaded)| *loaded).collect();
    let Some(parent) = related.first() else {
        let testable = verdicts.iter().any(|(verdict, _)| *verdict == Verdict::NoEvidence);
        match (testable, scanned.declared) {
            (_, Some(Relation::Distilled)) => scanned.settle(Status::Untestable, Reason::Distilled),
            (true, _) => scanned.settle(Status::Rejected, Reason::NoEvidence),
            (false, _) => scanned.settle(Status::Untestable, Reason::NotTestable),
        }
        return Ok(());
    };
    let same = verdicts.iter().any(|(verdict, _)| *verdict == Verdict::SameBytes);
    let difference = difference(parent, own, options);
    let merged = if related.len() > 1 { merge(&related, own) } else { None };
    let is_merge = merged.as_ref().is_some_and(|merge| merge.residual < MERGED);
    let (found, reason) = match difference.kind {
        _ if same => (None, Reason::Copy),
        _ if is_merge => (Some(Relation::Merge), Reason::Shown),
        Kind::Copy => (None, Reason::Copy),
        Kind::Quantised => (Some(Relation::Quantized), Reason::Shown),
        Kind::Pruned | Kind::UpScaled => (Some(Relation::Reshaped), Reason::Shown),
        Kind::Lora | Kind::Finetuned | Kind::Unknown => (Some(Relation::Finetune), Reason::Shown),
    };
    scanned.found = found;
    scanned.settle(if found.is_some() { Status::Verified } else { Status::Rejected }, reason);
    scanned.difference = Some(difference);
    scanned.merge = merged;
    Ok(())
}

fn is_related(verdict: Verdict) -> bool {
    match verdict {
        Verdict::SameBytes | Verdict::Derived | Verdict::SharesComponent => true,
        Verdict::NoEvidence | Verdict::NotTestable => false,
    }
}

fn strongest(compared: &Comparison) -> Option<(String, f64)> {
    let tests = compared.components.iter().flat_map(|component| &component.tests);
    let least = tests.min_by(|one, other| one.log10_p.total_cmp(&other.log10_p))?;
    Some((format!("{} {}", least.test, least.of), least.log10_p))
}

/// Gives each verified model what it counts as, and rejects those that have an earlier one's weights.
fn distinct(models: &mut [Scanned], by_id: &BTreeMap<&str, &Entry>) {
    let mut payloads: BTreeMap<String, String> = BTreeMap::new();
    for model in models.iter().filter(|model| model.status == Status::Root) {
        payloads.extend(model.payload.clone().map(|payload| (payload, model.owner.clone())));
    }
    for model in models.iter_mut().filter(|model| model.status == Status::Verified) {
        let Some(payload) = model.payload.clone() else { continue };
        let earlier = payloads.entry(payload.clone()).or_insert_with(|| model.owner.clone());
        if *earlier != model.owner {
            (model.status, model.reason) = (Status::Rejected, Reason::CopyOfAnother);
            continue;
        }
        let relation = model.found.or(model.declared).unwrap_or(Relation::Finetune);
        let parent = model.parents.first().map(|parent| parent.id.as_str()).unwrap_or_default();
        let parent = by_id.get(parent).map_or(parent, |entry| entry.id.as_str());
        let what = if relation == Relation::Quantized { parent.to_owned() } else { payload };
        model.counts_as = Some(format!("{} {} {what}", model.owner, relation.name()));
    }
}

fn counts(models: &[Scanned]) -> Vec<Count> {
    let mut counts: BTreeMap<(&str, Relation), (Count, BTreeSet<&str>)> = BTreeMap::new();
    for model in models {
        let Some(relation) = model.found.or(model.declared) else { continue };
        for parent in &model.parents {
            let (count, distinct) = counts.entry((&parent.id, relation)).or_insert_with(|| {
                let parent = parent.id.clone();
                let count = Count {
                    parent,
                    relation,
                    declared: 0,
                    verified: 0,
                    distinct: 0,
                    rejected: 0,
                    untestable: 0,
                };
                (count, BTreeSet::new())
            });
            count.declared += 1;
            match model.status {
                Status::Root => {}
                Status::Verified => count.verified += 1,
                Status::Rejected => count.rejected += 1,
                Status::Untestable => count.untestable += 1,
            }
            distinct.extend(model.counts_as.as_deref());
        }
    }
    let all = counts.into_values().map(|(count, distinct)| Count { distinct: distinct.len(), ..count });
    all.collect()
}

impl Loaded<'_> {
    /// SHA-256 over the digests of all tensors with numbers that training could change, ascending, in hexadecimal
    /// digits: the same for other names, shards and orders.
    pub fn payload(&self) -> String {
        let mut digests: Vec<[u8; 32]> = self.digests();
        digests.sort_unstable();
        let mut hash = Sha256::new();
        for digest in digests {
            hash.update(digest);
        }
        let digest: [u8; 32] = hash.finalize().into();
        hex(&digest)
    }
}
