//! The closed lists of algorithms, and which of them a server may use. Imports nothing of ours.
//!
//! A token names its algorithms, but never chooses them: a name outside these enums has no code behind it, and a name
//! outside the operator's list is refused before any key is touched (RFC 8725 §3.1).

/// Makes an enum of algorithms with their registered names (RFC 7518, RFC 8037), compared octet for octet.
macro_rules! algorithms {
    ($(#[$outer:meta])* $enum:ident { $($name:ident = $text:literal,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(super) enum $enum {
            $(#[doc = $text] $name,)*
        }

        impl $enum {
            /// Every name that is understood.
            pub(super) const NAMES: &[&str] = &[$($text,)*];

            /// The algorithm of that name, if there is code for it.
            pub(super) fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

algorithms! {
    /// How the content key is encrypted to us (JWE `alg`).
    KeyManagement { RsaOaep256 = "RSA-OAEP-256", RsaOaep = "RSA-OAEP", }
}

algorithms! {
    /// How the content is encrypted (JWE `enc`).
    ContentEncryption {
        A256Gcm = "A256GCM",
        A128Gcm = "A128GCM",
        A128CbcHs256 = "A128CBC-HS256",
        A256CbcHs512 = "A256CBC-HS512",
    }
}

algorithms! {
    /// How the token is signed (JWS `alg`).
    Signature { Rs256 = "RS256", Ps256 = "PS256", Es256 = "ES256", EdDsa = "EdDSA", }
}

impl Signature {
    /// Its name.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().copied().find(|name| Self::from_name(name) == Some(self)).unwrap_or_default()
    }
}

impl ContentEncryption {
    /// Bytes of the content key.
    pub(super) const fn key_len(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A256CbcHs512 => 64,
        }
    }

    /// Bytes of the initialization vector: exactly these (RFC 7518 §5.2.2.1, §5.3).
    pub(super) const fn iv_len(self) -> usize {
        match self {
            Self::A128Gcm | Self::A256Gcm => 12,
            Self::A128CbcHs256 | Self::A256CbcHs512 => 16,
        }
    }

    /// Bytes of the authentication tag: exactly these (RFC 7518 §5.2.3, §5.2.5, §5.3).
    pub(super) const fn tag_len(self) -> usize {
        match self {
            Self::A128Gcm | Self::A256Gcm | Self::A128CbcHs256 => 16,
            Self::A256CbcHs512 => 32,
        }
    }
}

/// What an envelope may look like: of one server, or of all of them together (which decides before anything is decrypted).
#[derive(Debug, Clone, Default)]
pub(super) struct Envelopes {
    /// Allowed `alg`.
    pub(super) key_management: Vec<KeyManagement>,
    /// Allowed `enc`.
    pub(super) content_encryption: Vec<ContentEncryption>,
    /// `cty` may be absent.
    pub(super) missing_cty: bool,
    /// There may be no envelope at all.
    pub(super) unencrypted: bool,
}

impl Envelopes {
    /// Also allows what `other` allows.
    pub(super) fn widen(&mut self, other: &Self) {
        self.key_management.extend(&other.key_management);
        self.content_encryption.extend(&other.content_encryption);
        self.missing_cty |= other.missing_cty;
        self.unencrypted |= other.unencrypted;
    }
}
