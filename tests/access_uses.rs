//! What is read is gathered up to a bound: then it is to be written down at once, and what finds no room is refused.

use std::sync::Arc;

use sharehold::access::{Operation, Uses};
use sharehold::clock::FixedClock;
use sharehold::token::Verified;

use crate::token_mint::{Draft, NOW, at};
use crate::token_server::opener;

/// As many as one token can do, by the hour.
const MOST: usize = 2048;

async fn hour(uses: &Uses, clock: &FixedClock, token: &Arc<Verified>, hour: usize) -> bool {
    clock.set(at(NOW + 3600 * i64::try_from(hour).unwrap()));
    uses.refused(token, "profile", Operation::Read).await.is_ok()
}

#[actix_web::test]
async fn what_is_gathered_is_bounded_and_nothing_of_it_is_lost() {
    let clock = FixedClock::at(at(NOW));
    let uses = Uses::new(clock.clone());
    let token = opener().open(&Draft::good().mint()).await.unwrap();
    for at in 0..MOST {
        assert!(hour(&uses, &clock, &token, at).await, "{at}");
    }
    // It is told to be written down; what is known finds room, and what is new does not.
    uses.filling().await;
    assert!(hour(&uses, &clock, &token, MOST - 1).await);
    assert!(!hour(&uses, &clock, &token, MOST).await);
    let taken = uses.take();
    assert_eq!((taken.len(), taken.iter().map(|one| one.refusals).sum::<u64>()), (MOST, MOST as u64 + 1));
    // What was not written comes back, whatever came meanwhile.
    for at in [0, MOST] {
        assert!(hour(&uses, &clock, &token, at).await);
    }
    uses.put_back(taken);
    assert!(!hour(&uses, &clock, &token, MOST + 1).await);
    let again = uses.take();
    assert_eq!((again.len(), again.iter().map(|one| one.refusals).sum::<u64>()), (MOST + 1, MOST as u64 + 3));
    assert!(uses.take().is_empty());
}
