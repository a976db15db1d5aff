//! Many people's books filled. Imports `book`.

use std::error::Error;

use futures_util::future::join_all;
use sharehold::store::Store;

use crate::book;

/// How many contacts a write adds.
const AT_ONCE: usize = 20;

type Fault = Box<dyn Error>;

/// Gives each of `people` so many contacts: some to one, some to the next, as they come in when all use the server.
pub(crate) fn fill(store: &Store, people: usize, contacts: usize) -> Result<(), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for first in (0..contacts).step_by(AT_ONCE) {
        eprint!("\rfilling: {} of {} contacts", first * people, contacts * people);
        for group in (0..people).collect::<Vec<_>>().chunks(64) {
            let mut writes = Vec::new();
            for person in group {
                let new = (first..contacts.min(first + AT_ONCE)).map(|at| {
                    let id = store.new_id();
                    Ok((id, book::made(id, &book::contact(*person, at))?))
                });
                writes.push(book::add(store, *person, new.collect::<Result<_, Fault>>()?));
            }
            runtime.block_on(join_all(writes)).into_iter().collect::<Result<(), _>>()?;
        }
    }
    eprintln!("\rfilled: {people} people with {contacts} contacts each");
    Ok(())
}
