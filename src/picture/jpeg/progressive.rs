//! Blocks of progressive scans (ITU-T T.81, Annex G): some coefficients of a block, or one more bit of each.

use std::ops::RangeInclusive;

use super::Broken;
use super::bits::{Bits, Table};
use super::channel::{Channel, Places};
use super::scan::{Part, difference, narrow};

/// Which coefficients a scan holds, in the order in which they are written, and which of their bits.
pub(super) struct Band {
    pub(super) first: usize,
    pub(super) last: usize,
    /// Whether it is one more bit of coefficients that were there before.
    pub(super) refines: bool,
    /// Bits that are still to come.
    pub(super) low: u32,
}

/// Blocks that hold nothing more in this band (G.1.2.2).
#[derive(Default)]
pub(super) struct Run(u32);

/// The coefficients of one block.
struct Block<'a> {
    kept: &'a mut [i16],
    nonzero: &'a mut u64,
    places: &'a Places,
}

impl Block<'_> {
    fn place(&mut self, number: usize) -> Option<&mut i16> {
        let place = self.places.get(number).copied().flatten()?;
        self.kept.get_mut(usize::from(place))
    }

    fn set(&mut self, number: usize, value: i32) {
        *self.nonzero |= 1 << (number & 63);
        if let Some(place) = self.place(number) {
            *place = narrow(value);
        }
    }

    fn is_zero(&self, number: usize) -> bool {
        *self.nonzero >> (number & 63) & 1 == 0
    }

    /// G.1.2.3: one more bit of what is not 0.
    #[inline]
    fn refine(&mut self, bits: &mut Bits<'_>, number: usize, bit: i16) {
        if bits.take(1) == 1
            && let Some(place) = self.place(number)
            && *place & bit == 0
        {
            *place = place.saturating_add(if *place < 0 { -bit } else { bit });
        }
    }

    /// The same for all of these that are not 0: a block that has none costs nothing, however many scans pass over it.
    fn refine_all(&mut self, bits: &mut Bits<'_>, numbers: RangeInclusive<usize>, bit: i16) {
        let below = |number: usize| u64::MAX.checked_shr(64 - u32::try_from(number).unwrap_or(64)).unwrap_or(0);
        let mut left = *self.nonzero & below(numbers.end() + 1) & !below(*numbers.start());
        while left != 0 {
            self.refine(bits, left.trailing_zeros() as usize, bit);
            left &= left - 1;
        }
    }
}

impl Band {
    /// What this scan holds of one block.
    #[inline]
    pub(super) fn block(
        &self,
        bits: &mut Bits<'_>,
        part: &Part<'_>,
        channel: &mut Channel,
        at: (usize, usize),
        run: &mut Run,
    ) -> Result<(), Broken> {
        let (number, each) = (at.1 * channel.blocks.0 + at.0, channel.each());
        let Channel { kept, nonzero, places, prediction, .. } = channel;
        let kept = kept.get_mut(number * each..(number + 1) * each);
        let (Some(kept), Some(nonzero)) = (kept, nonzero.get_mut(number)) else { return Err(Broken("no such block")) };
        let mut block = Block { kept, nonzero, places };
        let ac = || part.ac.ok_or(Broken("no such table"));
        match (self.first, self.refines) {
            (0, false) => {
                let dc = part.dc.ok_or(Broken("no such table"))?;
                let value = i32::from(difference(bits, dc, prediction)?);
                block.set(0, value << self.low);
            }
            (0, true) => {
                if bits.take(1) == 1
                    && let Some(place) = block.place(0)
                {
                    *place |= 1 << self.low;
                }
            }
            (_, false) => self.first_bits(bits, ac()?, &mut block, run)?,
            (_, true) => self.next_bit(bits, ac()?, &mut block, run)?,
        }
        Ok(())
    }

    /// G.1.2.2.
    fn first_bits(&self, bits: &mut Bits<'_>, ac: &Table, block: &mut Block<'_>, run: &mut Run) -> Result<(), Broken> {
        if run.0 > 0 {
            run.0 -= 1;
            return Ok(());
        }
        let mut number = self.first;
        while number <= self.last {
            let code = bits.code(ac)?;
            let (zeros, size) = (u32::from(code >> 4), u32::from(code & 15));
            if size == 0 && zeros < 15 {
                *run = blocks(bits, zeros);
                run.0 -= 1;
                break;
            }
            number += zeros as usize;
            if size > 0 {
                let value = bits.number(size);
                if number > self.last {
                    return Err(Broken("more than a band holds"));
                }
                block.set(number, value << self.low);
            }
            number += 1;
        }
        Ok(())
    }

    /// G.1.2.3.
    fn next_bit(&self, bits: &mut Bits<'_>, ac: &Table, block: &mut Block<'_>, run: &mut Run) -> Result<(), Broken> {
        let bit = narrow(1 << self.low);
        let mut number = self.first;
        while run.0 == 0 && number <= self.last {
            let code = bits.code(ac)?;
            let (mut zeros, size) = (u32::from(code >> 4), code & 15);
            let value = match size {
                0 if zeros < 15 => {
                    *run = blocks(bits, zeros);
                    break;
                }
                0 => 0,
                1 if bits.take(1) == 1 => bit,
                1 => -bit,
                _ => return Err(Broken("more than a bit")),
            };
            while number <= self.last {
                if block.is_zero(number) {
                    if zeros == 0 {
                        break;
                    }
                    zeros -= 1;
                } else {
                    block.refine(bits, number, bit);
                }
                number += 1;
            }
            if value != 0 && number <= self.last {
                block.set(number, value.into());
            }
            number += 1;
        }
        if run.0 > 0 {
            block.refine_all(bits, number..=self.last, bit);
            run.0 -= 1;
        }
        Ok(())
    }
}

/// How many blocks a run is long, this one included.
fn blocks(bits: &mut Bits<'_>, size: u32) -> Run {
    Run((1 << size) + u32::try_from(bits.take(size)).unwrap_or_default())
}
