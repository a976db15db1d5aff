//! What a body changes of a photo: what it is called, what is said of it, whether it is liked best, and when it was taken, where the
//! camera's clock was wrong. The original keeps what it says of itself; here its place is taken.
//! Whoever sends a whole photo back sends what the server sets along: that says nothing.

use serde_json::{Map, Value};

use crate::picture::Taken;
use crate::problem::Problem;
use crate::resources::photos::expand::THUMBNAILS;
use crate::resources::photos::model::MEMBERS;
use crate::resources::photos::queries::Row;
use crate::resources::photos::{name, taken};
use crate::resources::shape::{Shape, invalid, is_annotation, unknown};

/// What may be said of a photo or an album.
pub const DESCRIPTION: Shape = Shape::Text(1000);

/// A change as it was given; none: that is not changed.
#[derive(Debug, Clone, Default)]
pub struct Change {
    name: Option<String>,
    description: Option<String>,
    is_favorite: Option<bool>,
    local: Option<Value>,
    offset: Option<Value>,
    instant: Option<Value>,
}

/// What a change may set, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct Said {
    pub name: String,
    pub description: String,
    pub is_favorite: i32,
    pub taken: i64,
    pub taken_offset: Option<i32>,
}

impl Change {
    /// Reads a body.
    pub fn of(given: &Map<String, Value>) -> Result<Self, Problem> {
        let mut change = Self::default();
        for (member, value) in given.iter().filter(|(member, _)| !is_annotation(member)) {
            match (member.as_str(), value) {
                ("name", Value::String(text)) => change.name = Some(name::checked(text, "name")?),
                ("name", _) => return Err(invalid("name", "is not a string")),
                ("description", value) => change.description = Some(text(&DESCRIPTION, value, "description")?),
                ("isFavorite", Value::Bool(is)) => change.is_favorite = Some(*is),
                ("isFavorite", _) => return Err(invalid("isFavorite", "is neither true nor false")),
                ("takenLocalDateTime", value) => change.local = Some(value.clone()),
                ("takenOffset", value) => change.offset = Some(value.clone()),
                ("photo", Value::Object(photo)) => change.instant = photo.get("takenDateTime").cloned(),
                (member, _) if MEMBERS.contains(&member) || member == THUMBNAILS => {}
                (member, _) => return Err(unknown(member)),
            }
        }
        Ok(change)
    }

    /// What the photo is to be.
    pub fn on(&self, row: &Row) -> Result<Said, Problem> {
        let before = taken::of_columns(row.taken, row.taken_offset);
        // As it is already it says nothing, such as in a photo that is sent back whole.
        let differs = |given: &Option<Value>, shown: Option<String>| {
            given.clone().filter(|given| given.as_str() != shown.as_deref() || !(given.is_string() || given.is_null()))
        };
        let local = differs(&self.local, before.as_ref().map(taken::local_text));
        let offset = differs(&self.offset, before.as_ref().and_then(taken::offset_text));
        let instant = differs(&self.instant, before.as_ref().and_then(taken::instant_text));
        let after = match (instant, local.is_some() || offset.is_some()) {
            (None, false) => before,
            (None, true) => by_the_clock(before, local.as_ref(), offset.as_ref())?,
            (Some(instant), false) => by_the_instant(&instant)?,
            (Some(_), true) => {
                let fault =
                    "and `takenLocalDateTime` or `takenOffset` say when it was taken: give the one or the others";
                return Err(invalid("photo.takenDateTime", fault));
            }
        };
        let (taken, taken_offset) = taken::columns(after);
        Ok(Said {
            name: self.name.clone().unwrap_or_else(|| row.name.clone()),
            description: self.description.clone().unwrap_or_else(|| row.description.clone()),
            is_favorite: self.is_favorite.map_or(row.is_favorite, i32::from),
            taken,
            taken_offset,
        })
    }
}

fn by_the_clock(
    before: Option<Taken>,
    local: Option<&Value>,
    offset: Option<&Value>,
) -> Result<Option<Taken>, Problem> {
    let local = match local {
        None => before.map(|taken| taken.local),
        Some(Value::Null) => None,
        Some(value) => Some(
            value
                .as_str()
                .and_then(taken::local_of)
                .ok_or_else(|| invalid("takenLocalDateTime", "is no local time such as 2026-07-01T12:30:00"))?,
        ),
    };
    let offset = match offset {
        None => before.and_then(|taken| taken.offset),
        Some(Value::Null) => None,
        Some(value) => Some(
            value
                .as_str()
                .and_then(taken::offset_of)
                .ok_or_else(|| invalid("takenOffset", "is no offset such as +02:00"))?,
        ),
    };
    match (local, offset) {
        (None, Some(_)) if before.is_none() => {
            Err(invalid("takenOffset", "is of no time: give `takenLocalDateTime` as well"))
        }
        (local, offset) => Ok(local.map(|local| Taken { local, offset })),
    }
}

fn by_the_instant(instant: &Value) -> Result<Option<Taken>, Problem> {
    if instant.is_null() {
        return Ok(None);
    }
    let taken = instant.as_str().and_then(taken::instant_of);
    taken.map(Some).ok_or_else(|| invalid("photo.takenDateTime", "is no instant such as 2026-07-01T12:30:00+02:00"))
}

/// A text as it is kept: '' where there is none.
pub fn text(shape: &Shape, value: &Value, path: &str) -> Result<String, Problem> {
    Ok(shape.merged(&Value::Null, value, path)?.as_str().unwrap_or_default().to_owned())
}
