//! One scan (ITU-T T.81, F.2 and G.2): its blocks, each by the kind of scan that it is.

use super::Broken;
use super::bits::{Bits, Table};
use super::channel::Channel;
use super::progressive::{Band, Run};

/// One component in a scan.
pub(super) struct Part<'a> {
    /// Its number in the frame.
    pub(super) channel: usize,
    pub(super) dc: Option<&'a Table>,
    pub(super) ac: Option<&'a Table>,
    pub(super) factors: [f32; 64],
}

/// What a scan's header says (B.2.3).
pub(super) struct Scan<'a> {
    pub(super) parts: Vec<Part<'a>>,
    /// Progressive: what of each coefficient it holds.
    pub(super) band: Option<Band>,
    /// Units between restarts; 0: none.
    pub(super) interval: usize,
}

impl Scan<'_> {
    /// Reads it from `bits`, of a frame of so many units across and down.
    pub(super) fn read(
        &self,
        bits: &mut Bits<'_>,
        channels: &mut [Channel],
        units: (usize, usize),
    ) -> Result<(), Broken> {
        // A.2.2: the unit of a scan of one component is one of its blocks.
        let alone = match self.parts.as_slice() {
            [part] => channels.get(part.channel).map(|channel| channel.own),
            _ => None,
        };
        let (across, down) = alone.unwrap_or(units);
        let mut run = Run::default();
        for y in 0..down {
            for x in 0..across {
                let number = y * across + x;
                if self.interval > 0 && number > 0 && number.is_multiple_of(self.interval) {
                    bits.restart()?;
                    run = Run::default();
                    for channel in channels.iter_mut() {
                        channel.prediction = 0;
                    }
                }
                for part in &self.parts {
                    let channel = channels.get_mut(part.channel).ok_or(Broken("no such component"))?;
                    let (wide, high) = if alone.is_some() {
                        (1, 1)
                    } else {
                        (channel.component.across as usize, channel.component.down as usize)
                    };
                    for block in 0..wide * high {
                        let at = (x * wide + block % wide, y * high + block / wide);
                        match &self.band {
                            None => part.sequential(bits, channel, at)?,
                            Some(band) => band.block(bits, part, channel, at, &mut run)?,
                        }
                    }
                }
            }
            if bits.is_short() {
                return Err(Broken("a scan cut short"));
            }
        }
        Ok(())
    }
}

impl Part<'_> {
    /// F.2.2: a whole block.
    #[inline]
    fn sequential(&self, bits: &mut Bits<'_>, channel: &mut Channel, at: (usize, usize)) -> Result<(), Broken> {
        let (Some(dc), Some(ac)) = (self.dc, self.ac) else { return Err(Broken("no such table")) };
        let mut block = [0_i16; 64];
        if let Some(first) = block.first_mut() {
            *first = difference(bits, dc, &mut channel.prediction)?;
        }
        let (mut number, mut highest) = (1, 0);
        while number < 64 {
            let code = bits.code(ac)?;
            let (zeros, size) = (usize::from(code >> 4), u32::from(code & 15));
            number += zeros;
            if size == 0 {
                if zeros < 15 {
                    break;
                }
                number += 1;
                continue;
            }
            let value = bits.number(size);
            let place = channel.places.get(number).ok_or(Broken("more than a block holds"))?;
            if let Some(place) = place {
                highest = highest.max(*place);
                if let Some(coefficient) = block.get_mut(usize::from(*place)) {
                    *coefficient = narrow(value);
                }
            }
            number += 1;
        }
        channel.show(at, &block, highest.into(), &self.factors);
        Ok(())
    }
}

/// F.2.2.1: the first coefficient, told by what it differs in from the block before.
#[inline]
pub(super) fn difference(bits: &mut Bits<'_>, dc: &Table, prediction: &mut i32) -> Result<i16, Broken> {
    let size = bits.code(dc)?;
    if size > 11 {
        return Err(Broken("a difference beyond eight bits"));
    }
    // Nothing sound comes near the ends.
    *prediction = (*prediction + bits.number(size.into())).clamp(i16::MIN.into(), i16::MAX.into());
    Ok(narrow(*prediction))
}

/// What does not fit is not sound, and is anything.
#[inline]
pub(super) fn narrow(value: i32) -> i16 {
    i16::try_from(value).unwrap_or(i16::MAX)
}
