//! `POST /v1.0/me/photos/checkHashes`: which of these bytes the person has already, so that an uploader need not send them.
//!
//! A hash is that of what a token is given (`file.hashes.sha256Hash`), so whoever does not see where photos were taken asks by those of
//! the pictures without it. Who may add photos asks by originals too: it has the bytes that it asks about, and learns what adding them
//! would tell. To anyone else that would answer guesses of where a photo was taken, a thousand at a time.

use actix_web::HttpRequest;
use actix_web::web::{Data, Json, Payload};
use diesel::prelude::*;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::access::{Grant, Read, Scope};
use crate::digest::Digest;
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::photos::Photos;
use crate::resources::shape::{invalid, is_annotation, unknown};
use crate::resources::{accept, body};
use crate::store::columns::Uid;
use crate::store::tables::photos;
use crate::store::{Owned, Store, StoreError, on_backend};

/// The most hashes of a request.
const MOST: usize = 1000;

/// `POST /v1.0/me/photos/checkHashes`
pub async fn check(
    grant: Grant<Photos, Read>,
    store: Data<Store>,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<Value>, Problem> {
    accept::json(request.headers())?;
    Options::parse(request.query_string(), &[])?;
    let asked = asked(&body::object(&request, payload).await?)?;
    let originals = grant.scopes().has_any(&[Scope::PhotosReadWrite, Scope::PhotosLocationRead]);
    let query = move |on: &mut Owned<'_, Photos, Read>| {
        let found = known(on, &asked, originals)?;
        on.gave(found.len());
        Ok::<_, StoreError>(found)
    };
    let found = store.read(&grant, query).await?;
    let each = |(digest, id): (Digest, Uid)| json!({"hash": digest.to_string(), "id": id.to_string()});
    Ok(Json(json!({"value": found.into_iter().map(each).collect::<Vec<_>>()})))
}

fn asked(given: &Map<String, Value>) -> Result<Vec<Digest>, Problem> {
    if let Some((member, _)) = given.iter().find(|(member, _)| !is_annotation(member) && *member != "hashes") {
        return Err(unknown(member));
    }
    let Some(Value::Array(hashes)) = given.get("hashes") else { return Err(invalid("hashes", "is not an array")) };
    if hashes.len() > MOST {
        return Err(invalid("hashes", &format!("has more than {MOST} items")));
    }
    let each = |(at, hash): (usize, &Value)| {
        let digest = hash.as_str().and_then(|text| Digest::parse(&text.to_ascii_lowercase()));
        digest.ok_or_else(|| invalid(&format!("hashes[{at}]"), "is no SHA-256 in hexadecimal digits"))
    };
    let mut digests: Vec<Digest> = hashes.iter().enumerate().map(each).collect::<Result<_, _>>()?;
    digests.sort_unstable();
    digests.dedup();
    Ok(digests)
}

/// The photos that are given as bytes of these hashes, and with `originals` those whose originals are.
fn known(
    on: &mut Owned<'_, Photos, Read>,
    digests: &[Digest],
    originals: bool,
) -> Result<Vec<(Digest, Uid)>, StoreError> {
    let (person, db) = on.parts();
    let whole = photos::table
        .filter(photos::sha256.eq_any(digests))
        .filter(photos::person.eq(person.id))
        .filter(photos::cut_sha256.eq(photos::sha256).or(originals.into_sql::<diesel::sql_types::Bool>()))
        .select((photos::sha256, photos::id));
    let cut = photos::table
        .filter(photos::cut_sha256.eq_any(digests))
        .filter(photos::person.eq(person.id))
        .filter(photos::cut_sha256.ne(photos::sha256))
        .select((photos::cut_sha256, photos::id));
    Ok(on_backend!(db, |c| whole.union_all(cut).load(c))?)
}

/// The schema of a body.
pub fn request() -> (String, RefOr<Schema>) {
    let hash = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).pattern(Some("^[0-9A-Fa-f]{64}$"));
    let object = ObjectBuilder::new()
        .property("hashes", ArrayBuilder::new().items(hash).max_items(Some(MOST)))
        .required("hashes")
        .description(Some("SHA-256 of pictures, hexadecimal"))
        .examples([json!({"hashes": ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]})]);
    ("photoHashes".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of an answer.
pub fn answer() -> (String, RefOr<Schema>) {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let known = ObjectBuilder::new().property("hash", text()).property("id", text()).required("hash").required("id");
    let object = ObjectBuilder::new().property("value", ArrayBuilder::new().items(known)).required("value");
    ("photoHashesKnown".into(), RefOr::T(Schema::Object(object.build())))
}
