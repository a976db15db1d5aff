//! `[rate]`: who pays for a request. Whose token opened, pays as this client for this person; whoever brings none that opens,
//! as their address. Nobody can make another pay. May import `config`, `token`, `problem`.
//!
//! An honest token that is new here costs a private-key operation, and its address nothing: the site of a client brings
//! thousands of people's tokens from one address. A junk token costs the same operation, and its address pays; an address
//! that has nothing left is refused before the operation (H3 in the threat model: a flood must not burn the processors),
//! while tokens that opened here before still pass from there. What needs no token is paid for from a purse of its own.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpMessage as _, HttpRequest};

use crate::access::limiter::Limiter;
use crate::config::{Rate, network};
use crate::problem::{Code, Problem};
use crate::token::Verified;

/// Where a request comes from, as the server found out before it was routed; nothing if its peer was gone by then.
#[derive(Debug, Clone, Copy)]
pub struct Remote(pub Option<IpAddr>);

/// The counts of all requests; nothing if `rate.enabled` is false.
pub struct Rates(Option<Limiters>);

struct Limiters {
    settings: Rate,
    clients: Limiter,
    addresses: Limiter,
    /// Of the same addresses, for what needs no token: reading documents keeps nobody's token out.
    documents: Limiter,
    names: RandomState,
}

impl Rates {
    /// Counts as `settings` say.
    pub fn new(settings: &Rate) -> Self {
        Self(settings.enabled.then(|| Limiters {
            clients: Limiter::new(settings.client_rps, settings.client_burst),
            addresses: Limiter::new(settings.anonymous_rps, settings.anonymous_burst),
            documents: Limiter::new(settings.anonymous_rps, settings.anonymous_burst),
            names: RandomState::new(),
            settings: settings.clone(),
        }))
    }

    /// Lets the client and the person of `token` pay.
    pub(super) fn charge(&self, token: &Verified) -> Result<(), Problem> {
        let Some(limiters) = &self.0 else { return Ok(()) };
        let name = limiters.names.hash_one((token.issuer(), token.subject(), token.client_id()));
        limiters.clients.take(name).map_err(|wait| limiters.too_many_of_client(wait))
    }

    /// Begins to let in a request that may have to pay by its address.
    pub(super) fn visit(&self, request: &HttpRequest) -> Visit<'_> {
        let limiters = self.0.as_ref().map(|limiters| {
            // Those without an address pay as one.
            let address = request.extensions().get().and_then(|Remote(address)| *address);
            (limiters, limiters.names.hash_one(address.map(network::customer)))
        });
        Visit { limiters, spent: Cell::new(false) }
    }
}

/// A request on its way in. Dropped in the middle of a private-key operation, because the client went away, it still pays.
pub(super) struct Visit<'a> {
    limiters: Option<(&'a Limiters, u64)>,
    /// Whether a private-key operation was begun that yielded nothing yet.
    spent: Cell<bool>,
}

impl Visit<'_> {
    /// Asks for a private-key operation: 429 if the address has nothing left, unless the token opened before. Else whoever
    /// shares an address with a flood would be out as soon as its token is forgotten, or keys are reloaded.
    pub(super) fn spend(&self, opened_before: bool) -> Result<(), Problem> {
        if let (false, Some((limiters, name))) = (opened_before, self.limiters) {
            limiters.addresses.look(name).map_err(|wait| limiters.too_many_of_address(wait))?;
        }
        self.spent.set(true);
        Ok(())
    }

    /// The operation yielded a token, or was never done: the address pays nothing for it.
    pub(super) fn regain(&self) {
        self.spent.set(false);
    }

    /// Lets the address pay if nobody was let in, and answers 429 if it cannot. Failures of ours cost nothing; but a token of
    /// an issuer whose keys are not known did cost an operation, and anyone can make one.
    pub(super) fn end(self, let_in: Result<Arc<Verified>, Problem>) -> Result<Arc<Verified>, Problem> {
        match let_in {
            Err(problem) if !self.spent.get() && problem.code() != Code::Unavailable => {
                self.charge()?;
                Err(problem)
            }
            known => known,
        }
    }

    /// Lets the address pay for a request that needs no token.
    pub(super) fn charge_document(&self) -> Result<(), Problem> {
        let Some((limiters, name)) = self.limiters else { return Ok(()) };
        limiters.documents.take(name).map_err(|wait| limiters.too_many_of_address(wait))
    }

    fn charge(&self) -> Result<(), Problem> {
        let Some((limiters, name)) = self.limiters else { return Ok(()) };
        limiters.addresses.take(name).map_err(|wait| limiters.too_many_of_address(wait))
    }
}

impl Drop for Visit<'_> {
    // Several can be in the middle of an operation when their address runs out. It owes for those, so that in the long run
    // there are no more operations in vain than the rate allows, however many come at once.
    fn drop(&mut self) {
        if let (true, Some((limiters, name))) = (self.spent.get(), self.limiters) {
            limiters.addresses.owe(name);
        }
    }
}

impl Limiters {
    fn too_many_of_client(&self, wait: Duration) -> Problem {
        let (rate, burst) = (self.settings.client_rps, self.settings.client_burst);
        let message = format!(
            "This client sends more requests for this person than {rate} a second, {burst} of them at once. Wait as long as \
             Retry-After says, then send fewer."
        );
        too_many(message, wait).cause("rate_client")
    }

    fn too_many_of_address(&self, wait: Duration) -> Problem {
        let (rate, burst) = (self.settings.anonymous_rps, self.settings.anonymous_burst);
        let message = format!(
            "From this address come more requests without a valid access token than {rate} a second, {burst} of them at once. \
             Wait as long as Retry-After says; requests with a valid token that was used here before are not held back."
        );
        too_many(message, wait).cause("rate_address")
    }
}

// RFC 9110 §10.2.3: whole seconds; never 0, which would invite the next try at once.
fn too_many(message: String, wait: Duration) -> Problem {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Problem::new(Code::TooManyRequests, message).retry_after(seconds.max(1))
}
