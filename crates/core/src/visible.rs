//! Foreign text made harmless to look at: which characters stand as they are, and which are shown by name.
//!
//! The choice follows Unicode Technical Report 36 and CVE-2021-42574 on bidirectional controls. Markup is its user's
//! matter: `report` and `arena` put the names into elements and escape the rest.

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On one line: line ends and tabs are shown by name too.
    Line,
    /// In a block: line ends and tabs stay as they are.
    Block,
}

/// Names of the characters 0 to 31. Their pictures (U+2400 and on) are missing from many fonts.
const C0: &str = "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US";

/// What stands for `c` where `c` itself can't be seen or acts on its neighbours; none where it can stand.
///
/// # Examples
/// ```
/// use daepyo_core::visible::{Place, name};
/// assert_eq!(name('\u{202e}', Place::Block).as_deref(), Some("U+202E"));
/// assert_eq!(name('\n', Place::Line).as_deref(), Some("LF"));
/// assert_eq!(name('\n', Place::Block), None);
/// ```
pub fn name(c: char, place: Place) -> Option<String> {
    let point = u32::from(c);
    match c {
        '\n' | '\t' if place == Place::Block => None,
        '\0'..='\x1f' => C0.split(' ').nth(point as usize).map(str::to_owned),
        '\x7f' => Some("DEL".to_owned()),
        '\u{80}'..='\u{9f}' // C1 controls
        | '\u{ad}' // soft hyphen
        | '\u{61c}' | '\u{200e}' | '\u{200f}' // bidirectional marks
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // bidirectional embeddings, overrides, isolates
        | '\u{200b}' | '\u{200c}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{180e}' // no width
        | '\u{2028}' | '\u{2029}' // line and paragraph separators
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers: blank
        | '\u{fff0}'..='\u{fffb}' // interlinear annotation
        | '\u{e0000}'..='\u{e0fff}' // tags: text that nobody sees
        => Some(format!("U+{point:04X}")),
        _ => None,
    }
}

/// `text` with the names of what can't be seen in `⟨ ⟩`, where no element may stand around them.
///
/// # Examples
/// ```
/// use daepyo_core::visible::{Place, drawn};
/// assert_eq!(drawn("a\x1b[2J", Place::Line), "a⟨ESC⟩[2J");
/// ```
pub fn drawn(text: &str, place: Place) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        match name(c, place) {
            None => shown.push(c),
            Some(name) => shown.extend(["⟨", &name, "⟩"]),
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::{Place, drawn};

    #[test]
    fn letters_and_emoji_of_every_script_stand() {
        let text = "한국어 ①② עברית العربية 👩‍👩‍👧 e\u{301} 日本";
        assert_eq!(drawn(text, Place::Line), text);
    }

    #[test]
    fn line_ends_stand_in_blocks_alone() {
        assert_eq!(drawn("a\n\tb\r", Place::Block), "a\n\tb⟨CR⟩");
        assert_eq!(drawn("a\n\tb", Place::Line), "a⟨LF⟩⟨TAB⟩b");
    }
}
