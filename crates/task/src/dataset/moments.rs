//! Dates and times of data files as the text that Python's `str` makes of them.

const DAY_NS: i128 = 86_400_000_000_000;

/// A date, by days since 1970-01-01: `2024-02-29`.
pub(super) fn date(days: i64) -> String {
    // Years that begin in March put the leap day last; 400 of them have always the same number of days.
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A time of day, by nanoseconds since midnight: `23:59:58.123456`.
pub(super) fn clock(nanoseconds: i64) -> String {
    let seconds = nanoseconds.div_euclid(1_000_000_000);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{rest:02}{}", fraction(nanoseconds.rem_euclid(1_000_000_000)))
}

/// A moment, by nanoseconds since 1970: `2024-02-29 23:59:58.123456`, with `+00:00` behind it where it is `utc`.
pub(super) fn moment(nanoseconds: i128, utc: bool) -> String {
    let days = i64::try_from(nanoseconds.div_euclid(DAY_NS)).unwrap_or(i64::MAX);
    let within = i64::try_from(nanoseconds.rem_euclid(DAY_NS)).unwrap_or(0);
    format!("{} {}{}", date(days), clock(within), if utc { "+00:00" } else { "" })
}

/// Parts of a second: six digits, nine where six do not do, none where there are none.
fn fraction(nanoseconds: i64) -> String {
    match (nanoseconds, nanoseconds % 1_000) {
        (0, _) => String::new(),
        (_, 0) => format!(".{:06}", nanoseconds / 1_000),
        (_, _) => format!(".{nanoseconds:09}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{date, moment};

    #[test]
    fn dates_far_from_today_are_right() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_782, "2024-02-29"),
            (19_783, "2024-03-01"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
        ] {
            assert_eq!(date(days), text);
        }
    }

    #[test]
    fn moments_before_1970_count_forwards_within_the_day() {
        assert_eq!(moment(-1, false), "1969-12-31 23:59:59.999999999");
        assert_eq!(moment(-1_000, true), "1969-12-31 23:59:59.999999+00:00");
    }
}
