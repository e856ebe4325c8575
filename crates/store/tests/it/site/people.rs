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

pub(crate) async fn sessions_that_slide(fresh: Fresh) {
    let site = fresh.open().await;
    let person = person(&site, 1).await;
    let token = Digest::of(b"slides");
    site.start_sliding_session(token, person, 0, 10, 25).await.unwrap();
    let found = async |now_ms| site.session(token, now_ms).await.unwrap();
    assert_eq!(found(9).await.map(|session| (session.seen_ms, session.expires_ms)), Some((0, 10)));
    site.touch_session(token, 9, 19).await.unwrap();
    assert_eq!(found(18).await.map(|session| (session.seen_ms, session.expires_ms)), Some((9, 19)));
    // Never beyond its own end, and a late note does not take it back.
    site.touch_session(token, 18, 28).await.unwrap();
    site.touch_session(token, 17, 27).await.unwrap();
    assert_eq!(found(24).await.map(|session| (session.seen_ms, session.expires_ms)), Some((18, 25)));
    assert_eq!(found(25).await, None);
    // What has expired is not brought back by its use.
    site.touch_session(token, 25, 35).await.unwrap();
    assert_eq!(found(25).await, None);
    let beyond = Digest::of(b"beyond");
    site.start_sliding_session(beyond, person, 0, 100, 25).await.unwrap();
    assert_eq!(site.session(beyond, 0).await.unwrap().unwrap().expires_ms, 25);
}

pub(crate) async fn own_sessions(fresh: Fresh) {
    let site = fresh.open().await;
    let (one, other) = (person(&site, 1).await, person(&site, 2).await);
    let tokens = [b"1", b"2", b"3"].map(|name| Digest::of(name));
    for (token, since_ms) in tokens.iter().zip(1..) {
        site.start_session(*token, one, since_ms, 10 * since_ms).await.unwrap();
    }
    let foreign = Digest::of(b"foreign");
    site.start_session(foreign, other, 0, 100).await.unwrap();
    let list = async |now_ms| {
        let found = site.sessions_of(one, now_ms).await.unwrap();
        found.into_iter().map(|session| (session.token, session.since_ms)).collect::<Vec<_>>()
    };
    assert_eq!(list(5).await, [(tokens[2], 3), (tokens[1], 2), (tokens[0], 1)]);
    assert_eq!(list(10).await, [(tokens[2], 3), (tokens[1], 2)]);
    assert_eq!(site.end_sessions_of(one, Some(tokens[1])).await.unwrap(), 2);
    assert_eq!(list(10).await, [(tokens[1], 2)]);
    assert_eq!(site.end_sessions_of(one, None).await.unwrap(), 1);
    assert_eq!(site.end_sessions_of(one, None).await.unwrap(), 0);
    assert!(site.session(foreign, 10).await.unwrap().is_some());
}

pub(crate) async fn passwords(fresh: Fresh) {
    let site = fresh.open().await;
    let id = site.add_account("lee", "old", Role::Expert, None, 3).await.unwrap();
    let (kept, ended) = (Digest::of(b"kept"), Digest::of(b"ended"));
    for token in [kept, ended] {
        site.start_session(token, id, 0, 100).await.unwrap();
    }
    assert_eq!(site.account_of(id).await.unwrap(), Some(("lee".to_owned(), "old".to_owned())));
    assert_eq!(site.account_names().await.unwrap(), [(id, "lee".to_owned())]);
    assert_eq!(site.set_password(id, "new", Some(kept)).await.unwrap(), 1);
    assert_eq!(site.account("lee").await.unwrap().unwrap().password_hash, "new");
    assert!(site.session(kept, 1).await.unwrap().is_some());
    assert_eq!(site.session(ended, 1).await.unwrap(), None);
    let other = person(&site, 1).await;
    assert_eq!(site.account_of(other).await.unwrap(), None);
    let token = Digest::of(b"other");
    site.start_session(token, other, 0, 100).await.unwrap();
    assert_eq!(code(site.set_password(other, "new", None).await), "store::site_missing");
    // Nothing of a refused change is done.
    assert!(site.session(token, 1).await.unwrap().is_some());
}

pub(crate) async fn disabled(fresh: Fresh) {
    let site = fresh.open().await;
    let id = site.add_account("lee", "hash", Role::Expert, None, 3).await.unwrap();
    let (before, meanwhile) = (Digest::of(b"before"), Digest::of(b"meanwhile"));
    site.start_session(before, id, 0, 100).await.unwrap();
    site.set_disabled(id, Some(7)).await.unwrap();
    site.set_disabled(id, Some(9)).await.unwrap();
    assert_eq!(site.person(id).await.unwrap().unwrap().disabled_ms, Some(7));
    assert_eq!(site.staff().await.unwrap()[0].disabled_ms, Some(7));
    assert_eq!(site.account("lee").await.unwrap().unwrap().person.disabled_ms, Some(7));
    assert_eq!(site.session(before, 8).await.unwrap(), None);
    // A session that began at the same moment elsewhere is worth nothing, now and later.
    site.start_session(meanwhile, id, 8, 100).await.unwrap();
    assert_eq!(site.session(meanwhile, 8).await.unwrap(), None);
    site.set_disabled(id, None).await.unwrap();
    assert_eq!(site.session(meanwhile, 8).await.unwrap(), None);
    assert_eq!(site.person(id).await.unwrap().unwrap().disabled_ms, None);
    assert_eq!(code(site.set_disabled(PersonId(99_999), Some(1)).await), "store::site_missing");
}
