//! What is gathered of the tokens that come: up to a bound, and told no more often than there is something to tell.

use std::sync::Arc;

use sharehold::access::{Operation, Seen, Sighting, Uses};
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

#[actix_web::test]
async fn a_token_that_comes_all_the_time_is_told_once_a_minute() {
    let seen = Seen::default();
    let token = opener().open(&Draft::good().mint()).await.unwrap();
    let told = |second: i64, admitted: bool| {
        seen.note(&token, at(NOW + second), admitted);
        seen.take(at(NOW + second)).into_iter().map(|one| (one.first, one.last, one.admitted)).collect::<Vec<_>>()
    };
    assert_eq!(told(0, false), [(at(NOW), at(NOW), false)]);
    assert_eq!(told(1, false), []);
    // That it was let in is news.
    assert_eq!(told(2, true), [(at(NOW), at(NOW + 2), true)]);
    assert_eq!([told(3, true), told(61, false)], [[], []]);
    let due = told(62, true);
    assert_eq!(due, [(at(NOW), at(NOW + 62), true)]);
    // What could not be written is due, however soon.
    seen.note(&token, at(NOW + 63), true);
    seen.put_back(vec![Sighting { token: token.clone(), first: at(NOW), last: at(NOW + 62), admitted: true }]);
    assert_eq!(seen.take(at(NOW + 63)).len(), 1);
    // One that has gone is forgotten.
    assert_eq!((seen.take(at(NOW + 200)).len(), Arc::strong_count(&token)), (0, 1));
}
