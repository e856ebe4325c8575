//! `daepyo key`: keys that sign logs.

use crate::args::{Key, KeyCommand};
use crate::settings::Settings;
use crate::show;
use daepyo_evidence::SigningKey;
use std::path::{Path, PathBuf};

pub(crate) fn key(arguments: &Key, settings: &Settings) -> u8 {
    match &arguments.command {
        KeyCommand::New { name, out } => match make(name, out) {
            Ok(key) => {
                show::out(key.verifier().as_text());
                show::line(&show::say(settings, "key-made", &[("path", &out.display().to_string())]));
                0
            }
            Err(error) => failed(&error, settings),
        },
        KeyCommand::Show { key } => match SigningKey::read(key) {
            Ok(key) => {
                show::out(key.verifier().as_text());
                0
            }
            Err(error) => failed(&error, settings),
        },
    }
}

fn failed(error: &daepyo_evidence::KeyError, settings: &Settings) -> u8 {
    show::error(error, settings);
    3
}

fn make(name: &str, path: &Path) -> Result<SigningKey, daepyo_evidence::KeyError> {
    let mut key = SigningKey::generate(name)?;
    key.write_new(path)?;
    Ok(key)
}

/// The key that signs: the one given, the environment's, or this person's own, made at first use. Shows what is wrong
/// and gives the exit code where there is none.
pub(crate) fn signing_key(given: Option<&Path>, out: &Path, settings: &Settings) -> Result<SigningKey, u8> {
    let own = settings.own_key.as_deref();
    let path = given.or(settings.key.as_deref()).or(own).ok_or_else(|| {
        show::line(&show::say(settings, "key-none", &[]));
        3
    })?;
    if real(path).starts_with(real(out)) {
        show::line(&show::say(settings, "key-in-log", &[("path", &path.display().to_string())]));
        return Err(2);
    }
    if !path.exists() && Some(path) == own {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| {
                show::error(&error, settings);
                3
            })?;
        }
        let made = make("daepyo.local", path).map_err(|error| failed(&error, settings))?;
        show::line(&show::say(settings, "key-made", &[("path", &path.display().to_string())]));
        return Ok(made);
    }
    SigningKey::read(path).map_err(|error| failed(&error, settings))
}

/// The path without links and `..`, of which the last parts need not exist yet.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut ahead = path.ancestors();
    let found = ahead.find_map(|there| Some((there, there.canonicalize().ok()?)));
    match found {
        Some((there, real)) => path.strip_prefix(there).map_or_else(|_| real.clone(), |rest| real.join(rest)),
        None => path,
    }
}
