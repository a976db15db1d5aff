//! What the renditions of a photo cost beside `vips thumbnail`, on one core: a JPEG of 24 megapixels, baseline and progressive, to all
//! four sizes; and the most memory that pictures of 24 and 96 megapixels take. Linux.
//!
//! `cargo bench --bench thumbnails`; `vips` is found on the PATH, or is what `BENCH_VIPS` names (Debian: libvips-tools). It also
//! writes the pictures, below `TMPDIR` (600 MB). `BENCH_ROUNDS` (7) is how often each is made; they take turns. Measured is the
//! processor time of this process and of those that it started, which neighbours change less than the clock on the wall.

mod scene;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::thread::{CpuSet, sched_setaffinity};
use sharehold::config::Limits;
use sharehold::picture::{Pictures, Rendered, Rendition};

type Fault = Box<dyn Error>;

const SIZES: [Rendition; 4] = [Rendition::Small, Rendition::Medium, Rendition::Large, Rendition::Full];

fn main() -> Result<(), Fault> {
    let rounds: u32 = std::env::var("BENCH_ROUNDS").map_or(Ok(7), |number| number.parse())?;
    let vips = Vips(std::env::var("BENCH_VIPS").unwrap_or("vips".into()).into());
    vips.run(&["--version".into()])
        .map_err(|fault| format!("{fault}: apt-get install libvips-tools, or set BENCH_VIPS"))?;
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    make(&vips, folder.path())?;
    // All that follows, and what it starts, on the first core.
    let mut first = CpuSet::new();
    first.set(0);
    sched_setaffinity(None, &first)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let pictures = Pictures::new(&Limits::default());
    let ours = |file: &Path| -> Result<Vec<Rendered>, Fault> {
        Ok(runtime.block_on(pictures.renditions(pictures.place("ann")?, std::fs::read(file)?, &SIZES))?)
    };
    println!(
        "{:<22} {:>12} {:>12} {:>8} {:>12} {:>8}",
        "ms of one core", "ours", "vips, each", "rate", "vips, once", "rate"
    );
    for name in ["24.jpg", "24-progressive.jpg"] {
        let file = at(name);
        let mut sums = [0.0; 3];
        for _ in 0..rounds {
            let ways: [&dyn Fn() -> Result<(), Fault>; 3] =
                [&|| ours(&file).map(drop), &|| vips.each(&file, folder.path()), &|| vips.once(&file, folder.path())];
            for (sum, way) in sums.iter_mut().zip(ways) {
                *sum += timed(way)?;
            }
        }
        let [ours, each, once] = sums.map(|sum| sum / f64::from(rounds));
        let (to_each, to_once) = (each / ours, once / ours);
        println!("{name:<22} {ours:>12.0} {each:>12.0} {to_each:>7.2}x {once:>12.0} {to_once:>7.2}x");
    }
    println!("\n{:<22} {:>12} {:>12}", "all four sizes", "bytes", "peak MiB");
    for name in ["24.jpg", "24-progressive.jpg", "96.jpg", "96-progressive.jpg", "96.png"] {
        let file = at(name);
        // Peaks are counted anew (proc_pid_clear_refs(5)).
        std::fs::write("/proc/self/clear_refs", "5")?;
        let made = ours(&file);
        let outcome = made.map_or_else(|fault| fault.to_string(), |_| String::new());
        println!("{name:<22} {:>12} {:>12} {outcome}", file.metadata()?.len(), peak_mib()?);
    }
    Ok(())
}

/// The pictures: 24 megapixels, and that four times.
fn make(vips: &Vips, folder: &Path) -> Result<(), Fault> {
    let at = |name: &str| folder.join(name);
    scene::write(&at("scene.ppm"), 6000, 4000)?;
    let jpeg = "[Q=90,subsample_mode=on]";
    let progressive = "[Q=90,subsample_mode=on,interlace]";
    for (name, with) in [("24.jpg", jpeg), ("24-progressive.jpg", progressive)] {
        vips.run(&["copy".into(), text(&at("scene.ppm")), text(&at(name)) + with])?;
    }
    for (way, name, with) in [
        ("replicate", "96.jpg", jpeg),
        ("replicate", "96-progressive.jpg", progressive),
        ("zoom", "96.png", "[compression=6]"),
    ] {
        vips.run(&[way.into(), text(&at("scene.ppm")), text(&at(name)) + with, "2".into(), "2".into()])?;
    }
    Ok(())
}

struct Vips(PathBuf);

impl Vips {
    fn run(&self, arguments: &[String]) -> Result<(), Fault> {
        let done = Command::new(&self.0).args(arguments).env("VIPS_CONCURRENCY", "1").output()?;
        if done.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&done.stderr).into_owned().into())
    }

    fn thumbnail(&self, from: &Path, folder: &Path, which: Rendition) -> Result<PathBuf, Fault> {
        let to = folder.join(format!("{}.jpg", which.name()));
        let side = which.side().to_string();
        self.run(&["thumbnail".into(), text(from), text(&to) + "[Q=85,strip]", side, "--size".into(), "down".into()])?;
        Ok(to)
    }

    /// Each size from the picture.
    fn each(&self, from: &Path, folder: &Path) -> Result<(), Fault> {
        SIZES.iter().try_for_each(|which| self.thumbnail(from, folder, *which).map(drop))
    }

    /// The largest from the picture, the others from that.
    fn once(&self, from: &Path, folder: &Path) -> Result<(), Fault> {
        let full = self.thumbnail(from, folder, Rendition::Full)?;
        SIZES.iter().take(3).try_for_each(|which| self.thumbnail(&full, folder, *which).map(drop))
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn timed(work: &dyn Fn() -> Result<(), Fault>) -> Result<f64, Fault> {
    let before = cpu_ms()?;
    work()?;
    Ok(cpu_ms()? - before)
}

/// The processor time of this process and of those that it waited for (`proc_pid_stat(5)`, fields 14 to 17, in hundredths of a second).
fn cpu_ms() -> Result<f64, Fault> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, behind) = stat.rsplit_once(')').ok_or("no name")?;
    let ticks = behind.split_whitespace().skip(11).take(4).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(f64::from(ticks) * 10.0)
}

/// The most memory that this process has had, by the kernel's count.
fn peak_mib() -> Result<u64, Fault> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024)
}
