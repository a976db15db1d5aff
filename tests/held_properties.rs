//! Row 13 of the incidents, with what is taken back: for every token, operation, instant and set of revocations and consents, a
//! token that is remembered is told what one is told that is opened anew, and both what the rows say when each is looked at.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use sharehold::access::revocations::Stopped;
use sharehold::access::{Consent, Revocation, Revocations, Revoked, Scopes};
use sharehold::clock::FixedClock;
use sharehold::resources::{self, endpoint::Endpoint};
use sharehold::token::{TokenError, Verified};

use crate::token_mint::{Draft, ISSUER, NOW, at};
use crate::token_server::{opener_at, server};

const DAYS: u32 = 2;
const CONSENT: i64 = 2 * 86_400;

/// What a request is told: let in, or not, and why.
type Told = Result<(), String>;

fn one_of(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(str::to_owned)
}

/// Of few names and instants, so that they meet often.
fn instant() -> impl Strategy<Value = i64> {
    prop_oneof![-3_i64..4, -CONSENT - 2..-CONSENT + 4]
}

fn token() -> impl Strategy<Value = Draft> {
    let names = (one_of(&["ann", "bob"]), one_of(&["shop", "print"]), one_of(&["1", "2"]));
    let scope = one_of(&["User.Read", "User.ReadWrite", "Contacts.Read Privacy.Read", ""]);
    (names, scope, prop::option::of(instant()), -3_i64..3).prop_map(
        |((subject, client, jti), scope, auth_time, iat)| {
            let draft = Draft::good().claim("sub", json!(subject)).claim("client_id", json!(client));
            let draft = draft.claim("jti", json!(jti)).claim("scope", json!(scope));
            let draft = draft.claim("iat", json!(NOW + iat)).claim("exp", json!(NOW + iat + 5));
            draft.claim("auth_time", auth_time.map(|auth_time| json!(NOW + auth_time)))
        },
    )
}

fn revocation() -> impl Strategy<Value = Revocation> {
    let scope = prop_oneof![
        1 => Just(Revoked::Issuer),
        2 => one_of(&["1", "2"]).prop_map(Revoked::Token),
        2 => one_of(&["shop", "print"]).prop_map(Revoked::Client),
        4 => one_of(&["ann", "bob"]).prop_map(Revoked::Subject),
        4 => (one_of(&["ann", "bob"]), one_of(&["shop", "print"]))
            .prop_map(|(subject, client)| Revoked::ClientOfSubject { subject, client }),
    ];
    let issuer = prop_oneof![4 => Just(ISSUER.to_owned()), 1 => Just("https://other.example".to_owned())];
    (issuer, scope, prop::option::weighted(0.8, instant()), any::<bool>()).prop_map(|(issuer, scope, until, own)| {
        Revocation { issuer, scope, until_auth_after: until.map(|until| at(NOW + until)), own }
    })
}

fn consents() -> impl Strategy<Value = Vec<Consent>> {
    let one = ((one_of(&["ann", "bob"]), one_of(&["shop", "print"])), (instant(), prop::option::of(instant())));
    prop::collection::vec(one, 0..4).prop_map(|all| {
        let all: BTreeMap<_, _> = all.into_iter().collect();
        let consent = |((subject, client), (given, restored)): (_, (i64, Option<i64>))| Consent {
            issuer: ISSUER.into(),
            subject,
            client,
            given: at(NOW + given),
            restored: restored.map(|restored| at(NOW + restored)),
        };
        all.into_iter().map(consent).collect()
    })
}

/// What api.md §9 says, each row looked at by itself.
fn stopped(token: &Verified, now: i64, rows: &[Revocation], consents: &[Consent]) -> Option<Stopped> {
    let of_both = |consent: &&Consent| consent.subject == token.subject() && consent.client == token.client_id();
    let consent = consents.iter().find(of_both);
    let restored = consent.and_then(|consent| consent.restored);
    for row in rows.iter().filter(|row| row.issuer == token.issuer()) {
        let reaches = match &row.scope {
            Revoked::Issuer => true,
            Revoked::Token(jti) => jti == token.token_id(),
            Revoked::Client(client) => client == token.client_id(),
            Revoked::Subject(subject) => subject == token.subject() && !(row.own && restored.is_some()),
            Revoked::ClientOfSubject { subject, client } => subject == token.subject() && client == token.client_id(),
        };
        let signed_in_since = match (row.until_auth_after, token.auth_time()) {
            (Some(cut), Some(auth_time)) => auth_time > cut,
            _ => false,
        };
        if reaches && !signed_in_since {
            return Some(Stopped::Revoked);
        }
    }
    let given = match token.auth_time() {
        Some(auth_time) => Some(auth_time),
        None => consent.map(|consent| consent.given),
    };
    let last = [given, restored].into_iter().flatten().max()?;
    (now - last.timestamp() >= CONSENT).then_some(Stopped::ConsentExpired)
}

/// As the gate and the grant decide, in their order.
fn decided(token: &Verified, map: &Revocations, now: i64, endpoint: &Endpoint) -> Told {
    map.check(token, at(now)).map_err(|stopped| format!("{stopped:?}"))?;
    if Scopes::of(token.scopes()).has_any(endpoint.scopes) { Ok(()) } else { Err("scope".into()) }
}

fn opened(error: TokenError) -> String {
    format!("{error:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn remembered_or_not_what_is_taken_back_is_the_same(
        drafts in prop::collection::vec(token(), 1..4),
        steps in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), -40_i64..40,
             prop::option::of((prop::collection::vec(revocation(), 0..4), consents()))),
            1..40,
        ),
    ) {
        let tokens: Vec<String> = drafts.into_iter().map(|draft| draft.bare().mint()).collect();
        let endpoints: Vec<Endpoint> = resources::all().into_iter().filter(|row| !row.scopes.is_empty()).collect();
        let clock = FixedClock::at(at(NOW));
        let mut lax = server();
        lax.accept_unencrypted = true;
        let opener = opener_at(&[lax], clock.clone());
        let (map, mut rows, mut given) = (Revocations::new(DAYS), Vec::new(), Vec::new());
        map.replace(Vec::new(), Vec::new());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (token, endpoint, seconds, change) in steps {
            let (token, endpoint, now) = (token.get(&tokens), endpoint.get(&endpoints), NOW + seconds);
            clock.set(at(now));
            if let Some((revocations, consents)) = change {
                map.replace(revocations.clone(), consents.clone());
                (rows, given) = (revocations, consents);
            }
            map.refreshed();
            let remembered = runtime.block_on(opener.open(token));
            let remembered =
                remembered.map_err(opened).and_then(|token| decided(&token, &map, now, endpoint));
            let anew = opener.open_now(token);
            let uncached =
                anew.as_ref().map_err(|error| opened(*error)).and_then(|token| decided(token, &map, now, endpoint));
            prop_assert_eq!(&remembered, &uncached);
            if let Ok(token) = anew {
                let said = map.check(&token, at(now)).err();
                prop_assert_eq!(said, stopped(&token, now, &rows, &given));
            }
        }
    }
}
