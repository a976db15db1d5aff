//! Blocks of metadata, each with the canary in it.

/// In nothing but metadata.
pub(super) const CANARY: &[u8] = b"CANARY";

/// A field of a directory: number, kind, how many, and the value's bytes.
pub(super) type Field = (u16, u16, u32, Vec<u8>);

/// A field of text.
pub(super) fn ascii(tag: u16, text: &str) -> Field {
    let bytes = [text.as_bytes(), &[0]].concat();
    (tag, 2, u32::try_from(bytes.len()).unwrap(), bytes)
}

/// A field of ratios.
pub(super) fn rationals(tag: u16, ratios: &[(u32, u32)]) -> Field {
    let bytes = ratios.iter().flat_map(|(over, under)| [over.to_be_bytes(), under.to_be_bytes()]).flatten().collect();
    (tag, 5, u32::try_from(ratios.len()).unwrap(), bytes)
}

/// A field of one number.
pub(super) fn short(tag: u16, number: u16) -> Field {
    (tag, 3, 1, number.to_be_bytes().to_vec())
}

fn directory(fields: &[Field], at: usize, next: usize) -> Vec<u8> {
    let mut values = at + 2 + 12 * fields.len() + 4;
    let (mut table, mut heap) = (u16::try_from(fields.len()).unwrap().to_be_bytes().to_vec(), Vec::new());
    for (tag, kind, count, value) in fields {
        table.extend([tag.to_be_bytes(), kind.to_be_bytes()].concat());
        table.extend(count.to_be_bytes());
        if value.len() <= 4 {
            table.extend(value.iter().copied().chain([0; 4]).take(4));
        } else {
            table.extend(u32::try_from(values).unwrap().to_be_bytes());
            heap.extend(value);
            values += value.len();
        }
    }
    table.extend(u32::try_from(next).unwrap().to_be_bytes());
    [table, heap].concat()
}

/// A block of EXIF: of the picture, of how and of where it was taken, and a preview.
pub(super) fn exif(primary: &[Field], exif: &[Field], gps: &[Field], preview: &[u8]) -> Vec<u8> {
    let pointer = |tag, at: usize| (tag, 4, 1, u32::try_from(at).unwrap().to_be_bytes().to_vec());
    let length = |fields: &[Field]| directory(fields, 0, 0).len();
    let exif_at = 8 + length(primary) + 2 * 12;
    let gps_at = exif_at + length(exif);
    let next = gps_at + length(gps);
    let mut all = primary.to_vec();
    all.extend([pointer(0x8769, exif_at), pointer(0x8825, gps_at)]);
    let preview_at = next + 2 + 12 * 2 + 4;
    let size = (0x0202, 4, 1, u32::try_from(preview.len()).unwrap().to_be_bytes().to_vec());
    let mut block = b"MM\0*\0\0\0\x08".to_vec();
    block.extend(directory(&all, 8, next));
    block.extend(directory(exif, exif_at, 0));
    block.extend(directory(gps, gps_at, 0));
    block.extend(directory(&[pointer(0x0201, preview_at), size], next, 0));
    block.extend(preview);
    block
}

/// Everything that EXIF has a place for, with the canary as owner, serial number, note of the maker, preview and coordinates.
pub(super) fn full(orientation: u16) -> Vec<u8> {
    let canary = std::str::from_utf8(CANARY).unwrap();
    let ratio = (u32::from_be_bytes(*b"CANA"), u32::from_be_bytes(*b"RYRY"));
    exif(
        &[ascii(0x010f, canary), ascii(0x0110, "Model CANARY"), short(0x0112, orientation), ascii(0x8298, canary)],
        &[
            rationals(0x829d, &[(28, 10)]),
            ascii(0x9003, "2026:05:01 18:30:00"),
            (0x927c, 7, 60, CANARY.repeat(10)),
            ascii(0xa430, canary),
            ascii(0xa431, canary),
        ],
        &[
            ascii(1, "N"),
            rationals(2, &[ratio, (0, 1), ratio]),
            ascii(3, "W"),
            rationals(4, &[ratio, (0, 1), ratio]),
            ascii(29, "2026:05:01"),
        ],
        &CANARY.repeat(20),
    )
}

/// XMP with the canary.
pub(super) fn xmp() -> Vec<u8> {
    b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description \
      exif:GPSLatitude='52,30,36N' exif:GPSLongitude='1,30W' tiff:Make='CANARY' exif:DateTimeOriginal='2026-05-01T18:30:00+02:00'>\
      <aux:SerialNumber>CANARY</aux:SerialNumber></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
        .to_vec()
}

/// Of 200 bytes: a description and a white point.
pub(super) fn profile() -> Vec<u8> {
    profile_of(&[(*b"desc", b"desc\0\0\0\0", 24), (*b"wtpt", b"XYZ \0\0\0\0", 20)], b"")
}

/// A profile of these tags, each of so many bytes that begin so, and bytes behind them.
pub(super) fn profile_of(tags: &[([u8; 4], &[u8], u32)], behind: &[u8]) -> Vec<u8> {
    let mut profile: Vec<u8> = (0..128).collect();
    profile[36..40].copy_from_slice(b"acsp");
    profile[84..100].fill(0);
    let mut at = 132 + 12 * u32::try_from(tags.len()).unwrap();
    profile.extend(u32::try_from(tags.len()).unwrap().to_be_bytes());
    for (signature, _, length) in tags {
        profile.extend([*signature, at.to_be_bytes(), length.to_be_bytes()].concat());
        at += length;
    }
    for (_, begin, length) in tags {
        let end = profile.len() + usize::try_from(*length).unwrap();
        profile.extend_from_slice(begin);
        profile.resize(end, 0x11);
    }
    profile.extend_from_slice(behind);
    let length = u32::try_from(profile.len()).unwrap();
    profile[..4].copy_from_slice(&length.to_be_bytes());
    profile
}
