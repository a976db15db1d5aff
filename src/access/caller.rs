//! `Caller`: the proof that this request came with a valid token, whatever its scopes. It opens nobody's data: that takes a
//! [`Grant`](crate::access::Grant). May import `token`, `problem`.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::access::gate;
use crate::problem::Problem;

/// Someone with a valid token.
#[derive(Debug)]
pub struct Caller(());

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let admitted = gate::admitted(request, payload);
        Box::pin(async move { admitted.await.map(|_| Self(())) })
    }
}
