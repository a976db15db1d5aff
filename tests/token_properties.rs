//! What holds for every text: nothing panics, nothing opens that its issuer did not sign and encrypt to us byte by byte,
//! and what is remembered answers as what is not.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;
use sharehold::clock::FixedClock;
use sharehold::token::{Opener, Refusal, TokenError};

use crate::token_mint::{Draft, NOW, Sign, at, b64};
use crate::token_server::{opener, opener_at, opener_with, server};

static OPENER: LazyLock<Opener> = LazyLock::new(opener);
static LAX: LazyLock<Opener> = LazyLock::new(|| {
    opener_with(|server| {
        server.accept_unencrypted = true;
        server.accept_missing_cty = true;
    })
});

fn never_opens(token: &str) {
    assert!(OPENER.open_now(token).is_err(), "{token}");
    assert!(LAX.open_now(token).is_err(), "{token}");
}

/// Something like a header: members that mean something, and values of every type.
fn header() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "alg", "enc", "kid", "typ", "cty", "iss", "sub", "aud", "zip", "crit", "b64", "epk", "p2c", "jwk", "x",
    ]);
    let value = prop_oneof![
        prop::sample::select(vec![
            "\"RSA-OAEP-256\"",
            "\"RSA-OAEP\"",
            "\"A256GCM\"",
            "\"A128CBC-HS256\"",
            "\"JWT\"",
            "\"at+jwt\"",
            "\"none\"",
            "\"RS256\"",
            "null",
            "true",
            "1e400",
            "[]",
            "{\"a\":[{}]}",
            "[[[[[]]]]]",
            "\"\\u0000\"",
            "",
        ])
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| json!(text).to_string()),
    ];
    prop::collection::vec((name, value), 0..8).prop_map(|members| {
        let members: Vec<_> = members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(token in any::<String>()) {
        never_opens(&token);
    }

    #[test]
    fn any_parts(token in "[A-Za-z0-9_-]{0,90}(\\.[A-Za-z0-9_-]{0,90}){1,6}") {
        never_opens(&token);
    }

    #[test]
    fn any_header(header in header(), key in prop::collection::vec(any::<u8>(), 256), rest in any::<[u8; 44]>()) {
        let (iv, rest) = rest.split_at(12);
        let (tag, body) = rest.split_at(16);
        never_opens(&[b64(&header), b64(key), b64(iv), b64(body), b64(tag)].join("."));
        never_opens(&[b64(&header), b64(body), b64(tag)].join("."));
    }

    /// Anyone can encrypt anything to us: a text, or a header and claims of their choice with any signature.
    #[test]
    fn any_content(text in any::<String>(), header in header(), claims in header(), signature in any::<[u8; 64]>()) {
        never_opens(&Draft::good().content(text).mint());
        never_opens(&Draft::good().content([b64(&header), b64(&claims), b64(signature)].join(".")).mint());
        let forged = Draft::good().raw(1, header).really(Sign::Other);
        never_opens(&forged.mint());
        never_opens(&forged.bare().mint());
    }

    #[test]
    fn any_other_byte_anywhere(at in any::<prop::sample::Index>(), byte in 0_u8..128) {
        for token in [Draft::good().mint(), Draft::good().bare().mint()] {
            let mut bytes = token.clone().into_bytes();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != byte);
            bytes[at] = byte;
            never_opens(&String::from_utf8(bytes).unwrap());
        }
    }

    /// Row 13 of the incidents: what a cache answers is what would be answered without it, at every instant.
    #[test]
    fn remembered_or_not_is_the_same(
        iat in -100_i64..100, exp in -100_i64..200, nbf in prop::option::of(-100_i64..100),
        instants in prop::collection::vec(-200_i64..300, 1..20),
    ) {
        let draft = Draft::good().claim("iat", json!(NOW + iat)).claim("exp", json!(NOW + exp));
        let token = draft.claim("nbf", nbf.map(|nbf| json!(NOW + nbf))).bare().mint();
        let clock = FixedClock::at(at(NOW));
        let mut lax = server();
        lax.accept_unencrypted = true;
        let opener = opener_at(&[lax], clock.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for instant in instants {
            clock.set(at(NOW + instant));
            let remembered = runtime.block_on(opener.open(&token)).map(|verified| (*verified).clone());
            prop_assert_eq!(remembered, opener.open_now(&token));
        }
    }
}

/// Every place once, not only those that chance finds.
#[test]
fn another_letter_at_every_place() {
    let mut refusals = std::collections::BTreeSet::new();
    for token in [Draft::good().mint(), Draft::good().bare().mint()] {
        assert!(LAX.open_now(&token).is_ok());
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            match LAX.open_now(&String::from_utf8(bytes).unwrap()) {
                Err(TokenError::Refused(refusal)) => refusals.insert(refusal.code()),
                answer => panic!("place {at} of {token}: {answer:?}"),
            };
        }
    }
    assert!(refusals.contains(Refusal::Undecryptable.code()) && refusals.contains(Refusal::JwsSignature.code()));
}
