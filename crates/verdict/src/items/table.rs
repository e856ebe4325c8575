//! Scores of everybody on every item, checked once and laid out by task and cluster.

use super::ItemsError;
use crate::number::real;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The greatest size of a score.
const MOST: f64 = 1e6;

/// One document of a task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item<'a> {
    /// Its task.
    pub task: &'a str,
    /// Its name, unique within the task.
    pub id: &'a str,
    /// Documents of a task that share this text depend on each other (same passage, subject or template).
    pub cluster: &'a str,
    /// What guessing scores on average, from 0 to below 1.
    pub guess: f64,
    /// The answer that counts as right, where there is one.
    pub key: Option<&'a str>,
}

/// What one candidate or reference did on the items, in the order in which the items are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entrant<'a> {
    /// Its id.
    pub id: &'a str,
    /// Scores; none where there was no response (an infrastructure failure).
    pub scores: &'a [Option<f64>],
    /// The answers that it chose, as long as the scores, or empty where nothing is known of them.
    pub answers: &'a [Option<&'a str>],
}

/// How much a task counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TaskWeight<'a> {
    /// The task.
    pub task: &'a str,
    /// Its weight, at least 0; weights need not add up to 1.
    pub weight: f64,
}

/// Checked scores. Items are in order of task, cluster and id, whatever the order in which they were given, so that
/// no result depends on it; entrants stay in the order given.
#[derive(Clone, Debug)]
pub struct ItemTable<'a> {
    pub(crate) items: Vec<Item<'a>>,
    pub(crate) tasks: Vec<Task<'a>>,
    /// Of each item, the place of its cluster within its task.
    pub(crate) cluster_of: Vec<usize>,
    pub(crate) entrants: Vec<Column<'a>>,
}

/// One task of a table: its items are consecutive, and so are those of each of its clusters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task<'a> {
    pub(crate) name: &'a str,
    /// Its share; the shares of all tasks add up to 1.
    pub(crate) weight: f64,
    pub(crate) items: Range<usize>,
    pub(crate) clusters: usize,
}

/// One entrant's scores and answers in the order of the table.
#[derive(Clone, Debug)]
pub(crate) struct Column<'a> {
    pub(crate) id: &'a str,
    pub(crate) scores: Vec<Option<f64>>,
    pub(crate) answers: Vec<Option<&'a str>>,
}

impl<'a> ItemTable<'a> {
    /// A table of `items` and what `entrants` scored on them, with a weight for each task; fails where a name
    /// comes twice, a column is too short or too long, a number is out of range, or a task has no weight.
    ///
    /// # Examples
    /// ```
    /// use daepyo_verdict::items::{Entrant, Item, ItemTable, TaskWeight};
    /// let item = |id, cluster| Item { task: "t", id, cluster, guess: 0.25, key: None };
    /// let items = [item("1", "p"), item("2", "p"), item("3", "q")];
    /// let scores = [Some(1.0), Some(0.0), None];
    /// let entrants = [Entrant { id: "a", scores: &scores, answers: &[] }];
    /// let table = ItemTable::new(&items, &entrants, &[TaskWeight { task: "t", weight: 1.0 }])?;
    /// assert_eq!((table.items(), table.clusters()), (3, 2));
    /// # Ok::<(), daepyo_verdict::items::ItemsError>(())
    /// ```
    pub fn new(
        items: &[Item<'a>],
        entrants: &[Entrant<'a>],
        weights: &[TaskWeight<'a>],
    ) -> Result<Self, ItemsError> {
        if items.is_empty() {
            return Err(ItemsError::Empty { what: "item" });
        }
        if entrants.is_empty() {
            return Err(ItemsError::Empty { what: "entrant" });
        }
        let weights = shares(weights)?;
        check_items(items)?;
        let mut order: Vec<usize> = (0..items.len()).collect();
        let key = |place: &usize| items.get(*place).map(|item| (item.task, item.cluster, item.id));
        order.sort_by_key(key);
        let sorted: Vec<Item<'a>> = order.iter().filter_map(|place| items.get(*place).copied()).collect();
        let (tasks, cluster_of) = spans(&sorted, &weights)?;
        let mut seen = BTreeSet::new();
        let mut columns = Vec::with_capacity(entrants.len());
        for (row, entrant) in entrants.iter().enumerate() {
            if !seen.insert(entrant.id) {
                return Err(ItemsError::Duplicate { what: "entrant", name: entrant.id.to_owned(), row });
            }
            columns.push(column(items, entrant, &order)?);
        }
        Ok(Self { items: sorted, tasks, cluster_of, entrants: columns })
    }

    /// The number of items.
    pub fn items(&self) -> usize {
        self.items.len()
    }

    /// The number of clusters, those of every task counted apart.
    pub fn clusters(&self) -> usize {
        self.tasks.iter().map(|task| task.clusters).sum()
    }

    /// The ids of the entrants, in the order given.
    pub fn entrants(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.entrants.iter().map(|entrant| entrant.id)
    }

    /// The place of an entrant.
    pub(crate) fn place(&self, id: &str) -> Result<usize, ItemsError> {
        let place = self.entrants.iter().position(|entrant| entrant.id == id);
        place.ok_or_else(|| ItemsError::Unknown { what: "entrant", name: id.to_owned() })
    }

    /// The place of every item, by task and id.
    pub(crate) fn places(&self) -> BTreeMap<(&'a str, &'a str), usize> {
        self.items.iter().enumerate().map(|(place, item)| ((item.task, item.id), place)).collect()
    }

    /// An entrant's score on an item, corrected for guessing where asked: `(s - g) / (1 - g)`.
    pub(crate) fn score(&self, entrant: usize, item: usize, corrected: bool) -> Option<f64> {
        let score = self.entrants.get(entrant)?.scores.get(item).copied()??;
        if !corrected {
            return Some(score);
        }
        let guess = self.items.get(item)?.guess;
        Some((score - guess) / (1.0 - guess))
    }

    /// An entrant's id.
    pub(crate) fn id(&self, entrant: usize) -> String {
        self.entrants.get(entrant).map(|column| column.id.to_owned()).unwrap_or_default()
    }

    /// Items without a response of an entrant.
    pub(crate) fn missing(&self, entrant: usize) -> usize {
        self.entrants
            .get(entrant)
            .map_or(0, |column| column.scores.iter().filter(|score| score.is_none()).count())
    }

    /// Weighted mean of the task means over the items for which `kept` holds and that the entrant answered; none
    /// where a task that counts has none of them.
    pub(crate) fn weighted_mean(
        &self,
        entrant: usize,
        corrected: bool,
        kept: impl Fn(usize) -> bool,
    ) -> Option<(f64, usize)> {
        let (mut mean, mut documents) = (0.0, 0);
        for task in self.tasks.iter().filter(|task| task.weight > 0.0) {
            let (mut sum, mut count) = (0.0, 0_usize);
            for item in task.items.clone().filter(|item| kept(*item)) {
                if let Some(score) = self.score(entrant, item, corrected) {
                    sum += score;
                    count += 1;
                }
            }
            if count == 0 {
                return None;
            }
            mean += task.weight * sum / real(count);
            documents += count;
        }
        Some((mean, documents))
    }
}

/// The share of each task.
fn shares<'a>(weights: &[TaskWeight<'a>]) -> Result<BTreeMap<&'a str, f64>, ItemsError> {
    let mut all = BTreeMap::new();
    for (row, weight) in weights.iter().enumerate() {
        if !(weight.weight >= 0.0 && weight.weight <= MOST) {
            return Err(ItemsError::Weight {
                task: weight.task.to_owned(),
                weight: weight.weight.to_string(),
            });
        }
        if all.insert(weight.task, weight.weight).is_some() {
            return Err(ItemsError::Duplicate { what: "task", name: weight.task.to_owned(), row });
        }
    }
    let total: f64 = all.values().sum();
    if total <= 0.0 {
        let task = weights.first().map_or(String::new(), |weight| weight.task.to_owned());
        return Err(ItemsError::Weight { task, weight: total.to_string() });
    }
    for weight in all.values_mut() {
        *weight /= total;
    }
    Ok(all)
}

