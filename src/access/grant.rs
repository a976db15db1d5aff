//! `Grant<Kind, Access>`: the proof that this request may do this to that kind of resource, and its makers: a request's
//! access token, or an address that one was lent to, and the operator. Nothing else makes one.
//! May import `token`, `problem`.
//!
//! A grant cannot be forged, its fields are private:
//! ```compile_fail,E0451
//! use std::{marker::PhantomData, sync::Arc};
//! use sharehold::access::{Grant, Holder, Read, Scopes};
//! use sharehold::resources::profile::Profile;
//! fn forge(holder: Arc<Holder>, scopes: Scopes) -> Grant<Profile, Read> { Grant { holder, scopes, proof: PhantomData } }
//! ```
//! Nor does anyone but the extractor make one of a token:
//! ```compile_fail,E0624
//! use std::sync::Arc;
//! use sharehold::access::{Grant, Read};
//! use sharehold::resources::profile::Profile;
//! fn by_pass(token: Arc<sharehold::token::Verified>) { let _ = Grant::<Profile, Read>::of_token(token, None, None); }
//! ```
//! A grant to read is no grant to write:
//! ```compile_fail,E0308
//! use sharehold::access::{Grant, Read, Write};
//! use sharehold::resources::profile::Profile;
//! fn change(_: Grant<Profile, Write>) {}
//! fn handler(grant: Grant<Profile, Read>) { change(grant) }
//! ```

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use chrono::{DateTime, Utc};

use crate::access::gate::{self, Gate};
use crate::access::revocations::Stopped;
use crate::access::scope::{Scope, Scopes};
use crate::access::uses::{Operation, Uses};
use crate::problem::{Challenge, Code, Problem};
use crate::token::{Lent, Verified};

/// A kind of resource, such as `Profile`.
pub trait Kind: Send + Sync + 'static {
    /// Its name in logs and metrics.
    const NAME: &'static str;
}

/// What is to be done with a kind.
pub trait Access: Send + Sync + 'static {
    /// Its name in logs and metrics.
    const NAME: &'static str;
    /// What it is in the access log.
    const OPERATION: Operation;
}

/// Reading.
#[derive(Debug)]
pub enum Read {}
/// Reading when somebody is busy, and nothing else.
#[derive(Debug)]
pub enum ReadBusy {}
/// Adding, without reading or changing what is there.
#[derive(Debug)]
pub enum Create {}
/// Reading, adding, changing and deleting.
#[derive(Debug)]
pub enum Write {}

impl Access for Read {
    const NAME: &'static str = "read";
    const OPERATION: Operation = Operation::Read;
}
impl Access for ReadBusy {
    const NAME: &'static str = "read_busy";
    const OPERATION: Operation = Operation::Read;
}
impl Access for Create {
    const NAME: &'static str = "create";
    const OPERATION: Operation = Operation::Write;
}
impl Access for Write {
    const NAME: &'static str = "write";
    const OPERATION: Operation = Operation::Write;
}

/// Which scopes permit `A` on this kind: any one of them will do. Without it no handler can take the grant.
pub trait Permits<A: Access>: Kind {
    /// The least ones; those that imply them will do as well.
    const SCOPES: &'static [Scope];
}

/// The id of a person that the request's path names, where that is not `me`: the data is that person's or nobody's.
#[derive(Debug, Clone)]
pub struct Addressee(pub String);

/// Whose data a grant reaches.
#[derive(Debug)]
pub struct Holder {
    by: By,
    addressee: Option<Addressee>,
    /// Which gate let it in.
    gate: Option<Data<Gate>>,
}

#[derive(Debug)]
enum By {
    Token(Arc<Verified>),
    Operator { issuer: String, subject: String },
}

impl Holder {
    /// The token's `iss`.
    pub fn issuer(&self) -> &str {
        match &self.by {
            By::Token(token) => token.issuer(),
            By::Operator { issuer, .. } => issuer,
        }
    }

    /// The token's `sub`.
    pub fn subject(&self) -> &str {
        match &self.by {
            By::Token(token) => token.subject(),
            By::Operator { subject, .. } => subject,
        }
    }

    /// The client that the token was issued to (RFC 9068 §2.2); '' for the operator.
    pub fn client(&self) -> &str {
        match &self.by {
            By::Token(token) => token.client_id(),
            By::Operator { .. } => "",
        }
    }

    /// The token's `email`, if it said `email_verified: true`.
    pub fn verified_email(&self) -> Option<&str> {
        match &self.by {
            By::Token(token) => token.verified_email(),
            By::Operator { .. } => None,
        }
    }

    /// The token that it was made of; none: the operator's.
    pub(super) fn token(&self) -> Option<&Arc<Verified>> {
        match &self.by {
            By::Token(token) => Some(token),
            By::Operator { .. } => None,
        }
    }

