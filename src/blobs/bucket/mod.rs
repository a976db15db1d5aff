//! A bucket that speaks S3, by `object_store`: opened with what the settings name, marked, listed. Imports `fault`, `key`, `marker`,
//! `place`.

mod http;
mod lease;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Location;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ObjectStore, ObjectStoreExt as _, PutMode, RetryConfig};
use url::Url;
use uuid::Uuid;

use super::fault::{BlobFault, StartFault};
use super::key::{self, Key};
use super::marker::Marker;
use super::place::{Limits, MARKER};
use super::{PART, SHARDS, config, location};

pub(super) use lease::Lease;

/// Where Amazon's own buckets are if nothing is said, and what other stores take for any.
const REGION: &str = "us-east-1";
/// How long a request that failed is tried again; what is tried then is waited for as well.
const TRIED_FOR: Duration = Duration::from_secs(3);
const TRIES_MORE: usize = 2;

/// A bucket, or what in it begins with a prefix. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::blobs) struct Bucket {
    store: Arc<dyn ObjectStore>,
    url: Arc<str>,
}

impl Bucket {
    /// The one that the settings name.
    pub(super) fn named_by(settings: &config::Blobs) -> Result<Self, StartFault> {
        let refused = |why: &dyn fmt::Display| StartFault::Refused(format!("{}: {why}", settings.url));
        let url = Url::parse(&settings.url).map_err(|fault| refused(&fault))?;
        let credentials = settings.credentials.as_ref().ok_or_else(|| refused(&config::NO_CREDENTIALS))?;
        let config::S3 { endpoint, region } = settings.s3.clone().unwrap_or_default();
        let mut builder = AmazonS3Builder::new()
            .with_http_connector(http::Connector)
            .with_retry(retry())
            .with_bucket_name(url.host_str().unwrap_or_default())
            .with_region(region.as_deref().unwrap_or(REGION))
            .with_access_key_id(credentials.id.as_str())
            .with_secret_access_key(credentials.secret.expose().as_str());
        if let Some(token) = &credentials.session {
            builder = builder.with_token(token.expose().as_str());
        }
        if let Some(endpoint) = endpoint {
            // `check` warns of plain http.
            builder =
                builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint.trim_end_matches('/'));
        }
        let store = builder.build().map_err(|fault| refused(&fault))?;
        let prefix = Location::parse(url.path().trim_matches('/')).map_err(|fault| refused(&fault))?;
        Ok(Self { store: Arc::new(PrefixStore::new(store, prefix)), url: settings.url.trim_end_matches('/').into() })
    }

    pub(super) fn store(&self) -> Arc<dyn ObjectStore> {
        self.store.clone()
    }

    pub(super) async fn owner(&self) -> io::Result<Option<Uuid>> {
        match self.read(MARKER).await.map_err(told)? {
            Some(text) => Marker::parse(&text).map(Some),
            None => Ok(None),
        }
    }

    /// By a conditional put: of those that come together one is first.
    pub(super) async fn mark(&self, database: Uuid) -> io::Result<bool> {
        self.create(MARKER, Marker::text(database)?).await.map_err(told)
    }

    pub(super) async fn all(&self) -> io::Result<Vec<Key>> {
        let listed = self.store.list(None).map_ok(|object| object.location);
        let keys = listed.try_filter_map(|location| async move { Ok(location.filename().and_then(Key::parse)) });
        keys.try_collect().await.map_err(told)
    }

    pub(super) async fn old(&self, shard: u16, limits: Limits) -> Result<Vec<Key>, BlobFault> {
        debug_assert!(shard < SHARDS);
        let mut listed = self.store.list(Some(&Location::from(key::shard_name(shard))));
        let mut keys = Vec::new();
        while let Some(object) = listed.next().await.transpose()? {
            let key = object.location.filename().and_then(Key::parse);
            let old = |key: &Key| limits.passed(*key, || Ok(object.last_modified)).unwrap_or(false);
            keys.extend(key.filter(old));
        }
        Ok(keys)
    }

    pub(super) async fn is_empty(&self) -> io::Result<bool> {
        self.store.list(None).next().await.transpose().map(|first| first.is_none()).map_err(told)
    }

    pub(super) async fn read_blob(&self, key: Key) -> io::Result<Vec<u8>> {
        let found = async {
            let at = location(key);
            let (size, mut bytes) = (self.store.head(&at).await?.size, Vec::new());
            while (bytes.len() as u64) < size {
                let from = bytes.len() as u64;
                bytes.extend(self.store.get_range(&at, from..size.min(from + PART)).await?);
            }
            Ok(bytes)
        };
        found.await.map_err(|fault: object_store::Error| match fault.into() {
            BlobFault::Absent => io::ErrorKind::NotFound.into(),
            fault => told(fault),
        })
    }

    pub(super) async fn write_blob(&self, key: Key, bytes: &[u8]) -> io::Result<()> {
        let put = self.store.put(&location(key), bytes.to_vec().into()).await;
        put.map(drop).map_err(told)
    }

    /// Takes everything away.
    pub(super) async fn clear(&self) -> io::Result<()> {
        let all = self.store.list(None).map_ok(|object| object.location).boxed();
        self.store.delete_stream(all).try_for_each(|_| async { Ok(()) }).await.map_err(told)
    }

    async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, BlobFault> {
        match self.store.get(&Location::from(name)).await {
            Ok(found) => Ok(Some(found.bytes().await?.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Whether it was not there before.
    async fn create(&self, name: &str, bytes: Vec<u8>) -> Result<bool, BlobFault> {
        match self.store.put_opts(&Location::from(name), bytes.into(), PutMode::Create.into()).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            // There is no such bucket.
            Err(fault @ object_store::Error::NotFound { .. }) => Err(BlobFault::Closed(fault.to_string())),
            Err(fault) => Err(fault.into()),
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

/// Whoever asks is told within seconds that the bucket is away, and comes again.
fn retry() -> RetryConfig {
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(1),
        ..BackoffConfig::default()
    };
    RetryConfig { backoff, max_retries: TRIES_MORE, retry_timeout: TRIED_FOR }
}

fn told(fault: impl Into<BlobFault>) -> io::Error {
    match fault.into() {
        BlobFault::Closed(detail) => io::Error::new(io::ErrorKind::HostUnreachable, detail),
        fault => io::Error::other(fault.detail()),
    }
}

/// Waits for what a request would await: at the start and in an operator's command, with or without a runtime around it.
pub(super) fn wait<T: Send>(what: impl Future<Output = io::Result<T>> + Send) -> io::Result<T> {
    let run = || tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(what);
    std::thread::scope(|scope| scope.spawn(run).join())
        .unwrap_or_else(|_| Err(io::Error::other("what asked the bucket panicked")))
}
