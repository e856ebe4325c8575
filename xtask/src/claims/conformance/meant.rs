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

/// A task that shuffles.
const SHUFFLED: Meant = Meant {
    tasks: &["gpqa_*", "leaderboard_gpqa_*"],
    fields: &["*"],
    reason: "the task shuffles its choices with Python's global generator; in lm-eval their order depends on everything \
             that drew from it before in the same process, and changes each time the data are looked at; daepyo starts \
             each call from the same state, so that the order depends on the split alone",
};

/// Of requests.
pub(super) const REQUESTS: [Meant; 1] = [SHUFFLED];

/// Of scores.
pub(super) const SCORES: [Meant; 2] = [
    SHUFFLED,
    Meant {
        tasks: &["cnn_dailymail_abisee"],
        fields: &["metric"],
        reason: "`process_results` also gives `summary_length`, which the task's `metric_list` does not name; daepyo \
                 reports the metrics that a task names",
    },
];
