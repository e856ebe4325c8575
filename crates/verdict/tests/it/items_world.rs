//! Tables of items that tests build on.

use crate::fixture::Noise;
use daepyo_verdict::items::{Entrant, Item, ItemTable, ItemsError, TaskWeight};

/// Items of tasks in clusters, and everybody's scores on them.
pub(crate) struct World {
    /// Task, id, cluster, guessing rate, key.
    pub(crate) items: Vec<(String, String, String, f64, Option<String>)>,
    pub(crate) names: Vec<String>,
    /// By entrant.
    pub(crate) scores: Vec<Vec<Option<f64>>>,
    pub(crate) answers: Vec<Vec<Option<&'static str>>>,
    pub(crate) weights: Vec<(String, f64)>,
}

impl World {
    /// `clusters` clusters of `size` documents in one task `t`, without scores.
    pub(crate) fn new(clusters: usize, size: usize) -> Self {
        let item =
            |n: usize| ("t".to_owned(), format!("{n:05}"), format!("c{:04}", n / size), 0.0, None::<String>);
        Self {
            items: (0..clusters * size).map(item).collect(),
            names: Vec::new(),
            scores: Vec::new(),
            answers: Vec::new(),
            weights: vec![("t".to_owned(), 1.0)],
        }
    }

    pub(crate) fn add(&mut self, name: &str, scores: Vec<Option<f64>>) {
        self.names.push(name.to_owned());
        self.scores.push(scores);
        self.answers.push(Vec::new());
    }

    pub(crate) fn try_table(&self) -> Result<ItemTable<'_>, ItemsError> {
        let items: Vec<Item<'_>> = self
            .items
            .iter()
            .map(|(task, id, cluster, guess, key)| Item {
                task,
                id,
                cluster,
                guess: *guess,
                key: key.as_deref(),
            })
            .collect();
        let entrants: Vec<Entrant<'_>> = self
            .names
            .iter()
            .zip(&self.scores)
            .zip(&self.answers)
            .map(|((id, scores), answers)| Entrant { id, scores, answers })
            .collect();
        let weights: Vec<TaskWeight<'_>> =
            self.weights.iter().map(|(task, weight)| TaskWeight { task, weight: *weight }).collect();
        ItemTable::new(&items, &entrants, &weights)
    }

    pub(crate) fn table(&self) -> ItemTable<'_> {
        self.try_table().unwrap()
    }
}

/// Scores of entrants of these expected scores in clusters: each cluster is easier or harder for all by up to `shared`
/// and for each by up to `own`.
pub(crate) fn clustered(
    noise: &mut Noise,
    means: &[f64],
    clusters: usize,
    size: usize,
    (shared, own): (f64, f64),
) -> World {
    let mut world = World::new(clusters, size);
    let mut scores = vec![Vec::new(); means.len()];
    for _ in 0..clusters {
        let easy = shared * (2.0 * noise.unit() - 1.0);
        for (column, mean) in scores.iter_mut().zip(means) {
            let mean = mean + easy + own * (2.0 * noise.unit() - 1.0);
            column.extend((0..size).map(|_| Some(noise.hit(mean))));
        }
    }
    for (place, column) in scores.into_iter().enumerate() {
        world.add(&format!("e{place}"), column);
    }
    world
}

/// Logistic.
pub(crate) fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}

/// A small count as a real number.
pub(crate) fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
