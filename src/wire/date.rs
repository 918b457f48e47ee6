//! Wall time as text, for the `Date` field of HTTP and for JSON; and a date of HTTP as wall time.
//!
//! Pure: the time is an argument. The calendar is the proleptic Gregorian one in UTC, without leap seconds, which is
//! what both standards mean. Times after the year 9999 do not fit either format and are written as its last moment.

use std::fmt;
use std::ops::Deref;

use serde::{Serialize, Serializer};

use super::digits::{fill, pair};

/// The last millisecond of the year 9999, in milliseconds since 1970-01-01T00:00:00Z.
const LAST_UNIX_MS: u64 = 253_402_300_799_999;

const DAY_MS: u64 = 86_400_000;
/// From 0000-03-01 to 1970-01-01.
const DAYS_FROM_0000_03_01: u64 = 719_468;
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]; // 1970-01-01 was a Thursday
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The preferred format of HTTP (RFC 9110, 5.6.7), to the second: `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// `unix_ms` is in milliseconds since 1970-01-01T00:00:00Z; the fraction of the second is cut off.
pub fn imf_fixdate(unix_ms: u64) -> String {
    let Civil { days, year, month, day, hour, minute, second, .. } = Civil::new(unix_ms);
    let weekday =
        WEEKDAYS.iter().zip(0..).find(|&(_, number)| number == days % 7).map_or("???", |(name, _)| name);
    let month = MONTHS.iter().zip(1..).find(|&(_, number)| number == month).map_or("???", |(name, _)| name);
    let mut text = *b"Day, 00 Mon 0000 00:00:00 GMT";
    text[..3].copy_from_slice(weekday.as_bytes());
    text[8..11].copy_from_slice(month.as_bytes());
    for (number, place) in [(day, 5..7), (year, 12..16), (hour, 17..19), (minute, 20..22), (second, 23..25)] {
        fill(number, &mut text[place]);
    }
    str::from_utf8(&text).unwrap_or_default().to_owned()
}

/// Reads a date in any of the three formats of HTTP (RFC 9110, 5.6.7), of which two are only for reading:
/// `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. In milliseconds since 1970-01-01T00:00:00Z; `None` for
/// anything else, and for what lies before that.
pub fn read_http_date(text: &str) -> Option<u64> {
    let parts: Vec<&str> = text.split([' ', ',', '-']).filter(|part| !part.is_empty()).collect();
    let (day, month, year, time) = match parts[..] {
        [_, day, month, year, time, "GMT"] => (day, month, year, time),
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let number = |digits: &str| -> Option<u64> {
        let is_number = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten()
    };
    let year = match (number(year)?, year.len()) {
        (year, 4) => year,
        // Of two digits: nobody tells of what lies fifty years off.
        (year, 2) if year < 70 => year + 2000,
        (year, 2) => year + 1900,
        _ => return None,
    };
    let (month, _) = (1..).zip(MONTHS).find(|(_, name)| *name == month)?;
    let day = number(day).filter(|day| (1..=31).contains(day))?;
    let mut clock = time.split(':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    // A leap second is written as the 60th.
    if clock.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_from_civil(year, month, day)?;
    Some(days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000)
}

/// The format of RFC 3339 in UTC, always with milliseconds: `2025-12-30T10:30:00.000Z`.
///
/// `unix_ms` is in milliseconds since 1970-01-01T00:00:00Z.
pub fn rfc3339(unix_ms: u64) -> Timestamp {
    let Civil { year, month, day, hour, minute, second, millisecond, .. } = Civil::new(unix_ms);
    // By pairs of digits: every message carries one, and the formatting of numbers would be a fifth of its cost.
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |place: usize, number| text[place..place + 2].copy_from_slice(&pair(number));
    put(0, year / 100);
    put(2, year % 100);
    put(5, month);
    put(8, day);
    put(11, hour);
    put(14, minute);
    put(17, second);
    put(20, millisecond / 10);
    text[22] = pair(millisecond)[1];
    Timestamp(text)
}

/// A moment in the format of [`rfc3339`]: a short text that needs no memory of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Timestamp([u8; 24]);

impl Deref for Timestamp {
    type Target = str;

    fn deref(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

/// A moment as people write it.
struct Civil {
    /// Since 1970-01-01.
    days: u64,
    year: u64,
    /// 1 to 12.
    month: u64,
    /// 1 to 31.
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    millisecond: u64,
}

impl Civil {
    fn new(unix_ms: u64) -> Self {
        let unix_ms = unix_ms.min(LAST_UNIX_MS);
        let days = unix_ms / DAY_MS;
        let (year, month, day) = civil_from_days(days);
        Self {
            days,
            year,
            month,
            day,
            hour: unix_ms / 3_600_000 % 24,
            minute: unix_ms / 60_000 % 60,
            second: unix_ms / 1000 % 60,
            millisecond: unix_ms % 1000,
        }
    }
}

/// Year, month and day of a number of days since 1970-01-01.
///
/// Counts years from March, so that the leap day is the last of its year, in eras of 400 years, which all have the same
/// number of days (Howard Hinnant's `civil_from_days`, for days that are not negative).
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    const DAYS_PER_ERA: u64 = 146_097;
    let days = days + DAYS_FROM_0000_03_01;
    let era = days / DAYS_PER_ERA;
    let day_of_era = days % DAYS_PER_ERA;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, later_year) =
        if month_from_march < 10 { (month_from_march + 3, 0) } else { (month_from_march - 9, 1) };
    (era * 400 + year_of_era + later_year, month, day)
}

/// The opposite of [`civil_from_days`]; `None` for what lies before 1970.
fn days_from_civil(year: u64, month: u64, day: u64) -> Option<u64> {
    let (month_from_march, year) =
        if month > 2 { (month - 3, year) } else { (month + 9, year.checked_sub(1)?) };
    let days_before_year = 365 * year + year / 4 - year / 100 + year / 400;
    (days_before_year + (153 * month_from_march + 2) / 5 + day - 1).checked_sub(DAYS_FROM_0000_03_01)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        for (unix_ms, fixdate, timestamp) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000Z"),
            (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
            (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "Wed, 01 Mar 2000 00:00:00 GMT", "2000-03-01T00:00:00.000Z"),
            (1_709_251_199_999, "Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59.999Z"),
            (1_767_090_600_000, "Tue, 30 Dec 2025 10:30:00 GMT", "2025-12-30T10:30:00.000Z"),
            (4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00.000Z"),
            (4_107_542_399_001, "Sun, 28 Feb 2100 23:59:59 GMT", "2100-02-28T23:59:59.001Z"),
            (LAST_UNIX_MS, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(imf_fixdate(unix_ms), fixdate);
            assert_eq!(&*rfc3339(unix_ms), timestamp);
            assert_eq!(read_http_date(fixdate), Some(unix_ms / 1000 * 1000));
        }
    }

    #[test]
    fn a_date_is_read_in_the_formats_of_old_too_and_nothing_else_is_one() {
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(read_http_date(date), Some(784_111_777_000), "{date}");
        }
        assert_eq!(read_http_date("Friday, 20-Nov-26 00:00:60 GMT"), Some(1_795_132_860_000));
        for date in [
            "",
            "120",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 06 Now 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 994 08:49:37 GMT",
            "Sun, 06 Nov 1969 08:49:37 GMT",
            "Sun, 06 Nov 0000 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Nov 1994 08:49:37:11 GMT",
            "Sun, 06 Nov +994 08:49:37 GMT",
            "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        ] {
            assert_eq!(read_http_date(date), None, "{date}");
        }
    }

    #[test]
    fn what_no_format_can_hold_is_written_as_the_last_moment() {
        assert_eq!(&*rfc3339(LAST_UNIX_MS + 1), "9999-12-31T23:59:59.999Z");
        assert_eq!(imf_fixdate(u64::MAX), "Fri, 31 Dec 9999 23:59:59 GMT");
    }

    /// The calendar counted day by day, the slow and obvious way, agrees over 800 years.
    #[test]
    fn every_day_follows_the_day_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..800 * 366 {
            assert_eq!(civil_from_days(days), (year, month, day));
            assert_eq!(days_from_civil(year, month, day), Some(days));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, last) if last == length => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }
}
