//! The pixels of a picture whose header was found good, no more of them than is needed.

use image::metadata::Orientation;

use super::header::Source;
use super::raster::{Raster, Rows};
use super::{PictureFault, broken, jpeg};

/// The pixels, what they mean, and how they are to be turned.
type Decoded = (Raster, Option<Vec<u8>>, Orientation);

/// Decodes it.
pub(super) fn decode(
    bytes: &[u8],
    source: Source<'_>,
    size: (u32, u32),
    scale: (u32, u32),
) -> Result<Decoded, PictureFault> {
    let (width, height, factor) = (size.0 as usize, size.1 as usize, scale.1 as usize);
    match source {
        Source::Jpeg(head, _) => {
            let raster = jpeg::decode(bytes, &head, scale.0).map_err(broken)?;
            Ok((raster, head.profile, head.orientation))
        }
        Source::Png(mut reader) => {
            let mut rows = Rows::new(width, factor, reader.output_color_type().0.samples());
            rows.expect(height);
            if reader.info().interlaced {
                // Its rows come in seven passes.
                let mut all = vec![0; reader.output_buffer_size().ok_or_else(|| broken("no size"))?];
                let info = reader.next_frame(&mut all).map_err(broken)?;
                all.chunks_exact(info.line_size).take(height).for_each(|row| rows.push(row));
            } else {
                for _ in 0..height {
                    let row = reader.next_row().map_err(broken)?.ok_or_else(|| broken("rows are missing"))?;
                    rows.push(row.data());
                }
            }
            let info = reader.info();
            let exif = info.exif_metadata.as_deref().and_then(Orientation::from_exif_chunk);
            let profile = info.icc_profile.as_deref().map(<[u8]>::to_vec);
            Ok((rows.finish(), profile, exif.unwrap_or(Orientation::NoTransforms)))
        }
        Source::Other(mut decoder, _) => {
            // What cannot be read of the EXIF turns nothing.
            let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
            let profile = decoder.icc_profile().ok().flatten();
            let samples = usize::from(decoder.color_type().channel_count());
            let mut all = vec![0; usize::try_from(decoder.total_bytes()).map_err(broken)?];
            decoder.read_image_boxed(&mut all).map_err(broken)?;
            let mut rows = Rows::new(width, factor, samples);
            rows.expect(height);
            all.chunks_exact(width * samples).for_each(|row| rows.push(row));
            Ok((rows.finish(), profile, orientation))
        }
    }
}