    /// Whether what it was made of is still let in: a request may take minutes to send all of its body. The operator always is.
    pub fn stands(&self) -> Result<(), Stopped> {
        match (&self.by, &self.gate) {
            (By::Token(token), Some(gate)) => gate.stands(token),
            _ => Ok(()),
        }
    }

    /// Whom the path names by id, if it does: the store finds nothing when that is another.
    pub fn addressee(&self) -> Option<&str> {
        self.addressee.as_ref().map(|Addressee(id)| id.as_str())
    }
}

/// Proof that `A` on `K` was granted. Carries whose data, and how far.
pub struct Grant<K, A> {
    holder: Arc<Holder>,
    scopes: Scopes,
    proof: PhantomData<fn() -> (K, A)>,
}

impl<K: Kind, A: Access> Grant<K, A> {
    /// Whose data it reaches.
    pub fn holder(&self) -> &Arc<Holder> {
        &self.holder
    }

    /// How far it reaches within the kind.
    pub fn scopes(&self) -> Scopes {
        self.scopes
    }

    fn new(holder: Holder, scopes: Scopes) -> Self {
        Self { holder: Arc::new(holder), scopes, proof: PhantomData }
    }

    /// The operator's own grant, for the command line: everything of one person's.
    pub fn operator(issuer: &str, subject: &str) -> Self {
        let by = By::Operator { issuer: issuer.into(), subject: subject.into() };
        Self::new(Holder { by, addressee: None, gate: None }, Scopes::all())
    }
}

impl<K: Kind, A: Access> Grant<K, A> {
    /// The same person's grant to do `B` on `L`, if the same scopes permit that too.
    pub fn reaching<L: Permits<B>, B: Access>(&self) -> Option<Grant<L, B>> {
        let reaches = self.scopes.has_any(<L as Permits<B>>::SCOPES);
        reaches.then(|| Grant { holder: self.holder.clone(), scopes: self.scopes, proof: PhantomData })
    }
}

impl<K: Permits<A>, A: Access> Grant<K, A> {
    // Scopes are asked anew on each request: what is cached is the token, never the decision (design.md decision 6).
    fn of_token(token: Arc<Verified>, addressee: Option<Addressee>, gate: Option<Data<Gate>>) -> Result<Self, Problem> {
        if token.subject() == token.client_id() {
            return Err(denied(None, "no_person", CLIENT_ONLY.into()));
        }
        let scopes = Scopes::of(token.scopes());
        if !scopes.has_any(K::SCOPES) {
            let names = names(K::SCOPES);
            let message = format!("The access token does not cover this. It would with any of these scopes: {names}.");
            return Err(denied(Some(names), "insufficient_scope", message));
        }
        Ok(Self::new(Holder { by: By::Token(token), addressee, gate }, scopes))
    }
}

impl<K: Permits<Read>> Grant<K, Read> {
    /// What an address holds that stands for this grant until then, with no more than it takes to read the kind; none: the operator's.
    pub fn lend(&self, until: DateTime<Utc>) -> Option<Lent> {
        let least: Vec<_> = K::SCOPES.iter().map(|scope| scope.name()).collect();
        Some(self.holder.token()?.lend(&least, until))
    }

    /// The grant that was lent to the address by which `request` comes.
    pub fn lent(gate: &Data<Gate>, request: &HttpRequest, lent: &Lent) -> Result<Self, Problem> {
        Self::of_token(gate.admit_lent(request, lent)?, None, Some(gate.clone()))
    }
}

const CLIENT_ONLY: &str = "The access token stands for a client alone, not for a person, and all data here is a person's. \
                           Use a flow in which the person signs in, such as the authorization code flow.";

fn names(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" ")
}

fn denied(scope: Option<String>, cause: &'static str, message: String) -> Problem {
    Problem::new(Code::AccessDenied, message)
        .challenge(Challenge { error: Some("insufficient_scope"), scope })
        .cause(cause)
}

impl<K: Permits<A>, A: Access> FromRequest for Grant<K, A> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (addressee, admitted) = (request.extensions().get().cloned(), gate::admitted(request, payload));
        let (uses, gate) = (request.app_data::<Data<Uses>>().cloned(), request.app_data::<Data<Gate>>().cloned());
        Box::pin(async move {
            let token = admitted.await?;
            let made = Self::of_token(token.clone(), addressee, gate);
            // Of a token that stands for no person there is nobody to be told.
            if made.is_err() && token.subject() != token.client_id() {
                let uses = uses.ok_or_else(|| Problem::internal("no access log"))?;
                uses.refused(&token, K::NAME, A::OPERATION).await?;
            }
            made
        })
    }
}

impl<K, A> Clone for Grant<K, A> {
    fn clone(&self) -> Self {
        Self { holder: self.holder.clone(), scopes: self.scopes, proof: PhantomData }
    }
}

impl<K: Kind, A: Access> fmt::Debug for Grant<K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Grant<{}, {}>", K::NAME, A::NAME)
    }
}
