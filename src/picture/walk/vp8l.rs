//! What a lossless picture of WebP (RFC 9649 §3) costs beside its pixels: the tables that a decoder makes of its prefix codes. There are
//! five for each group, up to 65,536 groups, however small the picture is, and a table of 4 KiB takes 12 bytes of the file. So all
//! codes are read; what stands before them are the transforms, and the picture that says which group is for which part.

/// Where counting ends: no picture that is one has as many, and whoever made this one would have the rest read bit by bit.
const ENOUGH: u64 = 1 << 28;
/// The order in which the lengths of the codes for lengths are written (§3.7.2.1.2).
const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Bytes of tables, of a picture of this size, from its first transform on; `u64::MAX` where there are so many that nobody counts
/// them. None if it is cut short or nonsense.
pub(super) fn tables(bytes: &[u8], (mut width, height): (u32, u32)) -> Option<u64> {
    let mut bits = Bits { bytes, at: 0 };
    let mut seen = [false; 4];
    // §3.5.
    while bits.take(1)? == 1 {
        let kind = bits.take(2)?;
        let seen = seen.get_mut(kind as usize).filter(|seen| !**seen)?;
        *seen = true;
        match kind {
            0 | 1 => drop(bits.parts(width, height)?),
            3 => {
                let colours = bits.take(8)? + 1;
                bits.picture(colours, 1)?;
                let packed = [2, 4, 16].iter().filter(|most| colours <= **most).count();
                width = width.div_ceil(1 << packed);
            }
            _ => {}
        }
    }
    let cache = bits.cache()?;
    let groups = if bits.take(1)? == 0 { 1 } else { bits.parts(width, height)? + 1 };
    let mut sum = 0;
    for _ in 0..groups {
        for symbols in [280 + cache, 256, 256, 256, 40] {
            sum += table(&bits.lengths(symbols)?);
        }
        if sum > ENOUGH {
            return Some(u64::MAX);
        }
    }
    Some(sum)
}

/// image-webp looks up ten bits at once, and goes on in a tree.
fn table(lengths: &[usize]) -> u64 {
    let longest = lengths.iter().max().copied().unwrap_or_default();
    let longer = lengths.iter().filter(|length| **length > 10).count() as u64;
    (4 << longest.min(10)) + 32 * longer + 64
}

/// A prefix code (§3.7.2.1).
#[derive(Default)]
struct Code {
    /// By length.
    counts: [usize; 16],
    /// By length, then as they are numbered.
    symbols: Vec<u32>,
}

impl Code {
    fn new(lengths: &[usize]) -> Self {
        let mut code = Self::default();
        for (length, count) in code.counts.iter_mut().enumerate().skip(1) {
            let before = code.symbols.len();
            let those = (0..).zip(lengths).filter(|(_, own)| **own == length).map(|(symbol, _)| symbol);
            code.symbols.extend(those);
            *count = code.symbols.len() - before;
        }
        code
    }
}

