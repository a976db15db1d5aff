//! Lending a connection to a grant, and what the access log says of that: what was read is gathered, what was written is written with
//! it. May import `access`.

use super::db::Db;
use super::error::{Busy, Failure, StoreError};
use super::meter::Query;
use super::owned::{Change, Changes, Make, Owned, Reads};
use super::{Lane, Store, access_log, people};
use crate::access::{Access, Grant, Kind, Operation};

impl Store {
    /// Runs a query function on a blocking thread.
    pub async fn read<K, A, T, E>(
        &self,
        grant: &Grant<K, A>,
        query: impl FnOnce(&mut Owned<'_, K, A>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        K: Kind,
        A: Reads,
        T: Send + 'static,
        E: Failure,
    {
        let person = self.person(grant.holder()).await?;
        let query = move |db: &mut Db| -> Result<(T, u64), E> {
            let mut on = Owned::to_read(person, db);
            Ok((query(&mut on)?, on.given().unwrap_or(0)))
        };
        let (value, items) = self.inner.pool.hop(Query::Read, query).await?;
        self.given(grant, items).await?;
        Ok(value)
    }

    /// Like [`Store::read`], for one row by its key: on SQLite it runs right here if a connection is idle, which costs
    /// less than the hop to another thread; on PostgreSQL it hops, because there is a network to wait for.
    pub async fn point<K, A, T, E>(
        &self,
        grant: &Grant<K, A>,
        query: impl FnOnce(&mut Owned<'_, K, A>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        K: Kind,
        A: Reads,
        T: Send + 'static,
        E: Failure,
    {
        let person = self.person(grant.holder()).await?;
        let query = move |db: &mut Db| -> Result<(T, u64), E> {
            let mut on = Owned::to_read(person, db);
            Ok((query(&mut on)?, on.given().unwrap_or(1)))
        };
        let found = match &self.inner.writer {
            Lane::Postgres(_) => self.inner.pool.hop(Query::Point, query).await,
            Lane::Sqlite(_) => match self.inner.pool.inline(Query::Point, query) {
                Ok(result) => result,
                Err(query) => self.inner.pool.hop(Query::Point, query).await,
            },
        };
        let (value, items) = found?;
        self.given(grant, items).await?;
        Ok(value)
    }

    /// Runs a query function that changes something, in a transaction that begins by taking the person's next change
    /// number ([`Owned::change`]). `Ok` means that it is on the disk; `Err` that nothing was kept, except for
    /// [`StoreError::Broken`], after which nobody knows.
    ///
    /// The function may be run again, so it does nothing but query; and it must not go on after a query has failed.
    /// If the caller goes away meanwhile, the write is done all the same.
    pub async fn write<K, A, T, E>(
        &self,
        grant: &Grant<K, A>,
        mut query: impl FnMut(&mut Owned<'_, K, A>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        K: Kind,
        A: Changes,
        T: Send + 'static,
        E: Failure,
    {
        let person = self.person(grant.holder()).await?;
        let (at, id, holder) = (self.now(), self.new_id(), grant.holder().clone());
        let result = self
            .submit(Query::Write, move |db: &mut Db| -> Result<(T, u64), E> {
                // Here, where nothing is between it and the change: what was sent before it was taken back may come in after.
                holder.stands().map_err(StoreError::Stopped)?;
                let change = Change { number: people::next_change(db, person)?, at };
                let mut on = Owned::to_change(person, change, db);
                let value = query(&mut on)?;
                let (items, shown) = (on.given().unwrap_or(1), on.shown());
                access_log::written(db, person, &holder, K::NAME, (id, at, items))?;
                Ok((value, shown))
            })
            .await;
        if matches!(&result, Err(error) if error.store() == Some(&StoreError::NoAccount)) {
            self.inner.seen.forget(grant.holder().as_ref().into());
        }
        let (value, shown) = result?;
        if shown > 0 {
            self.showed(grant, shown).await?;
        }
        Ok(value)
    }

    /// Runs a query function that keeps what was made of what `grant` reads. The person changes nothing by that: it has no number among
    /// their changes, and in the access log is what was read alone.
    pub async fn keep_made<K, A, T, E>(
        &self,
        grant: &Grant<K, A>,
        mut query: impl FnMut(&mut Owned<'_, K, Make>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        K: Kind,
        A: Reads,
        T: Send + 'static,
        E: Failure,
    {
        let person = self.person(grant.holder()).await?;
        let change = Change { number: 0, at: self.now() };
        self.submit(Query::Write, move |db: &mut Db| query(&mut Owned::to_change(person, change, db))).await
    }

    /// Counts what a reading grant was given. What a grant to write reads on its way is part of the write; its body may have come
    /// long after it was let in.
    async fn given<K: Kind, A: Reads>(&self, grant: &Grant<K, A>, items: u64) -> Result<(), StoreError> {
        match A::OPERATION {
            Operation::Write => grant.holder().stands().map_err(StoreError::Stopped),
            Operation::Read => self.showed(grant, items).await,
        }
    }

    /// Counts so many items as read: for a change that changes nothing, and answers what there is.
    pub async fn showed<K: Kind, A: Access>(&self, grant: &Grant<K, A>, items: u64) -> Result<(), StoreError> {
        let counted = self.inner.uses.given(grant.holder(), K::NAME, items).await;
        counted.map_err(|_| StoreError::Busy(Busy::Log))
    }
}
