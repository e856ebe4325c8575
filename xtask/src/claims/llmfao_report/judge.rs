//! A model as the judge of what people judged: how often it agrees with them, and how its ranking does.

use crate::claims::llmfao_votes::Comparison;
use std::collections::BTreeMap;

/// How often somebody agrees with the majority of the other people.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Agreement {
    /// Votes of people with a majority among the others.
    votes: u32,
    agreed: u32,
    /// Those where neither the majority nor the one who is looked at calls it a tie.
    decided: u32,
    decided_agreed: u32,
}

impl Agreement {
    fn take(&mut self, majority: &str, one: &str) {
        self.votes += 1;
        self.agreed += u32::from(majority == one);
        if majority != "tie" && one != "tie" {
            self.decided += 1;
            self.decided_agreed += u32::from(majority == one);
        }
    }

    pub(super) fn share(&self) -> f64 {
        f64::from(self.agreed) / f64::from(self.votes)
    }

    pub(super) fn decided_share(&self) -> f64 {
        f64::from(self.decided_agreed) / f64::from(self.decided)
    }
}

/// Each person against the majority of the others who saw the same pair, and the judge against the same majorities.
pub(super) fn agreements(people: &[Comparison], judge: &[Comparison]) -> (Agreement, Agreement) {
    let verdicts: BTreeMap<&str, &str> =
        judge.iter().map(|row| (row.id.as_str(), row.winner.as_str())).collect();
    let mut pairs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in people {
        pairs.entry(row.id.as_str()).or_default().push(row.winner.as_str());
    }
    let (mut person, mut model) = (Agreement::default(), Agreement::default());
    for (id, winners) in pairs {
        let Some(verdict) = verdicts.get(id) else { continue };
        for (place, one) in winners.iter().enumerate() {
            let others = winners.iter().enumerate().filter(|(other, _)| *other != place);
            let Some(majority) = majority(others.map(|(_, winner)| *winner)) else { continue };
            person.take(majority, one);
            model.take(majority, verdict);
        }
    }
    (person, model)
}

/// What more say than say anything else.
fn majority<'a>(winners: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    winners.for_each(|winner| *counts.entry(winner).or_default() += 1);
    let most = counts.values().copied().max()?;
    let mut first = counts.into_iter().filter(|(_, count)| *count == most);
    match (first.next(), first.next()) {
        (Some((winner, _)), None) => Some(winner),
        _ => None,
    }
}

/// Kendall's tau of two lists of values without ties.
pub(super) fn kendall(one: &[f64], other: &[f64]) -> f64 {
    let (mut same, mut all) = (0_i32, 0_i32);
    for (place, (a, b)) in one.iter().zip(other).enumerate() {
        for (c, d) in one.iter().zip(other).skip(place + 1) {
            all += 1;
            same += if (a - c) * (b - d) > 0.0 { 1 } else { -1 };
        }
    }
    f64::from(same) / f64::from(all.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_held_against_the_others_alone() {
        let row = |id: &str, winner: &str| Comparison {
            id: id.to_owned(),
            prompt: "1".to_owned(),
            worker: "w".to_owned(),
            winner: winner.to_owned(),
            left: "a".to_owned(),
            right: "b".to_owned(),
        };
        let people =
            [row("0", "left"), row("0", "left"), row("0", "right"), row("1", "tie"), row("1", "left")];
        let (person, model) = agreements(&people, &[row("0", "left"), row("1", "right")]);
        // Of pair 0 only the vote for the right has a majority of others; of pair 1 both have one other.
        assert_eq!(person, Agreement { votes: 3, agreed: 0, decided: 1, decided_agreed: 0 });
        assert_eq!(model, Agreement { votes: 3, agreed: 1, decided: 2, decided_agreed: 1 });
        assert!((kendall(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0]) - 1.0 / 3.0).abs() < 1e-12);
    }
}
