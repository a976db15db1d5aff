//! From components to pixels: what they mean, and YCbCr becomes RGB (ITU-T T.871).

use super::super::raster::{Colours, Raster};
use super::Broken;
use super::channel::Channel;
use super::segments::{Frame, Head};

/// All components, one beside the other.
pub(super) fn raster<'a>(head: &Head, channels: &'a [Channel], scale: u32) -> Result<Raster, Broken> {
    let frame = &head.frame;
    let (width, height) = (Frame::scaled(frame.width, scale) as usize, Frame::scaled(frame.height, scale) as usize);
    let colours = match channels.len() {
        1 => Colours::Gray,
        3 => Colours::Rgb,
        _ => Colours::Cmyk,
    };
    let ids: Vec<_> = frame.components.iter().map(|one| one.id).collect();
    let is_ycc = match colours {
        Colours::Gray => false,
        Colours::Rgb => head.jfif || head.adobe.map_or(ids != *b"RGB", |transform| transform != 0),
        Colours::Cmyk => head.adobe == Some(2),
    };
    let mut pixels = vec![0; width * height * channels.len()];
    for (y, to) in pixels.chunks_exact_mut(width * channels.len()).enumerate() {
        let row = |channel: &'a Channel| channel.samples.get(y * channel.stride()..).unwrap_or_default();
        match channels {
            [gray] => to.iter_mut().zip(row(gray)).for_each(|(to, gray)| *to = *gray),
            [first, second, third] => mix::<3>(to, [first, second, third, first].map(row), is_ycc),
            [first, second, third, fourth] => mix::<4>(to, [first, second, third, fourth].map(row), is_ycc),
            _ => return Err(Broken("so many components")),
        }
        // Adobe writes them from white to full; YCCK is that again (Technical Note 5116, §18).
        if colours == Colours::Cmyk && head.adobe.is_some() {
            for ink in to.chunks_exact_mut(4) {
                let all = if is_ycc { ink.get_mut(3..) } else { Some(ink) };
                all.into_iter().flatten().for_each(|ink| *ink = 255 - *ink);
            }
        }
    }
    Ok(Raster { width, height, colours, pixels })
}

/// Interleaves the components of a row.
fn mix<const C: usize>(to: &mut [u8], from: [&[u8]; 4], is_ycc: bool) {
    let [first, second, third, fourth] = from;
    let rows = first.iter().zip(second).zip(third).zip(fourth);
    for (pixel, (((first, second), third), fourth)) in to.as_chunks_mut::<C>().0.iter_mut().zip(rows) {
        let [red, green, blue] = if is_ycc { rgb(*first, *second, *third) } else { [*first, *second, *third] };
        let mixed = [red, green, blue, *fourth];
        pixel.iter_mut().zip(mixed).for_each(|(to, value)| *to = value);
    }
}

/// T.871, 7: in 1/65536.
#[inline]
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = ((i32::from(y) << 16) + 0x8000, i32::from(cb) - 128, i32::from(cr) - 128);
    let narrow = |value: i32| u8::try_from((value >> 16).clamp(0, 255)).unwrap_or_default();
    [narrow(y + 91_881 * cr), narrow(y - 22_554 * cb - 46_802 * cr), narrow(y + 116_130 * cb)]
}
