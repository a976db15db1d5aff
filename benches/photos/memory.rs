//! The memory that the server takes while many upload at once, each a picture of 24 megapixels that nobody sent before: the peak of each round,
//! on its own, which must not grow from one to the next.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::cores::Fault;
use crate::picture::Picture;
use crate::server::{Server, agent, tokens, upload};

const CLIENTS: usize = 32;
const PIXELS: (u16, u16) = (6000, 4000);
/// So many scenes; what differs beyond them is a remark.
const SCENES: u32 = 4;

/// Measures, and prints a line a round.
pub(crate) fn measure(rounds: usize) -> Result<(), Fault> {
    let scenes = (0..SCENES).map(|scene| Picture::of(scene, PIXELS)).collect::<Result<Vec<_>, _>>()?;
    let bytes: Vec<_> = scenes.iter().map(|scene| Ok(scene.with("")?.len() >> 10)).collect::<Result<_, Fault>>()?;
    println!("\n{CLIENTS} clients; pictures of {bytes:?} KiB, {PIXELS:?} pixels");
    // Its defaults; on all cores.
    let server = Server::start(&[])?;
    println!("before: {} MiB", memory(server.id(), "VmHWM")?);
    let tokens = tokens(CLIENTS, "Photos.ReadWrite")?;
    for round in 1..=rounds {
        // The peak is from now on what there is now (proc_pid_clear_refs(5)).
        fs::write(format!("/proc/{}/clear_refs", server.id()), "5")?;
        let (begun, again) = (Instant::now(), AtomicU32::new(0));
        thread::scope(|scope| {
            let one = |(client, token): (usize, &String)| {
                let scene = scenes.get(client % scenes.len().max(1)).ok_or("no scene")?;
                send(&server, token, &scene.with(&format!("{round}, {client}"))?, &again)
            };
            let clients: Vec<_> = (tokens.iter().enumerate())
                .map(|each| scope.spawn(move || one(each).map_err(|fault: Fault| fault.to_string())))
                .collect();
            clients.into_iter().try_for_each(|client| client.join().map_err(|_| "a client panicked".to_owned())?)
        })?;
        println!(
            "round {round}: peak {} MiB, afterwards {} MiB; {CLIENTS} in {:.1} s, {} refused and sent again",
            memory(server.id(), "VmHWM")?,
            memory(server.id(), "VmRSS")?,
            begun.elapsed().as_secs_f64(),
            again.into_inner(),
        );
    }
    Ok(())
}

/// Until it is taken.
fn send(server: &Server, token: &str, picture: &[u8], again: &AtomicU32) -> Result<(), Fault> {
    let agent = agent();
    loop {
        match upload(&agent, &server.url("/v1.0/me/photos"), token, picture)? {
            (201, _) => return Ok(()),
            // It was kept although its answer came too late.
            (200, _) if again.load(Ordering::Relaxed) > 0 => return Ok(()),
            (503, _) => again.fetch_add(1, Ordering::Relaxed),
            (status, told) => return Err(format!("upload: {status} {told}").into()),
        };
        thread::sleep(Duration::from_secs(1));
    }
}

/// MiB, by the kernel's count.
fn memory(process: u32, what: &str) -> Result<u64, Fault> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':')).ok_or("no such figure")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}
