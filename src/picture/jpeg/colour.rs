//! From components to pixels: those that are sampled more coarsely are drawn out, and YCbCr becomes RGB (ITU-T T.871).

use super::super::raster::{Colours, Raster};
use super::Broken;
use super::channel::Channel;
use super::segments::Head;

/// All components, one beside the other.
pub(super) fn raster<const N: usize>(head: &Head, channels: &[Channel<N>]) -> Result<Raster, Broken> {
    let frame = &head.frame;
    let scaled = |side: u32| (side as usize * N).div_ceil(8);
    let (width, height) = (scaled(frame.width), scaled(frame.height));
    let (across, down) = frame.sampling();
    let colours = match channels.len() {
        1 => Colours::Gray,
        3 => Colours::Rgb,
        _ => Colours::Cmyk,
    };
    let ids: Vec<_> = frame.components.iter().map(|one| one.id).collect();
    let is_ycc = match colours {
        Colours::Gray => false,
        Colours::Rgb => head.adobe.map_or(ids != *b"RGB", |transform| transform != 0),
        Colours::Cmyk => head.adobe == Some(2),
    };
    let mut pixels = vec![0; width * height * channels.len()];
    let mut rows = vec![Vec::new(); channels.len()];
    for (y, to) in pixels.chunks_exact_mut(width * channels.len()).enumerate() {
        for (channel, row) in channels.iter().zip(&mut rows) {
            let coarse = (across / channel.component.across, down / channel.component.down);
            drawn_out(channel, y, (coarse.0 as usize, coarse.1 as usize), (width, height), row);
        }
        match rows.as_slice() {
            [gray] => to.copy_from_slice(gray),
            [first, second, third] => mix::<3>(to, [first, second, third, first], is_ycc),
            [first, second, third, fourth] => mix::<4>(to, [first, second, third, fourth], is_ycc),
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

/// A row of a component at the picture's width: where it has half of the samples, each is three parts of the nearest and one of the
/// next, as they lie in the middle between (T.871, 6); where it has fewer, the nearest.
fn drawn_out<const N: usize>(
    channel: &Channel<N>,
    y: usize,
    (across, down): (usize, usize),
    (width, height): (usize, usize),
    to: &mut Vec<u8>,
) {
    let stride = channel.stride();
    let row = |y: usize| channel.samples.get(y * stride..(y + 1) * stride).unwrap_or_default();
    let own = width.div_ceil(across);
    to.clear();
    let near = row(y / down);
    let far = match (down, y % 2) {
        (2, 0) => row((y / 2).saturating_sub(1)),
        (2, _) if y / 2 + 1 < height.div_ceil(2) => row(y / 2 + 1),
        _ => near,
    };
    if across == 1 && down == 1 {
        to.extend(near.iter().take(width));
        return;
    }
    let weighed = |(near, far): (&u8, &u8)| 3 * u16::from(*near) + u16::from(*far);
    let blended: Vec<u16> = near.iter().zip(far).map(weighed).take(own).collect();
    let narrow = |value: u16| u8::try_from(value).unwrap_or(u8::MAX);
    if across == 2 {
        to.resize(own * 2, 0);
        let before = blended.iter().take(1).chain(&blended);
        let after = blended.iter().skip(1).chain(blended.last());
        for ((([left, right], before), own), after) in
            to.as_chunks_mut().0.iter_mut().zip(before).zip(&blended).zip(after)
        {
            (*left, *right) = (narrow((3 * own + before + 8) >> 4), narrow((3 * own + after + 7) >> 4));
        }
    } else {
        to.extend(blended.iter().flat_map(|value| std::iter::repeat_n(narrow((value + 2) >> 2), across)));
    }
    to.truncate(width);
}

/// Interleaves the components of a row.
fn mix<const C: usize>(to: &mut [u8], from: [&Vec<u8>; 4], is_ycc: bool) {
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
