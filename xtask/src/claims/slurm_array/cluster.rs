//! A real Slurm of one node on loopback, with its own key, ports and folder; all of it ends with the measurement.

use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;
use crate::setup;
use std::fs::{self, File};
use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The programs, and the Debian packages that hold them.
const PROGRAMS: [&str; 6] = ["munged", "slurmctld", "slurmd", "sbatch", "scontrol", "sinfo"];
const PACKAGES: [&str; 2] = ["munge", "slurm-wlm"];

/// Daemons lie where a person's search path may not lead.
const FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

/// The daemons are up within this time, or never.
const START: Duration = Duration::from_secs(90);

/// Brings in what is missing, or fails with the line that would.
pub(super) fn provide(settings: &Settings) -> Result<(), Failure> {
    if PROGRAMS.iter().all(|name| found(name).is_some()) {
        return Ok(());
    }
    setup::install(settings, &PACKAGES)?;
    let missing: Vec<_> = PROGRAMS.into_iter().filter(|name| found(name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::Environment(format!("{} are in none of {}", missing.join(", "), FOLDERS.join(", "))))
}

fn found(name: &str) -> Option<PathBuf> {
    FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
}

/// The running daemons.
pub(super) struct Cluster<'a> {
    settings: &'a Settings,
    folder: PathBuf,
    /// In the order in which they end.
    daemons: Vec<Child>,
}

impl<'a> Cluster<'a> {
    /// Starts everything in `folder` and waits until the node takes jobs.
    pub(super) fn start(settings: &'a Settings, folder: &Path) -> Result<Self, Failure> {
        for name in ["state", "spool"] {
            let path = folder.join(name);
            fs::create_dir_all(&path).map_err(Failure::io("make", &path))?;
        }
        let path = folder.join("slurm.conf");
        fs::write(&path, configuration(settings, folder)?).map_err(Failure::io("write", &path))?;
        let mut cluster = Self { settings, folder: folder.to_owned(), daemons: Vec::new() };
        key(&folder.join("munge.key"))?;
        let named = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
        let words = [
            "--foreground".to_owned(),
            "--force".to_owned(),
            named("key-file", "munge.key"),
            named("socket", "munge.socket"),
            named("pid-file", "munge.pid"),
            named("log-file", "munge.log"),
            named("seed-file", "munge.seed"),
        ];
        cluster.daemon("munged", &words.each_ref().map(String::as_str))?;
        let socket = folder.join("munge.socket");
        cluster.until("munged listens", || Ok(socket.exists()))?;
        cluster.daemon("slurmctld", &["-D", "-i"])?;
        cluster.daemon("slurmd", &["-D", "-N", "node"])?;
        let idle = || {
            let mut sinfo = cluster.command("sinfo", &["--noheader", "--format=%T"]);
            let output = sinfo.stderr(Stdio::null()).output().map_err(Failure::io("run", &cluster.folder))?;
            Ok(String::from_utf8_lossy(&output.stdout).trim() == "idle")
        };
        cluster.until("the node takes jobs", idle)?;
        Ok(cluster)
    }

    /// One of Slurm's commands, for this cluster.
    pub(super) fn command(&self, name: &str, words: &[&str]) -> Command {
        let program = found(name).unwrap_or_else(|| name.into());
        let mut command = process::command(self.settings, &program.to_string_lossy(), words);
        command.env("SLURM_CONF", self.folder.join("slurm.conf"));
        command
    }

    /// The states of a job's tasks, as Slurm names them.
    pub(super) fn states(&self, job: &str) -> Result<String, Failure> {
        let shown = process::capture(&mut self.command("scontrol", &["--oneliner", "show", "job", job]))?;
        let states = shown.split_whitespace().filter_map(|word| word.strip_prefix("JobState="));
        Ok(states.collect::<Vec<_>>().join(" "))
    }

    /// Slurm's name and version.
    pub(super) fn version(&self) -> Result<String, Failure> {
        Ok(process::capture(&mut self.command("sbatch", &["--version"]))?.trim().to_owned())
    }

