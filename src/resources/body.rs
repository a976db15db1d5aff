//! Request bodies: read whole within the limit, of the right media type, parsed strictly.
//! Read after the grant was made, never beside it: who may not write is told so, not what is wrong with the text.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use actix_web::web::{self, BytesMut, Payload};
use futures_util::StreamExt as _;
use mediatype::{MediaType, names};
use serde_json::{Map, Value};

use crate::blobs::{Blobs, Received};
use crate::config::Limits;
use crate::json::strict;
use crate::problem::{Code, Problem};

/// The body as one JSON object.
pub async fn object(request: &HttpRequest, payload: Payload) -> Result<Map<String, Value>, Problem> {
    let limits = limits(request)?;
    let bytes = json(request, payload, limits.json_body_bytes).await?;
    let depth = usize::try_from(limits.json_depth).unwrap_or(usize::MAX);
    match strict(&bytes, depth) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Problem::new(Code::InvalidRequest, "The body must be a JSON object.")),
        Err(fault) => {
            Err(Problem::new(Code::InvalidRequest, format!("The body is not JSON that is taken here: {fault}.")))
        }
    }
}

/// The text of a JSON body, no more than `limit` bytes of it; not parsed yet.
pub async fn json(request: &HttpRequest, payload: Payload, limit: u64) -> Result<BytesMut, Problem> {
    refuse_encoding(request)?;
    require_json(request)?;
    whole(request, payload, limit).await
}

/// The body as the bytes of a picture, no more than `limit` of them.
pub async fn picture(
    request: &HttpRequest,
    payload: Payload,
    limit: impl Fn(&Limits) -> u64,
) -> Result<Vec<u8>, Problem> {
    refuse_other_than_picture(request)?;
    let limit = limit(limits(request)?);
    whole(request, payload, limit).await.map(Into::into)
}

/// What it is, its content says; but who sends text as text means no picture. Without a media type it is octets (RFC 9110 §8.3).
fn refuse_other_than_picture(request: &HttpRequest) -> Result<(), Problem> {
    refuse_encoding(request)?;
    let octets = |media: &MediaType<'_>| media.ty == names::APPLICATION && media.subty == names::OCTET_STREAM;
    let taken = |value: &HeaderValue| {
        let media = value.to_str().ok().and_then(|text| MediaType::parse(text).ok());
        media.is_some_and(|media| media.ty == names::IMAGE || octets(&media))
    };
    if !request.headers().get_all(CONTENT_TYPE).all(taken) {
        let message = "This takes a picture: send `Content-Type: image/jpeg`, another image type, or \
                       `application/octet-stream`.";
        return Err(Problem::new(Code::UnsupportedMedia, message).target("Content-Type"));
    }
    Ok(())
}

/// As [`picture`], but for the blobs: no more of it is in memory than a part.
pub async fn received(
    request: &HttpRequest,
    payload: Payload,
    blobs: &Blobs,
    limit: impl Fn(&Limits) -> u64,
) -> Result<Received, Problem> {
    refuse_other_than_picture(request)?;
    let mut coming = coming(request, payload, limit)?;
    let mut incoming = blobs.receive(coming.limit);
    while let Some(piece) = coming.next().await? {
        incoming.write(&piece).await?;
    }
    Ok(incoming.finish().await?)
}

/// A body that is taken as it comes.
pub struct Coming<'r> {
    request: &'r HttpRequest,
    payload: Payload,
    limit: u64,
    taken: u64,
}

/// The body piece by piece, no more than `limit` bytes of it; its media type is the caller's matter.
pub fn coming(request: &HttpRequest, payload: Payload, limit: impl Fn(&Limits) -> u64) -> Result<Coming<'_>, Problem> {
    refuse_encoding(request)?;
    let limit = limit(limits(request)?);
    refuse_announced(request, limit)?;
    Ok(Coming { request, payload, limit, taken: 0 })
}

impl Coming<'_> {
    /// The next piece; none at its end.
    pub async fn next(&mut self) -> Result<Option<web::Bytes>, Problem> {
        let Some(piece) = self.payload.next().await.transpose()? else { return Ok(None) };
        self.taken = self.taken.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.taken > self.limit { Err(too_large(self.limit)) } else { Ok(Some(piece)) }
    }

    /// All that is left of it.
    pub async fn whole(self) -> Result<web::BytesMut, Problem> {
        whole(self.request, self.payload, self.limit).await
    }
}

/// Whether the body says that it is longer than that.
pub fn announces_beyond(request: &HttpRequest, limit: u64) -> bool {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    announced.is_some_and(|length| length > limit)
}

/// The media type of the body, without its parameters and in small letters; '' if it says none or several.
pub fn media_type(request: &HttpRequest) -> String {
    let mut values = request.headers().get_all(CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else { return String::new() };
    let essence = value.to_str().ok().and_then(|text| text.split(';').next());
    essence.unwrap_or_default().trim().to_ascii_lowercase()
}

/// The limits.
pub fn limits(request: &HttpRequest) -> Result<&Limits, Problem> {
    let limits = request.app_data::<web::Data<Limits>>();
    limits.map(web::Data::get_ref).ok_or_else(|| Problem::internal("no limits"))
}

/// A compressed body is refused, not inflated: its size says nothing about its cost.
pub fn refuse_encoding(request: &HttpRequest) -> Result<(), Problem> {
    let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if request.headers().get_all(CONTENT_ENCODING).all(plain) {
        return Ok(());
    }
    Err(Problem::new(Code::UnsupportedMedia, "Compressed bodies are not taken; send it as it is.")
        .target("Content-Encoding"))
}

fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    let refused = || {
        Problem::new(Code::UnsupportedMedia, "This takes a JSON body: send `Content-Type: application/json`.")
            .target("Content-Type")
    };
    let mut values = request.headers().get_all(CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else { return Err(refused()) };
    let text = value.to_str().map_err(|_| refused())?;
    let media = MediaType::parse(text).map_err(|_| refused())?;
    let json = media.ty == names::APPLICATION && media.subty == names::JSON && media.suffix.is_none();
    let utf8 = media.params.iter().all(|(name, value)| {
        !name.as_str().eq_ignore_ascii_case("charset") || value.unquoted_str().eq_ignore_ascii_case("utf-8")
    });
    if json && utf8 { Ok(()) } else { Err(refused()) }
}

async fn whole(request: &HttpRequest, mut payload: Payload, limit: u64) -> Result<BytesMut, Problem> {
    refuse_announced(request, limit)?;
    let limit_bytes = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk?;
        if bytes.len().saturating_add(chunk.len()) > limit_bytes {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn refuse_announced(request: &HttpRequest, limit: u64) -> Result<(), Problem> {
    if announces_beyond(request, limit) { Err(too_large(limit)) } else { Ok(()) }
}

fn too_large(limit: u64) -> Problem {
    Problem::new(Code::TooLarge, format!("The body is larger than {limit} bytes."))
}
