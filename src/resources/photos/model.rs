//! A photo as it is answered: Graph's driveItem as far as it is a picture, from the columns of its row. What differs by
//! `Photos.Location.Read` is put together here: where it was taken is left out without it, and size and hash are those of
//! the picture that such a grant gets.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::access::{Access, Grant, Scope};
use crate::digest::Digest;
use crate::picture::{Facts, Location};
use crate::problem::Problem;
use crate::query::Options;
use crate::resources::conditions::ETag;
use crate::resources::photos::expand::{EXPAND, Expanded, THUMBNAILS};
use crate::resources::photos::queries::Row;
use crate::resources::photos::{Photos, taken};

/// How far a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// All but where photos were taken.
    Plain,
    /// `Photos.Location.Read`: everything.
    Located,
}

impl Level {
    /// Of a grant.
    pub fn of<A: Access>(grant: &Grant<Photos, A>) -> Self {
        if grant.scopes().has(Scope::PhotosLocationRead) { Self::Located } else { Self::Plain }
    }
}

/// The members, in the order of an answer.
pub const MEMBERS: [&str; 15] = [
    "id",
    "eTag",
    "createdDateTime",
    "lastModifiedDateTime",
    "name",
    "description",
    "size",
    "file",
    "image",
    "photo",
    "takenLocalDateTime",
    "takenOffset",
    "isFavorite",
    "thumbHash",
    LOCATION,
];

/// The one that needs its scope.
const LOCATION: &str = "location";

/// What of a photo an answer shows.
pub struct View<'a> {
    level: Level,
    /// Indices into [`MEMBERS`]; none: all that the level shows.
    select: Option<Vec<usize>>,
    expanded: Option<Expanded<'a>>,
}

impl<'a> View<'a> {
    /// By the grant and `$select`, which may name what is expanded: that is shown without it.
    pub fn of<A: Access>(grant: &Grant<Photos, A>, options: &Options) -> Result<Self, Problem> {
        let expanded = options.get(EXPAND).map(|_| THUMBNAILS);
        let names: Vec<&str> = MEMBERS.into_iter().chain(expanded).collect();
        let mut select = options.select(&names)?;
        if let Some(select) = &mut select {
            select.retain(|at| *at < MEMBERS.len());
        }
        Ok(Self { level: Level::of(grant), select, expanded: None })
    }

    /// The same, and with each photo what `$expand` asks for.
    #[must_use]
    pub fn with(self, expanded: Option<Expanded<'a>>) -> Self {
        Self { expanded, ..self }
    }

    /// Whose answers these are and how far they reach: what tokens of pages and rounds are bound to.
    pub fn whose<A: Access>(&self, grant: &Grant<Photos, A>) -> String {
        let holder = grant.holder();
        format!("{}\n{}\n{:?}", holder.issuer(), holder.subject(), self.level)
    }

    /// How many photos of a page that asks for `size` are shown so.
    pub fn page(&self, size: usize) -> usize {
        self.expanded.as_ref().map_or(size, |expanded| size.min(expanded.most()))
    }

    /// How far the grant reaches.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Whether the answer is new each time: addresses end, with the token that they were made under, too. It has no tag of its own
    /// then, and is never "not modified".
    pub fn is_ever_new(&self) -> bool {
        self.expanded.is_some()
    }

    /// The tag of what is of this version, seen so.
    pub fn etag(&self, version: i64) -> ETag {
        let level = u64::from(self.level == Level::Plain) << MEMBERS.len();
        let bits = |select: &Vec<usize>| select.iter().fold(2_u64 << MEMBERS.len(), |bits, at| bits | 1 << at);
        ETag { version, view: level | self.select.as_ref().map_or(0, bits) }
    }

    /// Writes `row` as a JSON object.
    pub fn write(&self, json: &mut Vec<u8>, row: &Row) -> Result<(), Problem> {
        let internal = |fault| Problem::internal(format!("photo {}: {fault}", row.id));
        self.written(json, row).map_err(internal)?;
        if let Some(expanded) = &self.expanded {
            json.extend_from_slice(format!(",\"{THUMBNAILS}\":").as_bytes());
            serde_json::to_writer(&mut *json, &expanded.shown(row)?).map_err(internal)?;
        }
        json.push(b'}');
        Ok(())
    }

