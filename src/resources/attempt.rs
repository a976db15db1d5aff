//! A change of an item: it is read and prepared before the writer's turn, where others wait for none of it, and written only if
//! the item is still what was read. When others are in the way each time, all of it is done in the turn, where nobody is
//! (design.md decision 3a). May import `access`, `store`, `problem`, `apart`, `conditions`.

use std::sync::Arc;

use crate::access::{Grant, Permits, Write};
use crate::problem::{Code, Problem};
use crate::resources::apart::apart;
use crate::resources::conditions::Conditions;
use crate::store::{Busy, Halt, Owned, Store, StoreError};

/// An item as it is stored, with all that a change of it has to know.
pub trait Item: Send + Sized + 'static {
    /// Of which kind it is.
    type Kind: Permits<Write>;
    /// What names it.
    type Key: Copy + Send + Sync + 'static;
    /// What it is called.
    const NAME: &'static str;

    /// Reads it.
    fn load(on: &mut Owned<'_, Self::Kind, Write>, key: Self::Key) -> Result<Self, StoreError>;

    /// Which change made it what it is.
    fn changed(&self) -> i64;

    /// How many bytes its record has.
    fn bytes(&self) -> usize;
}

/// How often it is tried before that.
const TRIES: usize = 3;

/// What came of the preparation.
pub enum Next<P, T> {
    /// There is nothing to write.
    Done(T),
    /// This is to be written.
    Write(P),
}

/// Which item, and what must hold for it to be changed.
pub struct Target<'r, K> {
    /// What names it.
    pub key: K,
    /// What the client says must hold.
    pub conditions: &'r Conditions,
    /// How many bytes come in.
    pub bytes: usize,
}

/// Changes the item. `write` gives none if it is not what `prepare` was given.
pub async fn change<I: Item, P: Send + 'static, T: Send + 'static>(
    grant: &Grant<I::Kind, Write>,
    store: &Store,
    Target { key, conditions, bytes }: Target<'_, I::Key>,
    prepare: impl Fn(I) -> Result<Next<P, T>, Problem> + Send + Sync + 'static,
    write: impl Fn(&mut Owned<'_, I::Kind, Write>, &P) -> Result<Option<T>, Halt<Problem>> + Send + Sync + 'static,
) -> Result<T, Problem> {
    let work = Arc::new((prepare, write));
    for _ in 0..TRIES {
        let old = store.read(grant, move |on| I::load(on, key)).await?;
        allow(conditions, &old)?;
        let here = work.clone();
        let next = match apart(old.bytes().saturating_add(bytes), move || (here.0)(old)).await?? {
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
    let at_once = move |on: &mut Owned<'_, I::Kind, Write>| {
        let old = I::load(on, key)?;
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

fn allow<I: Item>(conditions: &Conditions, old: &I) -> Result<(), Problem> {
    if conditions.allow(Some(old.changed())) {
        return Ok(());
    }
    Err(Problem::new(
        Code::PreconditionFailed,
        format!("The {} was changed since. Get it again, then change it.", I::NAME),
    ))
}
