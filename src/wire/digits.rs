//! Whole numbers as text, without the machinery of `fmt`: every message and every response carries some.

/// As many digits as the largest number has.
pub(super) const DIGITS_MAX: usize = 20;

/// The decimal digits of a number, at the end of `room`.
pub(super) fn decimal(mut number: u64, room: &mut [u8; DIGITS_MAX]) -> &[u8] {
    let mut from = room.len();
    loop {
        from -= 1;
        room[from] = digit(number);
        number /= 10;
        if number == 0 {
            return &room[from..];
        }
    }
}

/// Writes the last digits of a number over all of `place`.
pub(super) fn fill(mut number: u64, place: &mut [u8]) {
    for byte in place.iter_mut().rev() {
        *byte = digit(number);
        number /= 10;
    }
}

/// The last two digits of a number.
pub(super) fn pair(number: u64) -> [u8; 2] {
    [digit(number / 10), digit(number)]
}

fn digit(number: u64) -> u8 {
    b'0' + u8::try_from(number % 10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_fmt_writes_them() {
        for number in [0, 7, 10, 99, 100, 65_536, u64::MAX - 1, u64::MAX] {
            assert_eq!(decimal(number, &mut [0; DIGITS_MAX]), number.to_string().as_bytes());
        }
        let mut text = *b"..00..";
        fill(7, &mut text[2..4]);
        assert_eq!(&text, b"..07..");
        assert_eq!((&pair(7), &pair(1234)), (b"07", b"34"));
    }
}
