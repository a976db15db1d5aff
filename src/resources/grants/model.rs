//! A grant as it is answered.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, ETAG};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};

use crate::problem::Problem;
use crate::query::Options;
use crate::resources::collection;
use crate::resources::conditions::ETag;
use crate::resources::grants::queries::Row;
use crate::store::Instant;

/// The members.
const MEMBERS: [&str; 8] = [
    "id",
    "clientId",
    "scopes",
    "firstUsedDateTime",
    "lastUsedDateTime",
    "consentEndDateTime",
    "revokedDateTime",
    "revokedByOperator",
];

/// What of a grant an answer shows.
#[derive(Debug, Clone)]
pub struct View {
    select: Option<Vec<usize>>,
    /// How long a consent lasts.
    consent: TimeDelta,
}

impl View {
    /// By `$select`.
    pub fn of(options: &Options, consent: TimeDelta) -> Result<Self, Problem> {
        Ok(Self { select: options.select(&MEMBERS)?, consent })
    }

    /// The tag of what is of this version, seen so.
    pub fn etag(&self, version: i64) -> ETag {
        let bits = |select: &Vec<usize>| select.iter().fold(1_u64 << MEMBERS.len(), |bits, at| bits | 1 << at);
        ETag { version, view: self.select.as_ref().map_or(0, bits) }
    }

    /// A grant as JSON.
    /// `barred`: whether the operator keeps its client out.
    pub fn json(&self, row: &Row, barred: bool) -> Value {
        let values: [Value; MEMBERS.len()] = [
            row.id.to_string().into(),
            row.client.as_str().into(),
            row.scopes.split(' ').filter(|scope| !scope.is_empty()).collect(),
            row.first_used.rfc3339().into(),
            row.last_used.rfc3339().into(),
            Instant::from(row.consented().datetime() + self.consent).rfc3339().into(),
            row.revoked().map_or(Value::Null, |at| at.rfc3339().into()),
            barred.into(),
        ];
        let shown = |at: &usize| self.select.as_ref().is_none_or(|select| *at == 0 || select.contains(at));
        let members = MEMBERS.into_iter().zip(values).enumerate().filter(|(at, _)| shown(at));
        let etag = ("@odata.etag".to_owned(), self.etag(row.changed).to_string().into());
        std::iter::once(etag)
            .chain(members.map(|(_, (name, value))| (name.to_owned(), value)))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The answer with one grant.
    pub fn answer(&self, row: &Row, barred: bool) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((CONTENT_TYPE, "application/json"));
        response.insert_header((ETAG, self.etag(row.changed).to_string()));
        response.body(self.json(row, barred).to_string())
    }
}

/// The answer that it is done, as Graph gives it.
pub fn done(context: &str) -> HttpResponse {
    HttpResponse::Ok().json(json!({"@odata.context": context, "value": true}))
}

/// The schema of a grant.
pub fn schema() -> (String, RefOr<Schema>) {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).read_only(true);
    let time = || text().format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
    let flag = ObjectBuilder::new().schema_type(SchemaType::new(Type::Boolean)).read_only(true);
    let nullable = SchemaType::from_iter([Type::String, Type::Null]);
    let words = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let object = ObjectBuilder::new()
        .property("@odata.etag", text())
        .property("id", text())
        .property("clientId", text().description(Some("`client_id` of its tokens")))
        .property("scopes", ArrayBuilder::new().items(words).description(Some("Every scope that its tokens had")))
        .property("firstUsedDateTime", time())
        .property("lastUsedDateTime", time().description(Some("Within a minute")))
        .property("consentEndDateTime", time())
        .property("revokedDateTime", time().schema_type(nullable).description(Some("When the person took it back")))
        .property("revokedByOperator", flag.description(Some("Kept out by the operator, who alone can end that")))
        .required("id");
    ("grant".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a page.
pub fn page_schema() -> (String, RefOr<Schema>) {
    collection::page_schema("grantPage", ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name("grant"))))
}

/// The schema of the answer that it is done.
pub fn done_schema() -> (String, RefOr<Schema>) {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let value = ObjectBuilder::new().schema_type(SchemaType::new(Type::Boolean));
    let object = ObjectBuilder::new().property("@odata.context", text).property("value", value).required("value");
    ("done".into(), RefOr::T(Schema::Object(object.build())))
}
