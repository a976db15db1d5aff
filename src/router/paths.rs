//! Paths as clients write them: known words match in any case, and `/delta()` is `/delta` (api.md §1).
//! The path is rewritten to the table's spelling before it is routed; ids and unknown words are left alone.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::resources;

/// The words of all paths, by their lower-case form.
pub struct Words(HashMap<String, String>);

impl Default for Words {
    fn default() -> Self {
        let mut words = HashMap::new();
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
    /// `path` in the table's spelling, without a final slash.
    pub fn canonical<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let trimmed = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
        let word = |segment: &'p str| {
            // Longer than any word, or already as in the table: nothing to look up.
            if segment.len() > 64 { None } else { self.0.get(&segment.to_ascii_lowercase()).map(String::as_str) }
        };
        if trimmed.len() == path.len()
            && path.split('/').all(|segment| word(segment).is_none_or(|word| word == segment))
        {
            return Cow::Borrowed(path);
        }
        Cow::Owned(trimmed.split('/').map(|segment| word(segment).unwrap_or(segment)).collect::<Vec<_>>().join("/"))
    }
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
        assert_eq!(words.canonical("/"), "/");
    }
}
