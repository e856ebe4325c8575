//! `daepyo export`: the site's public pages as files for a plain web server.

use crate::args::Export;
use crate::settings::Settings;
use crate::show;
use daepyo_core::Date;
use daepyo_server::{ExportError, Settings as Site, export as write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn export(arguments: &Export, settings: &Settings) -> u8 {
    // What is exported has neither an address nor a store.
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let Ok(base) = "http://localhost/".parse() else { return 3 };
    let mut site = Site::new(&arguments.out, nowhere, base);
    site.programme.clone_from(&arguments.programme);
    site.contact.clone_from(&arguments.contact);
    site.published.clone_from(&arguments.published);
    let today = arguments.day.map_or_else(today, Some);
    let Some(today) = today else { return 3 };
    match write(&site, today, &arguments.out) {
        Ok(done) => {
            let (pages, files) = (done.pages.to_string(), done.files.to_string());
            let out = arguments.out.display().to_string();
            let words = [("pages", pages.as_str()), ("files", &files), ("path", &out)];
            show::line(&show::say(settings, "site-export-done", &words));
            if done.broken > 0 {
                let broken = done.broken.to_string();
                show::line(&show::say(settings, "site-export-broken", &[("broken", &broken)]));
                return 4;
            }
            0
        }
        Err(error) => {
            show::error_with_help(&error, settings);
            match error {
                ExportError::Programme(_) | ExportError::NotEmpty { .. } => 2,
                ExportError::Changed { .. } => 4,
                ExportError::File { .. } => 3,
            }
        }
    }
}

/// The day in Korea.
fn today() -> Option<Date> {
    const KOREA_S: u64 = 9 * 3600;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let days = (since.as_secs() + KOREA_S) / 86_400;
    Some(Date::EPOCH.days_after(u32::try_from(days).ok()?))
}
