//! Which kind of file it is: by its first bytes, never by its name or by what the client says.

use image::ImageFormat;

use super::PictureFault;

/// First bytes of kinds that clients do send and that are not taken, with the name to tell them.
const REFUSED: &[(usize, &[u8], &str)] = &[
    (4, b"ftypheic", "HEIC, for which there is no decoder of a free enough licence"),
    (4, b"ftypheix", "HEIC, for which there is no decoder of a free enough licence"),
    (4, b"ftypmif1", "HEIF, for which there is no decoder of a free enough licence"),
    (4, b"ftypavif", "AVIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"BM", "BMP"),
    (0, b"%PDF", "PDF"),
    (0, b"\0\0\x01\0", "an icon"),
];

/// The format, if it is one of the four that are taken.
pub(super) fn of(bytes: &[u8]) -> Result<ImageFormat, PictureFault> {
    let begins = |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
    if begins(0, b"\xff\xd8\xff") {
        return Ok(ImageFormat::Jpeg);
    }
    if begins(0, b"\x89PNG\r\n\x1a\n") {
        return Ok(ImageFormat::Png);
    }
    if begins(0, b"RIFF") && begins(8, b"WEBP") {
        return Ok(ImageFormat::WebP);
    }
    if begins(0, b"GIF87a") || begins(0, b"GIF89a") {
        return Ok(ImageFormat::Gif);
    }
    let known = REFUSED.iter().find(|(at, magic, _)| begins(*at, magic)).map(|(_, _, name)| *name);
    Err(PictureFault::Kind(known.unwrap_or_else(|| match bytes {
        [] => "no picture: it is empty",
        _ if is_markup(bytes) => "markup, such as SVG",
        _ => "no picture",
    })))
}

/// Whether a JPEG is taken whose frame has this marker and precision (ITU-T T.81, B.2.2): what every program can show.
pub(super) fn jpeg(marker: u8, precision: u8) -> Result<(), PictureFault> {
    Err(PictureFault::Kind(match (marker, precision) {
        (0xc0..=0xc2, 8) => return Ok(()),
        (0xc0..=0xc2, _) => "a JPEG of other than eight bits a sample, which few programs show",
        (0xc3, _) => "a lossless JPEG, which few programs show",
        (0xc9 | 0xca, _) => "a JPEG with arithmetic coding, which few programs show",
        _ => "a JPEG of a kind that few programs show",
    }))
}

// A program in a picture's clothes; after a byte order mark and white space the first sign is `<`.
fn is_markup(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    text.trim_ascii_start().first() == Some(&b'<')
}

#[cfg(test)]
mod tests {
    use image::ImageFormat;

    use super::of;

    #[test]
    fn the_content_decides() {
        assert_eq!(of(b"\xff\xd8\xff\xe0"), Ok(ImageFormat::Jpeg));
        assert_eq!(of(b"\x89PNG\r\n\x1a\n"), Ok(ImageFormat::Png));
        assert_eq!(of(b"RIFF\0\0\0\0WEBPVP8 "), Ok(ImageFormat::WebP));
        assert_eq!(of(b"GIF89a"), Ok(ImageFormat::Gif));
        for (bytes, name) in [
            (&b"\xef\xbb\xbf \n<svg xmlns='http://www.w3.org/2000/svg'/>"[..], "SVG"),
            (b"<!DOCTYPE html>", "markup"),
            (b"\0\0\0\x18ftypheic\0\0", "HEIC"),
            (b"RIFF\0\0\0\0WAVE", "no picture"),
            (b"II*\0", "TIFF"),
            (b"", "no picture: it is empty"),
        ] {
            let fault = of(bytes).unwrap_err().to_string();
            assert!(fault.contains(name), "{fault}");
        }
    }
}
