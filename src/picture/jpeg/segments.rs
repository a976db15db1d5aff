//! The segments before and between scans (ITU-T T.81, B.2): the frame, and what applications wrote that decides how it looks.

use image::metadata::Orientation;

use super::super::tiff::Tiff;
use super::super::{PictureFault, format};
use super::Broken;

/// One segment: its marker, its body without the length, and where what follows begins.
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    pub(super) body: &'a [u8],
    pub(super) end: usize,
}

/// The segment whose marker is the next behind `at`. Of markers without a segment (B.1.1.4) the body is empty.
pub(super) fn next(bytes: &[u8], at: usize) -> Option<Segment<'_>> {
    let rest = bytes.get(at..)?;
    let start = rest.iter().position(|byte| *byte == 0xff)?;
    // B.1.1.2: any number of 0xFF may stand before a marker.
    let filled = rest.get(start..)?.iter().position(|byte| *byte != 0xff)? + start;
    let marker = *rest.get(filled)?;
    let behind = at + filled + 1;
    if matches!(marker, 0x00 | 0x01 | 0xd0..=0xd9) {
        return Some(Segment { marker, body: &[], end: behind });
    }
    let length = usize::from(u16::from_be_bytes(*bytes.get(behind..)?.first_chunk()?));
    Some(Segment { marker, body: bytes.get(behind + 2..behind + length)?, end: behind + length })
}

/// One of the frame's components (B.2.2).
#[derive(Debug, Clone, Copy)]
pub(super) struct Component {
    pub(super) id: u8,
    pub(super) across: u32,
    pub(super) down: u32,
    pub(super) table: usize,
}

/// The frame's header.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) progressive: bool,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) components: Vec<Component>,
}

impl Frame {
    fn read(marker: u8, body: &[u8]) -> Result<Self, PictureFault> {
        let &[precision, y1, y0, x1, x0, count, ref rest @ ..] = body else {
            return Err(Broken("a frame cut short").into());
        };
        format::jpeg(marker, precision)?;
        let components: Vec<_> = rest
            .chunks_exact(3)
            .take(count.into())
            .filter_map(|chunk| <[u8; 3]>::try_from(chunk).ok())
            .map(|[id, sampling, table]| Component {
                id,
                across: u32::from(sampling >> 4),
                down: u32::from(sampling & 15),
                table: usize::from(table),
            })
            .collect();
        let sound = |one: &Component| (1..=4).contains(&one.across) && (1..=4).contains(&one.down) && one.table < 4;
        let (width, height) = (u16::from_be_bytes([x1, x0]).into(), u16::from_be_bytes([y1, y0]).into());
        let all = components.len() == usize::from(count) && components.iter().all(sound);
        if !all || !matches!(count, 1 | 3 | 4) || width == 0 || height == 0 {
            return Err(Broken("a frame that cannot be").into());
        }
        let whole = |most: u32, own: u32| most.is_multiple_of(own);
        let frame = Self { progressive: marker == 0xc2, width, height, components };
        let (across, down) = frame.sampling();
        if !frame.components.iter().all(|one| whole(across, one.across) && whole(down, one.down)) {
            return Err(Broken("sampled in thirds").into());
        }
        Ok(frame)
    }

    /// The most samples of a component across and down in a unit.
    pub(super) fn sampling(&self) -> (u32, u32) {
        self.components.iter().fold((1, 1), |(across, down), one| (across.max(one.across), down.max(one.down)))
    }

    /// What a side of the picture is at this scale.
    pub(super) fn scaled(side: u32, scale: u32) -> u32 {
        (side * scale).div_ceil(8)
    }

    /// Samples of a block of this component across and down, at `scale` eighths of the picture's size: of one that is sampled more
    /// coarsely, more.
    pub(super) fn samples(&self, one: &Component, scale: u32) -> (u32, u32) {
        let (across, down) = self.sampling();
        (scale * (across / one.across), scale * (down / one.down))
    }

    /// Minimum coded units across and down, of scans of more than one component (A.2.3).
    pub(super) fn units(&self) -> (u32, u32) {
        let (across, down) = self.sampling();
        (self.width.div_ceil(8 * across), self.height.div_ceil(8 * down))
    }

    /// Blocks of this component across and down: of whole units.
    pub(super) fn blocks(&self, one: &Component) -> (u32, u32) {
        let (across, down) = self.units();
        (across * one.across, down * one.down)
    }

