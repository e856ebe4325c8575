//! Ctrl-C: the first ends a run cleanly, the second at once.

use crate::settings::Settings;
use crate::show;
use daepyo_stage::Stop;
use tokio::sync::watch;

pub(crate) fn on_interrupt(settings: &Settings) -> Stop {
    let (sender, receiver) = watch::channel(false);
    let words = show::say(settings, "stopping", &[]);
    // A thread of its own hears it also while the others compute.
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                show::line(&words);
                let _ = sender.send(true);
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                leave();
            }
        });
    });
    receiver
}

#[expect(clippy::exit, reason = "a person asked twice; what was acknowledged is on the disk")]
fn leave() {
    std::process::exit(130);
}
