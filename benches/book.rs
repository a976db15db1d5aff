//! Address books as people have them, for the benches that read and write them. May import everything.

use std::error::Error;

use serde_json::{Map, Value, json};
use sharehold::access::{Create, Grant};
use sharehold::clock::SystemClock;
use sharehold::config::{Database, Limits, Provision};
use sharehold::problem::Problem;
use sharehold::resources::contacts::Contacts;
use sharehold::resources::contacts::card::Card;
use sharehold::resources::contacts::queries::{self, Made};
use sharehold::secret::Secret;
use sharehold::store::{Halt, Owned, Store, StoreError, Tuning, Uid};

/// Who lets the people in.
pub(crate) const ISSUER: &str = "https://as.example";
const NOBODY_IS_REFUSED: u64 = 1_000_000;

const GIVEN: [&str; 16] = [
    "Ana María",
    "José",
    "Katarzyna",
    "Jürgen",
    "Chloé",
    "Oluwaseun",
    "Sigríður",
    "Dmitri",
    "Eleni",
    "Mehmet",
    "Priya",
    "Hiroshi",
    "Zoë",
    "Siobhán",
    "Nguyễn",
    "Tomás",
];
const SURNAMES: [&str; 18] = [
    "García",
    "Núñez",
    "Müller",
    "Kowalczyk",
    "O'Neill",
    "Adeyemi",
    "Jónsdóttir",
    "Ivanov",
    "Papadopoulou",
    "Yılmaz",
    "Raghavan",
    "Tanaka",
    "van den Berg",
    "Nowak",
    "Trần",
    "Fernández",
    "Lindqvist",
    "Baptiste",
];
const COMPANIES: [&str; 7] = [
    "Panadería San Camilo",
    "Northwind Traders",
    "Hafenlogistik Bremen GmbH",
    "Atelier Dubois",
    "Kowalczyk i Synowie",
    "Contoso",
    "Lagos Water Works",
];

fn of<'t>(texts: &[&'t str], at: usize) -> &'t str {
    texts.get(at % texts.len().max(1)).copied().unwrap_or_default()
}

/// The name of a person in tokens.
pub(crate) fn subject(person: usize) -> String {
    format!("person-{person:04}")
}

/// A contact as a client would send it: names, work, two addresses, two numbers, where it lives, a note.
pub(crate) fn contact(person: usize, at: usize) -> Map<String, Value> {
    // Both lists are walked at different steps, so that a book holds many pairs.
    let (given, surname) = (of(&GIVEN, person + at), of(&SURNAMES, person * 5 + at * 7 + at / 16));
    let (company, number) = (of(&COMPANIES, at / 3), person * 1000 + at);
    let contact = json!({
        "displayName": format!("{given} {surname}"), "givenName": given, "surname": surname,
        "companyName": company, "jobTitle": "Head of purchasing", "department": "Purchasing",
        "emailAddresses": [
            {"name": format!("{given} {surname}"), "address": format!("contact.{number}@example.com")},
            {"address": format!("c{number}@mail.example.org")},
        ],
        "mobilePhone": format!("+56 9 {:04} {:04}", number / 10_000 % 10_000, number % 10_000),
        "businessPhones": [format!("+49 421 555 {:04}", number % 10_000)],
        "homeAddress": {
            "street": format!("Avenida Providencia {}", 100 + at), "city": "Santiago", "state": "RM",
            "postalCode": "7500000", "countryOrRegion": "Chile",
        },
        "birthday": "1979-05-31T00:00:00Z",
        "personalNotes": "Met at the fair in May. Prefers to be called in the morning; speaks Spanish and German. Asks for \
                          the new catalogue every autumn.",
    });
    if let Value::Object(contact) = contact { contact } else { Map::new() }
}

/// A store of this place, where a caller waits as long as it takes.
pub(crate) fn open(url: &str, tuning: Tuning) -> Result<Store, Box<dyn Error>> {
    let settings = Database { url: Secret::new(url.to_owned()), pool_size: 0 };
    let limits = Limits { pool_wait_s: 30, ..Limits::default() };
    Ok(Store::open_tuned(&settings, &limits, Provision::OnFirstToken, SystemClock::shared(), tuning)?)
}

/// What the API does with a contact before the writer's turn.
pub(crate) fn made(id: Uid, contact: &Map<String, Value>) -> Result<Made, Box<dyn Error>> {
    let mut card = Card::new();
    card.merge(contact).map_err(|problem| format!("{problem:?}"))?;
    card.set_uid(&format!("urn:uuid:{id}"));
    Made::of(&card).map_err(|problem| format!("{problem:?}").into())
}

/// Adds contacts in one write.
pub(crate) async fn add(store: &Store, person: usize, new: Vec<(Uid, Made)>) -> Result<(), StoreError> {
    let grant: Grant<Contacts, Create> = Grant::operator(ISSUER, &subject(person));
    let write = move |on: &mut Owned<'_, Contacts, Create>| -> Result<(), Halt<Problem>> {
        let folder = queries::default_folder(on);
        for (id, made) in &new {
            queries::insert(on, *id, folder, made, NOBODY_IS_REFUSED)?;
        }
        Ok(())
    };
    store.write(&grant, write).await.map_err(|halt| match halt {
        Halt::Store(error) => error,
        Halt::Refused(problem) => StoreError::Broken(problem.to_string()),
    })
}
