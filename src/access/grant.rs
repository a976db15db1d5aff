//! `Grant<Kind, Access>`: the proof that this request may do this to that kind of resource.

use std::marker::PhantomData;
use std::sync::Arc;

/// A kind of resource, such as `Profile`.
pub trait Kind: Send + Sync + 'static {
    /// Its name in logs and metrics.
    const NAME: &'static str;
}

/// What is to be done with a kind.
pub trait Access: Send + Sync + 'static {
    /// Its name in logs and metrics.
    const NAME: &'static str;
}

/// Reading.
#[derive(Debug)]
pub enum Read {}
/// Adding, without reading or changing what is there.
#[derive(Debug)]
pub enum Create {}
/// Reading, adding, changing and deleting.
#[derive(Debug)]
pub enum Write {}

impl Access for Read {
    const NAME: &'static str = "read";
}
impl Access for Create {
    const NAME: &'static str = "create";
}
impl Access for Write {
    const NAME: &'static str = "write";
}

/// Whose data a grant reaches.
#[derive(Debug)]
pub struct Holder {
    issuer: String,
    subject: String,
    verified_email: Option<String>,
}

impl Holder {
    /// The token's `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }
    /// The token's `sub`.
    pub fn subject(&self) -> &str {
        &self.subject
    }
    /// The token's `email`, if it said `email_verified: true`.
    pub fn verified_email(&self) -> Option<&str> {
        self.verified_email.as_deref()
    }
}

/// Proof that `A` on `K` was granted. Its fields are private.
pub struct Grant<K, A> {
    holder: Arc<Holder>,
    proof: PhantomData<fn() -> (K, A)>,
}

impl<K: Kind, A: Access> Grant<K, A> {
    /// Whose data it reaches.
    pub fn holder(&self) -> &Arc<Holder> {
        &self.holder
    }

    /// The operator's own grant, for the command line: never made from a request.
    pub fn operator(issuer: &str, subject: &str) -> Self {
        Self {
            holder: Arc::new(Holder { issuer: issuer.into(), subject: subject.into(), verified_email: None }),
            proof: PhantomData,
        }
    }
}
