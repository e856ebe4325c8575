//! Every row of the table by every role, and nothing beside the table.

use crate::site::{filled, start_with};
use daepyo_server::{Kind, Limit, Settings, routes};
use daepyo_store::site::Role;
use reqwest::{Method, StatusCode};
use std::collections::BTreeSet;

const EVERYBODY: [Option<Role>; 6] = [
    None,
    Some(Role::Citizen),
    Some(Role::Expert),
    Some(Role::Team),
    Some(Role::Office),
    Some(Role::Auditor),
];

fn unlimited(settings: &mut Settings) {
    let much = Limit { burst: 100_000, per_minute: 100_000 };
    settings.limits.read = much;
    settings.limits.write = much;
    settings.limits.costly = much;
    settings.limits.sign_in = much;
}

#[tokio::test]
async fn every_row_lets_in_whom_it_names_and_nobody_else() {
    let site = start_with(unlimited).await;
    // With an office, so that the first run is over.
    site.person(Role::Office).await;
    for role in EVERYBODY {
        let browser = match role {
            None => site.browser(),
            Some(role) => site.signed_in(role).await,
        };
        for row in routes() {
            let mut browser = browser.clone();
            let path = filled(&row.path);
            let body = (row.method != Method::GET).then(String::new);
            let answer = browser.ask(row.method.clone(), &path, body).await;
            let what = format!("{row:?} as {role:?}: {} {}", answer.status, answer.text);
            let leads_to_sign_in = answer.header("location").starts_with("/sign-in?next=");
            if row.who.has(role) {
                assert!(!leads_to_sign_in && !answer.text.contains("server::wrong_role"), "{what}");
                assert_eq!(answer.text.contains("server::forged"), row.changes, "{what}");
                assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
                assert_eq!(answer.status == StatusCode::FORBIDDEN, row.changes, "{what}");
            } else if role.is_some() {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
                assert!(answer.text.contains("server::wrong_role"), "{what}");
            } else if row.kind == Kind::Page {
                assert_eq!(answer.status, StatusCode::SEE_OTHER, "{what}");
                assert!(leads_to_sign_in, "{what}");
            } else {
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
                assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
            }
        }
    }
}

#[tokio::test]
async fn rows_are_one_each_and_methods_beside_the_table_are_refused() {
    let site = start_with(unlimited).await;
    let rows = routes();
    let keys: BTreeSet<_> = rows.iter().map(|row| (row.method.to_string(), row.path.to_string())).collect();
    assert_eq!(keys.len(), rows.len());
    let mut browser = site.signed_in(Role::Office).await;
    for row in &rows {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            if keys.contains(&(method.to_string(), row.path.to_string())) {
                continue;
            }
            let answer = browser.ask(method.clone(), &filled(&row.path), None).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {}", row.path);
            assert!(answer.header("allow").contains(row.method.as_str()), "{method} {}", row.path);
        }
    }
}

/// The sources name no way to a handler but the table.
#[test]
fn no_route_stands_beside_the_table() {
    let root = std::path::PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let mut folders = vec![root.join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("src/route.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for way in [".route(", ".nest(", ".nest_service(", ".route_service(", ".merge("] {
                    assert!(!text.contains(way), "{} has {way}", path.display());
                }
            }
        }
    }
}

#[tokio::test]
async fn auditors_see_the_accounts_and_get_no_form() {
    let site = start_with(unlimited).await;
    site.person(Role::Office).await;
    let seen = site.signed_in(Role::Auditor).await.get("/office/accounts").await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(!seen.text.contains("action=\"/office/accounts\""), "{}", seen.text);
}
