//! Pictures that come in parts (Graph's upload sessions): a session is made, its address takes the parts one after the other, and with the
//! last one the photo is there. `range` is which part it is, `model` what is asked for and answered, `queries` the database, `handlers` and
//! `put` the operations, `audit` what `verify` looks at.
//!
//! Each part but the last is a content and a row, so any process can take the next, and a kill loses nothing that was acknowledged.
//! The last one is acknowledged when the photo's row is there, and before that it is not there: whoever asks sends it again.
//!
//! The address needs no token: it stands for one (`address`), so that clients may send `Authorization` or not.

mod address;
pub mod audit;
pub mod handlers;
pub mod model;
pub mod put;
pub mod queries;
pub mod range;

use actix_web::http::Method;

use crate::access::Kind as _;
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::photos::{Photos, schema};

/// Makes one.
const MAKE: &str = "/v1.0/me/photos/createUploadSession";
/// Its address.
const ONE: &str = "/v1.0/uploads/{sealed}";

/// How long a session may take, seconds.
const LIFE_S: i64 = 24 * 60 * 60;
/// How long it answers for a picture that is whole, seconds: some clients send the last part again.
const AFTERLIFE_S: i64 = 60 * 60;
/// The largest part, bytes.
const CHUNK_BYTES: u64 = 60 << 20;
/// The most parts: a client that sends so small ones is broken.
const CHUNKS: i64 = 256;
/// The most sessions of a person that are not whole.
const OPEN: i64 = 32;

const PART: &[(&str, &str)] = &[(
    "Content-Range",
    "`bytes FIRST-LAST/SIZE`: which part it is of how many bytes; parts come in order, of any size below 60 MiB",
)];

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::guarded(Method::POST, MAKE, "createPhotoUploadSession", handlers::create)
            .summary("Begins a picture that comes in parts; its `uploadUrl` takes them, and needs no token")
            .body(Content::Json(model::request))
            .answers(200, "The session", Content::Json(model::session))
            .problems(&[406, 408, 413, 415, 507]),
        of_one(Endpoint::sealed(Method::GET, ONE, "getPhotoUploadSession", handlers::get))
            .summary("What of the picture is awaited")
            .answers(200, "The session", Content::Json(model::session))
            .problems(&[404, 410]),
        of_one(Endpoint::sealed(Method::PUT, ONE, "uploadPhotoPart", put::put))
            .summary("Takes the next part; after the last one, any, and the photo is told again")
            .headers(PART)
            .body(Content::Media(&["application/octet-stream", "image/*"]))
            .answers(200, "The photo, which was there already", Content::Json(schema::photo))
            .answers(
                201,
                "The photo, and its address in `Location`: this was the last part",
                Content::Json(schema::photo),
            )
            .answers(202, "Taken; the next part is awaited", Content::Json(model::session))
            .problems(&[404, 408, 410, 413, 415, 416, 422, 507]),
        of_one(Endpoint::sealed(Method::DELETE, ONE, "cancelPhotoUploadSession", handlers::cancel))
            .summary("Ends the session; the parts that came go")
            .answers(204, "Ended", Content::Empty)
            .problems(&[404, 410, 507]),
    ]
}

fn of_one(endpoint: Endpoint) -> Endpoint {
    endpoint.about(Photos::NAME)
}
