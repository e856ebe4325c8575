//! Hooks that try to break out, hold up, flood or lie: each is stopped with a clear error, and what it did stays inside.

use crate::hooks::{LONG, docs, function, start, utils};
use daepyo_task::hook::{HookError, HookLimits, HookOptions, Hooks};
use serde_json::{Value, json};
use std::{fs, path::Path, time::Duration};
use tempfile::TempDir;

const SHORT: Duration = Duration::from_millis(500);

/// What becomes of one document under `f(doc)` with this body.
fn outcome(body: &str, call: Duration) -> (TempDir, Result<Value, HookError>) {
    let lines: Vec<String> = body.lines().map(|line| format!("    {line}")).collect();
    let folder = utils(&format!("import os, sys\ndef f(doc):\n{}\n", lines.join("\n")));
    let hooks = start(&folder, &["f"], call).unwrap();
    let docs = docs(&json!([{"a": 1}]));
    let made = hooks.map(&function(folder.path(), "f"), docs.iter()).map(|mut values| values.remove(0));
    (folder, made)
}

fn error(body: &str, call: Duration) -> HookError {
    match outcome(body, call).1 {
        Ok(value) => unreachable!("{body} gave {value}"),
        Err(error) => error,
    }
}

#[test]
fn endless_work_ends_at_the_time_limit() {
    for body in [
        "while True: pass",
        "while True: print('x' * 1000)",
        "import time; time.sleep(1000)",
        "import signal\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\nwhile True: pass",
        "try:\n    while True: pass\nexcept BaseException:\n    while True: pass",
    ] {
        let error = error(body, SHORT);
        assert_eq!(error.code(), "hook::timeout", "{body}: {error}");
    }
}

#[test]
fn too_much_memory_is_an_error_of_the_task() {
    for body in ["return len(bytearray(1 << 33))", "return sum(1 for _ in [0] * (1 << 31))"] {
        let error = error(body, LONG);
        assert!(
            matches!(&error, HookError::Failed { failure, .. } if failure.kind == "MemoryError"),
            "{body}: {error}"
        );
    }
}

#[test]
fn endless_recursion_is_an_error_of_the_task() {
    let body = "def g(n): return g(n + 1)\nreturn g(0)";
    let found = error(body, LONG);
    assert!(
        matches!(&found, HookError::Failed { failure, .. } if failure.kind == "RecursionError"),
        "{found}"
    );
    let body = "import json\nx = []\nfor _ in range(100000): x = [x]\nreturn x";
    assert_eq!(error(body, LONG).code(), "hook::failed");
}

#[test]
fn no_process_is_made() {
    for body in [
        "while True: os.fork()",
        "import subprocess; return subprocess.run(['/bin/true']).returncode",
        "os.system('true') and 1/0; return os.posix_spawn('/bin/true', ['true'], {})",
    ] {
        let error = error(body, LONG);
        assert!(
            matches!(&error, HookError::Failed { failure, .. } if matches!(failure.kind.as_str(), "PermissionError" | "ZeroDivisionError")),
            "{body}: {error}"
        );
    }
}

/// Root has no limit of the system's, so that a worker with small stacks once took every process number.
#[test]
fn threads_are_bounded_whoever_runs_it() {
    let body = "import threading, time\nthreading.stack_size(32768)\n\
        while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()";
    let error = error(body, LONG);
    assert!(error.to_string().contains("thread"), "{error}");
}

#[test]
fn nothing_outside_is_read_or_written() {
    let (folder, made) = outcome(
        "home = [path for path in ('/root', '/home', '/etc/passwd', '/srv', '/var', '/proc/1/root/root') if os.path.exists(path)]\n\
         failed = []\n\
         for path in (__file__, os.path.dirname(__file__) + '/new', '/new', '/usr/new', '/dev/shm/new', '/dev/new', '/tasks/new'):\n    \
         try: open(path, 'a').close()\n    \
         except OSError: failed.append(path)\n\
         open('/tmp/own', 'w').write('x')\n\
         return [home, len(failed), sorted(os.environ), len(os.listdir('/proc')) > 0, os.listdir('/tmp')]",
        LONG,
    );
    let value = made.unwrap();
    assert_eq!(value[0], json!([]));
    assert_eq!(value[1], json!(7));
    assert!(!value[2].as_array().unwrap().iter().any(|name| name == "CARGO_MANIFEST_DIR"), "{value}");
    assert_eq!(value[4], json!(["own"]));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["utils.py"]);
}

#[test]
fn files_and_the_temporary_folder_are_bounded() {
    let one =
        error("with open('/tmp/big', 'wb') as f:\n    for _ in range(64): f.write(b'x' * (1 << 20))", LONG);
    assert!(matches!(one.code(), "hook::failed" | "hook::ended"), "{one}");
    let many =
        error("for n in range(32):\n    with open(f'/tmp/{n}', 'wb') as f: f.write(b'x' * (8 << 20))", LONG);
    assert!(many.to_string().contains("No space left"), "{many}");
    assert!(
        error("held = [open('/tmp/x', 'w') for _ in range(1000)]", LONG)
            .to_string()
            .contains("Too many open files")
    );
}

#[test]
fn the_network_is_out_of_reach() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let error =
        error(&format!("import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=5)"), LONG);
    assert!(
        matches!(&error, HookError::Failed { failure, .. } if failure.kind.ends_with("Error")),
        "{error}"
    );
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

