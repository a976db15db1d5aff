//! The database goes away in eight ways while sixteen clients write and others read: requests must be answered 503 within a
//! second, `/readyz` within two, and all must be well within three seconds after it is back, without a restart of the server.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::asker::{Asker, Note, ask_while};
use crate::cluster::{Cluster, url_at};
use crate::fleet::{Fleet, Until, until};
use crate::house::House;
use crate::outcome::{Outcome, Row};
use crate::proxy::{Mode, Proxy};
use crate::server::{PATIENCE, Server};

use super::outage_shown::{RECOVERED, Shown};

/// The database stopped, killed, frozen, slow, cut off or restarted while clients write and read.
#[derive(Debug, Args)]
pub(crate) struct Outage {
    /// What is done to it.
    #[arg(long, value_enum, default_value = "all")]
    scenario: Scenario,
    /// How often.
    #[arg(long, default_value_t = 1)]
    rounds: u32,
    /// How long it stays away, seconds.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Clients that write at once.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Clients that read at once, each ten times a second.
    #[arg(long, default_value_t = 30)]
    readers: usize,
}

/// What is done to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// All of them.
    All,
    /// A fast shutdown, and a start.
    Stopped,
    /// kill -9 of all of its processes, and a start.
    Killed,
    /// SIGSTOP, SIGCONT.
    Frozen,
    /// The network holds everything back.
    Held,
    /// The network closes and refuses connections.
    Refused,
    /// The network answers for a database that is no longer behind it.
    HalfOpen,
    /// Two seconds each way.
    Slow,
    /// A fast shutdown and a start at once.
    Restarted,
}

impl Scenario {
    const EACH: [Self; 8] = [
        Self::Stopped,
        Self::Killed,
        Self::Frozen,
        Self::Held,
        Self::Refused,
        Self::HalfOpen,
        Self::Slow,
        Self::Restarted,
    ];

    fn words(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Stopped => "PostgreSQL stopped",
            Self::Killed => "PostgreSQL killed (-9)",
            Self::Frozen => "PostgreSQL frozen (SIGSTOP)",
            Self::Held => "network to PostgreSQL frozen",
            Self::Refused => "network to PostgreSQL refuses",
            Self::HalfOpen => "connections to PostgreSQL half-open",
            Self::Slow => "network to PostgreSQL slow (2 s each way)",
            Self::Restarted => "PostgreSQL restarted at once",
        }
    }

    /// Takes the database away.
    fn begin(self, stage: &mut Stage) -> Outcome<()> {
        match self {
            Self::Stopped | Self::Restarted => stage.cluster.stop()?,
            Self::Killed => stage.cluster.kill()?,
            Self::Frozen => stage.cluster.freeze()?,
            Self::Held => stage.proxy.set(Mode::Freeze),
            Self::Refused => stage.proxy.set(Mode::Refuse),
            Self::HalfOpen => stage.proxy.set(Mode::Swallow),
            Self::Slow => stage.proxy.set(Mode::Forward(Duration::from_secs(2))),
            Self::All => {}
        }
        Ok(())
    }

    /// Gives it back; it is when this returns.
    fn end(self, stage: &mut Stage) -> Outcome<()> {
        match self {
            Self::Stopped | Self::Killed | Self::Restarted => stage.cluster.start()?,
            Self::Frozen => stage.cluster.thaw()?,
            Self::Held | Self::Refused | Self::HalfOpen | Self::Slow => stage.proxy.set(Mode::OPEN),
            Self::All => {}
        }
        Ok(())
    }
}

/// What outages are done to.
struct Stage {
    cluster: Cluster,
    proxy: Proxy,
}

/// Takes the database away and gives it back.
pub(crate) fn run(args: &Outage) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-outage").tempdir()?;
    let scenarios: &[Scenario] = if args.scenario == Scenario::All { &Scenario::EACH } else { &[args.scenario] };
    scenarios.iter().map(|scenario| scenario_rounds(args, *scenario, folder.path())).collect()
}

