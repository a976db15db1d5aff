//! Rows and pages that cannot be read at all: they are named, and so is a photo that is missing behind them.

use std::fs;

use super::{Scene, name};
use crate::outcome::Outcome;
use crate::sql;

impl Scene<'_> {
    /// Plants among the people from `first` to `last`, each of whom has a photo. All is undone.
    pub(super) fn in_pages(&mut self, first: i64, last: i64) -> Outcome<()> {
        let broken = first.midpoint(last);
        let missing = self.blob_of(last)?;
        let whole = fs::read(&missing)?;
        fs::remove_file(&missing)?;
        let missing_name = format!("{} (", name(&missing));
        let sqlite = self.url.starts_with("sqlite");
        let (uid, prepare, digits) = if sqlite {
            ("lower(hex(uid))", "PRAGMA ignore_check_constraints = ON", ["x'", "x'00'"])
        } else {
            ("encode(uid, 'hex')", "ALTER TABLE people DROP CONSTRAINT people_uid_check", ["'\\x", "'\\x00'"])
        };
        let was = sql::ask(&self.url, &format!("SELECT {uid} FROM people WHERE id = {broken}"))?;
        let [quoted, short] = digits;
        sql::run(&self.url, &format!("{prepare}; UPDATE people SET uid = {short} WHERE id = {broken}"))?;
        let ended = self.verify()?;
        self.judge("an id too short", &ended, &format!("the person of number {broken} cannot be read"));
        self.judge("a photo deleted behind it", &ended, &missing_name);
        let folder = self.backup.with_file_name("backup-of-broken");
        let ended = self.keeper.run("backup", &[], &[&folder])?;
        self.judge("an id too short, to backup", &ended, &format!("the person of number {broken} cannot be read"));
        self.judge("a photo deleted behind it, to backup", &ended, &missing_name);
        self.judge("both, and it is a backup", &ended, "the backup is complete, but");
        sql::run(&self.url, &format!("UPDATE people SET uid = {quoted}{was}' WHERE id = {broken}"))?;
        if sqlite {
            self.in_a_page(&was, &missing_name)?;
        }
        fs::write(&missing, whole)?;
        self.verify()?.fine("verify, after pages were mended").map(drop)
    }

    /// Breaks the page of the table that this person's row is in.
    fn in_a_page(&mut self, uid: &str, missing: &str) -> Outcome<()> {
        let file = self.url.trim_start_matches("sqlite://").to_owned();
        let whole = fs::read(&file)?;
        let octets = (0..uid.len() / 2).map(|n| u8::from_str_radix(uid.get(2 * n..2 * n + 2).unwrap_or_default(), 16));
        // Only the row itself has the two beside each other.
        let row = [octets.collect::<Result<Vec<u8>, _>>()?.as_slice(), b"https://filler.example"].concat();
        let at = whole.windows(row.len()).position(|window| window == row).ok_or("the row is not in the file")?;
        let size = match whole.get(16..18) {
            Some([0, 1]) => 65536,
            Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
            _ => return Err("not SQLite's file".into()),
        };
        let mut spoilt = whole.clone();
        spoilt.iter_mut().skip(at / size * size).take(8).for_each(|octet| *octet = 0xff);
        fs::write(&file, spoilt)?;
        let ended = self.verify()?;
        self.judge("a page of rows", &ended, "cannot be read: database disk image is malformed");
        self.judge("whose they are", &ended, "the people of numbers 2");
        self.judge("a photo deleted behind the page", &ended, missing);
        Ok(fs::write(&file, whole)?)
    }
}
