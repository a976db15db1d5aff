//! A photo is kept: what was received, by whatever way it came, becomes a row. What the person has already is no second
//! photo, so that whoever is not sure may send it again; its bytes are written again, so that a file that was lost is back.
//!
//! Bytes are in place before the row that names them (`resources::contents`); whatever ends in between leaves bytes that are swept.

use futures_util::future::join3;

use crate::access::{Grant, Write};
use crate::blobs::{Blobs, Received};
use crate::picture::{Pictures, Rendered};
use crate::problem::Problem;
use crate::resources::contents;
use crate::resources::photos::queries::{self, Made, Room, Row};
use crate::resources::photos::upload::{self, Incoming, Sum};
use crate::resources::photos::uploads::queries::held;
use crate::resources::photos::{Photos, name};
use crate::store::columns::Uid;
use crate::store::contents::touch;
use crate::store::{Halt, Owned, Store};

/// Who keeps photos.
#[derive(Clone, Copy)]
pub struct Keeper<'k> {
    /// Where rows are.
    pub store: &'k Store,
    /// Where bytes are.
    pub blobs: &'k Blobs,
    /// Where they are looked at.
    pub pictures: &'k Pictures,
    /// How much a person may have.
    pub room: Room,
}

/// What is said with the bytes.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// What the photo is to be called; none: nobody said.
    pub name: Option<String>,
    /// What is said of it, or ''.
    pub description: String,
    /// By which session it came in parts.
    pub session: Option<Uid>,
}

impl Keeper<'_> {
    /// Keeps what was received, as it was told of. Gives its row, and whether it is new: the person may have had it.
    pub async fn keep(
        &self,
        grant: &Grant<Photos, Write>,
        told: Told,
        received: Received,
    ) -> Result<(Row, bool), Problem> {
        let (sum, room) = (Sum::of_received(&received), self.room);
        let (session, now) = (told.session, self.store.now());
        let before = move |on: &mut Owned<'_, Photos, Write>| -> Result<_, Halt<Problem>> {
            let there = queries::by_content(on, sum.sha256)?;
            if there.is_none() {
                let (_, beside) = held(on, session, now)?;
                queries::has_room(on, sum.size, room.beside(beside))?;
            }
            Ok(there)
        };
        if let Some(row) = self.store.read(grant, before).await? {
            // Written again: it may be that the row is there and its file was lost.
            contents::keep(self.store, self.blobs, received).await?;
            self.store.showed(grant, 1).await?;
            return Ok((row, false));
        }
        let holder = grant.holder();
        let place = self.pictures.place_in_turn((holder.issuer(), holder.subject())).await?;
        let (incoming, received) = upload::look(self.pictures, place, received).await?;
        let name = told.name.clone().unwrap_or_else(|| name::unnamed(incoming.facts.kind).to_owned());
        let told = Told { name: Some(name), ..told };
        let (small, medium) = (incoming.examined.small.clone(), incoming.examined.medium.clone());
        let whole = contents::keep(self.store, self.blobs, received);
        // All come to their end, whatever becomes of one: when the answer is told, nothing is being written any more.
        let (whole, small, medium) = join3(whole, self.made(small), self.made(medium)).await;
        whole?;
        self.named(grant, told, incoming, [small?, medium?]).await
    }

    async fn made(&self, rendered: Rendered) -> Result<Made, Problem> {
        let Rendered { which, width, height, jpeg } = rendered;
        let sha256 = contents::keep_bytes(self.store, self.blobs, jpeg).await?;
        Ok(Made { which, sha256, width, height })
    }

    /// Writes the rows.
    async fn named(
        &self,
        grant: &Grant<Photos, Write>,
        told: Told,
        incoming: Incoming,
        made: [Made; 2],
    ) -> Result<(Row, bool), Problem> {
        let (id, room) = (self.store.new_id(), self.room);
        let mut digests: Vec<_> = made.iter().map(|made| made.sha256).chain([incoming.whole.sha256]).collect();
        // Always in this order: so no two writes wait for each other.
        digests.sort_unstable();
        let write = move |on: &mut Owned<'_, Photos, Write>| -> Result<_, Halt<Problem>> {
            if let Some(row) = queries::by_content(on, incoming.whole.sha256)? {
                on.showed();
                return Ok((row, false));
            }
            for digest in &digests {
                if !touch(on, *digest)? {
                    return Err(Halt::Refused(contents::going()));
                }
            }
            let (_, beside) = held(on, told.session, on.now())?;
            let called = (told.name.as_deref().unwrap_or_default(), told.description.as_str());
            Ok((queries::insert(on, id, called, &incoming, &made, room.beside(beside))?, true))
        };
        Ok(self.store.write(grant, write).await?)
    }
}
