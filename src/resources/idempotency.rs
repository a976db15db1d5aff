//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a create that is sent again makes nothing twice. For a day the
//! key, what came with it and what it made are remembered per person and client, written in the transaction that makes it.
//! May import `store`, `access`, `problem`.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::HttpRequest;
use diesel::prelude::*;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::access::Holder;
use crate::problem::{Code, Problem};
use crate::store::columns::{Instant, Uid};
use crate::store::tables::idempotency_keys;
use crate::store::{Changes, Halt, Owned, StoreError, on_backend};

/// For the table of endpoints.
pub const HEADER: (&str, &str) = (
    "Idempotency-Key",
    "1 to 255 visible ASCII characters: for 24 hours the same request under the same key makes nothing twice; another one is 422",
);

/// The member of a body that is as good as a key.
const TRANSACTION: &str = "transactionId";

/// How long a key is remembered, microseconds.
pub const KEY_AGE: i64 = 24 * 60 * 60 * 1_000_000;
const KEY_CHARS: usize = 255;

/// The creates with a key that this process is at.
#[derive(Debug, Clone, Default)]
pub struct Flights(Arc<Mutex<HashSet<[u8; 32]>>>);

struct Flight {
    flights: Flights,
    key: [u8; 32],
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl Flights {
    fn begin(&self, key: [u8; 32]) -> Result<Flight, Problem> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
            return Ok(Flight { flights: self.clone(), key });
        }
        let message = "A request under this `Idempotency-Key` is being answered. Wait for it, or send this one again.";
        Err(Problem::new(Code::InFlight, message).target(HEADER.0).retry_after(1))
    }
}

/// What a request says of being sent again; while it is kept, the key is in flight.
pub struct Idempotency {
    once: Option<Once>,
    _flight: Option<Flight>,
}

/// A create that may have been done already.
#[derive(Debug, Clone, Copy)]
pub struct Once {
    key: [u8; 32],
    /// Where the client gave it: the header, or the body's `transactionId`.
    given: &'static str,
    request: [u8; 32],
}

impl Idempotency {
    /// Of a request with this body.
    pub fn of(
        request: &HttpRequest,
        holder: &Holder,
        flights: &Flights,
        body: &Map<String, Value>,
    ) -> Result<Self, Problem> {
        Self::of_transaction(request, holder, flights, body, None)
    }

    /// Of one whose body may name a transaction, which is as good as a key, and is no other create's key.
    pub fn of_transaction(
        request: &HttpRequest,
        holder: &Holder,
        flights: &Flights,
        body: &Map<String, Value>,
        transaction: Option<&str>,
    ) -> Result<Self, Problem> {
        let mut given = request.headers().get_all(HEADER.0);
        let Some(key) = given.next() else {
            let Some(transaction) = transaction else { return Ok(Self { once: None, _flight: None }) };
            let key = digest([holder.client().as_bytes(), TRANSACTION.as_bytes(), transaction.as_bytes()]);
            return Self::keyed(request, holder, flights, body, (key, TRANSACTION));
        };
        let visible = key.as_bytes().iter().all(u8::is_ascii_graphic) && (1..=KEY_CHARS).contains(&key.len());
        if !visible || given.next().is_some() {
            let message = "`Idempotency-Key` takes one value of 1 to 255 visible ASCII characters, such as a UUID.";
            return Err(Problem::new(Code::InvalidRequest, message).target(HEADER.0));
        }
        let key = digest([holder.client().as_bytes(), key.as_bytes()]);
        Self::keyed(request, holder, flights, body, (key, HEADER.0))
    }

    fn keyed(
        request: &HttpRequest,
        holder: &Holder,
        flights: &Flights,
        body: &Map<String, Value>,
        (key, given): ([u8; 32], &'static str),
    ) -> Result<Self, Problem> {
        let body = serde_json::to_vec(body).map_err(|fault| Problem::internal(fault.to_string()))?;
        let once = Once { key, given, request: digest([request.path().as_bytes(), &body]) };
        let flight = flights.begin(digest([holder.issuer().as_bytes(), holder.subject().as_bytes(), &once.key]))?;
        Ok(Self { once: Some(once), _flight: Some(flight) })
    }

    /// What the transaction has to look at, if there is a key.
    pub fn once(&self) -> Option<Once> {
        self.once
    }
}

/// Of parts, so that no two lists of them are alike.
fn digest<const N: usize>(parts: [&[u8]; N]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl Once {
    /// What it made before. The same key with another request is refused.
    pub fn done<K, A: Changes>(self, on: &mut Owned<'_, K, A>) -> Result<Option<Uid>, Halt<Problem>> {
        let now = on.now();
        let (person, db) = on.parts();
        let row = idempotency_keys::table.find((person.id, self.key.as_slice()));
        let columns = (idempotency_keys::request, idempotency_keys::item, idempotency_keys::created_at);
        let found: Option<(Vec<u8>, Uid, Instant)> = on_backend!(db, |c| row.select(columns).get_result(c).optional())?;
        let Some((request, item, at)) = found else { return Ok(None) };
        if now.micros().saturating_sub(at.micros()) > KEY_AGE {
            on_backend!(db, |c| diesel::delete(row).execute(c))?;
            return Ok(None);
        }
        if request == self.request {
            return Ok(Some(item));
        }
        let given = self.given;
        let message = format!(
            "This `{given}` came with another request before. Use a new one for each thing that is to be made."
        );
        Err(Halt::Refused(Problem::new(Code::KeyReused, message).target(given)))
    }

    /// Remembers what it made.
    pub fn note<K, A: Changes>(self, on: &mut Owned<'_, K, A>, item: Uid) -> Result<(), StoreError> {
        let now = on.now();
        let (person, db) = on.parts();
        let key = (idempotency_keys::person.eq(person.id), idempotency_keys::key.eq(self.key.as_slice()));
        let made = (idempotency_keys::request.eq(self.request.as_slice()), idempotency_keys::item.eq(item));
        let row = (key, made, idempotency_keys::created_at.eq(now));
        on_backend!(db, |c| diesel::insert_into(idempotency_keys::table).values(row).execute(c))?;
        Ok(())
    }
}

/// Makes something, unless `once` made it before: then `find` gives it as it is now.
pub fn made<K, A: Changes, T>(
    on: &mut Owned<'_, K, A>,
    once: Option<Once>,
    find: impl FnOnce(&mut Owned<'_, K, A>, Uid) -> Result<T, StoreError>,
    make: impl FnOnce(&mut Owned<'_, K, A>) -> Result<(Uid, T), Halt<Problem>>,
) -> Result<T, Halt<Problem>> {
    let before = once.map(|once| once.done(on)).transpose()?.flatten();
    if let Some(item) = before {
        on.showed();
        return find(on, item).map_err(|fault| match fault {
            StoreError::NotFound => {
                let message = "This was made by the same request before (`Idempotency-Key`, `transactionId`) and deleted since; it is \
                               not made again.";
                Halt::Refused(Problem::new(Code::NotFound, message))
            }
            fault => fault.into(),
        });
    }
    let (item, answer) = make(on)?;
    if let Some(once) = once {
        once.note(on, item)?;
    }
    Ok(answer)
}
