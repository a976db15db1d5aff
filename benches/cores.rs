//! Which core a process runs on, and what it takes of it. Imports nothing.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Whatever went wrong; a bench ends with it.
pub(crate) type Fault = Box<dyn std::error::Error>;

/// Where a process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Core {
    /// The first core that this process may use.
    First,
    /// The last.
    Last,
}

/// Keeps this thread, and what it starts from now on, on one core.
pub(crate) fn pin(core: Core) -> Result<(), Fault> {
    let allowed = sched_getaffinity(None)?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|at| allowed.is_set(*at));
    let chosen = match core {
        Core::First => cores.next(),
        // Of a single core there is no last one that is not the first.
        Core::Last => cores.skip(1).last(),
    };
    let chosen = chosen.ok_or("this bench needs two cores: one for the server, one for the load")?;
    let mut only = CpuSet::new();
    only.set(chosen);
    sched_setaffinity(None, &only)?;
    Ok(())
}

/// Does `work`, which starts processes, on that core; the thread that asks stays where it is.
pub(crate) fn on<T: Send>(core: Core, work: impl FnOnce() -> Result<T, Fault> + Send) -> Result<T, Fault> {
    // A process starts where the thread is that starts it.
    let done = std::thread::scope(|scope| {
        let work = || pin(core).and_then(|()| work()).map_err(|fault| fault.to_string());
        scope.spawn(work).join()
    });
    Ok(done.map_err(|_| "a thread that started a process panicked")??)
}

/// The CPU time that a process has used so far, user and system, all threads, microseconds (`proc_pid_stat(5)`, in hundredths of a
/// second).
pub(crate) fn cpu_us(process: u32) -> Result<f64, Fault> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let after = stat.rsplit_once(") ").ok_or("no name in stat")?.1;
    let ticks = after.split(' ').skip(11).take(2).map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks * 1e4)
}
