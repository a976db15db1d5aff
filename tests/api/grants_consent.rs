//! How long a consent lasts: a year of the person's sign-in, of the first use if the issuer does not say, or of when it was restored.

use actix_web::http::Method;
use chrono::{DateTime, TimeDelta};
use serde_json::json;

use super::grants::{is_in, out, owner, path, restore, site, told};
use crate::on_both;
use crate::support::app::{Backend, NOW, TestApp};

on_both! { a_year_of_the_sign_in a_year_of_the_first_use what_is_shown_is_what_holds as_configured }

const DAY: i64 = 86_400;
const YEAR: i64 = 365 * DAY;

fn at(app: &TestApp, seconds: i64) {
    app.clock.set(DateTime::from_timestamp(NOW + seconds, 0).expect("an instant"));
}

async fn a_year_of_the_sign_in(on: Backend) {
    let app = TestApp::on(on);
    assert!(is_in(&site(&app, "ann", "shop", 0, Some(1 - YEAR))).await);
    assert_eq!(told(&site(&app, "ann", "shop", 0, Some(-YEAR))).await, out("consent_expired"));
    // However fresh the token, and cached or not.
    let shop = site(&app, "ann", "shop", 0, Some(2 - YEAR));
    assert!(is_in(&shop).await);
    at(&app, 2);
    assert_eq!(told(&shop).await, out("consent_expired"));
    assert!(is_in(&site(&app, "ann", "shop", 0, Some(0))).await, "the person signed in again");
    // A site that was never let in is seen all the same, so that it can be restored.
    let old = site(&app, "ann", "old", 0, Some(-YEAR));
    assert_eq!(told(&old).await, out("consent_expired"));
    let owner = owner(&app, "ann", 0);
    let of_old = path(&app, &owner, "old").await;
    assert_eq!(owner.get(&of_old).await.json()["consentEndDateTime"], "2026-01-01T12:00:00Z");
    let restored = restore(&owner, &of_old).await;
    assert_eq!(
        (restored.status.as_u16(), &restored.json()["consentEndDateTime"]),
        (200, &json!("2027-01-01T12:00:02Z"))
    );
    assert!(is_in(&old).await);
    assert_eq!(told(&shop).await, out("consent_expired"), "that of another");
    // What was restored is taken back, and the sign-in is as old as it was.
    assert_eq!(owner.call(Method::DELETE, &of_old).await.status, 204);
    assert_eq!(told(&old).await, out("revoked"));
    at(&app, YEAR + 2);
    assert_eq!(told(&site(&app, "ann", "old", YEAR, Some(0))).await, out("revoked"));
}

async fn a_year_of_the_first_use(on: Backend) {
    let app = TestApp::on(on);
    let came = |iat| site(&app, "ann", "shop", iat, None);
    assert!(is_in(&came(0)).await);
    app.mirror().note().await.expect("written");
    for (day, allowed) in [(364 * DAY, true), (YEAR - 1, true), (YEAR, false), (YEAR + DAY, false)] {
        at(&app, day);
        // In a process that was started just now, and in one that has been asked since.
        app.forget_and_fill().await;
        assert_eq!(is_in(&came(day)).await, allowed, "{day}");
        app.mirror().note().await.expect("written");
    }
    assert_eq!(told(&came(YEAR + DAY)).await, out("consent_expired"));
    let owner = owner(&app, "ann", YEAR + DAY);
    let shop = path(&app, &owner, "shop").await;
    assert_eq!(restore(&owner, &shop).await.status, 200);
    for (day, allowed) in [(0, true), (364 * DAY, true), (YEAR - 1, true), (YEAR, false)] {
        at(&app, YEAR + DAY + day);
        app.forget_and_fill().await;
        assert_eq!(is_in(&came(YEAR + DAY + day)).await, allowed, "{day} after it was restored");
    }
}

/// Of a client some of whose tokens say when the person signed in, and some do not.
async fn what_is_shown_is_what_holds(on: Backend) {
    let app = TestApp::on(on);
    assert!(is_in(&site(&app, "ann", "other", 0, None)).await, "she has an account");
    assert_eq!(told(&site(&app, "ann", "shop", 0, Some(-YEAR))).await, out("consent_expired"));
    let owner = owner(&app, "ann", 0);
    let shop = path(&app, &owner, "shop").await;
    assert_eq!(owner.get(&shop).await.json()["consentEndDateTime"], "2026-01-01T12:00:00Z");
    app.forget_and_fill().await;
    let silent = site(&app, "ann", "shop", 0, None);
    assert_eq!(told(&silent).await, out("consent_expired"));
    assert!(is_in(&site(&app, "ann", "shop", 0, Some(0))).await, "the person signed in again");
    app.mirror().note().await.expect("written");
    app.forget_and_fill().await;
    assert_eq!(owner.get(&shop).await.json()["consentEndDateTime"], "2027-01-01T12:00:00Z");
    assert!(is_in(&silent).await);
}

/// A consent enters the map a day before its end, so that an hour's wait, or one of a night, lets nobody in for longer.
async fn as_configured(on: Backend) {
    let app = TestApp::with(on, |config| config.retention.consent_days = 7);
    assert!(is_in(&site(&app, "ann", "shop", 0, None)).await);
    app.mirror().note().await.expect("written");
    at(&app, 6 * DAY + 1);
    app.forget_and_fill().await;
    assert!(is_in(&site(&app, "ann", "shop", 6 * DAY, None)).await);
    app.clock.set(app.clock_now() + TimeDelta::days(1));
    assert_eq!(told(&site(&app, "ann", "shop", 7 * DAY, None)).await, out("consent_expired"));
    assert_eq!(told(&site(&app, "ann", "shop", 7 * DAY, Some(0))).await, out("consent_expired"));
}
