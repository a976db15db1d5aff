//! How often something may happen for each of many keys: GCRA by `governor`, over a bounded number of keys.
//! A leaf: imports nothing of ours.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};
use quick_cache::sync::Cache;

/// Keys that are remembered, some 60 bytes each. Beyond it the least used one is forgotten, and begins anew with a full burst
/// when it comes back: whoever has more addresses than this is not held back by forgetting them.
const KEYS: usize = 100_000;

/// Says for each key whether it may once more. The key is a keyed hash, so that nobody can choose one that meets another's.
pub(super) struct Limiter<C: Clock = MonotonicClock>(RateLimiter<Ask, Cells, C, NoOpMiddleware<C::Instant>>);

impl Limiter {
    /// So many a second, so many of them at once.
    pub(super) fn new(per_second: u64, burst: u64) -> Self {
        Self::with_clock(per_second, burst, KEYS, MonotonicClock)
    }
}

impl<C: Clock> Limiter<C> {
    fn with_clock(per_second: u64, burst: u64, keys: usize, clock: C) -> Self {
        let number = |value: u64| u32::try_from(value).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX);
        let quota = Quota::per_second(number(per_second)).allow_burst(number(burst));
        let cells = Cells { cells: Cache::new(keys), interval: quota.replenish_interval().into() };
        Self(RateLimiter::new(quota, cells, clock))
    }

    /// Takes one; or says how long until there is one, and takes none.
    pub(super) fn take(&self, key: u64) -> Result<(), Duration> {
        self.ask(key, How::Take)
    }

    /// Says what [`Limiter::take`] would, and takes none.
    pub(super) fn look(&self, key: u64) -> Result<(), Duration> {
        self.ask(key, How::Look)
    }

    /// Takes one even if there is none: what cannot be refused any more is paid for later.
    pub(super) fn owe(&self, key: u64) {
        let _ = self.ask(key, How::Owe);
    }

    fn ask(&self, key: u64, how: How) -> Result<(), Duration> {
        self.0.check_key(&Ask { key, how }).map_err(|until| until.wait_time_from(self.0.clock().now()))
    }
}

/// The question as the store of the cells hears it: `governor` itself knows only taking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Ask {
    key: u64,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum How {
    Take,
    Look,
    Owe,
}

/// Where each key stands: the time at which its burst is whole again.
struct Cells {
    cells: Cache<u64, Arc<InMemoryState>>,
    /// What one costs.
    interval: Nanos,
}

impl StateStore for Cells {
    type Key = Ask;

    fn measure_and_replace<T, F, E>(&self, ask: &Ask, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        if let (How::Look, None) = (ask.how, self.cells.get(&ask.key)) {
            return decide(None).map(|(answer, _)| answer);
        }
        let cell = self.cells.get_or_insert_with(&ask.key, || Ok::<_, E>(Arc::default()))?;
        match ask.how {
            How::Take => cell.measure_and_replace(&NotKeyed::NonKey, decide),
            How::Look => cell.measure_and_replace(&NotKeyed::NonKey, |at| {
                decide(at).map(|(answer, _)| (answer, at.unwrap_or_default()))
            }),
            How::Owe => cell
                .measure_and_replace(&NotKeyed::NonKey, |at| {
                    Ok(match decide(at) {
                        Ok((answer, next)) => (Ok(answer), next),
                        Err(refused) => (Err(refused), at.unwrap_or_default() + self.interval),
                    })
                })
                .flatten(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::{KEYS, Limiter};

    const ANN: u64 = 1;

    fn limiter() -> (Limiter<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        // The cells count from the clock's beginning, where "never asked" would look like "asked just then".
        clock.advance(Duration::from_secs(1));
        (Limiter::with_clock(10, 3, KEYS, clock.clone()), clock)
    }

    fn taken(limiter: &Limiter<FakeRelativeClock>, key: u64) -> usize {
        std::iter::repeat_with(|| limiter.take(key)).take_while(Result::is_ok).count()
    }

    #[test]
    fn a_burst_then_the_rate() {
        let (limiter, clock) = limiter();
        assert_eq!(taken(&limiter, ANN), 3);
        assert_eq!(limiter.take(ANN), Err(Duration::from_millis(100)));
        assert_eq!(taken(&limiter, 2), 3, "another key has its own");
        clock.advance(Duration::from_millis(99));
        assert_eq!(limiter.take(ANN), Err(Duration::from_millis(1)), "and refusals cost nothing");
        clock.advance(Duration::from_millis(1));
        assert_eq!(taken(&limiter, ANN), 1);
        clock.advance(Duration::from_hours(1));
        assert_eq!(taken(&limiter, ANN), 3, "never more than the burst");
    }

    #[test]
    fn looking_takes_nothing_and_sees_what_taking_would() {
        let (limiter, clock) = limiter();
        for _ in 0..100 {
            assert_eq!(limiter.look(ANN), Ok(()));
        }
        assert_eq!(taken(&limiter, ANN), 3);
        assert_eq!(limiter.look(ANN), Err(Duration::from_millis(100)));
        clock.advance(Duration::from_millis(100));
        assert_eq!(limiter.look(ANN), Ok(()));
        assert_eq!(taken(&limiter, ANN), 1);
    }

    #[test]
    fn what_is_owed_is_paid_later() {
        let (limiter, clock) = limiter();
        for _ in 0..5 {
            limiter.owe(ANN);
        }
        // Three were there, two are owed: the third from now is the first again.
        assert_eq!(limiter.look(ANN), Err(Duration::from_millis(300)));
        clock.advance(Duration::from_millis(300));
        assert_eq!(taken(&limiter, ANN), 1);
    }

    #[test]
    fn keys_beyond_the_bound_are_forgotten_least_used_first() {
        let clock = FakeRelativeClock::default();
        clock.advance(Duration::from_secs(1));
        let limiter = Limiter::with_clock(1, 3, 1000, clock);
        assert_eq!(taken(&limiter, ANN), 3);
        for key in 2..100_000 {
            assert!(limiter.take(key).is_ok());
            assert!(key % 100 != 0 || limiter.take(ANN).is_err(), "who keeps asking is not forgotten ({key})");
        }
        assert!(limiter.0.into_state_store().cells.len() <= 1000);
    }
}
