//! Watches over the work on foreign templates, patterns and files: what takes too long or fills the memory ends the
//! program, with a message that names it. Everything that was answered is kept; the next run goes on from there.

use crate::settings::Settings;
use crate::show;
use daepyo_task::{Work, under_way};
use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(50);
/// A document takes some milliseconds; a machine may be busy with other things for most of this.
const MOST_TIME: Duration = Duration::from_mins(1);
/// A data file may have gigabytes.
const MOST_TIME_OF_FILE: Duration = Duration::from_mins(20);
/// Memory that may come into use while one document is worked on.
const MOST_GROWTH_BYTES: u64 = 1 << 30;
/// Where so little is left, the system would soon end a program of its own choice.
const LEAST_AVAILABLE_BYTES: u64 = 256 << 20;

/// Work as it was when it was first seen.
struct Seen {
    since: Instant,
    memory_bytes: u64,
    /// Memory that may come into use.
    most_growth_bytes: u64,
}

/// What there is too much of.
enum Excess {
    Time(Duration),
    Memory(u64),
}

/// Begins to watch. Where there is no thread to be had, nothing is watched.
pub(crate) fn start(settings: &Settings) {
    let settings = settings.clone();
    let _unwatched = thread::Builder::new().name("watch".to_owned()).spawn(move || watch(&settings));
}

fn watch(settings: &Settings) {
    let mut seen: BTreeMap<u64, Seen> = BTreeMap::new();
    loop {
        thread::sleep(PAUSE);
        let works = under_way();
        seen.retain(|number, _| works.iter().any(|work| work.number == *number));
        if works.is_empty() {
            continue;
        }
        let memory_bytes = field_bytes("/proc/self/status", "RssAnon:").unwrap_or(0);
        let available_bytes = field_bytes("/proc/meminfo", "MemAvailable:").unwrap_or(u64::MAX);
        for work in &works {
            let first = seen.entry(work.number).or_insert_with(|| Seen {
                since: Instant::now(),
                memory_bytes,
                most_growth_bytes: most_growth(work, available_bytes),
            });
            if let Some(excess) = excess(work, first, memory_bytes, available_bytes) {
                end(work, &excess, settings);
            }
        }
    }
}

fn is_file(work: &Work) -> bool {
    work.key.is_empty()
}

fn most_growth(work: &Work, available_bytes: u64) -> u64 {
    let half = available_bytes / 2;
    if is_file(work) { half } else { half.min(MOST_GROWTH_BYTES) }
}

fn excess(work: &Work, first: &Seen, memory_bytes: u64, available_bytes: u64) -> Option<Excess> {
    let growth_bytes = memory_bytes.saturating_sub(first.memory_bytes);
    if growth_bytes > first.most_growth_bytes || available_bytes < LEAST_AVAILABLE_BYTES {
        return Some(Excess::Memory(growth_bytes));
    }
    let most = if is_file(work) { MOST_TIME_OF_FILE } else { MOST_TIME };
    (first.since.elapsed() > most).then_some(Excess::Time(most))
}

#[expect(clippy::exit, reason = "the thread that is held up cannot be asked to end")]
fn end(work: &Work, excess: &Excess, settings: &Settings) {
    let place = place(work, settings);
    let (code, id, amount) = match excess {
        Excess::Time(most) => ("limit::time", "limit-time", most.as_secs().to_string()),
        Excess::Memory(bytes) => ("limit::memory", "limit-memory", (bytes >> 20).to_string()),
    };
    let text = show::say(settings, id, &[("place", &place), ("amount", &amount)]);
    show::line(&show::plain(&format!("× {code}: {text}")));
    let help = show::say(settings, &format!("help-{id}"), &[]);
    show::line(&format!("  {} {help}", show::say(settings, "help", &[])));
    std::process::exit(2);
}

fn place(work: &Work, settings: &Settings) -> String {
    let Work { what, document, key, .. } = work;
    let arguments = [("what", what.as_str()), ("document", document.as_str()), ("key", key.as_str())];
    let id = match (document.is_empty(), key.is_empty()) {
        (false, _) => "limit-document",
        (true, false) => "limit-key",
        (true, true) => "limit-file",
    };
    show::say(settings, id, &arguments)
}

/// A value in kibibytes from one of the system's tables, in bytes; `None` where there is no such table.
fn field_bytes(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::{Excess, MOST_TIME, Seen, excess, field_bytes, most_growth};
    use daepyo_task::Work;
    use std::time::Instant;

    fn work(key: &str) -> Work {
        Work { number: 1, what: "t".to_owned(), document: String::new(), key: key.to_owned() }
    }

    #[test]
    fn a_document_may_take_less_memory_than_a_file_and_neither_all() {
        let (template, file) = (work("doc_to_text"), work(""));
        assert_eq!(most_growth(&template, 64 << 30), 1 << 30);
        assert_eq!(most_growth(&file, 64 << 30), 32 << 30);
        assert_eq!(most_growth(&template, 1 << 30), 512 << 20);
        let first = Seen { since: Instant::now(), memory_bytes: 100 << 20, most_growth_bytes: 1 << 30 };
        assert!(excess(&template, &first, 1000 << 20, 8 << 30).is_none());
        assert!(matches!(excess(&template, &first, 1200 << 20, 8 << 30), Some(Excess::Memory(_))));
        assert!(matches!(excess(&template, &first, 200 << 20, 100 << 20), Some(Excess::Memory(_))));
    }

    #[test]
    fn a_document_that_takes_minutes_is_too_slow_and_a_file_is_not() {
        let Some(since) = Instant::now().checked_sub(2 * MOST_TIME) else { return };
        let first = Seen { since, memory_bytes: 0, most_growth_bytes: 1 << 30 };
        assert!(matches!(excess(&work("doc_to_text"), &first, 0, 8 << 30), Some(Excess::Time(_))));
        assert!(excess(&work(""), &first, 0, 8 << 30).is_none());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_systems_tables_are_read() {
        assert!(field_bytes("/proc/self/status", "RssAnon:").is_some_and(|bytes| bytes > 1 << 16));
        assert!(field_bytes("/proc/meminfo", "MemAvailable:").is_some_and(|bytes| bytes > 1 << 20));
        assert_eq!(field_bytes("/proc/meminfo", "NoSuchThing:"), None);
    }
}
