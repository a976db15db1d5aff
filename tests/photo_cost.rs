//! What the costliest picture takes of the serving process: at most 128 MiB and 2 s of one core each (security.md H4).

use std::fs;

use crate::serving::token;
use crate::support::bombs;
use crate::support::process::Process;

/// MiB of the process's memory at its highest.
fn peak_mib(server: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).expect("a status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

/// Milliseconds of processor time that the process has taken.
fn processor_ms(server: &Process) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.id())).expect("a status");
    // proc(5): utime and stime are the 14th and 15th field, in hundredths; the second field may hold spaces.
    let after_name = stat.rsplit(')').next().expect("fields");
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    fields[11..13].iter().map(|field| field.parse::<u64>().expect("a number") * 10).sum()
}

/// Without optimisation the decoders, which are generic and so compiled with us, take a multiple of their time.
const MOST_MS: u64 = if cfg!(debug_assertions) { 8_000 } else { 2_000 };

#[test]
fn the_costliest_pictures_are_bounded() {
    let token = token("User.ReadWrite");
    for (name, bytes, expected) in bombs::costly() {
        // A process of its own: the peak is the picture's.
        let server = Process::start(&["limits.handler_deadline_s=60"]);
        let (memory, processor) = (peak_mib(&server), processor_ms(&server));
        let mut connection = server.connect();
        connection.send(&server.put_photo(&token, "image/png", bytes.len()));
        connection.send(&bytes);
        let (status, body) = connection.answer();
        assert_eq!(status, expected, "{name}: {body}");
        let (memory, processor) = (peak_mib(&server) - memory, processor_ms(&server) - processor);
        println!("{name}: {} KiB in the file, {memory} MiB, {processor} ms", bytes.len() / 1024);
        assert!(memory <= 128, "{name}: {memory} MiB");
        assert!(processor <= MOST_MS, "{name}: {processor} ms");
    }
}
