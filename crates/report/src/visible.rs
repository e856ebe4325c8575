//! Foreign text made harmless to look at: control characters shown, bidirectional controls disarmed, length cut.
//!
//! Escaping is `maud`'s; which characters stand and which are shown by name is `daepyo_core::visible`'s to say.

use crate::{
    both::{Both, say},
    number,
};
use daepyo_core::visible::{self, Place};
use maud::{Markup, PreEscaped, Render, html};

/// Text on one line: line ends and tabs are shown by their symbols too.
pub(crate) fn line(text: &str) -> Markup {
    show(text, Place::Line)
}

/// Text as a block: line ends and tabs stay as they are.
pub(crate) fn block(text: &str) -> Markup {
    show(text, Place::Block)
}

/// Text on one line for a drawing, where no further element may stand in it.
pub(crate) fn drawn(text: &str) -> String {
    visible::drawn(text, Place::Line)
}

/// How much of a long text is kept: so many characters of its head and of its tail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keep {
    pub(crate) head: usize,
    pub(crate) tail: usize,
}

/// `text` as a block, its middle cut out where it is longer than `keep`, with a note of how much is missing.
pub(crate) fn clipped(text: &str, keep: Keep) -> Markup {
    let Some((head, missing, tail)) = cut(text, keep) else {
        return block(text);
    };
    let note = say("report-clipped", &[("count", &Both::from(number::count(missing)))]);
    html! {
        (block(head))
        span.clip { (note) }
        (block(tail))
    }
}

/// Head, number of characters between, tail; none where all of `text` is kept.
fn cut(text: &str, keep: Keep) -> Option<(&str, u64, &str)> {
    let total = text.chars().count();
    let missing = total.checked_sub(keep.head + keep.tail).filter(|missing| *missing > 0)?;
    let place = |n: usize| text.char_indices().nth(n).map_or(text.len(), |(place, _)| place);
    let (head, rest) = text.split_at(place(keep.head));
    let tail = rest.split_at_checked(place(keep.head + missing) - head.len()).map_or("", |(_, tail)| tail);
    Some((head, u64::try_from(missing).unwrap_or(u64::MAX), tail))
}

fn show(text: &str, place: Place) -> Markup {
    let mut html = String::with_capacity(text.len());
    let mut plain = String::new();
    for c in text.chars() {
        match visible::name(c, place) {
            None => plain.push(c),
            Some(name) => {
                plain.render_to(&mut html);
                plain.clear();
                html! { span.ctl { (name) } }.render_to(&mut html);
            }
        }
    }
    plain.render_to(&mut html);
    PreEscaped(html)
}

#[cfg(test)]
mod tests {
    use super::{Keep, block, clipped, cut, line};

    #[test]
    fn controls_are_shown_and_markup_is_escaped() {
        assert_eq!(
            line("a\0<b>\n").into_string(),
            "a<span class=\"ctl\">NUL</span>&lt;b&gt;<span class=\"ctl\">LF</span>"
        );
        assert_eq!(block("\u{202e}x\n").into_string(), "<span class=\"ctl\">U+202E</span>x\n");
        assert_eq!(
            block("\r\u{3164}").into_string(),
            "<span class=\"ctl\">CR</span><span class=\"ctl\">U+3164</span>"
        );
    }

    #[test]
    fn letters_and_emoji_of_every_script_stand() {
        let text = "한국어 ①② עברית العربية 👩‍👩‍👧 e\u{301} 日本";
        assert_eq!(line(text).into_string(), text);
    }

    #[test]
    fn a_cut_counts_characters_and_keeps_both_ends() {
        let keep = Keep { head: 2, tail: 1 };
        assert_eq!(cut("가나다라마", keep), Some(("가나", 2, "마")));
        assert_eq!(cut("가나다", keep), None);
        assert_eq!(cut("", keep), None);
        assert_eq!(cut("abcd", Keep { head: 0, tail: 0 }), Some(("", 4, "")));
        assert!(clipped("가나다라마", keep).into_string().contains('2'));
    }
}