/// All rounds of one scenario, on one server: what one outage leaves behind the next one finds.
fn scenario_rounds(args: &Outage, scenario: Scenario, folder: &Path) -> Outcome<Row> {
    let folder = folder.join(format!("{scenario:?}").to_lowercase());
    fs::create_dir_all(&folder)?;
    let cluster = Cluster::start_new(&folder)?;
    let proxy = Proxy::before(cluster.port)?;
    let house = House::make(&folder, &folder, &url_at(proxy.port))?;
    let mut stage = Stage { cluster, proxy };
    let mut server = Server::start(&house)?;
    let fleet = Fleet::launch(&house, args.clients, server.address)?;
    let mut shown = Shown::default();
    for round in 1..=args.rounds {
        one_round(args, scenario, &mut stage, &server, &fleet, &mut shown)?;
        shown.tally.add(fleet.check(server.address)?);
        if !shown.held(scenario) {
            let log = server.said(0);
            let last: Vec<&str> =
                log.lines().filter(|line| !line.contains("sharehold::request")).rev().take(10).collect();
            eprintln!(
                "{}, round {round}: {}\n{}\n{}",
                scenario.words(),
                shown.line(),
                shown.odd.join("\n"),
                last.join("\n")
            );
            break;
        }
    }
    if matches!(scenario, Scenario::Held | Scenario::HalfOpen) {
        scenario.begin(&mut stage)?;
        std::thread::sleep(Duration::from_secs(1));
        shown.stopped(&mut server)?;
    }
    let how_often = format!("{} × {} s", args.rounds, if scenario == Scenario::Restarted { 0 } else { args.seconds });
    Ok(Row::new(scenario.words(), how_often, shown.line(), shown.held(scenario)))
}

fn askers(args: &Outage, server: &Server, fleet: &Fleet) -> Vec<Asker> {
    let plain = |address, path, every| Asker { address, path, token: None, every: Duration::from_millis(every) };
    let mut askers = vec![
        plain(server.admin, "/readyz", 20),
        plain(server.admin, "/livez", 20),
        plain(server.address, "/.well-known/jwks.json", 50),
        plain(server.address, "/.well-known/oauth-protected-resource", 50),
    ];
    let tokens = fleet.tokens();
    askers.extend(
        tokens
            .iter()
            .cycle()
            .take(args.readers)
            .map(|token| Asker { token: Some((*token).to_owned()), ..plain(server.address, "/v1.0/me", 100) }),
    );
    askers
}

fn one_round(
    args: &Outage,
    scenario: Scenario,
    stage: &mut Stage,
    server: &Server,
    fleet: &Fleet,
    shown: &mut Shown,
) -> Outcome<()> {
    let misses = || -> Outcome<f64> { server.metric("sharehold_token_cache_misses_total") };
    let before = misses()?;
    let askers = askers(args, server, fleet);
    let (notes, written) = ask_while(&askers, || {
        fleet.write_while(server.address, Until::Told, || -> Outcome<(Instant, Instant)> {
            std::thread::sleep(Duration::from_secs(1));
            shown.threads(server)?;
            let begun = Instant::now();
            scenario.begin(stage)?;
            if scenario != Scenario::Restarted {
                std::thread::sleep(Duration::from_secs(args.seconds));
                shown.up(server, 0.0)?;
            }
            shown.threads(server)?;
            scenario.end(stage)?;
            let back = Instant::now();
            let then = fleet.latest()?;
            std::thread::sleep(RECOVERED);
            shown.written(&then, &fleet.latest()?);
            std::thread::sleep(Duration::from_millis(1500));
            shown.threads(server)?;
            shown.up(server, 1.0)?;
            Ok((begun, back))
        })
    })?;
    let (seen, times) = written?;
    let (begun, back) = times?;
    let ready = until(PATIENCE, || server.readiness().is_ok_and(|answer| answer.status == 200));
    ready.ok_or("the server does not become ready again")?;
    let mut notes = notes.into_iter();
    let mut next = || notes.next().unwrap_or_default();
    shown.readiness(&next(), begun, back);
    for steady in [next(), next(), next()] {
        shown.steady(&steady);
    }
    let told: Vec<Note> = notes.flatten().collect();
    shown.reads(&told, begun, back);
    shown.writes(&seen, args.clients);
    shown.misses = shown.misses.max(misses()? - before);
    Ok(())
}
