//! What is made from a published folder and handed out beside its files.

use super::finished::Finished;
use super::view::encode;
use daepyo_core::Date;
use std::fmt::Write as _;

/// A program without dependencies that checks a proof offline.
pub(super) const CHECK_PROOF: &str = include_str!("check_proof.py");

/// The name of the list that fetches a whole folder.
pub(crate) const FETCH: &str = "fetch.curl";

/// The bytes of an entry.
pub(crate) fn entry(finished: &Finished, index: u64) -> Option<Vec<u8>> {
    finished.log.entry(index).ok()
}

/// The proof of an entry in the form of C2SP tlog-proof; only one that holds is given out.
pub(crate) fn proof(finished: &Finished, index: u64) -> Option<Vec<u8>> {
    let proof = finished.log.prove(index).ok()?;
    proof.check(&entry(finished, index)?, &finished.key).ok()?;
    Some(proof.to_text().into_bytes())
}

/// The folder as a configuration of curl: every file with the place that it goes to.
pub(super) fn fetch(origin: &str, key: &str, finished: &Finished, today: Date) -> String {
    let data =
        finished.files(today).map(|(path, _)| (format!("/data/{key}/{path}"), format!("{key}/{path}")));
    let log = finished.log_files.keys();
    let log = log.map(|path| (format!("/log/{key}/{path}"), format!("{key}/log/{path}")));
    curl_list(origin, data.chain(log))
}

/// A configuration of curl: every file of this site, by its path, with the place that it goes to. Where the site answers
/// that so much is too much (429), curl waits as long as `Retry-After` says and asks again.
pub(crate) fn curl_list(origin: &str, files: impl Iterator<Item = (String, String)>) -> String {
    let mut list = "create-dirs\nfail\nretry = 10\nsilent\nshow-error\n".to_owned();
    for (address, place) in files {
        let quoted = place.replace('\\', "\\\\").replace('"', "\\\"");
        // Writing to a string does not fail.
        let _ = writeln!(list, "url = \"{origin}{}\"\noutput = \"{quoted}\"", encode(&address));
    }
    list
}

#[cfg(test)]
mod tests {
    //! Lists for curl.
    use super::*;

    /// Regression: a folder of many files met the site's own limit of requests, and the list ended there.
    #[test]
    fn a_list_for_curl_waits_where_the_site_says_that_it_is_too_much() {
        let files = [("/data/a/한.json".to_owned(), "a/\"b\\.json".to_owned())];
        let list = curl_list("https://example.kr", files.into_iter());
        assert!(list.lines().any(|line| line == "retry = 10"), "{list}");
        assert!(
            list.contains(
                "url = \"https://example.kr/data/a/%ED%95%9C.json\"\noutput = \"a/\\\"b\\\\.json\"\n"
            )
        );
    }
}
