//! The bits of a scan and the Huffman codes in them (ITU-T T.81, F.2.2).

use super::Broken;

/// Bits that are looked up at once; longer codes are rare.
const LOOK: u32 = 9;

/// A Huffman table (C.2), as it is looked up.
pub(super) struct Table {
    /// By the next `LOOK` bits: how long the code is that they begin with, 0 if longer than that, and what it stands for.
    looked: [(u8, u8); 1 << LOOK],
    /// By length less one: the largest code of that length, left-aligned in 16 bits, beyond all if there is none; and what is added
    /// to a code to find its value.
    longest: [(u32, i32); 16],
    values: Vec<u8>,
}

impl Table {
    /// Of a DHT segment: the numbers of codes by length, then the values.
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self, Broken> {
        let mut table = Self { looked: [(0, 0); 1 << LOOK], longest: [(0, 0); 16], values: values.to_vec() };
        let (mut code, mut given) = (0_u32, 0_i32);
        let mut left = values.iter();
        for ((length, count), longest) in (1_u32..).zip(counts).zip(&mut table.longest) {
            let offset = given - i32::try_from(code).unwrap_or(i32::MAX);
            for value in left.by_ref().take(usize::from(*count)) {
                if length <= LOOK {
                    let first = usize::try_from(code << (LOOK - length)).unwrap_or(usize::MAX);
                    let places = table.looked.iter_mut().skip(first).take(1 << (LOOK - length));
                    places.for_each(|place| *place = (u8::try_from(length).unwrap_or(0), *value));
                }
                code += 1;
                given += 1;
            }
            if code > 1 << length {
                return Err(Broken("more codes than there is room for"));
            }
            *longest = (code << (16 - length), offset);
            code <<= 1;
        }
        Ok(table)
    }
}

/// The bits of one scan, most significant first, up to the next marker.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Left-aligned.
    held: u64,
    count: u32,
    /// Zero bits that were given as if they followed the last one.
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, held: 0, count: 0, made_up: 0 }
    }

    /// At least 57 bits.
    #[inline]
    fn fill(&mut self) {
        let ahead =
            self.bytes.get(self.at..).and_then(|rest| rest.first_chunk()).map(|bytes| u64::from_be_bytes(*bytes));
        // No byte is 0xFF: no marker and no stuffing.
        if let Some(ahead) = ahead.filter(|ahead| !has_ff(*ahead)) {
            let bytes = (64 - self.count) / 8;
            self.held |= ahead >> self.count;
            // What is beyond whole bytes will be read again: the same bits at the same places.
            self.at += bytes as usize;
            self.count += bytes * 8;
            return;
        }
        self.fill_slowly();
    }

    fn fill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.at..) {
                // F.1.2.3: a zero is stuffed behind every 0xFF that is no marker.
                Some([0xff, 0, ..]) => {
                    self.at += 2;
                    0xff
                }
                Some([0xff, ..] | []) | None => {
                    self.made_up += 8;
                    0
                }
                Some([byte, ..]) => {
                    self.at += 1;
                    *byte
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// Whether more bits were taken than there are.
    pub(super) fn is_short(&self) -> bool {
        self.made_up > self.count
    }

    #[inline]
    fn drop(&mut self, count: u32) {
        self.held <<= count;
        self.count -= count;
    }

    /// The next bits, at most 16.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> i32 {
        if self.count < 16 {
            self.fill();
        }
        // In two steps: a shift by 64 is none.
        let taken = (self.held >> 1) >> (63 - count);
        self.drop(count);
        i32::try_from(taken).unwrap_or_default()
    }

    /// F.2.2.1: a number of so many bits; those that begin with 0 are negative.
    #[inline]
    pub(super) fn number(&mut self, count: u32) -> i32 {
        let bits = self.take(count);
        if count > 0 && bits < 1 << (count - 1) { bits - (1 << count) + 1 } else { bits }
    }

    /// What the next code stands for.
    #[inline]
    pub(super) fn code(&mut self, table: &Table) -> Result<u8, Broken> {
        if self.count < 32 {
            self.fill();
        }
        let ahead = usize::try_from(self.held >> (64 - LOOK)).unwrap_or_default();
        let (length, value) = table.looked.get(ahead).copied().unwrap_or_default();
        if length > 0 {
            self.drop(length.into());
            return Ok(value);
        }
        self.long_code(table)
    }

    fn long_code(&mut self, table: &Table) -> Result<u8, Broken> {
        let ahead = u32::try_from(self.held >> 48).unwrap_or_default();
        for (length, (longest, offset)) in (1_u32..).zip(&table.longest) {
            if ahead < *longest {
                self.drop(length);
                let code = i32::try_from(ahead >> (16 - length)).unwrap_or_default();
                let value = usize::try_from(code + offset).ok().and_then(|at| table.values.get(at));
                return value.copied().ok_or(Broken("a code without a value"));
            }
        }
        Err(Broken("no such code"))
    }

    /// Passes a restart marker (F.2.1.3.1), which must be there.
    pub(super) fn restart(&mut self) -> Result<(), Broken> {
        let at = self.marker();
        match self.bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            Some([0xff, 0xd0..=0xd7]) if !self.is_short() => {
                *self = Self::new(self.bytes, at + 2);
                Ok(())
            }
            _ => Err(Broken("no restart where one belongs")),
        }
    }

    /// Where the next marker stands.
    pub(super) fn marker(&self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let marker = rest.windows(2).position(|pair| matches!(pair, [0xff, 1..=0xfe]));
        marker.map_or(self.bytes.len(), |found| self.at + found)
    }
}

/// Whether one of the bytes is 0xFF: no byte of the complement may be 0.
fn has_ff(bytes: u64) -> bool {
    let low = u64::MAX / 255;
    bytes & (!bytes).wrapping_sub(low) & (low << 7) != 0
}
