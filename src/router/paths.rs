//! Paths as clients write them: known words match in any case, and `/delta()` is `/delta` (api.md §1).
//! The path is rewritten to the table's spelling before it is routed; ids and unknown words are left alone. `/v1.0/users/{id}` is
//! `/v1.0/me` of whom the id names: what is served there is that person's, and the store finds nothing when it is another's.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::resources;

const ME: &str = "/v1.0/me";
const USERS: &str = "users";

/// The words of all paths, by their lower-case form.
pub struct Words(HashMap<String, String>);

impl Default for Words {
    fn default() -> Self {
        let mut words = HashMap::from([(USERS.to_owned(), USERS.to_owned())]);
        for endpoint in resources::all() {
            for word in endpoint.path.split('/').filter(|word| !word.is_empty() && !word.contains('{')) {
                words.insert(word.to_ascii_lowercase(), word.to_owned());
                // SDKs that build URLs from templates (RFC 6570) write `%24value`.
                words.insert(word.to_ascii_lowercase().replace('$', "%24"), word.to_owned());
                // A function's call, as OData writes it and as SDKs that encode it do.
                words.insert(format!("{}()", word.to_ascii_lowercase()), word.to_owned());
                words.insert(format!("{}%28%29", word.to_ascii_lowercase()), word.to_owned());
            }
        }
        Self(words)
    }
}

impl Words {
    /// `path` as it is routed, and the id of the person that it names if it does not say `me`.
    pub fn routed<'p>(&self, path: &'p str) -> (Cow<'p, str>, Option<String>) {
        let path = self.canonical(path);
        match named(&path) {
            Some((id, rest)) => (Cow::Owned(format!("{ME}{rest}")), Some(id.to_owned())),
            None => (path, None),
        }
    }

    /// `path` in the table's spelling, without a final slash.
    fn canonical<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let trimmed = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
        let word = |segment: &'p str| -> Option<Cow<'_, str>> {
            // Longer than any word, or already as in the table: nothing to look up.
            let known = if segment.len() > 64 { None } else { self.0.get(&segment.to_ascii_lowercase()) };
            known
                .map(|word| Cow::Borrowed(word.as_str()))
                .or_else(|| is_size(segment).then(|| segment.to_ascii_lowercase().into()))
        };
        if trimmed.len() == path.len()
            && path.split('/').all(|segment| word(segment).is_none_or(|word| word == segment))
        {
            return Cow::Borrowed(path);
        }
        let words = trimmed.split('/').map(|segment| word(segment).unwrap_or(Cow::Borrowed(segment)));
        Cow::Owned(words.collect::<Vec<_>>().join("/"))
    }
}

/// Whether it is the size of a picture, such as `48x48`: a word as good as the others.
fn is_size(segment: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    segment.split_once(['x', 'X']).is_some_and(|(width, height)| number(width) && number(height))
}

/// Of `/v1.0/users/{id}/…` the id and what follows it.
fn named(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/v1.0/")?.strip_prefix(USERS)?.strip_prefix('/')?;
    let (id, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (!id.is_empty()).then_some((id, rest))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::Words;

    #[test]
    fn words_fold_ids_stay() {
        let words = Words::default();
        assert!(matches!(words.canonical("/v1.0/me"), Cow::Borrowed("/v1.0/me")));
        assert_eq!(words.canonical("/V1.0/Me"), "/v1.0/me");
        assert_eq!(words.canonical("/v1.0/me()"), "/v1.0/me");
        assert_eq!(words.canonical("/v1.0/me/contacts/Delta()"), "/v1.0/me/contacts/delta");
        assert_eq!(words.canonical("/v1.0/me/contacts/delta%28%29/"), "/v1.0/me/contacts/delta");
        assert_eq!(words.canonical("/v1.0/me/"), "/v1.0/me");
        assert_eq!(words.canonical("/v1.0/me/aBc-D"), "/v1.0/me/aBc-D");
        assert_eq!(words.canonical("/v1.0/me/Photo/%24Value"), "/v1.0/me/photo/$value");
        assert_eq!(words.canonical("/v1.0/me/photos/48X48"), "/v1.0/me/photos/48x48");
        assert_eq!(words.canonical("/v1.0/me/photos/X48"), "/v1.0/me/photos/X48");
        assert_eq!(words.canonical("/"), "/");
    }

    #[test]
    fn a_user_by_id_is_me_of_that_id() {
        let words = Words::default();
        let routed = |path| {
            let (path, id) = words.routed(path);
            (path.into_owned(), id)
        };
        let of = |path: &str, id: &str| (path.to_owned(), Some(id.to_owned()));
        assert_eq!(routed("/v1.0/users/1-A"), of("/v1.0/me", "1-A"));
        assert_eq!(routed("/V1.0/Users/1-A/"), of("/v1.0/me", "1-A"));
        assert_eq!(routed("/v1.0/users/1/Photo/%24value"), of("/v1.0/me/photo/$value", "1"));
        assert_eq!(routed("/v1.0/users/1/users/2"), of("/v1.0/me/users/2", "1"));
        for none in ["/v1.0/me", "/v1.0/users", "/v1.0/users/", "/v1.0/users//photo", "/users/1", "/v1.0/usersx/1"] {
            assert_eq!(routed(none).1, None, "{none}");
        }
    }
}
