//! People, accounts, passkeys, sessions.

use super::Fresh;
use super::scene::{code, person};
use daepyo_core::{Digest, TeamId};
use daepyo_store::site::{Passkey, PersonId, Role};

pub(crate) async fn subjects_and_roles(fresh: Fresh) {
    let site = fresh.open().await;
    assert!(site.is_new().await.unwrap());
    let first = site.person_of_subject(Digest::of(b"a"), 5).await.unwrap();
    assert_eq!((first.role, first.team.clone(), first.since_ms), (Role::Citizen, None, 5));
    assert_eq!(site.person_of_subject(Digest::of(b"a"), 9).await.unwrap(), first);
    let other = site.person_of_subject(Digest::of(b"b"), 6).await.unwrap();
    assert_ne!(other.id, first.id);
    assert_eq!(site.staff().await.unwrap(), []);
    let team = TeamId::new("garam").unwrap();
    site.set_role(first.id, Role::Team, Some(team.clone())).await.unwrap();
    let found = site.person(first.id).await.unwrap().unwrap();
    assert_eq!((found.role, found.team), (Role::Team, Some(team)));
    assert!(site.is_new().await.unwrap());
    for role in [Role::Expert, Role::Auditor, Role::Citizen, Role::Office] {
        site.set_role(other.id, role, None).await.unwrap();
        assert_eq!(site.person(other.id).await.unwrap().unwrap().role, role);
    }
    assert!(!site.is_new().await.unwrap());
    assert_eq!(
        site.staff().await.unwrap().iter().map(|person| person.id).collect::<Vec<_>>(),
        [first.id, other.id]
    );
    assert_eq!(site.person(PersonId(99_999)).await.unwrap(), None);
    assert_eq!(code(site.set_role(PersonId(99_999), Role::Expert, None).await), "store::site_missing");
}

pub(crate) async fn accounts(fresh: Fresh) {
    let site = fresh.open().await;
    let id = site.add_account("사무국", "$argon2id$…", Role::Office, None, 3).await.unwrap();
    assert!(!site.is_new().await.unwrap());
    let account = site.account("사무국").await.unwrap().unwrap();
    assert_eq!((account.person.id, account.person.role, account.person.since_ms), (id, Role::Office, 3));
    assert_eq!((account.name.as_str(), account.password_hash.as_str()), ("사무국", "$argon2id$…"));
    assert_eq!(site.account("nobody").await.unwrap(), None);
    let again = site.add_account("사무국", "other", Role::Citizen, None, 4).await;
    assert_eq!(code(again), "store::site_taken");
    // The person of the refused account is gone as well.
    assert_eq!(site.staff().await.unwrap().len(), 1);
    assert_eq!(site.account("사무국").await.unwrap().unwrap(), account);
}

pub(crate) async fn passkeys(fresh: Fresh) {
    let site = fresh.open().await;
    let person = person(&site, 1).await;
    let first = Passkey { person, credential: vec![0, 1, 255], kept: b"{}".to_vec(), counter: u32::MAX };
    let second = Passkey { credential: vec![2], kept: Vec::new(), counter: 0, ..first.clone() };
    site.add_passkey(&first, 1).await.unwrap();
    site.add_passkey(&second, 2).await.unwrap();
    assert_eq!(code(site.add_passkey(&first, 3).await), "store::site_taken");
    assert_eq!(site.passkey(&[0, 1, 255]).await.unwrap(), Some(first.clone()));
    assert_eq!(site.passkey(&[9]).await.unwrap(), None);
    assert_eq!(site.passkeys(person).await.unwrap(), [first.clone(), second.clone()]);
    let grown = Passkey { counter: 7, kept: b"new".to_vec(), ..second };
    site.update_passkey(&grown).await.unwrap();
    assert_eq!(site.passkeys(person).await.unwrap(), [first, grown.clone()]);
    let grown_person = grown.person;
    let unknown = Passkey { credential: vec![8], ..grown };
    assert_eq!(code(site.update_passkey(&unknown).await), "store::site_missing");
    // Somebody else's is not touched.
    let other = self::person(&site, 2).await;
    assert!(!site.remove_passkey(other, &[2]).await.unwrap());
    assert!(site.remove_passkey(grown_person, &[2]).await.unwrap());
    assert!(!site.remove_passkey(grown_person, &[2]).await.unwrap());
    assert_eq!(site.passkey(&[2]).await.unwrap(), None);
}

pub(crate) async fn sessions(fresh: Fresh) {
    let site = fresh.open().await;
    let person = person(&site, 1).await;
    let (long, short) = (Digest::of(b"long"), Digest::of(b"short"));
    site.start_session(long, person, 0, 1000).await.unwrap();
    site.start_session(short, person, 0, 10).await.unwrap();
    let session = site.session(short, 9).await.unwrap().unwrap();
    assert_eq!((session.person.id, session.expires_ms), (person, 10));
    assert_eq!(site.session(short, 10).await.unwrap(), None);
    assert_eq!(site.session(Digest::of(b"none"), 0).await.unwrap(), None);
    assert_eq!(site.sweep_sessions(10).await.unwrap(), 1);
    assert_eq!(site.sweep_sessions(10).await.unwrap(), 0);
    assert!(site.session(long, 10).await.unwrap().is_some());
    site.end_session(long).await.unwrap();
    site.end_session(long).await.unwrap();
    assert_eq!(site.session(long, 10).await.unwrap(), None);
}
