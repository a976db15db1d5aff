//! A contact as it is answered: the server's members, then those of the ready projection that the grant and `$select` show.
//! `card` has the members that the card gives; here are the server's, the levels of the grant, and the writing of an answer.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::access::{Access, Grant, Scope};
use crate::problem::{Code, Problem};
use crate::query::Options;
use crate::resources::conditions::ETag;
use crate::resources::contacts::Contacts;
use crate::resources::contacts::card::{self, Member};
use crate::resources::contacts::queries::Row;
use crate::resources::contacts::server::SERVER_MEMBERS;
use crate::resources::photo;
use crate::resources::shape::invalid;
use crate::store::columns::Uid;

/// How far a grant to read reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `Contacts.ReadBasic`: names, photo, birthday without year, `emailHashes`.
    Basic,
    /// Everything.
    Full,
}

impl Level {
    /// Of a grant. One that may only add sees all of what it adds.
    pub fn of<A: Access>(grant: &Grant<Contacts, A>) -> Self {
        let scopes = grant.scopes();
        let sees_all = scopes.has(Scope::ContactsRead) || !scopes.has(Scope::ContactsReadBasic);
        if sees_all { Self::Full } else { Self::Basic }
    }
}

/// The names that `$select` may use.
pub fn names() -> Vec<&'static str> {
    let server = SERVER_MEMBERS.iter().map(|(name, _)| *name);
    server.chain(card::MEMBERS.iter().map(|member| member.name)).collect()
}

/// What of a contact an answer shows.
#[derive(Debug, Clone)]
pub struct View {
    level: Level,
    /// Indices into [`names`]; none: all that the level shows.
    select: Option<Vec<usize>>,
    /// For `emailHashes`.
    client: String,
}

impl View {
    /// By the grant and `$select`.
    pub fn of<A: Access>(grant: &Grant<Contacts, A>, options: &Options) -> Result<Self, Problem> {
        let select = options.select(&names())?;
        Ok(Self { level: Level::of(grant), select, client: grant.holder().client().to_owned() })
    }

    /// Whose answers these are and how far they reach: what tokens of pages and rounds are bound to.
    pub fn whose<A: Access>(&self, grant: &Grant<Contacts, A>) -> String {
        let holder = grant.holder();
        format!("{}\n{}\n{:?}", holder.issuer(), holder.subject(), self.level)
    }

    /// Nothing but the id.
    #[must_use]
    pub fn of_id_alone(self) -> Self {
        Self { select: Some(vec![0]), ..self }
    }

    /// How far the grant reaches.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The tag of what is of this version, seen so.
    pub fn etag(&self, version: i64) -> ETag {
        let level: &[u8] = if self.level == Level::Full { b"f" } else { b"b" };
        let (Level::Full, None) = (self.level, &self.select) else {
            let mut hash = Sha256::new().chain_update(level);
            for at in self.select.iter().flatten() {
                hash.update(at.to_be_bytes());
            }
            let digest = hash.finalize();
            let view = digest.iter().take(4).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            return ETag { version, view: view | 1 };
        };
        ETag { version, view: 0 }
    }

    /// Writes `row` as a JSON object.
    pub fn write(&self, json: &mut Vec<u8>, row: &Row) -> Result<(), Problem> {
        self.written(json, row).map_err(|fault| Problem::internal(format!("contact {}: {fault}", row.id)))
    }

    fn written(&self, json: &mut Vec<u8>, row: &Row) -> Result<(), serde_json::Error> {
        json.extend_from_slice(b"{\"@odata.etag\":");
        json.extend_from_slice(self.etag(row.changed).json().as_bytes());
        if self.level == Level::Full && self.select.is_none() {
            return whole(json, row);
        }
        let stored: Map<String, Value> = serde_json::from_str(&row.projection)?;
        let server = SERVER_MEMBERS.iter().enumerate();
        for (at, (name, basic)) in server {
            if self.shows(at, *basic, *name == "emailHashes") {
                member(json, name);
                self.server_value(json, name, row, &stored)?;
            }
        }
        for (at, each) in card::MEMBERS.iter().enumerate() {
            if self.shows(SERVER_MEMBERS.len() + at, each.basic, false) {
                member(json, each.name);
                serde_json::to_writer(&mut *json, &self.given_value(each, row, &stored))?;
            }
        }
        json.push(b'}');
        Ok(())
    }

