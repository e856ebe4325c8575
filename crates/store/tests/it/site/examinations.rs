//! Examinations of voters.

use super::Fresh;
use super::scene::contest;

pub(crate) async fn one_a_slot(fresh: Fresh) {
    let site = fresh.open().await;
    let id = contest(&site, 9, 9).await.id;
    assert!(!site.is_examined(id, 3).await.unwrap());
    let (one, other) = (site.clone(), site.clone());
    let race = tokio::join!(
        one.add_examination(id, 3, 30, b"first", b"entry"),
        other.add_examination(id, 3, 31, b"second", b"entry"),
    );
    assert_ne!(race.0.unwrap(), race.1.unwrap(), "one of two servers keeps it");
    assert!(site.is_examined(id, 3).await.unwrap());
    assert!(site.add_examination(id, -1, 50, b"last", b"close").await.unwrap());
    assert!(site.add_examination(id, 4, 40, b"later", b"entry").await.unwrap());
    let lines = site.examinations(id).await.unwrap();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1..], [b"later".to_vec(), b"last".to_vec()]);
    assert_eq!(site.pending(9).await.unwrap().len(), 3, "each that is kept has one entry in the queue");
}
