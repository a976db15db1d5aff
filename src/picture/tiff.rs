//! The fields of an EXIF block: TIFF 6.0 §2 as EXIF 3.0 §4.6 uses it. Only the three directories that say something of the
//! picture are read, each once and whatever they point to, so that no chain of them can be endless or costly.

/// A directory of [`Tiff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directory {
    /// Of the picture itself.
    Primary,
    /// Of how it was taken.
    Exif,
    /// Of where it was taken.
    Gps,
}

/// The number that says how the picture is turned.
const ORIENTATION: u16 = 0x0112;
const EXIF_POINTER: u16 = 0x8769;
const GPS_POINTER: u16 = 0x8825;

const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
/// EXIF 3.0 §4.6.2.
const UTF8: u16 = 129;

/// An EXIF block, beginning with TIFF's header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

/// A field: twelve bytes in a directory, and the value that they hold or point to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    tiff: Tiff<'a>,
    kind: u16,
    count: usize,
    value: &'a [u8],
}

impl<'a> Tiff<'a> {
    /// None if it does not begin as TIFF does.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let little = match bytes.first_chunk()? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        Some(Self { bytes, little })
    }

    /// How the picture is turned, 1 to 8 (EXIF 3.0 §4.6.5.1.6); None if it does not say, or nonsense.
    pub(super) fn orientation(self) -> Option<u8> {
        let says = |(tag, field): &(u16, Field<'_>)| *tag == ORIENTATION && field.kind == SHORT;
        let turned = self.fields(Directory::Primary).find(says)?.1.number()?;
        u8::try_from(turned).ok().filter(|turned| (1..=8).contains(turned))
    }

    /// The fields of a directory, as far as they can be read.
    pub(super) fn fields(self, directory: Directory) -> impl Iterator<Item = (u16, Field<'a>)> {
        let at = self.place(directory);
        let count = at.and_then(|at| self.short(at)).unwrap_or_default();
        // `at` is an offset of 32 bits and `count` a number of 16: no sum of them overflows.
        (0..usize::from(count)).map_while(move |nth| self.bytes.get(at? + 2 + 12 * nth..)?.first_chunk()).filter_map(
            move |entry: &[u8; 12]| {
                let [t0, t1, k0, k1, c0, c1, c2, c3, value @ ..] = entry;
                let (kind, count) = (self.u16([*k0, *k1]), self.u32([*c0, *c1, *c2, *c3]) as usize);
                let length = count.checked_mul(size(kind)?)?;
                let value = if length <= 4 {
                    &value[..]
                } else {
                    self.bytes.get(self.u32(*value) as usize..)?.get(..length)?
                };
                Some((self.u16([*t0, *t1]), Field { tiff: self, kind, count, value }))
            },
        )
    }

    fn place(self, directory: Directory) -> Option<usize> {
        let pointer = match directory {
            Directory::Primary => return self.long(4),
            Directory::Exif => EXIF_POINTER,
            Directory::Gps => GPS_POINTER,
        };
        let (_, field) = self.fields(Directory::Primary).find(|(tag, _)| *tag == pointer)?;
        Some(field.number()? as usize)
    }

    fn short(self, at: usize) -> Option<u16> {
        Some(self.u16(*self.bytes.get(at..)?.first_chunk()?))
    }

    fn long(self, at: usize) -> Option<usize> {
        Some(self.u32(*self.bytes.get(at..)?.first_chunk()?) as usize)
    }

    fn u16(self, bytes: [u8; 2]) -> u16 {
        if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) }
    }
}

impl<'a> Field<'a> {
    /// Of BYTE, SHORT or LONG the first.
    pub(super) fn number(self) -> Option<u32> {
        match self.kind {
            _ if self.count == 0 => None,
            1 => self.value.first().copied().map(u32::from),
            SHORT => Some(u32::from(self.tiff.u16(*self.value.first_chunk()?))),
            LONG => Some(self.tiff.u32(*self.value.first_chunk()?)),
            _ => None,
        }
    }

    /// Of RATIONAL the one at `nth`: numerator and denominator.
    pub(super) fn rational(self, nth: usize) -> Option<(u32, u32)> {
        let [n0, n1, n2, n3, d0, d1, d2, d3] =
            *self.value.get(nth.checked_mul(8)?..)?.first_chunk().filter(|_| self.kind == RATIONAL)?;
        Some((self.tiff.u32([n0, n1, n2, n3]), self.tiff.u32([d0, d1, d2, d3])))
    }

    /// Of ASCII or UTF-8 the bytes, without what follows the first NUL.
    pub(super) fn text(self) -> Option<&'a [u8]> {
        let text = self.value.get(..self.count).filter(|_| matches!(self.kind, ASCII | UTF8))?;
        text.split(|byte| *byte == 0).next()
    }
}

/// Of one value of a kind (TIFF 6.0 §2).
fn size(kind: u16) -> Option<usize> {
    match kind {
        1 | ASCII | 6 | 7 | UTF8 => Some(1),
        SHORT | 8 => Some(2),
        LONG | 9 | 11 | 13 => Some(4),
        RATIONAL | 10 | 12 => Some(8),
        _ => None,
    }
}

/// The smallest block that says how a picture is turned, and nothing else.
pub(super) fn turned(orientation: u8) -> [u8; 26] {
    let mut block = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    block[19] = orientation;
    block
}

#[cfg(test)]
mod tests {
    use super::{Directory, Tiff, turned};

    #[test]
    fn what_is_written_is_read() {
        for orientation in 1..=8 {
            assert_eq!(Tiff::read(&turned(orientation)).unwrap().orientation(), Some(orientation));
        }
        for nonsense in [0, 9, 255] {
            assert_eq!(Tiff::read(&turned(nonsense)).unwrap().orientation(), None);
        }
    }

    #[test]
    fn both_byte_orders_are_read() {
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(Tiff::read(little).unwrap().orientation(), Some(6));
    }

    #[test]
    fn a_directory_that_points_to_itself_ends() {
        let mut block = turned(1);
        block[10..22].copy_from_slice(b"\x87\x69\0\x04\0\0\0\x01\0\0\0\x08");
        block[22..].copy_from_slice(b"\0\0\0\x08");
        let tiff = Tiff::read(&block).unwrap();
        assert_eq!(tiff.fields(Directory::Exif).count(), 1);
        assert_eq!(tiff.fields(Directory::Gps).count(), 0);
    }

    #[test]
    fn four_billion_values_are_none() {
        let mut block = turned(1);
        block[14..18].copy_from_slice(&[255; 4]);
        assert_eq!(Tiff::read(&block).unwrap().fields(Directory::Primary).count(), 0);
        block[8..10].copy_from_slice(&[255; 2]);
        assert_eq!(Tiff::read(&block).unwrap().fields(Directory::Primary).count(), 0);
    }
}