#[test]
fn a_worker_that_leaves_is_an_error_and_the_next_call_gets_another() {
    let folder = utils(
        "import os, signal, sys\ndef f(doc):\n    if doc['do'] == 'exit': os._exit(0)\n    \
         if doc['do'] == 'kill': os.kill(os.getpid(), signal.SIGKILL)\n    \
         if doc['do'] == 'sys': sys.exit()\n    \
         if doc['do'] == 'close': os.closerange(0, 64)\n    return doc['do']\n",
    );
    let hooks = start(&folder, &["f"], LONG).unwrap();
    let at = function(folder.path(), "f");
    for (what, code) in
        [("exit", "hook::ended"), ("kill", "hook::ended"), ("close", "hook::ended"), ("sys", "hook::failed")]
    {
        let error = hooks.map(&at, docs(&json!([{"do": what}])).iter()).unwrap_err();
        assert_eq!(error.code(), code, "{what}: {error}");
        assert_eq!(hooks.map(&at, docs(&json!([{"do": "work"}])).iter()).unwrap(), [json!("work")]);
    }
}

#[test]
fn a_worker_that_must_be_stopped_again_and_again_is_given_up() {
    let folder = utils("import os\ndef f(doc):\n    os._exit(0)\n");
    let hooks = start(&folder, &["f"], LONG).unwrap();
    let ask = || hooks.map(&function(folder.path(), "f"), docs(&json!([{}])).iter()).unwrap_err();
    let codes: Vec<&str> = (0..6).map(|_| ask().code()).collect();
    assert_eq!(codes, [["hook::ended"; 5].as_slice(), &["hook::given_up"]].concat());
    assert!(hooks.given_up().is_some_and(|error| error.to_string().contains("ended by itself")));
}

#[test]
fn a_forged_answer_is_found_out() {
    // Tries every descriptor: the one for answers is private, but no secret.
    let forge = |line: &str| {
        format!(
            "for fd in range(3, 64):\n    try: os.write(fd, {line})\n    except OSError: pass\nreturn 'real'"
        )
    };
    let alone = error(&forge(r#"b'{"nonce":"0","value":["forged"]}\n'"#), LONG);
    assert_eq!(alone.code(), "hook::protocol", "{alone}");
    assert_eq!(error(&forge(r"b'no json\n'"), LONG).code(), "hook::protocol");
    let folder = utils(
        "import os\ndef f(doc):\n    import threading, time\n    def later():\n        time.sleep(0.3)\n        \
         for fd in range(3, 64):\n            try: os.write(fd, b'{\"nonce\":\"0\",\"value\":[1]}\\n')\n            \
         except OSError: pass\n    threading.Thread(target=later, daemon=True).start()\n    return 1\n",
    );
    let hooks = start(&folder, &["f"], LONG).unwrap();
    let at = function(folder.path(), "f");
    let rows = docs(&json!([{}]));
    assert_eq!(hooks.map(&at, rows.iter()).unwrap(), [json!(1)]);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(hooks.map(&at, rows.iter()).unwrap_err().code(), "hook::protocol");
}

#[test]
fn floods_are_bounded() {
    let error_of = |body| error(body, Duration::from_secs(20));
    assert_eq!(error_of("return 'x' * (2 << 20)").code(), "hook::too_large");
    let endless = "while True:\n    for fd in range(3, 64):\n        try: os.write(fd, b'x' * 65536)\n        except OSError: pass";
    assert_eq!(error_of(endless).code(), "hook::too_large");
    let printed = "os.write(2, b'y' * 100000); print('z' * 100000); raise ValueError('w' * 100000)";
    assert!(error_of(printed).to_string().len() < 10_000);
}

#[test]
fn cpu_time_is_bounded_over_all_calls() {
    let folder = utils("def f(doc):\n    while True: pass\n");
    let limits = HookLimits { cpu_s: 1, ..HookLimits::default() };
    let at = function(folder.path(), "f");
    let hooks =
        Hooks::start(vec![at.clone()], None, &HookOptions { limits, ..HookOptions::default() }).unwrap();
    let error = hooks.map(&at, docs(&json!([{}])).iter()).unwrap_err();
    assert_eq!(error.code(), "hook::ended");
    assert!(error.to_string().contains("CPU time"), "{error}");
}

#[test]
fn a_home_is_not_shown_and_a_missing_python_is_named() {
    let folder = utils("def f(doc): return 1\n");
    fs::create_dir(folder.path().join(".ssh")).unwrap();
    let error = start(&folder, &["f"], LONG).unwrap_err();
    assert_eq!(error.code(), "hook::folder");
    assert!(error.to_string().contains("a folder of its own"), "{error}");
    let folder = utils("def f(doc): return 1\n");
    let options =
        HookOptions { python: Path::new("/usr/bin/python-none").to_path_buf(), ..HookOptions::default() };
    let error = Hooks::start(vec![function(folder.path(), "f")], None, &options).unwrap_err();
    assert_eq!(error.code(), "hook::sandbox_missing");
    assert!(error.to_string().contains("apt-get install bubblewrap"), "{error}");
    assert!(error.to_string().contains("--trust-hooks"), "{error}");
}
