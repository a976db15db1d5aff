//! Which operation a request is, by its method and the template of its path: the name that metrics and logs call it by.

use std::collections::HashMap;

use actix_web::http::Method;

use crate::resources;
use crate::resources::endpoint::SERVER;

/// An operation, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation(usize);

impl Operation {
    /// Not routed, or no operation of that method.
    pub const NONE: Self = Self(0);
    /// No such path.
    pub const UNMATCHED: Self = Self(1);

    /// Its place in [`Operations::names`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// All of them.
pub struct Operations {
    names: Vec<&'static str>,
    counted: Vec<&'static str>,
    about: Vec<&'static str>,
    by_path: HashMap<&'static str, Vec<(Method, Operation)>>,
}

impl Default for Operations {
    fn default() -> Self {
        let mut names = vec!["none", "unmatched"];
        let mut counted = names.clone();
        let mut about = vec![SERVER; names.len()];
        let mut by_path: HashMap<_, Vec<_>> = HashMap::new();
        for endpoint in resources::all() {
            by_path.entry(endpoint.path).or_default().push((endpoint.method, Operation(names.len())));
            names.push(endpoint.id);
            counted.push(endpoint.counted);
            about.push(endpoint.about);
        }
        Self { names, counted, about, by_path }
    }
}

impl Operations {
    /// What `method` asks of the path with this template. `HEAD` is what `GET` is.
    pub fn of(&self, method: &Method, path: Option<&str>) -> Operation {
        let Some(path) = path else { return Operation::UNMATCHED };
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let mut operations = self.by_path.get(path).into_iter().flatten();
        operations.find(|(of, _)| of == method).map_or(Operation::NONE, |(_, operation)| *operation)
    }

    /// Its `operationId`; none for what is no operation.
    pub fn id(&self, operation: Operation) -> Option<&'static str> {
        let is_one = operation != Operation::NONE && operation != Operation::UNMATCHED;
        self.names.get(operation.index()).copied().filter(|_| is_one)
    }

    /// Each one's `operationId`, behind the names of the two that are none.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// What metrics call each, in the same order: one operation has one name, by whichever path.
    pub fn counted(&self) -> &[&'static str] {
        &self.counted
    }

    /// What each is about, in the same order.
    pub fn about(&self) -> &[&'static str] {
        &self.about
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;

    use super::{Operation, Operations};

    #[test]
    fn a_method_and_a_path_are_an_operation() {
        let operations = Operations::default();
        let name = |method: &Method, path| operations.names()[operations.of(method, Some(path)).index()];
        assert_eq!(name(&Method::GET, "/v1.0/me"), "getMe");
        assert_eq!(name(&Method::HEAD, "/v1.0/me"), "getMe");
        assert_eq!(name(&Method::PATCH, "/v1.0/me"), "updateMe");
        assert_eq!(operations.of(&Method::TRACE, Some("/v1.0/me")), Operation::NONE);
        assert_eq!(operations.of(&Method::GET, Some("/added/by/a/bench")), Operation::NONE);
        assert_eq!(operations.of(&Method::GET, None), Operation::UNMATCHED);
        let mut names = operations.names().to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), operations.names().len(), "an operationId is there twice");
        assert!(operations.counted().iter().all(|name| names.contains(name)), "a series of no operation");
        let listed = operations.of(&Method::GET, Some("/v1.0/me/calendar/events"));
        assert_eq!(operations.id(listed), Some("listEventsOfDefaultCalendar"));
        assert_eq!(operations.counted()[listed.index()], "listEvents");
    }
}
