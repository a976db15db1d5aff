//! Which operation a request is, by its method and the template of its path: the name that logs call it by.

use std::collections::HashMap;

use actix_web::http::Method;

use crate::resources;

/// Every operation's id, by its path and method.
pub struct Operations(HashMap<&'static str, Vec<(Method, &'static str)>>);

impl Default for Operations {
    fn default() -> Self {
        let mut operations: HashMap<_, Vec<_>> = HashMap::new();
        for endpoint in resources::all() {
            operations.entry(endpoint.path).or_default().push((endpoint.method, endpoint.id));
        }
        Self(operations)
    }
}

impl Operations {
    /// The `operationId`; none for a method that the path does not take. `HEAD` is what `GET` is.
    pub fn id(&self, method: &Method, path: &str) -> Option<&'static str> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|(of, _)| of == method).map(|(_, id)| *id)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;

    use super::Operations;

    #[test]
    fn a_method_and_a_path_are_an_operation() {
        let operations = Operations::default();
        assert_eq!(operations.id(&Method::GET, "/v1.0/me"), Some("getMe"));
        assert_eq!(operations.id(&Method::HEAD, "/v1.0/me"), Some("getMe"));
        assert_eq!(operations.id(&Method::PATCH, "/v1.0/me"), Some("updateMe"));
        assert_eq!(operations.id(&Method::DELETE, "/v1.0/me"), None);
        assert_eq!(operations.id(&Method::GET, "/nothing"), None);
    }
}
