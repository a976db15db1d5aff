//! People by the thousand, with photos, that nobody sent: put into the database and the blobs by the back door.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rand::RngCore as _;
use rand::rngs::OsRng;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::outcome::Outcome;
use crate::sql::Sql;

/// People in one statement.
const AT_ONCE: u64 = 200;

/// How much there is to be of what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    /// Where the numbers of these people begin: far from those that the database gives.
    pub(crate) first: i64,
    /// MiB of rows, each of some 16 KiB.
    pub(crate) rows_mib: u64,
    /// Photos, of people of their own.
    pub(crate) photos: u64,
    /// Bytes of each.
    pub(crate) photo_bytes: usize,
}

/// Puts `amount` into the database at `url` and the folder `blobs`. Not while a server serves from a SQLite file.
pub(crate) fn fill(url: &str, blobs: &Path, amount: Amount) -> Outcome<()> {
    let mut db = Sql::open(url)?;
    let rows = amount.rows_mib * 64;
    let (mut made, mut people, mut profiles) = (0, String::new(), String::new());
    while made < rows + amount.photos {
        let number = amount.first.saturating_add_unsigned(made);
        let photo = if made < rows { None } else { Some(photo(blobs, amount.photo_bytes)?) };
        let about = if photo.is_some() { String::new() } else { random_hex(8 * 1024) };
        let uid = literal(&db, Uuid::now_v7().as_bytes());
        let comma = if people.is_empty() { "" } else { "," };
        let (photo, blob) = photo.map_or(("NULL".into(), "NULL".into()), |(photo, blob)| (text(&photo), text(&blob)));
        write!(people, "{comma}({number},{uid},'https://filler.example','{number}',1,0)")?;
        let projection = json!({ "aboutMe": about });
        write!(profiles, "{comma}({number},1,'{projection}',1,0,0,{photo},{blob})")?;
        made += 1;
        if made.is_multiple_of(AT_ONCE) || made == rows + amount.photos {
            db.run(&format!(
                "BEGIN; INSERT INTO people (id, uid, issuer, subject, seq, created_at) VALUES {people}; \
                 INSERT INTO profiles (person, changed, projection, projection_version, created_at, modified_at, photo, photo_blob) \
                 VALUES {profiles}; COMMIT"
            ))?;
            people.clear();
            profiles.clear();
        }
    }
    Ok(())
}

fn text(text: &str) -> String {
    format!("'{text}'")
}

fn literal(db: &Sql, bytes: &[u8]) -> String {
    let hex = hex(bytes);
    if db.is_sqlite() { format!("x'{hex}'") } else { format!("'\\x{hex}'") }
}

fn random_hex(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    OsRng.fill_bytes(&mut random);
    hex(&random)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).map_or('0', |digit| char::from(*digit));
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Writes a blob; the photo's row and its name.
fn photo(blobs: &Path, size: usize) -> Outcome<(String, String)> {
    let mut bytes = vec![0; size];
    OsRng.fill_bytes(&mut bytes);
    let key = Uuid::now_v7().to_string();
    let shard = blobs.join(key.get(key.len() - 2..).ok_or("no shard")?);
    fs::create_dir_all(&shard)?;
    fs::write(shard.join(&key), &bytes)?;
    let sha256 = format!("{:x}", Sha256::digest(&bytes));
    let squares = json!([{ "side": 48, "start": 0, "end": size, "sha256": sha256 }]);
    Ok((json!({ "version": 1, "squares": squares }).to_string(), key))
}
