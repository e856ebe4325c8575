//! `daepyo export`: the site's public pages as files for a plain web server.

use crate::args::Export;
use crate::settings::Settings;
use crate::show;
use daepyo_core::Date;
use daepyo_server::{ExportError, Settings as Site, export as write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};
use url::Url;

pub(crate) fn export(arguments: &Export, settings: &Settings) -> u8 {
    // What is exported has no store and is served by somebody else.
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let base = match base(arguments, settings) {
        Ok(base) => base,
        Err(said) => {
            show::line(&said);
            return 2;
        }
    };
    let mut site = Site::new(&arguments.data, nowhere, base);
    site.programme.clone_from(&arguments.programme);
    site.contact.clone_from(&arguments.contact);
    site.published.clone_from(&arguments.published);
    site.data_licence.clone_from(&arguments.data_licence);
    let today = arguments.day.map_or_else(today, Some);
    let Some(today) = today else { return 3 };
    match write(&site, today, &arguments.out) {
        Ok(done) => {
            let (pages, files) = (done.pages.to_string(), done.files.to_string());
            let out = arguments.out.display().to_string();
            let words = [("pages", pages.as_str()), ("files", &files), ("path", &out)];
            show::line(&show::say(settings, "site-export-done", &words));
            if done.not_yet > 0 {
                let not_yet = done.not_yet.to_string();
                show::line(&show::say(settings, "site-export-not-yet", &[("folders", &not_yet)]));
            }
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

/// Where the files will stand, or what is to be said of it.
fn base(arguments: &Export, settings: &Settings) -> Result<Url, String> {
    let text = match &arguments.base_url {
        Some(text) => text.as_str(),
        // No page names an address where there is neither a published folder nor a log of ballots.
        None if arguments.published.is_empty() && !arguments.data.join("log").exists() => "http://localhost/",
        None => return Err(show::say(settings, "site-export-no-base", &[])),
    };
    let wrong = |why: &str| {
        let said = [("option", "--base-url"), ("value", text), ("why", why)];
        show::plain(&show::say(settings, "site-serve-wrong", &said))
    };
    let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    let has_more = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
    if !is_web || has_more || url.password().is_some() {
        return Err(wrong(&show::say(settings, "site-export-base", &[])));
    }
    Ok(url)
}

/// The day in Korea.
fn today() -> Option<Date> {
    const KOREA_S: u64 = 9 * 3600;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let days = (since.as_secs() + KOREA_S) / 86_400;
    Some(Date::EPOCH.days_after(u32::try_from(days).ok()?))
}
