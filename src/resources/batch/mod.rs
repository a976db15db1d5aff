//! `POST /v1.0/$batch`: up to twenty requests in one, each answered as if it were sent alone (api.md §4).
//! `model` reads what is asked and refuses what cannot be, `part` makes a request of each, `handlers` sends them in an order in
//! which each comes after those that it depends on, `answer` puts together what came of them, `schema` is what the document says.

pub mod answer;
pub mod handlers;
pub mod model;
pub mod part;
pub mod schema;

use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use actix_http::Request;
use actix_web::HttpResponse;
use actix_web::http::Method;
use futures_util::future::LocalBoxFuture;

use crate::access::Remote;
use crate::problem::Problem;
use crate::resources::endpoint::{Content, Endpoint};

/// Its path.
pub const PATH: &str = "/v1.0/$batch";

/// What answers the parts: the server, which knows all routes, and what is around every request.
#[derive(Clone)]
pub struct Parts {
    public_url: String,
    answer: Rc<dyn Fn(Request) -> LocalBoxFuture<'static, HttpResponse>>,
}

impl Parts {
    /// `answer` answers them, each as if it were sent alone; links with `public_url` are ours.
    pub fn new(
        public_url: String,
        answer: impl Fn(Request) -> LocalBoxFuture<'static, HttpResponse> + 'static,
    ) -> Self {
        Self { public_url, answer: Rc::new(answer) }
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// Marks a request as a part of a batch. No client can: it is no header.
#[derive(Debug)]
pub struct Part {
    /// Where the batch comes from.
    pub remote: Remote,
    /// When the batch must have been answered.
    pub until: Instant,
    /// Why the part is not to be done, if it is not: it is told so by who tells everyone.
    pub refused: Option<Problem>,
}

/// Its operation.
pub fn endpoints() -> Vec<Endpoint> {
    let batch = Endpoint::admitted(Method::POST, PATH, "batch", handlers::post)
        .summary("Up to 20 requests in one, each answered as if it were sent alone with this token")
        .body(Content::Json(schema::request))
        .answers(200, "An answer to each request, in their order", Content::Json(schema::response))
        .problems(&[406, 408, 413, 415]);
    vec![batch]
}
