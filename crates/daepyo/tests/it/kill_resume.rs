//! SIGKILL at any instant loses nothing that was stored, asks for nothing that was stored, and changes no byte.

use crate::draw::Draw;
use crate::figure;
use crate::line::{Line, MEASURED, assert_same, copy};
use crate::servers::{Servers, slow};
use daepyo_core::{Digest, Observation};
use daepyo_evidence::LogReader;
use daepyo_stage::{ProgrammeFile, Record};
use daepyo_store::Store;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

/// Where the next kill is aimed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Start,
    Seal,
    Probe,
    Measure,
    Append,
    Decide,
    Publish,
    End,
}

/// One folder's kills, so that each later run is hit later.
const TARGETS: [Target; 14] = [
    Target::Start,
    Target::Seal,
    Target::Probe,
    Target::Measure,
    Target::Measure,
    Target::Measure,
    Target::Measure,
    Target::Append,
    Target::Append,
    Target::Decide,
    Target::Decide,
    Target::Publish,
    Target::Publish,
    Target::End,
];

/// Where a kill was found to have hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    BeforeSeal,
    Sealing,
    Probing,
    Measuring,
    Recording,
    Deciding,
    Publishing,
    Finished,
}

/// Requests of each candidate that is behind a server: digest to what the server sees as the prompt.
type Prompts = BTreeMap<String, BTreeMap<Digest, String>>;

/// Request digests of each candidate whose responses are stored.
type Stored = BTreeMap<String, BTreeSet<Digest>>;

#[derive(Default)]
struct Tally {
    kills: u64,
    folders: u64,
    phases: BTreeMap<Phase, u64>,
    appending: u64,
    lost_in_flight: u64,
}

#[test]
fn kill_at_any_instant_loses_and_repeats_nothing() {
    let wanted = figure::asked("DAEPYO_KILLS", 14);
    let served = ["garam", "narae", "mundi"];
    let servers = Servers::start(&served, &|_| slow());
    let line = Line::served(&servers, "concurrency = 4");
    line.finish("whole");
    let whole = line.published("whole");
    let scene =
        Scene { prompts: prompts(&line, &served), entries: entries(&line.path("whole")), line, servers };

    let mut draw = Draw::new(figure::asked("DAEPYO_SEED", 1));
    let mut tally = Tally::default();
    while tally.kills < wanted {
        let out = format!("out-{}", tally.folders);
        scene.until_finished(&out, wanted, &mut draw, &mut tally);
        assert_same(&scene.line.published(&out), &whole);
        scene.line.verifies(&out);
        tally.folders += 1;
    }
    let sent = scene.servers.count();
    let phases: Vec<_> = tally.phases.iter().map(|(phase, count)| format!("{phase:?} {count}")).collect();
    figure::tell(&format!(
        "{} kills over {} stages ({}; {} in the middle of an append to the log); every published folder is the same to \
         the byte as that of an uninterrupted run; of {sent} requests none was sent again after its response was \
         stored ({} were lost in flight and sent again)",
        tally.kills,
        tally.folders,
        phases.join(", "),
        tally.appending,
        tally.lost_in_flight,
    ));
    let hit = |phase| tally.phases.contains_key(&phase);
    assert!(hit(Phase::Measuring) && (hit(Phase::Deciding) || hit(Phase::Publishing)), "{phases:?}");
}

struct Scene {
    line: Line,
    servers: Servers,
    prompts: Prompts,
    /// Entries of a finished log.
    entries: u64,
}

impl Scene {
    /// Runs the stage into `out`, killed again and again, until it ends by itself.
    fn until_finished(&self, out: &str, wanted: u64, draw: &mut Draw, tally: &mut Tally) {
        let mut targets = TARGETS.into_iter();
        let mut stored = Stored::new();
        let first = self.arrived();
        loop {
            let before = self.arrived();
            let target = targets.next().filter(|_| tally.kills < wanted);
            let mut child = self.line.stage("first", out);
            let mut child = child
                .stdout(Stdio::null())
                .stderr(fs::File::create(self.line.path("stderr")).unwrap())
                .spawn()
                .unwrap();
            if let Some(target) = target {
                self.await_target(target, out, &mut child, draw);
                // It may have ended in the meantime.
                let _ = child.kill();
            }
            let status = child.wait().unwrap();
            self.assert_none_repeated(&stored, &before);
            if status.signal() != Some(9) {
                assert_eq!(status.code(), Some(0), "{}", self.line.read("stderr"));
                tally.lost_in_flight += self.repeated(&first);
                return;
            }
            tally.kills += 1;
            *tally.phases.entry(self.phase(out)).or_default() += 1;
            tally.appending += u64::from(self.line.path(out).join("log/.tmp").exists());
            let now = self.stored(out);
            for (name, before) in &stored {
                assert!(before.is_subset(&now[name]), "responses of {name} were lost");
            }
            stored = now;
        }
    }

