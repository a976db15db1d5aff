//! Addresses of renditions that need no token: sealed, they stand for less than an hour for the grant that they were made under, and count as
//! what its client gets. Revoking that ends them.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{Grant, Read};
use crate::picture::Rendition;
use crate::problem::Problem;
use crate::query::seal::Batch;
use crate::resources::collection::Collections;
use crate::resources::photos::Photos;
use crate::store::columns::Uid;
use crate::token::Lent;

/// How long one leads somewhere, ...
const HOLDS: TimeDelta = TimeDelta::hours(1);
/// ... less up to this: all that are made in the same minutes end together, so that what is done by them is counted as one.
const STEP: TimeDelta = TimeDelta::minutes(5);
const PURPOSE: &str = "rendition";

/// What an address leads to.
pub(super) struct Address {
    pub(super) lent: Lent,
    pub(super) photo: Uid,
    pub(super) which: Rendition,
}

#[derive(Serialize, Deserialize)]
struct Sealed<L> {
    lent: L,
    photo: String,
    size: String,
}

/// What makes addresses for a grant.
pub struct Addresses<'a> {
    collections: &'a Collections,
    batch: Batch,
    lent: Lent,
}

impl<'a> Addresses<'a> {
    /// Those that last from `now` on for less than an hour.
    pub fn new(collections: &'a Collections, grant: &Grant<Photos, Read>, now: DateTime<Utc>) -> Result<Self, Problem> {
        let until = (now + HOLDS).duration_trunc(STEP).map_err(|fault| Problem::internal(fault.to_string()))?;
        let lent = grant.lend(until).ok_or_else(|| Problem::internal("the operator has no addresses"))?;
        Ok(Self { collections, batch: collections.batch()?, lent })
    }

    /// That of a rendition.
    pub(super) fn of(&self, photo: Uid, which: Rendition) -> Result<String, Problem> {
        let sealed = Sealed { lent: &self.lent, photo: photo.to_string(), size: which.name().into() };
        let plain = serde_json::to_vec(&sealed).map_err(|fault| Problem::internal(fault.to_string()))?;
        let sealed = self.batch.seal(PURPOSE.as_bytes(), &plain)?;
        Ok(self.collections.address(&format!("/v1.0/renditions/{sealed}")))
    }
}

impl Address {
    /// Reads the last word of one; none: it is not ours.
    pub(super) fn open(collections: &Collections, sealed: &str) -> Option<Self> {
        let plain = collections.open(PURPOSE, sealed)?;
        let Sealed { lent, photo, size } = serde_json::from_slice(&plain).ok()?;
        Some(Self { lent, photo: Uid::parse(&photo)?, which: Rendition::named(&size)? })
    }
}
