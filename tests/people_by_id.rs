//! Every operation of the table by one's own id, by another's and by what is none, on both databases.

use actix_web::http::Method;

use crate::on_both;
use crate::support::app::{Answer, Backend, TestApp};
use crate::support::operations::{EVERYTHING, body, furnish, guarded, headers};

on_both! { people_by_id all_access_ends_by_ones_own_id }

/// After this one no other token of the person's is good.
const ENDS_ALL: &str = "revokeSignInSessions";
const NOTHING: &str = "ErrorItemNotFound";

/// `/v1.0/users/{id}` is `/v1.0/me` for one's own id; for every other there is nothing, whatever is asked.
async fn people_by_id(on: Backend) {
    let app = TestApp::on(on);
    let whole = |subject: &str| app.bearer(&app.claims(subject, EVERYTHING));
    let (ann, bob) = (whole("ann"), whole("bob"));
    let id_of = async |bearer: &String| {
        let me = app.send(Method::GET, "/v1.0/me", std::slice::from_ref(bearer), None).await;
        me.json()["id"].as_str().expect("an id").to_owned()
    };
    let (hers, his) = (id_of(&ann).await, id_of(&bob).await);
    let before = app.send(Method::GET, "/v1.0/me", std::slice::from_ref(&bob), None).await.text();
    for endpoint in guarded().filter(|endpoint| endpoint.path.starts_with("/v1.0/me") && endpoint.id != ENDS_ALL) {
        let first = furnish(&app, &endpoint, "ann").await;
        let by = |path: &str, id: &str| path.replacen("/me", &format!("/users/{id}"), 1);
        // What is changed or gone then is there anew for the next one.
        let path = async || match endpoint.method {
            Method::GET => first.clone(),
            _ => furnish(&app, &endpoint, "ann").await,
        };
        let call = async |path: String| {
            let (headers, body) = (headers(&endpoint), body(&endpoint));
            app.send_with(endpoint.method.clone(), &path, std::slice::from_ref(&ann), headers, body).await
        };
        let same = call(path().await).await;
        for id in [hers.clone(), hers.to_uppercase()] {
            let own = call(by(&path().await, &id)).await;
            assert_eq!(own.status, same.status, "{}: {}", endpoint.id, own.text());
            // No two tokens are alike.
            if endpoint.method == Method::GET && !endpoint.path.ends_with("/delta") {
                let told = |answer: &Answer| (without_seals(&answer.text()), answer.header("etag"));
                assert_eq!(told(&own), told(&same), "{}", endpoint.id);
            }
            assert_eq!(own.logged("op"), same.logged("op"), "{}", endpoint.id);
            assert_eq!(own.logged("route").as_deref(), Some(endpoint.path));
        }
        let nobody = uuid::Uuid::now_v7().to_string();
        let bare = hers.replace('-', "");
        let mut refused = Vec::new();
        for id in [his.as_str(), &nobody, &bare, &format!("%7B{hers}%7D"), "me", "ann", "..", "%00", "*"] {
            let other = call(by(&first, id)).await;
            assert_eq!((other.status.as_u16(), other.code()), (404, NOTHING.into()), "{} {id}", endpoint.id);
            assert_eq!(other.logged("op"), same.logged("op"), "{} {id}", endpoint.id);
            refused.push(other.text_without_ids());
        }
        assert!(refused.windows(2).all(|pair| pair[0] == pair[1]), "{}: {refused:?}", endpoint.id);
        // Who may not ask at all is told so, as ever.
        let narrow = app.bearer(&app.claims("ann", "Photos.Read.Shared"));
        let answer = app.send(endpoint.method.clone(), &by(&first, &his), &[narrow], body(&endpoint)).await;
        assert_eq!(answer.status, 403, "{}", endpoint.id);
    }
    let after = app.send(Method::GET, "/v1.0/me", &[bob], None).await.text();
    assert_eq!(before, after, "nothing of his was changed");
}

/// An answer's text without what is sealed in its addresses.
fn without_seals(text: &str) -> String {
    let mut parts = text.split("/renditions/");
    let first = parts.next().into_iter();
    first.chain(parts.map(|part| part.split_once('"').map_or("", |(_, rest)| rest))).collect()
}

async fn all_access_ends_by_ones_own_id(on: Backend) {
    let app = TestApp::on(on);
    let [ann, bob] = ["ann", "bob"].map(|subject| app.bearer(&app.claims(subject, EVERYTHING)));
    let me = async |bearer: &String| app.send(Method::GET, "/v1.0/me", std::slice::from_ref(bearer), None).await;
    let ending = async |id: &str| {
        let path = format!("/v1.0/users/{id}/revokeSignInSessions");
        app.send(Method::POST, &path, std::slice::from_ref(&ann), None).await.status.as_u16()
    };
    let (hers, his) = (me(&ann).await.json(), me(&bob).await.json());
    let id = |person: &serde_json::Value| person["id"].as_str().expect("an id").to_owned();
    // Of his nothing ends, of hers all: also the token that asks.
    assert_eq!([ending(&id(&his)).await, ending(&id(&hers)).await, ending(&id(&hers)).await], [404, 200, 401]);
    assert_eq!(me(&bob).await.status, 200);
}
