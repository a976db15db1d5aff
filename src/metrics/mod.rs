//! What the server counts and measures: the one recorder, and the handles that the layers keep. Every name is in [`catalogue`].
//! A leaf: imports nothing of ours.
//!
//! A layer asks a [`Family`] for its handles once and keeps them, so that counting is a few atomic operations and no look-up. The
//! recorder is no global of the `metrics` facade: what is not in the catalogue cannot be recorded.
//!
//! No label holds what a client can choose: operations, statuses, reasons and stages are our own words, issuers the operator's.

pub mod catalogue;

use std::marker::PhantomData;
use std::sync::LazyLock;
use std::time::Duration;

pub use ::metrics::{Counter, Gauge, Histogram};
use ::metrics::{Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

/// How often samples are taken over into the buckets of their histogram. Until then each takes 16 bytes: at 50,000 requests
/// a second this keeps them below 2 MB, whether anyone scrapes or not.
const UPKEEP: Duration = Duration::from_secs(1);

const METADATA: Metadata<'static> = Metadata::new("sharehold", Level::INFO, None);

/// One for the process, however many servers are in it.
static RECORDER: LazyLock<PrometheusRecorder> = LazyLock::new(|| {
    let recorder = recorder();
    let handle = recorder.handle();
    let upkeep = std::thread::Builder::new().name("metrics".into()).spawn(move || {
        loop {
            std::thread::sleep(UPKEEP);
            handle.run_upkeep();
        }
    });
    if let Err(error) = upkeep {
        log::error!("the metrics' thread cannot be started; scrape often, or memory grows: {error}");
    }
    recorder
});

static HANDLE: LazyLock<PrometheusHandle> = LazyLock::new(|| RECORDER.handle());

fn recorder() -> PrometheusRecorder {
    let buckets = catalogue::ALL.iter().filter(|entry| !entry.buckets.is_empty());
    let builder = buckets.into_iter().try_fold(PrometheusBuilder::new(), |builder, entry| {
        builder.set_buckets_for_metric(Matcher::Full(entry.name.into()), entry.buckets)
    });
    // It refuses empty lists alone.
    let recorder = builder.unwrap_or_default().build_recorder();
    for entry in catalogue::ALL {
        let (name, help) = (entry.name.into(), entry.help.into());
        match entry.kind {
            Kind::Counter => recorder.describe_counter(name, None, help),
            Kind::Gauge => recorder.describe_gauge(name, None, help),
            Kind::Histogram => recorder.describe_histogram(name, None, help),
        }
    }
    recorder
}

/// Everything, in Prometheus's text format 0.0.4.
pub fn text() -> String {
    HANDLE.render()
}

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
}

/// A handle of one of the three kinds.
pub trait Handle: Sized {
    /// Which.
    const KIND: Kind;
    /// The handle of this name and these labels; the same for all who ask.
    fn of(key: &Key) -> Self;
}

impl Handle for Counter {
    const KIND: Kind = Kind::Counter;
    fn of(key: &Key) -> Self {
        RECORDER.register_counter(key, &METADATA)
    }
}

impl Handle for Gauge {
    const KIND: Kind = Kind::Gauge;
    fn of(key: &Key) -> Self {
        RECORDER.register_gauge(key, &METADATA)
    }
}

impl Handle for Histogram {
    const KIND: Kind = Kind::Histogram;
    fn of(key: &Key) -> Self {
        RECORDER.register_histogram(key, &METADATA)
    }
}

/// A name of the catalogue with its `N` labels.
pub struct Family<H, const N: usize> {
    name: &'static str,
    labels: [&'static str; N],
    handle: PhantomData<fn() -> H>,
}

impl<H: Handle, const N: usize> Family<H, N> {
    const fn new(name: &'static str, labels: [&'static str; N]) -> Self {
        Self { name, labels, handle: PhantomData }
    }

    /// The handle for these values of its labels. To be kept: this looks it up.
    pub fn with(&self, values: [&str; N]) -> H {
        let labels = self.labels.into_iter().zip(values).map(|(name, value)| Label::new(name, value.to_owned()));
        H::of(&Key::from_parts(self.name, labels.collect::<Vec<_>>()))
    }
}

impl<H: Handle> Family<H, 0> {
    /// The one handle of a family without labels. To be kept: this looks it up.
    pub fn handle(&self) -> H {
        self.with([])
    }
}

/// One of those that a gauge counts, for as long as this lives.
#[derive(Debug)]
pub struct Inside(Gauge);

impl Inside {
    /// Enters.
    pub fn of(gauge: &Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge.clone())
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}
