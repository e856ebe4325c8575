//! Plain numbers in texts and their exact equality: "$29.00", "29" and "58/2" are one number.

/// An exact number: a ratio with a positive denominator.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    numerator: i128,
    denominator: i128,
}

impl Number {
    /// The whole number `value`.
    pub const fn whole(value: i128) -> Self {
        Self { numerator: value, denominator: 1 }
    }

    /// `numerator / denominator`; `None` where the denominator is 0.
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Self> {
        let sign = denominator.signum();
        (sign != 0).then_some(())?;
        Some(Self { numerator: numerator.checked_mul(sign)?, denominator: denominator.checked_mul(sign)? })
    }

    /// Unsigned digits with an optional decimal part, without separators; `None` for anything else and for
    /// more digits than fit.
    pub fn decimal(digits: &str) -> Option<Self> {
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && part.is_empty()) || !all_digits(whole) || !all_digits(part) {
            return None;
        }
        let part = part.trim_end_matches('0');
        let denominator = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
        let joined = format!("0{whole}{part}");
        Self::ratio(joined.parse().ok()?, denominator)
    }

    /// This number times `other`; `None` where it does not fit.
    pub fn times(self, other: Self) -> Option<Self> {
        Self::ratio(
            self.numerator.checked_mul(other.numerator)?,
            self.denominator.checked_mul(other.denominator)?,
        )
    }

    /// This number plus `other`; `None` where it does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::ratio(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// One divided by this number; `None` for 0.
    pub fn inverse(self) -> Option<Self> {
        Self::ratio(self.denominator, self.numerator)
    }

    /// This number with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { numerator: self.numerator.saturating_neg(), denominator: self.denominator }
    }

    /// The number in its shortest exact form: digits, a finite decimal, or `a/b` in lowest terms.
    pub fn canonical(self) -> String {
        let divisor = gcd(self.numerator.unsigned_abs(), self.denominator.unsigned_abs()).max(1);
        let sign = if self.numerator < 0 { "-" } else { "" };
        let numerator = self.numerator.unsigned_abs() / divisor;
        let denominator = self.denominator.unsigned_abs() / divisor;
        let mut scale = 1_u128;
        for places in 0..=30_usize {
            if scale.is_multiple_of(denominator) {
                let Some(scaled) = numerator.checked_mul(scale / denominator) else {
                    break;
                };
                return format!("{sign}{}", with_point(scaled, places));
            }
            let Some(next) = scale.checked_mul(10) else { break };
            scale = next;
        }
        format!("{sign}{numerator}/{denominator}")
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        let left = self.numerator.checked_mul(other.denominator);
        let right = other.numerator.checked_mul(self.denominator);
        match (left, right) {
            (Some(left), Some(right)) => left == right,
            // Too large to cross-multiply: equal only when written alike.
            (None, _) | (_, None) => {
                self.numerator == other.numerator && self.denominator == other.denominator
            }
        }
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn with_point(scaled: u128, places: usize) -> String {
    if places == 0 {
        return scaled.to_string();
    }
    let digits = format!("{scaled:0>width$}", width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    format!("{whole}.{part}")
}

/// Reads a text that is one plain number: an optional sign and currency sign, digits with well-formed
/// thousands separators, an optional decimal part, `a/b`, and a per-cent sign or full stop at the end.
/// `None` for anything else ("12 apples", "1,23", "").
pub fn plain_number(text: &str) -> Option<Number> {
    let text = text.trim();
    let (negative, text) = strip_sign(text);
    let text = text.trim_start_matches(['$', '₩', '€', '£', '¥', '￦']).trim_start();
    let (inner, text) = strip_sign(text);
    let text = text.trim_end_matches('.').trim_end_matches('%').trim_end();
    let number = match text.split_once('/') {
        Some((numerator, denominator)) => {
            let numerator = separated(numerator.trim())?;
            let denominator = separated(denominator.trim())?;
            numerator.times(denominator.inverse()?)?
        }
        None => separated(text)?,
    };
    (!(negative && inner)).then_some(())?;
    Some(if negative || inner { number.negated() } else { number })
}

fn strip_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix(['-', '−', '－']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text).trim_start()),
    }
}

/// Unsigned digits, with or without thousands separators.
fn separated(text: &str) -> Option<Number> {
    if !text.contains(',') {
        return Number::decimal(text);
    }
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let well_formed =
        (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3) && !part.contains(',');
    well_formed.then_some(())?;
    Number::decimal(&format!("{}.{part}", whole.replace(',', "")))
}
