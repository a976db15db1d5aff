//! Pages of a delta round that others have overtaken: whoever goes on from one misses nothing.

use std::collections::BTreeMap;

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::on_both;
use crate::support::app::{Backend, Caller, TestApp};

on_both! { a_page_of_an_earlier_round_leads_to_what_there_is }

const ALL: &str = "/v1.0/me/contacts";
const DELTA: &str = "/v1.0/me/contacts/delta";

/// Each contact's id and name.
type Known = BTreeMap<String, Value>;

fn path(link: &Value) -> Option<String> {
    let link = link.as_str()?;
    Some(link[link.find("/v1.0").expect("a path")..].to_owned())
}

/// Takes one page in, and gives the links to the next and to the next round.
async fn page(caller: &Caller<'_>, at: &str, known: &mut Known) -> (Option<String>, Option<String>) {
    let page = caller.get(at).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let page = page.json();
    for item in page["value"].as_array().expect("items") {
        let id = item["id"].as_str().expect("an id").to_owned();
        if item.get("@removed").is_some() {
            known.remove(&id);
        } else {
            known.insert(id, item["displayName"].clone());
        }
    }
    (path(&page["@odata.nextLink"]), path(&page["@odata.deltaLink"]))
}

/// Walks on from `at` to the end of the round, and gives the link to the next.
async fn rest(caller: &Caller<'_>, mut at: String, known: &mut Known) -> String {
    loop {
        match page(caller, &at, known).await {
            (Some(next), None) => at = next,
            (None, Some(link)) => return link,
            links => panic!("one link: {links:?}"),
        }
    }
}

async fn make(caller: &Caller<'_>, name: &str) -> String {
    let made = caller.send_json(Method::POST, ALL, json!({"displayName": name})).await.json();
    format!("{ALL}/{}", made["id"].as_str().expect("an id"))
}

/// A change of each kind: of two that the pages `seen` had shown, of two that they had not, and one that is new.
async fn changes(caller: &Caller<'_>, seen: &[String], unseen: &[String]) {
    for of in [seen, unseen] {
        assert_eq!(caller.call(Method::DELETE, &of[0]).await.status, StatusCode::NO_CONTENT);
        assert_eq!(caller.patch(&of[1], json!({"displayName": "changed"})).await.status, StatusCode::OK);
    }
    make(caller, "new").await;
}

async fn a_page_of_an_earlier_round_leads_to_what_there_is(on: Backend) {
    let app = TestApp::on(on);
    let ann = app.caller("ann", "Contacts.ReadWrite");
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        made.push(make(&ann, name).await);
    }
    let small = format!("{DELTA}?$top=2");
    // A page of the first round, and one of the next, in which all have changed.
    let mut first = Known::new();
    let in_first = page(&ann, &small, &mut first).await.0.expect("another page");
    let mut second = Known::new();
    let link = rest(&ann, small, &mut second).await;
    for one in &made {
        ann.patch(one, json!({"jobTitle": "x"})).await;
    }
    let in_second = page(&ann, &link, &mut second).await.0.expect("another page");
    changes(&ann, &made[..2], &made[4..6]).await;
    let mut other = Known::new();
    let later = rest(&ann, DELTA.to_owned(), &mut other).await;
    changes(&ann, &made[2..4], &made[6..]).await;
    rest(&ann, later, &mut other).await;
    assert_eq!(other.len(), 6, "four of eight are left, and two are new");
    // Each is walked twice: a client that lost the answer asks again.
    for (at, known) in
        [(in_first.clone(), &first), (in_second.clone(), &second), (in_first, &first), (in_second, &second)]
    {
        let mut known = known.clone();
        let link = rest(&ann, at.clone(), &mut known).await;
        rest(&ann, link, &mut known).await;
        assert_eq!(known, other, "{at}");
    }
}
