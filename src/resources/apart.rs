//! Work on a record (a card, an event), off the thread that serves: reading, merging and projecting a large one takes many milliseconds, in which
//! nobody else of that thread would be answered. A small one costs less than the way to another thread.

use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;

use crate::problem::Problem;

/// Records of so many bytes are worked on where they are.
const SMALL: usize = 16 * 1024;

/// Does `work` on so many bytes: here if they are few, and on a thread that may block if they are not.
pub async fn apart<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    if bytes <= SMALL {
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await.map_err(|fault| Problem::internal(fault.to_string()))
}

/// How many bytes the body has; one that does not say so may have many.
pub fn announced(request: &HttpRequest) -> usize {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    length.unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::thread::current;

    use super::{SMALL, apart};

    #[actix_web::test]
    async fn large_work_is_done_elsewhere() {
        let here = current().id();
        let place = async |bytes| apart(bytes, || current().id()).await.ok();
        assert_eq!(place(SMALL).await, Some(here));
        assert!(place(SMALL + 1).await.is_some_and(|there| there != here));
    }
}
