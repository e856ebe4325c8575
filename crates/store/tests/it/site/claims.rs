//! Whose the store is.

use super::Fresh;
use futures_util::future::join_all;

pub(crate) async fn the_first_word_stands(fresh: Fresh) {
    let (first, second) = (fresh.open().await, fresh.open().await);
    // Servers that start at once are all told the same.
    let values: Vec<String> = (0..20).map(|number| format!("value {number}")).collect();
    let tries = values.iter().enumerate().map(|(number, value)| {
        let site = if number % 2 == 0 { &first } else { &second };
        site.claim("secret", value)
    });
    let mut kept: Vec<_> = join_all(tries).await.into_iter().map(Result::unwrap).collect();
    kept.dedup();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(values.contains(&kept[0]));
    // Other names have values of their own, and opening again changes none.
    assert_eq!(second.claim("log", "한 줄 '+/=").await.unwrap(), "한 줄 '+/=");
    let third = fresh.open().await;
    assert_eq!(third.claim("log", "other").await.unwrap(), "한 줄 '+/=");
    assert_eq!(third.claim("secret", "other").await.unwrap(), kept[0]);
}
