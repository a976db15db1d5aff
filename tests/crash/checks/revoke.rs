//! Two servers on one PostgreSQL under load: a person takes a site's access back at one of them, and the other must refuse it within a
//! second; killed and restarted in between it knows what it knew; with the database cut off it answers 503 within ten seconds,
//! and from then on lets nobody in.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::Args;

use crate::asker::{Asker, Note, ask_while};
use crate::cluster::{Cluster, url_at};
use crate::fleet::{Fleet, Until, until};
use crate::house::House;
use crate::http::{Answer, Connection, Request};
use crate::outcome::{Fault, Outcome, Row};
use crate::proxy::{Mode, Proxy};
use crate::server::{PATIENCE, Server, Start, get};

/// The goals of issue 8.
const HEEDED: Duration = Duration::from_secs(1);
const CLOSED: Duration = Duration::from_secs(10);
/// How long the database stays away: longer than anybody may still be let in.
const AWAY: Duration = Duration::from_secs(14);

const GRANTS: &str = "/v1.0/me/oauth2PermissionGrants";
const ME: &str = "/v1.0/me";

/// Take access back at one of two servers, and ask the other.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// How often.
    #[arg(long, default_value_t = 100)]
    tries: u32,
    /// After how many the other server is killed and started again.
    #[arg(long, default_value_t = 10)]
    kill_every: u32,
    /// Clients that write meanwhile, at each of the two.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// How often the database is cut off.
    #[arg(long, default_value_t = 2)]
    outages: u32,
}

/// The two servers; the second one's database is behind a proxy.
struct Pair {
    house: House,
    beside: House,
    near: Server,
    far: Server,
    proxy: Proxy,
    _cluster: Cluster,
}

/// What was shown.
#[derive(Debug, Default)]
struct Shown {
    /// How long the slowest other server took to refuse, and to let in again.
    refused: Duration,
    restored: Duration,
    kills: u32,
    faults: Vec<String>,
}

/// A person, and their site's and their own tokens.
struct Person {
    name: String,
    site: String,
    owner: String,
}

impl Person {
    fn new(house: &House, name: String) -> Outcome<Self> {
        let site = house.token_of(&name, "shop", "User.Read")?;
        let owner = house.token_of(&name, "owner", "Privacy.ReadWrite")?;
        Ok(Self { name, site, owner })
    }

    fn ask(&self, server: &Server, method: &'static str, path: &str) -> Outcome<Answer> {
        let request = Request { method, path: path.into(), body: None };
        Ok(Connection::open(server.address, PATIENCE)?.send(&request, Some(&self.owner))?)
    }

    /// The path of the site's grant, as soon as it is listed.
    fn grant(&self, server: &Server) -> Outcome<String> {
        let mut found = None;
        until(Duration::from_secs(5), || {
            found = self.listed(server).ok().flatten();
            found.is_some()
        });
        found.ok_or_else(|| format!("{}'s site is not listed", self.name).into())
    }

    fn listed(&self, server: &Server) -> Outcome<Option<String>> {
        let all: serde_json::Value = serde_json::from_slice(&self.ask(server, "GET", GRANTS)?.body)?;
        let grants = all.get("value").and_then(|value| value.as_array()).ok_or("no list")?;
        let site = grants.iter().find(|grant| grant.get("clientId").is_some_and(|client| client == "shop"));
        Ok(site.and_then(|site| site.get("id")?.as_str()).map(|id| format!("{GRANTS}/{id}")))
    }

    /// How long `server` goes on to answer otherwise; none: beyond [`PATIENCE`].
    fn heeds(&self, server: SocketAddr, status: u16) -> Option<Duration> {
        let mut connection = None;
        until(PATIENCE, || {
            let answer = match connection.take() {
                Some(open) => Ok(open),
                None => Connection::open(server, PATIENCE),
            }
            .and_then(|open| connection.insert(open).send(&Request::get(ME), Some(&self.site)));
            if answer.as_ref().map_or(true, Answer::is_last) {
                connection = None;
            }
            answer.is_ok_and(|answer| answer.status == status)
        })
    }
}

/// Takes back, kills, cuts off.
pub(crate) fn run(args: &Revoke) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-revoke").tempdir()?;
    let cluster = Cluster::start_new(folder.path())?;
    let proxy = Proxy::before(cluster.port)?;
    let house = House::make(folder.path(), folder.path(), &cluster.url())?;
    let beside = house.elsewhere("beside", folder.path(), &url_at(proxy.port))?;
    let near = Server::start(&house)?;
    let far = start_far(&beside)?;
    let mut pair = Pair { house, beside, near, far, proxy, _cluster: cluster };
    Ok(vec![heeded(args, &mut pair)?, cut_off(args, &pair)?])
}

fn start_far(beside: &House) -> Outcome<Server> {
    Start { log: Some("beside.log".into()), ..Start::default() }.serve(beside)
}

/// Two servers that are asked under load, and each try at both.
fn heeded(args: &Revoke, pair: &mut Pair) -> Outcome<Row> {
    let fleet = Fleet::launch(&pair.house, args.clients, pair.near.address)?;
    let reader = |token: &str| Asker {
        address: pair.near.address,
        path: ME,
        token: Some(token.to_owned()),
        every: Duration::from_millis(20),
    };
    let readers: Vec<Asker> = fleet.tokens().into_iter().map(reader).collect();
    let address = pair.near.address;
    let (_, written) = ask_while(&readers, || fleet.write_while(address, Until::Told, || tries(args, pair)))?;
    let (seen, shown) = written?;
    let shown = shown?;
    let tally = fleet.check(pair.near.address)?;
    let line = format!(
        "the other server refuses at the latest after {} ms and lets in again after {} ms; {} kills -9 and restarts in between; \
         {} writes meanwhile{}",
        shown.refused.as_millis(),
        shown.restored.as_millis(),
        shown.kills,
        seen.acknowledged.load(std::sync::atomic::Ordering::Relaxed),
        shown.faults.first().map(|fault| format!("; {fault}")).unwrap_or_default(),
    );
    let held = shown.faults.is_empty() && shown.refused <= HEEDED && tally.is_clean();
    let what = "access taken back at one of two servers, and restored";
    Ok(Row::new(what, format!("{} × under load", args.tries), line, held))
}

