//! From a route and a method to the operation, by its `operationId`: what metrics and logs call a request.

use std::collections::HashMap;

use actix_web::http::Method;

use crate::resources;

/// An operation, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Op(usize);

impl Op {
    /// Not routed, or no operation of that method.
    pub const NONE: Self = Self(0);
    /// No such path.
    pub const UNMATCHED: Self = Self(1);

    /// Its place in [`Ops::names`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// All operations.
pub struct Ops {
    names: Vec<&'static str>,
    by_path: HashMap<&'static str, Vec<(Method, Op)>>,
}

impl Default for Ops {
    fn default() -> Self {
        let mut ops = Self { names: vec!["none", "unmatched"], by_path: HashMap::new() };
        for endpoint in resources::all() {
            let op = Op(ops.names.len());
            ops.names.push(endpoint.id);
            ops.by_path.entry(endpoint.path).or_default().push((endpoint.method, op));
        }
        ops
    }
}

impl Ops {
    /// The operation that `method` asks of this route.
    pub fn of(&self, route: Option<&str>, method: &Method) -> Op {
        let Some(route) = route else { return Op::UNMATCHED };
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let ops = self.by_path.get(route).into_iter().flatten();
        ops.into_iter().find(|(own, _)| own == method).map_or(Op::NONE, |(_, op)| *op)
    }

    /// Its `operationId`; none for what is no operation.
    pub fn name(&self, op: Op) -> Option<&'static str> {
        let named = op != Op::NONE && op != Op::UNMATCHED;
        self.names.get(op.index()).copied().filter(|_| named)
    }

    /// Their names, and those of the two that are none.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::Method;

    use super::{Op, Ops};

    #[test]
    fn an_operation_is_known_by_its_route_and_method() {
        let ops = Ops::default();
        let name = |route, method: &Method| ops.names()[ops.of(route, method).index()];
        assert_eq!(name(Some("/v1.0/me"), &Method::GET), "getMe");
        assert_eq!(name(Some("/v1.0/me"), &Method::HEAD), "getMe");
        assert_eq!(name(Some("/v1.0/me"), &Method::PATCH), "updateMe");
        assert_eq!(ops.of(Some("/v1.0/me"), &Method::TRACE), Op::NONE);
        assert_eq!(ops.of(Some("/added/by/a/bench"), &Method::GET), Op::NONE);
        assert_eq!(ops.of(None, &Method::GET), Op::UNMATCHED);
        assert_eq!(ops.name(ops.of(Some("/v1.0/me"), &Method::GET)), Some("getMe"));
        assert_eq!((ops.name(Op::NONE), ops.name(Op::UNMATCHED)), (None, None));
        let mut names = ops.names().to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ops.names().len(), "an operationId is there twice");
    }
}
