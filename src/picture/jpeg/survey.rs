//! What a JPEG's markers (ITU-T T.81, Annex B) say of its cost, which its dimensions do not: how many scans there are, each of
//! which walks over the whole picture.

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Survey {
    /// Scans, or at least as many.
    pub(in super::super) scans: u64,
    /// Whether an end follows the last scan: without, the picture is cut short.
    pub(in super::super) ends: bool,
}

/// Looks through the file. Marker pairs are counted wherever they stand: inside scans 0xFF is always stuffed (B.1.1.5), and
/// the few in thumbnails and profiles do no harm, while a scan that this missed and the decoder found would.
pub(in super::super) fn survey(bytes: &[u8]) -> Survey {
    let (mut scans, mut last_scan, mut end) = (0, None, None);
    for (at, pair) in bytes.windows(2).enumerate() {
        match pair {
            [0xff, 0xda] => (scans, last_scan) = (scans + 1, Some(at)),
            [0xff, 0xd9] => end = Some(at),
            _ => {}
        }
    }
    Survey { scans, ends: end > last_scan }
}

#[cfg(test)]
mod tests {
    use super::{Survey, survey};

    #[test]
    fn scans_are_counted_wherever_they_stand() {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xda, 0xff, 0xd9, 0xff, 0xda, 0, 3];
        assert_eq!(survey(&bytes), Survey { scans: 2, ends: false });
        bytes.extend([0xff, 0xd9]);
        assert_eq!(survey(&bytes), Survey { scans: 2, ends: true });
        assert_eq!(survey(&[0xff, 0xd8, 0xff]), Survey { scans: 0, ends: false });
    }
}