fn check_items(items: &[Item<'_>]) -> Result<(), ItemsError> {
    let mut seen = BTreeSet::new();
    for (row, item) in items.iter().enumerate() {
        if !(item.guess >= 0.0 && item.guess < 1.0) {
            let guess = item.guess.to_string();
            return Err(ItemsError::Guess { item: item.id.to_owned(), row, guess });
        }
        if !seen.insert((item.task, item.id)) {
            return Err(ItemsError::Duplicate { what: "item", name: item.id.to_owned(), row });
        }
    }
    Ok(())
}

/// The tasks of sorted items, and the cluster of each item.
fn spans<'a>(
    sorted: &[Item<'a>],
    weights: &BTreeMap<&'a str, f64>,
) -> Result<(Vec<Task<'a>>, Vec<usize>), ItemsError> {
    let mut tasks: Vec<Task<'a>> = Vec::new();
    let mut cluster_of = Vec::with_capacity(sorted.len());
    let mut last_cluster = None;
    for (place, item) in sorted.iter().enumerate() {
        let new_task = tasks.last().is_none_or(|task| task.name != item.task);
        if new_task {
            let problem = "items and no weight";
            let weight = weights.get(item.task).copied();
            let weight = weight.ok_or_else(|| ItemsError::Task { task: item.task.to_owned(), problem })?;
            tasks.push(Task { name: item.task, weight, items: place..place, clusters: 0 });
        }
        if let Some(task) = tasks.last_mut() {
            if new_task || last_cluster != Some(item.cluster) {
                task.clusters += 1;
                last_cluster = Some(item.cluster);
            }
            task.items.end = place + 1;
            cluster_of.push(task.clusters - 1);
        }
    }
    let unused = weights.iter().find(|(name, _)| tasks.iter().all(|task| task.name != **name));
    if let Some((task, _)) = unused {
        return Err(ItemsError::Task { task: (*task).to_owned(), problem: "a weight and no items" });
    }
    Ok((tasks, cluster_of))
}

fn column<'a>(items: &[Item<'a>], entrant: &Entrant<'a>, order: &[usize]) -> Result<Column<'a>, ItemsError> {
    let length =
        |what, found| ItemsError::Length { entrant: entrant.id.to_owned(), what, found, items: items.len() };
    if entrant.scores.len() != items.len() {
        return Err(length("scores", entrant.scores.len()));
    }
    if !entrant.answers.is_empty() && entrant.answers.len() != items.len() {
        return Err(length("answers", entrant.answers.len()));
    }
    for (row, (score, item)) in entrant.scores.iter().zip(items).enumerate() {
        if let Some(score) = score.filter(|score| score.is_nan() || score.abs() > MOST) {
            return Err(ItemsError::Score {
                entrant: entrant.id.to_owned(),
                item: item.id.to_owned(),
                row,
                score: score.to_string(),
            });
        }
    }
    let scores = order.iter().map(|place| entrant.scores.get(*place).copied().flatten()).collect();
    let answers = order.iter().map(|place| entrant.answers.get(*place).copied().flatten()).collect();
    Ok(Column { id: entrant.id, scores, answers })
}
