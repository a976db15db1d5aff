//! Every kind of fault planted, one after the other, in rows, indexes, blobs and backups: `verify` must name each, and find nothing
//! where there is none. And how long it takes where there is much.

mod pages;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::database::Database;
use crate::fleet::Fleet;
use crate::keeper::{Ended, Keeper};
use crate::outcome::{Outcome, Row};
use crate::rows::{self, Amount};
use crate::server::Server;
use crate::sql;

/// Plants faults; `verify` must name each.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Which database.
    #[arg(long, value_enum)]
    database: Database,
    /// Files, 8 KiB each, that one run of it is timed over.
    #[arg(long, default_value_t = 1000)]
    files: u64,
    /// How long `verify` may take over all of it, seconds.
    #[arg(long, default_value_t = 120)]
    within_s: u64,
}

/// Photos that are there beforehand.
const PHOTOS: u64 = 20;

struct Scene<'a> {
    keeper: Keeper<'a>,
    url: String,
    blobs: PathBuf,
    backup: PathBuf,
    planted: u32,
    missed: Vec<String>,
}

/// Plants and looks.
pub(crate) fn run(args: &Verify) -> Outcome<Vec<Row>> {
    let folder = tempfile::Builder::new().prefix("sharehold-verify").tempdir()?;
    let (house, cluster) = args.database.house(folder.path())?;
    let keeper = Keeper::of(&house, cluster.as_ref())?;
    keeper.run("migrate", &[], &[])?.fine("migrate")?;
    let blobs = house.data.join("blobs");
    let amount = |first, photos| Amount { first, rows_mib: 0, photos, photo_bytes: 8 * 1024 };
    rows::fill(&house.url, &blobs, amount(1_000_000, PHOTOS))?;
    let mut server = Server::start(&house)?;
    Fleet::launch(&house, 16, server.address)?;
    server.stop()?;
    if cluster.is_some() {
        sql::run(&house.url, "CREATE EXTENSION amcheck")?;
    }
    keeper.run("verify", &[], &[])?.fine("verify, before anything is planted")?;
    let backup = folder.path().join("backup");
    keeper.run("backup", &[], &[&backup])?.fine("backup")?;
    keeper.verify_backup(&backup)?.fine("verify --backup, before anything is planted")?;
    let mut scene = Scene { keeper, url: house.url.clone(), blobs, backup, planted: 0, missed: Vec::new() };
    scene.in_blobs()?;
    scene.in_rows()?;
    scene.in_the_backup()?;
    rows::fill(&house.url, &scene.blobs, amount(2_000_000, args.files))?;
    let whole = scene.verify()?.fine("verify over many files")?;
    scene.in_pages(2_000_000, 1_999_999 + i64::try_from(args.files)?)?;
    // Last: these are not undone.
    scene.in_indexes()?;
    let found = scene.planted - u32::try_from(scene.missed.len())?;
    let took = whole.took.as_secs_f64();
    let words = scene.missed.join("; missed: ");
    let result =
        format!("{found} of {} named; {} files and all rows read in {took:.1} s {words}", scene.planted, args.files);
    let held = scene.missed.is_empty() && whole.took.as_secs() <= args.within_s;
    let what = format!("faults planted in rows, indexes, blobs and backups, {}", args.database.name());
    Ok(vec![Row::new(what, format!("{} faults", scene.planted), result, held)])
}

