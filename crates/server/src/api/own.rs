//! What concerns whoever asks: who they are to the site, and the token that changes need.

use super::call::{Asked, Nothing, read};
use super::listing::Given;
use super::operation::{About, Tag};
use crate::refusal::Refusal;
use crate::route::{Roles, Route};
use daepyo_core::TeamId;
use daepyo_store::site::Role;
use schemars::JsonSchema;
use serde::Serialize;

pub(super) fn rows() -> Vec<Route> {
    vec![read("/api/v1/me", Roles::SIGNED_IN, About::new("getMe", Tag::Own), me)]
}

/// What somebody may do.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleView {
    Office,
    Team,
    Expert,
    Citizen,
    Auditor,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        match role {
            Role::Office => Self::Office,
            Role::Team => Self::Team,
            Role::Expert => Self::Expert,
            Role::Citizen => Self::Citizen,
            Role::Auditor => Self::Auditor,
        }
    }
}

/// Whoever asks.
#[derive(Serialize, JsonSchema)]
pub(super) struct Me {
    /// Their number.
    person: i64,
    role: RoleView,
    /// The team of a team engineer.
    team: Option<TeamId>,
    /// When they were first seen, in milliseconds since 1970.
    since_ms: i64,
    /// For the header `x-csrf` of every request that changes something, as long as the session lasts.
    csrf: String,
}

async fn me(asked: Asked<Nothing>) -> Result<Given<Me>, Refusal> {
    let person = asked.who.person().ok_or_else(Refusal::signed_out)?;
    Ok(Given::one(Me {
        person: person.id.0,
        role: person.role.into(),
        team: person.team.clone(),
        since_ms: person.since_ms,
        csrf: asked.who.csrf(),
    }))
}
