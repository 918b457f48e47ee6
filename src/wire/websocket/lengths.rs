//! Watches the lengths of frames go by: each must be said in the fewest bytes (RFC 6455, section 5.2), which tungstenite
//! does not check. It must not look at anything else in a frame.

/// Where in the frames of a peer the next byte stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths {
    at: At,
}

#[derive(Clone, Copy, Debug, Default)]
enum At {
    #[default]
    Opcode,
    Length,
    /// So many bytes of the length are to come; the others say this, and the whole must say at least `least`.
    Extended {
        left: u8,
        bytes: u64,
        least: u64,
        mask_bytes: u64,
    },
    /// The mask and the payload.
    Rest(u64),
    /// A length was longer than need be.
    Broken,
}

impl Lengths {
    /// How many of these bytes may be read: up to the end of the frame, or before a length that is longer than need be.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> usize {
        let mut place = 0;
        while let Some(byte) = bytes.get(place) {
            match &mut self.at {
                At::Broken => break,
                // Most frames are short, and come in one piece.
                At::Opcode if bytes.get(place + 1).is_some_and(|length| length & 0x7f < 126) => {
                    let length = bytes[place + 1];
                    place += 2;
                    self.at = At::rest(u64::from(length & 0x80) / 32, u64::from(length & 0x7f));
                }
                At::Rest(left) => {
                    let step = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len() - place);
                    *left -= step as u64;
                    place += step;
                    if *left == 0 {
                        self.at = At::Opcode;
                    }
                }
                at => {
                    *at = at.behind(*byte);
                    if matches!(at, At::Broken) {
                        break;
                    }
                    place += 1;
                }
            }
            if self.are_between_frames() {
                break;
            }
        }
        place
    }

    /// Whether a frame has ended and the next one has not begun.
    pub(super) fn are_between_frames(&self) -> bool {
        matches!(self.at, At::Opcode)
    }

    /// Whether a length was longer than need be.
    pub(super) fn is_broken(&self) -> bool {
        matches!(self.at, At::Broken)
    }
}

impl At {
    fn behind(self, byte: u8) -> Self {
        match self {
            Self::Opcode => Self::Length,
            Self::Length => {
                let mask_bytes = if byte & 0x80 == 0 { 0 } else { 4 };
                match byte & 0x7f {
                    126 => Self::Extended { left: 2, bytes: 0, least: 126, mask_bytes },
                    127 => Self::Extended { left: 8, bytes: 0, least: 1 << 16, mask_bytes },
                    short => Self::rest(mask_bytes, u64::from(short)),
                }
            }
            Self::Extended { left, bytes, least, mask_bytes } => {
                let bytes = bytes << 8 | u64::from(byte);
                match left {
                    1 if bytes < least => Self::Broken,
                    1 => Self::rest(mask_bytes, bytes),
                    _ => Self::Extended { left: left - 1, bytes, least, mask_bytes },
                }
            }
            Self::Rest(_) | Self::Broken => self,
        }
    }

    fn rest(mask_bytes: u64, payload_bytes: u64) -> Self {
        match mask_bytes.saturating_add(payload_bytes) {
            0 => Self::Opcode,
            bytes => Self::Rest(bytes),
        }
    }
}
