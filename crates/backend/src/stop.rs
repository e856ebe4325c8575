//! Cuts an answer at the first stop text, for sources that leave it in.

/// `text` up to the earliest occurrence of any stop text, and whether there was one. Empty stop texts mean nothing.
pub(crate) fn cut<'a>(text: &'a str, stop: &[String]) -> (&'a str, bool) {
    let first = stop.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop.as_str())).min();
    match first.and_then(|at| text.get(..at)) {
        Some(kept) => (kept, true),
        None => (text, false),
    }
}

/// Cuts an answer that comes in pieces: what may be the beginning of a stop text is held back until more is known.
#[derive(Debug)]
pub(crate) struct Cutter {
    stop: Vec<String>,
    held: String,
}

impl Cutter {
    /// Nothing has come yet. Empty stop texts mean nothing.
    pub(crate) fn new(stop: &[String]) -> Self {
        let stop = stop.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        Self { stop, held: String::new() }
    }

    /// Takes the next piece. The text that can be given now, and whether a stop text ended the answer.
    pub(crate) fn push(&mut self, piece: &str) -> (String, bool) {
        self.held.push_str(piece);
        if let (kept, true) = cut(&self.held, &self.stop) {
            let kept = kept.to_owned();
            self.held.clear();
            return (kept, true);
        }
        let begun = |stop: &String| {
            let mut ends = (1..stop.len()).rev();
            ends.find(|end| stop.get(..*end).is_some_and(|part| self.held.ends_with(part)))
        };
        let kept = self.held.len() - self.stop.iter().filter_map(begun).max().unwrap_or(0);
        let rest = self.held.split_off(kept);
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What is still held when the answer has ended.
    pub(crate) fn rest(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::{Cutter, cut};

    #[test]
    fn a_stop_text_in_pieces_is_cut_and_what_only_looks_like_one_is_given_late() {
        let mut cutter = Cutter::new(&["\n\n".to_owned(), "끝장".to_owned()]);
        assert_eq!(cutter.push("하나\n"), ("하나".to_owned(), false));
        assert_eq!(cutter.push("둘 끝"), ("\n둘 ".to_owned(), false));
        assert_eq!(cutter.push("장 뒤"), (String::new(), true));
        assert_eq!(cutter.rest(), "");
        let mut cutter = Cutter::new(&["끝장".to_owned()]);
        assert_eq!(cutter.push("끝"), (String::new(), false));
        assert_eq!(cutter.rest(), "끝");
    }

    #[test]
    fn the_earliest_stop_text_counts_whatever_its_place_in_the_list() {
        let stop = ["\n\n".to_owned(), String::new(), "끝".to_owned()];
        assert_eq!(cut("답은 3끝\n\n다음", &stop), ("답은 3", true));
        assert_eq!(cut("답은 3", &stop), ("답은 3", false));
    }
}
