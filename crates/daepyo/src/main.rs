//! The command line: arguments to settings to one call of a crate, and an exit code.
//!
//! Data goes to standard output; progress and messages go to standard error. Exit codes: 0 done; 1 ran and the answer
//! is no; 2 bad input; 3 environment; 4 integrity; 130 stopped by a person.

mod args;
mod backends;
mod bar;
mod commands;
mod explain;
#[cfg(feature = "llama")]
mod model_server;
mod settings;
mod show;
mod spending;
mod talks;
mod watch;

use args::{Arguments, Command};
use clap::Parser;
use settings::Settings;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output and are no failure.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let settings = Settings::from_environment(&arguments);
    quiet_contained_panics();
    watch::start(&settings);
    let runtime = match runtime(&arguments.command) {
        Ok(runtime) => runtime,
        Err(error) => {
            show::line(&format!("daepyo: {error}"));
            return ExitCode::from(3);
        }
    };
    let code = runtime.block_on(dispatch(arguments.command, &settings));
    // A model that is still computing an answer that nobody waits for must not hold the program back.
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// A library that panics on a broken file or template gives an error, which is told; the panic need not be.
fn quiet_contained_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !daepyo_task::panics_are_contained() {
            default(info);
        }
    }));
}

/// A server has a thread for each core. All else asks and waits: one thread for that spares waking others up, which is
/// most of what a request to a quick server costs.
fn runtime(command: &Command) -> std::io::Result<tokio::runtime::Runtime> {
    match command {
        Command::Model(_) | Command::Serve(_) => tokio::runtime::Runtime::new(),
        Command::Check(_)
        | Command::Run(_)
        | Command::Eval(_)
        | Command::Merge(_)
        | Command::Verify(_)
        | Command::Report(_)
        | Command::Tasks(_)
        | Command::Key(_)
        | Command::Votes(_)
        | Command::Contest(_)
        | Command::Export(_)
        | Command::Lineage(_) => tokio::runtime::Builder::new_current_thread().enable_all().build(),
    }
}

async fn dispatch(command: Command, settings: &Settings) -> u8 {
    match command {
        Command::Check(arguments) => commands::check::check(&arguments, settings),
        Command::Run(arguments) => commands::run::run(&arguments, settings).await,
        Command::Eval(arguments) => commands::eval::eval(&arguments, settings).await,
        Command::Merge(arguments) => commands::merge::merge(&arguments, settings).await,
        Command::Verify(arguments) => commands::verify::verify(&arguments, settings),
        Command::Report(arguments) => commands::report::report(&arguments, settings),
        Command::Tasks(arguments) => commands::tasks::tasks(&arguments, settings),
        Command::Key(arguments) => commands::key::key(&arguments, settings),
        Command::Votes(arguments) => commands::votes::votes(&arguments, settings),
        Command::Model(arguments) => commands::model::model(arguments, settings).await,
        Command::Lineage(arguments) => commands::lineage::lineage(&arguments, settings).await,
        Command::Export(arguments) => commands::export::export(&arguments, settings),
        Command::Contest(arguments) => commands::contest::contest(&arguments, settings),
        Command::Serve(arguments) => commands::serve::serve(arguments, settings).await,
    }
}