    /// `id` is always shown; what is `costly` to a full grant only if it is selected.
    fn shows(&self, at: usize, basic: bool, costly: bool) -> bool {
        let covered = basic || self.level == Level::Full;
        let asked = match &self.select {
            Some(select) => at == 0 || select.contains(&at),
            None => !costly || self.level == Level::Basic,
        };
        covered && asked
    }

    fn server_value(
        &self,
        json: &mut Vec<u8>,
        name: &str,
        row: &Row,
        stored: &Map<String, Value>,
    ) -> Result<(), serde_json::Error> {
        match name {
            "id" => serde_json::to_writer(json, &row.id.to_string()),
            "changeKey" => serde_json::to_writer(json, &row.changed.to_string()),
            "createdDateTime" => serde_json::to_writer(json, &row.created_at.rfc3339()),
            "lastModifiedDateTime" => serde_json::to_writer(json, &row.modified_at.rfc3339()),
            "parentFolderId" => serde_json::to_writer(json, &row.folder.to_string()),
            "photo" => write_photo(json, row),
            _ => serde_json::to_writer(json, &email_hashes(stored, &self.client)),
        }
    }

    /// The value of a member that the card gives.
    fn given_value(&self, member: &Member, row: &Row, stored: &Map<String, Value>) -> Value {
        let value = stored.get(member.name).cloned().unwrap_or(Value::Null);
        match self.level {
            Level::Full => value,
            Level::Basic => card::seen_by_basic(member, value, &row.birthday),
        }
    }
}

/// What a full grant without `$select` sees: the projection as it stands.
fn whole(json: &mut Vec<u8>, row: &Row) -> Result<(), serde_json::Error> {
    // The texts are of ids, numbers and instants: nothing in them needs escaping.
    let Row { id, changed, folder, .. } = row;
    let (created, modified) = (row.created_at.rfc3339(), row.modified_at.rfc3339());
    json.extend_from_slice(
        format!(
            ",\"id\":\"{id}\",\"changeKey\":\"{changed}\",\"createdDateTime\":\"{created}\",\
             \"lastModifiedDateTime\":\"{modified}\",\"parentFolderId\":\"{folder}\",\"photo\":"
        )
        .as_bytes(),
    );
    write_photo(json, row)?;
    // A projection is an object: what follows its brace follows here, unless there is nothing.
    match row.projection.strip_prefix('{') {
        Some(members) if members != "}" => {
            json.push(b',');
            json.extend_from_slice(members.as_bytes());
        }
        _ => json.push(b'}'),
    }
    Ok(())
}

fn member(json: &mut Vec<u8>, name: &str) {
    json.extend_from_slice(b",\"");
    json.extend_from_slice(name.as_bytes());
    json.extend_from_slice(b"\":");
}

fn write_photo(json: &mut Vec<u8>, row: &Row) -> Result<(), serde_json::Error> {
    match &row.photo {
        None => json.extend_from_slice(b"null"),
        Some(stored) => serde_json::to_writer(json, &photo::shown(stored)?)?,
    }
    Ok(())
}

/// For each e-mail address what tells a site that it knows it already, and tells nobody else anything (api.md §3).
fn email_hashes(stored: &Map<String, Value>, client: &str) -> Vec<String> {
    let items = stored.get("emailAddresses").and_then(Value::as_array).into_iter().flatten();
    let addresses = items.filter_map(|item| item.get("address")?.as_str());
    addresses
        .map(|address| {
            let text = format!("{}{}", address.trim(), client.trim()).to_lowercase();
            format!("{:x}", Sha256::digest(text.as_bytes()))
        })
        .collect()
}

/// Takes `parentFolderId` out of a body: the folder is the row's, not the card's.
pub fn take_folder(given: &mut Map<String, Value>) -> Result<Option<Uid>, Problem> {
    match given.remove("parentFolderId") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Uid::parse(&text).map(Some).ok_or_else(no_folder),
        Some(_) => Err(invalid("parentFolderId", "is not a string")),
    }
}

/// That a body names a folder that is not there.
pub fn no_folder() -> Problem {
    Problem::new(Code::NotFound, "There is no such folder.").target("parentFolderId")
}

/// Checks that what is stored can be shown: for `verify`.
pub fn readable(row: &Row) -> Result<(), serde_json::Error> {
    let _: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(&row.projection)?;
    write_photo(&mut Vec::new(), row)
}
