//! A change of a contact: it is read and prepared before the writer's turn, where others wait for none of it, and written only if
//! the contact is still what was read. When others are in the way each time, all of it is done in the turn, where nobody is
//! (design.md decision 3a).

use std::sync::Arc;

use crate::access::{Grant, Write};
use crate::problem::{Code, Problem};
use crate::resources::apart::apart;
use crate::resources::conditions::Conditions;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::Card;
use crate::resources::contacts::queries::{self, Stored};
use crate::store::columns::Uid;
use crate::store::{Busy, Halt, Owned, Store, StoreError};

/// How often it is tried before that.
const TRIES: usize = 3;

/// What came of the preparation.
pub(super) enum Next<P, T> {
    /// There is nothing to write.
    Done(T),
    /// This is to be written.
    Write(P),
}

/// Which contact, and what must hold for it to be changed.
pub(super) struct Target<'r> {
    pub(super) id: Uid,
    pub(super) conditions: &'r Conditions,
    /// How many bytes come in.
    pub(super) bytes: usize,
}

/// Changes the contact. `write` gives none if it is not what `prepare` was given.
pub(super) async fn change<P: Send + 'static, T: Send + 'static>(
    grant: &Grant<Contacts, Write>,
    store: &Store,
    Target { id, conditions, bytes }: Target<'_>,
    prepare: impl Fn(Stored) -> Result<Next<P, T>, Problem> + Send + Sync + 'static,
    write: impl Fn(&mut Owned<'_, Contacts, Write>, &P) -> Result<Option<T>, Halt<Problem>> + Send + Sync + 'static,
) -> Result<T, Problem> {
    let work = Arc::new((prepare, write));
    for _ in 0..TRIES {
        let old = store.read(grant, move |on| queries::load(on, id)).await?;
        allow(conditions, &old)?;
        let here = work.clone();
        let next = match apart(old.card.len().saturating_add(bytes), move || (here.0)(old)).await?? {
            Next::Done(done) => {
                store.showed(grant, 1).await?;
                return Ok(done);
            }
            Next::Write(next) => next,
        };
        let here = work.clone();
        if let Some(done) = store.write(grant, move |on| (here.1)(on, &next)).await? {
            return Ok(done);
        }
    }
    let conditions = conditions.clone();
    let at_once = move |on: &mut Owned<'_, Contacts, Write>| {
        let old = queries::load(on, id)?;
        allow(&conditions, &old).map_err(Halt::Refused)?;
        match (work.0)(old).map_err(Halt::Refused)? {
            Next::Done(done) => {
                on.showed();
                Ok::<_, Halt<Problem>>(done)
            }
            Next::Write(next) => (work.1)(on, &next)?.ok_or_else(|| StoreError::Busy(Busy::Raced).into()),
        }
    };
    store.write(grant, at_once).await.map_err(Problem::from)
}

fn allow(conditions: &Conditions, old: &Stored) -> Result<(), Problem> {
    if conditions.allow(Some(old.row.changed)) {
        return Ok(());
    }
    let message = "The contact was changed since. Get it again, then change it.";
    Err(Problem::new(Code::PreconditionFailed, message))
}

/// The record of what is stored.
pub(super) fn card_of(stored: &Stored) -> Result<Card, Problem> {
    Card::stored(&stored.card).map_err(|fault| Problem::internal(format!("contact {}: {fault}", stored.row.id)))
}