    fn daemon(&mut self, name: &str, words: &[&str]) -> Result<(), Failure> {
        let log = self.folder.join(format!("{name}.out"));
        let file = File::create(&log).map_err(Failure::io("write", &log))?;
        let errors = file.try_clone().map_err(Failure::io("write", &log))?;
        let mut command = self.command(name, words);
        command.current_dir(&self.folder).stdin(Stdio::null()).stdout(file).stderr(errors);
        let child = command.spawn().map_err(|error| {
            Failure::Environment(format!("cannot run `{}`: {error}", process::shown(&command)))
        })?;
        self.daemons.insert(0, child);
        Ok(())
    }

    fn until(&self, what: &str, is_there: impl Fn() -> Result<bool, Failure>) -> Result<(), Failure> {
        let begun = Instant::now();
        while !is_there()? {
            if begun.elapsed() > START {
                let logs = self.folder.display();
                return Err(Failure::Environment(format!("Slurm does not start: {what}? See {logs}")));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}

impl Drop for Cluster<'_> {
    fn drop(&mut self) {
        for child in &mut self.daemons {
            // Asked first: a daemon that is killed leaves what it started.
            let id = child.id().to_string();
            process::succeeds(&mut process::command(self.settings, "kill", &["-TERM", &id]));
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(10) && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(50));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A key that nobody else can read.
fn key(path: &Path) -> Result<(), Failure> {
    let mut bytes = [0_u8; 1024];
    let random = Path::new("/dev/urandom");
    File::open(random)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(Failure::io("read", random))?;
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o400).open(path);
    file.and_then(|mut file| std::io::Write::write_all(&mut file, &bytes)).map_err(Failure::io("write", path))
}

/// A Slurm that needs no service manager, no control groups and no database.
fn configuration(settings: &Settings, folder: &Path) -> Result<String, Failure> {
    let said = |program: &str, words: &[&str]| {
        let said = process::capture(&mut process::command(settings, program, words))?;
        Ok::<_, Failure>(said.trim().to_owned())
    };
    let (host, user) = (said("uname", &["-n"])?, said("id", &["-un"])?);
    // Both at once, so that they differ.
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Failure::io("listen for", folder));
    let (one, other) = (listen()?, listen()?);
    let port = |listener: &TcpListener| listener.local_addr().map(|address| address.port());
    let (controller, node) = (port(&one), port(&other));
    let controller = controller.map_err(Failure::io("listen for", folder))?;
    let node = node.map_err(Failure::io("listen for", folder))?;
    let at = folder.display();
    Ok(format!(
        "ClusterName=daepyo\n\
         SlurmctldHost={host}(127.0.0.1)\n\
         SlurmctldPort={controller}\n\
         SlurmUser={user}\n\
         SlurmdUser={user}\n\
         AuthType=auth/munge\n\
         AuthInfo=socket={at}/munge.socket\n\
         CredType=cred/munge\n\
         StateSaveLocation={at}/state\n\
         SlurmdSpoolDir={at}/spool\n\
         SlurmctldPidFile={at}/slurmctld.pid\n\
         SlurmdPidFile={at}/slurmd.pid\n\
         SlurmctldLogFile={at}/slurmctld.log\n\
         SlurmdLogFile={at}/slurmd.log\n\
         ProctrackType=proctrack/linuxproc\n\
         TaskPlugin=task/none\n\
         SwitchType=switch/none\n\
         MpiDefault=none\n\
         SelectType=select/cons_tres\n\
         SelectTypeParameters=CR_CPU\n\
         SlurmdParameters=config_overrides\n\
         JobAcctGatherType=jobacct_gather/none\n\
         AccountingStorageType=accounting_storage/none\n\
         ReturnToService=2\n\
         NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 Port={node} CPUs=3 State=UNKNOWN\n\
         PartitionName=all Nodes=node Default=YES MaxTime=30 State=UP\n"
    ))
}
