//! `kill -9` at random moments while photos are uploaded, whole and in parts; then everything is read back, some is removed, and
//! the sweep runs over contents that have aged: every acknowledged photo is whole, and no file is left that no row names.

mod uploader;

use std::time::{Duration, Instant};

use clap::Args;
use rand::RngCore as _;
use rand::rngs::OsRng;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::house::House;
use crate::keeper::Keeper;
use crate::outcome::{Fault, Outcome, Row};
use crate::server::{Server, Start};
use crate::swept::swept;
use crate::tally::Tally;
use uploader::Uploader;

/// kill -9 while photos are uploaded, whole and in parts; then the sweep.
#[derive(Debug, Args)]
pub(crate) struct Uploads {
    /// Which database.
    #[arg(long, value_enum)]
    database: Database,
    /// How many uploads must be acknowledged before the last kill.
    #[arg(long = "uploads", default_value_t = 1000)]
    at_least: usize,
    /// Clients that upload at once; every other one in parts.
    #[arg(long, default_value_t = 8)]
    clients: u16,
    /// The longest that the server lives, milliseconds; the shortest is 50. Twice that, while nothing is acknowledged.
    #[arg(long, default_value_t = 1500)]
    longest_ms: u64,
}

struct Scene {
    house: House,
    cluster: Option<Cluster>,
    clients: Vec<Uploader>,
    kills: u32,
    tally: Tally,
    odd: Vec<String>,
}

/// Uploads, kills, reads back, sweeps, reads back.
pub(crate) fn run(args: &Uploads) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-uploads").tempdir()?;
    let (house, cluster) = args.database.house(folder.path())?;
    let clients = (0..args.clients).map(|index| Uploader::new(&house, index)).collect::<Outcome<_>>()?;
    let mut scene = Scene { house, cluster, clients, kills: 0, tally: Tally::default(), odd: Vec::new() };
    let (begun, mut longest_ms) = (Instant::now(), args.longest_ms);
    while scene.is_well() && !scene.has_shown(args.at_least) {
        let before = scene.acknowledged();
        scene.life(longest_ms)?;
        longest_ms = if scene.acknowledged() > before { args.longest_ms } else { longest_ms.saturating_mul(2) };
        if scene.kills.is_multiple_of(20) {
            let seconds = begun.elapsed().as_secs();
            eprintln!("{} kills, {seconds} s: {} of {} uploads", scene.kills, scene.acknowledged(), args.at_least);
        }
    }
    scene.tally.acknowledged = scene.acknowledged().try_into()?;
    let mut server = Server::start(&scene.house)?;
    scene.read_back(&server)?;
    scene.verify()?;
    scene.remove_some(&server)?;
    let (left, over) = swept(&scene.house, &mut server)?;
    scene.odd.extend(over.words());
    scene.read_back(&server)?;
    scene.verify()?;
    for words in scene.tally.words.iter().chain(&scene.odd) {
        eprintln!("{words}");
    }
    let (mended, parts) = (scene.resumed(), scene.clients.iter().map(|client| client.parts).sum::<u64>());
    let result = format!(
        "{}; {parts} parts, {mended} pictures gone on with after a kill; the sweep took {} of {} files and left {} that no row names, {} rows without a file{}",
        scene.tally.line(),
        left.files.saturating_sub(over.files),
        left.files,
        over.unnamed,
        over.missing,
        if scene.odd.is_empty() { "" } else { "; more is wrong, told above" },
    );
    let what = format!("kill -9 while photos are uploaded, {}", args.database.name());
    let held = scene.is_well() && mended > 0 && left.unnamed > 0;
    Ok(vec![Row::new(what, format!("{} kills", scene.kills), result, held)])
}

impl Scene {
    fn acknowledged(&self) -> usize {
        self.clients.iter().map(|client| client.acknowledged.len()).sum()
    }

    /// How often a picture was gone on with after a kill.
    fn resumed(&self) -> u64 {
        self.clients.iter().map(|client| client.resumed).sum()
    }

    /// Whether so many were acknowledged, and some were gone on with. A fast server may have taken the first few between two kills: then
    /// more are sent, but not for ever, should going on be what is broken.
    fn has_shown(&self, at_least: usize) -> bool {
        let acknowledged = self.acknowledged();
        acknowledged >= at_least && (self.resumed() > 0 || acknowledged >= at_least.saturating_mul(10))
    }

    fn is_well(&self) -> bool {
        self.tally.is_clean() && self.odd.is_empty()
    }

    /// A server lives for a while, and all upload to it.
    fn life(&mut self, longest_ms: u64) -> Outcome<()> {
        let mut server = Start::default().serve(&self.house)?;
        let address = server.address;
        let killed = std::thread::scope(|scope| {
            let clients: Vec<_> =
                self.clients.iter_mut().map(|client| scope.spawn(move || client.upload(address))).collect();
            std::thread::sleep(Duration::from_millis(50 + OsRng.next_u64() % longest_ms.saturating_sub(50).max(1)));
            let killed = server.kill();
            for client in clients {
                client.join().map_err(|_| Fault::from("a client panicked"))?;
            }
            killed
        });
        self.kills += 1;
        for client in &mut self.clients {
            self.odd.append(&mut client.odd);
        }
        killed
    }

    /// Every photo that was acknowledged is there, its content to the last byte, and no other is.
    fn read_back(&mut self, server: &Server) -> Outcome<()> {
        for client in &mut self.clients {
            client.read_back(server.address, &mut self.tally)?;
        }
        Ok(())
    }

    /// Every tenth is removed.
    fn remove_some(&mut self, server: &Server) -> Outcome<()> {
        self.clients.iter_mut().try_for_each(|client| client.remove_some(server.address))
    }

    fn verify(&mut self) -> Outcome<()> {
        let ended = Keeper::of(&self.house, self.cluster.as_ref())?.run("verify", &[], &[])?;
        if ended.status != Some(0) {
            self.odd.push(format!("verify: {:?}: {}", ended.status, ended.said));
        }
        Ok(())
    }
}
