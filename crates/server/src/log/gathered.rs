//! Lines of the log gathered for a moment and written together: under load a line costs no call of the system, and
//! nobody's answer waits for a slow reader of the log.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// What a line waits at most, unless writing itself takes longer.
const PAUSE: Duration = Duration::from_millis(50);
/// So many bytes wait at most; whoever logs beyond that waits for them to be written.
const MOST_BYTES: usize = 1 << 20;

#[derive(Debug)]
struct Shared<W> {
    waiting: Mutex<Waiting>,
    /// Told when the first line waits, and at the end.
    told: Condvar,
    out: Mutex<W>,
}

#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    is_over: bool,
}

/// Where the log's lines go. Warnings and errors are written at once, with all that waits before them.
#[derive(Debug)]
pub struct Lines<W>(Arc<Shared<W>>);

/// Writes what is gathered; when it is dropped, all that waits has been written.
#[derive(Debug)]
pub struct Gathering<W: Write + Send + 'static> {
    shared: Arc<Shared<W>>,
    thread: Option<JoinHandle<()>>,
}

/// One event's writer.
#[derive(Debug)]
pub struct Line<'a, W> {
    shared: &'a Shared<W>,
    is_urgent: bool,
}

/// Gathers lines for `out`. Where the system gives no thread for it, each line is written at once.
pub fn gathered<W: Write + Send + 'static>(out: W) -> (Lines<W>, Gathering<W>) {
    let shared = Arc::new(Shared::new(out));
    let of_thread = Arc::clone(&shared);
    let thread =
        std::thread::Builder::new().name("daepyo-log".to_owned()).spawn(move || of_thread.run()).ok();
    shared.waiting().is_over = thread.is_none();
    (Lines(Arc::clone(&shared)), Gathering { shared, thread })
}

impl<W: Write> Shared<W> {
    fn new(out: W) -> Self {
        Self { waiting: Mutex::default(), told: Condvar::new(), out: Mutex::new(out) }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let waiting =
                self.told.wait_while(self.waiting(), |waiting| waiting.lines.is_empty() && !waiting.is_over);
            let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
            let paused = self.told.wait_timeout_while(waiting, PAUSE, |waiting| !waiting.is_over);
            let is_over = paused.unwrap_or_else(PoisonError::into_inner).0.is_over;
            self.write_out();
            if is_over {
                return;
            }
        }
    }

    /// Writes all that waits.
    fn write_out(&self) {
        // First the place at the output: who takes lines earlier writes them earlier.
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = std::mem::take(&mut self.waiting().lines);
        // A log that cannot be written stops nobody.
        let _ = out.write_all(&lines).and_then(|()| out.flush());
    }
}

impl<'a, W: Write + 'a> MakeWriter<'a> for Lines<W> {
    type Writer = Line<'a, W>;

    fn make_writer(&'a self) -> Self::Writer {
        Line { shared: &self.0, is_urgent: false }
    }

    fn make_writer_for(&'a self, of: &Metadata<'_>) -> Self::Writer {
        Line { shared: &self.0, is_urgent: *of.level() <= Level::WARN }
    }
}

impl<W: Write> Write for Line<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut waiting = self.shared.waiting();
        let is_first = waiting.lines.is_empty();
        waiting.lines.extend_from_slice(bytes);
        let is_now = self.is_urgent || waiting.is_over || waiting.lines.len() >= MOST_BYTES;
        drop(waiting);
        if is_now {
            self.shared.write_out();
        } else if is_first {
            self.shared.told.notify_one();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write + Send + 'static> Drop for Gathering<W> {
    fn drop(&mut self) {
        self.shared.waiting().is_over = true;
        self.shared.told.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic in it has been told already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed assertion is the point of a test")]

    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// An output that tells each call.
    struct Told(Sender<String>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(String::from_utf8(bytes.to_vec()).unwrap()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn begin() -> (Lines<Told>, Gathering<Told>, Receiver<String>) {
        let (tell, told) = channel();
        let (lines, gathering) = gathered(Told(tell));
        (lines, gathering, told)
    }

    /// Lines that nobody writes meanwhile, however slow the machine is.
    fn without_a_thread() -> (Lines<Told>, Receiver<String>) {
        let (tell, told) = channel();
        (Lines(Arc::new(Shared::new(Told(tell)))), told)
    }

    fn put(lines: &Lines<Told>, text: &str, is_urgent: bool) {
        Line { shared: &lines.0, is_urgent }.write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn lines_are_written_together_and_none_waits_for_another() {
        let (lines, told) = without_a_thread();
        put(&lines, "a\n", false);
        put(&lines, "b\n", false);
        lines.0.write_out();
        assert_eq!(told.recv().unwrap(), "a\nb\n");
        let (lines, _gathering, told) = begin();
        put(&lines, "c\n", false);
        assert_eq!(told.recv().unwrap(), "c\n");
    }

    #[test]
    fn a_warning_is_written_at_once_behind_what_waits() {
        let (lines, _gathering, told) = begin();
        put(&lines, "a\n", false);
        put(&lines, "warning\n", true);
        // The thread may have come between.
        let written: String = told.try_iter().collect();
        assert_eq!(written, "a\nwarning\n");
    }

    #[test]
    fn all_is_written_at_the_end_and_what_comes_later_at_once() {
        let (lines, gathering, told) = begin();
        for number in 0..1000 {
            put(&lines, &format!("{number}\n"), false);
        }
        drop(gathering);
        put(&lines, "late\n", false);
        let expected: String =
            (0..1000).map(|number| format!("{number}\n")).chain(["late\n".to_owned()]).collect();
        assert_eq!(told.try_iter().collect::<String>(), expected);
    }

    #[test]
    fn what_waits_is_bounded() {
        let (lines, told) = without_a_thread();
        let line = "x".repeat(MOST_BYTES / 4);
        for _ in 0..4 {
            assert!(told.try_recv().is_err(), "there is room");
            put(&lines, &line, false);
        }
        assert_eq!(told.try_iter().map(|piece| piece.len()).sum::<usize>(), MOST_BYTES);
    }
}
