//! The same responses give the same bytes: with any number of threads, anywhere, in any locale, again and again.

use crate::figure;
use crate::line::{Line, assert_same, code, stderr};
use std::fs;

#[test]
fn threads_folder_locale_and_repetition_change_no_byte() {
    let repeats = figure::asked("DAEPYO_REPEATS", 3);
    let line = Line::new();
    line.finish("usual");
    let usual = line.published("usual");
    fs::create_dir_all(line.path("deep/er")).unwrap();
    let mut runs = 0;
    for repeat in 0..repeats {
        for threads in ["1", "2"] {
            let out = format!("out-{repeat}-{threads}");
            let mut command = line.stage("first", &out);
            command.env("RAYON_NUM_THREADS", threads).env("TOKIO_WORKER_THREADS", threads);
            let elsewhere = line.path("deep/er");
            match repeat % 3 {
                0 => {}
                1 => {
                    // Another folder, language and time zone.
                    command = line.daepyo(&[
                        "run",
                        "../../programme.toml",
                        "--stage",
                        "first",
                        "--out",
                        &format!("../../{out}"),
                        "--key",
                        "../../key",
                    ]);
                    command.current_dir(&elsewhere).env("RAYON_NUM_THREADS", threads);
                    command.env("LC_ALL", "ko_KR.UTF-8").env("LANG", "ko_KR.UTF-8").env("TZ", "Asia/Seoul");
                }
                _ => {
                    let path = |name: &str| line.path(name).display().to_string();
                    let (programme, folder, key) = (path("programme.toml"), path(&out), path("key"));
                    let words = [
                        "run",
                        &programme,
                        "--stage",
                        "first",
                        "--out",
                        &folder,
                        "--key",
                        &key,
                        "--threads",
                        "1",
                    ];
                    command = line.daepyo(&words);
                    command.current_dir("/").env("RAYON_NUM_THREADS", threads);
                    command.env("LC_ALL", "tr_TR.ISO-8859-9").env("TZ", "Pacific/Apia");
                }
            }
            let output = command.output().unwrap();
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            assert_same(&line.published(&out), &usual);
            runs += 1;
        }
    }
    figure::tell(&format!(
        "{runs} runs with 1 and 2 threads, in three working directories, languages and time zones: all {} published \
         files are the same to the byte",
        usual.len()
    ));
}

#[test]
fn a_finished_stage_run_again_changes_nothing() {
    let line = Line::new();
    let first = line.finish("out");
    let before = line.published("out");
    let again = line.finish("out");
    assert_eq!(again.stdout, first.stdout);
    assert_same(&line.published("out"), &before);
}
