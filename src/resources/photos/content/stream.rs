//! Bytes on their way out, piece by piece: no more of them is in memory than a piece.

use std::future::ready;
use std::io;
use std::pin::pin;

use actix_web::body::SizedStream;
use actix_web::http::Method;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::future::Either;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};

use crate::access::{Gate, Grant, Read};
use crate::blobs::{BlobFault, Blobs};
use crate::digest::Digest;
use crate::picture::{Piece, recipe};
use crate::problem::Problem;
use crate::resources::octets::{Asked, Octets};
use crate::resources::photos::Photos;

/// Where they come from, and who looks whether they may go on.
pub(super) struct Source<'s> {
    pub(super) blobs: &'s Blobs,
    pub(super) gate: &'s Data<Gate>,
    pub(super) grant: &'s Grant<Photos, Read>,
}

impl Source<'_> {
    /// Answers `request` with `octets`, which `recipe` makes of the content `of`.
    pub(super) async fn answer(
        &self,
        request: &HttpRequest,
        octets: &Octets,
        of: Digest,
        recipe: &[Piece],
    ) -> Result<HttpResponse, Problem> {
        let asked = octets.asked(request)?;
        let mut head = octets.head(&asked);
        let range = match &asked {
            Asked::Unchanged => return Ok(head.finish()),
            Asked::Whole => 0..octets.length,
            Asked::Part(range) => range.clone(),
        };
        let length = range.end.saturating_sub(range.start);
        if request.method() == Method::HEAD {
            return Ok(head.body(SizedStream::new(length, stream::empty::<io::Result<Bytes>>())));
        }
        let parts = recipe::part(recipe, &range);
        // What is not there is told while there is somebody to tell: what is put before the first bytes of the original waits for them.
        let puts = parts.iter().take_while(|piece| matches!(piece, Piece::Put(_))).count();
        let mut pieces = Box::pin(pieces(self.blobs.clone(), of, parts));
        let begun: Vec<Bytes> = pieces.as_mut().take(puts.saturating_add(1)).try_collect().await?;
        let (gate, holder) = (self.gate.clone(), self.grant.holder().clone());
        let pieces = stream::iter(begun.into_iter().map(Ok)).chain(pieces).map(move |piece| {
            // The client may take hours, and the person takes access back meanwhile (design.md §1).
            let piece = gate.still_admits(&holder).and_then(|()| Ok(piece?));
            piece.map_err(|problem| {
                log::error!("a picture was broken off: {problem}");
                io::Error::other(problem.to_string())
            })
        });
        Ok(head.body(SizedStream::new(length, pieces)))
    }
}

fn pieces(blobs: Blobs, of: Digest, parts: Vec<Piece>) -> impl Stream<Item = Result<Bytes, BlobFault>> {
    let opened = move |piece| {
        let blobs = blobs.clone();
        async move {
            Ok::<_, BlobFault>(match piece {
                Piece::Put(bytes) => Either::Left(stream::once(ready(Ok(Bytes::from(bytes))))),
                Piece::Kept(range) => Either::Right(blobs.stream(of, range).await?),
            })
        }
    };
    stream::iter(parts).then(opened).try_flatten()
}

/// All of a content, to be worked on.
pub(super) async fn whole(blobs: &Blobs, of: Digest, length: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let mut pieces = pin!(blobs.stream(of, 0..length).await?);
    while let Some(piece) = pieces.try_next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}
