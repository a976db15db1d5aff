//! Power cuts: the server writes to a disk whose platters are copied at some instant; a second server starts from the copy, and
//! everything that was acknowledged before that instant must be there.

use std::time::{Duration, Instant};

use clap::Args;
use rand::RngCore as _;
use rand::rngs::OsRng;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::disk::{Disk, Platters, own_mounts};
use crate::fleet::{Fleet, Tally, Until};
use crate::house::House;
use crate::outcome::{Fault, Outcome, Row};
use crate::server::{ENDED, Server, Start};

/// Power cuts while clients write to a database and to the blob folder. Needs root.
#[derive(Debug, Args)]
pub(crate) struct Power {
    /// Which database.
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Database,
    /// How often the power is cut; ends sooner if something was lost.
    #[arg(long, default_value_t = 10)]
    cuts: u32,
    /// Clients that write at once.
    #[arg(long, default_value_t = 16)]
    clients: usize,
}

/// Cuts, again and again.
pub(crate) fn run(args: &Power) -> Outcome<Vec<Row>> {
    own_mounts()?;
    let folder = tempfile::Builder::new().prefix("sharehold-power").tempdir()?;
    let disk = Disk::make(folder.path())?;
    let cluster = args.database.cluster(&disk.mounted())?;
    let url = cluster.as_ref().map(Cluster::url).unwrap_or_default();
    let house = House::make(&folder.path().join("house"), &disk.mounted(), &url)?;
    let mut server = Server::start(&house)?;
    let fleet = Fleet::launch(&house, args.clients, server.address)?;
    let address = server.address;
    let begun = Instant::now();
    let (seen, cuts) = fleet.write_while(address, Until::Told, || -> Outcome<(u32, Tally)> {
        let mut tally = Tally::default();
        for cut in 1..=args.cuts {
            std::thread::sleep(Duration::from_millis(300 + OsRng.next_u64() % 900));
            tally.add(one(&disk, &house, &fleet, args.database)?);
            if cut % 20 == 0 {
                eprintln!("{cut} of {} cuts, {} s: {}", args.cuts, begun.elapsed().as_secs(), tally.line());
            }
            if !tally.is_clean() {
                eprintln!("cut {cut}: {:#?}", tally.words);
                return Ok((cut, tally));
            }
        }
        Ok((args.cuts, tally))
    })?;
    let (cuts, mut tally) = cuts?;
    tally.acknowledged = seen.acknowledged.into_inner();
    server.stop()?;
    let refused = seen.refused.into_inner().map_err(|_| Fault::from("a client panicked"))?;
    if !refused.is_empty() {
        return Err(format!("while writing, some were refused: {refused:?}").into());
    }
    Ok(vec![Row::new(
        format!("power cut, {} and blobs", args.database.name()),
        format!("{cuts} cuts"),
        tally.line(),
        tally.is_clean(),
    )])
}

/// One cut: the books first, then the platters; then another server from the copy.
fn one(disk: &Disk, house: &House, fleet: &Fleet, database: Database) -> Outcome<Tally> {
    let books = fleet.books()?;
    let platters = disk.cut()?.mount()?;
    let mut tally = Tally::default();
    match after(&platters, house, database) {
        Ok((_cluster, server)) => tally.add(fleet.survived(server.address, &books)?),
        // A server that ends by itself over what was left has lost everything; all else is this machine's trouble.
        Err(fault) if fault.to_string().contains(ENDED) => {
            tally.add(Tally { lost: 1, words: vec![fault.to_string()], ..Tally::default() });
        }
        Err(fault) => return Err(fault),
    }
    Ok(tally)
}

fn after(platters: &Platters, house: &House, database: Database) -> Outcome<(Option<Cluster>, Server)> {
    let mut url = String::new();
    let mut cluster = None;
    if database == Database::Postgres {
        let mut found = Cluster::over(&platters.folder)?;
        found.start()?;
        url = found.url();
        cluster = Some(found);
    }
    let after = house.elsewhere("after-the-cut", &platters.folder, &url)?;
    let start = Start { log: Some("after-the-cut.log".into()), ..Start::default() };
    Ok((cluster, start.serve(&after)?))
}
