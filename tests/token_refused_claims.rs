//! One fault a token, and the reason it must be refused for: the claims, and what each operator allows.
//! Each token is the good one but for its fault.

use serde_json::{Value, json};
use sharehold::clock::FixedClock;
use sharehold::config::AuthorizationServer;
use sharehold::token::{Refusal, TokenError, Trust};

use crate::token_mint::{AUDIENCE, Draft, ISSUER, KEYS, NOW, Sign, at, jwks, rsa_jwk};
use crate::token_refusals::{Fault, check};
use crate::token_server::{File, opener, opener_at, opener_of, opener_with, server};

const CLAIMS: &[Fault] = &[
    (Refusal::Claims, "not JSON", |d| d.raw(2, "x")),
    (Refusal::Claims, "a string", |d| d.raw(2, "\"x\"")),
    (Refusal::Claims, "a claim twice", |d| {
        let text = d.claims.to_string().replacen('{', r#"{"sub":"bob","#, 1);
        d.raw(2, text)
    }),
    (Refusal::Claims, "exp beyond every number", |d| {
        let text = d.claims.to_string().replace("1800000600", "1e400");
        d.raw(2, text)
    }),
    (Refusal::Claims, "too deep", |d| d.claim("x", json!([[[[]]]]))),
    (Refusal::Issuer, "unknown", |d| d.claim("iss", json!("https://as.example.evil.example"))),
    (Refusal::Issuer, "with a slash", |d| d.claim("iss", json!("https://as.example/"))),
    (Refusal::Issuer, "in another case", |d| d.claim("iss", json!("https://AS.example"))),
    (Refusal::Audience, "another", |d| d.claim("aud", json!("https://other.example"))),
    (Refusal::Audience, "a longer one", |d| d.claim("aud", json!(format!("{AUDIENCE}/")))),
    (Refusal::Audience, "none", |d| d.claim("aud", json!([]))),
    (Refusal::ClaimType, "one audience a number", |d| d.claim("aud", json!([AUDIENCE, 1]))),
    (Refusal::Expired, "long ago", |d| d.claim("exp", json!(NOW - 31))),
    (Refusal::Expired, "at this instant, the leeway past", |d| d.claim("exp", json!(NOW - 30))),
    (Refusal::Expired, "a fraction ago", |d| d.claim("exp", json!(1_799_999_970.5))),
    (Refusal::NotYetValid, "nbf ahead", |d| d.claim("nbf", json!(NOW + 31))),
    (Refusal::NotYetValid, "nbf a fraction ahead", |d| d.claim("nbf", json!(1_800_000_030.5))),
    (Refusal::SignedInInFuture, "auth_time ahead", |d| d.claim("auth_time", json!(NOW + 31))),
    (Refusal::IssuedInFuture, "iat ahead", |d| d.claim("iat", json!(NOW + 31))),
    (Refusal::Lifetime, "too long", |d| d.claim("exp", json!(NOW - 10 + 86_401))),
    (Refusal::Bound, "to a proof key", |d| d.claim("cnf", json!({"jkt": "x"}))),
    (Refusal::Bound, "to nothing", |d| d.claim("cnf", Value::Null)),
    (Refusal::AuthorizationDetails, "present", |d| d.claim("authorization_details", json!([]))),
    (Refusal::ClaimLength, "subject of 513 octets", |d| d.claim("sub", json!("é".repeat(256) + "x"))),
    (Refusal::ClaimType, "empty subject", |d| d.claim("sub", json!(""))),
    (Refusal::ClaimType, "NUL in the subject", |d| d.claim("sub", json!("ann\0"))),
    (Refusal::ClaimType, "scope an array", |d| d.claim("scope", json!(["User.Read"]))),
    (Refusal::ClaimType, "scp of numbers", |d| d.claim("scp", json!([1]))),
    (Refusal::ClaimType, "scp an object", |d| d.claim("scp", json!({}))),
    (Refusal::ReplicatedClaims, "iss", |d| d.outer("iss", json!("https://other.example"))),
    (Refusal::ReplicatedClaims, "sub", |d| d.outer("sub", json!("bob"))),
    (Refusal::ReplicatedClaims, "aud", |d| d.outer("aud", json!(["https://other.example"]))),
    (Refusal::ReplicatedClaims, "aud in another form", |d| d.outer("aud", json!([AUDIENCE]))),
];

#[test]
fn claims() {
    check(CLAIMS);
}

#[test]
fn every_required_claim_is_there_and_of_its_type() {
    let opener = opener();
    let wrong = [
        json!(true),
        Value::Null,
        json!([]),
        json!({}),
        json!(-1),
        json!(1.5),
        json!(i64::MAX),
        json!(1e300),
        json!("x"),
    ];
    for claim in ["iss", "sub", "client_id", "jti", "aud", "iat", "exp"] {
        let answer = opener.open_now(&Draft::good().claim(claim, None).mint());
        assert_eq!(answer, Err(TokenError::Refused(Refusal::ClaimMissing)), "{claim}");
    }
    for claim in ["iss", "sub", "client_id", "jti", "aud", "iat", "exp", "nbf", "auth_time"] {
        let numeric = ["iat", "exp", "nbf", "auth_time"].contains(&claim);
        for value in &wrong {
            let fits =
                if numeric { value.as_f64().is_some_and(|number| number.abs() < 1e9) } else { value.is_string() };
            if fits || (claim == "aud" && value.is_array()) {
                continue;
            }
            let answer = opener.open_now(&Draft::good().claim(claim, value.clone()).mint());
            assert_eq!(answer, Err(TokenError::Refused(Refusal::ClaimType)), "{claim} = {value}");
        }
    }
}

type Change = fn(&mut AuthorizationServer);
type Allowance = (Refusal, fn(Draft) -> Draft, Change);

/// What is refused, the token, and the configuration with which it opens.
const ALLOWANCES: &[Allowance] = &[
    (Refusal::JweAlg, |d| d.outer("alg", json!("RSA-OAEP")), |s| s.key_management_algorithms.push("RSA-OAEP".into())),
    (Refusal::JweCty, |d| d.outer("cty", None), |s| s.accept_missing_cty = true),
    (Refusal::JwsTyp, |d| d.inner("typ", json!("JWT")), |s| s.accept_typ.push("application/JWT".into())),
    (Refusal::Unencrypted, Draft::bare, |s| s.accept_unencrypted = true),
    (
        Refusal::ClaimMissing,
        |d| d.claim("client_id", None).claim("azp", json!("site")),
        |s| s.client_id_claim = "azp".into(),
    ),
    (Refusal::ClaimMissing, |d| d.claim("jti", None).claim("uti", json!("token")), |s| s.token_id_claim = "uti".into()),
    (Refusal::Lifetime, |d| d.claim("exp", json!(NOW + 100_000)), |s| s.max_token_lifetime_s = u64::MAX),
    (Refusal::Audience, |d| d.claim("aud", json!("urn:us")), |s| s.audience.push("urn:us".into())),
];

#[test]
fn what_the_operator_allows_opens() {
    for (refusal, spoil, change) in ALLOWANCES {
        let token = spoil(Draft::good()).mint();
        assert_eq!(opener().open_now(&token), Err(TokenError::Refused(*refusal)));
        assert_eq!(opener_with(change).open_now(&token).map(|_| ()), Ok(()), "{refusal}");
    }
    let es256_only = opener_with(|s| s.signature_algorithms = vec!["ES256".into()]);
    assert_eq!(es256_only.open_now(&Draft::good().mint()), Err(TokenError::Refused(Refusal::JwsAlg)));
    assert!(es256_only.open_now(&Draft::good().signed_by(Sign::Es256, "ES256", "p256").mint()).is_ok());
}

/// A list of one server's does not open another's tokens: the union only decides what is worth decrypting.
#[test]
fn each_server_has_its_own_lists() {
    let mut lax = server();
    lax.issuer = "https://lax.example".into();
    lax.key_management_algorithms.push("RSA-OAEP".into());
    lax.accept_missing_cty = true;
    lax.accept_unencrypted = true;
    let opener = opener_at(&[server(), lax.clone()], FixedClock::at(at(NOW)));
    let drafts: [(Refusal, Draft); 3] = [
        (Refusal::JweAlg, Draft::good().outer("alg", json!("RSA-OAEP"))),
        (Refusal::JweCty, Draft::good().outer("cty", None)),
        (Refusal::Unencrypted, Draft::good().bare()),
    ];
    for (refusal, draft) in drafts {
        assert_eq!(opener.open_now(&draft.mint()), Err(TokenError::Refused(refusal)));
        assert!(opener.open_now(&draft.claim("iss", json!(lax.issuer)).mint()).is_ok(), "{refusal}");
    }
}

/// Two issuers with the same `kid`: the key of one never signs for the other.
#[test]
fn keys_of_one_issuer_are_not_those_of_another() {
    let theirs = File::with(json!({"keys": [rsa_jwk(&KEYS.other.to_public_key(), "rsa")]}).to_string());
    let ours = File::with(jwks().to_string());
    let (mut first, mut second) = (server(), server());
    first.jwks_file = Some(ours.path());
    second.issuer = "https://second.example".into();
    second.jwks_file = Some(theirs.path());
    let opener = opener_of(Trust::load(&[first, second], AUDIENCE).unwrap(), FixedClock::at(at(NOW)));
    let of = |issuer: &str, sign: Sign| Draft::good().really(sign).claim("iss", json!(issuer)).mint();
    assert!(opener.open_now(&of(ISSUER, Sign::Rs256)).is_ok());
    assert!(opener.open_now(&of("https://second.example", Sign::Other)).is_ok());
    for (issuer, sign) in [(ISSUER, Sign::Other), ("https://second.example", Sign::Rs256)] {
        assert_eq!(opener.open_now(&of(issuer, sign)), Err(TokenError::Refused(Refusal::JwsSignature)));
    }
}
