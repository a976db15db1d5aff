//! Keeps the revocations as fresh as a server does, while a request is answered that takes a busy machine long: after ten seconds
//! without a look at the database nobody is let in, and no write begins (503).

use std::future::Future;
use std::time::Duration;

use sharehold::access::Revocations;

/// Does the work; whether they are kept is the caller's to say.
pub async fn during<T>(revocations: &Revocations, is_kept: bool, work: impl Future<Output = T>) -> T {
    let keep = async {
        loop {
            if is_kept {
                revocations.refreshed();
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        biased;
        () = keep => unreachable!("it has no end"),
        done = work => done,
    }
}
