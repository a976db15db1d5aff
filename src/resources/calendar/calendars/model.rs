//! A calendar as it is answered, and what a body may say of it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Ref, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::access::{Access, Grant};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::calendar::Calendar;
use crate::resources::calendar::calendars::owner::{Sees, Whose};
use crate::resources::calendar::calendars::queries::Row;
use crate::resources::collection;
use crate::resources::conditions::ETag;
use crate::resources::shape::{Shape, invalid, is_annotation, unknown};

/// The members.
const MEMBERS: [&str; 13] = [
    "id",
    "name",
    "color",
    "hexColor",
    "isDefaultCalendar",
    "isRemovable",
    "canEdit",
    "canShare",
    "canViewPrivateItems",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    OWNER,
];
const OWNER: &str = "owner";
/// Those that a body may say something with; the server sets the others, and whoever sends a calendar back as it was read sends them
/// along: they say nothing then, like an event's.
const GIVEN: [&str; 3] = ["name", "color", "hexColor"];
/// The name of the default calendar, until the person gives it another.
pub const DEFAULT_NAME: &str = "Calendar";
/// The colour of one that was given none: whichever the client likes.
pub const DEFAULT_COLOR: &str = "auto";
/// Graph's `calendarColor`.
const COLORS: [&str; 11] = [
    DEFAULT_COLOR,
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
    "maxColor",
];

const NAME: Shape = Shape::Line(255);

/// What of a calendar an answer shows.
#[derive(Debug, Clone)]
pub struct View {
    select: Option<Vec<usize>>,
    /// What is seen of whose they are.
    pub sees: Sees,
}

impl View {
    /// By the grant and `$select`.
    pub fn of<A: Access>(grant: &Grant<Calendar, A>, options: &Options) -> Result<Self, Problem> {
        Ok(Self { select: options.select(&MEMBERS)?, sees: Sees::of(grant) })
    }

    /// The tag of what is of this version, seen so.
    pub fn etag(&self, version: i64, whose: &Whose) -> ETag {
        let bits = |select: &Vec<usize>| select.iter().fold(1_u64 << MEMBERS.len(), |bits, at| bits | 1 << at);
        ETag { version, view: self.select.as_ref().map_or(0, bits) | whose.mark() << 16 }
    }

    /// A calendar as JSON.
    pub fn json(&self, row: &Row, whose: &Whose) -> Value {
        let is_default = row.id == whose.person.uid;
        let values: [Value; MEMBERS.len()] = [
            row.id.to_string().into(),
            row.name.as_str().into(),
            row.color.as_str().into(),
            row.hex_color.as_str().into(),
            is_default.into(),
            (!is_default).into(),
            true.into(),
            false.into(),
            true.into(),
            row.changed.to_string().into(),
            row.created_at.rfc3339().into(),
            row.modified_at.rfc3339().into(),
            whose.owner.clone(),
        ];
        let shown = |at: &usize| self.select.as_ref().is_none_or(|select| *at == 0 || select.contains(at));
        let members = MEMBERS.into_iter().zip(values).enumerate().filter(|(at, _)| shown(at));
        let etag = ("@odata.etag".to_owned(), self.etag(row.changed, whose).to_string().into());
        std::iter::once(etag)
            .chain(members.map(|(_, (name, value))| (name.to_owned(), value)))
            .collect::<Map<_, _>>()
            .into()
    }

    /// The answer with one calendar.
    pub fn answer(&self, status: StatusCode, row: &Row, whose: &Whose) -> HttpResponse {
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, "application/json"));
        response.insert_header((ETAG, self.etag(row.changed, whose).to_string()));
        response.body(self.json(row, whose).to_string())
    }
}

/// What a body gives; none: it stays, or is the default.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// `name`
    pub name: Option<String>,
    /// `color`
    pub color: Option<String>,
    /// `hexColor`, in small letters.
    pub hex_color: Option<String>,
}

impl Change {
    /// Reads a body.
    pub fn of(given: &Map<String, Value>) -> Result<Self, Problem> {
        let others = |name: &&String| !MEMBERS.contains(&name.as_str()) && !is_annotation(name);
        if let Some(other) = given.keys().find(others) {
            return Err(unknown(other));
        }
        Ok(Self {
            name: given.get("name").map(name).transpose()?,
            color: given.get("color").map(color).transpose()?,
            hex_color: given.get("hexColor").map(hex_color).transpose()?,
        })
    }
}

fn name(given: &Value) -> Result<String, Problem> {
    match NAME.merged(&Value::Null, given, "name")? {
        Value::String(name) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
        _ => Err(invalid("name", "is empty; a calendar has a name")),
    }
}

fn color(given: &Value) -> Result<String, Problem> {
    let known = match given {
        Value::Null => Some(DEFAULT_COLOR),
        Value::String(text) => COLORS.into_iter().find(|color| color.eq_ignore_ascii_case(text)),
        _ => None,
    };
    let refused = || invalid("color", &format!("is none of {}", COLORS.join(", ")));
    known.map(str::to_owned).ok_or_else(refused)
}

fn hex_color(given: &Value) -> Result<String, Problem> {
    let is_color = |text: &str| {
        text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    match given {
        Value::Null => Ok(String::new()),
        Value::String(text) if text.is_empty() || is_color(text) => Ok(text.to_ascii_lowercase()),
        _ => Err(invalid("hexColor", "is no colour such as `#1a2b3c`")),
    }
}

/// The schema of an answer.
pub fn schema() -> (String, RefOr<Schema>) {
    let set = |kind| ObjectBuilder::new().schema_type(SchemaType::new(kind)).read_only(true);
    let nullable = || ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
    let owner = ObjectBuilder::new().property("name", nullable()).property("address", nullable()).read_only(true);
    let others = MEMBERS.iter().filter(|name| !GIVEN.contains(name) && **name != OWNER);
    let object = others.fold(ObjectBuilder::new(), |object, name| {
        let is_flag = name.starts_with("is") || name.starts_with("can");
        object.property(*name, set(if is_flag { Type::Boolean } else { Type::String }))
    });
    let object = object.property(OWNER, owner).property("@odata.etag", set(Type::String)).required("id");
    ("calendar".into(), RefOr::T(Schema::Object(written(object).build())))
}

/// The schema of a body.
pub fn change_schema() -> (String, RefOr<Schema>) {
    let object = written(ObjectBuilder::new()).examples([json!({"name": "Family", "color": "lightTeal"})]);
    ("calendarChange".into(), RefOr::T(Schema::Object(object.build())))
}

fn written(object: ObjectBuilder) -> ObjectBuilder {
    let text = || ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let nothing_or_hex = "^(#[0-9A-Fa-f]{6})?$";
    object
        .property("name", text().min_length(Some(1)).max_length(Some(255)))
        .property("color", text().enum_values(Some(COLORS)))
        .property("hexColor", text().pattern(Some(nothing_or_hex)))
}

/// The schema of a page.
pub fn page_schema() -> (String, RefOr<Schema>) {
    let items = ArrayBuilder::new().items(RefOr::Ref(Ref::from_schema_name("calendar")));
    collection::page_schema("calendarPage", items)
}
