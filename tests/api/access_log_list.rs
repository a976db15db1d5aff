//! The access log as a collection: pages, filters, orders, members; and how long it is kept.

use actix_web::http::{Method, StatusCode};
use chrono::TimeDelta;
use serde_json::json;
use sharehold::config::Retention;
use sharehold::resources;

use super::access_log::{LOG, values};
use crate::on_both;
use crate::support::app::{Backend, NOW, TestApp};

on_both! { pages filters_orders_and_members it_is_kept_as_long_as_the_operator_says }

async fn pages(on: Backend) {
    let app = TestApp::on(on);
    for hour in 0..3 {
        for client in ["a", "b"] {
            let mut claims = app.claims("ann", "User.ReadWrite");
            (claims["client_id"], claims["exp"]) = (json!(client), json!(NOW + 86_400));
            let caller = app.caller_with(&claims);
            caller.get("/v1.0/me").await;
            caller.patch("/v1.0/me", json!({"city": hour.to_string()})).await;
        }
        app.pass(TimeDelta::hours(1));
    }
    app.store.log_uses().await.expect("written down");
    let mut claims = app.claims("ann", "Privacy.Read");
    claims["exp"] = json!(NOW + 86_400);
    let ann = app.caller_with(&claims);
    for order in ["", "&$orderby=hour", "&$orderby=hour%20desc"] {
        let whole = values(&ann.get(&format!("{LOG}?$top=1000{order}")).await);
        assert_eq!(whole.len(), 12);
        let (mut paged, mut path) = (Vec::new(), format!("{LOG}?$top=5&$count=true{order}"));
        loop {
            let page = ann.get(&path).await.json();
            paged.extend(page["value"].as_array().expect("a page").clone());
            let Some(next) = page["@odata.nextLink"].as_str() else { break };
            assert!(!next.contains("count"), "{next}");
            next.split_once("8700").expect("our address").1.clone_into(&mut path);
        }
        assert_eq!(paged, whole, "{order}");
        if order == "&$orderby=hour" {
            let newest: Vec<_> = values(&ann.get(&format!("{LOG}?$top=1000")).await).into_iter().rev().collect();
            assert_eq!(whole, newest);
        }
    }
    assert_eq!(ann.get(&format!("{LOG}?$count=true&$top=1")).await.json()["@odata.count"], 12);
    let skipped = values(&ann.get(&format!("{LOG}?$skip=10&$top=1000")).await);
    assert_eq!(skipped.len(), 2);
    // A link is its person's.
    let next = ann.get(&format!("{LOG}?$top=5")).await.json()["@odata.nextLink"].as_str().expect("a link").to_owned();
    claims["sub"] = json!("bob");
    let bob = app.caller_with(&claims);
    let refused = bob.get(next.split_once("8700").expect("our address").1).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
}

async fn filters_orders_and_members(on: Backend) {
    let app = TestApp::on(on);
    for client in ["Site A", "site a", "b"] {
        let caller = app.client(client, "ann", "User.ReadWrite Contacts.ReadBasic");
        caller.get("/v1.0/me").await;
        caller.patch("/v1.0/me", json!({"city": client})).await;
        caller.get("/v1.0/me/contacts").await;
    }
    app.store.log_uses().await.expect("written down");
    let ann = app.caller("ann", "Privacy.Read");
    let found = async |filter: &str| {
        let answer = ann.get(&format!("{LOG}?$count=true&$filter={}", filter.replace(' ', "%20"))).await;
        assert_eq!(answer.status, StatusCode::OK, "{filter}: {}", answer.text());
        let rows = values(&answer);
        assert_eq!(answer.json()["@odata.count"], rows.len(), "{filter}");
        rows.len()
    };
    for (filter, rows) in [
        ("clientId eq 'Site A'", 3),
        ("clientId ne 'Site A'", 6),
        ("kind eq 'profile'", 6),
        ("operation eq 'write'", 3),
        ("operation eq 'walk'", 0),
        ("kind in ('contacts','x') and clientId eq 'b'", 1),
        ("not (operation eq 'read') or kind eq 'contacts'", 6),
        ("hour eq 2026-01-01T12:00:00Z", 9),
        ("hour ge 2026-01-01T13:00:00Z", 0),
        ("hour lt 2026-01-01T13:00:00Z and hour gt 2026-01-01T11:00:00Z", 9),
        ("hour ne 2026-01-01T12:00:00Z", 0),
        ("clientId eq null", 0),
        ("clientId ne null", 9),
    ] {
        assert_eq!(found(filter).await, rows, "{filter}");
    }
    for bad in
        ["$filter=items%20eq%201", "$filter=startswith(clientId,'b')", "$orderby=items", "$search=x", "$select=person"]
    {
        assert_eq!(ann.get(&format!("{LOG}?{bad}")).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
    let row = &values(&ann.get(&format!("{LOG}?$select=kind&$top=1")).await)[0];
    assert_eq!(row.as_object().expect("a row").keys().collect::<Vec<_>>(), ["id", "kind"]);
    assert_eq!(ann.send_json(Method::POST, LOG, json!({})).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

async fn it_is_kept_as_long_as_the_operator_says(on: Backend) {
    let app = TestApp::on(on);
    app.caller("ann", "User.Read").get("/v1.0/me").await;
    app.store.log_uses().await.expect("written down");
    let week = Retention { access_log_days: 7, ..Retention::default() };
    app.pass(TimeDelta::days(7));
    assert_eq!(resources::forget_old(&app.store, &week).await, Ok(0));
    app.pass(TimeDelta::seconds(1));
    assert_eq!(resources::forget_old(&app.store, &Retention::default()).await, Ok(0));
    assert_eq!(resources::forget_old(&app.store, &week).await, Ok(1));
    assert_eq!(app.number("count(*) FROM access_log"), 0);
}
