//! Items of a collection: made, changed and deleted in turn, each write with its mark in several members, of which all must be the
//! same write's.
//!
//! A change and a deletion need the id that a creation was answered with. After a write that was not answered the ids are not
//! known, so the client begins anew with items of its own, a *generation*, named by its first write. Within a generation
//! every write but the last was acknowledged, so what must be there follows from the number alone:
//! write 0 of three makes an item, 1 changes it, 2 deletes the one of the three before (changes it again, if there is none).

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::Value;

use super::{Found, Kind, Mark, changes_in, changes_of};
use crate::http::{Answer, Connection, Request};
use crate::outcome::Outcome;

/// A collection whose items are written.
pub(crate) struct Items {
    /// What one is called.
    pub(crate) name: &'static str,
    /// `POST` here, `PATCH` and `DELETE` on `/{id}`.
    pub(crate) path: &'static str,
    /// What orders them by generation.
    pub(crate) order: &'static str,
    /// Where the members that carry the mark are.
    pub(crate) marked: &'static [&'static str],
    /// The body of the write with this text of this generation.
    pub(crate) body: fn(generation: u64, text: &str) -> Value,
    /// The generation of an item.
    pub(crate) generation: fn(&Value) -> Option<u64>,
    /// The last acknowledged writes, by client.
    pub(crate) last: Mutex<BTreeMap<u16, Last>>,
}

/// The last acknowledged write of a client.
#[derive(Debug, Clone)]
pub(crate) struct Last {
    number: u64,
    generation: u64,
    changes: u64,
    current: String,
    previous: Option<String>,
}

enum Deed {
    Create { generation: u64 },
    Change(Last),
    Delete(Last, String),
}

impl Items {
    /// What the write of `mark` does.
    fn deed(&self, mark: Mark) -> Outcome<Deed> {
        let last = self.last.lock().map_err(|_| "a client panicked")?.get(&mark.client).cloned();
        let Some(last) = last.filter(|last| mark.number > 1 && last.number + 1 == mark.number) else {
            return Ok(Deed::Create { generation: mark.number });
        };
        Ok(match ((mark.number - last.generation) % 3, last.previous.clone()) {
            (0, _) => Deed::Create { generation: last.generation },
            (2, Some(previous)) => Deed::Delete(last, previous),
            _ => Deed::Change(last),
        })
    }

    /// The id in the answer, which must show the write.
    fn shown(&self, answer: &Answer, mark: Mark) -> Outcome<String> {
        let item: Value = serde_json::from_slice(&answer.body)?;
        let number = self.number(&item, mark.client)?;
        if number != mark.number {
            return Err(format!("write {} was answered with {number}", mark.number).into());
        }
        Ok(item.get("id").and_then(Value::as_str).ok_or("no id")?.to_owned())
    }

    /// The write that all its members are of.
    fn number(&self, item: &Value, client: u16) -> Outcome<u64> {
        let members: Vec<&str> = self.marked.iter().filter_map(|at| item.pointer(at)?.as_str()).collect();
        let number = members.first().and_then(|first| first.rsplit(' ').next()).and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| format!("torn: {item}"))?;
        let whole = text(Mark { client, number });
        if members.len() != self.marked.len() || members.iter().any(|member| *member != whole) {
            return Err(format!("torn: {members:?}").into());
        }
        Ok(number)
    }

    fn one(&self, item: &Value, client: u16) -> Outcome<One> {
        let generation = (self.generation)(item).ok_or_else(|| format!("torn: {item}"))?;
        Ok(One { generation, number: self.number(item, client)?, changes: changes_in(item)? })
    }
}

impl Kind for Items {
    fn name(&self) -> &'static str {
        self.name
    }

    fn write(&self, mark: Mark) -> Outcome<Request> {
        let body =
            |generation| Some(("application/json", (self.body)(generation, &text(mark)).to_string().into_bytes()));
        Ok(match self.deed(mark)? {
            Deed::Create { generation } => Request { method: "POST", path: self.path.into(), body: body(generation) },
            Deed::Change(last) => {
                let path = format!("{}/{}", self.path, last.current);
                Request { method: "PATCH", path, body: body(last.generation) }
            }
            Deed::Delete(_, id) => Request { method: "DELETE", ..Request::get(format!("{}/{id}", self.path)) },
        })
    }

    fn acknowledged(&self, mark: Mark, answer: &Answer) -> Outcome<Found> {
        let done = self.deed(mark)?;
        let mut all = self.last.lock().map_err(|_| "a client panicked")?;
        let last = match done {
            Deed::Create { generation } => {
                let before = all.remove(&mark.client).filter(|last| last.generation == generation);
                let (current, changes) = (self.shown(answer, mark)?, changes_of(answer)?);
                let previous = before.map(|last| last.current);
                Last { number: mark.number, generation, changes, current, previous }
            }
            Deed::Change(last) => {
                self.shown(answer, mark)?;
                Last { number: mark.number, changes: changes_of(answer)?, ..last }
            }
            // It was answered without a version: that of the write before, which was acknowledged, and one more.
            Deed::Delete(last, _) => Last { number: mark.number, changes: last.changes + 1, previous: None, ..last },
        };
        let found = Found { number: last.number, changes: last.changes };
        all.insert(mark.client, last);
        Ok(found)
    }

    fn found(&self, connection: &mut Connection, token: &str, client: u16) -> Outcome<Found> {
        let path = format!("{}?$orderby={}%20desc&$top=4", self.path, self.order);
        let answer = connection.send(&Request::get(&path), Some(token))?;
        if answer.status != 200 {
            return Err(format!("GET {path}: {} {}", answer.status, answer.words()).into());
        }
        let list: Value = serde_json::from_slice(&answer.body)?;
        let list = list.get("value").and_then(Value::as_array).ok_or("no list")?;
        let mut seen = list.iter().map(|item| self.one(item, client)).collect::<Outcome<Vec<_>>>()?;
        let Some(generation) = seen.iter().map(|one| one.generation).max() else {
            return Ok(Found { number: 0, changes: 0 });
        };
        seen.retain(|one| one.generation == generation);
        seen.sort_by_key(|one| one.number);
        judged(generation, &seen)
    }
}

/// The write that leaves this, or why none does.
fn judged(generation: u64, seen: &[One]) -> Outcome<Found> {
    let newest = seen.last().ok_or("nothing of its generation")?;
    let at = newest.number.checked_sub(generation).ok_or_else(|| format!("torn: {seen:?}"))?;
    let first = at < 3;
    let mut expected = Vec::new();
    if !first {
        // The item of the three before, as its last change left it.
        let begun = generation + (at / 3 - 1) * 3;
        expected.push(if begun == generation { begun + 2 } else { begun + 1 });
    }
    expected.push(newest.number);
    let numbers: Vec<u64> = seen.iter().map(|one| one.number).collect();
    if numbers == expected && (first || at % 3 < 2) {
        return Ok(Found { number: newest.number, changes: newest.changes });
    }
    if !first && at % 3 == 1 && numbers == [newest.number] {
        return Ok(Found { number: newest.number + 1, changes: newest.changes + 1 });
    }
    Err(format!("torn: the generation of write {generation} is {seen:?}").into())
}

#[derive(Debug)]
struct One {
    generation: u64,
    number: u64,
    changes: u64,
}

fn text(mark: Mark) -> String {
    format!("client {} write {}", mark.client, mark.number)
}
