//! What the renditions of a photo cost beside `vips thumbnail`, on one core: a JPEG of 24 megapixels, baseline and progressive, to all
//! four sizes; and what pictures of 24 and 96 megapixels take of memory, beside what libraries take that decode JPEG. Linux.
//!
//! `cargo bench --bench thumbnails`; `vips` is found on the PATH, or is what `BENCH_VIPS` names (Debian: libvips-tools). It also
//! writes the pictures, below `TMPDIR` (700 MB). `BENCH_ROUNDS` (7) is how often each is made; they take turns. Measured is the
//! processor time of this process and of those that it started, which neighbours change less than the clock on the wall.

mod one;
mod scene;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::thread::{CpuSet, sched_setaffinity};
use sharehold::picture::Rendition;

type Fault = Box<dyn Error>;

// The server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SIZES: [Rendition; 4] = [Rendition::Small, Rendition::Medium, Rendition::Large, Rendition::Full];
/// Says that one is to be made, by which way; the file is the last argument.
const ONE: &str = "BENCH_ONE";

fn main() -> Result<(), Fault> {
    // All that follows, and what it starts, on the first core.
    let mut first = CpuSet::new();
    first.set(0);
    sched_setaffinity(None, &first)?;
    if let (Ok(way), Some(file)) = (std::env::var(ONE), std::env::args().next_back()) {
        return one::make(&way, file.as_ref());
    }
    let rounds: u32 = std::env::var("BENCH_ROUNDS").map_or(Ok(7), |number| number.parse())?;
    let vips = Vips(std::env::var("BENCH_VIPS").unwrap_or("vips".into()).into());
    vips.run(&["--version".into()])
        .map_err(|fault| format!("{fault}: apt-get install libvips-tools, or set BENCH_VIPS"))?;
    let folder = tempfile::tempdir()?;
    make(&vips, folder.path())?;
    beside_vips(rounds, &vips, folder.path())?;
    println!("\n{:<22} {:>12} {:<14} {:>10} {:>12}", "all four sizes", "bytes", "by", "ms", "peak MiB");
    for name in PICTURES {
        let file = folder.path().join(name);
        for way in one::WAYS.iter().take(if name.ends_with("png") { 1 } else { 3 }) {
            // A process each: its peak is that picture's.
            let done = Command::new(std::env::current_exe()?).env(ONE, way).arg(&file).output()?;
            let outcome = String::from_utf8_lossy(if done.status.success() { &done.stdout } else { &done.stderr });
            println!("{name:<22} {:>12} {way:<14} {}", file.metadata()?.len(), outcome.trim_end());
        }
    }
    Ok(())
}

fn beside_vips(rounds: u32, vips: &Vips, folder: &Path) -> Result<(), Fault> {
    println!(
        "{:<22} {:>12} {:>12} {:>8} {:>12} {:>8}",
        "ms of one core", "ours", "vips, each", "rate", "vips, once", "rate"
    );
    for name in ["24.jpg", "24-progressive.jpg"] {
        let file = folder.join(name);
        let mut sums = [0.0; 3];
        for _ in 0..rounds {
            let ways: [&dyn Fn() -> Result<(), Fault>; 3] =
                [&|| one::ours(std::fs::read(&file)?), &|| vips.each(&file, folder), &|| vips.once(&file, folder)];
            for (sum, way) in sums.iter_mut().zip(ways) {
                *sum += timed(way)?;
            }
        }
        let [ours, each, once] = sums.map(|sum| sum / f64::from(rounds));
        let (to_each, to_once) = (each / ours, once / ours);
        println!("{name:<22} {ours:>12.0} {each:>12.0} {to_each:>7.2}x {once:>12.0} {to_once:>7.2}x");
    }
    Ok(())
}

const PICTURES: [&str; 6] =
    ["24.jpg", "24-progressive.jpg", "96.jpg", "96-progressive.jpg", "96-whole-colours.jpg", "96.png"];

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
        ("replicate", "96-whole-colours.jpg", "[Q=90,subsample_mode=off,interlace]"),
        ("zoom", "96.png", "[compression=6,filter=all]"),
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
    let before = one::cpu_ms()?;
    work()?;
    Ok(one::cpu_ms()? - before)
}
