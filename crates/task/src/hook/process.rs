//! One worker process: lines in, lines out, each bounded in size and time.

use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{Child, ChildStderr, ChildStdout, Command, ExitStatus},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

const STDERR_KEPT: usize = 4096;
/// How often the threads of a worker that is waited for are counted.
const LOOK: Duration = Duration::from_millis(50);

/// What came from the worker.
enum Event {
    Line(Vec<u8>),
    TooLong,
    End,
}

/// Why there is no line.
pub(super) enum Silence {
    /// None came in time.
    Late,
    /// It was longer than allowed.
    TooLong,
    /// The worker is gone.
    Gone,
    /// It has more threads than allowed.
    Crowded,
}

/// A running worker. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    requests: Option<Sender<Vec<u8>>>,
    events: Receiver<Event>,
    stderr: Arc<Mutex<Vec<u8>>>,
    most_threads: u64,
}

impl Process {
    /// Starts `command`. Lines of more than `line_bytes` bytes are not read, more than `most_threads` threads not waited
    /// for: the system's own limit does not hold for root.
    pub(super) fn start(mut command: Command, line_bytes: u64, most_threads: u64) -> std::io::Result<Self> {
        let (started, start) = mpsc::channel();
        let (requests, queue) = mpsc::channel::<Vec<u8>>();
        // The sandbox dies with the thread that started it, so that one must live as long as the worker.
        thread::Builder::new().name("hook-requests".to_owned()).spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => {
                    let _gone = started.send(Err(error));
                    return;
                }
            };
            let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
            if started.send(Ok((child, stdout, stderr))).is_err() {
                return;
            }
            let mut stdin = stdin;
            for request in queue {
                // A worker that stopped reading is found out by its missing answer.
                if let Some(pipe) = &mut stdin
                    && pipe.write_all(&request).and_then(|()| pipe.flush()).is_err()
                {
                    stdin = None;
                }
            }
        })?;
        let gone = || std::io::Error::other("the thread that starts the worker ended");
        let (child, stdout, stderr) = start.recv().map_err(|_| gone())??;
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else { return Err(gone()) };
        // A narrow channel: who floods it fills a pipe, not our memory.
        let (lines, events) = mpsc::sync_channel(1);
        thread::Builder::new()
            .name("hook-answers".to_owned())
            .spawn(move || read_lines(stdout, line_bytes, &lines))?;
        let kept = Arc::new(Mutex::new(Vec::new()));
        let tail = Arc::clone(&kept);
        thread::Builder::new().name("hook-stderr".to_owned()).spawn(move || read_tail(stderr, &tail))?;
        Ok(Self { child, requests: Some(requests), events, stderr: kept, most_threads })
    }

    /// Sends one line.
    pub(super) fn send(&self, line: Vec<u8>) {
        if let Some(requests) = &self.requests {
            // Where the thread is gone, so is the worker, which the next receive reports.
            let _gone = requests.send(line);
        }
    }

    /// Whether a line lies here that nobody asked for.
    pub(super) fn has_unasked_line(&self) -> bool {
        matches!(self.events.try_recv(), Ok(Event::Line(_) | Event::TooLong))
    }

    /// The next line, waited for until `limit` is over.
    pub(super) fn receive(&self, limit: Duration) -> Result<Vec<u8>, Silence> {
        let start = Instant::now();
        loop {
            let left = limit.saturating_sub(start.elapsed());
            match self.events.recv_timeout(left.min(LOOK)) {
                Ok(Event::Line(line)) => return Ok(line),
                Ok(Event::TooLong) => return Err(Silence::TooLong),
                Ok(Event::End) | Err(RecvTimeoutError::Disconnected) => return Err(Silence::Gone),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(Silence::Late),
                Err(RecvTimeoutError::Timeout) if threads(self.child.id()) > self.most_threads => {
                    return Err(Silence::Crowded);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// How the worker ended, in words; it is ended first where it did not.
    pub(super) fn end(&mut self) -> String {
        // Only then the thread, with which the sandbox would die of another cause.
        let status = wait(&mut self.child, Duration::from_secs(1));
        self.requests = None;
        let _already_gone = self.child.kill();
        let status = status.or_else(|| self.child.wait().ok());
        let kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8_lossy(&kept);
        let text = text.trim();
        let how = status.map_or_else(|| "its end was not seen".to_owned(), describe);
        if text.is_empty() { how } else { format!("{how}; it wrote: {text}") }
    }

    /// Ends the worker at once.
    pub(super) fn kill(&mut self) {
        self.requests = None;
        let _already_gone = self.child.kill();
        let _already_seen = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The status of a child that ends by itself within `limit`.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        thread::sleep(Duration::from_millis(5));
    }
    None
}

/// How many threads a process and all below it have, as far as the system tells.
fn threads(root: u32) -> u64 {
    let (mut count, mut waiting) = (0, vec![root]);
    while let Some(process) = waiting.pop() {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { continue };
        for (place, thread) in threads.flatten().enumerate() {
            count += 1;
            // A worker makes no processes; the programs that start it have one thread.
            if place == 0 {
                let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
                waiting.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
            }
        }
    }
    count
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    // bubblewrap gives 128 and the signal for what was inside.
    let signal = status.signal().or_else(|| status.code().filter(|code| *code > 128).map(|code| code - 128));
    match (signal, status.code()) {
        (Some(24), _) => "it used up its CPU time (signal 24)".to_owned(),
        (Some(25), _) => "it wrote more than a file may hold (signal 25)".to_owned(),
        (Some(9), _) => "it was killed (signal 9), perhaps for its memory or CPU time".to_owned(),
        (Some(11), _) => "it crashed (signal 11), perhaps by endless recursion".to_owned(),
        (Some(signal), _) => format!("it was ended by signal {signal}"),
        (None, Some(code)) => format!("it ended by itself with code {code}"),
        (None, None) => status.to_string(),
    }
}

fn read_lines(stdout: ChildStdout, line_bytes: u64, lines: &SyncSender<Event>) {
    let mut reader = BufReader::with_capacity(1 << 16, stdout);
    loop {
        let mut line = Vec::new();
        let event = match (&mut reader).take(line_bytes.saturating_add(1)).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => Event::End,
            Ok(_) if line.last() == Some(&b'\n') => Event::Line(line),
            Ok(_) if u64::try_from(line.len()).unwrap_or(u64::MAX) > line_bytes => Event::TooLong,
            Ok(_) => Event::End,
        };
        let last = !matches!(event, Event::Line(_));
        if lines.send(event).is_err() || last {
            return;
        }
    }
}

/// Reads all that comes and keeps the end of it.
fn read_tail(mut stderr: ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; STDERR_KEPT];
    while let Ok(count) = stderr.read(&mut buffer) {
        if count == 0 {
            return;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(buffer.get(..count).unwrap_or_default());
        let surplus = kept.len().saturating_sub(STDERR_KEPT);
        kept.drain(..surplus);
    }
}
