//! The pages' own scripts in a real browser, under the site's own policy: passkeys with a virtual authenticator, a
//! conversation, and proofs.

use crate::figure::skipped;
use crate::finished::first;
use crate::live_scene::Scene;
use crate::public::with;
use crate::site::start_with;
use daepyo_backend::faulty::{Fault, Script, StreamFault};
use daepyo_store::site::{BattleState, Role};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

#[tokio::test]
async fn a_real_browser_adds_a_passkey_and_signs_in_with_it() {
    let Some(chromium) = chromium() else { return };
    let site = start_with(|settings| settings.base_url.set_host(Some("localhost")).unwrap()).await;
    let browser = site.signed_in(Role::Citizen).await;
    let base = site.base.replace("127.0.0.1", "localhost");
    walk("passkey_browser", &chromium, &[&base, &browser.cookies["daepyo"]]).await;
}

#[tokio::test]
async fn a_real_browser_holds_a_conversation() {
    let Some(chromium) = chromium() else { return };
    let text = "<i>하나</i> 둘 셋. **넷** 다섯 여섯.\n".repeat(12);
    let script = Script {
        always: vec![(String::new(), Fault::Stream(StreamFault::Paced(15)))],
        answer: Arc::new(move |_| text.clone()),
        ..Script::default()
    };
    let (scene, _server) = Scene::scripted("assigned = 0.0\n", script).await;
    let person = scene.person().await;
    walk("live_browser", &chromium, &[&scene.site.base, &person.browser.cookies["daepyo"], &person.battle])
        .await;
    let battle = scene.stored(&person).await;
    assert_eq!((battle.turns.len(), battle.state), (2, BattleState::Voted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_browser_checks_the_proof_of_an_entry_by_itself() {
    let Some(chromium) = chromium() else { return };
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    let site = with(vec![folder.clone()]).await;
    let checkpoint = fs::read_to_string(folder.join("log/checkpoint")).unwrap();
    let entries = checkpoint.lines().nth(1).unwrap();
    walk("proof_browser", &chromium, &[&site.base, "none", "/evidence/first", entries]).await;
}

/// The Chromium that the variable `DAEPYO_CHROMIUM` names, where there is also a node that speaks with it.
fn chromium() -> Option<OsString> {
    let Some(chromium) = std::env::var_os("DAEPYO_CHROMIUM") else {
        skipped("no browser (set DAEPYO_CHROMIUM to a Chromium)");
        return None;
    };
    let node = Command::new("node").args(["--experimental-websocket", "--eval", ""]).output();
    if node.is_ok_and(|node| node.status.success()) {
        return Some(chromium);
    }
    skipped("no node of version 20.10 or later, which drives the browser");
    None
}

/// Runs a walk of `xtask/node` to its end; its steps are the figure.
async fn walk(name: &str, chromium: &OsStr, words: &[&str]) {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let walk = tokio::process::Command::new("node")
        .arg("--experimental-websocket")
        .arg(root.join("../../xtask/node").join(name).join("walk.mjs"))
        .arg(chromium)
        .args(words)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&walk.stdout).into_owned();
    assert!(walk.status.success(), "{said}\n{}", String::from_utf8_lossy(&walk.stderr));
    if let Some(file) = std::env::var_os("DAEPYO_FIGURE") {
        let version = Command::new(chromium).arg("--version").output().unwrap();
        let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        let steps = said.lines().filter(|line| !line.starts_with("opened")).collect::<Vec<_>>().join(", ");
        fs::write(file, format!("{version}: {steps}")).unwrap();
    }
}
