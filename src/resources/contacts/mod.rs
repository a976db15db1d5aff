//! Contacts: a person's address book, shown as far as scopes reach (api.md §6).
//! `card` is the record and what follows from it, `server` what does not, `model` the answers, `schema` their OpenAPI schemas,
//! `queries` the database, `handlers` the operations, `filter` what may be filtered and ordered, `folders` what they lie in,
//! `photo` their pictures, `audit` what `verify` looks at.

pub mod audit;
pub mod card;
pub mod filter;
pub mod folders;
pub mod handlers;
pub mod import;
pub mod model;
pub mod photo;
pub mod queries;
pub mod schema;
pub mod server;

use actix_web::http::Method;

use crate::access::{Create, Kind, Permits, Read, Scope, Write};
use crate::resources::collection::{LISTING, PAGES};
use crate::resources::conditions::{self, CHANGING, IF_CURRENT, UNLESS_CURRENT};
use crate::resources::endpoint::{Content, Endpoint};
use crate::resources::idempotency;
use crate::resources::import::item;

/// The kind.
#[derive(Debug)]
pub enum Contacts {}

impl Kind for Contacts {
    const NAME: &'static str = "contacts";
}
impl Permits<Read> for Contacts {
    const SCOPES: &'static [Scope] = &[Scope::ContactsReadBasic];
}
impl Permits<Create> for Contacts {
    const SCOPES: &'static [Scope] = &[Scope::ContactsCreate];
}
impl Permits<Write> for Contacts {
    const SCOPES: &'static [Scope] = &[Scope::ContactsReadWrite];
}

const ALL: &str = "/v1.0/me/contacts";
const COUNT: &str = "/v1.0/me/contacts/$count";
const ONE: &str = "/v1.0/me/contacts/{contact}";
const DELTA: &str = "/v1.0/me/contacts/delta";
const OF_FOLDER: &str = "/v1.0/me/contactFolders/{folder}/contacts";
const DELTA_OF_FOLDER: &str = "/v1.0/me/contactFolders/{folder}/contacts/delta";

const CREATING_OR_IMPORTING: &[(&str, &str)] = &[(
    idempotency::HEADER.0,
    "1 to 255 visible ASCII characters: for 24 hours the same JSON under the same key makes nothing twice; other is 422. An import \
     does not heed it: what is there already is known by its UID",
)];
const REPLACING: &[(&str, &str)] =
    &[("If-Match", "Required: entity tags, 412 if none is current; or `*`"), conditions::MINIMAL];

/// Its operations.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = of_all();
    all.extend(of_one());
    all.extend(folders::endpoints());
    all.extend(photo::endpoints());
    all
}

fn of_all() -> Vec<Endpoint> {
    vec![
        lists(Endpoint::guarded(Method::GET, ALL, "listContacts", handlers::list))
            .summary("The person's contacts, a page at a time"),
        creates(Endpoint::guarded(Method::POST, ALL, "createContact", handlers::create))
            .summary("Adds a contact, or imports a file of them, which updates what is there by UID"),
        Endpoint::guarded(Method::GET, COUNT, "countContacts", handlers::count)
            .summary("How many contacts there are")
            .options(handlers::COUNT_OPTIONS)
            .fields("$filter", filter::filtered())
            .answers(200, "The number", Content::Media(&["text/plain"]))
            .problems(&[406]),
        rounds(Endpoint::guarded(Method::GET, DELTA, "deltaContacts", handlers::delta))
            .summary("What changed since the round before; without a token, everything"),
        lists(Endpoint::guarded(Method::GET, OF_FOLDER, "listContactsOfFolder", handlers::list_of_folder))
            .summary("The contacts of one folder, a page at a time"),
        rounds(Endpoint::guarded(Method::GET, DELTA_OF_FOLDER, "deltaContactsOfFolder", handlers::delta_of_folder))
            .summary("What changed in one folder since the round before; without a token, everything"),
        creates(Endpoint::guarded(Method::POST, OF_FOLDER, "createContactInFolder", handlers::create))
            .summary("Adds a contact to a folder, or imports a file of them, which updates what is there by UID"),
    ]
}

/// A list, of all or of a folder.
fn lists(endpoint: Endpoint) -> Endpoint {
    endpoint
        .same_as("listContacts")
        .options(handlers::OPTIONS)
        .fields("$filter", filter::filtered())
        .fields("$orderby", filter::ordered())
        .headers(LISTING)
        .answers(
            200,
            "A page of contacts; as another type all of them",
            Content::JsonOr(schema::page, handlers::EXPORTED),
        )
        .answers(304, "Not modified", Content::Empty)
        .problems(&[406])
}

/// A round, of all or of a folder.
fn rounds(endpoint: Endpoint) -> Endpoint {
    endpoint
        .same_as("deltaContacts")
        .options(handlers::DELTA_OPTIONS)
        .headers(PAGES)
        .answers(200, "A page of a round, with `@removed` for what is gone", Content::Json(schema::round))
        .problems(&[404, 406, 410])
}

/// What adds, to all or to a folder.
fn creates(endpoint: Endpoint) -> Endpoint {
    endpoint
        .same_as("createContact")
        .headers(CREATING_OR_IMPORTING)
        .body(Content::JsonOr(schema::body, handlers::IMPORTED))
        .examples(schema::CARDS)
        .answers(200, "What became of each card of an import", Content::Json(item::schema))
        .answers(201, "The contact, and its address in `Location`", Content::Json(schema::contact))
        .problems(&[404, 406, 408, 409, 413, 415, 422, 507])
}

fn of_one() -> Vec<Endpoint> {
    let contact = || Content::Json(schema::contact);
    vec![
        Endpoint::guarded(Method::GET, ONE, "getContact", handlers::get)
            .summary("One contact; as a vCard or a JSContact card it is whole, and `$select` is refused")
            .options(&["$select"])
            .headers(&[UNLESS_CURRENT])
            .answers(200, "The contact", Content::JsonOr(schema::contact, handlers::EXPORTED))
            .answers(304, "Not modified", Content::Empty)
            .problems(&[404, 406]),
        Endpoint::guarded(Method::PATCH, ONE, "updateContact", handlers::patch)
            .summary("Changes the members given of a contact")
            .headers(CHANGING)
            .body(Content::Json(schema::body))
            .answers(200, "The contact after the change", contact())
            .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
            .problems(&[404, 406, 408, 412, 413, 415, 507]),
        Endpoint::guarded(Method::PUT, ONE, "replaceContact", handlers::put)
            .summary("Puts a whole vCard or JSContact card in the place of what there is")
            .headers(REPLACING)
            .body(Content::Media(handlers::IMPORTED))
            .examples(schema::CARDS)
            .answers(200, "The contact after the change", contact())
            .answers(204, "Changed (`Prefer: return=minimal`)", Content::Empty)
            .problems(&[404, 406, 408, 412, 413, 415, 428, 507]),
        Endpoint::guarded(Method::DELETE, ONE, "deleteContact", handlers::delete)
            .summary("Deletes a contact")
            .headers(&[IF_CURRENT])
            .answers(204, "Deleted", Content::Empty)
            .problems(&[404, 412, 507]),
    ]
}
