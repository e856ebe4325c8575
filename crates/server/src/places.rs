//! Places for connections: so many in all, and so many for one address.

use crate::door::is_proxy;
use crate::limits::Whose;
use crate::settings::Settings;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections by the network that they come from.
type Taken = Arc<Mutex<BTreeMap<Whose, u32>>>;

/// The places of a server.
pub(crate) struct Places {
    all: Arc<Semaphore>,
    taken: Taken,
}

/// A place for one connection; free again when it is dropped.
pub(crate) struct Place {
    _one: OwnedSemaphorePermit,
    network: Option<(Whose, Taken)>,
}

impl Places {
    pub(crate) fn new(most: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(most.max(1))), taken: Taken::default() }
    }

    /// Waits until one is free.
    pub(crate) async fn one(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// The place of a peer's connection; none where its network has all that it may have. Behind a trusted proxy are many.
    pub(crate) fn of(&self, one: OwnedSemaphorePermit, peer: IpAddr, settings: &Settings) -> Option<Place> {
        if is_proxy(peer, settings) {
            return Some(Place { _one: one, network: None });
        }
        let network = Whose::network(peer);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.entry(network).or_default();
        if *own >= settings.limits.connections {
            return None;
        }
        *own += 1;
        Some(Place { _one: one, network: Some((network, Arc::clone(&self.taken))) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((network, taken)) = &self.network else { return };
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(own) = taken.get_mut(network) else { return };
        *own = own.saturating_sub(1);
        if *own == 0 {
            taken.remove(network);
        }
    }
}
