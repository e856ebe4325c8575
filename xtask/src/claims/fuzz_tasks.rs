//! The claim `fuzz-tasks`: the readers of foreign task files, templates, literals, logs and tables were given hostile bytes
//! for a long time, and none crashed; a short run repeats it.

use super::{Claim, fuzzed};

pub(crate) const CLAIM: Claim = Claim {
    name: "fuzz-tasks",
    promise: "Task files, Jinja templates, chat templates, Python literals, Inspect's .eval logs, lm-eval's samples and \
              Parquet files: at least 20 minutes of fuzzing each without a crash, an input of 10 seconds or one of 2 GiB",
    run: |settings| fuzzed::measure(settings, &TARGETS),
};

const TARGETS: [&str; 7] =
    ["task_yaml", "jinja", "chat_template", "python_literal", "eval_log", "lm_eval_samples", "parquet_rows"];
