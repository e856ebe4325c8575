//! `daepyo report`: the report of a published folder, drawn again.

use crate::args::Report;
use crate::settings::Settings;
use crate::show;
use daepyo_stage::{Folder, draw_report};

pub(crate) fn report(arguments: &Report, settings: &Settings) -> u8 {
    let html = match draw_report(&Folder::at(&arguments.folder)) {
        Ok(html) => html,
        Err(findings) => {
            show::findings(&findings, settings);
            return 4;
        }
    };
    match &arguments.out {
        None => show::out(&html),
        Some(path) => {
            if let Err(error) = std::fs::write(path, html) {
                show::line(&format!("× {}", path.display()));
                show::error(&error, settings);
                return 3;
            }
            show::line(&show::say(settings, "run-report", &[("path", &path.display().to_string())]));
        }
    }
    0
}
