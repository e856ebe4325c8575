//! Numbers as people read them: no false certainty, no negative zero, a true minus sign.

/// `x` with so many decimals; a dash where there is no finite number.
pub(crate) fn fixed(x: f64, decimals: usize) -> String {
    if !x.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.decimals$}", x.abs());
    let is_zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    if x < 0.0 && !is_zero { format!("\u{2212}{text}") } else { text }
}

/// Like [`fixed`], with a plus sign before what is above zero.
pub(crate) fn signed(x: f64, decimals: usize) -> String {
    let text = fixed(x, decimals);
    let is_zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    if x > 0.0 && x.is_finite() && !is_zero { format!("+{text}") } else { text }
}

/// Points: one decimal.
pub(crate) fn points(x: f64) -> String {
    fixed(x, 1)
}

/// A score, usually 0 to 1: three decimals.
pub(crate) fn score(x: f64) -> String {
    fixed(x, 3)
}

/// A probability as a percentage with one decimal. Only what is certain reads 0% or 100%.
pub(crate) fn probability(p: f64) -> String {
    if !p.is_finite() {
        "–".to_owned()
    } else if p <= 0.0 {
        "0%".to_owned()
    } else if p >= 1.0 {
        "100%".to_owned()
    } else if p < 0.001 {
        "< 0.1%".to_owned()
    } else if p > 0.999 {
        "> 99.9%".to_owned()
    } else {
        format!("{:.1}%", p * 100.0)
    }
}

/// A share written in the rules, such as .95, with the decimals it needs.
pub(crate) fn share(x: f64) -> String {
    format!("{}%", trimmed(x * 100.0))
}

/// A number written in the rules, with up to four decimals, none where it needs none.
pub(crate) fn trimmed(x: f64) -> String {
    let text = fixed(x, 4);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A count, its thousands apart.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{count, fixed, probability, share, signed, trimmed};

    #[test]
    fn what_is_not_certain_never_reads_as_certain() {
        let read = [0.0, 0.000_01, 0.001, 0.5, 0.9994, 0.9997, 1.0].map(probability);
        assert_eq!(read, ["0%", "< 0.1%", "0.1%", "50.0%", "> 99.9%", "> 99.9%", "100%"]);
        assert_eq!(probability(f64::NAN), "–");
    }

    #[test]
    fn signs_are_true_and_zero_has_none() {
        assert_eq!(fixed(-0.004, 2), "0.00");
        assert_eq!(fixed(-1.25, 1), "−1.2");
        assert_eq!(signed(0.0126, 3), "+0.013");
        assert_eq!(signed(0.0001, 3), "0.000");
        assert_eq!(fixed(f64::INFINITY, 1), "–");
    }

    #[test]
    fn written_numbers_keep_only_the_decimals_they_need() {
        assert_eq!(share(0.95), "95%");
        assert_eq!(share(0.955), "95.5%");
        assert_eq!(trimmed(40.0), "40");
        assert_eq!(trimmed(100.0), "100");
        assert_eq!(trimmed(0.25), "0.25");
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
