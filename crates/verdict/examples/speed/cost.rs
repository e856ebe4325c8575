//! CPU seconds, seconds on the clock and peak memory of a piece of work.

use serde_json::{Value, json};
use std::fs;
use std::time::Instant;

/// CPU seconds of all threads so far; nanoseconds are counted where `/proc` is.
pub(crate) fn cpu_s() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let nanoseconds = |task: fs::DirEntry| -> f64 {
        let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
    };
    tasks.filter_map(Result::ok).map(nanoseconds).sum::<f64>() / 1e9
}

/// Peak resident memory in bytes.
pub(crate) fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap() * 1024
}

/// A result with what it took.
pub(crate) struct Cost {
    cpu_s: f64,
    wall: Instant,
}

impl Cost {
    /// From now on.
    pub(crate) fn begin() -> Self {
        Self { cpu_s: cpu_s(), wall: Instant::now() }
    }

    /// Until now, with what came out.
    pub(crate) fn end(&self, found: &Value) -> Value {
        self.end_of(1, found)
    }

    /// The same for work that was done so many `times`: what one took. The system counts CPU time in steps of some
    /// milliseconds, so that shorter work must be repeated.
    pub(crate) fn end_of(&self, times: u32, found: &Value) -> Value {
        let times = f64::from(times.max(1));
        let (cpu_s, wall_s) = ((cpu_s() - self.cpu_s) / times, self.wall.elapsed().as_secs_f64() / times);
        json!({ "cpu_s": cpu_s, "wall_s": wall_s, "peak_bytes": peak_bytes(), "found": found })
    }
}

/// Numbers that a few lines of any language can make again (splitmix64).
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    /// Between 0 and 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap();
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }
}
