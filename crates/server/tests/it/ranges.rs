//! Parts of downloads (RFC 9110, 14), so that one that broke off goes on.

use crate::finished::first;
use crate::public::with;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, StatusCode};

async fn ask(
    base: &str,
    method: Method,
    path: &str,
    lines: &[(&'static str, &str)],
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.request(method, format!("{base}{path}"));
    for (name, value) in lines {
        request = request.header(*name, HeaderValue::from_str(value).unwrap());
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_where_it_broke_off() {
    let work = tempfile::tempdir().unwrap();
    let folder = first(work.path());
    let site = with(vec![folder.clone()]).await;
    let paths = [
        "/data/first/verdict.json",
        "/log/first/checkpoint",
        "/evidence/first/0/entry",
        "/rules/programme.toml",
    ];
    for path in paths {
        let (status, headers, whole) = ask(&site.base, Method::GET, path, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(headers["accept-ranges"], "bytes", "{path}");
        let tag = headers["etag"].to_str().unwrap().to_owned();
        assert!(tag.starts_with('"'), "{path}: a weak tag joins nothing together");
        let (half, total) = (whole.len() / 2, whole.len());
        let rest = format!("bytes={half}-");
        let (status, headers, bytes) =
            ask(&site.base, Method::GET, path, &[("range", &rest), ("if-range", &tag)]).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT, "{path}");
        assert_eq!(
            headers["content-range"],
            format!("bytes {half}-{}/{total}", total - 1).as_str(),
            "{path}"
        );
        assert_eq!(headers["content-length"], (total - half).to_string().as_str(), "{path}");
        assert_eq!(headers["etag"].to_str().unwrap(), tag, "{path}");
        assert_eq!(bytes, whole[half..], "{path}");
        let (_, _, inner) = ask(&site.base, Method::GET, path, &[("range", "bytes=3-9")]).await;
        assert_eq!(inner, whole[3..=9], "{path}");
        let (_, _, end) = ask(&site.base, Method::GET, path, &[("range", "bytes=-4")]).await;
        assert_eq!(end, whole[total - 4..], "{path}");

        // Another version, several ranges, HEAD: the whole, or its headers.
        for (method, lines) in [
            (Method::GET, vec![("range", rest.as_str()), ("if-range", "\"another\"")]),
            (Method::GET, vec![("range", "bytes=0-1,5-6")]),
            (Method::GET, vec![("range", "lines=0-1")]),
            (Method::HEAD, vec![("range", "bytes=0-1")]),
        ] {
            let (status, headers, bytes) = ask(&site.base, method.clone(), path, &lines).await;
            assert_eq!(status, StatusCode::OK, "{path} {lines:?}");
            assert_eq!(headers["content-length"], total.to_string().as_str(), "{path} {lines:?}");
            assert!(!headers.contains_key("content-range"), "{path} {lines:?}");
            assert_eq!(bytes, if method == Method::GET { whole.as_slice() } else { &[] }, "{path} {lines:?}");
        }
        let beyond = format!("bytes={total}-");
        let (status, headers, bytes) = ask(&site.base, Method::GET, path, &[("range", &beyond)]).await;
        assert_eq!((status, bytes.len()), (StatusCode::RANGE_NOT_SATISFIABLE, 0), "{path}");
        assert_eq!(headers["content-range"], format!("bytes */{total}").as_str(), "{path}");
        // What is known already is not sent, in part or as a whole.
        let lines = [("range", "bytes=0-1"), ("if-none-match", tag.as_str())];
        let (status, _, bytes) = ask(&site.base, Method::GET, path, &lines).await;
        assert_eq!((status, bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
    }
}
