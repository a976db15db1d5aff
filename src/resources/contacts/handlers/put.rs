//! `PUT /v1.0/me/contacts/{id}`: the whole record, in place of what it was. Only over a version that the client names, since
//! whatever it does not send is gone.

use actix_web::http::StatusCode;
use actix_web::http::header::IF_MATCH;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::attempt::{Next, Target, card_of, change};
use super::import::MEDIA_TYPES;
use super::{changed, shown};
use crate::access::{Grant, Write};
use crate::blobs::{Blobs, Key};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::apart::announced;
use crate::resources::collection;
use crate::resources::conditions::{Conditions, prefers_minimal};
use crate::resources::contacts::card::{Card, CardFault};
use crate::resources::contacts::import::found::Found;
use crate::resources::contacts::import::split::{self, Splitter};
use crate::resources::contacts::model::View;
use crate::resources::contacts::photo::queries::Fate;
use crate::resources::contacts::queries::{self, Made, Row, Stored};
use crate::resources::contacts::{Contacts, photo};
use crate::resources::photo::keep;
use crate::resources::{accept, body};
use crate::store::{Halt, Owned, Store};

/// `PUT /v1.0/me/contacts/{id}`
pub async fn put(
    grant: Grant<Contacts, Write>,
    (store, blobs): (Data<Store>, Data<Blobs>),
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    accept::json(request.headers())?;
    let view = View::of(&grant, &Options::parse(request.query_string(), &[])?)?;
    let (id, conditions) = (collection::id(&id)?, Conditions::of(request.headers())?);
    if !request.headers().contains_key(IF_MATCH) {
        let message = "A whole contact is replaced only as it is known: send its entity tag as `If-Match`.";
        return Err(Problem::new(Code::PreconditionRequired, message).target("If-Match"));
    }
    let given = read(&request, payload).await?;
    let target = Target { key: id, conditions: &conditions, bytes: announced(&request) };
    let prepare = move |old: Stored| {
        let (made, loses_photo) = prepared(given.clone(), &old)?;
        // A change that changes nothing makes no new version, and is none.
        let is_same = made.record() == old.card && !loses_photo;
        Ok(if is_same { Next::Done((old.row, None)) } else { Next::Write((old, made, loses_photo)) })
    };
    let write = |on: &mut Owned<'_, Contacts, Write>, (old, made, loses_photo): &(Stored, Made, bool)| {
        let former = old.blob.as_deref().and_then(Key::parse).filter(|_| *loses_photo);
        Ok(replaced(on, old, made, *loses_photo)?.map(|row| (row, former)))
    };
    let (row, former) = change(&grant, &store, target, prepare, write).await?;
    if let Some(former) = former {
        keep::discard(&blobs, former).await;
    }
    if prefers_minimal(request.headers()) { Ok(changed(&row, &view)) } else { shown(StatusCode::OK, &row, &view) }
}

/// The card in the body.
async fn read(request: &HttpRequest, payload: Payload) -> Result<Card, Problem> {
    let media = body::media_type(request);
    if !MEDIA_TYPES.contains(&media.as_str()) {
        let message = "This takes a whole contact: send `Content-Type: text/vcard` or `application/jscontact+json`.";
        return Err(Problem::new(Code::UnsupportedMedia, message).target("Content-Type"));
    }
    let most = u64::try_from(split::CARD).unwrap_or(u64::MAX);
    let bytes = body::coming(request, payload, |limits| limits.import_bytes.min(most))?.whole().await?;
    let is_json = media.ends_with("json");
    let parse = move || {
        if is_json { Card::from_jscontact(&bytes) } else { only(&bytes).and_then(|text| Card::read(&text)) }
    };
    let parsed = tokio::task::spawn_blocking(parse).await.map_err(|fault| Problem::internal(fault.to_string()))?;
    parsed
        .map_err(|fault| Problem::new(Code::InvalidRequest, format!("The body is no card that is taken here: {fault}")))
}

/// The one vCard that the body is: whatever else stood there would be gone.
fn only(bytes: &[u8]) -> Result<String, CardFault> {
    let (mut splitter, mut found) = (Splitter::default(), Vec::new());
    splitter.push(bytes, &mut found);
    splitter.finish(&mut found);
    let cards = found.iter().filter(|found| matches!(found, Found::Card { .. })).count();
    let reason = match found.pop() {
        Some(Found::Card { text, .. }) if found.is_empty() => return Ok(text),
        _ if cards > 1 => "it holds several; one card here, POST to the contacts imports several.".to_owned(),
        None => "there is none.".to_owned(),
        last => {
            let mut all = found.into_iter().chain(last);
            let why = all.find_map(|found| if let Found::Rejected { why, .. } = found { Some(why) } else { None });
            why.map(|why| why.to_string()).unwrap_or_default()
        }
    };
    Err(CardFault { line: 0, reason })
}

/// What to write in place of `old`, and whether its photo goes. The picture that was served within the card is the photo still.
fn prepared(mut card: Card, old: &Stored) -> Result<(Made, bool), Problem> {
    let before = card_of(old)?;
    let uid = before.uid().unwrap_or_default();
    match card.uid() {
        None => card.set_uid(uid),
        Some(given) if given == uid => {}
        Some(_) => {
            let message = format!("A contact keeps its UID, which is `{}`.", crate::json::shown(uid));
            return Err(Problem::new(Code::PropertyValidation, message).target("UID"));
        }
    }
    // What is not sent is gone.
    let loses_photo = photo::queries::settle(old, &mut card) != Fate::Same && old.blob.is_some();
    Ok((Made::of(&card)?, loses_photo))
}

/// None: it was changed since.
fn replaced(
    on: &mut Owned<'_, Contacts, Write>,
    old: &Stored,
    made: &Made,
    loses_photo: bool,
) -> Result<Option<Row>, Halt<Problem>> {
    let Some(row) = queries::replace(on, old, old.row.folder, made)? else {
        on.gave(0);
        return Ok(None);
    };
    if !loses_photo {
        return Ok(Some(row));
    }
    photo::queries::forget(on, row.id, made)?;
    Ok(Some(queries::find(on, row.id)?))
}
