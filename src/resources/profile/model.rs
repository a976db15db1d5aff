//! The profile's members: which scope covers each, what it may hold, and how the stored projection becomes an answer.
//! The one table here decides reading, writing and the OpenAPI schema.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::access::{Scope, Scopes};
use crate::json;
use crate::problem::Problem;
use crate::resources::conditions::ETag;
use crate::resources::photo;
use crate::resources::profile::example;
use crate::resources::profile::queries::Row;
use crate::resources::shape::{self, Shape, invalid, unknown};

/// One member.
struct Member {
    name: &'static str,
    /// The scope that shows it, beside `User.Read`, which shows all.
    scope: Scope,
    /// What it may hold; none: set by the server.
    shape: Option<Shape>,
}

static LINE: Shape = Shape::Line(256);
static PHONE: Shape = Shape::Line(64);
static LINK: Shape = Shape::Object(&[("label", Shape::Line(64)), ("url", Shape::Url)]);

const LANGUAGE: Shape = Shape::Object(&[("locale", Shape::Language), ("displayName", Shape::Line(64))]);
const WORKING_HOURS: Shape = Shape::Object(&[
    ("daysOfWeek", Shape::List(7, &PHONE)),
    ("startTime", Shape::Line(16)),
    ("endTime", Shape::Line(16)),
    ("timeZone", Shape::Object(&[("name", Shape::Line(64))])),
]);
const SETTINGS: Shape = Shape::Object(&[
    ("timeZone", Shape::Line(64)),
    ("dateFormat", Shape::Line(32)),
    ("timeFormat", Shape::Line(32)),
    ("language", LANGUAGE),
    ("workingHours", WORKING_HOURS),
]);

const fn given(name: &'static str, scope: Scope, shape: Shape) -> Member {
    Member { name, scope, shape: Some(shape) }
}

const fn set_by_server(name: &'static str, scope: Scope) -> Member {
    Member { name, scope, shape: None }
}

static MEMBERS: [Member; 34] = [
    set_by_server("id", Scope::UserReadBasic),
    given("displayName", Scope::UserReadBasic, Shape::Line(256)),
    given("givenName", Scope::UserReadBasic, Shape::Line(128)),
    given("surname", Scope::UserReadBasic, Shape::Line(128)),
    given("preferredLanguage", Scope::UserReadBasic, Shape::Language),
    set_by_server("photo", Scope::UserReadBasic),
    set_by_server("mail", Scope::UserEmailRead),
    given("otherMails", Scope::UserEmailRead, Shape::List(50, &LINE)),
    given("mobilePhone", Scope::UserPhoneRead, Shape::Line(64)),
    given("businessPhones", Scope::UserPhoneRead, Shape::List(20, &PHONE)),
    given("homePhones", Scope::UserPhoneRead, Shape::List(20, &PHONE)),
    given("streetAddress", Scope::UserAddressRead, Shape::Text(1024)),
    given("city", Scope::UserAddressRead, Shape::Line(128)),
    given("state", Scope::UserAddressRead, Shape::Line(128)),
    given("postalCode", Scope::UserAddressRead, Shape::Line(40)),
    given("country", Scope::UserAddressRead, Shape::Line(128)),
    given("birthday", Scope::UserBirthdayRead, Shape::PartialDate),
    given("jobTitle", Scope::UserWorkRead, Shape::Line(128)),
    given("companyName", Scope::UserWorkRead, Shape::Line(128)),
    given("department", Scope::UserWorkRead, Shape::Line(128)),
    given("officeLocation", Scope::UserWorkRead, Shape::Line(128)),
    set_by_server("userPrincipalName", Scope::UserRead),
    given("aboutMe", Scope::UserRead, Shape::Text(16 * 1024)),
    given("pronouns", Scope::UserRead, Shape::Line(64)),
    given("imAddresses", Scope::UserRead, Shape::List(50, &LINE)),
    given("interests", Scope::UserRead, Shape::List(100, &LINE)),
    given("skills", Scope::UserRead, Shape::List(100, &LINE)),
    given("schools", Scope::UserRead, Shape::List(100, &LINE)),
    given("mySite", Scope::UserRead, Shape::Url),
    given("links", Scope::UserRead, Shape::List(50, &LINK)),
    given("faxNumber", Scope::UserRead, Shape::Line(64)),
    given("mailboxSettings", Scope::UserRead, SETTINGS),
    set_by_server("createdDateTime", Scope::UserRead),
    set_by_server("lastModifiedDateTime", Scope::UserRead),
];

/// Which members an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View(u64);

impl View {
    /// What these scopes cover, cut down to what `$select` asks for; `id` is always there.
    pub fn of(scopes: Scopes, select: Option<&[usize]>) -> Self {
        let asked = |at: usize| at == 0 || select.is_none_or(|chosen| chosen.contains(&at));
        let shown = MEMBERS
            .iter()
            .enumerate()
            .filter(|(at, member)| asked(*at) && (scopes.has(Scope::UserRead) || scopes.has(member.scope)));
        Self(shown.fold(0, |bits, (at, _)| bits | 1 << at))
    }

    fn shows(self, at: usize) -> bool {
        self.0 & (1 << at) != 0
    }

    /// The tag of `row` seen so.
    pub fn etag(self, row: &Row) -> ETag {
        ETag { version: row.changed, view: self.0 }
    }
}

/// The names that `$select` may use.
pub fn names() -> Vec<&'static str> {
    MEMBERS.iter().map(|member| member.name).collect()
}

