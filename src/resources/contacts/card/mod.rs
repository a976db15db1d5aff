//! A contact's whole record (a stand-in until the real one is merged).

use serde_json::{Map, Value, json};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{RefOr, Schema};

use crate::problem::Problem;

/// A member.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Whether `ReadBasic` sees it.
    pub basic: bool,
}
/// All.
pub const MEMBERS: &[Member] =
    &[Member { name: "displayName", basic: true }, Member { name: "mobilePhone", basic: false }];
/// Version.
pub const VERSION: i32 = 1;

/// Card.
#[derive(Debug, Clone, Default)]
pub struct Card(Map<String, Value>, String);
/// Fault.
#[derive(Debug, thiserror::Error)]
#[error("broken")]
pub struct CardFault;
/// Projection.
#[derive(Debug, Clone, Default)]
#[expect(missing_docs, reason = "a stand-in")]
pub struct Projection {
    pub json: String,
    pub display: String,
    pub given: String,
    pub surname: String,
    pub middle: String,
    pub nick: String,
    pub file_as: String,
    pub company: String,
    pub department: String,
    pub job_title: String,
    pub display_sort: String,
    pub given_sort: String,
    pub surname_sort: String,
    pub birthday: String,
    pub concealed: String,
    pub terms: Vec<(char, String)>,
    pub emails: Vec<String>,
    pub has_photo: bool,
}
impl Card {
    /// New.
    pub fn new() -> Self {
        Self::default()
    }
    /// Stored.
    pub fn stored(text: &str) -> Result<Self, CardFault> {
        serde_json::from_str::<(Map<String, Value>, String)>(text).map(|(a, b)| Self(a, b)).map_err(|_| CardFault)
    }
    /// Record.
    pub fn record(&self) -> String {
        json!([self.0, self.1]).to_string()
    }
    /// Uid.
    pub fn uid(&self) -> Option<&str> {
        Some(&self.1)
    }
    /// Set.
    pub fn set_uid(&mut self, uid: &str) {
        uid.clone_into(&mut self.1);
    }
    /// Merge.
    pub fn merge(&mut self, changes: &Map<String, Value>) -> Result<(), Problem> {
        for (k, v) in changes {
            self.0.insert(k.clone(), v.clone());
        }
        Ok(())
    }
    /// Project.
    pub fn project(&self) -> Projection {
        let display = self.0.get("displayName").and_then(Value::as_str).unwrap_or_default();
        Projection {
            json: json!({"displayName": display, "mobilePhone": self.0.get("mobilePhone")}).to_string(),
            display: display.to_lowercase(),
            display_sort: display.to_lowercase(),
            terms: display.split(' ').map(|word| ('n', word.to_lowercase())).collect(),
            ..Projection::default()
        }
    }
}
/// The schema of an answer.
pub fn schema() -> (String, RefOr<Schema>) {
    ("contact".into(), RefOr::T(Schema::Object(ObjectBuilder::new().build())))
}
/// The schema of a body.
pub fn body_schema() -> (String, RefOr<Schema>) {
    ("contactBody".into(), RefOr::T(Schema::Object(ObjectBuilder::new().build())))
}