fn tries(args: &Revoke, pair: &mut Pair) -> Outcome<Shown> {
    let mut shown = Shown::default();
    for number in 1..=args.tries {
        let kill = args.kill_every > 0 && number % args.kill_every == 0;
        one(pair, number, kill, &mut shown)?;
    }
    Ok(shown)
}

fn one(pair: &mut Pair, number: u32, kill: bool, shown: &mut Shown) -> Outcome<()> {
    let person = Person::new(&pair.house, format!("holder-{number}"))?;
    for server in [&pair.near, &pair.far] {
        let answer = get(server.address, ME, Some(&person.site))?;
        if answer.status != 200 {
            return Err(format!("at first: {} {}", answer.status, answer.words()).into());
        }
    }
    let grant = person.grant(&pair.near)?;
    // Now at the one, now at the other.
    let (here, there) = if number.is_multiple_of(2) { (&pair.near, &pair.far) } else { (&pair.far, &pair.near) };
    let asked = person.ask(here, "DELETE", &grant)?;
    let there = there.address;
    let mut wrong = |what: String| shown.faults.push(format!("try {number}: {what}"));
    if asked.status != 204 {
        wrong(format!("DELETE was answered {} {}", asked.status, asked.words()));
    }
    let next = get(here.address, ME, Some(&person.site))?.status;
    if next != 401 {
        wrong(format!("the next request was answered {next}"));
    }
    match person.heeds(there, 401) {
        Some(took) => shown.refused = shown.refused.max(took),
        None => wrong("the other server never refuses".into()),
    }
    if kill {
        pair.far.kill()?;
        pair.far = start_far(&pair.beside)?;
        shown.kills += 1;
    }
    let refreshed = pair.house.token_of(&person.name, "shop", "User.Read")?;
    for token in [&person.site, &refreshed] {
        for server in [&pair.near, &pair.far] {
            let status = get(server.address, ME, Some(token))?.status;
            if status != 401 {
                shown.faults.push(format!("try {number}: it is let in again: {status}, killed: {kill}"));
            }
        }
    }
    let restored = person.ask(&pair.near, "POST", &format!("{grant}/restore"))?;
    let next = get(pair.near.address, ME, Some(&person.site))?.status;
    if restored.status != 200 || next != 200 {
        shown.faults.push(format!("try {number}: restored: {}, then {next}", restored.status));
    }
    let took = person.heeds(pair.far.address, 200).ok_or_else(|| Fault::from("never let in again"))?;
    shown.restored = shown.restored.max(took);
    Ok(())
}

/// How long after `cut` a question was sent that was answered with something else than 503.
fn last_open(notes: &[Vec<Note>], cut: Instant) -> Duration {
    let open = notes.iter().flatten().filter(|note| note.status != 503 && note.status != 0);
    open.map(|note| note.asked.saturating_duration_since(cut)).max().unwrap_or_default()
}

/// The second server's database is cut off, and meanwhile access is taken back at the first.
fn cut_off(args: &Revoke, pair: &Pair) -> Outcome<Row> {
    let (mut closed, mut faults) = (Duration::ZERO, Vec::new());
    for outage in 0..args.outages {
        let mode = if outage.is_multiple_of(2) { Mode::Freeze } else { Mode::Refuse };
        let person = Person::new(&pair.house, format!("cut-{outage}"))?;
        let known = Person::new(&pair.house, format!("known-{outage}"))?;
        for token in [&person.site, &known.site] {
            get(pair.far.address, ME, Some(token))?;
        }
        let grant = person.grant(&pair.near)?;
        let asker = |token: &str| Asker {
            address: pair.far.address,
            // Every path needs the map; this one needs nothing else.
            path: "/v1.0/me/contacts/x",
            token: Some(token.to_owned()),
            every: Duration::from_millis(20),
        };
        let askers = [asker(&person.site), asker(&known.site)];
        let (notes, cut) = ask_while(&askers, || -> Outcome<Instant> {
            pair.proxy.set(mode);
            let cut = Instant::now();
            person.ask(&pair.near, "DELETE", &grant)?;
            std::thread::sleep(AWAY);
            Ok(cut)
        })?;
        let cut = cut?;
        closed = closed.max(last_open(&notes, cut));
        if !notes.iter().flatten().any(|note| note.status == 503 && note.asked > cut) {
            faults.push("nobody was told 503".to_owned());
        }
        pair.proxy.set(Mode::OPEN);
        let back = until(PATIENCE, || get(pair.far.address, ME, Some(&known.site)).is_ok_and(|a| a.status == 200));
        back.ok_or("the server does not come back")?;
        let status = get(pair.far.address, ME, Some(&person.site))?.status;
        if status != 401 {
            faults.push(format!("what was taken back meanwhile is let in: {status}"));
        }
    }
    let line = format!(
        "the last answer that was no 503 was asked for {:.1} s after the cut{}",
        closed.as_secs_f64(),
        faults.first().map(|fault| format!("; {fault}")).unwrap_or_default()
    );
    let held = faults.is_empty() && closed <= CLOSED;
    Ok(Row::new(
        "the database cut off while access is taken back",
        format!("{} × {} s", args.outages, AWAY.as_secs()),
        line,
        held,
    ))
}
