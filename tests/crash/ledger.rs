//! What a client sent and what was acknowledged, kept outside of the server; and the judgement of what is found afterwards.

use crate::kinds::Found;

/// One client's book.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ledger {
    /// What was there at the last judgement.
    settled: Option<Found>,
    /// The last write that was sent.
    sent: u64,
    /// The last answer of success since, and how many there were.
    acknowledged: Option<Found>,
    acknowledgements: u64,
    /// Writes since the last judgement that were not acknowledged: done or not, nobody knows.
    doubtful: Vec<u64>,
}

/// What is wrong: one of the things that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// An acknowledged write is not there.
    Lost(String),
    /// A write was done more than once, or one that nobody sent.
    Doubled(String),
    /// What is there is not one write's.
    Torn(String),
    /// Answers came in another order than the writes.
    Disordered(String),
}

impl Ledger {
    /// The number of the next write, which is then doubtful.
    pub(crate) fn send(&mut self) -> u64 {
        self.sent += 1;
        self.doubtful.push(self.sent);
        self.sent
    }

    /// Notes an answer of success to the write `number`.
    pub(crate) fn acknowledge(&mut self, number: u64, found: Found) -> Result<(), Wrong> {
        self.doubtful.retain(|doubtful| *doubtful != number);
        if found.number != number {
            return Err(Wrong::Disordered(format!("write {number} was answered with {found:?}")));
        }
        if let Some(before) = self.acknowledged.or(self.settled) {
            let words = format!("after {before:?} came {found:?}; doubtful {:?}", self.doubtful);
            if found.changes <= before.changes {
                return Err(Wrong::Disordered(words));
            }
            // Each change is this write's, or that of a doubtful one since.
            let between = self.doubtful.iter().filter(|doubtful| **doubtful > before.number).count();
            if found.changes > before.changes + 1 + u64::try_from(between).unwrap_or(u64::MAX) {
                return Err(Wrong::Doubled(words));
            }
        }
        self.acknowledged = Some(found);
        self.acknowledgements += 1;
        Ok(())
    }

    /// What was acknowledged last, and the last write that was sent.
    pub(crate) fn latest(&self) -> (Found, u64) {
        let nothing = Found { number: 0, changes: 0 };
        (self.acknowledged.or(self.settled).unwrap_or(nothing), self.sent)
    }

    /// Acknowledged since the last judgement.
    pub(crate) fn acknowledgements(&self) -> u64 {
        self.acknowledgements
    }

    /// Judges what is there, and goes on from it.
    pub(crate) fn judge(&mut self, found: Found) -> Result<(), Wrong> {
        let verdict = self.verdict(found);
        self.settled = Some(found);
        (self.acknowledged, self.acknowledgements) = (None, 0);
        self.doubtful.clear();
        verdict
    }

    /// Judges what a power cut left, by the book as it was before the cut: writes that came between the two may be there or not.
    /// Every write was answered, so numbers and changes go together.
    pub(crate) fn survived(&self, found: Found) -> Result<(), Wrong> {
        let Some(last) = self.acknowledged.or(self.settled) else { return Ok(()) };
        let book = format!("found {found:?}; acknowledged before the cut {last:?}");
        if found.number < last.number || found.changes < last.changes {
            return Err(Wrong::Lost(book));
        }
        if found.number - last.number != found.changes - last.changes {
            return Err(Wrong::Doubled(book));
        }
        Ok(())
    }

    /// Judges what is there, and settles nothing: what is doubtful stays so.
    pub(crate) fn peek(&self, found: Found) -> Result<(), Wrong> {
        self.verdict(found)
    }

    fn verdict(&self, found: Found) -> Result<(), Wrong> {
        let last = self.acknowledged.or(self.settled).map_or(0, |found| found.number);
        let book = format!(
            "found {found:?}; settled {:?}, {} acknowledged since, last {last}, doubtful {:?}",
            self.settled, self.acknowledgements, self.doubtful
        );
        if found.number < last {
            return Err(Wrong::Lost(book));
        }
        if found.number != last && !self.doubtful.contains(&found.number) {
            return Err(Wrong::Doubled(book));
        }
        let Some(settled) = self.settled else { return Ok(()) };
        // A client writes one after the other: doubtful writes later than the one that is found were not done.
        let earlier = self.doubtful.iter().filter(|doubtful| **doubtful < found.number).count();
        let itself = u64::from(self.doubtful.contains(&found.number));
        let lowest = settled.changes + self.acknowledgements + itself;
        let highest = lowest + u64::try_from(earlier).unwrap_or(u64::MAX);
        match found.changes {
            changes if changes < lowest => Err(Wrong::Lost(book)),
            changes if changes > highest => Err(Wrong::Doubled(book)),
            _ => Ok(()),
        }
    }
}
