//! What a worker keeps from one request to the next, and leaves to others while one pauses: its place under the backend's
//! own ceiling, and that at the gate of the server.

use super::gate::{Gate, Permit};
use tokio::sync::{Semaphore, SemaphorePermit};

pub(super) struct Turn<'a> {
    places: &'a Semaphore,
    gate: &'a Gate,
    place: Option<SemaphorePermit<'a>>,
    permit: Option<Permit<'a>>,
}

impl<'a> Turn<'a> {
    /// A turn whose places are taken once they are needed.
    pub(super) fn new(places: &'a Semaphore, gate: &'a Gate) -> Self {
        Self { places, gate, place: None, permit: None }
    }

    /// Waits for a place under the own ceiling, unless there is one.
    pub(super) async fn take(&mut self) {
        if self.place.is_none() {
            // Never closed.
            self.place = self.places.acquire().await.ok();
        }
    }

    /// Waits for leave to send one attempt.
    pub(super) async fn enter(&mut self) -> Permit<'a> {
        self.take().await;
        match self.permit.take().and_then(Permit::renewed) {
            Some(permit) => permit,
            None => self.gate.enter().await,
        }
    }

    /// Keeps the place at the gate for the next attempt.
    pub(super) fn keep(&mut self, permit: Permit<'a>) {
        self.permit = Some(permit);
    }

    /// Leaves both places, unless what others ask for, too, is known: whoever asks may need the place that this one would
    /// keep while it waits.
    pub(super) fn leave_unless(&mut self, is_known: bool) {
        if !is_known {
            self.leave();
        }
    }

    /// Leaves both places to others.
    pub(super) fn leave(&mut self) {
        self.permit = None;
        self.place = None;
    }
}
