//! Whether this process should be sent requests, and why not.

use std::sync::Arc;

use actix_web::web::Data;

use crate::access::Revocations;
use crate::server::drain::Draining;
use crate::store::Store;
use crate::token::Opener;

/// What readiness depends on.
pub struct Readiness {
    store: Store,
    opener: Arc<Opener>,
    revocations: Arc<Revocations>,
    draining: Data<Draining>,
}

impl Readiness {
    /// Ready as far as these are.
    pub fn new(store: Store, opener: Arc<Opener>, revocations: Arc<Revocations>, draining: Data<Draining>) -> Self {
        Self { store, opener, revocations, draining }
    }

    /// Why not; empty: ready.
    pub async fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.draining.has_begun() {
            reasons.push("stopping".into());
        }
        if let Err(fault) = self.store.ready().await {
            reasons.push(format!("database: {fault}"));
        }
        for issuer in self.opener.issuers_without_keys() {
            reasons.push(format!("no usable keys of {issuer}"));
        }
        if !self.revocations.is_fresh() {
            reasons.push("revocations are not known".into());
        }
        reasons
    }
}
