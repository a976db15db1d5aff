//! The address of a session: sealed, it stands for the grant that made it, as long as the session can be there. What is done by it counts
//! as its client's; revoking that ends it. An `Authorization` header beside it is not looked at.

use actix_web::HttpRequest;
use actix_web::web::Data;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{AFTERLIFE_S, LIFE_S, ONE};
use crate::access::{Gate, Grant, Scope, Write};
use crate::problem::{Code, Problem};
use crate::resources::collection::Collections;
use crate::resources::photos::Photos;
use crate::store::Uid;
use crate::token::Lent;

const PURPOSE: &str = "upload";

#[derive(Serialize, Deserialize)]
struct Sealed {
    lent: Lent,
    session: String,
}

/// That of a session which is made `now`.
pub(super) fn of(
    collections: &Collections,
    grant: &Grant<Photos, Write>,
    session: Uid,
    now: DateTime<Utc>,
) -> Result<String, Problem> {
    let until = now + TimeDelta::seconds(LIFE_S + AFTERLIFE_S);
    let lent = grant.lend_with(&[Scope::PhotosLocationRead], until);
    let lent = lent.ok_or_else(|| Problem::internal("the operator has no addresses"))?;
    let sealed = Sealed { lent, session: session.to_string() };
    let plain = serde_json::to_vec(&sealed).map_err(|fault| Problem::internal(fault.to_string()))?;
    Ok(collections.address(&ONE.replace("{sealed}", &collections.seal(PURPOSE, &plain)?)))
}

/// The grant and the session of the address by which `request` comes.
pub(super) fn opened(
    collections: &Collections,
    gate: &Data<Gate>,
    request: &HttpRequest,
) -> Result<(Grant<Photos, Write>, Uid), Problem> {
    let word = request.match_info().get("sealed").unwrap_or_default();
    let plain = collections.open(PURPOSE, word);
    let sealed = plain.and_then(|plain| serde_json::from_slice::<Sealed>(&plain).ok());
    let Some((lent, session)) = sealed.and_then(|sealed| Some((sealed.lent, Uid::parse(&sealed.session)?))) else {
        gate.charge_anonymous(request)?;
        let message = "There is nothing at this address: it is no address that was given out here.";
        return Err(Problem::new(Code::NotFound, message));
    };
    Ok((Grant::lent(gate, request, &lent)?, session))
}
