//! Threads for work that blocks or computes for long, as many as it may take at once. A leaf: imports nothing of ours.

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// Threads that may hang without taking those that serve requests, or the process's end, with them.
#[derive(Debug)]
pub struct Threads {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Threads {
    /// At most so many, made when they are needed.
    pub fn new(most: usize, name: &str) -> std::io::Result<Self> {
        let runtime = Builder::new_current_thread().max_blocking_threads(most.max(1)).thread_name(name).build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Does `work` on the next one that is free.
    pub fn spawn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        self.handle.spawn_blocking(work)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
