//! `kill -9` while the schema is migrated, again and again: the next start finishes it, and nobody is lost. And a schema that is
//! newer than the program: refused by every command, and left alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use rand::RngCore as _;
use rand::rngs::OsRng;

use crate::cluster::Cluster;
use crate::database::Database;
use crate::house::House;
use crate::outcome::{Outcome, Row};
use crate::server::program;
use crate::sql::Sql;

/// kill -9 while it migrates; a newer schema is refused.
#[derive(Debug, Args)]
pub(crate) struct Upgrade {
    /// Which database.
    #[arg(long, value_enum)]
    database: Database,
    /// How often it is killed, for each old database.
    #[arg(long, default_value_t = 10)]
    kills: u32,
    /// People in the old database.
    #[arg(long, default_value_t = 20_000)]
    people: u32,
}

/// With how many migrations the photos are there.
const PHOTOS: usize = 4;

/// Where the databases are: files, or databases of one cluster.
struct Scene {
    house: House,
    cluster: Option<Cluster>,
}

/// A database before the upgrade.
struct Old {
    name: String,
    versions: usize,
    people: Vec<String>,
    photos: bool,
    /// What an upgrade takes that nobody disturbs.
    takes: Duration,
    /// When to kill: it goes to where the kills fall between the first step and the last.
    moment: Duration,
}

/// How far the killed ones had come.
#[derive(Debug, Default)]
struct Reached {
    nothing: u32,
    between: u32,
    all: u32,
    faults: Vec<String>,
}

/// Upgrades and kills.
pub(crate) fn run(args: &Upgrade) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-upgrade").tempdir()?;
    let cluster = args.database.cluster(folder.path())?;
    let house = House::make(folder.path(), folder.path(), "sqlite://none")?;
    let mut scene = Scene { house, cluster };
    scene.make("head")?;
    scene.succeeds("migrate")?;
    let head = scene.open()?.schema()?;
    let mut olds = scene.olds(args.people, &head)?;
    let mut reached = Reached::default();
    let steps = scene.open()?.versions()?.len();
    for kill in 0..args.kills {
        let command = if kill % 2 == 0 { "migrate" } else { "serve" };
        // A release whose schema is today's has nothing to be killed in.
        for old in olds.iter_mut().filter(|old| old.versions < steps) {
            if let Err(fault) = scene.kill(old, command, &head, &mut reached) {
                reached.faults.push(format!("{command} from {}: {fault}", old.name));
            }
        }
    }
    let newer = scene.refuses_newer(&head);
    Ok(vec![killed(args, &reached, &olds), refused(args, &newer)])
}

fn killed(args: &Upgrade, reached: &Reached, olds: &[Old]) -> Row {
    let slowest = olds.iter().map(|old| old.takes).max().unwrap_or_default();
    let people = olds.iter().map(|old| old.people.len()).max().unwrap_or_default();
    if !reached.faults.is_empty() {
        eprintln!("{:#?}", reached.faults);
    }
    Row::new(
        format!("kill -9 of migrate and serve at any moment of an upgrade, {}", args.database.name()),
        format!("{} kills", reached.nothing + reached.between + reached.all),
        format!(
            "killed before the first step {}, between steps {}, after the last {}; {} not finished by the next start, or with a \
             loss; an upgrade of {people} people takes {:.1} s",
            reached.nothing,
            reached.between,
            reached.all,
            reached.faults.len(),
            slowest.as_secs_f64(),
        ),
        reached.faults.is_empty(),
    )
}

fn refused(args: &Upgrade, newer: &Outcome<()>) -> Row {
    let what = format!("a newer schema under migrate, serve and check, {}", args.database.name());
    let result = match newer {
        Ok(()) => "refused with status 78 and one line, nothing changed".to_owned(),
        Err(fault) => fault.to_string(),
    };
    Row::new(what, "3 commands", result, newer.is_ok())
}

impl Scene {
    /// Makes an empty database of that name, and has the configuration name it.
    fn make(&mut self, name: &str) -> Outcome<()> {
        if let Some(cluster) = &self.cluster {
            Sql::open(&cluster.url())?.run(&format!("CREATE DATABASE {name}"))?;
        }
        self.turn_to(name)
    }

    /// Makes a copy of a database, in place of what had that name, and has the configuration name it.
    fn copy(&mut self, from: &str, to: &str) -> Outcome<()> {
        match &self.cluster {
            Some(cluster) => {
                let mut sql = Sql::open(&cluster.url())?;
                sql.run(&format!("DROP DATABASE IF EXISTS {to} WITH (FORCE)"))?;
                sql.run(&format!("CREATE DATABASE {to} TEMPLATE {from}"))?;
            }
            None => {
                for end in ["", "-wal", "-shm"] {
                    let (from, to) = (self.file(&format!("{from}.db{end}")), self.file(&format!("{to}.db{end}")));
                    if to.exists() {
                        fs::remove_file(&to)?;
                    }
                    if from.exists() {
                        fs::copy(&from, &to)?;
                    }
                }
            }
        }
        self.turn_to(to)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.house.folder.join(name)
    }

