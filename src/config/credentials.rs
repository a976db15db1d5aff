//! What opens an S3 store: from the environment, under the names that Amazon's own tools know. Imports `secret`.

use crate::secret::Secret;

/// What is told if they are missing.
pub const NO_CREDENTIALS: &str = "s3:// needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment";

/// Of an S3 store.
#[derive(Debug, Clone, PartialEq)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret: Secret<String>,
    /// `AWS_SESSION_TOKEN`, of those that last for a while only.
    pub session: Option<Secret<String>>,
}

impl Credentials {
    /// Those in the environment, if they are there; an empty variable is none.
    pub(super) fn of<'e>(environment: impl IntoIterator<Item = &'e (String, String)>) -> Option<Self> {
        let (mut id, mut secret, mut session) = (None, None, None);
        for (name, value) in environment.into_iter().filter(|(_, value)| !value.is_empty()) {
            match name.as_str() {
                "AWS_ACCESS_KEY_ID" => id = Some(value.clone()),
                "AWS_SECRET_ACCESS_KEY" => secret = Some(Secret::new(value.clone())),
                "AWS_SESSION_TOKEN" => session = Some(Secret::new(value.clone())),
                _ => {}
            }
        }
        Some(Self { id: id?, secret: secret?, session })
    }
}

#[cfg(test)]
mod tests {
    use super::Credentials;

    #[test]
    fn an_id_and_a_secret_are_needed_and_a_session_is_not() {
        let of = |variables: &[(&str, &str)]| {
            let owned: Vec<_> = variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            Credentials::of(&owned)
        };
        let (id, secret) = (("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "canary"));
        let both = of(&[id, secret, ("AWS_SESSION_TOKEN", "")]).unwrap();
        assert_eq!((both.id.as_str(), both.session.is_none()), ("id", true));
        assert!(of(&[id, secret, ("AWS_SESSION_TOKEN", "token")]).unwrap().session.is_some());
        assert!(of(&[id]).is_none() && of(&[secret]).is_none() && of(&[id, (secret.0, "")]).is_none());
        assert!(!format!("{both:?}").contains("canary"));
    }
}
