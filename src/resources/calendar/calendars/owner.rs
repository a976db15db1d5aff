//! `owner` of a calendar: the person, as far as the token opens their profile. May import `access`, `store`.

use diesel::prelude::*;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::access::{Access, Grant, Scope};
use crate::resources::calendar::Calendar;
use crate::store::tables::profiles;
use crate::store::{Owned, Person, StoreError, on_backend};

/// What the token opens of the profile.
#[derive(Debug, Clone)]
pub struct Sees {
    name: bool,
    mail: bool,
    /// The address that the token itself says.
    told: Option<String>,
}

/// Whose calendars they are.
#[derive(Debug, Clone)]
pub struct Whose {
    /// The person.
    pub person: Person,
    /// What is seen of them, as `owner` says it.
    pub owner: Value,
}

impl Sees {
    /// What the grant's token opens.
    pub fn of<A: Access>(grant: &Grant<Calendar, A>) -> Self {
        let (scopes, told) = (grant.scopes(), grant.holder().verified_email().map(str::to_owned));
        Self { name: scopes.has(Scope::UserReadBasic), mail: scopes.has(Scope::UserEmailRead), told }
    }

    /// The person, seen so.
    pub fn whose<A>(&self, on: &mut Owned<'_, Calendar, A>) -> Result<Whose, StoreError> {
        let (person, db) = on.parts();
        let asked = profiles::table.find(person.id).select((profiles::mail, profiles::projection));
        let found: Option<(Option<String>, String)> =
            if self.name || self.mail { on_backend!(db, |c| asked.get_result(c).optional())? } else { None };
        let (mail, projection) = found.unwrap_or_default();
        let profile: Map<String, Value> = serde_json::from_str(&projection).unwrap_or_default();
        let name = profile.get("displayName").filter(|name| self.name && name.is_string());
        let address = mail.filter(|_| self.mail).or_else(|| self.told.clone());
        Ok(Whose { person, owner: json!({"name": name, "address": address}) })
    }
}

impl Whose {
    /// What tells this owner from another in a tag: the profile has versions of its own. 0: nothing is seen of them.
    pub fn mark(&self) -> u64 {
        if self.owner["name"].is_null() && self.owner["address"].is_null() {
            return 0;
        }
        let digest = Sha256::digest(self.owner.to_string());
        digest.iter().take(4).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte))
    }
}