/// Bits from the least significant on (§3.2).
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut taken = 0;
        for place in 0..count {
            taken |= u32::from(self.bytes.get(self.at / 8)? >> (self.at % 8) & 1) << place;
            self.at += 1;
        }
        Some(taken)
    }

    fn symbol(&mut self, code: &Code) -> Option<u32> {
        let (mut value, mut first, mut index) = (0, 0, 0);
        if code.symbols.len() == 1 {
            return code.symbols.first().copied();
        }
        for count in code.counts.iter().skip(1) {
            value |= self.take(1)? as usize;
            if value < first + count {
                return code.symbols.get(index + value - first).copied();
            }
            index += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        None
    }

    /// A prefix code, by the lengths of its codes (§3.7.2.1.1, §3.7.2.1.2).
    fn lengths(&mut self, symbols: usize) -> Option<Vec<usize>> {
        let mut lengths = Vec::new();
        if self.take(1)? == 1 {
            let two = self.take(1)? == 1;
            let wide = self.take(1)? * 7 + 1;
            for wide in [wide, 8].into_iter().take(1 + usize::from(two)) {
                let symbol = Some(self.take(wide)? as usize).filter(|symbol| *symbol < symbols)?;
                lengths.resize(lengths.len().max(symbol + 1), 0);
                lengths.iter_mut().skip(symbol).take(1).for_each(|length| *length = 1);
            }
            return Some(lengths);
        }
        let mut of_lengths = [0; 19];
        for place in ORDER.iter().take(self.take(4)? as usize + 4) {
            *of_lengths.get_mut(*place)? = self.take(3)? as usize;
        }
        let (code, mut given, mut last) = (Code::new(&of_lengths), symbols, 8);
        if self.take(1)? == 1 {
            let wide = self.take(3)? * 2 + 2;
            given = self.take(wide)? as usize + 2;
        }
        while lengths.len() < symbols && given > 0 {
            given -= 1;
            match self.symbol(&code)? as usize {
                16 => lengths.extend(std::iter::repeat_n(last, self.take(2)? as usize + 3)),
                17 => lengths.extend(std::iter::repeat_n(0, self.take(3)? as usize + 3)),
                18 => lengths.extend(std::iter::repeat_n(0, self.take(7)? as usize + 11)),
                length => {
                    lengths.push(length);
                    last = if length == 0 { last } else { length };
                }
            }
        }
        Some(lengths)
    }

    fn code(&mut self, symbols: usize) -> Option<Code> {
        Some(Code::new(&self.lengths(symbols)?))
    }

    /// §3.6.2.3: how many symbols a cache of colours adds.
    fn cache(&mut self) -> Option<usize> {
        if self.take(1)? == 0 {
            return Some(0);
        }
        Some(self.take(4)?).filter(|bits| (1..=11).contains(bits)).map(|bits| 1 << bits)
    }

    /// A picture with a pixel for each square of another.
    fn parts(&mut self, width: u32, height: u32) -> Option<u32> {
        let side = 1 << (self.take(3)? + 2);
        self.picture(width.div_ceil(side), height.div_ceil(side))
    }

    /// §3.7.3: passes over one, and tells the largest number that red and green are together in any of its pixels. Those that are
    /// repeated, or taken from the cache, were there before.
    fn picture(&mut self, width: u32, height: u32) -> Option<u32> {
        let cache = self.cache()?;
        let [green, red, blue, alpha, distance] =
            [self.code(280 + cache)?, self.code(256)?, self.code(256)?, self.code(256)?, self.code(40)?];
        let (mut left, mut largest) = (u64::from(width) * u64::from(height), 0);
        while left > 0 {
            let passed = match self.symbol(&green)? {
                value @ 0..256 => {
                    largest = largest.max(self.symbol(&red)? << 8 | value);
                    self.symbol(&blue)?;
                    self.symbol(&alpha)?;
                    1
                }
                value @ 256..280 => {
                    let length = self.number(value - 256)?;
                    let distance = self.symbol(&distance)?;
                    self.number(distance)?;
                    length
                }
                _ => 1,
            };
            left = left.saturating_sub(passed);
        }
        Some(largest)
    }

    /// §3.6.2.2: lengths and distances.
    fn number(&mut self, prefix: u32) -> Option<u64> {
        if prefix < 4 {
            return Some(u64::from(prefix) + 1);
        }
        // The last of 40; a code of more is none, and would be shifted out of its number.
        let extra = Some((prefix - 2) >> 1).filter(|_| prefix < 40)?;
        Some((u64::from(2 + (prefix & 1)) << extra) + u64::from(self.take(extra)?) + 1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::tables;

    /// Of several groups, as libwebp makes them (fixtures/webp/make).
    const LOSSLESS: &[u8] = include_bytes!("../../../fixtures/webp/lossless.webp");

    #[test]
    fn the_codes_of_a_picture_are_read_to_their_end() {
        let at = LOSSLESS.windows(4).position(|kind| kind == b"VP8L").unwrap();
        let data = &LOSSLESS[at + 13..];
        let found = tables(data, (600, 428)).unwrap();
        assert!((20 * 1024..4 * 1024 * 1024).contains(&found), "{found}");
        assert_eq!(tables(&data[..60], (600, 428)), None);
        // As many lines more, or none, are other parts of it: what follows makes no sense.
        assert_ne!(tables(data, (600, 4280)), Some(found));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_bits_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = tables(&bytes, (600, 428));
        }
    }
}
