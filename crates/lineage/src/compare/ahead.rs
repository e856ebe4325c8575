//! What is compared while files are still being read: the disk is slower than the processor, and what most pairs of models need
//! is known before, the rows of matrices of the same name and the tables of tokens.
//!
//! It changes no figure: what was made ahead is taken where the battery asks for the same, else it is left.

use super::battery::{
    Group, PairedLayers, Shuffled, TABLES, compared, embedding, matrices, shuffled_together, table,
};
use super::model::{Model, Passage};
use super::parts::Key;
use crate::error::WeightsError;
use crate::finding::{Options, TestFinding};
use crate::inventory::Role;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// What was compared ahead; by default nothing.
#[derive(Default)]
pub(crate) struct Ahead {
    groups: BTreeMap<(Key, Key), (Group, Option<Shuffled>)>,
    embeddings: BTreeMap<Key, Option<TestFinding>>,
}

impl Ahead {
    /// T2 of the group. The outer is none where it was not made.
    #[expect(clippy::option_option, reason = "not made is another thing than made without a result")]
    pub(crate) fn found(&self, role: Role, group: &Group) -> Option<Option<Shuffled>> {
        let first = group.pairs.first().filter(|(one, _)| one.part.role == role)?;
        let (own, found) = self.groups.get(first)?;
        (own == group).then(|| found.clone())
    }

    /// T3 of the table, likewise.
    #[expect(clippy::option_option, reason = "not made is another thing than made without a result")]
    pub(crate) fn embedding(&self, key: &Key) -> Option<Option<TestFinding>> {
        self.embeddings.get(key).cloned()
    }

    fn keep(&mut self, made: Made) {
        match made {
            Made::Group(group, found) => {
                if let Some(first) = group.pairs.first() {
                    self.groups.insert(first.clone(), (group, found));
                }
            }
            Made::Embedding(key, found) => {
                self.embeddings.insert(key, found);
            }
        }
    }
}

enum Work {
    Group(Role, Group),
    Embedding(Key),
}

enum Made {
    Group(Group, Option<Shuffled>),
    Embedding(Key, Option<TestFinding>),
}

impl Work {
    fn make(self, models: [&Model<'_>; 2], options: &Options) -> Made {
        match self {
            Self::Group(role, group) => {
                let found = compared(models, role, &group, options);
                Made::Group(group, found)
            }
            Self::Embedding(key) => {
                let found = embedding(models, &key, options);
                Made::Embedding(key, found)
            }
        }
    }

    /// The tensors that must be behind, by model.
    fn needs(&self, models: [&Model<'_>; 2]) -> BTreeSet<(usize, usize)> {
        let keys: Vec<[&Key; 2]> = match self {
            Self::Group(_, group) => group.pairs.iter().map(|(one, other)| [one, other]).collect(),
            Self::Embedding(key) => vec![[key, key]],
        };
        let tensor = |side: usize, key: &Key| Some((side, models.get(side)?.parts.places.get(key)?.tensor));
        keys.into_iter().flat_map(|[one, other]| [tensor(0, one), tensor(1, other)]).flatten().collect()
    }
}

/// Reads the files of both models and compares meanwhile what can be.
pub(crate) fn while_reading(
    models: [&Model<'_>; 2],
    options: &Options,
    progress: &(dyn Fn(u64) + Sync),
) -> (Ahead, Vec<Result<Passage, WeightsError>>) {
    let waiting = Waiting::new(models);
    thread::scope(|scope| {
        let (sender, receiver) = channel();
        let reading: Vec<_> = (0..)
            .zip(models)
            .map(|(side, model)| {
                let sender = sender.clone();
                scope.spawn(move || {
                    model.read(progress, &|tensor| {
                        // Whoever waits for it waits to the end.
                        let _ = sender.send((side, tensor));
                    })
                })
            })
            .collect();
        drop(sender);
        let ahead = waiting.run(models, &receiver, options);
        let passages = reading.into_iter().map(|reading| match reading.join() {
            Ok(passage) => passage,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        (ahead, passages.collect())
    })
}

/// Work, each with how many tensors it waits for, and who waits for each tensor.
struct Waiting {
    work: Vec<(Option<Work>, usize)>,
    waits: BTreeMap<(usize, usize), Vec<usize>>,
}

impl Waiting {
    fn new(models: [&Model<'_>; 2]) -> Self {
        let mut found = Self { work: Vec::new(), waits: BTreeMap::new() };
        for component in models[0].parts.components() {
            for key in TABLES.map(|role| table(component, role)) {
                let shapes = models.map(|model| model.shape(&key));
                if shapes.iter().all(Option::is_some) {
                    found.push(Work::Embedding(key), models);
                }
            }
            let Some(layers) = PairedLayers::by_number(models, component) else { continue };
            for (role, pairs) in matrices(models, component, &layers) {
                for group in shuffled_together(&pairs) {
                    found.push(Work::Group(role, group), models);
                }
            }
        }
        found
    }

    fn push(&mut self, work: Work, models: [&Model<'_>; 2]) {
        let needs = work.needs(models);
        for need in &needs {
            self.waits.entry(*need).or_default().push(self.work.len());
        }
        self.work.push((Some(work), needs.len()));
    }

    fn run(mut self, models: [&Model<'_>; 2], passed: &Receiver<(usize, usize)>, options: &Options) -> Ahead {
        let mut ahead = Ahead::default();
        while let Ok(first) = passed.recv() {
            let mut ready = Vec::new();
            for tensor in std::iter::once(first).chain(passed.try_iter()) {
                for number in self.waits.remove(&tensor).unwrap_or_default() {
                    let Some((work, left)) = self.work.get_mut(number) else { continue };
                    *left -= 1;
                    ready.extend(if *left == 0 { work.take() } else { None });
                }
            }
            let made: Vec<Made> = ready.into_par_iter().map(|work| work.make(models, options)).collect();
            for made in made {
                ahead.keep(made);
            }
        }
        ahead
    }
}
