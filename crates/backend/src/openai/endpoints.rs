//! The gates of the servers that one run talks to: one for each scheme, host and port.

use super::gate::Gate;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// Shared by the backends of one run, so that several candidates behind one server find one level together and a
/// pause that the server asks for holds for all of them.
#[derive(Debug, Default)]
pub struct Endpoints {
    gates: Mutex<BTreeMap<String, Arc<Gate>>>,
}

/// How many attempts a server was found to take at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Scheme, host and port.
    pub endpoint: String,
    /// Attempts at once, now.
    pub limit: u32,
    /// Attempts at once, at most: the greatest `concurrency` written for it.
    pub ceiling: u32,
}

impl Endpoints {
    /// The gate of an address, with at least this ceiling.
    pub(super) fn gate(&self, address: &Url, ceiling: u32) -> Arc<Gate> {
        let endpoint = address.origin().ascii_serialization();
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = gates.entry(endpoint).or_insert_with(|| Arc::new(Gate::new(ceiling)));
        gate.allow(ceiling.max(1));
        Arc::clone(gate)
    }

    /// The level of every server that was opened, by address.
    pub fn levels(&self) -> Vec<Level> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let level = |(endpoint, gate): (&String, &Arc<Gate>)| {
            let (limit, ceiling) = gate.level();
            Level { endpoint: endpoint.clone(), limit, ceiling }
        };
        gates.iter().map(level).collect()
    }
}
