//! Tens of thousands of damaged requests: no panic, bounded memory, and the same steps however they are cut.

use super::*;

const SEEDS: [&[u8]; 7] = [
    b"GET /a?b=c HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x80",
    b"POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    b"PUT /c HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"HEAD http://a:80/d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01",
];

/// Bytes that mean something somewhere.
const TELLING: &[u8] = b"\r\n\t :;,/?#*%+-019afAF[]@\0\x7f\xff\xc3";

/// George Marsaglia's xorshift, 64 bits.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn byte(&mut self) -> u8 {
        let any = u8::try_from(self.below(256)).unwrap();
        if self.below(4) == 0 { any } else { TELLING[self.below(TELLING.len())] }
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        start..start + self.below((length - start + 1).min(20))
    }

    fn mutate(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        match self.below(5) {
            0 if at < bytes.len() => bytes[at] = self.byte(),
            1 => bytes.insert(at, self.byte()),
            2 => drop(bytes.drain(self.range(bytes.len()))),
            3 => {
                let part = bytes[self.range(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let other = self.pick(&SEEDS);
                let part = &other[self.range(other.len())];
                bytes.splice(at..at, part.iter().copied());
            }
        }
    }

    fn damaged(&mut self) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..=self.below(3)).flat_map(|_| self.pick(&SEEDS)).copied().collect();
        for _ in 0..self.below(6) {
            self.mutate(&mut bytes);
        }
        bytes
    }

    fn cut<'a>(&mut self, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let longest = self.below(60) + 1;
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at((self.below(longest) + 1).min(bytes.len()));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }
}

#[test]
fn damaged_requests_give_the_same_steps_however_they_are_cut() {
    let limits = Limits { head_bytes: 150, head_fields: 4, body_bytes: 12 };
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut requests, mut refusals) = (0, 0);
    for round in 0..40_000 {
        let bytes = random.damaged();
        let whole = feed([&bytes[..]], &limits);
        for _ in 0..2 {
            let pieces = random.cut(&bytes);
            assert_eq!(feed(pieces, &limits), whole, "round {round}: {:?}", String::from_utf8_lossy(&bytes));
        }
        requests += whole.0.iter().filter(|step| matches!(step, Step::Request(_))).count();
        refusals += whole.0.iter().filter(|step| matches!(step, Step::Refuse(_))).count();
    }
    // Neither all good nor all bad, or the test would look at little.
    assert!(requests > 10_000 && refusals > 10_000, "{requests} requests, {refusals} refusals");
}

#[test]
fn noise_is_refused_and_not_kept() {
    let mut random = Random(1);
    for _ in 0..2000 {
        let bytes: Vec<u8> = (0..200).map(|_| random.byte()).collect();
        let whole = feed([&bytes[..]], &LIMITS);
        assert_eq!(feed(bytes.chunks(1), &LIMITS), whole);
    }
}
