//! A form's fields, some of which may come several times.

use crate::refusal::Refusal;
use axum::body::Bytes;
use daepyo_core::VoteChoice;

/// The fields of a form, in order.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(body: &Bytes) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// The field's first value; empty where it is not there.
    pub(super) fn one(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of the field.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// The choice of a vote.
    pub(super) fn choice(&self) -> Result<VoteChoice, Refusal> {
        match self.one("choice") {
            "left" => Ok(VoteChoice::Left),
            "right" => Ok(VoteChoice::Right),
            "tie" => Ok(VoteChoice::Tie),
            "both_bad" => Ok(VoteChoice::BothBad),
            _ => Err(Refusal::bad_form("choice")),
        }
    }
}
