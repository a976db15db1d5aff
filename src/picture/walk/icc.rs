//! What is kept of an ICC profile (ICC.1:2022 §7): what the colours mean, and its own description. What a system wrote into it of the
//! screen and of its owner is not: tags of nobody's register (Apple's `mmod` has the screen's serial number), those that hold
//! other files' texts, and bytes that no tag names.

use super::Recipe;
use crate::picture::{PictureFault, recipe};

/// §7.2.
const HEADER: usize = 128;
/// §7.2.18: a sum over the profile, all 0 if there is none.
const SUM: std::ops::Range<usize> = 84..100;
/// §7.3.1: signature, place, length.
const ENTRY: usize = 12;
/// A padded end, as all begin where four divides (§7.3.1).
const PADDING: usize = 3;

/// Each at most once (§9.2; ICC.1:2001-04 §6.4 for `bkpt`). Of those registered `meta`, `targ`, `calt`, `pseq`, `psid` and what names inks are
/// not among them: nothing is drawn by them.
const KEPT: [&[u8; 4]; 38] = [
    b"A2B0", b"A2B1", b"A2B2", b"B2A0", b"B2A1", b"B2A2", b"B2D0", b"B2D1", b"B2D2", b"B2D3", b"D2B0", b"D2B1",
    b"D2B2", b"D2B3", b"bTRC", b"bXYZ", b"bkpt", b"chad", b"chrm", b"cicp", b"cprt", b"desc", b"dmdd", b"dmnd",
    b"gTRC", b"gXYZ", b"gamt", b"kTRC", b"lumi", b"meas", b"pre0", b"rTRC", b"rXYZ", b"rig0", b"tech", b"view",
    b"vued", b"wtpt",
];

/// What is kept of this profile, which is made by `source`: that itself if there is nothing to cut. None if it is no profile, by the
/// signature that each has, or none of its tags is kept. What it says of its length is no more than a reason to write it anew, since
/// readers pass over that too.
pub(super) fn kept(profile: &[u8], source: &Recipe) -> Result<Option<Recipe>, PictureFault> {
    let (Some(header), Some(count)) = (profile.get(..HEADER), number(profile, HEADER)) else { return Ok(None) };
    if header.get(36..40) != Some(b"acsp") {
        return Ok(None);
    }
    let entries = profile.get(HEADER + 4..).unwrap_or_default().as_chunks::<ENTRY>().0;
    let mut tags: Vec<_> = entries.iter().take(count).filter_map(|entry| tag(entry, profile.len())).collect();
    let first = HEADER + 4 + count.saturating_mul(ENTRY);
    let is_all = number(profile, 0) == Some(profile.len()) && tags.len() == count && is_covered(profile, first, &tags);
    // Of those of one name readers take the first.
    tags.sort_by_key(|(signature, ..)| *signature);
    tags.dedup_by_key(|(signature, ..)| *signature);
    match tags[..] {
        [] => Ok(None),
        _ if is_all && tags.len() == count => Ok(Some(source.clone())),
        _ => anew(header, &tags, source),
    }
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..)?.first_chunk().map(|number| u32::from_be_bytes(*number) as usize)
}

type Tag = ([u8; 4], usize, usize);

/// Signature, start and end of one that is kept and lies within the profile.
fn tag(entry: &[u8; ENTRY], length: usize) -> Option<Tag> {
    let signature = *entry.first_chunk()?;
    let start = number(entry, 4)?;
    let end = start.checked_add(number(entry, 8)?)?;
    (KEPT.contains(&&signature) && start >= HEADER + 4 && start < end && end <= length)
        .then_some((signature, start, end))
}

/// Whether the tags hold everything from `first` on, but for padding.
fn is_covered(profile: &[u8], first: usize, tags: &[Tag]) -> bool {
    let mut ranges: Vec<_> = tags.iter().map(|(_, start, end)| (*start, *end)).collect();
    ranges.push((profile.len(), profile.len()));
    ranges.sort_unstable();
    let mut at = first;
    for (start, end) in ranges {
        let between = profile.get(at..start.max(at)).unwrap_or_default();
        if between.len() > PADDING || between.iter().any(|byte| *byte != 0) {
            return false;
        }
        at = at.max(end);
    }
    true
}

/// The same header with another length, a table of these tags, and their data, which several may have in common.
fn anew(header: &[u8], tags: &[Tag], source: &Recipe) -> Result<Option<Recipe>, PictureFault> {
    let mut table = Vec::new();
    let mut data = Recipe::default();
    let mut placed: Vec<(usize, usize, u64)> = Vec::new();
    let first = (HEADER + 4 + tags.len() * ENTRY) as u64;
    for (signature, start, end) in tags {
        let there = placed.iter().find(|(from, to, _)| (from, to) == (start, end)).map(|(_, _, at)| *at);
        let at = there.unwrap_or(first + data.length());
        if there.is_none() {
            recipe::part(&source.pieces, &(*start as u64..*end as u64))
                .into_iter()
                .try_for_each(|piece| data.add(piece))?;
            data.put([0; PADDING].get(..(end - start).wrapping_neg() % 4).unwrap_or_default())?;
            placed.push((*start, *end, at));
        }
        // Data that overlap are written out: a profile of such would grow.
        let grown = first + data.length() > source.length() + (KEPT.len() * PADDING) as u64;
        let (Ok(at), false) = (u32::try_from(at), grown) else { return Ok(None) };
        table.extend_from_slice(signature);
        table.extend_from_slice(&at.to_be_bytes());
        table.extend_from_slice(&u32::try_from(end - start).unwrap_or(u32::MAX).to_be_bytes());
    }
    let Ok(length) = u32::try_from(first + data.length()) else { return Ok(None) };
    let mut kept = Recipe::default();
    kept.put(&length.to_be_bytes())?;
    kept.put(header.get(4..SUM.start).unwrap_or_default())?;
    kept.put(&[0; 16])?;
    kept.put(header.get(SUM.end..).unwrap_or_default())?;
    kept.put(&u32::try_from(tags.len()).unwrap_or(u32::MAX).to_be_bytes())?;
    kept.put(&table)?;
    kept.append(data)?;
    Ok(Some(kept))
}
