//! All access taken back at once, who overrules whom, and that every process knows.

use actix_web::http::Method;
use serde_json::{Value, json};
use sharehold::access::{Revocation, Revoked};

use super::grants::{ALL, SESSIONS, at, grants, is_in, out, owner, path, restore, site, told};
use crate::on_both;
use crate::support::app::{Backend, TestApp};

on_both! { all_at_once the_operators_cut_holds every_process_knows }

async fn all_at_once(on: Backend) {
    let app = TestApp::on(on);
    let (owner, shop, print) =
        (owner(&app, "ann", 0), site(&app, "ann", "shop", 0, Some(0)), site(&app, "ann", "print", 20, None));
    let bobs = site(&app, "bob", "shop", 0, None);
    for caller in [&shop, &print, &bobs] {
        assert!(is_in(caller).await);
    }
    let done = owner.call(Method::POST, SESSIONS).await;
    let context = "http://127.0.0.1:8700/v1.0/$metadata#Edm.Boolean";
    assert_eq!((done.status.as_u16(), done.json()), (200, json!({"@odata.context": context, "value": true})));
    // Also a site that was never seen before, and the page itself.
    let late = site(&app, "ann", "late", 0, Some(0));
    for caller in [&shop, &print, &late, &owner] {
        assert_eq!(told(caller).await, out("revoked"));
    }
    assert!(is_in(&bobs).await);
    // The cut is a second after the latest token that was seen.
    at(&app, 30, 0);
    let again = |auth_time| self::owner(&app, "ann", auth_time);
    assert_eq!((again(21).get(ALL).await.status.as_u16(), again(22).get(ALL).await.status.as_u16()), (401, 200));
    let owner = again(22);
    let listed = grants(&app, &owner).await;
    let revoked: Vec<_> =
        listed.iter().map(|grant| (grant["clientId"].clone(), grant["revokedDateTime"].clone())).collect();
    let then = json!("2026-01-01T12:00:00Z");
    let expected = [("late", &then), ("owner", &Value::Null), ("print", &then), ("shop", &then)];
    assert_eq!(revoked, expected.map(|(client, then)| (json!(client), then.clone())));
    // Restored is who is restored, and nobody else.
    for (client, caller) in [("late", &late), ("print", &print)] {
        assert_eq!(restore(&owner, &path(&app, &owner, client).await).await.status, 200);
        assert!(is_in(caller).await);
        assert_eq!(told(&shop).await, out("revoked"));
    }
    assert_eq!(owner.call(Method::DELETE, &path(&app, &owner, "late").await).await.status, 204);
    assert_eq!(told(&late).await, out("revoked"));
    assert!(is_in(&print).await);
    assert_eq!(owner.call(Method::POST, SESSIONS).await.status, 200);
    assert_eq!(told(&print).await, out("revoked"), "what was restored is taken back like everything");
}

async fn the_operators_cut_holds(on: Backend) {
    let app = TestApp::on(on);
    let (owner, shop) = (owner(&app, "ann", 0), site(&app, "ann", "shop", 0, Some(0)));
    assert!(is_in(&shop).await);
    let path = path(&app, &owner, "shop").await;
    assert_eq!(owner.call(Method::DELETE, &path).await.status, 204);
    let of_both = Revoked::ClientOfSubject { subject: "ann".into(), client: "shop".into() };
    for scope in [of_both, Revoked::Client("shop".into())] {
        let row = app.cut(scope).await;
        assert_eq!(restore(&owner, &path).await.status, 200);
        assert_eq!(told(&shop).await, out("revoked"), "the person does not overrule the operator");
        app.undo(row).await;
        assert!(is_in(&shop).await);
    }
    // Of all of the person's clients: held by who cut, restored or not.
    let row = app.cut(Revoked::Subject("ann".into())).await;
    assert_eq!(told(&shop).await, out("revoked"));
    app.undo(row).await;
    assert!(is_in(&shop).await);
    let token = Revocation {
        issuer: app.issuer().into(),
        scope: Revoked::Subject("ann".into()),
        until_auth_after: None,
        own: true,
    };
    app.revocations.replace(vec![token], Vec::new());
    assert_eq!(told(&shop).await, out("revoked"), "one's own, and nothing is restored");
}

/// What another process, or this one after a restart, knows of it: everything is in the database.
async fn every_process_knows(on: Backend) {
    let app = TestApp::on(on);
    let owner = owner(&app, "ann", 0);
    let (shop, print) = (site(&app, "ann", "shop", 0, Some(0)), site(&app, "ann", "print", 0, Some(0)));
    assert!(is_in(&shop).await && is_in(&print).await);
    let (of_shop, of_print) = (path(&app, &owner, "shop").await, path(&app, &owner, "print").await);
    assert_eq!(owner.call(Method::POST, SESSIONS).await.status, 200);
    at(&app, 60, 0);
    let owner = self::owner(&app, "ann", 60);
    assert_eq!(restore(&owner, &of_shop).await.status, 200);
    app.forget_and_fill().await;
    assert!(is_in(&shop).await);
    assert_eq!(told(&print).await, out("revoked"));
    // A poll sees what another process did.
    let (mirror, number) = (app.another_mirror(), app.store.revocation_number().await.expect("a number"));
    mirror.look().await.expect("looked");
    assert_eq!(owner.call(Method::DELETE, &of_shop).await.status, 204);
    assert!(app.store.revocation_number().await.expect("a number") > number);
    app.revocations.replace(Vec::new(), Vec::new());
    assert!(is_in(&shop).await, "not yet");
    mirror.look().await.expect("looked");
    assert_eq!(told(&shop).await, out("revoked"));
    let number = app.store.revocation_number().await.expect("a number");
    assert_eq!(restore(&owner, &of_print).await.status, 200);
    assert!(app.store.revocation_number().await.expect("a number") > number);
    // Uses do not count: no process reads everything again for them.
    let number = app.store.revocation_number().await.expect("a number");
    at(&app, 600, 0);
    assert!(is_in(&print).await && is_in(&site(&app, "ann", "new", 100, Some(100))).await);
    app.mirror().note().await.expect("written");
    assert_eq!(app.store.revocation_number().await, Ok(number));
}
