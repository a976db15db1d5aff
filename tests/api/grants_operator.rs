//! What the operator takes back: what the person sees of it, and how far it reaches.

use actix_web::http::Method;
use serde_json::Value;
use sharehold::access::Revoked;
use sharehold::store::{Instant, Revocation};

use super::grants::{grant, is_in, out, owner, path, restore, site, told};
use crate::on_both;
use crate::support::app::{Answer, Backend, ISSUER, TestApp};

on_both! { the_person_sees_it until_a_sign_in_that_was_not_seen a_refused_client_is_named_in_the_log }

async fn the_person_sees_it(on: Backend) {
    let app = TestApp::on(on);
    let (shop, other) = (site(&app, "ann", "shop", 0, None), site(&app, "ann", "other", 0, None));
    assert!(is_in(&shop).await && is_in(&other).await && is_in(&site(&app, "bob", "shop", 0, None)).await);
    let owner = owner(&app, "ann", 0);
    let (of_shop, of_other) = (path(&app, &owner, "shop").await, path(&app, &owner, "other").await);
    let by = |answer: Answer| answer.json()["revokedByOperator"].clone();
    for scope in
        [Revoked::Client("shop".into()), Revoked::ClientOfSubject { subject: "ann".into(), client: "shop".into() }]
    {
        let number = app.cut(scope).await;
        assert_eq!(grant(&app, &owner, "shop").await["revokedByOperator"], Value::Bool(true));
        assert_eq!(by(owner.get(&of_other).await), Value::Bool(false));
        assert_eq!(by(restore(&owner, &of_shop).await), Value::Bool(true), "it is not the person's to give back");
        assert_eq!(told(&shop).await, out("revoked"));
        app.undo(number).await;
        assert_eq!(by(owner.get(&of_shop).await), Value::Bool(false));
    }
    for scope in
        [Revoked::Token("none".into()), Revoked::ClientOfSubject { subject: "bob".into(), client: "shop".into() }]
    {
        app.cut(scope).await;
        assert_eq!(by(owner.get(&of_shop).await), Value::Bool(false), "one token's, and another's");
    }
    assert!(is_in(&shop).await);
}

/// The issuer's clock may be ahead, by as much as a token may be from the future.
async fn until_a_sign_in_that_was_not_seen(on: Backend) {
    let app = TestApp::on(on);
    let (shop, print) = (site(&app, "ann", "shop", 0, Some(20)), site(&app, "ann", "print", 0, Some(10)));
    let bob = site(&app, "bob", "shop", 0, Some(25));
    assert!(is_in(&shop).await && is_in(&print).await && is_in(&bob).await);
    app.mirror().note().await.expect("written");
    let cut = |client: Option<&str>| {
        let now = Instant::from(app.clock_now());
        let (subject, client) = (Some("ann".to_owned()), client.map(str::to_owned));
        let row =
            Revocation { number: 0, issuer: ISSUER.into(), subject, client, token: None, before: Some(now), own: 0 };
        app.operator().revoke(row, now).expect("a row").number
    };
    let of_print = cut(Some("print"));
    app.mirror().look().await.expect("the rows are read");
    assert_eq!((told(&print).await, is_in(&shop).await), (out("revoked"), true), "as far as that client's");
    assert!(is_in(&site(&app, "ann", "print", 0, Some(11))).await);
    app.undo(of_print).await;
    cut(None);
    app.mirror().look().await.expect("the rows are read");
    assert_eq!(told(&shop).await, out("revoked"));
    assert_eq!(told(&print).await, out("revoked"));
    assert!(is_in(&bob).await, "another's sign-in counts for nobody else");
    assert!(is_in(&site(&app, "ann", "shop", 0, Some(21))).await);
}

async fn a_refused_client_is_named_in_the_log(on: Backend) {
    let app = TestApp::on(on);
    let shop = site(&app, "ann", "shop", 0, None);
    app.cut(Revoked::Client("shop".into())).await;
    let refused = shop.call(Method::GET, "/v1.0/me").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.reason().as_deref(), Some("revoked"));
    assert_eq!(refused.logged("client_id").as_deref(), Some("shop"));
    assert_eq!(refused.logged("sub_hash").map(|name| name.len()), Some(16));
}
