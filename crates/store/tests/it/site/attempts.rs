//! Attempts to sign in.

use super::Fresh;
use daepyo_core::Digest;
use daepyo_store::site::Allowance;
use futures_util::future::join_all;

/// Two at once, one more each second.
const TWO: Allowance = Allowance { burst: 2, every_us: 1_000_000 };

pub(crate) async fn counted(fresh: Fresh) {
    let first = fresh.open().await;
    let second = if fresh.is_server() { fresh.open().await } else { first.clone() };
    let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
    assert_eq!(first.attempt(one, TWO, 0).await.unwrap(), None);
    assert_eq!(second.attempt(one, TWO, 0).await.unwrap(), None);
    assert_eq!(first.attempt(one, TWO, 0).await.unwrap(), Some(1000));
    assert_eq!(second.attempt(one, TWO, 400).await.unwrap(), Some(600));
    assert_eq!(second.attempt(other, TWO, 400).await.unwrap(), None);
    assert_eq!(second.attempt(one, TWO, 1000).await.unwrap(), None);
    assert_eq!(first.attempt(one, TWO, 1000).await.unwrap(), Some(1000));
    // The whole allowance is there again, and no more than that.
    let late = [first.attempt(one, TWO, 60_000).await, second.attempt(one, TWO, 60_000).await];
    assert!(late.into_iter().all(|late| late.unwrap().is_none()));
    assert_eq!(first.attempt(one, TWO, 60_000).await.unwrap(), Some(1000));
    assert_eq!(first.sweep_attempts(60_000).await.unwrap(), 1);
    assert_eq!(first.attempt(one, TWO, 60_000).await.unwrap(), Some(1000));
    assert_eq!(first.sweep_attempts(62_000).await.unwrap(), 1);
}

pub(crate) async fn many_at_once(fresh: Fresh) {
    let first = fresh.open().await;
    let second = if fresh.is_server() { fresh.open().await } else { first.clone() };
    let allowance = Allowance { burst: 7, every_us: 1_000_000 };
    let whose = Digest::of(b"one");
    let tries = (0..60).map(|place| if place % 2 == 0 { &first } else { &second });
    let taken = join_all(tries.map(|site| site.attempt(whose, allowance, 5))).await;
    assert_eq!(taken.into_iter().filter(|taken| taken.as_ref().unwrap().is_none()).count(), 7);
}

/// Nobody is locked out for a day since the clock was a day ahead.
pub(crate) async fn a_clock_that_was_set_back(fresh: Fresh) {
    let site = fresh.open().await;
    let whose = Digest::of(b"one");
    for _ in 0..2 {
        assert_eq!(site.attempt(whose, TWO, 86_400_000).await.unwrap(), None);
    }
    assert_eq!(site.attempt(whose, TWO, 0).await.unwrap(), None);
    assert_eq!(site.attempt(whose, TWO, 0).await.unwrap(), None);
    assert_eq!(site.attempt(whose, TWO, 0).await.unwrap(), Some(1000));
}
