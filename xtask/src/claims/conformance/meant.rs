//! Differences to lm-eval that are meant, each with the reason why daepyo's way is right.

/// Differences that are meant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meant {
    /// Names of tasks; `*` at the end of one stands for any end.
    pub(super) tasks: &'static [&'static str],
    /// Names of fields; `*` at the end of one stands for any end.
    pub(super) fields: &'static [&'static str],
    /// What daepyo does otherwise, and why.
    pub(super) reason: &'static str,
}

impl Meant {
    /// Whether a difference of this task in this field is meant.
    pub(super) fn covers(&self, task: &str, field: &str) -> bool {
        let is_among = |patterns: &[&str], name: &str| {
            patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => *pattern == name,
            })
        };
        is_among(self.tasks, task) && is_among(self.fields, field)
    }
}

/// Of requests.
pub(super) const REQUESTS: [Meant; 1] = [Meant {
    tasks: &["gpqa_*"],
    fields: &["*"],
    reason: "the task shuffles its choices with Python's global generator; lm-eval's order depends on everything that \
             drew from it before in the same process (the data are processed three times before they are asked), \
             daepyo starts each call from the same state, so that the order depends on the document's split alone",
}];

/// Of scores.
pub(super) const SCORES: [Meant; 1] = [REQUESTS[0]];
