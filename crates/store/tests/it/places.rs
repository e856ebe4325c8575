//! One suite for both kinds of place: a folder, and a bucket behind a server.

use daepyo_store::bucket_server::BucketServer;
use daepyo_store::{Place, PlaceError};
use futures_util::TryStreamExt as _;
use std::collections::BTreeMap;
use std::path::Path;

/// Larger than what is sent at once.
const LARGE_BYTES: usize = 23_000_001;

async fn behaves(place: &Place, work: &Path) {
    let (one, other) = (place.below("one"), place.below("other"));
    assert_eq!(one.read("a", 10).await.unwrap(), None);
    assert_eq!(place.folders().await.unwrap(), [""; 0]);
    one.write("a", b"first".to_vec()).await.unwrap();
    one.write("a", b"second".to_vec()).await.unwrap();
    assert_eq!(one.read("a", 6).await.unwrap().unwrap(), b"second");
    let limit_bytes = 5;
    let too_large = PlaceError::TooLarge { path: format!("{}/a", one.address()), limit_bytes };
    assert_eq!(one.read("a", limit_bytes).await.unwrap_err(), too_large);
    other.write("b", Vec::new()).await.unwrap();
    assert_eq!(other.read("b", 0).await.unwrap().unwrap(), b"");

    for name in ["z", "y", "x", "w"] {
        place.below(name).write("a", vec![1]).await.unwrap();
    }
    place.write("file", vec![1]).await.unwrap();
    assert_eq!(place.folders().await.unwrap(), ["one", "other", "w", "x", "y", "z"]);
    one.remove("a").await.unwrap();
    one.remove("a").await.unwrap();
    assert_eq!(one.read("a", 6).await.unwrap(), None);

    let large: Vec<u8> = (0..LARGE_BYTES).map(|place| u8::try_from(place % 251).unwrap()).collect();
    let file = work.join("large");
    std::fs::write(&file, &large).unwrap();
    one.upload("large", &file).await.unwrap();
    let pieces = one.pieces("large").await.unwrap().unwrap();
    let pieces: Vec<_> = pieces.try_collect().await.unwrap();
    assert!(pieces.len() > 1 && pieces.concat() == large, "{} pieces", pieces.len());
    assert!(one.pieces("small").await.unwrap().is_none());
    assert!(one.upload("small", &work.join("none")).await.is_err());
    assert!(one.pieces("small").await.unwrap().is_none());
}

#[tokio::test]
async fn a_folder_is_a_place() {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("a b/한글");
    let address = folder.to_str().unwrap();
    let none = BTreeMap::new();
    let missing = Place::open(address, &none).unwrap_err();
    assert_eq!(missing, PlaceError::NoFolder { path: address.to_owned() });
    behaves(&Place::make(address, &none).unwrap(), work.path()).await;
    assert_eq!(std::fs::read(folder.join("other/b")).unwrap(), b"");
    let by_url = Place::open(&format!("file://{address}"), &none).unwrap();
    assert_eq!(by_url.read("file", 1).await.unwrap().unwrap(), [1]);
}

#[tokio::test]
async fn a_bucket_is_a_place() {
    let work = tempfile::tempdir().unwrap();
    let server = BucketServer::start().await.unwrap();
    let place = Place::open("s3://bucket/runs/1/", &server.variables()).unwrap();
    behaves(&place, work.path()).await;
    let objects = server.objects();
    assert_eq!(objects.get("bucket/runs/1/other/b").map(Vec::len), Some(0));
    assert_eq!(objects.get("bucket/runs/1/one/large").map(Vec::len), Some(LARGE_BYTES));
    assert_eq!(server.unfinished(), 0);
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    let server = BucketServer::start().await.unwrap();
    let place = Place::open("s3://bucket/run", &server.variables()).unwrap();
    server.refuse(2);
    place.write("a", b"kept".to_vec()).await.unwrap();
    server.refuse(2);
    assert_eq!(place.read("a", 10).await.unwrap().unwrap(), b"kept");
    assert!(server.asked().len() >= 6);
}

#[tokio::test]
async fn a_wrong_key_is_refused_at_once_and_told() {
    let server = BucketServer::start().await.unwrap();
    let mut variables = server.variables();
    variables.insert("AWS_ACCESS_KEY_ID".to_owned(), "another".to_owned());
    let place = Place::open("s3://bucket/run", &variables).unwrap();
    let error = place.write("a", Vec::new()).await.unwrap_err();
    assert_eq!(error.code(), "place::failed");
    assert!(error.to_string().contains("s3://bucket/run/a"), "{error}");
    assert!(!error.to_string().contains("no secret"), "{error}");
    variables.remove("AWS_SECRET_ACCESS_KEY");
    let error = Place::open("s3://bucket/run", &variables).unwrap_err();
    assert_eq!(error.code(), "place::setting");
}

#[test]
fn what_is_no_address_is_refused() {
    let none = BTreeMap::new();
    for address in
        ["", "gs://b/a", "s3://", "s3:///a", "s3://../a", "s3://b/../a", "s3://b//a", "s3://b?x/a", "file://"]
    {
        let error = Place::make(address, &none).unwrap_err();
        assert_eq!(error, PlaceError::Address { address: address.to_owned() }, "{address}");
    }
}
