//! What a token opens: the scopes as they are understood, and the operations that they cover.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::shown::quoted;
use crate::access::{Scope, Scopes};
use crate::resources;

/// What the words of a token's scope open.
pub(super) struct Opens {
    /// Whether it is about a person; `None`: that cannot be told.
    person: Option<bool>,
    words: Vec<(String, &'static [Scope])>,
    open: Vec<String>,
    /// Closed operations, and the scopes of which any one would open them.
    closed: Vec<(String, &'static [Scope])>,
}

impl Opens {
    pub(super) fn of(person: Option<bool>, words: &[String]) -> Self {
        let scopes = Scopes::of(words);
        let (mut open, mut closed) = (Vec::new(), Vec::new());
        for endpoint in resources::all().iter().filter(|endpoint| !endpoint.scopes.is_empty()) {
            let operation = format!("{} {}", endpoint.method, endpoint.path);
            if scopes.has_any(endpoint.scopes) && person != Some(false) {
                open.push(operation);
            } else {
                closed.push((operation, endpoint.scopes));
            }
        }
        let words = words.iter().map(|word| (word.clone(), Scope::meant_by(word))).collect();
        Self { person, words, open, closed }
    }

    /// Name and text of each line; of a token that is not let in, what it would open.
    pub(super) fn lines(&self, let_in: bool) -> Vec<(&'static str, String)> {
        let person = match self.person {
            Some(true) => "yes: `sub` and the client differ, so the token is about a person",
            Some(false) => "no: `sub` is the client itself (client credentials), so it opens nobody's data (403)",
            None => "cannot be told without `sub` and a client",
        };
        let mut lines = vec![("person", person.to_owned()), ("scopes", self.words())];
        let opens = if self.open.is_empty() { "no operation that needs a token".into() } else { self.open.join(", ") };
        lines.push((if let_in { "opens" } else { "would open" }, opens));
        if self.person != Some(false) && !self.closed.is_empty() {
            lines.push(("closed", self.closed()));
        }
        lines
    }

    /// Why it opens nothing, if so, and whose job it is to mend it.
    pub(super) fn nothing(&self) -> Option<&'static str> {
        match (self.open.is_empty(), self.person) {
            (false, _) => None,
            (true, Some(false)) => Some("the client's developer: use a flow in which the person signs in"),
            (true, _) => Some("the client's developer: ask for one of the scopes above"),
        }
    }

    fn words(&self) -> String {
        let word = |(word, means): &(String, &'static [Scope])| match means {
            [] => format!("{} (means nothing here)", quoted(word)),
            [one] if one.name().eq_ignore_ascii_case(word) => one.name().to_owned(),
            several => format!("{word} (stands for {})", names(several)),
        };
        let words: Vec<String> = self.words.iter().take(50).map(word).collect();
        if words.is_empty() { "none: the token has neither `scope` nor `scp`".into() } else { words.join(", ") }
    }

    /// What is closed, by the scope that would open it.
    fn closed(&self) -> String {
        let mut by_scopes: BTreeMap<&[Scope], Vec<&str>> = BTreeMap::new();
        for (operation, scopes) in &self.closed {
            by_scopes.entry(scopes).or_default().push(operation);
        }
        let part = |(scopes, operations): (&[Scope], Vec<&str>)| {
            let scopes: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
            format!("{} would need {}", operations.join(", "), scopes.join(" or "))
        };
        by_scopes.into_iter().map(part).collect::<Vec<_>>().join("; ")
    }

    pub(super) fn json(&self) -> Value {
        let all = |scopes: &[Scope]| scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>();
        json!({
            "person": self.person,
            "scopes": self.words.iter().map(|(word, means)| json!({"word": word, "means": all(means)})).collect::<Vec<_>>(),
            "operations": self.open,
            "closed": self.closed.iter()
                .map(|(operation, scopes)| json!({"operation": operation, "anyOf": all(scopes)})).collect::<Vec<_>>(),
        })
    }
}

fn names(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" and ")
}