    /// Waits for the place in the run that is aimed at, and for a random time more.
    fn await_target(&self, target: Target, out: &str, child: &mut Child, draw: &mut Draw) {
        let out = self.line.path(out);
        let checkpoint = |size: u64| out.join(format!("log/checkpoints/{size}")).exists();
        let arrived = self.servers.count() + usize::try_from(5 + draw.up_to(60)).unwrap();
        let is_there = || match target {
            Target::Start => true,
            Target::Seal => out.join("rules.json").exists(),
            Target::Probe => checkpoint(1),
            Target::Measure => self.servers.count() >= arrived,
            Target::Append => checkpoint(1 + MEASURED.len() as u64) && out.join("log/.tmp").exists(),
            Target::Decide => checkpoint(self.entries - 2),
            Target::Publish => checkpoint(self.entries - 1),
            Target::End => out.join("manifest.json").exists(),
        };
        let most_ms = match target {
            Target::Start | Target::Seal => 20,
            Target::Probe => 60,
            Target::Measure => 250,
            Target::Append => 8,
            Target::Decide | Target::Publish => 40,
            Target::End => 10,
        };
        while !is_there() && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(200));
        }
        std::thread::sleep(Duration::from_micros(draw.up_to(most_ms * 1000)));
    }

    fn arrived(&self) -> BTreeMap<&str, usize> {
        self.servers.names().map(|name| (name, self.servers.arrivals(name).len())).collect()
    }

    /// Of all that arrived since `before`, nothing had a stored response when the run began.
    fn assert_none_repeated(&self, stored: &Stored, before: &BTreeMap<&str, usize>) {
        for (name, prompts) in &self.prompts {
            let arrivals = self.servers.arrivals(name);
            let new = arrivals[before[name.as_str()]..].iter();
            let new: BTreeSet<_> = new.map(|arrival| arrival.prompt.as_str()).collect();
            for request in stored.get(name).into_iter().flatten() {
                let prompt = prompts[request].as_str();
                assert!(
                    !new.contains(prompt),
                    "sent to {name} again, though its response was stored: {prompt}"
                );
            }
        }
    }

    /// How many requests since `before` had come before within the same folder.
    fn repeated(&self, before: &BTreeMap<&str, usize>) -> u64 {
        let mut repeated = 0;
        for (name, prompts) in &self.prompts {
            let known: BTreeSet<_> = prompts.values().map(String::as_str).collect();
            let arrivals = self.servers.arrivals(name);
            let mut seen = BTreeSet::new();
            for arrival in &arrivals[before[name.as_str()]..] {
                let prompt = arrival.prompt.as_str();
                // Probes of what a server can do are asked by every run.
                repeated += u64::from(known.contains(prompt) && !seen.insert(prompt));
            }
        }
        repeated
    }

    /// What the store in `out` holds; read from a copy, so that looking at it heals nothing.
    fn stored(&self, out: &str) -> Stored {
        let copied = tempfile::tempdir().unwrap();
        let work = self.line.path(out).join(".work");
        if work.exists() {
            copy(&work, copied.path());
        }
        let file = ProgrammeFile::read(&self.line.path("programme.toml")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let read = async {
            let store = Store::open(&copied.path().join("run.sqlite")).await.unwrap();
            let mut stored = Stored::new();
            for name in self.prompts.keys() {
                let id = daepyo_core::CandidateId::new(name).unwrap();
                let digest = file.parsed.programme.submission(&id).unwrap().digest;
                stored.insert(name.clone(), store.answers(digest).await.unwrap().into_keys().collect());
            }
            store.close().await;
            stored
        };
        runtime.block_on(read)
    }

    fn phase(&self, out: &str) -> Phase {
        let out = self.line.path(out);
        let size = LogReader::open(&out.join("log")).map_or(0, |log| log.len());
        let measured = 1 + MEASURED.len() as u64;
        if size == 0 {
            return if out.join("rules.json").exists() { Phase::Sealing } else { Phase::BeforeSeal };
        }
        match self.entries - size {
            0 => Phase::Finished,
            1 => Phase::Publishing,
            2 => Phase::Deciding,
            _ if size < measured => Phase::Probing,
            _ if out.join("log/.tmp").exists() => Phase::Recording,
            _ => Phase::Measuring,
        }
    }
}

fn entries(out: &Path) -> u64 {
    LogReader::open(&out.join("log")).unwrap().len()
}

/// What each request of an uninterrupted run looks like to its server: from the log the digests, from lm-eval's layout
/// the texts.
fn prompts(line: &Line, served: &[&str]) -> Prompts {
    let out = line.path("whole");
    let log = LogReader::open(&out.join("log")).unwrap();
    let mut texts = BTreeMap::new();
    for name in served {
        for entry in fs::read_dir(out.join("lm-eval").join(name)).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            let Some(rest) = file.strip_prefix("samples_") else { continue };
            let task = rest.split_once("_2026-").unwrap().0.to_owned();
            for line in fs::read_to_string(&path).unwrap().lines() {
                let sample: Value = serde_json::from_str(line).unwrap();
                let document = sample["doc_id"].as_u64().unwrap();
                texts.insert(((*name).to_owned(), task.clone(), document), sample["arguments"].clone());
            }
        }
    }
    let mut found = Prompts::new();
    for entry in log.entries(0..log.len()) {
        let Some(Record::Observation(observation)) = Record::parse(&entry.unwrap()) else { continue };
        let Observation::Sample(sample) = *observation else { continue };
        let key = (sample.candidate.to_string(), sample.task.to_string(), sample.document);
        let Some(arguments) = texts.get(&key) else { continue };
        for (place, request) in sample.requests.iter().enumerate() {
            let arguments = &arguments[format!("gen_args_{place}")];
            let continuation = arguments["arg_1"].as_str().unwrap_or_default();
            let prompt = format!("{}{continuation}", arguments["arg_0"].as_str().unwrap());
            found.entry(key.0.clone()).or_default().insert(*request, prompt);
        }
    }
    for name in served {
        let prompts: BTreeSet<_> = found[*name].values().collect();
        assert_eq!((found[*name].len(), prompts.len()), (100, 100), "each request has a prompt of its own");
    }
    found
}
