//! What a JPEG's markers (ITU-T T.81, Annex B) say of its cost, which its dimensions do not: how many scans there are, each of
//! which walks over the whole picture, and whether all coefficients are kept until the last of them.

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survey {
    /// Scans, or at least as many.
    pub(super) scans: u64,
    /// Whether an end follows the last scan: without, the picture is cut short, and decoders fill in grey.
    pub(super) ends: bool,
    /// Bytes that the coefficients take, if they are kept; beyond all limits if that cannot be told.
    pub(super) coefficients: u64,
}

/// Looks through the file. Marker pairs are counted wherever they stand: inside scans 0xFF is always stuffed (B.1.1.5), and
/// the few in thumbnails and profiles do no harm, while a scan that this missed and the decoder found would.
pub(super) fn survey(bytes: &[u8]) -> Survey {
    let (mut scans, mut last_scan, mut end) = (0, None, None);
    for (at, pair) in bytes.windows(2).enumerate() {
        match pair {
            [0xff, 0xda] => (scans, last_scan) = (scans + 1, Some(at)),
            [0xff, 0xd9] => end = Some(at),
            _ => {}
        }
    }
    Survey { scans, ends: end > last_scan, coefficients: coefficients(bytes).unwrap_or(u64::MAX) }
}

/// Walks the segments to the first scan. All coefficients are kept if the picture is progressive, or if that scan does not
/// hold all components; of several frames the costliest counts. None: the segments lead out of the file, or a marker
/// stands among them that has no place there and that decoders take for a segment or not, each in its own way.
fn coefficients(bytes: &[u8]) -> Option<u64> {
    let (mut cost, mut progressive, mut components) = (0, false, 0);
    let mut rest = bytes.get(2..)?;
    loop {
        // B.1.1.2: any number of 0xFF may stand before a marker.
        let start = rest.iter().position(|byte| *byte == 0xff)?;
        let filled = rest.get(start..)?;
        let at = filled.iter().position(|byte| *byte != 0xff)?;
        let (marker, segment) = filled.get(at..)?.split_first()?;
        let length = usize::from(u16::from_be_bytes(*segment.first_chunk()?));
        let body = segment.get(2..length);
        match marker {
            // Without a segment (B.1.1.4): before the first scan none of these has a meaning.
            0x00 | 0x01 | 0xd0..=0xd9 => return None,
            0xc0..=0xc2 => {
                let body = body?;
                progressive |= *marker == 0xc2;
                components = *body.get(5)?;
                cost = cost.max(frame_cost(body)?);
            }
            0xda => return Some(if progressive || *body?.first()? < components { cost } else { 0 }),
            _ => {}
        }
        rest = segment.get(length..)?;
    }
}

/// Two bytes a coefficient, a coefficient a sample, of whole minimum coded units (B.2.2: P, Y, X, Nf, then C, H and V, Tq each).
fn frame_cost(body: &[u8]) -> Option<u64> {
    let &[_, y1, y0, x1, x0, _, ..] = body else { return None };
    let (height, width) = (u64::from(u16::from_be_bytes([y1, y0])), u64::from(u16::from_be_bytes([x1, x0])));
    let sampling = || body.get(6..).unwrap_or_default().chunks_exact(3).filter_map(|one| one.get(1));
    let (across, down) = sampling().fold((1, 1), |(h, v), both| (h.max(both >> 4), v.max(both & 15)));
    let units = width.div_ceil(8 * u64::from(across)) * height.div_ceil(8 * u64::from(down));
    let blocks: u64 = sampling().map(|both| u64::from(both >> 4) * u64::from(both & 15)).sum();
    Some(units * blocks * 64 * 2)
}

#[cfg(test)]
mod tests {
    use super::{Survey, survey};

    /// A 16×16 frame of three components, the first sampled 2×2, and a first scan of `in_scan` of them.
    fn jpeg(frame: u8, in_scan: u8) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xda, 0xff, 0xd9];
        bytes.extend([0xff, 0xff, frame, 0, 17, 8, 0, 16, 0, 16, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]);
        bytes.extend([0xff, 0xda, 0, 3, in_scan, 0, 0]);
        bytes
    }

    #[test]
    fn the_cost_is_told_by_the_frame_and_its_first_scan() {
        let kept = 6 * 64 * 2;
        assert_eq!(survey(&jpeg(0xc0, 3)), Survey { scans: 2, ends: false, coefficients: 0 });
        assert_eq!(survey(&jpeg(0xc0, 1)).coefficients, kept);
        assert_eq!(survey(&jpeg(0xc2, 3)).coefficients, kept);
        let mut ended = jpeg(0xc2, 3);
        ended.extend([0xff, 0xd9]);
        assert!(survey(&ended).ends);
        assert_eq!(survey(&[0xff, 0xd8, 0xff]), Survey { scans: 0, ends: false, coefficients: u64::MAX });
        for marker in [0x00, 0x01, 0xd0, 0xd7, 0xd9] {
            let mut hidden = vec![0xff, 0xd8, 0xff, marker, 0, 13, 0xff, 0xda, 0, 8, 3, 0, 0, 0, 0, 0, 0];
            hidden.extend(&jpeg(0xc2, 3)[2..]);
            assert_eq!(survey(&hidden).coefficients, u64::MAX, "{marker:x}");
        }
    }
}