impl Scene<'_> {
    /// Judges what was said of a planted fault: it must be named by `name`, and the status must be 1.
    fn judge(&mut self, what: &str, ended: &Ended, name: &str) {
        self.planted += 1;
        if ended.status != Some(1) || !ended.said.contains(name) {
            self.missed.push(format!("{what}: {:?}, {}", ended.status, ended.said));
        }
    }

    fn verify(&self) -> Outcome<Ended> {
        self.keeper.run("verify", &[], &[])
    }

    /// The blob of a person's photo.
    fn blob_of(&self, person: i64) -> Outcome<PathBuf> {
        self.path_of(&format!("SELECT photo_blob FROM profiles WHERE person = {person}"))
    }

    /// The n-th blob of the harness's own people, by the order of their numbers.
    fn blob(&self, n: u32) -> Outcome<PathBuf> {
        let named = "photo_blob IS NOT NULL ORDER BY person LIMIT 1";
        self.path_of(&format!("SELECT photo_blob FROM profiles WHERE {named} OFFSET {n}"))
    }

    fn path_of(&self, question: &str) -> Outcome<PathBuf> {
        let key = sql::ask(&self.url, question)?;
        let shard = key.get(key.len() - 2..).ok_or("no shard")?;
        Ok(self.blobs.join(shard).join(key))
    }

    fn in_blobs(&mut self) -> Outcome<()> {
        let (first, second) = (self.blob(0)?, self.blob(1)?);
        let (whole, other) = (fs::read(&first)?, fs::read(&second)?);
        let mut flipped = whole.clone();
        flipped.iter_mut().rev().take(1).for_each(|byte| *byte ^= 1);
        let half = whole.get(..whole.len() / 2).unwrap_or_default().to_vec();
        let longer = [whole.as_slice(), b"x"].concat();
        let plants = [("a bit flipped", flipped), ("truncated", half), ("empty", Vec::new()), ("longer", longer)];
        for (what, bytes) in plants {
            fs::write(&first, bytes)?;
            let ended = self.verify()?;
            self.judge(what, &ended, &name(&first));
        }
        fs::remove_file(&first)?;
        let ended = self.verify()?;
        self.judge("deleted", &ended, &format!("{} (", name(&first)));
        // Each the other's: both are named.
        fs::write(&first, &other)?;
        fs::write(&second, &whole)?;
        let ended = self.verify()?;
        self.judge("swapped, the one", &ended, &name(&first));
        self.judge("swapped, the other", &ended, &name(&second));
        fs::write(&first, &whole)?;
        fs::write(&second, &other)?;
        // A blob without a row is told, and is no fault.
        let stray = first.with_file_name("01890000-0000-7000-8000-0000000000ff");
        fs::write(&stray, "x")?;
        let told = self.verify()?.fine("verify beside a blob without a row")?;
        if !told.said.contains("no row names 1 of") {
            self.missed.push(format!("a blob without a row: {}", told.said));
        }
        Ok(fs::remove_file(&stray)?)
    }

    fn in_rows(&mut self) -> Outcome<()> {
        let with_photo = "(SELECT min(person) FROM profiles WHERE photo IS NOT NULL)";
        let any = "(SELECT min(id) FROM people)";
        let profiles = |column: &str, value: &str, who: &str| {
            (
                format!("UPDATE profiles SET {column} = {value} WHERE person = {who}"),
                format!("SELECT {column} FROM profiles WHERE person = {who}"),
                column.to_owned(),
            )
        };
        let plants = [
            ("a projection cut off", profiles("projection", "'{\"city\":'", any), "the profile cannot be read"),
            ("a projection that is no object", profiles("projection", "'[1]'", any), "the profile cannot be read"),
            (
                "a photo's row spoilt",
                profiles("photo", "'{\"version\":1}'", with_photo),
                "the photo's row cannot be read",
            ),
            ("a photo that names no blob", profiles("photo_blob", "NULL", with_photo), "the photo names no blob"),
            ("a photo that names no key", profiles("photo_blob", "'../x'", with_photo), "which is no blob"),
            (
                "a photo that names another blob",
                profiles("photo_blob", "'01890000-0000-7000-8000-0000000000ff'", with_photo),
                "is missing",
            ),
        ];
        for (what, (spoil, before, column), told) in plants {
            let was = sql::ask(&self.url, &before)?;
            sql::run(&self.url, &spoil)?;
            let ended = self.verify()?;
            self.judge(what, &ended, told);
            let (_, whose) = spoil.split_once(" WHERE ").ok_or("no WHERE")?;
            // The one with a photo is no longer found by its photo.
            let whose = whose.replace("photo IS NOT NULL", "photo IS NOT NULL OR photo_blob IS NOT NULL");
            sql::run(&self.url, &format!("UPDATE profiles SET {column} = '{was}' WHERE {whose}"))?;
        }
        sql::run(&self.url, &format!("UPDATE people SET seq = seq - 1000000 WHERE id = {any}"))?;
        let ended = self.verify()?;
        self.judge("a change number lowered", &ended, "is not among the person's");
        sql::run(&self.url, &format!("UPDATE people SET seq = seq + 1000000 WHERE id = {any}"))?;
        self.verify()?.fine("verify, after all was mended").map(drop)
    }

    fn in_the_backup(&mut self) -> Outcome<()> {
        let backup = self.backup.clone();
        let database = if self.url.starts_with("sqlite") { "database.sqlite" } else { "database.dump" };
        for name in ["manifest.json", "SHA256SUMS", database] {
            let path = backup.join(name);
            let whole = fs::read(&path)?;
            // Wherever the bit is.
            for place in [0, whole.len() / 3, whole.len() / 2, whole.len() - 2] {
                let mut spoilt = whole.clone();
                spoilt.iter_mut().skip(place).take(1).for_each(|byte| *byte ^= 1);
                fs::write(&path, spoilt)?;
                let ended = self.keeper.verify_backup(&backup)?;
                // A spoilt hash or name is told as the file that it is of.
                self.judge(
                    &format!("{name}, a bit flipped at {place}"),
                    &ended,
                    if name == "SHA256SUMS" { "sharehold: " } else { name },
                );
            }
            fs::remove_file(&path)?;
            let ended = self.keeper.verify_backup(&backup)?;
            self.judge(&format!("{name} removed"), &ended, name);
            fs::write(&path, whole)?;
        }
        let extra = backup.join("blobs/00/extra");
        fs::create_dir_all(backup.join("blobs/00"))?;
        fs::write(&extra, "x")?;
        let ended = self.keeper.verify_backup(&backup)?;
        self.judge("a file too many", &ended, "blobs/00/extra");
        fs::remove_file(extra)?;
        self.keeper.verify_backup(&backup)?.fine("verify --backup, after all was mended").map(drop)
    }

    fn in_indexes(&mut self) -> Outcome<()> {
        let row = "INSERT INTO profiles (person, changed, projection, projection_version, created_at, modified_at, photo_blob) \
                   SELECT id, 1, '{}', 1, 0, 0, '01890000-0000-7000-8000-0000000000fe' FROM people WHERE issuer = 'x'";
        if self.url.starts_with("sqlite") {
            let index =
                "UPDATE sqlite_schema SET sql = replace(sql, '{from}', '{to}') WHERE name = 'profiles_photo_blob'";
            let change = |from: &str, to: &str| index.replace("{from}", from).replace("{to}", to);
            let to = "(photo_blob) WHERE person < 0";
            sql::run(&self.url, &format!("PRAGMA writable_schema = ON; {}", change("(photo_blob)", to)))?;
            sql::run(
                &self.url,
                &format!(
                    "INSERT INTO people (uid, issuer, subject, seq, created_at) VALUES (x'{:032}', 'x', 'x', 1, 0); {row}",
                    1
                ),
            )?;
            sql::run(&self.url, &format!("PRAGMA writable_schema = ON; {}", change(to, "(photo_blob)")))?;
        } else {
            let index = "UPDATE pg_index SET indisready = {} WHERE indexrelid = 'profiles_photo_blob'::regclass";
            sql::run(&self.url, &index.replace("{}", "false"))?;
            sql::run(
                &self.url,
                &format!(
                    "INSERT INTO people (uid, issuer, subject, seq, created_at) VALUES ('\\x{:032}', 'x', 'x', 1, 0); {row}",
                    1
                ),
            )?;
            sql::run(&self.url, &index.replace("{}", "true"))?;
        }
        let ended = self.verify()?;
        self.judge("a row that an index lacks", &ended, "profiles_photo_blob");
        if self.url.starts_with("sqlite") {
            let broken = "PRAGMA foreign_keys = OFF; INSERT INTO profiles (person, changed, projection, projection_version, created_at, modified_at) \
                          VALUES (-7, 1, '{}', 1, 0, 0)";
            sql::run(&self.url, broken)?;
            let ended = self.verify()?;
            self.judge("a profile of nobody", &ended, "refers to a row of people");
        }
        sql::run(&self.url, &format!("DELETE FROM profiles WHERE person = {}", "(SELECT min(id) FROM people)"))?;
        let ended = self.verify()?;
        self.judge("a person without a profile", &ended, "there is no profile");
        Ok(())
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
