//! What imports of files share, whatever the kind: the stream of the body (`receive`), what became of each piece of it (`item`), the
//! report of all (`report`), how a turn is written (`turn`), and the bytes of other character sets (`decode`, `head`). May import
//! `resources::{accept, body}`, `query`, `access`, `store`, problem.

pub mod decode;
pub mod head;
pub mod item;
pub mod receive;
pub mod report;
pub mod turn;

use std::future::Future;

use crate::problem::Problem;
use item::Item;

/// What takes a file as it comes, in pieces of any size. What it has told stays, even if the rest of the file never comes.
pub trait Import {
    /// Takes the next bytes of the file; tells what became of what was written on their account.
    fn push(&mut self, bytes: &[u8]) -> impl Future<Output = Result<Vec<Item>, Problem>>;

    /// The file has ended: writes what is left.
    fn finish(&mut self) -> impl Future<Output = Result<Vec<Item>, Problem>>;
}
