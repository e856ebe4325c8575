//! A PostgreSQL server of one's own for tests and benchmarks: Debian's binaries in a temporary folder, on a Unix socket.
//!
//! It writes as durably as a real one (`fsync` stays on), listens on no port, and ends with whoever started it: a shell
//! beside it waits for the end of a pipe that the starting process holds, however that one ends.

use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use std::fs::Permissions;
use std::io::{Error, Result};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::Duration;
use tempfile::TempDir;

/// Where Debian puts PostgreSQL, one folder a version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// How it is installed.
const INSTALL: &str =
    "PostgreSQL's server is missing; run `sudo apt-get install -y --no-install-recommends postgresql`";

/// The user of the database, and the password: whoever reads this file is on the same machine anyway.
const USER: &str = "daepyo";
const PASSWORD: &str = "only/for?tests";

/// Starts the server, waits for the pipe's end, and ends it by its number. INT: clients are thrown out, files are left in
/// order.
const KEEPER: &str =
    r#""$0" "$@" & server=$!; read -r line; kill -s INT "$server" 2>/dev/null; wait "$server""#;

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    /// The user and group to run as, where this process is root's: PostgreSQL refuses to be.
    owner: Option<(u32, u32)>,
    keeper: Option<Child>,
}

impl PostgresServer {
    /// Starts a server with an empty cluster and waits until it answers. Fails with the line to install it where it is
    /// missing.
    pub async fn start() -> Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("daepyo-pg-").tempdir()?;
        let owner = owner()?;
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700))?;
        std::fs::write(folder.path().join("password"), PASSWORD)?;
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group))?;
            chown(folder.path().join("password"), Some(user), Some(group))?;
        }
        let mut server = Self { folder, programs, owner, keeper: None };
        let mut init = server.command("initdb");
        init.args(["--username", USER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"]);
        init.arg("--pwfile").arg(server.folder.path().join("password"));
        init.arg("--pgdata").arg(server.data());
        let output = init.stdin(Stdio::null()).output()?;
        if !output.status.success() {
            return Err(Error::other(format!("initdb: {}", String::from_utf8_lossy(&output.stderr))));
        }
        server.run().await?;
        Ok(server)
    }

    /// The address of a database with this name, which is made where it does not exist.
    pub async fn database(&self, name: &str) -> Result<String> {
        let mut link = self.options("postgres")?.connect().await.map_err(Error::other)?;
        let sql = format!("CREATE DATABASE \"{}\"", name.replace('"', ""));
        if let Err(error) = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut link).await
            && error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref()
                != Some("42P04")
        {
            return Err(Error::other(error));
        }
        link.close().await.map_err(Error::other)?;
        Ok(self.address(name))
    }

    /// The password that is in the addresses, as they write it; for tests that nothing shows it.
    pub fn password() -> &'static str {
        PASSWORD
    }

    /// The server's version, as its programs' folder has it.
    pub fn version(&self) -> String {
        let folder = self.programs.parent().and_then(Path::file_name);
        folder.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Ends the server as a power cut would as far as a process can (SIGQUIT: nothing is written any more) and starts it
    /// again on the same files.
    pub async fn crash(&mut self) -> Result<()> {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        let number = file.lines().next().unwrap_or_default().to_owned();
        Command::new("kill").args(["-s", "QUIT", &number]).status()?;
        while Path::new("/proc").join(&number).exists() && !is_defunct(&number) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.stop();
        self.run().await
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn address(&self, database: &str) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        let password = PASSWORD.replace('/', "%2F").replace('?', "%3F");
        format!("postgres://{USER}:{password}@{folder}/{database}?sslmode=disable")
    }

    fn options(&self, database: &str) -> Result<sqlx::postgres::PgConnectOptions> {
        sqlx::postgres::PgConnectOptions::from_str(&self.address(database)).map_err(Error::other)
    }

    /// A program of PostgreSQL's, as the user that it may run as.
    fn command(&self, program: &str) -> Command {
        self.as_owner(Command::new(self.programs.join(program)))
    }

    fn as_owner(&self, mut command: Command) -> Command {
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        // The working folder may be closed to that user.
        command.current_dir(self.folder.path());
        command
    }

    async fn run(&mut self) -> Result<()> {
        let log = self.folder.path().join("log");
        let log_file = std::fs::File::options().create(true).append(true).open(&log)?;
        let mut keeper = self.as_owner(Command::new("/bin/sh"));
        keeper.arg("-c").arg(KEEPER).arg(self.programs.join("postgres")).arg("-D").arg(self.data());
        keeper.arg("-k").arg(self.folder.path());
        for setting in ["listen_addresses=", "max_connections=300", "log_min_messages=fatal"] {
            keeper.args(["-c", setting]);
        }
        keeper.stdin(Stdio::piped()).stdout(log_file.try_clone()?).stderr(log_file);
        self.keeper = Some(keeper.spawn()?);
        let options = self.options("postgres")?;
        let mut last = String::new();
        for _ in 0..600 {
            match options.connect().await {
                Ok(link) => return link.close().await.map_err(Error::other),
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(log).unwrap_or_default();
        Err(Error::other(format!("PostgreSQL does not answer: {last}\n{log}")))
    }

    fn stop(&mut self) {
        let Some(mut keeper) = self.keeper.take() else { return };
        // The keeper reads the end of this pipe and ends the server.
        drop(keeper.stdin.take());
        drop(keeper.wait());
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The folder of the newest version's programs.
fn programs() -> Result<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).map_err(|_| Error::other(INSTALL))?;
    let mut found = Vec::new();
    for version in versions {
        let path = version?.path();
        let number = path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
        let programs = path.join("bin");
        if let Some(number) = number.filter(|_| programs.join("initdb").exists()) {
            found.push((number, programs));
        }
    }
    found.into_iter().max().map(|(_, programs)| programs).ok_or_else(|| Error::other(INSTALL))
}

/// Debian's user of PostgreSQL and its group, where this process is root's.
fn owner() -> Result<Option<(u32, u32)>> {
    let own = Command::new("id").arg("-u").output()?;
    if own.stdout.trim_ascii() != b"0" {
        return Ok(None);
    }
    let number = |what: &str| {
        let output = Command::new("id").args([what, "postgres"]).output()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        text.parse()
            .map_err(|_| Error::other("there is no user `postgres`, as whom root could run PostgreSQL"))
    };
    Ok(Some((number("-u")?, number("-g")?)))
}

/// Whether a process has ended and only waits for its parent to ask.
fn is_defunct(number: &str) -> bool {
    let status = std::fs::read_to_string(Path::new("/proc").join(number).join("stat"));
    status.is_ok_and(|status| status.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
}
