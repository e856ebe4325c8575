//! Passkeys in a real browser with a virtual authenticator: the page's own script, under the site's own policy.

use crate::site::start_with;
use daepyo_store::site::Role;
use std::path::PathBuf;
use std::process::Stdio;

/// Does nothing unless `DAEPYO_CHROMIUM` names a Chromium; node must be there as well.
#[tokio::test]
async fn a_real_browser_adds_a_passkey_and_signs_in_with_it() {
    let Some(chromium) = std::env::var_os("DAEPYO_CHROMIUM") else { return };
    let site = start_with(|settings| settings.base_url.set_host(Some("localhost")).unwrap()).await;
    let browser = site.signed_in(Role::Citizen).await;
    let base = site.base.replace("127.0.0.1", "localhost");
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let walk = tokio::process::Command::new("node")
        .arg("--experimental-websocket")
        .arg(root.join("../../xtask/node/passkey_browser/walk.mjs"))
        .arg(&chromium)
        .args([&base, &browser.cookies["daepyo"]])
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&walk.stdout).into_owned();
    assert!(walk.status.success(), "{said}\n{}", String::from_utf8_lossy(&walk.stderr));
    if let Some(file) = std::env::var_os("DAEPYO_FIGURE") {
        let version = std::process::Command::new(&chromium).arg("--version").output().unwrap();
        let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        let steps = said.lines().filter(|line| !line.starts_with("opened")).collect::<Vec<_>>().join(", ");
        std::fs::write(file, format!("{version}: {steps}")).unwrap();
    }
}
