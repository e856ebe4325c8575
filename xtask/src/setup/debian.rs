//! The Debian packages that the build needs: asked for first, installed only where they are missing.

use crate::failure::Failure;
use crate::process;
use crate::settings::Settings;

/// A package, and a program that shows on other systems that it is there.
struct Package {
    name: &'static str,
    program: Option<&'static str>,
}

/// llama.cpp is built with cmake and g++ and uses OpenMP; its bindings are made with libclang. Tasks' own Python is run
/// by the system's Python in bubblewrap. The site's store is tested against a PostgreSQL that the tests start themselves;
/// Debian's package keeps its programs off the path, and the cluster that it makes is not used.
const PACKAGES: [Package; 10] = [
    Package { name: "cmake", program: Some("cmake") },
    Package { name: "clang", program: Some("clang") },
    Package { name: "libclang-dev", program: None },
    Package { name: "g++", program: Some("g++") },
    Package { name: "make", program: Some("make") },
    Package { name: "pkg-config", program: Some("pkg-config") },
    Package { name: "libgomp1", program: None },
    Package { name: "bubblewrap", program: Some("bwrap") },
    Package { name: "python3", program: Some("/usr/bin/python3") },
    Package { name: "postgresql", program: None },
];

/// What builds for 64-bit ARM on another machine, and runs the result there.
const ARM_PACKAGES: [Package; 4] = [
    Package { name: "gcc-aarch64-linux-gnu", program: Some("aarch64-linux-gnu-gcc") },
    Package { name: "g++-aarch64-linux-gnu", program: Some("aarch64-linux-gnu-g++") },
    Package { name: "libc6-dev-arm64-cross", program: None },
    Package { name: "qemu-user-static", program: Some("qemu-aarch64-static") },
];

/// A browser and its driver, and fonts for Korean.
const BROWSER_PACKAGES: [Package; 3] = [
    Package { name: "chromium", program: Some("chromium") },
    Package { name: "chromium-driver", program: Some("chromedriver") },
    Package { name: "fonts-noto-cjk", program: None },
];

/// Installs what the build lacks, or fails with the line that would.
pub(crate) fn provide(settings: &Settings) -> Result<(), Failure> {
    let is_debian = is_debian(settings);
    let mut missing = missing(settings, &PACKAGES, is_debian);
    if !process::succeeds(&mut process::command(settings, "python3", &["-m", "pip", "--version"])) {
        missing.push("python3-pip");
    }
    install(settings, &missing)
}

/// Installs what a build for 64-bit ARM lacks, or fails with the line that would.
pub(crate) fn provide_arm(settings: &Settings) -> Result<(), Failure> {
    let is_debian = is_debian(settings);
    install(settings, &missing(settings, &ARM_PACKAGES, is_debian))
}

/// Installs what walks the site, or fails with the line that would.
pub(crate) fn provide_browser(settings: &Settings) -> Result<(), Failure> {
    let is_debian = is_debian(settings);
    let mut missing = missing(settings, &BROWSER_PACKAGES, is_debian);
    // Node's own packages bring npm with them and are called otherwise.
    if !process::succeeds(&mut process::command(settings, "npm", &["--version"])) {
        missing.push("npm");
    }
    install(settings, &missing)
}

fn is_debian(settings: &Settings) -> bool {
    process::succeeds(&mut process::command(settings, "dpkg-query", &["--version"]))
}

fn missing(settings: &Settings, packages: &[Package], is_debian: bool) -> Vec<&'static str> {
    packages
        .iter()
        .filter(|package| !is_there(settings, package, is_debian))
        .map(|package| package.name)
        .collect()
}

/// Installs packages, if there are any to install, or fails with the line that would.
pub(crate) fn install(settings: &Settings, missing: &[&str]) -> Result<(), Failure> {
    if missing.is_empty() {
        return Ok(());
    }
    let is_debian = is_debian(settings);
    let install = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    let by_hand = |why: &str| {
        Failure::Environment(format!(
            "{why}; run this and try again:\n  sudo apt-get update && sudo {install}"
        ))
    };
    if !is_debian {
        let names = missing.join(", ");
        return Err(Failure::Environment(format!(
            "missing (by their Debian names): {names}; please install them"
        )));
    }
    let sudo: &[&str] = if is_root(settings) {
        &[]
    } else if process::succeeds(&mut process::command(settings, "sudo", &["-n", "true"])) {
        &["sudo", "-n"]
    } else {
        return Err(by_hand("Debian packages are missing, and only root may install them"));
    };
    eprintln!("missing Debian packages: {}", missing.join(" "));
    let get = |arguments: &[&str]| {
        let line = [sudo, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
        let (program, rest) =
            line.split_first().map_or(("apt-get", &[] as &[&str]), |(first, rest)| (*first, rest));
        process::run(&mut process::command(settings, program, rest))
    };
    // An old package list may still do; the installation itself tells.
    let _ = get(&["update", "-qq"]);
    let install = [&["install", "-y", "-qq", "--no-install-recommends"], missing].concat();
    get(&install).map_err(|_| by_hand("the missing Debian packages could not be installed"))
}

fn is_there(settings: &Settings, package: &Package, is_debian: bool) -> bool {
    if is_debian {
        let mut query = process::command(settings, "dpkg-query", &["-W", "-f=${Status}", package.name]);
        query.stderr(std::process::Stdio::null());
        return query.output().is_ok_and(|output| output.stdout.ends_with(b"ok installed"));
    }
    // Elsewhere a library can't be asked for by its Debian name; the build says where it is missing.
    package
        .program
        .is_none_or(|program| process::succeeds(&mut process::command(settings, program, &["--version"])))
}

fn is_root(settings: &Settings) -> bool {
    process::capture(&mut process::command(settings, "id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}
