//! Which few-shot documents each document gets.

use super::random::PythonRandom;
use crate::{TaskError, packed::Documents, taskfile::SamplerKind};

/// The seed that lm-eval draws few-shot examples with.
const SEED: u32 = 1234;

/// For each of `documents`, the positions in `pool` of its `count` examples; nothing at all where `count` is 0.
///
/// With the random sampler one generator runs through the documents in order. Where `same_split` holds, one more is
/// drawn and the document itself is dropped; where too few are left because it stands in the pool more than once, the
/// examples are drawn again from what differs from it.
pub(crate) fn draw_all(
    task: &str,
    kind: SamplerKind,
    documents: &Documents,
    pool: &Documents,
    count: u32,
    same_split: bool,
) -> Result<Vec<Vec<usize>>, TaskError> {
    let needed = usize::try_from(count).unwrap_or(usize::MAX);
    if needed == 0 {
        return Ok(Vec::new());
    }
    let too_few = |available: usize| TaskError::Fewshot {
        task: task.to_owned(),
        problem: format!("{needed} examples are asked for, and {available} are there to choose from"),
    };
    let mut random = PythonRandom::new(SEED);
    (0..documents.len())
        .map(|document| {
            let others = |index: &usize| !same_split || !documents.is_same(document, pool, *index);
            let picked: Vec<usize> = match kind {
                SamplerKind::FirstN => (0..pool.len()).filter(others).take(needed).collect(),
                SamplerKind::Random => {
                    let drawn = sample(&mut random, pool.len(), needed + usize::from(same_split))
                        .ok_or_else(|| too_few(pool.len().saturating_sub(usize::from(same_split))))?;
                    let picked: Vec<usize> = drawn.into_iter().filter(others).take(needed).collect();
                    if picked.len() < needed {
                        let rest: Vec<usize> = (0..pool.len()).filter(others).collect();
                        let again =
                            sample(&mut random, rest.len(), needed).ok_or_else(|| too_few(rest.len()))?;
                        again.into_iter().filter_map(|index| rest.get(index).copied()).collect()
                    } else {
                        picked
                    }
                }
            };
            if picked.len() < needed { Err(too_few(picked.len())) } else { Ok(picked) }
        })
        .collect()
}

fn sample(random: &mut PythonRandom, population: usize, count: usize) -> Option<Vec<usize>> {
    let population = u32::try_from(population).ok()?;
    let count = u32::try_from(count).ok()?;
    let picked = random.sample(population, count)?;
    picked.into_iter().map(|index| usize::try_from(index).ok()).collect()
}
