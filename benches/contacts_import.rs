//! Import of a large vCard file: cards a second, the first time and again, and the peak of memory.
//!
//! `cargo bench --bench contacts_import`, into SQLite; `BENCH_CARDS` (100000) is how many there are. The database is made below
//! `target/tmp`, or in the folder that `BENCH_DIR` names: it should be on a disk, not in memory, or fsync costs nothing.
//! The cards are made as they are needed, so that what is measured is the import's memory.

use std::error::Error;
use std::time::Instant;

use sharehold::access::{Create, Grant};
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::problem::Problem;
use sharehold::resources::contacts::Contacts;
use sharehold::resources::contacts::import::Importer;
use sharehold::resources::import::Import as _;
use sharehold::resources::import::item::{Item, Totals};
use sharehold::secret::Secret;
use sharehold::store::Store;

const GIVEN: &[&str] = &["Aoife", "Björn", "Chinwe", "Дмитрий", "Ελένη", "美咲", "José", "Layla", "Nguyễn", "Søren"];
const FAMILY: &[&str] = &["Okafor", "Lindström", "Ковалёв", "Παπαδοπούλου", "渡辺", "O'Brien", "da Silva", "Šimůnek"];
const PIECE: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let cards: usize = std::env::var("BENCH_CARDS").map_or(Ok(100_000), |number| number.parse())?;
    let folder = tempfile::tempdir_in(std::env::var("BENCH_DIR").unwrap_or(env!("CARGO_TARGET_TMPDIR").to_owned()))?;
    let url = Secret::new(format!("sqlite://{}", folder.path().join("contacts.db").display()));
    let settings = Database { url, ..Database::default() };
    let store = Store::open(&settings, &Limits::default(), Provision::OnFirstToken, SystemClock::shared())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!("{:<22} {:>10} {:>10} {:>12}", "", "seconds", "cards/s", "peak MiB");
    for round in ["import", "the same file again"] {
        let begun = Instant::now();
        let totals = runtime.block_on(import(&store, cards)).map_err(|problem| problem.to_string())?;
        let seconds = begun.elapsed().as_secs_f64();
        let rate = f64::from(u32::try_from(cards)?) / seconds;
        println!("{round:<22} {seconds:>10.2} {rate:>10.0} {:>12}", peak_mib()?);
        println!("{totals:?}");
    }
    store.close();
    Ok(())
}

async fn import(store: &Store, cards: usize) -> Result<Totals, Problem> {
    let grant = Grant::<Contacts, Create>::operator("https://as.example", "ann");
    let mut importer = Importer::new(grant, store.clone(), None, Limits::default().quota_contacts);
    let mut totals = Totals::default();
    let mut piece = String::new();
    for number in 0..cards {
        piece.push_str(&card(number));
        if piece.len() >= PIECE {
            note(&mut totals, &importer.push(piece.as_bytes()).await?);
            piece.clear();
        }
    }
    note(&mut totals, &importer.push(piece.as_bytes()).await?);
    note(&mut totals, &importer.finish().await?);
    Ok(totals)
}

fn note(totals: &mut Totals, items: &[Item]) {
    for item in items {
        totals.add(item);
    }
}

fn card(number: usize) -> String {
    let of = |names: &[&'static str], at: usize| names.get(at % names.len().max(1)).copied().unwrap_or_default();
    let (given, family) = (of(GIVEN, number), of(FAMILY, number / 10));
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:bench-{number}\r\nN:{family};{given};;;\r\nFN:{given} {family} {number}\r\n\
         ORG:Example {};Department {}\r\nTITLE:Engineer\r\nTEL;type=CELL:+1 555 01{:02} {number:06}\r\n\
         TEL;type=WORK:+44 20 7946 {:04}\r\nEMAIL;type=HOME:person{number}@example.org\r\n\
         ADR;type=HOME:;;{number} Long Street;Town {};Region;{:05};Country\r\nBDAY:19{:02}-02-{:02}\r\n\
         NOTE:Met in {}\\nSecond line\\, with a comma.\r\nCATEGORIES:Friends,Work\r\nEND:VCARD\r\n",
        number % 50,
        number % 7,
        number % 100,
        number % 1000,
        number % 300,
        number % 100_000,
        number % 100,
        number % 28 + 1,
        1990 + number % 30,
    )
}

/// The most memory that this process has had, by the kernel's count.
fn peak_mib() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib / 1024)
}
