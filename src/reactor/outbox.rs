//! What was sent to a connection and has not left yet: a queue of shared pieces, written many at a time.
//!
//! Knows `io::Write` and nothing of sockets, so that a test can be the slow peer. Unbounded by itself: the core stops
//! sending past its high-water mark. Read [`super::socket`] next to see when it is written.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, Write};

use bytes::{Buf, Bytes};

/// Pieces handed to the kernel in one call. Enough for a burst of chat messages; the array stays on the stack.
const SLICES_MAX: usize = 64;

/// Bytes up to which pieces are put together instead.
const GATHERED_BYTES_MAX: usize = 8 * 1024;

/// A queue of output. Holds no memory while it is empty.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pieces: VecDeque<Bytes>,
    /// How many of them, from the front, have memory of their own.
    kept: usize,
}

impl Outbox {
    /// Appends a piece, shared, not copied, unless there are some that have to wait. An empty one is nothing to write,
    /// and is left out.
    pub(super) fn push(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let waits = self.kept > 0;
        self.pieces.push_back(bytes);
        if waits {
            self.keep();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Bytes that have not left.
    pub(super) fn bytes(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// Drops what has not left.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Writes until the queue is empty or the writer takes less than it was offered; gives the bytes that left.
    ///
    /// Less than offered means that the kernel's buffer is full. Asking once more would only be told `WouldBlock`, and
    /// the poll will say when there is room. What stays until then is copied: a piece may share its memory with many that
    /// have left, and a slow peer shall hold its own bytes and no others.
    ///
    /// # Errors
    /// What the writer says, except `WouldBlock` (the queue is then not empty) and `Interrupted` (tried again).
    pub(super) fn write_to(&mut self, writer: &mut impl Write) -> io::Result<usize> {
        let mut written = 0;
        while !self.pieces.is_empty() {
            match self.write_once(writer) {
                Ok((taken, offered)) => {
                    written += taken;
                    if taken < offered {
                        self.keep();
                        break;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.keep();
                    break;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    /// One call to the writer: bytes it took, and bytes it was offered.
    fn write_once(&mut self, writer: &mut impl Write) -> io::Result<(usize, usize)> {
        let (taken, offered) = match &self.pieces {
            // Mostly there is one only, and the kernel takes longer to look through a list.
            pieces if pieces.len() == 1 => (writer.write(&pieces[0])?, pieces[0].len()),
            pieces => write_several(pieces, writer)?,
        };
        if taken == 0 {
            return Err(ErrorKind::WriteZero.into());
        }
        self.drop_front(taken);
        Ok((taken, offered))
    }

    /// What is here has to wait: copies it into memory of its own.
    pub(super) fn keep(&mut self) {
        for piece in self.pieces.iter_mut().skip(self.kept) {
            *piece = Bytes::copy_from_slice(piece);
        }
        self.kept = self.pieces.len();
    }

    fn drop_front(&mut self, mut taken: usize) {
        while let Some(front) = self.pieces.front_mut() {
            if taken < front.len() {
                front.advance(taken);
                return;
            }
            taken -= front.len();
            self.pieces.pop_front();
            self.kept = self.kept.saturating_sub(1);
        }
        // Ten thousand idle connections: an empty queue keeps no memory for the next burst.
        self.pieces = VecDeque::new();
    }
}

/// As many as one call takes: bytes the writer took, and bytes it was offered. Small ones are put together first: to copy
/// them costs less than a list of them costs the kernel.
fn write_several(pieces: &VecDeque<Bytes>, writer: &mut impl Write) -> io::Result<(usize, usize)> {
    let bytes: usize = pieces.iter().map(Bytes::len).sum();
    if bytes <= GATHERED_BYTES_MAX {
        let mut gathered = Vec::with_capacity(bytes);
        pieces.iter().for_each(|piece| gathered.extend_from_slice(piece));
        return Ok((writer.write(&gathered)?, bytes));
    }
    let mut slices = [IoSlice::new(&[]); SLICES_MAX];
    let mut offered = 0;
    let mut used = 0;
    for (slice, piece) in slices.iter_mut().zip(pieces) {
        *slice = IoSlice::new(piece);
        offered += piece.len();
        used += 1;
    }
    Ok((writer.write_vectored(&slices[..used])?, offered))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes a call, in turn; then it blocks.
    struct Slow {
        appetite: VecDeque<usize>,
        taken: Vec<u8>,
        calls: usize,
    }

    impl Slow {
        fn new(appetite: &[usize]) -> Self {
            Self { appetite: appetite.iter().copied().collect(), taken: Vec::new(), calls: 0 }
        }
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.write_vectored(&[IoSlice::new(bytes)])
        }

        fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
            self.calls += 1;
            let Some(appetite) = self.appetite.pop_front() else { return Err(ErrorKind::WouldBlock.into()) };
            let before = self.taken.len();
            for slice in slices {
                let room = appetite - (self.taken.len() - before);
                self.taken.extend_from_slice(&slice[..slice.len().min(room)]);
            }
            Ok(self.taken.len() - before)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn outbox(pieces: &[&'static str]) -> Outbox {
        let mut outbox = Outbox::default();
        for piece in pieces {
            outbox.push(Bytes::from_static(piece.as_bytes()));
        }
        outbox
    }

    #[test]
    fn several_pieces_leave_in_one_call() {
        let mut outbox = outbox(&["one ", "", "two ", "three"]);
        let mut peer = Slow::new(&[100]);
        assert_eq!(outbox.write_to(&mut peer).unwrap(), 13);
        assert_eq!((peer.taken.as_slice(), peer.calls), (b"one two three".as_slice(), 1));
        assert!(outbox.is_empty());
        assert_eq!(outbox.pieces.capacity(), 0);
    }

    #[test]
    fn a_short_write_ends_the_attempt_and_the_rest_stays_in_order() {
        let mut outbox = outbox(&["one ", "two ", "three"]);
        let mut peer = Slow::new(&[6, 100]);
        assert_eq!(outbox.write_to(&mut peer).unwrap(), 6);
        assert_eq!(peer.calls, 1);
        assert!(!outbox.is_empty());
        assert_eq!(outbox.write_to(&mut peer).unwrap(), 7);
        assert_eq!(peer.taken, b"one two three");
    }

    #[test]
    fn full_progress_goes_on_past_the_slices_of_one_call() {
        const PIECE: &str = match str::from_utf8(&[b'x'; GATHERED_BYTES_MAX / SLICES_MAX]) {
            Ok(piece) => piece,
            Err(_) => "",
        };
        let mut outbox = outbox(&[PIECE; SLICES_MAX + 3]);
        let mut peer = Slow::new(&[usize::MAX, usize::MAX]);
        assert_eq!(outbox.write_to(&mut peer).unwrap(), PIECE.len() * (SLICES_MAX + 3));
        assert_eq!(peer.calls, 2);
    }

    /// A frame is a part of memory that many share: a slow peer would keep all of it from being used again.
    #[test]
    fn what_has_to_wait_has_memory_of_its_own() {
        let shared = Bytes::from(b"for many, one, two".to_vec());
        let mut outbox = Outbox::default();
        outbox.push(shared.slice(10..13));
        outbox.push(shared.slice(15..));
        assert!(!shared.is_unique());
        assert_eq!(outbox.write_to(&mut Slow::new(&[4])).unwrap(), 4);
        assert!(shared.is_unique(), "what waits for the kernel is copied");
        outbox.push(shared.slice(..3));
        assert!(shared.is_unique(), "and so is what comes behind it");
        let mut peer = Slow::new(&[100]);
        outbox.write_to(&mut peer).unwrap();
        assert_eq!(peer.taken, b"wofor");
        outbox.push(shared.slice(..3));
        assert!(!shared.is_unique(), "then it is shared again");
    }

    #[test]
    fn a_peer_that_blocks_is_no_error_and_a_dead_one_is() {
        let mut outbox = outbox(&["one"]);
        assert_eq!(outbox.write_to(&mut Slow::new(&[])).unwrap(), 0);
        assert!(!outbox.is_empty());
        assert_eq!(outbox.write_to(&mut Slow::new(&[0])).unwrap_err().kind(), ErrorKind::WriteZero);
    }
}
