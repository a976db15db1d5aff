//! The terms by which an event is found, each with its class. Imports `people`, `project`, `texts`, `ical`, `query::text`.
//!
//! `n` words of what `Calendars.ReadBasic` may see, `w` words of all else, `a` addresses of people, bare; and for
//! `any()`-filters, folded: `c` categories, `p` categories of a private event, `l` names of locations of one that is not.

use std::collections::HashSet;

use serde_json::Value;

use crate::query::text::{address, fold, words};
use crate::resources::calendar::ical::Component;
use crate::resources::calendar::record::people;
use crate::resources::calendar::record::project::cut;
use crate::resources::calendar::record::texts::{body_as, part, text};

/// The most characters of a term.
pub const CHARS: usize = 128;
/// Text beyond this is not looked at for words.
const TEXT: usize = 4096;
/// The most terms of a class: each has its own room, so that no class takes away another's.
const MOST: usize = 200;

/// The terms; `member` gives a member's value.
pub(super) fn of<'a>(event: &Component, member: impl Fn(&str) -> &'a Value, private: bool) -> Vec<(char, String)> {
    let mut terms = Terms::default();
    let seen = if private { 'w' } else { 'n' };
    terms.words(seen, text(member("subject")));
    for place in member("locations").as_array().into_iter().flatten() {
        terms.words(seen, text(part(place, "displayName")));
        if !private {
            terms.folded('l', text(part(place, "displayName")));
        }
    }
    for category in member("categories").as_array().into_iter().flatten() {
        terms.words(seen, text(category));
        terms.folded(if private { 'p' } else { 'c' }, text(category));
    }
    for (of, name) in people::found_by(event) {
        terms.add('a', &address(&of));
        terms.words('w', &name);
        terms.words('w', &of);
    }
    terms.words('w', text(part(&body_as(member("body"), "text"), "content")));
    terms.list
}

#[derive(Default)]
struct Terms {
    seen: HashSet<(char, String)>,
    list: Vec<(char, String)>,
}

impl Terms {
    fn add(&mut self, class: char, term: &str) {
        let term = cut(term, CHARS);
        let there = self.list.iter().filter(|(of, _)| *of == class).count();
        if !term.is_empty() && there < MOST && self.seen.insert((class, term.clone())) {
            self.list.push((class, term));
        }
    }

    fn words(&mut self, class: char, text: &str) {
        for word in words(&cut(text, TEXT)) {
            self.add(class, &word);
        }
    }

    fn folded(&mut self, class: char, text: &str) {
        self.add(class, &cut(&fold(text), CHARS));
    }
}
