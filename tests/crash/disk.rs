//! A disk whose power can be cut: ext4 on a loop device whose backing file lies on XFS. A reflink copy of that file is what the
//! platters hold at that instant; whatever was written and not synced is not in it. Needs root and xfsprogs.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::outcome::Outcome;

/// The disk. Unmounted when dropped.
pub(crate) struct Disk {
    folder: PathBuf,
    undo: Vec<Vec<String>>,
}

/// What the platters held at the cut, mounted. Unmounted when dropped.
pub(crate) struct Platters {
    image: PathBuf,
    /// Where it is mounted.
    pub(crate) folder: PathBuf,
}

impl Disk {
    /// Makes one of 1 GiB (sparse) in `folder`.
    pub(crate) fn make(folder: &Path) -> Outcome<Self> {
        let mut disk = Self { folder: folder.to_owned(), undo: Vec::new() };
        let [host, mounted, snapshot] = ["host", "disk", "snapshot"].map(|name| folder.join(name));
        for folder in [&host, &mounted, &snapshot] {
            fs::create_dir_all(folder)?;
        }
        let backing = folder.join("host.img");
        fs::File::create(&backing)?.set_len(6 << 30)?;
        run("mkfs.xfs", &["-q", "-f", "-m", "reflink=1", &text(&backing)])?;
        run("mount", &["-o", "loop", &text(&backing), &text(&host)])?;
        disk.undo.push(vec!["umount".into(), text(&host)]);
        let image = host.join("disk.img");
        fs::File::create(&image)?.set_len(1 << 30)?;
        run("mkfs.ext4", &["-q", "-F", &text(&image)])?;
        let device = attach(&image)?;
        // The journal's own commits are far apart, so that only what was synced is sure to be there.
        run("mount", &["-o", "data=ordered,commit=30", &device, &text(&mounted)])?;
        disk.undo.push(vec!["umount".into(), text(&mounted)]);
        release(&device)?;
        Ok(disk)
    }

    /// Where the server keeps its data.
    pub(crate) fn mounted(&self) -> PathBuf {
        self.folder.join("disk")
    }

    /// Cuts the power: what is on the platters now. The disk itself goes on.
    pub(crate) fn cut(&self) -> Outcome<Cut> {
        let image = self.folder.join("host/snapshot.img");
        run("cp", &["--reflink=always", &text(&self.folder.join("host/disk.img")), &text(&image)])?;
        Ok(Cut { image, folder: self.folder.join("snapshot") })
    }
}

/// A copy of the platters, not mounted yet.
pub(crate) struct Cut {
    image: PathBuf,
    folder: PathBuf,
}

impl Cut {
    /// Power is back: the file system replays its journal.
    pub(crate) fn mount(self) -> Outcome<Platters> {
        let device = attach(&self.image)?;
        let platters = Platters { image: self.image, folder: self.folder };
        let mounted = run("mount", &[&device, &text(&platters.folder)]);
        release(&device)?;
        mounted.map(|_| platters)
    }
}

impl Drop for Platters {
    fn drop(&mut self) {
        let _ = run("umount", &[&text(&self.folder)]);
        let _ = fs::remove_file(&self.image);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        for step in self.undo.iter().rev() {
            if let Some((program, arguments)) = step.split_first() {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let _ = run(program, &arguments);
            }
        }
    }
}

/// Starts this process again in a mount namespace of its own, unless it is in one: however it ends, no mount stays.
pub(crate) fn own_mounts() -> Outcome<()> {
    const AGAIN: &str = "CRASH_OWN_MOUNTS";
    if !rustix::process::geteuid().is_root() {
        return Err("a power cut needs root: loop devices are mounted".into());
    }
    if std::env::var_os(AGAIN).is_some() {
        return Ok(());
    }
    let mut again = Command::new("unshare");
    again.args(["--mount", "--propagation", "private", "--"]).arg(std::env::current_exe()?);
    Err(again.args(std::env::args_os().skip(1)).env(AGAIN, "1").exec().into())
}

/// The loop device for `image`; with direct I/O where the file system can, so that nothing waits in the page cache below.
fn attach(image: &Path) -> Outcome<String> {
    let direct = run("losetup", &["-f", "--show", "--direct-io=on", &text(image)]);
    direct.or_else(|_| run("losetup", &["-f", "--show", &text(image)]))
}

/// The device goes as soon as nothing is mounted from it.
fn release(device: &str) -> Outcome<String> {
    run("losetup", &["-d", device])
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn run(program: &str, arguments: &[&str]) -> Outcome<String> {
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let done = Command::new(program).args(arguments).env("PATH", path).output();
    let done = done.map_err(|fault| format!("{program}: {fault} (apt-get install xfsprogs e2fsprogs mount)"))?;
    if !done.status.success() {
        return Err(format!("{program} {arguments:?}: {}", String::from_utf8_lossy(&done.stderr).trim()).into());
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}
