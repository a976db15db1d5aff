//! What was found in the file, read and made ready to be written; none of it is the writer's business. Pure.

use sha2::{Digest as _, Sha256};

use super::found::Found;
use crate::resources::contacts::card::{Card, CardFault, Form};
use crate::resources::contacts::queries::Made;

/// A card that can be written, or why it cannot.
#[derive(Debug, Clone)]
pub struct Read {
    /// Its place in the file, from 0.
    pub index: u64,
    /// The line where it begins.
    pub line: u64,
    /// Its UID, as written.
    pub uid: Option<String>,
    /// What it was written in.
    pub form: Form,
    /// What to write, or why not.
    pub made: Result<Made, String>,
}

/// Reads all of `found`, the first of which is the file's number `begin`.
pub fn all(begin: u64, found: Vec<Found>) -> Vec<Read> {
    let one = |(index, found)| match found {
        Found::Rejected { line, why } => {
            Read { index, line, uid: None, form: Form::JsContact, made: Err(why.to_string()) }
        }
        Found::Card { line, text } => of(index, line, Form::of_vcard(&text), Card::read(&text)),
        Found::JsContact { line, text } => of(index, line, Form::JsContact, Card::from_jscontact(&text)),
    };
    (begin..).zip(found).map(one).collect()
}

/// Of a card that was read, or why it was not.
fn of(index: u64, line: u64, form: Form, card: Result<Card, CardFault>) -> Read {
    match card {
        Ok(mut card) => {
            if card.uid().is_none() {
                card.set_uid(&named_by_content(&card));
            }
            Read {
                index,
                line,
                uid: card.uid().map(str::to_owned),
                form,
                made: Made::of(&card).map_err(|problem| problem.to_string()),
            }
        }
        Err(fault) => {
            let at = line.saturating_add(u64::try_from(fault.line.saturating_sub(1)).unwrap_or(0));
            let reason = if fault.line == 0 { fault.reason } else { format!("Line {at}: {}", fault.reason) };
            Read { index, line, uid: None, form, made: Err(reason) }
        }
    }
}

/// A UID for a card that has none: of what it says, so that the same card again is the same contact.
fn named_by_content(card: &Card) -> String {
    let digest = Sha256::digest(card.record().as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, of)| *byte = of);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().urn().to_string()
}

#[cfg(test)]
mod tests {
    use super::{Found, all};

    #[test]
    fn a_card_without_uid_gets_one_of_what_it_says() {
        let uid = |name: &str| {
            let text = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nEND:VCARD\r\n");
            all(0, vec![Found::Card { line: 1, text }]).pop().and_then(|read| read.uid)
        };
        assert!(uid("Ann").is_some_and(|uid| uid.starts_with("urn:uuid:")));
        assert_eq!(uid("Ann"), uid("Ann"));
        assert_ne!(uid("Ann"), uid("Bob"));
    }
}