    fn turn_to(&mut self, name: &str) -> Outcome<()> {
        self.house.url = match &self.cluster {
            Some(cluster) => format!("{}/{name}", cluster.url().trim_end_matches("/postgres")),
            None => format!("sqlite://{}", self.file(&format!("{name}.db")).display()),
        };
        self.house.configure()
    }

    fn open(&self) -> Outcome<Sql> {
        Sql::open(&self.house.url)
    }

    /// What may be upgraded: the first migration alone, and what each release left behind; with `people` more people.
    fn olds(&mut self, people: u32, head: &[String]) -> Outcome<Vec<Old>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let kind = if self.cluster.is_some() { "postgres" } else { "sqlite" };
        let first = sorted(&root.join("migrations").join(kind))?.into_iter().next().ok_or("no migrations")?;
        let mut olds = vec![self.old("first", people, head, |sql| {
            let folder = first.file_name().and_then(|name| name.to_str()).ok_or("no name")?;
            let version = folder.split('_').next().unwrap_or_default();
            sql.run(&format!(
                "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
                 run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
                 INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"
            ))?;
            sql.load(&first.join("up.sql"))
        })?];
        for (number, release) in
            sorted(&root.join("fixtures/releases"))?.iter().filter(|path| path.is_dir()).enumerate()
        {
            let dump = release.join(format!("{kind}.sql"));
            olds.push(self.old(&format!("release{number}"), people, head, |sql| sql.load(&dump))?);
        }
        Ok(olds)
    }

    fn old(
        &mut self,
        name: &str,
        people: u32,
        head: &[String],
        load: impl FnOnce(&mut Sql) -> Outcome<()>,
    ) -> Outcome<Old> {
        self.make(name)?;
        let mut sql = self.open()?;
        load(&mut sql)?;
        sql.fill(people, 512)?;
        let versions = sql.versions()?.len();
        let photos = versions >= PHOTOS;
        let people = sql.people(photos)?;
        drop(sql);
        self.copy(name, "cycle")?;
        let begun = Instant::now();
        self.succeeds("migrate")?;
        let takes = begun.elapsed();
        let old = Old { name: name.to_owned(), versions, people, photos, takes, moment: takes / 2 };
        self.is_whole(&old, head)?;
        Ok(old)
    }

    fn command(&self, command: &str) -> Outcome<Command> {
        // Should the harness be killed, the program goes with it.
        let mut process = Command::new("setpriv");
        process
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program()?)
            .arg(command)
            .arg("--config")
            .arg(self.house.configuration())
            .stdin(Stdio::null());
        Ok(process)
    }

    fn succeeds(&self, command: &str) -> Outcome<()> {
        let done = self.command(command)?.output()?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        if done.status.success() { Ok(()) } else { Err(format!("{command}: {}: {said}", done.status).into()) }
    }

    /// Upgrades `old` by `command`, which is killed; then by another start, which must finish it.
    fn kill(&mut self, old: &mut Old, command: &str, head: &[String], reached: &mut Reached) -> Outcome<()> {
        self.copy(&old.name, "cycle")?;
        let mut process = self.command(command)?.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        // 70 to 130 hundredths of the moment that seems right.
        std::thread::sleep(old.moment * (70 + OsRng.next_u32() % 61) / 100);
        process.kill()?;
        process.wait()?;
        let versions = self.open()?.versions()?.len();
        self.succeeds("migrate")?;
        let whole = self.open()?.versions()?.len();
        if versions == whole {
            reached.all += 1;
            old.moment = old.moment * 9 / 10;
        } else if versions == old.versions {
            reached.nothing += 1;
            old.moment = old.moment * 11 / 10;
        } else {
            reached.between += 1;
        }
        self.is_whole(old, head)
    }

    /// Whether the database that the configuration names is `old`, upgraded.
    fn is_whole(&self, old: &Old, head: &[String]) -> Outcome<()> {
        let mut sql = self.open()?;
        if sql.schema()? != head {
            return Err("the schema is not the newest one".into());
        }
        if sql.people(old.photos)? == old.people { Ok(()) } else { Err("somebody is lost or changed".into()) }
    }

    fn refuses_newer(&mut self, head: &[String]) -> Outcome<()> {
        self.copy("head", "newer")?;
        self.open()?.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')")?;
        let before = self.open()?.versions()?;
        for command in ["migrate", "serve", "check"] {
            let done = self.command(command)?.output()?;
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            let lines = said.lines().filter(|line| line.contains("is newer than this program")).count();
            if done.status.code() != Some(78) || lines != 1 {
                return Err(format!("{command} of a newer schema: {}: {said}", done.status).into());
            }
        }
        let mut sql = self.open()?;
        if sql.versions()? == before && sql.schema()? == head { Ok(()) } else { Err("it was changed".into()) }
    }
}

fn sorted(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    all.sort();
    Ok(all)
}
