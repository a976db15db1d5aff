//! Import of a large calendar file: events a second, the first time and again, and the peak of memory.
//!
//! `cargo bench --bench events_import`, into SQLite; `BENCH_EVENTS` (50000) is how many there are, a tenth of them series, some of these
//! with an exception that comes at the end of the file. The database is made below `target/tmp`, or in the folder that `BENCH_DIR`
//! names: it should be on a disk, not in memory, or fsync costs nothing. The events are made as they are needed, so that what is
//! measured is the import's memory.

use std::error::Error;
use std::time::Instant;

use sharehold::access::{Grant, Write};
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::problem::Problem;
use sharehold::resources::calendar::Calendar;
use sharehold::resources::calendar::import::Importer;
use sharehold::resources::import::Import as _;
use sharehold::resources::import::item::{Item, Totals};
use sharehold::secret::Secret;
use sharehold::store::Store;

const ZONES: &[&str] = &["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Sydney"];
const SUBJECTS: &[&str] = &["Team meeting", "Zahnarzt", "Réunion", "会議", "Обед", "Sprint review", "Flug nach Wien"];
const RULES: &[&str] = &["FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=DAILY;COUNT=30", "FREQ=YEARLY"];
const PIECE: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let events: usize = std::env::var("BENCH_EVENTS").map_or(Ok(50_000), |number| number.parse())?;
    let folder = tempfile::tempdir_in(std::env::var("BENCH_DIR").unwrap_or(env!("CARGO_TARGET_TMPDIR").to_owned()))?;
    let url = Secret::new(format!("sqlite://{}", folder.path().join("events.db").display()));
    let settings = Database { url, ..Database::default() };
    let store = Store::open(&settings, &Limits::default(), Provision::OnFirstToken, SystemClock::shared())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{:<22} {:>10} {:>10} {:>12}", "", "seconds", "events/s", "peak MiB");
    for round in ["import", "the same file again"] {
        let begun = Instant::now();
        let totals = runtime.block_on(import(&store, events)).map_err(|problem| problem.to_string())?;
        let seconds = begun.elapsed().as_secs_f64();
        let rate = f64::from(u32::try_from(events)?) / seconds;
        println!("{round:<22} {seconds:>10.2} {rate:>10.0} {:>12}", peak_mib()?);
        println!("{totals:?}");
    }
    store.close();
    Ok(())
}

async fn import(store: &Store, events: usize) -> Result<Totals, Problem> {
    let grant = Grant::<Calendar, Write>::operator("https://as.example", "ann");
    let mut importer = Importer::new(grant, store.clone(), None, Limits::default().quota_events);
    let mut totals = Totals::default();
    let mut piece = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A//B//EN\r\n");
    let exceptions = (0..events).filter(|number| number % 200 == 0).map(exception);
    for text in (0..events).map(event).chain(exceptions) {
        piece.push_str(&text);
        if piece.len() >= PIECE {
            note(&mut totals, &importer.push(piece.as_bytes()).await?);
            piece.clear();
        }
    }
    piece.push_str("END:VCALENDAR\r\n");
    note(&mut totals, &importer.push(piece.as_bytes()).await?);
    note(&mut totals, &importer.finish().await?);
    Ok(totals)
}

fn note(totals: &mut Totals, items: &[Item]) {
    for item in items {
        totals.add(item);
    }
}

fn of(texts: &[&'static str], at: usize) -> &'static str {
    texts.get(at % texts.len().max(1)).copied().unwrap_or_default()
}

/// The day and the hour when an event begins.
fn start(number: usize) -> String {
    let (year, month, day) = (2015 + number % 12, number % 11 + 1, number % 28 + 1);
    format!("{year}{month:02}{day:02}T{:02}3000", number % 24)
}

fn event(number: usize) -> String {
    let rule = if number.is_multiple_of(10) { format!("RRULE:{}\r\n", of(RULES, number / 10)) } else { String::new() };
    format!(
        "BEGIN:VEVENT\r\nUID:bench-{number}@example.org\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID={}:{}\r\nDURATION:PT1H\r\n{rule}\
         SUMMARY:{} {number}\r\nLOCATION:Room {}\\, House {}\r\nDESCRIPTION:Bring the paper.\\nSecond line\\, with a comma.\r\n\
         ORGANIZER;CN=Person {}:mailto:person{}@example.org\r\nATTENDEE;CN=Ann;PARTSTAT=ACCEPTED:mailto:ann@example.org\r\n\
         CATEGORIES:Work\r\nSEQUENCE:{}\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nEND:VALARM\r\nEND:VEVENT\r\n",
        of(ZONES, number),
        start(number),
        of(SUBJECTS, number),
        number % 50,
        number % 7,
        number % 300,
        number % 300,
        number % 3,
    )
}

fn exception(number: usize) -> String {
    let (zone, start) = (of(ZONES, number), start(number));
    format!(
        "BEGIN:VEVENT\r\nUID:bench-{number}@example.org\r\nRECURRENCE-ID;TZID={zone}:{start}\r\nDTSTART;TZID={zone}:{start}\r\n\
         DURATION:PT3H\r\nSUMMARY:Longer {number}\r\nEND:VEVENT\r\n"
    )
}

/// The most memory that this process has had, by the kernel's count.
fn peak_mib() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024)
}
