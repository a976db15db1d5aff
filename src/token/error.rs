//! Why a token did not open. Imports nothing of ours.
//!
//! The client never learns which: every refusal is the same 401. The code goes to the log, to metrics and to the tests.

use std::fmt;

use thiserror::Error;

/// Why there is no [`Verified`](super::Verified).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Longer than `limits.token_bytes`; not looked at (431).
    #[error("the token is longer than the limit")]
    TooLong,
    /// Too many tokens wait to be decrypted (503).
    #[error("too many tokens wait to be decrypted")]
    Busy,
    /// Its issuer's keys could not be had yet, or not for too long: nobody knows whether it is good (503).
    #[error("the keys of the token's issuer are not known")]
    NoKeys,
    /// It is not a token that opens here (401).
    #[error("{0}")]
    Refused(#[from] Refusal),
}

macro_rules! refusals {
    ($($name:ident $code:literal $text:literal;)*) => {
        /// What was wrong with a token, in the order in which things are looked at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Refusal {
            $(#[doc = $text] $name,)*
        }

        impl Refusal {
            /// Every refusal there is, in the order in which things are looked at.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its stable name, for logs and metrics: `jws_signature`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, for `token inspect`.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

refusals! {
    NotCompact "not_compact" "It is neither five nor three parts of base64url with dots between them (RFC 7516 §7.1).";
    Unencrypted "unencrypted" "It is signed but not encrypted, and that is not accepted from its issuer.";
    JweHeader "jwe_header" "The outer header is not a strict JSON object (RFC 7516 §4).";
    JweHeaderMember "jwe_header_member" "The outer header has a member that is not understood here.";
    JweAlg "jwe_alg" "The outer `alg` is not allowed.";
    JweEnc "jwe_enc" "The outer `enc` is not allowed.";
    JweCty "jwe_cty" "The outer `cty` does not say that a JWT is inside (RFC 7519 §5.2).";
    JweKid "jwe_kid" "The outer `kid` is none of our keys.";
    JwePart "jwe_part" "A part is not base64url, or the initialization vector or the tag is of the wrong size.";
    Undecryptable "undecryptable" "It was not encrypted to our key, or was changed on the way.";
    NotNested "not_nested" "What was inside the encryption is not a signed token of three parts (RFC 7519 §5.2).";
    JwsHeader "jws_header" "The inner header is not a strict JSON object (RFC 7515 §4).";
    JwsHeaderMember "jws_header_member" "The inner header has `crit`, `b64` or `zip`.";
    JwsTyp "jws_typ" "The inner `typ` is not that of an access token (RFC 9068 §2.1).";
    JwsAlg "jws_alg" "The inner `alg` is not allowed for its issuer.";
    JwsKey "jws_key" "Its issuer has no key of that `kid` for that `alg`.";
    JwsSignature "jws_signature" "The signature is not that of its issuer.";
    Claims "claims" "The claims are not a strict JSON object.";
    ClaimMissing "claim_missing" "A required claim is missing (RFC 9068 §2.2).";
    ClaimType "claim_type" "A claim is of the wrong type.";
    ClaimLength "claim_length" "`iss`, `sub`, `jti` or the client's id is longer than 512 bytes.";
    Issuer "issuer" "The issuer is not trusted here.";
    Audience "audience" "It is meant for another audience.";
    Lifetime "lifetime" "It lives longer than is allowed for its issuer.";
    Expired "expired" "It has expired.";
    NotYetValid "not_yet_valid" "It is not valid yet (`nbf`).";
    IssuedInFuture "issued_in_future" "It says it was issued in the future (`iat`).";
    SignedInInFuture "signed_in_in_future" "It says the person signed in in the future (`auth_time`, in seconds).";
    ReplicatedClaims "replicated_claims" "Claims repeated in the outer header differ from the claims (RFC 7519 §5.3).";
    Bound "bound" "It is bound to a key (`cnf`), so it is no bearer token.";
    AuthorizationDetails "authorization_details" "It carries `authorization_details`, which are not understood here.";
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.meaning())
    }
}

impl std::error::Error for Refusal {}