    /// Blocks of this component that hold something of the picture: those of scans of it alone (A.2.2).
    pub(super) fn own_blocks(&self, one: &Component) -> (u32, u32) {
        let (across, down) = self.sampling();
        let own = |size: u32, own: u32, most: u32| (size * own).div_ceil(most).div_ceil(8);
        (own(self.width, one.across, across), own(self.height, one.down, down))
    }
}

/// What stands before the first scan.
#[derive(Debug, Clone)]
pub(in super::super) struct Head {
    pub(super) frame: Frame,
    /// Whether it is JFIF, whose colours are known (T.871).
    pub(super) jfif: bool,
    /// Adobe's segment: which colours the components are (Adobe Technical Note 5116, §18).
    pub(super) adobe: Option<u8>,
    pub(in super::super) profile: Option<Vec<u8>>,
    pub(in super::super) orientation: Orientation,
}

impl Head {
    /// Pixels across and down, as they are stored.
    pub(in super::super) fn size(&self) -> (u32, u32) {
        (self.frame.width, self.frame.height)
    }

    /// Bytes that decoding takes at most at `scale` eighths, with the pixels that come of it: samples of all components beside these,
    /// and of a progressive picture before that coefficients (`channel`).
    pub(in super::super) fn cost(&self, scale: u32) -> u64 {
        let frame = &self.frame;
        let (mut samples, mut kept, mut nonzero) = (0, 0, 0);
        for one in &frame.components {
            let ((across, down), (wide, high)) = (frame.blocks(one), frame.samples(one, scale));
            let blocks = u64::from(across) * u64::from(down);
            samples += blocks * u64::from(wide * high);
            kept += blocks * u64::from(wide.min(8) * high.min(8)) * 2;
            nonzero += blocks * 8;
        }
        let (width, height) = (Frame::scaled(frame.width, scale), Frame::scaled(frame.height, scale));
        let pixels = u64::from(width) * u64::from(height) * self.components();
        let coefficients = if frame.progressive { kept + nonzero.max(samples) } else { 0 };
        coefficients.max(samples + pixels) + self.profile.as_ref().map_or(0, |profile| profile.len() as u64)
    }

    /// Bytes of a pixel.
    pub(in super::super) fn components(&self) -> u64 {
        self.frame.components.len() as u64
    }

    /// Reads up to the first scan.
    pub(in super::super) fn read(bytes: &[u8]) -> Result<Self, PictureFault> {
        let (mut frame, mut jfif, mut adobe, mut orientation, mut at) = (None, false, None, None, 2);
        let mut profile = Vec::new();
        loop {
            let segment = next(bytes, at).ok_or(Broken("no scan"))?;
            at = segment.end;
            match (segment.marker, segment.body) {
                // Without a segment: before the first scan none of these has a meaning, and decoders disagree about them.
                (0x00 | 0x01 | 0xd0..=0xd9, _) => return Err(Broken("a marker out of place").into()),
                (0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf, body) => {
                    let read = Frame::read(segment.marker, body)?;
                    frame = Some(frame.map_or(Ok(read), |_: Frame| Err(Broken("two frames")))?);
                }
                (0xe0, [b'J', b'F', b'I', b'F', 0, ..]) => jfif = true,
                // Of several the last, as `walk` has it.
                (0xe1, [b'E', b'x', b'i', b'f', 0, 0, exif @ ..]) => {
                    orientation = Tiff::read(exif).and_then(Tiff::orientation).and_then(Orientation::from_exif);
                }
                (0xe2, body) => profile.extend(body.strip_prefix(b"ICC_PROFILE\0").and_then(|part| part.split_first())),
                (0xee, [b'A', b'd', b'o', b'b', b'e', rest @ ..]) => adobe = rest.get(6).copied(),
                (0xda, _) => break,
                _ => {}
            }
        }
        Ok(Self {
            frame: frame.ok_or(Broken("no frame"))?,
            jfif,
            adobe,
            profile: whole(profile),
            orientation: orientation.unwrap_or(Orientation::NoTransforms),
        })
    }
}

/// ICC.1:2022, B.4: the profile in parts, each with its number and how many there are.
fn whole(mut parts: Vec<(&u8, &[u8])>) -> Option<Vec<u8>> {
    parts.sort_by_key(|(number, _)| **number);
    let count = parts.len();
    let numbered = parts.iter().zip(1..).all(|((number, rest), should)| {
        usize::from(**number) == should && rest.first().is_some_and(|all| usize::from(*all) == count)
    });
    (count > 0 && numbered).then(|| parts.iter().flat_map(|(_, rest)| rest.iter().skip(1)).copied().collect())
}
