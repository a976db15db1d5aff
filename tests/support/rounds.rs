//! A client that walks delta rounds, and what it knows by them.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use serde_json::Value;

use crate::support::app::Caller;

/// What one who walks rounds knows: each item, by its id, and its version.
#[derive(Default)]
pub struct Picture {
    pub known: BTreeMap<String, (i64, String)>,
    /// The greatest version of each that was ever seen.
    seen: BTreeMap<String, i64>,
    pub next: Option<String>,
    pub items: usize,
    pub removed: Vec<(String, String)>,
}

/// The path of a link.
pub fn path(link: &Value) -> Option<String> {
    let link = link.as_str()?;
    Some(link[link.find("/v1.0").expect("a path")..].to_owned())
}

impl Picture {
    /// Walks one round to its end.
    pub async fn round(&mut self, caller: &Caller<'_>, first: &str) {
        (self.items, self.removed) = (0, Vec::new());
        let mut at = self.next.take().unwrap_or_else(|| first.to_owned());
        loop {
            let page = caller.get(&at).await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text());
            let page = page.json();
            for item in page["value"].as_array().expect("items") {
                self.take(item);
            }
            assert!(page["@odata.nextLink"].is_null() != page["@odata.deltaLink"].is_null());
            if let Some(next) = path(&page["@odata.nextLink"]) {
                at = next;
                continue;
            }
            self.next = path(&page["@odata.deltaLink"]);
            return;
        }
    }

    pub fn take(&mut self, item: &Value) {
        self.items += 1;
        let id = item["id"].as_str().expect("an id").to_owned();
        if let Some(reason) = item["@removed"]["reason"].as_str() {
            self.known.remove(&id);
            self.removed.push((id, reason.to_owned()));
            return;
        }
        let version: i64 = item["changeKey"].as_str().expect("a version").parse().expect("a number");
        let before = self.seen.insert(id.clone(), version);
        assert!(before.is_none_or(|before| before < version), "{id} came again as it was: {version}, {before:?}");
        self.known.insert(id, (version, item.to_string()));
    }
}

/// What the list says.
pub async fn listed(caller: &Caller<'_>, first: &str) -> BTreeMap<String, (i64, String)> {
    let mut picture = Picture::default();
    let mut next = Some(format!("{first}?$top=100"));
    while let Some(at) = next {
        let page = caller.get(&at).await.json();
        page["value"].as_array().expect("items").iter().for_each(|item| picture.take(item));
        next = path(&page["@odata.nextLink"]);
    }
    picture.known
}