/// The answer: those members of `row` that `view` shows, copied out of the stored projection as they stand.
pub fn answer(row: &Row, view: View) -> Result<Vec<u8>, serde_json::Error> {
    let Members(stored) = serde_json::from_str(&row.projection)?;
    // Room for the stored members and for the names of those that are not.
    let mut json = Vec::with_capacity(row.projection.len() + 1024);
    json.extend_from_slice(b"{\"@odata.etag\":");
    serde_json::to_writer(&mut json, &view.etag(row).to_string())?;
    for (_, member) in MEMBERS.iter().enumerate().filter(|(at, _)| view.shows(*at)) {
        json.extend_from_slice(b",\"");
        json.extend_from_slice(member.name.as_bytes());
        json.extend_from_slice(b"\":");
        match &member.shape {
            None => write_server_value(&mut json, member.name, row)?,
            Some(shape) => {
                let given = stored.iter().find(|(name, _)| *name == member.name);
                json.extend_from_slice(given.map_or(shape.empty_json(), |(_, raw)| raw.get()).as_bytes());
            }
        }
    }
    json.push(b'}');
    Ok(json)
}

fn write_server_value(json: &mut Vec<u8>, name: &str, row: &Row) -> Result<(), serde_json::Error> {
    match name {
        "id" => serde_json::to_writer(json, &row.uid.to_string()),
        "mail" | "userPrincipalName" => serde_json::to_writer(json, &row.mail),
        "createdDateTime" => serde_json::to_writer(json, &row.created_at.rfc3339()),
        "lastModifiedDateTime" => serde_json::to_writer(json, &row.modified_at.rfc3339()),
        "photo" => serde_json::to_writer(json, &row.photo.as_deref().map(photo::shown).transpose()?),
        _ => serde_json::to_writer(json, &Value::Null),
    }
}

/// Refuses what [`merge`] would refuse of `changes`, whatever they are merged into.
pub fn check(changes: &Map<String, Value>) -> Result<(), Problem> {
    merge("{}", changes).map(drop)
}

/// The projection `current` with `changes` merged in, ready to be stored; a member that does not exist, is not the
/// client's to set, or cannot have its value is refused by name.
pub fn merge(current: &str, changes: &Map<String, Value>) -> Result<String, Problem> {
    // What cannot be read is left alone: it may still be mended, and nothing acknowledged is thrown away.
    let mut members: Map<String, Value> =
        serde_json::from_str(current).map_err(|fault| Problem::internal(fault.to_string()))?;
    for (name, value) in changes.iter().filter(|(name, _)| !shape::is_annotation(name)) {
        let Some(member) = MEMBERS.iter().find(|member| member.name == name) else {
            return Err(unknown(&json::shown(name)));
        };
        let Some(shape) = &member.shape else {
            return Err(invalid(name, "is set by the server and cannot be changed"));
        };
        let merged = shape.merged(members.get(name).unwrap_or(&Value::Null), value, name)?;
        members.insert(name.clone(), merged);
    }
    Ok(Value::Object(members).to_string())
}

/// The schema of an answer.
pub fn schema() -> (String, RefOr<Schema>) {
    let object = MEMBERS.iter().fold(tagged(), |object, member| {
        let schema = member.shape.as_ref().map_or_else(|| server_schema(member.name), Shape::schema);
        object.property(member.name, schema)
    });
    let object = object.required("id").required("@odata.etag").examples([example::answer()]);
    ("profile".into(), RefOr::T(Schema::Object(object.build())))
}

/// The schema of a change.
pub fn patch_schema() -> (String, RefOr<Schema>) {
    let object = MEMBERS.iter().fold(ObjectBuilder::new(), |object, member| match &member.shape {
        Some(shape) => object.property(member.name, shape.schema()),
        None => object,
    });
    let description =
        "The members to change; null empties one. Members not named stay as they are; unknown ones are refused.";
    let object = object.description(Some(description)).examples([example::change()]);
    ("profileUpdate".into(), RefOr::T(Schema::Object(object.build())))
}

fn tagged() -> ObjectBuilder {
    ObjectBuilder::new().property("@odata.etag", ObjectBuilder::new().schema_type(SchemaType::new(Type::String)))
}

fn server_schema(name: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().read_only(true);
    let object = match name {
        "id" => text.schema_type(SchemaType::new(Type::String)).description(Some("UUID, stable for ever")),
        "createdDateTime" | "lastModifiedDateTime" => {
            text.schema_type(SchemaType::new(Type::String)).description(Some("RFC 3339, UTC"))
        }
        "photo" => return photo::nullable_schema(),
        _ => text.schema_type(SchemaType::from_iter([Type::String, Type::Null])),
    };
    RefOr::T(Schema::Object(object.build()))
}

/// A JSON object's members in order, values uninterpreted.
struct Members<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> serde::de::Visitor<'de> for Visitor<'a> {
            type Value = Members<'a>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: serde::de::MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut members = Vec::with_capacity(MEMBERS.len());
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::{MEMBERS, merge};

    #[test]
    fn what_is_stored_and_cannot_be_read_is_not_thrown_away() {
        let change: Map<_, _> = serde_json::from_value(json!({"city": "X"})).expect("an object");
        for stored in ["", "[]", "null", r#"{"aboutMe":"precious""#, r#"{"aboutMe":"precious"} x"#] {
            assert!(merge(stored, &change).is_err(), "{stored}");
        }
        assert_eq!(
            merge(r#"{"aboutMe":"precious"}"#, &change).ok().as_deref(),
            Some(r#"{"aboutMe":"precious","city":"X"}"#)
        );
    }

    #[test]
    fn the_view_has_room_for_every_member() {
        assert!(MEMBERS.len() <= 64 && MEMBERS[0].name == "id");
    }
}
