//! How a contact is changed.

use crate::access::Write;
use crate::problem::Problem;
use crate::resources::attempt::Item;
pub(super) use crate::resources::attempt::{Next, Target, change};
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::Card;
use crate::resources::contacts::queries::{self, Stored};
use crate::store::columns::Uid;
use crate::store::{Owned, StoreError};

impl Item for Stored {
    type Kind = Contacts;
    type Key = Uid;
    const NAME: &'static str = "contact";

    fn load(on: &mut Owned<'_, Contacts, Write>, id: Uid) -> Result<Self, StoreError> {
        queries::load(on, id)
    }

    fn changed(&self) -> i64 {
        self.row.changed
    }

    fn bytes(&self) -> usize {
        self.card.len()
    }
}

/// The record of what is stored.
pub(super) fn card_of(stored: &Stored) -> Result<Card, Problem> {
    Card::stored(&stored.card).map_err(|fault| Problem::internal(format!("contact {}: {fault}", stored.row.id)))
}
