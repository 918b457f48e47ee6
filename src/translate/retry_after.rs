//! When a service that was asked too often may be asked again.
//!
//! It says so in one of two fields, in seconds, in milliseconds or as a date. The clock on the wall is an argument here:
//! nothing else of a translation depends on it.

use crate::vocabulary::{Answer, AnswerField, Millis};
use crate::wire::date::read_http_date;

/// A service is not believed that it wants longer than this: it is asked again, and says so again.
pub const RETRY_AFTER_MAX: Millis = Millis::from_secs(60);

/// What an answer says of it, as [`super::verdict::Verdict::Limited`] has it. Milliseconds, which are meant to be more exact,
/// become whole seconds.
pub(super) fn said_by(answer: &Answer) -> Option<String> {
    let field = |wanted| answer.fields.iter().find(|(field, _)| *field == wanted).map(|(_, value)| value);
    let in_ms = field(AnswerField::RetryAfterMs).and_then(|value| value.trim().parse::<u64>().ok());
    in_ms.map(|ms| ms.div_ceil(1000).to_string()).or_else(|| field(AnswerField::RetryAfter).cloned())
}

/// Reads the value of `Retry-After` (RFC 9110, section 10.2.3), seconds or a date, at the moment `unix_ms` (since
/// 1970-01-01T00:00:00Z): how long to wait from now on, at most [`RETRY_AFTER_MAX`]. `None` if it is neither; a date that has
/// passed is no time at all.
pub fn retry_after(value: &str, unix_ms: u64) -> Option<Millis> {
    let value = value.trim();
    let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    let wait = if is_number {
        // More digits than fit are a long time.
        Millis(value.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(1000))
    } else {
        Millis(read_http_date(value)?.saturating_sub(unix_ms))
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1994-11-06T08:49:37Z.
    const NOW: u64 = 784_111_777_000;

    #[test]
    fn seconds_and_dates_are_read_and_bounded() {
        for (value, wait) in [
            ("0", Some(0)),
            ("7", Some(7000)),
            (" 59 ", Some(59_000)),
            ("61", Some(60_000)),
            ("99999999999999999999999", Some(60_000)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3000)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30_000)),
            ("Sun Nov  6 08:49:38 1994", Some(1000)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Wed, 21 Oct 2026 07:28:00 GMT", Some(60_000)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("7s", None),
        ] {
            assert_eq!(retry_after(value, NOW), wait.map(Millis), "{value:?}");
        }
    }

    #[test]
    fn the_more_exact_field_comes_first_and_a_senseless_one_not_at_all() {
        let said = |fields: &[(AnswerField, &str)]| {
            let fields = fields.iter().map(|(field, value)| (*field, (*value).to_owned())).collect();
            said_by(&Answer { fields, ..Answer::new(429, "") })
        };
        let (after, ms) = (AnswerField::RetryAfter, AnswerField::RetryAfterMs);
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[(after, "2")]).as_deref(), Some("2"));
        assert_eq!(said(&[(after, "2"), (ms, "1001")]).as_deref(), Some("2"));
        assert_eq!(said(&[(after, "9"), (ms, "1000")]).as_deref(), Some("1"));
        assert_eq!(said(&[(after, "9"), (ms, "soon")]).as_deref(), Some("9"));
    }
}
