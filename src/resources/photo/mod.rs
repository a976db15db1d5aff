//! What is stored of a photo of a person or a contact beside its bytes, and how it is shown (Graph's profilePhoto).
//! `keep` has the order in which blob and row are written, `answers` what a client is told.

pub mod answers;
pub mod keep;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::picture::{MEDIA_TYPE, Square};
use crate::resources::conditions::ETag;

/// A photo: which squares lie where in its blob, the largest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// The number of the change that set it: its version.
    pub version: i64,
    /// Its squares.
    pub squares: Vec<Piece>,
}

/// Where one square lies in the blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Its side, pixels.
    pub side: u32,
    /// Its first byte.
    start: u64,
    /// The byte after its last.
    end: u64,
    /// SHA-256 of its bytes, hexadecimal.
    sha256: String,
}

impl Photo {
    /// The square of this side; none given: the largest.
    pub fn square(&self, side: Option<u32>) -> Option<&Piece> {
        match side {
            None => self.squares.first(),
            Some(side) => self.squares.iter().find(|piece| piece.side == side),
        }
    }

    /// Which bytes of its blob have which SHA-256.
    pub fn pieces(&self) -> Vec<(Range<u64>, String)> {
        self.squares.iter().map(|piece| (piece.range(), piece.sha256.clone())).collect()
    }

    /// The tag of one square, its picture and its description alike.
    pub fn etag(&self, piece: &Piece) -> ETag {
        ETag { version: self.version, view: piece.side.into() }
    }

    /// What is told of one square.
    pub fn describe(&self, piece: &Piece) -> Value {
        let side = piece.side;
        json!({
            "@odata.mediaContentType": MEDIA_TYPE,
            "@odata.mediaEtag": self.etag(piece).to_string(),
            "id": format!("{side}x{side}"),
            "width": side,
            "height": side,
        })
    }
}

impl Piece {
    /// Where its bytes are.
    pub fn range(&self) -> Range<u64> {
        self.start..self.end
    }

    /// Whether these are its bytes.
    pub fn is(&self, bytes: &[u8]) -> bool {
        digest(bytes) == self.sha256
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// All squares in one blob, and where each lies.
pub fn pack(squares: &[Square]) -> (Vec<u8>, Vec<Piece>) {
    let mut bytes = Vec::new();
    let length = |bytes: &Vec<u8>| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut pieces = Vec::new();
    for square in squares {
        let start = length(&bytes);
        bytes.extend_from_slice(&square.jpeg);
        pieces.push(Piece { side: square.side, start, end: length(&bytes), sha256: digest(&square.jpeg) });
    }
    (bytes, pieces)
}

/// What is stored of a picture that stands within a contact's card: it is measured when it is asked for, not before.
pub const INLINE: &str = "\"inline\"";

/// The member `photo`: the largest square, from the stored JSON; of a picture within a card, that there is one.
pub fn shown(stored: &str) -> Result<Value, serde_json::Error> {
    if stored == INLINE {
        return Ok(json!({"@odata.mediaContentType": MEDIA_TYPE}));
    }
    let photo: Photo = serde_json::from_str(stored)?;
    Ok(photo.square(None).map_or(Value::Null, |piece| photo.describe(piece)))
}

/// The schema of what is told.
pub fn schema() -> (String, RefOr<Schema>) {
    ("profilePhoto".into(), object(SchemaType::new(Type::Object)))
}

/// The schema of the profile's member.
pub fn nullable_schema() -> RefOr<Schema> {
    object(SchemaType::from_iter([Type::Object, Type::Null]))
}

fn object(kind: SchemaType) -> RefOr<Schema> {
    let text = |what: &str| {
        ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).read_only(true).description(Some(what))
    };
    let pixels = || ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer)).read_only(true);
    let object = ObjectBuilder::new()
        .schema_type(kind)
        .property("@odata.mediaContentType", text("`image/jpeg`"))
        .property("@odata.mediaEtag", text("The picture's entity tag"))
        .property("id", text("The size, such as `648x648`"))
        .property("width", pixels())
        .property("height", pixels());
    RefOr::T(Schema::Object(object.read_only(true).build()))
}
