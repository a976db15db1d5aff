//! The parts of pictures that are not whole: which blobs they are in, and whether they are what their sessions say.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use crate::digest::Digest;
use crate::resources::audit::Seen;
use crate::resources::photos::audit::content;
use crate::store::columns::Uid;
use crate::store::tables::upload_chunks;
use crate::store::{Inspection, StoreError, on_backend};

/// How many parts are read at once.
const PAGE: i64 = 500;

/// Tells of every part.
pub fn run(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    let mut after = (i64::MIN, Uid::FIRST, i64::MIN);
    loop {
        let page = match page(on, after) {
            Ok(page) => page,
            Err(StoreError::Broken(why)) => {
                let why = why.trim().replace('\n', "; ");
                tell(Seen::Fault(format!("parts after byte {} of upload {} cannot be read: {why}", after.2, after.1)));
                break;
            }
            Err(error) => return Err(error),
        };
        let Some((person, session, first, ..)) = page.last() else { break };
        after = (*person, *session, *first);
        for (_, session, first, size, sha256) in page {
            tell(Seen::Blob(content(sha256, size, format!("byte {first} on of upload {session}"))));
        }
    }
    sums(on, tell)
}

/// Whose, of which session, the first byte, how many, and the content.
type Found = (i64, Uid, i64, i64, Digest);

fn page(on: &mut Inspection, (person, session, first): (i64, Uid, i64)) -> Result<Vec<Found>, StoreError> {
    let same = upload_chunks::session.eq(session).and(upload_chunks::first.gt(first));
    let next = upload_chunks::session.gt(session).or(same);
    let asked = upload_chunks::table
        .filter(upload_chunks::person.ge(person))
        .filter(upload_chunks::person.gt(person).or(next))
        .order((upload_chunks::person, upload_chunks::session, upload_chunks::first))
        .limit(PAGE)
        .select((
            upload_chunks::person,
            upload_chunks::session,
            upload_chunks::first,
            upload_chunks::size,
            upload_chunks::sha256,
        ));
    on.read(|db| on_backend!(db, |c| asked.load(c)))
}

/// Sessions whose parts are not as many bytes as they say.
fn sums(on: &mut Inspection, tell: &mut dyn FnMut(Seen)) -> Result<(), StoreError> {
    const HERE: &str = "SELECT id, received, CAST(COALESCE((SELECT sum(size) FROM upload_chunks AS part \
        WHERE part.person = whole.person AND part.session = whole.id), 0) AS BIGINT) FROM upload_sessions AS whole \
        WHERE photo IS NULL AND received <> COALESCE((SELECT sum(size) FROM upload_chunks AS part \
        WHERE part.person = whole.person AND part.session = whole.id), 0)";
    match on.read(|db| sql::<(Binary, BigInt, BigInt)>(HERE).load::<(Uid, i64, i64)>(db)) {
        Ok(found) => {
            for (session, received, here) in found {
                let fault = format!("upload {session} has {here} bytes, and {received} are counted");
                tell(Seen::Fault(fault));
            }
            Ok(())
        }
        Err(StoreError::Broken(why)) => {
            tell(Seen::Fault(format!("uploads cannot be counted: {}", why.trim().replace('\n', "; "))));
            Ok(())
        }
        Err(error) => Err(error),
    }
}
