//! What serves once.

use super::Fresh;
use daepyo_core::Digest;
use futures_util::future::join_all;

pub(crate) async fn the_first_of_many(fresh: Fresh) {
    let first = fresh.open().await;
    let second = if fresh.is_server() { fresh.open().await } else { first.clone() };
    let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
    let tries = (0..40).map(|place| if place % 2 == 0 { &first } else { &second });
    let taken = join_all(tries.map(|site| site.take_once(one, 100, 0))).await;
    assert_eq!(taken.into_iter().filter(|taken| *taken.as_ref().unwrap()).count(), 1);
    assert!(!second.take_once(one, 100, 100).await.unwrap());
    assert!(second.take_once(other, 100, 100).await.unwrap());
    // Behind its time it would not be taken for another reason; here it is as new.
    assert!(first.take_once(one, 300, 101).await.unwrap());
    assert!(!second.take_once(one, 300, 102).await.unwrap());
    assert_eq!(first.sweep_once(101).await.unwrap(), 1);
    assert!(!first.take_once(one, 300, 102).await.unwrap());
}
