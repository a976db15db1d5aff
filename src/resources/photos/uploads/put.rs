//! `PUT` of a session's address: a part of the picture. With the last one all are put together and kept as a photo that came whole is.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::TryStreamExt as _;

use super::queries::{self, Session};
use super::range::Part;
use super::{CHUNK_BYTES, address, model};
use crate::access::{Gate, Grant, Write};
use crate::blobs::{Blobs, Incoming};
use crate::config::Limits;
use crate::digest::Digest;
use crate::picture::Pictures;
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::body::{self, Coming};
use crate::resources::collection::Collections;
use crate::resources::contents;
use crate::resources::photos::Photos;
use crate::resources::photos::handlers::added;
use crate::resources::photos::keep::{Keeper, Told};
use crate::resources::photos::model::View;
use crate::resources::photos::queries::{self as photos, Room, Row};
use crate::store::{Halt, Owned, Store};

/// `PUT`
pub async fn put(
    store: Data<Store>,
    (blobs, pictures): (Data<Blobs>, Data<Pictures>),
    (collections, gate): (Data<Collections>, Data<Gate>),
    limits: Data<Limits>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let ((grant, id), now) = (address::opened(&collections, &gate, &request)?, store.now());
    let view = View::of(&grant, &Options::default())?;
    let upload = Upload {
        keeper: Keeper { store: &store, blobs: &blobs, pictures: &pictures, room: Room::from(&**limits) },
        grant,
        most: limits.photo_bytes,
    };
    let query = move |on: &mut Owned<'_, Photos, Write>| queries::find(on, id, now);
    let session = store.read(&upload.grant, query).await?;
    let mut body = body::coming(&request, payload, |_| CHUNK_BYTES)?;
    if let Some(photo) = session.photo {
        // To its end: a client that is still sending hears no answer.
        while body.next().await?.is_some() {}
        let row = store.read(&upload.grant, move |on| photos::find(on, photo)).await?;
        store.showed(&upload.grant, 1).await?;
        return added(&collections, &view, &row, false);
    }
    let part = Part::of(request.headers())?;
    if u64::try_from(part.total).unwrap_or(u64::MAX) > upload.most {
        return Err(model::too_large(upload.most));
    }
    session.awaits(part)?;
    let holder = upload.grant.holder();
    let _arriving = pictures.arrival((holder.issuer(), holder.subject()))?;
    if !part.is_last() {
        let session = upload.take(&session, part, body).await?;
        return Ok(HttpResponse::Accepted().json(model::answer(&session, None)));
    }
    let (row, is_new) = upload.end(&session, part, body).await?;
    added(&collections, &view, &row, is_new)
}

/// What takes parts, and for whom.
struct Upload<'u> {
    keeper: Keeper<'u>,
    grant: Grant<Photos, Write>,
    most: u64,
}

impl Upload<'_> {
    /// Takes a part that others follow.
    async fn take(&self, session: &Session, part: Part, body: Coming<'_>) -> Result<Session, Problem> {
        let mut incoming = self.keeper.blobs.receive(part.length());
        fill(&mut incoming, part, body).await?;
        let digest = contents::keep(self.keeper.store, self.keeper.blobs, incoming.finish().await?).await?;
        let (id, room) = (session.id, self.keeper.room);
        let write = move |on: &mut Owned<'_, Photos, Write>| queries::advance(on, id, part, digest, room);
        let advanced = self.keeper.store.write(&self.grant, write).await;
        advanced.map_err(|halt: Halt<Problem>| Problem::from(halt))
    }

    /// Takes the last part. A picture that is refused ends the session.
    async fn end(&self, session: &Session, part: Part, body: Coming<'_>) -> Result<(Row, bool), Problem> {
        let (id, total) = (session.id, part.total);
        match self.whole(session, part, body).await {
            Ok((row, is_new)) => {
                let photo = row.id;
                let write = move |on: &mut Owned<'_, Photos, Write>| queries::finish(on, id, photo, total);
                self.keeper.store.write(&self.grant, write).await?;
                Ok((row, is_new))
            }
            Err(Ended { problem, ends: false }) => Err(problem),
            Err(Ended { problem, .. }) => {
                // Should this fail, it is over by itself in a day.
                let _ = self.keeper.store.write(&self.grant, move |on| queries::refuse(on, id)).await;
                Err(problem.saying(" The upload session has ended."))
            }
        }
    }

    async fn whole(&self, session: &Session, part: Part, body: Coming<'_>) -> Result<(Row, bool), Ended> {
        let id = session.id;
        let query = move |on: &mut Owned<'_, Photos, Write>| queries::parts(on, id);
        let parts = self.keeper.store.read(&self.grant, query).await.map_err(Problem::from)?;
        let mut incoming = self.keeper.blobs.receive(self.most);
        self.gather(&mut incoming, parts).await?;
        if i64::try_from(incoming.length()) != Ok(part.first) {
            let message =
                "Another request sends parts of this picture at the moment. Ask this address what is awaited.";
            return Err(Problem::new(Code::Unavailable, message).retry_after(1).cause("parts_meanwhile").into());
        }
        fill(&mut incoming, part, body).await?;
        let received = incoming.finish().await.map_err(Problem::from)?;
        let name = Some(session.name.clone()).filter(|name| !name.is_empty());
        let told = Told { name, description: session.description.clone(), session: Some(id) };
        self.keeper.keep(&self.grant, told, received).await.map_err(Ended::of)
    }

    /// Puts the parts together that are here.
    async fn gather(&self, incoming: &mut Incoming, parts: Vec<(Digest, i64)>) -> Result<(), Problem> {
        for (digest, size) in parts {
            let stream = self.keeper.blobs.stream(digest, 0..u64::try_from(size).unwrap_or(0)).await?;
            let mut stream = std::pin::pin!(stream);
            while let Some(piece) = stream.try_next().await? {
                incoming.write(&piece).await?;
            }
        }
        Ok(())
    }
}

/// Why there is no photo, and whether there will be none.
struct Ended {
    problem: Problem,
    ends: bool,
}

impl Ended {
    /// Of a picture that was whole: sent again it would be refused again. Room may come back, the person's or the disk's.
    fn of(problem: Problem) -> Self {
        let refused = [Code::UnsupportedMedia, Code::InvalidImage];
        Self { ends: refused.contains(&problem.code()), problem }
    }
}

impl From<Problem> for Ended {
    fn from(problem: Problem) -> Self {
        Self { problem, ends: false }
    }
}

/// Takes the body, which is as long as it is said to be.
async fn fill(incoming: &mut Incoming, part: Part, mut body: Coming<'_>) -> Result<(), Problem> {
    let other = || {
        let message = format!("`Content-Range` says {} bytes, and the body has another number of them.", part.length());
        Problem::new(Code::InvalidRequest, message).target("Content-Range")
    };
    let whole = incoming.length().saturating_add(part.length());
    while let Some(piece) = body.next().await? {
        if incoming.length().saturating_add(piece.len() as u64) > whole {
            return Err(other());
        }
        incoming.write(&piece).await?;
    }
    if incoming.length() == whole { Ok(()) } else { Err(other()) }
}
