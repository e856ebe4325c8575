//! Battles of recorded answers that were opened here, kept at hand until their vote comes: without the texts, and few.

use daepyo_store::site::{Answered, Battle, BattleId, PersonId, Turn};
use std::{
    collections::BTreeMap,
    mem,
    sync::{Mutex, PoisonError},
};

/// Battles that are kept; the older half goes when there are more. Who votes after that waits for the store.
const MOST: usize = 1 << 15;

type Battles = BTreeMap<i64, Battle>;

/// The battles by number, the younger half and the older.
#[derive(Debug, Default)]
pub(crate) struct Shown(Mutex<(Battles, Battles)>);

impl Shown {
    /// Keeps a battle.
    pub(crate) fn keep(&self, battle: &Battle) {
        let kept = Battle { turns: battle.turns.iter().map(without_texts).collect(), ..opened(battle) };
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (young, old) = &mut *held;
        if young.len() >= MOST / 2 {
            *old = mem::take(young);
        }
        young.insert(battle.opened.id.0, kept);
    }

    /// The person's battle of this number, with turns without texts; none where it is not at hand or another's.
    pub(crate) fn of(&self, person: PersonId, id: BattleId) -> Option<Battle> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (young, old) = &*held;
        let found = young.get(&id.0).or_else(|| old.get(&id.0));
        found.filter(|battle| battle.opened.person == person).cloned()
    }

    /// Drops a battle that is voted on.
    pub(crate) fn forget(&self, id: BattleId) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (young, old) = &mut *held;
        young.remove(&id.0);
        old.remove(&id.0);
    }
}

fn opened(battle: &Battle) -> Battle {
    Battle {
        opened: battle.opened.clone(),
        opened_ms: battle.opened_ms,
        state: battle.state.clone(),
        turns: Vec::new(),
    }
}

fn without_texts(turn: &Turn) -> Turn {
    let empty = |answered: &Answered| Answered { text: String::new(), cut: answered.cut };
    Turn {
        number: turn.number,
        prompt: String::new(),
        answers: turn.answers.as_ref().map(|(left, right)| (empty(left), empty(right))),
        shown_ms: turn.shown_ms,
    }
}
