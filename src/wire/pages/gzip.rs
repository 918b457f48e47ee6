//! One body in gzip (RFC 1952): the same bytes in every run of one build.

use flate2::{Compress, Compression, Crc, FlushCompress};

/// A member without a name or a time, made on an unknown system as small as can be.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];

/// The body in gzip.
pub(super) fn gzip(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + HEAD.len() + 64);
    let mut crc = Crc::new();
    crc.update(body);
    out.extend_from_slice(&HEAD);
    // No body grows, and a lack of memory is all that could be wrong.
    let done = Compress::new(Compression::best(), false).compress_vec(body, &mut out, FlushCompress::Finish);
    debug_assert!(matches!(done, Ok(flate2::Status::StreamEnd)), "{done:?}");
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out.shrink_to_fit();
    out
}
