//! What a fault means in this token under this configuration, how to mend it, and whose job that is.
//! One file a part of the token; each knows the ways in which real servers and clients go wrong there.

mod claims;
mod envelope;
mod shape;
mod signature;
mod times;

use super::report::Mend;
use super::view::View;
use crate::token::{Refusal, Step};

/// What is wrong, and the ways to mend it, the best first.
type Advice = (String, Vec<Mend>);

/// The advice about `refusal`, which was found at `step`.
pub(super) fn of(view: &View<'_>, step: Step, refusal: Refusal) -> Advice {
    match step {
        Step::Shape => shape::not_compact(view),
        Step::Encrypted => envelope::unencrypted(view),
        Step::OuterHeader => envelope::header(view, refusal),
        Step::OuterAlg => envelope::alg(view),
        Step::OuterEnc => envelope::enc(view),
        Step::OuterCty => envelope::cty(view),
        Step::OuterKid => envelope::kid(view),
        Step::Parts => shape::parts(view),
        Step::Decryption => envelope::undecryptable(view),
        Step::Nested => envelope::not_nested(),
        Step::InnerHeader | Step::Claims => signature::unreadable(view, refusal),
        Step::Issuer => signature::issuer(view),
        Step::Typ => signature::typ(view),
        Step::Signature => signature::signature(view, refusal),
        Step::Repeated => signature::repeated(view),
        Step::Bound => claims::bound(view),
        Step::AuthorizationDetails => claims::details(),
        Step::Audience => claims::audience(view),
        Step::Subject => claims::required(view, "sub"),
        Step::Client => claims::client(view),
        Step::TokenId => claims::required(view, "jti"),
        Step::Scopes => claims::scopes(view),
        Step::Times => times::times(view),
        Step::Lifetime => times::lifetime(view),
        Step::Now => times::now(view, refusal),
    }
}