    /// Writes all of it but the end.
    fn written(&self, json: &mut Vec<u8>, row: &Row) -> Result<(), serde_json::Error> {
        json.extend_from_slice(b"{\"@odata.etag\":");
        json.extend_from_slice(self.etag(row.changed).json().as_bytes());
        for (at, name) in MEMBERS.into_iter().enumerate() {
            let asked = self.select.as_ref().is_none_or(|select| at == 0 || select.contains(&at));
            let covered = self.level == Level::Located || name != LOCATION;
            if asked && covered {
                // The names are ours: nothing in them needs escaping.
                json.extend_from_slice(format!(",\"{name}\":").as_bytes());
                self.value(json, name, row)?;
            }
        }
        Ok(())
    }

    fn value(&self, json: &mut Vec<u8>, name: &str, row: &Row) -> Result<(), serde_json::Error> {
        let taken = || taken::of_columns(row.taken, row.taken_offset);
        match name {
            "id" => serde_json::to_writer(json, &row.id.to_string()),
            "eTag" => serde_json::to_writer(json, &self.etag(row.changed).to_string()),
            "createdDateTime" => serde_json::to_writer(json, &row.created_at.rfc3339()),
            "lastModifiedDateTime" => serde_json::to_writer(json, &row.modified_at.rfc3339()),
            "name" => serde_json::to_writer(json, &row.name),
            "description" => serde_json::to_writer(json, &given(&row.description)),
            "size" => serde_json::to_writer(json, &self.bytes(row).1),
            "file" => {
                let file = json!({"mimeType": row.media_type, "hashes": {"sha256Hash": self.bytes(row).0.to_string()}});
                serde_json::to_writer(json, &file)
            }
            "image" => serde_json::to_writer(json, &json!({"width": row.width, "height": row.height})),
            "photo" => photo(json, row),
            "takenLocalDateTime" => serde_json::to_writer(json, &taken().as_ref().map(taken::local_text)),
            "takenOffset" => serde_json::to_writer(json, &taken().as_ref().and_then(taken::offset_text)),
            "isFavorite" => serde_json::to_writer(json, &(row.is_favorite != 0)),
            "thumbHash" => serde_json::to_writer(json, &given(&row.thumb_hash)),
            _ => {
                json.extend_from_slice(given(&row.location).unwrap_or("null").as_bytes());
                Ok(())
            }
        }
    }

    /// SHA-256 and size of the picture that the grant gets.
    fn bytes(&self, row: &Row) -> (Digest, i64) {
        match self.level {
            Level::Located => (row.sha256, row.size),
            Level::Plain => (row.cut_sha256, row.cut_size),
        }
    }
}

/// What the camera says of itself, with when the picture was taken before it.
fn photo(json: &mut Vec<u8>, row: &Row) -> Result<(), serde_json::Error> {
    let taken = taken::of_columns(row.taken, row.taken_offset);
    json.extend_from_slice(b"{\"takenDateTime\":");
    serde_json::to_writer(&mut *json, &taken.as_ref().and_then(taken::instant_text))?;
    // An object that is not empty, since it has the orientation.
    json.push(b',');
    json.extend_from_slice(row.facts.strip_prefix('{').unwrap_or(&row.facts).as_bytes());
    Ok(())
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// What `photos.facts` holds: Graph's photo facet but for when it was taken. What is not known is not in it.
pub fn facts(facts: &Facts) -> String {
    let (numerator, denominator) = facts.exposure.unzip();
    let members: [(&str, Value); 8] = [
        ("cameraMake", facts.camera_make.clone().into()),
        ("cameraModel", facts.camera_model.clone().into()),
        ("fNumber", facts.f_number.into()),
        ("exposureNumerator", numerator.into()),
        ("exposureDenominator", denominator.into()),
        ("focalLength", facts.focal_length.into()),
        ("iso", facts.iso.into()),
        ("orientation", facts.orientation.into()),
    ];
    let known = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(known.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()).to_string()
}

/// What `photos.location` holds: Graph's geoCoordinates.
pub fn location(location: Option<&Location>) -> String {
    let Some(Location { latitude, longitude, altitude }) = location else { return String::new() };
    let mut told = json!({"latitude": latitude, "longitude": longitude});
    if let (Some(told), Some(altitude)) = (told.as_object_mut(), altitude) {
        told.insert("altitude".into(), json!(altitude));
    }
    told.to_string()
}

/// Checks that what is stored can be shown: for `verify`.
pub fn readable(row: &Row) -> Result<(), serde_json::Error> {
    let view = View { level: Level::Located, select: None, expanded: None };
    let mut json = Vec::new();
    view.written(&mut json, row)?;
    json.push(b'}');
    let _: &RawValue = serde_json::from_slice(&json)?;
    Ok(())
}

#[cfg(test)]
mod tests;
