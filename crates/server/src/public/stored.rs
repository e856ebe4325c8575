//! Where pages and files lie when they are stored, and the links between them.

use super::view::encode;
use crate::door::language;
use daepyo_core::Language;

/// The stored file of a page: a folder with an `index.html`, below the language.
pub(crate) fn page(of: Language, path: &str) -> String {
    format!("{}{}/index.html", language::word(of), path.trim_end_matches('/'))
}

/// The stored file of a file of the site. Names without an ending get one, so that a plain web server knows what they
/// hold.
pub(crate) fn file(path: &str) -> String {
    let inner = path.trim_start_matches('/');
    if inner.starts_with("stages/") && inner.ends_with("/report") {
        return format!("{inner}.html");
    }
    if inner.starts_with("evidence/") {
        if let Some(entry) = inner.strip_suffix("/proof") {
            return format!("{entry}.tlog-proof");
        }
        if let Some(entry) = inner.strip_suffix("/entry") {
            return format!("{entry}.json");
        }
    }
    inner.to_owned()
}

/// The link from one stored file to another, encoded.
pub(crate) fn relative(from: &str, to: &str) -> String {
    let ups = from.matches('/').count();
    format!("{}{}", "../".repeat(ups), encode(to))
}

#[cfg(test)]
mod tests {
    //! Links between stored files.
    use super::*;

    #[test]
    fn links_go_up_and_down_again() {
        let from = page(Language::Ko, "/stages/first");
        assert_eq!(from, "ko/stages/first/index.html");
        assert_eq!(relative(&from, &page(Language::Ko, "/")), "../../../ko/index.html");
        assert_eq!(
            relative(&from, &file("/data/first/한 글.json")),
            "../../../data/first/%ED%95%9C%20%EA%B8%80.json"
        );
    }

    #[test]
    fn files_without_an_ending_get_one() {
        assert_eq!(file("/stages/first/report"), "stages/first/report.html");
        assert_eq!(file("/evidence/first/3/proof"), "evidence/first/3.tlog-proof");
        assert_eq!(file("/evidence/first/3/entry"), "evidence/first/3.json");
        assert_eq!(file("/data/first/suites/a/proof"), "data/first/suites/a/proof");
    }
}
