//! What a request's head may be, checked before anything looks at it. The framework's own bounds are wider and fixed.

use actix_web::dev::ServiceRequest;

use crate::config::Limits;
use crate::problem::{Code, Problem};
use crate::server::connections::TooMany;

/// Refuses a head beyond the limits (414, 431), or a connection too many: from one address (429), or in all (503).
pub fn check(request: &ServiceRequest, limits: &Limits) -> Result<(), Problem> {
    match request.conn_data::<TooMany>() {
        Some(TooMany::OfAddress) => {
            let message = "Too many connections from this address. Close some, or use the ones that are open.";
            return Err(Problem::new(Code::TooManyRequests, message).retry_after(5).cause("connections_per_address"));
        }
        Some(TooMany::InAll) => {
            let message = "The server has as many connections as it takes. Try again.";
            return Err(Problem::new(Code::Unavailable, message).retry_after(1).cause("connections"));
        }
        None => {}
    }
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if beyond(target, limits.uri_bytes) {
        let message = format!("The URL is longer than {} bytes.", limits.uri_bytes);
        return Err(Problem::new(Code::UriTooLong, message));
    }
    if beyond(request.headers().len(), limits.headers) {
        let message = format!("There are more than {} header fields.", limits.headers);
        return Err(Problem::new(Code::HeadTooLarge, message));
    }
    // Method, target, version and their separators; then each field with ": " and its line end (RFC 9112 §2.1, §5).
    let line = request.method().as_str().len() + target + " HTTP/1.1\r\n ".len();
    let fields: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if beyond(line + fields, limits.head_bytes) {
        let message = format!("The head of the request is longer than {} bytes.", limits.head_bytes);
        return Err(Problem::new(Code::HeadTooLarge, message));
    }
    Ok(())
}

fn beyond(value: usize, limit: u64) -> bool {
    u64::try_from(value).is_ok_and(|value| value > limit)
}
