//! WebP files (RFC 9649) whose headers say little and whose contents ask for much.

/// All of them, each with what it is.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let huge = lossy(16_383);
    let frame = |sides: [u8; 6], picture: &[u8]| {
        let header = [&[0; 6][..], &sides, &[0; 4]].concat();
        [&extended(0x02)[..], &chunk(*b"ANIM", &[0; 6]), &chunk(*b"ANMF", &[&header[..], picture].concat())].concat()
    };
    [
        ("WebP whose picture is 16,383x16,383 and its canvas 64x64", [&extended(0)[..], &huge].concat()),
        ("moving WebP whose picture is 16,383x16,383 and its frame 64x64", frame([63, 0, 0, 63, 0, 0], &huge)),
        ("moving WebP whose frame is 16,383x16,383 and its canvas 64x64", frame([254, 63, 0, 254, 63, 0], &huge)),
        (
            "WebP whose profile is said to be 4 GiB long",
            [&extended(0x20)[..], b"ICCP\xf0\xff\xff\xff", &lossy(64)].concat(),
        ),
        ("WebP of 65,536 groups of codes", chunk(*b"VP8L", &[&HEADER[..], &of_groups()].concat())),
        ("WebP whose alpha is of 65,536 groups of codes", {
            let alpha = chunk(*b"ALPH", &[&[1][..], &of_groups()].concat());
            [&extended(0x10)[..], &alpha, &lossy(64)].concat()
        }),
    ]
    .map(|(name, chunks)| (name.to_owned(), file(&chunks)))
    .to_vec()
}

fn file(chunks: &[u8]) -> Vec<u8> {
    chunk(*b"RIFF", &[b"WEBP", chunks].concat())
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).expect("a length").to_le_bytes();
    [&kind, &length, data, &[0][..data.len() % 2]].concat()
}

/// §2.7.1: of 64x64 pixels.
fn extended(flags: u8) -> Vec<u8> {
    chunk(*b"VP8X", &[flags, 0, 0, 0, 63, 0, 0, 63, 0, 0])
}

/// A key frame (RFC 6386, §9.1) of zeros.
fn lossy(side: u16) -> Vec<u8> {
    let length = 1000 + usize::from(side) * usize::from(side) / 200;
    let first = (u32::try_from(length * 3 / 8).expect("19 bits") << 5) | 0x10;
    let header = [&first.to_le_bytes()[..3], &[0x9d, 0x01, 0x2a], &side.to_le_bytes(), &side.to_le_bytes()].concat();
    chunk(*b"VP8 ", &[&header[..], &vec![0; length]].concat())
}

/// §3.4: of 64x64 pixels, with alpha.
const HEADER: [u8; 5] = [0x2f, 63, 0xc0, 0x0f, 0x10];

/// §3.7: a picture of one part, which is of the last of 65,536 groups; each of their codes has a longest one of ten bits.
fn of_groups() -> Vec<u8> {
    let mut bits = Bits::default();
    // No transform, no cache, groups by squares of 512 pixels; those are a picture without a cache.
    bits.put(&[(0, 1), (0, 1), (1, 1), (7, 3), (0, 1)]);
    for symbol in [255, 255, 0, 0, 0] {
        bits.put(&[(1, 1), (0, 1), (1, 1), (symbol, 8)]);
    }
    for _ in 0..65_536 * 5 {
        // Codes for the lengths 1 to 6 of three bits, for those to 10 of four; eleven lengths are given.
        bits.put(&[(0, 1), (10, 4), (0, 3), (0, 3), (0, 3)]);
        bits.put(&[(3, 3), (3, 3), (3, 3), (3, 3), (3, 3), (0, 3), (3, 3), (4, 3), (4, 3), (4, 3), (4, 3)]);
        bits.put(&[(1, 1), (1, 3), (9, 4)]);
        for code in 0..6_u32 {
            bits.put(&[(code.reverse_bits() >> 29, 3)]);
        }
        for code in [12_u32, 13, 14, 15, 15] {
            bits.put(&[(code.reverse_bits() >> 28, 4)]);
        }
    }
    bits.bytes.extend([0; 4096]);
    bits.bytes
}

/// From the least significant on.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    /// Values, each of so many bits.
    fn put(&mut self, values: &[(u32, u32)]) {
        for (value, length) in values {
            for place in 0..*length {
                if self.count.is_multiple_of(8) {
                    self.bytes.push(0);
                }
                let bit = u8::from(value >> place & 1 == 1) << (self.count % 8);
                self.bytes.last_mut().into_iter().for_each(|byte| *byte |= bit);
                self.count += 1;
            }
        }
    }
}
