//! Whether marks put all candidates, raters and items on one scale.
//!
//! They do if the additive model `theta - alpha - delta` is estimable up to its two shifts, which is a question of
//! rank (Weeks and Williams 1964, "A note on the determination of connectedness in an N-way cross classification").
//! Where it is not, two elements of a facet belong to one set if every null direction moves them alike.

use super::{information::Information, mark::Cell};

/// Sets of elements by facet, by number; a facet that is whole is one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sets {
    pub(crate) candidates: Vec<Vec<usize>>,
    pub(crate) raters: Vec<Vec<usize>>,
    pub(crate) items: Vec<Vec<usize>>,
}

/// The sets that `cells` link; none where all is one scale. Every element must have a cell.
pub(crate) fn connected_sets([candidates, raters, items]: [usize; 3], cells: &[Cell]) -> Option<Sets> {
    let mut design = Information::new(candidates, raters + items);
    for cell in cells {
        let (rater, item) = (cell.rater, raters + cell.item);
        design.add_candidate(cell.candidate, 1.0);
        for other in [rater, item] {
            design.add_between(cell.candidate, other, -1.0);
            design.add_corner(other, other, 1.0);
        }
        design.add_corner(item, rater, 1.0);
    }
    let null = design.null_space()?;
    // Two shifts are always free: severity against ability, and difficulty against ability.
    if null.len() <= 2 {
        return None;
    }
    Some(Sets {
        candidates: alike(&null, 0, candidates),
        raters: alike(&null, candidates, raters),
        items: alike(&null, candidates + raters, items),
    })
}

/// Groups `count` elements from `start` on that all vectors move alike, in order of number.
fn alike(null: &[Vec<f64>], start: usize, count: usize) -> Vec<Vec<usize>> {
    let most = null.iter().flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
    let near = 1e-6 * most;
    let at = |vector: &Vec<f64>, place: usize| vector.get(start + place).copied().unwrap_or_default();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for element in 0..count {
        let home = groups.iter_mut().find(|group| {
            let first = group.first().copied().unwrap_or_default();
            null.iter().all(|vector| (at(vector, first) - at(vector, element)).abs() <= near)
        });
        match home {
            Some(group) => group.push(element),
            None => groups.push(vec![element]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::{Sets, connected_sets};
    use crate::panel::mark::Cell;

    fn cells(places: &[(usize, usize, usize)]) -> Vec<Cell> {
        places
            .iter()
            .map(|(candidate, rater, item)| Cell {
                candidate: *candidate,
                rater: *rater,
                item: *item,
                steps: 0,
            })
            .collect()
    }

    #[test]
    fn a_crossed_panel_is_one_scale() {
        let mut places = Vec::new();
        for candidate in 0..3 {
            for rater in 0..2 {
                for item in 0..2 {
                    places.push((candidate, rater, item));
                }
            }
        }
        assert_eq!(connected_sets([3, 2, 2], &cells(&places)), None);
    }

    #[test]
    fn two_panels_that_share_nothing_are_two() {
        let sets = connected_sets([2, 2, 2], &cells(&[(0, 0, 0), (0, 0, 1), (1, 1, 0), (1, 1, 1)]));
        let apart = vec![vec![0], vec![1]];
        // They share the items, but whether candidate or rater 1 is the higher can't be told.
        assert_eq!(sets, Some(Sets { candidates: apart.clone(), raters: apart, items: vec![vec![0, 1]] }));
    }

    #[test]
    fn one_shared_candidate_is_enough() {
        let linked = cells(&[(0, 0, 0), (0, 0, 1), (1, 0, 0), (1, 1, 0), (2, 1, 1)]);
        assert_eq!(connected_sets([3, 2, 2], &linked), None);
    }
}
