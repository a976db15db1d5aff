//! The terms by which a card is found, each with its class. Imports `members`' places, `texts`, `query::text`.
//!
//! `n` words of names that `Contacts.ReadBasic` may see, `w` words of all else, `t` digits of telephone numbers, `a` e-mail
//! addresses, bare; and for `any()`-filters, folded: `m` mobilePhone, `b` businessPhones, `h` homePhones, `o` otherPhones,
//! `c` categories, `i` imAddresses.

use std::collections::HashSet;

use serde_json::Value;

use crate::query::text::{address, digits, fold, words};
use crate::resources::contacts::card::parts;
use crate::resources::contacts::card::project::{NAMES, cut};
use crate::resources::contacts::card::slots::all;
use crate::resources::contacts::card::texts::{Chats, Phone, number};
use crate::resources::content_line::Property;

/// So many properties of a kind are looked at.
const MOST: usize = 500;
/// The most characters of a term.
pub const CHARS: usize = 128;
/// Text beyond this is not looked at for words.
const TEXT: usize = 4096;

/// The terms; `named` gives a member's text and whether `Contacts.ReadBasic` must not see it.
pub(super) fn of<'a>(properties: &[Property], named: &dyn Fn(&str) -> (&'a str, bool)) -> Vec<(char, String)> {
    let mut terms = Terms { seen: HashSet::new(), list: Vec::new() };
    for (name, _) in NAMES {
        let (text, hidden) = named(name);
        terms.words(if hidden { 'w' } else { 'n' }, text);
    }
    for name in ["companyName", "department", "jobTitle", "yomiCompanyName"] {
        terms.words('w', named(name).0);
    }
    for property in properties.iter().filter(|property| property.is("EMAIL")).take(MOST) {
        let text = property.text();
        terms.add('a', &address(&text));
        terms.words('w', &text);
    }
    for property in properties.iter().filter(|property| property.is("TEL")).take(MOST) {
        for term in digits(&cut(&number(property), CHARS)) {
            terms.add('t', &term);
        }
    }
    let first = all(properties, &Phone::Mobile).into_iter().take(1);
    terms.folded('m', first);
    terms.folded('b', all(properties, &Phone::Business));
    terms.folded('h', all(properties, &Phone::Home));
    terms.folded('o', all(properties, &Phone::Other));
    terms.folded('c', parts::categories(properties));
    terms.folded('i', all(properties, &Chats));
    for property in properties.iter().filter(|property| property.is("ADR")).take(MOST) {
        terms.words('w', &property.text());
    }
    terms.list
}

/// The most terms of a class: each has its own room, so that no class takes away another's.
fn most(class: char) -> usize {
    if matches!(class, 't' | 'n' | 'w') { 200 } else { 100 }
}

struct Terms {
    seen: HashSet<(char, String)>,
    list: Vec<(char, String)>,
}

impl Terms {
    fn add(&mut self, class: char, term: &str) {
        let term = cut(term, CHARS);
        if !term.is_empty() && self.of(class) < most(class) && self.seen.insert((class, term.clone())) {
            self.list.push((class, term));
        }
    }

    fn of(&self, class: char) -> usize {
        self.list.iter().filter(|(of, _)| *of == class).count()
    }

    fn words(&mut self, class: char, text: &str) {
        for word in words(&cut(text, TEXT)) {
            self.add(class, &word);
        }
    }

    fn folded(&mut self, class: char, values: impl IntoIterator<Item = Value>) {
        for value in values {
            self.add(class, &cut(&fold(value.as_str().unwrap_or_default()), CHARS));
        }
    }
}
