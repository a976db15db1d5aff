//! A picture in a form (`multipart/form-data`, RFC 7578), as browsers and `curl -F` send one: one file, and beside it `name` and
//! `description`, in any order. The file goes to the blobs as it comes; what is parsed is never more than 64 KiB of it.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::ContentDisposition;
use actix_web::web::Payload;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use crate::blobs::{BlobFault, Blobs, Received};
use crate::json;
use crate::problem::{Code, Problem};
use crate::resources::body;
use crate::resources::photos::change::{self, DESCRIPTION};
use crate::resources::photos::keep::Told;
use crate::resources::photos::name;
use crate::resources::photos::uploads::model::too_large;
use crate::resources::shape::invalid;

/// What it is as a media type.
pub const MEDIA: &str = "multipart/form-data";

/// How much may stand around the file, bytes.
const AROUND: u64 = 64 << 10;
/// The longest text, bytes.
const TEXT: usize = 16 << 10;

/// Reads a form, with a picture of at most `most` bytes in it.
pub async fn received(
    request: &HttpRequest,
    payload: Payload,
    blobs: &Blobs,
    most: u64,
) -> Result<(Told, Received), Problem> {
    let limit = most.saturating_add(AROUND);
    body::refuse_encoding(request)?;
    if body::announces_beyond(request, limit) {
        return Err(too_large(most));
    }
    let mut taken = 0_u64;
    let bounded = payload.map(move |piece| {
        let piece = piece?;
        taken = taken.saturating_add(piece.len() as u64);
        if taken > limit { Err(PayloadError::Overflow) } else { Ok(piece) }
    });
    let mut form = Multipart::new(request.headers(), bounded);
    let (mut told, mut file) = (Told::default(), None);
    let mut texts = (None, None);
    while let Some(field) = form.try_next().await.map_err(|fault| refused(fault, most))? {
        match field.name().unwrap_or_default() {
            "name" => once(&mut texts.0, name::checked(&text(field, most).await?, "name")?, "name")?,
            "description" => {
                let said = change::text(&DESCRIPTION, &Value::String(text(field, most).await?), "description")?;
                once(&mut texts.1, said, "description")?;
            }
            other if !is_file(&field) => return Err(no_field(other)),
            other if file.is_some() => return Err(invalid(other, "is a second file: a request brings one picture")),
            _ => {
                let called = field.content_disposition().map(|given| name::of_disposition(given, "filename"));
                told.name = called.transpose()?.flatten();
                file = Some(picture(field, blobs, most).await?);
            }
        }
    }
    let Some(file) = file else {
        return Err(Problem::new(Code::InvalidRequest, "There is no file in the form.").target(MEDIA));
    };
    told.name = texts.0.or(told.name);
    told.description = texts.1.unwrap_or_default();
    Ok((told, file))
}

/// RFC 7578 §4.2: a file says what it is called, a text does not.
fn is_file(field: &Field) -> bool {
    let called = |given: &ContentDisposition| given.get_filename().is_some() || given.get_filename_ext().is_some();
    field.content_disposition().is_some_and(called)
}

/// Sets what may be given once.
fn once(slot: &mut Option<String>, value: String, name: &str) -> Result<(), Problem> {
    if slot.replace(value).is_some() { Err(invalid(name, "is given twice")) } else { Ok(()) }
}

async fn text(mut field: Field, most: u64) -> Result<String, Problem> {
    let name = field.name().unwrap_or_default().to_owned();
    let mut bytes = Vec::new();
    while let Some(piece) = field.try_next().await.map_err(|fault| refused(fault, most))? {
        if bytes.len().saturating_add(piece.len()) > TEXT {
            return Err(invalid(&name, "is too long"));
        }
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8(bytes).map_err(|_| invalid(&name, "is not UTF-8"))
}

/// What it is, its content says; but who sends text as text means no picture.
async fn picture(mut field: Field, blobs: &Blobs, most: u64) -> Result<Received, Problem> {
    let octets = |media: &str| media.eq_ignore_ascii_case("application/octet-stream");
    if let Some(media) = field.content_type()
        && media.type_() != "image"
        && !octets(media.essence_str())
    {
        let message =
            "The file is a picture: `Content-Type: image/jpeg`, another image type, or `application/octet-stream`.";
        return Err(Problem::new(Code::UnsupportedMedia, message).target("Content-Type"));
    }
    let mut incoming = blobs.receive(most);
    while let Some(piece) = field.try_next().await.map_err(|fault| refused(fault, most))? {
        incoming.write(&piece).await.map_err(|fault| match fault {
            BlobFault::TooLarge => too_large(most),
            fault => fault.into(),
        })?;
    }
    Ok(incoming.finish().await?)
}

/// A text that is none of those that a form may hold.
fn no_field(name: &str) -> Problem {
    let name = json::shown(name);
    invalid(&name, "is not taken in a form, which has one file, and may have the fields `name` and `description`")
}

fn refused(fault: MultipartError, most: u64) -> Problem {
    match fault {
        MultipartError::Payload(PayloadError::Overflow) => too_large(most),
        MultipartError::Payload(fault) => fault.into(),
        fault => {
            let message = "The form is malformed: send `multipart/form-data` as RFC 7578 has it.";
            Problem::new(Code::InvalidRequest, message).target(MEDIA).cause(fault.to_string())
        }
    }
}
