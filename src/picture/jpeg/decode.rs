//! From the first marker to the last: tables and scans as they come, then the pixels.

use super::super::raster::Raster;
use super::Broken;
use super::bits::{Bits, Table};
use super::channel::Channel;
use super::progressive::Band;
use super::scan::{Part, Scan};
use super::segments::{self, Head};

/// What is given between scans.
#[derive(Default)]
struct Tables {
    steps: [Option<[u16; 64]>; 4],
    dc: [Option<Table>; 4],
    ac: [Option<Table>; 4],
    interval: usize,
}

/// The picture at `scale` eighths of its size, from one to eight.
pub(in super::super) fn decode(bytes: &[u8], head: &Head, scale: u32) -> Result<Raster, Broken> {
    let frame = &head.frame;
    let mut channels: Vec<_> = frame.components.iter().map(|one| Channel::new(frame, *one, scale)).collect();
    let units = (frame.units().0 as usize, frame.units().1 as usize);
    let (mut tables, mut at) = (Tables::default(), 2);
    while let Some(segment) = segments::next(bytes, at) {
        at = segment.end;
        match segment.marker {
            0xd9 => break,
            0xda => {
                let scan = tables.scan(segment.body, frame.progressive, &mut channels)?;
                let mut bits = Bits::new(bytes, at);
                scan.read(&mut bits, &mut channels, units)?;
                at = bits.marker();
            }
            0xdb => tables.read_steps(segment.body)?,
            0xc4 => tables.read_codes(segment.body)?,
            0xdd => tables.interval = segment.body.first_chunk().map_or(0, |both| u16::from_be_bytes(*both).into()),
            _ => {}
        }
    }
    if !channels.iter().all(|channel| channel.seen) {
        return Err(Broken("a component without a scan"));
    }
    if frame.progressive {
        for channel in &mut channels {
            let factors = tables.factors(channel)?;
            channel.show_all(&factors);
        }
    }
    super::colour::raster(head, &channels, scale)
}

impl Tables {
    /// DQT (B.2.4.1).
    fn read_steps(&mut self, mut body: &[u8]) -> Result<(), Broken> {
        while let Some((kind, rest)) = body.split_first() {
            let wide = usize::from(kind >> 4 > 0);
            let (given, rest) = rest.split_at_checked(64 << wide).ok_or(Broken("a table cut short"))?;
            let mut steps = [0; 64];
            for (step, bytes) in steps.iter_mut().zip(given.chunks_exact(1 << wide)) {
                *step = bytes.iter().fold(0, |step: u16, byte| step << 8 | u16::from(*byte));
            }
            *self.steps.get_mut(usize::from(kind & 15)).ok_or(Broken("no such table"))? = Some(steps);
            body = rest;
        }
        Ok(())
    }

    /// The steps of a component's coefficients.
    fn factors(&self, channel: &Channel) -> Result<[f32; 64], Broken> {
        let steps = self.steps.get(channel.component.table).and_then(Option::as_ref);
        Ok(channel.factors(steps.ok_or(Broken("no such table"))?))
    }

    /// DHT (B.2.4.2).
    fn read_codes(&mut self, mut body: &[u8]) -> Result<(), Broken> {
        while let Some((kind, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>().ok_or(Broken("a table cut short"))?;
            let count = counts.iter().map(|count| usize::from(*count)).sum();
            let (values, rest) = rest.split_at_checked(count).ok_or(Broken("a table cut short"))?;
            let tables = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(kind & 15)).ok_or(Broken("no such table"))? = Some(Table::new(counts, values)?);
            body = rest;
        }
        Ok(())
    }

    /// SOS (B.2.3), and what it begins anew.
    fn scan(&self, body: &[u8], progressive: bool, channels: &mut [Channel]) -> Result<Scan<'_>, Broken> {
        let (count, rest) = body.split_first().ok_or(Broken("a scan cut short"))?;
        let (named, rest) = rest.split_at_checked(2 * usize::from(*count)).ok_or(Broken("a scan cut short"))?;
        let &[first, last, bits, ..] = rest else { return Err(Broken("a scan cut short")) };
        let mut parts = Vec::new();
        for (id, tables) in named.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?))) {
            let mut all = channels.iter_mut().enumerate();
            let (number, channel) = all.find(|(_, one)| one.component.id == id).ok_or(Broken("no such component"))?;
            // F.1.1.3: each component has one scan; a picture that had more would cost more than it says.
            if (!progressive && channel.seen) || parts.iter().any(|part: &Part<'_>| part.channel == number) {
                return Err(Broken("a component twice"));
            }
            channel.seen |= first == 0 || !progressive;
            channel.prediction = 0;
            parts.push(Part {
                channel: number,
                dc: self.dc.get(usize::from(tables >> 4)).and_then(Option::as_ref),
                ac: self.ac.get(usize::from(tables & 15)).and_then(Option::as_ref),
                // Progressive: used when all is there.
                factors: self.factors(channel)?,
            });
        }
        let band = Band { first: first.into(), last: last.into(), refines: bits >> 4 > 0, low: u32::from(bits & 15) };
        // G.1.1.1: the first coefficient is apart from the others, and these are in scans of one component.
        let sound = if band.first == 0 {
            band.last == 0
        } else {
            band.first <= band.last && band.last < 64 && parts.len() == 1
        };
        if parts.is_empty() || (progressive && (!sound || band.low > 13)) {
            return Err(Broken("a scan that cannot be"));
        }
        Ok(Scan { parts, band: progressive.then_some(band), interval: self.interval })
    }
}
