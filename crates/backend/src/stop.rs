//! Cuts an answer at the first stop text, for sources that leave it in.

/// `text` up to the earliest occurrence of any stop text, and whether there was one. Empty stop texts mean nothing.
pub(crate) fn cut<'a>(text: &'a str, stop: &[String]) -> (&'a str, bool) {
    let first = stop.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop.as_str())).min();
    match first.and_then(|at| text.get(..at)) {
        Some(kept) => (kept, true),
        None => (text, false),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn the_earliest_stop_text_counts_whatever_its_place_in_the_list() {
        let stop = ["\n\n".to_owned(), String::new(), "끝".to_owned()];
        assert_eq!(cut("답은 3끝\n\n다음", &stop), ("답은 3", true));
        assert_eq!(cut("답은 3", &stop), ("답은 3", false));
    }
}
