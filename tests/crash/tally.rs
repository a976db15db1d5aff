//! What the checker counts.

use crate::ledger::Wrong;

/// What the checker counted.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    /// Writes that were acknowledged.
    pub(crate) acknowledged: u64,
    /// Acknowledged and not there.
    pub(crate) lost: u64,
    /// Done more than once.
    pub(crate) doubled: u64,
    /// Half one write, half another; or a row without its blob.
    pub(crate) torn: u64,
    /// Answered in another order than written.
    pub(crate) disordered: u64,
    /// The first few that are wrong, in words.
    pub(crate) words: Vec<String>,
}

impl Tally {
    /// Adds what another check counted.
    pub(crate) fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.torn += other.torn;
        self.disordered += other.disordered;
        self.words.extend(other.words);
        self.words.truncate(20);
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.torn + self.disordered == 0
    }

    /// In a line.
    pub(crate) fn line(&self) -> String {
        format!(
            "{} acknowledged, {} lost, {} doubled, {} torn, {} out of order",
            self.acknowledged, self.lost, self.doubled, self.torn, self.disordered
        )
    }

    /// Counts what is wrong for `who`.
    pub(crate) fn count(&mut self, who: &str, wrong: &Wrong) {
        let place = match wrong {
            Wrong::Lost(_) => &mut self.lost,
            Wrong::Doubled(_) => &mut self.doubled,
            Wrong::Torn(_) => &mut self.torn,
            Wrong::Disordered(_) => &mut self.disordered,
        };
        *place += 1;
        self.words.push(format!("{who}: {wrong:?}"));
    }
}
