//! Access codes.

use super::Fresh;
use super::scene::code;
use daepyo_core::Digest;
use daepyo_store::site::{CodeState, Role};

pub(crate) async fn a_life(fresh: Fresh) {
    let site = fresh.open().await;
    let subjects = [b"a", b"b", b"c"].map(|name| Digest::of(name));
    let numbers = site.add_codes(&subjects, 5).await.unwrap();
    assert!(numbers.is_sorted() && numbers.len() == 3, "{numbers:?}");
    let person = site.person_of_code(subjects[1], 6).await.unwrap().unwrap();
    assert_eq!((person.role, person.since_ms), (Role::Citizen, 6));
    assert_eq!(site.person_of_code(subjects[1], 7).await.unwrap().unwrap(), person);
    let token = Digest::of(b"token");
    site.start_session(token, person.id, 7, 100).await.unwrap();
    let states = async || {
        let codes = site.codes(i64::MAX, 10).await.unwrap();
        codes.into_iter().map(|code| (code.id, code.made_ms, code.state)).collect::<Vec<_>>()
    };
    let [first, second, third] = [numbers[0], numbers[1], numbers[2]];
    let unused = |number| (number, 5, CodeState::Unused);
    assert_eq!(states().await, [unused(third), (second, 5, CodeState::Used), unused(first)]);
    assert_eq!(site.code_counts().await.unwrap(), (2, 1, 0));

    site.revoke_code(second, 8).await.unwrap();
    site.revoke_code(second, 9).await.unwrap();
    site.revoke_code(first, 9).await.unwrap();
    let revoked = |number, since_ms| (number, 5, CodeState::Revoked(since_ms));
    assert_eq!(states().await, [unused(third), revoked(second, 8), revoked(first, 9)]);
    assert_eq!(site.code_counts().await.unwrap(), (1, 0, 2));
    assert_eq!(site.session(token, 9).await.unwrap(), None);
    for subject in [subjects[0], subjects[1]] {
        assert_eq!(site.person_of_code(subject, 10).await.unwrap(), None);
    }
    assert!(site.person_of_code(subjects[2], 10).await.unwrap().is_some());
    assert_eq!(code(site.revoke_code(99_999, 1).await), "store::site_missing");
    let page = site.codes(third, 1).await.unwrap();
    assert_eq!(page.iter().map(|code| code.id).collect::<Vec<_>>(), [second]);
}

/// Whoever comes in while a code is revoked has no session behind it, whichever was first.
pub(crate) async fn revoked_while_used(fresh: Fresh) {
    let site = fresh.open().await;
    for round in 0..20_u8 {
        let subject = Digest::of(&[round]);
        let number = site.add_codes(&[subject], 1).await.unwrap()[0];
        let (token, own) = (Digest::of(&[round, 1]), site.clone());
        let enters = tokio::spawn(async move {
            if let Some(person) = own.person_of_code(subject, 2).await.unwrap() {
                own.start_session(token, person.id, 2, 100).await.unwrap();
            }
        });
        site.revoke_code(number, 2).await.unwrap();
        enters.await.unwrap();
        assert_eq!(site.session(token, 3).await.unwrap(), None, "{round}");
        assert_eq!(site.person_of_code(subject, 3).await.unwrap(), None, "{round}");
    }
}

/// Codes that were given out before they were listed go on to sign in, and are listed from then on.
pub(crate) async fn of_earlier_versions(fresh: Fresh) {
    let site = fresh.open().await;
    let subject = Digest::of(b"early");
    let person = site.person_of_subject(subject, 1).await.unwrap();
    assert_eq!(site.person_of_code(subject, 9).await.unwrap().unwrap(), person);
    let codes = site.codes(i64::MAX, 10).await.unwrap();
    assert_eq!(
        codes.iter().map(|code| (code.made_ms, code.state)).collect::<Vec<_>>(),
        [(9, CodeState::Used)]
    );
}
